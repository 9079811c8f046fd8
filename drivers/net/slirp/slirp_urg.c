/* SPDX-License-Identifier: BSD-3-Clause */
/* Keeping TCP urgent data away from libslirp. */
#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "slirp_pmd.h"

#define SLIRP_TCP_FLAGS 12 /* offset of the word that holds data offset and flags: RFC 9293 3.1 */
#define SLIRP_TCP_SUM	16
#define SLIRP_TCP_URP	18

static uint16_t
slirp_get16(const uint8_t *p)
{
	uint16_t v;

	memcpy(&v, p, sizeof(v));
	return v;
}

/* Replace a word covered by the checksum at sum. Source: RFC 1624, equation 3. */
void
slirp_replace16(uint8_t *p, uint16_t value, uint8_t *sum)
{
	uint32_t s = (uint16_t)~slirp_get16(sum);
	uint16_t folded;

	s += (uint16_t)~slirp_get16(p);
	s += value;
	s = (s & 0xffff) + (s >> 16);
	folded = (uint16_t) ~((s & 0xffff) + (s >> 16));
	memcpy(p, &value, sizeof(value));
	memcpy(sum, &folded, sizeof(folded));
}

static int
slirp_strip_tcp(uint8_t *tcp, uint32_t len)
{
	bool urg;

	if (len < sizeof(struct rte_tcp_hdr))
		return -EINVAL;
	urg = tcp[SLIRP_TCP_FLAGS + 1] & RTE_TCP_URG_FLAG;
	if (!urg && slirp_get16(tcp + SLIRP_TCP_URP) == 0)
		return 0;
	slirp_replace16(tcp + SLIRP_TCP_FLAGS,
		slirp_get16(tcp + SLIRP_TCP_FLAGS) & (uint16_t)~RTE_BE16(RTE_TCP_URG_FLAG),
		tcp + SLIRP_TCP_SUM);
	slirp_replace16(tcp + SLIRP_TCP_URP, 0, tcp + SLIRP_TCP_SUM);
	return urg;
}

static int
slirp_strip_v4(uint8_t *ip, uint32_t len)
{
	uint32_t hdr, offset;

	if (len < sizeof(struct rte_ipv4_hdr))
		return -EINVAL;
	hdr = (ip[0] & 0xfu) * 4;
	if (ip[offsetof(struct rte_ipv4_hdr, next_proto_id)] != IPPROTO_TCP)
		return 0;
	if (hdr < sizeof(struct rte_ipv4_hdr) || hdr > len)
		return -EINVAL;
	offset = rte_be_to_cpu_16(slirp_get16(ip + offsetof(struct rte_ipv4_hdr, fragment_offset)));
	offset &= RTE_IPV4_HDR_OFFSET_MASK;
	if (offset == 1)
		return -EINVAL; /* RFC 3128: would overwrite the flags behind our back */
	return offset == 0 ? slirp_strip_tcp(ip + hdr, len - hdr) : 0;
}

int
slirp_strip_urg(uint8_t *frame, uint32_t len)
{
	const uint32_t v6 = sizeof(struct rte_ipv6_hdr);
	uint8_t *l3 = frame + RTE_ETHER_HDR_LEN;

	if (len < RTE_ETHER_HDR_LEN)
		return -EINVAL;
	len -= RTE_ETHER_HDR_LEN;
	switch (rte_be_to_cpu_16(slirp_get16(frame + 12))) {
	case RTE_ETHER_TYPE_IPV4:
		return slirp_strip_v4(l3, len);
	case RTE_ETHER_TYPE_IPV6:
		/* libslirp passes no extension headers on to TCP. */
		if (len < v6)
			return -EINVAL;
		return l3[offsetof(struct rte_ipv6_hdr, proto)] == IPPROTO_TCP
			       ? slirp_strip_tcp(l3 + v6, len - v6)
			       : 0;
	default:
		return 0;
	}
}
