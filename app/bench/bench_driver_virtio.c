/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio-net driver with split rings. Source: Virtual I/O Device (VIRTIO) 1.2, 2.7 (split virtqueues)
 * and 5.1.6 (network device operation); layouts from the kernel's <linux/virtio_ring.h>.
 */
#include <errno.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include <rte_common.h>

#include "bench_driver.h"
#include "nic/nic.h"

#define HDR sizeof(struct virtio_net_hdr_v1)

/*
 * One virtqueue. Rings are written only where they change: what a device only reads stays in its cache, and
 * when it works in order, its descriptors and what is available are the same in each round.
 */
struct drv_queue {
	struct vring_desc *desc;
	struct vring_avail *avail;
	struct vring_used *used;
	uint8_t *buf;
	uint16_t size, next, seen; /* entries; available and used indexes of ours */
};

struct drv_virtio {
	struct drv_queue rx, tx;
};

static uint64_t
virtio_memory(uint16_t ring)
{
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_STRIDE + 16 + 2 + 8) + UINT64_C(4) * 4096);
}

/* Descriptor i always has buffer i. A device's wrong id is one of ours all the same: the frame tells that it is wrong. */
static uint8_t *
queue_buf(const struct drv_queue *q, uint16_t id)
{
	return q->buf + (size_t)(id & (q->size - 1)) * BENCH_DRIVER_STRIDE;
}

static uint16_t *
queue_slot(struct drv_queue *q, uint16_t count)
{
	return &q->avail->ring[count & (q->size - 1)];
}

static const struct vring_used_elem *
queue_used(const struct drv_queue *q, uint16_t count)
{
	return &q->used->ring[count & (q->size - 1)];
}

static void
queue_make_available(struct drv_queue *q, uint16_t count, uint16_t id)
{
	uint16_t *slot = queue_slot(q, count);

	id &= q->size - 1;
	if (*slot != id)
		*slot = id;
}

static int
queue_start(struct drv_queue *q, struct bench_memory *m, struct bench_device *dev, uint16_t idx)
{
	struct nic_vring where = { .size = q->size };
	uint16_t i;

	q->desc = bench_memory_take(m, q->size * sizeof(*q->desc));
	q->avail = bench_memory_take(m,
		sizeof(*q->avail) + (q->size + UINT64_C(1)) * sizeof(uint16_t));
	q->used = bench_memory_take(m,
		sizeof(*q->used) + q->size * sizeof(struct vring_used_elem) + sizeof(uint16_t));
	q->buf = bench_memory_take(m, (uint64_t)q->size * BENCH_DRIVER_STRIDE);
	q->avail->flags = VRING_AVAIL_F_NO_INTERRUPT; /* we poll */
	for (i = 0; i < q->size; i++) {
		q->desc[i].addr = bench_memory_gpa(m, queue_buf(q, i));
		q->desc[i].len = BENCH_DRIVER_BUF;
		q->desc[i].flags = idx % 2 == 0 ? VRING_DESC_F_WRITE : 0;
		q->avail->ring[i] = i;
	}
	where.desc_gpa = bench_memory_gpa(m, q->desc);
	where.avail_gpa = bench_memory_gpa(m, q->avail);
	where.used_gpa = bench_memory_gpa(m, q->used);
	return dev->vring(dev, idx, &where);
}

static int
virtio_start(void *state, struct bench_device *dev, struct bench_memory *m,
	const struct bench_pair *pair)
{
	const uint64_t want = UINT64_C(1) << VIRTIO_F_VERSION_1 |
			      UINT64_C(1) << VIRTIO_NET_F_MRG_RXBUF |
			      UINT64_C(1) << VIRTIO_RING_F_INDIRECT_DESC;
	struct drv_virtio *v = state;
	int ret = 0;

	v->rx.size = v->tx.size = pair->ring;
	if (pair->index == 0)
		ret = dev->set_features(dev, want & dev->features(dev));
	if (ret == 0)
		ret = queue_start(&v->rx, m, dev, (uint16_t)(2 * pair->index));
	if (ret == 0)
		ret = queue_start(&v->tx, m, dev, (uint16_t)(2 * pair->index + 1));
	if (ret < 0)
		return ret;
	bench_memory_fill(v->tx.buf, pair->ring, HDR);
	v->rx.next = pair->ring;
	__atomic_store_n(&v->rx.avail->idx, pair->ring, __ATOMIC_RELEASE);
	return 0;
}

/*
 * Buffers come back in any order, but all of one call of ours before its slots are needed again: slot
 * next % size is free when that many were used. Which descriptor it names was left there by this.
 */
static void
virtio_reclaim(struct drv_queue *q)
{
	uint16_t used = __atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE);

	for (; q->seen != used; q->seen++)
		queue_make_available(q, q->seen, (uint16_t)queue_used(q, q->seen)->id);
}

static uint16_t
virtio_claim(void *state, uint8_t **frame, uint16_t n)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->tx;
	uint16_t room = (uint16_t)(q->seen + q->size - q->next), i;

	if (room < n) {
		virtio_reclaim(q);
		room = (uint16_t)(q->seen + q->size - q->next);
	}
	n = RTE_MIN(n, room);
	for (i = 0; i < n; i++) {
		frame[i] = queue_buf(q, *queue_slot(q, q->next + i)) + HDR;
		bench_driver_fetch_own(frame[i]);
	}
	return n;
}

static void
virtio_submit(void *state, uint16_t n, uint16_t len)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->tx;
	uint32_t all = (uint32_t)HDR + len;

	for (; n > 0; n--) {
		struct vring_desc *d = &q->desc[*queue_slot(q, q->next++)];

		if (d->len != all)
			d->len = all;
	}
	__atomic_store_n(&q->avail->idx, q->next, __ATOMIC_RELEASE);
}

/* 2.7.10: after the index has been written. */
static bool
virtio_wants_kick(const void *state)
{
	const struct drv_queue *q = &((const struct drv_virtio *)state)->tx;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return (__atomic_load_n(&q->used->flags, __ATOMIC_RELAXED) & VRING_USED_F_NO_NOTIFY) == 0;
}

static uint16_t
virtio_look(void *state, struct bench_view *view, uint16_t n)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->rx;
	uint16_t all = (uint16_t)(__atomic_load_n(&q->used->idx, __ATOMIC_ACQUIRE) - q->seen), i;

	n = RTE_MIN(n, all);
	for (i = 0; i < n; i++) {
		const struct vring_used_elem *e = queue_used(q, q->seen + i);

		view[i].data = queue_buf(q, (uint16_t)e->id) + HDR;
		view[i].len = (uint16_t)(e->len - HDR);
		bench_driver_fetch(view[i].data);
	}
	return n;
}

static void
virtio_release(void *state, uint16_t n)
{
	struct drv_queue *q = &((struct drv_virtio *)state)->rx;

	for (; n > 0; n--)
		queue_make_available(q, q->next++, (uint16_t)queue_used(q, q->seen++)->id);
	__atomic_store_n(&q->avail->idx, q->next, __ATOMIC_RELEASE);
}

const struct bench_driver bench_driver_virtio = {
	.model = "virtio-net",
	.max_ring = 4096,
	.memory = virtio_memory,
	.start = virtio_start,
	.claim = virtio_claim,
	.submit = virtio_submit,
	.wants_kick = virtio_wants_kick,
	.look = virtio_look,
	.release = virtio_release,
	.state_size = sizeof(struct drv_virtio),
};
