/* SPDX-License-Identifier: BSD-3-Clause */
/* Building and searching the map of guest memory. */
#include "gmem.h"

#include <errno.h>
#include <stdlib.h>

int
gmem_init(struct gmem *mem)
{
	*mem = (struct gmem){ .map = calloc(1, sizeof(*mem->map)) };
	return mem->map == NULL ? -ENOMEM : 0;
}

void
gmem_fini(struct gmem *mem)
{
	free(mem->map);
	*mem = (struct gmem){ 0 };
}

/* The number of regions that begin at or below gpa. */
static uint32_t
gmem_rank(const struct gmem_map *map, uint64_t gpa)
{
	uint32_t lo = 0, hi = map->n;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;

		if (map->region[mid].gpa <= gpa)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

const struct gmem_region *
gmem_find(const struct gmem_map *map, uint64_t gpa)
{
	uint32_t rank = gmem_rank(map, gpa);
	const struct gmem_region *r;

	if (rank == 0)
		return NULL;
	r = &map->region[rank - 1];
	return gpa - r->gpa < r->len ? r : NULL;
}

int
gmem_add(struct gmem *mem, uint64_t gpa, uint64_t len, void *hva)
{
	struct gmem_map *map = mem->map;
	uint32_t at = gmem_rank(map, gpa);

	if (len == 0 || hva == NULL || gpa + len - 1 < gpa)
		return -EINVAL;
	if (map->n == GMEM_MAX_REGIONS)
		return -ENOSPC;
	if (at > 0 && gpa - map->region[at - 1].gpa < map->region[at - 1].len)
		return -EEXIST;
	if (at < map->n && map->region[at].gpa - gpa < len)
		return -EEXIST;
	memmove(map->region + at + 1, map->region + at, (map->n - at) * sizeof(map->region[0]));
	map->region[at] = (struct gmem_region){ .gpa = gpa, .len = len, .hva = hva };
	map->n++;
	return 0;
}

/* Whether some of r lies in [gpa, last], and whether all of it does. */
static bool
gmem_overlaps(const struct gmem_region *r, uint64_t gpa, uint64_t last)
{
	return r->gpa <= last && r->gpa + r->len - 1 >= gpa;
}

static bool
gmem_inside(const struct gmem_region *r, uint64_t gpa, uint64_t last)
{
	return r->gpa >= gpa && r->gpa + r->len - 1 <= last;
}

int
gmem_del(struct gmem *mem, uint64_t gpa, uint64_t len)
{
	struct gmem_map *map = mem->map;
	uint64_t last = gpa + len - 1;
	uint32_t i, n = 0, old = map->n;

	if (len == 0 || last < gpa)
		return -EINVAL;
	for (i = 0; i < old; i++)
		if (gmem_overlaps(&map->region[i], gpa, last) &&
			!gmem_inside(&map->region[i], gpa, last))
			return -EINVAL;
	for (i = 0; i < old; i++)
		if (!gmem_inside(&map->region[i], gpa, last))
			map->region[n++] = map->region[i];
	memset(map->region + n, 0, (old - n) * sizeof(map->region[0]));
	map->n = n;
	return n == old ? -ENOENT : 0;
}

void
gmem_clear(struct gmem *mem)
{
	memset(mem->map, 0, sizeof(*mem->map));
	gmem_set_log(mem, NULL, 0);
}

void
gmem_set_log(struct gmem *mem, uint8_t *log, uint64_t len)
{
	mem->log = log;
	mem->log_len = len;
}

int
gmem_gpa_of(const struct gmem *mem, const void *hva, uint64_t len, uint64_t *gpa)
{
	uint32_t i;

	for (i = 0; i < mem->map->n; i++) {
		const struct gmem_region *r = &mem->map->region[i];
		uint64_t off = (uint64_t)((uintptr_t)hva - (uintptr_t)r->hva);

		if (off < r->len && len <= r->len - off) {
			*gpa = r->gpa + off;
			return 0;
		}
	}
	return -EFAULT;
}
