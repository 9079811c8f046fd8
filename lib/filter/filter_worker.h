/* SPDX-License-Identifier: BSD-3-Clause */
/* A filter's own thread F: it does everything that could block D. */
#ifndef FILTER_FILTER_WORKER_H
#define FILTER_FILTER_WORKER_H

#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/helper.h"

struct rte_ring;

/* Descriptors that F may wait for beside its eventfd. */
#define FILTER_WORKER_FDS 2

/**
 * The thread, and how D wakes it. F sets `sleeping`, fences, and looks at its ring once more before
 * it waits; D enqueues, fences, and looks at `sleeping`: at least one of them sees the other. D writes
 * the eventfd only when F sleeps.
 */
struct filter_worker {
	int wake_fd;
	uint32_t sleeping;	/* F writes, D reads and clears */
	uint32_t stop;		/* M writes, F reads */
	void (*run)(void *ctx); /* returns soon after filter_worker_stopping() */
	void *ctx;
	struct helper thread;
};

/** Start it. @return 0 or -errno. Thread: M. */
int filter_worker_start(struct filter_worker *w, void (*run)(void *ctx), void *ctx);

/** Stop and join it. Thread: M. */
void filter_worker_stop(struct filter_worker *w);

/** Whether M wants F to end. Thread: F. */
bool filter_worker_stopping(const struct filter_worker *w);

/** Wake F if it sleeps. Thread: D. */
void filter_worker_wake(struct filter_worker *w);

/**
 * Wait until ring (may be NULL) holds something, a descriptor is ready, M stops us, or ms (-1: for
 * ever) are over. @param fds  n of them, at most FILTER_WORKER_FDS; revents are set. Thread: F.
 */
void filter_worker_wait(struct filter_worker *w, struct rte_ring *ring, struct pollfd *fds,
	unsigned int n, int ms);

#endif
