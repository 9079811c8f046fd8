/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the driver's half of split rings in a small guest memory of two regions. */
#ifndef NIC_VIRTIO_TEST_DRIVER_H
#define NIC_VIRTIO_TEST_DRIVER_H

#include "gmem/gmem.h"
#include "virtio_net.h"

#define TD_RING 256 /* entries of each ring */
/* Two regions that touch each other in guest addresses but not in ours, then a hole. */
#define TD_GPA0	  0x10000u
#define TD_LEN0	  0x200000u
#define TD_GPA1	  (TD_GPA0 + TD_LEN0)
#define TD_LEN1	  0x100000u
#define TD_END	  (TD_GPA1 + TD_LEN1)
#define TD_BORDER TD_GPA1
/* Free guest memory for buffers, behind the rings. */
#define TD_DATA (TD_GPA0 + 0x100000u)

/** One ring as the driver sees it. */
struct td_ring {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	struct nic_vring where;
	uint16_t next_desc; /* next descriptor to hand out, round robin */
	uint16_t last_used; /* next used entry to look at */
};

/** One piece of a chain. */
struct td_buf {
	uint64_t gpa;
	uint32_t len;
	uint16_t flags; /* VRING_DESC_F_WRITE, VRING_DESC_F_INDIRECT */
};

/** Guest memory. */
struct td_mem {
	uint8_t *hva[2];
};

/** Allocate the two regions. Thread: the test's. */
void td_mem_init(struct td_mem *mem);
void td_mem_fini(struct td_mem *mem);

/** Where guest byte gpa is; the run to the region's end is contiguous. */
void *td_ptr(const struct td_mem *mem, uint64_t gpa);

/** Write bytes across the regions' border too. */
void td_write(const struct td_mem *mem, uint64_t gpa, const void *src, uint32_t len);
void td_read(const struct td_mem *mem, uint64_t gpa, void *dst, uint32_t len);

/** Lay ring idx (0, 1, ...) out in memory; its indexes start at index. */
void td_ring_init(struct td_ring *r, const struct td_mem *mem, unsigned int idx, uint16_t index);

/** Offer a chain of n pieces. @return its head. */
uint16_t td_post(struct td_ring *r, const struct td_buf *buf, unsigned int n);

/** Offer a head as it is, right or wrong. */
void td_post_head(struct td_ring *r, uint16_t head);

/** Whether the device returned a chain; takes it. */
bool td_poll(struct td_ring *r, struct vring_used_elem *e);

/** Post frame (behind a zero header of hdr_len bytes, in one piece) at gpa for sending. */
uint16_t td_send(struct td_ring *r, const struct td_mem *mem, uint64_t gpa, const void *frame,
	uint32_t len);

#endif
