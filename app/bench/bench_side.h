/* SPDX-License-Identifier: BSD-3-Clause */
/* A side of a comparison: ports that lead to something, and the processes that do the work. */
#ifndef BENCH_BENCH_SIDE_H
#define BENCH_BENCH_SIDE_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>
#include <time.h>

#include "bench_frame.h"
#include "bench_port.h"

#define BENCH_MAX_SIDES 2
#define BENCH_MAX_PIDS	4

struct bench_side {
	const char *name;
	struct bench_port_conf conf[BENCH_MAX_PORTS];
	struct bench_port port[BENCH_MAX_PORTS];
	unsigned int n_ports, n_open;
	pid_t pid[BENCH_MAX_PIDS];
	unsigned int n_pids;
	clockid_t loop_cpu; /* of the second lcore, while it forwards */
	bool is_loop;
};

/** Open the ports. @return 0 or -errno, which has been said. */
int bench_side_open(struct bench_side *s, struct rte_mempool *pool);
void bench_side_close(struct bench_side *s);

/**
 * Let this side run and stop (SIGSTOP) the processes of the n sides that are not it, so that they take no
 * CPU from it. @return 0; -ENODEV: no lcore for devices in this process; -ESRCH: a process is gone.
 */
int bench_side_enter(struct bench_side *all, unsigned int n, struct bench_side *s);
void bench_side_leave(struct bench_side *s);

/** Let the processes of all sides go on. Async-signal-safe. */
void bench_side_continue(const struct bench_side *all, unsigned int n);

/** Seconds of CPU used so far by what is under test; 0 when nobody said which processes that is. */
double bench_side_cpu(const struct bench_side *s);

#endif
