/* SPDX-License-Identifier: BSD-3-Clause */
/* -netdev tap,vhost=on: the kernel's vhost moves the frames, driven by DPDK's net_virtio_user. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "backend.h"

#define VHOST_DEV "/dev/vhost-net"

/* QEMU's keys of a tap that net_virtio_user can do, and the only value of them if there is one. */
static const struct {
	const char *key, *value;
} vhost_keys[] = {
	{ "ifname", NULL },
	{ "queues", NULL },
	{ "vhost", NULL },
	{ "vhostforce", NULL },
	{ "vnet_hdr", "on" },
	{ "script", "no" },
	{ "downscript", "no" },
};

static int
vhost_check(const struct opt_pair *pair, char *why)
{
	size_t i;

	for (i = 0; i < RTE_DIM(vhost_keys); i++) {
		if (strcmp(pair->key, vhost_keys[i].key) != 0)
			continue;
		if (vhost_keys[i].value == NULL || strcmp(pair->value, vhost_keys[i].value) == 0)
			return 0;
		snprintf(why, OPT_LEN, "%s=%.200s: with vhost=on it must be %s=%s", pair->key,
			pair->value, pair->key, vhost_keys[i].value);
		return -EINVAL;
	}
	snprintf(why, OPT_LEN,
		"%s= cannot be combined with vhost=on: name the tap by ifname=, or leave vhost=on "
		"out",
		pair->key);
	return -EINVAL;
}

bool
backend_wants_vhost(const struct opt *keys)
{
	static const char *const words[] = { "vhost", "vhostforce" };
	size_t i;

	for (i = 0; i < RTE_DIM(words); i++) {
		const char *value = opt_get(keys, words[i]);

		if (value != NULL && (strcmp(value, "on") == 0 || strcmp(value, "yes") == 0 ||
					     strcmp(value, "true") == 0))
			return true;
	}
	return false;
}

int
backend_vhost_keys(const struct opt *keys, struct opt *out, char *why)
{
	const char *ifname = opt_get(keys, "ifname"), *queues = opt_get(keys, "queues");
	unsigned int i;

	for (i = 0; i < keys->n; i++)
		if (vhost_check(&keys->pair[i], why) < 0)
			return -EINVAL;
	if (ifname == NULL || ifname[0] == '\0' || strchr(ifname, '%') != NULL) {
		snprintf(why, OPT_LEN, "vhost=on needs ifname=NAME, the whole name of the tap");
		return -EINVAL;
	}
	*out = (struct opt){ 0 };
	opt_set(out, "path", VHOST_DEV);
	opt_set(out, "iface", ifname);
	opt_set(out, "queues", queues != NULL ? queues : "1");
	opt_set(out, "queue_size", "1024");
	return 0;
}
