/* SPDX-License-Identifier: BSD-3-Clause */
/* Guests that do what no driver should: nothing is fatal, all is counted, the next frame passes. */
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_e1000.h"

static uint8_t frame[0x11000];

/* Poll until nothing comes, some times more than it should take. @return frames. */
static unsigned int
drain(struct test_e1000 *t, unsigned int polls)
{
	unsigned int n = 0;
	struct rte_mbuf *m;

	while (polls-- > 0) {
		m = t_take(t);
		n += m != NULL;
		rte_pktmbuf_free(m);
	}
	return n;
}

/* Both directions work. */
static void
alive(struct test_e1000 *t)
{
	t_start(t, E1000_RCTL_BAM);
	t_frame(frame, 60, &test_mac, 1);
	t_send(t, frame, 60);
	CU_ASSERT_TRUE(t_is(t_take(t), frame, 60));
	CU_ASSERT_EQUAL(t_tx_status(t, 0), 1);
	t_give(t, frame, 60);
	CU_ASSERT_TRUE(t_got(t, 0, frame, 60));
}

/* Ring registers that make no ring: head, tail, length, base high and low. */
static const struct {
	uint32_t len, head, tail, bah, bal;
	bool counted;
} rings[] = {
	{ 0, 0, 5, 0, T_TX_RING, false },
	{ 0x7f, 0, 5, 0, T_TX_RING, false },
	{ 0xfff00000, 0, 5, 0, T_TX_RING, false },
	{ 0x100, 0, 16, 0, T_TX_RING, true },
	{ 0x100, 0, 0xffff, 0, T_TX_RING, true },
	{ 0x100, 16, 5, 0, T_TX_RING, true },
	{ 0x100, 0xffff, 5, 0, T_TX_RING, true },
	{ 0x100, 0xffff, 0xffff, 0, T_TX_RING, true },
	{ 0x80, 8, 0, 0, T_TX_RING, true },
	{ 0x100, 0, 5, 0, 0, true },
	{ 0x100, 0, 5, 0, T_END, true },
	{ 0x100, 0, 5, 1, T_TX_RING, true },
	{ 0x100, 0, 5, 0xffffffff, 0xfffffff0, true },
	{ 0x100, 15, 5, 0xffffffff, 0xffffff80, true },
};

static void
test_rings(void)
{
	struct test_e1000 t;
	uint32_t bal;
	unsigned int i;

	for (i = 0; i < RTE_DIM(rings) * 2; i++) {
		unsigned int k = i / 2;

		t_up(&t, true);
		t_start(&t, E1000_RCTL_BAM);
		t_frame(frame, 60, &test_mac, 1);
		bal = i % 2 ? E1000_TDBAL : E1000_RDBAL;
		t_poke(&t, bal + E1000_RING_BAL, rings[k].bal);
		t_poke(&t, bal + E1000_RING_BAH, rings[k].bah);
		t_poke(&t, bal + E1000_RING_LEN, rings[k].len);
		t_poke(&t, bal + E1000_RING_HEAD, rings[k].head);
		t_poke(&t, bal + E1000_RING_TAIL, rings[k].tail);
		if (i % 2) {
			CU_ASSERT_EQUAL(drain(&t, 10), 0);
			CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), rings[k].counted);
		} else {
			t_give(&t, frame, 60);
			t_give(&t, frame, 60);
			CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 0);
			CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled") +
						t_count(&t, "to_guest_bad_chain"),
				2);
			CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_ring"), rings[k].counted);
		}
		alive(&t);
		t_down(&t);
	}
}

/* A ring that runs out of memory: what is there is served. */
static void
test_ring_end(void)
{
	struct test_e1000 t;
	struct e1000_desc d = { rte_cpu_to_le_64(T_TX_DATA), rte_cpu_to_le_64(60 | T_END_CMD) };
	unsigned int i;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	for (i = 0; i < 5; i++)
		t_put(&t, T_END - 80 + 16 * i, &d, sizeof(d));
	t_poke(&t, E1000_TDBAL, T_END - 80);
	t_poke(&t, E1000_TDT, 9);
	CU_ASSERT_EQUAL(drain(&t, 20), 5);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TDH), 5);
	alive(&t);
	t_poke(&t, E1000_TDT, 99);
	CU_ASSERT_EQUAL(drain(&t, 20), 0);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 2);
	t_down(&t);
}

/* Descriptors that make no frame, and what is counted. Each is completed. */
static const struct {
	const char *counter;
	unsigned int n, frames;
	struct {
		uint64_t addr;
		uint32_t lo, hi;
	} d[4];
} malformed[] = {
	{ "from_guest_short", 1, 0, { { T_TX_DATA, T_END_CMD, 0 } } },
	{ "from_guest_short", 1, 0, { { T_TX_DATA, 13 | T_END_CMD, 0 } } },
	{ "from_guest_short", 3, 0,
		{ { 0, E1000_TXD_RS, 0 }, { T_END, E1000_TXD_RS, 0 }, { 0, T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 1, 0, { { T_END, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 1, 0, { { T_END - 59, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 1, 0, { { UINT64_MAX - 10, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 2, 0,
		{ { T_TX_DATA, 60 | E1000_TXD_RS, 0 },
			{ UINT64_C(1) << 32 | T_TX_DATA, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 3, 0,
		{ { T_END, 60 | E1000_TXD_RS, 0 }, { T_TX_DATA, 60 | E1000_TXD_RS, 0 },
			{ T_TX_DATA, 60 | T_END_CMD, 0 } } },
	/* a context inside a frame; reserved kinds */
	{ "from_guest_bad_chain", 3, 0,
		{ { T_TX_DATA, 60 | E1000_TXD_RS, 0 }, { 0, E1000_TXD_DEXT | E1000_TXD_RS, 0 },
			{ T_TX_DATA, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 1, 0,
		{ { T_TX_DATA, 60 | 2 << 20 | E1000_TXD_DEXT | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 2, 0,
		{ { T_TX_DATA, 60 | 15 << 20 | E1000_TXD_DEXT | E1000_TXD_RS, 0 },
			{ T_TX_DATA, 60 | T_END_CMD, 0 } } },
	{ "from_guest_bad_chain", 2, 0,
		{ { T_TX_DATA, 60 | 15 << 20 | E1000_TXD_DEXT | E1000_TXD_RS, 0 },
			{ T_TX_DATA, 60 | 14 << 20 | E1000_TXD_DEXT | T_END_CMD, 0 } } },
	/* more than 64 KiB, at once and bit by bit */
	{ "from_guest_oversize", 1, 0,
		{ { T_TX_DATA, 0xfffff | 1 << 20 | E1000_TXD_DEXT | T_END_CMD, 0 } } },
	{ "from_guest_oversize", 2, 0,
		{ { T_TX_DATA, 65535 | E1000_TXD_RS, 0 }, { T_TX_DATA, 15 | T_END_CMD, 0 } } },
	{ NULL, 2, 1,
		{ { T_TX_DATA, 65535 | E1000_TXD_RS, 0 }, { T_TX_DATA, 14 | T_END_CMD, 0 } } },
	{ "from_guest_oversize", 4, 0,
		{ { T_TX_DATA, 65535 | E1000_TXD_RS, 0 }, { T_TX_DATA, 65535 | E1000_TXD_RS, 0 },
			{ T_TX_DATA, 65535 | E1000_TXD_RS, 0 }, { T_TX_DATA, 1 | T_END_CMD, 0 } } },
	/* TSO without, and against, its context */
	{ "from_guest_bad_offload", 1, 0,
		{ { T_TX_DATA, 1000 | 1 << 20 | E1000_TXD_DEXT | E1000_TXD_TSE | T_END_CMD, 0 } } },
	/* offloads by a context nobody set, in a frame that has nothing of it */
	{ NULL, 1, 1, { { T_TX_DATA, 60 | 1 << 20 | E1000_TXD_DEXT | T_END_CMD, 0x300 } } },
	/* a legacy sum outside of the frame, and a tag */
	{ NULL, 1, 1,
		{ { T_TX_DATA, 60 | 255 << 16 | E1000_TXD_IC | E1000_TXD_VLE | T_END_CMD,
			0xffff00 } } },
};

static void
test_malformed(void)
{
	struct test_e1000 t;
	unsigned int i, k, first;

	t_up(&t, true);
	t_start(&t, 0);
	for (i = 0; i < RTE_DIM(malformed); i++) {
		uint64_t before = malformed[i].counter ? t_count(&t, malformed[i].counter) : 0;

		first = t.tx;
		for (k = 0; k < malformed[i].n; k++)
			t_desc(&t, malformed[i].d[k].addr, malformed[i].d[k].lo,
				malformed[i].d[k].hi);
		t_kick(&t);
		CU_ASSERT_EQUAL(drain(&t, 3), malformed[i].frames);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_TDH), t.tx);
		for (k = 0; k < malformed[i].n; k++)
			CU_ASSERT_EQUAL(t_tx_status(&t, (first + k) % T_DESCS), 1);
		if (malformed[i].counter)
			CU_ASSERT_EQUAL(t_count(&t, malformed[i].counter), before + 1);
		t_frame(frame, 60, &test_mac, (uint8_t)i);
		t_send(&t, frame, 60);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	}
	t_down(&t);
}

/* TSO contexts that lie, one field at a time; the frame has 54 bytes of headers. */
static void
test_tso_lies(void)
{
	static const struct {
		uint16_t tucss, mss, hdr_len;
		uint32_t cmd, len;
	} lies[] = {
		{ 34, 0, 54, 3 << 24, 2000 },
		{ 34, 1, 54, 3 << 24, 2000 },
		{ 34, 65535, 0, 3 << 24, 2000 },
		{ 34, 500, 1, 3 << 24, 2000 },
		{ 34, 500, 53, 3 << 24, 2000 },
		{ 34, 500, 55, 3 << 24, 2000 },
		{ 34, 500, 255, 3 << 24, 2000 },
		{ 34, 500, 54, 3 << 24, 53 },
		{ 34, 500, 54, 3 << 24, 33 },
		{ 34, 500, 54, 3 << 24, 14 },
		{ 35, 500, 54, 3 << 24, 2000 },
		{ 255, 500, 54, 3 << 24, 2000 },
		{ 34, 500, 54, 2 << 24, 2000 },
		{ 34, 500, 54, 1 << 24, 2000 },
		{ 34, 500, 94, 3 << 24, 60 },
	};
	struct test_e1000 t;
	unsigned int i, carry;

	for (i = 0; i < RTE_DIM(lies) * 2; i++) {
		unsigned int k = i / 2;
		const uint16_t offsets[] = { 14, 24, 33, lies[k].tucss, 50, 0 };

		carry = i % 2;
		t_up(&t, carry);
		t_start(&t, 0);
		t_packet(frame, false, false, 2000);
		if (lies[k].hdr_len == 94)
			frame[46] = 0xf0; /* as the TCP header says itself */
		t_put(&t, T_TX_DATA, frame, 2054);
		t_context(&t, offsets, E1000_TXD_TSE | lies[k].cmd, lies[k].hdr_len, lies[k].mss);
		t_data(&t, T_TX_DATA, lies[k].len, E1000_TXD_TSE | T_END_CMD, 0x300);
		t_kick(&t);
		CU_ASSERT_EQUAL(drain(&t, 3), 0);
		CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_offload"), 1);
		CU_ASSERT_EQUAL(t_tx_status(&t, 1), 1);
		alive(&t);
		t_down(&t);
	}
}

/* Rings of nothing but contexts, or of a frame without end: a bounded time for each poll. */
static void
test_endless(void)
{
	static const uint32_t cmds[] = { E1000_TXD_DEXT | E1000_TXD_RS, 60 | E1000_TXD_RS,
		E1000_TXD_RS, 16 | T_END_CMD };
	struct test_e1000 t;
	struct rte_mbuf *pkts[32];
	uint64_t from;
	unsigned int i, k, n;
	uint32_t head;

	for (i = 0; i < RTE_DIM(cmds); i++) {
		struct e1000_desc d = { 0, rte_cpu_to_le_64(cmds[i]) };

		t_up(&t, true);
		t_start(&t, 0);
		for (k = 0; k < 65528; k++)
			t_put(&t, T_BORDER + k * 16, &d, sizeof(d));
		t_poke(&t, E1000_TDBAL, T_BORDER);
		t_poke(&t, E1000_TDLEN, 0xfff80);
		t_poke(&t, E1000_TDT, 65527);
		for (k = 0; k < 300; k++) {
			/* Always one further: it never ends. */
			head = t_r32(&t, E1000_TDH);
			t_poke(&t, E1000_TDT, (head + 65527) % 65528);
			from = rte_get_tsc_cycles();
			n = t.nic->model->from_guest(t.nic, 0, pkts, 32);
			CU_ASSERT_TRUE(rte_get_tsc_cycles() - from < rte_get_tsc_hz() / 2);
			rte_pktmbuf_free_bulk(pkts, n);
			n = (t_r32(&t, E1000_TDH) + 65528 - head) % 65528;
			CU_ASSERT_TRUE(n > 0 && n <= (cmds[i] & E1000_TXD_EOP ? 32 : 512));
		}
		t_w32(&t, E1000_TCTL, 0);
		alive(&t);
		t_down(&t);
	}
}

/* Frame sizes that grow to the limit over a great many descriptors, again and again. */
static void
test_one_byte_each(void)
{
	struct test_e1000 t;
	unsigned int i, frames = 0;

	t_up(&t, true);
	t_start(&t, 0);
	for (i = 0; i < 140000; i++) {
		t_desc(&t, T_TX_DATA, 1 | (i % 65550 == 65549 ? T_END_CMD : 0), 0);
		t_kick(&t);
		frames += drain(&t, 1);
	}
	CU_ASSERT_EQUAL(frames, 0);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_oversize"), 2);
	t_w32(&t, E1000_TCTL, 0);
	alive(&t);
	t_down(&t);
}

/* Receive buffers that are not there. */
static void
test_rx_buffers(void)
{
	static const uint64_t bad[] = { T_END, T_END - 50, UINT64_MAX - 5, UINT64_C(1) << 40 };
	struct test_e1000 t;
	struct e1000_desc d = { 0 };
	unsigned int i;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	t_frame(frame, 100, &test_mac, 1);
	for (i = 0; i < RTE_DIM(bad); i++) {
		d.addr = rte_cpu_to_le_64(bad[i]);
		t_put(&t, T_RX_RING + i * sizeof(d), &d, sizeof(d));
		t_give(&t, frame, 100);
		/* A frame that says not to use it. */
		CU_ASSERT_EQUAL(t_rxd(&t, i) >> 32,
			(E1000_RXD_DD | E1000_RXD_EOP | E1000_RXD_RXE) >> 32);
	}
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_chain"), i);
	t_give(&t, frame, 100);
	CU_ASSERT_TRUE(t_got(&t, i, frame, 100));
	t_down(&t);
}

/* Descriptors without buffer are passed over; if all are, the frame is missed and the ring used up. */
static void
test_rx_null(void)
{
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	t_frame(frame, 100, &test_mac, 1);
	for (i = 0; i < 3; i++) {
		struct e1000_desc d = { 0 };

		t_put(&t, T_RX_RING + i * sizeof(d), &d, sizeof(d));
	}
	t_give(&t, frame, 100);
	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL(t_rxd(&t, i), E1000_RXD_DD);
	CU_ASSERT_TRUE(t_got(&t, 3, frame, 100));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_null_buffer"), 3);
	t_poke(&t, E1000_RDH, 0);
	t_poke(&t, E1000_RDT, 3);
	t_give(&t, frame, 100);
	CU_ASSERT_EQUAL(t_rxd(&t, 2), E1000_RXD_DD | E1000_RXD_EOP | E1000_RXD_RXE);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDH), 3);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_no_buffer"), 1);
	t_down(&t);
}

/* Rings and buffers where registers are: there is no memory, whatever BAR0's address is. */
static void
test_own_registers(void)
{
	struct test_e1000 t;
	uint32_t bar = 0x80000000;

	t_up(&t, true);
	nic_pci_config_write(t.nic->config, 0x10, &bar, 4);
	t_start(&t, E1000_RCTL_BAM);
	t_frame(frame, 60, &test_mac, 1);
	t_poke(&t, E1000_TDBAL, bar + E1000_TX_PAGE);
	t_poke(&t, E1000_RDBAL, bar + E1000_RX_PAGE);
	t_poke(&t, E1000_TDT, 3);
	CU_ASSERT_EQUAL(drain(&t, 5), 0);
	t_give(&t, frame, 60);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_bad_ring"), 1);
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_bad_ring"), 1);
	alive(&t);
	t_down(&t);
}

void
test_e1000_hostile_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "rings", test_rings);
	CU_add_test(s, "end of memory in a ring", test_ring_end);
	CU_add_test(s, "malformed", test_malformed);
	CU_add_test(s, "tso lies", test_tso_lies);
	CU_add_test(s, "endless", test_endless);
	CU_add_test(s, "one byte each", test_one_byte_each);
	CU_add_test(s, "receive buffers", test_rx_buffers);
	CU_add_test(s, "null buffers", test_rx_null);
	CU_add_test(s, "own registers", test_own_registers);
}
