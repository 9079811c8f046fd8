/* SPDX-License-Identifier: BSD-3-Clause */
#include "pmd_linear.h"

#include <ethdev_driver.h>
#include <rte_mbuf.h>

#include "base/stats.h"

bool
pmd_scatters(const struct rte_eth_dev *dev)
{
	return (dev->data->dev_conf.rxmode.offloads & RTE_ETH_RX_OFFLOAD_SCATTER) != 0;
}

uint16_t
pmd_linear(struct rte_mbuf **pkts, uint16_t n, const struct pmd_linear_counters *c)
{
	uint16_t i, k = 0;

	for (i = 0; i < n; i++) {
		if (likely(pkts[i]->nb_segs == 1)) {
			pkts[k++] = pkts[i];
			continue;
		}
		stat_add(c->frames, (uint64_t)-1);
		stat_add(c->bytes, -(uint64_t)pkts[i]->pkt_len);
		stat_add(c->lost, 1);
		rte_pktmbuf_free(pkts[i]);
	}
	return k;
}
