/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frames are for this station: RCR, IDR, MAR. */
#include "rtl8139.h"
#include "rtl8139_desc.h"

#define ETHER_POLY 0x04c11db7

/* The bit of MAR for a group address: the top six bits of its CRC, most significant bit first. */
static unsigned int
rtl8139_filter_hash(const struct rte_ether_addr *dst)
{
	uint32_t crc = UINT32_MAX;
	unsigned int i, bit;

	for (i = 0; i < RTE_ETHER_ADDR_LEN; i++)
		for (bit = 0; bit < 8; bit++) {
			uint32_t carry = (crc >> 31) ^ ((dst->addr_bytes[i] >> bit) & 1u);

			crc = (crc << 1) ^ (carry ? ETHER_POLY : 0);
		}
	return crc >> 26;
}

bool
rtl8139_filter(const struct rtl8139 *s, const struct rte_ether_addr *dst, uint32_t *type)
{
	uint32_t rcr = rtl8139_get32(s, RTL_RCR);
	bool all = rcr & RTL_RCR_AAP;
	unsigned int hash;

	*type = 0;
	if (rte_is_broadcast_ether_addr(dst)) {
		*type = RTL_RSR_BAR;
		return all || (rcr & RTL_RCR_AB);
	}
	if (rte_is_multicast_ether_addr(dst)) {
		*type = RTL_RSR_MAR;
		hash = rtl8139_filter_hash(dst);
		return all ||
		       ((rcr & RTL_RCR_AM) && ((s->reg[RTL_MAR + hash / 8] >> (hash % 8)) & 1));
	}
	if (rte_is_same_ether_addr(dst, (const struct rte_ether_addr *)&s->reg[RTL_IDR])) {
		*type = RTL_RSR_PAM;
		return all || (rcr & RTL_RCR_APM);
	}
	return all;
}
