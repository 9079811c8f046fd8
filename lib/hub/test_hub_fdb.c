/* SPDX-License-Identifier: BSD-3-Clause */
/* The forwarding database alone: learn, move, age, limits, and four threads at once. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <rte_common.h>

#include "base/test_main.h"
#include "hub_fdb.h"

#define AGEING	100
#define SECOND	20
#define THREADS 4
#define STEPS	20000
#define TICK	400 /* steps; threads drift apart, and nothing may grow old by that */
#define TWINS	2000

static const struct hub_fdb_limit limit = { AGEING, SECOND, 1024 };

static enum hub_fdb_news
learn(struct hub_fdb *fdb, uint64_t key, uint8_t port, uint32_t now)
{
	struct hub_fdb_move move;

	return hub_fdb_learn(fdb, &limit, key, port, now, &move);
}

static void
test_learn(void)
{
	struct hub_fdb *fdb = hub_fdb_create();

	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, 0), -1);
	CU_ASSERT_EQUAL(learn(fdb, 2, 7, 0), HUB_FDB_NEW);
	CU_ASSERT_EQUAL(learn(fdb, 2, 7, 1), HUB_FDB_KNOWN);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, 1), 7);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, hub_fdb_key(2, 9), AGEING, 1), -1); /* another VLAN */
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 7), 1);
	hub_fdb_forget(fdb, 6);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, 1), 7);
	hub_fdb_forget(fdb, 7);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, 1), -1);
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 7), 0);
	hub_fdb_destroy(fdb);
}

static void
test_move(void)
{
	struct hub_fdb *fdb = hub_fdb_create();
	struct hub_fdb_move move;
	uint32_t i;

	learn(fdb, 2, 1, 0);
	/* Every two seconds is no loop; ten in a second are. */
	for (i = 1; i < 5; i++) {
		CU_ASSERT_EQUAL(hub_fdb_learn(fdb, &limit, 2, (uint8_t)(1 + i % 2), i * 2 * SECOND,
					&move),
			HUB_FDB_MOVED);
		CU_ASSERT_EQUAL(move.moves, 1);
	}
	for (i = 1; i < 400; i++) {
		CU_ASSERT_EQUAL(hub_fdb_learn(fdb, &limit, 2, (uint8_t)(2 + i % 2), 200, &move),
			HUB_FDB_MOVED);
		CU_ASSERT_EQUAL(move.moves, RTE_MIN(i, 255u));
		CU_ASSERT_EQUAL(move.home, 1);
	}
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 1), 0);
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 2) + hub_fdb_count(fdb, 3), 1);
	hub_fdb_destroy(fdb);
}

static void
test_ageing(void)
{
	struct hub_fdb *fdb = hub_fdb_create();
	struct hub_fdb_entry e;
	uint32_t now = HUB_TICK_MASK - 50, at = 0, i; /* the clock wraps meanwhile */

	learn(fdb, 2, 1, now);
	learn(fdb, 4, 1, now);
	learn(fdb, 4, 1, (now + 60) & HUB_TICK_MASK);
	now = (now + AGEING) & HUB_TICK_MASK;
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, now), 1);
	now = (now + 1) & HUB_TICK_MASK;
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 2, AGEING, now), -1);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 4, AGEING, now), 1);
	CU_ASSERT_TRUE(hub_fdb_next(fdb, &limit, now, &at, &e));
	CU_ASSERT_EQUAL(e.mac, 4);
	CU_ASSERT_EQUAL(e.port, 1);
	CU_ASSERT_EQUAL(e.age, 41);
	CU_ASSERT_FALSE(hub_fdb_next(fdb, &limit, now, &at, &e));
	/* One lcore's clock a tick behind another's makes nothing old. */
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 4, AGEING, (now - 42) & HUB_TICK_MASK), 1);
	/* The old one counts until it is swept, and the sweep comes round. */
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 1), 2);
	for (i = 0; i < HUB_FDB_BUCKETS; i++)
		hub_fdb_sweep(fdb, AGEING, now + i % 2);
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 1), 1);
	hub_fdb_destroy(fdb);
}

static void
test_limits(void)
{
	struct hub_fdb *fdb = hub_fdb_create();
	const struct hub_fdb_limit small = { AGEING, SECOND, 3 },
				   big = { AGEING, SECOND, UINT16_MAX };
	struct hub_fdb_move move;
	uint64_t key;
	uint32_t in = 0;

	for (key = 2; key < 12; key += 2)
		in += hub_fdb_learn(fdb, &small, key, 1, 0, &move) == HUB_FDB_NEW;
	CU_ASSERT_EQUAL(in, 3);
	CU_ASSERT_EQUAL(hub_fdb_learn(fdb, &small, 10, 2, 0, &move),
		HUB_FDB_NEW); /* another port */
	/* An address that moves to a full port is not left where it no longer is. */
	CU_ASSERT_EQUAL(hub_fdb_learn(fdb, &small, 10, 1, 0, &move), HUB_FDB_NO_ROOM);
	CU_ASSERT_EQUAL(hub_fdb_find(fdb, 10, AGEING, 0), -1);
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 2), 0);
	hub_fdb_forget(fdb, -1);
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 1), 0);
	/* A guest with every address there is: some buckets overflow, nothing else happens. */
	for (key = 1, in = 0; key <= UINT16_MAX; key++)
		in += hub_fdb_learn(fdb, &big, key << 24 | 2, 1, 0, &move) == HUB_FDB_NEW;
	CU_ASSERT_EQUAL(hub_fdb_count(fdb, 1), in);
	CU_ASSERT_TRUE(
		in > HUB_FDB_BUCKETS * HUB_FDB_WAYS / 2 && in <= HUB_FDB_BUCKETS * HUB_FDB_WAYS);
	/* Old ones make room. */
	CU_ASSERT_EQUAL(hub_fdb_learn(fdb, &limit, 6, 2, AGEING + 1, &move), HUB_FDB_NEW);
	hub_fdb_destroy(fdb);
}

static struct hub_fdb *shared;
static uint32_t wrong;

/* Each thread is a port; addresses 1..31 are everybody's, and each has some of its own. */
static void *
churn(void *arg)
{
	uint8_t port = (uint8_t)(uintptr_t)arg;
	uint64_t own = 1000 + port;
	uint32_t i;

	for (i = 0; i < STEPS; i++) {
		int at;

		learn(shared, 1 + (i * 7 + port) % 31, port, i / TICK);
		at = hub_fdb_find(shared, 1 + i % 31, AGEING, i / TICK);
		if (at >= THREADS)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		if (learn(shared, own << 16 | i % 8, port, i / TICK) == HUB_FDB_MOVED ||
			hub_fdb_find(shared, own << 16 | i % 8, AGEING, i / TICK) != port)
			__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
		if (i % 4096 == 0)
			hub_fdb_forget(shared,
				THREADS + port); /* nobody's: walks under the others */
		hub_fdb_sweep(shared, AGEING, i / TICK);
	}
	return NULL;
}

static void
test_threads(void)
{
	pthread_t thread[THREADS];
	uint32_t at = 0, n = 0, counted = 0, seen[32] = { 0 };
	struct hub_fdb_entry e;
	uintptr_t i;

	shared = hub_fdb_create();
	for (i = 0; i < THREADS; i++)
		CU_ASSERT_EQUAL(pthread_create(&thread[i], NULL, churn, (void *)i), 0);
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(wrong, 0);
	/* None twice, and the counters agree with what is there. */
	while (hub_fdb_next(shared, &limit, STEPS / TICK, &at, &e)) {
		n++;
		if (e.mac < 32)
			seen[e.mac]++;
	}
	for (i = 0; i < 32; i++)
		CU_ASSERT_TRUE(seen[i] <= 1);
	for (i = 0; i < THREADS; i++)
		counted += hub_fdb_count(shared, (uint8_t)i);
	CU_ASSERT_EQUAL(counted, n);
	CU_ASSERT_EQUAL(n, 31 + 8 * THREADS);
	hub_fdb_forget(shared, -1);
	for (i = 0; i < 256; i++)
		CU_ASSERT_EQUAL(hub_fdb_count(shared, (uint8_t)i), 0);
	hub_fdb_destroy(shared);
}

static uint32_t arrived;

/* Two threads enter the same new address at the same time. */
static void *
enter(void *arg)
{
	static const struct hub_fdb_limit many = { AGEING, SECOND, UINT16_MAX };
	struct hub_fdb_move move;
	uint64_t key, spins = 0;

	for (key = 1; key <= TWINS; key++) {
		__atomic_fetch_add(&arrived, 1, __ATOMIC_SEQ_CST);
		while (__atomic_load_n(&arrived, __ATOMIC_SEQ_CST) < 2 * key)
			if (++spins % 1024 == 0)
				sched_yield();
		hub_fdb_learn(shared, &many, key << 8, (uint8_t)(uintptr_t)arg, 0, &move);
	}
	return NULL;
}

static void
test_twins(void)
{
	pthread_t thread[2];
	uintptr_t i;

	shared = hub_fdb_create();
	for (i = 0; i < 2; i++)
		CU_ASSERT_EQUAL(pthread_create(&thread[i], NULL, enter, (void *)i), 0);
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(hub_fdb_count(shared, 0) + hub_fdb_count(shared, 1), TWINS);
	hub_fdb_destroy(shared);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("forwarding database", NULL, NULL);

	CU_add_test(s, "learn and forget", test_learn);
	CU_add_test(s, "moves", test_move);
	CU_add_test(s, "ageing", test_ageing);
	CU_add_test(s, "limits", test_limits);
	CU_add_test(s, "four threads", test_threads);
	CU_add_test(s, "two threads enter one address", test_twins);
}

int
main(void)
{
	return test_main("", suites);
}
