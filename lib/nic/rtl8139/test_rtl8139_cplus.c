/* SPDX-License-Identifier: BSD-3-Clause */
/* C+ mode: the transmit rings, the receive ring, VLAN tags, the tally counters. */
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "test_rtl8139.h"

#define RX_BUFS	    8 /* as t_start_cplus() posts them, of 0x600 bytes */
#define DESC_FRAME  (RTL_DESC_OWN | RTL_DESC_FS | RTL_DESC_LS)
#define MAX_PAYLOAD 1514

static uint32_t
rx_dw(struct test_rtl8139 *t, unsigned int i, unsigned int dw)
{
	return t_get32(t, T_RX_RING + i * sizeof(struct rtl8139_desc) + 4ul * dw);
}

static uint32_t
tx_dw0(struct test_rtl8139 *t, uint64_t ring, unsigned int i)
{
	return t_get32(t, ring + i * sizeof(struct rtl8139_desc));
}

/* Check the frame of the driver's next descriptor, and post that again. */
static void
receive(struct test_rtl8139 *t, const uint8_t *want, uint32_t len, uint32_t type)
{
	uint32_t total = RTE_MAX(len, 60u) + 4, eor = t->rx == RX_BUFS - 1 ? RTL_DESC_EOR : 0, i;
	uint8_t got[2048];
	uint32_t crc;

	CU_ASSERT_EQUAL_FATAL(rx_dw(t, t->rx, 0), RTL_DESC_FS | RTL_DESC_LS | eor | type | total);
	CU_ASSERT_EQUAL(rx_dw(t, t->rx, 1), 0);
	t_get(t, T_RX_BUF(t->rx), got, total);
	CU_ASSERT_EQUAL(memcmp(got, want, len), 0);
	for (i = len; i < 60; i++)
		CU_ASSERT_EQUAL(got[i], 0);
	memcpy(&crc, got + total - 4, 4);
	CU_ASSERT_EQUAL(crc, t_crc(got, total - 4));
	t_desc(t, T_RX_RING, t->rx, RTL_DESC_OWN | eor | 0x600, 0, T_RX_BUF(t->rx));
	t->rx = (t->rx + 1) % RX_BUFS;
}

static void
test_cplus_send(void)
{
	struct test_rtl8139 t;
	uint8_t frame[MAX_PAYLOAD];
	uint32_t len;
	uint16_t at;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	for (len = 14; len <= sizeof(frame); len++) {
		at = t.tx;
		t_frame(frame, len, &test_other_mac, (uint8_t)len);
		t_send_cplus(&t, frame, len, 0, 0);
		t_expect(&t, frame, len);
		CU_ASSERT_EQUAL(tx_dw0(&t, T_TX_RING, at),
			(RTL_DESC_FS | RTL_DESC_LS | (at == 7 ? RTL_DESC_EOR : 0) | len));
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), len - 14);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
	t_down(&t);
}

/* A frame of n descriptors, the first over the border of regions, others over those of pages. */
static void
send_chain(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len, unsigned int n)
{
	uint32_t off = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint32_t part = i == n - 1 ? len - off : (len - off) / (n - i);
		uint64_t gpa = i == 0 ? T_BORDER - part / 2 : T_TX_DATA + 0x1000 * i - 3;
		uint32_t dw0 = RTL_DESC_OWN | part;

		if (i == 0)
			dw0 |= RTL_DESC_FS;
		if (i == n - 1)
			dw0 |= RTL_DESC_LS;
		if (t->tx == 7)
			dw0 |= RTL_DESC_EOR;
		t_put(t, gpa, frame + off, part);
		t_desc(t, T_TX_RING, t->tx, dw0, 0, gpa);
		t->tx = (t->tx + 1) % 8;
		off += part;
	}
	t_w8(t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
}

static void
test_cplus_send_chain(void)
{
	struct test_rtl8139 t;
	uint8_t frame[3000];
	unsigned int n, round;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	for (round = 0; round < 20; round++) {
		for (n = 1; n <= 8; n++) {
			uint32_t len = 14 + (round * 149 + n * 83) % 2900;

			t_frame(frame, len, &test_other_mac, (uint8_t)(round + n));
			send_chain(&t, frame, len, n);
			t_expect(&t, frame, len);
		}
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), 160);
	t_down(&t);
}

/* A frame of which the end is not ours yet waits, whichever part comes last. */
static void
test_cplus_send_partial(void)
{
	struct test_rtl8139 t;
	uint8_t frame[200];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	t_desc(&t, T_TX_RING, 0, RTL_DESC_OWN | RTL_DESC_FS | 50, 0, T_TX_DATA);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	t_expect_none(&t);
	t_desc(&t, T_TX_RING, 2, RTL_DESC_OWN | RTL_DESC_LS | 100, 0, T_TX_DATA + 100);
	t_expect_none(&t);
	CU_ASSERT_EQUAL(tx_dw0(&t, T_TX_RING, 0), RTL_DESC_OWN | RTL_DESC_FS | 50);
	CU_ASSERT_FALSE(t.line);
	t_desc(&t, T_TX_RING, 1, RTL_DESC_OWN | 50, 0, T_TX_DATA + 50);
	t_expect(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(tx_dw0(&t, T_TX_RING, 0), RTL_DESC_FS | 50);
	CU_ASSERT_EQUAL(tx_dw0(&t, T_TX_RING, 1), 50);
	CU_ASSERT_EQUAL(tx_dw0(&t, T_TX_RING, 2), RTL_DESC_LS | 100);
	t_down(&t);
}

/* The ring has 64 descriptors when none says that it ends; bursts cut it, one interrupt each. */
static void
test_cplus_send_burst(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[64];
	uint8_t frame[60];
	unsigned int i, round, at = 0, n;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	for (round = 0; round < 5; round++) {
		for (i = 0; i < 50; i++, at = (at + 1) % 64) {
			t_frame(frame, sizeof(frame), &test_other_mac, (uint8_t)i);
			t_put(&t, T_TX_DATA + 64 * i, frame, sizeof(frame));
			t_desc(&t, T_TX_RING, at, DESC_FRAME | 60, 0, T_TX_DATA + 64 * i);
		}
		for (i = 0; i < 50; i += n) {
			unsigned int k, before = t.raises;

			n = t.nic->model->from_guest(t.nic, 0, pkts, 32);
			CU_ASSERT_EQUAL_FATAL(n, i == 0 ? 32 : 18);
			for (k = 0; k < n; k++) {
				t_frame(frame, sizeof(frame), &test_other_mac, (uint8_t)(i + k));
				CU_ASSERT_TRUE(t_mbuf_is(pkts[k], frame, sizeof(frame)));
			}
			rte_pktmbuf_free_bulk(pkts, n);
			CU_ASSERT_TRUE(t.raises - before <= 1);
			CU_ASSERT_TRUE(n < 32 || t.raises == before + 1);
			CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
			t_w16(&t, RTL_ISR, 0xffff);
		}
	}
	t_down(&t);
}

/* What must be on before anything is sent. */
static void
test_cplus_send_gates(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	t_desc(&t, T_TX_RING, 0, DESC_FRAME | 60, 0, T_TX_DATA);
	t_expect_none(&t); /* not polled */
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_HPQ);
	t_expect_none(&t); /* the other ring was */
	t_w16(&t, RTL_CPCMD, RTL_CPCMD_RXEN);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	t_expect_none(&t);
	t_w16(&t, RTL_CPCMD, RTL_CPCMD_RXEN | RTL_CPCMD_TXEN);
	t_w8(&t, RTL_CR, RTL_CR_RE);
	t_expect_none(&t);
	/* On again: from the start of the ring, when told. */
	t_w8(&t, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	t_expect_none(&t);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	t_expect(&t, frame, sizeof(frame));
	t_down(&t);
}

static void
test_cplus_send_high(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[4];
	uint8_t low[60], high[60];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_w32(&t, RTL_THPDS, T_HI_RING);
	t_frame(low, sizeof(low), &test_other_mac, 1);
	t_frame(high, sizeof(high), &test_other_mac, 2);
	t_send_cplus(&t, low, sizeof(low), 0, 0);
	t_put(&t, T_TX_DATA + 0x1000, high, sizeof(high));
	t_desc(&t, T_HI_RING, 0, DESC_FRAME | RTL_DESC_EOR | 60, 0, T_TX_DATA + 0x1000);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_HPQ);
	CU_ASSERT_EQUAL_FATAL(t.nic->model->from_guest(t.nic, 0, pkts, 4), 2);
	CU_ASSERT_TRUE(t_mbuf_is(pkts[0], high, sizeof(high)));
	CU_ASSERT_TRUE(t_mbuf_is(pkts[1], low, sizeof(low)));
	rte_pktmbuf_free_bulk(pkts, 2);
	CU_ASSERT_EQUAL(tx_dw0(&t, T_HI_RING, 0), DESC_FRAME - RTL_DESC_OWN + RTL_DESC_EOR + 60);
	t_down(&t);
}

static void
test_cplus_no_mbuf(void)
{
	struct test_rtl8139 t;
	uint8_t frame[5000];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	t_send_cplus(&t, frame, sizeof(frame), 0, 0);
	t_starve(&t);
	t_expect_none(&t);
	rte_pktmbuf_free(t.held[--t.n_held]);
	t_expect_none(&t);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), 1);
	CU_ASSERT_TRUE(tx_dw0(&t, T_TX_RING, 0) & RTL_DESC_OWN);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_no_mbuf"), 2);
	CU_ASSERT_FALSE(t.line);
	t_feed(&t);
	t_expect(&t, frame, sizeof(frame));
	t_down(&t);
}

static void
test_cplus_receive(void)
{
	struct test_rtl8139 t;
	uint8_t frame[MAX_PAYLOAD];
	uint32_t len;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_w32(&t, RTL_RCR, RTL_RCR_AAP);
	t_w32(&t, RTL_MAR, UINT32_MAX);
	for (len = 14; len <= sizeof(frame); len++) {
		static const struct {
			const struct rte_ether_addr *dst;
			uint32_t type;
		} to[] = { { &test_mac, RTL_RXD_PAM }, { &test_broadcast, RTL_RXD_BAR },
			{ &test_multi_mac, RTL_RXD_MAR }, { &test_other_mac, 0 } };

		t_frame(frame, len, to[len % 4].dst, (uint8_t)len);
		t_give(&t, frame, len);
		CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
		t_w16(&t, RTL_ISR, RTL_ISR_ROK);
		receive(&t, frame, len, to[len % 4].type);
	}
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), len - 14);
	CU_ASSERT_EQUAL(t_accounted(&t), len - 14);
	t_down(&t);
}

/* A burst is one interrupt; without descriptors frames are missed, and none is half there. */
static void
test_cplus_receive_burst(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[12];
	uint8_t frame[100];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	for (i = 0; i < 12; i++) {
		t_frame(frame, sizeof(frame), &test_mac, (uint8_t)i);
		pkts[i] = t_mbuf(frame, sizeof(frame));
	}
	CU_ASSERT_EQUAL(t.nic->model->to_guest(t.nic, 0, pkts, 12), 12);
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK | RTL_ISR_RXOVW);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 4);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 4);
	for (i = 0; i < 8; i++) {
		t_frame(frame, sizeof(frame), &test_mac, (uint8_t)i);
		receive(&t, frame, sizeof(frame), RTL_RXD_PAM);
	}
	t_give(&t, frame, sizeof(frame));
	receive(&t, frame, sizeof(frame), RTL_RXD_PAM);
	CU_ASSERT_EQUAL(t_accounted(&t), 13);
	t_down(&t);
}

/* A frame longer than a buffer goes over several; all of them, or none. */
static void
test_cplus_receive_scatter(void)
{
	struct test_rtl8139 t;
	uint8_t frame[1514], got[1518];
	uint32_t crc, sizes[] = { 512, 0, 512, 64, 512, 64, 64, 64 };
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	for (i = 0; i < 8; i++)
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN | (i == 7 ? RTL_DESC_EOR : 0) | sizes[i], 0,
			T_RX_BUF(i));
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(rx_dw(&t, 0, 0), RTL_DESC_FS | RTL_RXD_PAM | 512);
	CU_ASSERT_EQUAL(rx_dw(&t, 1, 0), RTL_RXD_PAM);
	CU_ASSERT_EQUAL(rx_dw(&t, 2, 0), RTL_RXD_PAM | 512);
	CU_ASSERT_EQUAL(rx_dw(&t, 3, 0), RTL_RXD_PAM | 64);
	CU_ASSERT_EQUAL(rx_dw(&t, 4, 0), RTL_DESC_LS | RTL_RXD_PAM | 1518);
	CU_ASSERT_EQUAL(rx_dw(&t, 5, 0), RTL_DESC_OWN | 64);
	t_get(&t, T_RX_BUF(0), got, 512);
	t_get(&t, T_RX_BUF(2), got + 512, 512);
	t_get(&t, T_RX_BUF(3), got + 1024, 64);
	t_get(&t, T_RX_BUF(4), got + 1088, 430);
	CU_ASSERT_EQUAL(memcmp(got, frame, sizeof(frame)), 0);
	memcpy(&crc, got + sizeof(frame), 4);
	CU_ASSERT_EQUAL(crc, t_crc(frame, sizeof(frame)));
	/* 192 bytes are left: not enough, so nothing is touched. */
	t_give(&t, frame, 189);
	for (i = 5; i < 8; i++)
		CU_ASSERT_TRUE(rx_dw(&t, i, 0) & RTL_DESC_OWN);
	t_give(&t, frame, 188);
	CU_ASSERT_EQUAL(rx_dw(&t, 7, 0), RTL_DESC_LS | RTL_DESC_EOR | RTL_RXD_PAM | 192);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 2);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 1);
	t_down(&t);
}

/* The longest frame there is, and one more; before the ring is known; 64 without an end. */
static void
test_cplus_receive_limits(void)
{
	struct test_rtl8139 t;
	uint8_t *frame = malloc(NIC_MAX_FRAME);
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, NIC_MAX_FRAME, &test_mac, 1);
	t_w32(&t, RTL_RDSAR, 0);
	t_give(&t, frame, 60);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 1);
	t_w32(&t, RTL_RDSAR, T_RX_RING);
	t_give(&t, frame, 8188);
	t_give(&t, frame, NIC_MAX_FRAME);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_too_big"), 2);
	CU_ASSERT_TRUE(rx_dw(&t, 0, 0) & RTL_DESC_OWN);
	t_give(&t, frame, 8187);
	CU_ASSERT_EQUAL(rx_dw(&t, 5, 0), RTL_DESC_LS | RTL_RXD_PAM | 8191);
	for (i = 0; i < 64; i++)
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN | 0x600, 0, T_RX_BUF(i));
	t_w8(&t, RTL_CR, RTL_CR_TE);
	t_w8(&t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	for (i = 0; i < 65; i++) {
		CU_ASSERT_TRUE(i == 64 || (rx_dw(&t, i, 0) & RTL_DESC_OWN));
		t_give(&t, frame, 60);
		CU_ASSERT_EQUAL(rx_dw(&t, i % 64, 0), RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | 64);
	}
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 1 + 64);
	t_desc(&t, T_RX_RING, 0, RTL_DESC_OWN | 0x600, 0, T_RX_BUF(0));
	t_give(&t, frame, 61);
	CU_ASSERT_EQUAL(rx_dw(&t, 0, 0), RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | 65);
	CU_ASSERT_EQUAL(t_accounted(&t), 1 + 2 + 1 + 66);
	t_down(&t);
	free(frame);
}

static void
test_cplus_vlan(void)
{
	static const uint8_t tag[] = { 0x81, 0x00, 0x61, 0x23 };
	struct test_rtl8139 t;
	uint8_t frame[100], tagged[104], got[128];
	uint32_t crc;

	t_up(&t, 0, true);
	t_start_cplus(&t, RTL_CPCMD_RXVLAN);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	memcpy(tagged, frame, 12);
	memcpy(tagged + 12, tag, 4);
	memcpy(tagged + 16, frame + 12, sizeof(frame) - 12);
	/* The bytes of the tag as on the wire, read as a little-endian number. */
	t_send_cplus(&t, frame, sizeof(frame), 0, RTL_TXD_TAGC | 0x2361);
	t_expect(&t, tagged, sizeof(tagged));
	t_send_cplus(&t, frame, sizeof(frame), 0, 0x2361);
	t_expect(&t, frame, sizeof(frame));

	t_give(&t, tagged, sizeof(tagged));
	CU_ASSERT_EQUAL(rx_dw(&t, 0, 0), RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | 104);
	CU_ASSERT_EQUAL(rx_dw(&t, 0, 1), RTL_RXD_TAVA | 0x2361);
	t_get(&t, T_RX_BUF(0), got, 104);
	CU_ASSERT_EQUAL(memcmp(got, frame, sizeof(frame)), 0);
	memcpy(&crc, got + 100, 4);
	CU_ASSERT_EQUAL(crc, t_crc(tagged, sizeof(tagged)));
	t.rx = 1;
	t_give(&t, frame, sizeof(frame));
	receive(&t, frame, sizeof(frame), RTL_RXD_PAM);
	/* Left in when the driver wants it so. */
	t_w16(&t, RTL_CPCMD, RTL_CPCMD_TXEN | RTL_CPCMD_RXEN);
	t_give(&t, tagged, sizeof(tagged));
	receive(&t, tagged, sizeof(tagged), RTL_RXD_PAM);
	t_down(&t);
}

static void
test_cplus_tally(void)
{
	struct rtl8139_tally_dump dump;
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	for (i = 0; i < 3; i++) {
		t_send_cplus(&t, frame, sizeof(frame), 0, 0);
		t_expect(&t, frame, sizeof(frame));
	}
	for (i = 0; i < 10; i++) {
		t_frame(frame, sizeof(frame), i < 6 ? &test_mac : &test_broadcast, 1);
		t_give(&t, frame, sizeof(frame));
	}
	t_w32(&t, RTL_DTCCR_HI, 0);
	t_w32(&t, RTL_DTCCR_LO, T_TALLY | RTL_DTCCR_CMD);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_DTCCR_LO), T_TALLY);
	t_get(&t, T_TALLY, &dump, sizeof(dump));
	CU_ASSERT_EQUAL(dump.tx_ok, 3);
	CU_ASSERT_EQUAL(dump.rx_ok, 8);
	CU_ASSERT_EQUAL(dump.rx_ok_phy, 6);
	CU_ASSERT_EQUAL(dump.rx_ok_brd, 2);
	CU_ASSERT_EQUAL(dump.missed, 2);
	/* To where no memory is: an error, as on a bus. */
	t_w16(&t, RTL_ISR, 0xffff);
	t_w32(&t, RTL_DTCCR_LO, (T_END - 32) | RTL_DTCCR_CMD);
	t_w32(&t, RTL_DTCCR_LO, T_END | RTL_DTCCR_CMD);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_SERR);
	/* A chip reset starts over, and makes TSD of DTCCR. */
	t_w8(&t, RTL_CR, RTL_CR_RST);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_DTCCR_LO), RTL_TSD_OWN);
	t_start_cplus(&t, 0);
	t_w32(&t, RTL_DTCCR_LO, T_TALLY | RTL_DTCCR_CMD);
	t_get(&t, T_TALLY, &dump, sizeof(dump));
	CU_ASSERT_EQUAL(dump.tx_ok + dump.rx_ok + dump.missed, 0);
	t_down(&t);
}

/* Reset while descriptors are out: nothing of theirs is used again. */
static void
test_cplus_reset(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_send_cplus(&t, frame, sizeof(frame), 0, 0);
	t_give(&t, frame, sizeof(frame));
	t_w8(&t, RTL_CR, RTL_CR_RST);
	t_expect_none(&t);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_TRUE(rx_dw(&t, 1, 0) & RTL_DESC_OWN);
	CU_ASSERT_FALSE(t.line);
	t.tx = t.rx = 0;
	t_start_cplus(&t, 0);
	t_expect_none(&t);
	t_send_cplus(&t, frame, sizeof(frame), 0, 0);
	t_expect(&t, frame, sizeof(frame));
	t_give(&t, frame, sizeof(frame));
	receive(&t, frame, sizeof(frame), RTL_RXD_PAM);
	t_down(&t);
}

void
test_rtl8139_cplus_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_cplus", NULL, NULL);

	CU_add_test(s, "send", test_cplus_send);
	CU_add_test(s, "send several descriptors", test_cplus_send_chain);
	CU_add_test(s, "send half a frame", test_cplus_send_partial);
	CU_add_test(s, "send bursts", test_cplus_send_burst);
	CU_add_test(s, "what sending needs", test_cplus_send_gates);
	CU_add_test(s, "high priority", test_cplus_send_high);
	CU_add_test(s, "no mbuf", test_cplus_no_mbuf);
	CU_add_test(s, "receive", test_cplus_receive);
	CU_add_test(s, "receive bursts", test_cplus_receive_burst);
	CU_add_test(s, "receive into several buffers", test_cplus_receive_scatter);
	CU_add_test(s, "receive limits", test_cplus_receive_limits);
	CU_add_test(s, "vlan tags", test_cplus_vlan);
	CU_add_test(s, "tally", test_cplus_tally);
	CU_add_test(s, "reset", test_cplus_reset);
}
