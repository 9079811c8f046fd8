/* SPDX-License-Identifier: BSD-3-Clause */
/* Filters on netdevs, also while traffic runs. */
#include "objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "filter/filter.h"
#include "filter/filter_chr.h"
#include "object_type.h"
#include "ringhub.h"

#define OBJECT_WHY(why, code, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -(code))

_Static_assert(FILTER_WHY_LEN <= OPT_LEN, "a filter's reason fits");

static struct rh_object *
object_find(struct ringhub *rh, const char *id)
{
	struct rh_object *o;

	TAILQ_FOREACH(o, &rh->objects, next)
		if (strcmp(o->id, id) == 0)
			return o;
	return NULL;
}

static bool
object_is_hubport(const struct rh_port *p)
{
	return p != NULL && p->kind == CONF_NETDEV && p->port_id == RH_NO_PORT;
}

/* Who names a netdev as its own. */
static struct rh_port *
object_user_of(struct ringhub *rh, const char *netdev)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &rh->ports, next)
		if (strcmp(p->peer, netdev) == 0)
			return p;
	return NULL;
}

/* The port at whose member a netdev's filters are: its own, or the one behind a hubport. */
static struct rh_port *
object_port(struct ringhub *rh, const char *netdev)
{
	struct rh_port *p = rh_find(rh, netdev);

	if (!object_is_hubport(p))
		return p;
	return p->peer[0] != '\0' ? rh_find(rh, p->peer) : object_user_of(rh, netdev);
}

struct rh_port *
rh_hubport_of(struct ringhub *rh, const struct rh_port *p)
{
	struct rh_port *peer = p->peer[0] != '\0' ? rh_find(rh, p->peer) : NULL;

	if (p->kind == CONF_NETDEV)
		peer = object_user_of(rh, p->id);
	return object_is_hubport(peer) ? peer : NULL;
}

static void
object_append(struct hub_filters *f, const struct rh_object *o, bool flip)
{
	f->filter[f->n++] = (struct hub_filter){ filter_ops(o->filter), o->filter, flip };
}

/*
 * The filters of a port, from it outwards: its own, then those of the hubport that it is plugged into.
 * A hubport is the other end of the cable: what it receives is what the port sends.
 */
static int
object_build(struct ringhub *rh, const struct rh_port *p, struct hub_filters **filters)
{
	const struct rh_port *hubport = rh_hubport_of(rh, p);
	struct hub_filters *f;
	struct rh_object *o;
	size_t n = 0;

	TAILQ_FOREACH(o, &rh->objects, next)
		n++;
	*filters = NULL;
	if (n == 0)
		return 0;
	f = rte_zmalloc("hub_filters", sizeof(*f) + n * sizeof(f->filter[0]), RTE_CACHE_LINE_SIZE);
	if (f == NULL)
		return -ENOMEM;
	if (p->kind == CONF_NETDEV)
		TAILQ_FOREACH(o, &rh->objects, next)
			if (strcmp(o->netdev, p->id) == 0)
				object_append(f, o, false);
	if (hubport != NULL)
		TAILQ_FOREACH_REVERSE(o, &rh->objects, rh_objects, next)
			if (strcmp(o->netdev, hubport->id) == 0)
				object_append(f, o, true);
	if (f->n > 0) {
		*filters = f;
		return 0;
	}
	rte_free(f);
	return 0;
}

/* Bring a port's member in line with the list, under traffic. */
static int
object_apply(struct ringhub *rh, struct rh_port *p)
{
	struct hub_filters *filters, *old;
	int ret;

	if (p == NULL || p->member == NULL)
		return 0;
	ret = object_build(rh, p, &filters);
	if (ret < 0)
		return ret;
	old = hub_member_set_filters(p->member, filters);
	ret = engine_sync(rh->engine);
	if (ret == 0)
		rte_free(old);
	return ret;
}

int
rh_objects_bind(struct ringhub *rh, struct rh_port *p)
{
	struct hub_filters *filters;
	int ret = object_build(rh, p, &filters);

	if (ret == 0)
		hub_member_set_filters(p->member, filters);
	return ret;
}

void
rh_objects_unbind(struct hub_member *m)
{
	rte_free(hub_member_set_filters(m, NULL));
}

/* Into the list, where position= and insert= say. */
static int
object_insert(struct ringhub *rh, struct rh_object *o, char *why)
{
	const char *position = opt_get(&o->opt, "position"), *insert = opt_get(&o->opt, "insert");
	struct rh_object *at;

	if (position == NULL || strcmp(position, "tail") == 0) {
		TAILQ_INSERT_TAIL(&rh->objects, o, next);
	} else if (strcmp(position, "head") == 0) {
		TAILQ_INSERT_HEAD(&rh->objects, o, next);
	} else {
		at = object_find(rh, position + strlen("id="));
		if (at == NULL)
			return OBJECT_WHY(why, EINVAL, "filter '%s' not found",
				position + strlen("id="));
		if (strcmp(at->netdev, o->netdev) != 0)
			return OBJECT_WHY(why, EINVAL, "filter '%s' belongs to a different netdev",
				at->id);
		if (insert != NULL && strcmp(insert, "before") == 0)
			TAILQ_INSERT_BEFORE(at, o, next);
		else
			TAILQ_INSERT_AFTER(&rh->objects, at, o, next);
	}
	return 0;
}

static struct filter_chr *
object_chardev(struct ringhub *rh, const char *id)
{
	struct rh_chardev *c;

	TAILQ_FOREACH(c, &rh->chardevs, next)
		if (strcmp(filter_chr_id(c->chr), id) == 0)
			return c->chr;
	return NULL;
}

/* indev= and outdev= of a mirror or redirector. */
static int
object_find_chardevs(struct ringhub *rh, const struct opt *o, struct filter_conf *conf, char *why)
{
	const char *in = opt_get(o, "indev"), *out = opt_get(o, "outdev");
	bool redirector = strcmp(o->word, "filter-redirector") == 0;

	if (redirector && in == NULL && out == NULL)
		return OBJECT_WHY(why, EINVAL,
			"filter redirector needs 'indev' or 'outdev' at least one property set");
	if (in != NULL && out != NULL && strcmp(in, out) == 0)
		return OBJECT_WHY(why, EINVAL,
			"'indev' and 'outdev' could not be same for filter redirector");
	conf->in = in != NULL ? object_chardev(rh, in) : NULL;
	conf->out = out != NULL ? object_chardev(rh, out) : NULL;
	if (in != NULL && conf->in == NULL)
		return OBJECT_WHY(why, ENODEV, "IN Device '%s' not found", in);
	if (out != NULL && conf->out == NULL)
		return OBJECT_WHY(why, ENODEV, "%sDevice '%s' not found", redirector ? "OUT " : "",
			out);
	return 0;
}

static uint32_t
object_u32(const struct opt *o, const char *key, uint32_t def)
{
	const char *value = opt_get(o, key);

	return value != NULL ? (uint32_t)strtoul(value, NULL, 0) : def;
}

static bool
object_ends_with(const char *text, const char *end)
{
	size_t n = strlen(text), k = strlen(end);

	return n >= k && strcmp(text + n - k, end) == 0;
}

static enum filter_queue
object_queue(const struct opt *o)
{
	const char *queue = opt_get(o, "queue");

	if (queue == NULL || strcmp(queue, "all") == 0)
		return FILTER_ALL;
	return strcmp(queue, "rx") == 0 ? FILTER_RX : FILTER_TX;
}

static bool
object_bool(const struct object_type *t, const struct opt *o, const char *key)
{
	const struct object_prop *p;
	unsigned int i;

	for (i = 0; (p = object_type_prop(t, i)) != NULL; i++)
		if (strcmp(p->name, key) == 0)
			return strcmp(object_value(p, o), "true") == 0;
	return false;
}

/* Checked keys to a filter. */
static int
object_create(struct ringhub *rh, struct rh_object *o, char *why)
{
	const char *status = opt_get(&o->opt, "status"), *format = opt_get(&o->opt, "format");
	struct filter_conf conf = { .id = o->id,
		.netdev = o->netdev,
		.queue = object_queue(&o->opt),
		.off = status != NULL && strcmp(status, "off") == 0,
		.file = opt_get(&o->opt, "file"),
		.maxlen = object_u32(&o->opt, "maxlen", FILTER_MAXLEN),
		.interval = object_u32(&o->opt, "interval", 0),
		.vnet_hdr = object_bool(o->type, &o->opt, "vnet_hdr_support") };
	int ret = object_find_chardevs(rh, &o->opt, &conf, why);

	if (ret < 0)
		return ret;
	if (format != NULL && format[0] != '\0')
		conf.pcapng = strcmp(format, "pcapng") == 0;
	else
		conf.pcapng = conf.file != NULL && object_ends_with(conf.file, ".pcapng");
	o->filter = o->type->create(&conf, why);
	return o->filter != NULL ? 0 : -rte_errno;
}

/* Everything about the keys that can be said before anything is made. */
static int
object_accept(struct ringhub *rh, const struct opt *given, struct rh_object *o, char *why)
{
	const struct rh_port *netdev;
	const char *id = opt_get(given, "id");
	int ret;

	o->opt = *given;
	if (o->opt.word[0] == '\0')
		opt_take(&o->opt, "qom-type", o->opt.word, sizeof(o->opt.word));
	if (o->opt.word[0] == '\0')
		return OBJECT_WHY(why, EINVAL, "Parameter 'qom-type' is missing");
	o->type = object_type_find(o->opt.word);
	if (o->type == NULL)
		return OBJECT_WHY(why, EINVAL,
			"Parameter 'qom-type' does not accept value '%s': -object help lists the "
			"types",
			o->opt.word);
	if (id == NULL)
		return OBJECT_WHY(why, EINVAL, "Parameter 'id' is missing");
	if (!opt_id_ok(id) || strlen(id) >= sizeof(o->id))
		return OBJECT_WHY(why, EINVAL,
			"Parameter 'id' expects an identifier: a letter, then letters, digits, "
			"'-', '.' or '_'");
	rte_strscpy(o->id, id, sizeof(o->id));
	ret = object_check(o->type, &o->opt, why);
	if (ret < 0)
		return ret;
	if (object_find(rh, o->id) != NULL)
		return OBJECT_WHY(why, EEXIST,
			"attempt to add duplicate property '%s' to object (type 'container')",
			o->id);
	netdev = rh_find(rh, opt_get(&o->opt, "netdev"));
	if (netdev == NULL || netdev->kind != CONF_NETDEV)
		return OBJECT_WHY(why, ENODEV, "Parameter 'netdev' expects a network backend id");
	rte_strscpy(o->netdev, netdev->id, sizeof(o->netdev));
	return 0;
}

int
rh_object_add(struct ringhub *rh, const struct opt *given, char *why)
{
	struct rh_object *o = calloc(1, sizeof(*o));
	int ret;

	if (o == NULL)
		return OBJECT_WHY(why, ENOMEM, "out of memory");
	ret = object_accept(rh, given, o, why);
	if (ret < 0)
		goto free_object;
	ret = object_create(rh, o, why);
	if (ret < 0)
		goto free_object;
	ret = object_insert(rh, o, why);
	if (ret < 0)
		goto destroy_filter;
	ret = object_apply(rh, object_port(rh, o->netdev));
	if (ret == 0)
		return 0;
	if (ret == -ETIMEDOUT) /* it is in force, and stays */
		return OBJECT_WHY(why, ETIMEDOUT, "an lcore does not respond");
	TAILQ_REMOVE(&rh->objects, o, next);
	snprintf(why, OPT_LEN, "%s", strerror(-ret));

destroy_filter:
	filter_destroy(o->filter);
free_object:
	free(o);
	return ret;
}

/* Off its member, and free. */
static int
object_remove(struct ringhub *rh, struct rh_object *o)
{
	struct rh_port *p = object_port(rh, o->netdev);
	int ret;

	if (p != NULL && p->member != NULL)
		filter_rest(o->filter);
	TAILQ_REMOVE(&rh->objects, o, next);
	ret = object_apply(rh, p);
	/* Also where there is no member (any more): an lcore that has not come by may still use it. */
	if (ret == 0)
		ret = engine_sync(rh->engine);
	if (ret == 0)
		filter_destroy(o->filter);
	free(o);
	return ret;
}

int
rh_object_del(struct ringhub *rh, const char *id, char *why)
{
	struct rh_object *o = object_find(rh, id);
	int ret;

	if (o == NULL)
		return OBJECT_WHY(why, ENOENT, "object '%s' not found", id);
	ret = object_remove(rh, o);
	if (ret < 0)
		snprintf(why, OPT_LEN, "'%s' is out of service but kept: %s", id,
			ret == -ETIMEDOUT ? "an lcore does not respond" : strerror(-ret));
	return ret;
}

void
rh_objects_del_netdev(struct ringhub *rh, const char *netdev)
{
	struct rh_object *o, *after;

	for (o = TAILQ_FIRST(&rh->objects); o != NULL; o = after) {
		after = TAILQ_NEXT(o, next);
		if (strcmp(o->netdev, netdev) == 0)
			object_remove(rh, o);
	}
}

int
rh_object_set(struct ringhub *rh, const char *path, const char *property, const char *value,
	char *why)
{
	static const char root[] = "/objects/";
	const char *id = strncmp(path, root, strlen(root)) == 0 ? path + strlen(root) : path;
	struct rh_object *o = object_find(rh, id);
	bool on = strcmp(value, "on") == 0;

	if (o == NULL)
		return OBJECT_WHY(why, ENOENT, "Device '%s' not found", path);
	if (strcmp(property, "status") != 0)
		return OBJECT_WHY(why, EINVAL, "Property '%s.%s' cannot be changed: status can",
			o->type->name, property);
	if (!on && strcmp(value, "off") != 0)
		return OBJECT_WHY(why, EINVAL,
			"Invalid value for netfilter status, should be 'on' or 'off'");
	if (opt_set(&o->opt, "status", value) < 0)
		return OBJECT_WHY(why, ENOSPC, "more than %d keys", OPT_MAX);
	filter_set_on(o->filter, on);
	return 0;
}

void
rh_objects_fini(struct ringhub *rh)
{
	struct rh_chardev *c;

	while ((c = TAILQ_FIRST(&rh->chardevs)) != NULL) {
		TAILQ_REMOVE(&rh->chardevs, c, next);
		if (!filter_chr_is_claimed(c->chr))
			filter_chr_close(c->chr);
		free(c);
	}
	if (TAILQ_EMPTY(&rh->ports))
		filter_reap(true);
}
