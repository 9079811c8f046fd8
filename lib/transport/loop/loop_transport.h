/* SPDX-License-Identifier: BSD-3-Clause */
/* A transport without a protocol: the caller plays the peer. For tests and benchmarks. */
#ifndef TRANSPORT_LOOP_LOOP_TRANSPORT_H
#define TRANSPORT_LOOP_LOOP_TRANSPORT_H

#include "transport/transport.h"

extern const struct transport_ops loop_transport_ops;

/**
 * What a peer does, in the order a real one does it. tr: of a guest opened with transport "loop".
 * All return what the guest answered. Thread: one at a time, which then is C.
 */
void loop_connect(struct transport *tr);
int loop_set_features(struct transport *tr, uint64_t features);
int loop_mem_add(struct transport *tr, uint64_t gpa, uint64_t len, void *hva);
int loop_vring_start(struct transport *tr, uint16_t idx, const struct nic_vring *vring);
uint16_t loop_vring_stop(struct transport *tr, uint16_t idx);
void loop_mem_clear(struct transport *tr);
void loop_mem_log(struct transport *tr, uint8_t *log, uint64_t len);
void loop_gone(struct transport *tr);

/** How often vector vec (< 2 * NIC_MAX_QUEUES) was raised since open. Any thread. */
uint64_t loop_irqs(const struct transport *tr, uint16_t vec);

/** The feature bits that the guest offers. */
uint64_t loop_features(const struct transport *tr);

#endif
