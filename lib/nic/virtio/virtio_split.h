/* SPDX-License-Identifier: BSD-3-Clause */
/* The only walker of split descriptor chains, and the ring's index and notification protocol. */
#ifndef NIC_VIRTIO_VIRTIO_SPLIT_H
#define NIC_VIRTIO_VIRTIO_SPLIT_H

#include <errno.h>

#include <rte_branch_prediction.h>
#include <rte_memcpy.h>

#include "gmem/gmem.h"
#include "nic/nic_irq.h"
#include "virtio_net.h"

/** A position in the bytes of one chain. Every step is bounded and checked. */
struct virtio_cursor {
	const struct gmem *mem;
	struct virtio_queue *vq;
	union { /* guest memory, or vq->table */
		const struct vring_desc *table;
		const struct vring_packed_desc *packed_table;
	};
	uint32_t n_table;   /* entries of table */
	uint32_t hops_left; /* descriptors that may still follow */
	uint16_t next;	    /* index in table, when more */
	bool more;	    /* another descriptor follows */
	bool in_table;	    /* table is an indirect one */
	bool write;	    /* direction of the current buffer */
	uint32_t left;	    /* bytes of the current buffer not yet passed */
	uint64_t gpa;	    /* of the next of them */
};

/** Enter the indirect table that d describes. @return 0; -EINVAL; -EFAULT. Thread: D. */
int virtio_cursor_indirect(struct virtio_cursor *c, const struct vring_desc *d);

/** Stand before the first byte of the chain at head (checked: < size). */
static inline void
virtio_cursor_start(struct virtio_cursor *c, const struct gmem *mem, struct virtio_queue *vq,
	uint16_t head)
{
	c->mem = mem;
	c->vq = vq;
	c->table = vq->desc;
	c->n_table = vq->size;
	c->hops_left = vq->size;
	c->next = head;
	c->more = true;
	c->in_table = false;
	c->left = 0;
}

/**
 * Go to the next buffer that has bytes.
 * @return 1; 0 at the end of the chain; -EINVAL (index, loop, flags) or -EFAULT (table unmapped).
 */
static inline int
virtio_cursor_advance(struct virtio_cursor *c)
{
	struct vring_desc d;
	int ret;

	while (c->more) {
		if (unlikely(c->next >= c->n_table || c->hops_left == 0))
			return -EINVAL;
		c->hops_left--;
		d = c->table[c->next]; /* the one read of this descriptor */
		if (d.flags & VRING_DESC_F_INDIRECT) {
			ret = virtio_cursor_indirect(c, &d);
			if (unlikely(ret < 0))
				return ret;
			continue;
		}
		c->more = d.flags & VRING_DESC_F_NEXT;
		c->next = d.next;
		c->write = d.flags & VRING_DESC_F_WRITE;
		c->left = d.len;
		c->gpa = d.addr;
		if (likely(d.len > 0))
			return 1;
	}
	return 0;
}

/**
 * A host pointer to the next bytes.
 * @param n  in: bytes wanted, > 0; out: contiguous bytes there, 1..wanted
 * @return NULL when they are not mapped. The cursor does not move.
 */
static inline uint8_t *
virtio_cursor_ptr(const struct virtio_cursor *c, uint32_t *n)
{
	uint64_t run;
	uint8_t *p = gmem_ptr(c->mem->map, c->gpa, &c->vq->hint, &run);

	*n = RTE_MIN(*n, c->left);
	if (unlikely(run < *n))
		*n = (uint32_t)run;
	return p;
}

/** Pass n bytes (at most c->left). */
static inline void
virtio_cursor_skip(struct virtio_cursor *c, uint32_t n)
{
	c->gpa += n;
	c->left -= n;
}

/**
 * Copy up to *n bytes of the current buffer from it (write false) or into it (true).
 * @param n  in: bytes wanted, > 0; out: bytes copied
 * @return 0; -EFAULT.
 */
static inline int
virtio_cursor_piece(struct virtio_cursor *c, void *buf, uint32_t *n, bool write)
{
	uint8_t *p = virtio_cursor_ptr(c, n);

	if (unlikely(p == NULL))
		return -EFAULT;
	if (write) {
		memcpy(p, buf, *n);
		if (unlikely(c->mem->log != NULL))
			gmem_log_dirty(c->mem, c->gpa, *n);
	} else {
		memcpy(buf, p, *n);
	}
	virtio_cursor_skip(c, *n);
	return 0;
}

/**
 * Copy len bytes that the guest offers for reading (write false) or writing (true).
 * @return 0; -ENOSPC when the chain ends before; -EINVAL, -EFAULT for a malformed one.
 */
int virtio_cursor_copy(struct virtio_cursor *c, void *buf, uint32_t len, bool write);

/** Find a ring's areas in the map as it is now. @return false when they are not there. Thread: C or D. */
bool virtio_queue_find(const struct nic *nic, struct virtio_queue *vq);

/* Whether the region a ring lies in is where and what it was: then so are all pointers into it. */
static inline bool
virtio_queue_at_home(const struct gmem_map *map, const struct virtio_queue *vq)
{
	const struct gmem_region *r;

	if (unlikely(vq->home_at >= map->n))
		return false;
	r = &map->region[vq->home_at];
	return r->gpa == vq->home.gpa && r->len == vq->home.len && r->hva == vq->home.hva;
}

/**
 * Whether a ring can be worked on in this burst. Over PCI memory comes and goes while rings run, so
 * nothing may be remembered from one burst to the next without a look. Thread: C or D.
 */
static inline bool
virtio_queue_usable(const struct nic *nic, struct virtio_queue *vq)
{
	if (unlikely(!vq->running || vq->broken))
		return false;
	if (likely(!vq->pci))
		return true;
	if (unlikely(!virtio_queue_at_home(nic->mem->map, vq)))
		return virtio_queue_find(nic, vq);
	vq->hint = &nic->mem->map->region[vq->home_at];
	return true;
}

/** Tell the driver of a ring that broke, where that can be told. Thread: C or D. */
static inline void
virtio_queue_tell_broken(const struct nic *nic, const struct virtio_queue *vq)
{
	if (vq->pci)
		virtio_pci_config_interrupt(nic);
}

/**
 * Entries the guest made available beyond next_avail; the entries are visible when this returns.
 * A jump of more than the ring's size breaks the queue.
 */
static inline uint16_t
virtio_queue_ready(struct virtio_queue *vq)
{
	uint16_t n =
		(uint16_t)(__atomic_load_n(&vq->avail->idx, __ATOMIC_ACQUIRE) - vq->next_avail);

	if (unlikely(n > vq->size)) {
		__atomic_store_n(&vq->broken, true, __ATOMIC_RELAXED); /* C may look */
		return 0;
	}
	return n;
}

/** The i-th chain head beyond next_avail, as the guest wrote it: check it against size. */
static inline uint16_t
virtio_queue_head(const struct virtio_queue *vq, uint16_t i)
{
	return __atomic_load_n(&vq->avail->ring[(uint16_t)(vq->next_avail + i) & vq->mask],
		__ATOMIC_RELAXED);
}

/** Fill the i-th used entry beyond next_used; not visible to the guest before publishing. */
static inline void
virtio_queue_use(struct virtio_queue *vq, uint16_t i, uint16_t head, uint32_t len)
{
	struct vring_used_elem *e = &vq->used->ring[(uint16_t)(vq->next_used + i) & vq->mask];

	e->id = head;
	e->len = len;
}

/** Mark used entries and index in the dirty log. */
void virtio_queue_log_used(const struct nic *nic, const struct virtio_queue *vq, uint16_t n);

/** Make n used entries visible, once per burst. */
static inline void
virtio_queue_publish(const struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	vq->next_used = (uint16_t)(vq->next_used + n);
	__atomic_store_n(&vq->used->idx, vq->next_used, __ATOMIC_RELEASE);
	if (unlikely(nic->mem->log != NULL))
		virtio_queue_log_used(nic, vq, n);
}

/** 2.7.10.1 the event index test: has event been passed between old and now? */
static inline bool
virtio_event_passed(uint16_t event, uint16_t now, uint16_t old)
{
	return (uint16_t)(now - event - 1) < (uint16_t)(now - old);
}

/** Interrupt the guest. Thread: C or D. */
void virtio_queue_interrupt(const struct nic *nic, const struct virtio_queue *vq);

/** Interrupt the guest if it asked for that since the last time. @return true if done. */
static inline bool
virtio_queue_notify(const struct nic *nic, struct virtio_queue *vq)
{
	uint16_t old = vq->signalled;
	bool wanted;

	/* The used index must be visible before we look whether the guest went to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (vq->event_idx) {
		uint16_t event = __atomic_load_n(&vq->avail->ring[vq->size], __ATOMIC_RELAXED);

		wanted = !vq->signalled_ok || virtio_event_passed(event, vq->next_used, old);
		vq->signalled = vq->next_used;
		vq->signalled_ok = true;
	} else {
		wanted = !(__atomic_load_n(&vq->avail->flags, __ATOMIC_RELAXED) &
			   VRING_AVAIL_F_NO_INTERRUPT);
	}
	if (unlikely(wanted))
		virtio_queue_interrupt(nic, vq);
	return wanted;
}

#endif
