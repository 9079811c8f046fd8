/* SPDX-License-Identifier: BSD-3-Clause */
/* The less frequent steps of packed rings: long chains, tables, giving back, notifications. */
#include "virtio_packed.h"

uint16_t
virtio_packed_measure(struct virtio_queue *vq, uint16_t flags, uint16_t *last)
{
	uint16_t at = vq->ahead.at, n = 1;

	while (flags & VRING_DESC_F_NEXT) {
		if (vq->ahead.n + n >= vq->size) {
			__atomic_store_n(&vq->broken, true, __ATOMIC_RELAXED);
			return 0;
		}
		at = (uint16_t)(at + 1 == vq->size ? 0 : at + 1);
		flags = __atomic_load_n(&vq->packed_desc[at].flags, __ATOMIC_RELAXED);
		n++;
	}
	*last = at;
	return n;
}

int
virtio_packed_indirect(struct virtio_cursor *c, const struct vring_packed_desc *d)
{
	const struct vring_desc split = { d->addr, d->len, d->flags, 0 };

	/* As in split rings, descriptors may come before a table, but none behind it. */
	return c->hops_left == 1 ? virtio_cursor_indirect(c, &split) : -EINVAL;
}

int
virtio_packed_copy(struct virtio_cursor *c, void *buf, uint32_t len, bool write)
{
	uint8_t *at = buf;

	while (len > 0) {
		uint32_t n = len;
		int ret = c->left > 0 ? 1 : virtio_packed_advance(c);

		if (ret <= 0)
			return ret < 0 ? ret : -ENOSPC;
		if (c->write != write)
			return -EINVAL;
		ret = virtio_cursor_piece(c, at, &n, write);
		if (ret < 0)
			return ret;
		at += n;
		len -= n;
	}
	return 0;
}

void
virtio_packed_publish(const struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	const struct virtio_packed_chain *ch, *end = vq->chain + n;

	for (ch = vq->chain; ch < end; ch++) {
		vq->packed_desc[ch->at].id = ch->id;
		vq->packed_desc[ch->at].len = ch->len;
	}
	/* The driver may look at all that once it sees the flags. */
	__atomic_thread_fence(__ATOMIC_RELEASE);
	for (ch = vq->chain; ch < end; ch++) {
		uint16_t flags = (uint16_t)(ch->flags | (ch->len > 0 ? VRING_DESC_F_WRITE : 0));

		__atomic_store_n(&vq->packed_desc[ch->at].flags, flags, __ATOMIC_RELAXED);
		if (unlikely(nic->mem->log != NULL && vq->log_used_gpa != 0))
			gmem_log_dirty(nic->mem,
				vq->gpa[0] + ch->at * sizeof(struct vring_packed_desc),
				sizeof(struct vring_packed_desc));
	}
	if (n > 0) {
		ch = end - 1;
		vq->wrap = ch->flags != 0;
		vq->next_avail = (uint16_t)(ch->at + ch->n);
		if (vq->next_avail >= vq->size) {
			vq->next_avail = (uint16_t)(vq->next_avail - vq->size);
			vq->wrap = !vq->wrap;
		}
		vq->next_used = vq->next_avail;
	}
	virtio_packed_begin(vq);
}

bool
virtio_packed_notify(const struct nic *nic, struct virtio_queue *vq)
{
	uint16_t old = vq->signalled, now = vq->next_used, event, flags;
	bool wanted;

	/* The used flags must be visible before we look whether the guest went to sleep. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	flags = __atomic_load_n(&vq->driver_event->flags, __ATOMIC_ACQUIRE);
	flags &= VRING_PACKED_EVENT_FLAGS;
	wanted = flags != VRING_PACKED_EVENT_DISABLE;
	if (flags == VRING_PACKED_EVENT_DESC && vq->event_idx && vq->signalled_ok) {
		event = __atomic_load_n(&vq->driver_event->off_wrap, __ATOMIC_RELAXED);
		if (now <= old)
			old = (uint16_t)(old - vq->size);
		if (vq->wrap != !!(event & VRING_PACKED_EVENT_WRAP))
			event = (uint16_t)((event & ~VRING_PACKED_EVENT_WRAP) - vq->size);
		else
			event &= (uint16_t)~VRING_PACKED_EVENT_WRAP;
		wanted = virtio_event_passed(event, now, old);
	}
	vq->signalled = now;
	vq->signalled_ok = true;
	if (wanted)
		virtio_queue_interrupt(nic, vq);
	return wanted;
}
