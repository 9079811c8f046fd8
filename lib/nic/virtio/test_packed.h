/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the driver's half of packed rings. */
#ifndef NIC_VIRTIO_TEST_PACKED_H
#define NIC_VIRTIO_TEST_PACKED_H

#include "test_virtio.h"

#define HDR	((uint32_t)sizeof(struct virtio_net_hdr))
#define PK_BOTH (VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED)

/** The driver's half of one ring. */
struct pk_ring {
	struct vring_packed_desc *desc;
	struct vring_packed_event *driver, *device;
	struct nic_vring where;
	uint16_t next, last; /* to make available, to find used */
	bool wrap, last_wrap;
	uint16_t n[32768]; /* descriptors of the chain of that id */
	uint16_t id;	   /* of the next chain */
};

/** A NIC with packed rings. */
struct pk_nic {
	struct test_virtio t;
	struct pk_ring to, from;
};

/** Lay ring idx out in memory. */
void pk_ring_init(struct pk_ring *r, const struct td_mem *td, unsigned int idx, uint16_t size);

/** Offer a chain of n pieces as r->id, which is counted up. @return its id. */
uint16_t pk_post(struct pk_ring *r, const struct td_buf *buf, unsigned int n);

/** Whether a chain came back; takes it. */
bool pk_poll(struct pk_ring *r, struct vring_packed_desc *d);

/** Bring a NIC up with these features and rings of that size. */
void pk_up(struct pk_nic *p, uint64_t features, uint16_t size);

/** Put a header and a frame at gpa. */
void pk_lay_out(struct pk_nic *p, uint64_t gpa, uint32_t len, uint8_t seed);

void test_packed_burst_suite(void);

#endif
