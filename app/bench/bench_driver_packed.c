/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio-net driver with packed rings. Source: Virtual I/O Device (VIRTIO) 1.2, 2.8 (packed virtqueues)
 * and 5.1.6 (network device operation); layouts from the kernel's <linux/virtio_ring.h>.
 */
#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "bench_driver.h"
#include "nic/nic.h"

#define HDR	   sizeof(struct virtio_net_hdr_v1)
#define FLAG_AVAIL (1u << VRING_PACKED_DESC_F_AVAIL)
#define FLAG_USED  (1u << VRING_PACKED_DESC_F_USED)

/*
 * One virtqueue. next and seen count up and the size is a power of two, so that a count tells slot and
 * wrap counter. A chain is one descriptor, hence what is used in a slot frees that slot; the id that the
 * device left in it says which buffer.
 */
struct drv_packed {
	struct vring_packed_desc *desc;
	const struct vring_packed_desc_event *device; /* what it wants to be told */
	struct bench_memory *mem;
	uint8_t *buf;
	uint16_t size, next, seen;
	uint16_t write; /* VRING_DESC_F_WRITE, or 0 */
};

struct drv_packed_nic {
	struct drv_packed rx, tx;
};

static uint64_t
packed_memory(uint16_t ring)
{
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_STRIDE + sizeof(struct vring_packed_desc)) +
			   UINT64_C(4) * 4096);
}

/* 2.8.1: both wrap counters begin at 1. */
static bool
packed_wrap(const struct drv_packed *q, uint16_t count)
{
	return (count & q->size) == 0;
}

static uint8_t *
packed_buf(const struct drv_packed *q, uint16_t id)
{
	return q->buf + (size_t)id * BENCH_DRIVER_STRIDE;
}

/* The slot of a count. */
static struct vring_packed_desc *
packed_slot(const struct drv_packed *q, uint16_t count)
{
	return &q->desc[count & (q->size - 1)];
}

/* Which buffer a slot names; a device's wrong id is one of ours all the same: the frame tells that it is wrong. */
static uint16_t
packed_id(const struct drv_packed *q, uint16_t count)
{
	return rte_le_to_cpu_16(packed_slot(q, count)->id) & (q->size - 1);
}

/* Make the next slot available, with the buffer that its id names. */
static void
packed_give(struct drv_packed *q, uint32_t len)
{
	struct vring_packed_desc *d = packed_slot(q, q->next);
	uint16_t flags = packed_wrap(q, q->next) ? FLAG_AVAIL : FLAG_USED;

	d->addr = rte_cpu_to_le_64(bench_memory_gpa(q->mem, packed_buf(q, packed_id(q, q->next))));
	d->len = rte_cpu_to_le_32(len);
	__atomic_store_n(&d->flags, rte_cpu_to_le_16(flags | q->write), __ATOMIC_RELEASE);
	q->next++;
}

/* Whether the slot of a count was used. */
static bool
packed_is_used(const struct drv_packed *q, uint16_t count)
{
	const uint16_t both = FLAG_AVAIL | FLAG_USED;
	uint16_t flags =
		rte_le_to_cpu_16(__atomic_load_n(&packed_slot(q, count)->flags, __ATOMIC_ACQUIRE));

	return (flags & both) == (packed_wrap(q, count) ? both : 0);
}

static int
packed_queue(struct drv_packed *q, struct bench_memory *m, struct bench_device *dev, uint16_t idx)
{
	struct nic_vring where = { .size = q->size,
		.packed = true,
		.base = 1u << VRING_PACKED_EVENT_F_WRAP_CTR };
	struct vring_packed_desc_event *driver;
	uint16_t i;

	q->mem = m;
	q->write = idx % 2 == 0 ? VRING_DESC_F_WRITE : 0;
	q->desc = bench_memory_take(m, q->size * sizeof(*q->desc));
	driver = bench_memory_take(m, sizeof(*driver));
	q->device = bench_memory_take(m, sizeof(*q->device));
	q->buf = bench_memory_take(m, (uint64_t)q->size * BENCH_DRIVER_STRIDE);
	driver->flags = rte_cpu_to_le_16(VRING_PACKED_EVENT_FLAG_DISABLE); /* we poll */
	for (i = 0; i < q->size; i++)
		q->desc[i].id = rte_cpu_to_le_16(i);
	where.desc_gpa = bench_memory_gpa(m, q->desc);
	where.avail_gpa = bench_memory_gpa(m, driver);
	where.used_gpa = bench_memory_gpa(m, q->device);
	return dev->vring(dev, idx, &where);
}

static int
packed_start(void *state, struct bench_device *dev, struct bench_memory *m,
	const struct bench_pair *pair)
{
	const uint64_t want = UINT64_C(1) << VIRTIO_F_VERSION_1 |
			      UINT64_C(1) << VIRTIO_F_RING_PACKED |
			      UINT64_C(1) << VIRTIO_NET_F_MRG_RXBUF;
	struct drv_packed_nic *v = state;
	int ret = 0;

	v->rx.size = v->tx.size = pair->ring;
	if (pair->index == 0)
		ret = dev->set_features(dev, want & dev->features(dev));
	if (ret == 0)
		ret = packed_queue(&v->rx, m, dev, (uint16_t)(2 * pair->index));
	if (ret == 0)
		ret = packed_queue(&v->tx, m, dev, (uint16_t)(2 * pair->index + 1));
	if (ret < 0)
		return ret;
	bench_memory_fill(v->tx.buf, pair->ring, HDR);
	while (v->rx.next < pair->ring)
		packed_give(&v->rx, BENCH_DRIVER_BUF);
	return 0;
}

static uint16_t
packed_claim(void *state, uint8_t **frame, uint16_t n)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->tx;
	uint16_t room = (uint16_t)(q->seen + q->size - q->next), i;

	for (; room < n && q->seen != q->next && packed_is_used(q, q->seen); room++)
		q->seen++;
	n = RTE_MIN(n, room);
	for (i = 0; i < n; i++) {
		frame[i] = packed_buf(q, packed_id(q, q->next + i)) + HDR;
		bench_driver_fetch_own(frame[i]);
	}
	return n;
}

static void
packed_submit(void *state, uint16_t n, uint16_t len)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->tx;

	for (; n > 0; n--)
		packed_give(q, (uint32_t)HDR + len);
}

/* 2.8.10: after the flags of the slots have been written. */
static bool
packed_wants_kick(const void *state)
{
	const struct drv_packed *q = &((const struct drv_packed_nic *)state)->tx;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return rte_le_to_cpu_16(__atomic_load_n(&q->device->flags, __ATOMIC_RELAXED)) !=
	       VRING_PACKED_EVENT_FLAG_DISABLE;
}

static uint16_t
packed_look(void *state, struct bench_view *view, uint16_t n)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->rx;
	uint16_t i;

	for (i = 0; i < n && packed_is_used(q, q->seen + i); i++) {
		view[i].data = packed_buf(q, packed_id(q, q->seen + i)) + HDR;
		view[i].len = (uint16_t)(rte_le_to_cpu_32(packed_slot(q, q->seen + i)->len) - HDR);
		bench_driver_fetch(view[i].data);
	}
	return i;
}

/* All buffers are always in the ring: the slot that was used is the next to fill. */
static void
packed_release(void *state, uint16_t n)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->rx;

	for (q->seen += n; n > 0; n--)
		packed_give(q, BENCH_DRIVER_BUF);
}

const struct bench_driver bench_driver_packed = {
	.model = "virtio-net",
	.packed = true,
	.max_ring = 4096,
	.memory = packed_memory,
	.start = packed_start,
	.claim = packed_claim,
	.submit = packed_submit,
	.wants_kick = packed_wants_kick,
	.look = packed_look,
	.release = packed_release,
	.state_size = sizeof(struct drv_packed_nic),
};
