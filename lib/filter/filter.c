/* SPDX-License-Identifier: BSD-3-Clause */
/* What all filters have: counters, a pool, and copying frames out of the datapath. */
#include "filter.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/err.h"
#include "filter_private.h"
#include "hub/hub.h"

/* clang-format off */
const struct stat_desc filter_stats[FILTER_N_STATS] = {
	{ "frames", "frames that the filter saw", offsetof(struct filter_stats, frames) },
	{ "kept", "frames copied or taken", offsetof(struct filter_stats, kept) },
	{ "bytes", "bytes written to file or socket", offsetof(struct filter_stats, bytes) },
	{ "injected", "frames that came in by indev", offsetof(struct filter_stats, injected) },
	{ "released", "frames that went on after having been held back", offsetof(struct filter_stats, released) },
	{ "connects", "connections of the chardevs", offsetof(struct filter_stats, connects) },
	{ "drop_ring_full", "the file, socket or interval is slower than the traffic", offsetof(struct filter_stats, drop_ring_full) },
	{ "drop_no_mbuf", "as drop_ring_full, with long frames", offsetof(struct filter_stats, drop_no_mbuf) },
	{ "drop_not_connected", "nobody is connected to outdev", offsetof(struct filter_stats, drop_not_connected) },
	{ "drop_stopped", "the dump has ended by a write error", offsetof(struct filter_stats, drop_stopped) },
	{ "drop_malformed", "a frame or header that cannot be: from the peer of indev, or its checksum cannot be finished", offsetof(struct filter_stats, drop_malformed) },
	{ "drop_removed", "held back when the filter was removed", offsetof(struct filter_stats, drop_removed) },
	{ "write_errors", "the file could not be written: disk full?", offsetof(struct filter_stats, write_errors) },
	{ "protocol_errors", "the peer of indev sent an impossible length and was cut off", offsetof(struct filter_stats, protocol_errors) },
};
/* clang-format on */

uint64_t
filter_stat(const struct filter *f, const struct stat_desc *d)
{
	return stat_read(&f->stats, d);
}

void *
filter_new(size_t size, const struct filter_type *type, const struct filter_conf *conf, char *why)
{
	struct filter *f = rte_zmalloc("filter", size, RTE_CACHE_LINE_SIZE);

	snprintf(why, FILTER_WHY_LEN, "out of memory: reserve more hugepages");
	if (f == NULL)
		return err_null(ENOMEM);
	f->type = type;
	f->queue = conf->queue;
	f->on = !conf->off;
	rte_strscpy(f->id, conf->id, sizeof(f->id));
	f->pool = filter_pool_new(f, "o");
	if (f->pool != NULL)
		return f;
	rte_free(f);
	return err_null(ENOMEM);
}

void
filter_free(struct filter *f)
{
	if (f->pool != NULL)
		filter_pool_free(f, f->pool);
	rte_free(f);
}

void
filter_rest(struct filter *f)
{
	__atomic_store_n(&f->on, 0, __ATOMIC_RELEASE);
	if (f->type->rest != NULL)
		f->type->rest(f);
}

void
filter_destroy(struct filter *f)
{
	f->type->destroy(f);
	filter_free(f);
}

void
filter_set_on(struct filter *f, bool on)
{
	__atomic_store_n(&f->on, on, __ATOMIC_RELEASE);
}

const struct hub_filter_ops *
filter_ops(const struct filter *f)
{
	return &f->type->ops;
}

uint16_t
filter_burst(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct filter *f = ctx;
	/* What comes from the netdev's port is what the netdev sends. */
	enum filter_queue queue = dir == HUB_FILTER_FROM_PORT ? FILTER_TX : FILTER_RX;

	if (__atomic_load_n(&f->on, __ATOMIC_RELAXED) == 0)
		return n;
	if (f->queue != FILTER_ALL && f->queue != queue)
		return n;
	filter_count(&f->stats.frames, n);
	return f->type->burst(f, dir, pkts, n);
}

/* At most HUB_BURST frames; of them as many copies as there are mbufs. */
static uint16_t
filter_copy(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n,
	struct rte_mbuf **copy, uint32_t maxlen)
{
	struct filter_note note = { .tsc = rte_rdtsc(), .dir = dir };
	uint16_t i, k = 0;

	for (i = 0; i < n; i++) {
		copy[k] = rte_pktmbuf_copy(pkts[i], f->pool, 0, maxlen);
		if (copy[k] == NULL)
			break;
		note.len = pkts[i]->pkt_len;
		*filter_note(copy[k++]) = note;
	}
	if (k < n)
		filter_count(&f->stats.drop_no_mbuf, n - k);
	return k;
}

uint16_t
filter_store(struct filter *f, struct rte_ring *ring, enum hub_filter_dir dir,
	struct rte_mbuf **pkts, uint16_t n, uint32_t maxlen)
{
	struct rte_mbuf *copy[HUB_BURST] = { NULL };
	uint16_t stored = 0;
	uint64_t full = 0;

	while (n > 0) {
		uint16_t some = RTE_MIN(n, HUB_BURST), fit, k, sent;

		/* Nothing is copied that would have to be thrown away again. */
		fit = (uint16_t)RTE_MIN(some, rte_ring_free_count(ring));
		k = filter_copy(f, dir, pkts, fit, copy, maxlen);
		sent = (uint16_t)rte_ring_mp_enqueue_burst(ring, (void **)copy, k, NULL);
		rte_pktmbuf_free_bulk(copy + sent, k - sent);
		full += (some - fit) + (k - sent);
		stored += sent;
		pkts += some;
		n -= some;
	}
	if (full > 0)
		filter_count(&f->stats.drop_ring_full, full);
	if (stored > 0)
		filter_count(&f->stats.kept, stored);
	return stored;
}
