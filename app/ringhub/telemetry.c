/* SPDX-License-Identifier: BSD-3-Clause */
/* /ringhub/... on DPDK's telemetry socket. Runs on the telemetry thread, under the lock. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_telemetry.h>

#include "backend.h"
#include "hub/hub_fdb.h"
#include "hub/hub_policy.h"
#include "net/guest/pmd_guest.h"
#include "ringhub.h"
#include "tel_list.h"

/* Entries of one answer: so many that 16 KiB hold them at their longest. */
enum { PORTS = 24, PORT_COUNTS = 96, HUBS = 32, HUB_MEMBERS = 24, GUESTS = 24 };

static struct ringhub *telemetry_rh; /* rte_telemetry passes no context (22.11) */

const char *
rh_stat_reason(const char *xstat)
{
	const char *reason = pmd_guest_stat_reason(xstat);

	return reason != NULL ? reason : backend_stat_reason(xstat);
}

/* A counter, and once it has counted something, why. */
static void
telemetry_count(struct tel_list *parts, struct rte_tel_data *to, const char *name, uint64_t value,
	const char *reason)
{
	struct rte_tel_data *d = tel_list_has(parts, NULL) ? rte_tel_data_alloc() : NULL;

	if (d == NULL)
		return;
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "count", value);
	if (reason != NULL && value > 0)
		rte_tel_data_add_dict_string(d, "reason", reason);
	if (rte_tel_data_add_dict_container(to, name, d, 0) < 0)
		rte_tel_data_free(d);
}

static void
telemetry_xstats(struct tel_list *parts, struct rte_tel_data *to, uint16_t port_id)
{
	int i, n = rte_eth_xstats_get_names(port_id, NULL, 0);
	struct rte_eth_xstat_name *names = calloc((size_t)RTE_MAX(n, 1), sizeof(*names));
	struct rte_eth_xstat *values = calloc((size_t)RTE_MAX(n, 1), sizeof(*values));

	if (names != NULL && values != NULL && n > 0 &&
		rte_eth_xstats_get_names(port_id, names, (unsigned int)n) == n &&
		rte_eth_xstats_get(port_id, values, (unsigned int)n) == n)
		for (i = 0; i < n; i++)
			telemetry_count(parts, to, names[i].name, values[i].value,
				rh_stat_reason(names[i].name));
	free(names);
	free(values);
}

static void
telemetry_port_counts(struct tel_list *parts, struct rte_tel_data *d, const struct rh_port *p)
{
	unsigned int k;

	telemetry_xstats(parts, d, p->port_id);
	for (k = 0; p->member != NULL && k < HUB_N_STATS; k++)
		telemetry_count(parts, d, hub_stats[k].name,
			hub_member_stat(p->member, &hub_stats[k]), hub_stats[k].reason);
	tel_list_end(parts, d);
}

static void
telemetry_one_port(const struct tel_list *list, struct rte_tel_data *d, const struct rh_port *p)
{
	struct tel_list parts;

	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "type", p->type);
	rte_tel_data_add_dict_string(d, "hub", p->hub != NULL ? p->hub->name : "");
	if (p->port_id == RH_NO_PORT)
		return;
	rte_tel_data_add_dict_u64(d, "port", p->port_id);
	rte_tel_data_add_dict_u64(d, "mbufs_in_use", rte_mempool_in_use_count(p->pool));
	if (list->id[0] == '\0')
		return;
	tel_list_parts(&parts, list, PORT_COUNTS);
	telemetry_port_counts(&parts, d, p);
}

static int
telemetry_ports(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct tel_list list;
	struct rh_port *p;

	if (tel_list_start(&list, params, PORTS) < 0)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&telemetry_rh->lock);
	TAILQ_FOREACH(p, &telemetry_rh->ports, next) {
		struct rte_tel_data *one = tel_list_has(&list, p->id) ? rte_tel_data_alloc() : NULL;

		if (one == NULL)
			continue;
		telemetry_one_port(&list, one, p);
		tel_list_add(&list, d, p->id, one);
	}
	pthread_mutex_unlock(&telemetry_rh->lock);
	return tel_list_end(&list, d);
}

static void
telemetry_one_member(struct rte_tel_data *d, const struct hub *hub, const struct hub_member *m)
{
	char text[OPT_LEN];
	unsigned int k;

	hub_port_conf_print(&m->conf, text, sizeof(text));
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "options", text);
	rte_tel_data_add_dict_u64(d, "macs",
		hub->fdb != NULL ? hub_fdb_count(hub->fdb, (uint8_t)m->index) : 0);
	for (k = 0; k < HUB_N_STATS; k++)
		rte_tel_data_add_dict_u64(d, hub_stats[k].name, hub_member_stat(m, &hub_stats[k]));
}

static void
telemetry_members(struct tel_list *parts, struct rte_tel_data *d, const struct hub *hub)
{
	struct rte_tel_data *members = rte_tel_data_alloc(), *one;
	uint16_t i;

	if (members == NULL)
		return;
	rte_tel_data_start_dict(members);
	for (i = 0; i < hub->n; i++) {
		one = tel_list_has(parts, hub->member[i]->name) ? rte_tel_data_alloc() : NULL;
		if (one == NULL)
			continue;
		telemetry_one_member(one, hub, hub->member[i]);
		tel_list_add(parts, members, hub->member[i]->name, one);
	}
	if (rte_tel_data_add_dict_container(d, "members", members, 0) < 0)
		rte_tel_data_free(members);
	tel_list_end(parts, d);
}

static void
telemetry_one_hub(const struct tel_list *list, struct rte_tel_data *d, const struct hub *hub)
{
	struct tel_list parts;
	char text[OPT_LEN];

	hub_conf_print(&hub->conf, text, sizeof(text));
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "mode",
		hub->conf.mode == HUB_MODE_SWITCH ? "switch" : "hub");
	rte_tel_data_add_dict_string(d, "options", text);
	rte_tel_data_add_dict_u64(d, "loops", hub_loop_count(hub->loop));
	rte_tel_data_add_dict_u64(d, "ports", hub->n);
	if (list->id[0] == '\0')
		return;
	tel_list_parts(&parts, list, HUB_MEMBERS);
	telemetry_members(&parts, d, hub);
}

static int
telemetry_hubs(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct tel_list list;
	struct rh_hub *h;

	if (tel_list_start(&list, params, HUBS) < 0)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&telemetry_rh->lock);
	TAILQ_FOREACH(h, &telemetry_rh->hubs, next) {
		struct rte_tel_data *one =
			tel_list_has(&list, h->hub->name) ? rte_tel_data_alloc() : NULL;

		if (one == NULL)
			continue;
		telemetry_one_hub(&list, one, h->hub);
		tel_list_add(&list, d, h->hub->name, one);
	}
	pthread_mutex_unlock(&telemetry_rh->lock);
	return tel_list_end(&list, d);
}

static void
telemetry_one_guest(struct rte_tel_data *d, const struct pmd_guest_info *g)
{
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "model", g->model);
	rte_tel_data_add_dict_string(d, "transport", g->transport);
	rte_tel_data_add_dict_string(d, "state", g->state);
	rte_tel_data_add_dict_string(d, "path", g->path);
	rte_tel_data_add_dict_u64(d, "features", g->features);
	rte_tel_data_add_dict_u64(d, "queue_pairs", g->queues);
	rte_tel_data_add_dict_u64(d, "queue_pairs_up", g->queues_up);
	rte_tel_data_add_dict_u64(d, "connects", g->connects);
	rte_tel_data_add_dict_u64(d, "disconnects", g->disconnects);
	rte_tel_data_add_dict_u64(d, "memory_bytes", g->memory_bytes);
}

static int
telemetry_guests(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct pmd_guest_info g;
	struct tel_list list;
	struct rh_port *p;

	if (tel_list_start(&list, params, GUESTS) < 0)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&telemetry_rh->lock);
	TAILQ_FOREACH(p, &telemetry_rh->ports, next) {
		struct rte_tel_data *one;

		if (p->kind != CONF_DEVICE || pmd_guest_info(p->port_id, &g) < 0)
			continue;
		one = tel_list_has(&list, p->id) ? rte_tel_data_alloc() : NULL;
		if (one == NULL)
			continue;
		telemetry_one_guest(one, &g);
		tel_list_add(&list, d, p->id, one);
	}
	pthread_mutex_unlock(&telemetry_rh->lock);
	return tel_list_end(&list, d);
}

static void
telemetry_one_lcore(struct rte_tel_data *d, const struct engine_lcore_info *l)
{
	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_u64(d, "queues", l->inputs);
	rte_tel_data_add_dict_u64(d, "active", l->active);
	rte_tel_data_add_dict_u64(d, "polls", l->polls);
	rte_tel_data_add_dict_u64(d, "busy_polls", l->busy_polls);
	rte_tel_data_add_dict_u64(d, "sleeps", l->sleeps);
	rte_tel_data_add_dict_u64(d, "wakes", l->wakes);
	rte_tel_data_add_dict_u64(d, "asleep_us", l->asleep_us);
	rte_tel_data_add_dict_u64(d, "life_us", l->life_us);
}

static int
telemetry_lcores(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct engine_lcore_info info;
	char name[16];
	unsigned int i;

	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&telemetry_rh->lock);
	/* The engine ends before this thread does. */
	for (i = 0;
		telemetry_rh->engine != NULL && engine_lcore_info(telemetry_rh->engine, i, &info);
		i++) {
		struct rte_tel_data *one = rte_tel_data_alloc();

		if (one == NULL)
			break;
		telemetry_one_lcore(one, &info);
		snprintf(name, sizeof(name), "%u", info.lcore_id);
		rte_tel_data_add_dict_container(d, name, one, 0);
	}
	pthread_mutex_unlock(&telemetry_rh->lock);
	return 0;
}

int
rh_telemetry_init(struct ringhub *rh)
{
	telemetry_rh = rh;
	rte_telemetry_register_cmd("/ringhub/ports", telemetry_ports,
		"All ports, from number FIRST on; with ID its counters and their reasons. "
		"Parameters: [FIRST | ID[,FIRST]]");
	rte_telemetry_register_cmd("/ringhub/hubs", telemetry_hubs,
		"All hubs and how they forward; with NAME its members' counters. Parameters: "
		"[FIRST | NAME[,FIRST]]");
	rte_telemetry_register_cmd("/ringhub/guests", telemetry_guests,
		"State of every guest, or of that on ID. Parameters: [FIRST | ID]");
	rte_telemetry_register_cmd("/ringhub/lcores", telemetry_lcores,
		"What each polling lcore did, and how long it slept. Takes no parameters");
	return 0;
}
