/* SPDX-License-Identifier: BSD-3-Clause */
/* Raising and lowering a NIC's interrupts through its transport. */
#ifndef NIC_NIC_IRQ_H
#define NIC_NIC_IRQ_H

#include "nic.h"

/** Raise vector vec (virtio over vhost-user: the ring's index). Any thread; may cost a syscall. */
static inline void
nic_irq_raise(const struct nic *nic, uint16_t vec)
{
	nic->irq->raise(nic->irq_ctx, vec);
}

/** Lower a level interrupt. Any thread. */
static inline void
nic_irq_lower(const struct nic *nic, uint16_t vec)
{
	nic->irq->lower(nic->irq_ctx, vec);
}

#endif
