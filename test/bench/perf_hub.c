/* SPDX-License-Identifier: BSD-3-Clause */
/* One poll of a hub's input: guest to guest in a pair, and to three others, all by net_guest. */
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "hub/hub.h"
#include "net/guest/guest_pmd.h"
#include "perf_guest.h"

#define PERF_MAX_PORTS 4

/* A port without an ethdev: what rte_eth_rx_burst() and rte_eth_tx_burst() need of one. */
struct perf_port {
	struct perf_guest guest;
	struct guest_port pmd;
	void *rxq, *txq;
	struct hub_member member;
};

struct perf_hub {
	struct perf_port port[PERF_MAX_PORTS];
	struct hub_target target[PERF_MAX_PORTS];
	struct hub_input in; /* of port 0 */
	unsigned int n;	     /* ports */
	uint16_t burst;
};

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

static bool
perf_port_open(struct perf_hub *h, unsigned int i, uint16_t frame_len)
{
	struct rte_eth_fp_ops *ops = &rte_eth_fp_ops[i];
	struct perf_port *p = &h->port[i];

	if (!perf_guest_open(&p->guest, "perf", false, frame_len))
		return false;
	p->pmd.guest = p->guest.g;
	p->pmd.port_id = (uint16_t)i;
	p->pmd.rx[0] = (struct guest_queue){ &p->pmd, p->guest.g, 0, perf_pool, 0, 0, false };
	p->pmd.tx[0] = (struct guest_queue){ &p->pmd, p->guest.g, 0, NULL, 0, 0, false };
	p->rxq = &p->pmd.rx[0];
	p->txq = &p->pmd.tx[0];
	ops->rxq.data = &p->rxq;
	ops->txq.data = &p->txq;
	ops->rx_pkt_burst = guest_rx_burst;
	ops->tx_pkt_burst = guest_tx_burst;
	p->member.port_id = (uint16_t)i;
	p->member.n_queues = 1;
	p->member.pool = perf_pool;
	p->member.lend = perf_lend;
	p->member.lend_end = perf_lend_end;
	p->member.takes_lent = true;
	h->target[i] = (struct hub_target){ &p->member, 0, true };
	return true;
}

static void *
perf_hub_open(const struct perf_case *c, unsigned int n)
{
	struct perf_hub *h = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*h));
	static void *none[RTE_MAX_QUEUES_PER_PORT]; /* callbacks */
	unsigned int i;

	memset(h, 0, sizeof(*h));
	h->burst = c->burst;
	h->n = n;
	for (i = 0; i < n; i++) {
		rte_eth_fp_ops[i].rxq.clbk = none;
		rte_eth_fp_ops[i].txq.clbk = none;
		if (!perf_port_open(h, i, c->frame_len))
			return NULL;
	}
	h->in = (struct hub_input){ &h->port[0].member, 0, (uint16_t)(n - 1), h->target + 1, NULL };
	return h;
}

static void *
perf_pair_open(const struct perf_case *c)
{
	return perf_hub_open(c, 2);
}

/* The same pair, whose frames are copied into mbufs first. */
static void *
perf_pair_copy_open(const struct perf_case *c)
{
	struct perf_hub *h = perf_hub_open(c, 2);

	if (h != NULL)
		h->port[0].member.lend = NULL;
	return h;
}

static void *
perf_flood_open(const struct perf_case *c)
{
	return perf_hub_open(c, PERF_MAX_PORTS);
}

static void
perf_hub_close(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	for (i = 0; i < h->n; i++) {
		memset(&rte_eth_fp_ops[i], 0, sizeof(rte_eth_fp_ops[i]));
		perf_guest_close(&h->port[i].guest);
	}
	free(h);
}

static bool
perf_hub_prepare(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	perf_guest_post(&h->port[0].guest, 1, h->burst);
	for (i = 1; i < h->n; i++)
		perf_guest_post(&h->port[i].guest, 0, h->burst);
	return true;
}

static uint16_t
perf_hub_run(void *ctx)
{
	return hub_poll(&((struct perf_hub *)ctx)->in);
}

static bool
perf_hub_finish(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	for (i = 1; i < h->n; i++) {
		const struct perf_guest *g = &h->port[i].guest;

		if (!perf_guest_got_all(g, 0) || !perf_is_frame(perf_guest_frame(g), g->frame_len))
			return false;
	}
	return perf_guest_got_all(&h->port[0].guest, 1);
}

const struct perf_loop perf_hub_loops[] = {
	{ "hub-pair", perf_pair_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
	{ "hub-pair-copy", perf_pair_copy_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
	{ "hub-flood-3", perf_flood_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
};
const unsigned int perf_n_hub_loops = RTE_DIM(perf_hub_loops);
