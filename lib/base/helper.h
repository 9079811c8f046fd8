/* SPDX-License-Identifier: BSD-3-Clause */
/* Helper threads: what blocks, calls the kernel or waits runs on one of these, beside the lcores. */
#ifndef BASE_HELPER_H
#define BASE_HELPER_H

#include <pthread.h>
#include <stdint.h>

#include <rte_lcore.h>
#include <rte_version.h>
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#include <rte_thread.h>
#endif

/** What the thread's function returns; always HELPER_END. DPDK's own type changed with 23.11. */
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
typedef uint32_t helper_ret;
#define HELPER_END 0
#else
typedef void *helper_ret;
#define HELPER_END NULL
#endif

/** A control thread of DPDK's: it runs on the CPUs that no lcore polls on, if there are any. */
struct helper {
	pthread_t id;
};

/**
 * Start fn(arg) on a thread of that name.
 * @param name  shorter than 16 bytes
 * @return 0 or -errno; after 0, helper_join() must be called. Thread: any but a helper's own.
 */
static inline int
helper_start(struct helper *h, const char *name, helper_ret (*fn)(void *), void *arg)
{
	int ret;
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	rte_thread_t id = { 0 };

	ret = rte_thread_create_control(&id, name, fn, arg);
	h->id = (pthread_t)id.opaque_id;
#else
	ret = rte_ctrl_thread_create(&h->id, name, NULL, fn, arg);
#endif
	return ret > 0 ? -ret : ret;
}

/** Wait for its end, which the caller has asked for. */
static inline void
helper_join(struct helper *h)
{
	pthread_join(h->id, NULL);
}

#endif
