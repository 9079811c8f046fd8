/* SPDX-License-Identifier: BSD-3-Clause */
/* Thread P of a port: looks out for frames of resting queues, for changes of the interface, and for
 * a lost tap's return. It never moves a frame. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include <rte_cycles.h>

#include "base/log.h"
#include "tapio_pmd.h"

LOG_REGISTER("pmd.net.tapio");

#define TAPIO_RETRY_MIN_MS 100
#define TAPIO_RETRY_MAX_MS 3200

/* What an epoll event is about; smaller numbers are queues. */
#define TAPIO_WATCH_WAKE    TAPIO_MAX_QUEUES
#define TAPIO_WATCH_NETLINK (TAPIO_MAX_QUEUES + 1)

static int64_t
tapio_watch_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* The next try is after this many milliseconds, and those that follow after twice as many each. */
static void
tapio_watch_retry(struct tapio_port *port, uint32_t ms)
{
	port->retry_ms = RTE_MIN(ms, (uint32_t)TAPIO_RETRY_MAX_MS);
	port->retry_at = tapio_watch_now_ms() + port->retry_ms;
}

static int
tapio_watch_ctl(struct tapio_port *port, int op, int fd, uint32_t events, uint32_t what)
{
	struct epoll_event ev = { .events = events, .data.u32 = what };

	return epoll_ctl(port->epoll, op, fd, &ev) < 0 ? -errno : 0;
}

void
tapio_watch_arm(struct tapio_queue *q)
{
	q->resting = true;
	/* Fires at once when there is something already. Refused (ENOENT) while P knows that the tap
	 * is gone: P sets ready when it is back. */
	(void)tapio_watch_ctl(q->port, EPOLL_CTL_MOD, q->fd, EPOLLIN | EPOLLONESHOT, q->id);
}

static void
tapio_watch_ready(struct tapio_queue *q)
{
	__atomic_store_n(&q->ready, 1, __ATOMIC_RELEASE);
	pmd_wake_tell(&q->wake);
}

/* The tap vanished. */
static void
tapio_watch_lost(struct tapio_port *port)
{
	uint16_t i;

	if (port->gone)
		return;
	__atomic_store_n(&port->gone, 1, __ATOMIC_RELEASE);
	for (i = 0; i < port->n_queues; i++)
		tapio_watch_ctl(port, EPOLL_CTL_DEL, port->queue[i].fd, 0, i);
	tapio_watch_retry(port, TAPIO_RETRY_MIN_MS);
	stat_add(&port->count.lost, 1);
	LOG(WARNING, "%s: the tap %s is gone%s", port->name, port->ifname,
		port->args.way == TAPIO_BY_FD ? ": it was given as fd=, and stays so"
		: port->premade		      ? ": waiting for one of that name"
					      : ": making it again");
	tapio_link_publish(port);
}

/* Put the new files behind the numbers that D uses. */
static void
tapio_watch_swap(struct tapio_port *port, const int *fds)
{
	uint16_t i;

	for (i = 0; i < port->n_queues; i++) {
		if (dup3(fds[i], port->queue[i].fd, O_CLOEXEC) < 0)
			LOG(ERR, "%s: dup3: %s", port->name, strerror(errno));
		close(fds[i]);
		tapio_watch_ctl(port, EPOLL_CTL_ADD, port->queue[i].fd, EPOLLIN | EPOLLONESHOT, i);
	}
}

/* One try to have the tap again. */
static void
tapio_watch_reopen(struct tapio_port *port)
{
	int fds[TAPIO_MAX_QUEUES];
	char why[TAPIO_WHY_LEN] = "";
	uint16_t i;
	int ret;

	/* One that others make is not made here, not even with the right to do so. */
	if (port->premade && if_nametoindex(port->ifname) == 0)
		goto later;
	ret = tapio_open(port, fds, why);
	if (ret < 0) {
		stat_add(&port->count.reopen_failed, 1);
		LOG(DEBUG, "%s: %s", port->name, why);
		goto later;
	}
	tapio_watch_swap(port, fds);
	port->ifindex = 0;
	if (!port->premade && tapio_wants_script(&port->args, false) &&
		tapio_run_script(port->args.script, port->ifname, why) < 0)
		LOG(ERR, "%s: %s", port->name, why);
	if (tapio_link_look(port) < 0)
		goto later; /* gone again */
	stat_add(&port->count.reopened, 1);
	__atomic_store_n(&port->gone, 0, __ATOMIC_RELEASE);
	if (__atomic_load_n(&port->link_down, __ATOMIC_RELAXED) != 0)
		tapio_link_carrier(port, false);
	for (i = 0; i < port->n_queues; i++)
		tapio_watch_ready(&port->queue[i]);
	LOG(NOTICE, "%s: the tap %s is back", port->name, port->ifname);
	tapio_link_publish(port);
	return;

later:
	tapio_watch_retry(port, 2 * port->retry_ms);
}

static void
tapio_watch_look(struct tapio_port *port)
{
	if (port->gone)
		return;
	if (tapio_link_look(port) < 0)
		tapio_watch_lost(port);
	else
		tapio_link_publish(port);
}

/* Something changed about some interface: what it was does not matter, we look at ours. */
static void
tapio_watch_netlink(struct tapio_port *port)
{
	char buf[8192];

	/* ENOBUFS: messages were lost, and reading on clears that. */
	while (recv(port->netlink, buf, sizeof(buf), MSG_DONTWAIT) >= 0 || errno == ENOBUFS)
		;
	/* Not put off by the next message: a host where interfaces come all the time is no reason. */
	if (port->gone && port->retry_ms > TAPIO_RETRY_MIN_MS)
		tapio_watch_retry(port, TAPIO_RETRY_MIN_MS);
	tapio_watch_look(port);
}

static void
tapio_watch_event(struct tapio_port *port, const struct epoll_event *ev)
{
	uint64_t count;

	if (ev->data.u32 == TAPIO_WATCH_NETLINK) {
		tapio_watch_netlink(port);
		return;
	}
	if (ev->data.u32 == TAPIO_WATCH_WAKE) {
		if (read(port->wake, &count, sizeof(count)) < 0 && errno != EAGAIN)
			LOG(DEBUG, "%s: eventfd: %s", port->name, strerror(errno));
		return;
	}
	if (ev->events & (EPOLLERR | EPOLLHUP))
		tapio_watch_look(port);
	if (!port->gone)
		tapio_watch_ready(&port->queue[ev->data.u32]);
}

static helper_ret
tapio_watch_main(void *arg)
{
	struct tapio_port *port = arg;
	struct epoll_event ev[TAPIO_MAX_QUEUES + 2];
	int i, n;

	while (__atomic_load_n(&port->stop, __ATOMIC_ACQUIRE) == 0) {
		bool retry = port->gone && port->args.way != TAPIO_BY_FD;
		int64_t left = retry ? port->retry_at - tapio_watch_now_ms() : 0;

		n = epoll_wait(port->epoll, ev, RTE_DIM(ev), !retry ? -1 : (int)RTE_MAX(left, 0));
		for (i = 0; i < n; i++)
			tapio_watch_event(port, &ev[i]);
		if (retry && tapio_watch_now_ms() >= port->retry_at)
			tapio_watch_reopen(port);
	}
	return HELPER_END;
}

static int
tapio_watch_sockets(struct tapio_port *port)
{
	struct sockaddr_nl addr = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };

	port->epoll = epoll_create1(EPOLL_CLOEXEC);
	port->wake = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	port->netlink = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	if (port->epoll < 0 || port->wake < 0 || port->netlink < 0 ||
		bind(port->netlink, (struct sockaddr *)&addr, sizeof(addr)) < 0)
		return -errno;
	return 0;
}

static void
tapio_watch_close(struct tapio_port *port)
{
	int *fds[] = { &port->epoll, &port->wake, &port->netlink };
	size_t i;

	for (i = 0; i < RTE_DIM(fds); i++) {
		if (*fds[i] >= 0)
			close(*fds[i]);
		*fds[i] = -1;
	}
}

int
tapio_watch_start(struct tapio_port *port)
{
	int ret = tapio_watch_sockets(port);
	uint16_t i;

	if (ret == 0)
		ret = tapio_watch_ctl(port, EPOLL_CTL_ADD, port->wake, EPOLLIN, TAPIO_WATCH_WAKE);
	if (ret == 0)
		ret = tapio_watch_ctl(port, EPOLL_CTL_ADD, port->netlink, EPOLLIN,
			TAPIO_WATCH_NETLINK);
	/* Until D rests for the first time only errors are reported. */
	for (i = 0; i < port->n_queues && ret == 0; i++)
		ret = tapio_watch_ctl(port, EPOLL_CTL_ADD, port->queue[i].fd, EPOLLONESHOT, i);
	if (ret == 0)
		ret = helper_start(&port->thread, "rh-tap", tapio_watch_main, port);
	if (ret < 0) {
		tapio_watch_close(port);
		return ret;
	}
	port->watching = true;
	return 0;
}

void
tapio_watch_stop(struct tapio_port *port)
{
	uint64_t one = 1;

	if (!port->watching)
		return;
	__atomic_store_n(&port->stop, 1, __ATOMIC_RELEASE);
	if (write(port->wake, &one, sizeof(one)) < 0)
		LOG(ERR, "%s: eventfd: %s", port->name, strerror(errno));
	helper_join(&port->thread);
	tapio_watch_close(port);
	port->watching = false;
}
