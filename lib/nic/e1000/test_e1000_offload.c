/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums, TSO, VLAN tags of the transmitter, against sums computed byte by byte. */
#include <string.h>

#include <rte_mbuf.h>

#include "test_e1000.h"

#define IXSM	E1000_TXD_IXSM
#define TXSM	E1000_TXD_TXSM
#define CTX_TCP E1000_TXC_TCP
#define CTX_V4	E1000_TXC_IP
#define CTX_TSE E1000_TXD_TSE

static uint8_t frame[0x11000], sent[0x11000];

static void
put16(uint8_t *p, uint16_t val)
{
	p[0] = (uint8_t)(val >> 8);
	p[1] = (uint8_t)val;
}

/* The folded sum of the pseudo header, as drivers leave it in the checksum's place. */
static uint16_t
pseudo(const uint8_t *ip, bool v6, bool udp, uint32_t len)
{
	uint32_t sum = len + (udp ? 17 : 6), i;

	for (i = v6 ? 8 : 12; i < (v6 ? 40u : 20u); i += 2)
		sum += (uint32_t)ip[i] << 8 | ip[i + 1];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* A frame with its sums left to the NIC; right: the same with them. @return bytes of headers. */
static uint32_t
unfinished(bool v6, bool udp, uint32_t payload)
{
	uint32_t hdr = t_packet(frame, v6, udp, payload), l3 = v6 ? 40 : 20;

	memcpy(sent, frame, hdr + payload);
	if (!v6)
		put16(sent + 14 + 10, 0);
	put16(sent + 14 + l3 + (udp ? 6 : 16), pseudo(sent + 14, v6, udp, hdr + payload - 14 - l3));
	t_sums_right(frame, hdr + payload, 14);
	return hdr;
}

/* Post the context for such frames. */
static void
context_for(struct test_e1000 *t, bool v6, bool udp, uint32_t cmd, uint32_t hdr_len, uint32_t mss)
{
	uint16_t l4 = v6 ? 54 : 34;
	const uint16_t offsets[] = { 14, 24, v6 ? 0 : 33, l4, (uint16_t)(l4 + (udp ? 6 : 16)), 0 };

	t_context(t, offsets, cmd | (udp ? 0 : CTX_TCP) | (v6 ? 0 : CTX_V4), hdr_len, mss);
}

/* Both kinds of ports: those that carry what is left to do, and those that do not. */
static void
check_cksum(bool carry, bool v6, bool udp, uint32_t payload, uint32_t split)
{
	struct test_e1000 t;
	struct rte_mbuf *m;
	uint32_t hdr = unfinished(v6, udp, payload), len = hdr + payload;
	bool marked = carry && len >= 60;

	t_up(&t, carry);
	t_start(&t, 0);
	t_put(&t, T_BORDER - split, sent, len);
	context_for(&t, v6, udp, 0, 0, 0);
	t_data(&t, T_BORDER - split, split, 0, (v6 ? 0 : IXSM) | TXSM);
	/* Only the first descriptor's options count. */
	t_data(&t, T_BORDER, len - split, T_END_CMD, 0);
	t_kick(&t);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, !marked ? 0
							: udp	? RTE_MBUF_F_TX_UDP_CKSUM
								: RTE_MBUF_F_TX_TCP_CKSUM);
	if (marked) {
		CU_ASSERT_EQUAL(m->l2_len, 14);
		CU_ASSERT_EQUAL(m->l3_len, v6 ? 40 : 20);
		CU_ASSERT_EQUAL(!!(m->ol_flags & RTE_MBUF_F_TX_IPV6), v6);
		CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod_offset(m, void *, 14 + (v6 ? 40 : 20)),
					sent + 14 + (v6 ? 40 : 20), 20 * !udp + 8 * udp),
			0);
		CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
	}
	CU_ASSERT_TRUE(t_is(m, frame, len));
	t_down(&t);
}

static void
test_cksum(void)
{
	static const uint32_t payloads[] = { 0, 1, 6, 100, 1399, 1400, 4001, 9000 };
	unsigned int kind, i;

	for (kind = 0; kind < 8; kind++)
		for (i = 0; i < RTE_DIM(payloads); i++) {
			check_cksum(kind & 1, kind & 2, kind & 4, payloads[i], 17);
			check_cksum(kind & 1, kind & 2, kind & 4, payloads[i], 42);
		}
}

/* Frames with bytes behind the IP packet: their sum is not what others would compute. */
static void
test_cksum_padded(void)
{
	struct test_e1000 t;
	struct rte_mbuf *m;
	uint32_t len;

	t_up(&t, true);
	t_start(&t, 0);
	len = unfinished(false, false, 100) + 100;
	memset(sent + len, 0, 9);
	memset(frame + len, 0, 9);
	t_put(&t, T_TX_DATA, sent, len + 9);
	context_for(&t, false, false, 0, 0, 0);
	t_data(&t, T_TX_DATA, len + 9, T_END_CMD, IXSM | TXSM);
	t_kick(&t);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_TRUE(t_is(m, frame, len + 9));
	/* A field that is not the checksum's, in a frame that has one. */
	t_context(&t, (const uint16_t[]){ 14, 24, 33, 34, 52, 0 }, CTX_TCP, 0, 0);
	t_data(&t, T_TX_DATA, len, T_END_CMD, IXSM | TXSM);
	t_kick(&t);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	rte_pktmbuf_free(m);
	context_for(&t, false, false, 0, 0, 0);
	/* And a short one that we pad ourselves. */
	t_w32(&t, E1000_TCTL, E1000_TCTL_EN | E1000_TCTL_PSP);
	len = unfinished(false, false, 0);
	memset(frame + len, 0, 6);
	t_put(&t, T_TX_DATA, sent, len);
	t_data(&t, T_TX_DATA, len, T_END_CMD, IXSM | TXSM);
	t_kick(&t);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_TRUE(t_is(m, frame, 60));
	t_down(&t);
}

/* Sums over anything, as descriptors may ask for; {start, field, end}, frame length. */
static const struct {
	uint16_t start, field, end, len;
	bool does;
} odd_sums[] = {
	{ 20, 40, 0, 100, true },
	{ 21, 40, 0, 100, true },
	{ 20, 40, 59, 100, true },
	{ 20, 40, 60, 101, true },
	{ 20, 98, 0, 100, true },
	{ 20, 99, 0, 100, false },
	{ 20, 100, 0, 100, false },
	{ 20, 255, 0, 100, false },
	{ 20, 40, 99, 100, true },
	{ 20, 40, 500, 100, true },
	{ 99, 40, 0, 100, true },
	{ 100, 40, 0, 100, false },
	{ 255, 40, 0, 100, false },
	{ 60, 40, 59, 100, false },
	{ 0, 0, 0, 100, true },
	{ 255, 254, 0, 4001, true },
};

static void
expect_odd(unsigned int i, struct rte_mbuf *m)
{
	uint32_t end = odd_sums[i].end == 0 ? odd_sums[i].len : odd_sums[i].end + 1u, sum = 0, k;

	end = RTE_MIN(end, odd_sums[i].len);
	memcpy(frame, sent, odd_sums[i].len);
	for (k = odd_sums[i].start; k < end; k++)
		sum += (k - odd_sums[i].start) % 2 == 0 ? (uint32_t)sent[k] << 8 : sent[k];
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	if (odd_sums[i].does)
		put16(frame + odd_sums[i].field, sum == 0xffff ? 0xffff : (uint16_t)~sum);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_TRUE(t_is(m, frame, odd_sums[i].len));
}

static void
test_odd_sums(void)
{
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	t_start(&t, 0);
	for (i = 0; i < RTE_DIM(odd_sums); i++) {
		const uint16_t l4[] = { 0, 0, 0, odd_sums[i].start, odd_sums[i].field,
			odd_sums[i].end };
		const uint16_t ip[] = { odd_sums[i].start, odd_sums[i].field, odd_sums[i].end, 0, 0,
			0 };
		uint32_t len = odd_sums[i].len;

		t_frame(sent, len, &test_other_mac, (uint8_t)i);
		t_put(&t, T_TX_DATA, sent, len);
		t_context(&t, l4, 0, 0, 0);
		t_data(&t, T_TX_DATA, len, T_END_CMD, TXSM);
		t_context(&t, ip, 0, 0, 0);
		t_data(&t, T_TX_DATA, len, T_END_CMD, IXSM);
		t_kick(&t);
		expect_odd(i, t_take(&t));
		expect_odd(i, t_take(&t));
		if (odd_sums[i].end != 0)
			continue;
		t_desc(&t, T_TX_DATA,
			len | T_END_CMD | E1000_TXD_IC | (uint32_t)odd_sums[i].field << 16,
			(uint32_t)odd_sums[i].start << 8);
		t_kick(&t);
		expect_odd(i, t_take(&t));
	}
	t_down(&t);
}

/* A sum that comes out as zero is all ones. */
static void
test_zero_sum(void)
{
	struct test_e1000 t;

	t_up(&t, false);
	t_start(&t, 0);
	t_frame(sent, 60, &test_other_mac, 1);
	memset(sent + 20, 0, 40);
	sent[30] = sent[31] = 0xff;
	t_put(&t, T_TX_DATA, sent, 60);
	t_desc(&t, T_TX_DATA, 60 | T_END_CMD | E1000_TXD_IC | 40 << 16, 20 << 8);
	t_kick(&t);
	sent[40] = sent[41] = 0xff;
	CU_ASSERT_TRUE(t_is(t_take(&t), sent, 60));
	t_down(&t);
}

/* The TSO frame as Linux leaves it: lengths 0, pseudo sum without length. @return headers. */
static uint32_t
unfinished_tso(bool v6, uint32_t payload)
{
	uint32_t hdr = unfinished(v6, false, payload), l3 = v6 ? 40 : 20;

	put16(sent + 14 + (v6 ? 4 : 2), 0);
	put16(sent + 14 + l3 + 16, pseudo(sent + 14, v6, false, 0));
	return hdr;
}

/* One segment of the frame in "frame", which has hdr bytes of headers with the tag. */
static void
check_segment(const uint8_t *seg, uint32_t len, uint32_t hdr, uint32_t at, uint32_t payload,
	uint32_t l2)
{
	bool last = at + len - hdr == payload;

	CU_ASSERT_TRUE(t_sums_right(seg, len, l2));
	CU_ASSERT_EQUAL(memcmp(seg + hdr, frame + 14 + (hdr - l2) + at, len - hdr), 0);
	CU_ASSERT_EQUAL(!!(seg[hdr - 20 + 13] & 8), last);
}

/* tag: 0: none. Chained over odd pieces. */
static void
check_tso(bool carry, bool v6, uint32_t payload, uint32_t mss, uint16_t tag)
{
	static uint8_t seg[0x11000];
	struct test_e1000 t;
	struct rte_mbuf *m, *cut[OFFLOAD_MAX_SEGMENTS];
	uint32_t hdr = unfinished_tso(v6, payload), at = 0, l2 = tag != 0 ? 18 : 14, off, n;
	uint32_t n_segs = (payload + mss - 1) / mss, seen = 0;

	t_up(&t, carry);
	t_start(&t, 0);
	t_w32(&t, E1000_CTRL, E1000_CTRL_VME);
	t_put(&t, T_BORDER - 60, sent, hdr + payload);
	context_for(&t, v6, false, CTX_TSE, hdr, mss);
	for (off = 0; off < hdr + payload; off += n) {
		n = off == 0 ? hdr - 3 : 7777;
		n = RTE_MIN(n, hdr + payload - off);
		t_data(&t, T_BORDER - 60 + off, n,
			CTX_TSE | (tag != 0 ? E1000_TXD_VLE : 0) |
				(off + n == hdr + payload ? T_END_CMD : 0),
			IXSM | TXSM | (uint32_t)tag << 16);
	}
	t_kick(&t);
	while ((m = t_take(&t)) != NULL && seen < n_segs) {
		int i, k = 1;

		cut[0] = m;
		if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) {
			CU_ASSERT_TRUE(carry);
			CU_ASSERT_EQUAL(m->tso_segsz, mss);
			CU_ASSERT_EQUAL(m->l2_len, l2);
			CU_ASSERT_EQUAL(m->l3_len, v6 ? 40 : 20);
			CU_ASSERT_EQUAL(m->l4_len, 20);
			CU_ASSERT_EQUAL(m->pkt_len, hdr + payload + l2 - 14);
			k = offload_segment_tcp(m, test_pool, cut);
			rte_pktmbuf_free(m);
		} else if (m->ol_flags & OFFLOAD_TX_FLAGS) {
			CU_ASSERT_TRUE(carry && n_segs == 1);
			CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
		}
		for (i = 0; i < k; i++, seen++) {
			n = t_flatten(cut[i], seg);
			if (tag != 0)
				CU_ASSERT_EQUAL(seg[14] << 8 | seg[15], tag);
			check_segment(seg, n, hdr + l2 - 14, at, payload, l2);
			at += n - (hdr + l2 - 14);
		}
	}
	CU_ASSERT_PTR_NULL(m);
	CU_ASSERT_EQUAL(seen, n_segs);
	CU_ASSERT_EQUAL(at, payload);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_tso"), n_segs > 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TSCTC), n_segs > 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPTC), n_segs);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), payload + n_segs * (hdr + l2 - 14 + 4));
	t_down(&t);
}

static void
test_tso(void)
{
	static const uint32_t payloads[][2] = { { 1461, 1460 }, { 2920, 1460 }, { 2921, 1460 },
		{ 64000, 1460 }, { 64000, 536 }, { 1000, 1460 }, { 1460, 1460 }, { 5000, 101 },
		{ 65400, 65000 } };
	unsigned int kind, i;

	for (kind = 0; kind < 8; kind++)
		for (i = 0; i < RTE_DIM(payloads); i++)
			check_tso(kind & 1, kind & 2, payloads[i][0], payloads[i][1],
				kind & 4 ? 0x6123 : 0);
}

/* Segments that wait for room, with and without mbufs for all of them. */
static void
test_tso_waits(void)
{
	static struct rte_mbuf *taken[1023];
	struct test_e1000 t;
	uint32_t hdr = unfinished_tso(false, 14600), n = 0, left;

	t_up(&t, false);
	t_start(&t, 0);
	t_w32(&t, E1000_CTRL, E1000_CTRL_VME);
	t_put(&t, T_TX_DATA, sent, hdr + 14600);
	context_for(&t, false, false, CTX_TSE, hdr, 1460);
	t_data(&t, T_TX_DATA, hdr + 14600, CTX_TSE | E1000_TXD_VLE | T_END_CMD, IXSM | TXSM);
	t_kick(&t);
	/* Enough for the frame, not for the segments: it is done again from there, once. */
	while (rte_mempool_avail_count(test_pool) > 12)
		taken[n++] = rte_pktmbuf_alloc(test_pool);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_no_mbuf"), 2);
	CU_ASSERT_EQUAL(t_tx_status(&t, 1), 1);
	rte_pktmbuf_free_bulk(taken, n);
	for (left = 10; left > 3; left--) {
		n = t_flatten(t_take(&t), sent);
		CU_ASSERT_EQUAL(n, hdr + 4 + 1460);
		check_segment(sent, n, hdr + 4, (10 - left) * 1460, 14600, 18);
	}
	/* The rest goes with a reset. */
	t_w32(&t, E1000_CTRL, E1000_CTRL_RST);
	CU_ASSERT_PTR_NULL(t_take(&t));
	t_down(&t);
}

/* In loopback mode frames are finished before they come back. */
static void
test_loop_tso(void)
{
	struct test_e1000 t;
	uint32_t hdr = unfinished_tso(false, 4000), i, at = 0;

	t_up(&t, true);
	t_start(&t, 0);
	t_phy_write(&t, PHY_BMCR, PHY_BMCR_LOOPBACK);
	t_put(&t, T_TX_DATA, sent, hdr + 4000);
	context_for(&t, false, false, CTX_TSE, hdr, 1460);
	t_data(&t, T_TX_DATA, hdr + 4000, CTX_TSE | T_END_CMD, IXSM | TXSM);
	t_kick(&t);
	CU_ASSERT_PTR_NULL(t_take(&t));
	for (i = 0; i < 3; i++) {
		uint32_t len = (uint16_t)t_rxd(&t, i) - 4u;

		t_get(&t, T_RX_BUF(i), sent, len);
		check_segment(sent, len, hdr, at, 4000, 14);
		at += len - hdr;
	}
	CU_ASSERT_EQUAL(at, 4000);
	t_down(&t);
}

static void
test_vlan(void)
{
	struct test_e1000 t;
	uint32_t vet;

	for (vet = 0x8100; vet <= 0x88a8; vet += 0x88a8 - 0x8100) {
		t_up(&t, true);
		t_start(&t, 0);
		t_w32(&t, E1000_VET, vet);
		t_frame(frame, 100, &test_other_mac, 3);
		t_put(&t, T_TX_DATA, frame, 100);
		t_desc(&t, T_TX_DATA, 100 | T_END_CMD | E1000_TXD_VLE, 0x1234u << 16);
		t_kick(&t);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, 100));
		t_w32(&t, E1000_CTRL, E1000_CTRL_VME);
		t_send(&t, frame, 100);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, 100));
		memcpy(sent, frame, 12);
		put16(sent + 12, (uint16_t)vet);
		put16(sent + 14, 0x1234);
		memcpy(sent + 16, frame + 12, 88);
		t_desc(&t, T_TX_DATA, 100 | T_END_CMD | E1000_TXD_VLE, 0x1234u << 16);
		t_data(&t, T_TX_DATA, 5, 0, 0);
		t_data(&t, T_TX_DATA + 5, 95, T_END_CMD | E1000_TXD_VLE, 0x1234u << 16);
		t_kick(&t);
		CU_ASSERT_TRUE(t_is(t_take(&t), sent, 104));
		CU_ASSERT_TRUE(t_is(t_take(&t), sent, 104));
		CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), 2 * 104 + 2 * 108);
		t_down(&t);
	}
}

/* A tag and a checksum to be left to others. */
static void
test_vlan_cksum(void)
{
	struct test_e1000 t;
	struct rte_mbuf *m;
	uint32_t len = unfinished(false, true, 500) + 500;

	t_up(&t, true);
	t_start(&t, 0);
	t_w32(&t, E1000_CTRL, E1000_CTRL_VME);
	t_put(&t, T_TX_DATA, sent, len);
	context_for(&t, false, true, 0, 0, 0);
	t_data(&t, T_TX_DATA, len, T_END_CMD | E1000_TXD_VLE, IXSM | TXSM | 7 << 16);
	t_kick(&t);
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, RTE_MBUF_F_TX_UDP_CKSUM);
	CU_ASSERT_EQUAL(m->l2_len, 18);
	CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
	CU_ASSERT_EQUAL(t_flatten(m, sent), len + 4);
	CU_ASSERT_TRUE(t_sums_right(sent, len + 4, 18));
	t_down(&t);
}

void
test_e1000_offload_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "checksums", test_cksum);
	CU_add_test(s, "checksums, padded", test_cksum_padded);
	CU_add_test(s, "sums over anything", test_odd_sums);
	CU_add_test(s, "a sum of zero", test_zero_sum);
	CU_add_test(s, "tso", test_tso);
	CU_add_test(s, "tso that waits", test_tso_waits);
	CU_add_test(s, "tso in loopback", test_loop_tso);
	CU_add_test(s, "vlan", test_vlan);
	CU_add_test(s, "vlan and checksum", test_vlan_cksum);
}
