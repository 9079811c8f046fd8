/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * What a further listener of a hub costs, beside one copy: bench_listen [LISTENERS [ROUNDS]].
 *
 * Virtio guests over the loop transport on one lcore's hub: one sends bursts, to which 1, 2, 3
 * and 7 others listen. Only hub_poll() is timed; the guests' halves are in between. A further listener is
 * what n of them cost more than one, divided by n - 1. One copy is a burst in hand, shown to one such guest
 * by guest_show(), without port and hub: no delivery is cheaper, as not even a mbuf is freed.
 *
 * All kinds take turns in each of 100 batches, of which the medians are given, and who listens goes round. So
 * all meet the same caches, warm ones: each guest uses 256 buffers in turn, which this CPU alone touches. At
 * 64 B what the 8 guests use fits into a second-level cache of 512 KiB, at 1518 B (0.4 MiB for each) it does
 * not, and a buffer's lines come from the third.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "perf_port.h"

#define MAX_LISTENERS 8 /* more are not lent frames: HUB_LEND_TARGETS */
#define MAX_HUBS      4
#define BATCHES	      100

static struct perf_port port[1 + MAX_LISTENERS]; /* port 0 sends */
static struct hub_target target[2 * MAX_LISTENERS];
static unsigned int n_guests; /* that ever listen */

/* The hubs that are measured. */
struct bench_hubs {
	unsigned int n;
	unsigned int listeners[MAX_HUBS]; /* the first: 1 */
};

/* Of each hub and batch, in cycles a frame. */
enum bench_figure { BENCH_HUB, BENCH_FURTHER, BENCH_COPY, BENCH_RATIO, BENCH_FIGURES };
static double figure[MAX_HUBS][BENCH_FIGURES][BATCHES];

/* The i-th of those whose turn it is; turn < n_guests. */
static struct perf_guest *
bench_listener(unsigned int turn, unsigned int i)
{
	unsigned int k = turn + i;

	return &port[1 + (k < n_guests ? k : k - n_guests)].guest;
}

/* Of frame k of the sender, so that an older one in the same buffer is told from it. */
static uint8_t
bench_address(uint16_t k)
{
	return (uint8_t)(k + k / PERF_DESCS);
}

/* A burst to be sent, and buffers for it of n listeners. */
static void
bench_post(unsigned int turn, unsigned int n)
{
	struct perf_guest *from = &port[0].guest;
	uint16_t k;
	unsigned int i;

	for (k = from->ring[1].posted, i = 0; i < HUB_BURST; i++, k++)
		perf_guest_address(from, k, bench_address(k));
	perf_guest_post(from, 1, HUB_BURST);
	for (i = 0; i < n; i++)
		perf_guest_post(bench_listener(turn, i), 0, HUB_BURST);
}

/* Whether n listeners have that burst, and the sender its buffers. */
static bool
bench_check(unsigned int turn, unsigned int n, const char *what)
{
	const struct perf_guest *from = &port[0].guest;
	unsigned int i, k;

	for (i = 0; i < n; i++) {
		const struct perf_guest *to = bench_listener(turn, i);

		for (k = HUB_BURST; k > 0; k--) {
			uint16_t sent = (uint16_t)(from->ring[1].posted - k);

			if (perf_guest_got(to, (uint16_t)(to->ring[0].posted - k),
				    bench_address(sent)))
				continue;
			fprintf(stderr,
				"bench_listen: %u B, %s: listener %u of %u has no frame %u, or "
				"another than was sent\n",
				from->frame_len + RTE_ETHER_CRC_LEN, what, i + 1, n, sent);
			return false;
		}
	}
	if (perf_guest_got_all(from, 1))
		return true;
	fprintf(stderr, "bench_listen: %s: the sender lacks buffers\n", what);
	return false;
}

/* One burst through a hub of n listeners. */
static bool
bench_hub(unsigned int turn, unsigned int n, uint64_t *cycles)
{
	struct hub_input in = { &port[0].member, 0, (uint16_t)n, target + turn, NULL };
	uint64_t start;

	bench_post(turn, n);
	start = rte_rdtsc();
	hub_poll(&in);
	*cycles += rte_rdtsc() - start;
	return bench_check(turn, n, "hub");
}

/*
 * The same burst to each guest, one after the other, without a hub. As a further listener's copy does,
 * each finds the frames in the caches, since the one before read them: so the first is not timed.
 */
static bool
bench_copies(unsigned int turn, uint64_t *cycles)
{
	struct guest_queue *from = &port[0].pmd.rx[0];
	struct rte_mbuf *pkts[HUB_BURST];
	unsigned int i;
	uint64_t start;
	uint16_t n;

	bench_post(turn, n_guests);
	n = guest_rx_lent(from, pkts, HUB_BURST);
	guest_show(bench_listener(turn, 0)->g, 0, pkts, n);
	start = rte_rdtsc();
	for (i = 1; i < n_guests; i++)
		guest_show(bench_listener(turn, i)->g, 0, pkts, n);
	*cycles += rte_rdtsc() - start;
	rte_pktmbuf_free_bulk(pkts, n);
	guest_rx_lent_end(from);
	return bench_check(turn, n_guests, "one copy");
}

/* The k-th batch: each kind in turn. */
static bool
bench_batch(const struct bench_hubs *hubs, unsigned int rounds, unsigned int k)
{
	double frames = (double)rounds * HUB_BURST;
	uint64_t hub[MAX_HUBS] = { 0 }, copies = 0;
	unsigned int i, round, turn = 0;

	for (round = 0; round < rounds; round++) {
		for (i = 0; i < hubs->n; i++)
			if (!bench_hub(turn, hubs->listeners[i], &hub[i]))
				return false;
		if (!bench_copies(turn, &copies))
			return false;
		turn = turn + 1 < n_guests ? turn + 1 : 0;
	}
	for (i = 0; i < hubs->n; i++) {
		double more = (double)hub[i] - (double)hub[0];

		figure[i][BENCH_HUB][k] = (double)hub[i] / frames;
		figure[i][BENCH_FURTHER][k] = i == 0 ? 0 : more / frames / (hubs->listeners[i] - 1);
		figure[i][BENCH_COPY][k] = (double)copies / frames / (n_guests - 1);
		figure[i][BENCH_RATIO][k] = figure[i][BENCH_FURTHER][k] / figure[i][BENCH_COPY][k];
	}
	return true;
}

static int
bench_compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
bench_median(unsigned int hub, enum bench_figure f)
{
	qsort(figure[hub][f], BATCHES, sizeof(double), bench_compare);
	return figure[hub][f][BATCHES / 2];
}

static void
bench_say(const struct bench_hubs *hubs, unsigned int size)
{
	unsigned int i;

	printf("%u B, 1 listener: %.1f cycles a frame\n", size, bench_median(0, BENCH_HUB));
	for (i = 1; i < hubs->n; i++)
		printf("%u B, %u listeners: %.1f cycles a frame, %.1f a further listener, "
		       "%.1f one copy, ratio %.3f\n",
			size, hubs->listeners[i], bench_median(i, BENCH_HUB),
			bench_median(i, BENCH_FURTHER), bench_median(i, BENCH_COPY),
			bench_median(i, BENCH_RATIO));
}

static bool
bench_run(const struct bench_hubs *hubs, uint16_t frame_len, unsigned int rounds)
{
	unsigned int i;
	bool good = true;

	memset(port, 0, sizeof(port));
	for (i = 0; i <= n_guests; i++)
		if (!perf_port_open(&port[i], (uint16_t)i, frame_len))
			return false;
	for (i = 0; i < n_guests; i++)
		target[i] = target[n_guests + i] =
			(struct hub_target){ &port[1 + i].member, 0, true };
	for (i = 0; i < BATCHES && good; i++)
		good = bench_batch(hubs, rounds / BATCHES, i);
	if (good)
		bench_say(hubs, frame_len + RTE_ETHER_CRC_LEN);
	for (i = 0; i <= n_guests; i++)
		perf_port_close(&port[i]);
	return good;
}

int
main(int argc, char **argv)
{
	const char *const words[] = { "bench_listen", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "-m", "64", "--iova-mode=va", "--lcores=0", "--log-level=4" };
	unsigned int one = argc > 1 ? (unsigned int)strtoul(argv[1], NULL, 10) : 0;
	unsigned int rounds = argc > 2 ? (unsigned int)strtoul(argv[2], NULL, 10) : 7000;
	struct bench_hubs hubs = { 4, { 1, 2, 3, 7 } };
	char *eal[RTE_DIM(words)];
	bool good;

	if (one != 0)
		hubs = (struct bench_hubs){ 2, { 1, one } };
	n_guests = hubs.listeners[hubs.n - 1];
	if (n_guests < 2 || n_guests > MAX_LISTENERS || rounds < BATCHES) {
		fprintf(stderr,
			"bench_listen: want LISTENERS from 2 to %d, or 0 for all, and ROUNDS "
			"from %d up\n",
			MAX_LISTENERS, BATCHES);
		return 1;
	}
	memcpy(eal, words, sizeof(words));
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	perf_pool = rte_pktmbuf_pool_create("bench", 1023, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	good = perf_pool != NULL && bench_run(&hubs, 60, rounds) && bench_run(&hubs, 1514, rounds);
	rte_eal_cleanup();
	return good ? 0 : 1;
}
