/* SPDX-License-Identifier: BSD-3-Clause */
/* The public functions of net_slirp. */
#include "pmd_slirp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "base/stats.h"
#include "slirp_pmd.h"

struct slirp_rule_call {
	const char *rule;
	char *why;
	size_t len;
};

static int
slirp_do_add(struct slirp_port *port, void *arg)
{
	struct slirp_rule_call *c = arg;

	return slirp_fwd_add(port, c->rule, c->why, c->len);
}

static int
slirp_do_remove(struct slirp_port *port, void *arg)
{
	struct slirp_rule_call *c = arg;

	return slirp_fwd_remove(port, c->rule, c->why, c->len);
}

static int
slirp_do_info(struct slirp_port *port, void *arg)
{
	struct slirp_rule_call *c = arg;
	char *text = slirp_connection_info(port->slirp);

	if (text == NULL)
		return -ENOMEM;
	snprintf(c->why, c->len, "%s", text);
	free(text); /* g_malloc is malloc since GLib 2.46 */
	return 0;
}

static int
slirp_rule_call(uint16_t port_id, const char *rule, char *why, size_t len,
	int (*fn)(struct slirp_port *, void *))
{
	struct slirp_port *port = slirp_port_of(port_id);
	struct slirp_rule_call c = { rule, why, len };

	if (port == NULL) {
		snprintf(why, len, "not a user network");
		return -ENODEV;
	}
	return slirp_call(port, fn, &c);
}

int
pmd_slirp_hostfwd_add(uint16_t port_id, const char *rule, char *why, size_t len)
{
	return slirp_rule_call(port_id, rule, why, len, slirp_do_add);
}

int
pmd_slirp_hostfwd_remove(uint16_t port_id, const char *rule, char *why, size_t len)
{
	return slirp_rule_call(port_id, rule, why, len, slirp_do_remove);
}

const char *
pmd_slirp_ping_advice(uint16_t port_id)
{
	const struct slirp_port *port = slirp_port_of(port_id);

	return port == NULL || port->ping_works ? NULL
						: "ping beyond the gateway needs: sysctl -w "
						  "net.ipv4.ping_group_range='0 2147483647'";
}

int
pmd_slirp_info(uint16_t port_id, char *text, size_t len)
{
	const char *advice = pmd_slirp_ping_advice(port_id);
	int ret = slirp_rule_call(port_id, NULL, text, len, slirp_do_info);
	size_t at = strlen(text);

	if (ret == 0 && advice != NULL)
		snprintf(text + at, len - at, "  note: %s\n", advice);
	return ret;
}

int
pmd_slirp_summary(uint16_t port_id, char *text, size_t len)
{
	const struct slirp_port *port = slirp_port_of(port_id);
	char net[INET_ADDRSTRLEN];

	if (port == NULL)
		return -ENODEV;
	inet_ntop(AF_INET, &port->conf.slirp.vnetwork, net, sizeof(net));
	snprintf(text, len, "net=%s,restrict=%s", net, port->conf.slirp.restricted ? "on" : "off");
	return 0;
}

const char *
pmd_slirp_stat_reason(const char *xstat)
{
	size_t i;

	for (i = 0; i < RTE_DIM(slirp_stats); i++)
		if (strcmp(slirp_stats[i].name, xstat) == 0)
			return slirp_stats[i].reason;
	return NULL;
}
