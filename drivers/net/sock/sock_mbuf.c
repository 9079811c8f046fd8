/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in mbufs, and frames that wait for the peer. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "sock_io.h"

int
sock_mbuf_append(struct rte_mempool *pool, struct rte_mbuf *m, const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);

	while (len > 0) {
		uint16_t room = rte_pktmbuf_tailroom(last);
		uint16_t n = (uint16_t)RTE_MIN(len, (uint32_t)room);

		rte_memcpy(rte_pktmbuf_mtod_offset(last, void *, last->data_len), data, n);
		last->data_len += n;
		m->pkt_len += n;
		data += n;
		len -= n;
		if (len == 0)
			break;
		last->next = rte_pktmbuf_alloc(pool);
		if (last->next == NULL)
			return -ENOMEM;
		last = last->next;
		m->nb_segs++;
		/* A data room without a byte would never end. */
		if (rte_pktmbuf_tailroom(last) == 0)
			return -ENOMEM;
	}
	return 0;
}

struct rte_mbuf *
sock_mbuf(struct rte_mempool *pool, const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	if (m != NULL && sock_mbuf_append(pool, m, data, len) < 0) {
		rte_pktmbuf_free(m);
		return NULL;
	}
	return m;
}

unsigned int
sock_tx_iov(const struct rte_mbuf *m, struct iovec *iov, unsigned int max)
{
	unsigned int n = 0;

	if (m->nb_segs > max)
		return 0;
	for (; m != NULL && n < max; m = m->next, n++)
		iov[n] = (struct iovec){ rte_pktmbuf_mtod(m, void *), m->data_len };
	return n;
}

void
sock_tx_lost(struct sock_txq *q, uint64_t *counter, uint32_t len)
{
	stat_add(counter, 1);
	stat_add(&q->frames, (uint64_t)-1);
	stat_add(&q->bytes, -(uint64_t)len);
}

void
sock_tx_keep(struct sock_txq *q, const struct rte_mbuf *m, uint32_t skip)
{
	uint32_t prefix = rte_cpu_to_be_32(m->pkt_len), need = SOCK_PREFIX + m->pkt_len - skip;
	uint8_t *to;

	if (need > SOCK_TX_BUF - q->len) {
		sock_tx_lost(q, &q->port->count.tx_buffer_full, m->pkt_len);
		return;
	}
	if (q->off + q->len + need > SOCK_TX_BUF) {
		memmove(q->buf, q->buf + q->off, q->len);
		q->off = 0;
	}
	to = q->buf + q->off + q->len;
	q->len += need;
	if (skip < SOCK_PREFIX) {
		memcpy(to, (const uint8_t *)&prefix + skip, SOCK_PREFIX - skip);
		to += SOCK_PREFIX - skip;
		skip = 0;
	} else {
		skip -= SOCK_PREFIX;
	}
	for (; m != NULL; m = m->next) {
		uint32_t cut = RTE_MIN(skip, (uint32_t)m->data_len);

		skip -= cut;
		rte_memcpy(to, rte_pktmbuf_mtod_offset(m, const void *, cut), m->data_len - cut);
		to += m->data_len - cut;
	}
	stat_add(&q->port->count.tx_delayed, 1);
	__atomic_store_n(&q->pending, 1, __ATOMIC_RELAXED);
}

void
sock_tx_drop_kept(struct sock_txq *q, uint32_t n)
{
	q->len -= n;
	q->off = q->len == 0 ? 0 : q->off + n;
	__atomic_store_n(&q->pending, q->len != 0, __ATOMIC_RELAXED);
}
