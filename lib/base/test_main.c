/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: EAL and CUnit around suites. */
#include "test_main.h"

#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eal.h>

#define TEST_EAL_DEFAULT "--no-huge --no-pci --no-telemetry --no-shconf -m 256 --iova-mode=va"

static int
test_split(char *text, char **argv, int argc, int max)
{
	char *save = NULL, *word;

	for (word = strtok_r(text, " ", &save); word != NULL && argc < max;
		word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	return argc;
}

int
test_main(const char *eal_args, void (*add_suites)(void))
{
	const char *env = getenv("RINGHUB_TEST_EAL");
	char *base = strdup(env != NULL ? env : TEST_EAL_DEFAULT), *more = strdup(eal_args);
	char *argv[48] = { base };
	unsigned int failed, ran;
	int argc = test_split(base, argv, 1, 47);

	argc = test_split(more, argv, argc, 47);
	if (rte_eal_init(argc, argv) < 0 || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	add_suites();
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	ran = CU_get_number_of_tests_run();
	CU_cleanup_registry();
	rte_eal_cleanup();
	free(base);
	free(more);
	return failed != 0 || ran == 0;
}
