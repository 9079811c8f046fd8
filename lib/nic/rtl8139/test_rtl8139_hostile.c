/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests that do what no driver should: nothing is fatal, all is counted, the next frame passes. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_rtl8139.h"

#define DESC_FRAME (RTL_DESC_OWN | RTL_DESC_FS | RTL_DESC_LS)
#define RCR_RING   (RTL_RCR_AB | RTL_RCR_APM)

/* Rings where no memory is: nothing is sent, each is counted once, and a good one works at once. */
static void
test_tx_ring_outside(void)
{
	static const uint64_t bad[] = { 0x100, T_END, T_GPA0 - 0x100, UINT64_C(0xffffffffffffff00),
		UINT64_C(1) << 32 | T_TX_RING };
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i, k;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < RTE_DIM(bad); i++) {
		t_w32(&t, RTL_TNPDS, (uint32_t)bad[i]);
		t_w32(&t, RTL_TNPDS + 4, (uint32_t)(bad[i] >> 32));
		t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ | RTL_TPPOLL_HPQ);
		for (k = 0; k < 10; k++)
			t_expect_none(&t);
		/* And the ring of high priority, which is at 0. */
		CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 1 + i + 1);
		t_w32(&t, RTL_TNPDS + 4, 0);
		t_w32(&t, RTL_TNPDS, T_TX_RING);
		t_send_cplus(&t, frame, sizeof(frame), 0, 0);
		t_expect(&t, frame, sizeof(frame));
	}
	t_down(&t);
}

/* A ring that runs out of memory, without an end of its own. */
static void
test_tx_ring_border(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	t_w32(&t, RTL_TNPDS, T_END - 0x100);
	for (i = 0; i < 16; i++)
		t_desc(&t, T_END - 0x100, i, DESC_FRAME | 60, 0, T_TX_DATA);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	CU_ASSERT_EQUAL(t_drain(&t, 32), 16);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 1);
	/* A frame that begins inside and goes on outside stays where it is. */
	t_w8(&t, RTL_CR, RTL_CR_RE);
	t_w8(&t, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	for (i = 0; i < 16; i++)
		t_desc(&t, T_END - 0x100, i, RTL_DESC_OWN | (i == 0 ? RTL_DESC_FS : 0) | 60, 0,
			T_TX_DATA);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	CU_ASSERT_EQUAL(t_drain(&t, 32), 0);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 2);
	CU_ASSERT_TRUE(t_get32(&t, T_END - 0x100) & RTL_DESC_OWN);
	t_alive(&t);
	t_down(&t);
}

/* Regions that end inside a descriptor, or whose dwords we cannot access as such. */
static void
test_ring_odd_memory(void)
{
	const uint64_t cut = 0x10000000, odd = 0x20000000;
	uint8_t *mem = calloc(1, 0x400), frame[60];
	struct test_rtl8139 t;
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t.mem, cut, 0x108, mem), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t.mem, odd, 0x100, mem + 0x201), 0);
	for (i = 0; i < 16; i++) {
		t_desc(&t, cut, i, DESC_FRAME | 60, 0, T_TX_DATA);
		t_desc(&t, odd, i, DESC_FRAME | 60, 0, T_TX_DATA);
	}
	memset(mem + 0x100, 0xff, 0x108);
	t_w32(&t, RTL_TNPDS, (uint32_t)cut);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	CU_ASSERT_EQUAL(t_drain(&t, 32), 16);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 1);
	t_w8(&t, RTL_CR, RTL_CR_RE);
	t_w32(&t, RTL_TNPDS, (uint32_t)odd);
	t_w8(&t, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	CU_ASSERT_EQUAL(t_drain(&t, 32), 0);
	t_w32(&t, RTL_RDSAR, (uint32_t)odd);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_chain"), 1);
	t_down(&t);
	free(mem);
}

/* Descriptors that make no frame, and what is counted of them. */
static const struct {
	unsigned int n;
	struct {
		uint32_t dw0;
		uint64_t addr;
	} d[4];
	const char *counter;
	unsigned int counts;
} malformed[] = {
	/* a middle, an end without begin */
	{ 1, { { 60, T_TX_DATA } }, "from_guest_bad_chain", 1 },
	{ 1, { { RTL_DESC_LS | 60, T_TX_DATA } }, "from_guest_bad_chain", 1 },
	{ 2, { { 60, T_TX_DATA }, { RTL_DESC_LS | 60, T_TX_DATA } }, "from_guest_bad_chain", 2 },
	/* a begin without end */
	{ 2, { { RTL_DESC_FS | 60, T_TX_DATA }, { 60, T_TX_DATA } }, "from_guest_bad_chain", 1 },
	/* nothing in it, or too little */
	{ 1, { { RTL_DESC_FS | RTL_DESC_LS, T_TX_DATA } }, "from_guest_short", 1 },
	{ 1, { { RTL_DESC_FS | RTL_DESC_LS | 13, T_TX_DATA } }, "from_guest_short", 1 },
	{ 3, { { RTL_DESC_FS, T_TX_DATA }, { 0, 0 }, { RTL_DESC_LS, T_END } }, "from_guest_short",
		1 },
	/* no memory behind it, or not behind all of it */
	{ 1, { { RTL_DESC_FS | RTL_DESC_LS | 60, T_END } }, "from_guest_bad_chain", 1 },
	{ 1, { { RTL_DESC_FS | RTL_DESC_LS | 60, T_END - 59 } }, "from_guest_bad_chain", 1 },
	{ 1, { { RTL_DESC_FS | RTL_DESC_LS | 60, UINT64_MAX - 10 } }, "from_guest_bad_chain", 1 },
	{ 2,
		{ { RTL_DESC_FS | 60, T_TX_DATA },
			{ RTL_DESC_LS | 60, UINT64_C(1) << 32 | T_TX_DATA } },
		"from_guest_bad_chain", 1 },
	/* more than 64 KiB */
	{ 2, { { RTL_DESC_FS | 65535, T_TX_DATA }, { RTL_DESC_LS | 15, T_TX_DATA } },
		"from_guest_oversize", 1 },
	{ 3,
		{ { RTL_DESC_FS | 65535, T_TX_DATA }, { 65535, T_TX_DATA },
			{ RTL_DESC_LS | 65535, T_TX_DATA } },
		"from_guest_oversize", 1 },
};

/* Each of them before one that does. */
static void
test_tx_malformed(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i, k;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < RTE_DIM(malformed); i++) {
		uint64_t before = t_count(&t, malformed[i].counter);

		for (k = 0; k < malformed[i].n; k++) {
			t_desc(&t, T_TX_RING, t.tx,
				RTL_DESC_OWN | (t.tx == 7 ? RTL_DESC_EOR : 0) |
					malformed[i].d[k].dw0,
				0, malformed[i].d[k].addr);
			t.tx = (t.tx + 1) % 8;
		}
		t_send_cplus(&t, frame, sizeof(frame), 0, 0);
		CU_ASSERT_EQUAL(t_drain(&t, 8), 1);
		CU_ASSERT_EQUAL(t_count(&t, malformed[i].counter), before + malformed[i].counts);
		if (t_count(&t, malformed[i].counter) != before + malformed[i].counts)
			printf("  case %u\n", i);
	}
	t_down(&t);
}

/* The longest frame there may be. */
static void
test_tx_longest(void)
{
	struct test_rtl8139 t;
	uint8_t *frame = malloc(65549);

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, 65549, &test_mac, 1);
	t_put(&t, T_TX_DATA, frame, 65549);
	t_desc(&t, T_TX_RING, 0, RTL_DESC_OWN | RTL_DESC_FS | 65535, 0, T_TX_DATA);
	t_desc(&t, T_TX_RING, 1, RTL_DESC_OWN | RTL_DESC_LS | 14, RTL_TXD_TAGC, T_TX_DATA + 65535);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	t_expect(&t, frame, 65549);
	t_down(&t);
	free(frame);
}

/* All of a ring is ours for ever: a poll does not do more than it was asked, and ends. */
static void
test_tx_endless(void)
{
	static const uint32_t kinds[] = { 0, RTL_DESC_FS, RTL_DESC_LS };
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[32];
	unsigned int i, k, n;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	for (k = 0; k < RTE_DIM(kinds); k++) {
		for (i = 0; i < 64; i++)
			t_desc(&t, T_TX_RING, i, RTL_DESC_OWN | kinds[k], 0, T_TX_DATA);
		CU_ASSERT_EQUAL(t.nic->model->from_guest(t.nic, 0, pkts, 32), 0);
		for (i = n = 0; i < 64; i++)
			n += (t_get32(&t, T_TX_RING + 16 * i) & RTL_DESC_OWN) != 0;
		CU_ASSERT_EQUAL(n, 32);
		CU_ASSERT_EQUAL(t_drain(&t, 32), 0);
		t.nic->model->from_guest(t.nic, 0, pkts, 32);
	}
	/* A ring of one, which is a begin without an end: that comes to itself. */
	t_desc(&t, T_TX_RING, 0, RTL_DESC_OWN | RTL_DESC_FS | RTL_DESC_EOR | 60, 0, T_TX_DATA);
	t_w8(&t, RTL_CR, RTL_CR_RE);
	t_w8(&t, RTL_CR, RTL_CR_RE | RTL_CR_TE);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	CU_ASSERT_EQUAL(t_drain(&t, 32), 0);
	CU_ASSERT_FALSE(t_get32(&t, T_TX_RING) & RTL_DESC_OWN);
	t_alive(&t);
	t_down(&t);
}

/* Large sends that contradict their frame: counted, dropped. */
static void
test_large_send_lies(void)
{
	static const struct {
		struct t_ip ip;
		uint32_t at, val; /* a byte to overwrite */
		uint32_t cut;	  /* bytes missing from the frame's end */
		uint32_t mss;
	} cases[] = {
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 0, 0, 0, 0 },
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 0, 0, 0, 0 },
		{ { IPPROTO_UDP, 0, false, 0, 2000, 0 }, 0, 0, 0, 1000 },
		{ { IPPROTO_TCP, 0x2000, false, 0, 2000, 0 }, 0, 0, 0, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 14, 0x40, 0, 1000 }, /* no IP header */
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 14, 0x44, 0, 1000 }, /* less than one */
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 14, 0x65, 0, 1000 }, /* version 6 */
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 13, 0x06, 0, 1000 }, /* ARP */
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 46, 0x00, 0, 1000 }, /* no TCP header */
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 46, 0x40, 0, 1000 }, /* less than one */
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 46, 0x60, 0, 1000 },    /* beyond the end */
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 14, 0x4f, 0, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 0, 0, 1, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 0, 0, 20, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 0, 0, 21, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 0, 0 }, 0, 0, 40, 1000 },
		{ { IPPROTO_TCP, 0, false, 0, 2000, 0 }, 0, 0, 0, 1 }, /* 2000 segments */
	};
	struct test_rtl8139 t;
	uint8_t frame[2100];
	unsigned int i, carry;
	uint32_t len;

	for (carry = 0; carry < 2; carry++) {
		t_up(&t, 0, carry == 1);
		t_start_cplus(&t, 0);
		for (i = 0; i < RTE_DIM(cases); i++) {
			len = t_ip_frame(frame, &cases[i].ip) - cases[i].cut;
			if (cases[i].at != 0)
				frame[cases[i].at] = (uint8_t)cases[i].val;
			t_send_cplus(&t, frame, len, RTL_TXD_LGSEN | cases[i].mss << 16, 0);
			t_expect_none(&t);
			CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_offload"), i + 1);
		}
		t_alive(&t);
		t_down(&t);
	}
}

/*
 * Checksums of headers that lie about their length (CVE-2015-5165): no byte that was not in the
 * frame goes out, and none but the checksums' changes.
 */
static void
test_checksum_lies(void)
{
	static const uint16_t totals[] = { 0, 1, 19, 20, 27, 28, 39, 41, 100, 1480, 0x7fff,
		0xffff };
	static const uint8_t ihls[] = { 0x40, 0x41, 0x44, 0x45, 0x46, 0x4e, 0x4f, 0x55 };
	static const uint8_t protos[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP };
	struct t_ip ip = { .payload = 10 };
	struct test_rtl8139 t;
	uint8_t frame[100], got[100];
	unsigned int i, diff;
	uint32_t k, len;

	t_up(&t, 0, false);
	t_start_cplus(&t, 0);
	for (i = 0; i < RTE_DIM(totals) * RTE_DIM(ihls) * RTE_DIM(protos); i++) {
		struct rte_mbuf *m;

		ip.proto = protos[i % RTE_DIM(protos)];
		len = t_ip_frame(frame, &ip);
		frame[14] = ihls[i / RTE_DIM(protos) % RTE_DIM(ihls)];
		k = totals[i / RTE_DIM(protos) / RTE_DIM(ihls)];
		frame[16] = (uint8_t)(k >> 8);
		frame[17] = (uint8_t)k;
		t_send_cplus(&t, frame, len, RTL_TXD_IPCS | RTL_TXD_TCPCS | RTL_TXD_UDPCS, 0);
		m = t_take(&t);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL_FATAL(m->pkt_len, len);
		memcpy(got, rte_pktmbuf_mtod(m, void *), len);
		rte_pktmbuf_free(m);
		for (k = diff = 0; k < len; k++)
			diff += got[k] != frame[k] && k != 24 && k != 25;
		CU_ASSERT(diff <= 2);
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), i);
	t_down(&t);
}

/* Receive rings and buffers where no memory is. */
static void
test_rx_outside(void)
{
	static const uint64_t rings[] = { 0x100, T_END, UINT64_C(0xffffffffffffff00),
		UINT64_C(1) << 40 | T_RX_RING };
	static const uint64_t bufs[] = { 0, T_END, T_END - 63, UINT64_MAX - 20 };
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < RTE_DIM(rings); i++) {
		t_w32(&t, RTL_RDSAR, (uint32_t)rings[i]);
		t_w32(&t, RTL_RDSAR + 4, (uint32_t)(rings[i] >> 32));
		t_give(&t, frame, sizeof(frame));
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_chain"), i + 1);
		CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_RER);
	}
	t_w32(&t, RTL_RDSAR, T_RX_RING);
	t_w32(&t, RTL_RDSAR + 4, 0);
	/* A buffer that is not there is used up, and marked as an error. */
	for (i = 0; i < RTE_DIM(bufs); i++) {
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN | 0x600, 0, bufs[i]);
		t_give(&t, frame, sizeof(frame));
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_chain"), RTE_DIM(rings) + i + 1);
		CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 16 * i) &
					(RTL_DESC_OWN | RTL_RXD_RES | RTL_RXD_LEN),
			RTL_RXD_RES | 64);
	}
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_RING + 16 * i),
		RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | 64);
	CU_ASSERT_EQUAL(t_accounted(&t), RTE_DIM(rings) + RTE_DIM(bufs) + 1);
	t_down(&t);
}

/* Rings of buffers without room: one look around and no further. */
static void
test_rx_no_room(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];
	unsigned int i;

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < 64; i++)
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN, 0, T_RX_DATA);
	t_give(&t, frame, sizeof(frame));
	t_desc(&t, T_RX_RING, 0, RTL_DESC_OWN | RTL_DESC_EOR | 32, 0, T_RX_DATA);
	t_give(&t, frame, sizeof(frame)); /* 32 bytes, again and again */
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 2);
	CU_ASSERT_TRUE(t_get32(&t, T_RX_RING) & RTL_DESC_OWN);
	for (i = 0; i < 64; i++)
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN | (i == 63 ? 64 : 0), 0, T_RX_DATA);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 1);
	t_alive(&t);
	t_down(&t);
}

/* C mode: where the driver says it has read, and where the ring is, is anything. */
static void
test_c_ring_garbage(void)
{
	static const uint32_t starts[] = { T_END - 100, T_END - 8192, T_END, 0, 0xfffffff0,
		T_BORDER - 13, T_GPA0 + 1 };
	struct test_rtl8139 t;
	uint8_t frame[1514];
	uint32_t capr, rblen;
	unsigned int i, given = 0;

	t_up(&t, 0x10, true);
	t_start_c(&t, RCR_RING);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (rblen = 0; rblen < 4; rblen++) {
		for (i = 0; i < RTE_DIM(starts) * 2; i++) {
			t_w32(&t, RTL_RBSTART, starts[i / 2]);
			t_w32(&t, RTL_RCR, RCR_RING | rblen << 11 | (i % 2) * RTL_RCR_WRAP);
			for (capr = 0; capr < 0x10000; capr += 997, given++) {
				t_w16(&t, RTL_CAPR, (uint16_t)capr);
				t_give(&t, frame, 60 + capr % 1455);
				CU_ASSERT(t_r16(&t, RTL_CBR) < 8192u << rblen);
				CU_ASSERT_EQUAL(t_r16(&t, RTL_CBR) % 4, 0);
			}
		}
	}
	CU_ASSERT_EQUAL(t_accounted(&t), given);
	CU_ASSERT(t_count(&t, "to_guest_bad_chain") > 0);
	CU_ASSERT(t_count(&t, "to_guest_frames") > 0);
	t_down(&t);
}

/* The clock jumps by a year: no loop goes over what has passed. */
static void
test_timer_jump(void)
{
	const uint64_t year = UINT64_C(31536000) * rte_get_tsc_hz();
	struct test_rtl8139 t;
	struct rtl8139 *s;

	t_up(&t, 0, true);
	s = t.nic->state;
	t_w16(&t, RTL_IMR, RTL_ISR_TIMEOUT);
	t_w32(&t, RTL_TIMERINT, 1);
	s->tctr_base -= year;
	s->timer_at = 0; /* long ago */
	t_expect_none(&t);
	CU_ASSERT_TRUE(t.line);
	t_w16(&t, RTL_ISR, RTL_ISR_TIMEOUT);
	/* The next time is when the count comes round again: within 2^32 ticks. */
	CU_ASSERT(s->timer_at > rte_get_tsc_cycles());
	CU_ASSERT(s->timer_at - rte_get_tsc_cycles() <= 131 * rte_get_tsc_hz());
	t_expect_none(&t);
	CU_ASSERT_FALSE(t.line);
	t_down(&t);
}

void
test_rtl8139_hostile_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_hostile", NULL, NULL);

	CU_add_test(s, "transmit ring outside memory", test_tx_ring_outside);
	CU_add_test(s, "transmit ring at memory's end", test_tx_ring_border);
	CU_add_test(s, "transmit ring in odd memory", test_ring_odd_memory);
	CU_add_test(s, "malformed descriptors", test_tx_malformed);
	CU_add_test(s, "longest frame", test_tx_longest);
	CU_add_test(s, "endless rings", test_tx_endless);
	CU_add_test(s, "large sends that lie", test_large_send_lies);
	CU_add_test(s, "checksums that lie", test_checksum_lies);
	CU_add_test(s, "receive ring and buffers outside", test_rx_outside);
	CU_add_test(s, "receive buffers without room", test_rx_no_room);
	CU_add_test(s, "C mode ring with garbage", test_c_ring_garbage);
	CU_add_test(s, "clock jump", test_timer_jump);
}
