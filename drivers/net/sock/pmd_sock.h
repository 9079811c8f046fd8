/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application can ask a net_sock port beyond ethdev. All of it on M. */
#ifndef NET_SOCK_PMD_SOCK_H
#define NET_SOCK_PMD_SOCK_H

#include <stddef.h>
#include <stdint.h>

/** QEMU's words for "info network", e.g. "tcp:127.0.0.1:1234", "listening"; "" for a socket without a
 * peer. @return 0; -ENODEV (not a net_sock port). */
int pmd_sock_summary(uint16_t port_id, char *text, size_t len);

/** The reason behind an xstat of any net_sock port; NULL when unknown. Thread: any. */
const char *pmd_sock_stat_reason(const char *xstat);

#endif
