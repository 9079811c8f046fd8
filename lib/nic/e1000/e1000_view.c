/* SPDX-License-Identifier: BSD-3-Clause */
/* The NIC as people look at it: registers without their side effects, the receive filter. */
#include "e1000.h"
#include "nic/nic_reg.h"
#include "nic/nic_rx_filter.h"

uint32_t
e1000_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset)
{
	if (reg->on_read == e1000_mac_stat_read)
		return e1000_mac_stat_peek(nic, offset);
	if (offset == E1000_ICS)
		return e1000_get(nic->state, E1000_ICR);
	return nic_reg_peek(nic, &e1000_regs, reg, offset);
}

/* Set bits of n dwords of registers. */
static uint32_t
e1000_count_bits(const struct e1000 *s, uint32_t offset, uint32_t n)
{
	uint32_t i, bits = 0;

	for (i = 0; i < n; i++)
		bits += (uint32_t)__builtin_popcount(e1000_get(s, offset + 4 * i));
	return bits;
}

/* Address pair i. @return whether it is in use. */
static bool
e1000_pair(const struct e1000 *s, uint32_t i, struct rte_ether_addr *mac)
{
	uint32_t low = e1000_get(s, E1000_RA + 8 * i), high = e1000_get(s, E1000_RA + 8 * i + 4);
	unsigned int b;

	for (b = 0; b < 4; b++)
		mac->addr_bytes[b] = (uint8_t)(low >> (8 * b));
	mac->addr_bytes[4] = (uint8_t)high;
	mac->addr_bytes[5] = (uint8_t)(high >> 8);
	return high & E1000_RAH_AV;
}

void
e1000_rx_filter(const struct nic *nic, struct nic_rx_filter *f)
{
	const struct e1000 *s = nic->state;
	uint32_t rctl = e1000_get(s, E1000_RCTL), i;

	*f = (struct nic_rx_filter){
		.promisc = (rctl & E1000_RCTL_UPE) && (rctl & E1000_RCTL_MPE),
		.broadcast = rctl & E1000_RCTL_BAM,
		.unicast = rctl & E1000_RCTL_UPE ? NIC_RX_ALL : NIC_RX_NORMAL,
		.multicast = rctl & E1000_RCTL_MPE ? NIC_RX_ALL : NIC_RX_NORMAL,
		.vlan = rctl & E1000_RCTL_VFE ? NIC_RX_NORMAL : NIC_RX_ALL,
		.n_hashes = e1000_count_bits(s, E1000_MTA, E1000_MTA_N),
		.n_vlans = e1000_count_bits(s, E1000_VFTA, E1000_VFTA_N),
	};
	for (i = 0; i < E1000_VFTA_N; i++)
		f->vlan_bits[i] = e1000_get(s, E1000_VFTA + 4 * i);
	e1000_pair(s, 0, &f->main_mac);
	for (i = 1; i < E1000_RA_N; i++)
		if (e1000_pair(s, i, &f->mac[f->n_macs]))
			f->n_macs++;
}
