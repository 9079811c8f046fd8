/* SPDX-License-Identifier: BSD-3-Clause */
/* What a frame costs in a hub of so many members: bench_hub [MEMBERS [ROUNDS [plain|switch]]]. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "hub/hub.h"

#define QUEUES 16 /* of a port; each stands for a member of its own */
#define PORTS  (HUB_MAX_MEMBERS / QUEUES)

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

static void
bench_run(unsigned int members, unsigned int rounds)
{
	static struct hub_target target[HUB_MAX_MEMBERS];
	struct hub_input in = { .from = member[0], .target = target };
	uint64_t start, cycles;
	unsigned int i;

	for (i = 1; i < members; i++)
		target[in.n_targets++] = (struct hub_target){ member[i], i % QUEUES, true };
	for (i = 0; i < rounds / 10; i++)
		hub_poll(&in);
	start = rte_rdtsc();
	for (i = 0; i < rounds; i++)
		hub_poll(&in);
	cycles = rte_rdtsc() - start;
	printf("%3u members: %7.1f cycles a frame, %6.1f a copy\n", members,
		(double)cycles / rounds / HUB_BURST,
		(double)cycles / rounds / HUB_BURST / in.n_targets);
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
		bench_run(one, rounds);
	for (i = 0; i < RTE_DIM(all) && one == 0; i++)
		bench_run(all[i], rounds);
	rte_eal_cleanup();
	return 0;
}
