/* SPDX-License-Identifier: BSD-3-Clause */
/* Figures of all repetitions; what is written of them. */
#ifndef BENCH_BENCH_REPORT_H
#define BENCH_BENCH_REPORT_H

#include <stdbool.h>
#include <stdio.h>

#include "bench_stat.h"

#define BENCH_SIDES_MAX	  2
#define BENCH_MAX_REPEATS 1000

/** One figure. */
struct bench_row {
	unsigned int side, repeat;
	const char *measure, *unit; /* static */
	double value;
};

struct bench_report {
	const char *title;		   /* of the case */
	const char *side[BENCH_SIDES_MAX]; /* names */
	unsigned int n_sides;
	struct bench_row *row;
	unsigned int n_rows, max_rows;
	bool failed; /* no memory for a row */
};

/** Note a figure. measure and unit stay the caller's and must stay. */
void bench_report_add(struct bench_report *r, const struct bench_row *row);

/**
 * Quartiles of a measure on one side. side == n_sides: of the ratios, first side over second, each of
 * one repetition (pairs of which one half is missing or the second is 0 do not count).
 * @return how many values there were; 0: *q is not set.
 */
unsigned int bench_report_quartiles(const struct bench_report *r, const char *measure,
	unsigned int side, struct bench_quartiles *q);

/** Every figure, a line each: case,side,repeat,measure,value,unit. head: with a line of names first. */
void bench_report_csv(const struct bench_report *r, FILE *out, bool head);

/** The case with every measure's quartiles, as one JSON object. more: members to put in, or "". */
void bench_report_json(const struct bench_report *r, FILE *out, const char *more);

/** A table for people. */
void bench_report_text(const struct bench_report *r, FILE *out);

void bench_report_free(struct bench_report *r);

#endif
