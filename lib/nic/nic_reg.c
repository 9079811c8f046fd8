/* SPDX-License-Identifier: BSD-3-Clause */
/* Register accesses: rows, lanes, masks. */
#include "nic_reg.h"

#include <strings.h>

#include <rte_common.h>

static uint32_t
nic_reg_len(const struct nic_reg *reg)
{
	return (uint32_t)reg->width * RTE_MAX(reg->count, 1);
}

const struct nic_reg *
nic_reg_find(const struct nic_reg_set *set, uint32_t offset)
{
	unsigned int lo = 0, hi = set->n;

	while (lo < hi) {
		unsigned int mid = (lo + hi) / 2;

		if (offset < set->row[mid].offset)
			hi = mid;
		else if (offset - set->row[mid].offset < nic_reg_len(&set->row[mid]))
			return &set->row[mid];
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct nic_reg *
nic_reg_named(const struct nic_reg_set *set, const char *name)
{
	unsigned int i;

	for (i = 0; i < set->n; i++)
		if (strcasecmp(set->row[i].name, name) == 0)
			return &set->row[i];
	return NULL;
}

/* The low n bytes, 0..4. */
static uint32_t
nic_reg_lanes(uint32_t n)
{
	return (uint32_t)((UINT64_C(1) << (8 * n)) - 1);
}

static uint32_t
nic_reg_load(const void *cell, uint8_t width)
{
	switch (width) {
	case 1:
		return __atomic_load_n((const uint8_t *)cell, __ATOMIC_ACQUIRE);
	case 2:
		return __atomic_load_n((const uint16_t *)cell, __ATOMIC_ACQUIRE);
	default:
		return __atomic_load_n((const uint32_t *)cell, __ATOMIC_ACQUIRE);
	}
}

static void
nic_reg_store(void *cell, uint8_t width, uint32_t val)
{
	switch (width) {
	case 1:
		__atomic_store_n((uint8_t *)cell, (uint8_t)val, __ATOMIC_RELEASE);
		break;
	case 2:
		__atomic_store_n((uint16_t *)cell, (uint16_t)val, __ATOMIC_RELEASE);
		break;
	default:
		__atomic_store_n((uint32_t *)cell, val, __ATOMIC_RELEASE);
		break;
	}
}

uint32_t
nic_reg_peek(const struct nic *nic, const struct nic_reg_set *set, const struct nic_reg *reg,
	uint32_t offset)
{
	return nic_reg_load(set->cell(nic, offset), reg->width);
}

void
nic_reg_reset(struct nic *nic, const struct nic_reg_set *set)
{
	unsigned int i;
	uint32_t k;

	for (i = 0; i < set->n; i++)
		for (k = 0; k < nic_reg_len(&set->row[i]); k += set->row[i].width)
			nic_reg_store(set->cell(nic, set->row[i].offset + k), set->row[i].width,
				set->row[i].reset);
}

/* Take the value and leave 0; what others add meanwhile is in the one or in the other. */
static uint32_t
nic_reg_take(void *cell, uint8_t width)
{
	switch (width) {
	case 1:
		return __atomic_exchange_n((uint8_t *)cell, 0, __ATOMIC_ACQ_REL);
	case 2:
		return __atomic_exchange_n((uint16_t *)cell, 0, __ATOMIC_ACQ_REL);
	default:
		return __atomic_exchange_n((uint32_t *)cell, 0, __ATOMIC_ACQ_REL);
	}
}

/* Store val if the cell still has *old, else say in *old what it has. */
static bool
nic_reg_swap(void *cell, uint8_t width, uint32_t *old, uint32_t val)
{
	uint8_t old8 = (uint8_t)*old;
	uint16_t old16 = (uint16_t)*old;
	bool done;

	switch (width) {
	case 1:
		done = __atomic_compare_exchange_n((uint8_t *)cell, &old8, (uint8_t)val, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
		*old = old8;
		return done;
	case 2:
		done = __atomic_compare_exchange_n((uint16_t *)cell, &old16, (uint16_t)val, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
		*old = old16;
		return done;
	default:
		return __atomic_compare_exchange_n((uint32_t *)cell, old, val, false,
			__ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
	}
}

/* Make the bits of mask those of val, all others as they are at that moment. @return the old value. */
static uint32_t
nic_reg_change(void *cell, uint8_t width, uint32_t mask, uint32_t val)
{
	uint32_t old = nic_reg_load(cell, width);

	while (!nic_reg_swap(cell, width, &old, (old & ~mask) | (val & mask)))
		;
	return old;
}

static uint32_t
nic_reg_get(struct nic *nic, const struct nic_reg_set *set, const struct nic_reg *reg,
	uint32_t offset)
{
	void *cell = set->cell(nic, offset);

	if (reg->on_read != NULL)
		return reg->on_read(nic, offset);
	if (reg->access == NIC_WO)
		return 0;
	return reg->access == NIC_RC ? nic_reg_take(cell, reg->width)
				     : nic_reg_load(cell, reg->width);
}

/* Write val to the lanes of one element; the others keep what they have. */
static void
nic_reg_put(struct nic *nic, const struct nic_reg_set *set, const struct nic_reg *reg,
	uint32_t offset, uint32_t lanes, uint32_t val)
{
	void *cell = set->cell(nic, offset);
	uint32_t mask = reg->wmask & lanes, old;

	if (reg->access == NIC_RO || reg->access == NIC_RC)
		return;
	if (reg->access == NIC_RW)
		old = nic_reg_change(cell, reg->width, mask, val);
	else if (reg->access == NIC_W1C)
		old = nic_reg_change(cell, reg->width, mask & val, 0);
	else
		old = nic_reg_load(cell, reg->width);
	if (reg->on_write == NULL)
		return;
	if (reg->access == NIC_RW)
		val = (old & ~lanes) | (val & lanes);
	else
		val &= lanes;
	reg->on_write(nic, offset, old, val);
}

bool
nic_reg_read(struct nic *nic, const struct nic_reg_set *set, uint32_t offset, unsigned int size,
	uint32_t *val)
{
	unsigned int done = 0;
	bool all = true;

	*val = 0;
	while (done < size) {
		const struct nic_reg *reg = nic_reg_find(set, offset + done);
		uint32_t at, lane, n = 1;

		if (reg != NULL) {
			at = (offset + done) & ~(reg->width - 1u);
			lane = offset + done - at;
			n = RTE_MIN(reg->width - lane, size - done);
			*val |= ((nic_reg_get(nic, set, reg, at) >> (8 * lane)) & nic_reg_lanes(n))
				<< (8 * done);
		}
		all &= reg != NULL;
		done += n;
	}
	return all;
}

bool
nic_reg_write(struct nic *nic, const struct nic_reg_set *set, uint32_t offset, unsigned int size,
	uint32_t val)
{
	unsigned int done = 0;
	bool all = true;

	if (set->dwords && size != 4)
		return false;
	while (done < size) {
		const struct nic_reg *reg = nic_reg_find(set, offset + done);
		uint32_t at, lane, lanes, n = 1;

		if (reg != NULL) {
			at = (offset + done) & ~(reg->width - 1u);
			lane = offset + done - at;
			n = RTE_MIN(reg->width - lane, size - done);
			lanes = nic_reg_lanes(n) << (8 * lane);
			nic_reg_put(nic, set, reg, at, lanes, (val >> (8 * done)) << (8 * lane));
		}
		all &= reg != NULL;
		done += n;
	}
	return all;
}

bool
nic_reg_needs_hold(const struct nic_reg_set *set, uint32_t offset)
{
	const struct nic_reg *reg = nic_reg_find(set, offset);

	return reg != NULL && reg->class == NIC_CONFIG;
}
