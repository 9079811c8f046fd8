/* SPDX-License-Identifier: BSD-3-Clause */
/* What a NIC lets in, for people: the same for every model. */
#ifndef NIC_NIC_RX_FILTER_H
#define NIC_NIC_RX_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#define NIC_RX_FILTER_MACS  64
#define NIC_RX_FILTER_VLANS 4096

/** How much of a kind of frames is let in; the words are QEMU's. */
enum nic_rx_mode {
	NIC_RX_NONE,
	NIC_RX_NORMAL, /* those of the tables */
	NIC_RX_ALL,
};

/** As set by the guest's driver at one moment. */
struct nic_rx_filter {
	bool promisc;
	bool broadcast;
	enum nic_rx_mode unicast, multicast, vlan;
	struct rte_ether_addr main_mac;
	uint16_t n_macs;			       /* of mac: further addresses */
	struct rte_ether_addr mac[NIC_RX_FILTER_MACS]; /* unicast and multicast */
	uint32_t n_hashes; /* set bits of the multicast hash table, where the model has one */
	uint32_t n_vlans;  /* set bits of the VLAN table, with vlan NORMAL */
	uint32_t
		vlan_bits[NIC_RX_FILTER_VLANS / 32]; /* that table: bit vid % 32 of word vid / 32 */
	bool unicast_overflow, multicast_overflow;   /* the driver had more than the table holds */
};

#endif
