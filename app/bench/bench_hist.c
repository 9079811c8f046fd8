/* SPDX-License-Identifier: BSD-3-Clause */
/* Cells: values below 64 one each; then 64 to each power of two. */
#include "bench_hist.h"

#include <math.h>

static unsigned int
hist_cell(uint64_t value)
{
	unsigned int shift;

	if (value < (1u << HIST_SUB_BITS))
		return (unsigned int)value;
	shift = 63 - (unsigned int)__builtin_clzll(value) - HIST_SUB_BITS;
	return (shift << HIST_SUB_BITS) + (unsigned int)(value >> shift);
}

/* The middle of a cell: the value itself where a cell holds but one. */
static double
hist_middle(unsigned int cell)
{
	unsigned int shift;
	uint64_t low;

	if (cell < (2u << HIST_SUB_BITS))
		return cell;
	shift = (cell >> HIST_SUB_BITS) - 1;
	low = (uint64_t)(cell - (shift << HIST_SUB_BITS)) << shift;
	return (double)low + ((double)(UINT64_C(1) << shift) - 1) / 2;
}

void
bench_hist_add(struct bench_hist *h, uint64_t value)
{
	h->cell[hist_cell(value)]++;
	h->n++;
}

double
bench_hist_percentile(const struct bench_hist *h, double p)
{
	uint64_t rank = (uint64_t)ceil(p * (double)h->n), seen = 0;
	unsigned int i;

	if (h->n == 0)
		return 0;
	if (rank == 0)
		rank = 1;
	for (i = 0; i < HIST_CELLS - 1; i++) {
		seen += h->cell[i];
		if (seen >= rank)
			break;
	}
	return hist_middle(i);
}
