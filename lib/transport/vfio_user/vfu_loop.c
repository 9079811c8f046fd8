/* SPDX-License-Identifier: BSD-3-Clause */
/* The one thread that serves the sockets of all vfio-user ports. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>

#include "base/helper.h"
#include "base/log.h"
#include "vfu.h"

LOG_REGISTER("transport.vfu");

/*
 * How long the thread looks again before it sleeps, microseconds. A guest's driver makes register
 * accesses in series, each of which waits for our answer, and a wake-up costs more than an answer.
 */
#define VFU_SPIN_US 50

/* How soon it notices that the lcore of a connection no longer polls, milliseconds. */
#define VFU_CHECK_MS 5

/* The list, and the ports in it: a port is taken out between two messages. Before a port's own lock. */
static pthread_mutex_t vfu_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, vfu_transport) vfu_list = TAILQ_HEAD_INITIALIZER(vfu_list);
static struct helper vfu_thread;
static int vfu_epoll = -1; /* const while the thread runs */
static int vfu_wake = -1;  /* eventfd; const while the thread runs */
static uint32_t vfu_stop;  /* M tells the thread to end */

int
vfu_loop_watch(struct vfu_source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	if (s->in_set && s->events == events)
		return 0;
	if (epoll_ctl(vfu_epoll, s->in_set ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, s->fd, &ev) < 0)
		return -errno;
	s->in_set = true;
	s->events = events;
	return 0;
}

void
vfu_loop_unwatch(struct vfu_source *s)
{
	if (s->in_set)
		epoll_ctl(vfu_epoll, EPOLL_CTL_DEL, s->fd, NULL);
	s->in_set = false;
}

void
vfu_loop_kick(void)
{
	eventfd_write(vfu_wake, 1);
}

void
vfu_loop_as_c(struct vfu_transport *t, void (*fn)(struct vfu_transport *t))
{
	pthread_mutex_lock(&vfu_lock);
	pthread_mutex_lock(&t->lock);
	fn(t);
	pthread_mutex_unlock(&t->lock);
	pthread_mutex_unlock(&vfu_lock);
}

/* Serve a source, if its port is still there. */
static void
vfu_loop_serve(const struct vfu_source *s, uint32_t events)
{
	struct vfu_transport *t;

	pthread_mutex_lock(&vfu_lock);
	TAILQ_FOREACH(t, &vfu_list, next)
		if (s == &t->listener || s == &t->conn || s == &t->unmask)
			break;
	if (t != NULL) {
		pthread_mutex_lock(&t->lock);
		if (s->fd >= 0)
			s->ready(t, events);
		pthread_mutex_unlock(&t->lock);
	}
	pthread_mutex_unlock(&vfu_lock);
}

enum vfu_round {
	ROUND_LOOK,  /* whether an lcore has a connection */
	ROUND_CHECK, /* and whether that lcore is still there */
	ROUND_KICK,  /* serve messages that an lcore left, which no descriptor tells */
};

/* When to look again. */
struct vfu_rest {
	int ms;	   /* at the latest; -1: when a message comes */
	bool lent; /* an lcore has a connection: no need to look for messages meanwhile */
};

/* Look at all ports. */
static struct vfu_rest
vfu_loop_round(enum vfu_round why)
{
	uint64_t now = rte_get_tsc_cycles();
	struct vfu_rest rest = { .ms = -1 };
	struct vfu_transport *t;
	bool later = false;

	pthread_mutex_lock(&vfu_lock);
	TAILQ_FOREACH(t, &vfu_list, next) {
		pthread_mutex_lock(&t->lock);
		if (why == ROUND_KICK && t->conn.fd >= 0 && !t->lent && t->in.got > 0)
			vfu_sock_ready(t, EPOLLIN);
		else if (why == ROUND_CHECK)
			vfu_lcore_check(t);
		rest.lent |= t->lent != 0;
		later |= vfu_irq_later(t, now);
		pthread_mutex_unlock(&t->lock);
	}
	pthread_mutex_unlock(&vfu_lock);
	if (later)
		rest.ms = 1;
	else if (rest.lent)
		rest.ms = VFU_CHECK_MS;
	return rest;
}

/* How long to sleep: not at all in a series of messages that no lcore takes. */
static int
vfu_loop_timeout(uint64_t served, struct vfu_rest rest)
{
	bool fresh = rte_get_tsc_cycles() - served < rte_get_tsc_hz() / US_PER_S * VFU_SPIN_US;

	return fresh && !rest.lent ? 0 : rest.ms;
}

static helper_ret
vfu_loop_run(void *arg)
{
	uint64_t served = 0;
	eventfd_t kicks;
	struct vfu_rest rest = { .ms = -1 };

	while (__atomic_load_n(&vfu_stop, __ATOMIC_ACQUIRE) == 0) {
		int timeout = vfu_loop_timeout(served, rest);
		struct epoll_event ev;
		int n = epoll_wait(vfu_epoll, &ev, 1, timeout);

		if (n <= 0) {
			if (timeout == 0)
				sched_yield();
			else
				rest = vfu_loop_round(ROUND_CHECK);
			continue;
		}
		if (ev.data.ptr == NULL)
			eventfd_read(vfu_wake, &kicks);
		else
			vfu_loop_serve(ev.data.ptr, ev.events);
		served = rte_get_tsc_cycles();
		rest = vfu_loop_round(ev.data.ptr == NULL ? ROUND_KICK : ROUND_LOOK);
	}
	return HELPER_END;
}

static void
vfu_loop_free(void)
{
	if (vfu_wake >= 0)
		close(vfu_wake);
	if (vfu_epoll >= 0)
		close(vfu_epoll);
	vfu_wake = vfu_epoll = -1;
}

static int
vfu_loop_start(void)
{
	struct epoll_event wake = { .events = EPOLLIN, .data.ptr = NULL };
	int ret;

	vfu_epoll = epoll_create1(EPOLL_CLOEXEC);
	vfu_wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vfu_stop = 0;
	if (vfu_epoll < 0 || vfu_wake < 0 ||
		epoll_ctl(vfu_epoll, EPOLL_CTL_ADD, vfu_wake, &wake) < 0)
		ret = -errno;
	else
		ret = helper_start(&vfu_thread, "ringhub-vfio", vfu_loop_run, NULL);
	if (ret < 0) {
		LOG(ERR, "vfio-user: no thread to serve it");
		vfu_loop_free();
		return ret;
	}
	return 0;
}

int
vfu_loop_add(struct vfu_transport *t)
{
	int ret = TAILQ_EMPTY(&vfu_list) ? vfu_loop_start() : 0;

	if (ret < 0)
		return ret;
	pthread_mutex_lock(&vfu_lock);
	TAILQ_INSERT_TAIL(&vfu_list, t, next);
	ret = vfu_loop_watch(&t->listener, EPOLLIN);
	pthread_mutex_unlock(&vfu_lock);
	if (ret < 0)
		vfu_loop_remove(t);
	return ret;
}

void
vfu_loop_remove(struct vfu_transport *t)
{
	bool last;

	pthread_mutex_lock(&vfu_lock);
	pthread_mutex_lock(&t->lock);
	vfu_loop_unwatch(&t->listener);
	vfu_sock_drop(t);
	pthread_mutex_unlock(&t->lock);
	TAILQ_REMOVE(&vfu_list, t, next);
	last = TAILQ_EMPTY(&vfu_list);
	pthread_mutex_unlock(&vfu_lock);
	if (!last)
		return;
	__atomic_store_n(&vfu_stop, 1, __ATOMIC_RELEASE);
	vfu_loop_kick();
	helper_join(&vfu_thread);
	vfu_loop_free();
}
