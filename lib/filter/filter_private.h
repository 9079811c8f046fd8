/* SPDX-License-Identifier: BSD-3-Clause */
/* What the filters of this folder share. */
#ifndef FILTER_FILTER_PRIVATE_H
#define FILTER_FILTER_PRIVATE_H

#include <rte_mbuf.h>
#include <rte_ring.h>

#include "filter.h"
#include "filter_worker.h"

/* Frames that a filter holds at a time; the mbufs are of 2 KiB, so 128 frames of 64 KiB. */
#define FILTER_RING  4096
#define FILTER_MBUFS 4095

/** A kind of filter. Const. */
struct filter_type {
	/* As hub_filter_ops.burst, for frames of the wanted direction only. Thread: D, any. */
	uint16_t (*burst)(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts,
		uint16_t n);
	struct hub_filter_ops ops;	   /* filter_burst(), and a release where it has one */
	void (*rest)(struct filter *f);	   /* as filter_rest(); NULL: it holds nothing back */
	void (*destroy)(struct filter *f); /* stop the thread, free all but the common part */
};

/** The common part, first in each filter's own struct. Fields without a letter are constant. */
struct filter {
	const struct filter_type *type;
	char id[FILTER_ID_LEN];
	enum filter_queue queue;
	uint32_t on;		  /* M writes, D reads */
	struct rte_mempool *pool; /* of copies: D allocates */
	bool lends; /* frames of our pools go to ports, which may hold them when we are gone */
	struct filter_stats stats;
};

/** What D notes of a frame, in the copy's private area. */
struct filter_note {
	uint64_t tsc; /* when it passed */
	uint32_t len; /* of the whole frame, bytes */
	uint32_t dir; /* enum hub_filter_dir */
};

static inline struct filter_note *
filter_note(struct rte_mbuf *m)
{
	return rte_mbuf_to_priv(m);
}

static inline void
filter_count(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/**
 * The common part: identity, pool. @param size  of the whole struct. @return NULL, rte_errno, why.
 * Thread: M.
 */
void *filter_new(size_t size, const struct filter_type *type, const struct filter_conf *conf,
	char *why);

/** Free it again, at once, when nothing has been lent. Thread: M. */
void filter_free(struct filter *f);

/** A pool or a ring of this filter; what tells them apart. @return NULL and rte_errno. Thread: M. */
struct rte_mempool *filter_pool_new(const struct filter *f, const char *what);
struct rte_ring *filter_ring_new(const struct filter *f, const char *what, unsigned int flags);

/** Free a pool now, or when all of its mbufs have come back from the ports. Thread: M. */
void filter_pool_free(const struct filter *f, struct rte_mempool *pool);

/** Free a ring and what is in it. @return frames that were. Thread: M. */
unsigned int filter_ring_free(struct rte_ring *ring);

/** hub_filter_ops.burst of all filters. */
uint16_t filter_burst(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n);

/**
 * Put copies of frames, cut to maxlen bytes, into a ring; those that do not fit are counted. The
 * frames stay the caller's. @return copies made. Thread: D, any.
 */
uint16_t filter_store(struct filter *f, struct rte_ring *ring, enum hub_filter_dir dir,
	struct rte_mbuf **pkts, uint16_t n, uint32_t maxlen);

#endif
