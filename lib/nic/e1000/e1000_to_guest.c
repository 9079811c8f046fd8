/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the guest: the receive ring. */
#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_memcpy.h>
#include <rte_prefetch.h>

#include "e1000.h"
#include "e1000_ring.h"

/* Without its CRC, the longest frame without RCTL.LPE, and with. */
#define E1000_MAX_STD  1518
#define E1000_MAX_LONG 16380
#define E1000_HEAD_LEN (RTE_ETHER_HDR_LEN + RTE_VLAN_HLEN)

/** One burst on its way: what does not change during it. */
struct e1000_intake {
	struct e1000_ring r;
	const struct gmem_region *hint; /* of the last buffer */
	uint32_t rctl, rxcsum, vet;
	bool strip_tag, waits;
	uint32_t buf_len; /* bytes of each receive buffer */
	uint32_t icr;	  /* ICR bits to set in the end */
	uint32_t frames;
	uint64_t bytes;
};

/** The bytes of one frame as they go to the guest: from an mbuf chain, then zeros. */
struct e1000_source {
	const struct rte_mbuf *seg;
	uint32_t at;	/* in seg */
	uint32_t data;	/* bytes of the chain still to go */
	uint32_t zeros; /* padding and CRC behind them */
	uint32_t cut;	/* bytes of data before the tag that is left out; UINT32_MAX: none */
	uint64_t info;	/* bits for the last descriptor */
	uint64_t tag;	/* VP and tag, for every descriptor */
};

bool
e1000_can_receive(const struct nic *nic)
{
	return e1000_is_master(nic) && (e1000_get(nic->state, E1000_RCTL) & E1000_RCTL_EN);
}

static uint32_t
e1000_buf_len(uint32_t rctl)
{
	uint32_t size = field_get(rctl, E1000_RCTL_BSIZE);

	/* 13.4, RCTL: the first of the long sizes is reserved. */
	if (!(rctl & E1000_RCTL_BSEX) || size == 0)
		return 2048 >> size;
	return 32768 >> size;
}

/* Let out a VLAN tag: skip its bytes in the chain. */
static void
e1000_source_skip(struct e1000_source *src)
{
	uint32_t n = RTE_VLAN_HLEN;

	src->cut = UINT32_MAX;
	src->data -= n;
	while (n > 0) {
		uint32_t part = RTE_MIN(n, src->seg->data_len - src->at);

		src->at += part;
		n -= part;
		if (n > 0) {
			src->seg = src->seg->next;
			src->at = 0;
		}
	}
}

/* Copy the next n bytes of the frame to one piece of guest memory. */
static inline void
e1000_source_copy(struct e1000_source *src, uint8_t *to, uint32_t n)
{
	while (n > 0 && src->data > 0) {
		uint32_t part;

		if (src->cut == 0)
			e1000_source_skip(src);
		if (src->at == src->seg->data_len) {
			src->seg = src->seg->next;
			src->at = 0;
			continue;
		}
		part = RTE_MIN(n, src->seg->data_len - src->at);
		part = RTE_MIN(part, src->data);
		part = RTE_MIN(part, src->cut);
		rte_memcpy(to, rte_pktmbuf_mtod_offset(src->seg, const void *, src->at), part);
		if (unlikely(src->cut != UINT32_MAX))
			src->cut -= part;
		src->at += part;
		src->data -= part;
		to += part;
		n -= part;
	}
	memset(to, 0, n);
	src->zeros -= n;
}

/* Fill n bytes of a buffer. @return 0; -EFAULT. */
static inline int
e1000_fill(const struct nic *nic, struct e1000_intake *in, struct e1000_source *src, uint64_t gpa,
	uint32_t n)
{
	while (n > 0) {
		uint64_t run;
		uint8_t *to = gmem_ptr(nic->mem->map, gpa, &in->hint, &run);
		uint32_t part = n;

		if (unlikely(to == NULL))
			return -EFAULT;
		if (unlikely(run < part))
			part = (uint32_t)run;
		e1000_source_copy(src, to, part);
		if (unlikely(nic->mem->log != NULL))
			gmem_log_dirty(nic->mem, gpa, part);
		gpa += part;
		n -= part;
	}
	return 0;
}

/* Give a descriptor to the driver: all but the address in one store, so DD is never too early. */
static inline void
e1000_rx_complete(const struct nic *nic, struct e1000_ring *r, struct e1000_desc *d, uint64_t info)
{
	__atomic_store_n(&d->info, rte_cpu_to_le_64(info), __ATOMIC_RELEASE);
	if (unlikely(nic->mem->log != NULL))
		gmem_log_dirty(nic->mem, e1000_ring_gpa(r, r->head), sizeof(*d));
	r->head = e1000_ring_next(r, r->head);
}

/*
 * Put total bytes into descriptors from head on. When it turns out on the way that this does not
 * work, the descriptors that are used by then make a frame that says not to use it.
 * @return 0; -ENOBUFS: no descriptor; -EFAULT: a buffer is not there; -ENOENT: a descriptor is not.
 */
static int
e1000_place(const struct nic *nic, struct e1000_intake *in, struct e1000_source *src,
	uint32_t total)
{
	struct e1000 *s = nic->state;

	for (;;) {
		struct e1000_desc *d = e1000_ring_desc(&in->r, in->r.head);
		uint32_t n = RTE_MIN(total, in->buf_len);
		uint64_t gpa;
		int ret = 0;

		if (unlikely(d == NULL))
			return -ENOENT;
		gpa = e1000_desc_word(&d->addr);
		if (unlikely(gpa == 0)) {
			n = 0;
			stat_add(&s->count.to_null_buffer, 1);
		}
		ret = e1000_fill(nic, in, src, gpa, n);
		total -= n;
		if (likely(ret == 0 && total == 0)) {
			e1000_rx_complete(nic, &in->r, d,
				n | src->tag | src->info | E1000_RXD_EOP | E1000_RXD_DD);
			return 0;
		}
		if (ret == 0 && e1000_ring_next(&in->r, in->r.head) == in->r.tail)
			ret = -ENOBUFS;
		if (unlikely(ret < 0)) {
			e1000_rx_complete(nic, &in->r, d,
				n | E1000_RXD_RXE | E1000_RXD_EOP | E1000_RXD_DD);
			return ret;
		}
		e1000_rx_complete(nic, &in->r, d, n | src->tag | E1000_RXD_DD);
	}
}

/* Whether there are descriptors for total bytes. */
static inline bool
e1000_has_room(const struct nic *nic, struct e1000_intake *in, uint32_t total)
{
	uint32_t need = total <= in->buf_len ? 1 : (total + in->buf_len - 1) / in->buf_len;

	if (likely(e1000_ring_filled(&in->r) >= need))
		return true;
	return e1000_ring_reload_tail(nic, E1000_RDBAL, &in->r) &&
	       e1000_ring_filled(&in->r) >= need;
}

/* Whether a frame without room waits for it: never for more than an empty ring has. */
static bool
e1000_must_wait(const struct nic *nic, const struct e1000_intake *in, uint32_t total)
{
	struct e1000 *s = nic->state;

	if (!in->waits || total > (uint64_t)in->buf_len * (in->r.n - 1))
		return false;
	stat_add(&s->count.to_no_buffer, 1);
	return true;
}

/* There was no room for a frame. */
static void
e1000_miss(struct e1000 *s, struct e1000_intake *in)
{
	stat_add(&s->count.to_no_buffer, 1);
	stat_add(&s->mac.mpc, 1);
	stat_add(&s->mac.rnbc, 1);
	in->icr |= E1000_ICR_RXO;
}

/* The ring cannot be used: count it once. */
static void
e1000_rx_lost(struct e1000 *s)
{
	if (!s->rx.ring_fault)
		stat_add(&s->count.to_bad_ring, 1);
	s->rx.ring_fault = true;
}

static void
e1000_count_placed(struct e1000 *s, struct e1000_intake *in, const uint8_t *head, uint32_t len)
{
	e1000_count_received(&s->mac, (const struct rte_ether_addr *)head, len,
		in->rctl & E1000_RCTL_SECRC);
	in->frames++;
	in->bytes += len;
	in->icr |= E1000_ICR_RXT0;
}

/* A frame that passed the filters; head: its first bytes. @return false: it must wait. */
static inline bool
e1000_receive(const struct nic *nic, struct e1000_intake *in, const struct rte_mbuf *m,
	const uint8_t *head)
{
	struct e1000 *s = nic->state;
	struct e1000_source src = { .seg = m, .data = m->pkt_len, .cut = UINT32_MAX };
	uint32_t len = RTE_MAX(m->pkt_len, (uint32_t)E1000_MIN_FRAME), total;
	int ret;

	src.zeros = len - m->pkt_len + (in->rctl & E1000_RCTL_SECRC ? 0 : RTE_ETHER_CRC_LEN);
	total = m->pkt_len + src.zeros;
	if (in->strip_tag && m->pkt_len >= E1000_HEAD_LEN &&
		(uint32_t)(head[E1000_ADDRS_LEN] << 8 | head[E1000_ADDRS_LEN + 1]) == in->vet) {
		src.cut = E1000_ADDRS_LEN;
		src.tag = E1000_RXD_VP |
			  (uint64_t)(head[E1000_ADDRS_LEN + 2] << 8 | head[E1000_ADDRS_LEN + 3])
				  << E1000_RXD_SPECIAL_AT;
		total -= RTE_VLAN_HLEN;
	}
	if (unlikely(!e1000_has_room(nic, in, total))) {
		if (e1000_must_wait(nic, in, total))
			return false;
		e1000_miss(s, in);
		return true;
	}
	src.info = e1000_offload_rx(m, in->rxcsum);
	ret = e1000_place(nic, in, &src, total);
	if (likely(ret == 0))
		e1000_count_placed(s, in, head, len);
	else if (ret == -ENOBUFS)
		e1000_miss(s, in);
	else
		stat_add(&s->count.to_bad_chain, 1);
	if (unlikely(ret == -ENOENT))
		e1000_rx_lost(s);
	return true;
}

/* Whether the frame is longer than the driver wants. */
static inline bool
e1000_oversized(const struct e1000_intake *in, uint32_t len)
{
	uint32_t max = in->rctl & E1000_RCTL_LPE ? E1000_MAX_LONG : E1000_MAX_STD;

	return len > max && (!(in->rctl & E1000_RCTL_SBP) || len > NIC_MAX_FRAME);
}

/* Give one frame to the guest, or count why not. @return false: it must wait. */
static inline bool
e1000_deliver_one(const struct nic *nic, struct e1000_intake *in, const struct rte_mbuf *m)
{
	struct e1000 *s = nic->state;
	/* A copy: what is judged must not change meanwhile. */
	uint8_t head[E1000_HEAD_LEN] __rte_aligned(2) = { 0 };
	uint32_t n = RTE_MIN(m->pkt_len, (uint32_t)sizeof(head));
	const void *p;

	if (unlikely(m->pkt_len < RTE_ETHER_HDR_LEN)) {
		stat_add(&s->count.to_short, 1);
		return true;
	}
	if (unlikely(e1000_oversized(in, m->pkt_len))) {
		stat_add(&s->count.to_oversize, 1);
		stat_add(&s->mac.roc, 1);
		return true;
	}
	p = rte_pktmbuf_read(m, 0, n, head);
	if (likely(p != head))
		memcpy(head, p, n);
	if (likely(e1000_filter(s, in->rctl, head)))
		return e1000_receive(nic, in, m, head);
	stat_add(&s->count.to_filtered, 1);
	return true;
}

/* Touch the buffer of a descriptor ahead. A hint only: it is read again when it counts. */
static inline void
e1000_prefetch_buffer(const struct nic *nic, struct e1000_intake *in)
{
	struct e1000_desc *d = e1000_ring_desc(&in->r, e1000_ring_next(&in->r, in->r.head));
	uint8_t *p;
	uint64_t run;

	if (unlikely(d == NULL))
		return;
	p = gmem_ptr(nic->mem->map, e1000_desc_word(&d->addr), &in->hint, &run);
	if (p != NULL)
		rte_prefetch0_write(p);
}

/* Publish what was done. */
static void
e1000_intake_end(const struct nic *nic, struct e1000_intake *in, uint32_t start)
{
	struct e1000 *s = nic->state;
	uint32_t few = in->r.n >> (field_get(in->rctl, E1000_RCTL_RDMTS) + 1);

	if (in->r.head != start)
		e1000_ring_store_head(nic, E1000_RDBAL, &in->r);
	if (in->frames == 0)
		return;
	s->rx.ring_fault = false;
	if (e1000_ring_filled(&in->r) <= few)
		in->icr |= E1000_ICR_RXDMT0;
	stat_add(&s->count.to_frames, in->frames);
	stat_add(&s->count.to_bytes, in->bytes);
}

uint32_t
e1000_deliver(struct nic *nic, struct rte_mbuf **pkts, uint16_t n, uint16_t *waiting)
{
	struct e1000 *s = nic->state;
	struct e1000_intake in = { 0 };
	int ret = e1000_ring_load(nic, E1000_RDBAL, &in.r);
	uint32_t start;
	uint16_t i;

	if (unlikely(ret < 0)) {
		if (ret == -EINVAL)
			e1000_rx_lost(s);
		stat_add(&s->count.to_disabled, n);
		return 0;
	}
	in.rctl = e1000_get(s, E1000_RCTL);
	in.rxcsum = e1000_get(s, E1000_RXCSUM);
	in.vet = e1000_get(s, E1000_VET);
	in.strip_tag = e1000_get(s, E1000_CTRL) & E1000_CTRL_VME;
	in.buf_len = e1000_buf_len(in.rctl);
	in.waits = waiting != NULL && nic->conf.waits;
	start = in.r.head;
	for (i = 0; i < n; i++) {
		if (i + 1 < n) {
			rte_prefetch0(rte_pktmbuf_mtod(pkts[i + 1], const void *));
			e1000_prefetch_buffer(nic, &in);
		}
		if (unlikely(!e1000_deliver_one(nic, &in, pkts[i])))
			break;
	}
	if (waiting != NULL)
		*waiting = (uint16_t)(n - i);
	e1000_intake_end(nic, &in, start);
	return in.icr;
}

uint16_t
e1000_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct e1000 *s = nic->state;
	uint16_t waiting = 0;
	uint32_t icr = 0;

	e1000_poll_timers(nic);
	if (unlikely(e1000_looping(s)))
		stat_add(&s->count.to_looping, n);
	else if (unlikely(!e1000_link_is_up(s) || !e1000_can_receive(nic)))
		stat_add(&s->count.to_disabled, n);
	else
		icr = e1000_deliver(nic, pkts, n, &waiting);
	if (icr != 0 && e1000_irq_set(nic, icr))
		stat_add(&s->count.to_interrupts, 1);
	n = (uint16_t)(n - waiting);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}
