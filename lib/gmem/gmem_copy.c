/* SPDX-License-Identifier: BSD-3-Clause */
/* Copies to and from guest memory across region borders, and the dirty log. */
#include <errno.h>

#include "gmem.h"

#define GMEM_LOG_PAGE 4096u /* vhost-user spec, "Migration": one bit per page of 4 KiB */

int
gmem_read(const struct gmem *mem, uint64_t gpa, void *dst, uint32_t len)
{
	const struct gmem_region *hint = NULL;
	uint8_t *to = dst;

	while (len > 0) {
		uint64_t run;
		const uint8_t *from = gmem_ptr(mem->map, gpa, &hint, &run);
		uint32_t n = run < len ? (uint32_t)run : len;

		if (from == NULL)
			return -EFAULT;
		memcpy(to, from, n);
		to += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

int
gmem_write(const struct gmem *mem, uint64_t gpa, const void *src, uint32_t len)
{
	const struct gmem_region *hint = NULL;
	const uint8_t *from = src;

	while (len > 0) {
		uint64_t run;
		uint8_t *to = gmem_ptr(mem->map, gpa, &hint, &run);
		uint32_t n = run < len ? (uint32_t)run : len;

		if (to == NULL)
			return -EFAULT;
		memcpy(to, from, n);
		if (mem->log != NULL)
			gmem_log_dirty(mem, gpa, n);
		from += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

void
gmem_log_dirty(const struct gmem *mem, uint64_t gpa, uint64_t len)
{
	uint64_t page, last;

	if (len == 0)
		return;
	last = (gpa + len - 1) / GMEM_LOG_PAGE;
	for (page = gpa / GMEM_LOG_PAGE; page <= last && page / 8 < mem->log_len; page++)
		__atomic_fetch_or(&mem->log[page / 8], (uint8_t)(1u << (page % 8)),
			__ATOMIC_RELAXED);
}
