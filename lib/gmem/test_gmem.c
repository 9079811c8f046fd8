/* SPDX-License-Identifier: BSD-3-Clause */
/* The memory map: what it takes, what it refuses, copies over borders. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include "gmem.h"

static uint8_t low[0x3000], high[0x2000], log_bits[64];

static void
test_map(void)
{
	static const struct {
		uint64_t gpa, len;
		int ret;
	} add[] = {
		{ 0x10000, 0x3000, 0 },
		{ 0x13000, 0x2000, 0 }, /* touches */
		{ 0x10000, 1, -EEXIST },
		{ 0x12fff, 2, -EEXIST },
		{ 0x0ffff, 2, -EEXIST },
		{ 0x0, 0x100000, -EEXIST },
		{ 0x5000, 0, -EINVAL },
		{ UINT64_MAX, 2, -EINVAL },
		{ UINT64_MAX - 0xfff, 0x1000, 0 },
	};
	struct gmem mem;
	size_t i;

	CU_ASSERT_EQUAL_FATAL(gmem_init(&mem), 0);
	for (i = 0; i < sizeof(add) / sizeof(add[0]); i++)
		CU_ASSERT_EQUAL(gmem_add(&mem, add[i].gpa, add[i].len, low), add[i].ret);
	CU_ASSERT_EQUAL(gmem_add(&mem, 0x5000, 1, NULL), -EINVAL);
	CU_ASSERT_EQUAL(mem.map->n, 3);
	CU_ASSERT_PTR_NULL(gmem_find(mem.map, 0xffff));
	CU_ASSERT_PTR_NULL(gmem_find(mem.map, 0x15000));
	CU_ASSERT_EQUAL(gmem_find(mem.map, 0x12fff)->gpa, 0x10000);
	CU_ASSERT_EQUAL(gmem_find(mem.map, 0x13000)->gpa, 0x13000);
	CU_ASSERT_EQUAL(gmem_find(mem.map, UINT64_MAX)->len, 0x1000);
	CU_ASSERT_EQUAL(gmem_del(&mem, 0x10000, 0x2000), -EINVAL);
	CU_ASSERT_EQUAL(gmem_del(&mem, 0x20000, 0x2000), -ENOENT);
	CU_ASSERT_EQUAL(gmem_del(&mem, 0x10000, 0x3000), 0);
	CU_ASSERT_EQUAL(mem.map->n, 2);
	gmem_clear(&mem);
	CU_ASSERT_PTR_NULL(gmem_find(mem.map, UINT64_MAX));
	CU_ASSERT_EQUAL(gmem_add(&mem, 0x10000, 0x3000, low), 0);
	gmem_fini(&mem);
}

static void
test_limit(void)
{
	struct gmem mem;
	uint64_t i;

	CU_ASSERT_EQUAL_FATAL(gmem_init(&mem), 0);
	for (i = 0; i < GMEM_MAX_REGIONS; i++)
		CU_ASSERT_EQUAL(gmem_add(&mem, i * 0x2000, 0x1000, low), 0);
	CU_ASSERT_EQUAL(gmem_add(&mem, i * 0x2000, 0x1000, low), -ENOSPC);
	gmem_fini(&mem);
}

/* What was remembered of a map is never wrong, only of no use, after the map has changed. */
static void
test_hint(void)
{
	const struct gmem_region *hint = NULL;
	struct gmem mem;
	uint64_t run;

	CU_ASSERT_EQUAL_FATAL(gmem_init(&mem), 0);
	CU_ASSERT_EQUAL(gmem_add(&mem, 0x10000, 0x1000, low), 0);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x10010, &hint, &run), low + 0x10);
	CU_ASSERT_EQUAL(run, 0xff0);
	/* One that comes before it takes its place. */
	CU_ASSERT_EQUAL(gmem_add(&mem, 0x8000, 0x2000, high), 0);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x10010, &hint, &run), low + 0x10);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x8000, &hint, &run), high);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x10010, &hint, &run), low + 0x10);
	CU_ASSERT_EQUAL(gmem_del(&mem, 0x8000, 0x2000), 0);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x10010, &hint, &run), low + 0x10);
	CU_ASSERT_EQUAL(gmem_del(&mem, 0x10000, 0x1000), 0);
	CU_ASSERT_PTR_NULL(gmem_ptr(mem.map, 0x10010, &hint, &run));
	CU_ASSERT_EQUAL(run, 0);
	CU_ASSERT_EQUAL(gmem_add(&mem, 0x10000, 0x1000, high), 0);
	CU_ASSERT_PTR_EQUAL(gmem_ptr(mem.map, 0x10fff, &hint, &run), high + 0xfff);
	gmem_clear(&mem);
	CU_ASSERT_PTR_NULL(gmem_ptr(mem.map, 0x10fff, &hint, &run));
	CU_ASSERT_PTR_NULL(gmem_ptr(mem.map, 0, &hint, &run));
	gmem_fini(&mem);
}

static void
test_copy(void)
{
	struct gmem mem;
	uint8_t in[0x4000], out[0x4000];
	uint64_t gpa;
	size_t i;

	for (i = 0; i < sizeof(in); i++)
		in[i] = (uint8_t)(i * 7 + (i >> 8));
	CU_ASSERT_EQUAL_FATAL(gmem_init(&mem), 0);
	gmem_add(&mem, 0x10000, sizeof(low), low);
	gmem_add(&mem, 0x13000, sizeof(high), high);
	memset(log_bits, 0, sizeof(log_bits));
	gmem_set_log(&mem, log_bits, sizeof(log_bits));
	CU_ASSERT_EQUAL(gmem_write(&mem, 0x10800, in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(gmem_read(&mem, 0x10800, out, sizeof(out)), 0);
	CU_ASSERT_EQUAL(memcmp(in, out, sizeof(in)), 0);
	CU_ASSERT_EQUAL(memcmp(high, in + 0x2800, 0x1800), 0);
	CU_ASSERT_EQUAL(log_bits[2], 0x1f); /* pages 0x10..0x14 */
	CU_ASSERT_EQUAL(log_bits[1] | log_bits[3], 0);
	CU_ASSERT_EQUAL(gmem_read(&mem, 0x14fff, out, 2), -EFAULT);
	CU_ASSERT_EQUAL(gmem_read(&mem, 0xffff, out, 2), -EFAULT);
	CU_ASSERT_EQUAL(gmem_read(&mem, UINT64_MAX, out, 2), -EFAULT);
	CU_ASSERT_EQUAL(gmem_write(&mem, 0x14fff, in, 2), -EFAULT);
	CU_ASSERT_EQUAL(gmem_gpa_of(&mem, high + 4, 8, &gpa), 0);
	CU_ASSERT_EQUAL(gpa, 0x13004);
	CU_ASSERT_EQUAL(gmem_gpa_of(&mem, high + sizeof(high) - 4, 8, &gpa), -EFAULT);
	/* A log too short for the page is not written beyond. */
	gmem_set_log(&mem, log_bits, 2);
	gmem_write(&mem, 0x10000, in, 1);
	gmem_fini(&mem);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("gmem", NULL, NULL);
	CU_add_test(s, "add, find, remove", test_map);
	CU_add_test(s, "region limit", test_limit);
	CU_add_test(s, "hints", test_hint);
	CU_add_test(s, "copies and dirty log", test_copy);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
