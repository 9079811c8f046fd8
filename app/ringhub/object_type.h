/* SPDX-License-Identifier: BSD-3-Clause */
/* The kinds of object and their properties: names, defaults and checks in one table. */
#ifndef RINGHUB_OBJECT_TYPE_H
#define RINGHUB_OBJECT_TYPE_H

#include "filter/filter.h"
#include "opt.h"

/** A property. */
struct object_prop {
	const char *name;
	const char *def; /* its default; NULL: it must be given */
	/* Whether a value is right. @return 0, or -EINVAL with why. */
	int (*check)(const char *type, const char *name, const char *value, char *why);
	bool hidden; /* not shown where it has its default: not a property of QEMU's */
};

#define OBJECT_PROPS 4

/** A kind of object. Const. */
struct object_type {
	const char *name;
	struct filter *(*create)(const struct filter_conf *conf, char *why);
	struct object_prop prop[OBJECT_PROPS]; /* of its own; the list ends with an empty name */
};

/** By name; NULL. Thread: any. */
const struct object_type *object_type_find(const char *name);

/** The i-th; NULL behind the last. Thread: any. */
const struct object_type *object_type_at(unsigned int i);

/** The i-th property, as QEMU lists them; NULL behind the last. Thread: any. */
const struct object_prop *object_type_prop(const struct object_type *t, unsigned int i);

/** The value of a property: as given, or its default; booleans as true and false. Thread: any. */
const char *object_value(const struct object_prop *p, const struct opt *o);

/** Check all of o's keys but id. @param why  OPT_LEN bytes. @return 0 or -EINVAL. Thread: any. */
int object_check(const struct object_type *t, const struct opt *o, char *why);

#endif
