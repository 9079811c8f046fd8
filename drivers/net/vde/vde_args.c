/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs of net_vde: the keys of QEMU's -netdev vde. */
#include <errno.h>
#include <grp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "vde_pmd.h"

#define AT(field) .offset = offsetof(struct vde_args, field)

/* clang-format off */
static const struct pmd_arg vde_args_table[] = {
	{ .key = "sock", .kind = PMD_ARG_STRING, AT(sock) },
	{ .key = "port", .kind = PMD_ARG_NUMBER, AT(port), .min = 0, .max = 65535 },
	{ .key = "group", .kind = PMD_ARG_STRING, AT(group) },
	{ .key = "mode", .kind = PMD_ARG_STRING, AT(mode_text) },
};
/* clang-format on */

/* libvdeplug looks a group's name up in a way that is not safe between threads: it gets a number. */
static int
vde_args_group(struct vde_args *args, char *why)
{
	struct group entry, *found = NULL;
	char buf[16384];

	if (args->group[0] == '\0')
		return 0;
	if (args->group[strspn(args->group, "0123456789")] == '\0')
		return 0;
	if (getgrnam_r(args->group, &entry, buf, sizeof(buf), &found) != 0 || found == NULL) {
		snprintf(why, VDE_WHY_LEN,
			"group=%s: no such group: give a name or number of 'getent group'",
			args->group);
		return -EINVAL;
	}
	snprintf(args->group, sizeof(args->group), "%u", entry.gr_gid);
	return 0;
}

/* Octal and nothing else: QEMU would take 660 for a decimal number. */
static int
vde_args_mode(struct vde_args *args, char *why)
{
	const char *text = args->mode_text;
	unsigned long mode;

	if (text[0] == '\0')
		return 0;
	mode = strtoul(text, NULL, 8);
	if (text[0] != '0' || text[strspn(text, "01234567")] != '\0' || mode > 0777) {
		snprintf(why, VDE_WHY_LEN, "mode=%s: must be octal from 0000 to 0777, such as 0660",
			text);
		return -EINVAL;
	}
	args->mode = (mode_t)mode;
	return 0;
}

int
vde_args_parse(const char *text, struct vde_args *args, char *why)
{
	int ret;

	*args = (struct vde_args){ .mode = 0700 };
	ret = pmd_args_parse(vde_args_table, RTE_DIM(vde_args_table), text, args, why, VDE_WHY_LEN);
	if (ret == 0)
		ret = vde_args_group(args, why);
	return ret == 0 ? vde_args_mode(args, why) : ret;
}
