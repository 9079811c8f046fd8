/* SPDX-License-Identifier: BSD-3-Clause */
/* A thread between two rings. */
#include "pmd_pump.h"

#include <errno.h>
#include <stdio.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <rte_errno.h>
#include <rte_mbuf.h>

int
pmd_pump_init(struct pmd_pump *p, const char *name, unsigned int entries, void (*run)(void *ctx),
	void *ctx)
{
	char ring[RTE_RING_NAMESIZE];
	int ret;

	*p = (struct pmd_pump){ .run = run, .ctx = ctx };
	ret = pmd_wake_init(&p->wake);
	if (ret < 0)
		return ret;
	p->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (p->wake_fd < 0) {
		ret = -errno;
		goto fini_wake;
	}
	snprintf(ring, sizeof(ring), "%.20s_in", name);
	p->to_pump = rte_ring_create(ring, entries, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (p->to_pump == NULL) {
		ret = -rte_errno;
		goto close_fd;
	}
	snprintf(ring, sizeof(ring), "%.20s_out", name);
	p->from_pump = rte_ring_create(ring, entries, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	if (p->from_pump == NULL) {
		ret = -rte_errno;
		goto free_ring;
	}
	return 0;

free_ring:
	rte_ring_free(p->to_pump);
close_fd:
	close(p->wake_fd);
fini_wake:
	pmd_wake_fini(&p->wake);
	return ret;
}

static void
pmd_pump_free_ring(struct rte_ring *ring)
{
	void *m;

	while (rte_ring_sc_dequeue(ring, &m) == 0)
		rte_pktmbuf_free(m);
	rte_ring_free(ring);
}

void
pmd_pump_fini(struct pmd_pump *p)
{
	pmd_pump_free_ring(p->to_pump);
	pmd_pump_free_ring(p->from_pump);
	close(p->wake_fd);
	pmd_wake_fini(&p->wake);
}

static helper_ret
pmd_pump_main(void *arg)
{
	struct pmd_pump *p = arg;

	p->run(p->ctx);
	return HELPER_END;
}

int
pmd_pump_start(struct pmd_pump *p, const char *name)
{
	int ret;

	__atomic_store_n(&p->stop, 0, __ATOMIC_RELEASE);
	ret = helper_start(&p->thread, name, pmd_pump_main, p);
	p->started = ret == 0;
	return ret;
}

void
pmd_pump_stop(struct pmd_pump *p)
{
	uint64_t one = 1;

	if (!p->started)
		return;
	__atomic_store_n(&p->stop, 1, __ATOMIC_RELEASE);
	if (write(p->wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		return; /* EAGAIN: the counter is full, so P wakes anyway */
	helper_join(&p->thread);
	p->started = false;
}

bool
pmd_pump_stopping(const struct pmd_pump *p)
{
	return __atomic_load_n(&p->stop, __ATOMIC_ACQUIRE) != 0;
}

void
pmd_pump_wake(struct pmd_pump *p)
{
	uint64_t one = 1;
	ssize_t n;

	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&p->sleeping, __ATOMIC_RELAXED) == 0 ||
		__atomic_exchange_n(&p->sleeping, 0, __ATOMIC_ACQ_REL) == 0)
		return;
	do
		n = write(p->wake_fd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

bool
pmd_pump_prepare_sleep(struct pmd_pump *p)
{
	__atomic_store_n(&p->sleeping, 1, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (rte_ring_empty(p->to_pump) && !pmd_pump_stopping(p))
		return true;
	__atomic_store_n(&p->sleeping, 0, __ATOMIC_RELAXED);
	return false;
}

void
pmd_pump_awake(struct pmd_pump *p)
{
	uint64_t count;

	__atomic_store_n(&p->sleeping, 0, __ATOMIC_RELAXED);
	while (read(p->wake_fd, &count, sizeof(count)) < 0 && errno == EINTR)
		;
}
