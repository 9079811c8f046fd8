/* SPDX-License-Identifier: BSD-3-Clause */
/* xstats out of tables of named counters. */
#include "pmd_stats.h"

#include <stdio.h>

#include <rte_ethdev.h>

static unsigned int
pmd_stats_count(const struct pmd_stats_set *sets, unsigned int n_sets)
{
	unsigned int i, n = 0;

	for (i = 0; i < n_sets; i++)
		n += sets[i].n_desc;
	return n;
}

int
pmd_stats_get(const struct pmd_stats_set *sets, unsigned int n_sets, struct rte_eth_xstat *xstats,
	unsigned int n)
{
	unsigned int total = pmd_stats_count(sets, n_sets), i, k, at = 0;

	if (xstats == NULL || n < total)
		return (int)total;
	for (i = 0; i < n_sets; i++) {
		for (k = 0; k < sets[i].n_desc; k++) {
			xstats[at].id = at;
			xstats[at++].value = stat_read(sets[i].base, &sets[i].desc[k]);
		}
	}
	return (int)total;
}

int
pmd_stats_names(const struct pmd_stats_set *sets, unsigned int n_sets,
	struct rte_eth_xstat_name *names, unsigned int n)
{
	unsigned int total = pmd_stats_count(sets, n_sets), i, k, at = 0;

	if (names == NULL || n < total)
		return (int)total;
	for (i = 0; i < n_sets; i++)
		for (k = 0; k < sets[i].n_desc; k++)
			snprintf(names[at++].name, sizeof(names[0].name), "%s%s", sets[i].prefix,
				sets[i].desc[k].name);
	return (int)total;
}
