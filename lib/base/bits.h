/* SPDX-License-Identifier: BSD-3-Clause */
/* Bit and field constants by bit number, and readers and writers of fields. */
#ifndef BASE_BITS_H
#define BASE_BITS_H

#include <stdint.h>

/** A 32-bit constant with only bit n (0..31) set. */
#define BIT32(n) (UINT32_C(1) << (n))
/** A 64-bit constant with only bit n (0..63) set. */
#define BIT64(n) (UINT64_C(1) << (n))
/** A 32-bit mask of bits hi..lo, both included. */
#define FIELD32(hi, lo) ((UINT32_MAX >> (31 - (hi))) & (UINT32_MAX << (lo)))

/** The value of the field that mask selects, shifted down to bit 0. */
static inline uint32_t
field_get(uint32_t value, uint32_t mask)
{
	return (value & mask) / (mask & -mask);
}

/** value with the field that mask selects replaced by the low bits of field. */
static inline uint32_t
field_set(uint32_t value, uint32_t mask, uint32_t field)
{
	return (value & ~mask) | ((field * (mask & -mask)) & mask);
}

#endif
