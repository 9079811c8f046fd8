/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs as a table: key, kind, where it goes. */
#ifndef COMMON_PMD_ARGS_H
#define COMMON_PMD_ARGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PMD_ARG_LEN  512 /* longest value, with its NUL */
#define PMD_ARG_LIST 32	 /* longest list */

/** What a value is, and the type of the field it goes to. */
enum pmd_arg_kind {
	PMD_ARG_STRING, /* char[PMD_ARG_LEN] */
	PMD_ARG_BOOL,	/* bool: on|off|yes|no|true|false */
	PMD_ARG_NUMBER, /* uint32_t in min..max, decimal or 0x */
	PMD_ARG_MAC,	/* struct rte_ether_addr, unicast */
	PMD_ARG_LIST_,	/* struct pmd_arg_list; the key may be repeated */
	PMD_ARG_CALL,	/* handed to .call with .bit: for keys that share one field */
};

/** The values of a repeated key. */
struct pmd_arg_list {
	unsigned int n;
	char value[PMD_ARG_LIST][PMD_ARG_LEN];
};

/** One key. */
struct pmd_arg {
	const char *key;
	enum pmd_arg_kind kind;
	size_t offset; /* of the field in the configuration */
	size_t seen;   /* of a bool that becomes true when given; 0: nobody asks */
	uint32_t min;  /* of a number */
	uint32_t max;  /* of a number */
	int (*call)(void *field, uint64_t bit, bool on); /* of a call */
	uint64_t bit;					 /* handed to call */
	const char *help;				 /* one line for people */
};

/**
 * Parse "key=value,key=value" into conf. A value may hold any byte: "%2C" stands for a comma, "%3D"
 * for an equals sign, "%25" for a percent sign.
 * @param name  of the port, for the error text
 * @param why   what is wrong, naming the key, the value and what would be right
 * @return 0; -EINVAL with why filled in. conf may be half written then. Thread: M.
 */
int pmd_args_parse(const struct pmd_arg *args, unsigned int n, const char *text, void *conf,
	char *why, size_t why_len);

/** Append "key=value" to text (of len bytes), escaped, with a comma before it if text is not empty.
 * @return 0; -ENAMETOOLONG. */
int pmd_args_append(char *text, size_t len, const char *key, const char *value);

/** Read "on", "off", "yes", "no", "true", "false", "y", "n". @return 0; -EINVAL. */
int pmd_args_bool(const char *value, bool *on);

#endif
