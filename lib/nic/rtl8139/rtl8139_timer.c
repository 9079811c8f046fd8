/* SPDX-License-Identifier: BSD-3-Clause */
/* The timer (TCTR, TimerInt) and the tally counters' dump. */
#include <rte_cycles.h>

#include "gmem/gmem.h"
#include "rtl8139.h"
#include "rtl8139_desc.h"

#define TIMER_WRAP BIT64(32) /* ticks */

/* n units of rate from per second, in units of rate to per second. */
static uint64_t
rtl8139_timer_scale(uint64_t n, uint64_t from, uint64_t to)
{
	return n / from * to + n % from * to / from;
}

static uint64_t
rtl8139_timer_ticks(const struct rtl8139 *s)
{
	return rtl8139_timer_scale(rte_get_tsc_cycles() - s->tctr_base, rte_get_tsc_hz(), RTL_HZ);
}

uint32_t
rtl8139_timer_count(const struct rtl8139 *s)
{
	return (uint32_t)rtl8139_timer_ticks(s);
}

void
rtl8139_timer_arm(struct rtl8139 *s)
{
	uint64_t now = rtl8139_timer_ticks(s);
	uint64_t at = rtl8139_get32(s, RTL_TIMERINT);

	s->timer_at = RTL8139_TIMER_OFF;
	if (at == 0 || s->halted)
		return;
	/* The next moment at which the low 32 bits of the count are TimerInt. */
	at += now & ~(TIMER_WRAP - 1);
	if (at <= now)
		at += TIMER_WRAP;
	s->timer_at = s->tctr_base + rtl8139_timer_scale(at, RTL_HZ, rte_get_tsc_hz()) + 1;
}

void
rtl8139_timer_poll(struct nic *nic)
{
	struct rtl8139 *s = nic->state;

	if (s->timer_at == RTL8139_TIMER_OFF || rte_get_tsc_cycles() < s->timer_at)
		return;
	rtl8139_timer_arm(s);
	rtl8139_irq_set(nic, RTL_ISR_TIMEOUT);
}

static uint64_t
rtl8139_tally_get(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

void
rtl8139_tally_dump(struct nic *nic, uint64_t gpa)
{
	const struct rtl8139 *s = nic->state;
	const struct rtl8139_tally *t = &s->tally;
	struct rtl8139_tally_dump dump = {
		.tx_ok = rte_cpu_to_le_64(rtl8139_tally_get(&t->tx_ok)),
		.rx_ok = rte_cpu_to_le_64(rtl8139_tally_get(&t->rx_ok)),
		.rx_err = rte_cpu_to_le_32((uint32_t)rtl8139_tally_get(&t->rx_err)),
		.missed = rte_cpu_to_le_16((uint16_t)rtl8139_tally_get(&t->missed)),
		.rx_ok_phy = rte_cpu_to_le_64(rtl8139_tally_get(&t->rx_ok_phy)),
		.rx_ok_brd = rte_cpu_to_le_64(rtl8139_tally_get(&t->rx_ok_brd)),
		.rx_ok_mul = rte_cpu_to_le_32((uint32_t)rtl8139_tally_get(&t->rx_ok_mul)),
	};

	if (!rtl8139_is_master(nic) || gmem_write(nic->mem, gpa, &dump, sizeof(dump)) < 0)
		rtl8139_irq_set(nic, RTL_ISR_SERR);
}
