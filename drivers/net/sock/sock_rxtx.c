/* SPDX-License-Identifier: BSD-3-Clause */
/* The two burst functions of net_sock, and the gate that keeps C out of them. */
#include <sched.h>

#include <rte_mbuf.h>
#include <rte_pause.h>

#include "common/pmd_linear.h"
#include "sock_io.h"
#include "sock_loop.h"

/*
 * D sets busy and then looks at live; C clears live and then looks at busy (sock_hold()). Both pairs
 * are sequentially consistent, so at least one of them sees the other. The exchange also keeps a
 * second thread out of a lane: the receive side may send what was kept.
 */
static inline bool
sock_enter(uint32_t *busy)
{
	return __atomic_exchange_n(busy, 1, __ATOMIC_SEQ_CST) == 0;
}

static inline void
sock_leave(uint32_t *busy)
{
	__atomic_store_n(busy, 0, __ATOMIC_RELEASE);
}

static inline bool
sock_is_live(const struct sock_port *port)
{
	return __atomic_load_n(&port->live, __ATOMIC_SEQ_CST) != 0 &&
	       __atomic_load_n(&port->started, __ATOMIC_SEQ_CST) != 0;
}

void
sock_wait_outside(const struct sock_port *port)
{
	const uint32_t *lane[] = { &port->rx.busy, &port->tx.busy };
	unsigned int i, spins = 0;

	for (i = 0; i < RTE_DIM(lane); i++) {
		while (__atomic_load_n(lane[i], __ATOMIC_SEQ_CST) != 0) {
			rte_pause();
			/* The lcore may share our CPU: let it finish its burst. */
			if (++spins % 1024 == 0)
				sched_yield();
		}
	}
}

void
sock_lost(struct sock_port *port, int err)
{
	if (__atomic_load_n(&port->lost, __ATOMIC_RELAXED) != 0)
		return;
	__atomic_store_n(&port->lost, (uint32_t)err, __ATOMIC_RELEASE);
	sock_loop_wake();
}

static uint64_t
sock_bytes(struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	return bytes;
}

static uint16_t
sock_receive(struct sock_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_port *port = q->port;
	uint16_t i;

	if (__atomic_load_n(&port->lost, __ATOMIC_RELAXED) != 0)
		return 0;
	n = port->stream ? sock_stream_receive(q, pkts, n) : sock_dgram_receive(q, pkts, n);
	if (n == 0)
		return 0;
	if (unlikely(__atomic_load_n(&port->link_down, __ATOMIC_RELAXED) != 0)) {
		stat_add(&port->count.link_down_rx, n);
		rte_pktmbuf_free_bulk(pkts, n);
		return 0;
	}
	for (i = 0; i < n; i++)
		pkts[i]->port = port->port_id;
	stat_add(&q->frames, n);
	stat_add(&q->bytes, sock_bytes(pkts, n));
	return n;
}

/* Nobody may send for a while: the polling lcore sees to what was kept. */
static void
sock_flush(struct sock_txq *q)
{
	if (!sock_enter(&q->busy))
		return;
	if (sock_is_live(q->port) && q->len > 0)
		q->port->stream ? sock_stream_flush(q) : sock_dgram_flush(q);
	sock_leave(&q->busy);
}

uint16_t
sock_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_rxq *q = queue;
	uint16_t got = 0;

	if (unlikely(__atomic_load_n(&q->port->tx.pending, __ATOMIC_RELAXED) != 0))
		sock_flush(&q->port->tx);
	/* No fence for an idle socket. */
	if (rte_rdtsc() < q->look_at || !sock_enter(&q->busy))
		return 0;
	if (likely(sock_is_live(q->port)))
		got = sock_receive(q, pkts, n);
	sock_leave(&q->busy);
	return got;
}

/* Take the frames out that no peer would take: QEMU ends the connection over a longer one. */
static uint16_t
sock_sendable(struct sock_port *port, struct rte_mbuf **pkts, uint16_t n, struct rte_mbuf **good)
{
	uint16_t i, k = 0;

	for (i = 0; i < n; i++)
		if (likely(pkts[i]->pkt_len <= SOCK_MAX_FRAME))
			good[k++] = pkts[i];
	stat_add(&port->count.too_long, n - k);
	return k;
}

static void
sock_transmit(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_port *port = q->port;
	struct rte_mbuf *good[SOCK_BATCH];
	uint16_t i, k;

	if (unlikely(__atomic_load_n(&port->link_down, __ATOMIC_RELAXED) != 0)) {
		stat_add(&port->count.link_down_tx, n);
		return;
	}
	if (!sock_is_live(port)) {
		stat_add(&port->count.not_connected, n);
		return;
	}
	for (i = 0; i < n; i += SOCK_BATCH) {
		k = sock_sendable(port, pkts + i, RTE_MIN((uint16_t)(n - i), SOCK_BATCH), good);
		stat_add(&q->frames, k);
		stat_add(&q->bytes, sock_bytes(good, k));
		port->stream ? sock_stream_send(q, good, k) : sock_dgram_send(q, good, k);
	}
}

uint16_t
sock_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_rxq *q = queue;
	const struct pmd_linear_counters c = { &q->frames, &q->bytes, &q->port->count.no_scatter };

	return pmd_linear(pkts, sock_rx_burst(queue, pkts, n), &c);
}

uint16_t
sock_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_txq *q = queue;

	if (!sock_enter(&q->busy)) {
		__atomic_fetch_add(&q->port->count.tx_contended, n, __ATOMIC_RELAXED);
		return 0;
	}
	sock_transmit(q, pkts, n);
	sock_leave(&q->busy);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}
