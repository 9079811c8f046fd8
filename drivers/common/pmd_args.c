/* SPDX-License-Identifier: BSD-3-Clause */
/* The devargs parser over rte_kvargs. */
#include "pmd_args.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ether.h>
#include <rte_kvargs.h>
#include <rte_string_fns.h>

/* One parse: the table, where to, and what went wrong. */
struct pmd_args_run {
	const struct pmd_arg *args;
	unsigned int n;
	uint8_t *conf;
	char *why;
	size_t why_len;
	uint64_t seen; /* bit i: args[i] was given */
};

static int
pmd_args_hex(char c)
{
	static const char digits[] = "0123456789abcdef0123456789ABCDEF";
	const char *at = c != '\0' ? strchr(digits, c) : NULL;

	return at != NULL ? (int)(at - digits) % 16 : -1;
}

/* Undo the escapes. @return 0; -EINVAL when the result does not fit. */
static int
pmd_args_unescape(const char *value, char *out, size_t len)
{
	size_t n = 0;

	for (; *value != '\0'; value++) {
		int hi = *value == '%' ? pmd_args_hex(value[1]) : -1;
		int lo = hi >= 0 ? pmd_args_hex(value[2]) : -1;

		if (n + 1 >= len)
			return -EINVAL;
		out[n] = *value;
		if (lo >= 0) {
			uint8_t byte = (uint8_t)(hi * 16 + lo);

			memcpy(&out[n], &byte, sizeof(byte));
			value += 2;
		}
		n++;
	}
	out[n] = '\0';
	return 0;
}

int
pmd_args_append(char *text, size_t len, const char *key, const char *value)
{
	size_t at = strlen(text);
	int n = snprintf(text + at, len - at, "%s%s=", at > 0 ? "," : "", key);

	if (n < 0 || (size_t)n >= len - at)
		return -ENAMETOOLONG;
	at += (size_t)n;
	for (; *value != '\0'; value++) {
		const char *fmt = strchr(",=%[]\"\\ ", *value) != NULL ? "%%%02X" : "%c";

		n = snprintf(text + at, len - at, fmt, (unsigned char)*value);
		if (n < 0 || (size_t)n >= len - at)
			return -ENAMETOOLONG;
		at += (size_t)n;
	}
	return 0;
}

int
pmd_args_bool(const char *value, bool *on)
{
	static const struct {
		const char *word;
		bool on;
	} words[] = { { "on", true }, { "yes", true }, { "true", true }, { "y", true },
		{ "off", false }, { "no", false }, { "false", false }, { "n", false } };
	size_t i;

	for (i = 0; i < RTE_DIM(words); i++) {
		if (strcmp(value, words[i].word) == 0) {
			*on = words[i].on;
			return 0;
		}
	}
	return -EINVAL;
}

static int
pmd_args_number(const struct pmd_arg *arg, const char *value, uint32_t *field)
{
	char *end;
	unsigned long v;

	errno = 0;
	v = strtoul(value, &end, 0);
	if (*value < '0' || *value > '9' || *end != '\0' || errno != 0 || v < arg->min ||
		v > arg->max)
		return -EINVAL;
	*field = (uint32_t)v;
	return 0;
}

static int
pmd_args_list(struct pmd_arg_list *list, const char *value)
{
	if (list->n == PMD_ARG_LIST)
		return -ENOSPC;
	rte_strscpy(list->value[list->n++], value, PMD_ARG_LEN);
	return 0;
}

static int
pmd_args_store(const struct pmd_arg *arg, const char *value, uint8_t *conf)
{
	void *field = conf + arg->offset;
	bool on;

	switch (arg->kind) {
	case PMD_ARG_STRING:
		rte_strscpy(field, value, PMD_ARG_LEN);
		return 0;
	case PMD_ARG_BOOL:
		return pmd_args_bool(value, field);
	case PMD_ARG_NUMBER:
		return pmd_args_number(arg, value, field);
	case PMD_ARG_MAC:
		return rte_ether_unformat_addr(value, field) == 0 &&
				       rte_is_valid_assigned_ether_addr(field)
			       ? 0
			       : -EINVAL;
	case PMD_ARG_LIST_:
		return pmd_args_list(field, value);
	case PMD_ARG_CALL:
		return pmd_args_bool(value, &on) < 0 ? -EINVAL : arg->call(field, arg->bit, on);
	}
	return -EINVAL;
}

static void
pmd_args_explain(struct pmd_args_run *run, const struct pmd_arg *arg, const char *value, int err)
{
	switch (err == -ENOSPC ? PMD_ARG_LIST_ : arg->kind) {
	case PMD_ARG_NUMBER:
		snprintf(run->why, run->why_len, "%s=%s: must be a number from %u to %u", arg->key,
			value, arg->min, arg->max);
		break;
	case PMD_ARG_MAC:
		snprintf(run->why, run->why_len,
			"%s=%s: invalid syntax for ethernet address, or not a unicast one: "
			"give six hex bytes such as 52:54:00:12:34:56",
			arg->key, value);
		break;
	case PMD_ARG_LIST_:
		snprintf(run->why, run->why_len, "%s=%s: given more than %d times", arg->key, value,
			PMD_ARG_LIST);
		break;
	default:
		snprintf(run->why, run->why_len, "%s=%s: must be on or off", arg->key, value);
	}
}

static int
pmd_args_handle(const char *key, const char *raw, void *opaque)
{
	struct pmd_args_run *run = opaque;
	char value[PMD_ARG_LEN];
	unsigned int i;
	int ret;

	for (i = 0; i < run->n; i++)
		if (strcmp(run->args[i].key, key) == 0)
			break;
	if (i == run->n)
		return 0; /* cannot be: rte_kvargs checked the keys */
	if (raw == NULL || pmd_args_unescape(raw, value, sizeof(value)) < 0) {
		snprintf(run->why, run->why_len, "%s: %s", key,
			raw == NULL ? "needs a value" : "value is too long");
		return -EINVAL;
	}
	if ((run->seen & (UINT64_C(1) << i)) && run->args[i].kind != PMD_ARG_LIST_) {
		snprintf(run->why, run->why_len, "%s=%s: given twice", key, value);
		return -EINVAL;
	}
	run->seen |= UINT64_C(1) << i;
	ret = pmd_args_store(&run->args[i], value, run->conf);
	if (ret < 0)
		pmd_args_explain(run, &run->args[i], value, ret);
	else if (run->args[i].seen != 0)
		*(bool *)(run->conf + run->args[i].seen) = true;
	return ret;
}

/* Name the first key of text that the table does not have. */
static int
pmd_args_unknown(struct pmd_args_run *run, const char *text)
{
	struct rte_kvargs *any = rte_kvargs_parse(text, NULL);
	unsigned int i, k;
	size_t at;

	if (any == NULL) {
		snprintf(run->why, run->why_len, "'%s' is not a list of at most %d key=value", text,
			RTE_KVARGS_MAX);
		return -EINVAL;
	}
	for (k = 0; k < any->count; k++) {
		for (i = 0; i < run->n; i++)
			if (strcmp(run->args[i].key, any->pairs[k].key) == 0)
				break;
		if (i < run->n)
			continue;
		at = (size_t)snprintf(run->why, run->why_len, "unknown key '%s'; known are",
			any->pairs[k].key);
		for (i = 0; i < run->n && at < run->why_len; i++)
			at += (size_t)snprintf(run->why + at, run->why_len - at, " %s",
				run->args[i].key);
		rte_kvargs_free(any);
		return -EINVAL;
	}
	rte_kvargs_free(any);
	return 0;
}

int
pmd_args_parse(const struct pmd_arg *args, unsigned int n, const char *text, void *conf, char *why,
	size_t why_len)
{
	struct pmd_args_run run = { .args = args,
		.n = n,
		.conf = conf,
		.why = why,
		.why_len = why_len };
	struct rte_kvargs *kv;
	int ret;

	why[0] = '\0';
	if (text == NULL || text[0] == '\0')
		return 0;
	ret = pmd_args_unknown(&run, text);
	if (ret < 0)
		return ret;
	kv = rte_kvargs_parse(text, NULL);
	if (kv == NULL)
		return -EINVAL;
	ret = rte_kvargs_process(kv, NULL, pmd_args_handle, &run);
	rte_kvargs_free(kv);
	return ret < 0 ? -EINVAL : 0;
}
