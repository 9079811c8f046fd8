/* SPDX-License-Identifier: BSD-3-Clause */
/* The NIC as people look at it: registers without their side effects, the receive filter. */
#include <string.h>

#include "nic/nic_reg.h"
#include "nic/nic_rx_filter.h"
#include "rtl8139.h"

uint32_t
rtl8139_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset)
{
	/* Reading ISR tells the NIC that the driver has seen it; no other read does anything. */
	if (offset == RTL_ISR)
		return rtl8139_irq_status(nic->state);
	if (reg->on_read != NULL)
		return reg->on_read(nic, offset);
	return nic_reg_peek(nic, &rtl8139_regs, reg, offset);
}

void
rtl8139_rx_filter(const struct nic *nic, struct nic_rx_filter *f)
{
	const struct rtl8139 *s = nic->state;
	uint32_t rcr = rtl8139_get32(s, RTL_RCR);
	bool all = rcr & RTL_RCR_AAP;

	*f = (struct nic_rx_filter){
		.promisc = all,
		.broadcast = all || (rcr & RTL_RCR_AB),
		.unicast = all		       ? NIC_RX_ALL
			   : rcr & RTL_RCR_APM ? NIC_RX_NORMAL
					       : NIC_RX_NONE,
		.multicast = all		? NIC_RX_ALL
			     : rcr & RTL_RCR_AM ? NIC_RX_NORMAL
						: NIC_RX_NONE,
		.vlan = NIC_RX_ALL,
		.n_hashes = (uint32_t)__builtin_popcountll(rtl8139_get64(s, RTL_MAR)),
	};
	memcpy(&f->main_mac, &s->reg[RTL_IDR], sizeof(f->main_mac));
}
