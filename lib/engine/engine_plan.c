/* SPDX-License-Identifier: BSD-3-Clause */
/* Building plans. */
#include "engine_plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <rte_ring.h>

#include "engine_scan.h"
#include "hub/hub_rules.h"

#define ENGINE_RING_SIZE 1024 /* frames waiting for another lcore */

void
engine_plan_free(struct engine_plan *plan)
{
	uint32_t i;

	if (plan == NULL)
		return;
	for (i = 0; i < plan->n_inputs; i++) {
		free(plan->input[i].target);
		hub_rules_destroy(plan->input[i].rules);
	}
	free(plan->input);
	free(plan->output);
	engine_scan_destroy(plan->scan);
	free(plan);
}

/* The ring by which other lcores reach queue q of m. It stays for the member's life. */
static int
engine_need_ring(struct hub_member *m, uint16_t q)
{
	char name[RTE_RING_NAMESIZE];

	if (m->ring[q] != NULL)
		return 0;
	snprintf(name, sizeof(name), "hub_p%u_q%u", m->port_id, q);
	m->ring[q] = rte_ring_create(name, ENGINE_RING_SIZE, SOCKET_ID_ANY, RING_F_SC_DEQ);
	return m->ring[q] == NULL ? -ENOMEM : 0;
}

static int
engine_add_output(struct engine_plan *plan, struct hub_member *m, uint16_t q)
{
	struct engine_output *output;

	output = realloc(plan->output, (plan->n_outputs + 1) * sizeof(*output));
	if (output == NULL)
		return -ENOMEM;
	output[plan->n_outputs++] = (struct engine_output){ m, q };
	plan->output = output;
	return 0;
}

/* Rings to all queues of a member that chooses among them itself, where another lcore has them. */
static int
engine_need_rings(struct hub_member *to, unsigned int lcore)
{
	uint16_t q;

	for (q = 0; q < to->n_queues; q++)
		if ((to->lcore[q] != lcore || to->conf.block) && engine_need_ring(to, q) < 0)
			return -ENOMEM;
	return 0;
}

/* Everywhere else in the hub, each on the queue that belongs to q. */
static int
engine_add_targets(const struct hub *hub, struct hub_input *in)
{
	uint16_t i;

	in->target = calloc(hub->n, sizeof(*in->target));
	if (in->target == NULL)
		return -ENOMEM;
	for (i = 0; i < hub->n; i++) {
		struct hub_member *to = hub->member[i];
		uint16_t q;
		bool direct;

		if (to == in->from || to->n_queues == 0)
			continue;
		q = in->queue % to->n_queues;
		/* What waits for a blocking member waits in its ring. */
		direct = to->lcore[q] == in->from->lcore[in->queue] && !to->conf.block;
		in->target[in->n_targets++] = (struct hub_target){ to, q, direct };
		if (!direct && engine_need_ring(to, q) < 0)
			return -ENOMEM;
		if (to->select != NULL && engine_need_rings(to, in->from->lcore[in->queue]) < 0)
			return -ENOMEM;
	}
	return hub_rules_create(hub, in);
}

static int
engine_add_input(struct engine_plan *plan, const struct hub *hub, struct hub_member *m, uint16_t q)
{
	struct hub_input *input;

	input = realloc(plan->input, (plan->n_inputs + 1) * sizeof(*input));
	if (input == NULL)
		return -ENOMEM;
	plan->input = input;
	input[plan->n_inputs] = (struct hub_input){ .from = m, .queue = q };
	return engine_add_targets(hub, &input[plan->n_inputs++]);
}

static int
engine_plan_hub(struct hub *hub, struct engine_plan **plan)
{
	int ret = hub_rules_prepare(hub);
	uint16_t i, q;

	for (i = 0; i < hub->n && ret == 0; i++) {
		struct hub_member *m = hub->member[i];

		for (q = 0; q < m->n_queues && ret == 0; q++)
			ret = engine_add_input(plan[m->lcore[q]], hub, m, q);
	}
	/* Rings are known now; their owners drain them. */
	for (i = 0; i < hub->n && ret == 0; i++) {
		struct hub_member *m = hub->member[i];

		for (q = 0; q < m->n_queues && ret == 0; q++)
			if (m->ring[q] != NULL)
				ret = engine_add_output(plan[m->lcore[q]], m, q);
	}
	return ret;
}

int
engine_plan_build(struct hub **hubs, unsigned int n_hubs, unsigned int n_lcores,
	struct engine_plan **plan)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n_lcores; i++) {
		plan[i] = calloc(1, sizeof(*plan[i]));
		if (plan[i] == NULL)
			ret = -ENOMEM;
	}
	for (i = 0; i < n_hubs && ret == 0; i++)
		ret = engine_plan_hub(hubs[i], plan);
	for (i = 0; i < n_lcores && ret == 0; i++) {
		plan[i]->scan = engine_scan_create(plan[i]->n_inputs + plan[i]->n_outputs);
		if (plan[i]->scan == NULL)
			ret = -ENOMEM;
	}
	if (ret < 0) {
		for (i = 0; i < n_lcores; i++) {
			engine_plan_free(plan[i]);
			plan[i] = NULL;
		}
	}
	return ret;
}
