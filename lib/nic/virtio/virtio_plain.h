/* SPDX-License-Identifier: BSD-3-Clause */
/* The usual chain, without the walker: one descriptor, in the region where the last one was. */
#ifndef NIC_VIRTIO_VIRTIO_PLAIN_H
#define NIC_VIRTIO_VIRTIO_PLAIN_H

#include <rte_prefetch.h>

#include "virtio_lend.h"
#include "virtio_packed.h"

#define VIRTIO_PLAIN_HDR ((uint32_t)sizeof(struct virtio_net_hdr))
/* Copies up to here are a few moves of 16 bytes; it is rte_memcpy() that has to look for more. */
#define VIRTIO_PLAIN_MOVES 256

/** A region that a burst remembers, in registers. Of len 0: none. */
struct virtio_near {
	uint64_t gpa, len;
	uint8_t *hva;
};

/** A descriptor, each byte read once. */
struct virtio_desc_copy {
	uint64_t addr;
	uint32_t len;
	uint16_t flags;
};

/** The region that the walker found last. */
static inline struct virtio_near
virtio_near_of(const struct virtio_queue *vq)
{
	const struct gmem_region *r = vq->hint;
	struct virtio_near near = { 0 };

	if (r != NULL) {
		near.gpa = r->gpa;
		near.len = r->len;
		near.hva = r->hva;
	}
	return near;
}

/** Where [gpa, gpa + n) is; NULL when it is not all in that region. n > 0. */
static inline uint8_t *
virtio_near_ptr(const struct virtio_near *near, uint64_t gpa, uint32_t n)
{
	uint64_t at = gpa - near->gpa;

	return at < near->len && near->len - at >= n ? near->hva + at : NULL;
}

/** Two loads: nothing is read again, whatever the compiler thinks of memory that does not change. */
static inline struct virtio_desc_copy
virtio_desc_load(const struct vring_desc *d)
{
	uint64_t rest = __atomic_load_n((const virtio_word *)&d->len, __ATOMIC_RELAXED);

	return (struct virtio_desc_copy){ __atomic_load_n(&d->addr, __ATOMIC_RELAXED),
		(uint32_t)rest, (uint16_t)(rest >> 32) };
}

/** The first descriptor of the k-th chain of this burst of a packed ring; NEXT when there are more. */
static inline struct virtio_desc_copy
virtio_packed_desc_load(const struct virtio_queue *vq, uint16_t k)
{
	const struct virtio_packed_chain *ch = &vq->chain[k];

	return (struct virtio_desc_copy){ __atomic_load_n(&vq->packed_desc[ch->at].addr,
						  __ATOMIC_RELAXED),
		(uint32_t)ch->word, (uint16_t)(ch->word >> 48) };
}

/* Not inlined: rte_memcpy() wants the registers of the loop around it. */
static __rte_noinline void
virtio_plain_copy_long(uint8_t *to, const uint8_t *from, uint32_t n)
{
	rte_memcpy(to, from, n);
}

/** Copy n bytes of a frame that do not overlap. */
static __rte_always_inline void
virtio_plain_copy(uint8_t *to, const uint8_t *from, uint32_t n)
{
	uint32_t i;

	if (unlikely(n < 16 || n > VIRTIO_PLAIN_MOVES)) {
		virtio_plain_copy_long(to, from, n);
		return;
	}
	for (i = 0; i + 16 < n; i += 16)
		rte_mov16(to + i, from + i);
	rte_mov16(to + n - 16, from + n - 16);
}

/*
 * Where to fetch ahead what begins at gpa; NULL: in another region. Whether all of it is in that region is
 * of no matter here.
 */
static inline const uint8_t *
virtio_near_begin(const struct virtio_near *near, uint64_t gpa)
{
	uint64_t at = gpa - near->gpa;

	return at < near->len ? near->hva + at : NULL;
}

/** Fetch the packet header and what is behind it; drivers put that on a line of its own. */
static inline void
virtio_plain_prefetch(const struct virtio_near *near, uint64_t gpa)
{
	const uint8_t *p = virtio_near_begin(near, gpa);

	if (p == NULL)
		return;
	rte_prefetch0(p);
	rte_prefetch0(p + VIRTIO_PLAIN_HDR);
}

/**
 * The same for writing: the line of the frame has to leave the driver's cache. That of the header does
 * not, when it is another one: see virtio_plain_put_hdr().
 */
static inline void
virtio_plain_prefetch_write(const struct virtio_near *near, uint64_t gpa)
{
	const uint8_t *p = virtio_near_begin(near, gpa);
	const uint8_t *frame;

	if (p == NULL)
		return;
	frame = p + VIRTIO_PLAIN_HDR;
	if (((uintptr_t)p ^ (uintptr_t)frame) & ~(uintptr_t)(RTE_CACHE_LINE_SIZE - 1))
		rte_prefetch0(p);
	__asm__ __volatile__("prefetchw %0" : : "m"(*frame));
}

/**
 * Write a packet header at p, unless it is there already, as it is where the driver uses its buffers
 * again: then its line stays in both caches, and the driver's read of it misses nothing.
 */
static inline void
virtio_plain_put_hdr(uint8_t *p, const struct virtio_net_hdr *hdr)
{
	uint64_t there, want;
	uint32_t there_end, want_end;

	static_assert(VIRTIO_PLAIN_HDR == sizeof(there) + sizeof(there_end), "two loads");
	memcpy(&there, p, sizeof(there));
	memcpy(&there_end, p + sizeof(there), sizeof(there_end));
	memcpy(&want, hdr, sizeof(want));
	memcpy(&want_end, (const uint8_t *)hdr + sizeof(want), sizeof(want_end));
	if (((there ^ want) | (there_end ^ want_end)) != 0)
		memcpy(p, hdr, sizeof(*hdr));
}

/**
 * Read the frame of such a descriptor into the empty mbuf m.
 * @param max  bytes with the packet header
 * @return false: nothing was done, the walker is to look at it.
 */
static __rte_always_inline bool
virtio_plain_take(const struct virtio_near *near, struct virtio_desc_copy d, struct rte_mbuf *m,
	uint32_t max)
{
	const uint32_t min = VIRTIO_PLAIN_HDR + RTE_ETHER_HDR_LEN;
	const uint8_t *p;
	uint16_t asks;

	if (unlikely((d.flags & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)) ||
		     d.len < min || d.len > max))
		return false;
	p = virtio_near_ptr(near, d.addr, d.len);
	if (unlikely(p == NULL))
		return false;
	memcpy(&asks, p, sizeof(asks)); /* flags and gso_type */
	if (unlikely(asks != 0))
		return false;
	virtio_plain_copy(rte_pktmbuf_mtod(m, uint8_t *), p + VIRTIO_PLAIN_HDR,
		d.len - VIRTIO_PLAIN_HDR);
	m->data_len = (uint16_t)(d.len - VIRTIO_PLAIN_HDR);
	m->pkt_len = d.len - VIRTIO_PLAIN_HDR;
	return true;
}

/**
 * Let the empty mbuf m point at the frame of such a descriptor, which nobody parses.
 * @return false: as virtio_plain_take().
 */
static inline bool
virtio_plain_lend(const struct virtio_near *near, struct virtio_desc_copy d,
	struct virtio_queue *vq, struct rte_mbuf *m)
{
	uint8_t *p;
	uint16_t asks;

	if (unlikely((d.flags & (VRING_DESC_F_NEXT | VRING_DESC_F_WRITE | VRING_DESC_F_INDIRECT)) ||
		     d.len < VIRTIO_PLAIN_HDR + VIRTIO_LEND_FRAME || d.len > UINT16_MAX ||
		     vq->lent_off))
		return false;
	p = virtio_near_ptr(near, d.addr, d.len);
	if (unlikely(p == NULL))
		return false;
	memcpy(&asks, p, sizeof(asks)); /* flags and gso_type */
	if (unlikely(asks != 0))
		return false;
	virtio_lend_bytes(vq, m, p + VIRTIO_PLAIN_HDR, d.len - VIRTIO_PLAIN_HDR);
	m->pkt_len = d.len - VIRTIO_PLAIN_HDR;
	return true;
}

#endif
