/* SPDX-License-Identifier: BSD-3-Clause */
/* From command tables to rte_cmdline and back. */
#include "console_cmd.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_parse_string.h>
#include <rte_string_fns.h>

#define CMD_WORDS 8

/* What a parsed line looks like: its words, then a rest of line. */
struct cmd_result {
	cmdline_fixed_string_t word[CMD_WORDS];
	cmdline_multi_string_t rest;
};

/* A command as rte_cmdline wants it. */
struct cmd_inst {
	const struct cmd *cmd;
	char *words; /* of the spec, cut apart */
	unsigned int n;
	bool is_arg[CMD_WORDS];
	bool has_rest;
	cmdline_parse_token_string_t token[CMD_WORDS];
	struct {
		void (*f)(void *, struct cmdline *, void *);
		void *data;
		const char *help_str;
		cmdline_parse_token_hdr_t *tokens[CMD_WORDS + 1];
	} inst; /* a cmdline_parse_inst_t with room for its tokens */
};

/* The console is single-threaded: commands of one cmdline_in() act on these. */
static struct ringhub *cmd_rh;
static int cmd_fd;
static bool cmd_stuck;
static FILE *cmd_capture; /* takes all output in place of cmd_fd, unless NULL */

static const struct cmd cmd_help_table[];
static const unsigned int cmd_help_n;

/* All commands, in the order in which "help" lists them. */
static const struct {
	const struct cmd *table;
	const unsigned int *n;
} cmd_tables[] = {
	{ cmd_port_table, &cmd_port_n },
	{ cmd_testpmd_table, &cmd_testpmd_n },
	{ cmd_hub_table, &cmd_hub_n },
	{ cmd_nic_table, &cmd_nic_n },
	{ cmd_qemu_table, &cmd_qemu_n },
	{ cmd_object_table, &cmd_object_n },
	{ cmd_help_table, &cmd_help_n },
};

void
cmd_error(const struct cmd_args *a, const char *fmt, ...)
{
	va_list ap;

	fputs("Error: ", a->out);
	va_start(ap, fmt);
	vfprintf(a->out, fmt, ap);
	va_end(ap);
	fputc('\n', a->out);
}

/* Completion of <id> and <port>: every id that there is. Only M changes the list, and this is M. */
static int
cmd_complete_count(cmdline_parse_token_hdr_t *token)
{
	struct rh_port *p;
	int n = 0;

	TAILQ_FOREACH(p, &cmd_rh->ports, next)
		n++;
	return n;
}

static int
cmd_complete_id(cmdline_parse_token_hdr_t *token, int i, char *to, unsigned int len)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &cmd_rh->ports, next)
		if (i-- == 0)
			return rte_strscpy(to, p->id, len) < 0 ? -1 : 0;
	return -1;
}

static struct cmdline_token_ops cmd_id_ops = {
	.parse = cmdline_parse_string,
	.complete_get_nb = cmd_complete_count,
	.complete_get_elt = cmd_complete_id,
	.get_help = cmdline_get_help_string,
};

/* The rest of a line, up to a comment. rte_cmdline's own ends at any '#', also within a word, and drops
 * what is behind. @return bytes taken; -1: none, or too many. */
static int
cmd_parse_rest(cmdline_parse_token_hdr_t *token, const char *text, void *to, unsigned int len)
{
	size_t n = 0;

	while (text[n] != '\0' && text[n] != '\n' && text[n] != '\r' &&
		!(text[n] == '#' && (n == 0 || text[n - 1] == ' ')))
		n++;
	if (n == 0 || n >= sizeof(cmdline_multi_string_t) || (to != NULL && n >= len))
		return -1;
	if (to != NULL) {
		memcpy(to, text, n);
		((char *)to)[n] = '\0';
	}
	return (int)n;
}

static struct cmdline_token_ops cmd_rest_ops = {
	.parse = cmd_parse_rest,
	.complete_get_nb = cmdline_complete_get_nb_string,
	.complete_get_elt = cmdline_complete_get_elt_string,
	.get_help = cmdline_get_help_string,
};

/* Write all of it, or note that the client does not read. */
static void
cmd_flush(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, text, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			cmd_stuck = true;
			return;
		}
		text += n;
		len -= (size_t)n;
	}
}

/* Run a command with its output to a.out. */
static void
cmd_run(const struct cmd *cmd, const struct cmd_args *a)
{
	pthread_mutex_lock(&a->rh->lock);
	cmd->run(a);
	pthread_mutex_unlock(&a->rh->lock);
}

static void
cmd_dispatch(void *parsed, struct cmdline *cl, void *data)
{
	const struct cmd_result *r = parsed;
	const struct cmd_inst *ci = data;
	struct cmd_args a = { .rh = cmd_rh, .out = cmd_capture, .arg = { "", "", "", "" } };
	char *text = NULL;
	size_t len = 0;
	unsigned int i, n = 0;

	for (i = 0; i < ci->n && n < RTE_DIM(a.arg); i++)
		if (ci->is_arg[i])
			a.arg[n++] = ci->has_rest && i == ci->n - 1 ? r->rest : r->word[i];
	if (cmd_capture != NULL) {
		cmd_run(ci->cmd, &a);
		return;
	}
	a.out = open_memstream(&text, &len);
	if (a.out == NULL)
		return;
	cmd_run(ci->cmd, &a);
	fclose(a.out);
	if (!cmd_stuck)
		cmd_flush(cmd_fd, text, len);
	free(text);
	if (cmd_rh->quit)
		cmdline_quit(cl);
}

/* The words of an error, as a person would see them on the console. */
static void
cmd_explain(FILE *out, int result, const char *line)
{
	if (result == CMDLINE_PARSE_NOMATCH)
		fprintf(out, "unknown command: '%s'\n", line);
	else if (result == CMDLINE_PARSE_AMBIGUOUS)
		fprintf(out, "Ambiguous command\n");
	else if (result == CMDLINE_PARSE_BAD_ARGS)
		fprintf(out, "Bad arguments\n");
}

char *
console_cmd_line(struct ringhub *rh, const char *line)
{
	char *text = NULL, *words = NULL;
	struct cmdline *cl;
	size_t len = 0;

	/* QEMU's other word for help; for rte_cmdline it is a key. */
	if (asprintf(&words, "%s%s\n", line[0] == '?' ? "help" : "", line + (line[0] == '?')) < 0)
		return NULL;
	cl = cmdline_new(console_cmd_context(), "", -1, -1);
	cmd_capture = cl != NULL ? open_memstream(&text, &len) : NULL;
	if (cmd_capture != NULL) {
		cmd_rh = rh;
		cmd_explain(cmd_capture, cmdline_parse(cl, words), line);
		fclose(cmd_capture);
		cmd_capture = NULL;
	}
	cmdline_free(cl);
	free(words);
	return text;
}

void
console_cmd_begin(struct ringhub *rh, int fd)
{
	cmd_rh = rh;
	cmd_fd = fd;
	cmd_stuck = false;
}

bool
console_cmd_end(void)
{
	return !cmd_stuck;
}

static struct cmdline_token_ops *
cmd_ops_of(const char *word, bool rest)
{
	if (rest)
		return &cmd_rest_ops;
	return strcmp(word, "<id>") == 0 || strcmp(word, "<port>") == 0 ? &cmd_id_ops
									: &cmdline_token_string_ops;
}

/* Cut a spec into tokens. */
static struct cmd_inst *
cmd_compile(const struct cmd *cmd)
{
	struct cmd_inst *ci = calloc(1, sizeof(*ci));
	char *save = NULL, *w;

	if (ci == NULL || (ci->words = strdup(cmd->spec)) == NULL) {
		free(ci);
		return NULL;
	}
	ci->cmd = cmd;
	for (w = strtok_r(ci->words, " ", &save); w != NULL && ci->n < CMD_WORDS;
		w = strtok_r(NULL, " ", &save)) {
		cmdline_parse_token_string_t *t = &ci->token[ci->n];
		bool rest = w[0] == '<' && strstr(w, "...>") != NULL;
		bool choice = w[0] == '<' && strchr(w, '|') != NULL;

		t->hdr.ops = cmd_ops_of(w, rest);
		t->hdr.offset = rest ? offsetof(struct cmd_result, rest)
				     : offsetof(struct cmd_result, word[ci->n]);
		if (choice) {
			/* "<on|off>" is rte_cmdline's "on#off". */
			w[strlen(w) - 1] = '\0';
			for (char *p = w; (p = strchr(p, '|')) != NULL;)
				*p = '#';
		}
		t->string_data.str = rest	   ? TOKEN_STRING_MULTI
				     : choice	   ? w + 1
				     : w[0] == '<' ? NULL
						   : w;
		ci->is_arg[ci->n] = w[0] == '<';
		ci->has_rest = rest;
		ci->inst.tokens[ci->n++] = &t->hdr;
	}
	ci->inst.f = cmd_dispatch;
	ci->inst.data = ci;
	ci->inst.help_str = cmd->help;
	return ci;
}

cmdline_parse_ctx_t *
console_cmd_context(void)
{
	static cmdline_parse_ctx_t *ctx;
	unsigned int n = 0, i;
	size_t t;

	if (ctx != NULL)
		return ctx;
	for (t = 0; t < RTE_DIM(cmd_tables); t++)
		n += *cmd_tables[t].n;
	/* cppcheck-suppress pointerSize ; the context is an array of pointers */
	ctx = calloc(n + 1, sizeof(void *));
	if (ctx == NULL)
		return NULL;
	for (t = 0, n = 0; t < RTE_DIM(cmd_tables); t++)
		for (i = 0; i < *cmd_tables[t].n; i++)
			ctx[n++] =
				(cmdline_parse_inst_t *)&cmd_compile(&cmd_tables[t].table[i])->inst;
	return ctx;
}

/* Whether the words that somebody asks about begin this command. */
static bool
cmd_begins(const struct cmd *cmd, const char *words)
{
	size_t n = strlen(words);

	while (n > 0 && words[n - 1] == ' ')
		n--;
	return strncmp(cmd->spec, words, n) == 0 && (cmd->spec[n] == ' ' || cmd->spec[n] == '\0');
}

/* Help about all commands that begin so. @return how many there are. */
static unsigned int
cmd_help_about(const struct cmd_args *a, const char *words)
{
	unsigned int i, found = 0;
	size_t t;

	for (t = 0; t < RTE_DIM(cmd_tables); t++) {
		for (i = 0; i < *cmd_tables[t].n; i++) {
			const struct cmd *cmd = &cmd_tables[t].table[i];

			if (!cmd_begins(cmd, words))
				continue;
			fprintf(a->out, "%s -- %s\n", cmd->spec, cmd->help);
			found++;
		}
	}
	return found;
}

static void
cmd_help(const struct cmd_args *a)
{
	unsigned int i;
	size_t t;

	for (t = 0; t < RTE_DIM(cmd_tables); t++)
		for (i = 0; i < *cmd_tables[t].n; i++)
			fprintf(a->out, "%-44s %s\n", cmd_tables[t].table[i].spec,
				cmd_tables[t].table[i].help);
}

static void
cmd_help_one(const struct cmd_args *a)
{
	if (cmd_help_about(a, a->arg[0]) == 0)
		cmd_error(a, "unknown command: '%s'", a->arg[0]);
}

static void
cmd_info(const struct cmd_args *a)
{
	cmd_help_about(a, "info");
}

/* clang-format off */
static const struct cmd cmd_help_table[] = {
	{ "info", cmd_info, "the commands that begin so" },
	{ "help", cmd_help, "this list" },
	{ "help <command...>", cmd_help_one, "one command, or those that begin so; also: ? <command...>" },
};
/* clang-format on */
static const unsigned int cmd_help_n = RTE_DIM(cmd_help_table);
