/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's framing of a byte stream: a 32-bit big-endian length, then the frame (spec: features 1.3). */
#ifndef NET_SOCK_SOCK_FRAME_H
#define NET_SOCK_SOCK_FRAME_H

#include <stdint.h>

#define SOCK_MAX_FRAME (4096 + 65536) /* QEMU's NET_BUFSIZE: a longer length ends the connection */
#define SOCK_MIN_FRAME 14	      /* an Ethernet header */
#define SOCK_PREFIX    4	      /* the length before a frame */

/** Bytes that came from a stream and wait to be cut into frames. One thread. */
struct sock_framer {
	uint8_t *buf;
	uint32_t size; /* of buf: at least SOCK_PREFIX + SOCK_MAX_FRAME */
	uint32_t off;  /* first byte not yet consumed */
	uint32_t end;  /* first free byte */
};

/**
 * The next whole frame. Its bytes stay valid until sock_framer_space().
 * @return 1: *frame and *len are set; 0: more bytes are needed; -EPROTO: a length above
 * SOCK_MAX_FRAME, after which the stream has no meaning.
 */
int sock_framer_next(struct sock_framer *f, const uint8_t **frame, uint32_t *len);

/** Where to put more bytes; *room (never 0 after sock_framer_next() said 0) says how many. */
uint8_t *sock_framer_space(struct sock_framer *f, uint32_t *room);

/** n bytes were put there. */
void sock_framer_added(struct sock_framer *f, uint32_t n);

#endif
