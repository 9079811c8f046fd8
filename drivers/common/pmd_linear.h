/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for applications that take none in several segments. */
#ifndef COMMON_PMD_LINEAR_H
#define COMMON_PMD_LINEAR_H

#include <stdbool.h>
#include <stdint.h>

struct rte_eth_dev;
struct rte_mbuf;

/** Counters of a receiving queue, which pmd_linear() corrects. D writes. */
struct pmd_linear_counters {
	uint64_t *frames, *bytes; /* of what the application got */
	uint64_t *lost;		  /* frames in several segments */
};

/**
 * Whether the application has asked for frames in several segments (RTE_ETH_RX_OFFLOAD_SCATTER).
 * Others read pkt_len bytes from the first segment, whatever it holds. Thread: M.
 */
bool pmd_scatters(const struct rte_eth_dev *dev);

/**
 * Free the frames of a burst that have several segments, and close the gaps.
 * @return how many are left. Thread: D.
 */
uint16_t pmd_linear(struct rte_mbuf **pkts, uint16_t n, const struct pmd_linear_counters *c);

#endif
