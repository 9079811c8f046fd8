/* SPDX-License-Identifier: BSD-3-Clause */
/* Registers as a table: one row each, widths, access kinds and lanes handled once. */
#ifndef NIC_NIC_REG_H
#define NIC_NIC_REG_H

#include <stdbool.h>
#include <stdint.h>

struct nic;
struct nic_reg;

/** How a register answers. */
enum nic_reg_access {
	NIC_RO,	 /* writes ignored */
	NIC_RW,	 /* bits of wmask are stored */
	NIC_WO,	 /* reads 0; only on_write sees the value */
	NIC_RC,	 /* RO, and a read clears it */
	NIC_W1C, /* bits of wmask that are written as 1 clear; those written as 0 stay */
};

/** What an access needs of the datapath. */
enum nic_reg_class {
	NIC_CONFIG,   /* hold the datapath around a write */
	NIC_PLAIN,    /* the access is atomic, or D does not use the register */
	NIC_DOORBELL, /* one release store; D polls it */
};

/** One register, or an array of count registers of the same width, next to each other. */
struct nic_reg {
	const char *name; /* as in the datasheet */
	uint32_t offset;  /* bytes from the start of the register space; a multiple of width */
	uint16_t count;	  /* elements; 0 and 1 both mean one */
	uint8_t width;	  /* bytes of an element: 1, 2 or 4 */
	uint8_t access;	  /* enum nic_reg_access */
	uint8_t class;	  /* enum nic_reg_class */
	uint32_t reset;	  /* power-on value of each element */
	uint32_t wmask;	  /* bits a write may change */
	/** The value to answer with, instead of the stored one. offset: of the element. Thread: C. */
	uint32_t (*on_read)(struct nic *nic, uint32_t offset);
	/**
	 * Called after the store (RW, W1C) or instead of one (WO). val: what was written, with the
	 * lanes that were not part of a narrow write taken from old. Thread: C.
	 */
	void (*on_write)(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val);
};

/** The registers of a model. */
struct nic_reg_set {
	const struct nic_reg *row; /* sorted by offset, not overlapping */
	unsigned int n;
	bool dwords; /* the hardware knows only aligned 32-bit accesses: narrow writes are ignored */
	/** Where the element at offset is kept, aligned to its width. Any thread. */
	void *(*cell)(const struct nic *nic, uint32_t offset);
};

/** The row of the register at offset (any byte of it); NULL when there is none. Any thread. */
const struct nic_reg *nic_reg_find(const struct nic_reg_set *set, uint32_t offset);

/** The row of that name, compared without case; NULL when there is none. Any thread. */
const struct nic_reg *nic_reg_named(const struct nic_reg_set *set, const char *name);

/** Store the power-on value of every register. Thread: C, datapath held. */
void nic_reg_reset(struct nic *nic, const struct nic_reg_set *set);

/**
 * A register access of size bytes (1, 2, 4; offset a multiple of it).
 * Reads of what is not there give 0, writes are ignored.
 * @return whether every byte of it belongs to a register.
 * Thread: C; for writes to NIC_CONFIG registers with the datapath held.
 */
bool nic_reg_read(struct nic *nic, const struct nic_reg_set *set, uint32_t offset,
	unsigned int size, uint32_t *val);
bool nic_reg_write(struct nic *nic, const struct nic_reg_set *set, uint32_t offset,
	unsigned int size, uint32_t val);

/** Whether a write there must hold the datapath. Any thread. */
bool nic_reg_needs_hold(const struct nic_reg_set *set, uint32_t offset);

/** The stored value of an element; no side effects. Any thread. */
uint32_t nic_reg_peek(const struct nic *nic, const struct nic_reg_set *set,
	const struct nic_reg *reg, uint32_t offset);

#endif
