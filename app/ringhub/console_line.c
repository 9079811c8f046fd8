/* SPDX-License-Identifier: BSD-3-Clause */
/* What a client types, on its way to rte_cmdline's line editor. */
#include "console_line.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <rte_common.h>

#define CONSOLE_CTRL_C '\003'

static bool
console_line_put(struct cmdline *cl, const char *text)
{
	return cmdline_in(cl, text, (int)strlen(text)) >= 0;
}

/* Characters in the editor; it shows them followed by a newline. */
static size_t
console_line_len(struct cmdline *cl)
{
	return strlen(rdline_get_buffer(cmdline_get_rdline(cl))) - 1;
}

/* The end of a line that was too long: say so, and let the editor forget what it has. */
static bool
console_line_refuse(struct cmdline *cl, int out)
{
	static const char forget[] = { CONSOLE_CTRL_C, '\0' };
	char text[128];
	int n = snprintf(text, sizeof(text),
		"\r\nError: the line is longer than %d bytes: nothing of it was run",
		CONSOLE_LINE_MAX);

	return write(out, text, (size_t)n) == n && console_line_put(cl, forget);
}

static bool
console_line_byte(struct console_line *l, struct cmdline *cl, int out, char byte)
{
	bool end = byte == '\n' || byte == '\r' || byte == CONSOLE_CTRL_C, first = !l->middle;
	bool overlong = l->overlong;

	l->middle = !end && (l->middle || byte != ' ');
	l->overlong = !end && overlong;
	if (overlong)
		return !end || console_line_refuse(cl, out);
	if (first && byte == '?')
		return console_line_put(cl, "help ");
	if (isprint((unsigned char)byte) && console_line_len(cl) >= CONSOLE_LINE_MAX) {
		l->overlong = true;
		return true;
	}
	return cmdline_in(cl, &byte, 1) >= 0;
}

bool
console_line_feed(struct console_line *l, struct cmdline *cl, int out, const char *buf, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (!console_line_byte(l, cl, out, buf[i]))
			return false;
	return true;
}
