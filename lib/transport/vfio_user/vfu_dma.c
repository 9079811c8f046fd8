/* SPDX-License-Identifier: BSD-3-Clause */
/* DMA_MAP and DMA_UNMAP: the client's memory in, and out again. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <rte_common.h>

#include "base/log.h"
#include "base/stats.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

#define VFU_PAGE      4096
#define VFU_BLANK_LEN 0x100000 /* bytes that are looked at; firmware and kernels use the lowest */

static bool
vfu_dma_overlaps(const struct vfu_map *map, uint64_t iova, uint64_t size)
{
	return iova < map->iova + map->size && map->iova < iova + size;
}

/* Whether the request makes sense beside the maps that are there. */
static int
vfu_dma_check(const struct vfu_transport *t, const struct vfu_dma_map *r)
{
	uint64_t end, file_end;
	unsigned int i;

	if (r->size == 0 || r->iova % VFU_PAGE != 0 || r->size % VFU_PAGE != 0 ||
		__builtin_add_overflow(r->iova, r->size, &end) ||
		__builtin_add_overflow(r->fd_offset, r->size, &file_end) || file_end > INT64_MAX)
		return -EINVAL;
	if (t->n_maps == VFU_MAX_MAPS)
		return -ENOSPC;
	for (i = 0; i < t->n_maps; i++)
		if (vfu_dma_overlaps(&t->map[i], r->iova, r->size))
			return -EEXIST;
	return 0;
}

/* Note a file that its owner can cut short: then only gmem_fault.h stands between us and SIGBUS. */
static void
vfu_dma_seals(struct vfu_transport *t, int fd)
{
	int seals = fcntl(fd, F_GET_SEALS);

	if (seals < 0 || !(seals & F_SEAL_SHRINK))
		stat_add(&t->count.unsealed, 1);
}

/*
 * Map the piece of the file. The offset must be a multiple of the file's block size (2 MiB on
 * hugetlbfs), which that of the piece need not be. @return 0; -errno.
 */
static int
vfu_dma_mmap(struct vfu_map *map, const struct vfu_dma_map *r, int fd)
{
	struct stat st;
	uint64_t block, before;
	void *p;

	if (fstat(fd, &st) < 0)
		return -errno;
	/* What lies beyond the file's end could be mapped, but not touched. */
	if (st.st_size < 0 || r->fd_offset + r->size > (uint64_t)st.st_size)
		return -EINVAL;
	block = RTE_MAX((uint64_t)st.st_blksize, (uint64_t)VFU_PAGE);
	if (!rte_is_power_of_2((uint32_t)block) || block > UINT32_MAX)
		return -EINVAL;
	before = r->fd_offset & (block - 1);
	map->base_len = RTE_ALIGN_CEIL(before + r->size, block);
	p = mmap(NULL, map->base_len, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		(off_t)(r->fd_offset - before));
	if (p == MAP_FAILED)
		return -errno;
	map->base = p;
	map->hva = map->base + before;
	return 0;
}

/* The guest does not use it any more. */
static void
vfu_dma_unmap_file(struct vfu_map *map)
{
	gmem_fault_unguard(map->guard);
	munmap(map->base, map->base_len);
	map->base = NULL;
}

/* Give the piece to the guest. */
static int
vfu_dma_publish(struct vfu_transport *t, struct vfu_map *map, const struct vfu_dma_map *r, int fd)
{
	int ret = vfu_log_cover(t, r->iova + r->size);

	if (ret == 0)
		ret = vfu_dma_mmap(map, r, fd);
	if (ret < 0)
		return ret;
	vfu_dma_seals(t, fd);
	map->guard = gmem_fault_guard(map->base, map->base_len, &t->owner);
	ret = map->guard;
	if (ret >= 0)
		ret = t->tr.events->mem_add(t->tr.ctx, map->iova, map->size, map->hva);
	if (ret < 0)
		vfu_dma_unmap_file(map);
	return ret;
}

int
vfu_dma_map_one(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_map *map = &t->map[t->n_maps];
	struct vfu_dma_map r;
	int ret;

	memcpy(&r, m->body, sizeof(r));
	ret = vfu_dma_check(t, &r);
	if (ret < 0)
		return ret;
	*map = (struct vfu_map){ .iova = r.iova, .size = r.size, .guard = -1 };
	/*
	 * What comes without memory (ROMs, our own BAR) or is not for writing is noted, as the client
	 * will unmap it, and is no memory for the NIC. Why no DMA goes there by messages:
	 * doc/architecture.md.
	 */
	if (m->n_fds > 0 && (r.flags & VFU_DMA_WRITABLE)) {
		ret = vfu_dma_publish(t, map, &r, m->fd[0]);
		if (ret < 0)
			return ret;
	}
	t->n_maps++;
	stat_add(&t->count.no_memory, m->n_fds == 0);
	stat_add(&t->count.dma_maps, 1);
	vfu_trace_event(t->trace, "map %" PRIx64 " %" PRIx64 " %s", map->iova, map->size,
		map->base != NULL ? "rw" : "none");
	return 0;
}

/* Take away map i; the last one takes its place. */
static void
vfu_dma_remove(struct vfu_transport *t, unsigned int i)
{
	struct vfu_map *map = &t->map[i];

	if (map->base != NULL) {
		t->tr.events->mem_del(t->tr.ctx, map->iova, map->size);
		vfu_dma_unmap_file(map);
	}
	*map = t->map[--t->n_maps];
	stat_add(&t->count.dma_unmaps, 1);
}

/* Whether the range cuts no map in two. */
static bool
vfu_dma_whole(const struct vfu_transport *t, uint64_t iova, uint64_t size)
{
	unsigned int i;

	for (i = 0; i < t->n_maps; i++) {
		const struct vfu_map *map = &t->map[i];

		if (vfu_dma_overlaps(map, iova, size) &&
			(map->iova < iova || map->iova + map->size > iova + size))
			return false;
	}
	return true;
}

int
vfu_dma_unmap(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_dma_unmap r, *reply;
	unsigned int i, before = t->n_maps;
	uint64_t end;
	bool all;

	memcpy(&r, m->body, sizeof(r));
	all = r.flags & VFU_UNMAP_ALL;
	if (r.flags & ~VFU_UNMAP_ALL || (all && (r.iova != 0 || r.size != 0)))
		return -EINVAL;
	if (!all && (r.size == 0 || __builtin_add_overflow(r.iova, r.size, &end) ||
			    !vfu_dma_whole(t, r.iova, r.size)))
		return -EINVAL;
	reply = vfu_sock_reply_room(t, sizeof(r));
	if (reply == NULL)
		return -ENOMEM;
	for (i = t->n_maps; i-- > 0;)
		if (all || vfu_dma_overlaps(&t->map[i], r.iova, r.size))
			vfu_dma_remove(t, i);
	if (!all && t->n_maps == before)
		return -ENOENT;
	vfu_trace_event(t->trace, "unmap %" PRIx64 " %" PRIx64, r.iova, all ? UINT64_MAX : r.size);
	memcpy(reply, &r, sizeof(r));
	return sizeof(r);
}

/* The map with memory that begins lowest; NULL: there is none. */
static const struct vfu_map *
vfu_dma_lowest(const struct vfu_transport *t)
{
	const struct vfu_map *lowest = NULL;
	unsigned int i;

	for (i = 0; i < t->n_maps; i++)
		if (t->map[i].base != NULL && (lowest == NULL || t->map[i].iova < lowest->iova))
			lowest = &t->map[i];
	return lowest;
}

/* Whether a map reads as memory nobody ever wrote to. */
static bool
vfu_dma_blank(const struct vfu_map *map)
{
	const uint64_t *word = (const uint64_t *)map->hva;
	uint64_t i, n = RTE_MIN(map->size, (uint64_t)VFU_BLANK_LEN) / sizeof(*word);

	for (i = 0; i < n; i++)
		if (__atomic_load_n(&word[i], __ATOMIC_RELAXED) != 0)
			return false;
	return true;
}

void
vfu_dma_look(struct vfu_transport *t)
{
	const struct vfu_map *lowest = vfu_dma_lowest(t);

	if (t->n_maps == 0 || (lowest != NULL && !vfu_dma_blank(lowest)))
		return;
	stat_add(&t->count.private_memory, 1);
	if (t->told_memory)
		return;
	t->told_memory = true;
	LOG(ERR, "%s: " TRANSPORT_NOT_SHARED, t->name);
}

void
vfu_dma_clear(struct vfu_transport *t)
{
	unsigned int i;

	t->tr.events->mem_clear(t->tr.ctx);
	for (i = 0; i < t->n_maps; i++)
		if (t->map[i].base != NULL)
			vfu_dma_unmap_file(&t->map[i]);
	t->n_maps = 0;
	vfu_log_clear(t); /* mem_clear() took it away */
}
