/* SPDX-License-Identifier: BSD-3-Clause */
/* One poll of a hub's input: guest to guest in a pair, and to three others, all by net_guest. */
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "perf_port.h"

#define PERF_MAX_PORTS 4

struct perf_hub {
	struct perf_port port[PERF_MAX_PORTS];
	struct hub_target target[PERF_MAX_PORTS];
	struct hub_input in; /* of port 0 */
	unsigned int n;	     /* ports */
	uint16_t burst;
};

static void *
perf_hub_open(const struct perf_case *c, unsigned int n)
{
	struct perf_hub *h = aligned_alloc(RTE_CACHE_LINE_SIZE, sizeof(*h));
	unsigned int i;

	memset(h, 0, sizeof(*h));
	h->burst = c->burst;
	h->n = n;
	for (i = 0; i < n; i++) {
		if (!perf_port_open(&h->port[i], (uint16_t)i, c->frame_len))
			return NULL;
		h->target[i] = (struct hub_target){ &h->port[i].member, 0, true };
	}
	h->in = (struct hub_input){ &h->port[0].member, 0, (uint16_t)(n - 1), h->target + 1, NULL };
	return h;
}

static void *
perf_pair_open(const struct perf_case *c)
{
	return perf_hub_open(c, 2);
}

/* The same pair, whose frames are copied into mbufs first. */
static void *
perf_pair_copy_open(const struct perf_case *c)
{
	struct perf_hub *h = perf_hub_open(c, 2);

	if (h != NULL)
		h->port[0].member.lend = NULL;
	return h;
}

static void *
perf_flood_open(const struct perf_case *c)
{
	return perf_hub_open(c, PERF_MAX_PORTS);
}

static void
perf_hub_close(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	for (i = 0; i < h->n; i++)
		perf_port_close(&h->port[i]);
	free(h);
}

static bool
perf_hub_prepare(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	perf_guest_post(&h->port[0].guest, 1, h->burst);
	for (i = 1; i < h->n; i++)
		perf_guest_post(&h->port[i].guest, 0, h->burst);
	return true;
}

static uint16_t
perf_hub_run(void *ctx)
{
	return hub_poll(&((struct perf_hub *)ctx)->in);
}

static bool
perf_hub_finish(void *ctx)
{
	struct perf_hub *h = ctx;
	unsigned int i;

	for (i = 1; i < h->n; i++) {
		const struct perf_guest *g = &h->port[i].guest;

		if (!perf_guest_got_all(g, 0) || !perf_is_frame(perf_guest_frame(g), g->frame_len))
			return false;
	}
	return perf_guest_got_all(&h->port[0].guest, 1);
}

const struct perf_loop perf_hub_loops[] = {
	{ "hub-pair", perf_pair_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
	{ "hub-pair-copy", perf_pair_copy_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
	{ "hub-flood-3", perf_flood_open, perf_hub_prepare, perf_hub_run, perf_hub_finish,
		perf_hub_close },
};
const unsigned int perf_n_hub_loops = RTE_DIM(perf_hub_loops);
