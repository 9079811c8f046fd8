/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's option grammar. */
#include "opt.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_string_fns.h>

/* Copy up to a single comma; ",," yields one. @return behind the comma, or at the end; NULL: too long. */
static const char *
opt_field(const char *p, char *out, size_t len)
{
	size_t n = 0;

	while (*p != '\0') {
		if (*p == ',') {
			if (p[1] != ',')
				break;
			p++;
		}
		if (n + 1 >= len)
			return NULL;
		out[n++] = *p++;
	}
	out[n] = '\0';
	return *p == ',' ? p + 1 : p;
}

static int
opt_add(struct opt *o, const char *field, char *why)
{
	const char *eq = strchr(field, '=');
	struct opt_pair *p = &o->pair[o->n];

	if (o->n == OPT_MAX) {
		snprintf(why, OPT_LEN, "more than %d keys", OPT_MAX);
		return -EINVAL;
	}
	if (eq == NULL) {
		if (o->n == 0 && o->word[0] == '\0') {
			rte_strscpy(o->word, field, sizeof(o->word));
			return 0;
		}
		snprintf(why, OPT_LEN, "'%s' has no value: write %s=VALUE", field, field);
		return -EINVAL;
	}
	if (eq == field || (size_t)(eq - field) >= sizeof(p->key)) {
		snprintf(why, OPT_LEN, "'%s' is not key=value", field);
		return -EINVAL;
	}
	rte_strscpy(p->key, field, (size_t)(eq - field) + 1);
	rte_strscpy(p->value, eq + 1, sizeof(p->value));
	o->n++;
	return 0;
}

int
opt_parse(const char *text, struct opt *o, char *why)
{
	char field[OPT_LEN];

	memset(o, 0, sizeof(*o));
	while (*text != '\0') {
		int ret;

		text = opt_field(text, field, sizeof(field));
		if (text == NULL) {
			snprintf(why, OPT_LEN, "a value is longer than %d bytes", OPT_LEN - 1);
			return -EINVAL;
		}
		if (field[0] == '\0')
			continue;
		ret = opt_add(o, field, why);
		if (ret < 0)
			return ret;
	}
	return 0;
}

const char *
opt_get(const struct opt *o, const char *key)
{
	unsigned int i;

	for (i = 0; i < o->n; i++)
		if (strcmp(o->pair[i].key, key) == 0)
			return o->pair[i].value;
	return NULL;
}

int
opt_set(struct opt *o, const char *key, const char *value)
{
	opt_take(o, key, NULL, 0);
	if (o->n == OPT_MAX)
		return -ENOSPC;
	rte_strscpy(o->pair[o->n].key, key, sizeof(o->pair[0].key));
	rte_strscpy(o->pair[o->n].value, value, sizeof(o->pair[0].value));
	o->n++;
	return 0;
}

bool
opt_take(struct opt *o, const char *key, char *out, size_t len)
{
	unsigned int i;

	for (i = 0; i < o->n; i++) {
		if (strcmp(o->pair[i].key, key) != 0)
			continue;
		if (out != NULL)
			rte_strscpy(out, o->pair[i].value, len);
		memmove(&o->pair[i], &o->pair[i + 1], (o->n - i - 1) * sizeof(o->pair[0]));
		o->n--;
		return true;
	}
	return false;
}

bool
opt_id_ok(const char *id)
{
	if (!isalpha((unsigned char)*id))
		return false;
	for (; *id != '\0'; id++)
		if (!isalnum((unsigned char)*id) && strchr("-._", *id) == NULL)
			return false;
	return true;
}
