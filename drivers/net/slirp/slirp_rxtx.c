/* SPDX-License-Identifier: BSD-3-Clause */
/* The two burst functions of net_slirp. */
#include <rte_mbuf.h>

#include "base/stats.h"
#include "common/pmd_linear.h"
#include "slirp_pmd.h"

static uint64_t
slirp_bytes(struct rte_mbuf **pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	return bytes;
}

uint16_t
slirp_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct slirp_queue *q = queue;

	n = (uint16_t)rte_ring_sc_dequeue_burst(q->port->pump.from_pump, (void **)pkts, n, NULL);
	if (n == 0)
		return 0;
	if (unlikely(__atomic_load_n(&q->port->link_down, __ATOMIC_RELAXED) != 0)) {
		stat_add(&q->port->count.link_down_tx, n);
		rte_pktmbuf_free_bulk(pkts, n);
		return 0;
	}
	stat_add(&q->frames, n);
	stat_add(&q->bytes, slirp_bytes(pkts, n));
	return n;
}

uint16_t
slirp_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct slirp_queue *q = queue;
	const struct pmd_linear_counters c = { &q->frames, &q->bytes, &q->port->count.no_scatter };

	return pmd_linear(pkts, slirp_rx_burst(queue, pkts, n), &c);
}

uint16_t
slirp_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct slirp_queue *q = queue;
	uint64_t bytes;
	uint16_t sent, i;

	if (unlikely(__atomic_load_n(&q->port->link_down, __ATOMIC_RELAXED) != 0)) {
		stat_add(&q->port->count.link_down_tx, n);
		rte_pktmbuf_free_bulk(pkts, n);
		return n;
	}
	/* Once enqueued, frames belong to P. */
	bytes = slirp_bytes(pkts, n);
	sent = (uint16_t)rte_ring_sp_enqueue_burst(q->port->pump.to_pump, (void **)pkts, n, NULL);
	for (i = sent; i < n; i++)
		bytes -= pkts[i]->pkt_len;
	if (sent > 0)
		pmd_pump_wake(&q->port->pump);
	stat_add(&q->frames, sent);
	stat_add(&q->bytes, bytes);
	return sent;
}
