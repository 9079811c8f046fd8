/* SPDX-License-Identifier: BSD-3-Clause */
/* Rings and memory of the connection, from rte_vhost's terms to the guest's. */
#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include <rte_common.h>

#include "base/log.h"
#include "base/stats.h"
#include "vhu_private.h"

LOG_REGISTER("transport.vhu");

#define VHU_F_LOG_ALL (UINT64_C(1) << 26)
#define VHU_PAGE      4096

static bool
vhu_logging(const struct vhu_transport *t)
{
	uint64_t features;

	return rte_vhost_get_negotiated_features(t->vid, &features) == 0 &&
	       (features & VHU_F_LOG_ALL);
}

void
vhu_log_publish(struct vhu_transport *t)
{
	uint64_t base = 0, len = 0, begin;
	int old = t->log_guard;

	if (vhu_logging(t))
		rte_vhost_get_log_base(t->vid, &base, &len);
	t->log_guard = -1;
	if (base != 0 && len != 0) {
		begin = RTE_ALIGN_FLOOR(base, (uint64_t)VHU_PAGE);
		/* NOLINTNEXTLINE(performance-no-int-to-ptr): the library's own type of a pointer */
		t->log_guard = gmem_fault_guard((void *)(uintptr_t)begin,
			RTE_ALIGN_CEIL(base + len, (uint64_t)VHU_PAGE) - begin, &t->owner);
		if (t->log_guard < 0)
			base = len = 0;
	}
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the library's own type of a pointer */
	t->tr.events->mem_log(t->tr.ctx, (uint8_t *)(uintptr_t)base, len);
	gmem_fault_unguard(old);
}

bool
vhu_mem_gpa(const struct vhu_transport *t, const void *hva, uint64_t *gpa)
{
	uint32_t i;

	for (i = 0; i < t->n_regions; i++) {
		uint64_t off = (uint64_t)(uintptr_t)hva - t->region[i].host_user_addr;

		if (off < t->region[i].size) {
			*gpa = t->region[i].guest_phys_addr + off;
			return true;
		}
	}
	return false;
}

void
vhu_mem_clear(struct vhu_transport *t)
{
	uint32_t i, n = t->n_regions;

	t->n_regions = 0;
	t->has_memory = false;
	t->tr.events->mem_clear(t->tr.ctx);
	for (i = 0; i < n; i++)
		gmem_fault_unguard(t->guard[i]);
	gmem_fault_unguard(t->log_guard); /* mem_clear() took the log away */
	t->log_guard = -1;
}

bool
vhu_memory_gone(struct vhu_transport *t)
{
	if (t->broken || gmem_fault_count(&t->owner) == 0)
		return t->broken;
	LOG(ERR, "%s: guest memory went away while it was in use: its rings are stopped", t->name);
	t->broken = true;
	stat_add(&t->count.memory_faults, 1);
	vhu_stop_all(t);
	return true;
}

/* Guard the mapping of a region, and hand the region to the guest. */
static void
vhu_mem_publish_one(struct vhu_transport *t, const struct rte_vhost_mem_region *r)
{
	int guard = gmem_fault_guard(r->mmap_addr, r->mmap_size, &t->owner);
	int ret = guard;

	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the library's own type of a pointer */
	void *hva = (void *)(uintptr_t)r->host_user_addr;

	if (ret >= 0)
		ret = t->tr.events->mem_add(t->tr.ctx, r->guest_phys_addr, r->size, hva);
	if (ret < 0) {
		gmem_fault_unguard(guard);
		return;
	}
	t->guard[t->n_regions] = guard;
	t->region[t->n_regions++] = *r;
}

void
vhu_mem_publish(struct vhu_transport *t)
{
	struct rte_vhost_memory *mem;
	uint32_t i;

	if (rte_vhost_get_mem_table(t->vid, &mem) < 0)
		return;
	for (i = 0; i < mem->nregions && i < VHU_REGIONS; i++)
		vhu_mem_publish_one(t, &mem->regions[i]);
	t->has_memory = t->n_regions > 0;
	t->had_memory |= t->has_memory;
	t->memory_waits = 0;
	free(mem);
}

/* @return 0; -errno when the ring cannot be read or does not lie in guest memory. */
static int
vhu_describe_ring(struct vhu_transport *t, uint16_t idx, struct nic_vring *where)
{
	struct vhu_ring *ring = &t->ring[idx];
	struct rte_vhost_vring v;
	uint16_t used;

	*where = (struct nic_vring){ 0 };
	if (rte_vhost_get_vhost_vring(t->vid, idx, &v) < 0)
		return -ENOENT;
	if (rte_vhost_get_vring_base(t->vid, idx, &where->base, &used) < 0)
		return -ENOENT;
	if (!vhu_mem_gpa(t, v.desc, &where->desc_gpa) ||
		!vhu_mem_gpa(t, v.avail, &where->avail_gpa) ||
		!vhu_mem_gpa(t, v.used, &where->used_gpa))
		return -EFAULT;
	where->size = v.size;
	where->log_used_gpa = vhu_logging(t) ? v.log_guest_addr : 0;
	ring->callfd = v.callfd;
	ring->kickfd = v.kickfd;
	return 0;
}

/* Let kicks of a ring with frames from the guest wake whoever polls it. The descriptor is not read: by
 * edges each kick is an event of its own. */
static void
vhu_watch_kicks(struct vhu_transport *t, uint16_t idx)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	struct vhu_ring *ring = &t->ring[idx];

	if (t->wake_fd == NULL || idx % 2 == 0)
		return;
	ring->watched = ring->kickfd >= 0 &&
			epoll_ctl(t->wake_fd[idx / 2], EPOLL_CTL_ADD, ring->kickfd, &ev) == 0;
	/* Before the ring starts, which D sees by the gate. */
	__atomic_store_n(&ring->mute, !ring->watched, __ATOMIC_RELAXED);
}

/* Before the library closes it: QEMU has it open, too, so that closing alone would not take it out. */
static void
vhu_unwatch_kicks(struct vhu_transport *t, uint16_t idx)
{
	struct vhu_ring *ring = &t->ring[idx];

	__atomic_store_n(&ring->mute, 0, __ATOMIC_RELAXED);
	if (ring->watched)
		(void)epoll_ctl(t->wake_fd[idx / 2], EPOLL_CTL_DEL, ring->kickfd, NULL);
	ring->watched = false;
}

static void
vhu_start_ring(struct vhu_transport *t, uint16_t idx)
{
	struct vhu_ring *ring = &t->ring[idx];
	struct nic_vring where;
	int ret = vhu_describe_ring(t, idx, &where);

	if (ret == 0)
		vhu_watch_kicks(t, idx);
	if (ret == 0)
		ret = t->tr.events->vring_start(t->tr.ctx, idx, &where);
	if (ret < 0) {
		vhu_unwatch_kicks(t, idx);
		ring->callfd = -1;
		ring->ready = false; /* until the front end tries again */
		return;
	}
	ring->running = true;
	/* An interrupt may have been lost while the ring rested. */
	vhu_transport_ops.irq->raise(t, idx);
}

void
vhu_stop_ring(struct vhu_transport *t, uint16_t idx)
{
	struct vhu_ring *ring;
	uint16_t base;

	if (idx >= VHU_RINGS || !t->ring[idx].running)
		return;
	ring = &t->ring[idx];
	base = t->tr.events->vring_stop(t->tr.ctx, idx);
	vhu_unwatch_kicks(t, idx);
	ring->running = false;
	ring->callfd = -1;
	rte_vhost_set_vring_base(t->vid, idx, base, base);
}

void
vhu_stop_all(struct vhu_transport *t)
{
	uint16_t idx;

	for (idx = 0; idx < VHU_RINGS; idx++)
		vhu_stop_ring(t, idx);
}

void
vhu_sync(struct vhu_transport *t)
{
	uint16_t idx;

	for (idx = 0; idx < 2 * t->n_queues; idx++) {
		const struct vhu_ring *ring = &t->ring[idx];
		bool should = t->device_running && ring->ready && t->has_memory && !t->broken;

		if (should && !ring->running)
			vhu_start_ring(t, idx);
		else if (!should && ring->running)
			vhu_stop_ring(t, idx);
	}
}

#define VHU_BLANK_LEN (1u << 20)

/* Whether the start of guest memory has nothing in it. No firmware and no kernel leaves it so: what is
 * blank while a driver runs is a private copy's original, which the guest does not write. */
static bool
vhu_memory_blank(const struct vhu_transport *t)
{
	/* NOLINTNEXTLINE(performance-no-int-to-ptr): the library's own type of a pointer */
	const uint64_t *word = (const uint64_t *)(uintptr_t)t->region[0].host_user_addr;
	uint64_t i, n = RTE_MIN(t->region[0].size, VHU_BLANK_LEN) / sizeof(*word);

	for (i = 0; i < n; i++)
		if (__atomic_load_n(&word[i], __ATOMIC_RELAXED) != 0)
			return false;
	return true;
}

static bool
vhu_looks_private(struct vhu_transport *t)
{
	uint16_t idx;

	for (idx = 0; idx < 2 * t->n_queues; idx++)
		if (t->ring[idx].running && t->tr.events->vring_untouched(t->tr.ctx, idx))
			return vhu_memory_blank(t);
	return false;
}

/* Whether the front end set up everything but memory: a QEMU whose RAM has no descriptor gives up
 * there and serves the guest by itself. */
static bool
vhu_lacks_memory(struct vhu_transport *t)
{
	return t->memory_waits > 0 && ++t->memory_waits > 3;
}

void
vhu_watch(struct transport *tr)
{
	struct vhu_transport *t = (struct vhu_transport *)tr;
	bool bad;

	pthread_mutex_lock(&t->lock);
	if (t->vid < 0 || vhu_memory_gone(t) || t->advised) {
		pthread_mutex_unlock(&t->lock);
		return;
	}
	bad = vhu_lacks_memory(t) || vhu_looks_private(t);
	if (bad)
		LOG(ERR, "%s: " TRANSPORT_NOT_SHARED, t->name);
	t->advised = bad;
	pthread_mutex_unlock(&t->lock);
}
