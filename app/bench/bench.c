/* SPDX-License-Identifier: BSD-3-Clause */
/* ringhub-bench: compare virtual NICs and what is between them. */
#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_eal.h>
#include <rte_errno.h>
#include <rte_mbuf.h>
#include <rte_version.h>

#include "bench_measure.h"
#include "bench_opt.h"
#include "bench_report.h"

#define POOL_CACHE 256

static int stopped; /* by a signal */
static struct bench_opt opt;
static struct bench_report report;

static void
on_signal(int sig)
{
	__atomic_store_n(&stopped, 1, __ATOMIC_RELAXED);
}

/* The first CPU that we may use, and another one, or the same where there is but one. */
static void
two_cpus(int cpu[2])
{
	cpu_set_t set;
	int i, n = 0;

	cpu[0] = cpu[1] = 0;
	CPU_ZERO(&set);
	if (sched_getaffinity(0, sizeof(set), &set) < 0)
		return;
	for (i = 0; i < CPU_SETSIZE && n < 2; i++)
		if (CPU_ISSET(i, &set))
			cpu[n++] = i;
	if (n == 1)
		cpu[1] = cpu[0];
}

static int
eal_start(int argc, char **argv)
{
	char lcores[64], prefix[64], *all[64];
	const char *const quiet[] = { "ringhub-bench", "--log-level=lib.eal:error",
		"--log-level=lib.telemetry:error", "--log-level=pmd.net.virtio.*:warning" };
	const char *const defaults[] = { "--lcores", lcores, "--no-pci", "--in-memory",
		"--single-file-segments", "--iova-mode=va", "--no-telemetry", "-m", "512",
		"--file-prefix", prefix };
	int n = RTE_DIM(quiet), i, cpu[2];

	memcpy(all, quiet, sizeof(quiet));
	two_cpus(cpu);
	snprintf(lcores, sizeof(lcores), "0@%d,1@%d", cpu[1], cpu[0]);
	snprintf(prefix, sizeof(prefix), "bench-%d", getpid());
	if (argc == 0) {
		memcpy(&all[n], defaults, sizeof(defaults));
		n += RTE_DIM(defaults);
	}
	for (i = 0; i < argc && n < (int)RTE_DIM(all) - 1; i++)
		all[n++] = argv[i];
	all[n] = NULL;
	if (rte_eal_init(n, all) < 0) {
		fprintf(stderr, "ringhub-bench: DPDK cannot start: %s\n", rte_strerror(rte_errno));
		return -rte_errno;
	}
	return 0;
}

/* Every buffer has the pattern from the start; a frame that comes back intact leaves it so. */
static void
pool_pattern(struct rte_mempool *mp, void *arg, void *obj, unsigned int i)
{
	bench_frame_fill(rte_pktmbuf_mtod((struct rte_mbuf *)obj, uint8_t *),
		opt.form.mss > 0 ? opt.form.size - RTE_ETHER_CRC_LEN : BENCH_FRAME_MAX,
		opt.form.mss);
}

/*
 * No more than are under way: a pool hands out what was used longest ago, and each mbuf more is cache
 * lines more until one comes back.
 */
static struct rte_mempool *
pool_make(const char *name, unsigned int per_queue, uint16_t room)
{
	unsigned int n = 2 * 2 * POOL_CACHE, i; /* a cache holds up to 1.5 times its size */
	struct rte_mempool *pool;

	for (i = 0; i < opt.n_sides; i++)
		n += opt.side[i].n_ports * opt.form.queues * per_queue;
	pool = rte_pktmbuf_pool_create(name, n, POOL_CACHE, 0, room + RTE_PKTMBUF_HEADROOM,
		SOCKET_ID_ANY);
	if (pool == NULL)
		fprintf(stderr, "ringhub-bench: no memory for frames: %s\n",
			rte_strerror(rte_errno));
	return pool;
}

/* Uncut frames are sent from buffers of their length, which the ring gives back at once, and received
 * in many; all others have one pool for both. @return false without memory. */
static bool
pools_make(struct rte_mempool **tx, struct rte_mempool **rx)
{
	uint16_t len = opt.form.size - RTE_ETHER_CRC_LEN;

	if (opt.form.mss > 0) {
		*tx = pool_make("bench", opt.window + BENCH_MAX_BURST, len);
		*rx = pool_make("bench-rx", opt.ring + BENCH_MAX_BURST, BENCH_TSO_ROOM);
	} else {
		*tx = pool_make("bench", 2 * opt.ring + BENCH_MAX_BURST, RTE_MBUF_DEFAULT_DATAROOM);
		*rx = *tx;
	}
	if (*tx == NULL || *rx == NULL)
		return false;
	rte_mempool_obj_iter(*tx, pool_pattern, NULL);
	return true;
}

static void
on_progress(void *ctx, const char *what)
{
	fprintf(stderr, "\r\033[K%s %s: %s", report.title, (const char *)ctx, what);
	fflush(stderr);
}

static int
measure_side(struct bench_measure *m, unsigned int side, unsigned int repeat)
{
	struct bench_side *s = &opt.side[side];
	char where[96];
	int ret = bench_side_enter(opt.side, opt.n_sides, s);

	if (ret < 0)
		return ret;
	snprintf(where, sizeof(where), "%u/%u %s", repeat, opt.pairs, s->name);
	m->traffic.side = s;
	m->progress_ctx = where;
	if (repeat == 1)
		ret = bench_traffic_wait(&m->traffic, opt.wait, &stopped);
	if (ret == -ETIMEDOUT)
		fprintf(stderr,
			"%sringhub-bench: side %s: no frames pass between its ports in %g s\n",
			m->progress != NULL ? "\n" : "", s->name, opt.wait);
	if (ret == 0)
		ret = bench_measure_run(m, side, repeat);
	bench_side_leave(s);
	m->progress_ctx = NULL;
	return ret;
}

static int
measure_all(struct rte_mempool *pool)
{
	struct bench_measure m = {
		.traffic = { .pool = pool,
			.kind = opt.form.traffic,
			.len = opt.form.size - RTE_ETHER_CRC_LEN,
			.mss = opt.form.mss,
			.burst = opt.form.burst,
			.window = opt.window,
			.whole = opt.whole },
		.report = &report,
		.what = opt.what,
		.seconds = opt.seconds,
		.warm_up = opt.warm_up,
		.resolution = opt.resolution,
		.stop = &stopped,
	};
	unsigned int repeat, side;
	int ret = 0;

	if (!opt.quiet && isatty(STDERR_FILENO))
		m.progress = on_progress;
	for (repeat = 1; repeat <= opt.pairs && ret == 0; repeat++)
		for (side = 0; side < opt.n_sides && ret == 0; side++)
			ret = measure_side(&m, side, repeat);
	if (m.progress != NULL)
		fprintf(stderr, "\r\033[K");
	return ret;
}

static int
write_csv(void)
{
	FILE *f = fopen(opt.csv, "ae");

	if (f == NULL) {
		fprintf(stderr, "ringhub-bench: --csv %s: %s\n", opt.csv, strerror(errno));
		return -errno;
	}
	bench_report_csv(&report, f, ftell(f) == 0);
	return fclose(f) == 0 ? 0 : -errno;
}

static int
write_json(void)
{
	FILE *f = fopen(opt.json, "we");
	char more[256];

	if (f == NULL) {
		fprintf(stderr, "ringhub-bench: --json %s: %s\n", opt.json, strerror(errno));
		return -errno;
	}
	snprintf(more, sizeof(more),
		"\"size\": %u, \"burst\": %u, \"queues\": %u, \"packed\": %s, \"ports\": %u, "
		"\"traffic\": \"%s\", \"mss\": %u, \"pairs\": %u, \"seconds\": %g",
		opt.form.size, opt.form.burst, opt.form.queues, opt.form.packed ? "true" : "false",
		opt.side[0].n_ports, bench_traffic_word(opt.form.traffic), opt.form.mss, opt.pairs,
		opt.seconds);
	bench_report_json(&report, f, more);
	return fclose(f) == 0 ? 0 : -errno;
}

static int
write_all(void)
{
	int ret = report.failed ? -ENOMEM : 0;

	if (!opt.quiet)
		bench_report_text(&report, stdout);
	if (ret == 0 && opt.csv != NULL)
		ret = write_csv();
	if (ret == 0 && opt.json != NULL)
		ret = write_json();
	return ret;
}

static int
run(void)
{
	struct rte_mempool *tx, *rx;
	unsigned int i;
	int ret = 0;

	if (!pools_make(&tx, &rx))
		return -ENOMEM;
	report.title = opt.form.name;
	report.n_sides = opt.n_sides;
	for (i = 0; i < opt.n_sides && ret == 0; i++) {
		report.side[i] = opt.side[i].name;
		ret = bench_side_open(&opt.side[i], rx);
	}
	if (ret == 0)
		ret = measure_all(tx);
	bench_side_continue(opt.side, opt.n_sides);
	if (ret == 0)
		ret = write_all();
	for (i = 0; i < opt.n_sides; i++)
		bench_side_close(&opt.side[i]);
	bench_report_free(&report);
	return ret;
}

int
main(int argc, char **argv)
{
	struct sigaction action = { .sa_handler = on_signal };
	int eal = 0, i, ret;

	for (i = 1; i < argc; i++)
		if (strcmp(argv[i], "--") == 0)
			eal = i;
	if (bench_opt_read(&opt, argc - eal - 1, argv + eal + 1) < 0)
		return 1;
	if (opt.help)
		bench_opt_help();
	if (opt.list)
		bench_case_list(stdout);
	if (opt.version)
		printf("ringhub-bench %s, %s\n", RINGHUB_VERSION, rte_version());
	if (opt.help || opt.list || opt.version)
		return 0;
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
	if (eal_start(eal > 0 ? eal - 1 : 0, argv + 1) < 0)
		return 1;
	ret = run();
	rte_eal_cleanup();
	return ret == 0 ? 0 : 1;
}
