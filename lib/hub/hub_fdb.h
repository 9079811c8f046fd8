/* SPDX-License-Identifier: BSD-3-Clause */
/* Which address was last heard behind which port: the forwarding database of a switch. */
#ifndef HUB_HUB_FDB_H
#define HUB_HUB_FDB_H

#include <stdbool.h>
#include <stdint.h>

/*
 * A table of our own instead of rte_hash: with RTE_HASH_EXTRA_FLAGS_RW_CONCURRENCY_LF its lookups take
 * no lock, but all lcores that learn share one, and what they replace must wait for a grace period. An
 * entry here is two 64-bit words that are each written whole. So every lcore learns, moves, ages and
 * looks up in a bounded number of steps, waits for nobody, and there is nothing to reclaim. A bucket is
 * two cache lines, as in a switch's own silicon: an address whose bucket is full is not learnt, and
 * frames for it are flooded. Buckets are chosen by a random multiplier, so that a guest cannot fill one
 * on purpose.
 */
#define HUB_FDB_WAYS	8
#define HUB_FDB_BUCKETS 8192

/* Time is told in ticks of 2^27 TSC cycles, some 50 ms, and wraps at 2^24 of them: a week. */
#define HUB_TICK_SHIFT 27
#define HUB_TICK_MASK  UINT32_C(0xffffff)

struct hub_fdb;

/** What may be learnt. */
struct hub_fdb_limit {
	uint32_t ageing; /* ticks until an unheard address is forgotten */
	uint32_t second; /* ticks */
	uint32_t max;	 /* addresses of a port */
};

enum hub_fdb_news {
	HUB_FDB_KNOWN,
	HUB_FDB_NEW,
	HUB_FDB_MOVED,
	HUB_FDB_NO_ROOM, /* the port has its share, or the bucket is full */
};

/** Of an address that was heard behind another port than before. */
struct hub_fdb_move {
	uint8_t from;  /* port before */
	uint8_t home;  /* port before the first of these moves */
	uint8_t moves; /* moves within a second, this one included; stops at 255 */
};

/** An address, for people. */
struct hub_fdb_entry {
	uint64_t mac; /* in memory order */
	uint16_t vlan;
	uint8_t port;
	uint32_t age; /* ticks */
};

/** The key of an address in a VLAN. @param mac  its six bytes as they lie in memory, zero-extended. */
static inline uint64_t
hub_fdb_key(uint64_t mac, uint16_t vlan)
{
	return mac | (uint64_t)vlan << 48;
}

/** A TSC value in ticks. */
static inline uint32_t
hub_ticks(uint64_t tsc)
{
	return (uint32_t)(tsc >> HUB_TICK_SHIFT) & HUB_TICK_MASK;
}

/** @return NULL and rte_errno ENOMEM. Thread: M. */
struct hub_fdb *hub_fdb_create(void);

/** Nobody uses it any more. Thread: M. */
void hub_fdb_destroy(struct hub_fdb *fdb);

/**
 * An address was heard behind a port.
 * @param key   hub_fdb_key(), of a unicast address that is not zero
 * @param now   ticks
 * @param move  out, for HUB_FDB_MOVED
 * Thread: D, any.
 */
enum hub_fdb_news hub_fdb_learn(struct hub_fdb *fdb, const struct hub_fdb_limit *limit,
	uint64_t key, uint8_t port, uint32_t now, struct hub_fdb_move *move);

/** The port of an address; -1: not known. Thread: any. */
int hub_fdb_find(const struct hub_fdb *fdb, uint64_t key, uint32_t ageing, uint32_t now);

/** Take out what is too old in a part of the table, at most once a tick. Thread: D, any. */
void hub_fdb_sweep(struct hub_fdb *fdb, uint32_t ageing, uint32_t now);

/** Forget what was learnt behind a port, or with -1 behind all. Thread: any. */
void hub_fdb_forget(struct hub_fdb *fdb, int port);

/** Addresses learnt behind a port; those too old and not yet swept count. Thread: any. */
uint32_t hub_fdb_count(const struct hub_fdb *fdb, uint8_t port);

/** The next entry from *at (0 at first) on that is not too old. @return false at the end. Any thread. */
bool hub_fdb_next(const struct hub_fdb *fdb, const struct hub_fdb_limit *limit, uint32_t now,
	uint32_t *at, struct hub_fdb_entry *e);

#endif
