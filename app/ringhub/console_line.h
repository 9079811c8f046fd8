/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client types, on its way to rte_cmdline's line editor. */
#ifndef RINGHUB_CONSOLE_LINE_H
#define RINGHUB_CONSOLE_LINE_H

#include <stdbool.h>
#include <stddef.h>

struct cmdline;

/* Bytes of a line; the editor drops what is beyond, and would run the rest. */
#define CONSOLE_LINE_MAX 511

/** Of one client. Zeroed: at the beginning of a line. M. */
struct console_line {
	bool middle;   /* something was typed */
	bool overlong; /* the line is lost: nothing of it is run */
};

/**
 * Feed n bytes to the editor. A line that is too long is answered with an error, as a whole. "?" at the
 * beginning of a line is QEMU's word for help; elsewhere it is the editor's key for it.
 * @param out  where the error goes. @return false when the client wants to end. Thread: M.
 */
bool console_line_feed(struct console_line *l, struct cmdline *cl, int out, const char *buf,
	size_t n);

#endif
