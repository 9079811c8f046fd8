/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed rings: chains, the walker through them, and giving them back. Source: VIRTIO 1.2, 2.8. */
#ifndef NIC_VIRTIO_VIRTIO_PACKED_H
#define NIC_VIRTIO_VIRTIO_PACKED_H

#include "virtio_split.h"

/** A chain that this burst looked at. We serve in order, so it is given back where it lies. D only. */
struct virtio_packed_chain {
	uint32_t len;	/* bytes we wrote */
	uint16_t at;	/* its first descriptor */
	uint16_t n;	/* descriptors in the ring */
	uint16_t id;	/* the driver's name of it */
	uint16_t flags; /* that mark it used */
};

/**
 * Descriptors of the chain that starts where we look, whose first one has these flags.
 * @param last  out: the last of them
 * @return 0 when it goes on beyond the ring: the queue is broken then.
 */
uint16_t virtio_packed_measure(struct virtio_queue *vq, uint16_t flags, uint16_t *last);

/** Start looking where the last burst ended. */
static inline void
virtio_packed_begin(struct virtio_queue *vq)
{
	vq->ahead = (struct virtio_packed_mark){ .at = vq->next_avail, .wrap = vq->wrap };
}

/**
 * Look at the next chain and note it as the k-th of this burst, k counting from 0 without gaps. No
 * descriptor is looked at twice before a publish, whatever the guest writes there.
 * @return false when there is none.
 */
static inline bool
virtio_packed_look(struct virtio_queue *vq, uint16_t k)
{
	uint16_t at = vq->ahead.at, last = at, n = 1, used, flags;

	if (unlikely(vq->ahead.n >= vq->size))
		return false;
	used = vq->ahead.wrap ? VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED : 0;
	flags = __atomic_load_n(&vq->packed_desc[at].flags, __ATOMIC_ACQUIRE);
	/* 2.8.1: available are those whose AVAIL is the driver's wrap counter and USED is not. */
	if (((flags ^ used) & (VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED)) !=
		VRING_PACKED_DESC_F_USED)
		return false;
	if (flags & VRING_DESC_F_NEXT) {
		n = virtio_packed_measure(vq, flags, &last);
		if (unlikely(n == 0))
			return false;
	}
	vq->chain[k] = (struct virtio_packed_chain){
		.at = at,
		.n = n,
		.id = vq->packed_desc[last].id,
		.flags = used,
	};
	vq->ahead.n = (uint16_t)(vq->ahead.n + n);
	vq->ahead.at = (uint16_t)(at + n);
	if (vq->ahead.at >= vq->size) {
		vq->ahead.at = (uint16_t)(vq->ahead.at - vq->size);
		vq->ahead.wrap = !vq->ahead.wrap;
	}
	return true;
}

/** Stand before the first byte of the k-th chain of this burst. */
static inline void
virtio_packed_start(struct virtio_cursor *c, const struct gmem *mem, struct virtio_queue *vq,
	uint16_t k)
{
	c->mem = mem;
	c->vq = vq;
	c->packed_table = vq->packed_desc;
	c->n_table = vq->size;
	c->hops_left = vq->chain[k].n;
	c->next = vq->chain[k].at;
	c->more = true;
	c->in_table = false;
	c->left = 0;
}

/** Enter the indirect table that d describes. @return 0; -EINVAL; -EFAULT. */
int virtio_packed_indirect(struct virtio_cursor *c, const struct vring_packed_desc *d);

/** As virtio_cursor_advance(). */
static inline int
virtio_packed_advance(struct virtio_cursor *c)
{
	struct vring_packed_desc d;

	while (c->more) {
		d = c->packed_table[c->next]; /* the one read of this descriptor */
		if (d.flags & VRING_DESC_F_INDIRECT) {
			int ret = virtio_packed_indirect(c, &d);

			if (unlikely(ret < 0))
				return ret;
			continue;
		}
		/* 2.8.7: in a table the number of entries counts, in the ring what we measured. */
		c->more = --c->hops_left > 0;
		c->next++;
		if (c->next >= c->n_table)
			c->next = 0;
		c->write = d.flags & VRING_DESC_F_WRITE;
		c->left = d.len;
		c->gpa = d.addr;
		if (likely(d.len > 0))
			return 1;
	}
	return 0;
}

/** The advance of that kind of ring; packed: a constant where speed counts. */
static inline int
virtio_cursor_next(struct virtio_cursor *c, bool packed)
{
	return packed ? virtio_packed_advance(c) : virtio_cursor_advance(c);
}

/** As virtio_cursor_copy(). */
int virtio_packed_copy(struct virtio_cursor *c, void *buf, uint32_t len, bool write);

/** The copy of that kind of ring. */
static inline int
virtio_cursor_move(struct virtio_cursor *c, void *buf, uint32_t len, bool write, bool packed)
{
	return packed ? virtio_packed_copy(c, buf, len, write)
		      : virtio_cursor_copy(c, buf, len, write);
}

/**
 * virtio_cursor_move() of the header, from the start of a chain: by one load and store when it is in
 * one piece and has its usual length.
 */
static inline int
virtio_cursor_hdr(struct virtio_cursor *c, struct virtio_net_hdr_hash *hdr, uint32_t len,
	bool write, bool packed)
{
	const uint32_t usual = sizeof(hdr->hdr);
	uint32_t n = len;
	uint8_t *p;
	int ret = virtio_cursor_next(c, packed);

	if (unlikely(ret <= 0))
		return ret < 0 ? ret : -ENOSPC;
	p = c->write == write ? virtio_cursor_ptr(c, &n) : NULL;
	if (unlikely(p == NULL || len != usual || n < usual || c->mem->log != NULL))
		return virtio_cursor_move(c, hdr, len, write, packed);
	if (write)
		memcpy(p, hdr, usual);
	else
		memcpy(hdr, p, usual);
	virtio_cursor_skip(c, usual);
	return 0;
}

/** Give the first n chains of this burst back, and look again from there. */
void virtio_packed_publish(const struct nic *nic, struct virtio_queue *vq, uint16_t n);

/** As virtio_queue_notify(). */
bool virtio_packed_notify(const struct nic *nic, struct virtio_queue *vq);

#endif
