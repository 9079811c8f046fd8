/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters of a member, called one after the other. */
#include "hub_filter.h"

#include <rte_mbuf.h>

#include "hub.h"
#include "hub_forward.h"

struct hub_filters *
hub_member_set_filters(struct hub_member *m, struct hub_filters *filters)
{
	return __atomic_exchange_n(&m->filters, filters, __ATOMIC_ACQ_REL);
}

static enum hub_filter_dir
hub_filter_dir(const struct hub_filter *filter, enum hub_filter_dir dir)
{
	if (!filter->flip)
		return dir;
	return dir == HUB_FILTER_FROM_PORT ? HUB_FILTER_TO_PORT : HUB_FILTER_FROM_PORT;
}

/* Frames from the port meet the first filter first, frames to it the last one. @param skip  as many
 * filters on the way have been passed already */
static uint16_t
hub_filter_run(const struct hub_filters *f, enum hub_filter_dir dir, uint16_t skip,
	struct rte_mbuf **pkts, uint16_t n)
{
	for (; skip < f->n && n > 0; skip++) {
		const struct hub_filter *filter =
			&f->filter[dir == HUB_FILTER_FROM_PORT ? skip : f->n - 1 - skip];

		n = filter->ops->burst(filter->ctx, hub_filter_dir(filter, dir), pkts, n);
	}
	return n;
}

uint16_t
hub_filter_burst(const struct hub_filters *f, enum hub_filter_dir dir, struct rte_mbuf **pkts,
	uint16_t n)
{
	return hub_filter_run(f, dir, 0, pkts, n);
}

/* What filter i has ready in one direction goes on by the filters behind it. */
static uint16_t
hub_filter_release_one(const struct hub_input *in, const struct hub_filters *f, uint16_t i,
	enum hub_filter_dir dir)
{
	const struct hub_filter *filter = &f->filter[i];
	uint16_t passed = dir == HUB_FILTER_FROM_PORT ? i + 1 : f->n - i;
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t n =
		filter->ops->release(filter->ctx, hub_filter_dir(filter, dir), pkts, HUB_BURST);
	uint16_t left = hub_filter_run(f, dir, passed, pkts, n);

	if (left == 0)
		return n;
	if (dir == HUB_FILTER_FROM_PORT)
		hub_forward_in(in, pkts, left);
	else
		hub_forward_out(in, pkts, left);
	return n;
}

uint16_t
hub_filter_release(const struct hub_input *in, const struct hub_filters *f)
{
	uint16_t i, n = 0;

	for (i = 0; i < f->n; i++) {
		if (f->filter[i].ops->release == NULL)
			continue;
		n += hub_filter_release_one(in, f, i, HUB_FILTER_FROM_PORT);
		n += hub_filter_release_one(in, f, i, HUB_FILTER_TO_PORT);
	}
	return n;
}
