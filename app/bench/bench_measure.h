/* SPDX-License-Identifier: BSD-3-Clause */
/* What is measured in one repetition on one side. */
#ifndef BENCH_BENCH_MEASURE_H
#define BENCH_BENCH_MEASURE_H

#include <stdint.h>

#include "bench_report.h"
#include "bench_traffic.h"

#define BENCH_MEASURE_RATE	 0x1u
#define BENCH_MEASURE_THROUGHPUT 0x2u
#define BENCH_MEASURE_LATENCY	 0x4u
#define BENCH_MEASURE_PING	 0x8u
#define BENCH_MEASURE_ALL	 0xfu

struct bench_measure {
	struct bench_traffic traffic;
	struct bench_report *report;
	unsigned int what;	 /* BENCH_MEASURE_... */
	double seconds, warm_up; /* of one trial; before the first of a side */
	unsigned int resolution; /* of the search: 1 / resolution of the saturation rate */
	const int *stop;
	/** Say what goes on; NULL: nobody listens. */
	void (*progress)(void *ctx, const char *what);
	void *progress_ctx;
};

/** The bit of a word such as "rate"; 0 when there is none. */
unsigned int bench_measure_find(const char *word);

/** Measure all that is wanted and note it as repetition repeat of a side. @return 0 or -errno. */
int bench_measure_run(const struct bench_measure *m, unsigned int side, unsigned int repeat);

#endif
