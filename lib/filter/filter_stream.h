/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's framing on a stream: u32 length, u32 header length if there are headers, then the bytes. */
#ifndef FILTER_FILTER_STREAM_H
#define FILTER_FILTER_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;

/* QEMU's NET_BUFSIZE: nobody sends more, header included (features.md 1.3). */
#define FILTER_STREAM_MAX  69632
#define FILTER_STREAM_HEAD 8

/** A frame being put together from what the peer sent. */
struct filter_stream {
	bool vnet_hdr; /* constant */
	bool ready;    /* a whole frame is there */
	uint8_t head[FILTER_STREAM_HEAD];
	uint32_t have; /* bytes of head and frame */
	uint32_t len;  /* bytes of the frame, with its header */
	uint32_t hdr_len;
	uint8_t frame[FILTER_STREAM_MAX];
};

/** Forget what was begun: another peer. */
void filter_stream_reset(struct filter_stream *s);

/** Take bytes up to the end of a frame. @return how many; -EPROTO: an impossible length. */
int filter_stream_feed(struct filter_stream *s, const uint8_t *data, uint32_t n);

/** Lengths for a frame of len bytes behind a virtio-net header (hdr_len of them, if there is one).
 * @return bytes written to head. */
uint32_t filter_stream_head(uint8_t *head, bool vnet_hdr, uint32_t hdr_len, uint32_t len);

/* The virtio-net header that we send: with num_buffers, as QEMU's own. */
#define FILTER_VNET_LEN 12

/** Write what m leaves to be done (checksum, TSO) as a header of FILTER_VNET_LEN bytes. */
void filter_vnet_put(const struct rte_mbuf *m, uint8_t *out);

/** Note on m, which is a whole frame, what its header says. @return 0; -EINVAL: it contradicts it. */
int filter_vnet_get(struct rte_mbuf *m, const uint8_t *hdr, uint32_t hdr_len);

#endif
