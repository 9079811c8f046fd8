/* SPDX-License-Identifier: BSD-3-Clause */
/* A filter's own thread. */
#include "filter_worker.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_ring.h>

#define FILTER_THREAD_NAME "ringhub-filter"

static helper_ret
filter_worker_main(void *arg)
{
	struct filter_worker *w = arg;

	w->run(w->ctx);
	return HELPER_END;
}

int
filter_worker_start(struct filter_worker *w, void (*run)(void *ctx), void *ctx)
{
	int ret;

	w->run = run;
	w->ctx = ctx;
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (w->wake_fd < 0)
		return -errno;
	ret = helper_start(&w->thread, FILTER_THREAD_NAME, filter_worker_main, w);
	if (ret < 0)
		close(w->wake_fd);
	return ret;
}

static void
filter_worker_kick(const struct filter_worker *w)
{
	uint64_t one = 1;
	ssize_t n;

	do
		n = write(w->wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR); /* EAGAIN: the counter is full, so F wakes anyway */
}

void
filter_worker_stop(struct filter_worker *w)
{
	__atomic_store_n(&w->stop, 1, __ATOMIC_RELEASE);
	filter_worker_kick(w);
	helper_join(&w->thread);
	close(w->wake_fd);
}

bool
filter_worker_stopping(const struct filter_worker *w)
{
	return __atomic_load_n(&w->stop, __ATOMIC_ACQUIRE) != 0;
}

void
filter_worker_wake(struct filter_worker *w)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&w->sleeping, __ATOMIC_RELAXED) != 0 &&
		__atomic_exchange_n(&w->sleeping, 0, __ATOMIC_ACQ_REL) != 0)
		filter_worker_kick(w);
}

void
filter_worker_wait(struct filter_worker *w, struct rte_ring *ring, struct pollfd *fds,
	unsigned int n, int ms)
{
	struct pollfd all[FILTER_WORKER_FDS + 1] = { { .fd = w->wake_fd, .events = POLLIN } };
	uint64_t count;
	unsigned int i;

	for (i = 0; i < n; i++)
		all[i + 1] = fds[i];
	if (ring != NULL) {
		__atomic_store_n(&w->sleeping, 1, __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (!rte_ring_empty(ring))
			ms = 0;
	}
	if (poll(all, n + 1, ms) < 0)
		for (i = 0; i <= n; i++)
			all[i].revents = 0;
	__atomic_store_n(&w->sleeping, 0, __ATOMIC_RELAXED);
	/* A stop stays readable: after it nobody may wait. */
	if ((all[0].revents & POLLIN) && !filter_worker_stopping(w))
		while (read(w->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
			;
	for (i = 0; i < n; i++)
		fds[i].revents = all[i + 1].revents;
}
