/* SPDX-License-Identifier: BSD-3-Clause */
/* The command line. */
#ifndef BENCH_BENCH_OPT_H
#define BENCH_BENCH_OPT_H

#include <stdbool.h>
#include <stdint.h>

#include "bench_case.h"
#include "bench_side.h"

struct bench_opt {
	struct bench_case form; /* name, and what the traffic is */
	struct bench_side side[BENCH_MAX_SIDES];
	unsigned int n_sides;
	unsigned int what; /* BENCH_MEASURE_... */
	unsigned int pairs, resolution;
	unsigned int ring, window; /* 0 while they are read: not given */
	double seconds, warm_up, wait;
	bool whole, quiet, list, help, version;
	const char *csv, *json; /* files; NULL: none */
};

/**
 * Read the options behind EAL's. Text of argv is kept. An error has been said in one line.
 * @return 0 or -EINVAL.
 */
int bench_opt_read(struct bench_opt *o, int argc, char **argv);

void bench_opt_help(void);

#endif
