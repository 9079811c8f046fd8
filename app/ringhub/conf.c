/* SPDX-License-Identifier: BSD-3-Clause */
/* Options to items, with everything checked that needs no port to exist. */
#include "conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_string_fns.h>

#include "backend.h"
#include "conf_engine.h"
#include "conf_hub.h"
#include "json_opt.h"

#define CONF_WHY(why, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -EINVAL)

/* Words of -device; several may name one model. */
static const struct conf_model {
	const char *word, *name;
	bool vhost_user; /* can be reached so */
} conf_models[] = {
	{ "virtio-net-pci", "virtio-net-pci", true },
	{ "virtio-net", "virtio-net-pci", true },
	{ "e1000", "e1000", false },
	{ "e1000-82540em", "e1000", false },
	{ "rtl8139", "rtl8139", false },
};

static const struct conf_model *
conf_model(const char *word)
{
	size_t i;

	for (i = 0; i < RTE_DIM(conf_models); i++)
		if (strcmp(conf_models[i].word, word) == 0)
			return &conf_models[i];
	return NULL;
}

const char *
conf_model_name(const char *word)
{
	const struct conf_model *model = conf_model(word);

	return model != NULL ? model->name : word;
}

static bool
conf_is_one_of(const char *word, const char *const *list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(word, list[i]) == 0)
			return true;
	return false;
}
#define CONF_IN(word, list) conf_is_one_of(word, list, RTE_DIM(list))

static int
conf_take_hub(struct conf_item *item, const char *key, char *why)
{
	char text[OPT_LEN], *end;
	long id;

	if (!opt_take(&item->opt, key, text, sizeof(text)))
		return 0;
	errno = 0;
	id = strtol(text, &end, 0);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || id > INT32_MAX)
		return CONF_WHY(why, "%s=%s: must be a number from 0 to %d", key, text, INT32_MAX);
	item->hub = (int32_t)id;
	return 0;
}

static int
conf_check_netdev(struct conf_item *item, char *why)
{
	const char *type = item->opt.word;
	char words[OPT_LEN / 2];
	int ret;

	backend_words(words, sizeof(words));
	if (backend_find(type) == NULL)
		return CONF_WHY(why,
			"Invalid parameter '%s': available backends are %s (-netdev help)", type,
			words);
	if (strcmp(type, "hubport") != 0)
		return 0;
	ret = conf_take_hub(item, "hubid", why);
	if (ret < 0)
		return ret;
	if (item->hub < 0)
		return CONF_WHY(why, "Parameter 'hubid' is missing: hubport,id=ID,hubid=N");
	opt_take(&item->opt, "netdev", item->peer, sizeof(item->peer));
	return conf_hub_port(item, why);
}

static int
conf_check_mac(const struct conf_item *item, char *why)
{
	const char *text = opt_get(&item->opt, "mac");
	struct rte_ether_addr mac;

	if (text == NULL)
		return 0;
	if (rte_ether_unformat_addr(text, &mac) < 0)
		return CONF_WHY(why,
			"mac=%s: invalid syntax for ethernet address: "
			"give six hex bytes such as 52:54:00:12:34:56",
			text);
	if (rte_is_multicast_ether_addr(&mac))
		return CONF_WHY(why,
			"mac=%s: NIC cannot have multicast MAC address: "
			"make the first byte even",
			text);
	return 0;
}

/* The socket: exactly one, of a kind that the model has. */
static int
conf_check_path(const struct conf_item *item, bool virtio, char *why)
{
	const char *vhost = opt_get(&item->opt, "vhost-user");
	const char *vfio = opt_get(&item->opt, "vfio-user");

	if (vhost == NULL && vfio == NULL)
		return CONF_WHY(why,
			"needs %svfio-user=PATH, the unix socket by which QEMU reaches it",
			virtio ? "vhost-user=PATH or " : "");
	if (vhost != NULL && vfio != NULL)
		return CONF_WHY(why, "both vhost-user= and vfio-user=: give one of them");
	if (vhost != NULL && !virtio)
		return CONF_WHY(why,
			"vhost-user=%s: only virtio-net is reached so: use vfio-user=%s", vhost,
			vhost);
	if (strlen(vhost != NULL ? vhost : vfio) > 107)
		return CONF_WHY(why,
			"%s-user=%s: path is longer than 107 bytes: "
			"choose a shorter one",
			vhost != NULL ? "vhost" : "vfio", vhost != NULL ? vhost : vfio);
	return 0;
}

static int
conf_check_device(struct conf_item *item, char *why)
{
	const struct conf_model *model = conf_model(item->opt.word);
	int ret;

	if (model == NULL)
		return CONF_WHY(why,
			"'%s' is not a valid device model name: available are "
			"virtio-net-pci, e1000, rtl8139 (-device help)",
			item->opt.word);
	ret = conf_check_path(item, model->vhost_user, why);
	if (ret < 0)
		return ret;
	opt_take(&item->opt, "netdev", item->peer, sizeof(item->peer));
	return conf_check_mac(item, why);
}

int
conf_finish_item(struct conf *c, struct conf_item *item, char *why)
{
	bool netdev = item->kind == CONF_NETDEV;

	if (item->opt.word[0] == '\0' && !opt_take(&item->opt, netdev ? "type" : "driver",
						 item->opt.word, sizeof(item->opt.word)))
		return CONF_WHY(why, "Parameter '%s' is missing", netdev ? "type" : "driver");
	if (!opt_take(&item->opt, "id", item->id, sizeof(item->id))) {
		if (netdev)
			return CONF_WHY(why, "Parameter 'id' is missing: add id=NAME");
		snprintf(item->id, sizeof(item->id), "dev%u", c->next_auto++);
	}
	if (!opt_id_ok(item->id))
		return CONF_WHY(why,
			"id=%s: an id is a letter, then letters, digits, '-', '.' or "
			"'_'",
			item->id);
	return netdev ? conf_check_netdev(item, why) : conf_check_device(item, why);
}

int
conf_parse_item(struct conf *c, enum conf_kind kind, const char *value, struct conf_item *item,
	char *why)
{
	int ret;

	memset(item, 0, sizeof(*item));
	item->kind = kind;
	item->hub = -1;
	snprintf(item->text, sizeof(item->text), "%s %s",
		kind == CONF_NETDEV ? "-netdev" : "-device", value);
	ret = value[0] == '{' ? json_opt_parse(value, kind == CONF_NETDEV ? "type" : "driver",
					&item->opt, why)
			      : opt_parse(value, &item->opt, why);
	return ret < 0 ? ret : conf_finish_item(c, item, why);
}

static int
conf_append(struct conf *c, const struct conf_item *item)
{
	struct conf_item *items = realloc(c->item, (c->n + 1) * sizeof(*items));

	if (items == NULL)
		return -ENOMEM;
	items[c->n++] = *item;
	c->item = items;
	return 0;
}

/* A netdev or device: they share one space of names. */
static int
conf_push(struct conf *c, const struct conf_item *item, char *why)
{
	unsigned int i;

	if (!opt_id_ok(item->id))
		return CONF_WHY(why,
			"id=%s: an id is a letter, then letters, digits, '-', '.' or '_'",
			item->id);
	for (i = 0; i < c->n; i++)
		if (c->item[i].kind <= CONF_DEVICE && strcmp(c->item[i].id, item->id) == 0)
			return CONF_WHY(why,
				"Duplicate ID '%s': give each -netdev and -device its own",
				item->id);
	return conf_append(c, item);
}

static int
conf_add_item(struct conf *c, enum conf_kind kind, const char *value, char *why)
{
	struct conf_item item;
	int ret = conf_parse_item(c, kind, value, &item, why);

	return ret < 0 ? ret : conf_push(c, &item, why);
}

/* -chardev and -object: objects.c and chardev.c know the keys, id included. */
static int
conf_add_object(struct conf *c, enum conf_kind kind, const char *value, char *why)
{
	struct conf_item item = { .kind = kind, .hub = -1 };
	int ret = opt_parse(value, &item.opt, why);

	if (ret < 0)
		return ret;
	snprintf(item.text, sizeof(item.text), "%s %s",
		kind == CONF_CHARDEV ? "-chardev" : "-object", value);
	return conf_append(c, &item);
}

/* Keys that -net and -nic spell in their own way. */
static void
conf_rename(struct opt *o, const char *from, const char *to)
{
	char value[OPT_LEN];

	if (opt_take(o, from, value, sizeof(value)))
		opt_set(o, to, value);
}

static void
conf_auto_id(struct conf *c, struct conf_item *item)
{
	conf_rename(&item->opt, "name", "id");
	if (!opt_take(&item->opt, "id", item->id, sizeof(item->id)))
		snprintf(item->id, sizeof(item->id), "net%03u", c->next_auto++);
}

/* -net nic|TYPE,vlan=N: legacy, everything on a hub; QEMU's default is hub 0. */
static int
conf_add_net(struct conf *c, const char *value, char *why)
{
	struct conf_item item = { .hub = 0 };
	int ret;

	if (strcmp(value, "none") == 0) {
		c->net_none = true;
		return 0;
	}
	snprintf(item.text, sizeof(item.text), "-net %s", value);
	ret = opt_parse(value, &item.opt, why);
	if (ret == 0)
		ret = conf_take_hub(&item, "vlan", why);
	if (ret < 0)
		return ret;
	conf_auto_id(c, &item);
	if (strcmp(item.opt.word, "nic") != 0) {
		if (strcmp(item.opt.word, "hubport") == 0)
			return CONF_WHY(why, "hubport is only supported with -netdev/-nic");
		item.kind = CONF_NETDEV;
		ret = conf_check_netdev(&item, why);
		return ret < 0 ? ret : conf_push(c, &item, why);
	}
	item.kind = CONF_DEVICE;
	rte_strscpy(item.opt.word, "virtio-net-pci", sizeof(item.opt.word));
	opt_take(&item.opt, "model", item.opt.word, sizeof(item.opt.word));
	conf_rename(&item.opt, "macaddr", "mac");
	ret = conf_check_device(&item, why);
	if (ret == 0 && item.peer[0] != '\0')
		item.hub = -1;
	return ret < 0 ? ret : conf_push(c, &item, why);
}

/* Keys of -nic that describe the NIC; all others are the backend's. */
static bool
conf_is_nic_key(const char *key)
{
	static const char *const keys[] = { "mac", "vhost-user", "vfio-user", "mode", "queues",
		"host_mtu", "doorbells", "rom", "romfile", "revision", "trace", "csum",
		"guest_csum", "host_tso4", "host_tso6", "guest_tso4", "guest_tso6", "mrg_rxbuf",
		"event_idx", "indirect_desc", "packed", "rss", "hash", "notf_coal", "vq_notf_coal",
		"device_stats", "rx-usecs", "rx-frames", "tx-usecs", "tx-frames" };

	return CONF_IN(key, keys);
}

/* -nic TYPE,model=MODEL,...: both halves. */
static int
conf_add_nic(struct conf *c, const char *value, char *why)
{
	struct conf_item backend = { .hub = -1, .kind = CONF_NETDEV };
	struct conf_item nic = { .hub = -1, .kind = CONF_DEVICE };
	unsigned int i;
	int ret;

	if (strcmp(value, "none") == 0) {
		c->net_none = true;
		return 0;
	}
	ret = opt_parse(value, &backend.opt, why);
	if (ret < 0)
		return ret;
	snprintf(backend.text, sizeof(backend.text), "-nic %s", value);
	rte_strscpy(nic.text, backend.text, sizeof(nic.text));
	rte_strscpy(nic.opt.word, "virtio-net-pci", sizeof(nic.opt.word));
	opt_take(&backend.opt, "model", nic.opt.word, sizeof(nic.opt.word));
	conf_rename(&backend.opt, "macaddr", "mac");
	conf_auto_id(c, &backend);
	snprintf(nic.id, sizeof(nic.id), "%.58s-nic", backend.id);
	rte_strscpy(nic.peer, backend.id, sizeof(nic.peer));
	for (i = 0; i < backend.opt.n;) {
		struct opt_pair p = backend.opt.pair[i];

		if (!conf_is_nic_key(p.key)) {
			i++;
			continue;
		}
		opt_set(&nic.opt, p.key, p.value);
		opt_take(&backend.opt, p.key, NULL, 0);
	}
	ret = conf_check_netdev(&backend, why);
	if (ret == 0)
		ret = conf_push(c, &backend, why);
	if (ret == 0)
		ret = conf_check_device(&nic, why);
	return ret < 0 ? ret : conf_push(c, &nic, why);
}

/* QEMU's words for what we do anyway: listen, and do not wait for a client. */
static bool
conf_is_chardev_word(const char *word)
{
	static const char *const words[] = { "server", "server=on", "wait=off", "nowait" };

	return CONF_IN(word, words);
}

/* "unix:PATH[,server=on,wait=off]" to "unix:PATH". */
static int
conf_set_unix(char *to, const char *value, char *why)
{
	char text[OPT_LEN], *save = NULL, *word;

	if (rte_strscpy(text, value, sizeof(text)) < 0)
		return CONF_WHY(why, "longer than %d bytes", OPT_LEN - 1);
	word = strtok_r(text + 5, ",", &save);
	if (word == NULL || word != text + 5 || strlen(word) > 107)
		return CONF_WHY(why, "unix:PATH: the path must have 1 to 107 bytes");
	while ((word = strtok_r(NULL, ",", &save)) != NULL)
		if (!conf_is_chardev_word(word))
			return CONF_WHY(why, "'%s': behind unix:PATH only server=on,wait=off",
				word);
	rte_strscpy(to, text, OPT_LEN);
	return 0;
}

static int
conf_set_monitor(struct conf *c, const char *value, char *why)
{
	if (strncmp(value, "unix:", 5) == 0)
		return conf_set_unix(c->monitor, value, why);
	if (strcmp(value, "stdio") != 0 && strcmp(value, "none") != 0)
		return CONF_WHY(why, "must be stdio, unix:PATH or none");
	rte_strscpy(c->monitor, value, sizeof(c->monitor));
	return 0;
}

static int
conf_set_qmp(struct conf *c, const char *value, char *why)
{
	if (strncmp(value, "unix:", 5) == 0)
		return conf_set_unix(c->qmp, value, why);
	if (strcmp(value, "none") != 0)
		return CONF_WHY(why, "must be unix:PATH or none");
	c->qmp[0] = '\0';
	return 0;
}

int
conf_add(struct conf *c, const char *name, const char *value, char *why)
{
	if (strcmp(name, "netdev") == 0)
		return conf_add_item(c, CONF_NETDEV, value, why);
	if (strcmp(name, "device") == 0)
		return conf_add_item(c, CONF_DEVICE, value, why);
	if (strcmp(name, "net") == 0)
		return conf_add_net(c, value, why);
	if (strcmp(name, "nic") == 0)
		return conf_add_nic(c, value, why);
	if (strcmp(name, "hub") == 0)
		return conf_hub_add(c, value, why);
	if (strcmp(name, "engine") == 0)
		return conf_engine_add(c, value, why);
	if (strcmp(name, "chardev") == 0)
		return conf_add_object(c, CONF_CHARDEV, value, why);
	if (strcmp(name, "object") == 0)
		return conf_add_object(c, CONF_OBJECT, value, why);
	if (strcmp(name, "monitor") == 0)
		return conf_set_monitor(c, value, why);
	if (strcmp(name, "qmp") == 0)
		return conf_set_qmp(c, value, why);
	if (strcmp(name, "readconfig") == 0)
		return conf_read(c, value, why);
	return -ENOENT;
}

static const struct conf_item *
conf_find(const struct conf *c, const char *id, enum conf_kind kind)
{
	unsigned int i;

	for (i = 0; i < c->n; i++)
		if (c->item[i].kind == kind && strcmp(c->item[i].id, id) == 0)
			return &c->item[i];
	return NULL;
}

int
conf_check(const struct conf *c, char *why)
{
	unsigned int i, k;

	for (i = 0; i < c->n; i++) {
		const struct conf_item *item = &c->item[i];

		if (item->peer[0] == '\0')
			continue;
		if (conf_find(c, item->peer, CONF_NETDEV) == NULL)
			return CONF_WHY(why, "%s: netdev '%s' not found: add -netdev TYPE,id=%s",
				item->text, item->peer, item->peer);
		for (k = 0; k < i; k++)
			if (strcmp(c->item[k].peer, item->peer) == 0)
				return CONF_WHY(why,
					"%s: netdev '%s' is in use by '%s': join them "
					"by -netdev hubport",
					item->text, item->peer, c->item[k].id);
	}
	return 0;
}

void
conf_free(struct conf *c)
{
	free(c->item);
	free(c->hub);
	*c = (struct conf){ 0 };
}
