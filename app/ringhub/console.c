/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients, their cmdline instances, and the loop that serves them. */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <termios.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_socket.h>
#include <rte_string_fns.h>

#include "announce.h"
#include "console_cmd.h"
#include "console_line.h"
#include "listen.h"
#include "qmp.h"

#define CONSOLE_CLIENTS	 16
#define CONSOLE_WATCH_MS 1000
/* A client that has not read for so long is cut off; nobody else waits longer for it. */
#define CONSOLE_SEND_MS 1000

struct console_client {
	int in, out;
	struct cmdline *cl;
	struct console_line line;
	bool tty;
	struct termios saved; /* of a tty */
};

struct console {
	struct ringhub *rh;
	cmdline_parse_ctx_t *ctx;
	int listen_fd; /* -1: none */
	char path[108];
	unsigned int n;
	struct console_client client[CONSOLE_CLIENTS];
};

static int
console_add(struct console *c, int in, int out)
{
	struct console_client *k = &c->client[c->n];

	if (c->n == CONSOLE_CLIENTS)
		return -ENOSPC;
	*k = (struct console_client){ .in = in, .out = out };
	k->cl = cmdline_new(c->ctx, "ringhub> ", in, out);
	if (k->cl == NULL)
		return -ENOMEM;
	k->tty = isatty(in) && tcgetattr(in, &k->saved) == 0;
	if (k->tty) {
		struct termios raw = k->saved;

		raw.c_lflag &= (tcflag_t) ~(ICANON | ECHO); /* Ctrl-C still ends us */
		tcsetattr(in, TCSANOW, &raw);
	}
	c->n++;
	return 0;
}

static void
console_drop(struct console *c, unsigned int i)
{
	struct console_client *k = &c->client[i];

	if (k->tty)
		tcsetattr(k->in, TCSANOW, &k->saved);
	cmdline_free(k->cl); /* closes its descriptors, but those of stdio */
	*k = c->client[--c->n];
}

static void
console_accept(struct console *c)
{
	struct timeval limit = { .tv_usec = CONSOLE_SEND_MS * 1000 % 1000000,
		.tv_sec = CONSOLE_SEND_MS / 1000 };
	int fd = accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC);

	if (fd < 0)
		return;
	setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
	if (console_add(c, fd, fd) < 0) {
		static const char full[] = "Error: too many console clients\n";

		if (write(fd, full, sizeof(full) - 1) < 0)
			fprintf(stderr, "ringhub: console: %s\n", strerror(errno));
		close(fd);
	}
}

/* Feed what client i typed. @return false when it is gone. */
static bool
console_feed(struct console *c, unsigned int i)
{
	struct console_client *k = &c->client[i];
	char buf[1024];
	ssize_t n = read(k->in, buf, sizeof(buf));
	bool going;

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	console_cmd_begin(c->rh, k->out);
	going = console_line_feed(&k->line, k->cl, k->out, buf, (size_t)n);
	return console_cmd_end() && going;
}

struct console *
console_open(struct ringhub *rh, const char *monitor)
{
	struct console *c = calloc(1, sizeof(*c));

	if (c == NULL)
		return NULL;
	c->rh = rh;
	c->listen_fd = -1;
	c->ctx = console_cmd_context();
	if (c->ctx == NULL)
		goto free_console;
	if (strncmp(monitor, "unix:", 5) == 0) {
		rte_strscpy(c->path, monitor + 5, sizeof(c->path));
		c->listen_fd = listen_unix("-monitor", c->path);
		if (c->listen_fd < 0)
			goto free_console;
	}
	if (strcmp(monitor, "stdio") == 0 && console_add(c, STDIN_FILENO, STDOUT_FILENO) < 0)
		goto free_console;
	return c;

free_console:
	free(c);
	return NULL;
}

/* Milliseconds until something is due without anybody saying a word: rh_watch() at the latest. */
static int
console_timeout(const struct ringhub *rh)
{
	int due[] = { announce_timeout(rh), qmp_timeout(rh->qmp) }, first = CONSOLE_WATCH_MS;
	size_t i;

	for (i = 0; i < RTE_DIM(due); i++)
		if (due[i] >= 0 && due[i] < first) /* negative: never */
			first = due[i];
	return first;
}

/* The console's descriptors behind the first two. @return how many there are with these. */
static unsigned int
console_poll_fds(const struct console *c, int signals, struct pollfd *fds)
{
	unsigned int i;

	fds[0] = (struct pollfd){ .fd = signals, .events = POLLIN };
	fds[1] = (struct pollfd){ .fd = c->listen_fd, .events = POLLIN };
	for (i = 0; i < c->n; i++)
		fds[i + 2] = (struct pollfd){ .fd = c->client[i].in, .events = POLLIN };
	return c->n + 2;
}

void
console_run(struct console *c, int signals)
{
	struct signalfd_siginfo info;

	while (!c->rh->quit) {
		struct pollfd fds[CONSOLE_CLIENTS + 2 + QMP_FDS];
		unsigned int i, n = console_poll_fds(c, signals, fds);
		unsigned int n_qmp = qmp_poll_fds(c->rh->qmp, &fds[n]);

		if (poll(fds, n + n_qmp, console_timeout(c->rh)) < 0)
			continue;
		rh_watch(c->rh);
		if (fds[0].revents != 0 && read(signals, &info, sizeof(info)) > 0)
			return; /* taken: it is not pending any more when signals are unblocked */
		announce_serve(c->rh);
		/* From the back, as dropping moves the last one. */
		for (i = n; i-- > 2;)
			if (fds[i].revents != 0 && !console_feed(c, i - 2))
				console_drop(c, i - 2);
		if (fds[1].revents != 0)
			console_accept(c);
		qmp_serve(c->rh->qmp, &fds[n], n_qmp);
	}
}

void
console_close(struct console *c)
{
	while (c->n > 0)
		console_drop(c, c->n - 1);
	if (c->listen_fd >= 0) {
		close(c->listen_fd);
		unlink(c->path);
	}
	free(c);
}
