/* SPDX-License-Identifier: BSD-3-Clause */
/* The control queue. Source: VIRTIO 1.2, 5.1.6.5. */
#ifndef NIC_VIRTIO_VIRTIO_CTRL_H
#define NIC_VIRTIO_VIRTIO_CTRL_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

#include "virtio_split.h"

/** 5.1.6.5 before the data of each command. */
struct virtio_ctrl_hdr {
	uint8_t class;
	uint8_t cmd;
};
static_assert(sizeof(struct virtio_ctrl_hdr) == 2, "VIRTIO 1.2, 5.1.6.5");

/* 5.1.6.5 what the device answers */
#define VIRTIO_CTRL_OK	0
#define VIRTIO_CTRL_ERR 1
/* What our handlers say besides, which the driver gets as ERR. */
#define VIRTIO_CTRL_SHORT 2 /* there is less than the command's data */

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
/* 5.1.6.5.6, 5.1.6.5.7 hashing and steering */
#define VIRTIO_CTRL_MQ_RSS  1
#define VIRTIO_CTRL_MQ_HASH 2
/* 5.1.6.5.8 offloads of the guest */
#define VIRTIO_CTRL_OFFLOADS	 5
#define VIRTIO_CTRL_OFFLOADS_SET 0
/* 5.1.6.5.9 coalescing of notifications */
#define VIRTIO_CTRL_COAL	6
#define VIRTIO_CTRL_COAL_TX_SET 0
#define VIRTIO_CTRL_COAL_RX_SET 1
#define VIRTIO_CTRL_COAL_VQ_SET 2
#define VIRTIO_CTRL_COAL_VQ_GET 3
/* 5.1.6.5.10 device statistics */
#define VIRTIO_CTRL_STATS	8
#define VIRTIO_CTRL_STATS_QUERY 0
#define VIRTIO_CTRL_STATS_GET	1

/** 5.1.6.5.7 before the table; behind it: max_tx_vq (16 bits), key length (8 bits), key. */
struct virtio_ctrl_rss_hdr {
	rte_le32_t hash_types;
	rte_le16_t mask;
	rte_le16_t unclassified;
};
static_assert(sizeof(struct virtio_ctrl_rss_hdr) == 8, "VIRTIO 1.3, 5.1.6.5.7");

/** 5.1.6.5.6 before key length and key. */
struct virtio_ctrl_hash_hdr {
	rte_le32_t hash_types;
	rte_le16_t reserved[4];
};
static_assert(sizeof(struct virtio_ctrl_hash_hdr) == 12, "VIRTIO 1.3, 5.1.6.5.6");

/** 5.1.6.5.9 one set of parameters. */
struct virtio_ctrl_coal {
	rte_le32_t max_packets;
	rte_le32_t max_usecs;
};
static_assert(sizeof(struct virtio_ctrl_coal) == 8, "VIRTIO 1.3, 5.1.6.5.9");

/** 5.1.6.5.9 before those of one queue. */
struct virtio_ctrl_coal_vq_hdr {
	rte_le16_t vq_index;
	rte_le16_t reserved;
};
static_assert(sizeof(struct virtio_ctrl_coal_vq_hdr) == 4, "VIRTIO 1.3, 5.1.6.5.9");

/** A command under way. */
struct virtio_ctrl_io {
	struct virtio_cursor in;  /* behind its header */
	struct virtio_cursor out; /* behind the answer, where results go */
	uint32_t put;		  /* bytes of results */
};

/** Take len bytes of the command. @return false when there are not so many. Thread: C. */
bool virtio_ctrl_get(struct virtio_cursor *c, void *to, uint32_t len);

/** Append to the results, as far as the driver gave room. Thread: C. */
void virtio_ctrl_put(struct virtio_ctrl_io *io, const void *from, uint32_t len);

/** Commands. @return VIRTIO_CTRL_OK, _ERR or _SHORT. Thread: C, datapath held. */
typedef uint8_t virtio_ctrl_handler(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd);
virtio_ctrl_handler virtio_ctrl_pairs, virtio_ctrl_rss, virtio_ctrl_hash;
virtio_ctrl_handler virtio_ctrl_coal, virtio_ctrl_coal_vq;
virtio_ctrl_handler virtio_ctrl_stats_query, virtio_ctrl_stats_get;

/** Serve what the driver put into the control queue. Thread: C, datapath held. */
void virtio_ctrl_run(struct nic *nic);

#endif
