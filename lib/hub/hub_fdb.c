/* SPDX-License-Identifier: BSD-3-Clause */
/* The forwarding database: a set-associative table of whole words. */
#include "hub_fdb.h"

#include <assert.h>
#include <errno.h>

#include <rte_common.h>
#include <rte_malloc.h>
#include <rte_random.h>

#include "base/err.h"

#define HUB_FDB_BUCKET_SHIFT (64 - 13)
#define HUB_FDB_SWEEP	     64		/* buckets a tick: the table in some seconds */
#define HUB_FDB_BUSY	     UINT64_MAX /* key of a slot that one thread is changing */

static_assert(HUB_FDB_BUCKETS == 1 << (64 - HUB_FDB_BUCKET_SHIFT),
	"shift and size belong together");

/*
 * The value of a slot, from the top: 24 bits tick when last heard, 8 low bits of the tick when the
 * moves began, 8 port, 8 home, 8 moves, 8 generation. The generation, never 0, tells a slot's content
 * from the one before; 0 as a whole: no content.
 */
struct hub_fdb_value {
	uint32_t seen;
	uint8_t window, port, home, moves, generation;
	uint8_t from; /* not kept: of a move, the port before it */
};

struct hub_fdb_slot {
	uint64_t key;	/* 0: free; whoever changes it from a key to BUSY owns the slot */
	uint64_t value; /* stored by the owner; else exchanged as a whole */
};

struct hub_fdb {
	uint64_t multiplier;   /* odd, random */
	uint32_t generation;   /* any D adds */
	uint32_t sweep_tick;   /* any D exchanges */
	uint32_t sweep_bucket; /* any D adds */
	uint32_t n[256];       /* by port; any D adds */
	struct hub_fdb_slot slot[HUB_FDB_BUCKETS][HUB_FDB_WAYS] __rte_cache_aligned;
};

static inline uint64_t
hub_fdb_pack(const struct hub_fdb_value *v)
{
	return (uint64_t)(v->seen & HUB_TICK_MASK) << 40 | (uint64_t)v->window << 32 |
	       (uint64_t)v->port << 24 | (uint64_t)v->home << 16 | (uint64_t)v->moves << 8 |
	       v->generation;
}

static inline struct hub_fdb_value
hub_fdb_unpack(uint64_t value)
{
	return (struct hub_fdb_value){
		.seen = (uint32_t)(value >> 40),
		.window = (uint8_t)(value >> 32),
		.port = (uint8_t)(value >> 24),
		.home = (uint8_t)(value >> 16),
		.moves = (uint8_t)(value >> 8),
		.generation = (uint8_t)value,
	};
}

static inline uint64_t
hub_fdb_load(const uint64_t *word)
{
	return __atomic_load_n(word, __ATOMIC_SEQ_CST);
}

/* Another lcore's clock may be a little ahead: that is no age. */
static inline uint32_t
hub_fdb_age(uint32_t seen, uint32_t now)
{
	uint32_t age = (now - seen) & HUB_TICK_MASK;

	return age > HUB_TICK_MASK / 2 ? 0 : age;
}

static inline bool
hub_fdb_is_old(uint64_t value, uint32_t ageing, uint32_t now)
{
	return hub_fdb_age((uint32_t)(value >> 40), now) > ageing;
}

static inline uint32_t
hub_fdb_bucket(const struct hub_fdb *fdb, uint64_t key)
{
	uint64_t h = key * fdb->multiplier;

	/* Once more: one product alone puts some series of addresses into few buckets. */
	h = (h ^ h >> 32) * UINT64_C(0x9e3779b97f4a7c15);
	return (uint32_t)(h >> HUB_FDB_BUCKET_SHIFT);
}

static inline void
hub_fdb_add(struct hub_fdb *fdb, uint8_t port, uint32_t n)
{
	__atomic_fetch_add(&fdb->n[port], n, __ATOMIC_RELAXED);
}

struct hub_fdb *
hub_fdb_create(void)
{
	struct hub_fdb *fdb = rte_zmalloc("hub_fdb", sizeof(*fdb), RTE_CACHE_LINE_SIZE);

	if (fdb == NULL)
		return err_null(ENOMEM);
	fdb->multiplier = rte_rand() | 1;
	return fdb;
}

void
hub_fdb_destroy(struct hub_fdb *fdb)
{
	rte_free(fdb);
}

/* Become the owner of a slot that has this key (0: is free), and take its content out. */
static bool
hub_fdb_claim(struct hub_fdb *fdb, struct hub_fdb_slot *s, uint64_t key)
{
	uint64_t value;

	if (key == HUB_FDB_BUSY || !__atomic_compare_exchange_n(&s->key, &key, HUB_FDB_BUSY, false,
					   __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return false;
	value = __atomic_exchange_n(&s->value, 0, __ATOMIC_SEQ_CST);
	if (value != 0)
		hub_fdb_add(fdb, hub_fdb_unpack(value).port, UINT32_MAX);
	return true;
}

static void
hub_fdb_remove(struct hub_fdb *fdb, struct hub_fdb_slot *s, uint64_t key)
{
	if (key != 0 && hub_fdb_claim(fdb, s, key))
		__atomic_store_n(&s->key, 0, __ATOMIC_SEQ_CST);
}

/* Two lcores may have entered one address at a time; both look afterwards, and the first slot stays. */
static void
hub_fdb_remove_twin(struct hub_fdb *fdb, struct hub_fdb_slot *bucket, uint64_t key)
{
	bool found = false;
	unsigned int i;

	for (i = 0; i < HUB_FDB_WAYS; i++) {
		if (hub_fdb_load(&bucket[i].key) != key)
			continue;
		if (found)
			hub_fdb_remove(fdb, &bucket[i], key);
		found = true;
	}
}

static enum hub_fdb_news
hub_fdb_insert(struct hub_fdb *fdb, const struct hub_fdb_limit *limit, uint64_t key, uint8_t port,
	uint32_t now)
{
	struct hub_fdb_slot *bucket = fdb->slot[hub_fdb_bucket(fdb, key)];
	struct hub_fdb_value v = { .seen = now, .port = port, .home = port };
	unsigned int i;

	if (hub_fdb_count(fdb, port) >= limit->max)
		return HUB_FDB_NO_ROOM;
	v.generation =
		(uint8_t)(__atomic_fetch_add(&fdb->generation, 1, __ATOMIC_RELAXED) % 255 + 1);
	for (i = 0; i < HUB_FDB_WAYS; i++) {
		struct hub_fdb_slot *s = &bucket[i];
		uint64_t old = hub_fdb_load(&s->key);

		if (old != 0 && !hub_fdb_is_old(hub_fdb_load(&s->value), limit->ageing, now))
			continue;
		if (!hub_fdb_claim(fdb, s, old))
			continue;
		hub_fdb_add(fdb, port, 1);
		__atomic_store_n(&s->value, hub_fdb_pack(&v), __ATOMIC_SEQ_CST);
		__atomic_store_n(&s->key, key, __ATOMIC_SEQ_CST);
		hub_fdb_remove_twin(fdb, bucket, key);
		return HUB_FDB_NEW;
	}
	return HUB_FDB_NO_ROOM;
}

/* The address in s was heard behind another port. */
static enum hub_fdb_news
hub_fdb_relocate(struct hub_fdb *fdb, struct hub_fdb_slot *s, uint64_t value,
	struct hub_fdb_value *fresh, const struct hub_fdb_limit *limit)
{
	struct hub_fdb_value v = hub_fdb_unpack(value);
	bool old = hub_fdb_is_old(value, limit->ageing, fresh->seen);

	if (old || (uint8_t)(fresh->seen - v.window) > limit->second || v.moves == 0) {
		v.window = (uint8_t)fresh->seen;
		v.home = v.port;
		v.moves = 0;
	}
	v.moves += v.moves < UINT8_MAX && !old;
	v.seen = fresh->seen;
	v.from = v.port;
	v.port = fresh->port;
	if (!__atomic_compare_exchange_n(&s->value, &value, hub_fdb_pack(&v), false,
		    __ATOMIC_SEQ_CST, __ATOMIC_RELAXED))
		return HUB_FDB_KNOWN; /* another lcore was quicker: the next frame tells */
	hub_fdb_add(fdb, v.port, 1);
	hub_fdb_add(fdb, v.from, UINT32_MAX);
	*fresh = v;
	return old ? HUB_FDB_NEW : HUB_FDB_MOVED;
}

/* The address has the slot s: hear it there, or move it. */
static enum hub_fdb_news
hub_fdb_hear(struct hub_fdb *fdb, struct hub_fdb_slot *s, uint64_t key, struct hub_fdb_value *fresh,
	const struct hub_fdb_limit *limit)
{
	uint64_t value = hub_fdb_load(&s->value);
	struct hub_fdb_value v = hub_fdb_unpack(value);

	if (value == 0)
		return HUB_FDB_KNOWN;
	if (v.port != fresh->port) {
		if (hub_fdb_count(fdb, fresh->port) < limit->max)
			return hub_fdb_relocate(fdb, s, value, fresh, limit);
		/* It is not where it was, and cannot be where it is: then nowhere. */
		hub_fdb_remove(fdb, s, key);
		return HUB_FDB_NO_ROOM;
	}
	/* Once a tick: entries stay unwritten, and so in every lcore's cache, for 50 ms. */
	if (v.seen != fresh->seen) {
		v.seen = fresh->seen;
		__atomic_compare_exchange_n(&s->value, &value, hub_fdb_pack(&v), false,
			__ATOMIC_SEQ_CST, __ATOMIC_RELAXED);
	}
	return HUB_FDB_KNOWN;
}

enum hub_fdb_news
hub_fdb_learn(struct hub_fdb *fdb, const struct hub_fdb_limit *limit, uint64_t key, uint8_t port,
	uint32_t now, struct hub_fdb_move *move)
{
	struct hub_fdb_slot *bucket = fdb->slot[hub_fdb_bucket(fdb, key)];
	struct hub_fdb_value fresh = { .seen = now, .port = port };
	unsigned int i;

	for (i = 0; i < HUB_FDB_WAYS; i++) {
		enum hub_fdb_news news;

		if (hub_fdb_load(&bucket[i].key) != key)
			continue;
		news = hub_fdb_hear(fdb, &bucket[i], key, &fresh, limit);
		if (news == HUB_FDB_MOVED)
			*move = (struct hub_fdb_move){ fresh.from, fresh.home, fresh.moves };
		return news;
	}
	return hub_fdb_insert(fdb, limit, key, port, now);
}

int
hub_fdb_find(const struct hub_fdb *fdb, uint64_t key, uint32_t ageing, uint32_t now)
{
	const struct hub_fdb_slot *bucket = fdb->slot[hub_fdb_bucket(fdb, key)];
	unsigned int i;

	for (i = 0; i < HUB_FDB_WAYS; i++) {
		uint64_t value;

		if (__atomic_load_n(&bucket[i].key, __ATOMIC_ACQUIRE) != key)
			continue;
		value = __atomic_load_n(&bucket[i].value, __ATOMIC_ACQUIRE);
		/* Still the same key: then the value was its own. */
		if (__atomic_load_n(&bucket[i].key, __ATOMIC_RELAXED) != key || value == 0 ||
			hub_fdb_is_old(value, ageing, now))
			return -1;
		return hub_fdb_unpack(value).port;
	}
	return -1;
}

void
hub_fdb_sweep(struct hub_fdb *fdb, uint32_t ageing, uint32_t now)
{
	uint32_t last = __atomic_load_n(&fdb->sweep_tick, __ATOMIC_RELAXED), first, b, i;

	if (likely(last == now) || !__atomic_compare_exchange_n(&fdb->sweep_tick, &last, now, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED))
		return;
	first = __atomic_fetch_add(&fdb->sweep_bucket, HUB_FDB_SWEEP, __ATOMIC_RELAXED);
	for (b = 0; b < HUB_FDB_SWEEP; b++) {
		struct hub_fdb_slot *bucket = fdb->slot[(first + b) % HUB_FDB_BUCKETS];

		for (i = 0; i < HUB_FDB_WAYS; i++) {
			uint64_t key = hub_fdb_load(&bucket[i].key);

			if (key != 0 && hub_fdb_is_old(hub_fdb_load(&bucket[i].value), ageing, now))
				hub_fdb_remove(fdb, &bucket[i], key);
		}
	}
}

void
hub_fdb_forget(struct hub_fdb *fdb, int port)
{
	struct hub_fdb_slot *s = fdb->slot[0], *end = s + (size_t)HUB_FDB_BUCKETS * HUB_FDB_WAYS;

	for (; s < end; s++) {
		uint64_t key = hub_fdb_load(&s->key);

		if (key != 0 && (port < 0 || hub_fdb_unpack(hub_fdb_load(&s->value)).port == port))
			hub_fdb_remove(fdb, s, key);
	}
}

uint32_t
hub_fdb_count(const struct hub_fdb *fdb, uint8_t port)
{
	uint32_t n = __atomic_load_n(&fdb->n[port], __ATOMIC_RELAXED);

	/* One lcore may have taken off what another is about to add. */
	return n > INT32_MAX ? 0 : n;
}

bool
hub_fdb_next(const struct hub_fdb *fdb, const struct hub_fdb_limit *limit, uint32_t now,
	uint32_t *at, struct hub_fdb_entry *e)
{
	while (*at < HUB_FDB_BUCKETS * HUB_FDB_WAYS) {
		const struct hub_fdb_slot *s = &fdb->slot[0][0] + (*at)++;
		uint64_t key = hub_fdb_load(&s->key), value = hub_fdb_load(&s->value);

		if (key == 0 || key == HUB_FDB_BUSY || value == 0 ||
			hub_fdb_is_old(value, limit->ageing, now))
			continue;
		*e = (struct hub_fdb_entry){
			.mac = key & UINT64_C(0xffffffffffff),
			.vlan = (uint16_t)(key >> 48),
			.port = hub_fdb_unpack(value).port,
			.age = hub_fdb_age((uint32_t)(value >> 40), now),
		};
		return true;
	}
	return false;
}
