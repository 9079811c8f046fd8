/* SPDX-License-Identifier: BSD-3-Clause */
/* Pools and rings of filters, which may have to outlive them. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_mempool.h>

#include "filter_private.h"

/* A pool is freed when it has been complete for so long: whoever gave the last mbuf back has left it. */
#define FILTER_POOL_QUIET_MS 100
#define FILTER_POOL_CACHE    64

/* A pool whose filter is gone. M only. */
struct filter_orphan {
	struct filter_orphan *next;
	struct rte_mempool *pool;
	uint64_t complete_since; /* TSC; 0: mbufs are missing */
};

static struct filter_orphan *filter_orphans;

/* Names must differ for as long as anything of that name is there, also of filters that are gone. */
static void
filter_name(const struct filter *f, const char *what, char *name, size_t len)
{
	static unsigned int number; /* M */

	snprintf(name, len, "f%u%s_%.10s", number++, what, f->id);
}

struct rte_mempool *
filter_pool_new(const struct filter *f, const char *what)
{
	char name[RTE_MEMPOOL_NAMESIZE - 5]; /* it becomes part of a longer name */
	const uint16_t priv = RTE_ALIGN(sizeof(struct filter_note), RTE_MBUF_PRIV_ALIGN);
	struct rte_mempool *pool;
	int tries;

	filter_name(f, what, name, sizeof(name));
	for (tries = 0; tries < 4; tries++) {
		filter_reap(false);
		pool = rte_pktmbuf_pool_create(name, FILTER_MBUFS, FILTER_POOL_CACHE, priv,
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
		if (pool != NULL || filter_orphans == NULL)
			return pool;
		rte_delay_us_sleep(FILTER_POOL_QUIET_MS * 500); /* one of those may become free */
	}
	return NULL;
}

struct rte_ring *
filter_ring_new(const struct filter *f, const char *what, unsigned int flags)
{
	char name[RTE_RING_NAMESIZE];

	filter_name(f, what, name, sizeof(name));
	return rte_ring_create(name, FILTER_RING, SOCKET_ID_ANY, flags);
}

unsigned int
filter_ring_free(struct rte_ring *ring)
{
	unsigned int n = 0;
	void *m;

	for (; ring != NULL && rte_ring_dequeue(ring, &m) == 0; n++)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
	return n;
}

void
filter_pool_free(const struct filter *f, struct rte_mempool *pool)
{
	struct filter_orphan *o = f->lends && pool != NULL ? calloc(1, sizeof(*o)) : NULL;

	if (!f->lends) {
		rte_mempool_free(pool);
		return;
	}
	if (o == NULL)
		return; /* without memory it is kept for good: a port may hold some of it */
	o->pool = pool;
	o->next = filter_orphans;
	filter_orphans = o;
	filter_reap(false);
}

/* Whether it may go now. */
static bool
filter_orphan_done(struct filter_orphan *o)
{
	uint64_t now = rte_get_timer_cycles();

	if (rte_mempool_in_use_count(o->pool) > 0) {
		o->complete_since = 0;
		return false;
	}
	if (o->complete_since == 0)
		o->complete_since = now;
	return now - o->complete_since >= rte_get_timer_hz() / 1000 * FILTER_POOL_QUIET_MS;
}

void
filter_reap(bool last)
{
	struct filter_orphan **at = &filter_orphans, *o;

	while ((o = *at) != NULL) {
		if (!last && !filter_orphan_done(o)) {
			at = &o->next;
			continue;
		}
		*at = o->next;
		rte_mempool_free(o->pool);
		free(o);
	}
}
