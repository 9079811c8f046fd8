/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the suites of what all register-level models share. */
#ifndef NIC_TEST_NIC_H
#define NIC_TEST_NIC_H

void test_reg_suite(void);
void test_pci_suite(void);
void test_eeprom_suite(void);

#endif
