/* SPDX-License-Identifier: BSD-3-Clause */
/* xstats out of tables of named counters. */
#ifndef COMMON_PMD_STATS_H
#define COMMON_PMD_STATS_H

#include "base/stats.h"

struct rte_eth_xstat;
struct rte_eth_xstat_name;

/** One struct of counters of a port: a queue's, or the port's own. */
struct pmd_stats_set {
	const char *prefix; /* "q0_", or "" */
	const void *base;   /* the counter struct */
	const struct stat_desc *desc;
	unsigned int n_desc;
};

/**
 * The two halves of eth_xstats_get_t and eth_xstats_get_names_t over sets in order.
 * @param xstats, names  room for n entries, or NULL
 * @return how many there are; nothing is written when n is less. Thread: M.
 */
int pmd_stats_get(const struct pmd_stats_set *sets, unsigned int n_sets,
	struct rte_eth_xstat *xstats, unsigned int n);
int pmd_stats_names(const struct pmd_stats_set *sets, unsigned int n_sets,
	struct rte_eth_xstat_name *names, unsigned int n);

#endif
