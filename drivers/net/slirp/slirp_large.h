/* SPDX-License-Identifier: BSD-3-Clause */
/* Large TCP frames towards guests: what libslirp is told of a guest's MSS, and what the guest really takes. */
#ifndef NET_SLIRP_SLIRP_LARGE_H
#define NET_SLIRP_SLIRP_LARGE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Most payload of one TCP frame of libslirp. It knows no window scaling, so 64 KiB are in flight at
 * most: two of these and an acknowledgement on its way. It also opens the window that it offers by no
 * less than two segments, so a larger one would leave a sender waiting for its own probe.
 */
#define SLIRP_LARGE 32768

#define SLIRP_MSS_SETS 512
#define SLIRP_MSS_WAYS 4

/* What a host takes that never said: RFC 9293 3.7.1. */
#define SLIRP_MSS_DEFAULT4 536
#define SLIRP_MSS_DEFAULT6 1220

/** Where a TCP header is in a frame, all of it inside. */
struct slirp_tcp {
	uint32_t l3_len;
	uint32_t at;	  /* of the TCP header, from the frame's first byte */
	uint32_t l4_len;  /* header with options */
	uint32_t payload; /* as the IP header says */
	bool v6, fragment;
};

struct slirp_mss;

/**
 * Find an IPv4 or IPv6 frame's TCP header; not in a later fragment, nor behind IPv6 extension headers,
 * which libslirp does not pass on either.
 * @return false: there is none, or the frame is shorter than its headers say. Thread: any.
 */
bool slirp_tcp_find(const uint8_t *frame, uint32_t len, struct slirp_tcp *tcp);

/**
 * A table of the segment sizes of SLIRP_MSS_SETS * SLIRP_MSS_WAYS connections.
 * @param mtu  of the guests, bytes of IP
 * @return NULL without memory. Thread: M.
 */
struct slirp_mss *slirp_mss_create(uint32_t mtu);
void slirp_mss_destroy(struct slirp_mss *t);

/**
 * A frame of a guest on its way into libslirp: if it is a SYN, remember the segment size that it asks
 * for and let it ask for as many whole segments as fit SLIRP_LARGE; the checksum stays as right as it
 * was. An MSS below the default stays, and is not remembered.
 * @return whether it was raised. Thread: P.
 */
bool slirp_mss_raise(struct slirp_mss *t, uint8_t *frame, uint32_t len);

/**
 * The most payload that a guest takes in one segment. The connection that was quiet for longest
 * leaves a full set of the table; for one that is not there it is the default, which each host takes.
 * @param frame  towards the guest
 * @param known  whether the connection is there
 * Thread: P.
 */
uint16_t slirp_mss_of(struct slirp_mss *t, const uint8_t *frame, const struct slirp_tcp *tcp,
	bool *known);

/** Let a SYN towards a guest ask for no more than fits the guest's MTU, as libslirp would. Thread: P. */
void slirp_mss_clamp(const struct slirp_mss *t, uint8_t *frame, const struct slirp_tcp *tcp);

#endif
