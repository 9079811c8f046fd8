/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: main() of a CUnit program over an EAL that needs no hugepages and no root. */
#ifndef BASE_TEST_MAIN_H
#define BASE_TEST_MAIN_H

/** Start EAL (RINGHUB_TEST_EAL, or defaults) with these further arguments, blank-separated, run what
 * add_suites() registers, and clean up. @return an exit code. */
int test_main(const char *eal_args, void (*add_suites)(void));

#endif
