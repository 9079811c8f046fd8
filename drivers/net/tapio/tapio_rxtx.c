/* SPDX-License-Identifier: BSD-3-Clause */
/* The two burst functions of net_tapio: one call to read or write a frame. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "common/pmd_linear.h"
#include "tapio_pmd.h"

#define TAPIO_SMALL  1536 /* bytes of a frame that is sooner copied than described to writev() */
#define TAPIO_EXPECT 64	  /* frames after a long one among which another is expected */

int
tapio_rx_prepare(struct tapio_queue *q, struct rte_mempool *pool)
{
	uint32_t room = (uint32_t)rte_pktmbuf_data_room_size(pool);
	unsigned int n;

	if (room < RTE_PKTMBUF_HEADROOM + 128)
		return -EINVAL;
	n = (TAPIO_MAX_FRAME + room - RTE_PKTMBUF_HEADROOM - 1) / (room - RTE_PKTMBUF_HEADROOM);
	tapio_rx_release(q);
	q->buf = rte_zmalloc("tapio_buf", n * sizeof(struct rte_mbuf *), 0);
	q->iov = rte_zmalloc("tapio_iov", (n + 1) * sizeof(struct iovec), 0);
	q->spill = rte_malloc("tapio_spill", TAPIO_MAX_FRAME, 0);
	if (q->buf == NULL || q->iov == NULL || q->spill == NULL) {
		tapio_rx_release(q);
		return -ENOMEM;
	}
	q->pool = pool;
	q->n_bufs = q->missing = n;
	q->iov[0] = (struct iovec){ &q->hdr, q->hdr_len };
	return 0;
}

void
tapio_rx_drain(struct tapio_queue *q)
{
	while (q->missing < q->n_bufs)
		rte_pktmbuf_free(q->buf[q->missing++]);
}

void
tapio_rx_release(struct tapio_queue *q)
{
	tapio_rx_drain(q);
	rte_free(q->buf);
	rte_free(q->iov);
	rte_free(q->spill);
	q->buf = NULL;
	q->iov = NULL;
	q->spill = NULL;
	q->n_bufs = q->missing = 0;
}

/* Have a buffer in each place again. */
static inline bool
tapio_refill(struct tapio_queue *q)
{
	unsigned int i;

	if (unlikely(rte_pktmbuf_alloc_bulk(q->pool, q->buf, q->missing) < 0))
		return false;
	for (i = 0; i < q->missing; i++)
		q->iov[i + 1] = (struct iovec){ rte_pktmbuf_mtod(q->buf[i], void *),
			rte_pktmbuf_tailroom(q->buf[i]) };
	q->missing = 0;
	return true;
}

/* The first buffers, which hold len bytes, as one frame. */
static inline struct rte_mbuf *
tapio_take(struct tapio_queue *q, uint32_t len)
{
	struct rte_mbuf *m = q->buf[0], *last = m;
	uint32_t left = len, part;
	uint16_t n = 0;

	do {
		part = RTE_MIN(left, (uint32_t)q->iov[n + 1].iov_len);
		q->buf[n]->data_len = (uint16_t)part;
		last->next = q->buf[n];
		last = q->buf[n++];
		left -= part;
	} while (left > 0);
	last->next = NULL;
	m->nb_segs = n;
	m->pkt_len = len;
	m->port = q->port->dev->data->port_id;
	q->missing = n;
	return m;
}

/* Put what the spill has of a frame of len bytes behind its first buffer. */
static __rte_noinline void
tapio_spread(struct tapio_queue *q, uint32_t len)
{
	uint32_t at = (uint32_t)q->iov[1].iov_len, from = 0;
	unsigned int i;

	for (i = 2; at < len; i++) {
		uint32_t part = RTE_MIN(len - at, (uint32_t)q->iov[i].iov_len);

		memcpy(q->iov[i].iov_base, q->spill + from, part);
		at += part;
		from += part;
	}
}

/*
 * Bytes read, with those of the header. Long frames come in series: room for one in all its buffers is costly to
 * describe, so it is offered after one only. The header goes before a short frame, into the headroom.
 */
static inline ssize_t
tapio_readv(struct tapio_queue *q)
{
	uint8_t *first = q->iov[1].iov_base;
	uint32_t room = (uint32_t)q->iov[1].iov_len + q->hdr_len;
	struct iovec two[2] = { { first - q->hdr_len, room },
		{ q->spill, TAPIO_MAX_FRAME - q->iov[1].iov_len } };
	unsigned int skip = q->hdr_len == 0;
	ssize_t n;

	if (q->expect > 0) {
		n = readv(q->fd, q->iov + skip, (int)(q->n_bufs + 1 - skip));
		q->expect = n > room ? TAPIO_EXPECT : q->expect - (n > 0);
		return n;
	}
	n = readv(q->fd, two, 2);
	if (n < q->hdr_len)
		return n;
	memcpy(&q->hdr, first - q->hdr_len, q->hdr_len);
	if (unlikely(n > room)) {
		tapio_spread(q, (uint32_t)(n - q->hdr_len));
		q->expect = TAPIO_EXPECT;
	}
	return n;
}

/* One frame. @return 1: it is in *m; 0: there is none; -1: one was dropped. */
static inline int
tapio_read(struct tapio_queue *q, struct rte_mbuf **m)
{
	ssize_t n;

	if (q->missing > 0 && unlikely(!tapio_refill(q))) {
		stat_add(&q->count.rx_no_mbuf, 1);
		return 0;
	}
	n = tapio_readv(q);
	if (n < 0)
		return 0;
	if (unlikely(n < q->hdr_len + RTE_ETHER_HDR_LEN)) {
		stat_add(&q->count.rx_short, 1);
		return -1;
	}
	*m = tapio_take(q, (uint32_t)(n - q->hdr_len));
	if (q->hdr_len == 0 || (q->hdr.flags | q->hdr.gso_type) == 0)
		return 1;
	if (q->hdr.flags & VIRTIO_NET_HDR_F_DATA_VALID)
		(*m)->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	if (unlikely(offload_from_vnet(&q->hdr, *m, q->port->args.carry) < 0)) {
		stat_add(&q->count.rx_bad_offload, 1);
		rte_pktmbuf_free(*m);
		return -1;
	}
	return 1;
}

/* Whether to read: the last frame is not long ago, or P said that there is one. */
static inline bool
tapio_is_due(struct tapio_queue *q)
{
	if (likely(!q->resting))
		return true;
	if (__atomic_load_n(&q->ready, __ATOMIC_ACQUIRE) == 0)
		return false;
	__atomic_store_n(&q->ready, 0, __ATOMIC_RELAXED);
	q->resting = false;
	q->busy_until = rte_rdtsc() + q->port->busy_tsc;
	return true;
}

uint16_t
tapio_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct tapio_queue *q = queue;
	uint16_t got = 0, tries;
	uint64_t bytes = 0, large = 0;
	int ret = 1;

	if (!tapio_is_due(q))
		return 0;
	for (tries = 0; tries < n && ret != 0; tries++) {
		ret = tapio_read(q, &pkts[got]);
		if (ret <= 0)
			continue;
		bytes += pkts[got]->pkt_len;
		large += (pkts[got]->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0;
		got++;
	}
	if (tries == 1 && ret == 0) {
		if (rte_rdtsc() >= q->busy_until) {
			stat_add(&q->count.rx_rests, 1);
			tapio_watch_arm(q);
		}
		return 0;
	}
	q->busy_until = rte_rdtsc() + q->port->busy_tsc;
	if (unlikely(__atomic_load_n(&q->port->link_down, __ATOMIC_RELAXED) != 0)) {
		rte_pktmbuf_free_bulk(pkts, got);
		stat_add(&q->count.rx_link_down, got);
		return 0;
	}
	stat_add(&q->count.rx_frames, got);
	stat_add(&q->count.rx_bytes, bytes);
	stat_add(&q->count.rx_large, large);
	return got;
}

uint16_t
tapio_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct tapio_queue *q = queue;
	const struct pmd_linear_counters c = { &q->count.rx_frames, &q->count.rx_bytes,
		&q->count.rx_no_scatter };

	return pmd_linear(pkts, tapio_rx_burst(queue, pkts, n), &c);
}

/* The pieces of m behind its first skip bytes. @return how many. */
static inline unsigned int
tapio_pieces(const struct rte_mbuf *m, uint32_t skip, struct iovec *iov)
{
	unsigned int n = 0;

	for (; m != NULL; m = m->next) {
		if (skip >= m->data_len) {
			skip -= m->data_len;
			continue;
		}
		iov[n++] = (struct iovec){ rte_pktmbuf_mtod_offset(m, void *, skip),
			m->data_len - skip };
		skip = 0;
	}
	return n;
}

/* What writev() said, as the counter of it; NULL: try the frame again later. */
static uint64_t *
tapio_tx_counter(struct tapio_count *c, int e)
{
	switch (e) {
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		return NULL;
	case EIO:
		return &c->tx_down;
	case EBADFD:
		return &c->tx_gone;
	default:
		return &c->tx_refused;
	}
}

/* One frame of a piece, without offloads. @return as write(). */
static inline ssize_t
tapio_write_small(const struct tapio_queue *q, const struct rte_mbuf *m)
{
	uint8_t bytes[sizeof(struct virtio_net_hdr) + TAPIO_SMALL];

	memset(bytes, 0, sizeof(struct virtio_net_hdr));
	rte_memcpy(bytes + q->hdr_len, rte_pktmbuf_mtod(m, const void *), m->data_len);
	return write(q->fd, bytes, (size_t)q->hdr_len + m->data_len);
}

/* hdr: before the frame, if the tap wants one; own: bytes of the frame that are in head. @return as writev(). */
static inline ssize_t
tapio_writev(const struct tapio_queue *q, const struct rte_mbuf *m, struct virtio_net_hdr *hdr,
	uint8_t *head, unsigned int own)
{
	struct iovec iov[TAPIO_MAX_SEGS + 2];
	unsigned int n = 0;

	if (q->hdr_len != 0)
		iov[n++] = (struct iovec){ hdr, q->hdr_len };
	if (own > 0)
		iov[n++] = (struct iovec){ head, own };
	n += tapio_pieces(m, own, iov + n);
	return writev(q->fd, iov, (int)n);
}

/* One frame, which is only read. @return false: the kernel takes none now. */
static inline bool
tapio_write(struct tapio_queue *q, const struct rte_mbuf *m)
{
	uint64_t l4 = m->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG);
	struct virtio_net_hdr hdr = { 0 };
	uint8_t head[OFFLOAD_VNET_HEAD];
	int own = 0;
	uint64_t *counter;
	ssize_t n;

	if (unlikely(m->pkt_len < RTE_ETHER_HDR_LEN)) {
		stat_add(&q->count.tx_short, 1);
		return true;
	}
	if (unlikely(m->nb_segs > TAPIO_MAX_SEGS)) {
		stat_add(&q->count.tx_segments, 1);
		return true;
	}
	/* Members of a hub leave the sum of the pseudo header where it belongs; others may not. */
	if (unlikely((m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) || (l4 != 0 && !q->port->args.carry)))
		own = offload_vnet_head(m, head);
	if (unlikely(own < 0 || (l4 != 0 && q->hdr_len == 0) ||
		     (l4 & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_SCTP_CKSUM)) {
		stat_add(&q->count.tx_bad_offload, 1);
		return true;
	}
	if (l4 != 0)
		offload_to_vnet(m, &hdr);
	if (l4 == 0 && own == 0 && m->nb_segs == 1 && m->data_len <= TAPIO_SMALL)
		n = tapio_write_small(q, m);
	else
		n = tapio_writev(q, m, &hdr, head, (unsigned int)own);
	if (likely(n >= 0)) {
		stat_add(&q->count.tx_large, (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) != 0);
		return true;
	}
	counter = tapio_tx_counter(&q->count, errno);
	if (counter != NULL)
		stat_add(counter, 1);
	return counter != NULL;
}

/* Frames that lie in the way of a link that is down. */
static uint16_t
tapio_tx_drop(uint64_t *counter, struct rte_mbuf **pkts, uint16_t n)
{
	rte_pktmbuf_free_bulk(pkts, n);
	stat_add(counter, n);
	return n;
}

uint16_t
tapio_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct tapio_queue *q = queue;
	uint64_t bytes = 0;
	uint16_t i;

	if (unlikely(__atomic_load_n(&q->port->link_down, __ATOMIC_RELAXED) != 0))
		return tapio_tx_drop(&q->count.tx_link_down, pkts, n);
	if (unlikely(__atomic_load_n(&q->port->gone, __ATOMIC_RELAXED) != 0))
		return tapio_tx_drop(&q->count.tx_gone, pkts, n);
	if (unlikely(__atomic_load_n(&q->port->tap_up, __ATOMIC_RELAXED) == 0))
		return tapio_tx_drop(&q->count.tx_down, pkts, n);
	for (i = 0; i < n; i++) {
		if (unlikely(!tapio_write(q, pkts[i]))) {
			stat_add(&q->count.tx_busy, 1);
			break;
		}
		bytes += pkts[i]->pkt_len;
	}
	rte_pktmbuf_free_bulk(pkts, i);
	stat_add(&q->count.tx_frames, i);
	stat_add(&q->count.tx_bytes, bytes);
	return i;
}
