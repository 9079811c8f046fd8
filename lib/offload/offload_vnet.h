/* SPDX-License-Identifier: BSD-3-Clause */
/* The packet header of virtio and of Linux taps, and what of it an mbuf's flags can say. */
#ifndef OFFLOAD_OFFLOAD_VNET_H
#define OFFLOAD_OFFLOAD_VNET_H

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;

/* VIRTIO 1.2, 5.1.6 virtio_net_hdr.flags */
#define VIRTIO_NET_HDR_F_NEEDS_CSUM 1 /* csum_start and csum_offset are valid */
#define VIRTIO_NET_HDR_F_DATA_VALID 2 /* the checksum was checked */
/* 5.1.6 virtio_net_hdr.gso_type */
#define VIRTIO_NET_HDR_GSO_NONE	 0
#define VIRTIO_NET_HDR_GSO_TCPV4 1
#define VIRTIO_NET_HDR_GSO_TCPV6 4
#define VIRTIO_NET_HDR_GSO_ECN	 0x80

/** 5.1.6 before each frame; little endian (5.1.6.1 legacy: guest endian, the same on our hosts). */
struct virtio_net_hdr {
	uint8_t flags;
	uint8_t gso_type;
	uint16_t hdr_len;     /* of all headers, a hint */
	uint16_t gso_size;    /* payload bytes of a segment */
	uint16_t csum_start;  /* from the frame's first byte */
	uint16_t csum_offset; /* from csum_start */
	uint16_t num_buffers; /* chains used, with MRG_RXBUF or VERSION_1 */
};
static_assert(sizeof(struct virtio_net_hdr) == 12, "VIRTIO 1.2, 5.1.6");

#define VIRTIO_NET_HDR_LEN_LEGACY 10 /* 5.1.6.1: without num_buffers */

/* Bytes of headers that offload_vnet_head() may have to copy: tags, IP with options, TCP's sum. */
#define OFFLOAD_VNET_HEAD 160

/**
 * Turn the header that came with a frame into the mbuf's offload fields. Only this copy of the
 * header is looked at.
 * @param carry  leave the checksum to the receiver; else it is finished here, and TSO is refused
 * @return 0; -EINVAL when header and frame contradict each other. Thread: any.
 */
int offload_from_vnet(const struct virtio_net_hdr *hdr, struct rte_mbuf *m, bool carry);

/** Fill a zeroed header with the L4 checksum and TSO intent of an mbuf. Thread: any. */
void offload_to_vnet(const struct rte_mbuf *m, struct virtio_net_hdr *hdr);

/**
 * A copy of the headers of m in the form that goes with offload_to_vnet(): the IPv4 sum computed
 * when m asks for it, and in the L4 sum's place that of the pseudo header with the L4 length, as
 * virtio and Linux want it also for TSO frames (DPDK leaves the length out there). m is only read.
 * @param head  OFFLOAD_VNET_HEAD bytes
 * @return bytes of head; -EINVAL for headers that do not fit the frame, or head. Thread: any.
 */
int offload_vnet_head(const struct rte_mbuf *m, uint8_t *head);

#endif
