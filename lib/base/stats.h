/* SPDX-License-Identifier: BSD-3-Clause */
/* Named 64-bit counters inside a struct, described by a table; one writer, any reader. */
#ifndef BASE_STATS_H
#define BASE_STATS_H

#include <stddef.h>
#include <stdint.h>

/** One counter of a counter struct. */
struct stat_desc {
	const char *name;   /* as shown to users, e.g. "from_guest_malformed_chain" */
	const char *reason; /* one sentence for people: what happened and what to do */
	size_t offset;	    /* bytes, of a uint64_t in the struct */
};

/** Read counter d of the struct at base; the single writer may be running. */
static inline uint64_t
stat_read(const void *base, const struct stat_desc *d)
{
	return __atomic_load_n((const uint64_t *)((const char *)base + d->offset),
		__ATOMIC_RELAXED);
}

/** Add n to a counter owned by the calling thread. */
static inline void
stat_add(uint64_t *counter, uint64_t n)
{
	__atomic_store_n(counter, *counter + n, __ATOMIC_RELAXED);
}

#endif
