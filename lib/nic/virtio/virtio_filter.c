/* SPDX-License-Identifier: BSD-3-Clause */
/* The receive filter, in the order QEMU tests. */
#include "virtio_filter.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#define VLAN_VID 0x0fff /* 802.1Q: the identifier in the tag */

void
virtio_filter_all_vlans(struct virtio_filter *f, bool all)
{
	memset(f->vlan, all ? 0xff : 0, sizeof(f->vlan));
}

void
virtio_filter_reset(struct virtio_filter *f, const struct rte_ether_addr *mac)
{
	*f = (struct virtio_filter){ .promisc = true, .mac = *mac };
	virtio_filter_all_vlans(f, true);
}

static bool
virtio_filter_listed(const struct virtio_mac_table *t, uint16_t from, uint16_t to,
	const struct rte_ether_addr *dst)
{
	uint16_t i;

	for (i = from; i < to; i++)
		if (rte_is_same_ether_addr(&t->mac[i], dst))
			return true;
	return false;
}

static bool
virtio_filter_multicast(const struct virtio_filter *f, const struct rte_ether_addr *dst)
{
	if (rte_is_broadcast_ether_addr(dst))
		return !f->nobcast;
	if (f->nomulti)
		return false;
	if (f->allmulti || f->table.multi_overflow)
		return true;
	return virtio_filter_listed(&f->table, f->table.n_uni, f->table.n, dst);
}

static bool
virtio_filter_unicast(const struct virtio_filter *f, const struct rte_ether_addr *dst)
{
	if (f->nouni)
		return false;
	if (f->alluni || f->table.uni_overflow || rte_is_same_ether_addr(&f->mac, dst))
		return true;
	return virtio_filter_listed(&f->table, 0, f->table.n_uni, dst);
}

static bool
virtio_filter_vlan(const struct virtio_filter *f, const struct rte_mbuf *m)
{
	struct rte_vlan_hdr copy;
	const struct rte_vlan_hdr *tag =
		rte_pktmbuf_read(m, RTE_ETHER_HDR_LEN, sizeof(copy), &copy);
	uint16_t vid;

	if (tag == NULL)
		return true;
	vid = rte_be_to_cpu_16(tag->vlan_tci) & VLAN_VID;
	return f->vlan[vid / 32] & (UINT32_C(1) << (vid % 32));
}

bool
virtio_filter_accepts(const struct virtio_filter *f, const struct rte_mbuf *m)
{
	struct rte_ether_hdr copy;
	const struct rte_ether_hdr *eth = rte_pktmbuf_read(m, 0, sizeof(copy), &copy);

	if (eth == NULL)
		return false;
	if (eth->ether_type == RTE_BE16(RTE_ETHER_TYPE_VLAN) && !virtio_filter_vlan(f, m))
		return false;
	if (rte_is_multicast_ether_addr(&eth->dst_addr))
		return virtio_filter_multicast(f, &eth->dst_addr);
	return virtio_filter_unicast(f, &eth->dst_addr);
}
