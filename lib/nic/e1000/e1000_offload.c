/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums and TSO of the transmitter, the receive checksum unit. Source: 317453, 3.2.9 and 3.5. */
#include "offload/offload.h"

#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "e1000.h"
#include "e1000_desc.h"
#include "e1000_headers.h"

#define POPTS_IXSM (E1000_TXD_IXSM >> 8)
#define POPTS_TXSM (E1000_TXD_TXSM >> 8)

bool
e1000_carries(const struct nic *nic)
{
	return nic->conf.carry && !e1000_looping(nic->state);
}

/* Write two bytes of the frame, which are there, wherever they are. */
static void
e1000_write16(struct rte_mbuf *m, uint32_t off, uint16_t val)
{
	uint8_t bytes[sizeof(val)];
	uint32_t i;

	memcpy(bytes, &val, sizeof(val));
	for (i = 0; i < sizeof(val); i++) {
		while (off + i >= m->data_len) {
			off -= m->data_len;
			m = m->next;
		}
		*rte_pktmbuf_mtod_offset(m, uint8_t *, off + i) = bytes[i];
	}
}

/* Insert a sum as the hardware does: over anything. Offsets outside the frame insert nothing. */
static void
e1000_insert(struct rte_mbuf *m, const struct e1000_sum *c)
{
	uint32_t end = c->end == 0 || c->end >= m->pkt_len ? m->pkt_len : c->end + 1;
	uint16_t sum;

	if (c->start >= end || c->field + sizeof(sum) > m->pkt_len)
		return;
	sum = (uint16_t)~e1000_sum(m, c->start, end - c->start);
	e1000_write16(m, c->field, sum == 0 ? 0xffff : sum);
}

/* Where the L4 checksum is; UINT32_MAX if h is not all of a TCP or UDP packet. */
static uint32_t
e1000_l4_field(const struct e1000_headers *h, uint32_t end)
{
	uint32_t at = h->l2_len + h->l3_len;

	if (h->proto == IPPROTO_TCP && at + sizeof(struct rte_tcp_hdr) <= end)
		return at + offsetof(struct rte_tcp_hdr, cksum);
	if (h->proto == IPPROTO_UDP && at + sizeof(struct rte_udp_hdr) <= end)
		return at + offsetof(struct rte_udp_hdr, dgram_cksum);
	return UINT32_MAX;
}

/* Note on the mbuf which L4 checksum it lacks; its field holds the pseudo header's sum then. */
static void
e1000_mark_l4(struct rte_mbuf *m, const struct e1000_headers *h)
{
	uint32_t at = h->l2_len + h->l3_len;

	e1000_write16(m, e1000_l4_field(h, m->pkt_len), e1000_pseudo_sum(h, m->pkt_len - at));
	m->l2_len = h->l2_len & 0x7f;
	m->l3_len = h->l3_len & 0x1ff;
	m->ol_flags |= h->v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
	m->ol_flags |= h->proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
}

/* One L4 checksum, or what the driver takes for one: leave it to others only if it is one. */
static void
e1000_l4_sum(const struct nic *nic, struct rte_mbuf *m, const struct e1000_sum *c)
{
	struct e1000_headers h;

	/* What will be padded is not: the padding would be taken for payload. */
	if (e1000_carries(nic) && m->pkt_len >= E1000_MIN_FRAME && e1000_headers_read(m, &h) &&
		h.end == m->pkt_len && h.l2_len + h.l3_len == c->start &&
		e1000_l4_field(&h, h.end) == c->field && (c->end == 0 || c->end >= h.end - 1))
		e1000_mark_l4(m, &h);
	else
		e1000_insert(m, c);
}

/* Whether context and frame agree on a TCP frame with these headers. */
static bool
e1000_tso_fits(const struct e1000_context *c, const struct e1000_headers *h,
	const struct rte_mbuf *m)
{
	uint32_t at = h->l2_len + h->l3_len, len;

	if (h->proto != IPPROTO_TCP || !c->tcp || c->v4 == h->v6 || c->tucss != at || c->mss == 0 ||
		at + sizeof(struct rte_tcp_hdr) > h->head_len)
		return false;
	len = (h->head[at + offsetof(struct rte_tcp_hdr, data_off)] >> 4) * 4u;
	if (len < sizeof(struct rte_tcp_hdr) || at + len != c->hdr_len || c->hdr_len > m->data_len)
		return false;
	return m->pkt_len - h->l2_len <= UINT16_MAX &&
	       m->pkt_len - c->hdr_len <= (uint32_t)c->mss * OFFLOAD_MAX_SEGMENTS;
}

/* The lengths in the IP header are the hardware's to fill in; so is the sum of an IPv4 header. */
static void
e1000_tso_fix_ip(struct rte_mbuf *m, const struct e1000_headers *h)
{
	uint32_t len = m->pkt_len - h->l2_len;
	uint8_t *l3 = rte_pktmbuf_mtod_offset(m, uint8_t *, h->l2_len);

	if (h->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)l3;

		ip->payload_len = rte_cpu_to_be_16((uint16_t)(len - sizeof(*ip)));
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)l3;

		ip->total_length = rte_cpu_to_be_16((uint16_t)len);
		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, h->l3_len);
	}
}

static int
e1000_tso(const struct nic *nic, struct rte_mbuf *m, const struct e1000_context *c)
{
	struct e1000_headers h;
	struct e1000_sum sum;

	if (!e1000_headers_read(m, &h) || !e1000_tso_fits(c, &h, m))
		return -EBADMSG;
	e1000_tso_fix_ip(m, &h);
	e1000_mark_l4(m, &h);
	if (m->pkt_len - c->hdr_len > c->mss) {
		m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
		m->l4_len = (uint8_t)(c->hdr_len - c->tucss);
		m->tso_segsz = c->mss;
		return 0;
	}
	/* No more than one segment is no TSO frame. */
	if (e1000_carries(nic) && m->pkt_len >= E1000_MIN_FRAME)
		return 0;
	m->ol_flags &= ~OFFLOAD_TX_FLAGS;
	sum = (struct e1000_sum){ .start = c->tucss, .field = e1000_l4_field(&h, m->pkt_len) };
	e1000_insert(m, &sum);
	return 0;
}

int
e1000_offload_tx(const struct nic *nic, struct rte_mbuf *m)
{
	const struct e1000_tx *tx = &((const struct e1000 *)nic->state)->tx;
	const struct e1000_context *c = &tx->use;
	const struct e1000_sum ip = { c->ipcss, c->ipcso, c->ipcse };
	const struct e1000_sum l4 = { c->tucss, c->tucso, c->tucse };

	if (tx->tso)
		return e1000_tso(nic, m, c);
	if (tx->popts & POPTS_IXSM)
		e1000_insert(m, &ip);
	if (tx->popts & POPTS_TXSM)
		e1000_l4_sum(nic, m, &l4);
	if (tx->legacy_sum)
		e1000_l4_sum(nic, m, &tx->sum);
	return 0;
}

/* Whether the sum over the IP header is right. */
static bool
e1000_ip_right(const struct rte_mbuf *m, const struct e1000_headers *h)
{
	if ((m->ol_flags & RTE_MBUF_F_RX_IP_CKSUM_MASK) == RTE_MBUF_F_RX_IP_CKSUM_GOOD)
		return true;
	return rte_raw_cksum(h->head + h->l2_len, h->l3_len) == 0xffff;
}

static bool
e1000_l4_right(const struct rte_mbuf *m, const struct e1000_headers *h)
{
	uint32_t at = h->l2_len + h->l3_len, sum;

	if ((m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		return true;
	sum = (uint32_t)e1000_sum(m, at, h->end - at) + e1000_pseudo_sum(h, h->end - at);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

/* Bits about TCP and UDP; 0 when there is nothing to say. */
static uint64_t
e1000_l4_bits(const struct rte_mbuf *m, const struct e1000_headers *h)
{
	uint32_t field = h->end <= m->pkt_len ? e1000_l4_field(h, h->end) : UINT32_MAX;
	uint64_t bits = E1000_RXD_TCPCS;

	if (field == UINT32_MAX)
		return 0;
	if (h->proto == IPPROTO_UDP) {
		if (field + 2 > h->head_len || (h->head[field] | h->head[field + 1]) == 0)
			return 0; /* RFC 768: none was computed */
		bits |= E1000_RXD_UDPCS;
	}
	return e1000_l4_right(m, h) ? bits : bits | E1000_RXD_TCPE;
}

uint64_t
e1000_offload_rx(const struct rte_mbuf *m, uint32_t rxcsum)
{
	uint32_t start = field_get(rxcsum, E1000_RXCSUM_PCSS);
	struct e1000_headers h;
	uint64_t bits = 0;

	if ((rxcsum & (E1000_RXCSUM_IPOFL | E1000_RXCSUM_TUOFL)) && e1000_headers_read(m, &h)) {
		if ((rxcsum & E1000_RXCSUM_IPOFL) && !h.v6)
			bits |= E1000_RXD_IPCS | (e1000_ip_right(m, &h) ? 0 : E1000_RXD_IPE);
		if (rxcsum & E1000_RXCSUM_TUOFL)
			bits |= e1000_l4_bits(m, &h);
	}
	if (bits == 0)
		bits = E1000_RXD_IXSM;
	/* The sum over all of the frame is computed only for who asks for a part of it. */
	if (start != 0 && start < m->pkt_len)
		bits |= (uint64_t)e1000_sum(m, start, m->pkt_len - start) << E1000_RXD_CSUM_AT;
	return bits;
}
