/* SPDX-License-Identifier: BSD-3-Clause */
/* RFC 2544 section 26.1: the greatest rate at which no more than a stated share of frames is lost. */
#ifndef BENCH_BENCH_SEARCH_H
#define BENCH_BENCH_SEARCH_H

#include <stdbool.h>

struct bench_search {
	double low;  /* the greatest rate that passed; 0: none yet */
	double high; /* the least that is taken not to pass */
	double step; /* ends when high - low is no wider */
	double loss; /* share of frames that may be lost, 0..1 */
};

/** Between 0 and high, to a width of high / resolution. */
void bench_search_start(struct bench_search *s, double high, double loss, unsigned int resolution);

/** @return false when the search has ended; else *rate is to be tried next. */
bool bench_search_next(const struct bench_search *s, double *rate);

/** What a trial at that rate lost, as a share of what was offered. */
void bench_search_tried(struct bench_search *s, double rate, double lost);

#endif
