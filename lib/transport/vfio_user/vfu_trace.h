/* SPDX-License-Identifier: BSD-3-Clause */
/* The recorder: every register access and interrupt set-up of a port, a line each, in a file. */
#ifndef TRANSPORT_VFIO_USER_VFU_TRACE_H
#define TRANSPORT_VFIO_USER_VFU_TRACE_H

#include <stdint.h>

#include <rte_common.h>

struct vfu_access;
struct vfu_irq_set;
struct vfu_trace;

/* The format is described in test/traces/README.md; whoever changes one changes the other. */

#define VFU_TRACE_MAX (UINT64_C(64) << 20) /* bytes of a trace */

/**
 * Begin a trace: the file is made, or emptied. Errors have been logged.
 * @param name   of the port, for logs
 * @param title  what the port is, as "KEY=VALUE KEY=VALUE": the second line
 * @param max    bytes; when they are full, the trace ends with a line that says so
 * @return NULL and rte_errno: EINVAL when it is no regular file, EBUSY when another port writes it,
 *         or why it cannot be opened. Thread: M.
 */
struct vfu_trace *vfu_trace_open(const char *name, const char *path, const char *title,
	uint64_t max);

/** End it; NULL is fine. Thread: M, when C does not use it any more. */
void vfu_trace_close(struct vfu_trace *t);

/* The rest: C. A NULL trace is fine: nothing is recorded then. Errors end the trace, and are logged. */

/** A read (op 'r', after it was done) or a write ('w') of a->count bytes. */
void vfu_trace_access(struct vfu_trace *t, char op, const struct vfu_access *a, const void *data);

/** SET_IRQS was done; it came with n_fds descriptors. */
void vfu_trace_irq(struct vfu_trace *t, const struct vfu_irq_set *r, unsigned int n_fds);

/** Any other event; format has no newline. */
void vfu_trace_event(struct vfu_trace *t, const char *format, ...) __rte_format_printf(2, 3);

/** Write to the file what is still in memory. */
void vfu_trace_flush(struct vfu_trace *t);

#endif
