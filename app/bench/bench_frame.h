/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbered, time-stamped frames, and what became of them. */
#ifndef BENCH_BENCH_FRAME_H
#define BENCH_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_tcp.h>

#include "bench_hist.h"

struct rte_mbuf;

#define BENCH_ETHERTYPE	  0x88b5 /* IEEE 802: local experiments; no kernel answers it */
#define BENCH_FRAME_MIN	  60	 /* bytes without FCS; all lengths here are */
#define BENCH_FRAME_MAX	  1514
#define BENCH_TSO_MAX	  65214 /* with headers; 45 segments of 1448, as of Linux */
#define BENCH_MAX_PORTS	  16
#define BENCH_MAX_QUEUES  4
#define BENCH_MAX_STREAMS (BENCH_MAX_PORTS * BENCH_MAX_QUEUES)
#define BENCH_WINDOW	  4096u /* how late a frame may be and still be told from a duplicate */

/** What each frame carries. */
struct bench_tag {
	rte_be16_t stream;
	rte_be32_t magic;  /* this process and this trial: frames of before do not count */
	rte_be64_t number; /* of its stream, from 0 */
	uint64_t sent_at;  /* TSC; 0: not to be timed */
} __attribute__((packed, aligned(2)));

/** The first bytes of each frame. */
struct bench_frame {
	struct rte_ether_hdr eth;
	struct bench_tag tag;
} __attribute__((packed, aligned(2)));

/** And of one of TCP, for a device that cuts it or passes it on uncut. */
struct bench_tso_frame {
	struct rte_ether_hdr eth;
	struct rte_ipv4_hdr ip;
	struct rte_tcp_hdr tcp;
	struct bench_tag tag;
} __attribute__((packed, aligned(2)));

/** What one receiver saw of one stream. */
struct bench_seen {
	uint64_t next; /* one more than the greatest number seen */
	uint64_t received, duplicates, reordered;
	uint64_t window[BENCH_WINDOW / 64]; /* seen, of the last BENCH_WINDOW numbers */
};

/** Bytes of all headers. mss: of TCP; 0: not of TCP. */
uint16_t bench_frame_head(uint16_t mss);

/**
 * Fill a frame buffer of len bytes with what stays the same: zeros, or with mss the headers of IPv4 and
 * TCP; and a pattern behind all headers.
 */
void bench_frame_fill(uint8_t *frame, uint16_t len, uint16_t mss);

/** Whether the pattern is there, in whatever pieces it came. whole: all of it, else its end only. */
bool bench_frame_intact(const struct rte_mbuf *m, uint16_t mss, bool whole);

/** The same, of a frame in one piece that is not of TCP. */
bool bench_bytes_intact(const uint8_t *frame, uint16_t len, bool whole);

/** Note frame number of a stream. */
void bench_seen_note(struct bench_seen *s, uint64_t number);

/** Give up what did not come yet: all numbers below next are lost, unless they come late. */
void bench_seen_skip(struct bench_seen *s, uint64_t next);

/** How many of the first sent frames never came. */
uint64_t bench_seen_lost(const struct bench_seen *s, uint64_t sent);

#endif
