/* SPDX-License-Identifier: BSD-3-Clause */
/* What the fuzz targets share: reading an input, the surroundings of a run, guest memory, frames. */
#ifndef TEST_FUZZ_FUZZ_H
#define TEST_FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <rte_ether.h>

struct rte_mbuf;
struct rte_mempool;

/* All is one thread. An input is a small program; what is missing at its end reads as 0. */

/** What is left of an input. */
struct fuzz_in {
	const uint8_t *p;
	size_t left; /* bytes */
};

static inline void
fuzz_read(struct fuzz_in *in, void *to, size_t len)
{
	size_t n = len < in->left ? len : in->left;

	memset(to, 0, len);
	if (n > 0)
		memcpy(to, in->p, n);
	in->p += n;
	in->left -= n;
}

static inline uint8_t
fuzz_u8(struct fuzz_in *in)
{
	uint8_t val;

	fuzz_read(in, &val, sizeof(val));
	return val;
}

static inline uint16_t
fuzz_u16(struct fuzz_in *in)
{
	uint16_t val;

	fuzz_read(in, &val, sizeof(val));
	return val;
}

static inline uint32_t
fuzz_u32(struct fuzz_in *in)
{
	uint32_t val;

	fuzz_read(in, &val, sizeof(val));
	return val;
}

static inline uint64_t
fuzz_u64(struct fuzz_in *in)
{
	uint64_t val;

	fuzz_read(in, &val, sizeof(val));
	return val;
}

/* fuzz_env.c: the surroundings. */

/** What must hold whatever the input is. */
#define FUZZ_CHECK(what)                                                                           \
	do {                                                                                       \
		if (!(what))                                                                       \
			fuzz_fail(#what, __FILE__, __LINE__);                                      \
	} while (0)

void fuzz_fail(const char *what, const char *file, int line) __attribute__((noreturn));

#define FUZZ_POOL 1023 /* mbufs */

extern struct rte_mempool *fuzz_pool;
extern const struct rte_ether_addr fuzz_mac; /* of the NIC */

/** Start EAL, make the pool; once. */
void fuzz_init(void);

/** Before an input. fail_at: the allocation, from 1 on, that finds no memory; 0: none. */
void fuzz_begin(unsigned int fail_at);

/** After an input: every mbuf is back and all memory free. */
void fuzz_end(void);

/* fuzz_mem.c: guest memory of three pieces, 64 KiB together. */

#define FUZZ_PIECES 3

/** A piece of guest memory; 0 and 1 touch each other, but not in our addresses. */
struct fuzz_piece {
	uint64_t gpa, len;
	uint8_t *hva;
	bool there; /* mapped; touching it at other times is an error that ASan sees */
};

extern struct fuzz_piece fuzz_piece[FUZZ_PIECES];

/** All zeros, none there. high: piece 2 lies at the end of all addresses. */
void fuzz_mem_reset(bool high);
void fuzz_mem_set(unsigned int i, bool there);

/** The guest's own accesses, at bytes 0..65535 of all its memory. What is not there is left out. */
void fuzz_mem_write(uint16_t at, const void *src, uint32_t len);
void fuzz_mem_fill(uint16_t at, uint8_t val, uint32_t len);
/** The guest-physical address of byte at. */
uint64_t fuzz_gpa(uint16_t at);

/** Memory writes as an input has them: where, how much, what. */
void fuzz_mem_op(struct fuzz_in *in);
void fuzz_mem_fill_op(struct fuzz_in *in);

/* fuzz_frame.c: frames. */

/** A frame as the input describes it; NULL when the pool is empty. */
struct rte_mbuf *fuzz_frame(struct fuzz_in *in);

/* fuzz_burst.c: the datapath's part. */

/** The two ends of what is tested. */
struct fuzz_port {
	uint16_t (*from_guest)(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	uint16_t (*to_guest)(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	void *dev;
	uint16_t n_queues;
	bool carry;	   /* frames may come unfinished */
	bool finishes;	   /* and may be given so */
	unsigned int work; /* what this input may still cost */
};

#define FUZZ_WORK 20000 /* at first; a burst or 64 bytes of a frame cost 1 */

/** Take a burst and check it; give it to a NIC like the one it came from, if the input says so. */
void fuzz_from_op(struct fuzz_port *port, struct fuzz_in *in);
/** Give frames. */
void fuzz_to_op(struct fuzz_port *port, struct fuzz_in *in);
/** Take mbufs away, or give them back. */
void fuzz_starve_op(struct fuzz_in *in);
void fuzz_feed(void);

#endif
