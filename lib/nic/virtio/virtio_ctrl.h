/* SPDX-License-Identifier: BSD-3-Clause */
/* The control queue. Source: VIRTIO 1.2, 5.1.6.5. */
#ifndef NIC_VIRTIO_VIRTIO_CTRL_H
#define NIC_VIRTIO_VIRTIO_CTRL_H

#include <assert.h>
#include <stdint.h>

struct nic;

/** 5.1.6.5 before the data of each command. */
struct virtio_ctrl_hdr {
	uint8_t class;
	uint8_t cmd;
};
static_assert(sizeof(struct virtio_ctrl_hdr) == 2, "VIRTIO 1.2, 5.1.6.5");

/* 5.1.6.5 what the device answers */
#define VIRTIO_CTRL_OK	0
#define VIRTIO_CTRL_ERR 1

/* 5.1.6.5.1, 5.1.6.5.2 receive modes */
#define VIRTIO_CTRL_RX		0
#define VIRTIO_CTRL_RX_PROMISC	0
#define VIRTIO_CTRL_RX_ALLMULTI 1
#define VIRTIO_CTRL_RX_ALLUNI	2
#define VIRTIO_CTRL_RX_NOMULTI	3
#define VIRTIO_CTRL_RX_NOUNI	4
#define VIRTIO_CTRL_RX_NOBCAST	5
/* 5.1.6.5.2 addresses */
#define VIRTIO_CTRL_MAC		  1
#define VIRTIO_CTRL_MAC_TABLE_SET 0
#define VIRTIO_CTRL_MAC_ADDR_SET  1
/* 5.1.6.5.3 VLANs */
#define VIRTIO_CTRL_VLAN     2
#define VIRTIO_CTRL_VLAN_ADD 0
#define VIRTIO_CTRL_VLAN_DEL 1
/* 5.1.6.5.4 announcements */
#define VIRTIO_CTRL_ANNOUNCE	 3
#define VIRTIO_CTRL_ANNOUNCE_ACK 0
/* 5.1.6.5.5 several queues */
#define VIRTIO_CTRL_MQ	     4
#define VIRTIO_CTRL_MQ_PAIRS 0
/* 5.1.6.5.8 offloads of the guest */
#define VIRTIO_CTRL_OFFLOADS	 5
#define VIRTIO_CTRL_OFFLOADS_SET 0

/** Serve what the driver put into the control queue. Thread: C, datapath held. */
void virtio_ctrl_run(struct nic *nic);

#endif
