/* SPDX-License-Identifier: BSD-3-Clause */
/* Limits of a member: how long others wait for it, how much it may flood, whether it closes a loop. */
#ifndef HUB_HUB_POLICY_H
#define HUB_HUB_POLICY_H

#include <stdbool.h>
#include <stdint.h>

#include "hub.h"
#include "hub_fdb.h"

#define HUB_WAIT_MS	   10 /* policy=block: longest wait of a source at a time */
#define HUB_LOOP_MOVES	   10 /* moves of an address within a second that make a loop */
#define HUB_LOOP_BLOCK_S   30 /* how long loop=block keeps a member off */
#define HUB_LOOP_SILENCE_S 60 /* between two messages about loops of a hub */

/**
 * policy=block: whether the input is to be left alone for now, as a target that blocks has no room. Not
 * longer than HUB_WAIT_MS; then frames for that target are lost until it has room again.
 * Thread: D of in.
 */
bool hub_must_wait(const struct hub_input *in);

/** hub_drain() for a member with policy=block: what its port does not take stays. Thread: D. */
uint16_t hub_drain_blocking(struct hub_member *m, uint16_t q);

/**
 * Ask for n frames of the member's flooding allowance, which is pps frames at once and pps frames a
 * second from then on. @return how many may pass. Thread: D, any.
 */
uint16_t hub_storm_take(struct hub_member *m, uint32_t pps, uint64_t now, uint16_t n);

/** Whether loop=block keeps the member off. Thread: any. */
static inline bool
hub_loop_blocks(const struct hub_member *m, uint64_t now)
{
	uint64_t until = __atomic_load_n(&m->loop_until, __ATOMIC_RELAXED);

	return until != 0 && (int64_t)(until - now) > 0;
}

/** What D found, until M has logged it, as D must not; loops found so far. */
struct hub_loop_log;

/** @param hub  its name, for messages. @return NULL and rte_errno ENOMEM. Thread: M. */
struct hub_loop_log *hub_loop_log_create(const char *hub);

/** Thread: M. */
void hub_loop_log_destroy(struct hub_loop_log *log);

/** Log a loop that was found since the last time, if any; NULL is fine. Thread: M, now and then. */
void hub_loop_report(struct hub_loop_log *log);

/** Loops found since the start. Thread: any. */
uint64_t hub_loop_count(const struct hub_loop_log *log);

/**
 * An address moves too fast between members: note it, and with block keep the culprit off for a while.
 * @param key  hub_fdb_key()
 * Thread: D.
 */
void hub_loop_found(struct hub_loop_log *log, struct hub_member *culprit, uint64_t key,
	uint64_t now, bool block);

#endif
