/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_stat.h"

#include <stdlib.h>

static int
stat_order(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
stat_at(const double *value, unsigned int n, double part)
{
	double at = part * (n - 1);
	unsigned int i = (unsigned int)at;

	return i + 1 < n ? value[i] + (at - i) * (value[i + 1] - value[i]) : value[n - 1];
}

struct bench_quartiles
bench_quartiles(double *value, unsigned int n)
{
	qsort(value, n, sizeof(*value), stat_order);
	return (struct bench_quartiles){ stat_at(value, n, 0.25), stat_at(value, n, 0.5),
		stat_at(value, n, 0.75) };
}

double
bench_fairness(const double *share, unsigned int n)
{
	double least = n > 0 ? share[0] : 0, most = least;
	unsigned int i;

	for (i = 1; i < n; i++) {
		least = share[i] < least ? share[i] : least;
		most = share[i] > most ? share[i] : most;
	}
	return most > 0 ? least / most : 0;
}
