/* SPDX-License-Identifier: BSD-3-Clause */
/* Starting and stopping rings that a transport sets up (nic_vring_ops). */
#include <errno.h>
#include <stddef.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "virtio_coal.h"
#include "virtio_lend.h"
#include "virtio_packed.h"

static struct virtio_queue *
virtio_queue_at(const struct nic *nic, uint16_t idx)
{
	struct virtio_net *v = nic->state;

	if (idx >= 2 * nic->conf.n_queues)
		return NULL;
	return (idx & 1) ? &v->pair[idx / 2].from_guest : &v->pair[idx / 2].to_guest;
}

/* The host address of a ring area that must lie in one region, aligned as 2.7 demands. */
static void *
virtio_area(const struct nic *nic, uint64_t gpa, uint64_t len, uint64_t align)
{
	const struct gmem_region *hint = NULL;
	uint64_t run;
	uint8_t *p = gmem_ptr(nic->mem->map, gpa, &hint, &run);

	return p == NULL || run < len || (uintptr_t)p % align != 0 ? NULL : p;
}

static bool
virtio_find_areas(const struct nic *nic, struct virtio_queue *vq)
{
	uint64_t event = sizeof(struct vring_packed_event);

	vq->desc = virtio_area(nic, vq->gpa[0], VRING_DESC_BYTES(vq->size), 16);
	if (vq->packed) {
		vq->driver_event = virtio_area(nic, vq->gpa[1], event, event);
		vq->device_event = virtio_area(nic, vq->gpa[2], event, event);
		return vq->desc != NULL && vq->driver_event != NULL && vq->device_event != NULL;
	}
	vq->avail = virtio_area(nic, vq->gpa[1], VRING_AVAIL_BYTES(vq->size), 2);
	vq->used = virtio_area(nic, vq->gpa[2], VRING_USED_BYTES(vq->size), 4);
	return vq->desc != NULL && vq->avail != NULL && vq->used != NULL;
}

bool
virtio_queue_find(const struct nic *nic, struct virtio_queue *vq)
{
	const struct gmem_map *map = nic->mem->map;
	const struct gmem_region *r = gmem_find(map, vq->gpa[0]);

	/* Areas in several regions, or nowhere, are looked up each time. */
	vq->home_at = UINT32_MAX;
	vq->hint = r;
	if (!virtio_find_areas(nic, vq))
		return false;
	if (vq->gpa[1] - r->gpa < r->len && vq->gpa[2] - r->gpa < r->len) {
		vq->home = *r;
		vq->home_at = (uint32_t)(r - map->region);
	}
	return true;
}

void
virtio_net_use_offloads(struct virtio_net *v, uint64_t offloads)
{
	v->offloads = offloads;
	v->unsupported = virtio_offload_unsupported(offloads);
}

void
virtio_net_use_features(struct nic *nic, uint64_t features)
{
	struct virtio_net *v = nic->state;

	v->features = features;
	virtio_net_use_offloads(v, features);
	v->mrg = features & VIRTIO_NET_F_MRG_RXBUF;
	if (features & VIRTIO_NET_F_HASH_REPORT)
		v->hdr_len = sizeof(struct virtio_net_hdr_hash);
	else if (features & (VIRTIO_NET_F_MRG_RXBUF | VIRTIO_F_VERSION_1))
		v->hdr_len = sizeof(struct virtio_net_hdr);
	else
		v->hdr_len = VIRTIO_NET_HDR_LEN_LEGACY;
}

static int
virtio_set_features(struct nic *nic, uint64_t features)
{
	if (features & ~virtio_net_features(nic))
		return -EINVAL;
	virtio_net_use_features(nic, features);
	return 0;
}

void
virtio_queue_want_kicks(struct virtio_queue *vq, bool want)
{
	if (vq->packed) {
		__atomic_store_n(&vq->device_event->flags,
			want ? VRING_PACKED_EVENT_ENABLE : VRING_PACKED_EVENT_DISABLE,
			__ATOMIC_RELEASE);
		return;
	}
	/* With event indexes the kick of who does not want any is one in 65,536 entries. */
	if (vq->event_idx)
		__atomic_store_n((uint16_t *)&vq->used->ring[vq->size],
			(uint16_t)(vq->next_avail - !want), __ATOMIC_RELAXED);
	__atomic_store_n(&vq->used->flags, want ? 0 : VRING_USED_F_NO_NOTIFY, __ATOMIC_RELEASE);
}

int
virtio_want_kicks(struct nic *nic, uint16_t q, bool on)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *vq = &v->pair[q].from_guest;

	/* What we write here is in no dirty log. */
	if (on && nic->mem->log != NULL)
		return -ENOTSUP;
	if (on && v->coalescing && virtio_coal_waits(nic, q))
		return -EBUSY;
	if (virtio_queue_usable(nic, vq))
		virtio_queue_want_kicks(vq, on);
	return 0;
}

static bool
virtio_size_ok(const struct nic_vring *r)
{
	return r->size > 0 && r->size <= VRING_MAX_SIZE &&
	       (r->packed || rte_is_power_of_2(r->size));
}

int
virtio_queue_setup(const struct nic *nic, struct virtio_queue *vq, uint16_t idx,
	const struct nic_vring *where)
{
	const struct virtio_net *v = nic->state;
	struct virtio_packed_chain *chain = NULL;

	if (!virtio_size_ok(where))
		return -EINVAL;
	rte_free(vq->chain);
	vq->chain = NULL;
	if (where->packed) {
		chain = rte_malloc("virtio_chain", where->size * sizeof(*chain), 0);
		if (chain == NULL)
			return -ENOMEM;
	}
	*vq = (struct virtio_queue){
		.size = where->size,
		.mask = (uint16_t)(where->size - 1),
		.idx = idx,
		.irq_vec = idx,
		.event_idx = v->features & VIRTIO_F_EVENT_IDX,
		.indirect = v->features & VIRTIO_F_INDIRECT_DESC,
		.packed = where->packed,
		.wrap = true, /* 2.8.1: where both sides begin */
		.log_used_gpa = where->log_used_gpa,
		.table = vq->table,
		.gpa = { where->desc_gpa, where->avail_gpa, where->used_gpa },
		.chain = chain,
	};
	virtio_lend_init(vq);
	return virtio_queue_find(nic, vq) ? 0 : -EFAULT;
}

/* Go on where somebody was before us. */
static int
virtio_queue_resume(struct virtio_queue *vq, uint16_t base)
{
	if (vq->packed) {
		vq->next_avail = base & (uint16_t)~VRING_PACKED_EVENT_WRAP;
		vq->next_used = vq->next_avail;
		vq->wrap = base & VRING_PACKED_EVENT_WRAP;
		return vq->next_avail < vq->size ? 0 : -EINVAL;
	}
	/* We serve in order and publish all we took, so where the used index stands is where the
	 * guest's view ends: a base that says otherwise comes from a backend that died in between. */
	vq->next_used = __atomic_load_n(&vq->used->idx, __ATOMIC_ACQUIRE);
	vq->next_avail = vq->next_used;
	return 0;
}

static int
virtio_vring_start(struct nic *nic, uint16_t idx, const struct nic_vring *r)
{
	const struct virtio_net *v = nic->state;
	struct virtio_queue *vq = virtio_queue_at(nic, idx);
	struct nic_vring where = *r;
	int ret;

	if (vq == NULL || (r->packed && !(v->features & VIRTIO_F_RING_PACKED)))
		return -EINVAL;
	where.packed = v->features & VIRTIO_F_RING_PACKED;
	ret = virtio_queue_setup(nic, vq, idx, &where);
	if (ret == 0)
		ret = virtio_queue_resume(vq, r->base);
	if (ret < 0)
		return ret;
	virtio_coal_start(nic, vq, idx);
	virtio_queue_want_kicks(vq, false);
	vq->running = true;
	return 0;
}

static uint16_t
virtio_vring_stop(struct nic *nic, uint16_t idx)
{
	struct virtio_queue *vq = virtio_queue_at(nic, idx);

	if (vq == NULL || !vq->running)
		return 0;
	vq->running = false;
	if (vq->pci) /* its memory may be gone, and nobody asks for the base */
		return 0;
	/* Whoever serves the ring next may rely on kicks. */
	virtio_queue_want_kicks(vq, true);
	if (vq->packed && vq->wrap)
		return vq->next_avail | VRING_PACKED_EVENT_WRAP;
	return vq->next_avail;
}

uint16_t
virtio_pairs_up(const struct nic *nic)
{
	const struct virtio_net *v = nic->state;
	uint16_t q, n = 0;

	for (q = 0; q < nic->conf.n_queues; q++)
		n += __atomic_load_n(&v->pair[q].to_guest.running, __ATOMIC_RELAXED) ||
		     __atomic_load_n(&v->pair[q].from_guest.running, __ATOMIC_RELAXED);
	return n;
}

static bool
virtio_vring_untouched(const struct nic *nic, uint16_t idx)
{
	const struct virtio_queue *vq = virtio_queue_at(nic, idx);
	unsigned int i;

	if (vq == NULL || !vq->running || vq->avail->idx != 0 || vq->avail->flags != 0)
		return false;
	for (i = 0; i < vq->size && i < 16; i++)
		if (vq->desc[i].addr != 0 || vq->desc[i].next != 0 || vq->desc[i].len != 0)
			return false;
	return true;
}

const struct nic_vring_ops virtio_vring_ops = {
	.features = virtio_net_features,
	.set_features = virtio_set_features,
	.vring_start = virtio_vring_start,
	.vring_stop = virtio_vring_stop,
	.vring_untouched = virtio_vring_untouched,
};
