/* SPDX-License-Identifier: BSD-3-Clause */
/* Percentiles, quartiles, the search, the bookkeeping of frames, and what a report says. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "bench_case.h"
#include "bench_frame.h"
#include "bench_hist.h"
#include "bench_report.h"
#include "bench_search.h"
#include "bench_stat.h"

static struct bench_hist hist;

static void
near(double value, double want, double share)
{
	if (value < want * (1 - share) || value > want * (1 + share))
		printf("\n%g is not near %g\n", value, want);
	CU_ASSERT(value >= want * (1 - share) && value <= want * (1 + share));
}

static void
test_percentiles(void)
{
	unsigned int i;

	memset(&hist, 0, sizeof(hist));
	CU_ASSERT_EQUAL(bench_hist_percentile(&hist, 0.5), 0);
	/* Small values are kept exactly. */
	for (i = 1; i <= 100; i++)
		bench_hist_add(&hist, i);
	CU_ASSERT_EQUAL(bench_hist_percentile(&hist, 0.5), 50);
	CU_ASSERT_EQUAL(bench_hist_percentile(&hist, 0.99), 99);
	CU_ASSERT_EQUAL(bench_hist_percentile(&hist, 0.999), 100);
	CU_ASSERT_EQUAL(bench_hist_percentile(&hist, 0), 1);
	/* Great ones within half a cell, from the first power of two to the last. */
	for (i = 7; i < 64; i++) {
		uint64_t value = (UINT64_C(1) << i) + (UINT64_C(1) << (i - 1)) + 1;

		memset(&hist, 0, sizeof(hist));
		bench_hist_add(&hist, value);
		near(bench_hist_percentile(&hist, 0.5), (double)value, 1.0 / 128);
	}
	memset(&hist, 0, sizeof(hist));
	bench_hist_add(&hist, UINT64_MAX);
	near(bench_hist_percentile(&hist, 1), (double)UINT64_MAX, 1.0 / 128);
}

/* One slow frame of a thousand shows at p99.9 and nowhere before. */
static void
test_tail(void)
{
	unsigned int i;

	memset(&hist, 0, sizeof(hist));
	for (i = 0; i < 9985; i++)
		bench_hist_add(&hist, 1000);
	for (i = 0; i < 15; i++)
		bench_hist_add(&hist, 1000000);
	near(bench_hist_percentile(&hist, 0.5), 1000, 1.0 / 128);
	near(bench_hist_percentile(&hist, 0.99), 1000, 1.0 / 128);
	near(bench_hist_percentile(&hist, 0.999), 1000000, 1.0 / 128);
}

static void
test_quartiles(void)
{
	double nine[] = { 9, 1, 8, 2, 7, 3, 6, 4, 5 }, four[] = { 4, 3, 2, 1 }, one[] = { 7 };
	double fair[] = { 2, 4, 3 }, none[] = { 0, 0 };
	struct bench_quartiles q = bench_quartiles(nine, 9);

	CU_ASSERT(q.low == 3 && q.median == 5 && q.high == 7);
	q = bench_quartiles(four, 4);
	CU_ASSERT(q.low == 1.75 && q.median == 2.5 && q.high == 3.25);
	q = bench_quartiles(one, 1);
	CU_ASSERT(q.low == 7 && q.median == 7 && q.high == 7);
	CU_ASSERT_EQUAL(bench_fairness(fair, 3), 0.5);
	CU_ASSERT_EQUAL(bench_fairness(none, 2), 0);
	CU_ASSERT_EQUAL(bench_fairness(none, 0), 0);
}

/* A device that loses everything above its limit. */
static double
search_limit(double limit, double high, double loss, double under)
{
	struct bench_search s;
	unsigned int trials = 0;
	double rate;

	bench_search_start(&s, high, loss, 64);
	while (bench_search_next(&s, &rate) && trials++ < 100)
		bench_search_tried(&s, rate, rate > limit ? 1 - limit / rate : under);
	CU_ASSERT_EQUAL(trials, 6);
	return s.low;
}

static void
test_search(void)
{
	double got = search_limit(700, 1000, 0, 0);

	CU_ASSERT(got <= 700 && got > 700 - 1000.0 / 64);
	/* A thousandth may be lost, and is, below the limit; then 0 allows nothing. */
	got = search_limit(700, 1000, 0.001, 0.001);
	CU_ASSERT(got <= 701 && got > 700 - 1000.0 / 64);
	CU_ASSERT_EQUAL(search_limit(700, 1000, 0, 0.001), 0);
	/* All pass: the answer is next to the upper end. */
	got = search_limit(5000, 1000, 0, 0);
	CU_ASSERT(got < 1000 && got >= 1000 - 1000.0 / 64);
}

static void
note_all(struct bench_seen *s, const uint64_t *number, unsigned int n)
{
	memset(s, 0, sizeof(*s));
	while (n-- > 0)
		bench_seen_note(s, *number++);
}

static void
test_seen(void)
{
	static const uint64_t order[] = { 0, 1, 2, 3 }, lost[] = { 0, 3 }, twice[] = { 0, 1, 1, 0 };
	static const uint64_t late[] = { 0, 2, 1, 3 }, far[] = { 0, 1, 100000, 99999, 2, 100000 };
	struct bench_seen s;

	note_all(&s, order, 4);
	CU_ASSERT(s.received == 4 && s.duplicates == 0 && s.reordered == 0);
	CU_ASSERT_EQUAL(bench_seen_lost(&s, 4), 0);
	CU_ASSERT_EQUAL(bench_seen_lost(&s, 6), 2);
	note_all(&s, lost, 2);
	CU_ASSERT_EQUAL(bench_seen_lost(&s, 4), 2);
	note_all(&s, twice, 4);
	CU_ASSERT(s.received == 2 && s.duplicates == 2 && s.reordered == 0);
	note_all(&s, late, 4);
	CU_ASSERT(s.received == 4 && s.duplicates == 0 && s.reordered == 1);
	note_all(&s, far, 6);
	CU_ASSERT(s.received == 5 && s.duplicates == 1 && s.reordered == 2);
	/* What was given up and comes after all is late, not doubled. */
	note_all(&s, order, 2);
	bench_seen_skip(&s, 4);
	bench_seen_note(&s, 3);
	CU_ASSERT(s.received == 3 && s.duplicates == 0 && s.reordered == 1);
}

/* An mbuf of n bytes of a frame, and what follows. */
static void
piece(struct rte_mbuf *m, uint8_t *data, uint16_t n, struct rte_mbuf *next)
{
	memset(m, 0, sizeof(*m));
	m->buf_addr = data;
	m->data_len = n;
	m->pkt_len = n + (next != NULL ? next->pkt_len : 0);
	m->next = next;
}

static void
test_pattern(void)
{
	uint8_t frame[BENCH_FRAME_MAX];
	struct rte_mbuf m, part[3];

	bench_frame_fill(frame, sizeof(frame), 0);
	piece(&m, frame, 60, NULL);
	CU_ASSERT_TRUE(bench_frame_intact(&m, 0, false));
	piece(&m, frame, sizeof(frame), NULL);
	CU_ASSERT_TRUE(bench_frame_intact(&m, 0, true));
	/* In three pieces, the last of which has half of the end. */
	piece(&part[2], frame + sizeof(frame) - 4, 4, NULL);
	piece(&part[1], frame + 600, sizeof(frame) - 604, &part[2]);
	piece(&part[0], frame, 600, &part[1]);
	CU_ASSERT_TRUE(bench_frame_intact(&part[0], 0, true));
	CU_ASSERT_TRUE(bench_frame_intact(&part[0], 0, false));
	frame[700] ^= 1;
	CU_ASSERT_TRUE(bench_frame_intact(&m, 0, false));
	CU_ASSERT_FALSE(bench_frame_intact(&m, 0, true));
	CU_ASSERT_TRUE(bench_frame_intact(&part[0], 0, false));
	CU_ASSERT_FALSE(bench_frame_intact(&part[0], 0, true));
	frame[sizeof(frame) - 6] ^= 1;
	CU_ASSERT_FALSE(bench_frame_intact(&m, 0, false));
	CU_ASSERT_FALSE(bench_frame_intact(&part[0], 0, false));
}

/* Headers that a device must believe, and the pattern behind them. */
static void
test_tso_frame(void)
{
	static uint8_t frame[BENCH_TSO_MAX];
	struct bench_tso_frame *f = (struct bench_tso_frame *)frame;
	struct rte_mbuf m;

	bench_frame_fill(frame, sizeof(frame), 1448);
	piece(&m, frame, sizeof(frame), NULL);
	CU_ASSERT_TRUE(bench_frame_intact(&m, 1448, true));
	CU_ASSERT_EQUAL(bench_frame_head(1448), sizeof(*f));
	CU_ASSERT_EQUAL(rte_raw_cksum(&f->ip, sizeof(f->ip)), 0xffff);
	CU_ASSERT_EQUAL(rte_be_to_cpu_16(f->ip.total_length), sizeof(frame) - 14);
	CU_ASSERT_EQUAL(f->tcp.data_off >> 4, 5);
	CU_ASSERT_EQUAL(f->tcp.cksum, rte_ipv4_phdr_cksum(&f->ip, 0));
	frame[40000] ^= 1;
	CU_ASSERT_FALSE(bench_frame_intact(&m, 1448, true));
}

static void
report_make(struct bench_report *r)
{
	static const double a[] = { 10, 30, 20 }, b[] = { 5, 10, 20 };
	unsigned int i;

	*r = (struct bench_report){ .title = "t", .side = { "ours", "peer" }, .n_sides = 2 };
	for (i = 0; i < 3; i++) {
		bench_report_add(r, &(struct bench_row){ 0, i + 1, "rate", "pps", a[i] });
		bench_report_add(r, &(struct bench_row){ 1, i + 1, "rate", "pps", b[i] });
	}
	bench_report_add(r, &(struct bench_row){ 0, 1, "lost", "frames", 3 });
	bench_report_add(r, &(struct bench_row){ 1, 1, "lost", "frames", 0 });
}

static void
test_report(void)
{
	struct bench_report r;
	struct bench_quartiles q;

	report_make(&r);
	CU_ASSERT_EQUAL(bench_report_quartiles(&r, "rate", 0, &q), 3);
	CU_ASSERT(q.low == 15 && q.median == 20 && q.high == 25);
	/* Of the ratios 2, 3, 1: not of the medians, 20 / 10. */
	CU_ASSERT_EQUAL(bench_report_quartiles(&r, "rate", 2, &q), 3);
	CU_ASSERT(q.low == 1.5 && q.median == 2 && q.high == 2.5);
	CU_ASSERT_EQUAL(bench_report_quartiles(&r, "lost", 2, &q), 0);
	CU_ASSERT_EQUAL(bench_report_quartiles(&r, "none", 0, &q), 0);
	bench_report_free(&r);
}

static void
test_files(void)
{
	char *text = NULL;
	size_t len;
	struct bench_report r;
	FILE *f = open_memstream(&text, &len);

	report_make(&r);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	bench_report_csv(&r, f, true);
	bench_report_json(&r, f, "\"size\": 64");
	bench_report_text(&r, f);
	fclose(f);
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "case,side,repeat,measure,value,unit\nt,ours,1,rate,10,pps\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\nt,peer,3,rate,20,pps\n"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "\"sides\": [\"ours\", \"peer\"], \"size\": 64, "));
	CU_ASSERT_PTR_NOT_NULL(
		strstr(text, "\"ratio\": {\"n\": 3, \"low\": 1.5, \"median\": 2, \"high\": 2.5}"));
	CU_ASSERT_PTR_NOT_NULL(strstr(text, "20.00  (15.00 ..25.00 )"));
	free(text);
	bench_report_free(&r);
}

/* Every row can be run, and has a name of its own. */
static void
test_cases(void)
{
	const struct bench_case *c;
	unsigned int i;

	for (i = 0; (c = bench_case_at(i)) != NULL; i++) {
		CU_ASSERT_PTR_EQUAL(bench_case_find(c->name), c);
		CU_ASSERT(c->size >= 64 && c->size > c->mss);
		CU_ASSERT(c->size <= (c->mss > 0 ? BENCH_TSO_MAX : BENCH_FRAME_MAX) + 4);
		CU_ASSERT(c->members >= 2 && c->members <= BENCH_MAX_PORTS);
		CU_ASSERT(c->queues >= 1 && c->queues <= BENCH_MAX_QUEUES);
		CU_ASSERT_EQUAL(bench_traffic_find(bench_traffic_word(c->traffic)), c->traffic);
		if (c->traffic == BENCH_PAIRS)
			CU_ASSERT_EQUAL(c->members % 2, 0);
	}
	CU_ASSERT(i > 10);
	/* Each model that has a driver in the process is in the table, and packed rings. */
	CU_ASSERT_PTR_NOT_NULL(bench_case_find("loop-rtl8139-64"));
	CU_ASSERT_PTR_NOT_NULL(bench_case_find("loop-rtl8139-1518"));
	c = bench_case_find("loop-virtio-64-packed");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	CU_ASSERT_TRUE(c->packed);
	CU_ASSERT_PTR_NULL(bench_case_find("none"));
	CU_ASSERT_EQUAL(bench_traffic_find("none"), -1);
}

int
main(void)
{
	static CU_TestInfo tests[] = {
		{ "percentiles", test_percentiles },
		{ "the tail", test_tail },
		{ "quartiles and fairness", test_quartiles },
		{ "search", test_search },
		{ "numbers of frames", test_seen },
		{ "pattern", test_pattern },
		{ "TCP frames", test_tso_frame },
		{ "quartiles of a report", test_report },
		{ "files of a report", test_files },
		{ "table of cases", test_cases },
		CU_TEST_INFO_NULL,
	};
	static CU_SuiteInfo suites[] = { { .pName = "bench", .pTests = tests },
		CU_SUITE_INFO_NULL };
	unsigned int failed, ran;

	if (CU_initialize_registry() != CUE_SUCCESS || CU_register_suites(suites) != CUE_SUCCESS)
		return 1;
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	return failed != 0 || ran == 0;
}
