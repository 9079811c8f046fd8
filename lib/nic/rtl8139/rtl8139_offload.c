/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums and large send of C+ descriptors; the receive checksum unit. IPv4 only, as the chip. */
#include "offload/offload.h"

#include <assert.h>
#include <errno.h>
#include <netinet/in.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "rtl8139.h"
#include "rtl8139_desc.h"

#define IP_MAX_HDR   60
#define IP_FRAG_MASK (RTE_IPV4_HDR_MF_FLAG | RTE_IPV4_HDR_OFFSET_MASK)
/* Bytes of a frame that are looked at: two VLAN tags, the longest IP header. */
#define LOOK_LEN ((uint32_t)(RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + IP_MAX_HDR))

#define PID_TCP 1
#define PID_UDP 2
#define PID_IP	3

/* So that all behind an Ethernet header fits the length field of an IP header. */
static_assert(NIC_MAX_FRAME - RTE_VLAN_HLEN - RTE_ETHER_HDR_LEN <= UINT16_MAX, "IPv4, 3.1");

/* The headers of an IPv4 frame; all of them are within the frame. */
struct rtl8139_layers {
	uint32_t l2_len, l3_len; /* bytes */
	uint32_t l4_len;	 /* bytes of the frame behind the IP header */
	uint32_t total;		 /* as the IP header says, bytes from its begin */
	uint8_t proto;		 /* 0 for a fragment */
	struct rte_ipv4_hdr ip;	 /* a copy, without options */
};

/* Parse head, the first bytes of a frame of len bytes. @return false if it is not IPv4. */
static bool
rtl8139_parse(const uint8_t *head, uint32_t head_len, uint32_t len, struct rtl8139_layers *l)
{
	uint32_t at = 2 * RTE_ETHER_ADDR_LEN;
	uint16_t type = 0;

	for (; at + 2 <= head_len; at += RTE_VLAN_HLEN) {
		type = (uint16_t)(head[at] << 8 | head[at + 1]);
		if (type != RTE_ETHER_TYPE_VLAN)
			break;
	}
	l->l2_len = at + 2;
	if (type != RTE_ETHER_TYPE_IPV4 || l->l2_len + sizeof(l->ip) > head_len)
		return false;
	memcpy(&l->ip, head + l->l2_len, sizeof(l->ip));
	l->l3_len = rte_ipv4_hdr_len(&l->ip);
	if (l->ip.version_ihl >> 4 != 4 || l->l3_len < sizeof(l->ip) ||
		l->l2_len + l->l3_len > head_len)
		return false;
	l->l4_len = len - l->l2_len - l->l3_len;
	l->total = rte_be_to_cpu_16(l->ip.total_length);
	l->proto = l->ip.next_proto_id;
	if (l->ip.fragment_offset & rte_cpu_to_be_16(IP_FRAG_MASK))
		l->proto = 0;
	return true;
}

static bool
rtl8139_parse_mbuf(const struct rte_mbuf *m, struct rtl8139_layers *l)
{
	uint32_t n = RTE_MIN((uint32_t)m->data_len, LOOK_LEN);

	return rtl8139_parse(rte_pktmbuf_mtod(m, const uint8_t *), n, m->pkt_len, l);
}

/* The sum of the pseudo header for l4_len bytes of L4, not complemented. */
static uint16_t
rtl8139_pseudo_sum(const struct rtl8139_layers *l, uint32_t l4_len)
{
	struct rte_ipv4_hdr ip = l->ip;

	ip.total_length = rte_cpu_to_be_16((uint16_t)(l->l3_len + l4_len));
	return rte_ipv4_phdr_cksum(&ip, 0);
}

/* The header is 60 bytes at most: compute its checksum rather than ask others to. */
static void
rtl8139_finish_ip(struct rte_mbuf *m, const struct rtl8139_layers *l)
{
	struct rte_ipv4_hdr *ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l->l2_len);

	ip->hdr_checksum = 0;
	ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, l->l3_len);
}

/* Note on the mbuf which L4 checksum it lacks; its field holds the pseudo header's sum then. */
static int
rtl8139_mark_l4(struct rte_mbuf *m, const struct rtl8139_layers *l, uint64_t flag, uint32_t l4_len)
{
	uint32_t at = l->l2_len + l->l3_len;
	uint16_t sum = rtl8139_pseudo_sum(l, l4_len);

	at += flag == RTE_MBUF_F_TX_TCP_CKSUM ? offsetof(struct rte_tcp_hdr, cksum)
					      : offsetof(struct rte_udp_hdr, dgram_cksum);
	if (at + sizeof(sum) > m->data_len)
		return -EBADMSG;
	memcpy(rte_pktmbuf_mtod_offset(m, void *, at), &sum, sizeof(sum));
	m->l2_len = l->l2_len & 0x7f;
	m->l3_len = l->l3_len & 0x1ff;
	m->ol_flags |= flag | RTE_MBUF_F_TX_IPV4;
	return 0;
}

/* Compute the L4 checksum of a frame with pad bytes behind the IP packet. */
static int
rtl8139_finish_padded(struct rte_mbuf *m, uint32_t pad)
{
	struct rte_mbuf *last = rte_pktmbuf_lastseg(m);
	int ret;

	if (pad >= last->data_len)
		return -EBADMSG;
	rte_pktmbuf_trim(m, (uint16_t)pad);
	ret = offload_finish_cksum(m);
	last->data_len = (uint16_t)(last->data_len + pad);
	m->pkt_len += pad;
	return ret < 0 ? -EBADMSG : 0;
}

/* The flag for the L4 checksum that dw0 asks for and the frame has; 0: none. */
static uint64_t
rtl8139_wanted_l4(const struct rtl8139_layers *l, uint32_t dw0)
{
	if (l->total < l->l3_len || l->total > l->l3_len + l->l4_len)
		return 0;
	if ((dw0 & RTL_TXD_TCPCS) && l->proto == IPPROTO_TCP &&
		l->total >= l->l3_len + sizeof(struct rte_tcp_hdr))
		return RTE_MBUF_F_TX_TCP_CKSUM;
	if ((dw0 & RTL_TXD_UDPCS) && l->proto == IPPROTO_UDP &&
		l->total >= l->l3_len + sizeof(struct rte_udp_hdr))
		return RTE_MBUF_F_TX_UDP_CKSUM;
	return 0;
}

/* Frames that are not what the descriptor thinks go out as they are. */
static int
rtl8139_checksums(struct nic *nic, struct rte_mbuf *m, uint32_t dw0)
{
	struct rtl8139_layers l;
	uint32_t pad;
	uint64_t flag;
	int ret;

	if (!rtl8139_parse_mbuf(m, &l))
		return 0;
	if (dw0 & RTL_TXD_IPCS)
		rtl8139_finish_ip(m, &l);
	flag = rtl8139_wanted_l4(&l, dw0);
	if (flag == 0)
		return 0;
	ret = rtl8139_mark_l4(m, &l, flag, l.total - l.l3_len);
	if (ret < 0)
		return ret;
	pad = l.l3_len + l.l4_len - l.total;
	if (pad > 0)
		return rtl8139_finish_padded(m, pad);
	if (nic->conf.carry)
		return 0;
	return offload_finish_cksum(m) < 0 ? -EBADMSG : 0;
}

/* Cut m into tx->seg, complete. */
static int
rtl8139_segment(struct nic *nic, const struct rte_mbuf *m)
{
	struct rtl8139 *s = nic->state;
	int n = offload_segment_tcp(m, nic->pool[0], s->tx.seg);

	if (n < 0)
		return n == -ENOMEM ? -ENOMEM : -EBADMSG;
	s->tx.next_seg = 0;
	s->tx.n_segs = (uint16_t)n;
	return 0;
}

/* Bytes of the TCP header; 0 when it is not all in the frame's first segment. */
static uint32_t
rtl8139_tcp_hdr_len(const struct rte_mbuf *m, const struct rtl8139_layers *l)
{
	uint32_t at = l->l2_len + l->l3_len, len;
	const struct rte_tcp_hdr *tcp;

	if (l->proto != IPPROTO_TCP || at + sizeof(*tcp) > m->data_len)
		return 0;
	tcp = rte_pktmbuf_mtod_offset(m, const struct rte_tcp_hdr *, at);
	len = (tcp->data_off >> 4) * 4u;
	return len < sizeof(*tcp) || at + len > m->data_len ? 0 : len;
}

static int
rtl8139_large_send(struct nic *nic, struct rte_mbuf *m, uint32_t mss)
{
	struct rtl8139_layers l;
	struct rte_ipv4_hdr *ip;
	uint32_t tcp_len, payload;
	int ret;

	if (!rtl8139_parse_mbuf(m, &l))
		return -EBADMSG;
	tcp_len = rtl8139_tcp_hdr_len(m, &l);
	if (tcp_len == 0 || mss == 0)
		return -EBADMSG;
	payload = l.l4_len - tcp_len;
	if (payload > mss * OFFLOAD_MAX_SEGMENTS)
		return -EBADMSG;
	/* Some drivers leave the length to the chip. */
	ip = rte_pktmbuf_mtod_offset(m, struct rte_ipv4_hdr *, l.l2_len);
	ip->total_length = rte_cpu_to_be_16((uint16_t)(l.l3_len + l.l4_len));
	if (payload <= mss)
		return rtl8139_checksums(nic, m, RTL_TXD_IPCS | RTL_TXD_TCPCS);
	rtl8139_finish_ip(m, &l);
	ret = rtl8139_mark_l4(m, &l, RTE_MBUF_F_TX_TCP_CKSUM, l.l4_len);
	if (ret < 0)
		return ret;
	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	m->l4_len = (uint8_t)tcp_len;
	m->tso_segsz = (uint16_t)mss;
	if (nic->conf.carry && !rtl8139_looping(nic->state))
		return 0;
	return rtl8139_segment(nic, m);
}

int
rtl8139_offload_tx(struct nic *nic, struct rte_mbuf *m, uint32_t dw0)
{
	if (dw0 & RTL_TXD_LGSEN)
		return rtl8139_large_send(nic, m, field_get(dw0, RTL_TXD_MSS));
	if (dw0 & (RTL_TXD_IPCS | RTL_TXD_UDPCS | RTL_TXD_TCPCS))
		return rtl8139_checksums(nic, m, dw0);
	return 0;
}

/* Whether the L4 checksum of the frame is right. field: where it is in the L4 header. */
static bool
rtl8139_l4_right(const struct rtl8139_frame *f, const struct rtl8139_layers *l, bool udp)
{
	const uint8_t *l4 = f->data + l->l2_len + l->l3_len;
	uint32_t len = l->total - l->l3_len;
	uint32_t sum;

	if (len < (udp ? sizeof(struct rte_udp_hdr) : sizeof(struct rte_tcp_hdr)))
		return false;
	if (udp && l4[6] == 0 && l4[7] == 0)
		return true; /* RFC 768: none was computed */
	sum = (uint32_t)rte_raw_cksum(l4, len) + rtl8139_pseudo_sum(l, len);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

uint32_t
rtl8139_offload_rx(const struct rtl8139_frame *f, const struct rte_mbuf *m)
{
	bool good = (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	struct rtl8139_layers l;
	uint32_t bits = 0;

	if (!rtl8139_parse(f->data, RTE_MIN(f->len, LOOK_LEN), f->len, &l))
		return 0;
	if (l.total < l.l3_len || l.total > l.l3_len + l.l4_len)
		return field_set(RTL_RXD_IPF, RTL_RXD_PID, PID_IP);
	if (rte_raw_cksum(f->data + l.l2_len, l.l3_len) != 0xffff)
		bits |= RTL_RXD_IPF;
	if (l.proto == IPPROTO_TCP) {
		bits |= good || rtl8139_l4_right(f, &l, false) ? 0 : RTL_RXD_TCPF;
		return field_set(bits, RTL_RXD_PID, PID_TCP);
	}
	if (l.proto == IPPROTO_UDP) {
		bits |= good || rtl8139_l4_right(f, &l, true) ? 0 : RTL_RXD_UDPF;
		return field_set(bits, RTL_RXD_PID, PID_UDP);
	}
	return field_set(bits, RTL_RXD_PID, PID_IP);
}
