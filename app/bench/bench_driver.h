/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver of a device in this process is, and the memory that it shares with the device. */
#ifndef BENCH_BENCH_DRIVER_H
#define BENCH_BENCH_DRIVER_H

#include <stdbool.h>
#include <stdint.h>

struct bench_port_conf;
struct transport;

#define BENCH_DRIVER_BUF 2048	    /* bytes of a buffer */
#define BENCH_DRIVER_GPA 0x40000000 /* where the device sees the memory */

/** The guest's memory, as the driver lays it out. */
struct bench_memory {
	uint8_t *base;
	uint64_t len, used;
};

/** Take len bytes, zeroed and aligned to 4096; there is enough of it by the driver's .memory. */
void *bench_memory_take(struct bench_memory *m, uint64_t len);

/** As the device sees it. */
uint64_t bench_memory_gpa(const struct bench_memory *m, const void *p);

struct bench_driver {
	const char *model;		   /* of ours */
	bool packed;			   /* virtio: packed rings */
	uint16_t max_ring;		   /* descriptors, at most */
	uint64_t (*memory)(uint16_t ring); /* bytes wanted for so many descriptors */
	/** Bring the device up. state: state_size zeroed bytes. @return 0 or -errno. */
	int (*start)(void *state, struct transport *tr, struct bench_memory *m, uint16_t ring);
	/**
	 * The next free transmit buffer, for a frame of at most BENCH_DRIVER_BUF - 64 bytes; NULL: none.
	 * sent(): it holds len bytes. flush(): tell the device.
	 */
	uint8_t *(*buffer)(void *state);
	void (*sent)(void *state, uint16_t len);
	void (*flush)(void *state);
	/** The next frame that came, and its length; NULL: none. done(): give the buffer back. */
	const uint8_t *(*came)(void *state, uint16_t *len);
	void (*done)(void *state);
	void (*refill)(void *state);
	uint32_t state_size;
};

extern const struct bench_driver bench_driver_virtio, bench_driver_packed, bench_driver_e1000,
	bench_driver_rtl8139;

#endif
