/* SPDX-License-Identifier: BSD-3-Clause */
/* The datapath's view of a net_guest port, and a hub member's of that. */
#include "perf_port.h"

#include <string.h>

#include <rte_ethdev.h>

static uint16_t
perf_lend(uint16_t port_id, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_rx_lent(rte_eth_fp_ops[port_id].rxq.data[q], pkts, n);
}

static void
perf_lend_end(uint16_t port_id, uint16_t q)
{
	guest_rx_lent_end(rte_eth_fp_ops[port_id].rxq.data[q]);
}

static uint16_t
perf_show(uint16_t port_id, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n, uint64_t bytes)
{
	return guest_tx_shown(rte_eth_fp_ops[port_id].txq.data[q], pkts, n, bytes);
}

bool
perf_port_open(struct perf_port *p, uint16_t id, uint16_t frame_len)
{
	static void *none[RTE_MAX_QUEUES_PER_PORT]; /* callbacks */
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[id];

	if (!perf_guest_open(&p->guest, "perf", false, frame_len))
		return false;
	p->pmd.guest = p->guest.g;
	p->pmd.port_id = id;
	p->pmd.rx[0] = (struct guest_queue){ &p->pmd, p->guest.g, 0, perf_pool, 0, 0, false };
	p->pmd.tx[0] = (struct guest_queue){ &p->pmd, p->guest.g, 0, NULL, 0, 0, false };
	p->rxq = &p->pmd.rx[0];
	p->txq = &p->pmd.tx[0];
	ops->rxq.data = &p->rxq;
	ops->txq.data = &p->txq;
	ops->rxq.clbk = none;
	ops->txq.clbk = none;
	ops->rx_pkt_burst = guest_rx_burst;
	ops->tx_pkt_burst = guest_tx_burst;
	p->member.port_id = id;
	p->member.n_queues = 1;
	p->member.pool = perf_pool;
	p->member.lend = perf_lend;
	p->member.lend_end = perf_lend_end;
	p->member.show = perf_show;
	return true;
}

void
perf_port_close(struct perf_port *p)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[p->pmd.port_id];

	memset(ops, 0, sizeof(*ops));
	perf_guest_close(&p->guest);
}
