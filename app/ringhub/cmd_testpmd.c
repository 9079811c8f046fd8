/* SPDX-License-Identifier: BSD-3-Clause */
/* More console commands in testpmd's words: forwarding, offloads, links. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_dev.h>
#include <rte_ethdev.h>

#include "console.h"

/* The port that the first word names; NULL after an error was written. */
static struct rh_port *
cmd_port(const struct cmd_args *a)
{
	struct rh_port *p = rh_find_port(a->rh, a->arg[0]);

	if (p != NULL && p->port_id != RH_NO_PORT)
		return p;
	cmd_error(a, "port '%s' not found: give a number or an id", a->arg[0]);
	return NULL;
}

/* Frames by forwarding: what ports gave to their hub, took from it, and did not take. */
struct cmd_fwd {
	uint64_t rx, tx, tx_dropped;
};

static void
cmd_fwd_of(const struct rh_port *p, struct cmd_fwd *f)
{
	unsigned int i;

	*f = (struct cmd_fwd){ 0 };
	for (i = 0; i < HUB_N_STATS; i++) {
		uint64_t n = hub_member_stat(p->member, &hub_stats[i]);

		if (strcmp(hub_stats[i].name, "in_frames") == 0)
			f->rx = n;
		else if (strcmp(hub_stats[i].name, "out_frames") == 0)
			f->tx = n;
		else
			f->tx_dropped += n;
	}
}

static void
cmd_print_fwd(FILE *out, const struct cmd_fwd *f)
{
	fprintf(out, "  RX-packets: %-14" PRIu64 " RX-dropped: %-13d RX-total: %-" PRIu64 "\n",
		f->rx, 0, f->rx);
	fprintf(out,
		"  TX-packets: %-14" PRIu64 " TX-dropped: %-13" PRIu64 " TX-total: %-" PRIu64 "\n",
		f->tx, f->tx_dropped, f->tx + f->tx_dropped);
}

static void
cmd_show_fwd(const struct cmd_args *a)
{
	struct cmd_fwd f, all = { 0 };
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next) {
		if (p->member == NULL)
			continue;
		cmd_fwd_of(p, &f);
		fprintf(a->out,
			"\n  ---------------------- Forward statistics for port %-2u "
			"----------------------\n",
			p->port_id);
		cmd_print_fwd(a->out, &f);
		all.rx += f.rx;
		all.tx += f.tx;
		all.tx_dropped += f.tx_dropped;
	}
	fprintf(a->out, "\n  +++++++++++++++ Accumulated forward statistics for all ports"
			"+++++++++++++++\n");
	cmd_print_fwd(a->out, &all);
}

static void
cmd_clear_fwd(const struct cmd_args *a)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (p->member != NULL)
			hub_member_clear_stats(p->member);
}

/* Which ports forward to each other. */
static void
cmd_config_fwd(const struct cmd_args *a)
{
	struct rh_hub *h;
	struct rh_port *p;

	fprintf(a->out, "hub packet forwarding is %s\n",
		engine_is_forwarding(a->rh->engine) ? "on" : "off");
	TAILQ_FOREACH(h, &a->rh->hubs, next) {
		fprintf(a->out, "%s - ports=%u:", h->hub->name, h->hub->n);
		TAILQ_FOREACH(p, &a->rh->ports, next)
			if (p->hub == h->hub)
				fprintf(a->out, " %u (%s)", p->port_id, p->id);
		fputc('\n', a->out);
	}
}

static void
cmd_print_offloads(FILE *out, const char *what, uint64_t bits, const char *(*name)(uint64_t))
{
	unsigned int i;

	fprintf(out, "  %s:", what);
	for (i = 0; i < 64; i++)
		if (bits & (UINT64_C(1) << i))
			fprintf(out, " %s", name(UINT64_C(1) << i));
	fputc('\n', out);
}

static void
cmd_rx_offload(const struct cmd_args *a)
{
	const struct rh_port *p = cmd_port(a);
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;

	if (p == NULL || rte_eth_dev_info_get(p->port_id, &info) < 0 ||
		rte_eth_dev_conf_get(p->port_id, &conf) < 0)
		return;
	fprintf(a->out, "Rx Offloading %s of port %u :\n", a->arg[1], p->port_id);
	if (strcmp(a->arg[1], "capabilities") == 0) {
		cmd_print_offloads(a->out, "Per Queue", info.rx_queue_offload_capa,
			rte_eth_dev_rx_offload_name);
		cmd_print_offloads(a->out, "Per Port", info.rx_offload_capa,
			rte_eth_dev_rx_offload_name);
	} else {
		cmd_print_offloads(a->out, "Port", conf.rxmode.offloads,
			rte_eth_dev_rx_offload_name);
	}
}

static void
cmd_tx_offload(const struct cmd_args *a)
{
	const struct rh_port *p = cmd_port(a);
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf;

	if (p == NULL || rte_eth_dev_info_get(p->port_id, &info) < 0 ||
		rte_eth_dev_conf_get(p->port_id, &conf) < 0)
		return;
	fprintf(a->out, "Tx Offloading %s of port %u :\n", a->arg[1], p->port_id);
	if (strcmp(a->arg[1], "capabilities") == 0) {
		cmd_print_offloads(a->out, "Per Queue", info.tx_queue_offload_capa,
			rte_eth_dev_tx_offload_name);
		cmd_print_offloads(a->out, "Per Port", info.tx_offload_capa,
			rte_eth_dev_tx_offload_name);
	} else {
		cmd_print_offloads(a->out, "Port", conf.txmode.offloads,
			rte_eth_dev_tx_offload_name);
	}
}

static void
cmd_macs(const struct cmd_args *a)
{
	const struct rh_port *p = cmd_port(a);
	struct rte_ether_addr mac[64];
	char text[RTE_ETHER_ADDR_FMT_SIZE];
	int i, n;

	if (p == NULL)
		return;
	n = rte_eth_macaddrs_get(p->port_id, mac, RTE_DIM(mac));
	if (n < 0) {
		cmd_error(a, "port %u: %s", p->port_id, strerror(-n));
		return;
	}
	fprintf(a->out, "Number of MAC address added: %d\n", n);
	for (i = 0; i < n; i++) {
		rte_ether_format_addr(text, sizeof(text), &mac[i]);
		fprintf(a->out, "  %s\n", text);
	}
}

static void
cmd_device_info(const struct cmd_args *a)
{
	struct rte_eth_dev_info info;
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next) {
		if (p->port_id == RH_NO_PORT || rte_eth_dev_info_get(p->port_id, &info) < 0)
			continue;
		fprintf(a->out,
			"\n********************* Infos for device %s *********************\n"
			"Driver name: %s\nConnect to socket: %d\n\tPort id: %u\n"
			"\tDevice name: %s\n",
			rte_dev_name(info.device), info.driver_name,
			rte_eth_dev_socket_id(p->port_id), p->port_id, p->vdev);
	}
}

static void
cmd_link(const struct cmd_args *a, bool up)
{
	struct rh_port *p = cmd_port(a);
	char why[OPT_LEN];

	if (p != NULL && rh_set_link(a->rh, p, up, why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_link_up(const struct cmd_args *a)
{
	cmd_link(a, true);
}

static void
cmd_link_down(const struct cmd_args *a)
{
	cmd_link(a, false);
}

static void
cmd_mtu(const struct cmd_args *a)
{
	const struct rh_port *p = cmd_port(a);
	char *end;
	unsigned long mtu = strtoul(a->arg[1], &end, 10);
	int ret;

	if (p == NULL)
		return;
	if (a->arg[1][0] < '0' || a->arg[1][0] > '9' || *end != '\0' || mtu > UINT16_MAX) {
		cmd_error(a, "mtu '%s': must be a number of bytes up to 65535", a->arg[1]);
		return;
	}
	ret = rte_eth_dev_set_mtu(p->port_id, (uint16_t)mtu);
	if (ret < 0)
		cmd_error(a, "port %u: mtu %lu: %s", p->port_id, mtu, strerror(-ret));
}

/* clang-format off */
const struct cmd cmd_testpmd_table[] = {
	{ "show fwd stats all", cmd_show_fwd, "frames forwarded and dropped, for each port" },
	{ "clear fwd stats all", cmd_clear_fwd, "zero these" },
	{ "show config fwd", cmd_config_fwd, "which ports forward to each other" },
	{ "show device info all", cmd_device_info, "the DPDK devices behind the ports" },
	{ "show port <port> macs", cmd_macs, "MAC addresses" },
	{ "show port <port> rx_offload <capabilities|configuration>", cmd_rx_offload, "receive offloads" },
	{ "show port <port> tx_offload <capabilities|configuration>", cmd_tx_offload, "transmit offloads" },
	{ "set link-up port <port>", cmd_link_up, "plug the cable; as set_link ID on" },
	{ "set link-down port <port>", cmd_link_down, "pull the cable" },
	{ "port config mtu <port> <bytes>", cmd_mtu, "largest payload of a frame" },
};
/* clang-format on */
const unsigned int cmd_testpmd_n = RTE_DIM(cmd_testpmd_table);
