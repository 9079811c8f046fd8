/* SPDX-License-Identifier: BSD-3-Clause */
/* Devargs: good ones land in their fields, bad ones are named. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>
#include <rte_ether.h>

#include "pmd_args.h"

struct conf {
	char path[PMD_ARG_LEN];
	bool on, on_seen;
	uint32_t number;
	struct rte_ether_addr mac;
	struct pmd_arg_list list;
	uint64_t mask;
};

static int
set_bit(void *field, uint64_t bit, bool on)
{
	uint64_t *mask = field;

	*mask = on ? *mask | bit : *mask & ~bit;
	return 0;
}

#define AT(f) .offset = offsetof(struct conf, f)
/* clang-format off */
static const struct pmd_arg args[] = {
	{ .key = "path", .kind = PMD_ARG_STRING, AT(path) },
	{ .key = "on", .kind = PMD_ARG_BOOL, AT(on), .seen = offsetof(struct conf, on_seen) },
	{ .key = "number", .kind = PMD_ARG_NUMBER, AT(number), .min = 2, .max = 9 },
	{ .key = "mac", .kind = PMD_ARG_MAC, AT(mac) },
	{ .key = "list", .kind = PMD_ARG_LIST_, AT(list) },
	{ .key = "bit", .kind = PMD_ARG_CALL, AT(mask), .call = set_bit, .bit = 8 },
};
/* clang-format on */

static void
test_good(void)
{
	struct conf c = { 0 };
	char why[512];

	CU_ASSERT_EQUAL(pmd_args_parse(args, RTE_DIM(args),
				"path=/"
				"a%2Cb%25,on=yes,number=0x9,mac=52:54:00:12:34:56,list=x,list=y,"
				"bit=on",
				&c, why, sizeof(why)),
		0);
	CU_ASSERT_STRING_EQUAL(c.path, "/a,b%");
	CU_ASSERT_TRUE(c.on && c.on_seen);
	CU_ASSERT_EQUAL(c.number, 9);
	CU_ASSERT_EQUAL(c.mac.addr_bytes[5], 0x56);
	CU_ASSERT_EQUAL(c.list.n, 2);
	CU_ASSERT_STRING_EQUAL(c.list.value[1], "y");
	CU_ASSERT_EQUAL(c.mask, 8);
}

static void
test_bad(void)
{
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "nix=1", "unknown key 'nix'; known are path on number" },
		{ "on=perhaps", "on=perhaps: must be on or off" },
		{ "number=1", "number=1: must be a number from 2 to 9" },
		{ "number=10", "number=10: must be" },
		{ "number=-3", "number=-3: must be" },
		{ "number=4x", "number=4x: must be" },
		{ "number=99999999999999999999", "must be a number" },
		{ "number=", "number=: must be" },
		{ "mac=1:2", "mac=1:2: invalid syntax" },
		{ "mac=01:00:00:00:00:01", "not a unicast" },
		{ "on=on,on=off", "given twice" },
		{ "bit=2", "bit=2: must be on or off" },
		{ "on", "on: needs a value" },
	};
	char why[512];
	size_t i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		struct conf c = { 0 };

		CU_ASSERT_TRUE(
			pmd_args_parse(args, RTE_DIM(args), bad[i].text, &c, why, sizeof(why)) < 0);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].why));
		if (strstr(why, bad[i].why) == NULL)
			printf("  %s -> %s\n", bad[i].text, why);
	}
}

static void
test_append(void)
{
	char text[64] = "", why[64];
	struct conf c = { 0 };

	CU_ASSERT_EQUAL(pmd_args_append(text, sizeof(text), "path", "a,b=c%d"), 0);
	CU_ASSERT_EQUAL(pmd_args_append(text, sizeof(text), "number", "5"), 0);
	CU_ASSERT_EQUAL(pmd_args_parse(args, RTE_DIM(args), text, &c, why, sizeof(why)), 0);
	CU_ASSERT_STRING_EQUAL(c.path, "a,b=c%d");
	CU_ASSERT_EQUAL(c.number, 5);
	CU_ASSERT_TRUE(
		pmd_args_append(text, sizeof(text), "path",
			"0123456789012345678901234567890123456789012345678901234567890") < 0);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("pmd_args", NULL, NULL);
	CU_add_test(s, "good values", test_good);
	CU_add_test(s, "bad values are named", test_bad);
	CU_add_test(s, "append escapes", test_append);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
