/* SPDX-License-Identifier: BSD-3-Clause */
/* What the checksum units know of a frame: where its IP and L4 headers are, and sums. */
#ifndef NIC_E1000_E1000_HEADERS_H
#define NIC_E1000_E1000_HEADERS_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

struct rte_mbuf;

/* Bytes that are looked at: two tags, the longest IPv4 header, a TCP header. */
#define E1000_LOOK_LEN (RTE_ETHER_HDR_LEN + 2 * RTE_VLAN_HLEN + 60 + 20)

/** A frame's headers, from a private copy of its first bytes. */
struct e1000_headers {
	uint8_t head[E1000_LOOK_LEN];
	uint32_t head_len; /* bytes in head */
	uint32_t l2_len, l3_len;
	uint32_t end; /* offset behind the IP packet, as its header says; may be behind the frame */
	uint8_t proto; /* TCP or UDP; 0: neither, a fragment, or behind headers we do not know */
	bool v6;
};

/** @return false when it is neither IPv4 nor IPv6. Thread: any. */
bool e1000_headers_read(const struct rte_mbuf *m, struct e1000_headers *h);

/** The sum of the pseudo header for len bytes of L4; folded, not complemented. Thread: any. */
uint16_t e1000_pseudo_sum(const struct e1000_headers *h, uint32_t len);

/** The sum of len bytes from off, all of them in the frame; folded, not complemented. Thread: any. */
uint16_t e1000_sum(const struct rte_mbuf *m, uint32_t off, uint32_t len);

#endif
