/* SPDX-License-Identifier: BSD-3-Clause */
/* Lists on the telemetry socket, whose answers have 16 KiB (DPDK 22.11) and leave out what is beyond. */
#ifndef RINGHUB_TEL_LIST_H
#define RINGHUB_TEL_LIST_H

#include <stdbool.h>

struct rte_tel_data;

/**
 * What of a list one answer has. The parameter of a command is nothing (the beginning), FIRST (from that entry
 * on, counted from 0), ID (that entry, with all there is to tell), or ID,FIRST (from that part of it on). An
 * answer that is not the end has "/next": N, the FIRST to ask for next. Ids have no '/'.
 */
struct tel_list {
	char id[64];	    /* "": all */
	unsigned int first; /* of the entries, or of the parts of ID */
	unsigned int limit; /* so many in one answer */
	unsigned int n;	    /* seen so far */
	bool found;	    /* id is among them */
	char (*keys)[64];   /* of each entry seen that has an id, before what makes it unique */
	unsigned int n_keys;
	char key[96]; /* of the entry seen last */
};

/**
 * Start a list. tel_list_end() ends it.
 * @param params  of the command; NULL: none.
 * @param limit  entries in one answer.
 * @return 0; -EINVAL: params are none of the above, and nothing is to be ended.
 */
int tel_list_start(struct tel_list *list, const char *params, unsigned int limit);

/** The parts of the one entry that is told in full. @param limit  parts in one answer. */
void tel_list_parts(struct tel_list *parts, const struct tel_list *list, unsigned int limit);

/** Whether the next entry is in this answer. Called once for each. @param id  NULL: it has none. */
bool tel_list_has(struct tel_list *list, const char *id);

/**
 * Add the entry that tel_list_has() was asked for last, with its id as string "id", under a key that telemetry takes:
 * '_' for '-' and '.'. The second id that becomes the same has "/2" behind it, and so on, in all answers.
 */
void tel_list_add(struct tel_list *list, struct rte_tel_data *to, const char *id,
	struct rte_tel_data *one);

/** After the last entry or part: "/next", if there are more. @return 0; -ENOENT: there is no ID. */
int tel_list_end(struct tel_list *list, struct rte_tel_data *to);

#endif
