/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: one virtio NIC over a small guest memory, ready to run. */
#ifndef NIC_VIRTIO_TEST_VIRTIO_H
#define NIC_VIRTIO_TEST_VIRTIO_H

#include <CUnit/CUnit.h>

#include "test_driver.h"

#define TEST_FEATURES                                                                              \
	(VIRTIO_F_VERSION_1 | VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX |                        \
		VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM |             \
		VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_GUEST_TSO4 |        \
		VIRTIO_NET_F_GUEST_TSO6)

struct test_virtio {
	struct td_mem td;
	struct gmem mem;
	struct nic *nic;
	struct td_ring to;   /* ring 0: frames for the guest */
	struct td_ring from; /* ring 1: frames of the guest */
	unsigned int irqs[2];
	unsigned int pool_before;
};

extern struct rte_mempool *test_pool;

/** Bring a NIC up with these features; ring indexes start at index. */
void test_up(struct test_virtio *t, uint64_t features, uint16_t index);

/** Tear it down; checks that every mbuf is back in the pool. */
void test_down(struct test_virtio *t);

/** The counter of that name. */
uint64_t test_count(const struct test_virtio *t, const char *name);

/** A frame of len bytes with a pattern that starts at seed; Ethernet header included. */
void test_frame(uint8_t *frame, uint32_t len, uint8_t seed);

/** An mbuf, chained if need be, with test_frame() content. */
struct rte_mbuf *test_mbuf(uint32_t len, uint8_t seed);

/** Whether m holds exactly test_frame(len, seed). */
bool test_mbuf_is(const struct rte_mbuf *m, uint32_t len, uint8_t seed);

void test_from_suite(void);
void test_to_suite(void);
void test_lend_suite(void);

#endif
