/* SPDX-License-Identifier: BSD-3-Clause */
/* VLANs: which frame belongs to which, and tags on copies. */
#include "hub_vlan.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_mbuf.h>

#include "offload/offload.h"

#define HUB_MACS_LEN 12
#define HUB_TAG_LEN  4
#define HUB_VID_MASK 0xfff

/* bytes: of the frame, with a VLAN tag if there is one. */
static __rte_always_inline void
hub_head_parse(const uint8_t *bytes, struct hub_head *h)
{
	rte_be16_t type, tci;

	*h = (struct hub_head){ .tag = HUB_TAG_NONE };
	memcpy(&h->dst, bytes, RTE_ETHER_ADDR_LEN);
	memcpy(&h->src, bytes + RTE_ETHER_ADDR_LEN, RTE_ETHER_ADDR_LEN);
	memcpy(&type, bytes + HUB_MACS_LEN, sizeof(type));
	if (type != RTE_BE16(RTE_ETHER_TYPE_VLAN))
		return;
	memcpy(&tci, bytes + HUB_MACS_LEN + sizeof(type), sizeof(tci));
	h->tci = rte_be_to_cpu_16(tci);
	h->tag = h->tci & HUB_VID_MASK ? HUB_TAG_VLAN : HUB_TAG_PRIORITY;
}

/* The head of a frame that is short, or in pieces. */
static __rte_noinline bool
hub_head_gather(const struct rte_mbuf *m, struct hub_head *h)
{
	uint8_t bytes[HUB_MACS_LEN + HUB_TAG_LEN] = { 0 };
	uint32_t len = RTE_MIN(rte_pktmbuf_pkt_len(m), (uint32_t)sizeof(bytes));
	const void *at = rte_pktmbuf_read(m, 0, len, bytes);

	if (len < RTE_ETHER_HDR_LEN || at == NULL)
		return false;
	if (at != bytes)
		memcpy(bytes, at, len);
	hub_head_parse(bytes, h);
	/* Behind the tag there is a type. */
	return h->tag == HUB_TAG_NONE || rte_pktmbuf_pkt_len(m) >= RTE_ETHER_HDR_LEN + HUB_TAG_LEN;
}

/* Read where it is: a copy would be read in other pieces than it was written in, which the CPU waits for. */
bool
hub_head_read(const struct rte_mbuf *m, struct hub_head *h)
{
	if (unlikely(rte_pktmbuf_data_len(m) < RTE_ETHER_HDR_LEN + HUB_TAG_LEN))
		return hub_head_gather(m, h);
	hub_head_parse(rte_pktmbuf_mtod(m, const uint8_t *), h);
	return true;
}

static bool
hub_vlan_in_trunk(const struct hub_port_conf *c, uint16_t vlan)
{
	return !c->has_trunk || (c->trunk[vlan / 64] >> (vlan % 64) & 1) || c->native == vlan;
}

bool
hub_vlan_in(const struct hub_port_conf *from, struct hub_head *h)
{
	if (h->tag == HUB_TAG_VLAN) {
		h->vlan = h->tci & HUB_VID_MASK;
		return from->access == 0 && hub_vlan_in_trunk(from, h->vlan);
	}
	h->vlan = from->access != 0 ? from->access : from->native;
	return h->vlan != 0 || !from->has_trunk;
}

bool
hub_vlan_member(const struct hub_port_conf *to, uint16_t vlan)
{
	if (to->access != 0)
		return to->access == vlan;
	if (vlan == 0)
		return !to->has_trunk && to->native == 0;
	return hub_vlan_in_trunk(to, vlan);
}

/* What follows the old head of cut bytes. */
static struct rte_mbuf *
hub_vlan_rest(struct rte_mbuf *m, uint16_t cut, struct rte_mempool *pool)
{
	struct rte_mbuf *rest;

	/* A segment without bytes is no use to anyone. */
	if (rte_pktmbuf_data_len(m) <= cut)
		return rte_pktmbuf_copy(m, pool, cut, UINT32_MAX);
	rest = rte_pktmbuf_clone(m, pool);
	if (rest != NULL)
		rte_pktmbuf_adj(rest, cut);
	return rest;
}

struct rte_mbuf *
hub_vlan_retag(struct rte_mbuf *m, const struct hub_head *h, bool tagged, struct rte_mempool *pool)
{
	uint16_t cut = h->tag == HUB_TAG_NONE ? HUB_MACS_LEN : HUB_MACS_LEN + HUB_TAG_LEN;
	uint16_t len = tagged ? HUB_MACS_LEN + HUB_TAG_LEN : HUB_MACS_LEN;
	struct rte_mbuf *head = rte_pktmbuf_alloc(pool), *rest;
	uint8_t *at;

	if (head == NULL)
		return NULL;
	rest = hub_vlan_rest(m, cut, pool);
	if (rest == NULL) {
		rte_pktmbuf_free(head);
		return NULL;
	}
	at = (uint8_t *)rte_pktmbuf_append(head, len);
	memcpy(at, &h->dst, RTE_ETHER_ADDR_LEN);
	memcpy(at + RTE_ETHER_ADDR_LEN, &h->src, RTE_ETHER_ADDR_LEN);
	if (tagged) {
		rte_be16_t tag[2] = { RTE_BE16(RTE_ETHER_TYPE_VLAN),
			/* The priority stays, if the frame had one. */
			rte_cpu_to_be_16((uint16_t)((h->tci & ~HUB_VID_MASK) | h->vlan)) };

		memcpy(at + HUB_MACS_LEN, tag, sizeof(tag));
	}
	head->ol_flags = m->ol_flags & ~(RTE_MBUF_F_INDIRECT | RTE_MBUF_F_EXTERNAL);
	head->tx_offload = m->tx_offload;
	if (m->ol_flags & OFFLOAD_TX_FLAGS)
		head->l2_len = (uint64_t)(m->l2_len + len - cut) & 0x7f;
	/* Never too many: rte_pktmbuf_chain() counts, and frames have far fewer than 65,535. */
	if (rte_pktmbuf_chain(head, rest) < 0) {
		rte_pktmbuf_free(head);
		rte_pktmbuf_free(rest);
		return NULL;
	}
	return head;
}
