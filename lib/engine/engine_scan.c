/* SPDX-License-Identifier: BSD-3-Clause */
/* Looking at what is active each time, and at what is idle in turn. */
#include "engine_scan.h"

#include <stdlib.h>

#include <rte_branch_prediction.h>

#include "engine_plan.h"

struct engine_scan *
engine_scan_create(uint32_t n)
{
	struct engine_scan *s = calloc(1, sizeof(*s));
	uint32_t i;

	if (s == NULL)
		return NULL;
	s->order = calloc(n + 1, sizeof(*s->order)); /* not 0 bytes */
	s->empty = calloc(n + 1, sizeof(*s->empty));
	if (s->order == NULL || s->empty == NULL) {
		engine_scan_destroy(s);
		return NULL;
	}
	for (i = 0; i < n; i++)
		s->order[i] = i;
	s->n = s->n_active = n;
	return s;
}

void
engine_scan_destroy(struct engine_scan *s)
{
	if (s == NULL)
		return;
	free(s->order);
	free(s->empty);
	free(s);
}

static inline uint16_t
engine_scan_look(const struct engine_plan *plan, uint32_t at)
{
	const struct engine_output *out;

	if (likely(at < plan->n_inputs))
		return hub_poll(&plan->input[at]);
	out = &plan->output[at - plan->n_inputs];
	return hub_drain(out->member, out->queue);
}

static inline void
engine_scan_swap(struct engine_scan *s, uint32_t a, uint32_t b)
{
	uint32_t at = s->order[a];

	s->order[a] = s->order[b];
	s->order[b] = at;
}

/* Look at the idle one whose turn it is; there is one. */
static uint32_t
engine_scan_idle(const struct engine_plan *plan, struct engine_scan *s)
{
	uint32_t frames, at;

	if (s->next < s->n_active || s->next >= s->n)
		s->next = s->n_active;
	at = s->next++;
	frames = engine_scan_look(plan, s->order[at]);
	if (unlikely(frames > 0)) {
		s->empty[s->order[at]] = 0;
		engine_scan_swap(s, at, s->n_active++);
	}
	return frames;
}

uint32_t
engine_scan_round(const struct engine_plan *plan)
{
	struct engine_scan *s = plan->scan;
	uint32_t frames = 0, i = 0, turn;

	while (i < s->n_active) {
		uint32_t at = s->order[i], n = engine_scan_look(plan, at);

		frames += n;
		if (n > 0) {
			s->empty[at] = 0;
			i++;
		} else if (likely(++s->empty[at] < ENGINE_ACTIVE_LOOKS)) {
			i++;
		} else {
			engine_scan_swap(s, i, --s->n_active);
		}
	}
	turn = (s->n - s->n_active + ENGINE_IDLE_TURN - 1) / ENGINE_IDLE_TURN;
	for (; turn > 0 && s->n_active < s->n; turn--)
		frames += engine_scan_idle(plan, s);
	return frames;
}

uint32_t
engine_scan_all(const struct engine_plan *plan)
{
	struct engine_scan *s = plan->scan;
	uint32_t frames = 0, i;

	for (i = 0; i < s->n; i++) {
		uint32_t n = engine_scan_look(plan, s->order[i]);

		if (n == 0)
			continue;
		frames += n;
		s->empty[s->order[i]] = 0;
		if (i >= s->n_active)
			engine_scan_swap(s, i, s->n_active++);
	}
	return frames;
}
