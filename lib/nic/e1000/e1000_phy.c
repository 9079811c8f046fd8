/* SPDX-License-Identifier: BSD-3-Clause */
/* The PHY behind MDIC, the link, autonegotiation. */
#include <rte_cycles.h>

#include "e1000.h"

#define AUTONEG_MS 500

/** One PHY register; those that are not there answer with an error. */
struct e1000_phy_reg {
	bool there;
	uint16_t reset, wmask;
};

static const struct e1000_phy_reg e1000_phy_regs[PHY_REGS] = {
	[PHY_BMCR] = { true, 0x1140, 0x7dc0 },
	[PHY_BMSR] = { true, PHY_BMSR_FIXED, 0 },
	[PHY_ID1] = { true, 0x0141, 0 },
	[PHY_ID2] = { true, 0x0c20, 0 },
	[PHY_ANAR] = { true, 0x0de1, 0xffff },
	[PHY_ANLPAR] = { true, 0x01e0, 0 },
	[PHY_ANER] = { true, 0, 0 },
	[PHY_GBCR] = { true, 0x0e00, 0xffff },
	[PHY_GBSR] = { true, 0x3c00, 0 },
	[PHY_ESTATUS] = { true, 0x3000, 0 },
	[PHY_PSCR] = { true, 0x0360, 0xffff },
	[PHY_PSSR] = { true, 0xa800, 0 },
	[PHY_IMASK] = { true, 0, 0xffff },
	[PHY_ISTATUS] = { true, 0, 0 },
	[PHY_EPSCR] = { true, 0x0d60, 0xffff },
	[PHY_RXERR] = { true, 0, 0 },
	[PHY_LED] = { true, 0, 0xffff },
	[PHY_R26] = { true, 0, 0xffff },
	[PHY_R29] = { true, 0, 0xffff },
	[PHY_R30] = { true, 0, 0xffff },
};

bool
e1000_link_is_up(const struct e1000 *s)
{
	return !s->link_down && __atomic_load_n(&s->autoneg, __ATOMIC_RELAXED) >= E1000_AN_NEVER;
}

bool
e1000_looping(const struct e1000 *s)
{
	return (s->phy[PHY_BMCR] & PHY_BMCR_LOOPBACK) ||
	       field_get(e1000_get(s, E1000_RCTL), E1000_RCTL_LBM) != E1000_RCTL_LBM_OFF;
}

uint32_t
e1000_status(const struct e1000 *s)
{
	return E1000_STATUS_FIXED | E1000_STATUS_FD | (e1000_link_is_up(s) ? E1000_STATUS_LU : 0);
}

/* Set the state of autonegotiation. The driver hears of it when that changes the link. */
static void
e1000_link_set(struct nic *nic, uint64_t autoneg, bool down)
{
	struct e1000 *s = nic->state;
	bool was_up = e1000_link_is_up(s);

	s->link_down = down;
	__atomic_store_n(&s->autoneg, autoneg, __ATOMIC_RELAXED);
	e1000_put(s, E1000_STATUS, e1000_status(s));
	if (e1000_link_is_up(s) != was_up)
		e1000_irq_set(nic, E1000_ICR_LSC);
}

static uint64_t
e1000_autoneg_end(const struct e1000 *s)
{
	return rte_get_tsc_cycles() + s->tsc_hz / 1000 * AUTONEG_MS;
}

void
e1000_link_expire(struct nic *nic)
{
	struct e1000 *s = nic->state;
	uint64_t at = __atomic_load_n(&s->autoneg, __ATOMIC_RELAXED);

	if (at >= E1000_AN_NEVER || rte_get_tsc_cycles() < at)
		return;
	/* F, T and C may come here at once, and C may restart it: one of them ends it. */
	if (!__atomic_compare_exchange_n(&s->autoneg, &at, E1000_AN_DONE, false, __ATOMIC_RELAXED,
		    __ATOMIC_RELAXED))
		return;
	e1000_put(s, E1000_STATUS, e1000_status(s));
	if (!s->link_down)
		e1000_irq_set(nic, E1000_ICR_LSC);
}

void
e1000_set_link(struct nic *nic, bool up)
{
	struct e1000 *s = nic->state;

	if (s->link_down != up)
		return;
	if (up && (s->phy[PHY_BMCR] & PHY_BMCR_ANENABLE))
		e1000_link_set(nic, e1000_autoneg_end(s), false);
	else
		e1000_link_set(nic, E1000_AN_NEVER, !up);
}

void
e1000_phy_reset(struct nic *nic)
{
	struct e1000 *s = nic->state;
	unsigned int i;

	for (i = 0; i < PHY_REGS; i++)
		s->phy[i] = e1000_phy_regs[i].reset;
	e1000_link_set(nic, E1000_AN_NEVER, s->link_down);
}

static void
e1000_bmcr_write(struct nic *nic, uint16_t val)
{
	struct e1000 *s = nic->state;

	if (val & PHY_BMCR_RESET)
		e1000_phy_reset(nic);
	if (!(val & PHY_BMCR_RESET))
		s->phy[PHY_BMCR] = val & e1000_phy_regs[PHY_BMCR].wmask;
	/* The driver is told at the end; that the link went it caused itself. */
	if ((val & PHY_BMCR_ANRESTART) && (val & PHY_BMCR_ANENABLE))
		__atomic_store_n(&s->autoneg, e1000_autoneg_end(s), __ATOMIC_RELAXED);
	e1000_put(s, E1000_STATUS, e1000_status(s));
}

static uint16_t
e1000_phy_read(const struct e1000 *s, uint32_t reg)
{
	bool up = e1000_link_is_up(s);
	bool done = up && __atomic_load_n(&s->autoneg, __ATOMIC_RELAXED) == E1000_AN_DONE;

	switch (reg) {
	case PHY_BMSR:
		return (uint16_t)(s->phy[reg] | (up ? PHY_BMSR_LINK : 0) |
				  (done ? PHY_BMSR_ANDONE : 0));
	case PHY_ANLPAR:
		return (uint16_t)(s->phy[reg] | (done ? PHY_ANLPAR_ACK : 0));
	case PHY_PSSR:
		return (uint16_t)(s->phy[reg] | (up ? PHY_PSSR_LINK : 0));
	default:
		return s->phy[reg];
	}
}

static void
e1000_phy_write(struct nic *nic, uint32_t reg, uint16_t val)
{
	struct e1000 *s = nic->state;
	uint16_t mask = e1000_phy_regs[reg].wmask;

	if (reg == PHY_BMCR)
		e1000_bmcr_write(nic, val);
	else
		s->phy[reg] = (uint16_t)((s->phy[reg] & ~mask) | (val & mask));
}

/* Do what was asked, at once, and leave the answer in the register. */
void
e1000_mdic_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct e1000 *s = nic->state;
	uint32_t reg = field_get(val, E1000_MDIC_REG), op = field_get(val, E1000_MDIC_OP);

	val &= ~(E1000_MDIC_READY | E1000_MDIC_ERROR);
	if (field_get(val, E1000_MDIC_PHY) != E1000_MDIC_OUR_PHY || !e1000_phy_regs[reg].there)
		val |= E1000_MDIC_ERROR;
	else if (op == E1000_MDIC_READ)
		val = field_set(val, E1000_MDIC_DATA, e1000_phy_read(s, reg));
	else if (op == E1000_MDIC_WRITE)
		e1000_phy_write(nic, reg, (uint16_t)field_get(val, E1000_MDIC_DATA));
	e1000_put(s, E1000_MDIC, val | E1000_MDIC_READY);
	if (val & E1000_MDIC_INT_EN)
		e1000_irq_set(nic, E1000_ICR_MDAC);
}
