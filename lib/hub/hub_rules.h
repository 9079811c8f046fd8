/* SPDX-License-Identifier: BSD-3-Clause */
/* What an input obeys beyond flooding: switching, VLANs, limits. Plain hubs have none of it. */
#ifndef HUB_HUB_RULES_H
#define HUB_HUB_RULES_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "hub.h"
#include "hub_fdb.h"

struct rte_mbuf;

/** Rules of one input. Immutable in a plan. */
struct hub_rules {
	bool is_switch;
	bool vlans; /* some member says in which VLANs it is */
	bool waits; /* some target has policy=block */
	enum hub_loop loop;
	uint32_t storm;	     /* frames a second; 0: any */
	struct hub_fdb *fdb; /* NULL: nothing is learnt */
	struct hub_fdb_limit limit;
	struct hub_loop_log *log; /* NULL with loop=off */
	/* By hub_member.index: where in in->target it is; HUB_NO_TARGET. */
	uint8_t target[HUB_MAX_MEMBERS];
};

#define HUB_NO_TARGET 255 /* an input has 255 targets at most: 0 to 254 */

static_assert(HUB_MAX_MEMBERS <= 256, "members and targets are numbered by bytes");

static inline bool
hub_rules_wait(const struct hub_rules *r)
{
	return r->waits;
}

/** What hub_fdb takes, of a hub's options. Thread: any. */
void hub_rules_limit(const struct hub_conf *conf, struct hub_fdb_limit *limit);

/**
 * Make what the hub's options need (hub.fdb, hub.loop), and give each member a share in it.
 * @return 0; -ENOMEM. Thread: M, before hub_rules_create() for its inputs.
 */
int hub_rules_prepare(struct hub *hub);

/**
 * Set in->rules by the hub's options and its members'; in->target is complete. NULL for a plain hub.
 * @return 0; -ENOMEM. Thread: M.
 */
int hub_rules_create(const struct hub *hub, struct hub_input *in);

/** NULL is fine. Thread: M. */
void hub_rules_destroy(struct hub_rules *rules);

/** Forward a burst by in->rules; the references are gone afterwards. Thread: D of in. */
void hub_rules_forward(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n);

#endif
