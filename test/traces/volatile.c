/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of volatile bits, by register name. README.md lists it for people. */
#include "volatile.h"

#include <string.h>

#include <rte_common.h>

#include "nic/e1000/e1000_regs.h"
#include "nic/nic.h"
#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "nic/rtl8139/rtl8139_regs.h"

#define RTL_CPLUS     0x20   /* the first revision with C+ mode */
#define RTL_TSAD_BITS 0xffff /* of all four descriptors: OWN, TABT, TUN, TOK */

/** Bits that a replay does not know. */
struct volatile_row {
	const char *model;
	const char *reg, *last; /* from reg to last; last NULL: reg only */
	uint32_t bits;
	uint32_t if_mask, if_val; /* only if the recorded value has these bits so; 0: always */
	uint8_t below;		  /* only with a revision from 1 to below that; 0: any */
	const char *why;
};

/* MDIC as it reads after PHY register n was read. */
#define MDIC_READ_OF(n)                                                                            \
	.if_mask = E1000_MDIC_REG | E1000_MDIC_OP,                                                 \
	.if_val = (uint32_t)(n) << 16 | (uint32_t)E1000_MDIC_READ << 26

/* clang-format off */
static const struct volatile_row volatile_rows[] = {
	{ "rtl8139", "ISR", NULL, UINT32_MAX, .why = "frames cause interrupts" },
	{ "rtl8139", "TCTR", NULL, UINT32_MAX, .why = "counts time" },
	{ "rtl8139", "MPC", NULL, UINT32_MAX, .why = "counts frames" },
	{ "rtl8139", "TSD", NULL, RTL_TSD_OWN | RTL_TSD_TUN | RTL_TSD_TOK | RTL_TSD_TABT,
		.below = RTL_CPLUS, .why = "a frame was sent (C mode; in C+ mode this is DTCCR)" },
	{ "rtl8139", "TSAD", NULL, RTL_TSAD_BITS, .below = RTL_CPLUS, .why = "the same bits again" },
	{ "rtl8139", "CR", NULL, RTL_CR_BUFE, .below = RTL_CPLUS, .why = "frames in the receive ring (C mode)" },
	{ "rtl8139", "CBR", NULL, UINT32_MAX, .below = RTL_CPLUS, .why = "frames in the receive ring (C mode)" },
	{ "e1000", "STATUS", NULL, E1000_STATUS_LU, .why = "autonegotiation takes time" },
	{ "e1000", "MDIC", NULL, PHY_BMSR_LINK | PHY_BMSR_ANDONE, MDIC_READ_OF(PHY_BMSR),
		.why = "autonegotiation takes time" },
	{ "e1000", "MDIC", NULL, PHY_ANLPAR_ACK, MDIC_READ_OF(PHY_ANLPAR), .why = "autonegotiation takes time" },
	{ "e1000", "MDIC", NULL, PHY_PSSR_LINK, MDIC_READ_OF(PHY_PSSR), .why = "autonegotiation takes time" },
	{ "e1000", "ICR", NULL, UINT32_MAX, .why = "frames and the link cause interrupts" },
	{ "e1000", "ICS", NULL, UINT32_MAX, .why = "reads as ICR" },
	{ "e1000", "RDH", NULL, UINT32_MAX, .why = "frames received" },
	{ "e1000", "TDH", NULL, UINT32_MAX, .why = "frames sent" },
	{ "e1000", "MPC", NULL, UINT32_MAX, .why = "counts frames" },
	{ "e1000", "PRC64", "GOTCH", UINT32_MAX, .why = "counts frames" },
	{ "e1000", "RNBC", NULL, UINT32_MAX, .why = "counts frames" },
	{ "e1000", "TORL", "TSCTFC", UINT32_MAX, .why = "counts frames" },
	{ "virtio-net-pci", "isr", NULL, UINT32_MAX, .why = "frames cause interrupts" },
};
/* clang-format on */

/** The BARs, as bits, in which a model's registers lie. */
static const struct {
	const char *model;
	uint32_t bars;
} volatile_bars[] = { { "e1000", BIT32(0) }, { "rtl8139", BIT32(0) | BIT32(1) },
	{ "virtio-net-pci", BIT32(4) } };

const struct nic_reg *
volatile_reg(const struct nic_model *model, uint8_t bar, uint32_t off)
{
	size_t i;

	for (i = 0; i < RTE_DIM(volatile_bars); i++)
		if (strcmp(volatile_bars[i].model, model->name) == 0 &&
			(volatile_bars[i].bars >> bar & 1))
			return nic_reg_find(model->pci->regs, off);
	return NULL;
}

const char *
volatile_check(void)
{
	size_t i;

	for (i = 0; i < RTE_DIM(volatile_rows); i++) {
		const struct volatile_row *row = &volatile_rows[i];
		const struct nic_reg_set *set = nic_model_find(row->model)->pci->regs;

		if (nic_reg_named(set, row->reg) == NULL)
			return row->reg;
		if (row->last != NULL && nic_reg_named(set, row->last) == NULL)
			return row->last;
	}
	return NULL;
}

/* Whether the row speaks of this register of this NIC. */
static bool
volatile_row_is(const struct volatile_row *row, const struct traced_read *r,
	const struct nic_reg *reg)
{
	const struct nic_reg_set *set = r->model->pci->regs;

	if (strcmp(row->model, r->model->name) != 0)
		return false;
	if (row->below != 0 && (r->revision == 0 || r->revision >= row->below))
		return false;
	if (row->last == NULL)
		return strcmp(row->reg, reg->name) == 0;
	return reg->offset >= nic_reg_named(set, row->reg)->offset &&
	       reg->offset <= nic_reg_named(set, row->last)->offset;
}

/* Whether the guest reached the register past us, so that what it has is not in the trace. */
static bool
volatile_unseen(const struct traced_read *r, uint32_t off)
{
	const struct nic_pci *pci = r->model->pci;
	unsigned int i;

	for (i = 0; i < pci->n_areas && r->mapped && r->bar == pci->shared_bar; i++)
		if (off - pci->area[i].offset < pci->area[i].len)
			return true;
	return false;
}

/* The recorded value of the element at off, as far as the read covers it. */
static uint32_t
volatile_value(const struct traced_read *r, uint32_t off, uint32_t width)
{
	uint32_t i, val = 0;

	for (i = 0; i < width; i++)
		if (off + i - r->off < r->len)
			val |= (uint32_t)r->data[off + i - r->off] << (8 * i);
	return val;
}

uint8_t
volatile_bits(const struct traced_read *r, uint32_t i)
{
	uint32_t off = r->off + i, bits = 0, at, val;
	const struct nic_reg *reg = volatile_reg(r->model, r->bar, off);
	size_t k;

	if (volatile_unseen(r, off))
		return UINT8_MAX;
	if (reg == NULL)
		return 0;
	at = off & ~(reg->width - 1u);
	val = volatile_value(r, at, reg->width);
	for (k = 0; k < RTE_DIM(volatile_rows); k++) {
		const struct volatile_row *row = &volatile_rows[k];

		if (volatile_row_is(row, r, reg) && (val & row->if_mask) == row->if_val)
			bits |= row->bits;
	}
	return (uint8_t)(bits >> (8 * (off - at)));
}
