/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands about hubs. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ether.h>

#include "conf_hub.h"
#include "console.h"
#include "hub/hub_policy.h"
#include "hub/hub_rules.h"

/* The hub that a word names by its number. */
static struct hub *
cmd_hub_of(const struct cmd_args *a)
{
	struct hub *hub = rh_find_hub(a->rh, conf_hub_id(a->arg[0]));

	if (hub == NULL)
		cmd_error(a, "hub '%s' not found: give the hubid of its ports", a->arg[0]);
	return hub;
}

static void
cmd_do_hub_set(const struct cmd_args *a)
{
	int32_t id = conf_hub_id(a->arg[0]);
	const struct hub *hub = rh_find_hub(a->rh, id);
	char why[OPT_LEN];
	struct hub_conf conf;
	int ret;

	if (id < 0) {
		cmd_error(a, "hub '%s': must be a number", a->arg[0]);
		return;
	}
	/* One that has no ports yet may be told in advance, as with -hub. */
	hub_conf_init(&conf);
	if (hub != NULL)
		conf = hub->conf;
	if (conf_hub_parse(a->arg[1], &id, &conf, why) < 0) {
		cmd_error(a, "%s", why);
		return;
	}
	ret = rh_set_hub(a->rh, id, &conf);
	if (ret < 0)
		cmd_error(a, "hub %d: %s", id, strerror(-ret));
}

static void
cmd_show_member(const struct cmd_args *a, const struct hub *hub, const struct hub_member *m)
{
	uint64_t now = rte_rdtsc();
	char text[OPT_LEN];
	unsigned int k;

	hub_port_conf_print(&m->conf, text, sizeof(text));
	fprintf(a->out, "  %s%s%s%s:", m->name, *text != '\0' ? " (" : "", text,
		*text != '\0' ? ")" : "");
	if (__atomic_load_n(&m->down, __ATOMIC_RELAXED) != 0)
		fprintf(a->out, " link off,");
	if (hub_loop_blocks(m, now))
		fprintf(a->out, " blocked by loop=block for %" PRIu64 " s,",
			(m->loop_until - now) / rte_get_tsc_hz() + 1);
	if (hub->fdb != NULL)
		fprintf(a->out, " macs %u,", hub_fdb_count(hub->fdb, (uint8_t)m->index));
	for (k = 0; k < HUB_N_STATS; k++) {
		uint64_t n = hub_member_stat(m, &hub_stats[k]);

		/* The first two always; reasons only where there are any. */
		if (k < 2 || n > 0)
			fprintf(a->out, " %s %" PRIu64, hub_stats[k].name, n);
	}
	fputc('\n', a->out);
}

static void
cmd_do_show_hub(const struct cmd_args *a)
{
	const struct hub *hub = cmd_hub_of(a);
	char text[OPT_LEN];
	uint16_t i;

	if (hub == NULL)
		return;
	hub_conf_print(&hub->conf, text, sizeof(text));
	fprintf(a->out, "hub %d: %s\n", hub->id, text);
	if (hub_conf_loop(&hub->conf) != HUB_LOOP_OFF)
		fprintf(a->out, "  loops found: %" PRIu64 "\n", hub_loop_count(hub->loop));
	for (i = 0; i < hub->n; i++)
		cmd_show_member(a, hub, hub->member[i]);
}

static const char *
cmd_member_name(const struct hub *hub, uint8_t index)
{
	uint16_t i;

	for (i = 0; i < hub->n; i++)
		if (hub->member[i]->index == index)
			return hub->member[i]->name;
	return "-";
}

static void
cmd_do_show_fdb(const struct cmd_args *a)
{
	const struct hub *hub = cmd_hub_of(a);
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	struct hub_fdb_limit limit;
	struct hub_fdb_entry e;
	struct rte_ether_addr mac;
	uint32_t at = 0;

	if (hub == NULL)
		return;
	fprintf(a->out, "%-16s %4s  %-17s %5s\n", "port", "VLAN", "MAC", "age");
	if (hub->fdb == NULL)
		return;
	hub_rules_limit(&hub->conf, &limit);
	while (hub_fdb_next(hub->fdb, &limit, hub_ticks(rte_rdtsc()), &at, &e)) {
		memcpy(&mac, &e.mac, sizeof(mac));
		rte_ether_format_addr(text, sizeof(text), &mac);
		fprintf(a->out, "%-16s %4u  %-17s %5" PRIu64 "\n", cmd_member_name(hub, e.port),
			e.vlan, text, ((uint64_t)e.age << HUB_TICK_SHIFT) / rte_get_tsc_hz());
	}
}

static void
cmd_do_clear_fdb(const struct cmd_args *a)
{
	struct hub *hub = cmd_hub_of(a);

	if (hub != NULL && hub->fdb != NULL)
		hub_fdb_forget(hub->fdb, -1);
}

/* clang-format off */
const struct cmd cmd_hub_table[] = {
	{ "hub_set <hub> <options...>", cmd_do_hub_set, "mode=hub|switch,ageing=S,max-macs=N,storm=PPS,loop=off|warn|block" },
	{ "show hub <hub>", cmd_do_show_hub, "how a hub forwards, and its ports' counters" },
	{ "show fdb <hub>", cmd_do_show_fdb, "which address is behind which port of a switch, and since when silent" },
	{ "clear fdb <hub>", cmd_do_clear_fdb, "forget these" },
};
/* clang-format on */
const unsigned int cmd_hub_n = RTE_DIM(cmd_hub_table);
