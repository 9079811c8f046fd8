/* SPDX-License-Identifier: BSD-3-Clause */
/* From command tables to rte_cmdline and back. */
#ifndef RINGHUB_CONSOLE_CMD_H
#define RINGHUB_CONSOLE_CMD_H

#include <cmdline_parse.h>

#include "console.h"

/** The parser's view of all tables, made once. @return NULL without memory. */
cmdline_parse_ctx_t *console_cmd_context(void);

/**
 * Run one line as if it was typed. Takes the lock for the command.
 * @return what it printed, free() it; NULL: no memory. Thread: M.
 */
char *console_cmd_line(struct ringhub *rh, const char *line);

/** Around cmdline_in(): commands in between act on rh and write to fd. */
void console_cmd_begin(struct ringhub *rh, int fd);

/** @return false when the client's output is stuck and it must go. */
bool console_cmd_end(void);

#endif
