/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver in this process is, and the memory that it shares with its device. */
#ifndef BENCH_BENCH_DRIVER_H
#define BENCH_BENCH_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "bench_port.h"

struct nic_vring;
struct transport;

#define BENCH_DRIVER_BUF    2048       /* bytes of a buffer */
#define BENCH_DRIVER_STRIDE 2112       /* to the next one; not all in the same lines of a cache */
#define BENCH_DRIVER_GPA    0x40000000 /* where the device sees the memory */

/** The guest's memory, as the driver lays it out. */
struct bench_memory {
	uint8_t *base;
	uint64_t len, used;
};

/** Take len bytes, zeroed and aligned to 4096; there is enough of it by the driver's .memory. */
void *bench_memory_take(struct bench_memory *m, uint64_t len);

/** Fill n transmit buffers, each behind offset bytes, with what stays the same in all frames. */
void bench_memory_fill(uint8_t *buf, uint16_t n, uint16_t offset);

/** As the device sees it. */
uint64_t bench_memory_gpa(const struct bench_memory *m, const void *p);

/** What a driver brings up: a NIC model of ours in this process, or a vhost-user server. */
struct bench_device {
	struct transport *tr; /* of a model of ours; NULL: it has rings only */
	/** Feature bits that are offered, and what of them is taken. @return 0 or -errno. */
	uint64_t (*features)(struct bench_device *dev);
	int (*set_features)(struct bench_device *dev, uint64_t features);
	/** Give it ring idx (2q: to guest, 2q+1: from guest), in memory that it sees. @return 0 or -errno. */
	int (*vring)(struct bench_device *dev, uint16_t idx, const struct nic_vring *where);
};

/** A queue pair of a device. */
struct bench_pair {
	uint16_t index;
	uint16_t ring; /* descriptors of each direction */
};

struct bench_driver {
	const char *model;		   /* of ours */
	bool packed;			   /* virtio: packed rings */
	uint16_t max_ring;		   /* descriptors, at most */
	uint64_t (*memory)(uint16_t ring); /* bytes wanted for so many descriptors */
	/** Bring a queue pair up, the first one first. state: state_size zeroed bytes. @return 0 or -errno. */
	int (*start)(void *state, struct bench_device *dev, struct bench_memory *m,
		const struct bench_pair *pair);
	/**
	 * The next free transmit buffers, at most n, as often as one asks, until submit(): the first n of them
	 * hold frames of len bytes now, tell the device. Bytes that were there before are there again.
	 */
	uint16_t (*claim)(void *state, uint8_t **frame, uint16_t n);
	void (*submit)(void *state, uint16_t n, uint16_t len);
	/** Whether the device wants to be woken, by an event, for what was submitted; NULL: never. */
	bool (*wants_kick)(const void *state);
	/** The next frames that came, at most n, until release(): give the first n of them back. */
	uint16_t (*look)(void *state, struct bench_view *view, uint16_t n);
	void (*release)(void *state, uint16_t n);
	uint32_t state_size;
};

extern const struct bench_driver bench_driver_virtio, bench_driver_packed, bench_driver_e1000,
	bench_driver_rtl8139;

/** The driver for a model of ours; NULL when there is none. */
const struct bench_driver *bench_driver_find(const char *model, bool packed);

/** Fetch the two lines of a short frame: that came, or, for our own use, that the device has read. */
static __rte_always_inline void
bench_driver_fetch(const uint8_t *frame)
{
	__builtin_prefetch(frame);
	__builtin_prefetch(frame + RTE_CACHE_LINE_SIZE);
}

static __rte_always_inline void
bench_driver_fetch_own(const uint8_t *frame)
{
#ifdef RTE_ARCH_X86
	__asm__ volatile("prefetchw %0" : : "m"(*frame));
#else
	__builtin_prefetch(frame, 1);
#endif
}

#endif
