/* SPDX-License-Identifier: BSD-3-Clause */
/* What a replay cannot know of a register: bits that depend on traffic or time. */
#ifndef TEST_TRACES_VOLATILE_H
#define TEST_TRACES_VOLATILE_H

#include <stdbool.h>
#include <stdint.h>

struct nic_model;
struct nic_reg;

/** A read as it was recorded. */
struct traced_read {
	const struct nic_model *model;
	uint8_t revision; /* of the NIC's configuration; 0: the model's own */
	bool mapped;	  /* the guest could reach its doorbell pages without messages */
	uint8_t bar;
	uint32_t off, len;
	const uint8_t *data; /* len bytes */
};

/** The register at byte off of a BAR; NULL when there is none. */
const struct nic_reg *volatile_reg(const struct nic_model *model, uint8_t bar, uint32_t off);

/** Bits of the read's byte i that are not to be compared. */
uint8_t volatile_bits(const struct traced_read *r, uint32_t i);

/** The name of a row that names no register, as nothing may be left out by mistake; NULL: fine. */
const char *volatile_check(void);

#endif
