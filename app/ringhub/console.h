/* SPDX-License-Identifier: BSD-3-Clause */
/* The console: rte_cmdline on stdio or for any number of clients of a unix socket. */
#ifndef RINGHUB_CONSOLE_H
#define RINGHUB_CONSOLE_H

#include <stdio.h>

#include "ringhub.h"

struct console;

/** What a command gets: its words, and where to write. */
struct cmd_args {
	struct ringhub *rh;
	FILE *out;
	const char *arg[4]; /* the values of <placeholders> in order; "" when none is left */
};

/**
 * One command. spec: words, where <x> is one free word and <x...> the rest of the line, e.g.
 * "set_link <name> <on|off>". Handlers run on M under the lock; errors are written by cmd_error().
 */
struct cmd {
	const char *spec;
	void (*run)(const struct cmd_args *a);
	const char *help;
};

/** Write "Error: ..." in one line. */
void cmd_error(const struct cmd_args *a, const char *fmt, ...) __rte_format_printf(2, 3);

extern const struct cmd cmd_hub_table[];
extern const unsigned int cmd_hub_n;
extern const struct cmd cmd_nic_table[];
extern const unsigned int cmd_nic_n;
extern const struct cmd cmd_object_table[];
extern const unsigned int cmd_object_n;
extern const struct cmd cmd_port_table[];
extern const unsigned int cmd_port_n;
extern const struct cmd cmd_testpmd_table[];
extern const unsigned int cmd_testpmd_n;
extern const struct cmd cmd_qemu_table[];
extern const unsigned int cmd_qemu_n;

/** Open by the -monitor value. @return NULL with a message printed. Thread: M. */
struct console *console_open(struct ringhub *rh, const char *monitor);

/** Serve until quit, or a signal on the descriptor. Thread: M. */
void console_run(struct console *c, int signals);

void console_close(struct console *c);

#endif
