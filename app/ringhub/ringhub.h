/* SPDX-License-Identifier: BSD-3-Clause */
/* The running whole: ports, hubs, engine. */
#ifndef RINGHUB_RINGHUB_H
#define RINGHUB_RINGHUB_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/queue.h>

#include <rte_ether.h>

#include "conf.h"
#include "engine/engine.h"
#include "objects.h"

#define RH_NO_PORT UINT16_MAX

/** A -netdev or -device that exists. M changes it under the lock; telemetry reads under it. */
struct rh_port {
	TAILQ_ENTRY(rh_port) next;
	enum conf_kind kind;
	char id[CONF_ID_LEN];
	char type[64];		   /* "user", "hubport", "virtio-net-pci" */
	char vdev[80];		   /* name of the DPDK device */
	char peer[CONF_ID_LEN];	   /* netdev of a device; backend of a hubport */
	int32_t hub_id;		   /* numbered hub it joins; -1: none */
	struct hub_port_conf port; /* how it is in the hub: its own, or its hubport's */
	uint16_t port_id;	   /* RH_NO_PORT for a hubport */
	bool own;		   /* of a driver of ours */
	uint16_t max_queues;	   /* pairs to use of what the device has */
	struct rte_ether_addr mac;
	struct rte_mempool *pool;
	struct hub_member *member; /* NULL: in no hub */
	struct hub *hub;	   /* where the member is */
	bool link_off;		   /* set_link off */
	struct {		   /* what QMP's events told of it so far */
		uint64_t connects, disconnects;
		uint64_t filter_sum;
		bool filter_muted;
		bool stream_up;
	} watch;
};

TAILQ_HEAD(rh_ports, rh_port);

struct rh_hub {
	TAILQ_ENTRY(rh_hub) next;
	struct hub *hub;
	bool keep; /* something was said of it: it stays without members */
};

TAILQ_HEAD(rh_hubs, rh_hub);

struct ringhub {
	pthread_mutex_t lock;  /* lists and what hangs on them */
	struct rh_ports ports; /* in order of creation */
	struct rh_hubs hubs;   /* newest first, as QEMU lists them */
	struct rh_objects objects;
	struct rh_chardevs chardevs;
	struct engine *engine;
	struct conf auto_ids;		  /* for ids of devices added later */
	bool quit;			  /* M */
	struct qmp *qmp;		  /* NULL: no QMP server. M */
	TAILQ_HEAD(, announce) announces; /* under way. M */
};

/**
 * Make what one item asks for and connect it; nothing is left behind on error.
 * @param why  OPT_LEN bytes: the reason. @return 0 or -errno. Thread: M under the lock.
 */
int rh_add(struct ringhub *rh, const struct conf_item *item, char *why);

/** Take a port out of its hub and remove it. Under the lock. */
int rh_del(struct ringhub *rh, struct rh_port *p, char *why);

/** Remove all. Under the lock. */
void rh_del_all(struct ringhub *rh);

/** By id; NULL. Under the lock. */
struct rh_port *rh_find(struct ringhub *rh, const char *id);

/** By id or DPDK port number; NULL. Under the lock. */
struct rh_port *rh_find_port(struct ringhub *rh, const char *name);

/** set_link. Under the lock. */
int rh_set_link(struct ringhub *rh, struct rh_port *p, bool up, char *why);

/** The QEMU options by which a guest attaches to device p; "" for others. */
void rh_qemu_options(const struct ringhub *rh, const struct rh_port *p, char *text, size_t len);

/** The numbered hub; NULL. Under the lock. */
struct hub *rh_find_hub(struct ringhub *rh, int32_t id);

/** Say how a numbered hub forwards, before or while it has members. @return 0 or -errno. M, locked. */
int rh_set_hub(struct ringhub *rh, int32_t id, const struct hub_conf *conf);

/** Send one announcement of each device's MAC (or of one id). @return devices announced. */
unsigned int rh_announce(struct ringhub *rh, const char *id);

/** Print QEMU's start-up warnings about what is connected to nothing. */
void rh_warn(struct ringhub *rh);

/** ports.c: make and destroy the ethdev of a port. */
int rh_port_create(struct rh_port *p, const char *driver, const struct opt *keys, char *why);
int rh_port_attach(struct rh_port *p, const char *devargs, char *why);
void rh_port_destroy(struct rh_port *p);

/** "-netdev dpdk": the device that devargs= names, with queues= and mtu=. Nothing is left on error. */
int rh_dpdk_attach(struct rh_port *p, const struct opt *keys, char *why);

/** The lowest free MAC of QEMU's default range. */
void rh_next_mac(struct ringhub *rh, struct rte_ether_addr *mac);

/** Say what the lcores found and may not say themselves. Now and then. Thread: M, unlocked. */
void rh_watch(struct ringhub *rh);

/** main.c: "help" and "MODEL,help" of -device. @return whether value is one of these. */
bool rh_print_device_help(const char *value, FILE *out);

/** telemetry.c */
int rh_telemetry_init(struct ringhub *rh);

/** Why a counter of a port counts; NULL when nobody says. */
const char *rh_stat_reason(const char *xstat);

#endif
