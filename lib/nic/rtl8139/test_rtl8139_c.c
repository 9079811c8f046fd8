/* SPDX-License-Identifier: BSD-3-Clause */
/* C mode: the four transmit descriptors, the receive ring, the filter, loopback. */
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_rtl8139.h"

#define RCR_RING     (RTL_RCR_AB | RTL_RCR_APM)
#define RBLEN(n)     ((n) << 11)
#define RTL_TCR_LOOP (RTL_TCR_MXDMA | RTL_TCR_LBK)
#define CANARY	     0xc5

/* The driver's place in the receive ring. */
struct ring {
	uint32_t size;
	uint32_t at; /* free running */
	bool wrap;   /* frames do not wrap */
};

static void
send_slot(struct test_rtl8139 *t, unsigned int slot, const uint8_t *frame, uint32_t len)
{
	uint32_t gpa = T_TX_DATA + 0x2000 * slot;

	t_put(t, gpa, frame, len);
	t_w32(t, RTL_TSAD0 + 4 * slot, gpa);
	t_w32(t, RTL_TSD + 4 * slot, len);
}

static void
test_c_send(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[8];
	uint8_t frame[4][1514];
	unsigned int i, round;

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	for (round = 0; round < 3; round++) {
		for (i = 0; i < 4; i++) {
			t_frame(frame[i], 60 + 480 * i, &test_other_mac, (uint8_t)(round + i));
			send_slot(&t, i, frame[i], 60 + 480 * i);
		}
		CU_ASSERT_EQUAL(t_r16(&t, RTL_TSAD), 0);
		CU_ASSERT_EQUAL_FATAL(t.nic->model->from_guest(t.nic, 0, pkts, 8), 4);
		for (i = 0; i < 4; i++) {
			CU_ASSERT_TRUE(t_mbuf_is(pkts[i], frame[i], 60 + 480 * i));
			CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD + 4 * i),
				RTL_TSD_OWN | RTL_TSD_TOK | (60 + 480 * i));
			rte_pktmbuf_free(pkts[i]);
		}
		CU_ASSERT_EQUAL(t_r16(&t, RTL_TSAD), 0xf00f);
		CU_ASSERT_EQUAL(t.raises, round + 1);
		CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
		t_w16(&t, RTL_ISR, RTL_ISR_TOK);
		t_expect_none(&t);
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), 12);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bytes"), 9360);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_interrupts"), 3);
	t_down(&t);
}

/* Slots go in turn: what is written out of order waits; a burst of one leaves the rest. */
static void
test_c_send_order(void)
{
	struct test_rtl8139 t;
	uint8_t frame[100], other[100];
	struct rte_mbuf *m;

	t_up(&t, 0, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_other_mac, 7);
	t_frame(other, sizeof(other), &test_other_mac, 8);
	send_slot(&t, 1, other, sizeof(other));
	t_expect_none(&t);
	send_slot(&t, 0, frame, sizeof(frame));
	m = t_take(&t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_TRUE(t_mbuf_is(m, frame, sizeof(frame)));
	rte_pktmbuf_free(m);
	t_expect(&t, other, sizeof(other));
	send_slot(&t, 2, frame, sizeof(frame));
	/* Off and on again: the first slot is the next. */
	t_w8(&t, RTL_CR, RTL_CR_RE);
	t_expect_none(&t);
	t_w32(&t, RTL_TSD + 8, RTL_TSD_OWN);
	t_w8(&t, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	send_slot(&t, 0, other, sizeof(other));
	t_expect(&t, other, sizeof(other));
	/* Without bus master nothing moves. */
	send_slot(&t, 1, frame, sizeof(frame));
	t_command(&t, 3);
	t_expect_none(&t);
	t_command(&t, 3 | NIC_PCI_COMMAND_MASTER);
	t_expect(&t, frame, sizeof(frame));
	t_down(&t);
}

/* TSD in pieces: the half without OWN starts nothing, and the other half stays what it was. */
static void
test_c_send_narrow(void)
{
	struct test_rtl8139 t;
	uint8_t frame[300];

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_other_mac, 3);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	t_w32(&t, RTL_TSAD0, T_TX_DATA);
	t_w16(&t, RTL_TSD + 2, 0x0003);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD), 0x30000 | RTL_TSD_OWN);
	t_expect_none(&t);
	t_w8(&t, RTL_TSD, (uint8_t)sizeof(frame));
	t_expect_none(&t);
	t_w8(&t, RTL_TSD + 1, sizeof(frame) >> 8);
	t_expect(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD), 0x30000 | RTL_TSD_OWN | RTL_TSD_TOK | sizeof(frame));
	t_down(&t);
}

/* Every length that a driver has use for, and the limits, with page and region borders inside. */
static void
test_c_send_sizes(void)
{
	static const uint32_t more[] = { 1792, 2048, 4095, 8190, 8191 };
	struct test_rtl8139 t;
	uint8_t frame[8191];
	uint32_t len, i, gpa;

	t_up(&t, 0x10, false);
	t_start_c(&t, RCR_RING);
	for (i = 0; i < 1518 - 14 + RTE_DIM(more); i++) {
		len = i < 1518 - 14 ? 14 + i : more[i - (1518 - 14)];
		gpa = i % 2 == 0 ? T_BORDER - len / 2 : T_TX_DATA + 4096 - len / 2;
		t_frame(frame, len, &test_other_mac, (uint8_t)i);
		t_put(&t, gpa, frame, len);
		t_w32(&t, RTL_TSAD0 + 4 * (i % 4), gpa);
		t_w32(&t, RTL_TSD + 4 * (i % 4), len);
		t_expect(&t, frame, len);
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), i);
	t_down(&t);
}

/* What is no frame is counted and given back, and the next one goes. */
static void
test_c_send_bad(void)
{
	static const struct {
		uint32_t gpa, len;
		const char *counter;
	} bad[] = {
		{ T_TX_DATA, 0, "from_guest_short" },
		{ T_TX_DATA, 13, "from_guest_short" },
		{ T_END - 60, 61, "from_guest_bad_chain" },
		{ T_END, 60, "from_guest_bad_chain" },
		{ 0, 60, "from_guest_bad_chain" },
		{ 0xfffffff0, 60, "from_guest_bad_chain" },
	};
	struct test_rtl8139 t;
	uint8_t frame[60];
	uint64_t before;
	unsigned int i;

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	for (i = 0; i < RTE_DIM(bad); i++) {
		before = t_count(&t, bad[i].counter);
		t_w32(&t, RTL_TSAD0 + 4 * (2 * i % 4), bad[i].gpa);
		t_w32(&t, RTL_TSD + 4 * (2 * i % 4), bad[i].len);
		t_expect_none(&t);
		CU_ASSERT_EQUAL(t_count(&t, bad[i].counter), before + 1);
		CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD + 4 * (2 * i % 4)),
			RTL_TSD_OWN | RTL_TSD_TOK | bad[i].len);
		send_slot(&t, (2 * i + 1) % 4, frame, sizeof(frame));
		t_expect(&t, frame, sizeof(frame));
	}
	t_down(&t);
}

static void
test_c_no_mbuf(void)
{
	struct test_rtl8139 t;
	uint8_t frame[5000];

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	send_slot(&t, 0, frame, sizeof(frame));
	t_starve(&t);
	t_expect_none(&t);
	CU_ASSERT_FALSE(t_r32(&t, RTL_TSD) & RTL_TSD_OWN);
	CU_ASSERT_FALSE(t.line);
	/* Not enough for all of it either. */
	rte_pktmbuf_free(t.held[--t.n_held]);
	t_expect_none(&t);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), 1);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_no_mbuf"), 2);
	t_feed(&t);
	t_expect(&t, frame, sizeof(frame));
	t_down(&t);
}

/* Read one frame as a driver does, and compare. */
static void
read_ring(struct test_rtl8139 *t, struct ring *r, const uint8_t *want, uint32_t len, uint32_t type)
{
	uint32_t at = r->at % r->size, total = RTE_MAX(len, 60u) + 4, i, crc;
	uint8_t *got = malloc(total);

	CU_ASSERT_FALSE(t_r8(t, RTL_CR) & RTL_CR_BUFE);
	CU_ASSERT_EQUAL_FATAL(t_get32(t, T_RX_DATA + at), RTL_RSR_ROK | type | total << 16);
	for (i = 0; i < total; i++)
		t_get(t, T_RX_DATA + (r->wrap ? at + 4 + i : (at + 4 + i) % r->size), &got[i], 1);
	CU_ASSERT_EQUAL(memcmp(got, want, len), 0);
	for (i = len; i < 60; i++)
		CU_ASSERT_EQUAL(got[i], 0);
	memcpy(&crc, got + total - 4, 4);
	CU_ASSERT_EQUAL(crc, t_crc(got, total - 4));
	free(got);
	r->at = (r->at + 4 + total + 3) & ~3u;
	t_w16(t, RTL_CAPR,
		(uint16_t)(r->at - 16)); /* as 8139too: 16 bits of a free running index */
}

/* Frames of all sizes, two in the ring at a time, until it has turned round several times. */
static void
ring_rounds(uint32_t rcr, uint32_t size, bool wrap)
{
	struct test_rtl8139 t;
	struct ring r = { .size = size, .wrap = wrap };
	uint8_t frame[1600], other[1600], canary[64], end[64];
	uint64_t behind = (uint64_t)T_RX_DATA + size + (wrap ? RTL_WRAP_ROOM : 0);
	uint32_t i;

	t_up(&t, 0x10, true);
	memset(canary, CANARY, sizeof(canary));
	t_put(&t, behind, canary, sizeof(canary));
	t_start_c(&t, rcr);
	CU_ASSERT_TRUE(t_r8(&t, RTL_CR) & RTL_CR_BUFE);
	for (i = 0; r.at < 4 * size; i++) {
		uint32_t len = 14 + i * 37 % 1505;

		t_frame(frame, len, &test_mac, (uint8_t)i);
		t_frame(other, len, &test_broadcast, (uint8_t)(i + 99));
		t_give(&t, frame, len);
		t_give(&t, other, len);
		CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
		t_w16(&t, RTL_ISR, RTL_ISR_ROK);
		read_ring(&t, &r, frame, len, RTL_RSR_PAM);
		read_ring(&t, &r, other, len, RTL_RSR_BAR);
		CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR), (uint16_t)(r.at % size));
		CU_ASSERT_TRUE(t_r8(&t, RTL_CR) & RTL_CR_BUFE);
	}
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 2ul * i);
	CU_ASSERT_EQUAL(t_accounted(&t), 2ul * i);
	t_get(&t, behind, end, sizeof(end));
	CU_ASSERT_EQUAL(memcmp(canary, end, sizeof(end)), 0);
	t_down(&t);
}

static void
test_c_ring(void)
{
	uint32_t n;

	for (n = 0; n < 4; n++) {
		ring_rounds(RCR_RING | RBLEN(n), 8192u << n, false);
		/* As 8139too and iPXE; the largest ring wraps all the same. */
		ring_rounds(RCR_RING | RBLEN(n) | RTL_RCR_WRAP, 8192u << n, n < 3);
	}
}

/* What a driver with WRAP must have behind the ring is 1.5 KiB: nothing longer goes there. */
static void
test_c_wrap_room(void)
{
	static const uint32_t lens[] = { RTL_WRAP_ROOM - 3, 2000, 4096, 8187, 9014, 65549 };
	struct test_rtl8139 t;
	struct ring r = { .size = 8192, .wrap = true };
	uint8_t *frame = malloc(NIC_MAX_FRAME), *canary = malloc(0x10000), *end = malloc(0x10000);
	unsigned int i;

	t_up(&t, 0x10, true);
	memset(canary, CANARY, 0x10000);
	t_put(&t, T_RX_DATA + 8192 + RTL_WRAP_ROOM, canary, 0x10000);
	t_start_c(&t, RCR_RING | RTL_RCR_WRAP);
	for (i = 0; i < 50; i++) { /* through the ring's end at many places */
		uint32_t len = lens[i % RTE_DIM(lens)];

		t_frame(frame, len, &test_mac, (uint8_t)i);
		t_give(&t, frame, len);
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_too_big"), i + 1);
		t_frame(frame, RTL_WRAP_ROOM - 4, &test_mac, (uint8_t)i);
		t_give(&t, frame, RTL_WRAP_ROOM - 4);
		read_ring(&t, &r, frame, RTL_WRAP_ROOM - 4, RTL_RSR_PAM);
	}
	t_get(&t, T_RX_DATA + 8192 + RTL_WRAP_ROOM, end, 0x10000);
	CU_ASSERT_EQUAL(memcmp(canary, end, 0x10000), 0);
	/* Without WRAP they stay inside the ring, and so may be as long as it allows. */
	t_w32(&t, RTL_RCR, RCR_RING);
	r.wrap = false;
	t_frame(frame, 8000, &test_mac, 5);
	t_give(&t, frame, 8000);
	read_ring(&t, &r, frame, 8000, RTL_RSR_PAM);
	CU_ASSERT_EQUAL(t_accounted(&t), 101);
	t_down(&t);
	free(frame);
	free(canary);
	free(end);
}

static void
test_c_overflow(void)
{
	struct test_rtl8139 t;
	struct ring r = { .size = 8192 };
	uint8_t frame[1000];
	uint32_t i, n;

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < 10; i++)
		t_give(&t, frame, sizeof(frame));
	/* 1008 bytes each: 8 of them fit, as one byte at least stays free. */
	n = 8;
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), n);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 10 - n);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK | RTL_ISR_RXOVW);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 10 - n);
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_interrupts"), 1);
	t_w32(&t, RTL_MPC, 5);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 0);
	/* 128 bytes are left. A frame that took all of them would make the ring look empty. */
	t_give(&t, frame, 120);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 1);
	/* What is in the ring is whole, and room made is room used. */
	read_ring(&t, &r, frame, sizeof(frame), RTL_RSR_PAM);
	t_give(&t, frame, sizeof(frame));
	for (i = 0; i < n; i++)
		read_ring(&t, &r, frame, sizeof(frame), RTL_RSR_PAM);
	CU_ASSERT_TRUE(t_r8(&t, RTL_CR) & RTL_CR_BUFE);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), n + 1);
	t_down(&t);
}

/* A filter that is written anew leaves the ring alone; another size starts it over. */
static void
test_c_ring_restart(void)
{
	struct test_rtl8139 t;
	uint8_t frame[100];

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR), 108);
	t_w32(&t, RTL_RCR, RCR_RING | RTL_RCR_AM);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR), 108);
	t_w8(&t, RTL_RCR + 1, RBLEN(2) >> 8);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR), 0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CAPR), 0xfff0);
	CU_ASSERT_TRUE(t_r8(&t, RTL_CR) & RTL_CR_BUFE);
	t_give(&t, frame, sizeof(frame));
	/* As 8139too after an error: the receiver off and on; the transmitter does not notice. */
	t_w8(&t, RTL_CR, RTL_CR_TE);
	t_w8(&t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR), 0);
	t_down(&t);
}

static void
test_c_filter(void)
{
	static const struct {
		uint32_t rcr;
		bool want[4]; /* own address, another's, group, broadcast */
	} cases[] = {
		{ 0, { false, false, false, false } },
		{ RTL_RCR_AAP, { true, true, true, true } },
		{ RTL_RCR_APM, { true, false, false, false } },
		{ RTL_RCR_AB, { false, false, false, true } },
		{ RTL_RCR_AM, { false, false, true, false } },
		{ RTL_RCR_AM | RTL_RCR_AB | RTL_RCR_APM, { true, false, true, true } },
	};
	static const struct rte_ether_addr *dst[] = { &test_mac, &test_other_mac, &test_multi_mac,
		&test_broadcast };
	struct test_rtl8139 t;
	unsigned int i, k;
	uint8_t frame[60];

	t_up(&t, 0x10, true);
	t_start_c(&t, 0);
	/* ether_crc(01:00:5e:00:00:01) >> 26 is 31, as Linux' drivers compute it. */
	t_w32(&t, RTL_MAR, 0x80000000);
	for (i = 0; i < RTE_DIM(cases); i++) {
		t_w32(&t, RTL_RCR, cases[i].rcr);
		for (k = 0; k < RTE_DIM(dst); k++) {
			uint64_t before = t_count(&t, "to_guest_frames");

			t_frame(frame, sizeof(frame), dst[k], 1);
			t_give(&t, frame, sizeof(frame));
			CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames") - before, cases[i].want[k]);
			t_w16(&t, RTL_CAPR, (uint16_t)(t_r16(&t, RTL_CBR) - 16));
		}
	}
	/* Another bit of the hash; another address of the station. */
	t_w32(&t, RTL_MAR, 0x7fffffff);
	t_w32(&t, RTL_MAR + 4, UINT32_MAX);
	t_frame(frame, sizeof(frame), &test_multi_mac, 1);
	t_give(&t, frame, sizeof(frame));
	t_w8(&t, RTL_IDR, 0x56);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), 14 + 2);
	CU_ASSERT_EQUAL(t_accounted(&t), 24 + 2);
	t_down(&t);
}

/* Each reason for not receiving. */
static void
test_c_disabled(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_w8(&t, RTL_CR, RTL_CR_TE);
	t_give(&t, frame, sizeof(frame));
	t_w8(&t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	t_w8(&t, RTL_HLTCLK, 'H');
	t_give(&t, frame, sizeof(frame));
	t_w8(&t, RTL_HLTCLK, 'R');
	t_command(&t, 3);
	t_give(&t, frame, sizeof(frame));
	t_command(&t, 3 | NIC_PCI_COMMAND_MASTER);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 3);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	t_give(&t, frame, 13);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_short"), 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 1);
	t_down(&t);
}

static void
test_c_loopback(void)
{
	struct test_rtl8139 t;
	struct ring r = { .size = 8192 };
	uint8_t frame[100], tiny[14];
	unsigned int i;

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_w32(&t, RTL_TCR, RTL_TCR_LOOP);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < 4; i++)
		send_slot(&t, i, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_drain(&t, 8), 0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK | RTL_ISR_TOK);
	for (i = 0; i < 4; i++)
		read_ring(&t, &r, frame, sizeof(frame), RTL_RSR_PAM);
	/* On this way, too, short frames are padded and others' frames filtered. */
	t_frame(tiny, sizeof(tiny), &test_broadcast, 9);
	send_slot(&t, 0, tiny, sizeof(tiny));
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	send_slot(&t, 1, frame, sizeof(frame));
	t_drain(&t, 8);
	read_ring(&t, &r, tiny, sizeof(tiny), RTL_RSR_BAR);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), 1);
	/* The network is away; a receiver that is off is off. */
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_looping"), 1);
	t_w8(&t, RTL_CR, RTL_CR_TE);
	send_slot(&t, 2, frame, sizeof(frame));
	t_drain(&t, 8);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 1);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_loopback"), 7);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), 0);
	CU_ASSERT_EQUAL(t_accounted(&t), 7 + 1);
	t_down(&t);
}

void
test_rtl8139_c_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_c", NULL, NULL);

	CU_add_test(s, "send", test_c_send);
	CU_add_test(s, "send order", test_c_send_order);
	CU_add_test(s, "narrow writes of TSD", test_c_send_narrow);
	CU_add_test(s, "send sizes", test_c_send_sizes);
	CU_add_test(s, "send what is no frame", test_c_send_bad);
	CU_add_test(s, "no mbuf", test_c_no_mbuf);
	CU_add_test(s, "receive ring, all sizes", test_c_ring);
	CU_add_test(s, "room behind the ring", test_c_wrap_room);
	CU_add_test(s, "overflow", test_c_overflow);
	CU_add_test(s, "ring restart", test_c_ring_restart);
	CU_add_test(s, "filter", test_c_filter);
	CU_add_test(s, "disabled", test_c_disabled);
	CU_add_test(s, "loopback", test_c_loopback);
}
