/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application can ask a net_vde port beyond ethdev. All of it on M. */
#ifndef NET_VDE_PMD_VDE_H
#define NET_VDE_PMD_VDE_H

#include <stddef.h>
#include <stdint.h>

/** QEMU's words for "info network": "sock=S,fd=N"; without a switch "sock=S,not connected".
 * @return 0; -ENODEV. Source: features.md 1.6. */
int pmd_vde_summary(uint16_t port_id, char *text, size_t len);

/** The reason behind an xstat of any net_vde port; NULL when unknown. */
const char *pmd_vde_stat_reason(const char *xstat);

#endif
