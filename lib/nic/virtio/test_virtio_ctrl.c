/* SPDX-License-Identifier: BSD-3-Clause */
/* Commands of the control queue, good and bad, and what they do to frames. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "nic/nic_rx_filter.h"
#include "test_pci.h"
#include "test_virtio.h"

#define OK  VIRTIO_CTRL_OK
#define ERR VIRTIO_CTRL_ERR

static const struct rte_ether_addr mac_own = { { 0x52, 0x54, 0, 1, 2, 3 } };
static const struct rte_ether_addr mac_other = { { 0x52, 0x54, 0, 9, 9, 9 } };
static const struct rte_ether_addr mac_multi = { { 0x01, 0, 0x5e, 0, 0, 1 } };
static const struct rte_ether_addr mac_all = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

/* Whether the guest gets a frame to dst, with a tag when vid is not negative. */
static bool
passes(struct test_pci *t, const struct rte_ether_addr *dst, int vid)
{
	uint64_t filtered = tp_count(t, "to_guest_filtered");
	uint8_t frame[64];
	bool came;

	test_frame(frame, sizeof(frame), 1);
	memcpy(frame, dst, sizeof(*dst));
	if (vid >= 0) {
		frame[12] = 0x81;
		frame[13] = 0;
		frame[14] = (uint8_t)(0x60 | vid >> 8); /* with a priority */
		frame[15] = (uint8_t)vid;
	}
	came = tp_give(t, 0, frame, sizeof(frame));
	CU_ASSERT_EQUAL(tp_count(t, "to_guest_filtered") - filtered, !came);
	return came;
}

static int
mode(struct test_pci *t, uint8_t cmd, uint8_t on)
{
	return tp_command(t, VIRTIO_CTRL_RX, cmd, &on, 1);
}

static void
test_modes(void)
{
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_TRUE(passes(&t, &mac_other, -1)); /* promiscuous until told */
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_other, -1));
	CU_ASSERT_FALSE(passes(&t, &mac_multi, -1));
	CU_ASSERT_TRUE(passes(&t, &mac_own, -1));
	CU_ASSERT_TRUE(passes(&t, &mac_all, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_ALLMULTI, 1), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_multi, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_NOMULTI, 1), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_multi, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_ALLUNI, 1), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_other, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_NOUNI, 1), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_own, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_NOBCAST, 1), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_all, -1));
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 1), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_all, -1));
	CU_ASSERT_TRUE(passes(&t, &mac_multi, 7));
	CU_ASSERT_EQUAL(mode(&t, 6, 1), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_RX, 0, NULL, 0), ERR);
	/* Power-on state again. */
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_TRUE(passes(&t, &mac_other, -1));
	tp_down(&t);
}

/* TABLE_SET with n_uni and n_multi addresses that end in 1, 2, ...; say: what the lists claim. */
static int
table(struct test_pci *t, uint32_t n_uni, uint32_t n_multi, uint32_t say)
{
	uint8_t data[8 + 6 * 512];
	rte_le32_t n = rte_cpu_to_le_32(n_uni);
	uint32_t at = 4, i;

	memcpy(data, &n, 4);
	for (i = 0; i < n_uni + n_multi; i++) {
		uint32_t k = i < n_uni ? i : i - n_uni;
		uint8_t mac[6] = { i < n_uni ? 2 : 3, 0, 0, 0, (uint8_t)(k >> 8), (uint8_t)k };

		if (i == n_uni)
			at += 4;
		memcpy(data + at, mac, 6);
		at += 6;
	}
	if (n_multi == 0)
		at += 4;
	n = rte_cpu_to_le_32(say);
	memcpy(data + 4 + 6 * (size_t)n_uni, &n, 4);
	return tp_command(t, VIRTIO_CTRL_MAC, VIRTIO_CTRL_MAC_TABLE_SET, data, at);
}

static void
test_table(void)
{
	static const struct rte_ether_addr uni1 = { { 2, 0, 0, 0, 0, 1 } },
					   uni9 = { { 2, 0, 0, 0, 0, 9 } },
					   multi1 = { { 3, 0, 0, 0, 0, 1 } },
					   multi9 = { { 3, 0, 0, 0, 0, 9 } };
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	CU_ASSERT_EQUAL(table(&t, 2, 2, 2), OK);
	CU_ASSERT_TRUE(passes(&t, &uni1, -1));
	CU_ASSERT_FALSE(passes(&t, &uni9, -1));
	CU_ASSERT_TRUE(passes(&t, &multi1, -1));
	CU_ASSERT_FALSE(passes(&t, &multi9, -1));
	CU_ASSERT_TRUE(passes(&t, &mac_own, -1));
	/* Too short for what it claims: as it was. */
	CU_ASSERT_EQUAL(table(&t, 3, 3, 4), ERR);
	CU_ASSERT_EQUAL(table(&t, 3, 3, 0xffffffff), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 0, "\1\0\0\0abc", 7), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 0, "\0\0\0", 3), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 0, "\xff\xff\xff\xff\0\0\0\0", 8), ERR);
	CU_ASSERT_TRUE(passes(&t, &uni1, -1));
	CU_ASSERT_FALSE(passes(&t, &uni9, -1));
	/* More than fit: all of that kind. */
	CU_ASSERT_EQUAL(table(&t, 64, 1, 1), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_other, -1));
	CU_ASSERT_TRUE(passes(&t, &multi9, -1));
	CU_ASSERT_EQUAL(table(&t, 300, 2, 2), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_other, -1));
	CU_ASSERT_FALSE(passes(&t, &multi9, -1));
	CU_ASSERT_EQUAL(table(&t, 0, 0, 0), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_other, -1));
	tp_down(&t);
}

static void
test_address(void)
{
	struct test_pci t;
	uint8_t gen;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	gen = tp_r8(&t, 0x15);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 1, &mac_other, 5), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 1, "1234567", 7), ERR);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x15), gen);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 1, &mac_other, 6), OK);
	CU_ASSERT_NOT_EQUAL(tp_r8(&t, 0x15), gen);
	CU_ASSERT_TRUE(passes(&t, &mac_other, -1));
	CU_ASSERT_FALSE(passes(&t, &mac_own, -1));
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2005), 9);
	tp_w8(&t, 0x14, 0);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2005), 3);
	tp_down(&t);
}

static int
vlan(struct test_pci *t, uint8_t cmd, uint16_t vid)
{
	rte_le16_t le = rte_cpu_to_le_16(vid);

	return tp_command(t, VIRTIO_CTRL_VLAN, cmd, &le, sizeof(le));
}

static void
test_vlans(void)
{
	struct nic_rx_filter f;
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES & ~VIRTIO_NET_F_CTRL_VLAN);
	t.nic->model->rx_filter(t.nic, &f);
	CU_ASSERT_EQUAL(f.vlan, NIC_RX_ALL);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_own, 5)); /* no filter negotiated */
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_ADD, 5), ERR);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_own, 5));
	CU_ASSERT_TRUE(passes(&t, &mac_own, -1));
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_ADD, 5), OK);
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_ADD, 4095), OK);
	CU_ASSERT_TRUE(passes(&t, &mac_own, 5));
	t.nic->model->rx_filter(t.nic, &f);
	CU_ASSERT_EQUAL(f.vlan, NIC_RX_NORMAL);
	CU_ASSERT_EQUAL(f.n_vlans, 2);
	CU_ASSERT_EQUAL(f.vlan_bits[0], UINT32_C(1) << 5);
	CU_ASSERT_EQUAL(f.vlan_bits[NIC_RX_FILTER_VLANS / 32 - 1], UINT32_C(1) << 31);
	CU_ASSERT_TRUE(passes(&t, &mac_all, 4095));
	CU_ASSERT_FALSE(passes(&t, &mac_own, 6));
	CU_ASSERT_FALSE(passes(&t, &mac_other, 5));
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_DEL, 5), OK);
	CU_ASSERT_FALSE(passes(&t, &mac_own, 5));
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_ADD, 4096), ERR);
	CU_ASSERT_EQUAL(vlan(&t, VIRTIO_CTRL_VLAN_DEL, 0xffff), ERR);
	CU_ASSERT_EQUAL(vlan(&t, 2, 5), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_VLAN, 0, "a", 1), ERR);
	tp_down(&t);
}

static void
test_announce(void)
{
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_ANNOUNCE, 0, NULL, 0), ERR);
	t.nic->model->set_link(t.nic, false);
	t.nic->model->set_link(t.nic, true);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 3);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_ANNOUNCE, 1, NULL, 0), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_ANNOUNCE, 0, NULL, 0), OK);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 1);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_ANNOUNCE, 0, NULL, 0), ERR);
	tp_down(&t);
}

static int
pairs(struct test_pci *t, uint16_t n)
{
	rte_le16_t le = rte_cpu_to_le_16(n);

	return tp_command(t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_PAIRS, &le, sizeof(le));
}

static void
test_pairs(void)
{
	struct test_pci t;
	uint8_t frame[60];

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	test_frame(frame, sizeof(frame), 1);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 1);
	CU_ASSERT_EQUAL(pairs(&t, 2), OK);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 2);
	tp_expect_from(&t, 1, 100, 1);
	CU_ASSERT_TRUE(tp_give(&t, 1, frame, sizeof(frame)));
	CU_ASSERT_EQUAL(t.irqs[1 + 2], 1);
	CU_ASSERT_EQUAL(t.irqs[1 + 3], 1);
	CU_ASSERT_EQUAL(pairs(&t, 1), OK);
	CU_ASSERT_FALSE(tp_give(&t, 1, frame, sizeof(frame)));
	CU_ASSERT_EQUAL(pairs(&t, 2), OK);
	CU_ASSERT_TRUE(tp_give(&t, 1, frame, sizeof(frame)));
	tp_expect_from(&t, 1, 100, 2);
	CU_ASSERT_EQUAL(pairs(&t, 0), ERR);
	CU_ASSERT_EQUAL(pairs(&t, 3), ERR);
	CU_ASSERT_EQUAL(pairs(&t, 0x8001), ERR);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 2);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, 3, "\1\0", 2), ERR);
	tp_start(&t, TP_FEATURES & ~VIRTIO_NET_F_MQ);
	CU_ASSERT_EQUAL(pairs(&t, 1), ERR);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 1);
	tp_down(&t);
}

static int
offloads(struct test_pci *t, uint64_t bits)
{
	rte_le64_t le = rte_cpu_to_le_64(bits);

	return tp_command(t, VIRTIO_CTRL_OFFLOADS, VIRTIO_CTRL_OFFLOADS_SET, &le, sizeof(le));
}

static void
test_offloads(void)
{
	struct test_pci t;
	struct virtio_net *v;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES & ~VIRTIO_NET_F_GUEST_TSO6);
	v = t.nic->state;
	CU_ASSERT_EQUAL(virtio_offload_unsupported(v->offloads) & RTE_MBUF_F_TX_L4_MASK, 0);
	CU_ASSERT_EQUAL(offloads(&t, 0), OK);
	CU_ASSERT_EQUAL(virtio_offload_unsupported(v->offloads) & RTE_MBUF_F_TX_L4_MASK,
		RTE_MBUF_F_TX_L4_MASK);
	CU_ASSERT_EQUAL(v->offloads & VIRTIO_NET_F_CSUM, VIRTIO_NET_F_CSUM);
	CU_ASSERT_EQUAL(offloads(&t, VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4), OK);
	CU_ASSERT_EQUAL(v->offloads, v->features);
	CU_ASSERT_EQUAL(offloads(&t, VIRTIO_NET_F_GUEST_TSO6), ERR); /* not negotiated */
	CU_ASSERT_EQUAL(offloads(&t, VIRTIO_NET_F_CSUM), ERR);
	CU_ASSERT_EQUAL(offloads(&t, BIT64(47)), ERR);
	CU_ASSERT_EQUAL(v->offloads, v->features);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_OFFLOADS, 0, "1234567", 7), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_OFFLOADS, 1, "12345678", 8), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, 0xff, 0xff, NULL, 0), ERR);
	tp_down(&t);
}

/* Commands whose feature was not negotiated. */
static void
test_not_negotiated(void)
{
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, VIRTIO_F_VERSION_1 | VIRTIO_NET_F_CTRL_VQ);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), ERR);
	CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_ALLUNI, 0), ERR);
	CU_ASSERT_EQUAL(table(&t, 0, 0, 0), ERR);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MAC, 1, &mac_other, 6), ERR);
	CU_ASSERT_EQUAL(vlan(&t, 0, 1), ERR);
	CU_ASSERT_EQUAL(offloads(&t, 0), ERR);
	CU_ASSERT_TRUE(passes(&t, &mac_other, 3));
	tp_down(&t);
}

/* Cut anywhere, through an indirect table, at the border of regions: a command all the same. */
static void
test_layouts(void)
{
	struct test_pci t;
	uint64_t at = TD_BORDER - 4, ack_at = TD_DATA, table_at = TD_BORDER - 24;
	struct td_buf buf[4] = { { at, 1, 0 }, { at + 1, 1, 0 }, { at + 2, 6, 0 },
		{ ack_at, 8, VRING_DESC_F_WRITE } };
	struct td_buf ind = { table_at, 32, VRING_DESC_F_INDIRECT };
	struct vring_desc d[2] = { { TD_DATA + 64, 8, VRING_DESC_F_NEXT, 1 },
		{ ack_at, 1, VRING_DESC_F_WRITE, 0 } };
	uint8_t cmd[8] = { VIRTIO_CTRL_MAC, 1, 2, 2, 3, 4, 5, 6 };
	struct vring_used_elem e;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	td_write(&t.td, at, cmd, sizeof(cmd));
	*(uint8_t *)td_ptr(&t.td, ack_at) = 0xee;
	td_post(&t.ring[TP_CTRL], buf, 4);
	tp_w16(&t, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, TP_CTRL);
	CU_ASSERT_TRUE(td_poll(&t.ring[TP_CTRL], &e));
	CU_ASSERT_EQUAL(e.len, 1);
	CU_ASSERT_EQUAL(*(uint8_t *)td_ptr(&t.td, ack_at), OK);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2005), 6);
	cmd[7] = 7;
	td_write(&t.td, TD_DATA + 64, cmd, sizeof(cmd));
	td_write(&t.td, table_at, d, sizeof(d));
	*(uint8_t *)td_ptr(&t.td, ack_at) = 0xee;
	td_post(&t.ring[TP_CTRL], &ind, 1);
	tp_w16(&t, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, TP_CTRL);
	CU_ASSERT_TRUE(td_poll(&t.ring[TP_CTRL], &e));
	CU_ASSERT_EQUAL(*(uint8_t *)td_ptr(&t.td, ack_at), OK);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2005), 7);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL], 2);
	tp_down(&t);
}

/* Chains that are no command break the queue, and nothing else. */
static void
test_bad_chains(void)
{
	static const struct {
		struct td_buf buf[3];
		unsigned int n;
	} bad[] = {
		{ { { TD_DATA, 3, 0 } }, 1 }, /* nowhere to answer */
		{ { { TD_DATA, 3, 0 }, { TD_DATA, 0, VRING_DESC_F_WRITE } }, 2 },
		{ { { TD_DATA, 1, 0 }, { TD_DATA, 1, VRING_DESC_F_WRITE } },
			2 }, /* half a header */
		{ { { TD_DATA, 1, VRING_DESC_F_WRITE } }, 1 },
		{ { { TD_DATA, 1, VRING_DESC_F_WRITE }, { TD_DATA, 3, 0 } }, 2 },
		{ { { TD_END, 3, 0 }, { TD_DATA, 1, VRING_DESC_F_WRITE } }, 2 },
		{ { { TD_DATA, 3, 0 }, { TD_END, 1, VRING_DESC_F_WRITE } }, 2 },
		{ { { TD_DATA, 3, 0 }, { 0, 1, VRING_DESC_F_WRITE } }, 2 },
		{ { { TD_DATA, 17, VRING_DESC_F_INDIRECT } }, 1 },
		{ { { TD_END, 32, VRING_DESC_F_INDIRECT } }, 1 },
	};
	struct test_pci t;
	unsigned int i;

	tp_up(&t, true);
	for (i = 0; i < RTE_DIM(bad) + 3; i++) {
		struct td_ring *r = &t.ring[TP_CTRL];

		tp_start(&t, TP_FEATURES);
		memset(td_ptr(&t.td, TD_DATA), 0, 64);
		if (i < RTE_DIM(bad)) {
			td_post(r, bad[i].buf, bad[i].n);
		} else if (i == RTE_DIM(bad)) {
			td_post_head(r, 64);
		} else if (i == RTE_DIM(bad) + 1) {
			r->avail->idx = 65;
		} else { /* a loop */
			r->desc[0] = (struct vring_desc){ TD_DATA, 8, VRING_DESC_F_NEXT, 0 };
			td_post_head(r, 0);
		}
		t.irqs[1 + TP_CTRL + 1] = 0;
		tp_w16(&t, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, TP_CTRL);
		CU_ASSERT_EQUAL(tp_status(&t), 0x4f);
		CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1], 1);
		CU_ASSERT_EQUAL(r->used->idx, 0);
		tp_expect_from(&t, 0, 100, 1); /* data goes on */
		CU_ASSERT_EQUAL(mode(&t, VIRTIO_CTRL_RX_PROMISC, 0), -1);
	}
	tp_down(&t);
}

/* With event indexes the driver kicks for each command; a full queue is served by one kick. */
static void
test_kicks(void)
{
	struct test_pci t;
	uint64_t at = TD_DATA;
	struct td_buf buf[2] = { { at, 3, 0 }, { at + 16, 1, VRING_DESC_F_WRITE } };
	struct vring_used_elem e;
	uint16_t event;
	unsigned int i;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES | VIRTIO_F_EVENT_IDX);
	for (i = 0; i < 32; i++)
		td_post(&t.ring[TP_CTRL], buf, 2);
	tp_w16(&t, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, TP_CTRL);
	for (i = 0; i < 32; i++)
		CU_ASSERT_TRUE(td_poll(&t.ring[TP_CTRL], &e));
	td_read(&t.td, t.ring[TP_CTRL].where.used_gpa + 4 + 512, &event, sizeof(event));
	CU_ASSERT_EQUAL(event, 32);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL], 1);
	CU_ASSERT_EQUAL(t.ring[TP_CTRL].used->flags, 0);
	CU_ASSERT_EQUAL(t.ring[0].used->flags, VRING_USED_F_NO_NOTIFY);
	tp_down(&t);
}

void
test_ctrl_suite(void)
{
	CU_pSuite s = CU_add_suite("virtio control queue", NULL, NULL);

	CU_add_test(s, "receive modes", test_modes);
	CU_add_test(s, "address table", test_table);
	CU_add_test(s, "own address", test_address);
	CU_add_test(s, "VLANs", test_vlans);
	CU_add_test(s, "announcement", test_announce);
	CU_add_test(s, "queue pairs", test_pairs);
	CU_add_test(s, "guest offloads", test_offloads);
	CU_add_test(s, "not negotiated", test_not_negotiated);
	CU_add_test(s, "layouts", test_layouts);
	CU_add_test(s, "bad chains", test_bad_chains);
	CU_add_test(s, "kicks", test_kicks);
}
