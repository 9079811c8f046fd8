/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_report.h"

#include <stdlib.h>
#include <string.h>

void
bench_report_add(struct bench_report *r, const struct bench_row *row)
{
	if (r->n_rows == r->max_rows) {
		unsigned int max = r->max_rows > 0 ? 2 * r->max_rows : 64;
		struct bench_row *more = realloc(r->row, max * sizeof(*more));

		if (more == NULL) {
			r->failed = true;
			return;
		}
		r->row = more;
		r->max_rows = max;
	}
	r->row[r->n_rows++] = *row;
}

void
bench_report_free(struct bench_report *r)
{
	free(r->row);
	r->row = NULL;
	r->n_rows = r->max_rows = 0;
}

/* The figure of a side in one repetition; NULL when there is none. */
static const struct bench_row *
report_find(const struct bench_report *r, const char *measure, unsigned int side,
	unsigned int repeat)
{
	unsigned int i;

	for (i = 0; i < r->n_rows; i++)
		if (r->row[i].side == side && r->row[i].repeat == repeat &&
			strcmp(r->row[i].measure, measure) == 0)
			return &r->row[i];
	return NULL;
}

static bool
report_value(const struct bench_report *r, const struct bench_row *row, unsigned int side,
	double *value)
{
	const struct bench_row *other;

	if (side < r->n_sides) {
		*value = row->value;
		return row->side == side;
	}
	if (r->n_sides != 2 || row->side != 0)
		return false;
	other = report_find(r, row->measure, 1, row->repeat);
	if (other == NULL || other->value == 0)
		return false;
	*value = row->value / other->value;
	return true;
}

unsigned int
bench_report_quartiles(const struct bench_report *r, const char *measure, unsigned int side,
	struct bench_quartiles *q)
{
	static double value[BENCH_MAX_REPEATS];
	unsigned int i, n = 0;

	for (i = 0; i < r->n_rows && n < BENCH_MAX_REPEATS; i++)
		if (strcmp(r->row[i].measure, measure) == 0)
			n += report_value(r, &r->row[i], side, &value[n]);
	if (n > 0)
		*q = bench_quartiles(value, n);
	return n;
}

/* Whether row i is the first of its measure. */
static bool
report_is_first(const struct bench_report *r, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < i; k++)
		if (strcmp(r->row[k].measure, r->row[i].measure) == 0)
			return false;
	return true;
}

void
bench_report_csv(const struct bench_report *r, FILE *out, bool head)
{
	unsigned int i;

	if (head)
		fprintf(out, "case,side,repeat,measure,value,unit\n");
	for (i = 0; i < r->n_rows; i++)
		fprintf(out, "%s,%s,%u,%s,%.9g,%s\n", r->title, r->side[r->row[i].side],
			r->row[i].repeat, r->row[i].measure, r->row[i].value, r->row[i].unit);
}

static void
json_quartiles(FILE *out, const char *name, unsigned int n, const struct bench_quartiles *q)
{
	fprintf(out, ", \"%s\": {\"n\": %u, \"low\": %.9g, \"median\": %.9g, \"high\": %.9g}", name,
		n, q->low, q->median, q->high);
}

void
bench_report_json(const struct bench_report *r, FILE *out, const char *more)
{
	struct bench_quartiles q;
	const char *comma = "";
	unsigned int i, side, n;

	fprintf(out, "{\"case\": \"%s\", \"sides\": [", r->title);
	for (i = 0; i < r->n_sides; i++)
		fprintf(out, "%s\"%s\"", i > 0 ? ", " : "", r->side[i]);
	fprintf(out, "]%s%s, \"measures\": [", *more != '\0' ? ", " : "", more);
	for (i = 0; i < r->n_rows; i++) {
		if (!report_is_first(r, i))
			continue;
		fprintf(out, "%s\n  {\"measure\": \"%s\", \"unit\": \"%s\"", comma,
			r->row[i].measure, r->row[i].unit);
		for (side = 0; side <= r->n_sides; side++) {
			n = bench_report_quartiles(r, r->row[i].measure, side, &q);
			if (n > 0)
				json_quartiles(out, side < r->n_sides ? r->side[side] : "ratio", n,
					&q);
		}
		fputc('}', out);
		comma = ",";
	}
	fprintf(out, "]}\n");
}

/* A figure with four digits that count and a letter for thousands. */
static void
text_number(char *text, size_t len, double value)
{
	static const char letters[] = " kMG";
	double size = value < 0 ? -value : value;
	unsigned int i = 0;

	for (; size >= 10000 && letters[i + 1] != '\0'; i++) {
		size /= 1000;
		value /= 1000;
	}
	snprintf(text, len, "%.*f%c",
		size >= 1000  ? 0
		: size >= 100 ? 1
		: size >= 10  ? 2
			      : 3,
		value, letters[i]);
}

static void
text_cell(FILE *out, const struct bench_quartiles *q, bool any)
{
	char low[32], mid[32], high[32], cell[128];

	text_number(low, sizeof(low), q->low);
	text_number(mid, sizeof(mid), q->median);
	text_number(high, sizeof(high), q->high);
	snprintf(cell, sizeof(cell), "%s (%s..%s)", mid, low, high);
	fprintf(out, "  %-30s", any ? cell : "-");
}

void
bench_report_text(const struct bench_report *r, FILE *out)
{
	unsigned int i, side, columns = r->n_sides == 2 ? 3 : r->n_sides;
	struct bench_quartiles q = { 0 };

	fprintf(out, "%-18s %-6s", r->title, "unit");
	for (side = 0; side < r->n_sides; side++)
		fprintf(out, "  %-30s", r->side[side]);
	fprintf(out, "%s\n", r->n_sides == 2 ? "  ratio" : "");
	for (i = 0; i < r->n_rows; i++) {
		if (!report_is_first(r, i))
			continue;
		fprintf(out, "%-18s %-6s", r->row[i].measure, r->row[i].unit);
		for (side = 0; side < columns; side++) {
			bool any = bench_report_quartiles(r, r->row[i].measure, side, &q) > 0;

			text_cell(out, &q, any);
		}
		fputc('\n', out);
	}
}
