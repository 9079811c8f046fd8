/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator: one trial of traffic through a side, and what came of it. */
#ifndef BENCH_BENCH_TRAFFIC_H
#define BENCH_BENCH_TRAFFIC_H

#include <stdbool.h>
#include <stdint.h>

#include "bench_case.h"
#include "bench_frame.h"
#include "bench_side.h"

struct rte_mempool;

#define BENCH_MAX_BURST 64

/** The form of the traffic; the same for all trials of a case. */
struct bench_traffic {
	struct bench_side *side;
	struct rte_mempool
		*pool; /* of what is sent; each buffer was filled by bench_frame_fill() */
	enum bench_traffic_kind kind;
	uint16_t len;	 /* of a frame without FCS */
	uint16_t mss;	 /* of TCP frames that go uncut; 0: other frames */
	uint16_t burst;	 /* frames in one call, at most BENCH_MAX_BURST */
	uint32_t window; /* frames on their way to one port, at most */
	bool whole;	 /* look at each byte of each frame */
};

/** One trial. */
struct bench_trial {
	double seconds;
	double rate; /* frames per second offered by all streams together; 0: as the window allows */
	uint32_t window; /* 0: that of the traffic */
	bool one_stream; /* only the first stream sends */
	bool timed;	 /* time each frame */
};

struct bench_result {
	double seconds;		/* that frames were counted */
	uint64_t offered, sent; /* frames that were due; that the ports took */
	uint64_t expected;	/* receptions of all that was sent */
	uint64_t received;	/* and those that came, late ones too */
	uint64_t in_time;	/* until the seconds were over */
	uint64_t lost, duplicates, reordered, corrupt;
	uint64_t stray;		/* came where they should not */
	double fairness;	/* of receptions by the streams, least over most */
	double cpu;		/* CPU seconds per second of what is under test */
	double own_cpu;		/* and of this thread */
	double idle;		/* share of time that the generator found nothing to do */
	struct bench_hist hist; /* TSC cycles on the way */
};

/**
 * Run one trial. Frames of an earlier trial do not count. *stop ends it early (another thread's or a
 * signal's). @return 0; -ENOMEM; -EINTR.
 */
int bench_traffic_run(const struct bench_traffic *t, const struct bench_trial *trial,
	const int *stop, struct bench_result *r);

/** The share of what was offered that did not arrive: lost on the way, or not taken by the port. */
double bench_traffic_loss(const struct bench_result *r);

/** Wait until frames pass on all ways. @return 0; -ETIMEDOUT, -ENOMEM, -EINTR. */
int bench_traffic_wait(const struct bench_traffic *t, double seconds, const int *stop);

#endif
