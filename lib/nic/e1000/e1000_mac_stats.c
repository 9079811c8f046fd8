/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * The statistics registers: D only ever adds to 64-bit counters, C remembers what it has reported.
 * Source: 317453, 13.7.
 */
#include <stddef.h>

#include "e1000.h"

#define STAT(reg)	  (((reg)-E1000_STATS) / 4)
#define STAT_FIELD(field) (offsetof(struct e1000_mac_stats, field) + 1)

/* Where each counts, plus 1; 0: it is always 0. */
static const uint16_t e1000_stat_field[E1000_STATS_N] = {
	[STAT(E1000_MPC)] = STAT_FIELD(mpc),
	[STAT(E1000_PRC64)] = STAT_FIELD(prc[0]),
	[STAT(E1000_PRC127)] = STAT_FIELD(prc[1]),
	[STAT(E1000_PRC255)] = STAT_FIELD(prc[2]),
	[STAT(E1000_PRC511)] = STAT_FIELD(prc[3]),
	[STAT(E1000_PRC1023)] = STAT_FIELD(prc[4]),
	[STAT(E1000_PRC1522)] = STAT_FIELD(prc[5]),
	[STAT(E1000_GPRC)] = STAT_FIELD(gprc),
	[STAT(E1000_BPRC)] = STAT_FIELD(bprc),
	[STAT(E1000_MPRC)] = STAT_FIELD(mprc),
	[STAT(E1000_GPTC)] = STAT_FIELD(gptc),
	[STAT(E1000_GORCL)] = STAT_FIELD(gorc),
	[STAT(E1000_GORCH)] = STAT_FIELD(gorc),
	[STAT(E1000_GOTCL)] = STAT_FIELD(gotc),
	[STAT(E1000_GOTCH)] = STAT_FIELD(gotc),
	[STAT(E1000_RNBC)] = STAT_FIELD(rnbc),
	[STAT(E1000_ROC)] = STAT_FIELD(roc),
	[STAT(E1000_TORL)] = STAT_FIELD(tor),
	[STAT(E1000_TORH)] = STAT_FIELD(tor),
	[STAT(E1000_TOTL)] = STAT_FIELD(tot),
	[STAT(E1000_TOTH)] = STAT_FIELD(tot),
	[STAT(E1000_TPR)] = STAT_FIELD(tpr),
	[STAT(E1000_TPT)] = STAT_FIELD(tpt),
	[STAT(E1000_PTC64)] = STAT_FIELD(ptc[0]),
	[STAT(E1000_PTC127)] = STAT_FIELD(ptc[1]),
	[STAT(E1000_PTC255)] = STAT_FIELD(ptc[2]),
	[STAT(E1000_PTC511)] = STAT_FIELD(ptc[3]),
	[STAT(E1000_PTC1023)] = STAT_FIELD(ptc[4]),
	[STAT(E1000_PTC1522)] = STAT_FIELD(ptc[5]),
	[STAT(E1000_MPTC)] = STAT_FIELD(mptc),
	[STAT(E1000_BPTC)] = STAT_FIELD(bptc),
	[STAT(E1000_TSCTC)] = STAT_FIELD(tsctc),
};

static uint64_t *
e1000_stat_at(struct e1000_mac_stats *stats, uint16_t field)
{
	return (uint64_t *)((uint8_t *)stats + (field - 1));
}

static bool
e1000_stat_is_low(uint32_t offset)
{
	return offset == E1000_GORCL || offset == E1000_GOTCL || offset == E1000_TORL ||
	       offset == E1000_TOTL;
}

static bool
e1000_stat_is_high(uint32_t offset)
{
	return e1000_stat_is_low(offset - 4);
}

uint32_t
e1000_mac_stat_read(struct nic *nic, uint32_t offset)
{
	struct e1000 *s = nic->state;
	uint16_t field = e1000_stat_field[(offset - E1000_STATS) / 4];
	uint64_t *base, *latch, count, since;

	if (field == 0)
		return 0;
	base = e1000_stat_at(&s->base, field);
	latch = e1000_stat_at(&s->latch, field);
	count = __atomic_load_n(e1000_stat_at(&s->mac, field), __ATOMIC_RELAXED);
	if (e1000_stat_is_low(offset)) {
		*latch =
			count; /* so that the halves belong together, and nothing is lost between */
		return (uint32_t)(count - *base);
	}
	if (e1000_stat_is_high(offset) && *latch > *base)
		count = *latch;
	since = count - *base;
	*base = count;
	if (e1000_stat_is_high(offset))
		return (uint32_t)(since >> 32);
	return (uint32_t)RTE_MIN(since, (uint64_t)UINT32_MAX);
}

uint32_t
e1000_mac_stat_peek(const struct nic *nic, uint32_t offset)
{
	struct e1000 *s = nic->state;
	uint16_t field = e1000_stat_field[(offset - E1000_STATS) / 4];
	uint64_t since;

	if (field == 0)
		return 0;
	since = __atomic_load_n(e1000_stat_at(&s->mac, field), __ATOMIC_RELAXED) -
		*e1000_stat_at(&s->base, field);
	if (e1000_stat_is_high(offset))
		return (uint32_t)(since >> 32);
	return e1000_stat_is_low(offset) ? (uint32_t)since
					 : (uint32_t)RTE_MIN(since, (uint64_t)UINT32_MAX);
}

void
e1000_mac_stats_reset(struct e1000 *s)
{
	s->base = s->mac;
	s->latch = s->mac;
}

/* Which of the counters by size; len with CRC. */
static unsigned int
e1000_size_class(uint32_t len)
{
	static const uint16_t upto[E1000_SIZES - 1] = { 64, 127, 255, 511, 1023 };
	unsigned int i;

	for (i = 0; i < E1000_SIZES - 1 && len > upto[i]; i++)
		;
	return i;
}

void
e1000_count_sent(struct e1000_mac_stats *mac, const struct rte_ether_addr *dst, uint32_t len,
	uint32_t n)
{
	uint64_t octets = (uint64_t)(len + RTE_ETHER_CRC_LEN) * n;

	stat_add(&mac->gptc, n);
	stat_add(&mac->tpt, n);
	stat_add(&mac->gotc, octets);
	stat_add(&mac->tot, octets);
	stat_add(&mac->ptc[e1000_size_class(len + RTE_ETHER_CRC_LEN)], n);
	if (rte_is_broadcast_ether_addr(dst))
		stat_add(&mac->bptc, n);
	else if (rte_is_multicast_ether_addr(dst))
		stat_add(&mac->mptc, n);
}

void
e1000_count_received(struct e1000_mac_stats *mac, const struct rte_ether_addr *dst, uint32_t len,
	bool stripped)
{
	uint32_t octets = len + RTE_ETHER_CRC_LEN;

	stat_add(&mac->gprc, 1);
	stat_add(&mac->tpr, 1);
	stat_add(&mac->gorc, octets);
	stat_add(&mac->tor, octets);
	stat_add(&mac->prc[e1000_size_class(stripped ? len : octets)], 1);
	if (rte_is_broadcast_ether_addr(dst))
		stat_add(&mac->bprc, 1);
	else if (rte_is_multicast_ether_addr(dst))
		stat_add(&mac->mprc, 1);
}
