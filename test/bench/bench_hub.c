/* SPDX-License-Identifier: BSD-3-Clause */
/* What a frame costs in a hub of so many members, or in a switch: bench_hub [MEMBERS [ROUNDS [switch]]]. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "hub/hub.h"
#include "hub/hub_rules.h"

#define BATCHES 100
#define QUEUES	16 /* of a port; each stands for a member of its own */
#define PORTS	(HUB_MAX_MEMBERS / QUEUES)

static struct rte_mempool *pool;
static struct hub_member *member[HUB_MAX_MEMBERS];

/* Null ports give frames and take them: what is left is the hub. */
static int
bench_port(unsigned int i)
{
	struct rte_eth_conf conf = { 0 };
	char name[32];
	uint16_t id, q;

	snprintf(name, sizeof(name), "net_null%u", i);
	if (rte_vdev_init(name, "") < 0 || rte_eth_dev_get_port_by_name(name, &id) < 0 ||
		rte_eth_dev_configure(id, QUEUES, QUEUES, &conf) < 0)
		return -1;
	for (q = 0; q < QUEUES; q++) {
		rte_eth_rx_queue_setup(id, q, 64, SOCKET_ID_ANY, NULL, pool);
		rte_eth_tx_queue_setup(id, q, 64, SOCKET_ID_ANY, NULL);
		member[i * QUEUES + q] = hub_member_create(id, name, pool);
		if (member[i * QUEUES + q] == NULL)
			return -1;
		member[i * QUEUES + q]->unsupported = 0;
		member[i * QUEUES + q]->single_segment = false;
	}
	return rte_eth_dev_start(id);
}

/* Null ports leave the bytes of a mbuf alone: one address for all frames, one for where they go. */
static void
bench_address(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	uint8_t *frame = rte_pktmbuf_mtod((struct rte_mbuf *)obj, uint8_t *);

	memset(frame, 0, RTE_ETHER_HDR_LEN);
	frame[5] = 1;
	frame[11] = 2;
}

/* A switch that knows both addresses, so that frames of member 0 go to member 1. */
static void
bench_switch(unsigned int members, struct hub_input *in)
{
	struct hub *hub = hub_create(0, "bench");
	struct hub_fdb_limit limit;
	struct hub_fdb_move move;
	unsigned int i;

	hub->conf.mode = HUB_MODE_SWITCH;
	for (i = 0; i < members; i++)
		hub_enter(hub, member[i]);
	hub_rules_limit(&hub->conf, &limit);
	if (hub_rules_prepare(hub) < 0 || hub_rules_create(hub, in) < 0)
		return;
	hub_fdb_learn(hub->fdb, &limit, UINT64_C(1) << 40, 1, hub_ticks(rte_rdtsc()), &move);
	rte_mempool_obj_iter(pool, bench_address, NULL);
}

static void
bench_run(unsigned int members, unsigned int rounds, bool is_switch)
{
	static struct hub_target target[HUB_MAX_MEMBERS];
	struct hub_input in = { .from = member[0], .target = target };
	uint64_t cycles = UINT64_MAX;
	unsigned int i, k;
	double per_frame;

	for (i = 1; i < members; i++)
		target[in.n_targets++] = (struct hub_target){ member[i], i % QUEUES, true };
	if (is_switch)
		bench_switch(members, &in);
	for (i = 0; i < rounds / 10; i++)
		hub_poll(&in);
	/* The quickest of many batches: what others do on this CPU does not count. */
	for (k = 0; k < BATCHES; k++) {
		uint64_t start = rte_rdtsc();

		for (i = 0; i < rounds / BATCHES; i++)
			hub_poll(&in);
		cycles = RTE_MIN(cycles, rte_rdtsc() - start);
	}
	per_frame = (double)cycles * BATCHES / rounds / HUB_BURST;
	printf("%3u members: %7.1f cycles a frame", members, per_frame);
	if (!is_switch)
		printf(", %6.1f a copy", per_frame / in.n_targets);
	else
		printf(", %" PRIu64 " flooded", member[0]->count[0].flooded);
	putchar('\n');
}

int
main(int argc, char **argv)
{
	static const unsigned int all[] = { 2, 8, 64, 256 };
	const char *const words[] = { "bench_hub", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "-m", "256", "--iova-mode=va", "--lcores=0" };
	unsigned int one = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0, i;
	unsigned int rounds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 20000;

	char *eal[RTE_DIM(words)];

	memcpy(eal, words, sizeof(words));
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	pool = rte_pktmbuf_pool_create("bench", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	for (i = 0; i < PORTS; i++)
		if (bench_port(i) < 0)
			return 1;
	if (one >= 2 && one <= HUB_MAX_MEMBERS)
		bench_run(one, rounds, argc > 3);
	for (i = 0; i < RTE_DIM(all) && one == 0; i++)
		bench_run(all[i], rounds, false);
	rte_eal_cleanup();
	return 0;
}
