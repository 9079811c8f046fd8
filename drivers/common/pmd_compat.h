/* SPDX-License-Identifier: BSD-3-Clause */
/* The one place that knows how DPDK's driver interfaces differ between releases. */
#ifndef COMMON_PMD_COMPAT_H
#define COMMON_PMD_COMPAT_H

#include <pthread.h>
#include <stdint.h>

#include <rte_lcore.h>
#include <rte_version.h>
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
#include <rte_thread.h>
#endif

/* Leading parameters of eth_stats_get_t: 25.11 put the per-queue counters into an argument. */
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
#define PMD_STATS_ARGS                                                                             \
	struct rte_eth_dev *dev, struct rte_eth_stats *stats, struct eth_queue_stats *qstats
#else
#define PMD_STATS_ARGS struct rte_eth_dev *dev, struct rte_eth_stats *stats
#endif

/** A control thread of DPDK's, which runs on the CPUs that no lcore polls on. */
struct pmd_thread {
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	rte_thread_t id;
#else
	pthread_t id;
#endif
};

#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
typedef uint32_t pmd_thread_ret;
#else
typedef void *pmd_thread_ret;
#endif

/** Start fn(arg) as a control thread of that name (< 16 bytes). @return 0 or -errno. */
static inline int
pmd_thread_start(struct pmd_thread *t, const char *name, pmd_thread_ret (*fn)(void *), void *arg)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	return -rte_thread_create_control(&t->id, name, fn, arg);
#else
	int ret = rte_ctrl_thread_create(&t->id, name, NULL, fn, arg);

	return ret > 0 ? -ret : ret;
#endif
}

/** Wait for its end. */
static inline void
pmd_thread_join(struct pmd_thread *t)
{
#if RTE_VERSION >= RTE_VERSION_NUM(23, 11, 0, 0)
	rte_thread_join(t->id, NULL);
#else
	pthread_join(t->id, NULL);
#endif
}

#endif
