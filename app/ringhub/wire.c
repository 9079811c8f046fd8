/* SPDX-License-Identifier: BSD-3-Clause */
/* Backends, devices and hubs joined as the options say, also while traffic runs. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_net.h>
#include <rte_string_fns.h>

#include "backend.h"
#include "hub/hub_policy.h"
#include "hub/hub_wake.h"
#include "net/guest/pmd_guest.h"
#include "qmp.h"
#include "ringhub.h"

struct rh_port *
rh_find(struct ringhub *rh, const char *id)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &rh->ports, next)
		if (strcmp(p->id, id) == 0)
			return p;
	return NULL;
}

struct rh_port *
rh_find_port(struct ringhub *rh, const char *name)
{
	struct rh_port *p = rh_find(rh, name);
	char *end;
	unsigned long n = strtoul(name, &end, 10);

	if (p != NULL || *name < '0' || *name > '9' || *end != '\0')
		return p;
	TAILQ_FOREACH(p, &rh->ports, next)
		if (p->port_id != RH_NO_PORT && p->port_id == n)
			return p;
	return NULL;
}

void
rh_next_mac(struct ringhub *rh, struct rte_ether_addr *mac)
{
	/* QEMU: the lowest free last byte from 0x56 of this prefix. */
	struct rte_ether_addr a = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };
	struct rh_port *p;

	do {
		TAILQ_FOREACH(p, &rh->ports, next)
			if (p->kind == CONF_DEVICE && rte_is_same_ether_addr(&p->mac, &a))
				break;
		if (p != NULL)
			a.addr_bytes[5]++;
	} while (p != NULL && a.addr_bytes[5] != 0xff);
	*mac = a;
}

/* The numbered hub id, or with a negative id the unnumbered one of that name; made when missing. */
static struct hub *
rh_hub(struct ringhub *rh, int32_t id, const char *name)
{
	struct rh_hub *h;
	char text[HUB_NAME_LEN];

	if (id >= 0)
		snprintf(text, sizeof(text), "hub%d", id);
	else
		snprintf(text, sizeof(text), "%s", name != NULL ? name : "");
	TAILQ_FOREACH(h, &rh->hubs, next)
		if (h->hub->id == id && strcmp(h->hub->name, text) == 0)
			return h->hub;
	h = calloc(1, sizeof(*h));
	if (h == NULL)
		return NULL;
	h->hub = hub_create(id, text);
	if (h->hub == NULL) {
		free(h);
		return NULL;
	}
	TAILQ_INSERT_HEAD(&rh->hubs, h, next);
	return h->hub;
}

struct hub *
rh_find_hub(struct ringhub *rh, int32_t id)
{
	struct rh_hub *h;

	TAILQ_FOREACH(h, &rh->hubs, next)
		if (id >= 0 && h->hub->id == id)
			return h->hub;
	return NULL;
}

int
rh_set_hub(struct ringhub *rh, int32_t id, const struct hub_conf *conf)
{
	struct hub *hub = rh_hub(rh, id, NULL);
	struct hub_conf old;
	struct rh_hub *h;
	int ret;

	if (hub == NULL)
		return -ENOMEM;
	TAILQ_FOREACH(h, &rh->hubs, next)
		h->keep |= h->hub == hub;
	old = hub->conf;
	hub_set_conf(hub, conf);
	ret = engine_update(rh->engine);
	if (ret < 0 && ret != -ETIMEDOUT)
		hub_set_conf(hub, &old);
	return ret;
}

static void
rh_drop_hub(struct ringhub *rh, struct rh_hub *h)
{
	TAILQ_REMOVE(&rh->hubs, h, next);
	hub_destroy(h->hub);
	free(h);
}

static void
rh_drop_hub_if_empty(struct ringhub *rh, const struct hub *hub)
{
	struct rh_hub *h;

	TAILQ_FOREACH(h, &rh->hubs, next)
		if (h->hub == hub)
			break;
	if (h != NULL && hub->n == 0 && !h->keep)
		rh_drop_hub(rh, h);
}

/* At the end also those that were to stay. */
static void
rh_drop_empty_hubs(struct ringhub *rh)
{
	struct rh_hub *h, *next;

	for (h = TAILQ_FIRST(&rh->hubs); h != NULL; h = next) {
		next = TAILQ_NEXT(h, next);
		if (h->hub->n == 0)
			rh_drop_hub(rh, h);
	}
}

static int
rh_join(struct ringhub *rh, struct rh_port *p, int32_t hub_id, const char *hub_name, char *why)
{
	struct hub *hub = rh_hub(rh, hub_id, hub_name);
	int ret;

	if (hub == NULL)
		return -ENOMEM;
	p->member = hub_member_create(p->port_id, p->id, p->pool);
	if (p->member == NULL) {
		ret = -rte_errno;
		goto drop_hub;
	}
	if (pmd_guest_may_select(p->port_id))
		p->member->select = pmd_guest_select;
	if (p->own)
		hub_member_set_wakes(p->member);
	if (pmd_guest_lends(p->port_id)) {
		p->member->lend = pmd_guest_lend;
		p->member->lend_end = pmd_guest_lend_end;
		p->member->show = pmd_guest_show;
	}
	p->member->conf = p->port;
	hub_member_set_link(p->member, !p->link_off);
	ret = rh_objects_bind(rh, p);
	if (ret == 0)
		ret = engine_join(rh->engine, hub, p->member);
	if (ret < 0)
		goto destroy_member;
	p->hub = hub;
	return 0;

destroy_member:
	if (ret != -ETIMEDOUT) {
		rh_objects_unbind(p->member);
		hub_member_destroy(p->member);
	}
	p->member = NULL;
drop_hub:
	rh_drop_hub_if_empty(rh, hub);
	snprintf(why, OPT_LEN, "cannot join the hub: %s", strerror(-ret));
	return ret;
}

static int
rh_leave(struct ringhub *rh, struct rh_port *p)
{
	struct hub *hub = p->hub;
	int ret;

	if (p->member == NULL)
		return 0;
	ret = engine_leave(rh->engine, hub, p->member);
	/* An lcore that does not come by may still use the member: then it is kept for good. */
	if (ret == 0) {
		rh_objects_unbind(p->member);
		hub_member_destroy(p->member);
	}
	p->member = NULL;
	p->hub = NULL;
	rh_drop_hub_if_empty(rh, hub);
	return ret;
}

/* Who names this netdev as its own: a device, or a hubport. */
static struct rh_port *
rh_user_of(struct ringhub *rh, const char *netdev)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &rh->ports, next)
		if (strcmp(p->peer, netdev) == 0)
			return p;
	return NULL;
}

/* Join two ports directly: a hub of two that has no number. */
static int
rh_pair(struct ringhub *rh, struct rh_port *device, struct rh_port *backend, char *why)
{
	int ret = backend->member == NULL ? rh_join(rh, backend, -1, backend->id, why) : 0;

	if (ret == 0)
		ret = rh_join(rh, device, -1, backend->id, why);
	if (ret < 0 && backend->member != NULL && backend->hub->id < 0)
		rh_leave(rh, backend);
	return ret;
}

/* Bring a new port into the hub that the options imply. */
static int
rh_connect(struct ringhub *rh, struct rh_port *p, char *why)
{
	struct rh_port *peer = p->peer[0] != '\0' ? rh_find(rh, p->peer) : NULL;

	if (p->peer[0] != '\0') {
		if (peer == NULL || peer->kind != CONF_NETDEV) {
			snprintf(why, OPT_LEN, "netdev '%s' not found", p->peer);
			return -ENODEV;
		}
		if (rh_user_of(rh, p->peer) != NULL) {
			snprintf(why, OPT_LEN, "netdev '%s' is in use by '%s'", p->peer,
				rh_user_of(rh, p->peer)->id);
			return -EBUSY;
		}
	}
	/* A hubport's options are about its other half. In a pair nobody else has to wait, so one waits for the
	 * other, as in QEMU: a tap's TCP would else lose whole 64 KiB frames whenever the guest is slow. */
	if (peer != NULL && p->port_id == RH_NO_PORT)
		peer->port = p->port;
	else if (peer != NULL && peer->port_id == RH_NO_PORT)
		p->port = peer->port;
	else if (peer != NULL)
		p->port = peer->port = (struct hub_port_conf){ .block = true };
	if (p->port_id == RH_NO_PORT) /* hubport: its backend joins */
		return peer != NULL ? rh_join(rh, peer, p->hub_id, NULL, why) : 0;
	if (peer != NULL && peer->port_id == RH_NO_PORT)
		return rh_join(rh, p, peer->hub_id, NULL, why);
	if (peer != NULL)
		return rh_pair(rh, p, peer, why);
	return p->hub_id >= 0 ? rh_join(rh, p, p->hub_id, NULL, why) : 0;
}

/* A key of a PMD that the app sets: the user's would be lost. */
static int
rh_set_own(struct opt *keys, const char *key, const char *value, char *why)
{
	const char *given = opt_get(keys, key);

	if (given != NULL) {
		snprintf(why, OPT_LEN, "%s=%s: Ringhub sets it itself: leave it out", key, given);
		return -EINVAL;
	}
	return opt_set(keys, key, value);
}

/* A backend of ours, with the keys that the app adds to the user's. */
static int
rh_create_backend(struct rh_port *p, const struct backend *b, struct opt *keys, char *why)
{
	char text[OPT_LEN];
	char *save = NULL, *pair, *value;
	struct opt vhost;

	/* Without vhost in the kernel the driver says so. */
	if (strcmp(b->word, "tap") == 0 && backend_wants_vhost(keys) &&
		access("/dev/vhost-net", F_OK) == 0) {
		if (backend_vhost_keys(keys, &vhost, why) < 0)
			return -EINVAL;
		return rh_port_create(p, "net_virtio_user", &vhost, why);
	}
	rte_strscpy(text, backend_preset(b->word), sizeof(text));
	for (pair = strtok_r(text, ",", &save); pair != NULL; pair = strtok_r(NULL, ",", &save)) {
		value = strchr(pair, '=');
		*value++ = '\0';
		if (rh_set_own(keys, pair, value, why) < 0)
			return -EINVAL;
	}
	p->own = true;
	return rh_port_create(p, b->driver, keys, why);
}

/* Make the ethdev, if the item has one. */
static int
rh_create_port(struct ringhub *rh, struct rh_port *p, const struct conf_item *item, char *why)
{
	const struct backend *backend = backend_find(p->type);
	struct opt keys = item->opt;
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	if (p->kind == CONF_DEVICE) {
		if (opt_get(&keys, "mac") != NULL) {
			rte_ether_unformat_addr(opt_get(&keys, "mac"), &p->mac);
		} else {
			rh_next_mac(rh, &p->mac);
			rte_ether_format_addr(mac, sizeof(mac), &p->mac);
			opt_set(&keys, "mac", mac);
		}
		if (rh_set_own(&keys, "model", p->type, why) < 0 ||
			rh_set_own(&keys, "carry", "on", why) < 0)
			return -EINVAL;
		p->own = true;
		return rh_port_create(p, "net_guest", &keys, why);
	}
	if (backend != NULL && backend->kind && rh_set_own(&keys, "kind", backend->word, why) < 0)
		return -EINVAL;
	if (backend != NULL && backend->driver != NULL)
		return rh_create_backend(p, backend, &keys, why);
	return strcmp(p->type, "dpdk") == 0 ? rh_dpdk_attach(p, &keys, why) : 0;
}

int
rh_add(struct ringhub *rh, const struct conf_item *item, char *why)
{
	struct rh_port *p;
	int ret;

	if (rh_find(rh, item->id) != NULL) {
		snprintf(why, OPT_LEN, "Duplicate ID '%s'", item->id);
		return -EEXIST;
	}
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return -ENOMEM;
	p->kind = item->kind;
	p->port_id = RH_NO_PORT;
	p->max_queues = HUB_MAX_QUEUES;
	p->hub_id = item->hub;
	p->port = item->port;
	rte_strscpy(p->id, item->id, sizeof(p->id));
	rte_strscpy(p->type, item->opt.word, sizeof(p->type));
	if (p->kind == CONF_DEVICE)
		rte_strscpy(p->type, conf_model_name(item->opt.word), sizeof(p->type));
	rte_strscpy(p->peer, item->peer, sizeof(p->peer));
	ret = rh_create_port(rh, p, item, why);
	if (ret < 0)
		goto free_port;
	ret = rh_connect(rh, p, why);
	if (ret < 0)
		goto destroy_port;
	TAILQ_INSERT_TAIL(&rh->ports, p, next);
	return 0;

destroy_port:
	rh_port_destroy(p);
free_port:
	free(p);
	return ret;
}

static void
rh_tell_deleted(const struct rh_port *p)
{
	char data[2 * CONF_ID_LEN + 64];

	snprintf(data, sizeof(data), "{\"device\": \"%s\", \"path\": \"/machine/peripheral/%s\"}",
		p->id, p->id);
	if (p->kind == CONF_DEVICE)
		qmp_event("DEVICE_DELETED", data);
}

int
rh_del(struct ringhub *rh, struct rh_port *p, char *why)
{
	struct rh_port *peer = p->peer[0] != '\0' ? rh_find(rh, p->peer) : NULL;
	struct rh_port *user = p->kind == CONF_NETDEV ? rh_user_of(rh, p->id) : NULL;
	int ret = rh_leave(rh, p);

	if (ret < 0 && ret != -ENOENT) {
		snprintf(why, OPT_LEN, "an lcore does not respond: %s is out of service but kept",
			p->id);
		return ret;
	}
	/* A hubport without its other half has nothing to carry; a backend left alone rests. */
	if (p->port_id == RH_NO_PORT && peer != NULL)
		rh_leave(rh, peer);
	if (p->port_id == RH_NO_PORT && user != NULL)
		rh_leave(rh, user);
	if (peer != NULL && peer->hub != NULL && peer->hub->id < 0 && peer->hub->n == 1)
		rh_leave(rh, peer);
	if (p->kind == CONF_NETDEV)
		rh_objects_del_netdev(rh, p->id);
	if (user != NULL)
		user->peer[0] = '\0';
	TAILQ_REMOVE(&rh->ports, p, next);
	rh_port_destroy(p);
	rh_tell_deleted(p);
	free(p);
	return 0;
}

void
rh_del_all(struct ringhub *rh)
{
	char why[OPT_LEN];
	struct rh_port *p;

	/* NOLINTBEGIN(clang-analyzer-unix.Malloc): rh_del() takes p out of the list */
	while ((p = TAILQ_LAST(&rh->ports, rh_ports)) != NULL)
		if (rh_del(rh, p, why) < 0)
			return;
	rh_drop_empty_hubs(rh);
	/* NOLINTEND(clang-analyzer-unix.Malloc) */
}

int
rh_set_link(struct ringhub *rh, struct rh_port *p, bool up, char *why)
{
	if (p->port_id == RH_NO_PORT) {
		snprintf(why, OPT_LEN, "'%s' has no link of its own: name the device or backend",
			p->id);
		return -EINVAL;
	}
	p->link_off = !up;
	if (up)
		rte_eth_dev_set_link_up(p->port_id);
	else
		rte_eth_dev_set_link_down(p->port_id);
	if (p->member != NULL)
		hub_member_set_link(p->member, up);
	return 0;
}

void
rh_qemu_options(const struct ringhub *rh, const struct rh_port *p, char *text, size_t len)
{
	struct pmd_guest_info info;
	char mac[RTE_ETHER_ADDR_FMT_SIZE], queues[32] = "", mq[64] = "";

	text[0] = '\0';
	if (p->kind != CONF_DEVICE || pmd_guest_info(p->port_id, &info) < 0)
		return;
	if (strcmp(info.transport, "vfio-user") == 0) {
		snprintf(text, len,
			"-object memory-backend-memfd,id=mem,size=SIZE,share=on -machine "
			"memory-backend=mem -device "
			"'{\"driver\":\"vfio-user-pci\",\"id\":\"%s\",\"socket\":{\"path\":\"%s\","
			"\"type\":\"unix\"}}'",
			p->id, info.path);
		return;
	}
	rte_ether_format_addr(mac, sizeof(mac), &p->mac);
	if (info.queues > 1) {
		snprintf(queues, sizeof(queues), ",queues=%u", info.queues);
		snprintf(mq, sizeof(mq), ",mq=on,vectors=%u", 2u * info.queues + 2);
	}
	snprintf(text, len,
		"-object memory-backend-memfd,id=mem,size=SIZE,share=on -machine "
		"memory-backend=mem "
		"-chardev socket,id=chr-%s,path=%s,%s -netdev "
		"vhost-user,id=net-%s,chardev=chr-%s%s "
		"-device virtio-net-pci,netdev=net-%s,mac=%s%s",
		p->id, info.path, info.client ? "server=on,wait=off" : "reconnect=1", p->id, p->id,
		queues, p->id, mac, mq);
}

/* The announcement comes out of the guest's port, so that the hub takes it to everybody else. */
unsigned int
rh_announce(struct ringhub *rh, const char *id)
{
	struct rh_port *p;
	unsigned int n = 0;

	TAILQ_FOREACH(p, &rh->ports, next)
		if (p->kind == CONF_DEVICE && (id == NULL || strcmp(p->id, id) == 0))
			n += pmd_guest_announce(p->port_id, &p->mac) == 0;
	return n;
}

void
rh_watch(struct ringhub *rh)
{
	struct rh_hub *h;

	pthread_mutex_lock(&rh->lock);
	TAILQ_FOREACH(h, &rh->hubs, next)
		hub_loop_report(h->hub->loop);
	pthread_mutex_unlock(&rh->lock);
}

void
rh_warn(struct ringhub *rh)
{
	struct rh_port *p;
	struct rh_hub *h;

	TAILQ_FOREACH(p, &rh->ports, next) {
		if (p->port_id == RH_NO_PORT) {
			if (p->peer[0] == '\0' && rh_user_of(rh, p->id) == NULL)
				fprintf(stderr, "ringhub: warning: hub port %s has no peer\n",
					p->id);
		} else if (p->member == NULL) {
			fprintf(stderr, "ringhub: warning: %s %s has no peer\n",
				p->kind == CONF_DEVICE ? "nic" : "netdev", p->id);
		}
	}
	TAILQ_FOREACH(h, &rh->hubs, next) {
		bool nic = false, host = false;

		TAILQ_FOREACH(p, &rh->ports, next) {
			nic |= p->hub == h->hub && p->kind == CONF_DEVICE;
			host |= p->hub == h->hub && p->kind == CONF_NETDEV;
		}
		if (h->hub->id >= 0 && h->hub->n == 0)
			fprintf(stderr, "ringhub: warning: hub %d has no ports\n", h->hub->id);
		else if (h->hub->id >= 0 && !nic)
			fprintf(stderr, "ringhub: warning: hub %d with no nics\n", h->hub->id);
		else if (h->hub->id >= 0 && !host)
			fprintf(stderr,
				"ringhub: warning: hub %d is not connected to host network\n",
				h->hub->id);
	}
}
