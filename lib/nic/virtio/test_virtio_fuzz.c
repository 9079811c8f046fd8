/* SPDX-License-Identifier: BSD-3-Clause */
/* Random registers, rings and commands over PCI: whatever comes, we end, and lose no mbuf. */
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_pci.h"
#include "test_virtio.h"

#define ROUNDS 60
#define STEPS  1500

static uint64_t state;

/* xorshift64* */
static uint32_t
any(uint32_t below)
{
	state ^= state >> 12;
	state ^= state << 25;
	state ^= state >> 27;
	return (uint32_t)((state * UINT64_C(0x2545f4914f6cdd1d)) >> 32) % below;
}

/* An address: mostly of data, else of rings, at borders, nowhere. */
static uint64_t
any_gpa(void)
{
	switch (any(24)) {
	case 0:
		return TD_BORDER - any(64);
	case 1:
		return TD_END - any(64);
	case 2:
		return TD_GPA0 + any(0x14000);
	case 3:
		return (uint64_t)any(UINT32_MAX) << any(33);
	default:
		return TD_DATA + any(0x1000);
	}
}

static uint32_t
any_len(void)
{
	return any(20) == 0 ? any(UINT32_MAX) : any(2) ? any(128) : any(9000);
}

/* A descriptor as ring idx may have it, or not. */
static struct vring_desc
any_desc(uint16_t idx, bool packed)
{
	struct vring_desc d = { any_gpa(), any_len(), 0, (uint16_t)any(64) };

	if (any(10) == 0)
		d.flags = (uint16_t)any(8);
	else if (idx == TP_CTRL ? any(2) : idx % 2 == 0)
		d.flags = VRING_DESC_F_WRITE;
	if (any(4) == 0)
		d.flags |= VRING_DESC_F_NEXT;
	if (packed) { /* flags are where next is: available in one round or the other */
		d.next = d.flags | (any(2) ? VRING_PACKED_DESC_F_AVAIL : VRING_PACKED_DESC_F_USED);
		d.flags = (uint16_t)any(65536);
	}
	return d;
}

/* Let the driver of ring idx write something. */
static void
mutate(struct test_pci *t, uint16_t idx, bool packed)
{
	uint64_t at = TD_GPA0 + idx * 0x4000u;
	uint16_t word = (uint16_t)(any(20) ? any(64) : any(65536));
	unsigned int i;

	for (i = 0; i < (packed ? 64 : 8); i++) {
		struct vring_desc d = any_desc(idx, packed);

		td_write(&t->td, at + 16 * (uint64_t)(packed ? i : any(64)), &d, sizeof(d));
	}
	/* A head; rarely flags, the index, the event. */
	td_write(&t->td, at + 0x2000 + 2 * (uint64_t)(any(100) ? 2 + any(64) : any(70)), &word,
		sizeof(word));
	td_read(&t->td, at + 0x2002, &word, sizeof(word));
	word = (uint16_t)(any(200) ? word + any(4) : any(65536));
	td_write(&t->td, at + 0x2002, &word, sizeof(word));
}

/* A register write, of any size and mostly of a plausible value. */
static void
poke(struct test_pci *t)
{
	static const uint8_t off[] = { 0x00, 0x08, 0x10, 0x14, 0x16, 0x18, 0x1a, 0x1c, 0x20, 0x28,
		0x30, 0x3a };
	uint32_t val = any(3) ? any(6) : any(UINT32_MAX);

	if (any(40) == 0)
		tp_config16(t, NIC_PCI_COMMAND, (uint16_t)any(0x800));
	else if (any(8) == 0)
		nic_pci_bar_write(t->nic, 4, any(0x4010), &val, 1 + any(4));
	else if (any(3) == 0)
		tp_w16(t, off[any(RTE_DIM(off))], (uint16_t)val);
	else if (any(20) == 0)
		tp_w32(t, off[any(RTE_DIM(off))], (uint32_t)any_gpa());
}

static void
step(struct test_pci *t, bool packed)
{
	struct rte_mbuf *pkts[8];
	uint16_t q = (uint16_t)any(TP_PAIRS), n, got, i;
	uint8_t all[64];

	for (i = 0; i < 3; i++)
		mutate(t, (uint16_t)any(TP_CTRL + 1), packed);
	got = virtio_from_guest(t->nic, q, pkts, 8);
	for (i = 0; i < got; i++)
		CU_ASSERT_TRUE(pkts[i]->pkt_len <= NIC_MAX_FRAME);
	rte_pktmbuf_free_bulk(pkts, got);
	n = (uint16_t)any(4);
	for (i = 0; i < n; i++)
		pkts[i] = test_mbuf(14 + any(any(4) ? 200 : 4000), 0);
	got = virtio_to_guest(t->nic, q, pkts, n);
	CU_ASSERT_TRUE(got <= n);
	rte_pktmbuf_free_bulk(pkts + got, n - got);
	tp_w16(t, VIRTIO_PCI_NOTIFY + 4u * any(TP_CTRL + 1), 0);
	nic_pci_bar_read(t->nic, 4, any(0x4000), all, sizeof(all));
}

/* A driver that sets everything up well, with this further feature. */
static void
begin(struct test_pci *t, uint64_t feature)
{
	uint16_t idx;

	tp_config16(t, NIC_PCI_COMMAND, 0x0006);
	CU_ASSERT_TRUE(tp_negotiate(t, TP_FEATURES | feature | (any(2) ? VIRTIO_F_EVENT_IDX : 0)));
	for (idx = 0; idx <= TP_CTRL; idx++) {
		tp_queue(t, idx);
		tp_w16(t, 0x18, 64);
		tp_w16(t, 0x1c, 1);
	}
	tp_w8(t, 0x14, 0xf);
}

static void
fuzz(uint64_t feature)
{
	unsigned int round, i;

	for (round = 0; round < ROUNDS; round++) {
		struct test_pci t;

		state = round + 1 + feature;
		tp_up(&t, round & 1);
		for (i = 0; i < STEPS; i++) {
			if (i % 50 == 0)
				begin(&t, feature);
			step(&t, feature != 0);
			if (round % 3 == 2 && any(8) == 0)
				poke(&t);
		}
		/* A driver that comes next finds a device that works. */
		t.nic->model->reset(t.nic);
		nic_config_reset(t.nic);
		tp_config16(&t, NIC_PCI_COMMAND, 0x0006);
		tp_start(&t, TP_FEATURES);
		tp_expect_from(&t, 0, 100, 1);
		CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_RX, 0, "", 1), 0);
		tp_down(&t);
	}
}

static void
test_split_rings(void)
{
	fuzz(0);
}

static void
test_packed_rings(void)
{
	fuzz(VIRTIO_F_RING_PACKED);
}

void
test_fuzz_suite(void)
{
	CU_pSuite s = CU_add_suite("random drivers", NULL, NULL);

	CU_add_test(s, "split rings", test_split_rings);
	CU_add_test(s, "packed rings", test_packed_rings);
}
