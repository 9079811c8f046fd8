/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the guest: mbufs -> receive ring. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "offload/offload.h"
#include "virtio_coal.h"
#include "virtio_plain.h"

/* One burst in the making: nothing in it is visible to the guest before it is published. */
struct virtio_give {
	struct nic *nic;
	const struct virtio_net *v;
	struct virtio_queue *vq;
	struct virtio_counters *count;
	const struct virtio_filter *filter; /* NULL: promiscuous */
	const struct virtio_rss *hash;	    /* NULL: hashes are not reported */
	uint64_t bytes;			    /* of frames given */
	uint32_t frames;		    /* given */
	uint16_t ready; /* split: entries beyond next_avail; packed: chains looked at */
	uint16_t taken; /* of them, consumed */
	uint16_t used;	/* used entries filled; packed: taken */
	struct virtio_net_hdr_hash plain; /* of a frame that asks for nothing */
};

/* Outcome of one frame. */
#define VIRTIO_NO_BUFFER 1 /* the guest posted too little: keep the frame */

/* Note that len bytes were written to the k-th chain of this burst. */
static inline void
virtio_give_use(struct virtio_give *g, uint16_t k, uint16_t head, uint32_t len, const bool packed)
{
	if (packed)
		g->vq->chain[k].len = len;
	else
		virtio_queue_use(g->vq, k, head, len);
}

/* Whether headers are looked at. */
static inline bool
virtio_give_parses(const struct virtio_give *g)
{
	return g->filter != NULL || g->hash != NULL;
}

/* The next n chains are consumed; their used entries are filled. */
static inline void
virtio_give_commit(struct virtio_give *g, uint16_t n)
{
	g->taken = (uint16_t)(g->taken + n);
	g->used = (uint16_t)(g->used + n);
}

/* Give n consumed chains back with nothing in them. */
static void
virtio_give_back(struct virtio_give *g, uint16_t n, bool packed)
{
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint16_t head = packed ? 0 : virtio_queue_head(g->vq, (uint16_t)(g->taken + i));

		virtio_give_use(g, (uint16_t)(g->used + i), head, 0, packed);
	}
	virtio_give_commit(g, n);
}

/*
 * Stand at the next chain the guest posted, i entries behind the consumed ones; heads that are out
 * of range are passed over when they come first. @return 0; VIRTIO_NO_BUFFER; -EINVAL.
 */
static inline int
virtio_next_split(struct virtio_give *g, struct virtio_cursor *c, uint16_t i, uint16_t *head)
{
	for (;;) {
		if (unlikely((uint16_t)(g->taken + i) >= g->ready)) {
			g->ready = virtio_queue_ready(g->vq);
			if ((uint16_t)(g->taken + i) >= g->ready)
				return VIRTIO_NO_BUFFER;
		}
		*head = virtio_queue_head(g->vq, (uint16_t)(g->taken + i));
		if (likely(*head < g->vq->size))
			break;
		stat_add(&g->count->to_bad_head, 1);
		if (i > 0)
			return -EINVAL;
		g->taken++;
	}
	virtio_cursor_start(c, g->nic->mem, g->vq, *head);
	return 0;
}

static __rte_always_inline int
virtio_next_chain(struct virtio_give *g, struct virtio_cursor *c, uint16_t i, uint16_t *head,
	const bool packed)
{
	if (!packed)
		return virtio_next_split(g, c, i, head);
	if ((uint16_t)(g->taken + i) >= g->ready) {
		if (!virtio_packed_look(g->vq, g->ready))
			return VIRTIO_NO_BUFFER;
		g->ready++;
	}
	*head = 0;
	virtio_packed_start(c, g->nic->mem, g->vq, (uint16_t)(g->taken + i));
	return 0;
}

/* A frame being spread over chains. */
struct virtio_spread {
	const struct rte_mbuf *seg; /* where the copy stands */
	uint32_t off;		    /* in seg */
	uint32_t left;		    /* bytes of the frame still to copy */
};

/* Copy up to n bytes of the frame to p. */
static inline void
virtio_spread_copy(struct virtio_spread *s, uint8_t *p, uint32_t n)
{
	s->left -= n;
	while (n > 0) {
		uint32_t part = RTE_MIN(n, s->seg->data_len - s->off);

		rte_memcpy(p, rte_pktmbuf_mtod_offset(s->seg, const void *, s->off), part);
		p += part;
		n -= part;
		s->off += part;
		if (s->off == s->seg->data_len && s->seg->next != NULL) {
			s->seg = s->seg->next;
			s->off = 0;
		}
	}
}

/* Fill the chain at c with the frame as far as it goes. @return bytes written; -EINVAL; -EFAULT. */
static __rte_always_inline int
virtio_fill_chain(struct virtio_cursor *c, struct virtio_spread *s, const bool packed)
{
	uint32_t before = s->left;

	while (s->left > 0) {
		uint32_t n = s->left;
		uint8_t *p;

		if (c->left == 0) {
			int ret = virtio_cursor_next(c, packed);

			if (ret < 0)
				return ret;
			if (ret == 0)
				break;
		}
		if (unlikely(!c->write))
			return -EINVAL;
		p = virtio_cursor_ptr(c, &n);
		if (unlikely(p == NULL))
			return -EFAULT;
		virtio_spread_copy(s, p, n);
		if (unlikely(c->mem->log != NULL))
			gmem_log_dirty(c->mem, c->gpa, n);
		virtio_cursor_skip(c, n);
	}
	return (int)(before - s->left);
}

#define VIRTIO_LARGE 16384 /* bytes */

/* Count a frame that was given and whose header is not the plain one. */
static inline void
virtio_count_offload(struct virtio_give *g, const struct rte_mbuf *m,
	const struct virtio_net_hdr *hdr)
{
	stat_add(&g->count->to_needs_csum, hdr->flags == VIRTIO_NET_HDR_F_NEEDS_CSUM);
	stat_add(&g->count->to_csum_valid, hdr->flags == VIRTIO_NET_HDR_F_DATA_VALID);
	if (!(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG))
		return;
	stat_add(&g->count->to_tso, 1);
	stat_add(&g->count->to_tso_bytes, m->pkt_len);
	stat_add(&g->count->to_large, m->pkt_len > VIRTIO_LARGE);
}

/* The header of a frame that is not plain. */
static inline void
virtio_make_hdr(const struct virtio_give *g, const struct rte_mbuf *m,
	struct virtio_net_hdr_hash *hdr)
{
	uint32_t hash;

	*hdr = g->plain;
	virtio_offload_to_hdr(m, g->v->offloads, &hdr->hdr);
	if (g->hash != NULL) {
		hdr->hash_report = rte_cpu_to_le_16(virtio_rss_hash(g->hash, m, &hash));
		hdr->hash_value = rte_cpu_to_le_32(hash);
	}
}

/* Write the header at the start of a chain; a readable chain is refused like an unmapped one. */
static inline int
virtio_give_hdr(struct virtio_cursor *c, struct virtio_net_hdr_hash *hdr, uint16_t hdr_len,
	const bool packed)
{
	int ret = virtio_cursor_hdr(c, hdr, hdr_len, true, packed);

	return ret == -ENOSPC ? -EINVAL : ret;
}

/*
 * Write the header again, with the number of chains. From the head and not from a saved cursor: a
 * copy of a cursor that was just written waits for all earlier stores, in every frame.
 */
static void
virtio_give_hdr_again(const struct virtio_give *g, uint16_t head, struct virtio_net_hdr_hash *hdr,
	bool packed)
{
	struct virtio_cursor c;

	if (packed)
		virtio_packed_start(&c, g->nic->mem, g->vq, g->taken);
	else
		virtio_cursor_start(&c, g->nic->mem, g->vq, head);
	virtio_give_hdr(&c, hdr, g->v->hdr_len, packed);
}

/*
 * Spread one frame over as many chains as it needs. Used entries are filled, but counted in g only
 * when the whole frame went in. @return 0; VIRTIO_NO_BUFFER; -EMSGSIZE; -EINVAL, -EFAULT with *bad
 * chains that must go back.
 */
static __rte_always_inline int
virtio_give_frame(struct virtio_give *g, const struct rte_mbuf *m, uint16_t *bad, const bool packed)
{
	struct virtio_net_hdr_hash own, *hdr = &g->plain;
	struct virtio_spread s = { .seg = m, .left = m->pkt_len };
	struct virtio_cursor c;
	uint16_t n = 0, head, first = 0;
	int ret;

	if (unlikely((m->ol_flags & (OFFLOAD_TX_FLAGS | RTE_MBUF_F_RX_L4_CKSUM_MASK)) != 0 ||
		     g->hash != NULL)) {
		hdr = &own;
		virtio_make_hdr(g, m, hdr);
	}
	do {
		int len;

		*bad = n;
		ret = virtio_next_chain(g, &c, n, &head, packed);
		if (unlikely(ret != 0))
			return ret;
		*bad = (uint16_t)(n + 1);
		len = 0;
		if (n == 0) {
			first = head;
			ret = virtio_give_hdr(&c, hdr, g->v->hdr_len, packed);
			if (unlikely(ret < 0))
				return ret;
			len = g->v->hdr_len;
		}
		ret = virtio_fill_chain(&c, &s, packed);
		if (unlikely(ret < 0 || (ret == 0 && n > 0)))
			return ret < 0 ? ret : -EINVAL;
		virtio_give_use(g, (uint16_t)(g->used + n), head, (uint32_t)(len + ret), packed);
		n++;
	} while (unlikely(s.left > 0 && g->v->mrg));
	if (unlikely(s.left > 0))
		return -EMSGSIZE;
	if (unlikely(n > 1)) {
		own = *hdr;
		own.hdr.num_buffers = n;
		virtio_give_hdr_again(g, first, &own, packed);
	}
	if (unlikely(hdr != &g->plain))
		virtio_count_offload(g, m, &hdr->hdr);
	virtio_give_commit(g, n);
	g->frames++;
	g->bytes += m->pkt_len;
	return 0;
}

/* Give one frame that needs no finishing. @return true when it is done with, one way or another. */
static __rte_always_inline bool
virtio_give_one(struct virtio_give *g, const struct rte_mbuf *m, const bool packed)
{
	uint16_t bad = 0;
	int ret = virtio_give_frame(g, m, &bad, packed);

	if (likely(ret == 0))
		return true;
	if (ret == VIRTIO_NO_BUFFER)
		return false;
	if (ret == -EMSGSIZE) {
		stat_add(&g->count->to_too_big, 1);
	} else {
		stat_add(&g->count->to_bad_chain, 1);
		virtio_give_back(g, bad, packed);
	}
	return true;
}

/* virtio_give_one() for frames that cost more than that anyway. */
static bool
virtio_give_slow(struct virtio_give *g, const struct rte_mbuf *m)
{
	return g->vq->packed ? virtio_give_one(g, m, true) : virtio_give_one(g, m, false);
}

/* Finish the checksum of a private copy and give that. */
static bool
virtio_give_finished(struct virtio_give *g, const struct rte_mbuf *m)
{
	struct rte_mbuf *copy = offload_copy(m, g->nic->pool[g->vq->idx / 2]);
	bool done = true;

	if (copy == NULL) {
		stat_add(&g->count->to_no_mbuf, 1);
		return true;
	}
	if (offload_finish_cksum(copy) < 0)
		stat_add(&g->count->to_bad_offload, 1);
	else
		done = virtio_give_slow(g, copy);
	rte_pktmbuf_free(copy);
	return done;
}

/* Cut a TSO frame for a guest that takes none. What finds no buffer is lost, as on a wire. */
static bool
virtio_give_segmented(struct virtio_give *g, const struct rte_mbuf *m)
{
	struct rte_mbuf *out[OFFLOAD_MAX_SEGMENTS];
	int i, n = offload_segment_tcp(m, g->nic->pool[g->vq->idx / 2], out);

	if (n < 0) {
		stat_add(n == -ENOMEM ? &g->count->to_no_mbuf : &g->count->to_bad_offload, 1);
		return true;
	}
	for (i = 0; i < n; i++)
		if (!virtio_give_slow(g, out[i]))
			break;
	stat_add(&g->count->to_no_buffer, (uint64_t)(n - i));
	rte_pktmbuf_free_bulk(out, (unsigned int)n);
	return true;
}

/*
 * Old DHCP clients read raw packets and know no partial checksums, so a DHCP server's answers
 * (UDP from port 67) are always finished; QEMU does the same.
 */
static inline bool
virtio_is_dhcp_answer(const struct rte_mbuf *m)
{
	uint16_t port;
	const void *p;

	if ((m->ol_flags & RTE_MBUF_F_TX_L4_MASK) != RTE_MBUF_F_TX_UDP_CKSUM)
		return false;
	p = rte_pktmbuf_read(m, (uint32_t)(m->l2_len + m->l3_len), sizeof(port), &port);
	if (p == NULL)
		return false;
	memcpy(&port, p, sizeof(port));
	return port == RTE_BE16(67);
}

/*
 * A lent frame for a guest that wants its headers looked at: its owner can still write it, so they are
 * looked at in a copy, and the copy is given.
 */
static bool virtio_give_copy(struct virtio_give *g, const struct rte_mbuf *m);

static __rte_always_inline bool
virtio_give_any(struct virtio_give *g, const struct rte_mbuf *m, const bool packed)
{
	if (unlikely(virtio_give_parses(g)) && RTE_MBUF_HAS_EXTBUF(m))
		return virtio_give_copy(g, m);
	if (unlikely(g->filter != NULL && !virtio_filter_accepts(g->filter, m))) {
		stat_add(&g->count->to_filtered, 1);
		return true;
	}
	if (likely((m->ol_flags & g->v->unsupported) == 0 && !virtio_is_dhcp_answer(m)))
		return virtio_give_one(g, m, packed);
	if ((m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) && virtio_offload_takes_tso(m, g->v->offloads))
		return virtio_give_slow(g, m);
	if (unlikely(g->nic->pool[g->vq->idx / 2] == NULL)) {
		stat_add(&g->count->to_no_mbuf, 1);
		return true;
	}
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
		return virtio_give_segmented(g, m);
	return virtio_give_finished(g, m);
}

static bool
virtio_give_copy(struct virtio_give *g, const struct rte_mbuf *m)
{
	struct rte_mbuf *copy = offload_copy(m, g->nic->pool[g->vq->idx / 2]);
	bool done;

	if (copy == NULL) {
		stat_add(&g->count->to_no_mbuf, 1);
		return true;
	}
	done = g->vq->packed ? virtio_give_any(g, copy, true) : virtio_give_any(g, copy, false);
	rte_pktmbuf_free(copy);
	return done;
}

/* Publish the burst. @return whether the guest was interrupted. */
static inline bool
virtio_give_publish(struct virtio_give *g, const bool packed)
{
	if (!packed)
		g->vq->next_avail = (uint16_t)(g->vq->next_avail + g->taken);
	if (unlikely(g->used == 0))
		return false;
	if (packed) {
		virtio_packed_publish(g->nic, g->vq, g->used);
		return virtio_coal_notify(g->nic, g->vq, g->used, true);
	}
	virtio_queue_publish(g->nic, g->vq, g->used);
	return virtio_coal_notify(g->nic, g->vq, g->used, false);
}

/* Count what was left. */
static inline void
virtio_give_end(struct virtio_give *g, uint16_t left)
{
	if (unlikely(left > 0))
		stat_add(g->vq->broken ? &g->count->to_broken : &g->count->to_no_buffer, left);
	if (unlikely(g->vq->broken))
		virtio_queue_tell_broken(g->nic, g->vq);
}

/* How many frames ahead the buffer is fetched into the cache while an earlier one is written. */
#define VIRTIO_LOOKAHEAD 4

static __rte_always_inline void
virtio_give_prefetch(const struct virtio_give *g, const struct virtio_near *near, uint16_t i,
	const bool packed)
{
	const struct virtio_queue *vq = g->vq;

	if (i < g->ready)
		virtio_plain_prefetch_write(near,
			packed ? vq->packed_desc[vq->chain[i].at].addr
			       : vq->desc[virtio_queue_head(vq, i) & vq->mask].addr);
}

/* The descriptors of n frames, and the buffers of the first. */
static __rte_always_inline void
virtio_give_prefetch_first(const struct virtio_give *g, const struct virtio_near *near, uint16_t n,
	const bool packed)
{
	const struct virtio_queue *vq = g->vq;
	uint16_t i;

	for (i = 0; !packed && i < n && i < g->ready; i++)
		rte_prefetch0(&vq->desc[virtio_queue_head(vq, i) & vq->mask]);
	for (i = 0; i < n && i < VIRTIO_LOOKAHEAD; i++)
		virtio_give_prefetch(g, near, i, packed);
}

/*
 * Give a frame that asks for nothing and fits into one descriptor. @return false: nothing was done, the
 * walker is to look at it.
 */
static __rte_always_inline bool
virtio_give_plain(struct virtio_give *g, const struct rte_mbuf *m, const struct virtio_near *near,
	const bool packed)
{
	uint32_t n = m->pkt_len, len = VIRTIO_PLAIN_HDR + n;
	struct virtio_desc_copy d;
	uint16_t head = 0;
	uint8_t *p;

	if (unlikely((m->ol_flags & (OFFLOAD_TX_FLAGS | RTE_MBUF_F_RX_L4_CKSUM_MASK)) != 0 ||
		     m->nb_segs != 1 || g->taken >= g->ready))
		return false;
	if (packed) {
		d = virtio_packed_desc_load(g->vq, g->taken);
	} else {
		head = virtio_queue_head(g->vq, g->taken);
		if (unlikely(head >= g->vq->size))
			return false;
		d = virtio_desc_load(&g->vq->desc[head]);
	}
	if (unlikely((d.flags & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)) !=
			     VRING_DESC_F_WRITE ||
		     d.len < len))
		return false;
	p = virtio_near_ptr(near, d.addr, len);
	if (unlikely(p == NULL))
		return false;
	virtio_plain_put_hdr(p, &g->plain.hdr);
	virtio_plain_copy(p + VIRTIO_PLAIN_HDR, rte_pktmbuf_mtod(m, const uint8_t *), n);
	virtio_give_use(g, g->used, head, len, packed);
	virtio_give_commit(g, 1);
	g->frames++;
	g->bytes += n;
	return true;
}

static __rte_always_inline uint16_t
virtio_to_ring(struct virtio_give *g, struct rte_mbuf *const *pkts, uint16_t n, const bool packed)
{
	bool plain = g->v->hdr_len == VIRTIO_PLAIN_HDR && !virtio_give_parses(g) &&
		     g->nic->mem->log == NULL;
	struct virtio_near near = virtio_near_of(g->vq);
	uint16_t i;

	g->ready = packed ? virtio_packed_look_all(g->vq, n) : virtio_queue_ready(g->vq);
	if (n > 1)
		virtio_give_prefetch_first(g, &near, n, packed);
	for (i = 0; i < n; i++) {
		if (i + VIRTIO_LOOKAHEAD < n)
			virtio_give_prefetch(g, &near, (uint16_t)(i + VIRTIO_LOOKAHEAD), packed);
		if (likely(plain && virtio_give_plain(g, pkts[i], &near, packed)))
			continue;
		if (unlikely(!virtio_give_any(g, pkts[i], packed)))
			break;
		near = virtio_near_of(g->vq);
	}
	stat_add(&g->count->to_frames, g->frames);
	stat_add(&g->count->to_bytes, g->bytes);
	if (virtio_give_publish(g, packed))
		stat_add(&g->count->to_interrupts, 1);
	virtio_give_end(g, (uint16_t)(n - i));
	return i;
}

/* Inlined twice: the call would be 10 instructions of each burst, of 390 with one frame. */
static __rte_always_inline uint16_t
virtio_give(struct nic *nic, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n)
{
	struct virtio_net *v = nic->state;
	struct virtio_give g = {
		.nic = nic,
		.v = v,
		.vq = &v->pair[q].to_guest,
		.count = &v->pair[q].count,
		.filter = unlikely(v->filtering) ? &v->filter : NULL,
		.hash = unlikely(v->features & VIRTIO_NET_F_HASH_REPORT) ? &v->rss : NULL,
		.plain = { .hdr = { .num_buffers = 1 } },
	};

	if (unlikely(!virtio_queue_usable(nic, g.vq)))
		return 0;
	return g.vq->packed ? virtio_to_ring(&g, pkts, n, true)
			    : virtio_to_ring(&g, pkts, n, false);
}

uint16_t
virtio_show(struct nic *nic, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n)
{
	return virtio_give(nic, q, pkts, n);
}

uint16_t
virtio_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	n = virtio_give(nic, q, pkts, n);
	if (n == 1)
		rte_pktmbuf_free(pkts[0]);
	else
		rte_pktmbuf_free_bulk(pkts, n);
	return n;
}
