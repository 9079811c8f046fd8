/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands in testpmd's words. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>

#include "console.h"
#include "net/guest/pmd_guest.h"

#define CMD_BORDER "########################"

/* Do fn for the port that the word names, or for all. */
static void
cmd_each(const struct cmd_args *a, void (*fn)(const struct cmd_args *, struct rh_port *))
{
	bool all = strcmp(a->arg[0], "all") == 0;
	struct rh_port *p = all ? NULL : rh_find_port(a->rh, a->arg[0]);

	if (!all && (p == NULL || p->port_id == RH_NO_PORT)) {
		cmd_error(a, "port '%s' not found: give a number, an id or all", a->arg[0]);
		return;
	}
	if (!all) {
		fn(a, p);
		return;
	}
	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (p->port_id != RH_NO_PORT)
			fn(a, p);
}

static const char *
cmd_link_text(uint16_t port_id)
{
	struct rte_eth_link link;

	return rte_eth_link_get_nowait(port_id, &link) == 0 && link.link_status ? "up" : "down";
}

static void
cmd_info_guest(const struct cmd_args *a, const struct rh_port *p)
{
	struct pmd_guest_info g;
	char names[512], qemu[1024];

	if (pmd_guest_info(p->port_id, &g) < 0)
		return;
	fprintf(a->out, "Guest: %s, %s (%s) on %s\n", g.state, g.transport,
		g.client ? "client" : "server", g.path);
	fprintf(a->out, "Guest connected %" PRIu64 " times, left %" PRIu64 " times\n", g.connects,
		g.disconnects);
	fprintf(a->out, "Queue pairs: %u of %u up\n", g.queues_up, g.queues);
	fprintf(a->out, "Guest memory: %" PRIu64 " MiB\n", g.memory_bytes >> 20);
	pmd_guest_feature_names(g.features, names, sizeof(names));
	if (g.features != 0)
		fprintf(a->out, "Features: 0x%" PRIx64 " %s\n", g.features, names);
	rh_qemu_options(a->rh, p, qemu, sizeof(qemu));
	fprintf(a->out, "QEMU options: %s\n", qemu);
}

static void
cmd_show_info(const struct cmd_args *a, struct rh_port *p)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	uint16_t mtu = 0;

	if (rte_eth_dev_info_get(p->port_id, &info) < 0 ||
		rte_eth_macaddr_get(p->port_id, &mac) < 0)
		return;
	rte_eth_dev_get_mtu(p->port_id, &mtu);
	rte_ether_format_addr(text, sizeof(text), &mac);
	fprintf(a->out, "\n********************* Infos for port %-2u *********************\n",
		p->port_id);
	fprintf(a->out, "Name: %s (%s)\nMAC address: %s\nDevice name: %s\nDriver name: %s\n", p->id,
		p->type, text, p->vdev, info.driver_name);
	fprintf(a->out, "Link status: %s%s\nMTU: %u\n", cmd_link_text(p->port_id),
		p->link_off ? " (set_link off)" : "", mtu);
	fprintf(a->out, "Promiscuous mode: %s\nAllmulticast mode: %s\n",
		rte_eth_promiscuous_get(p->port_id) == 1 ? "enabled" : "disabled",
		rte_eth_allmulticast_get(p->port_id) == 1 ? "enabled" : "disabled");
	fprintf(a->out, "RX queues: %u, TX queues: %u\n", info.nb_rx_queues, info.nb_tx_queues);
	fprintf(a->out, "Hub: %s\n", p->hub == NULL ? "none" : p->hub->name);
	cmd_info_guest(a, p);
}

static void
cmd_show_stats(const struct cmd_args *a, struct rh_port *p)
{
	static struct {
		uint64_t tsc;
		struct rte_eth_stats s;
	} last[RTE_MAX_ETHPORTS];
	struct rte_eth_stats s;
	uint64_t now = rte_rdtsc(), hz = rte_get_tsc_hz();
	double dt = last[p->port_id].tsc ? (double)(now - last[p->port_id].tsc) / (double)hz : 0;
	const struct rte_eth_stats *l = &last[p->port_id].s;
	double per = dt > 0 ? 1 / dt : 0;

	if (rte_eth_stats_get(p->port_id, &s) < 0)
		return;
	fprintf(a->out, "\n  " CMD_BORDER " NIC statistics for port %-2u " CMD_BORDER "\n",
		p->port_id);
	fprintf(a->out,
		"  RX-packets: %-10" PRIu64 " RX-missed: %-10" PRIu64 " RX-bytes:  %-" PRIu64 "\n",
		s.ipackets, s.imissed, s.ibytes);
	fprintf(a->out, "  RX-errors: %-" PRIu64 "\n  RX-nombuf:  %-10" PRIu64 "\n", s.ierrors,
		s.rx_nombuf);
	fprintf(a->out,
		"  TX-packets: %-10" PRIu64 " TX-errors: %-10" PRIu64 " TX-bytes:  %-" PRIu64 "\n",
		s.opackets, s.oerrors, s.obytes);
	if (s.ipackets < l->ipackets || s.opackets < l->opackets)
		per = 0; /* cleared since */
	fprintf(a->out, "\n  Throughput (since last show)\n");
	fprintf(a->out, "  Rx-pps: %12.0f          Rx-bps: %12.0f\n",
		(double)(s.ipackets - l->ipackets) * per, (double)(s.ibytes - l->ibytes) * per * 8);
	fprintf(a->out, "  Tx-pps: %12.0f          Tx-bps: %12.0f\n",
		(double)(s.opackets - l->opackets) * per, (double)(s.obytes - l->obytes) * per * 8);
	fprintf(a->out,
		"  ############################################################################\n");
	last[p->port_id].tsc = now;
	last[p->port_id].s = s;
}

/* set xstats-hide-zero */
static bool cmd_hide_zero;

static void
cmd_print_xstat(const struct cmd_args *a, const char *prefix, const char *name, uint64_t value)
{
	if (value != 0 || !cmd_hide_zero)
		fprintf(a->out, "%s%s: %" PRIu64 "\n", prefix, name, value);
}

static void
cmd_do_hide_zero(const struct cmd_args *a)
{
	cmd_hide_zero = strcmp(a->arg[0], "on") == 0;
}

static void
cmd_show_xstats(const struct cmd_args *a, struct rh_port *p)
{
	int i, n = rte_eth_xstats_get_names(p->port_id, NULL, 0);
	struct rte_eth_xstat_name *names;
	struct rte_eth_xstat *values;
	unsigned int k;

	if (n <= 0)
		return;
	names = calloc((size_t)n, sizeof(*names));
	values = calloc((size_t)n, sizeof(*values));
	if (names != NULL && values != NULL &&
		rte_eth_xstats_get_names(p->port_id, names, (unsigned int)n) == n &&
		rte_eth_xstats_get(p->port_id, values, (unsigned int)n) == n) {
		fprintf(a->out, "###### NIC extended statistics for port %-2u (%s)\n", p->port_id,
			p->id);
		for (i = 0; i < n; i++)
			cmd_print_xstat(a, "", names[i].name, values[i].value);
		for (k = 0; p->member != NULL && k < HUB_N_STATS; k++)
			cmd_print_xstat(a, "hub_", hub_stats[k].name,
				hub_member_stat(p->member, &hub_stats[k]));
	}
	free(names);
	free(values);
}

static void
cmd_summary_row(const struct cmd_args *a, struct rh_port *p)
{
	struct rte_eth_dev_info info;
	struct rte_ether_addr mac;
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	if (rte_eth_dev_info_get(p->port_id, &info) < 0 ||
		rte_eth_macaddr_get(p->port_id, &mac) < 0)
		return;
	rte_ether_format_addr(text, sizeof(text), &mac);
	fprintf(a->out, "%-4u %s %-12.12s %-14s %-8s %s\n", p->port_id, text, p->id,
		info.driver_name, cmd_link_text(p->port_id), p->hub != NULL ? p->hub->name : "-");
}

static void
cmd_do_info(const struct cmd_args *a)
{
	cmd_each(a, cmd_show_info);
}

static void
cmd_do_stats(const struct cmd_args *a)
{
	cmd_each(a, cmd_show_stats);
}

static void
cmd_do_xstats(const struct cmd_args *a)
{
	cmd_each(a, cmd_show_xstats);
}

static void
cmd_do_summary(const struct cmd_args *a)
{
	fprintf(a->out, "Port MAC Address       Name         Driver         Status   Hub\n");
	cmd_each(a, cmd_summary_row);
}

static void
cmd_clear_stats(const struct cmd_args *a, struct rh_port *p)
{
	rte_eth_stats_reset(p->port_id);
	fprintf(a->out, "NIC statistics for port %u cleared\n", p->port_id);
}

static void
cmd_clear_xstats(const struct cmd_args *a, struct rh_port *p)
{
	rte_eth_xstats_reset(p->port_id);
	if (p->member != NULL)
		hub_member_clear_stats(p->member);
	fprintf(a->out, "NIC extended statistics for port %u cleared\n", p->port_id);
}

static void
cmd_do_clear_stats(const struct cmd_args *a)
{
	cmd_each(a, cmd_clear_stats);
}

static void
cmd_do_clear_xstats(const struct cmd_args *a)
{
	cmd_each(a, cmd_clear_xstats);
}

static void
cmd_set_promisc(const struct cmd_args *a, struct rh_port *p)
{
	int ret = strcmp(a->arg[1], "on") == 0 ? rte_eth_promiscuous_enable(p->port_id)
					       : rte_eth_promiscuous_disable(p->port_id);

	if (ret < 0)
		cmd_error(a, "port %u: %s", p->port_id, strerror(-ret));
}

static void
cmd_set_allmulti(const struct cmd_args *a, struct rh_port *p)
{
	int ret = strcmp(a->arg[1], "on") == 0 ? rte_eth_allmulticast_enable(p->port_id)
					       : rte_eth_allmulticast_disable(p->port_id);

	if (ret < 0)
		cmd_error(a, "port %u: %s", p->port_id, strerror(-ret));
}

static void
cmd_do_promisc(const struct cmd_args *a)
{
	cmd_each(a, cmd_set_promisc);
}

static void
cmd_do_allmulti(const struct cmd_args *a)
{
	cmd_each(a, cmd_set_allmulti);
}

static void
cmd_forward(const struct cmd_args *a, bool on)
{
	int ret = engine_set_forwarding(a->rh->engine, on);

	if (ret < 0)
		cmd_error(a, "%s", strerror(-ret));
	else
		fprintf(a->out, "Packet forwarding %s\n", on ? "started" : "stopped");
}

static void
cmd_do_start(const struct cmd_args *a)
{
	cmd_forward(a, true);
}

static void
cmd_do_stop(const struct cmd_args *a)
{
	cmd_forward(a, false);
}

static void
cmd_do_cores(const struct cmd_args *a)
{
	struct engine_lcore_info info;
	unsigned int i;

	fprintf(a->out, "Forwarding is %s\n", engine_is_forwarding(a->rh->engine) ? "on" : "off");
	for (i = 0; engine_lcore_info(a->rh->engine, i, &info); i++) {
		fprintf(a->out, "lcore %u: %u queues, %" PRIu64 " polls, %" PRIu64 " with frames\n",
			info.lcore_id, info.inputs, info.polls, info.busy_polls);
		fprintf(a->out,
			"  %u active, asleep %.1f %% of %.1f s, %" PRIu64 " sleeps, %" PRIu64
			" of them ended by work\n",
			info.active,
			100.0 * (double)info.asleep_us / (double)RTE_MAX(info.life_us, UINT64_C(1)),
			(double)info.life_us / 1e6, info.sleeps, info.wakes);
	}
}

static void
cmd_do_attach(const struct cmd_args *a)
{
	char why[OPT_LEN] = "out of memory", arg[2 * OPT_LEN], *to = arg;
	struct conf_item item;
	const char *from;

	/* testpmd's IDENT is devargs; our option doubles commas in a value. */
	to += snprintf(arg, sizeof(arg), "dpdk,id=port%u,devargs=", a->rh->auto_ids.next_auto++);
	for (from = a->arg[0]; *from != '\0' && to + 3 < arg + sizeof(arg); from++) {
		if (*from == ',')
			*to++ = ',';
		*to++ = *from;
	}
	*to = '\0';
	if (conf_parse_item(&a->rh->auto_ids, CONF_NETDEV, arg, &item, why) < 0 ||
		rh_add(a->rh, &item, why) < 0)
		cmd_error(a, "port attach %s: %s", a->arg[0], why);
	else
		fprintf(a->out, "Port %u is attached as %s.\n", rh_find(a->rh, item.id)->port_id,
			item.id);
}

static void
cmd_do_detach(const struct cmd_args *a)
{
	struct rh_port *p = rh_find_port(a->rh, a->arg[0]);
	char why[OPT_LEN];

	if (p == NULL)
		cmd_error(a, "port '%s' not found", a->arg[0]);
	else if (rh_del(a->rh, p, why) < 0)
		cmd_error(a, "%s", why);
	else
		fprintf(a->out, "Port %s is detached.\n", a->arg[0]);
}

static void
cmd_do_quit(const struct cmd_args *a)
{
	a->rh->quit = true;
}

/* clang-format off */
const struct cmd cmd_port_table[] = {
	{ "start", cmd_do_start, "forward packets" },
	{ "cont", cmd_do_start, "the same, in QEMU's word" },
	{ "stop", cmd_do_stop, "stop forwarding; ports stay as they are" },
	{ "show port info <port>", cmd_do_info, "a port in detail; port: number, id or all" },
	{ "show port stats <port>", cmd_do_stats, "packets, bytes, errors, rates" },
	{ "show port xstats <port>", cmd_do_xstats, "every counter, with one for each reason of loss" },
	{ "show port summary <port>", cmd_do_summary, "one line for each port" },
	{ "show config cores", cmd_do_cores, "what each lcore polls" },
	{ "clear port stats <port>", cmd_do_clear_stats, "zero the statistics" },
	{ "clear port xstats <port>", cmd_do_clear_xstats, "zero every counter" },
	{ "set xstats-hide-zero <on|off>", cmd_do_hide_zero, "leave out counters that are 0" },
	{ "set promisc <port> <on|off>", cmd_do_promisc, "promiscuous mode" },
	{ "set allmulti <port> <on|off>", cmd_do_allmulti, "all-multicast mode" },
	{ "port attach <devargs...>", cmd_do_attach, "add a DPDK port" },
	{ "port detach <port>", cmd_do_detach, "remove a port" },
	{ "quit", cmd_do_quit, "end ringhub" },
};
/* clang-format on */
const unsigned int cmd_port_n = RTE_DIM(cmd_port_table);
