/* SPDX-License-Identifier: BSD-3-Clause */
/* JSON objects to options. */
#include "json_opt.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_string_fns.h>

#define JSON_WHY(why, ...) (snprintf(why, OPT_LEN, __VA_ARGS__), -EINVAL)

json_t *
json_opt_load(const char *text, size_t len, char *why)
{
	json_error_t err;
	json_t *v = json_loadb(text, len, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &err);

	if (v == NULL) {
		snprintf(why, OPT_LEN, "JSON parse error, %s at byte %d", err.text, err.position);
		return NULL;
	}
	if (!json_is_object(v)) {
		snprintf(why, OPT_LEN, "JSON input must be an object");
		json_decref(v);
		return NULL;
	}
	return v;
}

/* One more key=value; the value was checked to be a scalar. */
static int
json_opt_scalar(const char *key, const json_t *v, struct opt *o, char *why)
{
	struct opt_pair *p = &o->pair[o->n];
	int n = 0;

	if (o->n == OPT_MAX)
		return JSON_WHY(why, "more than %d keys", OPT_MAX);
	if (json_is_string(v))
		n = snprintf(p->value, sizeof(p->value), "%s", json_string_value(v));
	else if (json_is_boolean(v))
		n = snprintf(p->value, sizeof(p->value), "%s", json_is_true(v) ? "on" : "off");
	else if (json_is_integer(v))
		n = snprintf(p->value, sizeof(p->value), "%" JSON_INTEGER_FORMAT,
			json_integer_value(v));
	else
		return JSON_WHY(why,
			"Invalid parameter type for '%s', expected: string, integer or boolean",
			key);
	if ((size_t)n >= sizeof(p->value))
		return JSON_WHY(why, "Parameter '%s' is longer than %d bytes", key, OPT_LEN - 1);
	rte_strscpy(p->key, key, sizeof(p->key));
	o->n++;
	return 0;
}

static int json_opt_value(const char *key, json_t *v, struct opt *o, char *why, unsigned int depth);

/* The elements of a list: each is the key again. */
static int
json_opt_list(const char *key, const json_t *list, struct opt *o, char *why)
{
	size_t i;
	int ret = 0;

	for (i = 0; i < json_array_size(list) && ret == 0; i++) {
		const json_t *v = json_array_get(list, i);
		const json_t *str = json_object_get(v, "str");

		if (json_is_object(v) && (str == NULL || json_object_size(v) != 1))
			return JSON_WHY(why,
				"'%s': an element of this list is {\"str\":\"...\"} "
				"or a string",
				key);
		ret = json_opt_scalar(key, str != NULL ? str : v, o, why);
	}
	return ret;
}

/* All members of an object, each below prefix. depth bounds the recursion. */
static int
json_opt_members(const char *prefix, json_t *object, struct opt *o, char *why, unsigned int depth)
{
	const char *name;
	json_t *v;

	if (depth == JSON_OPT_DEPTH)
		return JSON_WHY(why, "'%s': objects are nested deeper than %d", prefix,
			JSON_OPT_DEPTH);
	json_object_foreach(object, name, v) {
		char key[sizeof(o->pair[0].key)];
		int n = snprintf(key, sizeof(key), "%s%s%s", prefix, *prefix != '\0' ? "." : "",
			name);
		int ret;

		if ((size_t)n >= sizeof(key) || strpbrk(name, "=,") != NULL || *name == '\0')
			return JSON_WHY(why, "Parameter '%.80s' is unexpected", name);
		ret = json_opt_value(key, v, o, why, depth);
		if (ret < 0)
			return ret;
	}
	return 0;
}

static int
json_opt_value(const char *key, json_t *v, struct opt *o, char *why, unsigned int depth)
{
	if (json_is_object(v))
		return json_opt_members(key, v, o, why, depth + 1);
	if (json_is_array(v))
		return json_opt_list(key, v, o, why);
	return json_opt_scalar(key, v, o, why);
}

int
json_opt_fill(json_t *object, const char *word_key, struct opt *o, char *why)
{
	const json_t *word = json_object_get(object, word_key);
	int ret;

	memset(o, 0, sizeof(*o));
	if (word != NULL && !json_is_string(word))
		return JSON_WHY(why, "Invalid parameter type for '%s', expected: string", word_key);
	if (word != NULL && rte_strscpy(o->word, json_string_value(word), sizeof(o->word)) < 0)
		return JSON_WHY(why, "Parameter '%s' does not accept value '%.80s'", word_key,
			json_string_value(word));
	ret = json_opt_members("", object, o, why, 0);
	opt_take(o, word_key, NULL, 0);
	return ret;
}

int
json_opt_parse(const char *text, const char *word_key, struct opt *o, char *why)
{
	json_t *object = json_opt_load(text, strlen(text), why);
	int ret;

	if (object == NULL)
		return -EINVAL;
	ret = json_opt_fill(object, word_key, o, why);
	json_decref(object);
	return ret;
}
