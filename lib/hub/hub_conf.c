/* SPDX-License-Identifier: BSD-3-Clause */
/* Keys of hubs and of their ports. */
#include "hub_conf.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#define HUB_WHY(why, ...) (snprintf(why, HUB_WHY_LEN, __VA_ARGS__), -EINVAL)

const char hub_conf_keys[] = "mode ageing max-macs storm loop";
const char hub_port_conf_keys[] = "policy access trunk native";

static const char *const hub_modes[] = { "hub", "switch", NULL };
/* In the order of enum hub_loop, from its second. */
static const char *const hub_loops[] = { "off", "warn", "block", NULL };
static const char *const hub_policies[] = { "drop", "block", NULL };

/* Keys with a number. */
static const struct {
	const char *key, *what;
	size_t offset;
	uint32_t min, max;
} hub_numbers[] = {
	{ "ageing", "seconds", offsetof(struct hub_conf, ageing), 1, HUB_AGEING_MAX },
	{ "max-macs", "addresses", offsetof(struct hub_conf, max_macs), 1, HUB_MAX_MACS_LIMIT },
	{ "storm", "frames a second, 0: no limit", offsetof(struct hub_conf, storm), 0,
		HUB_STORM_MAX },
};

/* The place of value in words; -EINVAL and a message that lists them. */
static int
hub_conf_word(const char *key, const char *value, const char *const *words, char *why)
{
	size_t at;
	int i;

	for (i = 0; words[i] != NULL; i++)
		if (strcmp(value, words[i]) == 0)
			return i;
	at = (size_t)snprintf(why, HUB_WHY_LEN, "%s=%.64s: must be ", key, value);
	for (i = 0; words[i] != NULL; i++)
		at += (size_t)snprintf(why + at, HUB_WHY_LEN - at, "%s%s", words[i],
			words[i + 1] == NULL   ? ""
			: words[i + 2] == NULL ? " or "
					       : ", ");
	return -EINVAL;
}

/* A decimal number that ends at one of the bytes of ends; *next is there. @return -1: none. */
static long
hub_conf_number(const char *text, const char *ends, const char **next)
{
	char *end;
	long n;

	if (*text < '0' || *text > '9')
		return -1;
	errno = 0;
	n = strtol(text, &end, 10);
	*next = end;
	return errno != 0 || (*end != '\0' && strchr(ends, *end) == NULL) ? -1 : n;
}

void
hub_conf_init(struct hub_conf *c)
{
	*c = (struct hub_conf){ .ageing = HUB_AGEING_DEFAULT, .max_macs = HUB_MAX_MACS_DEFAULT };
}

int
hub_conf_set(struct hub_conf *c, const char *key, const char *value, char *why)
{
	const char *end;
	size_t i;
	int word;

	if (strcmp(key, "mode") == 0) {
		word = hub_conf_word(key, value, hub_modes, why);
		if (word >= 0)
			c->mode = (enum hub_mode)word;
		return word < 0 ? word : 0;
	}
	if (strcmp(key, "loop") == 0) {
		word = hub_conf_word(key, value, hub_loops, why);
		if (word >= 0)
			c->loop = (enum hub_loop)(HUB_LOOP_OFF + word);
		return word < 0 ? word : 0;
	}
	for (i = 0; i < RTE_DIM(hub_numbers); i++) {
		long n;

		if (strcmp(key, hub_numbers[i].key) != 0)
			continue;
		n = hub_conf_number(value, "", &end);
		if (n < (long)hub_numbers[i].min || n > (long)hub_numbers[i].max)
			return HUB_WHY(why, "%s=%.64s: must be %u to %u (%s)", key, value,
				hub_numbers[i].min, hub_numbers[i].max, hub_numbers[i].what);
		*(uint32_t *)((char *)c + hub_numbers[i].offset) = (uint32_t)n;
		return 0;
	}
	return -ENOENT;
}

static int
hub_conf_vid(const char *key, const char *value, uint16_t *vid, char *why)
{
	const char *end;
	long n = hub_conf_number(value, "", &end);

	if (n < 1 || n > HUB_VLANS - 2)
		return HUB_WHY(why, "%s=%.64s: must be a VLAN from 1 to %d", key, value,
			HUB_VLANS - 2);
	*vid = (uint16_t)n;
	return 0;
}

/* "10-20;30": a set of VLANs. */
static int
hub_conf_trunk(struct hub_port_conf *c, const char *value, char *why)
{
	const char *at = value;
	long first, last, v;

	memset(c->trunk, 0, sizeof(c->trunk));
	do {
		first = last = hub_conf_number(at, "-;", &at);
		if (first >= 0 && *at == '-')
			last = hub_conf_number(at + 1, ";", &at);
		if (first < 1 || last < first || last > HUB_VLANS - 2)
			return HUB_WHY(why,
				"trunk=%.64s: must be VLANs from 1 to %d, such as 10-20;30", value,
				HUB_VLANS - 2);
		for (v = first; v <= last; v++)
			c->trunk[v / 64] |= UINT64_C(1) << (v % 64);
	} while (*at++ == ';');
	c->has_trunk = true;
	return 0;
}

int
hub_port_conf_set(struct hub_port_conf *c, const char *key, const char *value, char *why)
{
	if (strcmp(key, "policy") == 0) {
		int word = hub_conf_word(key, value, hub_policies, why);

		c->block = word == 1;
		return word < 0 ? word : 0;
	}
	if (strcmp(key, "access") == 0)
		return hub_conf_vid(key, value, &c->access, why);
	if (strcmp(key, "native") == 0)
		return hub_conf_vid(key, value, &c->native, why);
	if (strcmp(key, "trunk") == 0)
		return hub_conf_trunk(c, value, why);
	return -ENOENT;
}

int
hub_port_conf_check(const struct hub_port_conf *c, char *why)
{
	if (c->access != 0 && (c->has_trunk || c->native != 0))
		return HUB_WHY(why,
			"access=%u: an access port has one VLAN: leave out trunk= and native=",
			c->access);
	return 0;
}

void
hub_conf_print(const struct hub_conf *c, char *text, size_t len)
{
	int n = snprintf(text, len, "mode=%s,ageing=%u,max-macs=%u,storm=%u,loop=%s",
		hub_modes[c->mode], c->ageing, c->max_macs, c->storm,
		hub_loops[hub_conf_loop(c) - HUB_LOOP_OFF]);

	(void)n;
}

/* Append to text of len bytes, at *at, which stops at the end. */
#define HUB_APPEND(text, len, at, ...)                                                             \
	((at) += (at) < (len) ? (size_t)snprintf((text) + (at), (len) - (at), __VA_ARGS__) : 0)

static bool
hub_conf_in_trunk(const struct hub_port_conf *c, unsigned int v)
{
	return v < HUB_VLANS && (c->trunk[v / 64] >> (v % 64) & 1);
}

void
hub_port_conf_print(const struct hub_port_conf *c, char *text, size_t len)
{
	const char *between = "";
	unsigned int v, last;
	size_t at = 0;

	text[0] = '\0';
	if (c->block)
		HUB_APPEND(text, len, at, ",policy=block");
	if (c->access != 0)
		HUB_APPEND(text, len, at, ",access=%u", c->access);
	if (c->native != 0)
		HUB_APPEND(text, len, at, ",native=%u", c->native);
	if (c->has_trunk)
		HUB_APPEND(text, len, at, ",trunk=");
	for (v = 1; c->has_trunk && v < HUB_VLANS; v = last + 1) {
		for (last = v; hub_conf_in_trunk(c, last); last++)
			;
		if (last == v)
			continue;
		HUB_APPEND(text, len, at, last - v == 1 ? "%s%u" : "%s%u-%u", between, v, last - 1);
		between = ";";
	}
	if (text[0] == ',')
		memmove(text, text + 1, strlen(text));
}

enum hub_loop
hub_conf_loop(const struct hub_conf *c)
{
	if (c->loop != HUB_LOOP_UNSAID)
		return c->loop;
	return c->mode == HUB_MODE_SWITCH ? HUB_LOOP_WARN : HUB_LOOP_OFF;
}

bool
hub_conf_is_plain(const struct hub_conf *c)
{
	return c->mode == HUB_MODE_HUB && c->storm == 0 && hub_conf_loop(c) == HUB_LOOP_OFF;
}
