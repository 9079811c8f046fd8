/* SPDX-License-Identifier: BSD-3-Clause */
/* A frame's addresses and its VLAN, by the port it came from and by the one it goes to. */
#ifndef HUB_HUB_VLAN_H
#define HUB_HUB_VLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "hub_conf.h"

struct rte_mbuf;
struct rte_mempool;

/* IEEE 802.1Q: no tag, one that carries a priority only (VLAN 0), one of a VLAN. */
enum hub_tag { HUB_TAG_NONE, HUB_TAG_PRIORITY, HUB_TAG_VLAN };

/** What a switch looks at of a frame. */
struct hub_head {
	uint64_t dst, src; /* six bytes as they lie in memory, zero-extended */
	uint16_t tci;	   /* of the outer tag, if there is one */
	uint16_t vlan;	   /* hub_vlan_in(); 0: none */
	uint8_t tag;	   /* enum hub_tag */
};

/** In memory order, the group bit is the lowest of the first byte (little-endian hosts). */
static inline bool
hub_is_group(uint64_t mac)
{
	return mac & 1;
}

/** Read the head once. @return false for a frame too short to have one. Thread: D. */
bool hub_head_read(const struct rte_mbuf *m, struct hub_head *h);

/** Set h->vlan by the port the frame came from. @return false if that does not take it. Thread: D. */
bool hub_vlan_in(const struct hub_port_conf *from, struct hub_head *h);

/** Whether a port takes part in a VLAN. Thread: any. */
bool hub_vlan_member(const struct hub_port_conf *to, uint16_t vlan);

/** Whether frames of a VLAN leave a port with a tag; vlan is not 0. Thread: any. */
static inline bool
hub_vlan_tagged(const struct hub_port_conf *to, uint16_t vlan)
{
	return to->access != vlan && to->native != vlan;
}

/** Whether a frame must be changed to leave as a tagged (or an untagged) one. Thread: any. */
static inline bool
hub_vlan_changes(const struct hub_head *h, bool tagged)
{
	return h->vlan != 0 && h->tag != (tagged ? HUB_TAG_VLAN : HUB_TAG_NONE);
}

/**
 * The frame m with the tag of its VLAN, or without one: a head of its own in front of a reference to
 * the rest of m. m is only read, and stays the caller's.
 * @return NULL when the pool is empty. Thread: D.
 */
struct rte_mbuf *hub_vlan_retag(struct rte_mbuf *m, const struct hub_head *h, bool tagged,
	struct rte_mempool *pool);

#endif
