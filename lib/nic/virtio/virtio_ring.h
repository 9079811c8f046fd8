/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory layout of split and packed virtqueues. Source: VIRTIO 1.2, 2.7 and 2.8. */
#ifndef NIC_VIRTIO_VIRTIO_RING_H
#define NIC_VIRTIO_VIRTIO_RING_H

#include <assert.h>
#include <stdint.h>

#include "base/bits.h"

#define VRING_MAX_SIZE 32768 /* 2.7: queue size is at most 2^15 */

/* 2.7.5 descriptor flags */
#define VRING_DESC_F_NEXT     0x1 /* another descriptor follows */
#define VRING_DESC_F_WRITE    0x2 /* the device writes this buffer, else it reads it */
#define VRING_DESC_F_INDIRECT 0x4 /* the buffer is a table of descriptors (2.7.5.3) */

#define VRING_AVAIL_F_NO_INTERRUPT 0x1 /* 2.7.6 */
#define VRING_USED_F_NO_NOTIFY	   0x1 /* 2.7.8 */

/* 2.8.1 further descriptor flags of packed rings: who has it, by the wrap counters of both */
#define VRING_PACKED_DESC_F_AVAIL 0x0080 /* bit 7 */
#define VRING_PACKED_DESC_F_USED  0x8000 /* bit 15 */
/* 2.8.14 event flags */
#define VRING_PACKED_EVENT_ENABLE  0x0
#define VRING_PACKED_EVENT_DISABLE 0x1
#define VRING_PACKED_EVENT_DESC	   0x2 /* for one descriptor, with EVENT_IDX */
#define VRING_PACKED_EVENT_FLAGS   0x3
#define VRING_PACKED_EVENT_WRAP	   0x8000 /* bit 15 of off_wrap */

/** 2.7.5 a descriptor; little endian, as all fields here. */
struct vring_desc {
	uint64_t addr; /* guest-physical */
	uint32_t len;  /* bytes */
	uint16_t flags;
	uint16_t next; /* index, when NEXT is set */
};
static_assert(sizeof(struct vring_desc) == 16, "VIRTIO 1.2, 2.7.5");

/** 2.7.6 the driver area; behind ring[size] follows used_event. */
struct vring_avail {
	uint16_t flags;
	uint16_t idx;
	uint16_t ring[];
};
static_assert(sizeof(struct vring_avail) == 4, "VIRTIO 1.2, 2.7.6");

/** 2.7.8 one finished chain. */
struct vring_used_elem {
	uint32_t id;  /* head of the chain */
	uint32_t len; /* bytes the device wrote */
};
static_assert(sizeof(struct vring_used_elem) == 8, "VIRTIO 1.2, 2.7.8");

/** 2.7.8 the device area; behind ring[size] follows avail_event. */
struct vring_used {
	uint16_t flags;
	uint16_t idx;
	struct vring_used_elem ring[];
};
static_assert(sizeof(struct vring_used) == 4, "VIRTIO 1.2, 2.7.8");

/** 2.8.13 a packed descriptor. */
struct vring_packed_desc {
	uint64_t addr; /* guest-physical */
	uint32_t len;  /* bytes; used: bytes the device wrote */
	uint16_t id;   /* the driver's name of the chain */
	uint16_t flags;
};
static_assert(sizeof(struct vring_packed_desc) == 16, "VIRTIO 1.2, 2.8.13");

/** 2.8.14 driver area and device area of a packed ring. */
struct vring_packed_event {
	uint16_t off_wrap; /* descriptor, and the wrap counter in bit 15 */
	uint16_t flags;
};
static_assert(sizeof(struct vring_packed_event) == 4, "VIRTIO 1.2, 2.8.14");

/** Bytes of each area of a ring of n entries, the event field included. */
#define VRING_DESC_BYTES(n)  (UINT64_C(16) * (n))
#define VRING_AVAIL_BYTES(n) (6 + UINT64_C(2) * (n))
#define VRING_USED_BYTES(n)  (6 + UINT64_C(8) * (n))

#endif
