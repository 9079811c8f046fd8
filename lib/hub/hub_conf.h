/* SPDX-License-Identifier: BSD-3-Clause */
/* What a user may say of a hub and of its ports: "mode=switch,ageing=60", "trunk=10-20;30". */
#ifndef HUB_HUB_CONF_H
#define HUB_HUB_CONF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HUB_AGEING_DEFAULT   300   /* seconds, as IEEE 802.1D */
#define HUB_AGEING_MAX	     86400 /* seconds */
#define HUB_MAX_MACS_DEFAULT 1024
#define HUB_MAX_MACS_LIMIT   65535
#define HUB_STORM_MAX	     100000000 /* frames a second */
#define HUB_VLANS	     4096      /* identifiers; 0 stands for untagged, 4095 is reserved */
#define HUB_WHY_LEN	     256

enum hub_mode { HUB_MODE_HUB, HUB_MODE_SWITCH };

/* Not said: warn where addresses are learnt anyhow, in a switch; off in a hub. */
enum hub_loop { HUB_LOOP_UNSAID, HUB_LOOP_OFF, HUB_LOOP_WARN, HUB_LOOP_BLOCK };

/** A hub's options. */
struct hub_conf {
	enum hub_mode mode;
	enum hub_loop loop;
	uint32_t ageing;   /* seconds until an unheard address is forgotten */
	uint32_t max_macs; /* addresses learnt behind one port */
	uint32_t storm;	   /* broadcast, multicast and unknown frames a second of a port; 0: any */
};

/** A port's options. All zero: takes part in every VLAN and leaves tags as they are. */
struct hub_port_conf {
	bool block;	 /* policy=block: its sources wait a little for it */
	bool has_trunk;	 /* only the VLANs of the set */
	uint16_t access; /* this VLAN only, without tags; 0: no */
	uint16_t native; /* the VLAN that has no tags here; 0: none */
	uint64_t trunk[HUB_VLANS / 64];
};

/** The options of a hub of which nothing was said. Thread: any. */
void hub_conf_init(struct hub_conf *c);

/**
 * Take one key of a hub or of a port.
 * @param why  HUB_WHY_LEN bytes: what is wrong with the value
 * @return 0; -ENOENT: no such key; -EINVAL: why is set. Thread: any.
 */
int hub_conf_set(struct hub_conf *c, const char *key, const char *value, char *why);
int hub_port_conf_set(struct hub_port_conf *c, const char *key, const char *value, char *why);

/** Check keys against each other. @return 0; -EINVAL: why is set. Thread: any. */
int hub_port_conf_check(const struct hub_port_conf *c, char *why);

/** The keys, blank-separated, for messages. */
extern const char hub_conf_keys[], hub_port_conf_keys[];

/** The options as a user would write them; of a port "" for one of which nothing was said. */
void hub_conf_print(const struct hub_conf *c, char *text, size_t len);
void hub_port_conf_print(const struct hub_port_conf *c, char *text, size_t len);

/** What loop= comes to. Thread: any. */
enum hub_loop hub_conf_loop(const struct hub_conf *c);

/** Whether a port that says nothing else needs more than flooding. Thread: any. */
bool hub_conf_is_plain(const struct hub_conf *c);

#endif
