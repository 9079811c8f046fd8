/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_measure.h"

#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "bench_search.h"

/* What one repetition carries from measure to measure. */
struct pass {
	const struct bench_measure *m;
	unsigned int side, repeat;
	double rate;	   /* saturation */
	double throughput; /* at the largest loss that was searched for; 0: none */
	struct bench_result r;
};

static void
pass_note(struct pass *p, const char *measure, const char *unit, double value)
{
	const struct bench_row row = { p->side, p->repeat, measure, unit, value };

	bench_report_add(p->m->report, &row);
}

static int
pass_trial(struct pass *p, const struct bench_trial *trial)
{
	return bench_traffic_run(&p->m->traffic, trial, p->m->stop, &p->r);
}

static void
pass_say(const struct pass *p, const char *what)
{
	if (p->m->progress != NULL)
		p->m->progress(p->m->progress_ctx, what);
}

/* As much as passes with a window full of frames under way. */
static int
measure_rate(struct pass *p)
{
	const struct bench_trial trial = { .seconds = p->m->seconds };
	const struct bench_result *r = &p->r;
	int ret = pass_trial(p, &trial);

	if (ret < 0)
		return ret;
	p->rate = (double)r->in_time / r->seconds;
	pass_note(p, "rate", "pps", p->rate);
	pass_note(p, "rate_bits", "bit/s", p->rate * 8 * (p->m->traffic.len + 4));
	if (r->cpu > 0) {
		pass_note(p, "cpu", "s/s", r->cpu);
		if (p->rate > 0)
			pass_note(p, "cycles", "/frame",
				r->cpu * (double)rte_get_tsc_hz() / p->rate);
	}
	pass_note(p, "generator_cpu", "s/s", r->own_cpu);
	pass_note(p, "generator_idle", "share", r->idle);
	pass_note(p, "fairness", "share", r->fairness);
	pass_note(p, "checked", "frames", (double)r->received);
	pass_note(p, "lost", "frames", (double)r->lost);
	pass_note(p, "duplicates", "frames", (double)r->duplicates);
	pass_note(p, "reordered", "frames", (double)r->reordered);
	pass_note(p, "corrupt", "frames", (double)r->corrupt);
	pass_note(p, "stray", "frames", (double)r->stray);
	return 0;
}

/* Rates that are offered are of frames sent; those that are noted of frames received. */
static double
pass_hearers(const struct pass *p)
{
	unsigned int n = p->m->traffic.side->n_ports;

	return p->m->traffic.kind == BENCH_ALL || p->m->traffic.kind == BENCH_TELL ? n - 1 : 1;
}

static int
measure_search(struct pass *p, const char *name, double loss)
{
	struct bench_trial trial = { .seconds = p->m->seconds };
	struct bench_search s;
	int ret;

	bench_search_start(&s, 1.05 * p->rate / pass_hearers(p), loss, p->m->resolution);
	while (bench_search_next(&s, &trial.rate)) {
		ret = pass_trial(p, &trial);
		if (ret < 0)
			return ret;
		bench_search_tried(&s, trial.rate, bench_traffic_loss(&p->r));
	}
	pass_note(p, name, "pps", s.low * pass_hearers(p));
	p->throughput = s.low * pass_hearers(p);
	return 0;
}

static int
measure_throughput(struct pass *p)
{
	int ret = measure_search(p, "throughput_0", 0);

	return ret < 0 ? ret : measure_search(p, "throughput_0.1%", 0.001);
}

static void
pass_note_times(struct pass *p, const char *const name[4])
{
	static const double part[] = { 0.5, 0.9, 0.99, 0.999 };
	unsigned int i;

	for (i = 0; i < RTE_DIM(part) && p->r.hist.n > 0; i++)
		pass_note(p, name[i], "ns",
			bench_hist_percentile(&p->r.hist, part[i]) * 1e9 /
				(double)rte_get_tsc_hz());
}

/* At shares of the throughput at 0.1 % loss, or of the saturation rate where that was not wanted. */
static int
measure_latency(struct pass *p)
{
	static const struct {
		double load;
		const char *name[4];
	} loads[] = {
		{ 0.1, { "load10_p50", "load10_p90", "load10_p99", "load10_p99.9" } },
		{ 0.5, { "load50_p50", "load50_p90", "load50_p99", "load50_p99.9" } },
		{ 0.9, { "load90_p50", "load90_p90", "load90_p99", "load90_p99.9" } },
	};
	double full = (p->throughput > 0 ? p->throughput : p->rate) / pass_hearers(p);
	unsigned int i;
	int ret;

	for (i = 0; i < RTE_DIM(loads); i++) {
		const struct bench_trial trial = { .seconds = p->m->seconds,
			.rate = full * loads[i].load,
			.timed = true };

		ret = pass_trial(p, &trial);
		if (ret < 0)
			return ret;
		pass_note_times(p, loads[i].name);
	}
	return 0;
}

/* One frame under way, from the first port. */
static int
measure_ping(struct pass *p)
{
	static const char *const name[] = { "ping_p50", "ping_p90", "ping_p99", "ping_p99.9" };
	const struct bench_trial trial = { .seconds = p->m->seconds,
		.window = 1,
		.one_stream = true,
		.timed = true };
	int ret = pass_trial(p, &trial);

	if (ret == 0)
		pass_note_times(p, name);
	return ret;
}

/* In this order: a measure uses what those before it found. */
static const struct {
	const char *word;
	unsigned int bit;
	int (*run)(struct pass *p);
} measures[] = {
	{ "rate", BENCH_MEASURE_RATE, measure_rate },
	{ "throughput", BENCH_MEASURE_THROUGHPUT, measure_throughput },
	{ "latency", BENCH_MEASURE_LATENCY, measure_latency },
	{ "ping", BENCH_MEASURE_PING, measure_ping },
};

unsigned int
bench_measure_find(const char *word)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(measures); i++)
		if (strcmp(measures[i].word, word) == 0)
			return measures[i].bit;
	return strcmp(word, "all") == 0 ? BENCH_MEASURE_ALL : 0;
}

int
bench_measure_run(const struct bench_measure *m, unsigned int side, unsigned int repeat)
{
	const struct bench_trial warm_up = { .seconds = m->warm_up };
	struct pass p = { .m = m, .side = side, .repeat = repeat };
	unsigned int i, what = m->what;
	int ret;

	/* The others start from the saturation rate. */
	if ((what & (BENCH_MEASURE_THROUGHPUT | BENCH_MEASURE_LATENCY)) != 0)
		what |= BENCH_MEASURE_RATE;
	pass_say(&p, "warm-up");
	ret = pass_trial(&p, &warm_up);
	for (i = 0; i < RTE_DIM(measures) && ret == 0; i++)
		if ((what & measures[i].bit) != 0) {
			pass_say(&p, measures[i].word);
			ret = measures[i].run(&p);
		}
	return ret;
}
