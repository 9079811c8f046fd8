/* SPDX-License-Identifier: BSD-3-Clause */
/* What filters say of themselves: in "info network", on the console, on the telemetry socket. */
#include <stdlib.h>
#include <string.h>

#include <rte_telemetry.h>

#include "filter/filter.h"
#include "object_type.h"
#include "ringhub.h"
#include "tel_list.h"

enum { OBJECTS_LISTED = 32 }; /* in one answer of telemetry */

static struct ringhub *objects_rh; /* rte_telemetry passes no context (22.11) */

static void
objects_print_one(const struct rh_object *o, FILE *out)
{
	const struct object_prop *p;
	unsigned int i;

	fprintf(out, "  - %s: type=%s", o->id, o->type->name);
	for (i = 0; (p = object_type_prop(o->type, i)) != NULL; i++)
		if (!p->hidden || opt_get(&o->opt, p->name) != NULL)
			fprintf(out, ",%s=%s", p->name, object_value(p, &o->opt));
	fputc('\n', out);
}

static void
objects_print(struct ringhub *rh, const char *netdev, const char *title, FILE *out)
{
	struct rh_object *o;
	bool any = false;

	TAILQ_FOREACH(o, &rh->objects, next) {
		if (strcmp(o->netdev, netdev) != 0)
			continue;
		if (!any)
			fprintf(out, "%s:\n", title);
		any = true;
		objects_print_one(o, out);
	}
}

void
rh_objects_print(struct ringhub *rh, const struct rh_port *p, FILE *out)
{
	const struct rh_port *hubport = rh_hubport_of(rh, p);
	char title[CONF_ID_LEN + 16];

	objects_print(rh, p->id, "filters", out);
	if (hubport == NULL)
		return;
	snprintf(title, sizeof(title), "filters of %s", hubport->id);
	objects_print(rh, hubport->id, title, out);
}

unsigned int
rh_objects_print_stats(struct ringhub *rh, const char *id, FILE *out)
{
	struct rh_object *o;
	unsigned int i, n = 0;

	TAILQ_FOREACH(o, &rh->objects, next) {
		if (strcmp(id, "all") != 0 && strcmp(id, o->id) != 0)
			continue;
		n++;
		fprintf(out, "###### filter %s of %s:\n", o->id, o->netdev);
		for (i = 0; i < FILTER_N_STATS; i++) {
			uint64_t value = filter_stat(o->filter, &filter_stats[i]);

			fprintf(out, "%s: %" PRIu64 "%s%s\n", filter_stats[i].name, value,
				value > 0 ? "  # " : "", value > 0 ? filter_stats[i].reason : "");
		}
	}
	return n;
}

void
rh_objects_print_types(FILE *out)
{
	const struct object_type *t;
	unsigned int i;

	fputs("List of user creatable objects:\n", out);
	for (i = 0; (t = object_type_at(i)) != NULL; i++)
		fprintf(out, "  %s\n", t->name);
}

static void
objects_telemetry_one(struct rte_tel_data *d, const struct rh_object *o)
{
	unsigned int i;

	rte_tel_data_start_dict(d);
	rte_tel_data_add_dict_string(d, "type", o->type->name);
	rte_tel_data_add_dict_string(d, "netdev", o->netdev);
	for (i = 0; i < FILTER_N_STATS; i++)
		rte_tel_data_add_dict_u64(d, filter_stats[i].name,
			filter_stat(o->filter, &filter_stats[i]));
}

static int
objects_telemetry(const char *cmd, const char *params, struct rte_tel_data *d)
{
	struct tel_list list;
	struct rh_object *o;

	if (tel_list_start(&list, params, OBJECTS_LISTED) < 0)
		return -EINVAL;
	rte_tel_data_start_dict(d);
	pthread_mutex_lock(&objects_rh->lock);
	TAILQ_FOREACH(o, &objects_rh->objects, next) {
		struct rte_tel_data *one = tel_list_has(&list, o->id) ? rte_tel_data_alloc() : NULL;

		if (one == NULL)
			continue;
		objects_telemetry_one(one, o);
		tel_list_add(&list, d, o->id, one);
	}
	pthread_mutex_unlock(&objects_rh->lock);
	return tel_list_end(&list, d);
}

void
rh_objects_telemetry_init(struct ringhub *rh)
{
	objects_rh = rh;
	rte_telemetry_register_cmd("/ringhub/filters", objects_telemetry,
		"Counters of every network filter, or of that named ID. Parameters: [FIRST | ID]");
}
