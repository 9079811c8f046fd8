/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside this folder: where a filter's frames re-enter the forwarding path. */
#ifndef HUB_HUB_FORWARD_H
#define HUB_HUB_FORWARD_H

#include <stdint.h>

struct hub_input;
struct rte_mbuf;

/** Forward frames as if in's member had just sent them, behind its filters. Thread: D of in. */
void hub_forward_in(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n);

/** Deliver frames to in's member itself, behind its filters. Thread: D of in. */
void hub_forward_out(const struct hub_input *in, struct rte_mbuf **pkts, uint16_t n);

#endif
