/* SPDX-License-Identifier: BSD-3-Clause */
/* Coalescing of notifications: interrupts that wait for more frames. Source: VIRTIO 1.3, 5.1.6.5.9. */
#ifndef NIC_VIRTIO_VIRTIO_COAL_H
#define NIC_VIRTIO_VIRTIO_COAL_H

#include <rte_branch_prediction.h>

#include "virtio_packed.h"

/** The notification of that kind of ring. */
static inline bool
virtio_notify_now(const struct nic *nic, struct virtio_queue *vq, bool packed)
{
	return packed ? virtio_packed_notify(nic, vq) : virtio_queue_notify(nic, vq);
}

/** virtio_coal_notify() of a ring that coalesces. */
bool virtio_coal_later(const struct nic *nic, struct virtio_queue *vq, uint16_t n);

/**
 * n chains were published: interrupt the guest if it asked for that, now or, where the driver set
 * it so, when there are enough of them or the time is up; virtio_coal_poll() looks at that.
 * @return true if it was interrupted. Thread: D.
 */
static inline bool
virtio_coal_notify(const struct nic *nic, struct virtio_queue *vq, uint16_t n, const bool packed)
{
	if (unlikely(vq->coal.max_packets != 0))
		return virtio_coal_later(nic, vq, n);
	return virtio_notify_now(nic, vq, packed);
}

/**
 * Raise the interrupts of queue pair q that waited long enough. Those of its receive ring only when
 * this lcore serves that ring too. Thread: D of from_guest.
 */
void virtio_coal_poll(struct nic *nic, uint16_t q);

/** How the user wants interrupts of ring vq, which starts now; idx & 1: from the guest. C, datapath held. */
void virtio_coal_start(struct nic *nic, struct virtio_queue *vq, uint16_t idx);

/**
 * Whether an interrupt of queue pair q waits that only this lcore will raise: it must not sleep.
 * Thread: D of from_guest.
 */
bool virtio_coal_waits(const struct nic *nic, uint16_t q);

/** Put what was set for queue idx in force; what waits there waits no more. C, datapath held. */
void virtio_coal_apply(struct nic *nic, uint16_t idx);

/** All parameters to 0. Thread: C, datapath held. */
void virtio_coal_reset(struct nic *nic);

#endif
