/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the files of the QMP server. All of it on M. */
#ifndef RINGHUB_QMP_PRIVATE_H
#define RINGHUB_QMP_PRIVATE_H

#include <jansson.h>

#include "qmp.h"
#include "qmp_frame.h"

/** One connection. */
struct qmp_client {
	int fd;
	bool ready; /* capabilities were negotiated: commands are taken, events are sent */
	bool gone;  /* close it when it is no longer in use */
	struct qmp_frame in;
	char *out; /* not sent yet */
	size_t out_len, out_size;
	uint64_t stuck_since; /* ms; the client has taken nothing since; 0: it keeps up */
};

/** A command being run. A handler returns its "return" (a new reference), or NULL after qmp_fail(). */
struct qmp_call {
	struct ringhub *rh;
	json_t *args; /* an object, checked against the command's qmp_arg rows */
	const char *error_class;
	char desc[OPT_LEN];
};

/** One argument of a command. */
struct qmp_arg {
	const char *name;
	json_type type; /* JSON_TRUE stands for both booleans */
	bool optional;
};

#define QMP_ARGS 6

/** One command. */
struct qmp_command {
	const char *name;
	json_t *(*run)(struct qmp_call *c);
	bool open_args; /* any further arguments: they are checked where they are used */
	bool unlocked;	/* run takes rh->lock itself */
	struct qmp_arg arg[QMP_ARGS];
};

/** The tables; each is a file. */
extern const struct qmp_command qmp_core_table[];
extern const unsigned int qmp_core_n;
extern const struct qmp_command qmp_net_table[];
extern const unsigned int qmp_net_n;
extern const struct qmp_command qmp_object_table[];
extern const unsigned int qmp_object_n;

/** The i-th command of all tables; NULL behind the last. */
const struct qmp_command *qmp_command_at(unsigned int i);

/** Note an error. @return NULL. */
json_t *qmp_fail(struct qmp_call *c, const char *error_class, const char *fmt, ...)
	__rte_format_printf(3, 4);

/** The answer to one message of a client, a new reference. NULL: no memory. */
json_t *qmp_dispatch(struct ringhub *rh, struct qmp_client *k, const char *text, size_t len);

/** {"error":{"class":...,"desc":...}}, with the id (borrowed) unless it is NULL. */
json_t *qmp_error(const char *error_class, const char *desc, json_t *id);

/** What {"QMP":{"version":...}} and query-version tell. */
json_t *qmp_version(void);

/** Remember how every port is (begin), then tell of what changed since (look), under rh->lock. */
void qmp_watch_begin(struct ringhub *rh);
void qmp_watch_look(struct ringhub *rh);

/** The client has seen the filter of p: its next change is told again. */
void qmp_watch_filter_seen(struct rh_port *p);

/** Milliseconds of a clock that only goes forward. */
uint64_t qmp_now(void);

#endif
