/* SPDX-License-Identifier: BSD-3-Clause */
/* The forwarding path of a hub. */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "hub.h"
#include "hub_filter.h"
#include "hub_forward.h"
#include "offload/offload.h"

static inline bool
hub_is_down(const struct hub_member *m)
{
	return __atomic_load_n(&m->down, __ATOMIC_RELAXED) != 0;
}

static inline const struct hub_filters *
hub_filters_of(const struct hub_member *m)
{
	return __atomic_load_n(&m->filters, __ATOMIC_ACQUIRE);
}

/* Count lost frames of a target; any lcore may do that. */
static void
hub_lose(uint64_t *counter, struct rte_mbuf **pkts, uint16_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
	rte_pktmbuf_free_bulk(pkts, n);
}

/* Transmit on a queue that this lcore owns; what the port does not take is lost. */
static inline void
hub_transmit(struct hub_member *m, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = rte_eth_tx_burst(m->port_id, q, pkts, n);

	stat_add(&m->count[q].out_frames, sent);
	if (unlikely(sent < n))
		hub_lose(&m->count[q].drop_not_accepted, pkts + sent, (uint16_t)(n - sent));
}

/* Hand frames that the target's port can take to it, or to the lcore that serves it. */
static inline void
hub_send(const struct hub_target *t, struct rte_mbuf **pkts, uint16_t n)
{
	unsigned int sent;

	if (likely(t->direct)) {
		hub_transmit(t->to, t->queue, pkts, n);
		return;
	}
	sent = rte_ring_mp_enqueue_burst(t->to->ring[t->queue], (void **)pkts, n, NULL);
	if (unlikely(sent < n))
		hub_lose(&t->to->count[t->queue].drop_ring_full, pkts + sent, (uint16_t)(n - sent));
}

/* Whether a frame must be replaced before it goes to this target. */
static inline bool
hub_must_replace(const struct hub_input *in, const struct hub_target *t, const struct rte_mbuf *m)
{
	if (m->ol_flags & t->to->unsupported)
		return true;
	if (m->nb_segs > 1 && t->to->single_segment)
		return true;
	return in->from->borrows && RTE_MBUF_HAS_EXTBUF(m) && (!t->direct || t->to->keeps);
}

/* A private copy with everything finished that the target lacks; m is released. */
static void
hub_send_finished(const struct hub_target *t, struct rte_mbuf *m)
{
	struct hub_count *count = &t->to->count[t->queue];
	struct rte_mbuf *copy = offload_copy(m, t->to->pool);
	bool finish = m->ol_flags & t->to->unsupported;

	rte_pktmbuf_free(m);
	if (copy == NULL) {
		__atomic_fetch_add(&count->drop_no_mbuf, 1, __ATOMIC_RELAXED);
		return;
	}
	if ((finish && offload_finish_cksum(copy) < 0) ||
		(t->to->single_segment && copy->nb_segs > 1 && rte_pktmbuf_linearize(copy) < 0)) {
		hub_lose(&count->drop_offload, &copy, 1);
		return;
	}
	hub_send(t, &copy, 1);
}

/* Cut a TSO frame for a target that cannot; m is released. */
static void
hub_send_segmented(const struct hub_target *t, struct rte_mbuf *m)
{
	struct hub_count *count = &t->to->count[t->queue];
	struct rte_mbuf *seg[OFFLOAD_MAX_SEGMENTS];
	int n = offload_segment_tcp(m, t->to->pool, seg);

	rte_pktmbuf_free(m);
	if (n < 0)
		__atomic_fetch_add(n == -ENOMEM ? &count->drop_no_mbuf : &count->drop_offload, 1,
			__ATOMIC_RELAXED);
	else
		hub_send(t, seg, (uint16_t)n);
}

/* The slow way to a target: frame by frame, in order. */
static void
hub_send_each(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];

		if (!hub_must_replace(in, t, m))
			hub_send(t, &m, 1);
		else if (m->ol_flags & t->to->unsupported & RTE_MBUF_F_TX_TCP_SEG)
			hub_send_segmented(t, m);
		else
			hub_send_finished(t, m);
	}
}

/* Hand one reference of each frame to a target; the references are gone afterwards. */
static inline void
hub_hand_over(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n)
{
	uint16_t i;

	if (unlikely(hub_is_down(t->to))) {
		hub_lose(&t->to->count[t->queue].drop_link_down, pkts, n);
		return;
	}
	if (unlikely(t->to->unsupported != 0 || t->to->single_segment || in->from->borrows)) {
		for (i = 0; i < n; i++) {
			if (hub_must_replace(in, t, pkts[i])) {
				hub_send_each(in, t, pkts, n);
				return;
			}
		}
	}
	hub_send(t, pkts, n);
}

/* The same by the target's filters, which see the frames as they are on the hub. */
static inline void
hub_deliver(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n)
{
	const struct hub_filters *f = hub_filters_of(t->to);

	if (unlikely(f != NULL)) {
		n = hub_filter_burst(f, HUB_FILTER_TO_PORT, pkts, n);
		if (n == 0)
			return;
	}
	hub_hand_over(in, t, pkts, n);
}

/* Raise the reference count of every segment: freeing a chain lowers each of them. */
static void
hub_reference(struct rte_mbuf **pkts, uint16_t n, int16_t more)
{
	struct rte_mbuf *seg;
	uint16_t i;

	for (i = 0; i < n; i++)
		for (seg = pkts[i]; seg != NULL; seg = seg->next)
			rte_mbuf_refcnt_update(seg, more);
}

/* Deliver to the queues that the target's port chooses, each of its frames in order. */
static void
hub_steer(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n)
{
	uint16_t queue[HUB_BURST], i, k, rest;
	struct rte_mbuf *same[HUB_BURST];

	if (!t->to->select(t->to->port_id, pkts, n, queue)) {
		hub_deliver(in, t, pkts, n);
		return;
	}
	for (i = 0; i < n; i++) /* the port may have more queues than it was configured with */
		queue[i] = queue[i] < t->to->n_queues ? queue[i] : t->queue;
	for (; n > 0; n = rest) {
		uint16_t q = queue[0];
		const struct hub_target one = { t->to, q,
			t->to->lcore[q] == in->from->lcore[in->queue] };

		for (i = 0, k = 0, rest = 0; i < n; i++) {
			if (queue[i] == q) {
				same[k++] = pkts[i];
				continue;
			}
			queue[rest] = queue[i];
			pkts[rest++] = pkts[i];
		}
		hub_deliver(in, &one, same, k);
	}
}

/* Deliver one reference of each frame to a target. */
static inline void
hub_give(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts, uint16_t n)
{
	if (unlikely(t->to->select != NULL))
		hub_steer(in, t, pkts, n);
	else
		hub_deliver(in, t, pkts, n);
}

static void
hub_flood(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_mbuf *copy[HUB_BURST];
	uint16_t i, last = (uint16_t)(in->n_targets - 1);

	if (last > 0)
		hub_reference(pkts, n, (int16_t)last);
	for (i = 0; i < last; i++) {
		/* The port may reorder the array it is given. */
		memcpy(copy, pkts, n * sizeof(void *));
		hub_give(in, &in->target[i], copy, n);
	}
	hub_give(in, &in->target[last], pkts, n);
}

void
hub_forward_in(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	if (unlikely(hub_is_down(in->from)))
		hub_lose(&in->from->count[in->queue].drop_link_down, pkts, n);
	else if (unlikely(in->n_targets == 0))
		rte_pktmbuf_free_bulk(pkts, n);
	else
		hub_flood(in, pkts, n);
}

void
hub_forward_out(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	struct hub_target self = { .to = in->from, .queue = in->queue, .direct = true };

	hub_hand_over(in, &self, pkts, n);
}

uint16_t
hub_poll(const struct hub_input *in)
{
	const struct hub_filters *f = hub_filters_of(in->from);
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t released = 0, n;

	if (unlikely(f != NULL) && in->queue == 0)
		released = hub_filter_release(in, f);
	n = rte_eth_rx_burst(in->from->port_id, in->queue, pkts, HUB_BURST);
	if (n == 0)
		return released;
	stat_add(&in->from->count[in->queue].in_frames, n);
	released += n;
	if (unlikely(f != NULL) && likely(!hub_is_down(in->from)))
		n = hub_filter_burst(f, HUB_FILTER_FROM_PORT, pkts, n);
	if (likely(n > 0))
		hub_forward_in(in, pkts, n);
	return released;
}

uint16_t
hub_drain(struct hub_member *m, uint16_t q)
{
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t n;

	n = (uint16_t)rte_ring_sc_dequeue_burst(m->ring[q], (void **)pkts, HUB_BURST, NULL);
	if (n > 0)
		hub_transmit(m, q, pkts, n);
	return n;
}
