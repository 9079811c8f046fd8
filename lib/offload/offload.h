/* SPDX-License-Identifier: BSD-3-Clause */
/* Finishing in software what a sender left to hardware: checksums and TCP segmentation. */
#ifndef OFFLOAD_OFFLOAD_H
#define OFFLOAD_OFFLOAD_H

#include <stdbool.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

/* Segments of one TSO frame: 64 KiB at the smallest segment size that Linux takes (48 bytes). */
#define OFFLOAD_MAX_SEGMENTS 1366

/** The flags that say a frame is not complete. */
#define OFFLOAD_TX_FLAGS                                                                           \
	(RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG |                  \
		RTE_MBUF_F_TX_UDP_SEG)

/**
 * The folded, not complemented, Internet checksum of m from byte off (< pkt_len) to its end.
 * rte_raw_cksum_mbuf() (22.11) loses carries where a segment begins at an odd byte.
 * Thread: any.
 */
uint16_t offload_raw_sum(const struct rte_mbuf *m, uint32_t off);

/**
 * Compute the IP and L4 checksums that the mbuf's RTE_MBUF_F_TX_* flags ask for, and clear them.
 * Writes into the frame: the caller is its only owner, and it is not a TSO frame. l2_len and l3_len
 * are as the flags demand; offsets outside the frame are refused.
 * @return 0; -EINVAL for a header that does not fit the frame (untouched then).
 * Thread: any.
 */
int offload_finish_cksum(struct rte_mbuf *m);

/**
 * The same for a private linear copy of m's bytes, TSO frames included: a receiver that takes
 * segments of any length gets the frame whole, with its checksums right.
 * @param frame  len bytes
 * @param m      the mbuf, for its flags and lengths; not written
 * @return 0; -EINVAL. Thread: any.
 */
int offload_finish_flat(uint8_t *frame, uint32_t len, const struct rte_mbuf *m);

/**
 * Cut a TSO frame (RTE_MBUF_F_TX_TCP_SEG, IPv4 or IPv6) into complete frames of at most tso_segsz
 * bytes of payload, by copy, all checksums computed. m is only read and stays the caller's.
 * @param pool  for the segments; chained where its data room is smaller than a segment
 * @param out   room for OFFLOAD_MAX_SEGMENTS
 * @return segments made; -EINVAL (headers, segment size, too many segments), -ENOMEM (none made).
 * Thread: any.
 */
int offload_segment_tcp(const struct rte_mbuf *m, struct rte_mempool *pool, struct rte_mbuf **out);

/**
 * A private, writable, deep copy of m with the same flags and lengths, chained as pool needs.
 * @return NULL when the pool is empty. Thread: any.
 */
struct rte_mbuf *offload_copy(const struct rte_mbuf *m, struct rte_mempool *pool);

#endif
