/* SPDX-License-Identifier: BSD-3-Clause */
/* QMP commands about objects: network filters. */
#include <string.h>

#include "json_opt.h"
#include "objects.h"
#include "qmp_private.h"

static json_t *
qmp_object_add(struct qmp_call *c)
{
	struct opt opt = { 0 };
	char why[OPT_LEN] = "out of memory";

	if (json_opt_fill(c->args, "qom-type", &opt, why) < 0 ||
		rh_object_add(c->rh, &opt, why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

static json_t *
qmp_object_del(struct qmp_call *c)
{
	const char *id = json_string_value(json_object_get(c->args, "id"));
	char why[OPT_LEN];

	if (rh_object_del(c->rh, id, why) < 0)
		return qmp_fail(c, "GenericError", "%s", why);
	return json_object();
}

/* clang-format off */
const struct qmp_command qmp_object_table[] = {
	{ "object-add", qmp_object_add, .open_args = true,
		.arg = { { "qom-type", JSON_STRING, false }, { "id", JSON_STRING, false } } },
	{ "object-del", qmp_object_del, .arg = { { "id", JSON_STRING, false } } },
};
/* clang-format on */
const unsigned int qmp_object_n = RTE_DIM(qmp_object_table);
