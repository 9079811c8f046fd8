/* SPDX-License-Identifier: BSD-3-Clause */
/* mbufs out of bytes, for ports whose library hands out plain memory. */
#ifndef COMMON_PMD_FRAME_H
#define COMMON_PMD_FRAME_H

#include <stddef.h>
#include <stdint.h>

struct rte_mbuf;
struct rte_mempool;

/**
 * A copy of len bytes (1..65553) as a frame, chained as the pool's data room needs, with zeros up to
 * the shortest Ethernet frame (60 bytes).
 * @return NULL when the pool is empty. Thread: any.
 */
struct rte_mbuf *pmd_frame_make(struct rte_mempool *pool, const uint8_t *p, size_t len);

#endif
