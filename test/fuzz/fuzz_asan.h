/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that nobody may touch for a while. */
#ifndef TEST_FUZZ_FUZZ_ASAN_H
#define TEST_FUZZ_FUZZ_ASAN_H

#include <sanitizer/asan_interface.h>

static inline void
fuzz_poison(const void *p, size_t len)
{
	ASAN_POISON_MEMORY_REGION(p, len);
}

static inline void
fuzz_unpoison(const void *p, size_t len)
{
	ASAN_UNPOISON_MEMORY_REGION(p, len);
}

#endif
