/* SPDX-License-Identifier: BSD-3-Clause */
/* Making sockets that listen, connect or are bound. */
#include "sock_open.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define SOCK_BUFFER	(4 * 1024 * 1024) /* asked of the kernel, for bursts of datagrams */
#define SOCK_KEEP_IDLE	10		  /* seconds of silence, then a probe */
#define SOCK_KEEP_INTVL 5		  /* seconds between probes */
#define SOCK_KEEP_COUNT 3		  /* probes without an answer end the connection */

#ifndef IPPROTO_MPTCP
#define IPPROTO_MPTCP 262
#endif

/* "KEY=ADDRESS: WHAT: errno", and -errno. */
static int
sock_open_why(const struct sock_where *w, const struct sock_addr *addr, const char *what, char *why)
{
	int err = errno;
	char text[SOCK_INFO_LEN];

	sock_addr_text(addr, text, sizeof(text));
	snprintf(why, SOCK_WHY_LEN, "%s=%s: %s: %s", w->key, text, what, strerror(err));
	/* EAL takes -EEXIST for "probed before". */
	return err == EEXIST ? -EADDRINUSE : -err;
}

static void
sock_open_set(int fd, int level, int option, int value)
{
	/* Each is an improvement only: what the kernel refuses is not missed. */
	(void)setsockopt(fd, level, option, &value, sizeof(value));
}

static const struct sockaddr *
sock_open_sa(const struct sock_addr *addr)
{
	return (const struct sockaddr *)&addr->a;
}

static bool
sock_open_has_path(const struct sock_addr *addr)
{
	const struct sockaddr_un *sun = (const void *)&addr->a;

	return addr->a.ss_family == AF_UNIX && sun->sun_path[0] != '\0';
}

/* Remove what lies at a unix path if it is a socket that nobody serves. */
static int
sock_open_free_path(const struct sock_where *w, const struct sock_addr *addr, int type, char *why)
{
	const struct sockaddr_un *sun = (const void *)&addr->a;
	struct stat st;
	bool alive;
	int fd;

	if (!sock_open_has_path(addr) || lstat(sun->sun_path, &st) < 0)
		return 0;
	if (!S_ISSOCK(st.st_mode)) {
		snprintf(why, SOCK_WHY_LEN,
			"%s=%s: exists and is not a socket: remove it or choose another path",
			w->key, sun->sun_path);
		return -ENOTSOCK;
	}
	fd = socket(AF_UNIX, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return sock_open_why(w, addr, "can't create socket", why);
	alive = connect(fd, sock_open_sa(addr), addr->len) == 0 || errno == EAGAIN;
	close(fd);
	if (alive) {
		snprintf(why, SOCK_WHY_LEN, "%s=%s: in use by another process: choose another path",
			w->key, sun->sun_path);
		return -EADDRINUSE;
	}
	if (unlink(sun->sun_path) < 0 && errno != ENOENT)
		return sock_open_why(w, addr, "failed to unlink socket", why);
	return 0;
}

/* Bind, and remember the path that this made. */
static int
sock_open_bind(struct sock_port *port, int fd, const struct sock_addr *addr)
{
	const struct sockaddr_un *sun = (const void *)&addr->a;
	struct stat st;

	if (bind(fd, sock_open_sa(addr), addr->len) < 0)
		return -errno;
	if (sock_open_has_path(addr) && lstat(sun->sun_path, &st) == 0) {
		port->bound = *addr;
		port->bound_dev = st.st_dev;
		port->bound_ino = st.st_ino;
	}
	return 0;
}

void
sock_open_unlink(struct sock_port *port)
{
	const struct sockaddr_un *sun = (const void *)&port->bound.a;
	struct stat st;

	if (port->bound.len == 0)
		return;
	if (lstat(sun->sun_path, &st) == 0 && st.st_dev == port->bound_dev &&
		st.st_ino == port->bound_ino)
		unlink(sun->sun_path);
	port->bound.len = 0;
}

int
sock_open_stream(const struct sock_port *port, const struct sock_addr *addr)
{
	bool mptcp = port->conf.mptcp && addr->a.ss_family != AF_UNIX;
	int fd = socket(addr->a.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
		mptcp ? IPPROTO_MPTCP : 0);

	/* cppcheck-suppress resourceLeak ; it is the caller's */
	return fd < 0 ? -errno : fd;
}

/* Listen on one address and port. @return fd or -errno, and which call it was. */
static int
sock_open_listen_at(struct sock_port *port, const struct sock_addr *addr, const char **what)
{
	int fd = sock_open_stream(port, addr), ret;

	*what = "can't create stream socket";
	if (fd < 0)
		return fd;
	if (addr->a.ss_family != AF_UNIX)
		sock_open_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	*what = "can't bind address to socket";
	ret = sock_open_bind(port, fd, addr);
	if (ret == 0) {
		*what = "can't listen on socket";
		ret = listen(fd, 1) < 0 ? -errno : 0;
	}
	if (ret == 0)
		return fd;
	sock_open_unlink(port);
	close(fd);
	return ret;
}

static void
sock_open_set_port(struct sock_addr *addr, uint16_t port)
{
	struct sockaddr_in *sin = (void *)&addr->a;
	struct sockaddr_in6 *sin6 = (void *)&addr->a;

	if (addr->a.ss_family == AF_INET)
		sin->sin_port = htons(port);
	else
		sin6->sin6_port = htons(port);
}

/* A listening socket that somebody else made. */
static int
sock_open_listen_fd(struct sock_port *port, char *why)
{
	const struct sock_where *w = &port->conf.local;
	int listening = 0, flags = fcntl(w->fd, F_GETFL);
	socklen_t len = sizeof(listening);

	if (getsockopt(w->fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) < 0 || !listening) {
		snprintf(why, SOCK_WHY_LEN, "%s=%d: is not a socket that listens", w->key, w->fd);
		return -EINVAL;
	}
	if (fcntl(w->fd, F_SETFL, flags | O_NONBLOCK) < 0) {
		snprintf(why, SOCK_WHY_LEN, "%s=%d: Can't use file descriptor: %s", w->key, w->fd,
			strerror(errno));
		return -EINVAL;
	}
	port->listen_fd = w->fd;
	return 0;
}

int
sock_open_listener(struct sock_port *port, char *why)
{
	const struct sock_where *w = &port->conf.local;
	struct sock_addr addr[SOCK_MAX_ADDRS];
	const char *what = "can't resolve address";
	uint32_t number, last;
	int n, i, fd = -EADDRNOTAVAIL, ret;

	if (w->type == SOCK_WHERE_FD)
		return sock_open_listen_fd(port, why);
	n = sock_addr_resolve(w, SOCK_STREAM, true, addr, why);
	if (n < 0)
		return n;
	ret = sock_open_free_path(w, &addr[0], SOCK_STREAM, why);
	if (ret < 0)
		return ret;
	number = (uint32_t)strtoul(w->port, NULL, 10);
	last = RTE_MAX(number, w->to);
	for (; number <= last && fd < 0; number++) {
		for (i = 0; i < n && fd < 0; i++) {
			if (w->to != 0)
				sock_open_set_port(&addr[i], (uint16_t)number);
			fd = sock_open_listen_at(port, &addr[i], &what);
		}
	}
	if (fd < 0) {
		errno = -fd;
		return sock_open_why(w, &addr[0], what, why);
	}
	port->listen_fd = fd;
	return 0;
}

/* Where datagrams come from and go to. */
static int
sock_open_ends(struct sock_port *port, int type, struct sock_addr *local, char *why)
{
	struct sock_addr addr[SOCK_MAX_ADDRS];
	int ret, i, n = sock_addr_resolve(&port->conf.local, type, true, addr, why);

	if (n < 0)
		return n;
	*local = addr[0];
	ret = sock_addr_resolve(&port->conf.remote, type, false, addr, why);
	if (ret < 0)
		return ret;
	for (i = 0; i < ret - 1 && addr[i].a.ss_family != local->a.ss_family; i++)
		;
	if (addr[i].a.ss_family != local->a.ss_family) {
		errno = EAFNOSUPPORT;
		return sock_open_why(&port->conf.remote, &addr[0],
			"is not of the local address's family", why);
	}
	port->to = addr[i];
	return 0;
}

/* Without this socket each frame has the peer's path with it. It has no name of its own. */
static void
sock_open_unix_out(struct sock_port *port)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return;
	sock_open_set(fd, SOL_SOCKET, SO_SNDBUF, SOCK_BUFFER);
	port->out_fd = fd;
	port->unix_peer = true;
}

int
sock_open_datagram(struct sock_port *port, char *why)
{
	const struct sock_l2tp *l = &port->conf.l2tp;
	int type = l->on && !l->udp ? SOCK_RAW : SOCK_DGRAM, ret, fd;
	struct sock_addr local;

	ret = sock_open_ends(port, type, &local, why);
	if (ret == 0)
		ret = sock_open_free_path(&port->conf.local, &local, type, why);
	if (ret < 0)
		return ret;
	fd = socket(local.a.ss_family, type | SOCK_NONBLOCK | SOCK_CLOEXEC,
		type == SOCK_RAW ? SOCK_IPPROTO_L2TP : 0);
	if (fd < 0)
		return sock_open_why(&port->conf.local, &local, "can't create datagram socket",
			why);
	if (local.a.ss_family != AF_UNIX)
		sock_open_set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	sock_open_set(fd, SOL_SOCKET, SO_RCVBUF, SOCK_BUFFER);
	sock_open_set(fd, SOL_SOCKET, SO_SNDBUF, SOCK_BUFFER);
	ret = sock_open_bind(port, fd, &local);
	if (ret < 0) {
		errno = -ret;
		ret = sock_open_why(&port->conf.local, &local, "can't bind address to socket", why);
		close(fd);
		return ret;
	}
	port->fd = port->out_fd = fd;
	if (local.a.ss_family == AF_UNIX)
		sock_open_unix_out(port);
	return 0;
}

/* What the kernel has given: on, and -errno. */
static int
sock_open_join(int fd, const struct sock_addr *group, const struct sock_addr *interface)
{
	const struct sockaddr_in *sin = (const void *)&group->a;
	const struct sockaddr_in *local = (const void *)&interface->a;
	const struct sockaddr_in6 *sin6 = (const void *)&group->a;
	struct ip_mreq v4 = { .imr_multiaddr = sin->sin_addr };
	struct ipv6_mreq v6 = { .ipv6mr_interface = sin6->sin6_scope_id };
	int ret;

	if (group->a.ss_family == AF_INET6) {
		v6.ipv6mr_multiaddr = sin6->sin6_addr;
		ret = setsockopt(fd, IPPROTO_IPV6, IPV6_JOIN_GROUP, &v6, sizeof(v6));
	} else {
		if (interface->len > 0)
			v4.imr_interface = local->sin_addr;
		ret = setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &v4, sizeof(v4));
	}
	return ret < 0 ? -errno : 0;
}

/*
 * Our frames leave by a socket of their own: the kernel loops them back to every member on this host, us
 * included, and only by its source address can our own be told from those of a QEMU on this host.
 */
static int
sock_open_mcast_out(struct sock_port *port, const struct sock_addr *group,
	const struct sock_addr *interface)
{
	const struct sockaddr_in *local = (const void *)&interface->a;
	int fd = socket(group->a.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), err;

	if (fd < 0)
		return -errno;
	sock_open_set(fd, SOL_SOCKET, SO_SNDBUF, SOCK_BUFFER);
	if (group->a.ss_family == AF_INET)
		sock_open_set(fd, IPPROTO_IP, IP_MULTICAST_LOOP, 1);
	if (interface->len > 0 && group->a.ss_family == AF_INET)
		(void)setsockopt(fd, IPPROTO_IP, IP_MULTICAST_IF, &local->sin_addr,
			sizeof(local->sin_addr));
	port->own.len = sizeof(port->own.a);
	if (connect(fd, sock_open_sa(group), group->len) < 0 ||
		getsockname(fd, (struct sockaddr *)&port->own.a, &port->own.len) < 0) {
		err = errno;
		port->own.len = 0;
		close(fd);
		return -err;
	}
	port->out_fd = fd;
	return 0;
}

/* A member of the group; interface->len 0: the kernel chooses. */
static int
sock_open_member(struct sock_port *port, const struct sock_addr *group,
	const struct sock_addr *interface, char *why)
{
	const struct sock_where *w = &port->conf.remote;
	int fd = socket(group->a.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), ret;
	const char *what = "can't set socket option SO_REUSEADDR";
	int one = 1;

	if (fd < 0)
		return sock_open_why(w, group, "can't create datagram socket", why);
	ret = setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) < 0 ? -errno : 0;
	sock_open_set(fd, SOL_SOCKET, SO_RCVBUF, SOCK_BUFFER);
	if (ret == 0) {
		what = "can't bind address to socket";
		ret = bind(fd, sock_open_sa(group), group->len) < 0 ? -errno : 0;
	}
	if (ret == 0) {
		what = "can't add socket to multicast group";
		ret = sock_open_join(fd, group, interface);
	}
	if (ret == 0) {
		what = "can't send to the multicast group";
		ret = sock_open_mcast_out(port, group, interface);
	}
	if (ret < 0) {
		close(fd);
		errno = -ret;
		return sock_open_why(w, group, what, why);
	}
	port->fd = fd;
	port->to.len = 0; /* out_fd is connected */
	return 0;
}

int
sock_open_mcast(struct sock_port *port, char *why)
{
	struct sock_addr addr[SOCK_MAX_ADDRS], interface = { .len = 0 };
	int n = sock_addr_resolve(&port->conf.remote, SOCK_DGRAM, false, addr, why);
	struct sock_addr group;

	if (n < 0)
		return n;
	group = addr[0];
	if (!sock_addr_is_multicast(&group)) {
		snprintf(why, SOCK_WHY_LEN,
			"%s=%s:%s: specified mcastaddr %s does not contain a multicast address",
			port->conf.remote.key, port->conf.remote.host, port->conf.remote.port,
			port->conf.remote.host);
		return -EINVAL;
	}
	if (port->conf.local.type == SOCK_WHERE_INET) {
		n = sock_addr_resolve(&port->conf.local, SOCK_DGRAM, true, addr, why);
		if (n < 0)
			return n;
		interface = addr[0];
	}
	return sock_open_member(port, &group, &interface, why);
}

/* A datagram socket bound to a group: a "clone" of our own, as each process needs its copies. */
static int
sock_open_clone(struct sock_port *port, const struct sock_addr *bound, int fd, char *why)
{
	struct sock_addr interface = { .len = 0 };
	int ret = sock_open_member(port, bound, &interface, why);

	if (ret == 0)
		close(fd);
	return ret;
}

int
sock_open_fd(struct sock_port *port, char *why)
{
	struct sock_addr bound = { .len = sizeof(bound.a) }, peer = { .len = sizeof(peer.a) };
	const struct sock_where *w = &port->conf.local;
	int type = -1, fd = w->fd;
	socklen_t len = sizeof(type);

	if (getsockopt(fd, SOL_SOCKET, SO_TYPE, &type, &len) < 0 ||
		fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) < 0 ||
		fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		snprintf(why, SOCK_WHY_LEN, "%s=%d: can't get socket option SO_TYPE: %s", w->key,
			fd, strerror(errno));
		return -EINVAL;
	}
	port->stream = type == SOCK_STREAM;
	if ((type != SOCK_STREAM && type != SOCK_DGRAM) ||
		(port->conf.kind == SOCK_KIND_STREAM && !port->stream) ||
		(port->conf.kind == SOCK_KIND_DGRAM && port->stream)) {
		snprintf(why, SOCK_WHY_LEN, "%s=%d: socket type=%d for fd=%d must be %s", w->key,
			fd, type, fd,
			port->conf.kind == SOCK_KIND_STREAM  ? "SOCK_STREAM"
			: port->conf.kind == SOCK_KIND_DGRAM ? "SOCK_DGRAM"
							     : "either SOCK_DGRAM or SOCK_STREAM");
		return -EINVAL;
	}
	if (!port->stream && getpeername(fd, (struct sockaddr *)&peer.a, &peer.len) < 0 &&
		getsockname(fd, (struct sockaddr *)&bound.a, &bound.len) == 0 &&
		sock_addr_is_multicast(&bound))
		return sock_open_clone(port, &bound, fd, why);
	port->fd = port->out_fd = fd;
	return 0;
}

void
sock_open_tune(const struct sock_port *port, int fd)
{
	struct sock_addr addr = { .len = sizeof(addr.a) };

	if (getsockname(fd, (struct sockaddr *)&addr.a, &addr.len) < 0)
		return;
	if (addr.a.ss_family == AF_UNIX) {
		sock_open_set(fd, SOL_SOCKET, SO_SNDBUF, SOCK_BUFFER / 4);
		return;
	}
	sock_open_set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
	if (!port->conf.keep_alive)
		return;
	sock_open_set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
	sock_open_set(fd, IPPROTO_TCP, TCP_KEEPIDLE, SOCK_KEEP_IDLE);
	sock_open_set(fd, IPPROTO_TCP, TCP_KEEPINTVL, SOCK_KEEP_INTVL);
	sock_open_set(fd, IPPROTO_TCP, TCP_KEEPCNT, SOCK_KEEP_COUNT);
}
