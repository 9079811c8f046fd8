/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames of fuzz targets: what a network or another guest sends. */
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "fuzz.h"
#include "nic/nic.h"

#define FRAME_SEGS 40 /* at most, of one frame */

/* What a frame is. */
struct frame_kind {
	uint16_t type;
	bool tagged, v6;
	uint8_t proto;
};

static const struct frame_kind frame_kinds[] = {
	{ 0, false, false, 0 }, /* as it is in the input */
	{ RTE_ETHER_TYPE_IPV4, false, false, IPPROTO_TCP },
	{ RTE_ETHER_TYPE_IPV4, false, false, IPPROTO_UDP },
	{ RTE_ETHER_TYPE_IPV6, false, true, IPPROTO_TCP },
	{ RTE_ETHER_TYPE_IPV6, false, true, IPPROTO_UDP },
	{ RTE_ETHER_TYPE_ARP, false, false, 0 },
	{ RTE_ETHER_TYPE_IPV4, true, false, IPPROTO_TCP },
	{ RTE_ETHER_TYPE_IPV6, true, true, IPPROTO_UDP },
};

/* Bits of the input's second byte; the kind is in the lower three of the first. */
#define FRAME_DST_AT  3 /* two bits: ours, all, several, another's */
#define FRAME_CHANGED (1 << 5)
#define FRAME_IP_SUM  (1 << 0)
#define FRAME_L4_SUM  (1 << 1)
#define FRAME_TSO     (1 << 2)
#define FRAME_RX_GOOD (1 << 3)
#define FRAME_RX_BAD  (1 << 4)

static uint8_t frame_buf[NIC_MAX_FRAME + 64];

/** Where its headers end. */
struct frame_lens {
	uint32_t l2, l3, l4;
};

static void
frame_ethernet(const struct frame_kind *k, uint8_t dst, struct frame_lens *lens)
{
	static const uint8_t several[] = { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 };
	uint8_t *p = frame_buf + 2 * RTE_ETHER_ADDR_LEN;

	memset(frame_buf, 0xff, RTE_ETHER_ADDR_LEN);
	if (dst == 0)
		memcpy(frame_buf, fuzz_mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	else if (dst == 2)
		memcpy(frame_buf, several, RTE_ETHER_ADDR_LEN);
	else if (dst == 3)
		memset(frame_buf, 0x22, RTE_ETHER_ADDR_LEN);
	if (k->tagged) {
		memcpy(p, "\x81\x00\x00\x05", RTE_VLAN_HLEN);
		p += RTE_VLAN_HLEN;
	}
	p[0] = (uint8_t)(k->type >> 8);
	p[1] = (uint8_t)k->type;
	lens->l2 = (uint32_t)(p + 2 - frame_buf);
}

static void
frame_ip(const struct frame_kind *k, uint32_t len, struct frame_lens *lens)
{
	uint8_t *p = frame_buf + lens->l2;
	uint32_t l3_len = len - lens->l2;

	if (k->v6) {
		struct rte_ipv6_hdr ip = { .vtc_flow = RTE_BE32(0x60000000),
			.payload_len = rte_cpu_to_be_16((uint16_t)(l3_len - sizeof(ip))),
			.proto = k->proto,
			.hop_limits = 64 };

		memcpy(p, &ip, sizeof(ip));
		lens->l3 = sizeof(ip);
	} else {
		struct rte_ipv4_hdr ip = { .version_ihl = RTE_IPV4_VHL_DEF,
			.total_length = rte_cpu_to_be_16((uint16_t)l3_len),
			.time_to_live = 64,
			.next_proto_id = k->proto,
			.src_addr = RTE_BE32(0x0a000001),
			.dst_addr = RTE_BE32(0x0a000002) };

		ip.hdr_checksum = rte_ipv4_cksum(&ip);
		memcpy(p, &ip, sizeof(ip));
		lens->l3 = sizeof(ip);
	}
}

static void
frame_l4(const struct frame_kind *k, uint32_t len, struct frame_lens *lens)
{
	uint8_t *p = frame_buf + lens->l2 + lens->l3;

	if (k->proto == IPPROTO_TCP) {
		struct rte_tcp_hdr tcp = { .data_off = 5 << 4, .tcp_flags = RTE_TCP_ACK_FLAG };

		memcpy(p, &tcp, sizeof(tcp));
		lens->l4 = sizeof(tcp);
	} else {
		struct rte_udp_hdr udp = { .src_port = RTE_BE16(67),
			.dgram_len = rte_cpu_to_be_16((uint16_t)(len - lens->l2 - lens->l3)) };

		memcpy(p, &udp, sizeof(udp));
		lens->l4 = sizeof(udp);
	}
}

/* Only what a sender checked may be flagged: headers that are there, of the protocol it says. */
static void
frame_flags(struct rte_mbuf *m, const struct frame_kind *k, const struct frame_lens *lens,
	uint8_t flags)
{
	m->ol_flags |= flags & FRAME_RX_GOOD ? RTE_MBUF_F_RX_L4_CKSUM_GOOD : 0;
	m->ol_flags |= flags & FRAME_RX_BAD ? RTE_MBUF_F_RX_L4_CKSUM_BAD : 0;
	if (lens->l4 == 0 || (flags & (FRAME_IP_SUM | FRAME_L4_SUM | FRAME_TSO)) == 0)
		return;
	m->l2_len = lens->l2 & 0x7f;
	m->l3_len = lens->l3 & 0x1ff;
	m->l4_len = lens->l4 & 0xff;
	m->ol_flags |= k->v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4;
	if ((flags & FRAME_IP_SUM) && !k->v6)
		m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
	if (flags & (FRAME_L4_SUM | FRAME_TSO))
		m->ol_flags |=
			k->proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
	if ((flags & FRAME_TSO) && k->proto == IPPROTO_TCP &&
		m->pkt_len > lens->l2 + lens->l3 + lens->l4) {
		m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
		m->tso_segsz = 536;
	}
}

/* An mbuf chain of pieces of step bytes. */
static struct rte_mbuf *
frame_mbuf(uint32_t len, uint32_t step)
{
	struct rte_mbuf *first = NULL, *m;
	uint32_t at = 0, n;

	do {
		m = rte_pktmbuf_alloc(fuzz_pool);
		if (m == NULL || (first != NULL && rte_pktmbuf_chain(first, m) < 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(first);
			return NULL;
		}
		if (first == NULL)
			first = m;
		n = RTE_MIN(len - at, step);
		n = RTE_MIN(n, (uint32_t)rte_pktmbuf_tailroom(m));
		memcpy(rte_pktmbuf_mtod(m, void *), frame_buf + at, n);
		m->data_len = (uint16_t)n;
		first->pkt_len += n;
		at += n;
	} while (at < len);
	return first;
}

struct rte_mbuf *
fuzz_frame(struct fuzz_in *in)
{
	uint8_t what = fuzz_u8(in), flags = fuzz_u8(in), step = fuzz_u8(in);
	uint32_t len = fuzz_u16(in), most = sizeof(frame_buf) - 64;
	const struct frame_kind *k = &frame_kinds[what % RTE_DIM(frame_kinds)];
	struct frame_lens lens = { 0 };
	struct rte_mbuf *m;

	/* Few are longer than a NIC's buffers. */
	len = len >= 0xff00 ? most - (len & 0xff) : len % (len & 1 ? 20000 : 1600);
	memset(frame_buf, (int)(len & 0xff), len + 1);
	if (k->type == 0) {
		len = RTE_MIN(len, 255u);
		fuzz_read(in, frame_buf, len);
	} else {
		len = RTE_MAX(len, 14u + 4 + 40 + 20);
		frame_ethernet(k, what >> FRAME_DST_AT & 3, &lens);
		if (k->proto != 0) {
			frame_ip(k, len, &lens);
			frame_l4(k, len, &lens);
		}
	}
	if (what & FRAME_CHANGED) {
		uint8_t at = fuzz_u8(in);

		frame_buf[at % 80] = fuzz_u8(in);
	}
	m = frame_mbuf(len, RTE_MAX(step == 0 ? len : 4u * step - 3, len / FRAME_SEGS + 1));
	if (m != NULL)
		frame_flags(m, k, &lens, flags);
	return m;
}
