/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sent, as mbufs that lie in its memory until lend_end(): see nic.h. */
#include "virtio_lend.h"

#include <rte_mbuf.h>

#include "virtio_packed.h"

/*
 * All headers up to here are copied, and only the copy is looked at: the guest can write what was lent.
 * Ethernet with two tags, IPv6 and TCP with all its options fit.
 */
#define VIRTIO_LEND_HEAD 128

/* Never called: the count starts at 1, and what is lent comes on top. */
static void
virtio_lend_free(void *addr, void *opaque)
{
}

void
virtio_lend_init(struct virtio_queue *vq)
{
	vq->lent = (struct rte_mbuf_ext_shared_info){ .free_cb = virtio_lend_free };
	rte_mbuf_ext_refcnt_set(&vq->lent, 1);
}

/* A frame being made of pieces. */
struct virtio_loan {
	struct rte_mbuf *first, *last;
	struct rte_mempool *pool;
	uint32_t room; /* bytes that may still be copied into last */
};

/* Append a segment. @return false: no mbuf. */
static bool
virtio_loan_grow(struct virtio_loan *l)
{
	struct rte_mbuf *seg = rte_pktmbuf_alloc(l->pool);

	if (seg == NULL)
		return false;
	l->last->next = seg;
	l->last = seg;
	l->first->nb_segs++;
	return true;
}

/* Take up to *n bytes at p: the head and small pieces by copy. *n: taken. @return false: no mbuf. */
static bool
virtio_loan_add(struct virtio_loan *l, struct virtio_queue *vq, uint8_t *p, uint32_t *n)
{
	bool head = l->last == l->first && l->room > 0;

	if (!head && *n >= VIRTIO_LEND_PIECE) {
		if (!virtio_loan_grow(l))
			return false;
		*n = RTE_MIN(*n, (uint32_t)UINT16_MAX);
		virtio_lend_bytes(vq, l->last, p, *n);
		l->room = 0;
		return true;
	}
	if (l->room == 0) {
		if (!virtio_loan_grow(l))
			return false;
		l->room = rte_pktmbuf_tailroom(l->last);
	}
	*n = RTE_MIN(*n, l->room);
	rte_memcpy(rte_pktmbuf_mtod_offset(l->last, void *, l->last->data_len), p, *n);
	l->last->data_len = (uint16_t)(l->last->data_len + *n);
	l->room -= *n;
	return true;
}

/* The rest of the chain behind c. @return false: it is not to be lent, for whatever reason. */
static bool
virtio_lend_payload(struct virtio_cursor *c, struct virtio_loan *l, bool plain, bool packed)
{
	struct rte_mbuf *m = l->first;

	for (;;) {
		uint32_t n = NIC_MAX_FRAME;
		uint8_t *p;

		if (c->left == 0) {
			int ret = virtio_cursor_next(c, packed);

			if (ret <= 0)
				return ret == 0;
		}
		p = c->write ? NULL : virtio_cursor_ptr(c, &n);
		if (p == NULL || m->pkt_len + n > NIC_MAX_FRAME)
			return false;
		if (plain && m->pkt_len == 0 && n == c->left && !c->more &&
			n >= VIRTIO_LEND_FRAME) {
			/* Nobody parses this one: no head of its own, if it is in one piece. */
			n = RTE_MIN(n, (uint32_t)UINT16_MAX);
			virtio_lend_bytes(c->vq, m, p, n);
			l->room = 0;
		} else if (!virtio_loan_add(l, c->vq, p, &n)) {
			return false;
		}
		m->pkt_len += n;
		virtio_cursor_skip(c, n);
	}
}

/* Undo: back to an empty mbuf of the pool. */
static void
virtio_lend_undo(struct rte_mbuf *m)
{
	rte_pktmbuf_free(m->next);
	if (RTE_MBUF_HAS_EXTBUF(m))
		rte_pktmbuf_detach_extbuf(m);
	rte_pktmbuf_reset(m);
}

/* Whether every header that the offload fields speak of is in the private head. */
static bool
virtio_lend_offload(struct nic *nic, const struct virtio_net_hdr *hdr, struct rte_mbuf *m)
{
	if (virtio_offload_from_hdr(nic, hdr, m) < 0 || !(m->ol_flags & RTE_MBUF_F_TX_L4_MASK))
		return false;
	return (uint32_t)m->l2_len + m->l3_len + m->l4_len <= m->data_len;
}

bool
virtio_lend_frame(struct nic *nic, struct virtio_cursor *c, struct rte_mbuf *m,
	struct virtio_net_hdr *offload, bool packed)
{
	const struct virtio_net *v = nic->state;
	struct virtio_loan l = { m, m, nic->pool[c->vq->idx / 2], VIRTIO_LEND_HEAD };
	struct virtio_net_hdr_hash hdr = { 0 };
	bool plain, good;

	if (unlikely(c->vq->lent_off || !nic->conf.carry))
		return false;
	if (virtio_cursor_hdr(c, &hdr, v->hdr_len, false, packed) < 0)
		return false;
	plain = (hdr.hdr.flags | hdr.hdr.gso_type) == 0;
	good = virtio_lend_payload(c, &l, plain, packed) && m->pkt_len >= VIRTIO_LEND_FRAME;
	if (good && !plain)
		good = virtio_lend_offload(nic, &hdr.hdr, m);
	if (unlikely(!good)) {
		virtio_lend_undo(m);
		return false;
	}
	*offload = hdr.hdr;
	return true;
}

void
virtio_lend_end(struct nic *nic, uint16_t q)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *vq = &v->pair[q].from_guest;
	struct virtio_counters *count = &v->pair[q].count;
	uint16_t used = vq->lent_used;

	vq->lent_used = 0;
	if (unlikely(rte_mbuf_ext_refcnt_read(&vq->lent) != 1)) {
		/* A fault of ours: from now on this queue copies. */
		stat_add(&count->from_lent_kept, 1);
		vq->lent_off = true;
	}
	if (used > 0 && virtio_from_give_back(nic, vq, used))
		stat_add(&count->from_interrupts, 1);
}
