/* SPDX-License-Identifier: BSD-3-Clause */
/* The life of a port's connection: listen, connect, lose, again. */
#include "sock_conn.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include "base/log.h"
#include "sock_io.h"
#include "sock_lookup.h"
#include "sock_loop.h"
#include "sock_open.h"

LOG_REGISTER("pmd.net.sock");

#define SOCK_CONNECT_MS	 10000 /* the kernel's own patience is two minutes */
#define SOCK_RETRY_MS	 100   /* the first wait; the next is twice as long */
#define SOCK_STEADY_MS	 5000  /* a connection that held so long makes waits short again */
#define SOCK_LOOKUP_MS	 20    /* between looks at a name server's answer */
#define SOCK_CHECK_MS	 2000  /* between looks at a connection that nobody reads */
#define SOCK_ACCEPT_MS	 1000  /* after accept() failed, for want of descriptors e.g. */
#define SOCK_DEAD_MS	 25000 /* without an acknowledgement, while we resend: the peer is gone */
#define SOCK_DEAD_RESENT 6

static void
sock_conn_info(struct sock_port *port, const char *text)
{
	snprintf(port->info, sizeof(port->info), "%s", text);
}

/* What "info network" says while there is no peer. */
static void
sock_conn_info_idle(struct sock_port *port, const char *text)
{
	sock_conn_info(port, port->conf.kind == SOCK_KIND_STREAM ? text : "");
}

static void
sock_conn_after(struct sock_port *port, uint64_t ms)
{
	port->deadline_ms = sock_loop_now_ms() + ms;
}

/* Keep D out, whether it polls or not: at most one burst each way has to end. */
static void
sock_hold(struct sock_port *port)
{
	__atomic_store_n(&port->live, 0, __ATOMIC_SEQ_CST);
	sock_wait_outside(port);
}

/* Frames may flow: port->fd and its like are set. */
static void
sock_conn_live(struct sock_port *port)
{
	port->rx.framer.off = port->rx.framer.end = 0;
	port->tx.off = port->tx.len = 0;
	port->tx.broken = false;
	port->tx.retry_at = port->tx.near_at = 0;
	port->tx.near = false;
	__atomic_store_n(&port->tx.pending, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&port->lost, 0, __ATOMIC_RELAXED);
	port->state = SOCK_CONNECTED;
	port->failing = false;
	port->since_ms = sock_loop_now_ms();
	port->deadline_ms = 0;
	if (port->stream)
		sock_conn_after(port, SOCK_CHECK_MS);
	__atomic_store_n(&port->live, 1, __ATOMIC_SEQ_CST);
	sock_update_link(port);
}

static void
sock_conn_peer_info(struct sock_port *port, const struct sock_addr *peer)
{
	bool accepted = port->conf.role == SOCK_ROLE_LISTEN;
	char text[SOCK_INFO_LEN];

	if (port->conf.kind == SOCK_KIND_STREAM) {
		sock_addr_uri(peer, port->info, sizeof(port->info));
		return;
	}
	sock_addr_text(peer, text, sizeof(text));
	snprintf(port->info, sizeof(port->info), "socket: %s %s",
		accepted ? "connection from" : "connect to", text);
}

/* A stream to a peer is there. */
static void
sock_conn_connected(struct sock_port *port, int fd)
{
	struct sock_addr peer = { .len = sizeof(peer.a) };
	bool named = getpeername(fd, (struct sockaddr *)&peer.a, &peer.len) == 0;

	/* Of a unix peer that connected to us, our own address is what has a name. */
	if (named && peer.a.ss_family == AF_UNIX) {
		if (port->conf.role == SOCK_ROLE_LISTEN) {
			peer.len = sizeof(peer.a);
			(void)getsockname(fd, (struct sockaddr *)&peer.a, &peer.len);
		} else if (port->n_addrs > 0) {
			peer = port->addr[0];
		}
	}
	sock_open_tune(port, fd);
	port->stream = true;
	port->unix_peer = false;
	port->fd = port->out_fd = fd;
	port->to.len = port->own.len = 0;
	if (port->conf.role != SOCK_ROLE_FD)
		sock_conn_peer_info(port, &peer);
	stat_add(&port->count.connections, 1);
	LOG(INFO, "%s: %s", port->name, port->info);
	sock_conn_live(port);
}

static void
sock_conn_listen(struct sock_port *port)
{
	port->state = SOCK_LISTENING;
	port->deadline_ms = 0;
	sock_conn_info_idle(port, "listening");
	if (sock_loop_watch(port, port->listen_fd, EPOLLIN) < 0)
		sock_conn_after(port, SOCK_ACCEPT_MS);
}

/* One peer at a time, as QEMU: others wait in the kernel's queue until this one has left. */
static void
sock_conn_accept(struct sock_port *port)
{
	int fd = accept4(port->listen_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0 && (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED))
		return;
	sock_loop_forget(port->listen_fd);
	if (fd >= 0) {
		sock_conn_connected(port, fd);
		return;
	}
	if (!port->failing)
		LOG(WARNING, "%s: a peer cannot be accepted: %s", port->name, strerror(errno));
	port->failing = true;
	stat_add(&port->count.connect_failed, 1);
	sock_conn_after(port, SOCK_ACCEPT_MS);
}

static void
sock_conn_again(struct sock_port *port)
{
	port->state = SOCK_WAITING;
	sock_conn_after(port, port->retry_ms);
	port->retry_ms = RTE_MIN(2 * port->retry_ms, port->conf.reconnect_ms);
	sock_conn_info_idle(port, "connecting");
}

/* All addresses failed. */
static void
sock_conn_failed(struct sock_port *port, const char *reason)
{
	char text[SOCK_INFO_LEN];

	stat_add(&port->count.connect_failed, 1);
	if (!port->failing)
		LOG(WARNING, "%s: %s%s", port->name, reason,
			port->conf.reconnect_ms > 0 ? "; trying again" : "");
	port->failing = true;
	if (port->conf.reconnect_ms > 0) {
		sock_conn_again(port);
		return;
	}
	port->state = SOCK_IDLE;
	port->deadline_ms = 0;
	snprintf(text, sizeof(text), "error: %.*s", (int)sizeof(text) - 8, reason);
	sock_conn_info_idle(port, text);
}

/* @return fd that is connected; -EINPROGRESS with port->connect_fd; -errno. */
static int
sock_conn_try(struct sock_port *port, const struct sock_addr *addr)
{
	int fd = sock_open_stream(port, addr), err;

	if (fd < 0)
		return fd;
	if (connect(fd, (const struct sockaddr *)&addr->a, addr->len) == 0)
		return fd;
	err = errno;
	if (err == EINPROGRESS && sock_loop_watch(port, fd, EPOLLOUT) == 0) {
		port->connect_fd = fd;
		return -EINPROGRESS;
	}
	close(fd);
	return -err;
}

/* Try the addresses that are left. */
static void
sock_conn_next(struct sock_port *port, int err)
{
	char text[SOCK_INFO_LEN], reason[SOCK_WHY_LEN];
	int fd;

	while (port->next_addr < port->n_addrs) {
		fd = sock_conn_try(port, &port->addr[port->next_addr++]);
		if (fd >= 0) {
			sock_conn_connected(port, fd);
			return;
		}
		if (fd == -EINPROGRESS) {
			port->state = SOCK_CONNECTING;
			sock_conn_after(port, SOCK_CONNECT_MS);
			return;
		}
		err = -fd;
	}
	sock_addr_text(&port->addr[0], text, sizeof(text));
	snprintf(reason, sizeof(reason), "%s: Failed to connect to '%s': %s", port->conf.remote.key,
		text, strerror(err));
	sock_conn_failed(port, reason);
}

/* Begin to connect; names are asked for again each time. */
static void
sock_conn_start(struct sock_port *port)
{
	char why[SOCK_WHY_LEN] = "no address";
	int n;

	sock_conn_info_idle(port, "connecting");
	port->next_addr = 0;
	if (sock_where_is_numeric(&port->conf.remote)) {
		n = sock_addr_resolve(&port->conf.remote, SOCK_STREAM, false, port->addr, why);
		port->n_addrs = n > 0 ? (unsigned int)n : 0;
		if (n <= 0)
			sock_conn_failed(port, why);
		else
			sock_conn_next(port, 0);
		return;
	}
	port->lookup = sock_lookup_start(&port->conf.remote);
	if (port->lookup == NULL) {
		sock_conn_failed(port, "no thread to ask a name server");
		return;
	}
	port->state = SOCK_RESOLVING;
	sock_conn_after(port, SOCK_LOOKUP_MS);
}

static void
sock_conn_resolved(struct sock_port *port)
{
	char why[SOCK_WHY_LEN] = "no address";
	int n = sock_lookup_poll(port->lookup, port->addr, why);

	if (n == -EAGAIN) {
		sock_conn_after(port, SOCK_LOOKUP_MS);
		return;
	}
	port->lookup = NULL;
	port->n_addrs = n > 0 ? (unsigned int)n : 0;
	if (n <= 0)
		sock_conn_failed(port, why);
	else
		sock_conn_next(port, 0);
}

/* The kernel has an answer, or we lost patience (err). */
static void
sock_conn_answered(struct sock_port *port, int err)
{
	int fd = port->connect_fd;
	socklen_t len = sizeof(err);

	if (err == 0 && getsockopt(fd, SOL_SOCKET, SO_ERROR, &err, &len) < 0)
		err = errno;
	sock_loop_forget(fd);
	port->connect_fd = -1;
	if (err == 0) {
		sock_conn_connected(port, fd);
		return;
	}
	close(fd);
	sock_conn_next(port, err);
}

void
sock_conn_event(struct sock_port *port)
{
	if (port->state == SOCK_LISTENING)
		sock_conn_accept(port);
	else if (port->state == SOCK_CONNECTING)
		sock_conn_answered(port, 0);
}

/* D's half of the connection is over; nobody is inside. */
static void
sock_conn_drop(struct sock_port *port)
{
	sock_hold(port);
	/* What lies behind a bad length is no frame. */
	if (port->stream && port->rx.framer.off != port->rx.framer.end &&
		__atomic_load_n(&port->lost, __ATOMIC_RELAXED) != EPROTO)
		stat_add(&port->count.cut_frame, 1);
	sock_dgram_free_slots(&port->rx);
	if (port->out_fd != port->fd)
		close(port->out_fd);
	close(port->fd);
	port->fd = port->out_fd = -1;
	__atomic_store_n(&port->tx.pending, 0, __ATOMIC_RELAXED);
	__atomic_store_n(&port->lost, 0, __ATOMIC_RELAXED);
	port->state = SOCK_IDLE;
	port->deadline_ms = 0;
	sock_conn_info(port, "");
	sock_update_link(port);
}

void
sock_conn_lost(struct sock_port *port)
{
	uint64_t held_ms = sock_loop_now_ms() - port->since_ms;
	uint32_t err = __atomic_load_n(&port->lost, __ATOMIC_ACQUIRE);

	if (port->state != SOCK_CONNECTED)
		return;
	LOG(INFO, "%s: the connection ended: %s", port->name,
		err == EPROTO ? "a frame longer than QEMU takes" : strerror((int)err));
	stat_add(&port->count.disconnections, 1);
	sock_conn_drop(port);
	if (held_ms > SOCK_STEADY_MS)
		port->retry_ms = RTE_MIN((uint32_t)SOCK_RETRY_MS, port->conf.reconnect_ms);
	if (port->conf.role == SOCK_ROLE_LISTEN)
		sock_conn_listen(port);
	else if (port->conf.role == SOCK_ROLE_CONNECT && port->conf.reconnect_ms > 0)
		sock_conn_again(port);
}

/* Whether TCP resends for so long without an answer that the peer must be gone. */
static bool
sock_conn_is_half_open(int fd)
{
	struct tcp_info info = { 0 };
	socklen_t len = sizeof(info);

	if (getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) < 0)
		return false;
	return info.tcpi_last_ack_recv > SOCK_DEAD_MS &&
	       (info.tcpi_retransmits >= SOCK_DEAD_RESENT || info.tcpi_probes >= SOCK_DEAD_RESENT);
}

/* What reading may not show: a port may be polled by nobody, and keepalive waits for silence. */
static void
sock_conn_check(struct sock_port *port)
{
	uint32_t none = 0, err = 0;
	char byte;

	sock_conn_after(port, SOCK_CHECK_MS);
	if (recv(port->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0)
		err = ENOTCONN;
	if (port->conf.keep_alive && sock_conn_is_half_open(port->fd)) {
		stat_add(&port->count.half_open, 1);
		err = ETIMEDOUT;
	}
	if (err == 0)
		return;
	__atomic_compare_exchange_n(&port->lost, &none, err, false, __ATOMIC_ACQ_REL,
		__ATOMIC_RELAXED);
	sock_conn_lost(port);
}

void
sock_conn_time(struct sock_port *port)
{
	port->deadline_ms = 0;
	switch (port->state) {
	case SOCK_IDLE:
		break;
	case SOCK_LISTENING:
		sock_conn_listen(port);
		break;
	case SOCK_RESOLVING:
		sock_conn_resolved(port);
		break;
	case SOCK_CONNECTING:
		sock_conn_answered(port, ETIMEDOUT);
		break;
	case SOCK_WAITING:
		sock_conn_start(port);
		break;
	case SOCK_CONNECTED:
		sock_conn_check(port);
		break;
	}
}

/* The info string of a port without connections. */
static void
sock_conn_dgram_info(struct sock_port *port)
{
	const struct sock_conf *c = &port->conf;
	const char *word = c->kind == SOCK_KIND_SOCKET ? "socket: " : "";
	char local[SOCK_INFO_LEN / 2] = "", remote[SOCK_INFO_LEN / 2] = "";
	struct sock_addr addr = { .len = sizeof(addr.a) };

	if (c->role == SOCK_ROLE_FD) {
		snprintf(port->info, sizeof(port->info), "%sfd=%d", word, c->local.fd);
		return;
	}
	if (c->l2tp.on) {
		sock_conn_info(port, "l2tpv3: connected");
		return;
	}
	if (getsockname(port->fd, (struct sockaddr *)&addr.a, &addr.len) == 0)
		sock_addr_text(&addr, local, sizeof(local));
	if (c->role == SOCK_ROLE_MCAST) { /* bound to the group */
		snprintf(port->info, sizeof(port->info), "%smcast=%s", word, local);
		return;
	}
	sock_addr_text(&port->to, remote, sizeof(remote));
	if (c->kind == SOCK_KIND_SOCKET)
		snprintf(port->info, sizeof(port->info), "socket: udp=%s", remote);
	else
		snprintf(port->info, sizeof(port->info), "udp=%s%s%s", local,
			c->local.type == SOCK_WHERE_UNIX ? ":" : "/", remote);
}

static int
sock_conn_open_datagram(struct sock_port *port, char *why)
{
	int ret = port->conf.role == SOCK_ROLE_MCAST ? sock_open_mcast(port, why)
		  : port->conf.role == SOCK_ROLE_FD  ? sock_open_fd(port, why)
						     : sock_open_datagram(port, why);

	if (ret < 0)
		return ret;
	sock_conn_dgram_info(port);
	if (port->stream)
		sock_conn_connected(port, port->fd);
	else
		sock_conn_live(port);
	return 0;
}

int
sock_conn_open(struct sock_port *port, char *why)
{
	struct sock_conf *c = &port->conf;
	int ret;

	if (c->kind == SOCK_KIND_SOCKET && c->role == SOCK_ROLE_CONNECT) {
		ret = sock_addr_resolve(&c->remote, SOCK_STREAM, false, port->addr, why);
		if (ret < 0)
			return ret;
	}
	switch (c->role) {
	case SOCK_ROLE_LISTEN:
		ret = sock_open_listener(port, why);
		if (ret == 0)
			sock_conn_listen(port);
		return ret;
	case SOCK_ROLE_CONNECT:
		port->retry_ms = RTE_MIN((uint32_t)SOCK_RETRY_MS, c->reconnect_ms);
		sock_conn_start(port);
		sock_loop_wake();
		return 0;
	default:
		return sock_conn_open_datagram(port, why);
	}
}

void
sock_conn_close(struct sock_port *port)
{
	if (port->lookup != NULL)
		sock_lookup_abandon(port->lookup);
	port->lookup = NULL;
	if (port->connect_fd >= 0) {
		sock_loop_forget(port->connect_fd);
		close(port->connect_fd);
		port->connect_fd = -1;
	}
	if (port->state == SOCK_CONNECTED)
		sock_conn_drop(port);
	if (port->listen_fd >= 0) {
		sock_loop_forget(port->listen_fd);
		close(port->listen_fd);
		port->listen_fd = -1;
	}
	sock_open_unlink(port);
	port->state = SOCK_IDLE;
	port->deadline_ms = 0;
}
