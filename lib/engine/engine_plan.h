/* SPDX-License-Identifier: BSD-3-Clause */
/* A plan: what one lcore polls. Built whole by M, immutable but for its scan, replaced by pointer. */
#ifndef ENGINE_ENGINE_PLAN_H
#define ENGINE_ENGINE_PLAN_H

#include <stdint.h>

#include "hub/hub.h"

struct engine_scan;

/** A queue that other lcores send to. */
struct engine_output {
	struct hub_member *member;
	uint16_t queue;
};

struct engine_plan {
	uint32_t n_inputs;
	uint32_t n_outputs;
	struct hub_input *input;
	struct engine_output *output;
	struct engine_scan *scan; /* the one thing in it that changes; D only */
};

/**
 * Build the plans of n_lcores lcores for all hubs, and make the rings they need.
 * @param plan  out: n_lcores plans
 * @return 0; -ENOMEM (no plan made). Thread: M.
 */
int engine_plan_build(struct hub **hubs, unsigned int n_hubs, unsigned int n_lcores,
	struct engine_plan **plan);

/** Free a plan that no lcore reads; NULL is fine. Thread: M. */
void engine_plan_free(struct engine_plan *plan);

#endif
