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
#include <rte_lcore.h>

#include "base/log.h"
#include "vfu.h"

LOG_REGISTER("transport.vfu");

/*
 * How long the thread looks again before it sleeps, microseconds. A guest's driver makes register
 * accesses in series, each of which waits for our answer, and a wake-up costs more than an answer.
 */
#define VFU_SPIN_US 50

/* lock: held while a source is served, so that a port can be taken out between two of them. */
static pthread_mutex_t vfu_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, vfu_transport) vfu_list = TAILQ_HEAD_INITIALIZER(vfu_list);
static pthread_t vfu_thread;
static int vfu_epoll = -1; /* const while the thread runs */
static int vfu_stop = -1;  /* eventfd that ends the thread; const while it runs */

int
vfu_loop_watch(struct vfu_source *s, uint32_t events)
{
	struct epoll_event ev = { .events = events, .data.ptr = s };

	if (epoll_ctl(vfu_epoll, EPOLL_CTL_ADD, s->fd, &ev) == 0)
		return 0;
	if (errno == EEXIST && epoll_ctl(vfu_epoll, EPOLL_CTL_MOD, s->fd, &ev) == 0)
		return 0;
	return -errno;
}

void
vfu_loop_unwatch(const struct vfu_source *s)
{
	if (s->fd >= 0)
		epoll_ctl(vfu_epoll, EPOLL_CTL_DEL, s->fd, NULL);
}

void
vfu_loop_as_c(struct vfu_transport *t, void (*fn)(struct vfu_transport *t))
{
	pthread_mutex_lock(&vfu_lock);
	fn(t);
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
	if (t != NULL && s->fd >= 0)
		s->ready(t, events);
	pthread_mutex_unlock(&vfu_lock);
}

static void *
vfu_loop_run(void *arg)
{
	const uint64_t spin = rte_get_tsc_hz() / 1000000 * VFU_SPIN_US;
	uint64_t served = 0;

	for (;;) {
		bool look_again = rte_get_tsc_cycles() - served < spin;
		struct epoll_event ev;
		int n = epoll_wait(vfu_epoll, &ev, 1, look_again ? 0 : -1);

		if (n <= 0) {
			sched_yield();
			continue;
		}
		if (ev.data.ptr == NULL)
			return NULL;
		vfu_loop_serve(ev.data.ptr, ev.events);
		served = rte_get_tsc_cycles();
	}
}

static void
vfu_loop_free(void)
{
	if (vfu_stop >= 0)
		close(vfu_stop);
	if (vfu_epoll >= 0)
		close(vfu_epoll);
	vfu_stop = vfu_epoll = -1;
}

static int
vfu_loop_start(void)
{
	struct epoll_event stop = { .events = EPOLLIN, .data.ptr = NULL };
	int ret;

	vfu_epoll = epoll_create1(EPOLL_CLOEXEC);
	vfu_stop = eventfd(0, EFD_CLOEXEC);
	if (vfu_epoll < 0 || vfu_stop < 0 ||
		epoll_ctl(vfu_epoll, EPOLL_CTL_ADD, vfu_stop, &stop) < 0)
		ret = -errno;
	else
		ret = -rte_ctrl_thread_create(&vfu_thread, "ringhub-vfio", NULL, vfu_loop_run,
			NULL);
	if (ret != 0) {
		LOG(ERR, "vfio-user: no thread to serve it");
		vfu_loop_free();
		return ret < 0 ? ret : -ret;
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
	vfu_loop_unwatch(&t->listener);
	vfu_sock_drop(t);
	TAILQ_REMOVE(&vfu_list, t, next);
	last = TAILQ_EMPTY(&vfu_list);
	pthread_mutex_unlock(&vfu_lock);
	if (!last)
		return;
	eventfd_write(vfu_stop, 1);
	pthread_join(vfu_thread, NULL);
	vfu_loop_free();
}
