/* SPDX-License-Identifier: BSD-3-Clause */
/* What can be measured: device x transport x ring x frame size x members x queues x burst. */
#ifndef BENCH_BENCH_CASE_H
#define BENCH_BENCH_CASE_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

/** Who sends to whom. */
enum bench_traffic_kind {
	BENCH_PAIRS,  /* port 0 and 1 to each other, 2 and 3, ... */
	BENCH_ONEWAY, /* port 0 to port 1 */
	BENCH_ALL,    /* each to all others (broadcast) */
	BENCH_TELL,   /* port 0 to all others (broadcast) */
	BENCH_RING,   /* each to the next, the last to port 0 (unicast): for a switch of any size */
};

/**
 * One row. device is what the generator drives. Of transports, "loop" is a model in this process, "dgram" unix
 * datagram sockets, and "own" on each side the quickest kind of port that it has.
 */
struct bench_case {
	const char *name;
	const char *device;    /* "virtio", "e1000", "rtl8139", "tap", "socket" */
	const char *transport; /* "vhost-user", "loop", "tap", "dgram", "own" */
	bool packed;	       /* virtio: packed rings */
	uint16_t size;	       /* of a frame with its FCS, bytes, as RFC 2544 counts */
	uint8_t members;       /* ports */
	uint8_t queues;	       /* queue pairs of each port */
	uint16_t burst;	       /* frames in one call */
	enum bench_traffic_kind traffic;
	bool quick;   /* of bench.sh --quick */
	uint16_t mss; /* TCP frames of such segments, uncut; 0: frames of one segment */
};

/** The row of that name; NULL when there is none. */
const struct bench_case *bench_case_find(const char *name);

/** The i-th row; NULL behind the last. */
const struct bench_case *bench_case_at(unsigned int i);

/** All rows as CSV with a head line. */
void bench_case_list(FILE *out);

/** The word for it, and back. @return -1 for a word that there is not. */
const char *bench_traffic_word(enum bench_traffic_kind kind);
int bench_traffic_find(const char *word);

#endif
