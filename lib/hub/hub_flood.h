/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside this folder: the way of frames to targets, whoever chose these. */
#ifndef HUB_HUB_FLOOD_H
#define HUB_HUB_FLOOD_H

#include <stdint.h>

#include <rte_mbuf.h>

#include "hub.h"

static inline bool
hub_is_down(const struct hub_member *m)
{
	return __atomic_load_n(&m->down, __ATOMIC_RELAXED) != 0;
}

/** Count one or more of a member's rare events; any lcore may do that. */
static inline void
hub_count_add(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

/** Count lost frames, and free them. */
static inline void
hub_lose(uint64_t *counter, struct rte_mbuf **pkts, uint16_t n)
{
	hub_count_add(counter, n);
	rte_pktmbuf_free_bulk(pkts, n);
}

/**
 * Send n frames of an input to n_targets (at least one) of its targets: a reference for each, and what
 * some cannot take made once. The caller's references are gone afterwards. Thread: D of in.
 */
void hub_flood(const struct hub_input *in, const struct hub_target *t, uint16_t n_targets,
	struct rte_mbuf **pkts, uint16_t n);

#endif
