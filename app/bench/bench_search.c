/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_search.h"

void
bench_search_start(struct bench_search *s, double high, double loss, unsigned int resolution)
{
	*s = (struct bench_search){ .high = high, .step = high / resolution, .loss = loss };
}

bool
bench_search_next(const struct bench_search *s, double *rate)
{
	*rate = (s->low + s->high) / 2;
	/* The halves of a number need not be exact. */
	return s->high - s->low > s->step * 1.0001;
}

void
bench_search_tried(struct bench_search *s, double rate, double lost)
{
	if (lost <= s->loss)
		s->low = rate;
	else
		s->high = rate;
}
