/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread between two rings, for libraries that block or are not safe on an lcore. */
#ifndef COMMON_PMD_PUMP_H
#define COMMON_PMD_PUMP_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ring.h>

#include "base/helper.h"
#include "pmd_wake.h"

struct rte_mbuf;

/**
 * Two rings and the helper thread P. D (one lcore a direction) puts frames into to_pump and takes
 * them from from_pump; P does the reverse. D writes the eventfd only when P sleeps.
 *
 * Sleeping: P sets `sleeping`, fences, and looks at to_pump once more before it waits; D enqueues,
 * fences, and looks at `sleeping`. Both fences are full, so at least one of them sees the other.
 */
struct pmd_pump {
	struct rte_ring *to_pump;   /* D -> P */
	struct rte_ring *from_pump; /* P -> D */
	int wake_fd;		    /* eventfd; P waits on it with everything else it waits for */
	uint32_t sleeping;	    /* P writes, D reads and clears */
	uint32_t stop;		    /* M writes, P reads */
	struct pmd_wake wake;	    /* of the D that takes: P tells it of frames in from_pump */
	struct helper thread;
	bool started;
	void (*run)(void *ctx); /* the thread's work; returns soon after pmd_pump_stopping() */
	void *ctx;
};

/**
 * Make rings (entries each, a power of two) and eventfds.
 * @param name  unique; for the rings and the thread
 * @return 0; -ENOMEM; -errno of eventfd. Thread: M.
 */
int pmd_pump_init(struct pmd_pump *p, const char *name, unsigned int entries,
	void (*run)(void *ctx), void *ctx);

/** Free all; frees what is still in the rings. The thread has been stopped. Thread: M. */
void pmd_pump_fini(struct pmd_pump *p);

/** Start the thread. @return 0 or -errno. Thread: M. */
int pmd_pump_start(struct pmd_pump *p, const char *name);

/** Stop and join it. Nothing happens when it does not run. Thread: M. */
void pmd_pump_stop(struct pmd_pump *p);

/** Whether M wants P to end. Thread: P. */
bool pmd_pump_stopping(const struct pmd_pump *p);

/** rx_queue_intr_enable and rx_queue_intr_disable of a port with one queue pair. Thread: D. */
static inline int
pmd_pump_arm(struct pmd_pump *p)
{
	pmd_wake_arm(&p->wake);
	return 0;
}

static inline int
pmd_pump_disarm(struct pmd_pump *p)
{
	pmd_wake_disarm(&p->wake);
	return 0;
}

/** Wake P if it sleeps. Any thread. */
void pmd_pump_wake(struct pmd_pump *p);

/** Say that P is about to wait. @return false: there is work, do not. Thread: P. */
bool pmd_pump_prepare_sleep(struct pmd_pump *p);

/** Say that P no longer waits, and drain the eventfd. Thread: P. */
void pmd_pump_awake(struct pmd_pump *p);

#endif
