/* SPDX-License-Identifier: BSD-3-Clause */
/* From a message's text to a handler, and its answer. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "qmp_private.h"

/* A table of commands is a row here. */
static const struct {
	const struct qmp_command *command;
	const unsigned int *n;
} qmp_tables[] = {
	{ qmp_core_table, &qmp_core_n },
	{ qmp_net_table, &qmp_net_n },
	{ qmp_object_table, &qmp_object_n },
};

const struct qmp_command *
qmp_command_at(unsigned int i)
{
	size_t t;

	for (t = 0; t < RTE_DIM(qmp_tables); t++) {
		if (i < *qmp_tables[t].n)
			return &qmp_tables[t].command[i];
		i -= *qmp_tables[t].n;
	}
	return NULL;
}

static const struct qmp_command *
qmp_find_command(const char *name)
{
	const struct qmp_command *command;
	unsigned int i;

	for (i = 0; (command = qmp_command_at(i)) != NULL; i++)
		if (strcmp(command->name, name) == 0)
			return command;
	return NULL;
}

json_t *
qmp_error(const char *error_class, const char *desc, json_t *id)
{
	json_t *answer = json_object(), *error = json_pack("{s:s}", "class", error_class);

	/* What a client sent may come back in desc: cut in a character, it is no UTF-8 any more. */
	if (json_object_set_new(error, "desc", json_string(desc)) < 0)
		json_object_set_new(error, "desc", json_string("the reason is not UTF-8 text"));
	if (id != NULL)
		json_object_set(answer, "id", id);
	json_object_set_new(answer, "error", error);
	return answer;
}

json_t *
qmp_fail(struct qmp_call *c, const char *error_class, const char *fmt, ...)
{
	va_list ap;

	c->error_class = error_class;
	va_start(ap, fmt);
	vsnprintf(c->desc, sizeof(c->desc), fmt, ap);
	va_end(ap);
	return NULL;
}

static const char *
qmp_type_name(json_type type)
{
	static const char *const names[] = { [JSON_OBJECT] = "object",
		[JSON_ARRAY] = "array",
		[JSON_STRING] = "string",
		[JSON_INTEGER] = "integer",
		[JSON_REAL] = "number",
		[JSON_TRUE] = "boolean",
		[JSON_FALSE] = "boolean",
		[JSON_NULL] = "null" };

	return names[type];
}

/* Arguments against the command's rows. @return whether they are as they must be. */
static bool
qmp_check_args(struct qmp_call *c, const struct qmp_command *command)
{
	size_t known = 0;
	const char *name;
	json_t *value;
	unsigned int i;

	for (i = 0; i < QMP_ARGS && command->arg[i].name != NULL; i++) {
		const struct qmp_arg *arg = &command->arg[i];
		const json_t *v = json_object_get(c->args, arg->name);

		if (v == NULL && !arg->optional) {
			qmp_fail(c, "GenericError", "Parameter '%s' is missing", arg->name);
			return false;
		}
		if (v != NULL && qmp_type_name(json_typeof(v)) != qmp_type_name(arg->type)) {
			qmp_fail(c, "GenericError", "Invalid parameter type for '%s', expected: %s",
				arg->name, qmp_type_name(arg->type));
			return false;
		}
		known += v != NULL;
	}
	if (command->open_args || known == json_object_size(c->args))
		return true;
	json_object_foreach(c->args, name, value) {
		for (i = 0; i < QMP_ARGS && command->arg[i].name != NULL; i++)
			if (strcmp(command->arg[i].name, name) == 0)
				break;
		if (i == QMP_ARGS || command->arg[i].name == NULL)
			break;
	}
	qmp_fail(c, "GenericError", "Parameter '%.80s' is unexpected", name != NULL ? name : "");
	return false;
}

/* Only qmp_capabilities comes before everything else, and it comes once. */
static const struct qmp_command *
qmp_choose(struct qmp_call *c, const struct qmp_client *k, const char *name)
{
	const struct qmp_command *command = qmp_find_command(name);
	bool negotiates = strcmp(name, "qmp_capabilities") == 0;

	if (!k->ready && !negotiates) {
		qmp_fail(c, "CommandNotFound",
			"Expecting capabilities negotiation with 'qmp_capabilities'");
		return NULL;
	}
	if (k->ready && negotiates) {
		qmp_fail(c, "CommandNotFound",
			"Capabilities negotiation is already complete, command ignored");
		return NULL;
	}
	if (command == NULL)
		qmp_fail(c, "CommandNotFound", "The command %.200s has not been found", name);
	return command;
}

static json_t *
qmp_run(struct qmp_call *c, struct qmp_client *k, const json_t *message)
{
	const char *name = json_string_value(json_object_get(message, "execute"));
	const struct qmp_command *command = qmp_choose(c, k, name);
	json_t *ret;

	if (command == NULL || !qmp_check_args(c, command))
		return NULL;
	if (command->unlocked)
		return command->run(c);
	pthread_mutex_lock(&c->rh->lock);
	ret = command->run(c);
	pthread_mutex_unlock(&c->rh->lock);
	if (ret != NULL && strcmp(name, "qmp_capabilities") == 0)
		k->ready = true;
	return ret;
}

/* The members of a message. @return false with the error noted. */
static bool
qmp_check_message(struct qmp_call *c, json_t *message)
{
	const json_t *execute = json_object_get(message, "execute");
	const char *name;
	json_t *value;

	json_object_foreach(message, name, value) {
		if (strcmp(name, "execute") == 0 || strcmp(name, "id") == 0)
			continue;
		if (strcmp(name, "arguments") != 0) {
			qmp_fail(c, "GenericError", "QMP input member '%.80s' is unexpected", name);
			return false;
		}
		if (!json_is_object(value)) {
			qmp_fail(c, "GenericError",
				"QMP input member 'arguments' must be an object");
			return false;
		}
		c->args = value;
	}
	if (execute == NULL)
		qmp_fail(c, "GenericError", "QMP input lacks member 'execute'");
	else if (!json_is_string(execute))
		qmp_fail(c, "GenericError", "QMP input member 'execute' must be a string");
	return json_is_string(execute);
}

static json_t *
qmp_parse(struct qmp_call *c, const char *text, size_t len)
{
	json_error_t err;
	json_t *message = json_loadb(text, len, JSON_REJECT_DUPLICATES, &err);

	if (message == NULL)
		return qmp_fail(c, "GenericError", "JSON parse error, %s", err.text);
	if (json_is_object(message))
		return message;
	json_decref(message);
	return qmp_fail(c, "GenericError", "QMP input must be a JSON object");
}

json_t *
qmp_dispatch(struct ringhub *rh, struct qmp_client *k, const char *text, size_t len)
{
	struct qmp_call c = { .rh = rh, .error_class = "GenericError", .desc = "out of memory" };
	json_t *none = json_object(), *message = qmp_parse(&c, text, len), *ret = NULL, *answer;
	json_t *id = json_object_get(message, "id");

	c.args = none;
	if (message != NULL && qmp_check_message(&c, message))
		ret = qmp_run(&c, k, message);
	if (ret != NULL) {
		answer = json_pack("{s:o}", "return", ret);
		if (id != NULL)
			json_object_set(answer, "id", id);
	} else {
		answer = qmp_error(c.error_class, c.desc, id);
	}
	json_decref(message);
	json_decref(none);
	return answer;
}
