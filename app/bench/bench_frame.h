/* SPDX-License-Identifier: BSD-3-Clause */
/* Numbered, time-stamped frames, and what became of them. */
#ifndef BENCH_BENCH_FRAME_H
#define BENCH_BENCH_FRAME_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_byteorder.h>
#include <rte_ether.h>

#include "bench_hist.h"

#define BENCH_ETHERTYPE	  0x88b5 /* IEEE 802: local experiments; no kernel answers it */
#define BENCH_FRAME_MIN	  60	 /* bytes without FCS; all lengths here are */
#define BENCH_FRAME_MAX	  1514
#define BENCH_MAX_PORTS	  16
#define BENCH_MAX_QUEUES  4
#define BENCH_MAX_STREAMS (BENCH_MAX_PORTS * BENCH_MAX_QUEUES)
#define BENCH_WINDOW	  4096u /* how late a frame may be and still be told from a duplicate */

/** The first bytes of each frame. */
struct bench_frame {
	struct rte_ether_hdr eth;
	rte_be16_t stream;
	rte_be32_t magic;  /* this process and this trial: frames of before do not count */
	rte_be64_t number; /* of its stream, from 0 */
	uint64_t sent_at;  /* TSC; 0: not to be timed */
} __attribute__((packed, aligned(2)));

/** What one receiver saw of one stream. */
struct bench_seen {
	uint64_t next; /* one more than the greatest number seen */
	uint64_t received, duplicates, reordered;
	uint64_t window[BENCH_WINDOW / 64]; /* seen, of the last BENCH_WINDOW numbers */
};

/** Fill a frame buffer of len bytes with what stays the same: addresses, and a pattern behind them. */
void bench_frame_fill(uint8_t *frame, uint16_t len);

/** Whether the pattern is there from the header up to len. whole: all of it, else its end only. */
bool bench_frame_intact(const uint8_t *frame, uint16_t len, bool whole);

/** Note frame number of a stream. */
void bench_seen_note(struct bench_seen *s, uint64_t number);

/** Give up what did not come yet: all numbers below next are lost, unless they come late. */
void bench_seen_skip(struct bench_seen *s, uint64_t next);

/** How many of the first sent frames never came. */
uint64_t bench_seen_lost(const struct bench_seen *s, uint64_t sent);

#endif
