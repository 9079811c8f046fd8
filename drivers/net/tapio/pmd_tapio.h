/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application can ask a net_tapio port beyond ethdev. */
#ifndef NET_TAPIO_PMD_TAPIO_H
#define NET_TAPIO_PMD_TAPIO_H

#include <stddef.h>
#include <stdint.h>

/** QEMU's words for the port, e.g. "ifname=tap0,script=no,downscript=no", "fd=5",
 * "helper=H,br=br0". @return 0; -ENODEV when port_id is not a net_tapio port. Thread: M. */
int pmd_tapio_summary(uint16_t port_id, char *text, size_t len);

/** The reason behind an xstat of any net_tapio port; NULL when unknown. Thread: any. */
const char *pmd_tapio_stat_reason(const char *xstat);

#endif
