/* SPDX-License-Identifier: BSD-3-Clause */
/* The driver's half of virtio rings, as quick and plain as can be: it is not what is measured. */
#include "perf_guest.h"

#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "nic/virtio/virtio_net.h"
#include "transport/loop/loop_transport.h"

#define PERF_FEATURES (VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MRG_RXBUF)
#define PERF_HDR_LEN  sizeof(struct virtio_net_hdr)
#define PERF_OWNED    (VRING_PACKED_DESC_F_AVAIL | VRING_PACKED_DESC_F_USED)

static void
perf_on_link(void *ctx, bool up)
{
}

static void
perf_on_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events perf_events = { perf_on_link, perf_on_announce };

static uint32_t
perf_desc_len(const struct perf_guest *p, unsigned int idx)
{
	return idx == 0 ? PERF_BUF_LEN : (uint32_t)(PERF_HDR_LEN + p->frame_len);
}

/* Descriptors and buffers of a ring; interrupts are off. */
static struct nic_vring
perf_ring_init(struct perf_guest *p, unsigned int idx)
{
	struct perf_ring *r = &p->ring[idx];
	struct nic_vring where = { .desc_gpa = PERF_RING(idx),
		.avail_gpa = PERF_RING(idx) + 0x4000,
		.used_gpa = PERF_RING(idx) + 0x6000,
		.size = PERF_DESCS,
		.packed = p->packed,
		.base = p->packed ? 0x8000 : 0 };
	unsigned int i;

	r->desc = perf_at(p->hva, where.desc_gpa);
	r->avail = perf_at(p->hva, where.avail_gpa);
	r->used = perf_at(p->hva, where.used_gpa);
	for (i = 0; i < PERF_DESCS; i++) {
		uint8_t *buf = perf_at(p->hva, perf_buf(idx, i));

		if (idx == 1)
			perf_frame(buf + PERF_HDR_LEN, p->frame_len, 0);
		if (p->packed)
			continue;
		r->desc[i] = (struct vring_desc){ perf_buf(idx, i), perf_desc_len(p, idx),
			idx == 0 ? VRING_DESC_F_WRITE : 0, 0 };
		r->avail->ring[i] = (uint16_t)i;
	}
	if (p->packed)
		((struct vring_packed_event *)r->avail)->flags = 1; /* RING_EVENT_FLAGS_DISABLE */
	else
		r->avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	return where;
}

bool
perf_guest_open(struct perf_guest *p, const char *name, bool packed, uint16_t frame_len)
{
	struct guest_conf conf = {
		.model = nic_model_find("virtio-net"),
		.transport = "loop",
		.nic = { .n_queues = 1,
			.features_mask = UINT64_MAX,
			.carry = true,
			.packed = packed },
	};
	struct nic_vring where;
	unsigned int i;

	strncat(conf.nic.name, name, sizeof(conf.nic.name) - 1);
	p->packed = packed;
	p->frame_len = frame_len;
	p->hva = aligned_alloc(4096, PERF_MEM_LEN);
	p->g = guest_create(&conf, &perf_events, p);
	if (p->g == NULL || p->hva == NULL)
		return false;
	memset(p->hva, 0, PERF_MEM_LEN);
	p->tr = guest_transport(p->g);
	guest_set_pool(p->g, 0, perf_pool);
	guest_set_running(p->g, true);
	loop_connect(p->tr);
	if (loop_set_features(p->tr, PERF_FEATURES | (packed ? VIRTIO_F_RING_PACKED : 0)) < 0 ||
		loop_mem_add(p->tr, PERF_GPA, PERF_MEM_LEN, p->hva) < 0)
		return false;
	for (i = 0; i < 2; i++) {
		where = perf_ring_init(p, i);
		if (loop_vring_start(p->tr, (uint16_t)i, &where) < 0)
			return false;
	}
	return true;
}

void
perf_guest_close(struct perf_guest *p)
{
	guest_destroy(p->g);
	free(p->hva);
}

void
perf_guest_post(struct perf_guest *p, unsigned int idx, uint16_t n)
{
	struct perf_ring *r = &p->ring[idx];
	uint16_t i;

	for (i = 0; i < n && p->packed; i++) {
		uint16_t at = (uint16_t)(r->posted + i) % PERF_DESCS;
		bool wrap = (uint16_t)(r->posted + i) / PERF_DESCS % 2 == 0;

		r->packed_desc[at] = (struct vring_packed_desc){ perf_buf(idx, at),
			perf_desc_len(p, idx), at,
			(uint16_t)((wrap ? VRING_PACKED_DESC_F_AVAIL : VRING_PACKED_DESC_F_USED) |
				   (idx == 0 ? VRING_DESC_F_WRITE : 0)) };
	}
	r->posted = (uint16_t)(r->posted + n);
	if (!p->packed)
		__atomic_store_n(&r->avail->idx, r->posted, __ATOMIC_RELEASE);
}

bool
perf_guest_got_all(const struct perf_guest *p, unsigned int idx)
{
	const struct perf_ring *r = &p->ring[idx];
	uint16_t last = (uint16_t)(r->posted - 1), flags;

	if (!p->packed)
		return r->used->idx == r->posted;
	flags = r->packed_desc[last % PERF_DESCS].flags & PERF_OWNED;
	return flags == (last / PERF_DESCS % 2 == 0 ? PERF_OWNED : 0);
}

/* The frame in buffer k of ring idx. */
static uint8_t *
perf_guest_at(const struct perf_guest *p, unsigned int idx, uint16_t k)
{
	return (uint8_t *)perf_at(p->hva, perf_buf(idx, k % PERF_DESCS)) + PERF_HDR_LEN;
}

const uint8_t *
perf_guest_frame(const struct perf_guest *p)
{
	return perf_guest_at(p, 0, (uint16_t)(p->ring[0].posted - 1));
}

void
perf_guest_address(struct perf_guest *p, uint16_t k, uint8_t to)
{
	perf_guest_at(p, 1, k)[5] = to;
}

bool
perf_guest_got(const struct perf_guest *p, uint16_t k, uint8_t to)
{
	const struct perf_ring *r = &p->ring[0];
	const struct vring_used_elem *e = &r->used->ring[k % PERF_DESCS];
	const uint8_t *frame = perf_guest_at(p, 0, k);

	if ((uint16_t)(r->used->idx - k - 1) >= PERF_DESCS || e->id != k % PERF_DESCS ||
		e->len != PERF_HDR_LEN + p->frame_len)
		return false;
	return frame[5] == to && perf_is_frame(frame, p->frame_len);
}
