/* SPDX-License-Identifier: BSD-3-Clause */
/* What the user asked for, in the order it is made: backends first, then devices. */
#ifndef RINGHUB_CONF_H
#define RINGHUB_CONF_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/engine.h"
#include "hub/hub_conf.h"
#include "opt.h"

#define CONF_ID_LEN 64

enum conf_kind { CONF_NETDEV, CONF_DEVICE, CONF_CHARDEV, CONF_OBJECT };

/** One -netdev, -device, -chardev or -object, whatever word it was given by. */
struct conf_item {
	enum conf_kind kind;
	char id[CONF_ID_LEN];
	char text[OPT_LEN];	/* as the user wrote it, for error messages: "-netdev user,id=n0" */
	char peer[CONF_ID_LEN]; /* netdev= of a device or a hubport; "" if none */
	int32_t hub;		/* hub to join; -1: none named */
	struct hub_port_conf port; /* of a hubport */
	struct opt opt;		   /* type or model, and the keys that are not ours */
};

/** One -hub. */
struct conf_hub {
	int32_t id;
	struct hub_conf conf;
};

struct conf {
	unsigned int n;
	struct conf_item *item;
	unsigned int n_hubs;
	struct conf_hub *hub;
	struct engine_conf engine; /* -engine */
	char monitor[OPT_LEN];	   /* "stdio", "unix:PATH", "none" */
	char qmp[OPT_LEN];	   /* "unix:PATH"; "": none */
	unsigned int next_auto;	   /* for ids of -net and -nic */
	bool net_none;
};

/** Add one option by its name without the dash ("netdev", "device", "net", "nic", "hub", "engine",
 * "monitor", "qmp", "readconfig", "chardev", "object"). @param why OPT_LEN bytes. @return 0; -EINVAL; -ENOENT: no
 * such option. */
int conf_add(struct conf *c, const char *name, const char *value, char *why);

/** Turn one netdev_add or device_add argument, of either form, into an item; as conf_add(). */
int conf_parse_item(struct conf *c, enum conf_kind kind, const char *value, struct conf_item *item,
	char *why);

/** The second half of that: kind, hub (-1) and opt are set, all else is 0. As conf_add(). */
int conf_finish_item(struct conf *c, struct conf_item *item, char *why);

/** The model's own name, for a word of -device. Thread: any. */
const char *conf_model_name(const char *word);

/** Check what can only be seen with everything there. @return 0 or -EINVAL. */
int conf_check(const struct conf *c, char *why);

/** Read -readconfig's file into c. */
int conf_read(struct conf *c, const char *path, char *why);

void conf_free(struct conf *c);

#endif
