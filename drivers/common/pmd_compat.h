/* SPDX-License-Identifier: BSD-3-Clause */
/* The one place that knows how DPDK's driver interfaces differ between releases. */
#ifndef COMMON_PMD_COMPAT_H
#define COMMON_PMD_COMPAT_H

#include <rte_version.h>

/* Leading parameters of eth_stats_get_t: 25.11 put the per-queue counters into an argument. */
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
#define PMD_STATS_ARGS                                                                             \
	struct rte_eth_dev *dev, struct rte_eth_stats *stats, struct eth_queue_stats *qstats
#else
#define PMD_STATS_ARGS struct rte_eth_dev *dev, struct rte_eth_stats *stats
#endif

#endif
