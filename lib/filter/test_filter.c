/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters without a hub: the test is D. What a file and a buffer hold, and what a slow reader costs. */
#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "filter.h"
#include "filter_private.h"
#include "hub/hub.h"

static struct rte_mempool *pool;
static char path[64];

static struct rte_mbuf *
make(uint32_t len, uint8_t seed)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool), *last = m;
	uint32_t at;

	for (at = 0; at < len; at++) {
		if (rte_pktmbuf_tailroom(last) == 0) {
			last->next = rte_pktmbuf_alloc(pool);
			last = last->next;
			m->nb_segs++;
		}
		*(rte_pktmbuf_mtod(last, uint8_t *) + last->data_len++) = (uint8_t)(seed + at * 7);
	}
	m->pkt_len = len;
	return m;
}

/* Pass n frames by a filter; those that go on are freed. @return how many. */
static uint16_t
pass(struct filter *f, enum hub_filter_dir dir, uint32_t len, uint8_t seed, uint16_t n)
{
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t i, left;

	for (i = 0; i < n; i++)
		pkts[i] = make(len, (uint8_t)(seed + i));
	left = filter_ops(f)->burst(f, dir, pkts, n);
	rte_pktmbuf_free_bulk(pkts, left);
	return left;
}

static uint64_t
count(const struct filter *f, const char *name)
{
	size_t i;

	for (i = 0; i < FILTER_N_STATS; i++)
		if (strcmp(filter_stats[i].name, name) == 0)
			return filter_stat(f, &filter_stats[i]);
	CU_FAIL("no such counter");
	return 0;
}

/* Whether a counter gets to n before three seconds are over. */
static bool
reaches(const struct filter *f, const char *name, uint64_t n)
{
	uint64_t end = rte_get_timer_cycles() + 3 * rte_get_timer_hz();

	while (count(f, name) < n && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(100);
	return count(f, name) >= n;
}

static size_t
slurp(uint8_t *data, size_t len)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, sum = 0;

	while ((n = read(fd, data + sum, len - (size_t)sum)) > 0)
		sum += n;
	close(fd);
	return (size_t)sum;
}

static uint32_t
u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return value;
}

static struct filter_conf
dump_conf(void)
{
	return (struct filter_conf){ .id = "d",
		.netdev = "n0",
		.file = path,
		.maxlen = FILTER_MAXLEN };
}

/* One record of a pcap file at *at. */
static void
expect_record(const uint8_t *data, size_t *at, uint32_t caplen, uint32_t len, uint8_t seed)
{
	uint32_t i;

	CU_ASSERT_EQUAL(u32(data + *at + 8), caplen);
	CU_ASSERT_EQUAL(u32(data + *at + 12), len);
	for (i = 0; i < caplen; i++)
		if (data[*at + 16 + i] != (uint8_t)(seed + i * 7))
			break;
	CU_ASSERT_EQUAL(i, caplen);
	*at += 16 + caplen;
}

static void
test_dump(void)
{
	static uint8_t data[300000];
	char why[FILTER_WHY_LEN];
	struct filter_conf conf = dump_conf();
	struct filter *f = filter_dump_create(&conf, why);
	size_t at = 24, n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_FROM_PORT, 60, 1, 1), 1);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_TO_PORT, 65549, 2, 2), 2); /* 64 KiB of TSO */
	filter_set_on(f, false);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_TO_PORT, 70, 9, 1), 1);
	CU_ASSERT_TRUE(reaches(f, "bytes", 100)); /* without an end, too */
	filter_destroy(f);
	n = slurp(data, sizeof(data));
	CU_ASSERT_EQUAL(u32(data), 0xa1b2c3d4);
	CU_ASSERT_EQUAL(u32(data + 16), FILTER_MAXLEN);
	expect_record(data, &at, 60, 60, 1);
	expect_record(data, &at, FILTER_MAXLEN, 65549, 2);
	expect_record(data, &at, FILTER_MAXLEN, 65549, 3);
	CU_ASSERT_EQUAL(at, n);
	/* Cut short, one direction. */
	conf.maxlen = 17;
	conf.queue = FILTER_TX;
	f = filter_dump_create(&conf, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	pass(f, HUB_FILTER_FROM_PORT, 3000, 5, 2);
	pass(f, HUB_FILTER_TO_PORT, 60, 6, 1);
	filter_destroy(f);
	n = slurp(data, sizeof(data));
	at = 24;
	expect_record(data, &at, 17, 3000, 5);
	expect_record(data, &at, 17, 3000, 6);
	CU_ASSERT_EQUAL(at, n);
}

/* Blocks follow each other, and say both times how long they are. */
static void
test_pcapng(void)
{
	static const uint32_t types[] = { 0x0a0d0d0a, 1, 6, 6, 5 };
	uint8_t data[4096];
	char why[FILTER_WHY_LEN];
	struct filter_conf conf = dump_conf();
	struct filter *f;
	size_t at = 0, n, i;

	conf.pcapng = true;
	f = filter_dump_create(&conf, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	pass(f, HUB_FILTER_FROM_PORT, 61, 1, 1);
	pass(f, HUB_FILTER_TO_PORT, 64, 1, 1);
	filter_destroy(f);
	n = slurp(data, sizeof(data));
	for (i = 0; i < RTE_DIM(types); i++) {
		uint32_t len = u32(data + at + 4);

		CU_ASSERT_EQUAL(u32(data + at), types[i]);
		CU_ASSERT_TRUE_FATAL(len % 4 == 0 && len >= 12 && at + len <= n);
		CU_ASSERT_EQUAL(u32(data + at + len - 4), len);
		at += len;
	}
	CU_ASSERT_EQUAL(at, n);
}

/* The disk is full in the middle of a record: the file ends before it. */
static void
test_full(void)
{
	struct rlimit old, small;
	static uint8_t data[65536];
	char why[FILTER_WHY_LEN];
	struct filter_conf conf = dump_conf();
	struct filter *f = filter_dump_create(&conf, why);
	size_t at = 24, n;
	uint8_t k = 0;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &old);
	small = old;
	small.rlim_cur = 24 + 10 * 1016 + 500;
	setrlimit(RLIMIT_FSIZE, &small);
	pass(f, HUB_FILTER_FROM_PORT, 1000, 0, 32);
	CU_ASSERT_TRUE(reaches(f, "write_errors", 1));
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_FROM_PORT, 1000, 0, 8), 8);
	CU_ASSERT_TRUE(reaches(f, "drop_stopped", 8));
	setrlimit(RLIMIT_FSIZE, &old);
	filter_destroy(f);
	n = slurp(data, sizeof(data));
	for (; k < 10; k++)
		expect_record(data, &at, 1000, 1000, k);
	CU_ASSERT_EQUAL(n, at);
}

/* A pipe that nobody empties: D loses copies and no time, and removal does not wait. */
static void
test_pipe(void)
{
	char why[FILTER_WHY_LEN];
	struct filter_conf conf = dump_conf();
	struct filter *f;
	unsigned int i;
	int fd;

	unlink(path);
	CU_ASSERT_EQUAL_FATAL(mkfifo(path, 0600), 0);
	CU_ASSERT_PTR_NULL(filter_dump_create(&conf, why)); /* no reader: no wait either */
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "net dump: can't open"));
	fd = open(path, O_RDONLY | O_NONBLOCK);
	f = filter_dump_create(&conf, why);
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	for (i = 0; i < 2 * FILTER_RING / HUB_BURST; i++)
		CU_ASSERT_EQUAL(pass(f, HUB_FILTER_FROM_PORT, 200, 0, HUB_BURST), HUB_BURST);
	CU_ASSERT_TRUE(count(f, "drop_ring_full") + count(f, "drop_no_mbuf") > 0);
	CU_ASSERT_EQUAL(count(f, "kept") + count(f, "drop_ring_full") + count(f, "drop_no_mbuf"),
		2ul * FILTER_RING);
	/* Long frames: mbufs end before the ring is full. */
	for (i = 0; i < 20; i++)
		pass(f, HUB_FILTER_FROM_PORT, 60000, 0, 8);
	CU_ASSERT_TRUE(count(f, "drop_no_mbuf") + count(f, "drop_ring_full") > 0);
	filter_destroy(f);
	close(fd);
	unlink(path);
}

static uint16_t
release(struct filter *f, enum hub_filter_dir dir)
{
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t n = filter_ops(f)->release(f, dir, pkts, HUB_BURST);

	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static void
test_buffer(void)
{
	struct filter_conf conf = { .id = "b", .netdev = "n0", .interval = 30000 };
	char why[FILTER_WHY_LEN];
	struct filter *f = filter_buffer_create(&conf, why);
	uint64_t end;
	uint16_t got[2] = { 0 };

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_FROM_PORT, 60, 0, 32), 0);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_FROM_PORT, 60, 0, 8), 0);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_TO_PORT, 60, 0, 3), 0);
	CU_ASSERT_EQUAL(release(f, HUB_FILTER_FROM_PORT) + release(f, HUB_FILTER_TO_PORT), 0);
	end = rte_get_timer_cycles() + rte_get_timer_hz();
	while (got[0] + got[1] < 43 && rte_get_timer_cycles() < end) {
		got[HUB_FILTER_FROM_PORT] += release(f, HUB_FILTER_FROM_PORT);
		got[HUB_FILTER_TO_PORT] += release(f, HUB_FILTER_TO_PORT);
	}
	CU_ASSERT_EQUAL(got[HUB_FILTER_FROM_PORT], 40);
	CU_ASSERT_EQUAL(got[HUB_FILTER_TO_PORT], 3);
	/* Removed while it holds some, and nobody polls: they are counted. */
	pass(f, HUB_FILTER_TO_PORT, 60, 0, 5);
	filter_rest(f);
	CU_ASSERT_EQUAL(pass(f, HUB_FILTER_TO_PORT, 60, 0, 5), 5);
	CU_ASSERT_EQUAL(release(f, HUB_FILTER_TO_PORT), 5); /* now, not after the interval */
	filter_destroy(f);
	filter_reap(true);
}

static void
pool_count(struct rte_mempool *p, void *n)
{
	++*(unsigned int *)n;
}

static unsigned int
pools(void)
{
	unsigned int n = 0;

	rte_mempool_walk(pool_count, &n);
	return n;
}

/* A port still holds a frame of a filter that is gone: the frame's pool waits for it. */
static void
test_orphan(void)
{
	struct filter_conf conf = { .id = "o", .netdev = "n0", .interval = 1 };
	char why[FILTER_WHY_LEN];
	struct filter *f = filter_buffer_create(&conf, why);
	unsigned int before = pools() - 1;
	struct rte_mbuf *m;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	pass(f, HUB_FILTER_TO_PORT, 60, 77, 1);
	rte_delay_us_sleep(10);
	CU_ASSERT_EQUAL_FATAL(filter_ops(f)->release(f, HUB_FILTER_TO_PORT, &m, 1), 1);
	filter_destroy(f);
	rte_delay_us_sleep(110000);
	filter_reap(false);
	CU_ASSERT_EQUAL(pools(), before + 1);
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(m, uint8_t *), 77);
	rte_pktmbuf_free(m);
	filter_reap(false); /* seen complete, but only just */
	CU_ASSERT_EQUAL(pools(), before + 1);
	rte_delay_us_sleep(110000);
	filter_reap(false);
	CU_ASSERT_EQUAL(pools(), before);
}

static int
make_pool(void)
{
	snprintf(path, sizeof(path), "/tmp/rh_filter_%d", getpid());
	pool = rte_pktmbuf_pool_create("test", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return pool == NULL;
}

static int
free_pool(void)
{
	unlink(path);
	return rte_mempool_in_use_count(pool) > 0;
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("filters", make_pool, free_pool);

	CU_add_test(s, "pcap: whole, cut, by direction", test_dump);
	CU_add_test(s, "pcapng: blocks", test_pcapng);
	CU_add_test(s, "a full disk ends the dump behind a whole record", test_full);
	CU_add_test(s, "a slow reader costs copies only", test_pipe);
	CU_add_test(s, "buffer: interval, directions, removal", test_buffer);
	CU_add_test(s, "pools outlive their filters while frames are under way", test_orphan);
}

int
main(void)
{
	return test_main("", suites);
}
