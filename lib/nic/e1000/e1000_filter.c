/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frames are for this station: RCTL, RA, MTA, VFTA. Source: 317453, 13.4 RCTL and 13.5. */
#include <string.h>

#include "e1000.h"

#define HASH_BITS 12

/* Whether the VLAN id of the tag that starts at p is in the table. */
static bool
e1000_filter_vlan(const struct e1000 *s, const uint8_t *p)
{
	uint32_t vid = (uint32_t)(p[2] << 8 | p[3]) & 0xfff;

	return (e1000_get(s, E1000_VFTA + vid / 32 * 4) >> (vid % 32)) & 1;
}

static bool
e1000_filter_exact(const struct e1000 *s, const uint8_t *dst)
{
	uint32_t low = (uint32_t)dst[0] | (uint32_t)dst[1] << 8 | (uint32_t)dst[2] << 16 |
		       (uint32_t)dst[3] << 24;
	uint32_t high = (uint32_t)dst[4] | (uint32_t)dst[5] << 8 | E1000_RAH_AV;
	uint32_t i;

	for (i = 0; i < E1000_RA_N; i++)
		if (e1000_get(s, E1000_RA + 8 * i) == low &&
			(e1000_get(s, E1000_RA + 8 * i + 4) & (E1000_RAH_AV | E1000_RAH_ADDR)) ==
				high)
			return true;
	return false;
}

static bool
e1000_filter_hash(const struct e1000 *s, uint32_t rctl, const uint8_t *dst)
{
	static const uint8_t shift[] = { 4, 3, 2, 0 };
	uint32_t hash = (uint32_t)(dst[5] << 8 | dst[4]) >> shift[field_get(rctl, E1000_RCTL_MO)];

	hash &= (1u << HASH_BITS) - 1;
	return (e1000_get(s, E1000_MTA + hash / 32 * 4) >> (hash % 32)) & 1;
}

bool
e1000_filter(const struct e1000 *s, uint32_t rctl, const uint8_t *head)
{
	const struct rte_ether_addr *dst = (const struct rte_ether_addr *)head;
	const uint8_t *tag = head + E1000_ADDRS_LEN;

	if ((rctl & E1000_RCTL_VFE) &&
		(uint32_t)(tag[0] << 8 | tag[1]) == (e1000_get(s, E1000_VET) & 0xffff) &&
		!e1000_filter_vlan(s, tag))
		return false;
	if (rte_is_broadcast_ether_addr(dst)) {
		if (rctl & E1000_RCTL_BAM)
			return true;
	} else if (rte_is_multicast_ether_addr(dst)) {
		if (rctl & E1000_RCTL_MPE)
			return true;
	} else if (rctl & E1000_RCTL_UPE) {
		return true;
	}
	return e1000_filter_exact(s, head) || e1000_filter_hash(s, rctl, head);
}
