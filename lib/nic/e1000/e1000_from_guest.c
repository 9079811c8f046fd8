/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sent: the transmit ring. */
#include <errno.h>

#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "e1000.h"
#include "e1000_ring.h"

/* Descriptors of one call: what is left is served by the next one. */
#define E1000_MAX_DESCS 512
/* How many descriptors ahead payload is fetched into the cache. */
#define E1000_LOOKAHEAD 4

struct rte_mbuf *
e1000_fresh(const struct nic *nic, struct e1000_burst *b)
{
	if (b->n_fresh == 0) {
		if (unlikely(rte_pktmbuf_alloc_bulk(nic->pool[0], b->fresh, RTE_DIM(b->fresh)) < 0))
			return rte_pktmbuf_alloc(nic->pool[0]);
		b->n_fresh = RTE_DIM(b->fresh);
	}
	return b->fresh[--b->n_fresh];
}

/* Touch the payload of a descriptor ahead. A hint only: it is read again when it counts. */
static inline void
e1000_prefetch(const struct nic *nic, struct e1000_burst *b, struct e1000_ring *r)
{
	uint32_t i = r->head + E1000_LOOKAHEAD;
	const struct e1000_desc *d = e1000_ring_desc(r, i < r->n ? i : i - r->n);
	const uint8_t *p;
	uint64_t run;

	if (unlikely(d == NULL))
		return;
	p = gmem_ptr(nic->mem->map, e1000_desc_word(&d->addr), &b->hint, &run);
	if (p != NULL)
		rte_prefetch0(p);
}

/* Tell the driver that a descriptor is done. Only the status byte: the rest may be read by it. */
static inline void
e1000_tx_complete(const struct nic *nic, const struct e1000_ring *r, struct e1000_desc *d,
	uint32_t hi)
{
	uint8_t *status = (uint8_t *)d + E1000_TXD_STATUS_BYTE;

	__atomic_store_n(status, (uint8_t)((hi & ~E1000_TXD_STATUS) | E1000_TXD_DD),
		__ATOMIC_RELEASE);
	if (unlikely(nic->mem->log != NULL))
		gmem_log_dirty(nic->mem, e1000_ring_gpa(r, r->head), sizeof(*d));
}

/* Serve the descriptor at head. @return 0; -ENOMEM: later; -EFAULT: it is not there. */
static inline int
e1000_tx_step(struct nic *nic, struct e1000_burst *b, struct e1000_ring *r)
{
	struct e1000 *s = nic->state;
	struct e1000_desc *d = e1000_ring_desc(r, r->head);
	uint64_t addr, info;
	uint32_t lo, hi;

	if (unlikely(d == NULL))
		return -EFAULT;
	addr = e1000_desc_word(&d->addr);
	info = e1000_desc_word(&d->info);
	lo = (uint32_t)info;
	hi = (uint32_t)(info >> 32);
	if ((lo & E1000_TXD_DEXT) && field_get(lo, E1000_TXD_DTYP) == E1000_DTYP_CTX)
		e1000_tx_context(s, addr, lo, hi);
	else if (unlikely(e1000_tx_data(nic, b, addr, lo, hi) < 0))
		return -ENOMEM;
	if (lo & E1000_TXD_IDE)
		__atomic_store_n(&s->irq_delay_tx, 1, __ATOMIC_RELAXED);
	if (lo & (E1000_TXD_RS | E1000_TXD_RPS)) {
		e1000_tx_complete(nic, r, d, hi);
		b->icr |= E1000_ICR_TXDW;
		b->done++;
		b->hurry |= !(lo & E1000_TXD_IDE);
	}
	r->head = e1000_ring_next(r, r->head);
	return 0;
}

/* The ring cannot be served: count it once, as we come back at every poll. */
static void
e1000_tx_lost(struct e1000 *s)
{
	if (!s->tx.ring_fault)
		stat_add(&s->count.from_bad_ring, 1);
	s->tx.ring_fault = true;
}

/* Whether there is work and room for what comes of it. */
static inline bool
e1000_tx_goes_on(const struct e1000_burst *b, const struct e1000_ring *r)
{
	return r->head != r->tail && b->got < b->n && b->tries > 0 && b->descs > 0;
}

static void
e1000_tx_ring(struct nic *nic, struct e1000_burst *b)
{
	struct e1000 *s = nic->state;
	struct e1000_ring r;
	uint32_t filled, start;
	int ret = e1000_ring_load(nic, E1000_TDBAL, &r);

	if (ret == -EINVAL)
		e1000_tx_lost(s);
	if (ret < 0 || r.head == r.tail)
		return;
	start = r.head;
	b->ring = r.n;
	filled = e1000_ring_filled(&r);
	while (e1000_tx_goes_on(b, &r)) {
		if (filled-- > E1000_LOOKAHEAD)
			e1000_prefetch(nic, b, &r);
		b->descs--;
		ret = e1000_tx_step(nic, b, &r);
		if (unlikely(ret < 0))
			break;
		if (unlikely(s->tx.whole) && !e1000_tx_finish(nic, b))
			break;
	}
	if (unlikely(ret == -EFAULT))
		e1000_tx_lost(s);
	else
		s->tx.ring_fault = false;
	if (r.head == start)
		return;
	e1000_ring_store_head(nic, E1000_TDBAL, &r);
	if (r.head == r.tail)
		b->icr |= E1000_ICR_TXQE;
}

uint16_t
e1000_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct e1000 *s = nic->state;
	struct e1000_burst b = { .pkts = pkts, .n = n, .tries = n, .descs = E1000_MAX_DESCS };

	e1000_poll_timers(nic);
	if (unlikely(nic->pool[0] == NULL || !e1000_is_master(nic)))
		return 0;
	/* What was begun comes first; that the driver stopped since then does not matter to it. */
	if (likely(e1000_emit_segments(nic, &b)) &&
		likely(!s->tx.whole || e1000_tx_finish(nic, &b)) &&
		likely(e1000_get(s, E1000_TCTL) & E1000_TCTL_EN))
		e1000_tx_ring(nic, &b);
	if (b.n_fresh > 0)
		rte_pktmbuf_free_bulk(b.fresh, b.n_fresh);
	if (b.got > 0) {
		stat_add(&s->count.from_frames, b.got);
		stat_add(&s->count.from_bytes, b.bytes);
	}
	if (b.done > 0)
		e1000_irq_tx_done(nic, b.done, b.ring, b.hurry);
	if (b.icr != 0 && e1000_irq_set(nic, b.icr))
		stat_add(&s->count.from_interrupts, 1);
	return b.got;
}
