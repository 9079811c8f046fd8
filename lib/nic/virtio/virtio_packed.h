/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed rings: chains, the walker through them, and giving them back. Source: VIRTIO 1.2, 2.8. */
#ifndef NIC_VIRTIO_VIRTIO_PACKED_H
#define NIC_VIRTIO_VIRTIO_PACKED_H

#include "virtio_split.h"

/* Bytes 8 to 15 of a descriptor as one word: length, id, flags. */
typedef uint64_t __attribute__((__may_alias__)) virtio_word;
#define VIRTIO_PACKED_ID(id)	   ((uint64_t)(id) << 32)
#define VIRTIO_PACKED_FLAGS(flags) ((uint64_t)(flags) << 48)

/* Descriptors that are looked at together: those of a cache line. */
#define VIRTIO_PACKED_LINE 4

/** A chain that this burst looked at. We serve in order, so it is given back where it lies. D only. */
struct virtio_packed_chain {
	uint64_t word; /* of its first descriptor, as it was read; with the id of its last */
	uint32_t len;  /* bytes we wrote */
	uint16_t at;   /* its first descriptor */
	uint16_t n;    /* descriptors in the ring */
};

/**
 * Descriptors of the chain that starts where we look.
 * @param word  in: of the first of them; out: with the id of the last
 * @return 0 when it goes on beyond the ring: the queue is broken then.
 */
uint16_t virtio_packed_measure(struct virtio_queue *vq, uint64_t *word);

/** Start looking where the last burst ended. */
static inline void
virtio_packed_begin(struct virtio_queue *vq)
{
	vq->ahead = (struct virtio_packed_mark){ .at = vq->next_avail, .wrap = vq->wrap };
}

/** The one read of a descriptor's word; what its chain's driver wrote before can be read after it. */
static inline uint64_t
virtio_packed_word(const struct vring_packed_desc *d)
{
	return __atomic_load_n((const virtio_word *)&d->len, __ATOMIC_ACQUIRE);
}

/** 2.8.1: available are those whose AVAIL is the driver's wrap counter and whose USED is not. */
static inline uint64_t
virtio_packed_available(const struct virtio_queue *vq)
{
	return vq->ahead.wrap ? VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_AVAIL)
			      : VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_USED);
}

/* Look n descriptors further next time. */
static inline void
virtio_packed_advance_look(struct virtio_queue *vq, uint16_t n)
{
	vq->ahead.n = (uint16_t)(vq->ahead.n + n);
	vq->ahead.at = (uint16_t)(vq->ahead.at + n);
	if (unlikely(vq->ahead.at >= vq->size)) {
		vq->ahead.at = (uint16_t)(vq->ahead.at - vq->size);
		vq->ahead.wrap = !vq->ahead.wrap;
	}
}

/**
 * Look at the next chain and note it as the k-th of this burst, k counting from 0 without gaps. No
 * descriptor is looked at twice before a publish, whatever the guest writes there.
 * @return false when there is none.
 */
static inline bool
virtio_packed_look(struct virtio_queue *vq, uint16_t k)
{
	uint16_t at = vq->ahead.at, n = 1;
	uint64_t word;

	if (unlikely(vq->ahead.n >= vq->size))
		return false;
	word = virtio_packed_word(&vq->packed_desc[at]);
	if (((word ^ virtio_packed_available(vq)) &
		    VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED)) != 0)
		return false;
	if (unlikely(word & VIRTIO_PACKED_FLAGS(VRING_DESC_F_NEXT))) {
		n = virtio_packed_measure(vq, &word);
		if (unlikely(n == 0))
			return false;
	}
	vq->chain[k] = (struct virtio_packed_chain){ .word = word, .at = at, .n = n };
	virtio_packed_advance_look(vq, n);
	return true;
}

/**
 * virtio_packed_look() at a line of the ring, if it holds as many chains as descriptors.
 * @return false: nothing was noted.
 */
static inline bool
virtio_packed_look_line(struct virtio_queue *vq, uint16_t k)
{
	uint64_t word[VIRTIO_PACKED_LINE], differs = 0, available = virtio_packed_available(vq);
	uint16_t i, at = vq->ahead.at;

	if (at % VIRTIO_PACKED_LINE != 0 || at + VIRTIO_PACKED_LINE > vq->size ||
		vq->ahead.n + VIRTIO_PACKED_LINE > vq->size)
		return false;
	for (i = 0; i < VIRTIO_PACKED_LINE; i++) {
		word[i] = virtio_packed_word(&vq->packed_desc[at + i]);
		differs |= word[i] ^ available;
	}
	if (differs & VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED |
					  VRING_DESC_F_NEXT))
		return false;
	for (i = 0; i < VIRTIO_PACKED_LINE; i++)
		vq->chain[k + i] = (struct virtio_packed_chain){
			.word = word[i],
			.at = (uint16_t)(at + i),
			.n = 1,
		};
	virtio_packed_advance_look(vq, VIRTIO_PACKED_LINE);
	return true;
}

/** Begin a burst and look at up to n chains. @return those there are. */
static inline uint16_t
virtio_packed_look_all(struct virtio_queue *vq, uint16_t n)
{
	uint16_t k = 0;

	virtio_packed_begin(vq);
	while (k < n) {
		if (n - k >= VIRTIO_PACKED_LINE && virtio_packed_look_line(vq, k))
			k = (uint16_t)(k + VIRTIO_PACKED_LINE);
		else if (virtio_packed_look(vq, k))
			k++;
		else
			break;
	}
	return k;
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

/** Mark the first n used descriptors of this burst in the dirty log. */
void virtio_packed_log_used(const struct nic *nic, const struct virtio_queue *vq, uint16_t n);

/* The word of a used descriptor. 2.8.1: both flags are the wrap counter that the available one had. */
static inline uint64_t
virtio_packed_used(const struct virtio_packed_chain *ch)
{
	const uint64_t avail = VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_AVAIL);
	uint64_t word = ch->word & (VIRTIO_PACKED_ID(UINT16_MAX) | avail);

	word |= (word & avail) * (VRING_PACKED_DESC_F_USED / VRING_PACKED_DESC_F_AVAIL);
	word |= (uint64_t)(ch->len > 0) * VIRTIO_PACKED_FLAGS(VRING_DESC_F_WRITE);
	return word | ch->len;
}

/**
 * Give the first n (> 0) chains of this burst back. The driver goes on at the first of them, so that one
 * is written last and shows them all at once.
 */
static inline void
virtio_packed_publish(const struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	const struct virtio_packed_chain *first = vq->chain, *ch, *last = first + n - 1;
	struct vring_packed_desc *ring = vq->packed_desc;

	for (ch = first + 1; ch <= last; ch++)
		__atomic_store_n((virtio_word *)&ring[ch->at].len, virtio_packed_used(ch),
			__ATOMIC_RELAXED);
	vq->wrap = (last->word & VIRTIO_PACKED_FLAGS(VRING_PACKED_DESC_F_AVAIL)) != 0;
	vq->next_avail = (uint16_t)(last->at + last->n);
	if (unlikely(vq->next_avail >= vq->size)) {
		vq->next_avail = (uint16_t)(vq->next_avail - vq->size);
		vq->wrap = !vq->wrap;
	}
	vq->next_used = vq->next_avail;
	__atomic_store_n((virtio_word *)&ring[first->at].len, virtio_packed_used(first),
		__ATOMIC_RELEASE);
	if (unlikely(nic->mem->log != NULL))
		virtio_packed_log_used(nic, vq, n);
}

/** 2.8.14 the test of the driver's event descriptor: has it been passed since next_used was old? */
bool virtio_packed_event_passed(const struct virtio_queue *vq, uint16_t old);

/** As virtio_queue_notify(). */
static inline bool
virtio_packed_notify(const struct nic *nic, struct virtio_queue *vq)
{
	uint16_t flags;
	bool wanted;

	/* The used flags must be visible before we look whether the guest went to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = __atomic_load_n(&vq->driver_event->flags, __ATOMIC_ACQUIRE);
	flags &= VRING_PACKED_EVENT_FLAGS;
	wanted = flags != VRING_PACKED_EVENT_DISABLE;
	if (flags == VRING_PACKED_EVENT_DESC && vq->event_idx && vq->signalled_ok)
		wanted = virtio_packed_event_passed(vq, vq->signalled);
	vq->signalled = vq->next_used;
	vq->signalled_ok = true;
	if (unlikely(wanted))
		virtio_queue_interrupt(nic, vq);
	return wanted;
}

#endif
