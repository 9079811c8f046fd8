/* SPDX-License-Identifier: BSD-3-Clause */
/* The interrupt line: ICR, IMS, INTx disable and moderation in one atomic word. */
#include <rte_cycles.h>

#include "e1000.h"
#include "nic/nic_irq.h"

/* ICR in 16:0, IMS in 40:24. */
#define IRQ_ICR	     ((uint64_t)E1000_ICR_BITS)
#define IRQ_IMS_AT   24
#define IRQ_IMS	     (IRQ_ICR << IRQ_IMS_AT)
#define IRQ_DISABLE  BIT64(62) /* INTx disable */
#define IRQ_ASSERTED BIT64(63) /* pending, and not postponed */

/* The timers count units of 256 ns; 13.4, ITR. */
#define IRQ_UNITS_PER_SECOND 3906250
/* No more than 7813 interrupts a second, whatever the timers say; 13.4, ITR. */
#define IRQ_MIN_UNITS 500
/* RADV and TADV count units of 1.024 us. */
#define IRQ_ADV_UNITS	      4
#define IRQ_DELAYS_PER_SECOND 976562 /* the same as a rate */

/*
 * Descriptors with IDE that are done tell a driver nothing but that it may have its buffers back, and an
 * interrupt costs it several register accesses, each of which may be a message. So while it goes on
 * sending, its delays are stretched: the one that begins anew with each descriptor (TIDV) to the first
 * of these, the absolute one (TADV) to the second, in units of 1.024 us; but not beyond half a ring.
 */
#define IRQ_TX_IDLE 150
#define IRQ_TX_MOST 1000

static uint64_t
e1000_irq_load(const struct e1000 *s)
{
	return __atomic_load_n(&s->irq, __ATOMIC_SEQ_CST);
}

static bool
e1000_irq_pending(uint64_t irq)
{
	return (irq & (irq >> IRQ_IMS_AT) & IRQ_ICR) != 0;
}

/* Whether the line is to be up. */
static bool
e1000_irq_level(uint64_t irq)
{
	return (irq & IRQ_ASSERTED) && !(irq & IRQ_DISABLE);
}

bool
e1000_irq_waits(const struct e1000 *s)
{
	uint64_t irq = __atomic_load_n(&s->irq, __ATOMIC_RELAXED);

	return e1000_irq_pending(irq) && !(irq & IRQ_ASSERTED);
}

/* The smaller of two times, of which 0 means none. */
static uint32_t
e1000_irq_sooner(uint32_t a, uint32_t b)
{
	if (a == 0 || b == 0)
		return a | b;
	return RTE_MIN(a, b);
}

/* How long the line stays down after it goes up for these causes, in TSC cycles. */
static uint64_t
e1000_irq_quiet(const struct nic *nic, uint32_t causes)
{
	struct e1000 *s = nic->state;
	uint32_t units = e1000_get(s, E1000_ITR) & E1000_DELAY, adv;

	if ((causes & (E1000_ICR_TXDW | E1000_ICR_TXQE)) &&
		__atomic_load_n(&s->irq_delay_tx, __ATOMIC_RELAXED) != 0) {
		adv = e1000_get_page(nic, E1000_TADV) & E1000_DELAY;
		units = e1000_irq_sooner(units, IRQ_ADV_UNITS * adv);
	}
	if ((causes & E1000_ICR_RXT0) && (e1000_get_page(nic, E1000_RDTR) & E1000_DELAY) != 0) {
		adv = e1000_get_page(nic, E1000_RADV) & E1000_DELAY;
		units = e1000_irq_sooner(units, IRQ_ADV_UNITS * adv);
	}
	units = RTE_MAX(units, (uint32_t)IRQ_MIN_UNITS);
	return units * s->tsc_hz / IRQ_UNITS_PER_SECOND;
}

/*
 * Make the line what the word says. Whoever changes the level comes here afterwards, and looks again
 * after the last call: so the last call of all threads together was the right one.
 */
static void
e1000_irq_settle(struct nic *nic)
{
	const struct e1000 *s = nic->state;
	bool level;

	do {
		level = e1000_irq_level(e1000_irq_load(s));
		if (level)
			nic_irq_raise(nic, 0);
		else
			nic_irq_lower(nic, 0);
	} while (e1000_irq_level(e1000_irq_load(s)) != level);
}

/* When the causes that are there may raise the line; TSC. */
static uint64_t
e1000_irq_due(const struct e1000 *s, uint64_t irq)
{
	uint64_t quiet = __atomic_load_n(&s->irq_quiet_until, __ATOMIC_RELAXED);
	uint64_t causes = irq & (irq >> IRQ_IMS_AT) & IRQ_ICR;

	if (causes & ~(uint64_t)(E1000_ICR_TXDW | E1000_ICR_TXQE))
		return quiet;
	return RTE_MAX(quiet, __atomic_load_n(&s->irq_tx_due, __ATOMIC_RELAXED));
}

/*
 * The word with ASSERTED worked out anew: it goes at once with the last cause; it comes with the first
 * one, but not before the quiet time after the last time is over. What is postponed is seen by
 * e1000_irq_waits(), and so not lost.
 */
static uint64_t
e1000_irq_judge(const struct e1000 *s, uint64_t irq)
{
	if (!e1000_irq_pending(irq))
		return irq & ~IRQ_ASSERTED;
	if (irq & IRQ_ASSERTED)
		return irq;
	if (rte_get_tsc_cycles() < e1000_irq_due(s, irq))
		return irq;
	return irq | IRQ_ASSERTED;
}

/* The line went up: the quiet time begins. Another thread may miss that and raise it once more. */
static void
e1000_irq_begin_quiet(struct nic *nic, uint64_t irq)
{
	struct e1000 *s = nic->state;
	uint64_t quiet = e1000_irq_quiet(nic, (uint32_t)(irq & IRQ_ICR));

	__atomic_store_n(&s->irq_quiet_until, rte_get_tsc_cycles() + quiet, __ATOMIC_RELAXED);
	__atomic_store_n(&s->irq_delay_tx, 0, __ATOMIC_RELAXED);
}

/* For people who look at registers by name; two threads at once may leave it a change behind. */
static void
e1000_irq_show(struct e1000 *s, uint64_t irq)
{
	e1000_put(s, E1000_ICR, (uint32_t)(irq & IRQ_ICR));
	e1000_put(s, E1000_IMS, (uint32_t)((irq & IRQ_IMS) >> IRQ_IMS_AT));
}

/* Replace the bits of mask by those of val. *raised: whether that raised the line. @return the word before. */
static uint64_t
e1000_irq_change(struct nic *nic, uint64_t mask, uint64_t val, bool *raised)
{
	struct e1000 *s = nic->state;
	uint64_t old = e1000_irq_load(s), new;

	do {
		new = e1000_irq_judge(s, (old & ~mask) | (val & mask));
	} while (!__atomic_compare_exchange_n(&s->irq, &old, new, false, __ATOMIC_SEQ_CST,
		__ATOMIC_SEQ_CST));
	e1000_irq_show(s, new);
	if (new & ~old & IRQ_ASSERTED)
		e1000_irq_begin_quiet(nic, new);
	*raised = e1000_irq_level(new) && !e1000_irq_level(old);
	if (e1000_irq_level(old) != e1000_irq_level(new))
		e1000_irq_settle(nic);
	return old;
}

bool
e1000_irq_set(struct nic *nic, uint32_t bits)
{
	bool raised;

	e1000_irq_change(nic, bits & IRQ_ICR, IRQ_ICR, &raised);
	return raised;
}

void
e1000_irq_clear(struct nic *nic, uint32_t bits)
{
	bool raised;

	e1000_irq_change(nic, bits & IRQ_ICR, 0, &raised);
}

uint32_t
e1000_irq_take(struct nic *nic)
{
	struct e1000 *s = nic->state;
	bool raised;

	/* The driver looks at its ring after this. */
	__atomic_store_n(&s->irq_tx_due, 0, __ATOMIC_RELAXED);
	return (uint32_t)(e1000_irq_change(nic, IRQ_ICR, 0, &raised) & IRQ_ICR);
}

void
e1000_irq_unmask(struct nic *nic, uint32_t bits)
{
	bool raised;

	e1000_irq_change(nic, (bits & IRQ_ICR) << IRQ_IMS_AT, IRQ_IMS, &raised);
}

void
e1000_irq_mask(struct nic *nic, uint32_t bits)
{
	bool raised;

	e1000_irq_change(nic, (bits & IRQ_ICR) << IRQ_IMS_AT, 0, &raised);
}

uint32_t
e1000_irq_causes(const struct e1000 *s)
{
	return (uint32_t)(e1000_irq_load(s) & IRQ_ICR);
}

uint32_t
e1000_irq_enabled(const struct e1000 *s)
{
	return (uint32_t)((e1000_irq_load(s) & IRQ_IMS) >> IRQ_IMS_AT);
}

void
e1000_irq_disable(struct nic *nic, bool disable)
{
	bool raised;

	e1000_irq_change(nic, IRQ_DISABLE, disable ? IRQ_DISABLE : 0, &raised);
}

void
e1000_irq_reset(struct nic *nic)
{
	struct e1000 *s = nic->state;
	bool raised;

	e1000_irq_change(nic, IRQ_ICR | IRQ_IMS, 0, &raised);
	__atomic_store_n(&s->irq_quiet_until, 0, __ATOMIC_RELEASE);
	__atomic_store_n(&s->irq_delay_tx, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&s->irq_tx_due, 0, __ATOMIC_RELAXED);
}

/* A register of microseconds or the least we make of it, in TSC cycles. */
static uint64_t
e1000_irq_delay(const struct nic *nic, uint32_t reg, uint32_t least)
{
	const struct e1000 *s = nic->state;
	uint64_t units = e1000_get_page(nic, reg) & E1000_DELAY;

	return RTE_MAX(units, (uint64_t)least) * s->tsc_hz / IRQ_DELAYS_PER_SECOND;
}

void
e1000_irq_tx_done(struct nic *nic, uint32_t n, uint32_t ring, bool hurry)
{
	struct e1000 *s = nic->state;
	uint64_t now = rte_get_tsc_cycles(), due = now;

	if (__atomic_load_n(&s->irq_tx_due, __ATOMIC_RELAXED) == 0) {
		s->tx.irq_done = 0;
		s->tx.irq_first = now;
	}
	s->tx.irq_done += n;
	if (!hurry && s->tx.irq_done < ring / 2)
		due = RTE_MIN(now + e1000_irq_delay(nic, E1000_TIDV, IRQ_TX_IDLE),
			s->tx.irq_first + e1000_irq_delay(nic, E1000_TADV, IRQ_TX_MOST));
	__atomic_store_n(&s->irq_tx_due, due, __ATOMIC_RELAXED);
}

bool
e1000_irq_expire(struct nic *nic)
{
	const struct e1000 *s = nic->state;
	bool raised;

	/* Most polls come too early: they only look. */
	if (rte_get_tsc_cycles() < e1000_irq_due(s, e1000_irq_load(s)))
		return false;
	e1000_irq_change(nic, 0, 0, &raised);
	return raised;
}
