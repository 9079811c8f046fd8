/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the driver's half of split rings. */
#include "test_driver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

void
td_mem_init(struct td_mem *mem)
{
	mem->hva[0] = aligned_alloc(4096, TD_LEN0);
	mem->hva[1] = aligned_alloc(4096, TD_LEN1);
	assert(mem->hva[0] != NULL && mem->hva[1] != NULL);
	memset(mem->hva[0], 0, TD_LEN0);
	memset(mem->hva[1], 0, TD_LEN1);
}

void
td_mem_fini(struct td_mem *mem)
{
	free(mem->hva[0]);
	free(mem->hva[1]);
}

void *
td_ptr(const struct td_mem *mem, uint64_t gpa)
{
	if (gpa >= TD_GPA1)
		return mem->hva[1] + (gpa - TD_GPA1);
	return mem->hva[0] + (gpa - TD_GPA0);
}

void
td_write(const struct td_mem *mem, uint64_t gpa, const void *src, uint32_t len)
{
	const uint8_t *from = src;

	while (len-- > 0)
		*(uint8_t *)td_ptr(mem, gpa++) = *from++;
}

void
td_read(const struct td_mem *mem, uint64_t gpa, void *dst, uint32_t len)
{
	uint8_t *to = dst;

	while (len-- > 0)
		*to++ = *(uint8_t *)td_ptr(mem, gpa++);
}

void
td_ring_init(struct td_ring *r, const struct td_mem *mem, unsigned int idx, uint16_t index)
{
	uint64_t at = TD_GPA0 + idx * 0x4000u;

	memset(r, 0, sizeof(*r));
	r->where = (struct nic_vring){
		.desc_gpa = at,
		.avail_gpa = at + 0x2000,
		.used_gpa = at + 0x3000,
		.size = TD_RING,
		.base = index,
	};
	r->desc = td_ptr(mem, at);
	r->avail = td_ptr(mem, r->where.avail_gpa);
	r->used = td_ptr(mem, r->where.used_gpa);
	memset(r->desc, 0, 0x4000);
	r->avail->idx = index;
	r->used->idx = index;
	r->last_used = index;
}

void
td_post_head(struct td_ring *r, uint16_t head)
{
	uint16_t idx = __atomic_load_n(&r->avail->idx, __ATOMIC_RELAXED);

	__atomic_store_n(&r->avail->ring[idx % r->where.size], head, __ATOMIC_RELAXED);
	__atomic_store_n(&r->avail->idx, (uint16_t)(idx + 1), __ATOMIC_RELEASE);
}

uint16_t
td_post(struct td_ring *r, const struct td_buf *buf, unsigned int n)
{
	uint16_t head = r->next_desc % r->where.size;
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct vring_desc *d = &r->desc[r->next_desc++ % r->where.size];

		d->addr = buf[i].gpa;
		d->len = buf[i].len;
		d->flags = buf[i].flags;
		if (i + 1 < n) {
			d->flags |= VRING_DESC_F_NEXT;
			d->next = r->next_desc % r->where.size;
		}
	}
	td_post_head(r, head);
	return head;
}

bool
td_poll(struct td_ring *r, struct vring_used_elem *e)
{
	if (__atomic_load_n(&r->used->idx, __ATOMIC_ACQUIRE) == r->last_used)
		return false;
	*e = r->used->ring[r->last_used++ % r->where.size];
	return true;
}

uint16_t
td_send(struct td_ring *r, const struct td_mem *mem, uint64_t gpa, const void *frame, uint32_t len)
{
	static const struct virtio_net_hdr hdr;
	struct td_buf buf = { gpa, (uint32_t)sizeof(hdr) + len, 0 };

	td_write(mem, gpa, &hdr, sizeof(hdr));
	td_write(mem, gpa + sizeof(hdr), frame, len);
	return td_post(r, &buf, 1);
}
