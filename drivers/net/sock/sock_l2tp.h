/* SPDX-License-Identifier: BSD-3-Clause */
/* The header of static L2TPv3 (RFC 3931 4.1) as QEMU and Linux write it (spec: features 1.8). */
#ifndef NET_SOCK_SOCK_L2TP_H
#define NET_SOCK_SOCK_L2TP_H

#include <stdbool.h>
#include <stdint.h>

#define SOCK_L2TP_MAX_OFFSET 256
/* IPv4 header, version word, session, cookie, counter, offset */
#define SOCK_L2TP_MAX_HDR (20 + 4 + 4 + 8 + 4 + SOCK_L2TP_MAX_OFFSET)

/** The parameters of one session; all but counter_next are constant. */
struct sock_l2tp {
	bool on; /* the port is l2tpv3 at all */
	bool udp, ipv6;
	bool cookie, cookie64;
	bool counter, pincounter;
	uint32_t rx_session, tx_session;
	uint64_t rx_cookie, tx_cookie;
	uint32_t offset;       /* further bytes before the frame */
	uint32_t counter_next; /* D, transmit: the last counter sent */
};

/** Why a datagram is not ours; each has a counter. */
enum sock_l2tp_verdict {
	SOCK_L2TP_OK,
	SOCK_L2TP_SHORT,      /* shorter than its header */
	SOCK_L2TP_BAD_HEADER, /* IPv4 options, or not a data message */
	SOCK_L2TP_BAD_SESSION,
	SOCK_L2TP_BAD_COOKIE,
};

/** Bytes before the frame in what we send. */
uint32_t sock_l2tp_tx_len(const struct sock_l2tp *l);

/** Bytes before the frame in what the kernel hands us: with the IPv4 header, on a raw IPv4 socket. */
uint32_t sock_l2tp_rx_len(const struct sock_l2tp *l);

/** Write sock_l2tp_tx_len() bytes. Thread: D, transmit. */
void sock_l2tp_write(struct sock_l2tp *l, uint8_t *hdr);

/**
 * Check the first bytes of a datagram.
 * @param len  of the whole datagram; hdr has the smaller of it and sock_l2tp_rx_len()
 */
enum sock_l2tp_verdict sock_l2tp_check(const struct sock_l2tp *l, const uint8_t *hdr, uint32_t len);

#endif
