/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients, their cmdline instances, and the loop that serves them. */
#include "console.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <cmdline.h>
#include <cmdline_socket.h>
#include <rte_string_fns.h>

#include "console_cmd.h"

#define CONSOLE_CLIENTS	 16
#define CONSOLE_WATCH_MS 1000
/* A client that has not read for so long is cut off; nobody else waits longer for it. */
#define CONSOLE_SEND_MS 1000

struct console_client {
	int in, out;
	struct cmdline *cl;
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
	cmdline_free(k->cl);
	if (k->in != STDIN_FILENO)
		close(k->in);
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

	if (n <= 0)
		return n < 0 && (errno == EAGAIN || errno == EINTR);
	console_cmd_begin(c->rh, k->out);
	n = cmdline_in(k->cl, buf, (int)n);
	return console_cmd_end() && n >= 0;
}

static int
console_listen(struct console *c, const char *path)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct stat st;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	rte_strscpy(sun.sun_path, path, sizeof(sun.sun_path));
	if (fd >= 0 && stat(path, &st) == 0 && S_ISSOCK(st.st_mode)) {
		if (connect(fd, (struct sockaddr *)&sun, sizeof(sun)) == 0) {
			errno = EADDRINUSE;
			goto fail;
		}
		unlink(path); /* of a process that is gone */
	}
	if (fd < 0 || bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, 16) < 0)
		goto fail;
	rte_strscpy(c->path, path, sizeof(c->path));
	c->listen_fd = fd;
	return 0;

fail:
	fprintf(stderr, "ringhub: -monitor unix:%s: %s: choose another path\n", path,
		strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
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
	if (strncmp(monitor, "unix:", 5) == 0 && console_listen(c, monitor + 5) < 0)
		goto free_console;
	if (strcmp(monitor, "stdio") == 0 && console_add(c, STDIN_FILENO, STDOUT_FILENO) < 0)
		goto free_console;
	return c;

free_console:
	free(c);
	return NULL;
}

void
console_run(struct console *c, int signals)
{
	struct signalfd_siginfo info;

	while (!c->rh->quit) {
		struct pollfd fds[CONSOLE_CLIENTS + 2] = { { .fd = signals, .events = POLLIN },
			{ .fd = c->listen_fd, .events = POLLIN } };
		unsigned int i, n = c->n;

		for (i = 0; i < n; i++)
			fds[i + 2] = (struct pollfd){ .fd = c->client[i].in, .events = POLLIN };
		if (poll(fds, n + 2, CONSOLE_WATCH_MS) < 0)
			continue;
		rh_watch(c->rh);
		if (fds[0].revents != 0 && read(signals, &info, sizeof(info)) > 0)
			return; /* taken: it is not pending any more when signals are unblocked */
		/* From the back, as dropping moves the last one. */
		for (i = n; i-- > 0;)
			if (fds[i + 2].revents != 0 && !console_feed(c, i))
				console_drop(c, i);
		if (fds[1].revents != 0)
			console_accept(c);
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
