/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands about objects and chardevs, in QEMU's words. */
#include "console.h"
#include "objects.h"

/* Commands that parse options and hand them on. */
static void
cmd_with_options(const struct cmd_args *a, int (*add)(struct ringhub *, const struct opt *, char *))
{
	char why[OPT_LEN] = "out of memory";
	struct opt o;

	if (opt_parse(a->arg[0], &o, why) < 0 || add(a->rh, &o, why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_object_add(const struct cmd_args *a)
{
	cmd_with_options(a, rh_object_add);
}

static void
cmd_chardev_add(const struct cmd_args *a)
{
	cmd_with_options(a, rh_chardev_add);
}

static void
cmd_object_del(const struct cmd_args *a)
{
	char why[OPT_LEN];

	if (rh_object_del(a->rh, a->arg[0], why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_chardev_remove(const struct cmd_args *a)
{
	char why[OPT_LEN];

	if (rh_chardev_del(a->rh, a->arg[0], why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_qom_set(const struct cmd_args *a)
{
	char why[OPT_LEN];

	if (rh_object_set(a->rh, a->arg[0], a->arg[1], a->arg[2], why) < 0)
		cmd_error(a, "%s", why);
}

static void
cmd_filter_stats(const struct cmd_args *a)
{
	if (rh_objects_print_stats(a->rh, a->arg[0], a->out) == 0)
		cmd_error(a, "no filter '%s': info network lists them", a->arg[0]);
}

/* clang-format off */
const struct cmd cmd_object_table[] = {
	{ "object_add <options...>", cmd_object_add, "add a filter: filter-dump,id=ID,netdev=ID,file=FILE ..." },
	{ "object_del <id>", cmd_object_del, "remove a filter" },
	{ "qom-set <path> <property> <value>", cmd_qom_set, "switch a filter: /objects/ID status on|off" },
	{ "chardev-add <options...>", cmd_chardev_add, "add a socket for filters: socket,id=ID,path=PATH[,server=on]" },
	{ "chardev-remove <id>", cmd_chardev_remove, "remove it" },
	{ "show filter stats <id>", cmd_filter_stats, "counters of a filter, or of all" },
};
/* clang-format on */
const unsigned int cmd_object_n = RTE_DIM(cmd_object_table);
