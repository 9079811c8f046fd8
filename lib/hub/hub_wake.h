/* SPDX-License-Identifier: BSD-3-Clause */
/* An lcore that sleeps: how others wake it, and how the ports that it polls do. */
#ifndef HUB_HUB_WAKE_H
#define HUB_HUB_WAKE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>

struct hub_input;
struct hub_member;

/**
 * One lcore, for those who give it work. It sets `sleeping`, fences, and looks for work once more before
 * it waits; who has work for it leaves it where it looks, fences, and reads `sleeping`. Both fences are
 * full, so at least one of them sees the other.
 */
struct hub_wake {
	uint32_t sleeping; /* D of the lcore sets and clears, who wakes it clears */
	int fd;		   /* eventfd; it need not be read, each write wakes. Const */
} __rte_cache_aligned;

/** Write the eventfd of an lcore that says it sleeps. Thread: any. */
void hub_wake_up(struct hub_wake *w);

/** Wake an lcore, if it sleeps, for the work that was left for it. NULL: it never sleeps. Any thread. */
static inline void
hub_wake(struct hub_wake *w)
{
	if (w == NULL)
		return;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(&w->sleeping, __ATOMIC_RELAXED) != 0))
		hub_wake_up(w);
}

/** Say that the lcore is about to sleep; it looks for work after this. Thread: D, w its own. */
static inline void
hub_wake_prepare(struct hub_wake *w)
{
	__atomic_store_n(&w->sleeping, 1, __ATOMIC_RELAXED);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/** Say that it does not sleep any more. Thread: D, w its own. */
static inline void
hub_wake_done(struct hub_wake *w)
{
	__atomic_store_n(&w->sleeping, 0, __ATOMIC_RELAXED);
}

/**
 * Let the port of a member wake lcores, if its driver has receive interrupts and a descriptor for each
 * queue. For drivers of which that is known to work; before the member joins. Thread: M.
 */
void hub_member_set_wakes(struct hub_member *m);

/**
 * Ask the port of an input to wake us for its next frame, which may be there already: look again.
 * @return 0; -ENOTSUP: it cannot, only looking again helps; -EBUSY: it needs to be looked at all the
 *         time just now. Only after 0 hub_disarm() must follow. Thread: D of in.
 */
int hub_arm(const struct hub_input *in);

/** Ask it not to: we poll. Thread: D of in. */
void hub_disarm(const struct hub_input *in);

/** Whether frames wait for queue q of m that its port did not take (policy=block). D, its owner. */
bool hub_is_backed_up(const struct hub_member *m, uint16_t q);

#endif
