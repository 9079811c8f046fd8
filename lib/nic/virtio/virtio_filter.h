/* SPDX-License-Identifier: BSD-3-Clause */
/* Which frames the guest wants: receive modes, addresses, VLANs. Source: VIRTIO 1.2, 5.1.6.5. */
#ifndef NIC_VIRTIO_VIRTIO_FILTER_H
#define NIC_VIRTIO_VIRTIO_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

struct rte_mbuf;

#define VIRTIO_FILTER_MACS  64 /* unicast and multicast together, as QEMU has */
#define VIRTIO_FILTER_VLANS 4096

/** Addresses the guest listed; those that do not fit make the filter accept all of their kind. */
struct virtio_mac_table {
	uint16_t n_uni; /* entries of mac that are unicast; they come first */
	uint16_t n;	/* entries of mac */
	bool uni_overflow;
	bool multi_overflow;
	struct rte_ether_addr mac[VIRTIO_FILTER_MACS];
};

/** The receive filter. C writes while D is held; D reads. */
struct virtio_filter {
	bool promisc; /* all; how it is until the driver says otherwise */
	bool allmulti;
	bool alluni;
	bool nomulti;
	bool nouni;
	bool nobcast;
	struct rte_ether_addr mac; /* the device's own */
	struct virtio_mac_table table;
	uint32_t vlan[VIRTIO_FILTER_VLANS / 32]; /* bit per VLAN that is let in */
};

/** Power-on state: everything is let in. Thread: C, datapath held. */
void virtio_filter_reset(struct virtio_filter *f, const struct rte_ether_addr *mac);

/** Let all VLANs in (true), or none (false). Thread: C, datapath held. */
void virtio_filter_all_vlans(struct virtio_filter *f, bool all);

/** Whether the guest wants this frame, when it is not promiscuous. Thread: D. */
bool virtio_filter_accepts(const struct virtio_filter *f, const struct rte_mbuf *m);

#endif
