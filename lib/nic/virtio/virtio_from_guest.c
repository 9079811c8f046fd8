/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sent: transmit ring -> mbufs. */
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "virtio_coal.h"
#include "virtio_lend.h"
#include "virtio_plain.h"

/* How many frames ahead the payload is fetched into the cache while an earlier one is copied. */
#define VIRTIO_LOOKAHEAD 4
/* Frames of one burst; a longer request is served by the next call. */
#define VIRTIO_BURST 64

/* Why a chain yielded no frame. */
enum virtio_take {
	VIRTIO_TAKEN,
	VIRTIO_REJECTED, /* counted; the chain goes back to the guest */
	VIRTIO_LATER,	 /* no mbuf: the chain stays in the ring */
};

/* Touch the first descriptor of each chain, so that the walk below finds them near. */
static void
virtio_prefetch_descs(const struct virtio_queue *vq, const uint16_t *head, uint16_t n)
{
	uint16_t i;

	for (i = 0; i < n; i++)
		rte_prefetch0(&vq->desc[head[i] & vq->mask]);
}

/* Append an empty segment to the frame first; returns it or NULL. */
static struct rte_mbuf *
virtio_append_segment(struct rte_mbuf *first, struct rte_mbuf *last, struct rte_mempool *pool)
{
	struct rte_mbuf *seg = rte_pktmbuf_alloc(pool);

	if (seg == NULL)
		return NULL;
	last->next = seg;
	first->nb_segs++;
	return seg;
}

/* Copy the rest of the chain behind c into m. @return as virtio_cursor_copy(), -E2BIG, -ENOMEM. */
static __rte_always_inline int
virtio_take_payload(struct virtio_cursor *c, struct rte_mbuf *m, struct rte_mempool *pool,
	const bool packed)
{
	struct rte_mbuf *last = m;
	uint32_t room = rte_pktmbuf_tailroom(last);
	uint32_t total = 0;

	for (;;) {
		uint32_t n = NIC_MAX_FRAME;
		const uint8_t *p;

		if (c->left == 0) {
			int ret = virtio_cursor_next(c, packed);

			if (ret <= 0) {
				m->pkt_len = total;
				return ret;
			}
		}
		if (unlikely(c->write))
			return -EINVAL;
		p = virtio_cursor_ptr(c, &n);
		if (unlikely(p == NULL))
			return -EFAULT;
		if (unlikely(total + n > NIC_MAX_FRAME))
			return -E2BIG;
		if (unlikely(room == 0)) {
			last = virtio_append_segment(m, last, pool);
			if (last == NULL)
				return -ENOMEM;
			room = rte_pktmbuf_tailroom(last);
		}
		n = RTE_MIN(n, room);
		rte_memcpy(rte_pktmbuf_mtod_offset(last, void *, last->data_len), p, n);
		last->data_len = (uint16_t)(last->data_len + n);
		room -= n;
		total += n;
		virtio_cursor_skip(c, n);
	}
}

/* Give a partly filled mbuf back its fresh state, without the segments behind it. */
static void
virtio_mbuf_renew(struct rte_mbuf *m)
{
	rte_pktmbuf_free(m->next);
	rte_pktmbuf_reset(m);
}

/* Account for a chain that yielded no frame. */
static enum virtio_take
virtio_refuse(struct virtio_counters *count, struct rte_mbuf *m, int why)
{
	virtio_mbuf_renew(m);
	if (why == -ENOMEM)
		return VIRTIO_LATER;
	if (why == -E2BIG)
		stat_add(&count->from_oversize, 1);
	else if (why == -ENOSPC)
		stat_add(&count->from_short, 1);
	else if (why == -EBADMSG)
		stat_add(&count->from_bad_offload, 1);
	else
		stat_add(&count->from_bad_chain, 1);
	return VIRTIO_REJECTED;
}

static inline void
virtio_count_offload(struct virtio_counters *count, const struct virtio_net_hdr *hdr, uint32_t len)
{
	stat_add(&count->from_needs_csum, hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return;
	stat_add(&count->from_tso, 1);
	stat_add(&count->from_tso_bytes, len);
}

/* Read the chain behind c into the empty mbuf m. */
static __rte_always_inline enum virtio_take
virtio_take_frame(struct nic *nic, struct virtio_cursor *c, struct rte_mbuf *m,
	struct virtio_counters *count, const bool packed)
{
	const struct virtio_net *v = nic->state;
	struct virtio_net_hdr_hash hdr = { 0 };
	int ret = virtio_cursor_hdr(c, &hdr, v->hdr_len, false, packed);

	if (likely(ret == 0))
		ret = virtio_take_payload(c, m, nic->pool[c->vq->idx / 2], packed);
	if (likely(ret == 0) && unlikely(m->pkt_len < RTE_ETHER_HDR_LEN))
		ret = -ENOSPC;
	if (likely(ret == 0) && (hdr.hdr.flags | hdr.hdr.gso_type) != 0) {
		if (unlikely(virtio_offload_from_hdr(nic, &hdr.hdr, m) < 0))
			ret = -EBADMSG;
		else
			virtio_count_offload(count, &hdr.hdr, m->pkt_len);
	}
	return likely(ret == 0) ? VIRTIO_TAKEN : virtio_refuse(count, m, ret);
}

/* Lend the frame of the chain at c, if it is one to be lent. */
static inline bool
virtio_take_lent(struct nic *nic, struct virtio_cursor *c, struct rte_mbuf *m,
	struct virtio_counters *count, const bool packed)
{
	struct virtio_net_hdr hdr;

	if (!virtio_lend_frame(nic, c, m, &hdr, packed))
		return false;
	stat_add(&count->from_lent, 1);
	if ((hdr.flags | hdr.gso_type) != 0)
		virtio_count_offload(count, &hdr, m->pkt_len);
	return true;
}

/* Longest packet header and frame that virtio_plain_take() is for; 0: none. */
static inline uint32_t
virtio_plain_max(const struct nic *nic, const struct rte_mbuf *m, bool lend)
{
	const struct virtio_net *v = nic->state;

	if (unlikely(v->hdr_len != VIRTIO_PLAIN_HDR))
		return 0;
	return VIRTIO_PLAIN_HDR + (lend ? VIRTIO_LEND_FRAME - 1 : rte_pktmbuf_tailroom(m));
}

/* A burst being served. */
struct virtio_taking {
	struct nic *nic;
	struct virtio_queue *vq;
	struct virtio_counters *count;
	struct rte_mbuf **pkts; /* allocated already */
	const uint16_t *head;	/* split: of the chains */
	uint16_t n;		/* chains to serve */
	uint16_t got;		/* out: frames */
	uint16_t used;		/* out: chains finished */
};

/* Of these functions' how: constants, so that each kind has a loop of its own. */
#define VIRTIO_TAKE_PACKED BIT32(0)
#define VIRTIO_TAKE_LEND   BIT32(1)

/* Stand before the first byte of the i-th chain. */
static __rte_always_inline void
virtio_take_start(const struct virtio_taking *t, struct virtio_cursor *c, uint16_t i,
	const uint32_t how)
{
	if (how & VIRTIO_TAKE_PACKED)
		virtio_packed_start(c, t->nic->mem, t->vq, i);
	else
		virtio_cursor_start(c, t->nic->mem, t->vq, t->head[i]);
}

/* The first descriptor of the i-th chain. */
static __rte_always_inline struct virtio_desc_copy
virtio_take_desc(const struct virtio_queue *vq, const uint16_t *head, uint16_t i,
	const uint32_t how)
{
	return how & VIRTIO_TAKE_PACKED ? virtio_packed_desc_load(vq, i)
					: virtio_desc_load(&vq->desc[head[i]]);
}

/* Fetch what the i-th chain, if it is a usual one, holds. */
static __rte_always_inline void
virtio_take_prefetch(const struct virtio_queue *vq, const struct virtio_near *near,
	const uint16_t *head, uint16_t i, const uint32_t how)
{
	virtio_plain_prefetch(near, how & VIRTIO_TAKE_PACKED ? vq->packed_desc[vq->chain[i].at].addr
							     : vq->desc[head[i] & vq->mask].addr);
}

/*
 * Serve the i-th chain that is not a usual one. Not inlined: what it needs would be in the
 * registers of the loop.
 */
static __rte_noinline enum virtio_take
virtio_take_other(const struct virtio_taking *t, uint16_t i, struct rte_mbuf *m, const uint32_t how)
{
	const bool packed = how & VIRTIO_TAKE_PACKED;
	struct virtio_cursor c;

	if (how & VIRTIO_TAKE_LEND) {
		virtio_take_start(t, &c, i, how);
		if (virtio_take_lent(t->nic, &c, m, t->count, packed))
			return VIRTIO_TAKEN;
	}
	virtio_take_start(t, &c, i, how);
	return virtio_take_frame(t->nic, &c, m, t->count, packed);
}

/* Lend a frame that is a usual chain of descriptor d; max: 0 where not. @return false: nothing was done. */
static __rte_always_inline bool
virtio_take_plain_lent(const struct virtio_taking *t, const struct virtio_near *near,
	struct virtio_desc_copy d, struct rte_mbuf *m, uint32_t max)
{
	if (max == 0 || !virtio_plain_lend(near, d, t->vq, m))
		return false;
	stat_add(&t->count->from_lent, 1);
	return true;
}

/* Serve the n chains of t. */
static __rte_always_inline void
virtio_take_chains(struct virtio_taking *t, const uint32_t how)
{
	const bool packed = how & VIRTIO_TAKE_PACKED;
	struct virtio_queue *vq = t->vq;
	struct rte_mbuf **pkts = t->pkts;
	const uint16_t *head = t->head;
	uint16_t i, n = t->n, got = 0, used = 0;
	uint32_t max = virtio_plain_max(t->nic, pkts[0], how & VIRTIO_TAKE_LEND);
	struct virtio_near near = virtio_near_of(vq);
	uint64_t bytes = 0;

	for (i = 0; n > 1 && i < n && i < VIRTIO_LOOKAHEAD; i++)
		virtio_take_prefetch(vq, &near, head, i, how);
	for (i = 0; i < n; i++) {
		enum virtio_take take = VIRTIO_TAKEN;
		struct virtio_desc_copy d;

		if (i + VIRTIO_LOOKAHEAD < n)
			virtio_take_prefetch(vq, &near, head, (uint16_t)(i + VIRTIO_LOOKAHEAD),
				how);
		if (!packed && unlikely(head[i] >= vq->size)) {
			stat_add(&t->count->from_bad_head, 1);
			continue;
		}
		d = virtio_take_desc(vq, head, i, how);
		if (unlikely(!virtio_plain_take(&near, d, pkts[got], max) &&
			     !virtio_take_plain_lent(t, &near, d, pkts[got],
				     how & VIRTIO_TAKE_LEND ? max : 0))) {
			take = virtio_take_other(t, i, pkts[got], how);
			near = virtio_near_of(vq);
		}
		if (unlikely(take == VIRTIO_LATER)) {
			stat_add(&t->count->from_no_mbuf, 1);
			break;
		}
		if (!packed)
			virtio_queue_use(vq, used, head[i], 0);
		used++;
		if (likely(take == VIRTIO_TAKEN))
			bytes += pkts[got++]->pkt_len;
	}
	if (!packed)
		vq->next_avail = (uint16_t)(vq->next_avail + i);
	stat_add(&t->count->from_bytes, bytes);
	t->got = got;
	t->used = used;
}

static __rte_always_inline void
virtio_take_split(struct virtio_taking *t, const uint32_t how)
{
	uint16_t head[VIRTIO_BURST];
	uint16_t i, n = t->n;

	for (i = 0; i < n; i++)
		head[i] = virtio_queue_head(t->vq, i);
	if (n > 1)
		virtio_prefetch_descs(t->vq, head, n);
	t->head = head;
	virtio_take_chains(t, how);
	t->head = NULL;
}

static __rte_always_inline bool
virtio_from_publish(struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	if (vq->packed) {
		virtio_packed_publish(nic, vq, n);
		return virtio_coal_notify(nic, vq, n, true);
	}
	virtio_queue_publish(nic, vq, n);
	return virtio_coal_notify(nic, vq, n, false);
}

bool
virtio_from_give_back(struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	return virtio_from_publish(nic, vq, n);
}

/* Chains the guest offers, at most n; of a packed ring they are noted. */
static inline uint16_t
virtio_from_ready(struct nic *nic, struct virtio_queue *vq, struct virtio_counters *count,
	uint16_t n)
{
	uint16_t ready = vq->packed ? virtio_packed_look_all(vq, n) : virtio_queue_ready(vq);
	if (unlikely(vq->broken)) {
		stat_add(&count->from_broken, 1);
		virtio_queue_tell_broken(nic, vq);
	}
	return RTE_MIN(ready, n);
}

/* One at a time is what a guest sends that waits for answers: without the loops of the bulk. */
static inline int
virtio_alloc(struct rte_mempool *pool, struct rte_mbuf **pkts, uint16_t n)
{
	if (n > 1)
		return rte_pktmbuf_alloc_bulk(pool, pkts, n);
	pkts[0] = rte_pktmbuf_alloc(pool);
	return pkts[0] == NULL ? -ENOMEM : 0;
}

static __rte_always_inline uint16_t
virtio_from(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n, const uint32_t how)
{
	struct virtio_net *v = nic->state;
	struct virtio_taking t = {
		.nic = nic,
		.vq = &v->pair[q].from_guest,
		.count = &v->pair[q].count,
		.pkts = pkts,
	};

	if (unlikely(v->coalescing))
		virtio_coal_poll(nic, q);
	if (unlikely(!virtio_queue_usable(nic, t.vq) || nic->pool[q] == NULL))
		return 0;
	t.n = virtio_from_ready(nic, t.vq, t.count, RTE_MIN(n, VIRTIO_BURST));
	if (t.n == 0)
		return 0;
	if (unlikely(virtio_alloc(nic->pool[q], pkts, t.n) < 0)) {
		stat_add(&t.count->from_no_mbuf, 1);
		return 0;
	}
	if (t.vq->packed)
		virtio_take_chains(&t, how | VIRTIO_TAKE_PACKED);
	else
		virtio_take_split(&t, how);
	if (unlikely(t.got < t.n))
		rte_pktmbuf_free_bulk(pkts + t.got, t.n - t.got);
	stat_add(&t.count->from_frames, t.got);
	if ((how & VIRTIO_TAKE_LEND) && t.got > 0)
		t.vq->lent_used = t.used;
	else if (likely(t.used > 0) && virtio_from_publish(nic, t.vq, t.used))
		stat_add(&t.count->from_interrupts, 1);
	return t.got;
}

uint16_t
virtio_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return virtio_from(nic, q, pkts, n, 0);
}

uint16_t
virtio_lend(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return virtio_from(nic, q, pkts, n, VIRTIO_TAKE_LEND);
}
