/* SPDX-License-Identifier: BSD-3-Clause */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "tel_list.h"

void
tel_list_start(struct tel_list *list, const char *params, unsigned int limit)
{
	size_t len;

	memset(list, 0, sizeof(*list));
	list->limit = limit;
	if (params == NULL)
		return;
	if (!isdigit((unsigned char)params[0])) {
		len = strcspn(params, ",");
		snprintf(list->id, sizeof(list->id), "%.*s", (int)len, params);
		params += len + (params[len] == ',');
	}
	list->first = (unsigned int)strtoul(params, NULL, 10);
}

void
tel_list_parts(struct tel_list *parts, const struct tel_list *list, unsigned int limit)
{
	*parts = (struct tel_list){ .first = list->first, .limit = limit };
}

bool
tel_list_has(struct tel_list *list, const char *id)
{
	unsigned int at = list->n++;

	if (list->id[0] != '\0') {
		if (id == NULL || strcmp(id, list->id) != 0)
			return false;
		list->found = true;
		return true;
	}
	return at >= list->first && at - list->first < list->limit;
}

void
tel_list_add(struct rte_tel_data *to, const char *id, struct rte_tel_data *one)
{
	char key[RTE_TEL_MAX_STRING_LEN];
	char *c;

	snprintf(key, sizeof(key), "%s", id);
	for (c = key; *c != '\0'; c++)
		if (!isalnum((unsigned char)*c))
			*c = '_';
	rte_tel_data_add_dict_string(one, "id", id);
	if (rte_tel_data_add_dict_container(to, key, one, 0) < 0)
		rte_tel_data_free(one);
}

int
tel_list_end(const struct tel_list *list, struct rte_tel_data *to)
{
	if (list->id[0] != '\0')
		return list->found ? 0 : -ENOENT;
	if (list->n > list->first && list->n - list->first > list->limit)
		rte_tel_data_add_dict_u64(to, "/next", list->first + list->limit);
	return 0;
}
