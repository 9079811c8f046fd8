/* SPDX-License-Identifier: BSD-3-Clause */
/* An lcore without work: pause, sleep for a moment, wait for somebody to wake it. */
#ifndef ENGINE_ENGINE_IDLE_H
#define ENGINE_ENGINE_IDLE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub_wake.h"

struct engine_conf;
struct engine_plan;

/** How long an lcore polls on after the last frame before it sleeps; microseconds. */
#define ENGINE_SPIN_US 50
/** First and longest sleep while something can only be polled; microseconds. */
#define ENGINE_NAP_FIRST_US 10
#define ENGINE_NAP_MAX_US   75
/** The same when whatever brings work wakes us: only in case that one does not. */
#define ENGINE_WAIT_FIRST_US 1000
#define ENGINE_WAIT_MAX_US   16000

/** The idle state of one lcore. D, but for what is said. */
struct engine_idle {
	struct hub_wake wake;	/* any thread, see there; fd -1 with idle=poll */
	int epoll;		/* all that wakes this lcore; const, -1 with idle=poll */
	uint32_t wait_first_us; /* const */
	uint32_t wait_max_us;	/* const */
	bool slack_set;		/* the kernel was told to be exact */
	bool can_wait;		/* in the last sleep everything could wake us */
	uint64_t since;		/* TSC of the first empty round; 0: the last one moved frames */
	uint32_t sleep_us;	/* the last sleep's limit; 0: none since the last frame */
	unsigned int rounds;	/* empty ones since the CPU was offered to others */
	uint32_t first_arm;	/* input to begin with: the last that could not be armed */
	uint64_t sleeps;	/* D writes, any reads: times it slept */
	uint64_t wakes;		/* likewise: of these, ended by somebody */
	uint64_t asleep;	/* likewise: TSC cycles */
	uint64_t started;	/* likewise: TSC when it began to poll; 0: not yet */
};

/** @return 0; -errno: no descriptor. Thread: M, before the lcore runs. */
int engine_idle_init(struct engine_idle *idle, const struct engine_conf *conf);
void engine_idle_fini(struct engine_idle *idle);

/** Let the ports of a member's queue wake this lcore, or no longer. Thread: M, any time.
 * @return 0; -errno. */
int engine_idle_watch(struct engine_idle *idle, int fd);
void engine_idle_unwatch(struct engine_idle *idle, int fd);

/** The last round moved frames. */
static inline void
engine_idle_busy(struct engine_idle *idle)
{
	idle->since = 0;
	idle->rounds = 0;
	idle->sleep_us = 0;
}

/** The last round moved none. @return whether it is time to sleep. */
bool engine_idle_empty(struct engine_idle *idle);

/**
 * Before a sleep: ask all inputs to wake us.
 * @return 0; -ENOTSUP: not all can, and none was asked; -EBUSY: do not sleep. After 0
 *         engine_idle_disarm() must follow, by the same plan.
 */
int engine_idle_arm(struct engine_idle *idle, const struct engine_plan *plan);
void engine_idle_disarm(const struct engine_plan *plan);

/** Whether frames wait in a ring although it was looked at. */
bool engine_idle_is_backed_up(const struct engine_plan *plan);

/** Sleep until somebody wakes us, or for a while: longer from sleep to sleep. */
void engine_idle_sleep(struct engine_idle *idle, bool can_wait);

#endif
