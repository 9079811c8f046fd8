/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtio-net header of virtio 1.2, 5.1.6, little-endian, before frames of mirror and redirector. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_net.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "filter_stream.h"
#include "offload/offload.h"

#define VNET_NEEDS_CSUM 1
#define VNET_GSO_NONE	0
#define VNET_GSO_TCPV4	1
#define VNET_GSO_TCPV6	4
#define VNET_GSO_ECN	0x80

/* All lengths: legacy, with num_buffers, with a hash, with tunnel fields; the first ten bytes are one. */
static const uint32_t vnet_lengths[] = { 10, 12, 20, 24 };

struct vnet_hdr {
	uint8_t flags, gso_type;
	rte_le16_t hdr_len, gso_size, csum_start, csum_offset;
} __rte_packed;

static uint16_t
vnet_csum_offset(bool udp)
{
	return udp ? offsetof(struct rte_udp_hdr, dgram_cksum)
		   : offsetof(struct rte_tcp_hdr, cksum);
}

void
filter_vnet_put(const struct rte_mbuf *m, uint8_t *out)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	bool tso = m->ol_flags & RTE_MBUF_F_TX_TCP_SEG;
	struct vnet_hdr h = { 0 };

	memset(out, 0, FILTER_VNET_LEN);
	if (l4 == 0 && !tso)
		return;
	h.flags = VNET_NEEDS_CSUM;
	h.csum_start = rte_cpu_to_le_16((uint16_t)(m->l2_len + m->l3_len));
	h.csum_offset = rte_cpu_to_le_16(vnet_csum_offset(l4 == RTE_MBUF_F_TX_UDP_CKSUM));
	if (tso) {
		h.gso_type = m->ol_flags & RTE_MBUF_F_TX_IPV6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4;
		h.gso_size = rte_cpu_to_le_16(m->tso_segsz);
		h.hdr_len = rte_cpu_to_le_16((uint16_t)(m->l2_len + m->l3_len + m->l4_len));
	}
	memcpy(out, &h, sizeof(h));
}

/* A checksum that no mbuf flag describes: the plain sum from csum_start on (5.1.6.2.1). */
static int
vnet_finish_plain(struct rte_mbuf *m, uint32_t start, uint32_t at)
{
	uint16_t sum;

	if (start >= m->pkt_len || at + sizeof(sum) > m->data_len)
		return -EINVAL;
	sum = (uint16_t)~offload_raw_sum(m, start);
	memcpy(rte_pktmbuf_mtod_offset(m, void *, at), &sum, sizeof(sum));
	return 0;
}

static int
vnet_take_tso(struct rte_mbuf *m, const struct vnet_hdr *h, const struct rte_net_hdr_lens *lens)
{
	bool v6 = m->ol_flags & RTE_MBUF_F_TX_IPV6;
	uint32_t headers = (uint32_t)m->l2_len + m->l3_len + lens->l4_len;

	if ((h->gso_type & (uint8_t)~VNET_GSO_ECN) != (v6 ? VNET_GSO_TCPV6 : VNET_GSO_TCPV4) ||
		(m->ol_flags & RTE_MBUF_F_TX_L4_MASK) != RTE_MBUF_F_TX_TCP_CKSUM ||
		h->gso_size == 0 || lens->l4_len < sizeof(struct rte_tcp_hdr) ||
		headers > m->pkt_len)
		return -EINVAL;
	m->l4_len = lens->l4_len;
	if (m->pkt_len - headers <= rte_le_to_cpu_16(h->gso_size))
		return 0; /* a single segment's worth */
	m->tso_segsz = rte_le_to_cpu_16(h->gso_size);
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	return 0;
}

/* The frame leaves its checksum to others. */
static int
vnet_take_csum(struct rte_mbuf *m, const struct vnet_hdr *h)
{
	uint32_t start = rte_le_to_cpu_16(h->csum_start);
	uint32_t at = start + rte_le_to_cpu_16(h->csum_offset);
	struct rte_net_hdr_lens lens = { 0 };
	uint32_t type = rte_net_get_ptype(m, &lens,
		RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	bool udp = (type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_UDP;
	bool tcp = (type & RTE_PTYPE_L4_MASK) == RTE_PTYPE_L4_TCP;

	if ((!udp && !tcp) || start != (uint32_t)lens.l2_len + lens.l3_len ||
		at != start + vnet_csum_offset(udp))
		return h->gso_type == VNET_GSO_NONE ? vnet_finish_plain(m, start, at) : -EINVAL;
	if (at + sizeof(uint16_t) > m->pkt_len)
		return -EINVAL;
	m->l2_len = lens.l2_len;
	m->l3_len = lens.l3_len;
	if (m->l2_len != lens.l2_len || m->l3_len != lens.l3_len)
		return -EINVAL; /* longer than the mbuf's bit fields */
	m->ol_flags |= udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM;
	m->ol_flags |= RTE_ETH_IS_IPV4_HDR(type) ? RTE_MBUF_F_TX_IPV4 : RTE_MBUF_F_TX_IPV6;
	return h->gso_type == VNET_GSO_NONE ? 0 : vnet_take_tso(m, h, &lens);
}

int
filter_vnet_get(struct rte_mbuf *m, const uint8_t *hdr, uint32_t hdr_len)
{
	struct vnet_hdr h;
	size_t i;

	if (hdr_len == 0)
		return 0;
	for (i = 0; i < RTE_DIM(vnet_lengths); i++)
		if (vnet_lengths[i] == hdr_len)
			break;
	if (i == RTE_DIM(vnet_lengths))
		return -EINVAL;
	memcpy(&h, hdr, sizeof(h));
	if (!(h.flags & VNET_NEEDS_CSUM))
		return h.gso_type == VNET_GSO_NONE ? 0 : -EINVAL;
	return vnet_take_csum(m, &h);
}
