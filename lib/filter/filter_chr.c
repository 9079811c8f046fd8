/* SPDX-License-Identifier: BSD-3-Clause */
/* Sockets of chardevs. */
#include "filter_chr.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_string_fns.h>

#include "base/err.h"

#define CHR_CONNECT_MS 3000

/* Any address that we may have to do with. */
struct chr_addr {
	union {
		struct sockaddr any;
		struct sockaddr_un un;
		struct sockaddr_storage room;
	};
	socklen_t len;
};

struct filter_chr {
	char id[FILTER_ID_LEN];
	char name[300]; /* for messages: the path, or HOST:PORT */
	struct chr_addr addr;
	bool server, claimed; /* claimed: M */
	uint32_t reconnect_ms;
	int listen_fd; /* -1: none */
	int fd;	       /* F, and M before it is claimed: the peer, or connecting to it; -1: none */
	bool connecting; /* F */
	uint32_t up;	 /* F writes, any reads */
	uint64_t retry;	 /* F: TSC of the next try */
};

const char *
filter_chr_id(const struct filter_chr *c)
{
	return c->id;
}

bool
filter_chr_is_claimed(const struct filter_chr *c)
{
	return c->claimed;
}

void
filter_chr_claim(struct filter_chr *c, bool claim)
{
	c->claimed = claim;
}

bool
filter_chr_is_up(const struct filter_chr *c)
{
	return __atomic_load_n(&c->up, __ATOMIC_RELAXED) != 0;
}

static void
chr_set_up(struct filter_chr *c, bool up)
{
	__atomic_store_n(&c->up, up, __ATOMIC_RELAXED);
}

static void
chr_retry_later(struct filter_chr *c)
{
	c->retry = rte_get_timer_cycles() + c->reconnect_ms * (rte_get_timer_hz() / 1000);
}

void
filter_chr_drop(struct filter_chr *c)
{
	chr_set_up(c, false);
	if (c->fd >= 0)
		close(c->fd);
	c->fd = -1;
	c->connecting = false;
	chr_retry_later(c);
}

/* A connected descriptor is the peer. */
static void
chr_take(struct filter_chr *c, int fd)
{
	int one = 1;

	if (c->addr.any.sa_family != AF_UNIX)
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	c->fd = fd;
	c->connecting = false;
	chr_set_up(c, true);
}

/* Begin to connect. @return 0, also when that is not finished yet; -errno. */
static int
chr_connect(struct filter_chr *c)
{
	int fd = socket(c->addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int err;

	if (fd < 0)
		return -errno;
	if (connect(fd, &c->addr.any, c->addr.len) == 0) {
		chr_take(c, fd);
		return 0;
	}
	err = errno;
	if (err == EINPROGRESS) {
		c->fd = fd;
		c->connecting = true;
		return 0;
	}
	close(fd);
	return -err;
}

/* Whether the connection under way has succeeded. @return 0 or -errno; the descriptor is used up. */
static int
chr_finish_connect(struct filter_chr *c)
{
	int err = 0, fd = c->fd;
	socklen_t len = sizeof(err);

	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	if (err != 0) {
		filter_chr_drop(c);
		return -err;
	}
	chr_take(c, fd);
	return 0;
}

int
filter_chr_poll(struct filter_chr *c, bool read, bool write, struct pollfd *fd)
{
	uint64_t now;

	*fd = (struct pollfd){ .fd = -1, .events = POLLIN };
	if (c->fd >= 0) {
		fd->events = (short)((read ? POLLIN : 0) | (write ? POLLOUT : 0));
		if (c->connecting)
			fd->events = POLLOUT;
		/* Not even its end is of interest now: poll() would return at once, again and again. */
		if (fd->events != 0)
			fd->fd = c->fd;
		return -1;
	}
	fd->fd = c->listen_fd;
	if (c->server || c->reconnect_ms == 0)
		return -1;
	now = rte_get_timer_cycles();
	return now >= c->retry ? 0 : (int)((c->retry - now) * 1000 / rte_get_timer_hz() + 1);
}

bool
filter_chr_serve(struct filter_chr *c, short revents)
{
	int fd;

	if (c->connecting)
		return revents != 0 && chr_finish_connect(c) == 0;
	if (c->fd >= 0)
		return false;
	if (c->listen_fd >= 0) {
		fd = revents != 0 ? accept4(c->listen_fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)
				  : -1;
		if (fd >= 0)
			chr_take(c, fd);
		return fd >= 0;
	}
	if (c->reconnect_ms == 0 || rte_get_timer_cycles() < c->retry)
		return false;
	chr_retry_later(c);
	return chr_connect(c) == 0 && !c->connecting;
}

ssize_t
filter_chr_recv(struct filter_chr *c, void *buf, size_t len)
{
	ssize_t n;

	if (c->fd < 0 || c->connecting)
		return c->fd < 0 ? -1 : 0;
	n = recv(c->fd, buf, len, MSG_DONTWAIT);
	if (n > 0)
		return n;
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	filter_chr_drop(c);
	return -1;
}

ssize_t
filter_chr_send(struct filter_chr *c, const void *buf, size_t len)
{
	ssize_t n;

	if (c->fd < 0 || c->connecting)
		return c->fd < 0 ? -1 : 0;
	n = send(c->fd, buf, len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n >= 0)
		return n;
	if (errno == EAGAIN || errno == EINTR)
		return 0;
	filter_chr_drop(c);
	return -1;
}

static int
chr_resolve(struct filter_chr *c, const struct filter_chr_conf *conf, char *why)
{
	const struct addrinfo hints = { .ai_socktype = SOCK_STREAM,
		.ai_flags = conf->server ? AI_PASSIVE : 0 };
	struct addrinfo *list;
	int ret;

	if (conf->path != NULL) {
		c->addr.un.sun_family = AF_UNIX;
		c->addr.len = sizeof(c->addr.un);
		rte_strscpy(c->name, conf->path, sizeof(c->name));
		if (rte_strscpy(c->addr.un.sun_path, conf->path, sizeof(c->addr.un.sun_path)) >= 0)
			return 0;
		snprintf(why, FILTER_WHY_LEN,
			"path=%s: longer than %zu bytes: choose a shorter "
			"one",
			conf->path, sizeof(c->addr.un.sun_path) - 1);
		return -ENAMETOOLONG;
	}
	snprintf(c->name, sizeof(c->name), "%s:%s", conf->host != NULL ? conf->host : "",
		conf->port);
	ret = getaddrinfo(conf->host, conf->port, &hints, &list);
	if (ret != 0) {
		snprintf(why, FILTER_WHY_LEN, "address resolution failed for %s: %s", c->name,
			gai_strerror(ret));
		return -EINVAL;
	}
	memcpy(&c->addr.room, list->ai_addr, list->ai_addrlen);
	c->addr.len = list->ai_addrlen;
	freeaddrinfo(list);
	return 0;
}

/* Remove a socket file that nobody answers at any more. */
static void
chr_unlink_stale(const struct filter_chr *c, int fd)
{
	struct stat st;

	if (c->addr.any.sa_family != AF_UNIX || stat(c->name, &st) < 0 || !S_ISSOCK(st.st_mode))
		return;
	if (connect(fd, &c->addr.any, c->addr.len) < 0 && errno == ECONNREFUSED)
		unlink(c->name);
}

static int
chr_listen(struct filter_chr *c, char *why)
{
	int one = 1, err, fd, probe;

	fd = socket(c->addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	probe = socket(c->addr.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (probe >= 0) {
		chr_unlink_stale(c, probe);
		close(probe);
	}
	if (fd >= 0) {
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (bind(fd, &c->addr.any, c->addr.len) == 0 && listen(fd, 1) == 0) {
			c->listen_fd = fd;
			return 0;
		}
	}
	err = errno;
	snprintf(why, FILTER_WHY_LEN, "Failed to bind socket to %s: %s", c->name, strerror(err));
	if (fd >= 0)
		close(fd);
	return -err;
}

/* The first connection, for which M waits a little, as a client without reconnect has no other. */
static int
chr_first_connect(struct filter_chr *c, char *why)
{
	int ret = chr_connect(c);

	if (ret == 0 && c->connecting) {
		struct pollfd fd = { .fd = c->fd, .events = POLLOUT };

		ret = poll(&fd, 1, CHR_CONNECT_MS) > 0 ? chr_finish_connect(c) : -ETIMEDOUT;
		if (ret == -ETIMEDOUT)
			filter_chr_drop(c);
	}
	if (ret == 0)
		return 0;
	chr_retry_later(c);
	snprintf(why, FILTER_WHY_LEN, "Failed to connect to '%s': %s", c->name, strerror(-ret));
	return c->reconnect_ms > 0 ? 0 : ret;
}

struct filter_chr *
filter_chr_open(const struct filter_chr_conf *conf, char *why)
{
	struct filter_chr *c = calloc(1, sizeof(*c));
	int ret;

	if (c == NULL) {
		snprintf(why, FILTER_WHY_LEN, "out of memory");
		return err_null(ENOMEM);
	}
	c->listen_fd = c->fd = -1;
	c->server = conf->server;
	c->reconnect_ms = conf->reconnect_ms;
	rte_strscpy(c->id, conf->id, sizeof(c->id));
	ret = chr_resolve(c, conf, why);
	if (ret == 0)
		ret = c->server ? chr_listen(c, why) : chr_first_connect(c, why);
	if (ret == 0)
		return c;
	free(c);
	return err_null(-ret);
}

void
filter_chr_close(struct filter_chr *c)
{
	if (c->fd >= 0)
		close(c->fd);
	if (c->listen_fd >= 0) {
		close(c->listen_fd);
		if (c->addr.any.sa_family == AF_UNIX)
			unlink(c->name);
	}
	free(c);
}
