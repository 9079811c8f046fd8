/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A virtio-net driver with packed rings. Source: Virtual I/O Device (VIRTIO) 1.2, 2.8 (packed virtqueues)
 * and 5.1.6 (network device operation); layouts from the kernel's <linux/virtio_ring.h>.
 */
#include <string.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "bench_driver.h"
#include "transport/loop/loop_transport.h"

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
	return 2 * ((uint64_t)ring * (BENCH_DRIVER_BUF + sizeof(struct vring_packed_desc)) +
			   UINT64_C(4) * 4096);
}

/* 2.8.1: both wrap counters begin at 1. */
static bool
packed_wrap(const struct drv_packed *q, uint16_t count)
{
	return (count / q->size) % 2 == 0;
}

static uint8_t *
packed_buf(const struct drv_packed *q, uint16_t id)
{
	return q->buf + (size_t)id * BENCH_DRIVER_BUF;
}

/* The slot of a count. */
static struct vring_packed_desc *
packed_slot(const struct drv_packed *q, uint16_t count)
{
	return &q->desc[count % q->size];
}

/* Make the next slot available, with the buffer that its id names. */
static void
packed_give(struct drv_packed *q, uint32_t len)
{
	struct vring_packed_desc *d = packed_slot(q, q->next);
	uint16_t flags = packed_wrap(q, q->next) ? FLAG_AVAIL : FLAG_USED;

	d->addr =
		rte_cpu_to_le_64(bench_memory_gpa(q->mem, packed_buf(q, rte_le_to_cpu_16(d->id))));
	d->len = rte_cpu_to_le_32(len);
	__atomic_store_n(&d->flags, rte_cpu_to_le_16(flags | q->write), __ATOMIC_RELEASE);
	q->next++;
}

/* Whether the oldest slot was used. */
static bool
packed_is_used(const struct drv_packed *q)
{
	const uint16_t both = FLAG_AVAIL | FLAG_USED;
	uint16_t flags = rte_le_to_cpu_16(
		__atomic_load_n(&packed_slot(q, q->seen)->flags, __ATOMIC_ACQUIRE));

	return (flags & both) == (packed_wrap(q, q->seen) ? both : 0);
}

static int
packed_queue(struct drv_packed *q, struct bench_memory *m, struct transport *tr, uint16_t idx,
	uint16_t ring)
{
	struct nic_vring where = { .size = ring,
		.packed = true,
		.base = 1u << VRING_PACKED_EVENT_F_WRAP_CTR };
	struct vring_packed_desc_event *driver, *device;
	uint16_t i;

	q->mem = m;
	q->size = ring;
	q->write = idx == 0 ? VRING_DESC_F_WRITE : 0;
	q->desc = bench_memory_take(m, ring * sizeof(*q->desc));
	driver = bench_memory_take(m, sizeof(*driver));
	device = bench_memory_take(m, sizeof(*device));
	q->buf = bench_memory_take(m, (uint64_t)ring * BENCH_DRIVER_BUF);
	driver->flags = rte_cpu_to_le_16(VRING_PACKED_EVENT_FLAG_DISABLE); /* we poll */
	for (i = 0; i < ring; i++)
		q->desc[i].id = rte_cpu_to_le_16(i);
	where.desc_gpa = bench_memory_gpa(m, q->desc);
	where.avail_gpa = bench_memory_gpa(m, driver);
	where.used_gpa = bench_memory_gpa(m, device);
	return loop_vring_start(tr, idx, &where);
}

static int
packed_start(void *state, struct transport *tr, struct bench_memory *m, uint16_t ring)
{
	const uint64_t want = UINT64_C(1) << VIRTIO_F_VERSION_1 |
			      UINT64_C(1) << VIRTIO_F_RING_PACKED |
			      UINT64_C(1) << VIRTIO_NET_F_MRG_RXBUF;
	struct drv_packed_nic *v = state;
	int ret;

	ret = loop_set_features(tr, want & loop_features(tr));
	if (ret == 0)
		ret = packed_queue(&v->rx, m, tr, 0, ring);
	if (ret == 0)
		ret = packed_queue(&v->tx, m, tr, 1, ring);
	while (ret == 0 && v->rx.next < ring)
		packed_give(&v->rx, BENCH_DRIVER_BUF);
	return ret;
}

static uint8_t *
packed_buffer(void *state)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->tx;

	if ((uint16_t)(q->next - q->seen) == q->size) {
		while (q->seen != q->next && packed_is_used(q))
			q->seen++;
		if ((uint16_t)(q->next - q->seen) == q->size)
			return NULL;
	}
	return packed_buf(q, rte_le_to_cpu_16(packed_slot(q, q->next)->id)) + HDR;
}

static void
packed_sent(void *state, uint16_t len)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->tx;

	memset(packed_buf(q, rte_le_to_cpu_16(packed_slot(q, q->next)->id)), 0, HDR);
	packed_give(q, (uint32_t)HDR + len);
}

/* The device reads the flags of the slots: nothing is left to tell it, as it polls. */
static void
packed_nothing(void *state)
{
}

static const uint8_t *
packed_came(void *state, uint16_t *len)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->rx;
	const struct vring_packed_desc *d = packed_slot(q, q->seen);

	if (!packed_is_used(q))
		return NULL;
	*len = (uint16_t)(rte_le_to_cpu_32(d->len) - HDR);
	return packed_buf(q, rte_le_to_cpu_16(d->id)) + HDR;
}

/* All buffers are always in the ring: the slot that was used is the next to fill. */
static void
packed_done(void *state)
{
	struct drv_packed *q = &((struct drv_packed_nic *)state)->rx;

	q->seen++;
	packed_give(q, BENCH_DRIVER_BUF);
}

const struct bench_driver bench_driver_packed = {
	.model = "virtio-net",
	.packed = true,
	.max_ring = 4096,
	.memory = packed_memory,
	.start = packed_start,
	.buffer = packed_buffer,
	.sent = packed_sent,
	.flush = packed_nothing,
	.came = packed_came,
	.done = packed_done,
	.refill = packed_nothing,
	.state_size = sizeof(struct drv_packed_nic),
};
