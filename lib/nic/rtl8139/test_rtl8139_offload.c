/* SPDX-License-Identifier: BSD-3-Clause */
/* C+ mode: checksums and large send of transmit descriptors, the receive checksum unit. */
#include "offload/offload.h"

#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "test_rtl8139.h"

#define ALL_CS	    (RTL_TXD_IPCS | RTL_TXD_UDPCS | RTL_TXD_TCPCS)
#define LGSEN(mss)  (RTL_TXD_LGSEN | (uint32_t)(mss) << 16)
#define PID(n)	    ((uint32_t)(n) << 16)
#define TCP_PSH_FIN 0x09

static void
put16(uint8_t *p, uint32_t val)
{
	p[0] = (uint8_t)(val >> 8);
	p[1] = (uint8_t)val;
}

static void
put32(uint8_t *p, uint32_t val)
{
	put16(p, val >> 16);
	put16(p + 2, val & 0xffff);
}

static uint32_t
get16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

uint32_t
t_l3_at(const struct t_ip *ip)
{
	return ip->tagged ? 18 : 14;
}

uint32_t
t_l4_at(const struct t_ip *ip)
{
	return t_l3_at(ip) + 20 + ip->options;
}

static uint32_t
l4_hdr_len(uint8_t proto)
{
	return proto == IPPROTO_TCP ? 20 : proto == IPPROTO_UDP ? 8 : 0;
}

uint32_t
t_ip_frame(uint8_t *frame, const struct t_ip *ip)
{
	uint8_t *l3 = frame + t_l3_at(ip), *l4 = frame + t_l4_at(ip);
	uint32_t l4_len = l4_hdr_len(ip->proto) + ip->payload;
	uint32_t len = t_l4_at(ip) + l4_len + ip->pad, i;

	for (i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 5 + (i >> 8) + 1);
	memcpy(frame, &test_mac, 6);
	memcpy(frame + 6, &test_other_mac, 6);
	put32(frame + 12, 0x81000005);
	put16(l3 - 2, 0x0800);
	memset(l3, 0, l4 - l3);
	l3[0] = (uint8_t)(0x40 | (20 + ip->options) / 4);
	put16(l3 + 2, 20 + ip->options + l4_len);
	put16(l3 + 4, T_ID);
	put16(l3 + 6, ip->fragment);
	l3[8] = 64;
	l3[9] = ip->proto;
	put32(l3 + 12, T_IP_SRC);
	put32(l3 + 16, T_IP_DST);
	if (ip->proto == IPPROTO_TCP) {
		put32(l4 + 4, T_SEQ);
		l4[12] = 5 << 4;
		l4[13] = 0x10 | TCP_PSH_FIN;
		put16(l4 + 16, 0);
	} else if (ip->proto == IPPROTO_UDP) {
		put16(l4 + 4, l4_len);
		put16(l4 + 6, 0);
	}
	return len;
}

/* Add len bytes to a sum, leaving out the two at skip. */
static uint32_t
sum_bytes(uint32_t sum, const uint8_t *p, uint32_t len, uint32_t skip)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		if (i != skip && i != skip + 1)
			sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static uint16_t
sum_end(uint32_t sum)
{
	while (sum >> 16 != 0)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

uint16_t
t_ip_sum(const uint8_t *frame, uint32_t l3_at)
{
	return sum_end(sum_bytes(0, frame + l3_at, (frame[l3_at] & 15) * 4u, 10));
}

uint16_t
t_l4_sum(const uint8_t *frame, uint32_t l3_at, uint32_t l4_at)
{
	const uint8_t *l3 = frame + l3_at;
	uint32_t len = get16(l3 + 2) - (l4_at - l3_at);
	uint16_t sum = sum_end(sum_bytes(sum_bytes(len + l3[9], l3 + 12, 8, UINT16_MAX),
		frame + l4_at, len, l3[9] == IPPROTO_TCP ? 16 : 6));

	return sum == 0 && l3[9] == IPPROTO_UDP ? 0xffff : sum;
}

void
t_ip_finish(uint8_t *frame, const struct t_ip *ip)
{
	uint32_t l3 = t_l3_at(ip), l4 = t_l4_at(ip);

	put16(frame + l3 + 10, t_ip_sum(frame, l3));
	if (ip->proto == IPPROTO_TCP)
		put16(frame + l4 + 16, t_l4_sum(frame, l3, l4));
	else if (ip->proto == IPPROTO_UDP)
		put16(frame + l4 + 6, t_l4_sum(frame, l3, l4));
}

/* Frames as drivers send them, and such as are to go unchanged. */
static const struct {
	struct t_ip ip;
	uint32_t asked;
	bool l4; /* has an L4 checksum that is asked for */
} sends[] = {
	{ { IPPROTO_TCP, 0x4000, false, 0, 1000, 0 }, RTL_TXD_IPCS | RTL_TXD_TCPCS, true },
	{ { IPPROTO_TCP, 0, true, 0, 999, 0 }, RTL_TXD_IPCS | RTL_TXD_TCPCS, true },
	{ { IPPROTO_TCP, 0, false, 40, 3001, 0 }, RTL_TXD_TCPCS, true },
	{ { IPPROTO_TCP, 0, false, 0, 0, 6 }, RTL_TXD_IPCS | RTL_TXD_TCPCS, true },
	{ { IPPROTO_TCP, 0, false, 0, 1, 5 }, ALL_CS, true },
	{ { IPPROTO_UDP, 0, false, 0, 700, 0 }, RTL_TXD_IPCS | RTL_TXD_UDPCS, true },
	{ { IPPROTO_UDP, 0, false, 4, 17, 1 }, RTL_TXD_UDPCS, true },
	{ { IPPROTO_UDP, 0, false, 0, 0, 18 }, ALL_CS, true },
	{ { IPPROTO_UDP, 0, false, 0, 100, 0 }, RTL_TXD_IPCS | RTL_TXD_TCPCS, false },
	{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, RTL_TXD_IPCS | RTL_TXD_UDPCS, false },
	{ { IPPROTO_TCP, 0x2000, false, 0, 100, 0 }, ALL_CS, false },
	{ { IPPROTO_UDP, 0x0010, false, 0, 100, 0 }, ALL_CS, false },
	{ { IPPROTO_ICMP, 0, false, 0, 64, 0 }, ALL_CS, false },
	{ { IPPROTO_TCP, 0, false, 0, 200, 0 }, 0, false },
};

/* Send case i; the frame must come out as finish, if need be after the mbuf's flags were obeyed. */
static void
check_send(struct test_rtl8139 *t, unsigned int i, bool carry)
{
	const struct t_ip *ip = &sends[i].ip;
	uint8_t frame[4096], want[4096];
	uint32_t len = t_ip_frame(frame, ip), l3 = t_l3_at(ip);
	uint64_t flag =
		ip->proto == IPPROTO_TCP ? RTE_MBUF_F_TX_TCP_CKSUM : RTE_MBUF_F_TX_UDP_CKSUM;
	struct rte_mbuf *m;

	put16(frame + l3 + 10, 0xdead); /* to be overwritten, or not */
	memcpy(want, frame, len);
	if (sends[i].l4)
		t_ip_finish(want, ip);
	put16(want + l3 + 10, sends[i].asked & RTL_TXD_IPCS ? t_ip_sum(frame, l3) : 0xdead);
	t_send_cplus(t, frame, len, sends[i].asked, 0);
	m = t_take(t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	if (carry && sends[i].l4 && ip->pad == 0) {
		CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, flag);
		CU_ASSERT((m->ol_flags & RTE_MBUF_F_TX_IPV4) != 0);
		CU_ASSERT_EQUAL(m->l2_len, l3);
		CU_ASSERT_EQUAL(m->l3_len, 20 + ip->options);
		CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
	}
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_TRUE(t_mbuf_is(m, want, len));
	rte_pktmbuf_free(m);
}

static void
check_sends(bool carry)
{
	struct test_rtl8139 t;
	unsigned int i;

	t_up(&t, 0, carry);
	t_start_cplus(&t, 0);
	for (i = 0; i < RTE_DIM(sends); i++)
		check_send(&t, i, carry);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_offload"), 0);
	t_down(&t);
}

static void
test_offload_complete(void)
{
	check_sends(false);
}

static void
test_offload_carry(void)
{
	check_sends(true);
}

/* Checksums behind a tag that the descriptor has inserted. */
static void
test_offload_tag(void)
{
	const struct t_ip ip = { IPPROTO_UDP, 0, false, 0, 50, 0 };
	struct test_rtl8139 t;
	uint8_t frame[200], want[200];
	uint32_t len = t_ip_frame(frame, &ip);

	t_up(&t, 0, false);
	t_start_cplus(&t, 0);
	t_ip_frame(want, &ip);
	t_ip_finish(want, &ip);
	memmove(want + 16, want + 12, len - 12);
	put32(want + 12, 0x81000123);
	t_send_cplus(&t, frame, len, ALL_CS, RTL_TXD_TAGC | 0x2301);
	t_expect(&t, want, len + 4);
	t_down(&t);
}

/* Check segment i of a large send of payload bytes, and free it. */
static void
check_segment(struct rte_mbuf *m, const uint8_t *big, const struct t_ip *ip, uint32_t mss,
	uint32_t i)
{
	uint32_t l3 = t_l3_at(ip), l4 = t_l4_at(ip), off = i * mss;
	uint32_t len = RTE_MIN(mss, ip->payload - off);
	bool last = off + len == ip->payload;
	uint8_t got[2500];
	const uint8_t *p;

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL_FATAL(m->pkt_len, l4 + 20 + len);
	p = rte_pktmbuf_read(m, 0, m->pkt_len, got);
	memmove(got, p, m->pkt_len);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_EQUAL(memcmp(got, big, l3), 0);
	CU_ASSERT_EQUAL(get16(got + l3 + 2), 20 + ip->options + 20 + len);
	CU_ASSERT_EQUAL(get16(got + l3 + 4), (T_ID + i) & 0xffff);
	CU_ASSERT_EQUAL(get16(got + l3 + 10), t_ip_sum(got, l3));
	CU_ASSERT_EQUAL(get32(got + l4 + 4), T_SEQ + off);
	CU_ASSERT_EQUAL(got[l4 + 13], 0x10 | (last ? TCP_PSH_FIN : 0));
	CU_ASSERT_EQUAL(get16(got + l4 + 16), t_l4_sum(got, l3, l4));
	CU_ASSERT_EQUAL(memcmp(got + l4 + 20, big + l4 + 20 + off, len), 0);
	rte_pktmbuf_free(m);
}

static void
check_large_send(const struct t_ip *ip, uint32_t mss, uint16_t burst)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[64];
	uint8_t *frame = malloc(65600);
	uint32_t len = t_ip_frame(frame, ip), n = (ip->payload + mss - 1) / mss, i = 0;
	uint16_t got, k;

	t_up(&t, 0, false);
	t_start_cplus(&t, 0);
	t_send_cplus(&t, frame, len, LGSEN(mss), 0);
	while (i < n) {
		got = t.nic->model->from_guest(t.nic, 0, pkts, burst);
		CU_ASSERT_EQUAL_FATAL(got, RTE_MIN(burst, n - i));
		for (k = 0; k < got; k++)
			check_segment(pkts[k], frame, ip, mss, i++);
	}
	t_expect_none(&t);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), n);
	CU_ASSERT_EQUAL(t_get32(&t, T_TX_RING) & RTL_DESC_OWN, 0);
	t_down(&t);
	free(frame);
}

static void
test_offload_segments(void)
{
	static const struct t_ip ips[] = {
		{ IPPROTO_TCP, 0x4000, false, 0, 5000, 0 },
		{ IPPROTO_TCP, 0, true, 12, 5792, 0 },
		{ IPPROTO_TCP, 0, false, 0, 60001, 0 },
	};
	unsigned int i;

	for (i = 0; i < RTE_DIM(ips); i++) {
		check_large_send(&ips[i], 1448, 64);
		check_large_send(&ips[i], 1448, 3);
		check_large_send(&ips[i], 2047, 1);
		check_large_send(&ips[i], 536, 32);
	}
}

/* With carry, a large send is one frame with the marks of one; a short one is a frame. */
static void
test_offload_large_carry(void)
{
	struct t_ip ip = { IPPROTO_TCP, 0, false, 4, 9000, 0 };
	struct rte_mbuf *m, *seg[OFFLOAD_MAX_SEGMENTS];
	struct test_rtl8139 t;
	uint8_t frame[10000];
	uint32_t len = t_ip_frame(frame, &ip), i;
	int n;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	/* Its length is the chip's business. */
	put16(frame + 16, 0);
	t_send_cplus(&t, frame, len, LGSEN(1400), 0);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS,
		RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM);
	CU_ASSERT_EQUAL(m->tso_segsz, 1400);
	CU_ASSERT_EQUAL(m->l4_len, 20);
	CU_ASSERT_EQUAL(m->pkt_len, len);
	n = offload_segment_tcp(m, test_pool, seg);
	CU_ASSERT_EQUAL_FATAL(n, 7);
	for (i = 0; i < 7; i++)
		check_segment(seg[i], frame, &ip, 1400, i);
	rte_pktmbuf_free(m);
	t_expect_none(&t);

	ip.payload = 1400;
	len = t_ip_frame(frame, &ip);
	t_send_cplus(&t, frame, len, LGSEN(1400), 0);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, RTE_MBUF_F_TX_TCP_CKSUM);
	CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
	t_ip_finish(frame, &ip);
	CU_ASSERT_TRUE(t_mbuf_is(m, frame, len));
	rte_pktmbuf_free(m);
	t_down(&t);
}

/* Segments that wait go with a reset, and without mbufs the frame stays where it is. */
static void
test_offload_segments_wait(void)
{
	const struct t_ip ip = { IPPROTO_TCP, 0, false, 0, 9000, 0 };
	struct test_rtl8139 t;
	uint8_t frame[10000];
	uint32_t len = t_ip_frame(frame, &ip);

	t_up(&t, 0, false);
	t_start_cplus(&t, 0);
	t_send_cplus(&t, frame, len, LGSEN(1000), 0);
	t_starve(&t);
	while (t.n_held > RTE_DIM(t.held) - 8)
		rte_pktmbuf_free(t.held[--t.n_held]);
	t_expect_none(&t); /* 5 for the frame, not enough for 9 segments */
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), 8);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_no_mbuf"), 1);
	t_feed(&t);
	rte_pktmbuf_free(t_take(&t));
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t.pool_before - 8);
	t_w8(&t, RTL_CR, RTL_CR_RST);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t.pool_before);
	t_expect_none(&t);
	t.tx = 0;
	t_start_cplus(&t, 0);
	t_send_cplus(&t, frame, len, LGSEN(1000), 0);
	rte_pktmbuf_free(t_take(&t));
	t_down(&t); /* and with the NIC */
}

/* Large send in loopback: the receiver gets complete segments, in either mode. */
static void
test_offload_loopback(void)
{
	const struct t_ip big = { IPPROTO_TCP, 0, false, 0, 3000, 0 };
	const struct t_ip small = { IPPROTO_TCP, 0, false, 0, 500, 0 };
	const uint32_t good = RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | PID(1);
	struct test_rtl8139 t;
	uint8_t frame[4000];
	uint32_t carry, len;

	for (carry = 0; carry < 2; carry++) {
		t_up(&t, 0, carry == 1);
		t_start_cplus(&t, RTL_CPCMD_RXCHKSUM);
		t_w32(&t, RTL_TCR, RTL_TCR_LBK);
		len = t_ip_frame(frame, &big);
		t_send_cplus(&t, frame, len, LGSEN(1000), 0);
		CU_ASSERT_EQUAL(t_drain(&t, 8), 0);
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 3);
		CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 32), good | 1058);
		len = t_ip_frame(frame, &small);
		t_send_cplus(&t, frame, len, RTL_TXD_IPCS | RTL_TXD_TCPCS, 0);
		CU_ASSERT_EQUAL(t_drain(&t, 8), 0);
		CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 48), good | (len + 4));
		t_down(&t);
	}
}

/* What the receive unit says. */
static void
test_offload_receive(void)
{
	static const struct {
		struct t_ip ip;
		uint32_t spoil; /* a byte to change, or 0 */
		uint32_t want;
	} cases[] = {
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 0, PID(1) },
		{ { IPPROTO_TCP, 0, false, 8, 101, 0 }, 0, PID(1) },
		{ { IPPROTO_TCP, 0, false, 0, 0, 6 }, 0, PID(1) },
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 80, PID(1) | RTL_RXD_TCPF },
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 22, PID(1) | RTL_RXD_IPF },
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 29, PID(1) | RTL_RXD_IPF | RTL_RXD_TCPF },
		{ { IPPROTO_UDP, 0, false, 0, 33, 0 }, 0, PID(2) },
		{ { IPPROTO_UDP, 0, true, 0, 33, 0 }, 0, PID(2) },
		{ { IPPROTO_UDP, 0, false, 0, 33, 0 }, 50, PID(2) | RTL_RXD_UDPF },
		{ { IPPROTO_ICMP, 0, false, 0, 33, 0 }, 0, PID(3) },
		{ { IPPROTO_TCP, 0x2000, false, 0, 100, 0 }, 80, PID(3) },
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 12, 0 },		    /* not IP */
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 14, 0 },		    /* not IPv4 */
		{ { IPPROTO_TCP, 0, false, 0, 100, 0 }, 16, PID(3) | RTL_RXD_IPF }, /* too long */
	};
	struct test_rtl8139 t;
	uint8_t frame[300];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, RTL_CPCMD_RXCHKSUM);
	for (i = 0; i < RTE_DIM(cases); i++) {
		uint32_t len = t_ip_frame(frame, &cases[i].ip);

		t_ip_finish(frame, &cases[i].ip);
		if (cases[i].spoil != 0)
			frame[cases[i].spoil] ^= 0x40;
		t_give(&t, frame, len);
		CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 16 * (i % 8)) & ~RTL_DESC_EOR,
			RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | cases[i].want |
				(RTE_MAX(len, 60u) + 4));
		t_desc(&t, T_RX_RING, i % 8, RTL_DESC_OWN | (i % 8 == 7 ? RTL_DESC_EOR : 0) | 0x600,
			0, T_RX_BUF(i % 8));
	}
	t_down(&t);
}

/* UDP without checksum is right; a port that has checked already is believed; off is off. */
static void
test_offload_receive_more(void)
{
	const struct t_ip udp = { IPPROTO_UDP, 0, false, 0, 33, 0 };
	const uint32_t ours = RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM;
	struct test_rtl8139 t;
	struct rte_mbuf *m;
	uint8_t frame[300];
	uint32_t len = t_ip_frame(frame, &udp);

	t_up(&t, 0, true);
	t_start_cplus(&t, RTL_CPCMD_RXCHKSUM);
	put16(frame + 24, t_ip_sum(frame, 14));
	t_give(&t, frame, len);
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING), ours | PID(2) | (len + 4));
	put16(frame + 40, 0xbad0);
	m = t_mbuf(frame, len);
	m->ol_flags |= RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 16), ours | PID(2) | (len + 4));
	t_give(&t, frame, len);
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 32), ours | PID(2) | RTL_RXD_UDPF | (len + 4));
	t_w16(&t, RTL_CPCMD, RTL_CPCMD_TXEN | RTL_CPCMD_RXEN);
	t_give(&t, frame, len);
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 48), ours | (len + 4));
	t_down(&t);
}

void
test_rtl8139_offload_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_offload", NULL, NULL);

	CU_add_test(s, "checksums, complete frames", test_offload_complete);
	CU_add_test(s, "checksums, carried", test_offload_carry);
	CU_add_test(s, "checksums and an inserted tag", test_offload_tag);
	CU_add_test(s, "large send, cut", test_offload_segments);
	CU_add_test(s, "large send, carried", test_offload_large_carry);
	CU_add_test(s, "segments that wait", test_offload_segments_wait);
	CU_add_test(s, "loopback", test_offload_loopback);
	CU_add_test(s, "receive", test_offload_receive);
	CU_add_test(s, "receive, special cases", test_offload_receive_more);
}
