/* SPDX-License-Identifier: BSD-3-Clause */
/* The datapath of streams and of datagrams. All of it: D, inside the lane of its queue. */
#ifndef NET_SOCK_SOCK_IO_H
#define NET_SOCK_SOCK_IO_H

#include <rte_cycles.h>

#include "sock_pmd.h"

/** How long to leave an empty or a full socket alone: see README.md. */
#define SOCK_WAIT_MIN_US 1
#define SOCK_WAIT_MAX_US 16

static inline uint64_t
sock_us(unsigned int us)
{
	return rte_get_tsc_hz() / 1000000 * us;
}

/** Up to n frames into pkts. */
uint16_t sock_stream_receive(struct sock_rxq *q, struct rte_mbuf **pkts, uint16_t n);
uint16_t sock_dgram_receive(struct sock_rxq *q, struct rte_mbuf **pkts, uint16_t n);

/** Send, keep or count every frame; the mbufs stay the caller's. */
void sock_stream_send(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n);
void sock_dgram_send(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n);

/** Send what was kept, as far as the peer takes it. */
void sock_stream_flush(struct sock_txq *q);
void sock_dgram_flush(struct sock_txq *q);

/** A private copy of len bytes in as many mbufs as it needs; NULL: none left. */
struct rte_mbuf *sock_mbuf(struct rte_mempool *pool, const uint8_t *data, uint32_t len);

/** Append len more bytes to m. @return 0 or -ENOMEM. */
int sock_mbuf_append(struct rte_mempool *pool, struct rte_mbuf *m, const uint8_t *data,
	uint32_t len);

/** Keep a frame, from byte skip of it and its length prefix, until the peer takes it; else count. */
void sock_tx_keep(struct sock_txq *q, const struct rte_mbuf *m, uint32_t skip);

/** A frame of len bytes that had been counted as sent is lost, for the reason of that counter. */
void sock_tx_lost(struct sock_txq *q, uint64_t *counter, uint32_t len);

/** The first n kept bytes are gone. */
void sock_tx_drop_kept(struct sock_txq *q, uint32_t n);

/** Point iov at the frame's segments; at most max. @return how many, 0: too many. */
unsigned int sock_tx_iov(const struct rte_mbuf *m, struct iovec *iov, unsigned int max);

/** The receive side found the end of the connection. */
void sock_lost(struct sock_port *port, int err);

/** Free what datagram slots hold. Thread: M or C, nobody inside. */
void sock_dgram_free_slots(struct sock_rxq *q);

#endif
