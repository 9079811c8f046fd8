/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of hubs and of hubports. */
#include "conf_hub.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#define CONF_WHY(why, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -EINVAL)

static_assert(HUB_WHY_LEN <= OPT_LEN, "lib/hub writes its reasons into ours");

int32_t
conf_hub_id(const char *text)
{
	char *end;
	long id;

	errno = 0;
	id = strtol(text, &end, 10);
	return *text < '0' || *text > '9' || *end != '\0' || errno != 0 || id > INT32_MAX
		       ? -1
		       : (int32_t)id;
}

int
conf_hub_parse(const char *value, int32_t *id, struct hub_conf *hub, char *why)
{
	char text[OPT_LEN];
	struct opt o;
	unsigned int i;
	int ret = opt_parse(value, &o, why);

	if (ret < 0)
		return ret;
	if (o.word[0] != '\0')
		return CONF_WHY(why, "'%s' has no value: write %s=VALUE", o.word, o.word);
	if (*id < 0) {
		if (!opt_take(&o, "id", text, sizeof(text)))
			return CONF_WHY(why,
				"Parameter 'id' is missing: -hub id=N, the hubid of its ports");
		*id = conf_hub_id(text);
		if (*id < 0)
			return CONF_WHY(why, "id=%.64s: must be a number from 0 to %d", text,
				INT32_MAX);
	}
	for (i = 0; i < o.n; i++) {
		ret = hub_conf_set(hub, o.pair[i].key, o.pair[i].value, why);
		if (ret == -ENOENT)
			return CONF_WHY(why, "unknown key '%s'; known are %s", o.pair[i].key,
				hub_conf_keys);
		if (ret < 0)
			return ret;
	}
	return 0;
}

int
conf_hub_add(struct conf *c, const char *value, char *why)
{
	struct conf_hub hub = { .id = -1 }, *hubs;
	unsigned int i;
	int ret;

	hub_conf_init(&hub.conf);
	ret = conf_hub_parse(value, &hub.id, &hub.conf, why);
	if (ret < 0)
		return ret;
	for (i = 0; i < c->n_hubs; i++)
		if (c->hub[i].id == hub.id)
			return CONF_WHY(why, "id=%d: two -hub for one hub: give all keys at once",
				hub.id);
	hubs = realloc(c->hub, (c->n_hubs + 1) * sizeof(*hubs));
	if (hubs == NULL)
		return -ENOMEM;
	hubs[c->n_hubs++] = hub;
	c->hub = hubs;
	return 0;
}

int
conf_hub_port(struct conf_item *item, char *why)
{
	unsigned int i = 0;

	while (i < item->opt.n) {
		const struct opt_pair *p = &item->opt.pair[i];
		int ret = hub_port_conf_set(&item->port, p->key, p->value, why);

		if (ret == -ENOENT)
			return CONF_WHY(why, "unknown key '%s'; known are id hubid netdev %s",
				p->key, hub_port_conf_keys);
		if (ret < 0)
			return ret;
		opt_take(&item->opt, p->key, NULL, 0);
	}
	return hub_port_conf_check(&item->port, why);
}
