/* SPDX-License-Identifier: BSD-3-Clause */
/* The gate between C and D: C holds the datapath out, D marks itself inside. */
#ifndef GUEST_GUEST_GATE_H
#define GUEST_GUEST_GATE_H

#include <sched.h>
#include <stdbool.h>
#include <stdint.h>

#include <rte_branch_prediction.h>
#include <rte_common.h>
#include <rte_lcore.h>
#include <rte_pause.h>

#include "nic/nic.h"

/*
 * D sets busy and then looks at closed; C sets closed and then looks at busy; both pairs are
 * sequentially consistent, so at least one of them sees the other. D never waits; C waits at most
 * for the bursts that were inside. It need not wait for D to poll: an idle port holds nobody up.
 */
/* Behind the lanes of queues: one for each lcore that asks for which queue frames are. */
#define GUEST_GATE_SELECT (2 * NIC_MAX_QUEUES)

struct guest_gate {
	uint32_t closed __rte_cache_aligned; /* C writes, D reads */
	struct {
		uint32_t busy; /* D writes, C reads; one per queue and direction, then per lcore */
	} __rte_cache_aligned lane[GUEST_GATE_SELECT + RTE_MAX_LCORE];
};

/** Enter a lane. @return false when the gate is closed: do not touch the guest. Thread: D. */
static inline bool
guest_gate_enter(struct guest_gate *gate, uint16_t lane)
{
	/* The one full fence of a burst. */
	__atomic_exchange_n(&gate->lane[lane].busy, 1, __ATOMIC_SEQ_CST);
	if (likely(__atomic_load_n(&gate->closed, __ATOMIC_SEQ_CST) == 0))
		return true;
	__atomic_store_n(&gate->lane[lane].busy, 0, __ATOMIC_RELEASE);
	return false;
}

/** Leave the lane. Thread: D. */
static inline void
guest_gate_leave(struct guest_gate *gate, uint16_t lane)
{
	__atomic_store_n(&gate->lane[lane].busy, 0, __ATOMIC_RELEASE);
}

/** Close the gate and wait until nobody is inside. Thread: C or M, one at a time. */
static inline void
guest_gate_close(struct guest_gate *gate)
{
	unsigned int lane;

	__atomic_store_n(&gate->closed, 1, __ATOMIC_SEQ_CST);
	for (lane = 0; lane < RTE_DIM(gate->lane); lane++) {
		unsigned int spins = 0;

		while (__atomic_load_n(&gate->lane[lane].busy, __ATOMIC_SEQ_CST) != 0) {
			rte_pause();
			/* The lcore may share our CPU: let it finish its burst. */
			if (++spins % 1024 == 0)
				sched_yield();
		}
	}
}

/** Open the gate again. Thread: as guest_gate_close(). */
static inline void
guest_gate_open(struct guest_gate *gate)
{
	__atomic_store_n(&gate->closed, 0, __ATOMIC_SEQ_CST);
}

#endif
