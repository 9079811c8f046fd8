/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's objects and chardevs: network filters, and the sockets that they talk to. */
#ifndef RINGHUB_OBJECTS_H
#define RINGHUB_OBJECTS_H

#include <stdio.h>
#include <sys/queue.h>

#include "conf.h"

struct filter;
struct filter_chr;
struct hub_member;
struct object_type;
struct rh_port;
struct ringhub;

/** A filter. M changes it under the lock. */
struct rh_object {
	TAILQ_ENTRY(rh_object) next;
	const struct object_type *type;
	char id[CONF_ID_LEN];
	char netdev[CONF_ID_LEN];
	struct opt opt; /* as given */
	struct filter *filter;
};

/* All filters; those of one netdev in their order from it outwards. */
TAILQ_HEAD(rh_objects, rh_object);

struct rh_chardev {
	TAILQ_ENTRY(rh_chardev) next;
	struct filter_chr *chr;
};

TAILQ_HEAD(rh_chardevs, rh_chardev);

/*
 * All functions: thread M under the lock. why has OPT_LEN bytes and says in QEMU's words what is wrong.
 */

/**
 * object_add, -object: its word is the type, its keys are its properties and id.
 * @return 0; -EINVAL, -EEXIST, -ENODEV, -EBUSY, -ENOMEM, or -errno of the file or socket.
 */
int rh_object_add(struct ringhub *rh, const struct opt *given, char *why);

/** object_del, while traffic runs. @return 0; -ENOENT; -ETIMEDOUT: out of service, but kept. */
int rh_object_del(struct ringhub *rh, const char *id, char *why);

/** qom-set: property status, value on or off. @return 0; -ENOENT; -EINVAL. */
int rh_object_set(struct ringhub *rh, const char *path, const char *property, const char *value,
	char *why);

/** chardev-add, -chardev: o->word is the kind. @return 0 or -errno. */
int rh_chardev_add(struct ringhub *rh, const struct opt *o, char *why);

/** chardev-remove. @return 0; -ENOENT; -EBUSY. */
int rh_chardev_del(struct ringhub *rh, const char *id, char *why);

/** A port's member is new and in no hub yet: give it the filters of its netdev. @return 0, -ENOMEM. */
int rh_objects_bind(struct ringhub *rh, struct rh_port *p);

/** A member is used by no lcore any more: take its filters off. They stay with their netdev. */
void rh_objects_unbind(struct hub_member *m);

/** A netdev goes, and with it its filters. */
void rh_objects_del_netdev(struct ringhub *rh, const char *netdev);

/** At the end, without ports: chardevs and what is left. */
void rh_objects_fini(struct ringhub *rh);

/** The hubport that a port is plugged into; NULL. */
struct rh_port *rh_hubport_of(struct ringhub *rh, const struct rh_port *p);

/** What "info network" says below a client: its filters, and those of its hubport. */
void rh_objects_print(struct ringhub *rh, const struct rh_port *p, FILE *out);

/** Counters of one filter, or of all. @return filters. */
unsigned int rh_objects_print_stats(struct ringhub *rh, const char *id, FILE *out);

/** "-object help". */
void rh_objects_print_types(FILE *out);

/** /ringhub/filters on the telemetry socket. */
void rh_objects_telemetry_init(struct ringhub *rh);

#endif
