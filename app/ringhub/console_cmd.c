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

static const struct cmd cmd_help_row;

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

static void
cmd_dispatch(void *parsed, struct cmdline *cl, void *data)
{
	const struct cmd_result *r = parsed;
	const struct cmd_inst *ci = data;
	struct cmd_args a = { .rh = cmd_rh, .arg = { "", "", "", "" } };
	char *text = NULL;
	size_t len = 0;
	unsigned int i, n = 0;

	for (i = 0; i < ci->n && n < RTE_DIM(a.arg); i++)
		if (ci->is_arg[i])
			a.arg[n++] = ci->has_rest && i == ci->n - 1 ? r->rest : r->word[i];
	a.out = open_memstream(&text, &len);
	if (a.out == NULL)
		return;
	pthread_mutex_lock(&cmd_rh->lock);
	ci->cmd->run(&a);
	pthread_mutex_unlock(&cmd_rh->lock);
	fclose(a.out);
	if (!cmd_stuck)
		cmd_flush(cmd_fd, text, len);
	free(text);
	if (cmd_rh->quit)
		cmdline_quit(cl);
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

		t->hdr.ops = &cmdline_token_string_ops;
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

	if (ctx != NULL)
		return ctx;
	/* cppcheck-suppress pointerSize ; the context is an array of pointers */
	ctx = calloc(cmd_port_n + cmd_hub_n + cmd_nic_n + cmd_qemu_n + 3, sizeof(void *));
	if (ctx == NULL)
		return NULL;
	for (i = 0; i < cmd_port_n; i++)
		ctx[n++] = (cmdline_parse_inst_t *)&cmd_compile(&cmd_port_table[i])->inst;
	for (i = 0; i < cmd_hub_n; i++)
		ctx[n++] = (cmdline_parse_inst_t *)&cmd_compile(&cmd_hub_table[i])->inst;
	for (i = 0; i < cmd_nic_n; i++)
		ctx[n++] = (cmdline_parse_inst_t *)&cmd_compile(&cmd_nic_table[i])->inst;
	for (i = 0; i < cmd_qemu_n; i++)
		ctx[n++] = (cmdline_parse_inst_t *)&cmd_compile(&cmd_qemu_table[i])->inst;
	ctx[n++] = (cmdline_parse_inst_t *)&cmd_compile(&cmd_help_row)->inst;
	return ctx;
}

static void
cmd_help_table(const struct cmd_args *a, const struct cmd *table, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		fprintf(a->out, "%-44s %s\n", table[i].spec, table[i].help);
}

static void
cmd_help(const struct cmd_args *a)
{
	cmd_help_table(a, cmd_port_table, cmd_port_n);
	cmd_help_table(a, cmd_hub_table, cmd_hub_n);
	cmd_help_table(a, cmd_nic_table, cmd_nic_n);
	cmd_help_table(a, cmd_qemu_table, cmd_qemu_n);
}

static const struct cmd cmd_help_row = { "help", cmd_help, "this list" };
