/* SPDX-License-Identifier: BSD-3-Clause */
/* QMP commands about ringhub itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_version.h>

#include "console_cmd.h"
#include "qmp_private.h"

#define QMP_LINE_MAX 4000 /* of a console command; a word of rte_cmdline's holds no more */

json_t *
qmp_version(void)
{
	int major = 0, minor = 0, micro = 0;
	char package[128];

	/* NOLINTNEXTLINE(cert-err34-c): a constant of the build */
	if (sscanf(RINGHUB_VERSION, "%d.%d.%d", &major, &minor, &micro) != 3)
		major = minor = micro = 0;
	snprintf(package, sizeof(package), "ringhub %s (%s)", RINGHUB_VERSION, rte_version());
	return json_pack("{s:{s:i,s:i,s:i},s:s}", "qemu", "micro", micro, "minor", minor, "major",
		major, "package", package);
}

/* Out-of-band execution is the only capability there is, and it is not offered. */
static json_t *
qmp_capabilities(struct qmp_call *c)
{
	const json_t *enable = json_object_get(c->args, "enable");
	const char *name = json_string_value(json_array_get(enable, 0));

	if (json_array_size(enable) > 0)
		return qmp_fail(c, "GenericError", "Capability '%.80s' is not available",
			name != NULL ? name : "?");
	return json_object();
}

static json_t *
qmp_query_version(struct qmp_call *c)
{
	return qmp_version();
}

static json_t *
qmp_query_commands(struct qmp_call *c)
{
	const struct qmp_command *command;
	json_t *list = json_array();
	unsigned int i;

	for (i = 0; (command = qmp_command_at(i)) != NULL; i++)
		json_array_append_new(list, json_pack("{s:s}", "name", command->name));
	return list;
}

/* QEMU's -name, which we do not have: then its answer is empty, too. */
static json_t *
qmp_query_name(struct qmp_call *c)
{
	return json_object();
}

/* Running is what QEMU calls a VM's CPUs; here it is the lcores. */
static json_t *
qmp_query_status(struct qmp_call *c)
{
	bool on = engine_is_forwarding(c->rh->engine);

	return json_pack("{s:s,s:b,s:b}", "status", on ? "running" : "paused", "singlestep", 0,
		"running", on);
}

static json_t *
qmp_forward(struct qmp_call *c, bool on)
{
	bool was = engine_is_forwarding(c->rh->engine);
	int ret = engine_set_forwarding(c->rh->engine, on);

	if (ret < 0)
		return qmp_fail(c, "GenericError", "%s", strerror(-ret));
	if (was != on)
		qmp_event(on ? "RESUME" : "STOP", NULL);
	return json_object();
}

static json_t *
qmp_stop(struct qmp_call *c)
{
	return qmp_forward(c, false);
}

static json_t *
qmp_cont(struct qmp_call *c)
{
	return qmp_forward(c, true);
}

static json_t *
qmp_quit(struct qmp_call *c)
{
	c->rh->quit = true;
	return json_object();
}

/* QEMU ends the monitor's lines so. */
static json_t *
qmp_with_crlf(const char *text)
{
	size_t n = 0, len = strlen(text);
	char *to = malloc(2 * len + 1);
	json_t *s;

	if (to == NULL)
		return NULL;
	for (; *text != '\0'; text++) {
		if (*text == '\n')
			to[n++] = '\r';
		to[n++] = *text;
	}
	to[n] = '\0';
	s = json_string(to);
	free(to);
	return s;
}

/* The console's handler takes the lock itself. */
static json_t *
qmp_human(struct qmp_call *c)
{
	const char *line = json_string_value(json_object_get(c->args, "command-line"));
	const char *p;
	char *text;
	json_t *ret;

	if (strlen(line) > QMP_LINE_MAX)
		return qmp_fail(c, "GenericError", "command-line is longer than %d bytes",
			QMP_LINE_MAX);
	for (p = line; *p != '\0'; p++)
		if ((unsigned char)*p < ' ')
			return qmp_fail(c, "GenericError",
				"command-line: one line of text, please");
	text = console_cmd_line(c->rh, line);
	if (text == NULL)
		return qmp_fail(c, "GenericError", "out of memory");
	ret = qmp_with_crlf(text);
	free(text);
	return ret != NULL ? ret : qmp_fail(c, "GenericError", "the answer is not UTF-8 text");
}

/* clang-format off */
const struct qmp_command qmp_core_table[] = {
	{ "qmp_capabilities", qmp_capabilities, .arg = { { "enable", JSON_ARRAY, true } } },
	{ "query-version", .run = qmp_query_version },
	{ "query-commands", .run = qmp_query_commands },
	{ "query-status", .run = qmp_query_status },
	{ "query-name", .run = qmp_query_name },
	{ "stop", .run = qmp_stop },
	{ "cont", .run = qmp_cont },
	{ "human-monitor-command", qmp_human, .unlocked = true,
		.arg = { { "command-line", JSON_STRING, false }, { "cpu-index", JSON_INTEGER, true } } },
	{ "quit", .run = qmp_quit },
};
/* clang-format on */
const unsigned int qmp_core_n = RTE_DIM(qmp_core_table);
