/* SPDX-License-Identifier: BSD-3-Clause */
/* A virtio guest over the loop transport, whose driver keeps its rings in order. */
#ifndef TEST_BENCH_PERF_GUEST_H
#define TEST_BENCH_PERF_GUEST_H

#include "guest/guest.h"
#include "perf.h"

struct transport;
struct vring_avail;
struct vring_packed_desc;
struct vring_used;

/** The driver's half of a ring: descriptor i always means buffer i. */
struct perf_ring {
	union {
		struct vring_desc *desc;
		struct vring_packed_desc *packed_desc;
	};
	struct vring_avail *avail;
	struct vring_used *used;
	uint16_t posted; /* chains offered, free running */
};

struct perf_guest {
	struct guest *g;
	struct transport *tr;
	uint8_t *hva;
	bool packed;
	struct perf_ring ring[2]; /* 0: to the guest */
	uint16_t frame_len;
};

/** Bring one up with frames of that length in its transmit buffers. @return false: could not. */
bool perf_guest_open(struct perf_guest *p, const char *name, bool packed, uint16_t frame_len);
void perf_guest_close(struct perf_guest *p);

/** Offer the next n buffers of ring idx. */
void perf_guest_post(struct perf_guest *p, unsigned int idx, uint16_t n);

/** Whether all that was offered in ring idx came back. */
bool perf_guest_got_all(const struct perf_guest *p, unsigned int idx);

/** The frame in the last of the buffers of ring 0 that came back. */
const uint8_t *perf_guest_frame(const struct perf_guest *p);

/** Let the frame in buffer k of ring 1, free running as posted is, go to that address. */
void perf_guest_address(struct perf_guest *p, uint16_t k, uint8_t to);

/**
 * Whether buffer k of ring 0 came back, in its turn, with one whole frame to that address. A split
 * ring only; k is one of the last PERF_DESCS.
 */
bool perf_guest_got(const struct perf_guest *p, uint16_t k, uint8_t to);

#endif
