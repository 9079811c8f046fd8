/* SPDX-License-Identifier: BSD-3-Clause */
/* The PCI function: found and driven as Linux does, and by drivers that err. */
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_pci.h"
#include "test_virtio.h"

static uint32_t
config32(const struct test_pci *t, uint32_t off)
{
	uint32_t val;

	nic_pci_config_read(t->nic->config, off, &val, sizeof(val));
	return val;
}

/* As virtio_pci_find_capability() of Linux: the first of that type. */
static uint8_t
find_cap(const struct test_pci *t, uint8_t id, uint8_t type)
{
	uint8_t at = (uint8_t)config32(t, 0x34);
	unsigned int hops;

	for (hops = 0; at != 0 && hops < 48; hops++) {
		uint32_t head = config32(t, at);

		if ((head & 0xff) == id && (id != 0x09 || head >> 24 == type))
			return at;
		at = (uint8_t)(head >> 8);
	}
	return 0;
}

static void
test_identity(void)
{
	static const uint8_t type[] = { 1, 3, 4, 2 };
	struct test_pci t;
	uint8_t at, before = 0;
	unsigned int i;

	tp_up(&t, false);
	CU_ASSERT_EQUAL(config32(&t, 0), 0x10411af4);
	CU_ASSERT_EQUAL(config32(&t, 8), 0x02000001);
	CU_ASSERT_EQUAL(config32(&t, 0x2c), 0x11001af4);
	CU_ASSERT_EQUAL(config32(&t, 0x20) & 0xf, 0xc); /* 64 bits, prefetchable */
	for (i = 0; i < RTE_DIM(type); i++) {
		at = find_cap(&t, 0x09, type[i]);
		CU_ASSERT_TRUE(at > before);
		before = at;
		CU_ASSERT_EQUAL((config32(&t, at) >> 16) & 0xff, type[i] == 2 ? 20 : 16);
		CU_ASSERT_EQUAL(config32(&t, at + 4u), 4);
		CU_ASSERT_EQUAL(config32(&t, at + 8u),
			(type[i] - 1u + (type[i] == 2) * 2 - (type[i] > 2)) * 0x1000);
		CU_ASSERT_EQUAL(config32(&t, at + 12u), 0x1000);
	}
	CU_ASSERT_EQUAL(config32(&t, before + 16u), 4); /* notify_off_multiplier */
	at = find_cap(&t, 0x11, 0);
	CU_ASSERT_EQUAL(at, 0x98);
	CU_ASSERT_EQUAL((config32(&t, at) >> 16) & 0x7ff, VIRTIO_PCI_VECTORS - 1);
	CU_ASSERT_EQUAL(config32(&t, at + 4u), 1);
	CU_ASSERT_EQUAL(config32(&t, at + 8u), 0x801);
	tp_config16(&t, at + 2u, 0xffff);
	CU_ASSERT_EQUAL(config32(&t, at) >> 16, 0xc000 | (VIRTIO_PCI_VECTORS - 1));
	tp_down(&t);
}

/* Write to config space, as the guest's VMM hands it on. */
static void
window_put(struct test_pci *t, uint32_t off, const void *buf, uint32_t len)
{
	nic_pci_config_write(t->nic->config, off, buf, len);
	t->nic->model->pci->config_wrote(t->nic, off, len);
}

/* BAR accesses through the window in config space. */
static void
test_window(void)
{
	uint8_t bar = VIRTIO_PCI_BAR, data[4], status = 1;
	rte_le32_t offset = rte_cpu_to_le_32(VIRTIO_PCI_DEVICE), len = rte_cpu_to_le_32(4);
	struct test_pci t;
	uint32_t at;

	tp_up(&t, false);
	at = find_cap(&t, 0x09, 5);
	CU_ASSERT_NOT_EQUAL_FATAL(at, 0);
	window_put(&t, at + 4, &bar, 1);
	window_put(&t, at + 8, &offset, 4);
	window_put(&t, at + 12, &len, 4);
	t.nic->model->pci->config_reads(t.nic, at + 16, 4);
	nic_pci_config_read(t.nic->config, at + 16, data, 4);
	CU_ASSERT_EQUAL(memcmp(data, &t.nic->conf.mac, 4), 0);
	/* device_status, a byte */
	offset = rte_cpu_to_le_32(0x14);
	len = rte_cpu_to_le_32(1);
	window_put(&t, at + 8, &offset, 4);
	window_put(&t, at + 12, &len, 4);
	window_put(&t, at + 16, &status, 1);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x14), 1);
	/* Another BAR, another length, nothing of the window: no access. */
	status = 3;
	bar = 1;
	window_put(&t, at + 4, &bar, 1);
	window_put(&t, at + 16, &status, 1);
	bar = VIRTIO_PCI_BAR;
	window_put(&t, at + 4, &bar, 1);
	len = rte_cpu_to_le_32(3);
	window_put(&t, at + 12, &len, 4);
	window_put(&t, at + 16, &status, 1);
	len = rte_cpu_to_le_32(1);
	window_put(&t, at + 12, &len, 4);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x14), 1);
	tp_down(&t);
}

static void
test_device_config(void)
{
	struct test_pci t;
	uint8_t mac[6];
	uint32_t i;

	tp_up(&t, true);
	CU_ASSERT_EQUAL(tp_offered(&t) & TP_FEATURES, TP_FEATURES);
	CU_ASSERT_EQUAL(tp_offered(&t) & VIRTIO_F_ANY_LAYOUT, 0);
	tp_w32(&t, 0x00, 2);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x04), 0);
	nic_pci_bar_read(t.nic, 4, 0x2000, mac, sizeof(mac));
	CU_ASSERT_EQUAL(memcmp(mac, t.nic->conf.mac.addr_bytes, sizeof(mac)), 0);
	for (i = 0; i < 6; i++)
		CU_ASSERT_EQUAL(tp_r8(&t, 0x2000 + i), mac[i]);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 1);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2008), TP_PAIRS);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x200a), 1500);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x200c), 10000);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2010), 1);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x2018), 0);
	tp_w32(&t, 0x2000, 0);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x2000), mac[0]);
	tp_down(&t);
}

static void
test_negotiation(void)
{
	struct test_pci t;

	tp_up(&t, true);
	CU_ASSERT_TRUE(tp_negotiate(&t, VIRTIO_F_VERSION_1));
	CU_ASSERT_TRUE(tp_negotiate(&t, TP_FEATURES));
	CU_ASSERT_TRUE(tp_negotiate(&t, tp_offered(&t)));
	/* Nothing changes after FEATURES_OK. */
	tp_w32(&t, 0x08, 0);
	tp_w32(&t, 0x0c, 0);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x0c), (uint32_t)tp_offered(&t));
	CU_ASSERT_FALSE(tp_negotiate(&t, 0));
	CU_ASSERT_FALSE(tp_negotiate(&t, TP_FEATURES & ~VIRTIO_F_VERSION_1));
	CU_ASSERT_FALSE(tp_negotiate(&t, VIRTIO_F_VERSION_1 | BIT64(51)));
	/* DRIVER_OK does not stay without it. */
	tp_w8(&t, 0x14, 0xf);
	CU_ASSERT_EQUAL(tp_status(&t), 3);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 0);
	/* Words beyond 64 bits are nowhere. */
	tp_w32(&t, 0x08, 2);
	tp_w32(&t, 0x0c, 0xffffffff);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x0c), 0);
	tp_down(&t);
}

/* Without the control queue there is nothing that needs it; without MQ it is queue 2. */
static void
test_queues(void)
{
	struct test_pci t;
	uint16_t idx;

	tp_up(&t, true);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x12), TP_CTRL + 1);
	CU_ASSERT_TRUE(tp_negotiate(&t, TP_FEATURES));
	for (idx = 0; idx <= TP_CTRL; idx++) {
		tp_w16(&t, 0x16, idx);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x18), idx == TP_CTRL ? 64 : VIRTIO_PCI_SIZE);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x1a), 0xffff);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x1c), 0);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x1e), idx);
	}
	tp_w16(&t, 0x16, idx);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), 0);
	CU_ASSERT_TRUE(tp_negotiate(&t, TP_FEATURES & ~VIRTIO_NET_F_MQ));
	tp_w16(&t, 0x16, 2);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), 64);
	tp_w16(&t, 0x16, 3);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), 0);
	CU_ASSERT_TRUE(tp_negotiate(&t, VIRTIO_F_VERSION_1));
	tp_w16(&t, 0x16, 2);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), 0);
	tp_w16(&t, 0x16, 1);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), VIRTIO_PCI_SIZE);
	tp_down(&t);
}

static void
test_traffic(void)
{
	struct test_pci t;
	uint8_t frame[1514];

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 1); /* until the driver sets more */
	tp_expect_from(&t, 0, 1514, 1);
	tp_expect_from(&t, 0, 60, 2);
	CU_ASSERT_EQUAL(t.irqs[1 + 1], 2);
	test_frame(frame, sizeof(frame), 3);
	CU_ASSERT_TRUE(tp_give(&t, 0, frame, sizeof(frame)));
	CU_ASSERT_EQUAL(t.irqs[1 + 0], 1);
	CU_ASSERT_EQUAL(t.irqs[0], 0);
	CU_ASSERT_FALSE(tp_give(&t, 1, frame, sizeof(frame)));
	tp_down(&t);
}

/* Vectors may be changed, taken away, and are checked. */
static void
test_vectors(void)
{
	struct test_pci t;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	tp_w16(&t, 0x16, 1);
	tp_w16(&t, 0x1a, VIRTIO_PCI_VECTORS);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x1a), 0xffff);
	tp_expect_from(&t, 0, 60, 1);
	CU_ASSERT_EQUAL(t.irqs[2], 0);
	tp_w16(&t, 0x1a, 0);
	tp_expect_from(&t, 0, 60, 2);
	CU_ASSERT_EQUAL(t.irqs[1], 1);
	tp_w16(&t, 0x10, 0x1234);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x10), 0xffff);
	tp_down(&t);
}

static void
test_intx(void)
{
	struct test_pci t;

	tp_up(&t, false);
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 60, 1);
	CU_ASSERT_TRUE(t.line);
	tp_expect_from(&t, 0, 60, 2);
	CU_ASSERT_EQUAL(t.irqs[0], 1); /* a level: it is up already */
	CU_ASSERT_EQUAL(tp_r8(&t, 0x1000), VIRTIO_ISR_QUEUE);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x1000), 0);
	t.nic->model->set_link(t.nic, false);
	CU_ASSERT_TRUE(t.line);
	tp_config16(&t, NIC_PCI_COMMAND, 0x0406);
	CU_ASSERT_FALSE(t.line);
	tp_config16(&t, NIC_PCI_COMMAND, 0x0006);
	CU_ASSERT_TRUE(t.line);
	/* So does MSI-X, which leaves no use for it. */
	tp_msix(&t, true);
	CU_ASSERT_FALSE(t.line);
	tp_msix(&t, false);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(tp_r8(&t, 0x1000), VIRTIO_ISR_CONFIG);
	CU_ASSERT_FALSE(t.line);
	/* A reset lowers it. */
	tp_expect_from(&t, 0, 60, 3);
	CU_ASSERT_TRUE(t.line);
	tp_w8(&t, 0x14, 0);
	CU_ASSERT_FALSE(t.line);
	tp_down(&t);
}

static void
test_link(void)
{
	struct test_pci t;
	uint8_t gen;

	tp_up(&t, true);
	t.nic->model->set_link(t.nic, false); /* nobody is there to be told */
	t.nic->model->set_link(t.nic, true);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1], 0);
	tp_start(&t, TP_FEATURES);
	gen = tp_r8(&t, 0x15);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 1);
	t.nic->model->set_link(t.nic, true); /* is up */
	CU_ASSERT_EQUAL(tp_r8(&t, 0x15), gen);
	t.nic->model->set_link(t.nic, false);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 0);
	CU_ASSERT_NOT_EQUAL(tp_r8(&t, 0x15), gen);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1], 1);
	t.nic->model->set_link(t.nic, true);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 3);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1], 2);
	t.nic->model->set_link(t.nic, false);
	tp_w8(&t, 0x14, 0);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x2006), 0); /* a reset plugs no cable */
	tp_down(&t);
}

static void
test_reset(void)
{
	struct test_pci t;
	struct rte_mbuf *m = NULL;
	uint8_t frame[60] = { 0 };
	int model;

	tp_up(&t, true);
	for (model = 0; model < 2; model++) {
		tp_start(&t, TP_FEATURES);
		tp_expect_from(&t, 0, 100, 5);
		td_send(&t.ring[1], &t.td, TD_DATA, frame, sizeof(frame));
		if (model)
			t.nic->model->reset(t.nic);
		else
			tp_w8(&t, 0x14, 0);
		CU_ASSERT_EQUAL(tp_status(&t), 0);
		CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 0);
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x10), 0xffff);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x16), 0);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x1c), 0);
		CU_ASSERT_EQUAL(tp_r16(&t, 0x18), VIRTIO_PCI_SIZE);
		CU_ASSERT_EQUAL(tp_r32(&t, 0x20), 0);
		CU_ASSERT_EQUAL(tp_r32(&t, 0x0c), 0);
	}
	tp_start(&t, VIRTIO_F_VERSION_1); /* a simpler driver next */
	tp_expect_from(&t, 0, 1000, 6);
	tp_down(&t);
}

/* Bus master off: nothing moves; on again: it goes on where it was. */
static void
test_bus_master(void)
{
	struct test_pci t;
	struct rte_mbuf *m = NULL;
	uint8_t frame[60] = { 0 };

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 100, 1);
	tp_config16(&t, NIC_PCI_COMMAND, 0x0002);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 0);
	td_send(&t.ring[1], &t.td, TD_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_RX, 0, "", 1), -1);
	tp_config16(&t, NIC_PCI_COMMAND, 0x0006);
	CU_ASSERT_EQUAL(t.ring[TP_CTRL].used->idx, 1); /* the command was carried out now */
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
	rte_pktmbuf_free(m);
	tp_down(&t);
}

static void
test_ring_reset(void)
{
	struct test_pci t;
	struct rte_mbuf *m = NULL;
	uint8_t frame[60] = { 0 };

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 100, 1);
	tp_w16(&t, 0x16, 1);
	tp_w16(&t, 0x3a, 1);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x3a), 0);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x1c), 0);
	td_send(&t.ring[1], &t.td, TD_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), 1); /* the other direction */
	tp_queue(&t, 1);
	tp_w16(&t, 0x1c, 1);
	tp_expect_from(&t, 0, 200, 2);
	/* Only if negotiated. */
	tp_start(&t, TP_FEATURES & ~VIRTIO_F_RING_RESET);
	tp_w16(&t, 0x16, 1);
	tp_w16(&t, 0x3a, 1);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x1c), 1);
	tp_down(&t);
}

/* Rings that cannot be: the device says so, and works again after a reset. */
static void
test_bad_rings(void)
{
	static const struct {
		uint32_t off, val;
		bool bad; /* else the write is ignored */
	} bad[] = {
		{ 0x18, 0, false },
		{ 0x18, 2048, false },
		{ 0x18, 0xffff, false },
		{ 0x18, 100, true },
		{ 0x20, TD_END, true },
		{ 0x20, TD_BORDER - 64, true },
		{ 0x20, TD_GPA0 + 8, true },
		{ 0x24, 0xffffffff, true },
		{ 0x28, 0, true },
		{ 0x28, TD_GPA0 + 1, true },
		{ 0x30, TD_END - 8, true },
		{ 0x30, 0xffffffff, true },
	};
	struct test_pci t;
	unsigned int i;

	tp_up(&t, true);
	for (i = 0; i < RTE_DIM(bad); i++) {
		unsigned int irqs = t.irqs[1 + TP_CTRL + 1];

		CU_ASSERT_TRUE(tp_negotiate(&t, TP_FEATURES));
		tp_w16(&t, 0x10, TP_CTRL + 1);
		tp_queue(&t, 1);
		if (bad[i].off == 0x18)
			tp_w16(&t, 0x18, (uint16_t)bad[i].val);
		else
			tp_w32(&t, bad[i].off, bad[i].val);
		tp_w16(&t, 0x1c, 1);
		tp_w8(&t, 0x14, 0xf);
		CU_ASSERT_EQUAL(virtio_pairs_up(t.nic), !bad[i].bad);
		CU_ASSERT_EQUAL(!!(tp_status(&t) & VIRTIO_STATUS_NEEDS_RESET), bad[i].bad);
		CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1] - irqs, bad[i].bad);
	}
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 100, 1);
	tp_down(&t);
}

/* What a driver does that must change nothing. */
static void
test_odd_writes(void)
{
	struct test_pci t;
	uint8_t all[0x4000];
	uint32_t off;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	tp_w16(&t, 0x16, 1);
	tp_w16(&t, 0x1c, 1); /* twice */
	tp_w16(&t, 0x1c, 0);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x1c), 1);
	tp_w32(&t, 0x20, 0); /* while it is enabled */
	tp_w16(&t, 0x18, 16);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x18), TD_RING);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x20), (uint32_t)t.ring[1].where.desc_gpa);
	tp_w16(&t, 0x16, 0xffff); /* no such queue */
	tp_w16(&t, 0x18, 16);
	tp_w16(&t, 0x1a, 1);
	tp_w16(&t, 0x1c, 1);
	tp_w16(&t, 0x3a, 1);
	tp_w32(&t, 0x20, 1);
	CU_ASSERT_EQUAL(tp_r16(&t, 0x1a), 0xffff);
	CU_ASSERT_EQUAL(tp_r32(&t, 0x34), 0);
	for (off = 0; off < 0x1000; off += 4)
		tp_w32(&t, VIRTIO_PCI_NOTIFY + off, 0xffffffff);
	tp_expect_from(&t, 0, 100, 1);
	CU_ASSERT_EQUAL(tp_status(&t), 0xf);
	/* Reads of everything, and beyond. */
	memset(all, 0xee, sizeof(all));
	nic_pci_bar_read(t.nic, 4, 0, all, sizeof(all));
	CU_ASSERT_EQUAL(all[0x3c], 0);
	nic_pci_bar_read(t.nic, 4, 0x3fff, all, 16);
	nic_pci_bar_read(t.nic, 1, 0, all, 0x1000);
	CU_ASSERT_EQUAL(all[0], 0);
	nic_pci_bar_write(t.nic, 1, 0, all, 0x1000);
	nic_pci_bar_write(t.nic, 4, 0x3fff, all, 16);
	memset(all, 0xff, sizeof(all));
	nic_pci_bar_write(t.nic, 4, 0, all, sizeof(all));
	memset(all, 0, sizeof(all));
	nic_pci_bar_write(t.nic, 4, 0, all, sizeof(all));
	CU_ASSERT_EQUAL(tp_status(&t), 0);
	tp_down(&t);
}

/* An index that jumps: only that ring rests, and the driver is told. */
static void
test_broken(void)
{
	struct test_pci t;
	struct rte_mbuf *m = NULL;
	uint8_t frame[60];

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	t.ring[1].avail->idx = TD_RING + 1;
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(tp_status(&t), 0x4f);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL + 1], 1);
	CU_ASSERT_EQUAL(tp_count(&t, "from_guest_broken"), 1);
	test_frame(frame, sizeof(frame), 1);
	CU_ASSERT_TRUE(tp_give(&t, 0, frame, sizeof(frame)));
	tp_w8(&t, 0x14, 0x4f); /* not the driver's bit */
	CU_ASSERT_EQUAL(tp_status(&t), 0x4f);
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 60, 1);
	tp_down(&t);
}

/* Memory that goes and comes, to another place, while rings run. */
static void
test_memory_moves(void)
{
	struct test_pci t;
	struct rte_mbuf *m = NULL;
	uint8_t frame[60] = { 0 }, *other, *old;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	tp_expect_from(&t, 0, 100, 1);
	CU_ASSERT_EQUAL(gmem_del(&t.mem, TD_GPA0, TD_LEN0), 0);
	td_send(&t.ring[1], &t.td, TD_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_RX, 0, "", 1), -1);
	/* The same place again. */
	CU_ASSERT_EQUAL(gmem_add(&t.mem, TD_GPA0, TD_LEN0, t.td.hva[0]), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
	rte_pktmbuf_free(m);
	t.ring[1].last_used++;
	CU_ASSERT_EQUAL(gmem_del(&t.mem, TD_GPA0, TD_LEN0), 0);
	td_send(&t.ring[1], &t.td, TD_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	/* Somewhere else; the old place is poison. */
	old = t.td.hva[0];
	other = aligned_alloc(4096, TD_LEN0);
	memcpy(other, old, TD_LEN0);
	memset(old, 0xff, TD_LEN0);
	CU_ASSERT_EQUAL(gmem_add(&t.mem, TD_GPA0, TD_LEN0, other), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(m->pkt_len, sizeof(frame));
	rte_pktmbuf_free(m);
	/* A neighbour comes and goes: the map is another one, the ring the same. */
	CU_ASSERT_EQUAL(gmem_add(&t.mem, 0, 0x1000, old), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(gmem_del(&t.mem, 0, 0x1000), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(old[0], 0xff);
	memcpy(old, other, TD_LEN0);
	CU_ASSERT_EQUAL(gmem_del(&t.mem, TD_GPA0, TD_LEN0), 0);
	CU_ASSERT_EQUAL(gmem_add(&t.mem, TD_GPA0, TD_LEN0, old), 0);
	t.ring[1].last_used++;
	tp_expect_from(&t, 0, 100, 2);
	tp_down(&t);
	free(other);
}

/* Which writes hold the datapath: what D reads, not the doorbells of data rings. */
static void
test_holds(void)
{
	struct test_pci t;
	uint32_t off;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES);
	for (off = 0; off < 0x3c; off += 4)
		CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 4, off, 4));
	for (off = 0; off < 0x1000; off += 4)
		CU_ASSERT_EQUAL(nic_pci_bar_holds(t.nic, 4, VIRTIO_PCI_NOTIFY + off, 4),
			off == 4 * TP_CTRL);
	CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 4, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, 2));
	CU_ASSERT_FALSE(nic_pci_bar_holds(t.nic, 1, 0, 4));
	tp_down(&t);
}

void
test_pci_suite(void)
{
	CU_pSuite s = CU_add_suite("virtio over PCI", NULL, NULL);

	CU_add_test(s, "identity and capabilities", test_identity);
	CU_add_test(s, "window in config space", test_window);
	CU_add_test(s, "device configuration", test_device_config);
	CU_add_test(s, "negotiation", test_negotiation);
	CU_add_test(s, "queues by features", test_queues);
	CU_add_test(s, "frames both ways", test_traffic);
	CU_add_test(s, "vectors", test_vectors);
	CU_add_test(s, "interrupt line and ISR", test_intx);
	CU_add_test(s, "link and announcement", test_link);
	CU_add_test(s, "reset", test_reset);
	CU_add_test(s, "bus master", test_bus_master);
	CU_add_test(s, "ring reset", test_ring_reset);
	CU_add_test(s, "bad rings", test_bad_rings);
	CU_add_test(s, "odd accesses", test_odd_writes);
	CU_add_test(s, "broken ring", test_broken);
	CU_add_test(s, "memory moves under rings", test_memory_moves);
	CU_add_test(s, "what holds the datapath", test_holds);
}
