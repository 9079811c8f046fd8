/* SPDX-License-Identifier: BSD-3-Clause */
/* Run each hot loop on fixed input; callgrind counts what happens inside perf_counted(). With a word:
 * say what built it. With LOOP BURST SIZE...: cycles a frame, of hub and virtio loops. */
#include "perf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eal.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_version.h>

#define PERF_WARM_ROUNDS 64  /* each ring goes round at least once at burst 32 */
#define PERF_ROUNDS	 64  /* counted */
#define PERF_BATCHES	 400 /* of PERF_ROUNDS, for cycles */

/* usertools/perf-budget.py gives callgrind these two names. */
uint16_t perf_counted(uint16_t (*run)(void *ctx), void *ctx);
void perf_case_over(void);

__rte_noinline uint16_t
perf_counted(uint16_t (*run)(void *ctx), void *ctx)
{
	uint16_t n = run(ctx);

	__asm__ __volatile__("" ::: "memory"); /* no tail call: the end of this function is seen */
	return n;
}

__rte_noinline void
perf_case_over(void)
{
	__asm__ __volatile__("" ::: "memory");
}

static bool
perf_round(const struct perf_loop *l, void *ctx, uint16_t burst, bool counted)
{
	uint16_t n;

	if (!l->prepare(ctx))
		return false;
	n = counted ? perf_counted(l->run, ctx) : l->run(ctx);
	return n == burst && l->finish(ctx);
}

/* One line for the script: what callgrind's next dump is of, and by how many frames to divide. */
static bool
perf_run(const struct perf_loop *l, const struct perf_case *c)
{
	void *ctx = l->open(c);
	bool good = ctx != NULL;
	unsigned int i;

	for (i = 0; i < PERF_WARM_ROUNDS && good; i++)
		good = perf_round(l, ctx, c->burst, false);
	for (i = 0; i < PERF_ROUNDS && good; i++)
		good = perf_round(l, ctx, c->burst, true);
	if (ctx != NULL)
		l->close(ctx);
	perf_case_over();
	printf("%s %s burst=%u size=%u frames=%u\n", good ? "case" : "failed", l->name, c->burst,
		c->frame_len + RTE_ETHER_CRC_LEN, (unsigned int)PERF_ROUNDS * c->burst);
	return good;
}

static bool
perf_run_all(const struct perf_loop *loops, unsigned int n)
{
	static const uint16_t burst[] = { 1, PERF_MAX_BURST }, len[] = { 60, 1514 };
	unsigned int i, b, s;
	bool good = true;

	for (i = 0; i < n; i++)
		for (b = 0; b < RTE_DIM(burst); b++)
			for (s = 0; s < RTE_DIM(len); s++)
				good &= perf_run(&loops[i],
					&(struct perf_case){ burst[b], len[s] });
	return good;
}

/* Cycles a frame, the quickest of many batches: for comparing one loop with another, not for CI. */
static int
perf_cycles(const struct perf_loop *l, const struct perf_case *c)
{
	uint64_t best = UINT64_MAX;
	void *ctx = l->open(c);
	unsigned int i, k;

	for (k = 0; k < PERF_BATCHES && ctx != NULL; k++) {
		uint64_t cycles = 0;

		for (i = 0; i < PERF_ROUNDS; i++) {
			uint64_t start;

			if (!l->prepare(ctx))
				return 1;
			start = rte_rdtsc();
			if (l->run(ctx) != c->burst)
				return 1;
			cycles += rte_rdtsc() - start;
			if (!l->finish(ctx))
				return 1;
		}
		best = RTE_MIN(best, cycles);
	}
	printf("%s burst=%u size=%u cycles=%.1f\n", l->name, c->burst,
		c->frame_len + RTE_ETHER_CRC_LEN, (double)best / PERF_ROUNDS / c->burst);
	return ctx == NULL;
}

/* argv: LOOP BURST SIZE... */
static int
perf_cycles_of(int argc, char **argv)
{
	uint16_t burst = (uint16_t)strtoul(argv[1], NULL, 10);
	int i, ret = 0;
	unsigned int k;

	if (burst < 1 || burst > PERF_MAX_BURST)
		return 1;
	for (k = 0; k < perf_n_hub_loops; k++)
		for (i = 2; i < argc && strcmp(perf_hub_loops[k].name, argv[0]) == 0; i++)
			ret |= perf_cycles(&perf_hub_loops[k],
				&(struct perf_case){ burst, (uint16_t)(strtoul(argv[i], NULL, 10) -
								       RTE_ETHER_CRC_LEN) });
	for (k = 0; k < perf_n_virtio_loops; k++)
		for (i = 2; i < argc && strcmp(perf_virtio_loops[k].name, argv[0]) == 0; i++)
			ret |= perf_cycles(&perf_virtio_loops[k],
				&(struct perf_case){ burst, (uint16_t)(strtoul(argv[i], NULL, 10) -
								       RTE_ETHER_CRC_LEN) });
	return ret;
}

/* What the counts depend on beside our source. */
static int
perf_built_with(void)
{
#ifdef __clang__
	printf("clang %d, %s\n", __clang_major__, rte_version());
#else
	printf("gcc %d, %s\n", __GNUC__, rte_version());
#endif
	return 0;
}

int
main(int argc, char **argv)
{
	const char *const words[] = { "perf", "--no-huge", "--no-pci", "--no-telemetry",
		"--no-shconf", "-m", "64", "--iova-mode=va", "--lcores=0", "--log-level=4" };
	char *eal[RTE_DIM(words)];
	bool good;

	if (argc == 2)
		return perf_built_with();
	memcpy(eal, words, sizeof(words));
	if (rte_eal_init(RTE_DIM(eal), eal) < 0)
		return 1;
	perf_pool = rte_pktmbuf_pool_create("perf", 1023, 128, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (perf_pool == NULL)
		return 1;
	if (argc > 3)
		return perf_cycles_of(argc - 1, argv + 1);
	good = perf_run_all(perf_virtio_loops, perf_n_virtio_loops);
	good &= perf_run_all(perf_card_loops, perf_n_card_loops);
	good &= perf_run_all(perf_hub_loops, perf_n_hub_loops);
	rte_eal_cleanup();
	return good ? 0 : 1;
}
