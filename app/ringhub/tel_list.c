/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "tel_list.h"

int
tel_list_start(struct tel_list *list, const char *params, unsigned int limit)
{
	unsigned long first;
	size_t len;
	char *end;

	memset(list, 0, sizeof(*list));
	list->limit = limit;
	if (params == NULL || params[0] == '\0')
		return 0;
	if (!isdigit((unsigned char)params[0])) {
		len = strcspn(params, ",");
		if (len >= sizeof(list->id))
			return -EINVAL;
		memcpy(list->id, params, len);
		params += len;
		if (params[0] == '\0')
			return 0;
		params++;
	}
	if (!isdigit((unsigned char)params[0]))
		return -EINVAL;
	first = strtoul(params, &end, 10);
	if (*end != '\0' || first > UINT_MAX)
		return -EINVAL;
	list->first = (unsigned int)first;
	return 0;
}

void
tel_list_parts(struct tel_list *parts, const struct tel_list *list, unsigned int limit)
{
	*parts = (struct tel_list){ .first = list->first, .limit = limit };
}

/* The key of entry number at: none before it has the same. Ids have no '/'. */
static void
tel_list_make_key(struct tel_list *list, const char *id, unsigned int at)
{
	char(*keys)[64] = realloc(list->keys, (list->n_keys + 1) * sizeof(*keys));
	unsigned int i, same = 0;
	char *c;

	snprintf(list->key, sizeof(list->key), "%.63s", id);
	for (c = list->key; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	if (keys == NULL) { /* all that is left that is unique */
		snprintf(c, sizeof(list->key) - (size_t)(c - list->key), "//%u", at);
		return;
	}
	list->keys = keys;
	for (i = 0; i < list->n_keys; i++)
		same += strcmp(keys[i], list->key) == 0;
	memcpy(keys[list->n_keys++], list->key, sizeof(*keys));
	if (same > 0)
		snprintf(c, sizeof(list->key) - (size_t)(c - list->key), "/%u", same + 1);
}

bool
tel_list_has(struct tel_list *list, const char *id)
{
	unsigned int at = list->n++;

	if (id != NULL)
		tel_list_make_key(list, id, at);
	if (list->id[0] != '\0') {
		if (id == NULL || strcmp(id, list->id) != 0)
			return false;
		list->found = true;
		return true;
	}
	return at >= list->first && at - list->first < list->limit;
}

void
tel_list_add(struct tel_list *list, struct rte_tel_data *to, const char *id,
	struct rte_tel_data *one)
{
	rte_tel_data_add_dict_string(one, "id", id);
	if (rte_tel_data_add_dict_container(to, list->key, one, 0) < 0)
		rte_tel_data_free(one);
}

int
tel_list_end(struct tel_list *list, struct rte_tel_data *to)
{
	free(list->keys);
	list->keys = NULL;
	if (list->id[0] != '\0')
		return list->found ? 0 : -ENOENT;
	if (list->n > list->first && list->n - list->first > list->limit)
		rte_tel_data_add_dict_u64(to, "/next", list->first + list->limit);
	return 0;
}
