/* SPDX-License-Identifier: BSD-3-Clause */
/* Hot loops on fixed input, for counting their instructions (usertools/perf-budget.py). */
#ifndef TEST_BENCH_PERF_H
#define TEST_BENCH_PERF_H

#include <stdbool.h>
#include <stdint.h>

#include "gmem/gmem.h"

struct nic;
struct rte_mbuf;

#define PERF_MAX_BURST 32
/* Guest memory: rings in the first part, then a buffer for each descriptor of either ring. */
#define PERF_GPA       0x100000u
#define PERF_RING(idx) (PERF_GPA + 0x10000u * (idx))
#define PERF_DATA      (PERF_GPA + 0x100000u)
#define PERF_BUF_LEN   2048u /* bytes */
#define PERF_MEM_LEN   0x500000u
#define PERF_DESCS     256u /* of rings whose size is free */

/** Fixed conditions of one count. */
struct perf_case {
	uint16_t burst;	    /* frames */
	uint16_t frame_len; /* bytes, without CRC */
};

/** One loop: each op returns false when something is not as it should be. */
struct perf_loop {
	const char *name;
	void *(*open)(const struct perf_case *c); /* NULL: failed */
	bool (*prepare)(void *ctx);		  /* the guests' and the ports' half; not counted */
	uint16_t (*run)(void *ctx);		  /* counted; @return frames */
	bool (*finish)(void *ctx);		  /* look at the outcome, clean up; not counted */
	void (*close)(void *ctx);
};

extern const struct perf_loop perf_virtio_loops[];
extern const unsigned int perf_n_virtio_loops;
extern const struct perf_loop perf_card_loops[];
extern const unsigned int perf_n_card_loops;
extern const struct perf_loop perf_hub_loops[];
extern const unsigned int perf_n_hub_loops;

extern struct rte_mempool *perf_pool;

/** The guest's memory byte gpa. */
static inline void *
perf_at(uint8_t *hva, uint64_t gpa)
{
	return hva + (gpa - PERF_GPA);
}

/** Where the buffer of descriptor i of ring idx (0 or 1) is. */
static inline uint64_t
perf_buf(unsigned int idx, unsigned int i)
{
	return PERF_DATA + ((uint64_t)idx * PERF_DESCS + i) * PERF_BUF_LEN;
}

/** Fill a frame: to dst's locally administered address number to, pattern behind. */
void perf_frame(uint8_t *frame, uint16_t len, uint8_t to);

/** n fresh mbufs with such frames. */
bool perf_mbufs(struct rte_mbuf **pkts, uint16_t n, uint16_t len);

/** Whether [p, p + len) is what perf_frame() wrote. */
bool perf_is_frame(const uint8_t *p, uint16_t len);

#endif
