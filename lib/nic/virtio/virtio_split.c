/* SPDX-License-Identifier: BSD-3-Clause */
/* The less frequent steps of split rings: indirect tables, split copies, notifications. */
#include "virtio_split.h"

#include <stddef.h>

int
virtio_cursor_indirect(struct virtio_cursor *c, const struct vring_desc *d)
{
	uint32_t n = d->len / sizeof(struct vring_desc);
	uint64_t run;
	const uint8_t *table;

	/* 2.7.5.3.1: no table inside a table, none that goes on; whole entries only. */
	if (!c->vq->indirect || c->in_table || (d->flags & VRING_DESC_F_NEXT))
		return -EINVAL;
	if (n == 0 || n > VIRTIO_MAX_CHAIN || d->len % sizeof(struct vring_desc) != 0)
		return -EINVAL;
	table = gmem_ptr(c->mem->map, d->addr, &c->vq->hint, &run);
	if (table == NULL || run < d->len || d->addr % _Alignof(struct vring_desc) != 0) {
		if (gmem_read(c->mem, d->addr, c->vq->table, d->len) < 0)
			return -EFAULT;
		table = (const uint8_t *)c->vq->table;
	}
	c->table = (const struct vring_desc *)table;
	c->n_table = n;
	c->hops_left = n;
	c->next = 0;
	c->in_table = true;
	return 0;
}

int
virtio_cursor_copy(struct virtio_cursor *c, void *buf, uint32_t len, bool write)
{
	uint8_t *at = buf;

	while (len > 0) {
		uint32_t n = len;
		int ret = c->left > 0 ? 1 : virtio_cursor_advance(c);

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
virtio_queue_log_used(const struct nic *nic, const struct virtio_queue *vq, uint16_t n)
{
	uint16_t i;

	if (vq->log_used_gpa == 0)
		return;
	for (i = 0; i < n; i++) {
		uint16_t at = (uint16_t)(vq->next_used - n + i) & vq->mask;

		gmem_log_dirty(nic->mem,
			vq->log_used_gpa + offsetof(struct vring_used, ring) +
				at * sizeof(struct vring_used_elem),
			sizeof(struct vring_used_elem));
	}
	gmem_log_dirty(nic->mem, vq->log_used_gpa, offsetof(struct vring_used, ring));
}

void
virtio_queue_interrupt(const struct nic *nic, const struct virtio_queue *vq)
{
	if (vq->pci)
		virtio_pci_interrupt(nic, vq->irq_vec, VIRTIO_ISR_QUEUE);
	else
		nic_irq_raise(nic, vq->irq_vec);
}
