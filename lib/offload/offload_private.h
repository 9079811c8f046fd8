/* SPDX-License-Identifier: BSD-3-Clause */
/* Shared by this folder's files. */
#ifndef OFFLOAD_OFFLOAD_PRIVATE_H
#define OFFLOAD_OFFLOAD_PRIVATE_H

#include <stdbool.h>
#include <stdint.h>

/** The folded sum of the pseudo header; l3: the IPv4 or fixed IPv6 header. Thread: any. */
uint16_t offload_pseudo_sum(const uint8_t *l3, bool v6, uint8_t proto, uint32_t l4_bytes);

#endif
