/* SPDX-License-Identifier: BSD-3-Clause */
/* The less frequent steps of packed rings: long chains, tables, giving back, notifications. */
#include "virtio_packed.h"

uint16_t
virtio_packed_measure(struct virtio_queue *vq, uint64_t *word)
{
	uint64_t first = *word, last = first;
	uint16_t at = vq->ahead.at, n = 1;

	while (last & VIRTIO_PACKED_FLAGS(VRING_DESC_F_NEXT)) {
		if (vq->ahead.n + n >= vq->size) {
			__atomic_store_n(&vq->broken, true, __ATOMIC_RELAXED);
			return 0;
		}
		at = (uint16_t)(at + 1 == vq->size ? 0 : at + 1);
		last = virtio_packed_word(&vq->packed_desc[at]);
		n++;
	}
	*word = (first & ~VIRTIO_PACKED_ID(UINT16_MAX)) | (last & VIRTIO_PACKED_ID(UINT16_MAX));
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
virtio_packed_log_used(const struct nic *nic, const struct virtio_queue *vq, uint16_t n)
{
	const struct virtio_packed_chain *ch;

	if (vq->log_used_gpa == 0)
		return;
	for (ch = vq->chain; ch < vq->chain + n; ch++)
		gmem_log_dirty(nic->mem, vq->gpa[0] + ch->at * sizeof(struct vring_packed_desc),
			sizeof(struct vring_packed_desc));
}

bool
virtio_packed_event_passed(const struct virtio_queue *vq, uint16_t old)
{
	uint16_t event = __atomic_load_n(&vq->driver_event->off_wrap, __ATOMIC_RELAXED);
	uint16_t now = vq->next_used;

	if (now <= old)
		old = (uint16_t)(old - vq->size);
	if (vq->wrap != !!(event & VRING_PACKED_EVENT_WRAP))
		event = (uint16_t)((event & ~VRING_PACKED_EVENT_WRAP) - vq->size);
	else
		event &= (uint16_t)~VRING_PACKED_EVENT_WRAP;
	return virtio_event_passed(event, now, old);
}
