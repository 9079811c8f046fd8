/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio-net as a PCI function: description, device status, starting rings, interrupts. */
#include "virtio_pci.h"

#include <rte_common.h>

#include "nic/nic_irq.h"
#include "nic/nic_pci.h"
#include "virtio_coal.h"
#include "virtio_ctrl.h"
#include "virtio_net.h"
#include "virtio_split.h"

/* Capabilities lie one behind the other from 0x40 on: four of virtio's, the last 20 bytes long. */
#define VIRTIO_PCI_MSIX_AT	0x98
#define VIRTIO_PCI_MSIX_ENABLE	0x80  /* PCI Local Bus 3.0, 6.8.2.3: bit 15 of message control */
#define VIRTIO_PCI_MSIX_PBA	0x800 /* in BAR 1, behind the table */
#define VIRTIO_PCI_MSIX_BAR_LEN 0x1000

/* Offered over PCI and not over vhost-user, where the VMM has the control queue. */
#define VIRTIO_PCI_ONLY                                                                            \
	(VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_CTRL_VLAN | VIRTIO_NET_F_CTRL_RX_EXTRA |  \
		VIRTIO_NET_F_CTRL_MAC_ADDR | VIRTIO_NET_F_SPEED_DUPLEX | VIRTIO_F_RING_RESET |     \
		VIRTIO_NET_F_RSS | VIRTIO_NET_F_HASH_REPORT | VIRTIO_NET_F_NOTF_COAL |             \
		VIRTIO_NET_F_VQ_NOTF_COAL | VIRTIO_NET_F_DEVICE_STATS)
/* What means nothing without a control queue; 5.1.3.1. */
#define VIRTIO_NEEDS_CTRL                                                                          \
	(VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_CTRL_VLAN | VIRTIO_NET_F_CTRL_RX_EXTRA |              \
		VIRTIO_NET_F_GUEST_ANNOUNCE | VIRTIO_NET_F_MQ | VIRTIO_NET_F_CTRL_MAC_ADDR |       \
		VIRTIO_NET_F_CTRL_GUEST_OFFLOADS | VIRTIO_NET_F_RSS | VIRTIO_NET_F_HASH_REPORT |   \
		VIRTIO_NET_F_NOTF_COAL | VIRTIO_NET_F_VQ_NOTF_COAL | VIRTIO_NET_F_DEVICE_STATS)

uint64_t
virtio_pci_features(const struct nic *nic)
{
	uint64_t f = virtio_net_features(nic) & ~VIRTIO_F_ANY_LAYOUT;

	f |= VIRTIO_PCI_ONLY & nic->conf.features_mask;
	f |= VIRTIO_F_VERSION_1; /* there is no other way to drive this function */
	if (nic->conf.mtu == 0)
		f &= ~VIRTIO_NET_F_MTU;
	if (rte_is_zero_ether_addr(&nic->conf.mac))
		f &= ~VIRTIO_NET_F_MAC;
	if (!(f & VIRTIO_NET_F_CTRL_VQ))
		f &= ~VIRTIO_NEEDS_CTRL;
	return f;
}

uint16_t
virtio_pci_ctrl_index(const struct nic *nic)
{
	const struct virtio_net *v = nic->state;

	/* 5.1.2 */
	return v->features & (VIRTIO_NET_F_MQ | VIRTIO_NET_F_RSS)
		       ? (uint16_t)(2 * nic->conf.n_queues)
		       : 2;
}

struct virtio_queue *
virtio_pci_ring(const struct nic *nic, uint16_t idx)
{
	struct virtio_net *v = nic->state;
	uint16_t ctrl = virtio_pci_ctrl_index(nic);

	if (idx < ctrl)
		return idx & 1 ? &v->pair[idx / 2].from_guest : &v->pair[idx / 2].to_guest;
	return idx == ctrl && (v->features & VIRTIO_NET_F_CTRL_VQ) ? &v->ctrl : NULL;
}

static bool
virtio_pci_msix_on(const struct nic *nic)
{
	return nic->config->space[VIRTIO_PCI_MSIX_AT + 3] & VIRTIO_PCI_MSIX_ENABLE;
}

/* Whether the interrupt line is to be up. */
static bool
virtio_pci_line(const struct nic *nic)
{
	const struct virtio_net *v = nic->state;

	return __atomic_load_n(&v->pci.isr, __ATOMIC_SEQ_CST) != 0 && !virtio_pci_msix_on(nic) &&
	       !(nic_pci_command(nic->config) & NIC_PCI_COMMAND_NO_INTX);
}

/*
 * Make the line what it is to be. Whoever changes ISR comes here afterwards, and looks again after
 * the last call: so the last call of all threads together was the right one.
 */
static void
virtio_pci_settle(const struct nic *nic)
{
	bool level;

	do {
		level = virtio_pci_line(nic);
		if (level)
			nic_irq_raise(nic, 0);
		else
			nic_irq_lower(nic, 0);
	} while (virtio_pci_line(nic) != level);
}

void
virtio_pci_interrupt(const struct nic *nic, uint16_t msix, uint8_t isr)
{
	struct virtio_net *v = nic->state;

	if (virtio_pci_msix_on(nic)) {
		if (msix != VIRTIO_PCI_NO_VECTOR)
			nic_irq_raise(nic, (uint16_t)(1 + msix));
	} else if ((__atomic_fetch_or(&v->pci.isr, isr, __ATOMIC_SEQ_CST) & isr) == 0) {
		virtio_pci_settle(nic);
	}
}

uint8_t
virtio_pci_take_isr(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint8_t isr = __atomic_exchange_n(&v->pci.isr, 0, __ATOMIC_SEQ_CST);

	if (isr != 0)
		virtio_pci_settle(nic);
	return isr;
}

void
virtio_pci_config_interrupt(const struct nic *nic)
{
	const struct virtio_net *v = nic->state;

	if (v->pci.common.device_status & VIRTIO_STATUS_DRIVER_OK)
		virtio_pci_interrupt(nic, v->pci.common.config_msix_vector, VIRTIO_ISR_CONFIG);
}

void
virtio_pci_config_changed(struct nic *nic)
{
	struct virtio_net *v = nic->state;

	v->pci.common.config_generation++;
	virtio_pci_config_interrupt(nic);
}

void
virtio_pci_set_link(struct nic *nic, bool up)
{
	struct virtio_net *v = nic->state;

	if (v->pci.link_down != up)
		return;
	v->pci.link_down = !up;
	/* The cable may be in another switch now, which has to learn where the guest is. */
	v->pci.announce = up && (v->features & VIRTIO_NET_F_GUEST_ANNOUNCE);
	virtio_pci_config_changed(nic);
}

static int
virtio_pci_start_ring(struct nic *nic, struct virtio_queue *vq, uint16_t idx)
{
	struct virtio_net *v = nic->state;
	const struct virtio_pci_queue *q = &v->pci.queue[idx];
	const struct nic_vring where = {
		.desc_gpa = q->addr[0],
		.avail_gpa = q->addr[1],
		.used_gpa = q->addr[2],
		.log_used_gpa = q->addr[2],
		.size = q->size,
		.packed = v->features & VIRTIO_F_RING_PACKED,
	};
	int ret = virtio_queue_setup(nic, vq, idx, &where);

	vq->pci = true;
	vq->irq_vec = q->msix;
	vq->broken = ret < 0;
	if (ret == 0 && vq != &v->ctrl) {
		virtio_queue_want_kicks(vq, false);
		virtio_coal_apply(nic, idx);
	}
	return ret;
}

void
virtio_pci_update(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	bool may = (virtio_pci_status(nic) & VIRTIO_STATUS_DRIVER_OK) &&
		   (nic_pci_command(nic->config) & NIC_PCI_COMMAND_MASTER);
	uint16_t idx;

	for (idx = 0; idx <= virtio_pci_ctrl_index(nic); idx++) {
		struct virtio_queue *vq = virtio_pci_ring(nic, idx);
		struct virtio_pci_queue *q = &v->pci.queue[idx];
		bool run =
			vq != NULL && may && q->enabled &&
			(vq == &v->ctrl || idx / 2 < (idx & 1 ? v->pci.tx_pairs : v->pci.rx_pairs));

		if (run && !q->set_up) {
			q->set_up = true;
			if (virtio_pci_start_ring(nic, vq, idx) < 0)
				virtio_pci_config_interrupt(nic); /* NEEDS_RESET */
		}
		if (vq != NULL && q->set_up)
			__atomic_store_n(&vq->running, run && !vq->broken, __ATOMIC_RELAXED);
	}
}

static void
virtio_pci_rest_ring(struct virtio_queue *vq)
{
	__atomic_store_n(&vq->running, false, __ATOMIC_RELAXED);
	vq->broken = false;
}

void
virtio_pci_queue_reset(struct nic *nic, uint16_t idx)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *vq = virtio_pci_ring(nic, idx);

	if (vq != NULL)
		virtio_pci_rest_ring(vq);
	v->pci.queue[idx] = (struct virtio_pci_queue){
		.size = vq == &v->ctrl ? VIRTIO_PCI_CTRL_SIZE : VIRTIO_PCI_SIZE,
		.msix = VIRTIO_PCI_NO_VECTOR,
		.coal = v->pci.coal[idx & 1],
	};
}

void
virtio_pci_reset(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint16_t idx;

	for (idx = 0; idx < nic->conf.n_queues; idx++) {
		virtio_pci_rest_ring(&v->pair[idx].to_guest);
		virtio_pci_rest_ring(&v->pair[idx].from_guest);
	}
	virtio_pci_rest_ring(&v->ctrl);
	virtio_net_use_features(nic, 0);
	virtio_coal_reset(nic);
	virtio_rss_reset(&v->rss);
	__atomic_store_n(&nic->steers, false, __ATOMIC_RELAXED);
	for (idx = 0; idx < (uint16_t)VIRTIO_PCI_QUEUES; idx++)
		virtio_pci_queue_reset(nic, idx);
	v->pci.common = (struct virtio_pci_common){
		.config_msix_vector = VIRTIO_PCI_NO_VECTOR,
		.num_queues = (uint16_t)(2 * nic->conf.n_queues + 1),
	};
	v->pci.driver_features = 0;
	v->pci.tx_pairs = 1;
	v->pci.rx_pairs = 1;
	v->pci.announce = false;
	virtio_filter_reset(&v->filter, &nic->conf.mac);
	v->filtering = false;
	virtio_pci_take_isr(nic);
}

uint8_t
virtio_pci_status(const struct nic *nic)
{
	const struct virtio_net *v = nic->state;
	uint8_t status = v->pci.common.device_status;
	uint16_t idx;

	for (idx = 0; idx <= virtio_pci_ctrl_index(nic); idx++) {
		const struct virtio_queue *vq = virtio_pci_ring(nic, idx);

		if (vq != NULL && vq->pci && __atomic_load_n(&vq->broken, __ATOMIC_RELAXED))
			status |= VIRTIO_STATUS_NEEDS_RESET;
	}
	return status;
}

/* The end of negotiation. @return whether the device can work that way. */
static bool
virtio_pci_negotiate(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint64_t f = v->pci.driver_features;

	if ((f & ~virtio_pci_features(nic)) || !(f & VIRTIO_F_VERSION_1))
		return false;
	virtio_net_use_features(nic, f);
	virtio_filter_all_vlans(&v->filter, !(f & VIRTIO_NET_F_CTRL_VLAN));
	v->pci.queue[virtio_pci_ctrl_index(nic)].size = VIRTIO_PCI_CTRL_SIZE;
	return true;
}

void
virtio_pci_set_status(struct nic *nic, uint8_t status)
{
	struct virtio_net *v = nic->state;
	uint8_t old = v->pci.common.device_status;

	if (status == 0) {
		virtio_pci_reset(nic);
		return;
	}
	status &= (uint8_t)~VIRTIO_STATUS_NEEDS_RESET;
	if (old & VIRTIO_STATUS_FEATURES_OK)
		status |= VIRTIO_STATUS_FEATURES_OK;
	else if ((status & VIRTIO_STATUS_FEATURES_OK) && !virtio_pci_negotiate(nic))
		status &= (uint8_t)~VIRTIO_STATUS_FEATURES_OK;
	/* 3.1.1: nothing runs before negotiation ended well. */
	if (!(status & VIRTIO_STATUS_FEATURES_OK))
		status &= (uint8_t)~VIRTIO_STATUS_DRIVER_OK;
	v->pci.common.device_status = status;
	virtio_pci_update(nic);
}

static void
virtio_pci_command(struct nic *nic)
{
	virtio_pci_update(nic);
	virtio_pci_settle(nic);
	virtio_ctrl_run(nic); /* what was asked while we might not look */
}

#define LE16(n) (uint8_t)(n), (uint8_t)((n) >> 8)
#define LE32(n) LE16(n), LE16((n) >> 16)
/* 4.1.4 a vendor capability behind id and next: length, type, BAR, id and padding, where. */
#define VIRTIO_CAP(len, type, off)                                                                 \
	(len), (type), VIRTIO_PCI_BAR, 0, 0, 0, LE32(off), LE32(VIRTIO_PCI_PART)

static const uint8_t virtio_cap_common[] = { VIRTIO_CAP(16, VIRTIO_PCI_CAP_COMMON,
	VIRTIO_PCI_COMMON) };
static const uint8_t virtio_cap_isr[] = { VIRTIO_CAP(16, VIRTIO_PCI_CAP_ISR, VIRTIO_PCI_ISR) };
static const uint8_t virtio_cap_device[] = { VIRTIO_CAP(16, VIRTIO_PCI_CAP_DEVICE,
	VIRTIO_PCI_DEVICE) };
static const uint8_t virtio_cap_notify[] = {
	VIRTIO_CAP(20, VIRTIO_PCI_CAP_NOTIFY, VIRTIO_PCI_NOTIFY), LE32(VIRTIO_PCI_NOTIFY_STEP)
};
/* 4.1.4.9: BAR, offset and length are the driver's to set; then 4 bytes of data. */
static const uint8_t virtio_cap_window[] = { 20, VIRTIO_PCI_CAP_PCI_CFG, 0, 0, 0, 0, LE32(0),
	LE32(0), LE32(0) };
static const uint8_t virtio_window_wmask[] = { 0, 0, 0xff, 0, 0, 0, LE32(UINT32_MAX),
	LE32(UINT32_MAX), LE32(UINT32_MAX) };
/* PCI Local Bus 3.0, 6.8.2: message control, table and pending bits, both in BAR 1. */
static const uint8_t virtio_cap_msix[] = { LE16(VIRTIO_PCI_VECTORS - 1), LE32(1),
	LE32(VIRTIO_PCI_MSIX_PBA | 1) };
static const uint8_t virtio_msix_wmask[] = { 0, 0xc0, LE32(0), LE32(0) }; /* enable, mask all */

static const struct nic_pci_cap virtio_caps[] = {
	{ .id = 0x09, .len = sizeof(virtio_cap_common), .data = virtio_cap_common },
	{ .id = 0x09, .len = sizeof(virtio_cap_isr), .data = virtio_cap_isr },
	{ .id = 0x09, .len = sizeof(virtio_cap_device), .data = virtio_cap_device },
	{ .id = 0x09, .len = sizeof(virtio_cap_notify), .data = virtio_cap_notify },
	{ .id = 0x09,
		.len = sizeof(virtio_cap_window),
		.data = virtio_cap_window,
		.wmask = virtio_window_wmask },
	{ .id = 0x11,
		.len = sizeof(virtio_cap_msix),
		.data = virtio_cap_msix,
		.wmask = virtio_msix_wmask },
};

const struct nic_pci virtio_net_pci = {
	.vendor = 0x1af4,
	.device = 0x1041,
	.sub_vendor = 0x1af4,
	.sub_device = 0x1100,
	.class_code = 0x020000,
	.revision = 1,
	.int_pin = 1,
	.n_msix = VIRTIO_PCI_VECTORS,
	.bar = {
		[1] = { .len = VIRTIO_PCI_MSIX_BAR_LEN },
		[VIRTIO_PCI_BAR] = { .len = VIRTIO_PCI_BAR_LEN,
			.flags = NIC_BAR_64 | NIC_BAR_PREFETCH },
	},
	.cap = virtio_caps,
	.n_caps = RTE_DIM(virtio_caps),
	.regs = &virtio_pci_regs,
	.read = virtio_pci_read,
	.write = virtio_pci_write,
	.needs_hold = virtio_pci_needs_hold,
	.peek = virtio_peek,
	.config_reads = virtio_window_reads,
	.config_wrote = virtio_window_wrote,
	.command = virtio_pci_command,
};
