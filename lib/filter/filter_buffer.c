/* SPDX-License-Identifier: BSD-3-Clause */
/* filter-buffer: frames wait, and go on together after each interval. */
#include <errno.h>

#include <rte_cycles.h>

#include "base/err.h"
#include "filter_private.h"

#define BUFFER_REST_MS 200

struct buffer {
	struct filter f;
	uint64_t interval;	  /* TSC cycles */
	uint64_t next;		  /* D of queue 0: when the next release is due */
	uint32_t rest;		  /* M writes, D reads: release everything now */
	struct rte_ring *ring[2]; /* by direction, D -> D */
	unsigned int due[2];	  /* D of queue 0: frames of the release under way */
};

static uint16_t
buffer_burst(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct buffer *b = (struct buffer *)f;

	filter_store(f, b->ring[dir], dir, pkts, n, UINT32_MAX);
	rte_pktmbuf_free_bulk(pkts, n);
	return 0;
}

static uint16_t
buffer_release(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t max)
{
	struct buffer *b = ctx;
	uint64_t now = rte_rdtsc();
	unsigned int n;

	if ((int64_t)(now - b->next) >= 0 || __atomic_load_n(&b->rest, __ATOMIC_RELAXED) != 0) {
		b->due[HUB_FILTER_FROM_PORT] = rte_ring_count(b->ring[HUB_FILTER_FROM_PORT]);
		b->due[HUB_FILTER_TO_PORT] = rte_ring_count(b->ring[HUB_FILTER_TO_PORT]);
		b->next = now + b->interval;
	}
	if (b->due[dir] == 0)
		return 0;
	n = rte_ring_sc_dequeue_burst(b->ring[dir], (void **)pkts, RTE_MIN(b->due[dir], max), NULL);
	b->due[dir] -= RTE_MIN(n, b->due[dir]);
	if (n > 0)
		filter_count(&b->f.stats.released, n);
	return (uint16_t)n;
}

static bool
buffer_is_empty(const struct buffer *b)
{
	return rte_ring_empty(b->ring[0]) && rte_ring_empty(b->ring[1]);
}

static void
buffer_rest(struct filter *f)
{
	struct buffer *b = (struct buffer *)f;
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() / 1000 * BUFFER_REST_MS;

	__atomic_store_n(&b->rest, 1, __ATOMIC_RELEASE);
	while (!buffer_is_empty(b) && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(100);
}

static void
buffer_destroy(struct filter *f)
{
	struct buffer *b = (struct buffer *)f;

	filter_count(&f->stats.drop_removed,
		filter_ring_free(b->ring[0]) + filter_ring_free(b->ring[1]));
}

static const struct filter_type buffer_type = {
	.burst = buffer_burst,
	.ops = { .burst = filter_burst, .release = buffer_release },
	.rest = buffer_rest,
	.destroy = buffer_destroy,
};

struct filter *
filter_buffer_create(const struct filter_conf *conf, char *why)
{
	struct buffer *b = filter_new(sizeof(*b), &buffer_type, conf, why);

	if (b == NULL)
		return NULL;
	b->f.lends = true;
	b->interval = (uint64_t)conf->interval * rte_get_tsc_hz() / 1000000;
	b->next = rte_rdtsc() + b->interval;
	b->ring[0] = filter_ring_new(&b->f, "f", RING_F_SC_DEQ);
	b->ring[1] = filter_ring_new(&b->f, "t", RING_F_SC_DEQ);
	if (b->ring[0] != NULL && b->ring[1] != NULL)
		return &b->f;
	filter_ring_free(b->ring[0]);
	filter_ring_free(b->ring[1]);
	filter_free(&b->f);
	return err_null(ENOMEM);
}
