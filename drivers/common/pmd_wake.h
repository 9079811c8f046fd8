/* SPDX-License-Identifier: BSD-3-Clause */
/* Receive interrupts of a port, as ethdev has them: a descriptor for each queue, and who writes it. */
#ifndef COMMON_PMD_WAKE_H
#define COMMON_PMD_WAKE_H

#include <stdbool.h>
#include <stdint.h>

struct rte_eth_dev;

/**
 * Say what becomes ready when receive queue q has frames: fd[q], not to be read by whoever waits for it
 * by edges, as rte_eth_dev_rx_intr_ctl_q() does.
 * @return 0; -ENOMEM. Thread: M, in probe.
 */
int pmd_wake_describe(struct rte_eth_dev *dev, const int *fd, uint16_t n);

/** Undo that. Nothing happens a second time. Thread: M, in close. */
void pmd_wake_forget(struct rte_eth_dev *dev);

/** One receive queue whose frames come from a thread of its port. */
struct pmd_wake {
	uint32_t armed; /* D sets and clears; who has frames looks */
	int fd;		/* eventfd; const */
};

/** @return 0; -errno. Thread: M. */
int pmd_wake_init(struct pmd_wake *w);
void pmd_wake_fini(struct pmd_wake *w);

/** Write the eventfd. Thread: any. */
void pmd_wake_signal(struct pmd_wake *w);

/** Frames were left for D: wake it, if it asked for that. Thread: any. */
static inline void
pmd_wake_tell(struct pmd_wake *w)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&w->armed, __ATOMIC_RELAXED) != 0)
		pmd_wake_signal(w);
}

/** rx_queue_intr_enable: D looks for frames once more after this. Thread: D. */
static inline void
pmd_wake_arm(struct pmd_wake *w)
{
	__atomic_store_n(&w->armed, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/** rx_queue_intr_disable. Thread: D. */
static inline void
pmd_wake_disarm(struct pmd_wake *w)
{
	__atomic_store_n(&w->armed, 0, __ATOMIC_RELAXED);
}

#endif
