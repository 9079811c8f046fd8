/* SPDX-License-Identifier: BSD-3-Clause */
/* Medians and quartiles of repetitions, and fairness. */
#ifndef BENCH_BENCH_STAT_H
#define BENCH_BENCH_STAT_H

struct bench_quartiles {
	double low, median, high;
};

/**
 * Quartiles of n values (n > 0), between neighbours by proportion, both ends included (as Python's
 * statistics.quantiles(method='inclusive')). Orders value[].
 */
struct bench_quartiles bench_quartiles(double *value, unsigned int n);

/** The least of n shares over the greatest: 1 is fair. 0 for no shares or a greatest of 0. */
double bench_fairness(const double *share, unsigned int n);

#endif
