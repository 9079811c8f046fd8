/* SPDX-License-Identifier: BSD-3-Clause */
/* A histogram of times whose cells grow with the value: percentiles of any number of samples. */
#ifndef BENCH_BENCH_HIST_H
#define BENCH_BENCH_HIST_H

#include <stdint.h>

#define HIST_SUB_BITS 6 /* a cell is at most 1/64 of its value wide */
#define HIST_CELLS    ((64 - HIST_SUB_BITS + 1) << HIST_SUB_BITS)

struct bench_hist {
	uint64_t cell[HIST_CELLS];
	uint64_t n;
};

/** Note one value, of any unit. */
void bench_hist_add(struct bench_hist *h, uint64_t value);

/**
 * The smallest value that at least a fraction p (0..1) of the samples do not exceed, as the middle of
 * its cell: within 1/128 of the exact sample. 0 when there are no samples.
 */
double bench_hist_percentile(const struct bench_hist *h, double p);

#endif
