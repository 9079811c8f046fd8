/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts, their moderation, the PHY and the link. */
#include <pthread.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "test_e1000.h"

static void
test_masks(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	CU_ASSERT_FALSE(t.line);
	t_w32(&t, E1000_IMS, E1000_ICR_LSC | E1000_ICR_RXT0);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_IMS), E1000_ICR_LSC | E1000_ICR_RXT0);
	t_w32(&t, E1000_IMC, E1000_ICR_LSC);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_IMS), E1000_ICR_RXT0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_IMC), 0);
	/* ICS shows the causes and leaves them; ICR takes all of them, masked or not. */
	t_quiet_over(&t);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS), E1000_ICR_LSC | E1000_ICR_RXT0);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_LSC | E1000_ICR_RXT0);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), 0);
	/* Ones clear. */
	t_quiet_over(&t);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0 | E1000_ICR_LSC | E1000_ICR_TXDW);
	t_w32(&t, E1000_ICR, E1000_ICR_LSC);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS), E1000_ICR_RXT0 | E1000_ICR_TXDW);
	t_w32(&t, E1000_ICR, E1000_ICR_RXT0);
	CU_ASSERT_FALSE(t.line);
	/* Bits that are not there. */
	t_w32(&t, E1000_ICS, 0xffffffff);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), 0x1ffff);
	t_down(&t);
}

/* What ethtool's test does for each bit. */
static void
test_each_bit(void)
{
	struct test_e1000 t;
	uint32_t bit;

	t_up(&t, true);
	for (bit = 0; bit < 10; bit++) {
		uint32_t mask = 1u << bit;

		t_w32(&t, E1000_IMC, mask);
		t_w32(&t, E1000_ICS, mask);
		CU_ASSERT_FALSE(t.line);
		t_r32(&t, E1000_ICR);
		t_quiet_over(&t);
		t_w32(&t, E1000_IMS, mask);
		t_w32(&t, E1000_ICS, mask);
		CU_ASSERT_TRUE(t.line);
		t_r32(&t, E1000_ICR);
		t_quiet_over(&t);
		t_w32(&t, E1000_IMC, ~mask & 0x7fff);
		t_w32(&t, E1000_ICS, ~mask & 0x7fff);
		CU_ASSERT_FALSE(t.line);
		t_w32(&t, E1000_IMC, 0xffffffff);
		t_r32(&t, E1000_ICR);
	}
	t_down(&t);
}

static void
test_intx_disable(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	t_w32(&t, E1000_IMS, E1000_ICR_LSC);
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	CU_ASSERT_TRUE(t.line);
	t_command(&t, NIC_PCI_COMMAND_MASTER | NIC_PCI_COMMAND_NO_INTX);
	CU_ASSERT_FALSE(t.line);
	t_command(&t, NIC_PCI_COMMAND_MASTER);
	CU_ASSERT_TRUE(t.line);
	t_command(&t, NIC_PCI_COMMAND_MASTER | NIC_PCI_COMMAND_NO_INTX);
	t.nic->model->reset(t.nic);
	t_w32(&t, E1000_IMS, E1000_ICR_LSC);
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

/* Timer registers and causes, and the quiet time in units of 256 ns. */
static const struct {
	uint32_t itr, rdtr, radv, tadv, causes;
	bool ide;
	uint32_t units;
} quiets[] = {
	{ 0, 0, 0, 0, E1000_ICR_RXT0, false, 500 },
	{ 651, 0, 0, 0, E1000_ICR_LSC, false, 651 },
	{ 100, 0, 0, 0, E1000_ICR_LSC, false, 500 },
	{ 0, 1, 1000, 0, E1000_ICR_RXT0, false, 4000 },
	{ 0, 0, 1000, 0, E1000_ICR_RXT0, false, 500 },
	{ 3000, 1, 1000, 0, E1000_ICR_RXT0, false, 3000 },
	{ 5000, 1, 1000, 0, E1000_ICR_RXT0, false, 4000 },
	{ 5000, 1, 1000, 0, E1000_ICR_TXDW, false, 5000 },
	{ 0, 0, 0, 700, E1000_ICR_TXDW, true, 2800 },
	{ 0, 0, 0, 700, E1000_ICR_TXQE, true, 2800 },
	{ 0, 0, 0, 700, E1000_ICR_TXDW, false, 500 },
	{ 0, 0, 0, 700, E1000_ICR_RXT0, true, 500 },
	{ 65535, 65535, 65535, 65535, E1000_ICR_RXT0 | E1000_ICR_TXDW, true, 65535 },
};

static void
test_quiet_times(void)
{
	struct test_e1000 t;
	uint64_t hz = rte_get_tsc_hz(), unit = hz * 256 / 1000000000;
	unsigned int i;

	for (i = 0; i < RTE_DIM(quiets); i++) {
		uint64_t from, to;

		t_up(&t, true);
		t_w32(&t, E1000_ITR, quiets[i].itr);
		t_poke(&t, E1000_RDTR, quiets[i].rdtr);
		t_poke(&t, E1000_RADV, quiets[i].radv);
		t_poke(&t, E1000_TADV, quiets[i].tadv);
		t.s->irq_delay_tx = quiets[i].ide;
		t_w32(&t, E1000_IMS, E1000_ICR_BITS);
		from = rte_get_tsc_cycles();
		t_w32(&t, E1000_ICS, quiets[i].causes);
		to = rte_get_tsc_cycles();
		CU_ASSERT_TRUE(t.line);
		CU_ASSERT_EQUAL(t.s->irq_delay_tx, 0);
		CU_ASSERT_TRUE(t.s->irq_quiet_until + unit >= from + quiets[i].units * unit);
		CU_ASSERT_TRUE(t.s->irq_quiet_until <= to + quiets[i].units * (unit + 1));
		t_down(&t);
	}
}

/* An interrupt in the quiet time comes at its end, by polling only; one that was taken back, not. */
static void
test_moderation(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	t_start(&t, 0);
	t.s->tsc_hz *= 1000000; /* the quiet time takes minutes */
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(nic_reg_peek(t.nic, &e1000_regs, nic_reg_named(&e1000_regs, "ICR"),
				E1000_ICR),
		E1000_ICR_RXT0);
	CU_ASSERT_EQUAL(nic_reg_peek(t.nic, &e1000_regs, nic_reg_named(&e1000_regs, "IMS"),
				E1000_IMS),
		E1000_ICR_BITS);
	/* More causes while the line is up change nothing. */
	t_w32(&t, E1000_ICS, E1000_ICR_TXDW);
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_RXT0 | E1000_ICR_TXDW);
	CU_ASSERT_FALSE(t.line);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	t_quiet_over(&t);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_count(&t, "late_interrupts"), 1);
	/* Which begins another quiet time. */
	t_r32(&t, E1000_ICR);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	CU_ASSERT_FALSE(t.line);
	/* Taken back before it came. */
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_RXT0);
	t_quiet_over(&t);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	/* Masked when the time is over, unmasked later. */
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	t_r32(&t, E1000_ICR);
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	t_w32(&t, E1000_IMC, E1000_ICR_LSC);
	t_quiet_over(&t);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	t_w32(&t, E1000_IMS, E1000_ICR_LSC);
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

/* In real time, for the default: about 128 us; also when nobody polls but the guest reads. */
static void
test_moderation_time(void)
{
	struct test_e1000 t;
	uint64_t from, us = rte_get_tsc_hz() / 1000000;

	t_up(&t, true);
	t_start(&t, 0);
	from = rte_get_tsc_cycles();
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	t_r32(&t, E1000_ICR);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	while (!t.line && rte_get_tsc_cycles() - from < 1000000 * us)
		CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_TRUE(rte_get_tsc_cycles() - from >= 127 * us);
	t_r32(&t, E1000_ICR);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	rte_delay_us_block(200);
	t_r32(&t, E1000_STATUS);
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

static void
test_phy(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_BMCR), 0x1140);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_BMSR), 0x794d);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ID1), 0x0141);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ID2), 0x0c20);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ANAR), 0x0de1);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ANLPAR), 0x01e0);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_GBSR), 0x3c00);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSSR), 0xac00);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ESTATUS), 0x3000);
	t_phy_write(&t, PHY_PSCR, 0xaaaa);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSCR), 0xaaaa);
	t_phy_write(&t, PHY_ID1, 0);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_ID1), 0x0141);
	/* A register, and a PHY, that is not there. */
	t_w32(&t, E1000_MDIC, 2 << 26 | 1 << 21 | 7 << 16);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MDIC) >> 28, 5);
	t_w32(&t, E1000_MDIC, 2 << 26 | 2 << 21 | PHY_ID1 << 16);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MDIC) >> 28, 5);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), 0);
	t_w32(&t, E1000_MDIC, E1000_MDIC_INT_EN | 2 << 26 | 1 << 21 | PHY_ID1 << 16);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_MDAC);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MDIC) & 0xffff, 0x0141);
	/* Both resets of the PHY. */
	t_phy_write(&t, PHY_BMCR, PHY_BMCR_RESET);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_BMCR), 0x1140);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSCR), 0x0360);
	t_phy_write(&t, PHY_PSCR, 0xaaaa);
	t_w32(&t, E1000_TIPG, 5);
	t_w32(&t, E1000_CTRL, E1000_CTRL_PHY_RST | E1000_CTRL_SLU);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSCR), 0x0360);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_CTRL), E1000_CTRL_SLU);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TIPG), 5);
	t_down(&t);
}

/* Whether all that shows the link agrees. */
static void
expect_link(struct test_e1000 *t, bool up, bool negotiated)
{
	const struct nic_reg *row = nic_reg_named(&e1000_regs, "status");

	CU_ASSERT_EQUAL(!!(t_r32(t, E1000_STATUS) & E1000_STATUS_LU), up);
	CU_ASSERT_EQUAL(!!(t_phy_read(t, PHY_BMSR) & PHY_BMSR_LINK), up);
	CU_ASSERT_EQUAL(!!(t_phy_read(t, PHY_PSSR) & PHY_PSSR_LINK), up);
	CU_ASSERT_EQUAL(!!(t_phy_read(t, PHY_BMSR) & PHY_BMSR_ANDONE), negotiated);
	CU_ASSERT_EQUAL(!!(t_phy_read(t, PHY_ANLPAR) & PHY_ANLPAR_ACK), negotiated);
	/* And what people are shown. */
	CU_ASSERT_EQUAL(nic_reg_peek(t->nic, &e1000_regs, row, E1000_STATUS),
		t_r32(t, E1000_STATUS));
}

static void
test_autoneg(void)
{
	struct test_e1000 t;
	uint64_t hz;
	unsigned int who;

	for (who = 0; who < 2; who++) {
		t_up(&t, true);
		t_start(&t, 0);
		hz = t.s->tsc_hz;
		t_phy_write(&t, PHY_BMCR, PHY_BMCR_ANRESTART | 0x140);
		expect_link(&t, true, false);
		t_phy_write(&t, PHY_BMCR, PHY_BMCR_ANENABLE | PHY_BMCR_ANRESTART | 0x140);
		CU_ASSERT_TRUE(t.s->autoneg > rte_get_tsc_cycles() + hz * 49 / 100);
		CU_ASSERT_TRUE(t.s->autoneg <= rte_get_tsc_cycles() + hz / 2);
		CU_ASSERT_EQUAL(t_phy_read(&t, PHY_BMCR), PHY_BMCR_ANENABLE | 0x140);
		expect_link(&t, false, false);
		CU_ASSERT_PTR_NULL(t_take(&t));
		expect_link(&t, false, false);
		t.s->autoneg = rte_get_tsc_cycles();
		/* D ends it, or C does when D is not there. */
		if (who == 0) {
			CU_ASSERT_PTR_NULL(t_take(&t));
			CU_ASSERT_TRUE(t.line);
		}
		expect_link(&t, true, true);
		CU_ASSERT_TRUE(t.line);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_LSC);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), 0);
		t_down(&t);
	}
}

static void
test_link(void)
{
	struct test_e1000 t;
	uint8_t frame[60];

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	t_frame(frame, sizeof(frame), &test_mac, 3);
	t.nic->model->set_link(t.nic, true);
	CU_ASSERT_FALSE(t.line);
	t.nic->model->set_link(t.nic, false);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_LSC);
	expect_link(&t, false, false);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 1);
	t_send(&t, frame, sizeof(frame));
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_link_down"), 1);
	CU_ASSERT_EQUAL(t_tx_status(&t, 0), 1);
	/* The cable stays pulled over resets and autonegotiation. */
	t_w32(&t, E1000_CTRL, E1000_CTRL_RST | E1000_CTRL_PHY_RST);
	t_phy_write(&t, PHY_BMCR, PHY_BMCR_ANENABLE | PHY_BMCR_ANRESTART);
	t.s->autoneg = 1;
	expect_link(&t, false, false);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR) & E1000_ICR_LSC, 0);
	t.nic->model->reset(t.nic);
	expect_link(&t, false, false);
	/* Plugged: the link comes after autonegotiation, or at once without. */
	t.nic->model->set_link(t.nic, true);
	expect_link(&t, false, false);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), 0);
	t.s->autoneg = 1;
	expect_link(&t, true, true);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_LSC);
	t.nic->model->set_link(t.nic, false);
	t_phy_write(&t, PHY_BMCR, 0x140);
	t.nic->model->set_link(t.nic, true);
	expect_link(&t, true, false);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_LSC);
	t_down(&t);
}

/* The line goes up, but before that is done C has taken the cause: the last word is down. */
static void
late_raise(void *ctx, uint16_t vec)
{
	struct test_e1000 *t = ctx;

	if (t->raises++ == 0)
		e1000_irq_take(t->nic);
	t->line = true;
}

static void
late_lower(void *ctx, uint16_t vec)
{
	((struct test_e1000 *)ctx)->line = false;
}

static void
test_overtaken(void)
{
	static const struct nic_irq_ops ops = { late_raise, late_lower };
	struct test_e1000 t;

	t_up(&t, true);
	t.nic->irq = &ops;
	t_w32(&t, E1000_IMS, E1000_ICR_BITS);
	t_w32(&t, E1000_ICS, E1000_ICR_LSC);
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICS), 0);
	CU_ASSERT_FALSE(t.line);
	t_down(&t);
}

#define RACE_ROUNDS 200000

struct racer {
	struct test_e1000 *t;
	unsigned int done;
};

static void *
race(void *arg)
{
	struct racer *r = arg;

	while (r->done < RACE_ROUNDS) {
		e1000_irq_set(r->t->nic, E1000_ICR_RXT0);
		__atomic_store_n(&r->done, r->done + 1, __ATOMIC_RELEASE);
	}
	return NULL;
}

/* Lines that several threads move at once: their state, not the last call, is looked at here. */
static void
race_raise(void *ctx, uint16_t vec)
{
	__atomic_store_n(&((struct test_e1000 *)ctx)->line, true, __ATOMIC_SEQ_CST);
}

static void
race_lower(void *ctx, uint16_t vec)
{
	__atomic_store_n(&((struct test_e1000 *)ctx)->line, false, __ATOMIC_SEQ_CST);
}

/* C takes causes while D sets them: in the end the line says what ICR does. */
static void
test_race(void)
{
	static const struct nic_irq_ops ops = { race_raise, race_lower };
	struct test_e1000 t;
	struct racer r = { .t = &t };
	pthread_t thread;
	unsigned int wrong = 0;

	t_up(&t, true);
	t.nic->irq = &ops;
	t_w32(&t, E1000_IMS, E1000_ICR_BITS);
	t.s->tsc_hz = 4000000; /* no quiet time to speak of */
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, race, &r), 0);
	while (__atomic_load_n(&r.done, __ATOMIC_ACQUIRE) < RACE_ROUNDS) {
		e1000_irq_take(t.nic);
		e1000_irq_mask(t.nic, E1000_ICR_RXT0);
		e1000_irq_unmask(t.nic, E1000_ICR_RXT0);
	}
	pthread_join(thread, NULL);
	t_quiet_over(&t);
	e1000_irq_expire(t.nic);
	wrong += t.line != (t_r32(&t, E1000_ICS) != 0);
	t_r32(&t, E1000_ICR);
	wrong += t.line;
	CU_ASSERT_EQUAL(wrong, 0);
	t_down(&t);
}

/* Send one frame by a descriptor with these command bits. */
static void
send_with(struct test_e1000 *t, uint32_t cmd)
{
	uint8_t frame[60];

	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	t_put(t, T_TX_DATA, frame, sizeof(frame));
	t_desc(t, T_TX_DATA, sizeof(frame) | cmd, 0);
	t_kick(t);
	CU_ASSERT_TRUE(t_is(t_take(t), frame, sizeof(frame)));
}

/* Descriptors with IDE raise no interrupt while the driver goes on sending. */
static void
test_tx_delay(void)
{
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	t_start(&t, 0);
	t.s->tsc_hz *= 1000000; /* all delays take minutes */
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	/* Who looks sees them; and they begin anew. */
	CU_ASSERT_TRUE(t_r32(&t, E1000_ICR) & E1000_ICR_TXDW);
	for (i = 1; i < T_DESCS / 2; i++) {
		send_with(&t, T_END_CMD | E1000_TXD_IDE);
		CU_ASSERT_FALSE(t.line);
	}
	/* Half a ring. */
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	CU_ASSERT_TRUE(t.line);
	t_r32(&t, E1000_ICR);
	CU_ASSERT_FALSE(t.line);
	t_quiet_over(&t);
	/* The time is over: by polling. */
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	CU_ASSERT_FALSE(t.line);
	t.s->irq_tx_due = 1;
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	t_r32(&t, E1000_ICR);
	t_quiet_over(&t);
	/* Any other cause, and a descriptor without IDE, do not wait. */
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	CU_ASSERT_FALSE(t.line);
	t_w32(&t, E1000_ICS, E1000_ICR_RXT0);
	CU_ASSERT_TRUE(t.line);
	t_r32(&t, E1000_ICR);
	t_quiet_over(&t);
	send_with(&t, T_END_CMD);
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

/* In real time: it comes, and not later than it must while the driver goes on. */
static void
test_tx_delay_time(void)
{
	struct test_e1000 t;
	uint64_t end, most;

	t_up(&t, true);
	t_start(&t, 0);
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	end = rte_get_tsc_cycles() + 5 * t.s->tsc_hz;
	while (!t.line && rte_get_tsc_cycles() < end)
		CU_ASSERT_PTR_NULL_FATAL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	t_r32(&t, E1000_ICR);
	t_quiet_over(&t);
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	most = t.s->tx.irq_first + t.s->tsc_hz / 1000 + t.s->tsc_hz / 10000;
	t.s->tx.irq_first -= t.s->tsc_hz / 500;
	send_with(&t, T_END_CMD | E1000_TXD_IDE);
	CU_ASSERT_TRUE(t.s->irq_tx_due <= most);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

void
test_e1000_irq_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "masks", test_masks);
	CU_add_test(s, "each bit", test_each_bit);
	CU_add_test(s, "INTx disable", test_intx_disable);
	CU_add_test(s, "quiet times", test_quiet_times);
	CU_add_test(s, "moderation", test_moderation);
	CU_add_test(s, "moderation in real time", test_moderation_time);
	CU_add_test(s, "transmit delay", test_tx_delay);
	CU_add_test(s, "transmit delay in real time", test_tx_delay_time);
	CU_add_test(s, "phy", test_phy);
	CU_add_test(s, "autonegotiation", test_autoneg);
	CU_add_test(s, "link", test_link);
	CU_add_test(s, "overtaken", test_overtaken);
	CU_add_test(s, "C against D", test_race);
}
