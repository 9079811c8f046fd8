/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * bench_engine: what idle ports cost, and what a sleeping lcore's first frame does.
 *
 * The port is a stub whose receive queues each have an index in a cache line of their own, as a guest's
 * ring has; queue 0 always has a burst, what is sent is freed. A second part lets an engine's lcore sleep and
 * measures from a kick to the frame.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>

#include <ethdev_driver.h>
#include <ethdev_vdev.h>
#include <rte_bus_vdev.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_mbuf.h>

#include "engine/engine.h"
#include "engine/engine_plan.h"
#include "engine/engine_scan.h"

#define MAX_QUEUES 1024 /* RTE_MAX_QUEUES_PER_PORT */
#define BATCHES	   200
#define ROUNDS	   200 /* of a batch */
#define WAKES	   500

struct bench_queue {
	uint32_t ready; /* frames; the producer's */
	uint32_t armed;
	uint64_t seen; /* TSC of the last frame taken */
} __rte_cache_aligned __rte_aligned(256);

static struct bench_queue bench_queue[MAX_QUEUES];
static struct rte_mempool *pool;
static uint16_t burst = HUB_BURST;

static uint16_t
bench_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct bench_queue *q = queue;
	uint32_t ready = __atomic_load_n(&q->ready, __ATOMIC_ACQUIRE);
	uint16_t i;

	if (ready == 0)
		return 0;
	n = RTE_MIN(n, burst);
	if (ready == 1) {
		n = 1;
		__atomic_store_n(&q->ready, 0, __ATOMIC_RELAXED);
	}
	if (rte_pktmbuf_alloc_bulk(pool, pkts, n) < 0)
		return 0;
	for (i = 0; i < n; i++)
		pkts[i]->data_len = pkts[i]->pkt_len = 64;
	__atomic_store_n(&q->seen, rte_rdtsc(), __ATOMIC_RELEASE);
	return n;
}

static uint16_t
bench_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

/* A port that nobody configures: its burst functions are all that is used. */
static uint16_t
bench_port(void)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocate("bench");
	uint16_t id = dev->data->port_id;
	static void *queues[MAX_QUEUES];
	unsigned int i;

	for (i = 0; i < MAX_QUEUES; i++)
		queues[i] = &bench_queue[i];
	rte_eth_fp_ops[id].rx_pkt_burst = bench_rx;
	rte_eth_fp_ops[id].tx_pkt_burst = bench_tx;
	rte_eth_fp_ops[id].rxq.data = queues;
	rte_eth_fp_ops[id].txq.data = queues;
	return id;
}

static int
bench_arm(uint16_t port_id, uint16_t q)
{
	__atomic_store_n(&bench_queue[q].armed, 1, __ATOMIC_SEQ_CST);
	return 0;
}

static int
bench_disarm(uint16_t port_id, uint16_t q)
{
	__atomic_store_n(&bench_queue[q].armed, 0, __ATOMIC_RELAXED);
	return 0;
}

/* Cycles a frame with n inputs of which the first is active; the quickest of many batches. */
static double
bench_scan(struct hub_member *from, struct hub_member *to, uint32_t n)
{
	static struct hub_input input[MAX_QUEUES];
	struct hub_target target = { .to = to, .direct = true };
	struct engine_plan plan = { .n_inputs = n, .input = input, .scan = engine_scan_create(n) };
	uint64_t best = UINT64_MAX, frames = 0;
	unsigned int i, k;

	bench_queue[0].ready = UINT32_MAX;
	for (i = 0; i < n; i++)
		input[i] = (struct hub_input){ from, (uint16_t)i, 1, &target, NULL };
	for (i = 0; i < 2 * ENGINE_ACTIVE_LOOKS; i++)
		engine_scan_round(&plan);
	for (k = 0; k < BATCHES; k++) {
		uint64_t start = rte_rdtsc();

		for (i = 0, frames = 0; i < ROUNDS; i++)
			frames += engine_scan_round(&plan);
		best = RTE_MIN(best, rte_rdtsc() - start);
	}
	engine_scan_destroy(plan.scan);
	return (double)best / (double)frames;
}

static void
bench_scans(struct hub_member *from, struct hub_member *to)
{
	static const uint32_t n[] = { 2, 16, 32, 256, MAX_QUEUES };
	static const uint16_t bursts[] = { 32, 1 };
	double two = 0;
	unsigned int i, k;

	for (k = 0; k < RTE_DIM(bursts); k++) {
		burst = bursts[k];
		for (i = 0; i < RTE_DIM(n); i++) {
			double cycles = bench_scan(from, to, n[i]);

			two = i == 0 ? cycles : two;
			printf("%4u inputs, 1 active, burst %2u: %7.1f cycles a frame, %.2f of the "
			       "rate with 2\n",
				n[i], burst, cycles, two / cycles);
		}
	}
}

static int
bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Microseconds from a kick to when the lcore has the frame, after silence of 30 ms. */
static void
bench_wakes(struct hub_member *m, const char *what, bool poll)
{
	const struct engine_conf conf = { .poll = poll };
	const struct timespec gap = { 0, 30000000 };
	struct engine *e = engine_create(&conf);
	struct hub *hub = hub_create(0, "bench");
	static double us[WAKES];
	struct engine_lcore_info info;
	unsigned int i;

	bench_queue[0].ready = 0;
	if (e == NULL || engine_join(e, hub, m) < 0)
		return;
	for (i = 0; i < WAKES; i++) {
		uint64_t start;

		nanosleep(&gap, NULL);
		__atomic_store_n(&bench_queue[0].seen, 0, __ATOMIC_RELAXED);
		start = rte_rdtsc();
		__atomic_store_n(&bench_queue[0].ready, 1, __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_load_n(&bench_queue[0].armed, __ATOMIC_RELAXED) != 0)
			eventfd_write(m->wake_fd[0], 1);
		while (__atomic_load_n(&bench_queue[0].seen, __ATOMIC_ACQUIRE) == 0)
			rte_pause();
		us[i] = 1e6 * (double)(bench_queue[0].seen - start) / (double)rte_get_tsc_hz();
	}
	engine_lcore_info(e, 0, &info);
	qsort(us, WAKES, sizeof(us[0]), bench_compare);
	printf("first frame, %s: p50 %.1f us, p99 %.1f us, max %.1f us; asleep %.2f %%\n", what,
		us[WAKES / 2], us[WAKES * 99 / 100], us[WAKES - 1],
		100.0 * (double)info.asleep_us / (double)info.life_us);
	engine_leave(e, hub, m);
	engine_destroy(e);
	hub_destroy(hub);
}

int
main(void)
{
	const char *const words[] = { "bench_engine", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "-m", "256", "--iova-mode=va", "--lcores=0@0,1@1" };
	struct hub_member from = { .name = "from", .n_queues = 1 };
	struct hub_member to = { .name = "to", .n_queues = 1 };
	char *eal[RTE_DIM(words)];

	memcpy(eal, words, sizeof(words));
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	pool = rte_pktmbuf_pool_create("bench", 8191, 256, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	from.port_id = to.port_id = bench_port();
	bench_scans(&from, &to);
	bench_wakes(&from, "idle=poll", true);
	bench_wakes(&from, "port without interrupts", false);
	from.arm = bench_arm;
	from.disarm = bench_disarm;
	from.wake_fd[0] = eventfd(0, EFD_NONBLOCK);
	bench_wakes(&from, "port with interrupts", false);
	rte_eal_cleanup();
	return 0;
}
