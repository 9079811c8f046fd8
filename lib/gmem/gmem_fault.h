/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest memory that goes away under us: a peer that cuts its file short must not end the process. */
#ifndef GMEM_GMEM_FAULT_H
#define GMEM_GMEM_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * The kernel answers an access to a mapped page that its file no longer has with SIGBUS. The handler
 * of gmem_fault_install() looks for the faulting address in the table of guarded mappings, puts
 * anonymous zero pages in the mapping's place, notes the fault with the guest that owns it, and lets
 * the access go on. Whoever serves that guest then ends its connection.
 *
 * No lock is needed between the handler and gmem_fault_unguard(): who touches guest memory holds the
 * map (gmem.h), so the entry that is looked for cannot change meanwhile; others may, which is seen.
 * What is not in the table is no business of ours, and ends the process as before.
 *
 * DPDK has a handler of its own for SIGBUS while it allocates hugepages; a fault of ours just then
 * reaches that one.
 */

/* Mappings guarded at once, of all guests. */
#define GMEM_FAULT_MAX 4096

/** Whose memory it is. Outlives its guards. */
struct gmem_owner {
	uint32_t faults; /* times memory went away; the handler adds, any thread reads, atomic */
	int sock; /* connected socket that a fault shuts down, -1: none; const while guarded */
};

/**
 * Guard a mapping of ours.
 * @param base  where it begins, and len bytes: both whole pages of the mapping
 * @return an id for gmem_fault_unguard(); -ENOSPC beyond GMEM_FAULT_MAX. Thread: C.
 */
int gmem_fault_guard(void *base, size_t len, struct gmem_owner *owner);

/** Stop guarding, before the memory is unmapped; id < 0: none. Thread: C, datapath held. */
void gmem_fault_unguard(int id);

/**
 * From here on memory that goes away under the calling thread is owner's, guarded or not; NULL: no
 * more. For calls into libraries that map and touch guest memory by themselves.
 */
void gmem_fault_expect(struct gmem_owner *owner);

/** How often memory of the owner went away. Any thread. */
static inline uint32_t
gmem_fault_count(const struct gmem_owner *owner)
{
	return __atomic_load_n(&owner->faults, __ATOMIC_ACQUIRE);
}

/**
 * Handle SIGBUS in this process. For programs, not for libraries: there is one handler per process,
 * and it is the program's. Again: no effect. @return 0; -errno. Thread: M, before any guest.
 */
int gmem_fault_install(void);

#endif
