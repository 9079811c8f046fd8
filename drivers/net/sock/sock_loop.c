/* SPDX-License-Identifier: BSD-3-Clause */
/* One epoll thread for the connections of all net_sock ports. */
#include "sock_loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "base/helper.h"
#include "sock_conn.h"
#include "sock_pmd.h"

#define SOCK_LOOP_EVENTS 32

LIST_HEAD(sock_ports, sock_port);

/* Everything but wake_fd under the lock; M alone starts and ends the thread. */
static struct {
	pthread_mutex_t lock;
	struct sock_ports ports;
	uint64_t serials; /* serial 0 is wake_fd */
	int epoll_fd;
	int wake_fd; /* constant while there are ports */
	bool stop;
	struct helper thread;
} loop = { .lock = PTHREAD_MUTEX_INITIALIZER, .epoll_fd = -1, .wake_fd = -1 };

uint64_t
sock_loop_now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (uint64_t)t.tv_sec * 1000 + (uint64_t)t.tv_nsec / 1000000;
}

void
sock_loop_lock(void)
{
	pthread_mutex_lock(&loop.lock);
}

void
sock_loop_unlock(void)
{
	pthread_mutex_unlock(&loop.lock);
}

void
sock_loop_wake(void)
{
	uint64_t one = 1;
	ssize_t n;

	/* EAGAIN: the counter is full, so C wakes anyway. */
	do
		n = write(loop.wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

int
sock_loop_watch(const struct sock_port *port, int fd, uint32_t events)
{
	struct epoll_event e = { .events = events, .data.u64 = port->serial };

	return epoll_ctl(loop.epoll_fd, EPOLL_CTL_ADD, fd, &e) < 0 ? -errno : 0;
}

void
sock_loop_forget(int fd)
{
	epoll_ctl(loop.epoll_fd, EPOLL_CTL_DEL, fd, NULL);
}

/* An event may be of a port that went while we waited for the lock. */
static struct sock_port *
sock_loop_port(uint64_t serial)
{
	struct sock_port *port;

	LIST_FOREACH(port, &loop.ports, next)
		if (port->serial == serial)
			return port;
	return NULL;
}

static void
sock_loop_serve(const struct epoll_event *e)
{
	struct sock_port *port;
	uint64_t count;

	if (e->data.u64 == 0) {
		while (read(loop.wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
			;
		return;
	}
	port = sock_loop_port(e->data.u64);
	if (port != NULL)
		sock_conn_event(port);
}

/* What came due, and what D lost. @return milliseconds until the next deadline; -1: there is none. */
static int
sock_loop_times(void)
{
	uint64_t now = sock_loop_now_ms(), first = UINT64_MAX;
	struct sock_port *port;

	LIST_FOREACH(port, &loop.ports, next) {
		if (__atomic_load_n(&port->lost, __ATOMIC_ACQUIRE) != 0)
			sock_conn_lost(port);
		if (port->deadline_ms != 0 && port->deadline_ms <= now)
			sock_conn_time(port);
		if (port->deadline_ms != 0)
			first = RTE_MIN(first, port->deadline_ms);
	}
	if (first == UINT64_MAX)
		return -1;
	now = sock_loop_now_ms();
	return first <= now ? 0 : (int)RTE_MIN(first - now, UINT64_C(60000));
}

/* The ports whose link changed. @return how many. */
static unsigned int
sock_loop_changed(uint16_t *ids)
{
	struct sock_port *port;
	unsigned int n = 0;

	LIST_FOREACH(port, &loop.ports, next) {
		if (port->link_changed && n < RTE_MAX_ETHPORTS)
			ids[n++] = port->port_id;
		port->link_changed = false;
	}
	return n;
}

/* A callback may ask the port, or take locks of its own: not under ours. */
static void
sock_loop_announce(const uint16_t *ids, unsigned int n)
{
	while (n-- > 0)
		rte_eth_dev_callback_process(&rte_eth_devices[ids[n]], RTE_ETH_EVENT_INTR_LSC,
			NULL);
}

static helper_ret
sock_loop_main(void *arg)
{
	struct epoll_event e[SOCK_LOOP_EVENTS];
	uint16_t changed[RTE_MAX_ETHPORTS];
	unsigned int n_changed;
	bool stop = false;
	int timeout = -1, n, i;

	while (!stop) {
		n = epoll_wait(loop.epoll_fd, e, SOCK_LOOP_EVENTS, timeout);
		sock_loop_lock();
		for (i = 0; i < n; i++)
			sock_loop_serve(&e[i]);
		timeout = sock_loop_times();
		n_changed = sock_loop_changed(changed);
		stop = loop.stop;
		sock_loop_unlock();
		sock_loop_announce(changed, n_changed);
	}
	return HELPER_END;
}

static void
sock_loop_close(void)
{
	close(loop.wake_fd);
	close(loop.epoll_fd);
	loop.wake_fd = loop.epoll_fd = -1;
}

static int
sock_loop_start(void)
{
	struct epoll_event e = { .events = EPOLLIN };
	int ret;

	loop.stop = false;
	loop.epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (loop.epoll_fd < 0)
		return -errno;
	loop.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (loop.wake_fd < 0 || epoll_ctl(loop.epoll_fd, EPOLL_CTL_ADD, loop.wake_fd, &e) < 0) {
		ret = -errno;
		goto close_fds;
	}
	ret = helper_start(&loop.thread, "rh-sock", sock_loop_main, NULL);
	if (ret < 0)
		goto close_fds;
	return 0;

close_fds:
	if (loop.wake_fd >= 0)
		close(loop.wake_fd);
	close(loop.epoll_fd);
	loop.wake_fd = loop.epoll_fd = -1;
	return ret;
}

int
sock_loop_add(struct sock_port *port)
{
	int ret = 0;

	sock_loop_lock();
	if (LIST_EMPTY(&loop.ports))
		ret = sock_loop_start();
	if (ret == 0) {
		port->serial = ++loop.serials;
		LIST_INSERT_HEAD(&loop.ports, port, next);
	}
	sock_loop_unlock();
	return ret;
}

void
sock_loop_del(struct sock_port *port)
{
	bool last;

	sock_loop_lock();
	LIST_REMOVE(port, next);
	last = LIST_EMPTY(&loop.ports);
	loop.stop = last;
	sock_loop_unlock();
	if (!last)
		return;
	sock_loop_wake();
	helper_join(&loop.thread);
	sock_loop_close();
}
