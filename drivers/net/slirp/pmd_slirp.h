/* SPDX-License-Identifier: BSD-3-Clause */
/* What an application can ask a net_slirp port beyond ethdev. All of it on M; each call waits for
 * libslirp's thread. */
#ifndef NET_SLIRP_PMD_SLIRP_H
#define NET_SLIRP_PMD_SLIRP_H

#include <stddef.h>
#include <stdint.h>

/**
 * Forward a host port: "[tcp|udp|unix]:[hostaddr]:hostport-[guestaddr]:guestport"; an IPv6 address
 * stands in brackets.
 * @param why  the error for people
 * @return 0; -EINVAL (grammar); -errno of the host's socket; -ENODEV (not a net_slirp port).
 */
int pmd_slirp_hostfwd_add(uint16_t port_id, const char *rule, char *why, size_t len);

/** Undo it: "[tcp|udp]:[hostaddr]:hostport" or "unix:path". @return 0; -ENOENT; as above. */
int pmd_slirp_hostfwd_remove(uint16_t port_id, const char *rule, char *why, size_t len);

/** The table of QEMU's "info usernet", without the line that names the stack, and what the user
 * should know. @return 0; -ENODEV. */
int pmd_slirp_info(uint16_t port_id, char *text, size_t len);

/** QEMU's word for "info network", e.g. "net=10.0.2.0,restrict=off". @return 0; -ENODEV. */
int pmd_slirp_summary(uint16_t port_id, char *text, size_t len);

/** The reason behind an xstat of any net_slirp port; NULL when unknown. */
const char *pmd_slirp_stat_reason(const char *xstat);

/** Why pings beyond the gateway will not work, with the sysctl that changes it; NULL when they will.
 */
const char *pmd_slirp_ping_advice(uint16_t port_id);

#endif
