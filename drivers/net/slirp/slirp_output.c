/* SPDX-License-Identifier: BSD-3-Clause */
/* From libslirp's frames to those of the hub: whole, as large TCP frames, or in fragments. */
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_random.h>
#include <rte_tcp.h>

#include "base/stats.h"
#include "common/pmd_frame.h"
#include "slirp_large.h"
#include "slirp_pmd.h"

#define SLIRP_V6_FRAGMENT 44 /* IPPROTO_FRAGMENT; RFC 8200 4.5 */
#define SLIRP_V6_MORE	  1
#define SLIRP_FRAG_UNIT	  8u /* bytes that offsets count */

void
slirp_flush(struct slirp_port *port)
{
	unsigned int sent;

	if (port->n_out == 0)
		return;
	sent = rte_ring_sp_enqueue_burst(port->pump.from_pump, (void **)port->out, port->n_out,
		NULL);
	if (sent < port->n_out) {
		stat_add(&port->count.ring_full, port->n_out - sent);
		rte_pktmbuf_free_bulk(port->out + sent, port->n_out - sent);
	}
	port->n_out = 0;
	pmd_wake_tell(&port->pump.wake);
}

static void
slirp_emit(struct slirp_port *port, struct rte_mbuf *m)
{
	m->port = port->port_id;
	port->out[port->n_out++] = m;
	if (port->n_out == RTE_DIM(port->out))
		slirp_flush(port);
}

/* A copy of the frame; counted when there is none. */
static struct rte_mbuf *
slirp_copy(struct slirp_port *port, const uint8_t *frame, size_t len)
{
	struct rte_mbuf *m = pmd_frame_make(port->pool, frame, len);

	if (m == NULL)
		stat_add(&port->count.no_mbuf, 1);
	return m;
}

static void
slirp_give_whole(struct slirp_port *port, const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = slirp_copy(port, frame, len);

	if (m == NULL)
		return;
	/* libslirp computes every checksum. */
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	slirp_emit(port, m);
}

/*
 * More than one segment: the receiver cuts it, or whoever stands in for it. The sum is that of the pseudo
 * header with the L4 length, as members of a hub have it (offload_vnet.h). An urgent pointer would
 * be wrong in all segments but one: its data arrive as ordinary ones.
 */
static void
slirp_make_large(struct rte_mbuf *m, const struct slirp_tcp *at, uint16_t seg)
{
	uint8_t *l3 = rte_pktmbuf_mtod_offset(m, uint8_t *, RTE_ETHER_HDR_LEN);
	struct rte_tcp_hdr *tcp = rte_pktmbuf_mtod_offset(m, struct rte_tcp_hdr *, at->at);

	tcp->tcp_flags &= (uint8_t)~RTE_TCP_URG_FLAG;
	tcp->tcp_urp = 0;
	m->l2_len = RTE_ETHER_HDR_LEN;
	m->l3_len = at->l3_len;
	m->l4_len = at->l4_len;
	m->tso_segsz = seg;
	/* Without TSO flags these two take the length into account. */
	tcp->cksum = at->v6 ? rte_ipv6_phdr_cksum((const void *)l3, 0)
			    : rte_ipv4_phdr_cksum((const void *)l3, 0);
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM |
		       (at->v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4);
}

static void
slirp_give_tcp(struct slirp_port *port, const uint8_t *frame, uint32_t len,
	const struct slirp_tcp *at)
{
	bool syn = frame[at->at + offsetof(struct rte_tcp_hdr, tcp_flags)] & RTE_TCP_SYN_FLAG;
	struct rte_mbuf *m;
	bool known = true;
	uint16_t seg = UINT16_MAX;

	if (at->payload > SLIRP_MSS_DEFAULT4 ||
		at->payload + at->l3_len + at->l4_len > port->conf.args.mtu)
		seg = slirp_mss_of(port->mss, frame, at, &known);
	if (at->payload <= seg && !syn) {
		slirp_give_whole(port, frame, len);
		return;
	}
	m = slirp_copy(port, frame, len);
	if (m == NULL)
		return;
	if (at->payload > seg) {
		stat_add(&port->count.large, 1);
		stat_add(&port->count.mss_forgotten, !known);
		slirp_make_large(m, at, seg);
	} else {
		m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
		slirp_mss_clamp(port->mss, rte_pktmbuf_mtod(m, uint8_t *), at);
	}
	slirp_emit(port, m);
}

/* hdr_len bytes of port->piece and then these, as a frame. @return false: there are no mbufs. */
static bool
slirp_give_piece(struct slirp_port *port, uint32_t hdr_len, const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *m;

	memcpy(port->piece + hdr_len, data, len);
	m = slirp_copy(port, port->piece, hdr_len + len);
	if (m == NULL)
		return false;
	slirp_emit(port, m);
	return true;
}

/* RFC 791, 3.2; the datagram may itself be a fragment. */
static bool
slirp_fragment_v4(struct slirp_port *port, const uint8_t *frame, uint32_t total)
{
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(port->piece + RTE_ETHER_HDR_LEN);
	uint32_t l3_len = (frame[RTE_ETHER_HDR_LEN] & 0xfu) * 4;
	uint32_t off, room, len, hdr_len = RTE_ETHER_HDR_LEN + l3_len;
	uint16_t word;

	if (l3_len < sizeof(*ip) || l3_len > total)
		return false;
	memcpy(port->piece, frame, hdr_len);
	word = rte_be_to_cpu_16(ip->fragment_offset);
	if (word & RTE_IPV4_HDR_DF_FLAG)
		return false;
	total -= l3_len;
	room = (port->conf.args.mtu - l3_len) & ~(SLIRP_FRAG_UNIT - 1);
	for (off = 0; off < total; off += len) {
		len = RTE_MIN(room, total - off);
		ip->total_length = rte_cpu_to_be_16((uint16_t)(l3_len + len));
		ip->fragment_offset =
			rte_cpu_to_be_16((uint16_t)(word + off / SLIRP_FRAG_UNIT) |
					 (off + len < total ? RTE_IPV4_HDR_MF_FLAG : 0));
		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, l3_len);
		if (!slirp_give_piece(port, hdr_len, frame + hdr_len + off, len))
			return true;
	}
	return true;
}

/* RFC 8200, 4.5: libslirp sends no extension headers, so all behind the first header is cut. */
static bool
slirp_fragment_v6(struct slirp_port *port, const uint8_t *frame, uint32_t total)
{
	struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(port->piece + RTE_ETHER_HDR_LEN);
	uint8_t *ext = port->piece + RTE_ETHER_HDR_LEN + sizeof(*ip);
	const uint8_t *data = frame + RTE_ETHER_HDR_LEN + sizeof(*ip);
	uint32_t off, room, len, id = rte_cpu_to_be_32((uint32_t)rte_rand());
	uint16_t word;

	if (total < sizeof(*ip))
		return false;
	memcpy(port->piece, frame, RTE_ETHER_HDR_LEN + sizeof(*ip));
	ext[0] = ip->proto;
	ext[1] = 0;
	memcpy(ext + 4, &id, sizeof(id));
	ip->proto = SLIRP_V6_FRAGMENT;
	total -= (uint32_t)sizeof(*ip);
	room = (port->conf.args.mtu - (uint32_t)sizeof(*ip) - SLIRP_FRAG_UNIT) &
	       ~(SLIRP_FRAG_UNIT - 1);
	for (off = 0; off < total; off += len) {
		len = RTE_MIN(room, total - off);
		ip->payload_len = rte_cpu_to_be_16((uint16_t)(SLIRP_FRAG_UNIT + len));
		word = rte_cpu_to_be_16((uint16_t)(off | (off + len < total ? SLIRP_V6_MORE : 0)));
		memcpy(ext + 2, &word, sizeof(word));
		if (!slirp_give_piece(port, RTE_ETHER_HDR_LEN + sizeof(*ip) + SLIRP_FRAG_UNIT,
			    data + off, len))
			return true;
	}
	return true;
}

/* A datagram that does not fit the guests' MTU: libslirp has been told of a larger one. */
static void
slirp_give_fragments(struct slirp_port *port, const uint8_t *frame, uint32_t len)
{
	bool done = false;

	if (frame[12] == 0x08 && frame[13] == 0x00)
		done = slirp_fragment_v4(port, frame, len - RTE_ETHER_HDR_LEN);
	else if (frame[12] == 0x86 && frame[13] == 0xdd)
		done = slirp_fragment_v6(port, frame, len - RTE_ETHER_HDR_LEN);
	stat_add(done ? &port->count.fragmented : &port->count.too_long, 1);
}

void
slirp_give(struct slirp_port *port, const uint8_t *frame, uint32_t len)
{
	bool fits = len <= port->conf.args.mtu + RTE_ETHER_HDR_LEN;
	struct slirp_tcp at;

	if (port->mss != NULL && slirp_tcp_find(frame, len, &at) && !at.fragment &&
		at.at + at.l4_len + at.payload == len)
		slirp_give_tcp(port, frame, len, &at);
	else if (port->mss == NULL || fits)
		slirp_give_whole(port, frame, len);
	else
		slirp_give_fragments(port, frame, len);
}
