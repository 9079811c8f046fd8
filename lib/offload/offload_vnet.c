/* SPDX-License-Identifier: BSD-3-Clause */
/* The offload half of the packet header <-> mbuf flags. */
#include "offload_vnet.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "offload.h"
#include "offload_private.h"

/* What the frame's own bytes say about its headers. */
struct vnet_layers {
	struct rte_net_hdr_lens len;
	uint32_t ptype;
};

static void
vnet_parse(const struct rte_mbuf *m, struct vnet_layers *l)
{
	l->ptype = rte_net_get_ptype(m, &l->len,
		RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
}

static uint64_t
vnet_l4_flag(const struct vnet_layers *l)
{
	switch (l->ptype & RTE_PTYPE_L4_MASK) {
	case RTE_PTYPE_L4_TCP:
		return RTE_MBUF_F_TX_TCP_CKSUM;
	case RTE_PTYPE_L4_UDP:
		return RTE_MBUF_F_TX_UDP_CKSUM;
	default:
		return 0;
	}
}

static uint16_t
vnet_l4_cksum_offset(uint64_t l4_flag)
{
	return l4_flag == RTE_MBUF_F_TX_TCP_CKSUM ? offsetof(struct rte_tcp_hdr, cksum)
						  : offsetof(struct rte_udp_hdr, dgram_cksum);
}

/* A checksum that no mbuf flag describes: do the plain sum of 5.1.6.2.1 here. */
static int
vnet_finish_plain(const struct virtio_net_hdr *hdr, struct rte_mbuf *m)
{
	uint32_t at = (uint32_t)hdr->csum_start + hdr->csum_offset;
	uint16_t sum;
	uint8_t *field;

	if (hdr->csum_start >= m->pkt_len || at + sizeof(sum) > m->pkt_len)
		return -EINVAL;
	if (at + sizeof(sum) > m->data_len)
		return -EINVAL; /* checksum field beyond the first segment: nobody sends that */
	sum = (uint16_t)~offload_raw_sum(m, hdr->csum_start);
	field = rte_pktmbuf_mtod_offset(m, uint8_t *, at);
	memcpy(field, &sum, sizeof(sum));
	return 0;
}

static int
vnet_take_tso(const struct virtio_net_hdr *hdr, const struct vnet_layers *l, struct rte_mbuf *m)
{
	uint8_t type = hdr->gso_type & (uint8_t)~VIRTIO_NET_HDR_GSO_ECN;
	bool v4 = RTE_ETH_IS_IPV4_HDR(l->ptype);

	if (type != (v4 ? VIRTIO_NET_HDR_GSO_TCPV4 : VIRTIO_NET_HDR_GSO_TCPV6))
		return -EINVAL;
	if (hdr->gso_size == 0 || !(m->ol_flags & RTE_MBUF_F_TX_TCP_CKSUM))
		return -EINVAL;
	if (l->len.l4_len < sizeof(struct rte_tcp_hdr) ||
		(uint32_t)l->len.l2_len + l->len.l3_len + l->len.l4_len > m->pkt_len)
		return -EINVAL;
	m->l4_len = l->len.l4_len;
	/* A single segment's worth is no TSO frame. */
	if (m->pkt_len - m->l2_len - m->l3_len - m->l4_len <= hdr->gso_size)
		return 0;
	m->tso_segsz = hdr->gso_size;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	return 0;
}

int
offload_from_vnet(const struct virtio_net_hdr *hdr, struct rte_mbuf *m, bool carry)
{
	struct vnet_layers l;
	uint64_t l4;

	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM))
		return hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE ? 0 : -EINVAL;
	vnet_parse(m, &l);
	l4 = vnet_l4_flag(&l);
	if (l4 == 0 || hdr->csum_start != l.len.l2_len + l.len.l3_len ||
		hdr->csum_offset != vnet_l4_cksum_offset(l4)) {
		if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE)
			return -EINVAL;
		return vnet_finish_plain(hdr, m);
	}
	if ((uint32_t)hdr->csum_start + hdr->csum_offset + sizeof(uint16_t) > m->pkt_len)
		return -EINVAL;
	m->l2_len = l.len.l2_len;
	m->l3_len = l.len.l3_len;
	m->l4_len = l.len.l4_len;
	if (m->l2_len != l.len.l2_len || m->l3_len != l.len.l3_len)
		return -EINVAL; /* longer than the mbuf's bit fields */
	m->ol_flags |=
		l4 | (RTE_ETH_IS_IPV4_HDR(l.ptype) ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6);
	if (hdr->gso_type != VIRTIO_NET_HDR_GSO_NONE) {
		int ret = vnet_take_tso(hdr, &l, m);

		if (ret < 0)
			return ret;
	}
	if (carry)
		return 0;
	return m->ol_flags & RTE_MBUF_F_TX_TCP_SEG ? -EINVAL : offload_finish_cksum(m);
}

void
offload_to_vnet(const struct rte_mbuf *m, struct virtio_net_hdr *hdr)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;

	if (l4 == 0 && !(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG))
		return;
	hdr->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	hdr->csum_start = (uint16_t)(m->l2_len + m->l3_len);
	hdr->csum_offset = vnet_l4_cksum_offset(
		l4 == RTE_MBUF_F_TX_UDP_CKSUM ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM);
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) {
		hdr->gso_type = m->ol_flags & RTE_MBUF_F_TX_IPV6 ? VIRTIO_NET_HDR_GSO_TCPV6
								 : VIRTIO_NET_HDR_GSO_TCPV4;
		hdr->gso_size = m->tso_segsz;
		hdr->hdr_len = (uint16_t)(m->l2_len + m->l3_len + m->l4_len);
	}
}

int
offload_vnet_head(const struct rte_mbuf *m, uint8_t *head)
{
	bool v6 = m->ol_flags & RTE_MBUF_F_TX_IPV6;
	bool udp = (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_UDP_CKSUM;
	bool l4 = (m->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG)) != 0;
	uint32_t start = (uint32_t)m->l2_len + m->l3_len;
	uint32_t at = start + (udp ? offsetof(struct rte_udp_hdr, dgram_cksum)
				   : offsetof(struct rte_tcp_hdr, cksum));
	uint32_t len = l4 ? at + (uint32_t)sizeof(uint16_t) : start;
	uint8_t *l3 = head + m->l2_len;
	const void *from;
	uint16_t sum;

	if (m->l3_len < (v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr)) ||
		len > OFFLOAD_VNET_HEAD || len > m->pkt_len)
		return -EINVAL;
	from = rte_pktmbuf_read(m, 0, len, head);
	if (from != head)
		memcpy(head, from, len);
	if (m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)l3;

		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, m->l3_len);
	}
	if (l4) {
		sum = offload_pseudo_sum(l3, v6, udp ? IPPROTO_UDP : IPPROTO_TCP,
			m->pkt_len - start);
		memcpy(head + at, &sum, sizeof(sum));
	}
	return (int)len;
}
