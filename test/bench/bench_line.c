/* SPDX-License-Identifier: BSD-3-Clause */
/* What a cache line takes from one CPU to another and back: bench_line CPU CPU. Prints TSC cycles. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_common.h>
#include <rte_cycles.h>

#define TURNS	20000 /* of a batch */
#define BATCHES 5     /* the quickest counts: others were interrupted */

/* Odd: the other thread's turn. */
static uint64_t turn __rte_cache_aligned;

static int
line_pin(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu, &set);
	return pthread_setaffinity_np(pthread_self(), sizeof(set), &set);
}

static void
line_pass(uint64_t from)
{
	while (__atomic_load_n(&turn, __ATOMIC_ACQUIRE) != from)
		;
	__atomic_store_n(&turn, from + 1, __ATOMIC_RELEASE);
}

static void *
line_other(void *arg)
{
	uint64_t i;

	if (line_pin(*(int *)arg) != 0)
		exit(EXIT_FAILURE);
	for (i = 0; i < (uint64_t)TURNS * BATCHES; i++)
		line_pass(2 * i + 1);
	return NULL;
}

static uint64_t
line_batch(uint64_t first)
{
	uint64_t i, start = rte_rdtsc();

	for (i = first; i < first + TURNS; i++)
		line_pass(2 * i);
	return (rte_rdtsc() - start) / TURNS;
}

/* The CPU that an argument names. @return -1: none. */
static int
line_cpu(const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	return end == text || *end != '\0' || n >= CPU_SETSIZE ? -1 : (int)n;
}

int
main(int argc, char **argv)
{
	int cpu[2] = { argc > 1 ? line_cpu(argv[1]) : 0, argc > 2 ? line_cpu(argv[2]) : 1 };
	uint64_t best = UINT64_MAX;
	pthread_t other;
	unsigned int i;

	if (argc > 3 || cpu[0] < 0 || cpu[1] < 0 || cpu[0] == cpu[1] || line_pin(cpu[1]) != 0 ||
		line_pin(cpu[0]) != 0 || pthread_create(&other, NULL, line_other, &cpu[1]) != 0) {
		fprintf(stderr, "usage: bench_line [CPU CPU], two CPUs of this machine (0 1)\n");
		return EXIT_FAILURE;
	}
	for (i = 0; i < BATCHES; i++)
		best = RTE_MIN(best, line_batch((uint64_t)i * TURNS));
	pthread_join(other, NULL);
	printf("%" PRIu64 "\n", best);
	return 0;
}
