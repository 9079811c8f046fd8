/* SPDX-License-Identifier: BSD-3-Clause */
/* The rules of inputs, as M makes them. */
#include "hub_rules.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>

#include "hub_policy.h"

void
hub_rules_limit(const struct hub_conf *conf, struct hub_fdb_limit *limit)
{
	uint64_t hz = rte_get_tsc_hz();

	*limit = (struct hub_fdb_limit){
		.ageing = (uint32_t)((hz * conf->ageing) >> HUB_TICK_SHIFT),
		.second = (uint32_t)(hz >> HUB_TICK_SHIFT),
		.max = conf->max_macs,
	};
}

/* Addresses are learnt by a switch, and to see loops. */
static bool
hub_learns(const struct hub_conf *conf)
{
	return conf->mode == HUB_MODE_SWITCH || hub_conf_loop(conf) != HUB_LOOP_OFF;
}

int
hub_rules_prepare(struct hub *hub)
{
	uint16_t i;

	if (hub_learns(&hub->conf) && hub->fdb == NULL) {
		hub->fdb = hub_fdb_create();
		if (hub->fdb == NULL)
			return -ENOMEM;
	}
	if (hub_conf_loop(&hub->conf) != HUB_LOOP_OFF && hub->loop == NULL) {
		hub->loop = hub_loop_log_create(hub->name);
		if (hub->loop == NULL)
			return -ENOMEM;
	}
	for (i = 0; i < hub->n; i++)
		__atomic_store_n(&hub->member[i]->fdb, hub->fdb, __ATOMIC_RELEASE);
	return 0;
}

static bool
hub_has_vlans(const struct hub_port_conf *c)
{
	return c->access != 0 || c->native != 0 || c->has_trunk;
}

int
hub_rules_create(const struct hub *hub, struct hub_input *in)
{
	bool vlans = hub_has_vlans(&in->from->conf), waits = false;
	struct hub_rules *r;
	uint16_t i;

	for (i = 0; i < in->n_targets; i++) {
		vlans |= hub_has_vlans(&in->target[i].to->conf);
		waits |= in->target[i].to->conf.block;
	}
	in->rules = NULL;
	if (hub_conf_is_plain(&hub->conf) && !vlans && !waits)
		return 0;
	r = calloc(1, sizeof(*r));
	if (r == NULL)
		return -ENOMEM;
	r->is_switch = hub->conf.mode == HUB_MODE_SWITCH;
	r->vlans = vlans;
	r->waits = waits;
	r->loop = hub_conf_loop(&hub->conf);
	r->storm = hub->conf.storm;
	r->fdb = hub_learns(&hub->conf) ? hub->fdb : NULL;
	r->log = r->loop != HUB_LOOP_OFF ? hub->loop : NULL;
	hub_rules_limit(&hub->conf, &r->limit);
	memset(r->target, HUB_NO_TARGET, sizeof(r->target));
	for (i = 0; i < in->n_targets; i++)
		r->target[in->target[i].to->index] = (uint8_t)i;
	in->rules = r;
	return 0;
}

void
hub_rules_destroy(struct hub_rules *rules)
{
	free(rules);
}
