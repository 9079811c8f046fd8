/* SPDX-License-Identifier: BSD-3-Clause */
/* Reading headers without trusting them, and Internet checksums over chains. */
#include "e1000_headers.h"

#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>

#define ADDRS_LEN 12u /* both addresses */
#define FRAG_MASK (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)

static uint16_t
e1000_be16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

static uint8_t
e1000_known_proto(uint8_t proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ? proto : 0;
}

static bool
e1000_headers_v4(struct e1000_headers *h)
{
	const uint8_t *ip = h->head + h->l2_len;

	if (h->l2_len + sizeof(struct rte_ipv4_hdr) > h->head_len || ip[0] >> 4 != 4)
		return false;
	h->v6 = false;
	h->l3_len = (ip[0] & 0xf) * 4u;
	if (h->l3_len < sizeof(struct rte_ipv4_hdr) || h->l2_len + h->l3_len > h->head_len)
		return false;
	h->end = h->l2_len + e1000_be16(ip + offsetof(struct rte_ipv4_hdr, total_length));
	h->proto = e1000_known_proto(ip[offsetof(struct rte_ipv4_hdr, next_proto_id)]);
	if (e1000_be16(ip + offsetof(struct rte_ipv4_hdr, fragment_offset)) & FRAG_MASK)
		h->proto = 0;
	return true;
}

static bool
e1000_headers_v6(struct e1000_headers *h)
{
	const uint8_t *ip = h->head + h->l2_len;

	h->l3_len = sizeof(struct rte_ipv6_hdr);
	if (h->l2_len + h->l3_len > h->head_len || ip[0] >> 4 != 6)
		return false;
	h->v6 = true;
	h->end =
		h->l2_len + h->l3_len + e1000_be16(ip + offsetof(struct rte_ipv6_hdr, payload_len));
	h->proto = e1000_known_proto(ip[offsetof(struct rte_ipv6_hdr, proto)]);
	return true;
}

bool
e1000_headers_read(const struct rte_mbuf *m, struct e1000_headers *h)
{
	uint32_t at = ADDRS_LEN;
	const void *p;
	uint16_t type = 0;
	unsigned int tags = 0;

	h->head_len = RTE_MIN(m->pkt_len, (uint32_t)sizeof(h->head));
	p = rte_pktmbuf_read(m, 0, h->head_len, h->head);
	if (p != h->head)
		memcpy(h->head, p, h->head_len);
	for (; at + 2 <= h->head_len; at += RTE_VLAN_HLEN) {
		type = e1000_be16(h->head + at);
		if ((type != RTE_ETHER_TYPE_VLAN && type != RTE_ETHER_TYPE_QINQ) || ++tags > 2)
			break;
	}
	h->l2_len = at + 2;
	if (type == RTE_ETHER_TYPE_IPV4)
		return e1000_headers_v4(h);
	return type == RTE_ETHER_TYPE_IPV6 && e1000_headers_v6(h);
}

uint16_t
e1000_pseudo_sum(const struct e1000_headers *h, uint32_t len)
{
	const uint32_t tail[2] = { rte_cpu_to_be_32(len), rte_cpu_to_be_32(h->proto) };
	const uint8_t *ip = h->head + h->l2_len;
	uint32_t sum;

	sum = h->v6 ? rte_raw_cksum(ip + offsetof(struct rte_ipv6_hdr, src_addr), 32)
		    : rte_raw_cksum(ip + offsetof(struct rte_ipv4_hdr, src_addr), 8);
	sum += rte_raw_cksum(tail, sizeof(tail));
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint16_t
e1000_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint32_t sum = 0, done = 0;

	for (; m != NULL && done < len; m = m->next) {
		uint32_t n = m->data_len;
		uint16_t part;

		if (off >= n) {
			off -= n;
			continue;
		}
		n = RTE_MIN(n - off, len - done);
		part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, off), n);
		/* A piece that begins at an odd byte of the sum counts with its bytes swapped. */
		sum += (done & 1) ? rte_bswap16(part) : part;
		sum = (sum & 0xffff) + (sum >> 16);
		done += n;
		off = 0;
	}
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}
