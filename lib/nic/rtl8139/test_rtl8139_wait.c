/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames that wait for room in the receive ring, and the driver that must be told of those that are there. */
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_rtl8139.h"

#define FRAMES	    12
#define FRAME_LEN   1000
#define FRAME_SPACE 1008 /* in a C mode ring of 8 KiB, which so holds 8 */

static void
make(struct rte_mbuf **pkts, uint32_t len)
{
	uint8_t frame[2000];
	unsigned int i;

	for (i = 0; i < FRAMES; i++) {
		t_frame(frame, len, &test_mac, (uint8_t)i);
		pkts[i] = t_mbuf(frame, len);
	}
}

static uint16_t
give(struct test_rtl8139 *t, struct rte_mbuf **pkts, uint16_t n)
{
	return t->nic->model->to_guest(t->nic, 0, pkts, n);
}

/* The driver has read so many frames, all together. */
static void
driver_read(struct test_rtl8139 *t, uint32_t frames)
{
	t_w16(t, RTL_CAPR, (uint16_t)(frames * FRAME_SPACE - 16));
}

static void
test_wait_c(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[FRAMES];

	t_up(&t, 0x10, true);
	t.nic->conf.waits = true;
	t_start_c(&t, RTL_RCR_APM);
	make(pkts, FRAME_LEN);
	CU_ASSERT_EQUAL(give(&t, pkts, FRAMES), 8);
	CU_ASSERT_EQUAL(give(&t, pkts + 8, 4), 0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 0);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 8);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 2);
	/* Those that the driver makes room for go in, in order. */
	driver_read(&t, 2);
	CU_ASSERT_EQUAL(give(&t, pkts + 8, 4), 2);
	driver_read(&t, 10);
	CU_ASSERT_EQUAL(give(&t, pkts + 10, 2), 2);
	CU_ASSERT_EQUAL(t_get32(&t, T_RX_DATA + 10 * FRAME_SPACE % 8192),
		RTL_RSR_ROK | RTL_RSR_PAM | (FRAME_LEN + 4) << 16);
	t_down(&t);
}

/* What an empty ring would not hold does not stop what is behind it. */
static void
test_wait_too_big(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[FRAMES];
	uint8_t *big = calloc(1, 9000);

	t_up(&t, 0x10, true);
	t.nic->conf.waits = true;
	t_start_c(&t, RTL_RCR_APM);
	make(pkts, FRAME_LEN);
	t_frame(big, 9000, &test_mac, 1);
	CU_ASSERT_EQUAL(give(&t, pkts, 8), 8);
	t_give(&t, big, 9000);
	t_give(&t, big, 8186); /* with header and CRC 8194 bytes */
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_too_big"), 2);
	/* Looped back by the driver itself: nobody could wait for it. */
	t_w32(&t, RTL_TCR, RTL_TCR_MXDMA | RTL_TCR_LBK);
	t_put(&t, T_TX_DATA, big, FRAME_LEN);
	t_w32(&t, RTL_TSAD0, T_TX_DATA);
	t_w32(&t, RTL_TSD, FRAME_LEN);
	t_drain(&t, 8);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_loopback"), 1);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 1);
	rte_pktmbuf_free_bulk(pkts + 8, 4);
	t_down(&t);
	free(big);
}

static void
test_wait_cplus(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[FRAMES];
	uint8_t frame[2000];
	unsigned int i;

	t_up(&t, 0, true);
	t.nic->conf.waits = true;
	t_start_cplus(&t, 0);
	make(pkts, FRAME_LEN);
	CU_ASSERT_EQUAL(give(&t, pkts, FRAMES), 8);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 0);
	t_desc(&t, T_RX_RING, 0, RTL_DESC_OWN | 0x600, 0, T_RX_BUF(0));
	CU_ASSERT_EQUAL(give(&t, pkts + 8, 4), 1);
	/* All descriptors together are too little: missed, it would wait for ever. */
	for (i = 0; i < 8; i++)
		t_desc(&t, T_RX_RING, i, RTL_DESC_OWN | (i == 7 ? RTL_DESC_EOR : 0) | 128, 0,
			T_RX_BUF(i));
	t_frame(frame, 1500, &test_mac, 1);
	t_give(&t, frame, 1500);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MPC), 1);
	rte_pktmbuf_free_bulk(pkts + 9, 3);
	t_down(&t);
}

/* As Linux's 8139too: frames are left in the ring, ROK is cleared, and interrupts are let through again. */
static void
test_remind(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[FRAMES];

	t_up(&t, 0x10, true);
	t_start_c(&t, RTL_RCR_APM);
	make(pkts, FRAME_LEN);
	CU_ASSERT_EQUAL(give(&t, pkts, 3), 3);
	t_w16(&t, RTL_IMR, 0xffff & ~RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	driver_read(&t, 2);
	t_w16(&t, RTL_ISR, RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	CU_ASSERT_FALSE(t.line);
	t_w16(&t, RTL_IMR, 0xffff);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	/* All was read: there is nothing to tell. */
	driver_read(&t, 3);
	t_w16(&t, RTL_ISR, RTL_ISR_ROK);
	t_w16(&t, RTL_IMR, 0xffff & ~RTL_ISR_ROK);
	t_w16(&t, RTL_IMR, 0xffff);
	CU_ASSERT_FALSE(t.line);
	rte_pktmbuf_free_bulk(pkts + 3, FRAMES - 3);
	t_down(&t);
}

/* A driver that never masks: after a while without reading it is told again. */
static void
test_remind_late(void)
{
	struct test_rtl8139 t;
	struct rte_mbuf *pkts[FRAMES];
	uint64_t us = rte_get_tsc_hz() / US_PER_S, start;

	t_up(&t, 0x10, true);
	t_start_c(&t, RTL_RCR_APM);
	make(pkts, FRAME_LEN);
	CU_ASSERT_EQUAL(give(&t, pkts, 3), 3);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	t_w16(&t, RTL_ISR, RTL_ISR_ROK);
	CU_ASSERT_FALSE(t.line);
	start = rte_get_tsc_cycles();
	t_expect_none(&t);
	while (!t.line && rte_get_tsc_cycles() - start < 5 * us * US_PER_S)
		t_expect_none(&t);
	CU_ASSERT_TRUE(t.line);
	/* It was looked at twice. */
	CU_ASSERT_TRUE(rte_get_tsc_cycles() - start >= us * RTL_LOOK_US);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK);
	rte_pktmbuf_free_bulk(pkts + 3, FRAMES - 3);
	t_down(&t);
}

void
test_rtl8139_wait_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_wait", NULL, NULL);

	CU_add_test(s, "C mode: frames wait for room", test_wait_c);
	CU_add_test(s, "C mode: no frame waits in vain", test_wait_too_big);
	CU_add_test(s, "C+ mode: frames wait for descriptors", test_wait_cplus);
	CU_add_test(s, "told when it lets ROK interrupt", test_remind);
	CU_add_test(s, "told again", test_remind_late);
}
