/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's machine protocol on a unix socket: -qmp unix:PATH. */
#ifndef RINGHUB_QMP_H
#define RINGHUB_QMP_H

#include <poll.h>

#include "ringhub.h"

#define QMP_CLIENTS 16
#define QMP_FDS	    (QMP_CLIENTS + 2)

struct qmp;

/**
 * Listen at conf.qmp's address. @param address "unix:PATH"; "": nowhere, all else then does nothing.
 * @return 0 with rh->qmp set (or NULL for ""); -1 with a message printed. Thread: M.
 */
int qmp_open(struct ringhub *rh, const char *address);

/**
 * A round of M's loop: which descriptors to wait for, at most QMP_FDS; and how long at most,
 * milliseconds, -1: for ever. q NULL: none. Thread: M.
 */
unsigned int qmp_poll_fds(const struct qmp *q, struct pollfd *fds);
int qmp_timeout(const struct qmp *q);

/** After poll(): accept, read, answer, send. Takes rh->lock for commands. Thread: M. */
void qmp_serve(struct qmp *q, const struct pollfd *fds, unsigned int n);

/** Tell clients why ("host-qmp-quit", "host-signal"), close, unlink. NULL is fine. Thread: M. */
void qmp_close(struct ringhub *rh);

/**
 * Send an event to every client, soon: M sends it from its loop, after the answer to a command that
 * caused it. Nothing happens without a QMP server.
 * @param name  "DEVICE_DELETED"
 * @param data  the event's data as JSON text, an object; NULL: none
 * Thread: any; not D. Locks: only its own, so it may be called under any.
 */
void qmp_event(const char *name, const char *data);

#endif
