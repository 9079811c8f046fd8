/* SPDX-License-Identifier: BSD-3-Clause */
/* The NIC as people look at it: registers without their side effects, the receive filter. */
#include <assert.h>
#include <string.h>

#include "nic/nic_reg.h"
#include "nic/nic_rx_filter.h"
#include "virtio_net.h"

uint32_t
virtio_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset)
{
	const struct virtio_net *v = nic->state;

	/* Reading ISR clears it; no other read does anything. */
	if (offset == VIRTIO_PCI_ISR)
		return __atomic_load_n(&v->pci.isr, __ATOMIC_ACQUIRE);
	if (reg->on_read != NULL)
		return reg->on_read(nic, offset);
	return nic_reg_peek(nic, &virtio_pci_regs, reg, offset);
}

static_assert(sizeof(((struct virtio_filter *)0)->vlan) ==
		      sizeof(((struct nic_rx_filter *)0)->vlan_bits),
	"VLAN tables differ");

/* What the three flags about a kind of frames come to. */
static enum nic_rx_mode
virtio_rx_mode(bool none, bool all)
{
	if (none)
		return NIC_RX_NONE;
	return all ? NIC_RX_ALL : NIC_RX_NORMAL;
}

void
virtio_rx_filter(const struct nic *nic, struct nic_rx_filter *f)
{
	const struct virtio_net *v = nic->state;
	const struct virtio_filter *from = &v->filter;
	unsigned int i;

	*f = (struct nic_rx_filter){
		.promisc = from->promisc,
		.broadcast = !from->nobcast,
		.unicast = virtio_rx_mode(from->nouni, from->alluni || from->table.uni_overflow),
		.multicast =
			virtio_rx_mode(from->nomulti, from->allmulti || from->table.multi_overflow),
		.main_mac = from->mac,
		.n_macs = from->table.n,
		.unicast_overflow = from->table.uni_overflow,
		.multicast_overflow = from->table.multi_overflow,
	};
	memcpy(f->mac, from->table.mac, from->table.n * sizeof(f->mac[0]));
	for (i = 0; i < RTE_DIM(from->vlan); i++)
		f->n_vlans += (uint32_t)__builtin_popcount(from->vlan[i]);
	memcpy(f->vlan_bits, from->vlan, sizeof(f->vlan_bits));
	f->vlan = f->n_vlans == VIRTIO_FILTER_VLANS ? NIC_RX_ALL : NIC_RX_NORMAL;
}
