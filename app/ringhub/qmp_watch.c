/* SPDX-License-Identifier: BSD-3-Clause */
/* What happens to ports by themselves, as events: guests that come and go, filters that change. */
#include <stdlib.h>
#include <string.h>

#include "backend.h"
#include "net/guest/pmd_guest.h"
#include "nic/nic_rx_filter.h"
#include "qmp_private.h"

/* FNV-1a over some bytes. */
static uint64_t
qmp_watch_sum(uint64_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;

	while (len-- > 0)
		sum = (sum ^ *p++) * UINT64_C(0x100000001b3);
	return sum;
}

/* A filter in one number; 0: it cannot be seen. */
static uint64_t
qmp_watch_filter_sum(const struct rh_port *p)
{
	uint64_t sum = UINT64_C(0xcbf29ce484222325);
	struct nic_rx_filter f = { 0 };
	uint64_t flags;

	if (pmd_guest_rx_filter(p->port_id, &f) < 0)
		return 0;
	flags = (uint64_t)f.promisc | (uint64_t)f.broadcast << 1 | (uint64_t)f.unicast << 2 |
		(uint64_t)f.multicast << 4 | (uint64_t)f.vlan << 6 |
		(uint64_t)f.unicast_overflow << 8 | (uint64_t)f.multicast_overflow << 9;
	sum = qmp_watch_sum(sum, &flags, sizeof(flags));
	sum = qmp_watch_sum(sum, &f.n_macs, sizeof(f.n_macs));
	sum = qmp_watch_sum(sum, &f.n_hashes, sizeof(f.n_hashes));
	sum = qmp_watch_sum(sum, &f.main_mac, sizeof(f.main_mac));
	sum = qmp_watch_sum(sum, f.mac, RTE_MIN(f.n_macs, NIC_RX_FILTER_MACS) * sizeof(f.mac[0]));
	return qmp_watch_sum(sum, f.vlan_bits, sizeof(f.vlan_bits)) | 1;
}

static void
qmp_watch_filter(struct rh_port *p)
{
	uint64_t sum = qmp_watch_filter_sum(p);
	char data[256];

	if (p->watch.filter_muted || sum == p->watch.filter_sum)
		return;
	snprintf(data, sizeof(data), "{\"name\": \"%s\", \"path\": \"/machine/peripheral/%s\"}",
		p->id, p->id);
	if (p->watch.filter_sum != 0)
		qmp_event("NIC_RX_FILTER_CHANGED", data);
	p->watch.filter_muted = p->watch.filter_sum != 0;
	p->watch.filter_sum = sum;
}

/* A port that changed several times between two looks gets one event for each. */
static void
qmp_watch_guest(struct rh_port *p)
{
	struct pmd_guest_info info;
	char connected[256], disconnected[256];

	if (pmd_guest_info(p->port_id, &info) < 0 || strcmp(info.transport, "vhost-user") != 0)
		return;
	snprintf(connected, sizeof(connected),
		"{\"netdev-id\": \"net-%s\", \"chardev-id\": \"chr-%s\"}", p->id, p->id);
	snprintf(disconnected, sizeof(disconnected), "{\"netdev-id\": \"net-%s\"}", p->id);
	while (p->watch.connects < info.connects || p->watch.disconnects < info.disconnects) {
		if (p->watch.connects == p->watch.disconnects) {
			p->watch.connects++;
			qmp_event("NETDEV_VHOST_USER_CONNECTED", connected);
		} else {
			p->watch.disconnects++;
			qmp_event("NETDEV_VHOST_USER_DISCONNECTED", disconnected);
		}
	}
}

/* A stream's peer as QEMU's SocketAddress, from "tcp:HOST:PORT" or "unix:PATH". @return NULL: there is none. */
static json_t *
qmp_watch_address(const char *text)
{
	const char *colon = strrchr(text, ':');

	if (strncmp(text, "unix:", 5) == 0)
		return json_pack("{s:s, s:s}", "type", "unix", "path", text + 5);
	if (strncmp(text, "tcp:", 4) != 0 || colon == text + 3)
		return NULL;
	return json_pack("{s:s, s:s#, s:s}", "type", "inet", "host", text + 4,
		(int)(colon - text - 4), "port", colon + 1);
}

static void
qmp_watch_stream(struct rh_port *p)
{
	char text[OPT_LEN], *data;
	json_t *event, *address;

	if (backend_summary(p->port_id, text, sizeof(text)) < 0)
		return;
	address = qmp_watch_address(text);
	if ((address != NULL) == p->watch.stream_up) {
		json_decref(address);
		return;
	}
	p->watch.stream_up = address != NULL;
	event = json_pack("{s:s, s:o*}", "netdev-id", p->id, "addr", address);
	data = json_dumps(event, JSON_COMPACT);
	json_decref(event);
	if (data != NULL)
		qmp_event(p->watch.stream_up ? "NETDEV_STREAM_CONNECTED"
					     : "NETDEV_STREAM_DISCONNECTED",
			data);
	free(data);
}

void
qmp_watch_begin(struct ringhub *rh)
{
	struct pmd_guest_info info;
	struct rh_port *p;

	TAILQ_FOREACH(p, &rh->ports, next) {
		if (p->kind != CONF_DEVICE || pmd_guest_info(p->port_id, &info) < 0)
			continue;
		p->watch.connects = info.connects;
		p->watch.disconnects = info.disconnects;
		p->watch.filter_sum = qmp_watch_filter_sum(p);
		p->watch.filter_muted = false;
	}
}

void
qmp_watch_look(struct ringhub *rh)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &rh->ports, next) {
		if (p->kind == CONF_DEVICE) {
			qmp_watch_guest(p);
			qmp_watch_filter(p);
		} else if (strcmp(p->type, "stream") == 0) {
			qmp_watch_stream(p);
		}
	}
}

void
qmp_watch_filter_seen(struct rh_port *p)
{
	p->watch.filter_sum = qmp_watch_filter_sum(p);
	p->watch.filter_muted = false;
}
