/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands in QEMU's words. */
#include <stdlib.h>
#include <string.h>

#include <rte_string_fns.h>
#include <rte_version.h>

#include "announce.h"
#include "backend.h"
#include "console.h"
#include "net/slirp/pmd_slirp.h"

/* "d0: index=0,type=nic,model=...", as QEMU prints a client. */
static void
cmd_print_client(const struct cmd_args *a, const struct rh_port *p)
{
	char text[OPT_LEN];

	if (p->kind == CONF_DEVICE) {
		rte_ether_format_addr(text, sizeof(text), &p->mac);
		/* QEMU writes addresses in lower case. */
		for (char *c = text; *c != '\0'; c++)
			*c = (char)(*c >= 'A' && *c <= 'F' ? *c + 'a' - 'A' : *c);
		fprintf(a->out, "%s: index=0,type=nic,model=%s,macaddr=%s\n", p->id, p->type, text);
		rh_objects_print(a->rh, p, a->out);
		return;
	}
	if (backend_summary(p->port_id, text, sizeof(text)) < 0)
		snprintf(text, sizeof(text), "%s", p->vdev);
	fprintf(a->out, "%s: index=0,type=%s,%s\n", p->id, p->type, text);
	rh_objects_print(a->rh, p, a->out);
}

/* How many ports of its hub are older. */
static unsigned int
cmd_hub_index(const struct cmd_args *a, const struct rh_port *port)
{
	const struct rh_port *p;
	unsigned int n = 0;

	TAILQ_FOREACH(p, &a->rh->ports, next) {
		if (p == port)
			break;
		n += p->hub_id == port->hub_id;
	}
	return n;
}

/* What is plugged into a hubport: its own netdev, or who names it as netdev; NULL. */
static const struct rh_port *
cmd_hub_peer(const struct cmd_args *a, const struct rh_port *hubport)
{
	const struct rh_port *p;

	if (hubport->peer[0] != '\0')
		return rh_find(a->rh, hubport->peer);
	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (strcmp(p->peer, hubport->id) == 0)
			break;
	return p;
}

static void
cmd_print_hub_port(const struct cmd_args *a, const struct rh_port *port)
{
	const struct rh_port *peer = port;

	/* A port of -net is its own peer in a hubport that QEMU names after its place. */
	if (port->port_id != RH_NO_PORT) {
		fprintf(a->out, " \\ hub%dport%u", port->hub_id, cmd_hub_index(a, port));
	} else {
		fprintf(a->out, " \\ %s", port->id);
		peer = cmd_hub_peer(a, port);
	}
	if (peer != NULL) {
		fputs(": ", a->out);
		cmd_print_client(a, peer);
	} else {
		fputc('\n', a->out);
	}
}

/* QEMU's words for what QEMU has; more only for more. */
static void
cmd_print_hub_title(const struct cmd_args *a, int32_t id)
{
	const struct hub *hub = rh_find_hub(a->rh, id);
	char text[OPT_LEN];

	fprintf(a->out, "hub %d", id);
	if (hub != NULL && !hub_conf_is_plain(&hub->conf)) {
		hub_conf_print(&hub->conf, text, sizeof(text));
		fprintf(a->out, ": %s", text);
	}
	fputc('\n', a->out);
}

/* Numbered hubs and their ports, the newest first. */
static void
cmd_print_hubs(const struct cmd_args *a)
{
	const struct rh_port *p, *port;

	TAILQ_FOREACH_REVERSE(p, &a->rh->ports, rh_ports, next) {
		if (p->hub_id < 0 || cmd_hub_index(a, p) > 0)
			continue; /* its oldest port stands for a hub */
		cmd_print_hub_title(a, p->hub_id);
		TAILQ_FOREACH_REVERSE(port, &a->rh->ports, rh_ports, next)
			if (port->hub_id == p->hub_id)
				cmd_print_hub_port(a, port);
	}
}

static void
cmd_info_network(const struct cmd_args *a)
{
	struct rh_port *p, *peer;

	cmd_print_hubs(a);
	TAILQ_FOREACH(p, &a->rh->ports, next) {
		if (p->port_id == RH_NO_PORT || (p->hub != NULL && p->hub->id >= 0))
			continue;
		if (p->kind == CONF_NETDEV && p->hub != NULL)
			continue; /* printed below its device */
		cmd_print_client(a, p);
		peer = p->hub != NULL ? rh_find(a->rh, p->peer) : NULL;
		if (peer != NULL) {
			fprintf(a->out, " \\ ");
			cmd_print_client(a, peer);
		}
	}
}

static bool
cmd_is_user(const struct rh_port *p)
{
	return p->kind == CONF_NETDEV && strcmp(p->type, "user") == 0;
}

static void
cmd_info_usernet(const struct cmd_args *a)
{
	static char text[65536];
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next) {
		if (!cmd_is_user(p))
			continue;
		fprintf(a->out, "Hub %d (%s):\n", p->hub != NULL ? p->hub->id : -1, p->id);
		if (pmd_slirp_info(p->port_id, text, sizeof(text)) < 0)
			cmd_error(a, "%s: no answer", p->id);
		else
			fputs(text, a->out);
	}
}

static void
cmd_info_version(const struct cmd_args *a)
{
	fprintf(a->out, "ringhub %s (%s)\n", RINGHUB_VERSION, rte_version());
}

static void
cmd_add(const struct cmd_args *a, enum conf_kind kind)
{
	char why[OPT_LEN] = "out of memory", qemu[1024];
	struct conf_item item;

	if (kind == CONF_NETDEV && strcmp(a->arg[0], "help") == 0) {
		backend_print_words(a->out);
		return;
	}
	if (kind == CONF_DEVICE && rh_print_device_help(a->arg[0], a->out))
		return;
	if (conf_parse_item(&a->rh->auto_ids, kind, a->arg[0], &item, why) < 0 ||
		rh_add(a->rh, &item, why) < 0) {
		cmd_error(a, "%s", why);
		return;
	}
	rh_qemu_options(a->rh, rh_find(a->rh, item.id), qemu, sizeof(qemu));
	if (qemu[0] != '\0')
		fprintf(a->out, "%s: QEMU options: %s\n", item.id, qemu);
}

static void
cmd_netdev_add(const struct cmd_args *a)
{
	cmd_add(a, CONF_NETDEV);
}

static void
cmd_device_add(const struct cmd_args *a)
{
	cmd_add(a, CONF_DEVICE);
}

static void
cmd_del(const struct cmd_args *a, enum conf_kind kind)
{
	struct rh_port *p = rh_find(a->rh, a->arg[0]);
	char why[OPT_LEN];

	if (p == NULL)
		cmd_error(a, "Device '%s' not found", a->arg[0]);
	else if (p->kind != kind)
		cmd_error(a, "Device '%s' is not a %s", a->arg[0],
			kind == CONF_NETDEV ? "netdev" : "device");
	else if (rh_del(a->rh, p, why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_netdev_del(const struct cmd_args *a)
{
	cmd_del(a, CONF_NETDEV);
}

static void
cmd_device_del(const struct cmd_args *a)
{
	cmd_del(a, CONF_DEVICE);
}

static void
cmd_set_link(const struct cmd_args *a)
{
	struct rh_port *p = rh_find(a->rh, a->arg[0]);
	char why[OPT_LEN];

	if (p == NULL)
		cmd_error(a, "Device '%s' not found", a->arg[0]);
	else if (rh_set_link(a->rh, p, strcmp(a->arg[1], "on") == 0, why) < 0)
		cmd_error(a, "%s", why);
}

/* "[netdev_id] RULE": the stack it is for, and *rule. Errors are written. */
static struct rh_port *
cmd_user_stack(const struct cmd_args *a, char *words, const char **rule)
{
	char *blank = strchr(words, ' ');
	struct rh_port *p;

	*rule = blank != NULL ? blank + 1 : words;
	if (blank != NULL) {
		*blank = '\0';
		p = rh_find(a->rh, words);
		if (p == NULL)
			cmd_error(a, "unrecognized netdev id '%s'", words);
		else if (!cmd_is_user(p))
			cmd_error(a, "invalid device specified");
		return p != NULL && cmd_is_user(p) ? p : NULL;
	}
	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (cmd_is_user(p))
			return p;
	cmd_error(a, "user mode network stack not in use");
	return NULL;
}

static void
cmd_hostfwd_add(const struct cmd_args *a)
{
	char words[OPT_LEN], why[OPT_LEN] = "no answer";
	const char *rule;
	struct rh_port *p;

	rte_strscpy(words, a->arg[0], sizeof(words));
	p = cmd_user_stack(a, words, &rule);
	if (p != NULL && pmd_slirp_hostfwd_add(p->port_id, rule, why, sizeof(why)) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_hostfwd_remove(const struct cmd_args *a)
{
	char words[OPT_LEN], why[OPT_LEN] = "no answer";
	const char *rule;
	struct rh_port *p;

	rte_strscpy(words, a->arg[0], sizeof(words));
	p = cmd_user_stack(a, words, &rule);
	if (p == NULL)
		return;
	if (pmd_slirp_hostfwd_remove(p->port_id, rule, why, sizeof(why)) < 0)
		cmd_error(a, "%s", why);
	else
		fprintf(a->out, "%s\n", why);
}

/* "[interfaces] [id]": which NICs, comma-separated; by which name it can be replaced. */
static void
cmd_announce_some(const struct cmd_args *a)
{
	struct announce_params params = announce_defaults;
	char words[OPT_LEN] = "", why[OPT_LEN], *save = NULL, *name, *id;

	if (rte_strscpy(words, a->arg[0], sizeof(words)) < 0) {
		cmd_error(a, "announce_self: longer than %d bytes", OPT_LEN - 1);
		return;
	}
	id = strchr(words, ' ');
	if (id != NULL) {
		*id++ = '\0';
		if (rte_strscpy(params.id, id + strspn(id, " "), sizeof(params.id)) < 0) {
			cmd_error(a, "announce_self: the id is longer than %d bytes",
				CONF_ID_LEN - 1);
			return;
		}
	}
	for (name = strtok_r(words, ",", &save); name != NULL; name = strtok_r(NULL, ",", &save)) {
		if (announce_add_interface(&params, name) == 0)
			continue;
		cmd_error(a, "announce_self: more than %d interfaces", ANNOUNCE_INTERFACES);
		return;
	}
	if (announce_start(a->rh, &params, why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_announce(const struct cmd_args *a)
{
	struct rh_port *p;
	unsigned int nics = 0;

	TAILQ_FOREACH(p, &a->rh->ports, next)
		nics += p->kind == CONF_DEVICE;
	if (nics == 0)
		cmd_error(a, "no device to announce");
	else
		cmd_announce_some(a);
}

/* clang-format off */
const struct cmd cmd_qemu_table[] = {
	{ "info network", cmd_info_network, "hubs, NICs and backends" },
	{ "info usernet", cmd_info_usernet, "connections of user networks" },
	{ "info version", cmd_info_version, "versions of ringhub and DPDK" },
	{ "netdev_add <options...>", cmd_netdev_add, "add a backend: TYPE,id=ID[,...]" },
	{ "netdev_del <id>", cmd_netdev_del, "remove a backend" },
	{ "device_add <options...>", cmd_device_add, "add a NIC: MODEL,id=ID,netdev=ID,vhost-user=PATH" },
	{ "device_del <id>", cmd_device_del, "remove a NIC" },
	{ "set_link <id> <on|off>", cmd_set_link, "pull or plug a cable" },
	{ "hostfwd_add <rule...>", cmd_hostfwd_add, "[netdev] [tcp|udp]:[addr]:port-[addr]:port" },
	{ "hostfwd_remove <rule...>", cmd_hostfwd_remove, "[netdev] [tcp|udp]:[addr]:port" },
	{ "announce_self", cmd_announce, "send RARPs from every NIC, 5 rounds" },
	{ "announce_self <nics...>", cmd_announce, "[interface,...] [id]: from these NICs only" },
};
/* clang-format on */
const unsigned int cmd_qemu_n = RTE_DIM(cmd_qemu_table);
