/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands in QEMU's words. */
#include <stdlib.h>
#include <string.h>

#include <rte_string_fns.h>
#include <rte_version.h>

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
		return;
	}
	if (backend_summary(p->port_id, text, sizeof(text)) < 0)
		snprintf(text, sizeof(text), "%s", p->vdev);
	fprintf(a->out, "%s: index=0,type=%s,%s\n", p->id, p->type, text);
}

static struct rh_port *
cmd_port_of(const struct cmd_args *a, const struct hub_member *m)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (p->member == m)
			return p;
	return NULL;
}

/* A numbered hub: newest port first. */
static void
cmd_print_hub(const struct cmd_args *a, const struct hub *hub)
{
	char text[OPT_LEN];
	uint16_t i;

	/* QEMU's words for what QEMU has; more only for more. */
	hub_conf_print(&hub->conf, text, sizeof(text));
	if (hub_conf_is_plain(&hub->conf))
		fprintf(a->out, "hub %d\n", hub->id);
	else
		fprintf(a->out, "hub %d: %s\n", hub->id, text);
	for (i = hub->n; i-- > 0;) {
		const struct rh_port *p = cmd_port_of(a, hub->member[i]);

		fprintf(a->out, " \\ hub%dport%u: ", hub->id, i);
		if (p != NULL)
			cmd_print_client(a, p);
		else
			fputc('\n', a->out);
	}
}

static void
cmd_info_network(const struct cmd_args *a)
{
	struct rh_port *p, *peer;
	struct rh_hub *h;

	TAILQ_FOREACH(h, &a->rh->hubs, next)
		if (h->hub->id >= 0)
			cmd_print_hub(a, h->hub);
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

static void
cmd_announce(const struct cmd_args *a)
{
	if (rh_announce(a->rh, NULL) == 0)
		cmd_error(a, "no device to announce");
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
	{ "set_link <name> <on|off>", cmd_set_link, "pull or plug a cable" },
	{ "hostfwd_add <rule...>", cmd_hostfwd_add, "[netdev] [tcp|udp]:[addr]:port-[addr]:port" },
	{ "hostfwd_remove <rule...>", cmd_hostfwd_remove, "[netdev] [tcp|udp]:[addr]:port" },
	{ "announce_self", cmd_announce, "send a RARP from every NIC" },
};
/* clang-format on */
const unsigned int cmd_qemu_n = RTE_DIM(cmd_qemu_table);
