/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sends: sizes, borders, chains, write-back, full pools, loopback. */
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_e1000.h"

static void
test_sizes(void)
{
	static uint8_t frame[16384];
	struct test_e1000 t;
	uint32_t len;

	t_up(&t, true);
	t_start(&t, 0);
	for (len = 14; len <= sizeof(frame); len += len < 1600 ? 1 : 509) {
		t_frame(frame, len, &test_other_mac, (uint8_t)len);
		t_send(&t, frame, len);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, len));
		CU_ASSERT_EQUAL(t_r32(&t, E1000_TDH), t.tx);
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_frames"), t_r32(&t, E1000_GPTC));
	t_down(&t);
}

/* Each way to cut a frame in three, the pieces apart, one of them over the regions' border. */
static void
test_pieces(void)
{
	uint8_t frame[200];
	struct test_e1000 t;
	uint32_t a, b, n = sizeof(frame);

	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, n, &test_other_mac, 9);
	for (a = 0; a < n; a += 13)
		for (b = a; b < n; b += 17) {
			t_put(&t, T_TX_DATA, frame, a);
			t_put(&t, T_BORDER - 50, frame + a, b - a);
			t_put(&t, T_END - (n - b), frame + b, n - b);
			t_data(&t, T_TX_DATA, a, 0, 0);
			t_data(&t, T_BORDER - 50, b - a, E1000_TXD_RS, 0);
			t_desc(&t, T_END - (n - b), (n - b) | E1000_TXD_EOP, 0);
			t_kick(&t);
			CU_ASSERT_TRUE(t_is(t_take(&t), frame, n));
		}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_chain"), 0);
	t_down(&t);
}

/* A ring that goes on in the next region. */
static void
test_ring_border(void)
{
	struct test_e1000 t;
	struct e1000_desc d = { rte_cpu_to_le_64(T_TX_DATA), rte_cpu_to_le_64(60 | T_END_CMD) };
	uint8_t frame[60], status;
	uint64_t ring = T_BORDER - 8 * sizeof(d);
	unsigned int i;

	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 9);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	for (i = 0; i < T_DESCS; i++)
		t_put(&t, ring + i * sizeof(d), &d, sizeof(d));
	t_poke(&t, E1000_TDBAL, (uint32_t)ring);
	t_poke(&t, E1000_TDH, 3);
	t_poke(&t, E1000_TDT, 2);
	for (i = 0; i < T_DESCS - 1; i++)
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, sizeof(frame)));
	CU_ASSERT_PTR_NULL(t_take(&t));
	for (i = 0; i < T_DESCS; i++) {
		t_get(&t, ring + i * sizeof(d) + E1000_TXD_STATUS_BYTE, &status, 1);
		CU_ASSERT_EQUAL(status, i != 2);
	}
	t_down(&t);
}

/* A frame that comes a descriptor at a time, polled in between. */
static void
test_partial(void)
{
	static uint8_t frame[65535];
	struct test_e1000 t;
	uint32_t at, n;

	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 9);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	for (at = 0; at < sizeof(frame); at += n) {
		n = RTE_MIN(1000u, (uint32_t)sizeof(frame) - at);
		CU_ASSERT_PTR_NULL(t_take(&t));
		t_data(&t, T_TX_DATA + at, n, at + n == sizeof(frame) ? T_END_CMD : 0, 0);
		t_kick(&t);
	}
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, sizeof(frame)));
	/* What was begun is forgotten when the transmitter stops, or is reset. */
	for (at = 0; at < 3; at++) {
		t_data(&t, T_TX_DATA, 100, 0, 0);
		t_kick(&t);
		CU_ASSERT_PTR_NULL(t_take(&t));
		if (at == 0)
			t_w32(&t, E1000_TCTL, 0);
		else if (at == 1)
			t_w32(&t, E1000_CTRL, E1000_CTRL_RST);
		else
			t.nic->model->reset(t.nic);
		t_command(&t, NIC_PCI_COMMAND_MASTER);
		t_start(&t, 0);
		t_send(&t, frame, 60);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	}
	t_down(&t);
}

/* What is written back, and what is not. */
static void
test_writeback(void)
{
	struct test_e1000 t;
	struct e1000_desc d;
	uint8_t frame[60];

	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 9);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	/* Without RS nothing; only TXQE then. */
	t_desc(&t, T_TX_DATA, 60 | E1000_TXD_EOP, 0xabcd000e);
	t_kick(&t);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	CU_ASSERT_EQUAL(t_tx_status(&t, 0), 0x0e);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_TXQE);
	/* With RS, or RPS: DD, and the rest of the status 0; all else as it was. */
	t_desc(&t, T_TX_DATA, 60 | T_END_CMD, 0xabcd120e);
	t_desc(&t, T_TX_DATA, 60 | E1000_TXD_EOP | E1000_TXD_RPS, 0);
	t_kick(&t);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_TXDW);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	t_get(&t, T_TX_RING + sizeof(d), &d, sizeof(d));
	CU_ASSERT_EQUAL(rte_le_to_cpu_64(d.addr), T_TX_DATA);
	CU_ASSERT_EQUAL(rte_le_to_cpu_64(d.info) >> 32, 0xabcd1201);
	CU_ASSERT_EQUAL((uint32_t)rte_le_to_cpu_64(d.info), 60 | T_END_CMD);
	CU_ASSERT_EQUAL(t_tx_status(&t, 2), 1);
	/* A context descriptor is done, too. */
	t_context(&t, (const uint16_t[]){ 14, 24, 33, 34, 50, 0 }, E1000_TXD_RS, 0, 0);
	t_kick(&t);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_EQUAL(t_tx_status(&t, 3), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR), E1000_ICR_TXDW | E1000_ICR_TXQE);
	/* IDE is remembered for the moderation. */
	t.s->irq_delay_tx = 0;
	t_desc(&t, T_TX_DATA, 60 | T_END_CMD | E1000_TXD_IDE, 0);
	t_kick(&t);
	t_w32(&t, E1000_IMC, E1000_ICR_BITS);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	CU_ASSERT_EQUAL(t.s->irq_delay_tx, 1);
	t_down(&t);
}

/* One interrupt for a burst, and no more frames than asked for. */
static void
test_burst(void)
{
	struct rte_mbuf *pkts[T_DESCS];
	struct test_e1000 t;
	uint8_t frame[60];
	uint16_t got, i;

	t_up(&t, true);
	t_start(&t, 0);
	for (i = 0; i < 12; i++) {
		t_frame(frame, sizeof(frame), &test_other_mac, (uint8_t)i);
		t_put(&t, T_TX_DATA + 100u * i, frame, sizeof(frame));
		t_desc(&t, T_TX_DATA + 100u * i, 60 | T_END_CMD, 0);
	}
	t_kick(&t);
	CU_ASSERT_EQUAL(t.nic->model->from_guest(t.nic, 0, pkts, 0), 0);
	got = t.nic->model->from_guest(t.nic, 0, pkts, 5);
	CU_ASSERT_EQUAL(got, 5);
	CU_ASSERT_EQUAL(t.raises, 1);
	got = (uint16_t)(got + t.nic->model->from_guest(t.nic, 0, pkts + 5, 11));
	CU_ASSERT_EQUAL(got, 12);
	CU_ASSERT_EQUAL(t.raises, 1);
	for (i = 0; i < got; i++) {
		t_frame(frame, sizeof(frame), &test_other_mac, (uint8_t)i);
		CU_ASSERT_TRUE(t_is(pkts[i], frame, 60));
	}
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bytes"), 720);
	/* Those that are refused count as looked at. */
	for (i = 0; i < 6; i++)
		t_desc(&t, T_TX_DATA, 5 | T_END_CMD, 0);
	t_kick(&t);
	CU_ASSERT_EQUAL(t.nic->model->from_guest(t.nic, 0, pkts, 4), 0);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_short"), 4);
	CU_ASSERT_EQUAL(t.nic->model->from_guest(t.nic, 0, pkts, 4), 0);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_short"), 6);
	t_down(&t);
}

static void
test_gates(void)
{
	struct test_e1000 t;
	struct rte_mempool *pool;
	uint8_t frame[60];

	t_up(&t, true);
	t_start(&t, 0);
	pool = t.nic->pool[0];
	t_frame(frame, sizeof(frame), &test_other_mac, 9);
	CU_ASSERT_EQUAL(t.nic->model->pairs_up(t.nic), 1);
	t_command(&t, 0);
	CU_ASSERT_EQUAL(t.nic->model->pairs_up(t.nic), 0);
	t_send(&t, frame, 60);
	CU_ASSERT_PTR_NULL(t_take(&t));
	t_command(&t, NIC_PCI_COMMAND_MASTER);
	t_w32(&t, E1000_TCTL, 0);
	CU_ASSERT_PTR_NULL(t_take(&t));
	t_w32(&t, E1000_TCTL, E1000_TCTL_EN);
	t.nic->pool[0] = NULL;
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_EQUAL(t_tx_status(&t, 0), 0);
	t.nic->pool[0] = pool;
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	t_w32(&t, E1000_TCTL, 0);
	t_w32(&t, E1000_RCTL, 0);
	CU_ASSERT_EQUAL(t.nic->model->pairs_up(t.nic), 0);
	t_down(&t);
}

static void
test_padding(void)
{
	struct test_e1000 t;
	uint8_t frame[64];

	t_up(&t, true);
	t_start(&t, 0);
	memset(frame, 0, sizeof(frame));
	t_frame(frame, 42, &test_other_mac, 9);
	t_send(&t, frame, 42);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 42));
	t_w32(&t, E1000_TCTL, E1000_TCTL_EN | E1000_TCTL_PSP);
	t_send(&t, frame, 42);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	CU_ASSERT_EQUAL(t_r32(&t, E1000_PTC64), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), 46 + 64);
	t_down(&t);
}

/* Take mbufs from the pool until n are left. */
static unsigned int
drain_pool(struct rte_mbuf **taken, unsigned int n)
{
	unsigned int i = 0;

	while (rte_mempool_avail_count(test_pool) > n)
		taken[i++] = rte_pktmbuf_alloc(test_pool);
	return i;
}

/* An empty pool at any point of a frame of several segments: nothing lost, nothing twice. */
static void
test_no_mbuf(void)
{
	static struct rte_mbuf *taken[1023];
	static uint8_t frame[20000];
	struct test_e1000 t;
	unsigned int left, n;

	t_up(&t, true);
	t_start(&t, 0);
	t_frame(frame, sizeof(frame), &test_other_mac, 9);
	t_put(&t, T_TX_DATA, frame, sizeof(frame));
	for (left = 0; left < 10; left++) {
		uint64_t before = t_count(&t, "from_guest_no_mbuf");

		n = drain_pool(taken, left);
		t_data(&t, T_TX_DATA, 7000, 0, 0);
		t_data(&t, T_TX_DATA + 7000, 7001, 0, 0);
		t_data(&t, T_TX_DATA + 14001, 5999, T_END_CMD, 0);
		t_kick(&t);
		CU_ASSERT_PTR_NULL(t_take(&t));
		CU_ASSERT_PTR_NULL(t_take(&t));
		CU_ASSERT_EQUAL(t_count(&t, "from_guest_no_mbuf"), before + 2);
		CU_ASSERT_NOT_EQUAL(t_r32(&t, E1000_TDH), t.tx);
		rte_pktmbuf_free_bulk(taken, n);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, sizeof(frame)));
	}
	t_down(&t);
}

static void
test_loopback(void)
{
	struct test_e1000 t;
	uint8_t frame[60];
	unsigned int mode;

	for (mode = 0; mode < 2; mode++) {
		t_up(&t, true);
		t_start(&t, E1000_RCTL_BAM);
		if (mode == 0)
			t_phy_write(&t, PHY_BMCR, PHY_BMCR_LOOPBACK | 0x140);
		else
			t_w32(&t, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_BAM | 3 << 6);
		t_frame(frame, sizeof(frame), &test_mac, 9);
		memset(frame + 50, 0, 10);
		/* Short ones are padded here as elsewhere. */
		t_send(&t, frame, 50);
		CU_ASSERT_PTR_NULL(t_take(&t));
		CU_ASSERT_TRUE(t_got(&t, 0, frame, 60));
		CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 1);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_ICR),
			E1000_ICR_RXT0 | E1000_ICR_TXDW | E1000_ICR_TXQE);
		CU_ASSERT_EQUAL(t_count(&t, "from_guest_loopback"), 1);
		/* From outside nothing comes in. */
		t_give(&t, frame, 60);
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_looping"), 1);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 1);
		/* For somebody else; receiver off. */
		t_frame(frame, sizeof(frame), &test_other_mac, 9);
		t_send(&t, frame, 60);
		CU_ASSERT_PTR_NULL(t_take(&t));
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_filtered"), 1);
		t_w32(&t, E1000_RCTL, 3 << 6);
		t_send(&t, frame, 60);
		CU_ASSERT_PTR_NULL(t_take(&t));
		CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 1);
		t_phy_write(&t, PHY_BMCR, 0x1140);
		t_w32(&t, E1000_RCTL, E1000_RCTL_EN);
		t_send(&t, frame, 60);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
		t_down(&t);
	}
}

/* The dirty log knows of descriptors written back. */
static void
test_dirty(void)
{
	struct test_e1000 t;
	uint8_t frame[60], log[T_END / 4096 / 8 + 1] = { 0 };
	uint32_t page = T_TX_RING / 4096;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	gmem_set_log(&t.mem, log, sizeof(log));
	t_frame(frame, sizeof(frame), &test_mac, 9);
	t_send(&t, frame, 60);
	memset(log, 0, sizeof(log));
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	CU_ASSERT_EQUAL(log[page / 8], 1 << (page % 8));
	t_give(&t, frame, 60);
	page = T_RX_RING / 4096;
	CU_ASSERT_TRUE(log[page / 8] & (1 << (page % 8)));
	page = T_RX_BUF(0) / 4096;
	CU_ASSERT_TRUE(log[page / 8] & (1 << (page % 8)));
	gmem_set_log(&t.mem, NULL, 0);
	t_down(&t);
}

void
test_e1000_from_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "sizes", test_sizes);
	CU_add_test(s, "pieces", test_pieces);
	CU_add_test(s, "ring over a border", test_ring_border);
	CU_add_test(s, "partial", test_partial);
	CU_add_test(s, "write-back", test_writeback);
	CU_add_test(s, "burst", test_burst);
	CU_add_test(s, "gates", test_gates);
	CU_add_test(s, "padding", test_padding);
	CU_add_test(s, "no mbuf", test_no_mbuf);
	CU_add_test(s, "loopback", test_loopback);
	CU_add_test(s, "dirty log", test_dirty);
}
