/* SPDX-License-Identifier: BSD-3-Clause */
/* A descriptor ring as D sees it during one burst: read once from shared memory, then checked. */
#ifndef NIC_E1000_E1000_RING_H
#define NIC_E1000_E1000_RING_H

#include "e1000.h"
#include "e1000_desc.h"
#include "gmem/gmem.h"

/** One burst's copy. Thread: the one that serves the ring. */
struct e1000_ring {
	const struct gmem *mem;
	const struct gmem_region *hint;
	uint64_t base; /* of descriptor 0 */
	uint32_t n;    /* descriptors, > 0 */
	uint32_t head; /* the next to serve; < n */
	uint32_t tail; /* behind the last the guest filled; < n; equal to head: none */
};

/**
 * Read the ring's registers.
 * @param bal  E1000_RDBAL or E1000_TDBAL
 * @return 0; -ENOENT: there is no ring; -EINVAL: indices that are not in the ring.
 */
int e1000_ring_load(const struct nic *nic, uint32_t bal, struct e1000_ring *r);

/** Read the tail again. @return whether there is something to serve. */
bool e1000_ring_reload_tail(const struct nic *nic, uint32_t bal, struct e1000_ring *r);

/** Publish the head. */
void e1000_ring_store_head(const struct nic *nic, uint32_t bal, const struct e1000_ring *r);

/** Descriptor i; NULL when it is not in guest memory, or cannot be accessed by words. */
static inline struct e1000_desc *
e1000_ring_desc(struct e1000_ring *r, uint32_t i)
{
	uint64_t run;
	uint8_t *p = gmem_ptr(r->mem->map, r->base + (uint64_t)i * sizeof(struct e1000_desc),
		&r->hint, &run);

	if (unlikely(run < sizeof(struct e1000_desc) || (uintptr_t)p % sizeof(rte_le64_t) != 0))
		return NULL;
	return (struct e1000_desc *)p;
}

/** The guest-physical address of descriptor i. */
static inline uint64_t
e1000_ring_gpa(const struct e1000_ring *r, uint32_t i)
{
	return r->base + (uint64_t)i * sizeof(struct e1000_desc);
}

/** The descriptor behind i. */
static inline uint32_t
e1000_ring_next(const struct e1000_ring *r, uint32_t i)
{
	return i + 1 == r->n ? 0 : i + 1;
}

/** Descriptors from head to tail. */
static inline uint32_t
e1000_ring_filled(const struct e1000_ring *r)
{
	return r->tail >= r->head ? r->tail - r->head : r->n + r->tail - r->head;
}

/** One word of a descriptor; read once. */
static inline uint64_t
e1000_desc_word(const rte_le64_t *word)
{
	return rte_le_to_cpu_64(__atomic_load_n(word, __ATOMIC_RELAXED));
}

#endif
