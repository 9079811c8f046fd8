/* SPDX-License-Identifier: BSD-3-Clause */
/* The table of kinds of object. */
#include "object_type.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#define OBJECT_WHY(why, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -EINVAL)

static int
check_any(const char *type, const char *name, const char *value, char *why)
{
	return 0;
}

static int
check_not_empty(const char *type, const char *name, const char *value, char *why)
{
	return value[0] != '\0' ? 0 : OBJECT_WHY(why, "Parameter '%s' is missing", name);
}

/* A whole number of 32 bits. */
static int
check_u32(const char *type, const char *name, const char *value, char *why)
{
	unsigned long long n;
	char *end;

	errno = 0;
	n = strtoull(value, &end, 0);
	if (value[0] < '0' || value[0] > '9' || *end != '\0' || errno != 0)
		return OBJECT_WHY(why, "Parameter '%s' expects integer", name);
	if (n > UINT32_MAX)
		return OBJECT_WHY(why, "Parameter '%s' expects uint32_t", name);
	return 0;
}

static int
check_maxlen(const char *type, const char *name, const char *value, char *why)
{
	int ret = check_u32(type, name, value, why);

	if (ret == 0 && strtoul(value, NULL, 0) == 0)
		return OBJECT_WHY(why, "Property '%s.%s' doesn't take value '0'", type, name);
	return ret;
}

static int
check_interval(const char *type, const char *name, const char *value, char *why)
{
	int ret = check_u32(type, name, value, why);

	if (ret == 0 && strtoul(value, NULL, 0) == 0)
		return OBJECT_WHY(why, "Property '%s.%s' requires a positive value", type, name);
	return ret;
}

static bool
is_one_of(const char *value, const char *const *words, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (strcmp(value, words[i]) == 0)
			return true;
	return false;
}

static int
check_bool(const char *type, const char *name, const char *value, char *why)
{
	static const char *const words[] = { "on", "off", "yes", "no", "true", "false", "y", "n" };

	if (is_one_of(value, words, RTE_DIM(words)))
		return 0;
	return OBJECT_WHY(why, "Parameter '%s' expects 'on' or 'off'", name);
}

static int
check_queue(const char *type, const char *name, const char *value, char *why)
{
	static const char *const words[] = { "all", "rx", "tx" };

	if (is_one_of(value, words, RTE_DIM(words)))
		return 0;
	return OBJECT_WHY(why, "Parameter '%s' does not accept value '%s': choose all, rx or tx",
		name, value);
}

static int
check_insert(const char *type, const char *name, const char *value, char *why)
{
	static const char *const words[] = { "before", "behind" };

	if (is_one_of(value, words, RTE_DIM(words)))
		return 0;
	return OBJECT_WHY(why, "Parameter '%s' does not accept value '%s': choose before or behind",
		name, value);
}

static int
check_format(const char *type, const char *name, const char *value, char *why)
{
	static const char *const words[] = { "", "pcap", "pcapng" };

	if (is_one_of(value, words, RTE_DIM(words)))
		return 0;
	return OBJECT_WHY(why, "Parameter '%s' does not accept value '%s': choose pcap or pcapng",
		name, value);
}

static int
check_status(const char *type, const char *name, const char *value, char *why)
{
	if (strcmp(value, "on") == 0 || strcmp(value, "off") == 0)
		return 0;
	return OBJECT_WHY(why, "Invalid value for netfilter status, should be 'on' or 'off'");
}

static int
check_position(const char *type, const char *name, const char *value, char *why)
{
	if (strcmp(value, "head") == 0 || strcmp(value, "tail") == 0 ||
		strncmp(value, "id=", 3) == 0)
		return 0;
	return OBJECT_WHY(why, "Parameter '%s' expects 'head', 'tail' or 'id=<id>', not '%s'", name,
		value);
}

/* clang-format off */
static const struct object_type object_types[] = {
	{ "filter-buffer", filter_buffer_create, {
		{ "interval", NULL, check_interval, false },
	} },
	{ "filter-dump", filter_dump_create, {
		{ "file", NULL, check_not_empty, false },
		{ "maxlen", "65536", check_maxlen, false },
		{ "format", "", check_format, true },
	} },
	{ "filter-mirror", filter_mirror_create, {
		{ "vnet_hdr_support", "false", check_bool, false },
		{ "outdev", NULL, check_not_empty, false },
	} },
	{ "filter-redirector", filter_redirector_create, {
		{ "vnet_hdr_support", "false", check_bool, false },
		{ "indev", "", check_any, false },
		{ "outdev", "", check_any, false },
	} },
};

/* Of every filter, behind its own, in the order in which QEMU shows them. */
static const struct object_prop object_common[] = {
	{ "position", "tail", check_position, false },
	{ "status", "on", check_status, false },
	{ "insert", "behind", check_insert, false },
	{ "netdev", NULL, check_not_empty, false },
	{ "queue", "all", check_queue, false },
};
/* clang-format on */

const struct object_type *
object_type_at(unsigned int i)
{
	return i < RTE_DIM(object_types) ? &object_types[i] : NULL;
}

const struct object_type *
object_type_find(const char *name)
{
	size_t i;

	for (i = 0; i < RTE_DIM(object_types); i++)
		if (strcmp(object_types[i].name, name) == 0)
			return &object_types[i];
	return NULL;
}

const struct object_prop *
object_type_prop(const struct object_type *t, unsigned int i)
{
	unsigned int own = 0;

	while (own < OBJECT_PROPS && t->prop[own].name != NULL)
		own++;
	if (i < own)
		return &t->prop[i];
	return i - own < RTE_DIM(object_common) ? &object_common[i - own] : NULL;
}

const char *
object_value(const struct object_prop *p, const struct opt *o)
{
	static const char *const yes[] = { "on", "yes", "true", "y" };
	const char *value = opt_get(o, p->name);

	if (value == NULL)
		return p->def != NULL ? p->def : "";
	if (p->check != check_bool)
		return value;
	return is_one_of(value, yes, RTE_DIM(yes)) ? "true" : "false";
}

static const struct object_prop *
object_prop_find(const struct object_type *t, const char *name)
{
	const struct object_prop *p;
	unsigned int i;

	for (i = 0; (p = object_type_prop(t, i)) != NULL; i++)
		if (strcmp(p->name, name) == 0)
			return p;
	return NULL;
}

int
object_check(const struct object_type *t, const struct opt *o, char *why)
{
	const struct object_prop *p;
	unsigned int i;
	int ret = 0;

	/* QEMU looks at netdev first. */
	if (opt_get(o, "netdev") == NULL)
		return OBJECT_WHY(why, "Parameter 'netdev' is missing");
	for (i = 0; (p = object_type_prop(t, i)) != NULL && ret == 0; i++) {
		const char *value = opt_get(o, p->name);

		if (value == NULL && p->def == NULL)
			return OBJECT_WHY(why, "Parameter '%s' is missing", p->name);
		if (value != NULL)
			ret = p->check(t->name, p->name, value, why);
	}
	for (i = 0; i < o->n && ret == 0; i++)
		if (strcmp(o->pair[i].key, "id") != 0 &&
			object_prop_find(t, o->pair[i].key) == NULL)
			ret = OBJECT_WHY(why, "Parameter '%s' is unexpected", o->pair[i].key);
	return ret;
}
