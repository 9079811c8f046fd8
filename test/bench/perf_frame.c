/* SPDX-License-Identifier: BSD-3-Clause */
/* The frames that hot loops are fed with. */
#include <string.h>

#include <rte_ether.h>
#include <rte_mbuf.h>

#include "perf.h"

struct rte_mempool *perf_pool;

void
perf_frame(uint8_t *frame, uint16_t len, uint8_t to)
{
	const struct rte_ether_hdr eth = { .dst_addr = { { 2, 0, 0, 0, 0, to } },
		.src_addr = { { 2, 0, 0, 0, 1, 0 } },
		.ether_type = RTE_BE16(0x88b5) };
	uint16_t i;

	memcpy(frame, &eth, sizeof(eth));
	for (i = sizeof(eth); i < len; i++)
		frame[i] = (uint8_t)i;
}

bool
perf_is_frame(const uint8_t *p, uint16_t len)
{
	uint8_t want[PERF_BUF_LEN];

	perf_frame(want, len, p[5]);
	return memcmp(p, want, len) == 0;
}

bool
perf_mbufs(struct rte_mbuf **pkts, uint16_t n, uint16_t len)
{
	uint16_t i;

	if (rte_pktmbuf_alloc_bulk(perf_pool, pkts, n) < 0)
		return false;
	for (i = 0; i < n; i++)
		perf_frame((uint8_t *)rte_pktmbuf_append(pkts[i], len), len, 0);
	return true;
}
