/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the driver's half of packed rings. */
#include "test_packed.h"

#include <string.h>

void
pk_ring_init(struct pk_ring *r, const struct td_mem *td, unsigned int idx, uint16_t size)
{
	uint64_t at = TD_GPA0 + idx * 0x4000u;

	memset(r, 0, sizeof(*r));
	r->where = (struct nic_vring){ .desc_gpa = at,
		.avail_gpa = at + 0x3000,
		.used_gpa = at + 0x3100,
		.size = size,
		.base = 0x8000,
		.packed = true };
	r->desc = td_ptr(td, at);
	r->driver = td_ptr(td, r->where.avail_gpa);
	r->device = td_ptr(td, r->where.used_gpa);
	memset(r->desc, 0, 0x4000);
	r->wrap = r->last_wrap = true;
}

static uint16_t
own_flags(bool wrap)
{
	return wrap ? VRING_PACKED_DESC_F_AVAIL : VRING_PACKED_DESC_F_USED;
}

uint16_t
pk_post(struct pk_ring *r, const struct td_buf *buf, unsigned int n)
{
	uint16_t head = r->next, head_flags = 0, id = r->id++ & 0x7fff;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct vring_packed_desc *d = &r->desc[r->next];
		uint16_t flags = buf[i].flags | own_flags(r->wrap);

		flags |= i + 1 < n ? VRING_DESC_F_NEXT : 0;
		d->addr = buf[i].gpa;
		d->len = buf[i].len;
		d->id = i + 1 < n ? 0xdead : id;
		if (i == 0)
			head_flags = flags;
		else
			d->flags = flags;
		if (++r->next == r->where.size) {
			r->next = 0;
			r->wrap = !r->wrap;
		}
	}
	r->n[id] = (uint16_t)n;
	__atomic_store_n(&r->desc[head].flags, head_flags, __ATOMIC_RELEASE);
	return id;
}

bool
pk_poll(struct pk_ring *r, struct vring_packed_desc *d)
{
	*d = r->desc[r->last];
	if ((d->flags & PK_BOTH) != (r->last_wrap ? PK_BOTH : 0))
		return false;
	r->last = (uint16_t)(r->last + r->n[d->id]);
	if (r->last >= r->where.size) {
		r->last = (uint16_t)(r->last - r->where.size);
		r->last_wrap = !r->last_wrap;
	}
	return true;
}

void
pk_up(struct pk_nic *p, uint64_t features, uint16_t size)
{
	test_up(&p->t, 0, 0);
	virtio_vring_ops.vring_stop(p->t.nic, 0);
	virtio_vring_ops.vring_stop(p->t.nic, 1);
	pk_ring_init(&p->to, &p->t.td, 0, size);
	pk_ring_init(&p->from, &p->t.td, 1, size);
	CU_ASSERT_EQUAL(virtio_vring_ops.set_features(p->t.nic, features | VIRTIO_F_RING_PACKED),
		0);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 0, &p->to.where), 0);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 1, &p->from.where), 0);
	CU_ASSERT_EQUAL(p->from.device->flags, VRING_PACKED_EVENT_DISABLE);
	CU_ASSERT_EQUAL(p->t.nic->model->want_kicks(p->t.nic, 0, true), 0);
	CU_ASSERT_EQUAL(p->from.device->flags, VRING_PACKED_EVENT_ENABLE);
	CU_ASSERT_EQUAL(p->t.nic->model->want_kicks(p->t.nic, 0, false), 0);
	CU_ASSERT_EQUAL(p->from.device->flags, VRING_PACKED_EVENT_DISABLE);
}

void
pk_lay_out(struct pk_nic *p, uint64_t gpa, uint32_t len, uint8_t seed)
{
	uint8_t frame[2048];

	test_frame(frame, len, seed);
	memset(td_ptr(&p->t.td, gpa), 0, HDR);
	td_write(&p->t.td, gpa + HDR, frame, len);
}
