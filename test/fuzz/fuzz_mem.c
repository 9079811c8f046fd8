/* SPDX-License-Identifier: BSD-3-Clause */
/* Guest memory of fuzz targets. */
#include <stdlib.h>

#include <rte_common.h>

#include "fuzz.h"
#include "fuzz_asan.h"

#define FUZZ_HIGH UINT64_C(0x100000000)
#define FUZZ_LAST (UINT64_MAX - 0x4fff) /* a page from the end of all addresses */

struct fuzz_piece fuzz_piece[FUZZ_PIECES] = {
	{ .gpa = 0, .len = 0x8000 },
	{ .gpa = 0x8000, .len = 0x4000 },
	{ .gpa = FUZZ_HIGH, .len = 0x4000 },
};

void
fuzz_mem_set(unsigned int i, bool there)
{
	fuzz_piece[i].there = there;
	if (there)
		fuzz_unpoison(fuzz_piece[i].hva, fuzz_piece[i].len);
	else
		fuzz_poison(fuzz_piece[i].hva, fuzz_piece[i].len);
}

void
fuzz_mem_reset(bool high)
{
	unsigned int i;

	for (i = 0; i < FUZZ_PIECES; i++) {
		struct fuzz_piece *p = &fuzz_piece[i];

		if (p->hva == NULL)
			p->hva = aligned_alloc(4096, p->len);
		FUZZ_CHECK(p->hva != NULL);
		fuzz_unpoison(p->hva, p->len);
		memset(p->hva, 0, p->len);
		fuzz_mem_set(i, false);
	}
	fuzz_piece[2].gpa = high ? FUZZ_LAST : FUZZ_HIGH;
}

/* The piece with byte *at of all memory, which becomes the offset in it. */
static struct fuzz_piece *
fuzz_mem_find(uint32_t *at)
{
	unsigned int i;

	for (i = 0; i < FUZZ_PIECES - 1 && *at >= fuzz_piece[i].len; i++)
		*at -= (uint32_t)fuzz_piece[i].len;
	return &fuzz_piece[i];
}

uint64_t
fuzz_gpa(uint16_t at)
{
	uint32_t off = at;

	return fuzz_mem_find(&off)->gpa + off;
}

void
fuzz_mem_write(uint16_t at, const void *src, uint32_t len)
{
	const uint8_t *from = src;
	uint32_t off = at;
	struct fuzz_piece *p = fuzz_mem_find(&off);

	for (; len > 0 && p < fuzz_piece + FUZZ_PIECES; p++, off = 0) {
		uint32_t n = RTE_MIN(len, (uint32_t)p->len - off);

		if (p->there)
			memcpy(p->hva + off, from, n);
		from += n;
		len -= n;
	}
}

void
fuzz_mem_fill(uint16_t at, uint8_t val, uint32_t len)
{
	uint8_t line[64];

	for (memset(line, val, sizeof(line)); len > 0 && at <= UINT16_MAX - sizeof(line);
		at = (uint16_t)(at + sizeof(line))) {
		uint32_t n = RTE_MIN(len, (uint32_t)sizeof(line));

		fuzz_mem_write(at, line, n);
		len -= n;
	}
}

void
fuzz_mem_op(struct fuzz_in *in)
{
	uint16_t at = fuzz_u16(in);
	uint8_t data[256], n = fuzz_u8(in);

	fuzz_read(in, data, n);
	fuzz_mem_write(at, data, n);
}

void
fuzz_mem_fill_op(struct fuzz_in *in)
{
	uint16_t at = fuzz_u16(in), len = fuzz_u16(in);

	fuzz_mem_fill(at, fuzz_u8(in), len);
}
