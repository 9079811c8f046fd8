/* SPDX-License-Identifier: BSD-3-Clause */
/* Bits, fields and counters. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>

#include "bits.h"
#include "stats.h"

static void
test_fields(void)
{
	CU_ASSERT_EQUAL(BIT32(31), 0x80000000);
	CU_ASSERT_EQUAL(FIELD32(31, 0), 0xffffffff);
	CU_ASSERT_EQUAL(FIELD32(11, 4), 0xff0);
	CU_ASSERT_EQUAL(field_get(0xabcd1234, FIELD32(31, 28)), 0xa);
	CU_ASSERT_EQUAL(field_get(0xabcd1234, FIELD32(3, 0)), 4);
	CU_ASSERT_EQUAL(field_set(0xffffffff, FIELD32(11, 4), 0x5a), 0xfffff5af);
	CU_ASSERT_EQUAL(field_set(0, FIELD32(11, 4), 0x1ff), 0xff0);
}

static void
test_stats(void)
{
	struct {
		uint64_t pad, count;
	} s = { 1, 2 };
	struct stat_desc d = { "count", "", sizeof(uint64_t) };

	stat_add(&s.count, 40);
	CU_ASSERT_EQUAL(stat_read(&s, &d), 42);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("base", NULL, NULL);
	CU_add_test(s, "bits and fields", test_fields);
	CU_add_test(s, "counters", test_stats);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
