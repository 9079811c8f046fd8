/* SPDX-License-Identifier: BSD-3-Clause */
/* Waking lcores. */
#include "hub_wake.h"

#include <errno.h>
#include <sys/eventfd.h>

#include <rte_ethdev.h>
#include <rte_ring.h>

#include "hub.h"
#include "hub_policy.h"

void
hub_wake_up(struct hub_wake *w)
{
	/* Of several that wake it at once, one writes. */
	if (__atomic_exchange_n(&w->sleeping, 0, __ATOMIC_ACQ_REL) != 0)
		eventfd_write(w->fd, 1);
}

void
hub_member_set_wakes(struct hub_member *m)
{
	uint16_t q;

	for (q = 0; q < m->n_queues; q++) {
		/* Without the operation, asking for the descriptor would be logged as an error. */
		if (rte_eth_dev_rx_intr_disable(m->port_id, q) == -ENOTSUP)
			return;
		m->wake_fd[q] = rte_eth_dev_rx_intr_ctl_q_get_fd(m->port_id, q);
		if (m->wake_fd[q] < 0)
			return;
	}
	m->arm = rte_eth_dev_rx_intr_enable;
	m->disarm = rte_eth_dev_rx_intr_disable;
}

int
hub_arm(const struct hub_input *in)
{
	const struct hub_member *m = in->from;

	/* What a filter holds is released by time, and nobody says when a target has room again. */
	if (m->arm == NULL || __atomic_load_n(&m->filters, __ATOMIC_RELAXED) != NULL ||
		(in->rules != NULL && hub_must_wait(in)))
		return -ENOTSUP;
	return m->arm(m->port_id, in->queue);
}

void
hub_disarm(const struct hub_input *in)
{
	in->from->disarm(in->from->port_id, in->queue);
}

bool
hub_is_backed_up(const struct hub_member *m, uint16_t q)
{
	return !rte_ring_empty(m->ring[q]);
}
