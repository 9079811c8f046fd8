/* SPDX-License-Identifier: BSD-3-Clause */
/* Interrupts that wait, and device statistics: both are asked for by the control queue. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "test_pci.h"
#include "test_virtio.h"

#define OK	 VIRTIO_CTRL_OK
#define ERR	 VIRTIO_CTRL_ERR
#define FEATURES (TP_FEATURES | VIRTIO_NET_F_NOTF_COAL | VIRTIO_NET_F_VQ_NOTF_COAL)
#define LONG_US	 600000000u /* longer than any test */

static int
set(struct test_pci *t, uint8_t cmd, uint32_t packets, uint32_t usecs)
{
	uint32_t data[2] = { packets, usecs };

	return tp_command(t, VIRTIO_CTRL_COAL, cmd, data, sizeof(data));
}

static int
set_vq(struct test_pci *t, uint16_t vq, uint32_t packets, uint32_t usecs)
{
	struct {
		uint16_t vq, reserved;
		uint32_t packets, usecs;
	} data = { vq, 0xffff, packets, usecs };

	return tp_command(t, VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_VQ_SET, &data, sizeof(data));
}

static void
give(struct test_pci *t, unsigned int n)
{
	uint8_t frame[64];

	test_frame(frame, sizeof(frame), 1);
	while (n-- > 0)
		CU_ASSERT_TRUE(tp_give(t, 0, frame, sizeof(frame)));
}

static void
poll_pair(struct test_pci *t, uint16_t q)
{
	struct rte_mbuf *m;

	CU_ASSERT_EQUAL(virtio_from_guest(t->nic, q, &m, 1), 0);
}

static void
test_by_count(void)
{
	struct test_pci t;
	unsigned int *irqs = &t.irqs[1], i;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	give(&t, 2);
	CU_ASSERT_EQUAL(irqs[0], 2);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 4, LONG_US), OK);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_TX_SET, 3, LONG_US), OK);
	poll_pair(&t, 0);
	irqs[0] = irqs[1] = 0;
	for (i = 1; i <= 9; i++) {
		give(&t, 1);
		CU_ASSERT_EQUAL(irqs[0], i / 4);
	}
	for (i = 1; i <= 10; i++) {
		tp_expect_from(&t, 0, 100, (uint8_t)i);
		CU_ASSERT_EQUAL(irqs[1], i / 3);
	}
	CU_ASSERT_EQUAL(tp_count(&t, "to_guest_interrupts"), 2 + 2);
	CU_ASSERT_EQUAL(tp_count(&t, "from_guest_interrupts"), 3);
	/* One that waits does not wait for the next setting; then each frame has its own again. */
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 0, LONG_US), OK);
	CU_ASSERT_EQUAL(irqs[0], 3);
	give(&t, 2);
	CU_ASSERT_EQUAL(irqs[0], 5);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 9, 0), OK);
	give(&t, 2);
	CU_ASSERT_EQUAL(irqs[0], 7);
	tp_down(&t);
}

static void
test_by_time(void)
{
	struct test_pci t;
	unsigned int *irqs = &t.irqs[1];
	uint64_t start, us200 = rte_get_tsc_hz() / 5000, polls = 0;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 1000, 200), OK);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_TX_SET, 1000, 200), OK);
	poll_pair(&t, 0);
	start = rte_rdtsc();
	give(&t, 1);
	tp_expect_from(&t, 0, 100, 1);
	while ((irqs[0] == 0 || irqs[1] == 0) && ++polls < 10000000)
		poll_pair(&t, 0);
	CU_ASSERT_TRUE(rte_rdtsc() - start >= us200);
	CU_ASSERT_EQUAL(irqs[0], 1);
	CU_ASSERT_EQUAL(irqs[1], 1);
	/* Nothing more comes of what was told. */
	start = rte_rdtsc();
	while (rte_rdtsc() - start < 2 * us200)
		poll_pair(&t, 0);
	CU_ASSERT_EQUAL(irqs[0], 1);
	tp_down(&t);
}

/* Where nobody looks at the clock, no interrupt waits. */
static void
test_unwatched(void)
{
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 4, LONG_US), OK);
	give(&t, 3);
	CU_ASSERT_EQUAL(t.irqs[1], 3);
	tp_down(&t);
}

static void
test_of_queues(void)
{
	uint16_t asked[2] = { 2, 0 };
	uint32_t got[2] = { 0 };
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, FEATURES | VIRTIO_F_RING_RESET);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 7, 70), OK);
	CU_ASSERT_EQUAL(set_vq(&t, 2, 9, 90), OK);
#define GET(len) tp_query(&t, VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_VQ_GET, asked, len, got, 8)
	CU_ASSERT_EQUAL(GET(4), 8);
	CU_ASSERT_TRUE(got[0] == 9 && got[1] == 90);
	asked[0] = 0;
	CU_ASSERT_EQUAL(GET(4), 8);
	CU_ASSERT_TRUE(got[0] == 7 && got[1] == 70);
	asked[0] = 1;
	CU_ASSERT_EQUAL(GET(4), 8);
	CU_ASSERT_TRUE(got[0] == 0 && got[1] == 0);
	/* The control queue, no queue, one that is not enabled. */
	for (asked[0] = TP_CTRL; asked[0] < TP_CTRL + 2; asked[0]++)
		CU_ASSERT_EQUAL(GET(4), -ERR);
	CU_ASSERT_EQUAL(set_vq(&t, 0xffff, 1, 1), ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_bad_value"), 3);
	CU_ASSERT_EQUAL(GET(3), -ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_VQ_SET, asked, 4), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_COAL, VIRTIO_CTRL_COAL_RX_SET, got, 7), ERR);
	tp_w16(&t, 0x16, 2);
	tp_w16(&t, 0x3a, 1);
	CU_ASSERT_EQUAL(set_vq(&t, 2, 1, 1), ERR);
	/* Enabled again, it has what is set for all. */
	tp_queue(&t, 2);
	tp_w16(&t, 0x1c, 1);
	asked[0] = 2;
	CU_ASSERT_EQUAL(GET(4), 8);
	CU_ASSERT_TRUE(got[0] == 7 && got[1] == 70);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_COAL, 4, got, 8), ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_unknown"), 1);
	/* After a reset nothing is set. */
	tp_start(&t, FEATURES);
	CU_ASSERT_EQUAL(GET(4), 8);
	CU_ASSERT_TRUE(got[0] == 0 && got[1] == 0);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(set(&t, VIRTIO_CTRL_COAL_RX_SET, 7, 70), ERR);
	CU_ASSERT_EQUAL(GET(4), -ERR);
#undef GET
	tp_down(&t);
}

struct ask {
	uint16_t vq, reserved[3];
	uint64_t types;
};

struct reply {
	uint8_t type, reserved;
	uint16_t vq, reserved1, size;
	uint64_t word[6];
};

#define STATS (TP_FEATURES | VIRTIO_NET_F_DEVICE_STATS)
#define BASIC 0x100010001ull /* of receive and transmit queues; of the control queue */

static int
ask(struct test_pci *t, const struct ask *a, unsigned int n, void *got, uint32_t room)
{
	return tp_query(t, VIRTIO_CTRL_STATS, VIRTIO_CTRL_STATS_GET, a, n * (uint32_t)sizeof(*a),
		got, room);
}

static void
test_stats(void)
{
	const struct ask a[3] = { { 0, { 0 }, 7 }, { 1, { 0 }, 3ull << 16 },
		{ TP_CTRL, { 0 }, 1ull << 32 } };
	struct reply *r;
	uint8_t got[512];
	struct test_pci t;
	uint64_t can;
	int n;

	tp_up(&t, true);
	tp_start(&t, STATS);
	CU_ASSERT_EQUAL(tp_query(&t, VIRTIO_CTRL_STATS, VIRTIO_CTRL_STATS_QUERY, NULL, 0, &can, 8),
		8);
	CU_ASSERT_EQUAL(can, BASIC | 1 << 1 | 1 << 2 | 1 << 17); /* HOST_TSO is not negotiated */
	give(&t, 3);
	tp_expect_from(&t, 0, 100, 1);
	tp_expect_from(&t, 0, 200, 1);
	tp_w16(&t, VIRTIO_PCI_NOTIFY + 4, 1);
	CU_ASSERT_EQUAL(tp_command(&t, 99, 0, NULL, 0), ERR);
	n = ask(&t, a, 3, got, sizeof(got));
	CU_ASSERT_EQUAL(n, 56 + 40 + 40 + 56 + 24 + 24);
	r = (struct reply *)got;
	CU_ASSERT_TRUE(r->type == 0 && r->vq == 0 && r->size == 56);
	CU_ASSERT_TRUE(r->word[1] == 3 && r->word[2] == UINT64_C(192) && r->word[3] == 3 &&
		       r->word[4] == 0);
	r = (struct reply *)(got + 56);
	CU_ASSERT_TRUE(r->type == 1 && r->size == 40 && r->word[2] == 3);
	r = (struct reply *)(got + 136);
	CU_ASSERT_TRUE(r->type == 16 && r->vq == 1 && r->size == 56);
	CU_ASSERT_TRUE(r->word[0] == 1 && r->word[1] == 2 && r->word[2] == 300 && r->word[4] == 0);
	r = (struct reply *)(got + 192);
	CU_ASSERT_TRUE(r->type == 17 && r->size == 24 && r->word[0] == 2 && r->word[1] == 0);
	r = (struct reply *)(got + 216);
	CU_ASSERT_TRUE(r->type == 32 && r->vq == TP_CTRL && r->size == 24);
	CU_ASSERT_TRUE(r->word[0] == 3 && r->word[1] == 2);
	/* A room too small is filled to its end and no further. */
	memset(got, 0xee, sizeof(got));
	CU_ASSERT_EQUAL(ask(&t, a, 3, got, 60), 60);
	CU_ASSERT_EQUAL(ask(&t, a, 3, got, 0), 0);
	tp_down(&t);
}

static void
test_stats_hostile(void)
{
	/* clang-format off */
	static const struct ask bad[] = {
		{ 5, { 0 }, 1 }, { 0xffff, { 0 }, 1 }, /* no such queue */
		{ 0, { 0 }, 1 << 3 }, { 0, { 0 }, 1ull << 63 }, /* no such type */
		{ 0, { 0 }, 1 << 16 }, { 1, { 0 }, 1 }, { TP_CTRL, { 0 }, 1 }, { 0, { 0 }, 1ull << 32 }, /* not of it */
		{ 1, { 0 }, 1 << 18 }, /* not negotiated */
	};
	/* clang-format on */
	struct ask two[2] = { { 0, { 0 }, 1 } }, many[2 * VIRTIO_PCI_QUEUES + 1] = { { 0 } };
	uint8_t got[512];
	struct test_pci t;
	size_t i;

	tp_up(&t, true);
	tp_start(&t, STATS);
	for (i = 0; i < RTE_DIM(bad); i++) {
		two[1] = bad[i];
		memset(got, 0xee, sizeof(got));
		CU_ASSERT_EQUAL(ask(&t, two, 2, got, sizeof(got)), -ERR);
		CU_ASSERT_EQUAL(got[0], 0xee); /* not even the good one is answered */
		CU_ASSERT_EQUAL(tp_count(&t, "ctrl_bad_value"), i + 1);
	}
	CU_ASSERT_EQUAL(ask(&t, many, RTE_DIM(many) - 1, got, sizeof(got)), 0);
	CU_ASSERT_EQUAL(ask(&t, many, RTE_DIM(many), got, sizeof(got)), -ERR);
	CU_ASSERT_EQUAL(ask(&t, many, 0, got, sizeof(got)), -ERR);
	CU_ASSERT_EQUAL(tp_query(&t, VIRTIO_CTRL_STATS, 1, many, 15, got, 8), -ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_short"), 2);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(ask(&t, two, 1, got, sizeof(got)), -ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_unknown"), 1);
	tp_down(&t);
}

void
test_coal_suite(void)
{
	CU_pSuite s = CU_add_suite("coalescing and statistics", NULL, NULL);

	CU_add_test(s, "so many frames", test_by_count);
	CU_add_test(s, "so long", test_by_time);
	CU_add_test(s, "nobody watches", test_unwatched);
	CU_add_test(s, "settings of queues", test_of_queues);
	CU_add_test(s, "statistics", test_stats);
	CU_add_test(s, "hostile questions", test_stats_hostile);
}
