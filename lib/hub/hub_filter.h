/* SPDX-License-Identifier: BSD-3-Clause */
/* The hook of network filters: who may look at, take and add frames at one member's port. */
#ifndef HUB_HUB_FILTER_H
#define HUB_HUB_FILTER_H

#include <stdbool.h>
#include <stdint.h>

struct hub_input;
struct hub_member;
struct rte_mbuf;

/** Which way a frame goes past a filter. */
enum hub_filter_dir { HUB_FILTER_FROM_PORT, HUB_FILTER_TO_PORT };

/** What a filter does. D may call from several lcores at once; nothing here blocks. */
struct hub_filter_ops {
	/**
	 * Look at a burst. Frames that the filter takes away are its own from now on; those that go
	 * on stand first in pkts afterwards, in order. A frame may be shared and may point into
	 * guest memory until the round ends: it is not written to, and copied to be kept.
	 * @return how many go on. Thread: D, any.
	 */
	uint16_t (*burst)(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n);
	/**
	 * Frames to send on now that did not come with a burst: injected, or held back before. NULL:
	 * the filter never has any. @return how many. Thread: D, the lcore of the member's queue 0.
	 */
	uint16_t (
		*release)(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t max);
};

struct hub_filter {
	const struct hub_filter_ops *ops;
	void *ctx;
	bool flip; /* it sits on the other end of the cable: the directions are exchanged */
};

/** The filters of a member, from its port outwards. Immutable once a member has it. */
struct hub_filters {
	uint16_t n;
	struct hub_filter filter[];
};

/**
 * Give a member other filters; NULL for none. Bursts under way may use the old ones until the
 * engine has synchronised (engine_sync()): only then may they be freed.
 * @return the old ones. Thread: M.
 */
struct hub_filters *hub_member_set_filters(struct hub_member *m, struct hub_filters *filters);

/** Pass a burst by all filters. @return frames that go on, first in pkts. Thread: D. */
uint16_t hub_filter_burst(const struct hub_filters *f, enum hub_filter_dir dir,
	struct rte_mbuf **pkts, uint16_t n);

/** Send on what the filters of in's member hold ready. @return frames. Thread: D of its queue 0. */
uint16_t hub_filter_release(const struct hub_input *in, const struct hub_filters *f);

#endif
