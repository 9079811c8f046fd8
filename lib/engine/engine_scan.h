/* SPDX-License-Identifier: BSD-3-Clause */
/* Which inputs and outputs of a plan are looked at in a round: idle ones less often. */
#ifndef ENGINE_ENGINE_SCAN_H
#define ENGINE_ENGINE_SCAN_H

#include <stdint.h>

struct engine_plan;

/** Empty looks in a row after which something is idle; less than a byte holds. */
#define ENGINE_ACTIVE_LOOKS 128
/** Rounds within which each idle one is looked at once, however many there are. */
#define ENGINE_IDLE_TURN 512

/**
 * A permutation of all inputs (0 ...) and outputs (n_inputs ...) of a plan. The active ones come first and are
 * looked at in each round; of the others a few are, in turn. A frame makes one active. D only.
 */
struct engine_scan {
	uint32_t n;
	uint32_t n_active;
	uint32_t next;	 /* place in order[] of the idle one whose turn it is */
	uint32_t *order; /* n of them */
	uint8_t *empty;	 /* by number: empty looks in a row */
};

/** All active. @return NULL: no memory. Thread: M. */
struct engine_scan *engine_scan_create(uint32_t n);

/** NULL is fine. Thread: M. */
void engine_scan_destroy(struct engine_scan *s);

/** A round. @return frames moved. Thread: D of the plan. */
uint32_t engine_scan_round(const struct engine_plan *plan);

/** A round over everything, idle or not. @return frames moved. Thread: D of the plan. */
uint32_t engine_scan_all(const struct engine_plan *plan);

#endif
