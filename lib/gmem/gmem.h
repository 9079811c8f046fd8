/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest memory: the map from guest-physical addresses to ours, and the one way to reach through it. */
#ifndef GMEM_GMEM_H
#define GMEM_GMEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* vhost-user maps at most 8 regions (VHOST_MEMORY_MAX_NREGIONS), vfio-user many more. */
#define GMEM_MAX_REGIONS 256

/** One contiguous piece of guest-physical memory. */
struct gmem_region {
	uint64_t gpa; /* guest-physical address of the first byte */
	uint64_t len; /* bytes, > 0; gpa + len does not wrap */
	uint8_t *hva; /* where that byte is mapped in this process */
};

/**
 * A map; regions sorted by gpa, never overlapping; the places behind them are all zero. It stays where
 * it is, so that a hint of gmem_ptr() may be kept for ever: a region that was moved or removed since
 * is seen by what its place says now.
 */
struct gmem_map {
	uint32_t n; /* regions in use */
	struct gmem_region region[GMEM_MAX_REGIONS];
};

/**
 * The guest memory of one guest.
 * Regions and log change only while the datapath is held (guest_hold()), so D reads them as plain
 * fields inside a burst. Of what it finds, only a hint of gmem_ptr() outlives the burst.
 */
struct gmem {
	struct gmem_map *map; /* const pointer, never NULL; C writes to it while D is held */
	uint8_t *log;	      /* dirty bitmap, one bit per 4 KiB page, or NULL; C writes, D reads */
	uint64_t log_len;     /* bytes of log */
};

/** Prepare an empty map. @return 0; -ENOMEM. Thread: C. */
int gmem_init(struct gmem *mem);

/** Forget all regions and free the map. The memory itself belongs to the transport. Thread: C. */
void gmem_fini(struct gmem *mem);

/**
 * Add one region; the transport keeps hva mapped until gmem_del() has returned.
 * @return 0; -EINVAL for len 0, a wrapping range or no hva; -EEXIST when it overlaps another region;
 *         -ENOSPC beyond GMEM_MAX_REGIONS.
 * Thread: C, datapath held.
 */
int gmem_add(struct gmem *mem, uint64_t gpa, uint64_t len, void *hva);

/**
 * Remove every region inside [gpa, gpa + len).
 * @return 0; -ENOENT when there was none; -EINVAL when a region lies half inside (nothing removed).
 * Thread: C, datapath held.
 */
int gmem_del(struct gmem *mem, uint64_t gpa, uint64_t len);

/** Remove every region and the dirty log; cannot fail. Thread: C, datapath held. */
void gmem_clear(struct gmem *mem);

/** Set (or with NULL clear) the dirty log; see struct gmem. Thread: C, datapath held. */
void gmem_set_log(struct gmem *mem, uint8_t *log, uint64_t len);

/** Find the region of gpa, or NULL. Slow half of gmem_ptr(): binary search. Any thread. */
const struct gmem_region *gmem_find(const struct gmem_map *map, uint64_t gpa);

/**
 * Copy from guest memory.
 * @param gpa  may cross region borders
 * @param len  bytes, 0..UINT32_MAX
 * @return 0; -EFAULT if any byte is unmapped (dst then unspecified).
 * Thread: any that holds the map.
 */
int gmem_read(const struct gmem *mem, uint64_t gpa, void *dst, uint32_t len);

/** Copy to guest memory, marking the dirty log; as gmem_read(). */
int gmem_write(const struct gmem *mem, uint64_t gpa, const void *src, uint32_t len);

/** Mark [gpa, gpa + len) in the dirty log; call only when mem->log is set. Thread: any. */
void gmem_log_dirty(const struct gmem *mem, uint64_t gpa, uint64_t len);

/**
 * The guest-physical address of a host pointer inside the map.
 * @return 0; -EFAULT when [hva, hva + len) is not inside one region. Thread: C.
 */
int gmem_gpa_of(const struct gmem *mem, const void *hva, uint64_t len, uint64_t *gpa);

/**
 * The one translation: a host pointer for guest byte gpa.
 * @param hint  a region of the same map that the caller remembers (NULL at first); updated
 * @param run   out: contiguous bytes from there, > 0 (0 when unmapped)
 * @return NULL when gpa is unmapped. The guest may write there at any time: copy, check, use.
 */
static inline uint8_t *
gmem_ptr(const struct gmem_map *map, uint64_t gpa, const struct gmem_region **hint, uint64_t *run)
{
	const struct gmem_region *r = *hint;

	if (r == NULL || gpa - r->gpa >= r->len) {
		r = gmem_find(map, gpa);
		if (r == NULL) {
			*run = 0;
			return NULL;
		}
		*hint = r;
	}
	*run = r->len - (gpa - r->gpa);
	return r->hva + (gpa - r->gpa);
}

#endif
