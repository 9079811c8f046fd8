/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers: a table, and what reading and writing them does. All on thread C. */
#include "rtl8139_regs.h"

#include <rte_common.h>
#include <rte_cycles.h>

#include "nic/nic_reg.h"
#include "rtl8139.h"

uint8_t
rtl8139_get8(const struct rtl8139 *s, uint32_t offset)
{
	return __atomic_load_n(&s->reg[offset], __ATOMIC_RELAXED);
}

/* A variable for the cell: clang takes the array's alignment, not the cast's, for atomic accesses. */
uint16_t
rtl8139_get16(const struct rtl8139 *s, uint32_t offset)
{
	const uint16_t *cell = (const uint16_t *)&s->reg[offset];

	return __atomic_load_n(cell, __ATOMIC_ACQUIRE);
}

uint32_t
rtl8139_get32(const struct rtl8139 *s, uint32_t offset)
{
	const uint32_t *cell = (const uint32_t *)&s->reg[offset];

	return __atomic_load_n(cell, __ATOMIC_ACQUIRE);
}

uint64_t
rtl8139_get64(const struct rtl8139 *s, uint32_t offset)
{
	return rtl8139_get32(s, offset) | (uint64_t)rtl8139_get32(s, offset + 4) << 32;
}

void
rtl8139_put16(struct rtl8139 *s, uint32_t offset, uint16_t val)
{
	uint16_t *cell = (uint16_t *)&s->reg[offset];

	__atomic_store_n(cell, val, __ATOMIC_RELEASE);
}

void
rtl8139_put32(struct rtl8139 *s, uint32_t offset, uint32_t val)
{
	uint32_t *cell = (uint32_t *)&s->reg[offset];

	__atomic_store_n(cell, val, __ATOMIC_RELEASE);
}

static void *
rtl8139_cell(const struct nic *nic, uint32_t offset)
{
	struct rtl8139 *s = nic->state;

	return &s->reg[offset];
}

uint32_t
rtl8139_ring_size(const struct rtl8139 *s)
{
	return RTL_RING_MIN << field_get(rtl8139_get32(s, RTL_RCR), RTL_RCR_RBLEN);
}

uint32_t
rtl8139_ring_read(const struct rtl8139 *s)
{
	return (rtl8139_get16(s, RTL_CAPR) + RTL_CAPR_BIAS) % rtl8139_ring_size(s);
}

uint32_t
rtl8139_ring_written(const struct rtl8139 *s)
{
	return __atomic_load_n(&s->rx.cbr, __ATOMIC_ACQUIRE);
}

static void
rtl8139_ring_restart(struct rtl8139 *s)
{
	s->rx.cbr = 0;
	rtl8139_put16(s, RTL_CAPR, RTL_CAPR_RESET);
}

bool
rtl8139_looping(const struct rtl8139 *s)
{
	return (rtl8139_get32(s, RTL_TCR) & RTL_TCR_LBK) == RTL_TCR_LBK;
}

/*
 * TSD0-3 in C mode: OWN=0 is what F waits for. The table keeps the register as it is (wmask 0) and
 * adds the lanes that a narrow write leaves out, so that F never sees half of what the driver means.
 */
static void
rtl8139_tsd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	if (!s->cplus) {
		rtl8139_put32(s, offset, (old & FIELD32(23, 22)) | (val & RTL_TSD_WMASK));
	} else if (offset == RTL_DTCCR_HI) {
		rtl8139_put32(s, RTL_DTCCR_HI, val);
	} else if (offset == RTL_DTCCR_LO) {
		rtl8139_put32(s, RTL_DTCCR_LO, val & RTL_DTCCR_LO_ADDR);
		if (val & RTL_DTCCR_CMD)
			rtl8139_tally_dump(nic, rtl8139_get64(s, RTL_DTCCR_LO));
	}
}

static uint32_t
rtl8139_tsd_read(struct nic *nic, uint32_t offset)
{
	return rtl8139_get32(nic->state, offset);
}

static uint32_t
rtl8139_tsad_read(struct nic *nic, uint32_t offset)
{
	uint32_t i, all = 0;

	for (i = 0; i < RTL_TSD_N; i++) {
		uint32_t tsd = rtl8139_get32(nic->state, RTL_TSD + 4 * i);

		all |= field_get(tsd, RTL_TSD_OWN) << (RTL_TSAD_OWN0 + i);
		all |= field_get(tsd, RTL_TSD_TABT) << (RTL_TSAD_TABT + i);
		all |= field_get(tsd, RTL_TSD_TUN) << (RTL_TSAD_TUN + i);
		all |= field_get(tsd, RTL_TSD_TOK) << (RTL_TSAD_TOK + i);
	}
	return all;
}

static uint32_t
rtl8139_cr_read(struct nic *nic, uint32_t offset)
{
	const struct rtl8139 *s = nic->state;
	bool empty = rtl8139_ring_written(s) == rtl8139_ring_read(s);

	return rtl8139_get8(s, RTL_CR) | (empty ? RTL_CR_BUFE : 0);
}

static void
rtl8139_cr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;
	uint32_t set = val & ~old;

	if (val & RTL_CR_RST) {
		rtl8139_chip_reset(nic);
		return;
	}
	if (set & RTL_CR_TE) {
		s->tx.slot = 0;
		s->tx.index[0] = s->tx.index[1] = 0;
		s->polled = 0;
	}
	if (set & RTL_CR_RE) {
		s->rx.index = 0;
		rtl8139_ring_restart(s);
	}
}

static uint32_t
rtl8139_cbr_read(struct nic *nic, uint32_t offset)
{
	return rtl8139_ring_written(nic->state);
}

static void
rtl8139_imr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	uint16_t imr = rtl8139_get16(nic->state, RTL_IMR);

	rtl8139_irq_mask(nic, imr);
	if (imr & ~old & RTL_ISR_ROK)
		rtl8139_rx_remind(nic);
}

static uint32_t
rtl8139_isr_read(struct nic *nic, uint32_t offset)
{
	return rtl8139_irq_read(nic);
}

static void
rtl8139_isr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	rtl8139_irq_clear(nic, val & RTL_ISR_WMASK);
}

static void
rtl8139_tcr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	if (!(rtl8139_get8(s, RTL_CR) & RTL_CR_TE))
		rtl8139_put32(s, RTL_TCR, old);
}

static void
rtl8139_rcr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	/* Only another size makes the driver's place in the ring void. */
	if ((old ^ val) & RTL_RCR_RBLEN)
		rtl8139_ring_restart(nic->state);
}

static uint32_t
rtl8139_tctr_read(struct nic *nic, uint32_t offset)
{
	return rtl8139_timer_count(nic->state);
}

static void
rtl8139_tctr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	s->tctr_base = rte_get_tsc_cycles();
	rtl8139_timer_arm(s);
}

static void
rtl8139_timerint_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	rtl8139_timer_arm(nic->state);
}

static uint32_t
rtl8139_mpc_read(struct nic *nic, uint32_t offset)
{
	const struct rtl8139 *s = nic->state;

	return __atomic_load_n(&s->missed, __ATOMIC_RELAXED) & FIELD32(23, 0);
}

static void
rtl8139_mpc_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	__atomic_store_n(&s->missed, 0, __ATOMIC_RELAXED);
}

static uint32_t
rtl8139_eem(const struct rtl8139 *s)
{
	return field_get(s->reg[RTL_9346CR], RTL_9346CR_EEM);
}

static uint32_t
rtl8139_9346cr_read(struct nic *nic, uint32_t offset)
{
	const struct rtl8139 *s = nic->state;
	uint32_t out = rtl8139_eem(s) == RTL_9346CR_PROGRAM && s->eeprom.out;

	return s->reg[RTL_9346CR] | (out ? RTL_9346CR_EEDO : 0);
}

static void
rtl8139_9346cr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	if (rtl8139_eem(s) == RTL_9346CR_AUTOLOAD)
		rtl8139_chip_reset(nic);
	else if (rtl8139_eem(s) == RTL_9346CR_PROGRAM)
		nic_eeprom_lines(&s->eeprom, val & RTL_9346CR_EECS, val & RTL_9346CR_EESK,
			val & RTL_9346CR_EEDI);
	else
		nic_eeprom_reset(&s->eeprom);
}

/* CONFIG0-4 keep their values unless 9346CR unlocks them. */
static void
rtl8139_config_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	if (rtl8139_eem(s) != RTL_9346CR_CONFIG)
		s->reg[offset] = (uint8_t)old;
}

static uint32_t
rtl8139_msr_read(struct nic *nic, uint32_t offset)
{
	const struct rtl8139 *s = nic->state;

	return RTL_MSR_BASE | (s->link_down ? RTL_MSR_LINKB : 0);
}

static void
rtl8139_hltclk_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	s->halted = val == RTL_HLTCLK_HALT;
	rtl8139_timer_arm(s);
}

static void
rtl8139_bmcr_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	if (val & RTL_BMCR_RST)
		rtl8139_put16(nic->state, RTL_BMCR, RTL_BMCR_ANE);
}

static uint32_t
rtl8139_bmsr_read(struct nic *nic, uint32_t offset)
{
	const struct rtl8139 *s = nic->state;

	return RTL_BMSR_BASE | (s->link_down ? 0 : RTL_BMSR_LINK | RTL_BMSR_ANDONE);
}

/* Where the rings are is polled from guest memory; this only tells which rings are in use. */
static void
rtl8139_tppoll_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	__atomic_fetch_or(&s->polled, val & (RTL_TPPOLL_NPQ | RTL_TPPOLL_HPQ), __ATOMIC_RELEASE);
}

static void
rtl8139_cpcmd_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct rtl8139 *s = nic->state;

	if (s->cplus)
		return;
	/* TSD0 and TSD1 become DTCCR. */
	s->cplus = true;
	rtl8139_put32(s, RTL_DTCCR_LO, 0);
	rtl8139_put32(s, RTL_DTCCR_HI, 0);
}

/* Name, offset, count, width, access, class, reset, wmask, on_read, on_write. */
/* clang-format off */
static const struct nic_reg rtl8139_rows[] = {
	{ "IDR", RTL_IDR, 6, 1, NIC_RW, NIC_CONFIG, 0, 0xff, NULL, NULL },
	{ "MAR", RTL_MAR, 8, 1, NIC_RW, NIC_CONFIG, 0, 0xff, NULL, NULL },
	{ "TSD", RTL_TSD, 4, 4, NIC_RW, NIC_PLAIN, RTL_TSD_OWN, 0, rtl8139_tsd_read, rtl8139_tsd_write },
	{ "TSADR", RTL_TSAD0, 4, 4, NIC_RW, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "RBSTART", RTL_RBSTART, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "ERBCR", RTL_ERBCR, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "ERSR", RTL_ERSR, 1, 1, NIC_RO, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "CR", RTL_CR, 1, 1, NIC_RW, NIC_CONFIG, 0, RTL_CR_TE | RTL_CR_RE, rtl8139_cr_read, rtl8139_cr_write },
	{ "CAPR", RTL_CAPR, 1, 2, NIC_RW, NIC_PLAIN, RTL_CAPR_RESET, 0xffff, NULL, NULL },
	{ "CBR", RTL_CBR, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, rtl8139_cbr_read, NULL },
	{ "IMR", RTL_IMR, 1, 2, NIC_RW, NIC_PLAIN, 0, RTL_ISR_WMASK, NULL, rtl8139_imr_write },
	{ "ISR", RTL_ISR, 1, 2, NIC_WO, NIC_PLAIN, 0, 0, rtl8139_isr_read, rtl8139_isr_write },
	{ "TCR", RTL_TCR, 1, 4, NIC_RW, NIC_CONFIG, RTL_TCR_ID_CPLUS, RTL_TCR_WMASK, NULL, rtl8139_tcr_write },
	{ "RCR", RTL_RCR, 1, 4, NIC_RW, NIC_CONFIG, 0, RTL_RCR_WMASK, NULL, rtl8139_rcr_write },
	{ "TCTR", RTL_TCTR, 1, 4, NIC_WO, NIC_CONFIG, 0, 0, rtl8139_tctr_read, rtl8139_tctr_write },
	{ "MPC", RTL_MPC, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, rtl8139_mpc_read, rtl8139_mpc_write },
	{ "9346CR", RTL_9346CR, 1, 1, NIC_RW, NIC_CONFIG, 0, 0xce, rtl8139_9346cr_read, rtl8139_9346cr_write },
	{ "CONFIG0", RTL_CONFIG0, 1, 1, NIC_RW, NIC_PLAIN, 0x00, 0x07, NULL, rtl8139_config_write },
	{ "CONFIG1", RTL_CONFIG1, 1, 1, NIC_RW, NIC_PLAIN, 0x0c, 0xf3, NULL, rtl8139_config_write },
	{ "TimerInt", RTL_TIMERINT, 1, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, rtl8139_timerint_write },
	{ "MSR", RTL_MSR, 1, 1, NIC_RO, NIC_PLAIN, 0, 0, rtl8139_msr_read, NULL },
	{ "CONFIG3", RTL_CONFIG3, 1, 1, NIC_RW, NIC_PLAIN, 0x01, 0x70, NULL, rtl8139_config_write },
	{ "CONFIG4", RTL_CONFIG4, 1, 1, NIC_RW, NIC_PLAIN, 0x00, 0xf5, NULL, rtl8139_config_write },
	{ "HLTCLK", RTL_HLTCLK, 1, 1, NIC_WO, NIC_CONFIG, 0, 0, NULL, rtl8139_hltclk_write },
	{ "MULINT", RTL_MULINT, 1, 2, NIC_RW, NIC_PLAIN, 0, 0x0fff, NULL, NULL },
	{ "RERID", RTL_RERID, 1, 1, NIC_RO, NIC_PLAIN, 0x20, 0, NULL, NULL },
	{ "TSAD", RTL_TSAD, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, rtl8139_tsad_read, NULL },
	{ "BMCR", RTL_BMCR, 1, 2, NIC_RW, NIC_PLAIN, RTL_BMCR_ANE, RTL_BMCR_ANE | RTL_BMCR_SPEED | RTL_BMCR_FDX, NULL, rtl8139_bmcr_write },
	{ "BMSR", RTL_BMSR, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, rtl8139_bmsr_read, NULL },
	{ "ANAR", RTL_ANAR, 1, 2, NIC_RW, NIC_PLAIN, 0x05e1, 0x2fff, NULL, NULL },
	{ "ANLPAR", RTL_ANLPAR, 1, 2, NIC_RO, NIC_PLAIN, 0x05e1, 0, NULL, NULL },
	{ "ANER", RTL_ANER, 1, 2, NIC_RO, NIC_PLAIN, 0x0001, 0, NULL, NULL },
	{ "NWAYTR", RTL_NWAYTR, 1, 2, NIC_WO, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "CSCR", RTL_CSCR, 1, 2, NIC_RW, NIC_PLAIN, 0x0340, 0x83c0, NULL, NULL },
	{ "PHY1_PARM", RTL_PHY1_PARM, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "TW_PARM", RTL_TW_PARM, 1, 4, NIC_WO, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "CONFIG5", RTL_CONFIG5, 1, 1, NIC_RW, NIC_PLAIN, 0x00, 0x7f, NULL, NULL },
	/* RTL8139C+ only, RTL8139_CPLUS_ROWS of them */
	{ "TPPoll", RTL_TPPOLL, 1, 1, NIC_WO, NIC_DOORBELL, 0, 0, NULL, rtl8139_tppoll_write },
	{ "CpCmd", RTL_CPCMD, 1, 2, NIC_RW, NIC_CONFIG, 0, RTL_CPCMD_WMASK, NULL, rtl8139_cpcmd_write },
	{ "IntrMitigate", RTL_INTRMITIGATE, 1, 2, NIC_RW, NIC_PLAIN, 0, 0xffff, NULL, NULL },
	{ "RDSAR", RTL_RDSAR, 2, 4, NIC_RW, NIC_CONFIG, 0, UINT32_MAX, NULL, NULL },
	{ "MTPS", RTL_MTPS, 1, 1, NIC_RW, NIC_PLAIN, 0, 0xff, NULL, NULL },
};
/* clang-format on */

#define RTL8139_CPLUS_ROWS 5

const struct nic_reg_set rtl8139_regs = {
	.row = rtl8139_rows,
	.n = RTE_DIM(rtl8139_rows),
	.cell = rtl8139_cell,
};

static const struct nic_reg_set rtl8139_plain_regs = {
	.row = rtl8139_rows,
	.n = RTE_DIM(rtl8139_rows) - RTL8139_CPLUS_ROWS,
	.cell = rtl8139_cell,
};

const struct nic_reg_set *
rtl8139_reg_set(const struct nic *nic)
{
	const struct rtl8139 *s = nic->state;

	return s->plain ? &rtl8139_plain_regs : &rtl8139_regs;
}

uint32_t
rtl8139_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size)
{
	uint32_t val;

	nic_reg_read(nic, rtl8139_reg_set(nic), off, size, &val);
	return val;
}

void
rtl8139_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val)
{
	nic_reg_write(nic, rtl8139_reg_set(nic), off, size, val);
}

bool
rtl8139_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off)
{
	return nic_reg_needs_hold(rtl8139_reg_set(nic), off);
}
