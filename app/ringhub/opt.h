/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's option grammar: "word,key=value,key=value", where ",," stands for a comma in a value. */
#ifndef RINGHUB_OPT_H
#define RINGHUB_OPT_H

#include <stdbool.h>
#include <stddef.h>

#define OPT_MAX 64
#define OPT_LEN 512

/** One key=value. A key without a value has value "on". */
struct opt_pair {
	char key[64];
	char value[OPT_LEN];
};

/** A parsed option. */
struct opt {
	char word[64]; /* the first bare word: backend type or device model; may be "" */
	unsigned int n;
	struct opt_pair pair[OPT_MAX];
};

/** Parse text. @param why  OPT_LEN bytes for the error. @return 0 or -EINVAL. */
int opt_parse(const char *text, struct opt *o, char *why);

/** The value of a key; NULL when absent. */
const char *opt_get(const struct opt *o, const char *key);

/** Set or replace a key. @return 0 or -ENOSPC. */
int opt_set(struct opt *o, const char *key, const char *value);

/** Remove a key, if it is there; its value goes to out (of len bytes) when out is not NULL. */
bool opt_take(struct opt *o, const char *key, char *out, size_t len);

/** Whether id is QEMU's idea of an identifier: a letter, then letters, digits, '-', '.', '_'. */
bool opt_id_ok(const char *id);

#endif
