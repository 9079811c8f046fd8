/* SPDX-License-Identifier: BSD-3-Clause */
/* The forwarding path of a hub. */
#include <errno.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "hub.h"
#include "hub_filter.h"
#include "hub_flood.h"
#include "hub_forward.h"
#include "hub_made.h"
#include "hub_policy.h"
#include "hub_rules.h"
#include "hub_wake.h"

static inline const struct hub_filters *
hub_filters_of(const struct hub_member *m)
{
	return __atomic_load_n(&m->filters, __ATOMIC_ACQUIRE);
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
	if (unlikely(sent < n)) {
		struct hub_count *count = &t->to->count[t->queue];

		hub_lose(t->to->conf.block ? &count->drop_blocked : &count->drop_ring_full,
			pkts + sent, (uint16_t)(n - sent));
	}
	hub_wake(t->to->wake[t->queue]);
}

/* Whether a frame must be replaced before it goes to this target. */
static inline bool
hub_must_replace(const struct hub_target *t, const struct rte_mbuf *m)
{
	if (m->ol_flags & t->to->unsupported)
		return true;
	return m->nb_segs > 1 && t->to->single_segment;
}

/* A private copy for a target that takes no chains. */
static void
hub_send_private(const struct hub_target *t, const struct rte_mbuf *m)
{
	struct hub_count *count = &t->to->count[t->queue];
	struct rte_mbuf *copy = offload_copy(m, t->to->pool);

	if (copy == NULL) {
		hub_count_add(&count->drop_no_mbuf, 1);
		return;
	}
	hub_count_add(&count->copies, 1);
	if (t->to->single_segment && copy->nb_segs > 1 && rte_pktmbuf_linearize(copy) < 0)
		hub_lose(&count->drop_offload, &copy, 1);
	else
		hub_send(t, &copy, 1);
}

/* References to the complete form of a frame, for a target that finishes nothing itself. */
static void
hub_send_form(const struct hub_target *t, const struct hub_form *form)
{
	struct hub_count *count = &t->to->count[t->queue];
	struct rte_mbuf *ref[OFFLOAD_MAX_SEGMENTS], *seg;
	int i;

	if (form->n < 0) {
		hub_count_add(form->n == -ENOMEM ? &count->drop_no_mbuf : &count->drop_offload, 1);
		return;
	}
	for (i = 0; i < form->n; i++) {
		/* Only with a pool of small mbufs. */
		if (unlikely(form->frame[i]->nb_segs > 1 && t->to->single_segment)) {
			hub_send_private(t, form->frame[i]);
			continue;
		}
		for (seg = form->frame[i]; seg != NULL; seg = seg->next)
			rte_mbuf_refcnt_update(seg, 1);
		ref[0] = form->frame[i];
		hub_send(t, ref, 1);
	}
}

/* The slow way to a target: frame by frame, in order. */
static void
hub_send_each(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n, struct hub_made *made)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		struct rte_mbuf *m = pkts[i];

		if (!hub_must_replace(t, m)) {
			hub_send(t, &m, 1);
			continue;
		}
		if (m->ol_flags & t->to->unsupported)
			hub_send_form(t, hub_made_form(made, m, t));
		else
			hub_send_private(t, m);
		rte_pktmbuf_free(m);
	}
}

/* Whether a target cannot take one of the frames as it is. */
static inline bool
hub_is_picky(const struct hub_target *t, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i;

	if (likely(t->to->unsupported == 0 && !t->to->single_segment))
		return false;
	for (i = 0; i < n; i++)
		if (hub_must_replace(t, pkts[i]))
			return true;
	return false;
}

/* @param made  NULL: the target takes all frames as they are */
static inline void
hub_give(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts, uint16_t n,
	struct hub_made *made)
{
	if (unlikely(made != NULL))
		hub_send_each(in, t, pkts, n, made);
	else
		hub_send(t, pkts, n);
}

/* The same to the queues that the target's port chooses, each of its frames in order. */
static __rte_noinline void
hub_steer(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n, struct hub_made *made)
{
	uint16_t queue[HUB_BURST], i, k, rest;
	struct rte_mbuf *same[HUB_BURST];

	if (!t->to->select(t->to->port_id, pkts, n, queue)) {
		hub_give(in, t, pkts, n, made);
		return;
	}
	for (i = 0; i < n; i++) /* the port may have more queues than it was configured with */
		queue[i] = queue[i] < t->to->n_queues ? queue[i] : t->queue;
	for (; n > 0; n = rest) {
		uint16_t q = queue[0];
		const struct hub_target one = { t->to, q,
			!t->to->conf.block && t->to->lcore[q] == in->from->lcore[in->queue] };

		for (i = 0, k = 0, rest = 0; i < n; i++) {
			if (queue[i] == q) {
				same[k++] = pkts[i];
				continue;
			}
			queue[rest] = queue[i];
			pkts[rest++] = pkts[i];
		}
		hub_give(in, &one, same, k, made);
	}
}

/* Hand one reference of each frame to a target; the references are gone afterwards. */
static inline void
hub_hand_over(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n, struct hub_made *made)
{
	if (unlikely(hub_is_down(t->to)))
		hub_lose(&t->to->count[t->queue].drop_link_down, pkts, n);
	else if (unlikely(t->to->select != NULL))
		hub_steer(in, t, pkts, n, made);
	else
		hub_give(in, t, pkts, n, made);
}

/* The same by the target's filters, which see the frames as they are on the hub. */
static inline void
hub_deliver(const struct hub_input *in, const struct hub_target *t, struct rte_mbuf **pkts,
	uint16_t n, struct hub_made *made)
{
	const struct hub_filters *f = hub_filters_of(t->to);

	if (unlikely(f != NULL)) {
		n = hub_filter_burst(f, HUB_FILTER_TO_PORT, pkts, n);
		if (n == 0)
			return;
	}
	hub_hand_over(in, t, pkts, n, made);
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

/* To targets of which some are picky: their frames are replaced one by one. The references are there. */
static __rte_noinline void
hub_flood_picky(const struct hub_input *in, const struct hub_target *t, uint16_t n_targets,
	struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_mbuf *copy[HUB_BURST];
	struct hub_made made; /* 32 KiB, of which only what is made is touched */
	uint16_t i;

	made.n = 0;
	for (i = 0; i < n_targets; i++) {
		bool picky = hub_is_picky(&t[i], pkts, n);

		memcpy(copy, pkts, n * sizeof(void *));
		hub_deliver(in, &t[i], copy, n, picky ? &made : NULL);
	}
	hub_made_release(&made);
}

static inline void
hub_flood_here(const struct hub_input *in, const struct hub_target *t, uint16_t n_targets,
	struct rte_mbuf **pkts, uint16_t n)
{
	struct rte_mbuf *copy[HUB_BURST];
	uint16_t i, last = (uint16_t)(n_targets - 1);

	if (last > 0)
		hub_reference(pkts, n, (int16_t)last);
	for (i = 0; i < last; i++) {
		if (unlikely(hub_is_picky(&t[i], pkts, n)))
			break;
		/* The port may reorder the array it is given. */
		memcpy(copy, pkts, n * sizeof(void *));
		hub_deliver(in, &t[i], copy, n, NULL);
	}
	if (unlikely(i < last) || unlikely(hub_is_picky(&t[last], pkts, n)))
		hub_flood_picky(in, t + i, (uint16_t)(n_targets - i), pkts, n);
	else
		hub_deliver(in, &t[last], pkts, n, NULL);
}

void
hub_flood(const struct hub_input *in, const struct hub_target *t, uint16_t n_targets,
	struct rte_mbuf **pkts, uint16_t n)
{
	hub_flood_here(in, t, n_targets, pkts, n);
}

void
hub_forward_in(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	if (unlikely(hub_is_down(in->from)))
		hub_lose(&in->from->count[in->queue].drop_link_down, pkts, n);
	else if (unlikely(in->n_targets == 0))
		rte_pktmbuf_free_bulk(pkts, n);
	else if (unlikely(in->rules != NULL))
		hub_rules_forward(in, pkts, n);
	else
		hub_flood_here(in, in->target, in->n_targets, pkts, n);
}

/* A burst of which the port itself cannot take all frames as they are. */
static __rte_noinline void
hub_forward_out_picky(const struct hub_input *in, const struct hub_target *self,
	struct rte_mbuf **pkts, uint16_t n)
{
	struct hub_made made;

	made.n = 0;
	hub_hand_over(in, self, pkts, n, &made);
	hub_made_release(&made);
}

void
hub_forward_out(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	struct hub_member *m = in->from;
	/* With policy=block others' frames wait in the ring, if there are others: not past these. */
	bool waits = m->conf.block && m->ring[in->queue] != NULL;
	struct hub_target self = { .to = m, .queue = in->queue, .direct = !waits };

	if (unlikely(hub_is_picky(&self, pkts, n)))
		hub_forward_out_picky(in, &self, pkts, n);
	else
		hub_hand_over(in, &self, pkts, n, NULL);
}

/* Beyond so many targets a look at each of them costs more than lending saves. */
#define HUB_LEND_TARGETS 8

/* Whether all that the input brings goes, in this poll, to who takes lent frames. */
static inline bool
hub_may_lend(const struct hub_input *in)
{
	uint16_t i;

	if (in->from->lend == NULL || in->rules != NULL || hub_filters_of(in->from) != NULL)
		return false;
	if (in->n_targets == 0 || in->n_targets > HUB_LEND_TARGETS)
		return false;
	for (i = 0; i < in->n_targets; i++) {
		const struct hub_target *t = &in->target[i];

		if (!t->direct || t->to->show == NULL || t->to->select != NULL ||
			hub_filters_of(t->to) != NULL)
			return false;
	}
	return true;
}

/*
 * Frames that may be lent: each target takes its copies before we are back, and nobody else sees them,
 * not even a filter that was put there since. They stay ours: no target needs references, or has to add
 * up their lengths again.
 */
static inline void
hub_forward_lent(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i, sent;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	for (i = 0; i < in->n_targets; i++) {
		const struct hub_target *t = &in->target[i];
		struct hub_count *count = &t->to->count[t->queue];

		if (unlikely(hub_is_down(t->to))) {
			hub_count_add(&count->drop_link_down, n);
			continue;
		}
		sent = t->to->show(t->to->port_id, t->queue, pkts, n, bytes);
		stat_add(&count->out_frames, sent);
		if (unlikely(sent < n))
			hub_count_add(&count->drop_not_accepted, (uint64_t)(n - sent));
	}
	if (n == 1)
		rte_pktmbuf_free(pkts[0]);
	else
		rte_pktmbuf_free_bulk(pkts, n);
}

static inline uint16_t
hub_poll_lent(const struct hub_input *in)
{
	struct hub_member *m = in->from;
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t n = m->lend(m->port_id, in->queue, pkts, HUB_BURST);

	if (n == 0)
		return 0;
	stat_add(&m->count[in->queue].in_frames, n);
	if (unlikely(hub_is_down(m)))
		hub_lose(&m->count[in->queue].drop_link_down, pkts, n);
	else
		hub_forward_lent(in, pkts, n);
	m->lend_end(m->port_id, in->queue);
	return n;
}

uint16_t
hub_poll(const struct hub_input *in)
{
	const struct hub_filters *f = hub_filters_of(in->from);
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t released = 0, n;

	if (likely(hub_may_lend(in)))
		return hub_poll_lent(in);
	/* What filters hold waits, too: it would be lost. */
	if (unlikely(in->rules != NULL) && hub_must_wait(in))
		return 0;
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

	if (unlikely(m->conf.block))
		return hub_drain_blocking(m, q);
	n = (uint16_t)rte_ring_sc_dequeue_burst(m->ring[q], (void **)pkts, HUB_BURST, NULL);
	if (n > 0)
		hub_transmit(m, q, pkts, n);
	return n;
}
