/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of BAR 4: a table, and what reading and writing them does. All on thread C. */
#include "virtio_pci_regs.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "virtio_ctrl.h"
#include "virtio_net.h"

/* What is said about the link, which is as fast as memory: drivers that bond want a number. */
#define VIRTIO_PCI_SPEED 10000 /* Mb/s */

/* Offsets of 4.1.4.3. */
enum {
	COMMON_DEVICE_FEATURE_SELECT = 0x00,
	COMMON_DEVICE_FEATURE = 0x04,
	COMMON_DRIVER_FEATURE_SELECT = 0x08,
	COMMON_DRIVER_FEATURE = 0x0c,
	COMMON_CONFIG_MSIX_VECTOR = 0x10,
	COMMON_NUM_QUEUES = 0x12,
	COMMON_DEVICE_STATUS = 0x14,
	COMMON_CONFIG_GENERATION = 0x15,
	COMMON_QUEUE_SELECT = 0x16,
	COMMON_QUEUE_SIZE = 0x18,
	COMMON_QUEUE_MSIX_VECTOR = 0x1a,
	COMMON_QUEUE_ENABLE = 0x1c,
	COMMON_QUEUE_NOTIFY_OFF = 0x1e,
	COMMON_QUEUE_ADDR = 0x20, /* three of 8 bytes */
	COMMON_QUEUE_RESET = 0x3a,
};

/* Where a register is kept that has no other place. */
static void *
virtio_pci_cell(const struct nic *nic, uint32_t offset)
{
	static uint32_t nowhere; /* of registers that never store */
	struct virtio_net *v = nic->state;

	return offset < sizeof(v->pci.common) ? (uint8_t *)&v->pci.common + offset
					      : (uint8_t *)&nowhere;
}

/* The selected queue if this device has it with the negotiated features, else NULL. */
static struct virtio_pci_queue *
virtio_pci_selected(const struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint16_t idx = v->pci.common.queue_select;

	return virtio_pci_ring(nic, idx) == NULL ? NULL : &v->pci.queue[idx];
}

/* A half of 64 feature bits; there are none beyond. */
static uint32_t
virtio_pci_half(uint64_t features, uint32_t select)
{
	return select > 1 ? 0 : (uint32_t)(features >> (32 * select));
}

static uint32_t
virtio_pci_read_device_feature(struct nic *nic, uint32_t offset)
{
	const struct virtio_net *v = nic->state;

	return virtio_pci_half(virtio_pci_features(nic), v->pci.common.device_feature_select);
}

static uint32_t
virtio_pci_read_driver_feature(struct nic *nic, uint32_t offset)
{
	const struct virtio_net *v = nic->state;

	return virtio_pci_half(v->pci.driver_features, v->pci.common.driver_feature_select);
}

static void
virtio_pci_write_driver_feature(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_net *v = nic->state;
	uint32_t select = v->pci.common.driver_feature_select;
	uint64_t *f = &v->pci.driver_features;

	if (select > 1 || (v->pci.common.device_status & VIRTIO_STATUS_FEATURES_OK))
		return;
	*f = (*f & ~((uint64_t)UINT32_MAX << (32 * select))) | (uint64_t)val << (32 * select);
}

static uint32_t
virtio_pci_vector(uint32_t val)
{
	return val < VIRTIO_PCI_VECTORS ? val : VIRTIO_PCI_NO_VECTOR;
}

static void
virtio_pci_write_config_vector(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_net *v = nic->state;

	v->pci.common.config_msix_vector = (uint16_t)virtio_pci_vector(val);
}

static uint32_t
virtio_pci_read_status(struct nic *nic, uint32_t offset)
{
	return virtio_pci_status(nic);
}

static void
virtio_pci_write_status(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	virtio_pci_set_status(nic, (uint8_t)val);
}

static uint32_t
virtio_pci_read_queue(struct nic *nic, uint32_t offset)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(nic);
	const struct virtio_net *v = nic->state;

	if (q == NULL)
		return offset == COMMON_QUEUE_MSIX_VECTOR ? VIRTIO_PCI_NO_VECTOR : 0;
	switch (offset) {
	case COMMON_QUEUE_SIZE:
		return q->size;
	case COMMON_QUEUE_MSIX_VECTOR:
		return q->msix;
	case COMMON_QUEUE_ENABLE:
		return q->enabled;
	case COMMON_QUEUE_NOTIFY_OFF:
		return v->pci.common.queue_select;
	default:
		return 0; /* queue_reset: done as soon as it was asked for */
	}
}

static void
virtio_pci_write_size(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_pci_queue *q = virtio_pci_selected(nic);
	const struct virtio_net *v = nic->state;
	uint32_t max = VIRTIO_PCI_SIZE;

	if (v->pci.common.queue_select == virtio_pci_ctrl_index(nic))
		max = VIRTIO_PCI_CTRL_SIZE;
	if (q != NULL && !q->enabled && val > 0 && val <= max)
		q->size = (uint16_t)val;
}

static void
virtio_pci_write_vector(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_pci_queue *q = virtio_pci_selected(nic);
	const struct virtio_net *v = nic->state;

	if (q == NULL)
		return;
	q->msix = (uint16_t)virtio_pci_vector(val);
	if (q->set_up)
		virtio_pci_ring(nic, v->pci.common.queue_select)->irq_vec = q->msix;
}

static void
virtio_pci_write_enable(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_pci_queue *q = virtio_pci_selected(nic);

	if (q == NULL || q->enabled || val != 1)
		return; /* 4.1.4.3.2: 0 must not be written */
	q->enabled = true;
	virtio_pci_update(nic);
}

static void
virtio_pci_write_reset(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	const struct virtio_net *v = nic->state;

	if (val == 1 && (v->features & VIRTIO_F_RING_RESET) && virtio_pci_selected(nic) != NULL)
		virtio_pci_queue_reset(nic, v->pci.common.queue_select);
}

static uint32_t
virtio_pci_read_addr(struct nic *nic, uint32_t offset)
{
	const struct virtio_pci_queue *q = virtio_pci_selected(nic);
	uint32_t at = offset - COMMON_QUEUE_ADDR;

	return q == NULL ? 0 : (uint32_t)(q->addr[at / 8] >> (8 * (at % 8)));
}

static void
virtio_pci_write_addr(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_pci_queue *q = virtio_pci_selected(nic);
	uint32_t at = offset - COMMON_QUEUE_ADDR, shift = 8 * (at % 8);

	if (q == NULL || q->enabled)
		return;
	q->addr[at / 8] &= ~((uint64_t)UINT32_MAX << shift);
	q->addr[at / 8] |= (uint64_t)val << shift;
}

static uint32_t
virtio_pci_read_isr(struct nic *nic, uint32_t offset)
{
	return virtio_pci_take_isr(nic);
}

static uint32_t
virtio_pci_read_device(struct nic *nic, uint32_t offset)
{
	const struct virtio_net *v = nic->state;
	struct virtio_net_config c = {
		.status = rte_cpu_to_le_16((v->pci.link_down ? 0 : VIRTIO_NET_S_LINK_UP) |
					   (v->pci.announce ? VIRTIO_NET_S_ANNOUNCE : 0)),
		.max_virtqueue_pairs = rte_cpu_to_le_16(nic->conf.n_queues),
		.mtu = rte_cpu_to_le_16(nic->conf.mtu),
		.speed = rte_cpu_to_le_32(VIRTIO_PCI_SPEED),
		.duplex = 1,
		.rss_max_key_size = VIRTIO_RSS_KEY,
		.rss_max_indirection_table_length = rte_cpu_to_le_16(VIRTIO_RSS_TABLE),
		.supported_hash_types = rte_cpu_to_le_32(VIRTIO_HASH_TYPES),
	};
	uint8_t image[sizeof(c) + sizeof(rte_le32_t)] = { 0 };
	rte_le32_t val;

	memcpy(c.mac, v->filter.mac.addr_bytes, sizeof(c.mac));
	memcpy(image, &c, sizeof(c));
	memcpy(&val, image + (offset - VIRTIO_PCI_DEVICE), sizeof(val));
	return rte_le_to_cpu_32(val);
}

/* Data rings are polled; only the control queue waits to be told. */
static void
virtio_pci_write_notify(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct virtio_net *v = nic->state;
	uint32_t idx = (offset - VIRTIO_PCI_NOTIFY) / VIRTIO_PCI_NOTIFY_STEP;

	if (idx == virtio_pci_ctrl_index(nic))
		virtio_ctrl_run(nic);
	else
		v->pci.kicks[idx]++;
}

#define ALL16 0xffff
#define ALL32 0xffffffff
/* clang-format off */
static const struct nic_reg virtio_pci_rows[] = {
	/* name, offset, count, width, access, class, reset, wmask, on_read, on_write */
	{ "device_feature_select", COMMON_DEVICE_FEATURE_SELECT, 1, 4, NIC_RW, NIC_CONFIG, 0, ALL32, NULL, NULL },
	{ "device_feature", COMMON_DEVICE_FEATURE, 1, 4, NIC_RO, NIC_CONFIG, 0, 0, virtio_pci_read_device_feature, NULL },
	{ "driver_feature_select", COMMON_DRIVER_FEATURE_SELECT, 1, 4, NIC_RW, NIC_CONFIG, 0, ALL32, NULL, NULL },
	{ "driver_feature", COMMON_DRIVER_FEATURE, 1, 4, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_driver_feature, virtio_pci_write_driver_feature },
	{ "config_msix_vector", COMMON_CONFIG_MSIX_VECTOR, 1, 2, NIC_RW, NIC_CONFIG, ALL16, ALL16, NULL, virtio_pci_write_config_vector },
	{ "num_queues", COMMON_NUM_QUEUES, 1, 2, NIC_RO, NIC_CONFIG, 0, 0, NULL, NULL },
	{ "device_status", COMMON_DEVICE_STATUS, 1, 1, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_status, virtio_pci_write_status },
	{ "config_generation", COMMON_CONFIG_GENERATION, 1, 1, NIC_RO, NIC_CONFIG, 0, 0, NULL, NULL },
	{ "queue_select", COMMON_QUEUE_SELECT, 1, 2, NIC_RW, NIC_CONFIG, 0, ALL16, NULL, NULL },
	{ "queue_size", COMMON_QUEUE_SIZE, 1, 2, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_queue, virtio_pci_write_size },
	{ "queue_msix_vector", COMMON_QUEUE_MSIX_VECTOR, 1, 2, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_queue, virtio_pci_write_vector },
	{ "queue_enable", COMMON_QUEUE_ENABLE, 1, 2, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_queue, virtio_pci_write_enable },
	{ "queue_notify_off", COMMON_QUEUE_NOTIFY_OFF, 1, 2, NIC_RO, NIC_CONFIG, 0, 0, virtio_pci_read_queue, NULL },
	{ "queue_addr", COMMON_QUEUE_ADDR, 6, 4, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_addr, virtio_pci_write_addr },
	{ "queue_reset", COMMON_QUEUE_RESET, 1, 2, NIC_WO, NIC_CONFIG, 0, 0, virtio_pci_read_queue, virtio_pci_write_reset },
	{ "isr", VIRTIO_PCI_ISR, 1, 1, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_isr, NULL },
	{ "mac", VIRTIO_PCI_DEVICE, 6, 1, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "status", VIRTIO_PCI_DEVICE + 6, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "max_virtqueue_pairs", VIRTIO_PCI_DEVICE + 8, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "mtu", VIRTIO_PCI_DEVICE + 10, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "speed", VIRTIO_PCI_DEVICE + 12, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "duplex", VIRTIO_PCI_DEVICE + 16, 1, 1, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "rss_max_key_size", VIRTIO_PCI_DEVICE + 17, 1, 1, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "rss_max_indirection_table_length", VIRTIO_PCI_DEVICE + 18, 1, 2, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "supported_hash_types", VIRTIO_PCI_DEVICE + 20, 1, 4, NIC_RO, NIC_PLAIN, 0, 0, virtio_pci_read_device, NULL },
	{ "notify", VIRTIO_PCI_NOTIFY, VIRTIO_PCI_QUEUES, 4, NIC_WO, NIC_PLAIN, 0, 0, NULL, virtio_pci_write_notify },
};
/* clang-format on */
static_assert(VIRTIO_PCI_NOTIFY_STEP == 4, "the width of the notify registers");

uint32_t
virtio_pci_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size)
{
	uint32_t val = 0;

	if (bar == VIRTIO_PCI_BAR)
		nic_reg_read(nic, &virtio_pci_regs, off, size, &val);
	return val;
}

void
virtio_pci_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val)
{
	if (bar == VIRTIO_PCI_BAR)
		nic_reg_write(nic, &virtio_pci_regs, off, size, val);
}

bool
virtio_pci_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off)
{
	uint32_t ctrl = VIRTIO_PCI_NOTIFY_STEP * virtio_pci_ctrl_index(nic);

	if (bar != VIRTIO_PCI_BAR)
		return false;
	if (off >= VIRTIO_PCI_NOTIFY)
		return off - VIRTIO_PCI_NOTIFY - ctrl < VIRTIO_PCI_NOTIFY_STEP;
	return nic_reg_needs_hold(&virtio_pci_regs, off);
}

const struct nic_reg_set virtio_pci_regs = {
	.row = virtio_pci_rows,
	.n = RTE_DIM(virtio_pci_rows),
	.cell = virtio_pci_cell,
};
