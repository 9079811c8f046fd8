/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio-net driver with split rings. Source: Virtual I/O Device (VIRTIO) 1.2, 2.7 (split virtqueues)
 * and 5.1.6 (network device operation); layouts from the kernel's <linux/virtio_ring.h>.
 */
#include <errno.h>
#include <string.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include <rte_common.h>

#include "bench_driver.h"
#include "transport/loop/loop_transport.h"

#define HDR sizeof(struct virtio_net_hdr_v1)

/* One virtqueue whose descriptor i always has buffer i. */
struct drv_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *buf;
	uint16_t size, next, seen; /* entries; available and used indexes of ours */
};

struct drv_virtio {
	struct drv_queue rx, tx;
	uint16_t came_id;
};

static uint64_t
virtio_memory(uint16_t ring)
{
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_BUF + 16 + 2 + 8) + UINT64_C(4) * 4096);
}

static int
virtio_queue(struct drv_queue *q, struct bench_memory *m, struct transport *tr, uint16_t idx,
	uint16_t ring)
{
	struct nic_vring where = { .size = ring };
	uint16_t i;

	q->size = ring;
	q->desc = bench_memory_take(m, ring * sizeof(*q->desc));
	q->avail =
		bench_memory_take(m, sizeof(*q->avail) + (ring + UINT64_C(1)) * sizeof(uint16_t));
	q->used = bench_memory_take(m,
		sizeof(*q->used) + ring * sizeof(struct vring_used_elem) + sizeof(uint16_t));
	q->buf = bench_memory_take(m, (uint64_t)ring * BENCH_DRIVER_BUF);
	q->avail->flags = VRING_AVAIL_F_NO_INTERRUPT; /* we poll */
	for (i = 0; i < ring; i++) {
		q->desc[i].addr = bench_memory_gpa(m, q->buf + (size_t)i * BENCH_DRIVER_BUF);
		q->desc[i].len = BENCH_DRIVER_BUF;
		q->desc[i].flags = idx == 0 ? VRING_DESC_F_WRITE : 0;
		q->avail->ring[i] = i;
	}
	where.desc_gpa = bench_memory_gpa(m, q->desc);
	where.avail_gpa = bench_memory_gpa(m, q->avail);
	where.used_gpa = bench_memory_gpa(m, q->used);
	return loop_vring_start(tr, idx, &where);
}

static int
virtio_start(void *state, struct transport *tr, struct bench_memory *m, uint16_t ring)
{
	const uint64_t want = UINT64_C(1) << VIRTIO_F_VERSION_1 |
			      UINT64_C(1) << VIRTIO_NET_F_MRG_RXBUF |
			      UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC;
	struct drv_virtio *v = state;
	int ret;

	ret = loop_set_features(tr, want & loop_features(tr));
	if (ret == 0)
		ret = virtio_queue(&v->rx, m, tr, 0, ring);
	if (ret == 0)
		ret = virtio_queue(&v->tx, m, tr, 1, ring);
	if (ret < 0)
		return ret;
	v->rx.next = ring;
	__atomic_store_n(&v->rx.avail->idx, ring, __ATOMIC_RELEASE);
	return 0;
}

/* Buffers come back in any order, but all of one call of ours before its slots are needed again: slot
 * next % size is free when that many were used. Which descriptor it names was left there by sent(). */
static uint8_t *
virtio_buffer(void *state)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->tx;
	uint16_t slot = q->next % q->size;

	if ((uint16_t)(q->next - q->seen) == q->size) {
		uint16_t used = __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE);

		if (used == q->seen)
			return NULL;
		for (; q->seen != used; q->seen++)
			q->avail->ring[q->seen % q->size] =
				(uint16_t)q->used->ring[q->seen % q->size].id;
	}
	return q->buf + (size_t)q->avail->ring[slot] * BENCH_DRIVER_BUF + HDR;
}

static void
virtio_sent(void *state, uint16_t len)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->tx;
	uint16_t id = q->avail->ring[q->next % q->size];

	memset(q->buf + (size_t)id * BENCH_DRIVER_BUF, 0, HDR);
	q->desc[id].len = (uint32_t)HDR + len;
	q->next++;
}

static void
virtio_flush(void *state)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->tx;

	__atomic_store_n(&q->avail->idx, q->next, __ATOMIC_RELEASE);
}

static const uint8_t *
virtio_came(void *state, uint16_t *len)
{
	struct drv_virtio *v = state;
	struct drv_queue *q = &v->rx;
	const struct vring_used_elem *e = &q->used->ring[q->seen % q->size];

	if (__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) == q->seen)
		return NULL;
	v->came_id = (uint16_t)e->id;
	*len = (uint16_t)(e->len - HDR);
	return q->buf + (size_t)v->came_id * BENCH_DRIVER_BUF + HDR;
}

static void
virtio_done(void *state)
{
	struct drv_virtio *v = state;
	struct drv_queue *q = &v->rx;

	q->seen++;
	q->avail->ring[q->next++ % q->size] = v->came_id;
}

static void
virtio_refill(void *state)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->rx;

	__atomic_store_n(&q->avail->idx, q->next, __ATOMIC_RELEASE);
}

const struct bench_driver bench_driver_virtio = {
	.model = "virtio-net",
	.max_ring = 4096,
	.memory = virtio_memory,
	.start = virtio_start,
	.buffer = virtio_buffer,
	.sent = virtio_sent,
	.flush = virtio_flush,
	.came = virtio_came,
	.done = virtio_done,
	.refill = virtio_refill,
	.state_size = sizeof(struct drv_virtio),
};
