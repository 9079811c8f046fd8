/* SPDX-License-Identifier: BSD-3-Clause */
/* QMP commands about the network. */
#include <stdio.h>
#include <string.h>

#include <rte_string_fns.h>

#include "announce.h"
#include "json_opt.h"
#include "net/guest/pmd_guest.h"
#include "nic/nic_rx_filter.h"
#include "qmp_private.h"

#define QMP_ARG_TEXT(c, name) json_string_value(json_object_get((c)->args, name))

static json_t *
qmp_add(struct qmp_call *c, enum conf_kind kind)
{
	struct conf_item item = { .kind = kind, .hub = -1 };
	char why[OPT_LEN] = "out of memory";

	snprintf(item.text, sizeof(item.text), "%s",
		kind == CONF_NETDEV ? "netdev_add" : "device_add");
	if (json_opt_fill(c->args, kind == CONF_NETDEV ? "type" : "driver", &item.opt, why) < 0 ||
		conf_finish_item(&c->rh->auto_ids, &item, why) < 0 || rh_add(c->rh, &item, why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

static json_t *
qmp_netdev_add(struct qmp_call *c)
{
	return qmp_add(c, CONF_NETDEV);
}

static json_t *
qmp_device_add(struct qmp_call *c)
{
	return qmp_add(c, CONF_DEVICE);
}

static json_t *
qmp_del(struct qmp_call *c, enum conf_kind kind)
{
	const char *id = QMP_ARG_TEXT(c, "id");
	struct rh_port *p = rh_find(c->rh, id);
	char why[OPT_LEN];

	if (p == NULL || p->kind != kind)
		return qmp_fail(c, "DeviceNotFound", "Device '%.100s' not found", id);
	if (rh_del(c->rh, p, why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

static json_t *
qmp_netdev_del(struct qmp_call *c)
{
	return qmp_del(c, CONF_NETDEV);
}

static json_t *
qmp_device_del(struct qmp_call *c)
{
	return qmp_del(c, CONF_DEVICE);
}

static json_t *
qmp_set_link(struct qmp_call *c)
{
	const char *name = QMP_ARG_TEXT(c, "name");
	struct rh_port *p = rh_find(c->rh, name);
	char why[OPT_LEN];

	if (p == NULL)
		return qmp_fail(c, "DeviceNotFound", "Device '%.100s' not found", name);
	if (rh_set_link(c->rh, p, json_is_true(json_object_get(c->args, "up")), why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

static json_t *
qmp_announce(struct qmp_call *c)
{
	struct announce_params a = { 0 };
	const json_t *interfaces = json_object_get(c->args, "interfaces");
	const char *id = QMP_ARG_TEXT(c, "id");
	char why[OPT_LEN];
	size_t i;

	a.initial = json_integer_value(json_object_get(c->args, "initial"));
	a.max = json_integer_value(json_object_get(c->args, "max"));
	a.rounds = json_integer_value(json_object_get(c->args, "rounds"));
	a.step = json_integer_value(json_object_get(c->args, "step"));
	if (rte_strscpy(a.id, id != NULL ? id : "", sizeof(a.id)) < 0)
		return qmp_fail(c, "GenericError", "Parameter 'id' is too long");
	for (i = 0; i < json_array_size(interfaces); i++) {
		const char *name = json_string_value(json_array_get(interfaces, i));

		if (name == NULL)
			return qmp_fail(c, "GenericError",
				"Invalid parameter type for 'interfaces[%zu]', expected: string",
				i);
		if (announce_add_interface(&a, name) < 0)
			return qmp_fail(c, "GenericError", "Parameter 'interfaces': more than %d",
				ANNOUNCE_INTERFACES);
	}
	if (announce_start(c->rh, &a, why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

static json_t *
qmp_mac(const struct rte_ether_addr *mac)
{
	return json_sprintf("%02x:%02x:%02x:%02x:%02x:%02x", mac->addr_bytes[0], mac->addr_bytes[1],
		mac->addr_bytes[2], mac->addr_bytes[3], mac->addr_bytes[4], mac->addr_bytes[5]);
}

/* The addresses of the table that are, or are not, multicast. */
static json_t *
qmp_macs(const struct nic_rx_filter *f, bool multicast)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < f->n_macs; i++)
		if ((bool)rte_is_multicast_ether_addr(&f->mac[i]) == multicast)
			json_array_append_new(list, qmp_mac(&f->mac[i]));
	return list;
}

static json_t *
qmp_vlans(const struct nic_rx_filter *f)
{
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; i < NIC_RX_FILTER_VLANS; i++)
		if (f->vlan_bits[i / 32] & (UINT32_C(1) << (i % 32)))
			json_array_append_new(list, json_integer(i));
	return list;
}

/* A hash of groups lets in others, too: so the table of groups does not tell all, as after an overflow. */
static json_t *
qmp_rx_filter(const struct rh_port *p, const struct nic_rx_filter *f)
{
	static const char *const modes
		[] = { [NIC_RX_NONE] = "none", [NIC_RX_NORMAL] = "normal", [NIC_RX_ALL] = "all" };

	return json_pack("{s:b,s:s,s:o,s:s,s:s,s:o,s:o,s:b,s:s,s:b,s:o,s:b}", "promiscuous",
		f->promisc, "name", p->id, "main-mac", qmp_mac(&f->main_mac), "unicast",
		modes[f->unicast], "vlan", modes[f->vlan], "vlan-table", qmp_vlans(f),
		"unicast-table", qmp_macs(f, false), "unicast-overflow", f->unicast_overflow,
		"multicast", modes[f->multicast], "multicast-overflow",
		f->multicast_overflow || f->n_hashes > 0, "multicast-table", qmp_macs(f, true),
		"broadcast-allowed", f->broadcast);
}

static json_t *
qmp_query_rx_filter(struct qmp_call *c)
{
	const char *name = QMP_ARG_TEXT(c, "name");
	struct nic_rx_filter f;
	json_t *list = json_array();
	struct rh_port *p;
	bool found = false;

	TAILQ_FOREACH(p, &c->rh->ports, next) {
		if (name != NULL && strcmp(name, p->id) != 0)
			continue;
		found = true;
		if (p->kind != CONF_DEVICE || pmd_guest_rx_filter(p->port_id, &f) < 0) {
			if (name == NULL)
				continue;
			json_decref(list);
			return qmp_fail(c, "GenericError",
				p->kind != CONF_DEVICE
					? "net client(%s) isn't a NIC"
					: "net client(%s) doesn't support rx-filter querying",
				name);
		}
		json_array_append_new(list, qmp_rx_filter(p, &f));
		qmp_watch_filter_seen(p);
	}
	if (found || name == NULL)
		return list;
	json_decref(list);
	return qmp_fail(c, "GenericError", "invalid net client name: %.100s", name);
}

/* clang-format off */
const struct qmp_command qmp_net_table[] = {
	{ "netdev_add", qmp_netdev_add, .open_args = true,
		.arg = { { "type", JSON_STRING, false }, { "id", JSON_STRING, false } } },
	{ "netdev_del", qmp_netdev_del, .arg = { { "id", JSON_STRING, false } } },
	{ "device_add", qmp_device_add, .open_args = true,
		.arg = { { "driver", JSON_STRING, false }, { "id", JSON_STRING, true } } },
	{ "device_del", qmp_device_del, .arg = { { "id", JSON_STRING, false } } },
	{ "set_link", qmp_set_link,
		.arg = { { "name", JSON_STRING, false }, { "up", JSON_TRUE, false } } },
	{ "query-rx-filter", qmp_query_rx_filter, .arg = { { "name", JSON_STRING, true } } },
	{ "announce-self", qmp_announce,
		.arg = { { "initial", JSON_INTEGER, false }, { "max", JSON_INTEGER, false },
			{ "rounds", JSON_INTEGER, false }, { "step", JSON_INTEGER, false },
			{ "interfaces", JSON_ARRAY, true }, { "id", JSON_STRING, true } } },
};
/* clang-format on */
const unsigned int qmp_net_n = RTE_DIM(qmp_net_table);
