/* SPDX-License-Identifier: BSD-3-Clause */
/* -chardev socket: the keys, and the list. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_errno.h>

#include "filter/filter_chr.h"
#include "ringhub.h"

#define CHARDEV_WHY(why, code, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -(code))
#define CHARDEV_RECONNECT_MAX	    3600000 /* ms */

static struct rh_chardev *
chardev_find(struct ringhub *rh, const char *id)
{
	struct rh_chardev *c;

	TAILQ_FOREACH(c, &rh->chardevs, next)
		if (strcmp(filter_chr_id(c->chr), id) == 0)
			return c;
	return NULL;
}

/* An on/off key. @return 0 with *on, or -EINVAL. */
static int
chardev_bool(const struct opt *o, const char *key, bool *on, char *why)
{
	const char *value = opt_get(o, key);

	*on = value != NULL && strcmp(value, "on") == 0;
	if (value == NULL || *on || strcmp(value, "off") == 0)
		return 0;
	return CHARDEV_WHY(why, EINVAL, "Parameter '%s' expects 'on' or 'off'", key);
}

/* reconnect= of QEMU's older releases counts seconds, reconnect-ms= of newer ones milliseconds. */
static int
chardev_reconnect(const struct opt *o, uint32_t *ms, char *why)
{
	const char *seconds = opt_get(o, "reconnect");
	const char *key = seconds != NULL ? "reconnect" : "reconnect-ms", *value = opt_get(o, key);
	unsigned long n;
	char *end;

	*ms = 0;
	if (value == NULL)
		return 0;
	errno = 0;
	n = strtoul(value, &end, 10);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0)
		return CHARDEV_WHY(why, EINVAL, "Parameter '%s' expects integer", key);
	if (n > (unsigned long)CHARDEV_RECONNECT_MAX / (seconds != NULL ? 1000 : 1))
		return CHARDEV_WHY(why, EINVAL, "%s=%s: at most an hour", key, value);
	*ms = (uint32_t)(seconds != NULL ? n * 1000 : n);
	return 0;
}

static int
chardev_check_keys(const struct opt *o, char *why)
{
	static const char *const keys[] = { "id", "path", "host", "port", "server", "wait",
		"reconnect", "reconnect-ms" };
	unsigned int i;
	size_t k;

	for (i = 0; i < o->n; i++) {
		for (k = 0; k < RTE_DIM(keys); k++)
			if (strcmp(o->pair[i].key, keys[k]) == 0)
				break;
		if (k == RTE_DIM(keys))
			return CHARDEV_WHY(why, EINVAL,
				"Invalid parameter '%s': known are id, path, host, port, server, "
				"wait, reconnect, reconnect-ms",
				o->pair[i].key);
	}
	return 0;
}

/* Path or host and port. */
static int
chardev_address(const struct opt *o, struct filter_chr_conf *conf, char *why)
{
	conf->path = opt_get(o, "path");
	conf->host = opt_get(o, "host");
	conf->port = opt_get(o, "port");
	if (conf->path != NULL && (conf->host != NULL || conf->port != NULL))
		return CHARDEV_WHY(why, EINVAL, "None or one of 'path' or 'host' option required.");
	if (conf->path == NULL && conf->port == NULL)
		return CHARDEV_WHY(why, EINVAL,
			conf->host != NULL ? "chardev: socket: no port given"
					   : "chardev: socket: give path= or host= and port=");
	if (conf->path == NULL && conf->host == NULL && !conf->server)
		return CHARDEV_WHY(why, EINVAL, "chardev: socket: no host given");
	if (conf->host != NULL && conf->host[0] == '\0')
		conf->host = NULL;
	return 0;
}

static int
chardev_conf(const struct opt *o, struct filter_chr_conf *conf, char *why)
{
	bool wait = false;
	int ret = chardev_check_keys(o, why);

	if (ret == 0)
		ret = chardev_bool(o, "server", &conf->server, why);
	if (ret == 0)
		ret = chardev_bool(o, "wait", &wait, why);
	if (ret == 0)
		ret = chardev_reconnect(o, &conf->reconnect_ms, why);
	if (ret < 0)
		return ret;
	if (wait)
		return CHARDEV_WHY(why, EINVAL,
			"wait=on: others would wait, too: ringhub never waits for a peer, so write "
			"wait=off");
	if (conf->server && conf->reconnect_ms > 0)
		return CHARDEV_WHY(why, EINVAL,
			"'reconnect' option is incompatible with socket in server listen mode");
	return chardev_address(o, conf, why);
}

int
rh_chardev_add(struct ringhub *rh, const struct opt *o, char *why)
{
	struct filter_chr_conf conf = { .id = opt_get(o, "id") };
	struct rh_chardev *c;
	int ret;

	if (conf.id == NULL)
		return CHARDEV_WHY(why, EINVAL, "chardev: no id specified");
	if (strcmp(o->word, "socket") != 0)
		return CHARDEV_WHY(why, EINVAL,
			"'%s' is not a valid char driver name: available is socket", o->word);
	if (!opt_id_ok(conf.id) || strlen(conf.id) >= CONF_ID_LEN)
		return CHARDEV_WHY(why, EINVAL, "Parameter 'id' expects an identifier");
	if (chardev_find(rh, conf.id) != NULL)
		return CHARDEV_WHY(why, EEXIST, "Duplicate ID '%s' for chardev", conf.id);
	ret = chardev_conf(o, &conf, why);
	if (ret < 0)
		return ret;
	c = calloc(1, sizeof(*c));
	if (c == NULL)
		return CHARDEV_WHY(why, ENOMEM, "out of memory");
	c->chr = filter_chr_open(&conf, why);
	if (c->chr == NULL) {
		free(c);
		return -rte_errno;
	}
	TAILQ_INSERT_TAIL(&rh->chardevs, c, next);
	return 0;
}

int
rh_chardev_del(struct ringhub *rh, const char *id, char *why)
{
	struct rh_chardev *c = chardev_find(rh, id);

	if (c == NULL)
		return CHARDEV_WHY(why, ENOENT, "Chardev '%s' not found", id);
	if (filter_chr_is_claimed(c->chr))
		return CHARDEV_WHY(why, EBUSY, "Chardev '%s' is busy", id);
	TAILQ_REMOVE(&rh->chardevs, c, next);
	filter_chr_close(c->chr);
	free(c);
	return 0;
}
