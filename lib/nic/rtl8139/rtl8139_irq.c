/* SPDX-License-Identifier: BSD-3-Clause */
/* The interrupt line: ISR, IMR and INTx disable in one atomic word. */
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
static_assert((RTL_ISR_WMASK & BIT32(12)) == 0, "RTL8139C+ datasheet, 6, ISR");

/* Whether the line is to be up. */
static bool
rtl8139_irq_level(uint64_t irq)
{
	return !(irq & IRQ_DISABLE) && (irq & (irq >> IRQ_IMR_AT) & RTL_ISR_WMASK) != 0;
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

	return irq & ~((bits & ~keep) | bits << IRQ_SEEN_AT | bits << IRQ_AGAIN_AT);
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

bool
rtl8139_irq_set(struct nic *nic, uint32_t bits)
{
	uint64_t old;

	bits &= RTL_ISR_WMASK;
	old = rtl8139_irq_change(nic, rtl8139_op_set, bits);
	return !rtl8139_irq_level(old) && rtl8139_irq_level(rtl8139_op_set(old, bits));
}

void
rtl8139_irq_clear(struct nic *nic, uint32_t bits)
{
	rtl8139_irq_change(nic, rtl8139_op_clear, bits & RTL_ISR_WMASK);
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
