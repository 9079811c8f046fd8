/* SPDX-License-Identifier: BSD-3-Clause */
/* The interrupt line: ISR, IMR and INTx disable in one atomic word. */
#include <rte_cycles.h>

#include "nic/nic_irq.h"
#include "rtl8139.h"
#include "rtl8139_regs.h"

/*
 * ISR in 15:0, IMR in 31:16; for bits of ISR, whether the driver has read them (SEEN) and whether they
 * were set again after that (AGAIN). A driver reads ISR, clears what it read, and looks at its rings.
 * The write that clears may reach us long after the driver went on (it is posted, and a message); an
 * event of the meantime must not go with it, or nobody would ever look for it.
 */
#define IRQ_ISR	     UINT64_C(0xffff)
#define IRQ_IMR_AT   16
#define IRQ_IMR	     (IRQ_ISR << IRQ_IMR_AT)
#define IRQ_SEEN_AT  32
#define IRQ_AGAIN_AT 48
#define IRQ_DISABLE  BIT64(12) /* INTx disable, where ISR has no bit */
#define IRQ_TX_WAITS BIT64(11) /* TOK does not raise the line yet */
static_assert((RTL_ISR_WMASK & (BIT32(12) | BIT32(11))) == 0, "RTL8139C+ datasheet, 6, ISR");

/*
 * TOK tells a driver nothing but that it may have its buffers back, and an interrupt costs it several
 * register accesses, each of which is a message. So while it goes on sending, TOK does not raise the
 * line: for so long after each frame, for so long at most, microseconds; and for so many frames at most,
 * but half of what it can have under way.
 */
#define IRQ_TX_IDLE   200
#define IRQ_TX_MOST   3000
#define IRQ_TX_FRAMES 32

/* Whether the line is to be up. */
static bool
rtl8139_irq_level(uint64_t irq)
{
	uint64_t bits = irq & (irq >> IRQ_IMR_AT) & RTL_ISR_WMASK;

	if (irq & IRQ_TX_WAITS)
		bits &= ~(uint64_t)RTL_ISR_TOK;
	return !(irq & IRQ_DISABLE) && bits != 0;
}

/*
 * Make the line what the word says. Whoever changes the level comes here afterwards, and looks again
 * after the last call: so the last call of all threads together was the right one.
 */
static void
rtl8139_irq_settle(struct nic *nic)
{
	struct rtl8139 *s = nic->state;
	bool level;

	do {
		level = rtl8139_irq_level(__atomic_load_n(&s->irq, __ATOMIC_SEQ_CST));
		if (level)
			nic_irq_raise(nic, 0);
		else
			nic_irq_lower(nic, 0);
	} while (rtl8139_irq_level(__atomic_load_n(&s->irq, __ATOMIC_SEQ_CST)) != level);
}

/* Make of the word what op makes of it and bits. @return the word before. */
static uint64_t
rtl8139_irq_change(struct nic *nic, uint64_t (*op)(uint64_t irq, uint64_t bits), uint64_t bits)
{
	struct rtl8139 *s = nic->state;
	uint64_t old = __atomic_load_n(&s->irq, __ATOMIC_SEQ_CST), new;

	do {
		new = op(old, bits);
	} while (!__atomic_compare_exchange_n(&s->irq, &old, new, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST));
	if (rtl8139_irq_level(old) != rtl8139_irq_level(new))
		rtl8139_irq_settle(nic);
	return old;
}

static uint64_t
rtl8139_op_set(uint64_t irq, uint64_t bits)
{
	return irq | bits | ((irq >> IRQ_SEEN_AT) & bits) << IRQ_AGAIN_AT;
}

/* TOK; with the bits IRQ_TX_WAITS it waits, unless it is there already and does not. */
static uint64_t
rtl8139_op_sent(uint64_t irq, uint64_t bits)
{
	bool shown = (irq & RTL_ISR_TOK) && !(irq & IRQ_TX_WAITS);

	irq = rtl8139_op_set(irq, RTL_ISR_TOK) & ~IRQ_TX_WAITS;
	return shown ? irq : irq | bits;
}

static uint64_t
rtl8139_op_show(uint64_t irq, uint64_t bits)
{
	return irq & ~bits;
}

static uint64_t
rtl8139_op_read(uint64_t irq, uint64_t bits)
{
	uint64_t isr = irq & RTL_ISR_WMASK;

	return (irq | isr << IRQ_SEEN_AT) & ~(isr << IRQ_AGAIN_AT);
}

static uint64_t
rtl8139_op_clear(uint64_t irq, uint64_t bits)
{
	uint64_t keep = (irq >> IRQ_AGAIN_AT) & bits;

	irq &= ~((bits & ~keep) | bits << IRQ_SEEN_AT | bits << IRQ_AGAIN_AT);
	return irq & RTL_ISR_TOK ? irq : irq & ~IRQ_TX_WAITS;
}

static uint64_t
rtl8139_op_mask(uint64_t irq, uint64_t bits)
{
	return (irq & ~IRQ_IMR) | bits << IRQ_IMR_AT;
}

static uint64_t
rtl8139_op_disable(uint64_t irq, uint64_t bits)
{
	return (irq & ~IRQ_DISABLE) | bits;
}

static uint64_t
rtl8139_op_reset(uint64_t irq, uint64_t bits)
{
	return irq & IRQ_DISABLE;
}

/* Change it so. @return whether that raised the line. */
static bool
rtl8139_irq_raises(struct nic *nic, uint64_t (*op)(uint64_t irq, uint64_t bits), uint64_t bits)
{
	uint64_t old = rtl8139_irq_change(nic, op, bits);

	return !rtl8139_irq_level(old) && rtl8139_irq_level(op(old, bits));
}

bool
rtl8139_irq_set(struct nic *nic, uint32_t bits)
{
	return rtl8139_irq_raises(nic, rtl8139_op_set, bits & RTL_ISR_WMASK);
}

/* Whether the driver has waited for TOK long enough. */
static bool
rtl8139_irq_due(const struct rtl8139 *s, uint64_t now)
{
	const struct rtl8139_tx *tx = &s->tx;
	uint64_t us = rte_get_tsc_hz() / US_PER_S;
	uint32_t most = s->cplus ? IRQ_TX_FRAMES : RTL_TSD_N / 2;

	if (s->cplus && tx->ring_len > 0)
		most = RTE_MIN(most, tx->ring_len / 2u);
	return tx->irq_done >= most || now >= tx->irq_last + IRQ_TX_IDLE * us ||
	       now >= tx->irq_first + IRQ_TX_MOST * us;
}

bool
rtl8139_irq_sent(struct nic *nic, uint32_t n)
{
	struct rtl8139 *s = nic->state;
	uint64_t now = rte_get_tsc_cycles();

	if (s->tx.irq_first == 0 || !(__atomic_load_n(&s->irq, __ATOMIC_RELAXED) & IRQ_TX_WAITS)) {
		s->tx.irq_done = 0;
		s->tx.irq_first = now;
	}
	s->tx.irq_done += n;
	s->tx.irq_last = now;
	if (rtl8139_irq_due(s, now)) {
		s->tx.irq_first = 0;
		return rtl8139_irq_raises(nic, rtl8139_op_sent, 0);
	}
	return rtl8139_irq_raises(nic, rtl8139_op_sent, IRQ_TX_WAITS);
}

bool
rtl8139_irq_expire(struct nic *nic)
{
	struct rtl8139 *s = nic->state;

	/* The driver may have cleared TOK meanwhile. */
	if ((__atomic_load_n(&s->irq, __ATOMIC_RELAXED) & IRQ_TX_WAITS) &&
		!rtl8139_irq_due(s, rte_get_tsc_cycles()))
		return false;
	s->tx.irq_first = 0;
	return rtl8139_irq_raises(nic, rtl8139_op_show, IRQ_TX_WAITS);
}

void
rtl8139_irq_clear(struct nic *nic, uint32_t bits)
{
	uint64_t old;

	bits &= RTL_ISR_WMASK;
	old = rtl8139_irq_change(nic, rtl8139_op_clear, bits);
	/* What came after the driver's read is news: an edge, if the line is up for it. */
	if ((old >> IRQ_AGAIN_AT) & bits) {
		nic_irq_lower(nic, 0);
		rtl8139_irq_settle(nic);
	}
}

void
rtl8139_irq_mask(struct nic *nic, uint32_t imr)
{
	rtl8139_irq_change(nic, rtl8139_op_mask, imr & IRQ_ISR);
}

void
rtl8139_irq_disable(struct nic *nic, bool disable)
{
	rtl8139_irq_change(nic, rtl8139_op_disable, disable ? IRQ_DISABLE : 0);
}

void
rtl8139_irq_reset(struct nic *nic)
{
	rtl8139_irq_change(nic, rtl8139_op_reset, 0);
}

uint32_t
rtl8139_irq_read(struct nic *nic)
{
	return (uint32_t)(rtl8139_irq_change(nic, rtl8139_op_read, 0) & RTL_ISR_WMASK);
}

uint32_t
rtl8139_irq_status(const struct rtl8139 *s)
{
	return (uint32_t)(__atomic_load_n(&s->irq, __ATOMIC_SEQ_CST) & RTL_ISR_WMASK);
}
