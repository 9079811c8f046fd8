/* SPDX-License-Identifier: BSD-3-Clause */
/* Receive-side scaling: a frame's hash, and the queue it stands for. Source: VIRTIO 1.3, 5.1.6.4.3. */
#ifndef NIC_VIRTIO_VIRTIO_RSS_H
#define NIC_VIRTIO_VIRTIO_RSS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/bits.h"

struct nic;
struct rte_mbuf;

#define VIRTIO_RSS_KEY	 40  /* bytes; 5.1.4.1: at least 40 */
#define VIRTIO_RSS_TABLE 128 /* entries; 5.1.4.1: at least 128 */

/* 5.1.6.4.3.1 hash types */
#define VIRTIO_HASH_TYPE_IPV4  BIT32(0) /* addresses */
#define VIRTIO_HASH_TYPE_TCPV4 BIT32(1) /* addresses and ports */
#define VIRTIO_HASH_TYPE_UDPV4 BIT32(2) /* addresses and ports */
#define VIRTIO_HASH_TYPE_IPV6  BIT32(3) /* addresses */
#define VIRTIO_HASH_TYPE_TCPV6 BIT32(4) /* addresses and ports */
#define VIRTIO_HASH_TYPE_UDPV6 BIT32(5) /* addresses and ports */
/* What we compute: all but those that look at IPv6 extension headers for addresses. */
#define VIRTIO_HASH_TYPES                                                                          \
	(VIRTIO_HASH_TYPE_IPV4 | VIRTIO_HASH_TYPE_TCPV4 | VIRTIO_HASH_TYPE_UDPV4 |                 \
		VIRTIO_HASH_TYPE_IPV6 | VIRTIO_HASH_TYPE_TCPV6 | VIRTIO_HASH_TYPE_UDPV6)

/* 5.1.6.4.4 virtio_net_hdr_hash.hash_report: 0 for no hash, else 1 + the type's bit number */
#define VIRTIO_HASH_REPORT_NONE 0

/** How the driver wants frames hashed and spread. C writes while D is held; D reads. */
struct virtio_rss {
	bool steer;			  /* by hash; else the owner of a queue chooses it */
	uint32_t types;			  /* VIRTIO_HASH_TYPE_*: what may be hashed; 0: nothing */
	uint16_t mask;			  /* of the table: entries - 1 */
	uint16_t unclassified;		  /* queue pair of frames without a hash */
	uint16_t table[VIRTIO_RSS_TABLE]; /* queue pairs */
	uint32_t key[VIRTIO_RSS_KEY / 4]; /* as rte_convert_rss_key() left it */
};

/** No hashing, no steering, as after a reset. Thread: C, datapath held. */
void virtio_rss_reset(struct virtio_rss *rss);

/** Hash with these types and this key of VIRTIO_RSS_KEY bytes. Thread: C, datapath held. */
void virtio_rss_set(struct virtio_rss *rss, uint32_t types, const uint8_t *key);

/**
 * The Toeplitz hash of a frame over what types allow.
 * @param hash  out: the hash; 0 where there is none
 * @return what was hashed, as hash_report says it. Thread: D.
 */
uint16_t virtio_rss_hash(const struct virtio_rss *rss, const struct rte_mbuf *m, uint32_t *hash);

/** nic_model.select */
bool virtio_select(const struct nic *nic, struct rte_mbuf *const *pkts, uint16_t n,
	uint16_t *queue);

#endif
