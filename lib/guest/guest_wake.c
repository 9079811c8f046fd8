/* SPDX-License-Identifier: BSD-3-Clause */
/* An lcore that sleeps, and a guest that has frames for it or is changed by C. */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "guest_private.h"

int
guest_wake_init(struct guest *g, uint16_t n)
{
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET };
	uint16_t q;

	for (q = 0; q < NIC_MAX_QUEUES; q++)
		g->wake_fd[q] = g->signal_fd[q] = -1;
	for (q = 0; q < n; q++) {
		g->wake_fd[q] = epoll_create1(EPOLL_CLOEXEC);
		g->signal_fd[q] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		if (g->wake_fd[q] < 0 || g->signal_fd[q] < 0 ||
			epoll_ctl(g->wake_fd[q], EPOLL_CTL_ADD, g->signal_fd[q], &ev) < 0) {
			int ret = -errno;

			guest_wake_fini(g);
			return ret;
		}
	}
	return 0;
}

void
guest_wake_fini(struct guest *g)
{
	uint16_t q;

	for (q = 0; q < NIC_MAX_QUEUES; q++) {
		if (g->signal_fd[q] >= 0)
			close(g->signal_fd[q]);
		if (g->wake_fd[q] >= 0)
			close(g->wake_fd[q]);
		g->wake_fd[q] = g->signal_fd[q] = -1;
	}
}

int
guest_wake_fd(const struct guest *g, uint16_t q)
{
	return g->wake_fd[q];
}

void
guest_wake(struct guest *g, uint16_t q)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&g->armed[q].on, __ATOMIC_RELAXED) != 0)
		eventfd_write(g->signal_fd[q], 1);
}

void
guest_wake_all(struct guest *g)
{
	uint16_t q;

	for (q = 0; q < g->nic->conf.n_queues; q++)
		guest_wake(g, q);
}

int
guest_arm(struct guest *g, uint16_t q)
{
	const struct nic_model *model = g->nic->model;
	int ret;

	if (g->tr->ops->can_kick == NULL || model->want_kicks == NULL)
		return -ENOTSUP;
	/* Before the gate: who opens it, or lets the guest in, then sees that we are to be woken. */
	__atomic_store_n(&g->armed[q].on, 1, __ATOMIC_RELAXED);
	if (!guest_gate_enter(&g->gate, 2 * q))
		return 0;
	ret = g->tr->ops->can_kick(g->tr, q);
	if (ret == 0)
		ret = model->want_kicks(g->nic, q, true);
	guest_gate_leave(&g->gate, 2 * q);
	/* The kicks that we asked for, before our next look. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (ret < 0)
		__atomic_store_n(&g->armed[q].on, 0, __ATOMIC_RELAXED);
	return ret;
}

void
guest_disarm(struct guest *g, uint16_t q)
{
	if (__atomic_load_n(&g->armed[q].on, __ATOMIC_RELAXED) == 0)
		return;
	__atomic_store_n(&g->armed[q].on, 0, __ATOMIC_RELAXED);
	if (!guest_gate_enter(&g->gate, 2 * q))
		return;
	(void)g->nic->model->want_kicks(g->nic, q, false);
	guest_gate_leave(&g->gate, 2 * q);
}
