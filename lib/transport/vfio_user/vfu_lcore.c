/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A connection that a polling lcore serves. A driver's register accesses come in series, and the guest
 * waits for the answer to each read: a thread that must be woken for each costs more than all else, most
 * of all where it shares a CPU with the guest. So the loop lends the connection to the lcore that polls
 * the guest's rings anyhow. The lcore looks at the socket now and then, serves what is quick, and
 * returns the connection with everything else, and when it has been quiet for a while.
 */
#include <errno.h>
#include <string.h>

#include <rte_cycles.h>

#include "base/stats.h"
#include "vfu.h"

/* How often the lcore looks, and how long it keeps a quiet connection; microseconds. */
#define VFU_LOOK_US 2
#define VFU_KEEP_US 1000
/* Messages of one look, so that the lcore's other ports have their turn. */
#define VFU_LCORE_TURN 8
/* The longest access that is quick; bytes. */
#define VFU_QUICK_LEN 8

static uint64_t
vfu_lcore_us(uint64_t us)
{
	return rte_get_tsc_hz() / US_PER_S * us;
}

/* An access to a BAR that needs nobody held. */
static bool
vfu_lcore_quick_access(const struct vfu_transport *t, const struct vfu_hdr *hdr,
	const uint8_t *body)
{
	struct vfu_access a;

	if (hdr->size < sizeof(*hdr) + sizeof(a))
		return false;
	memcpy(&a, body, sizeof(a));
	if (a.region >= NIC_PCI_BARS || a.count > VFU_QUICK_LEN)
		return false;
	return hdr->command == VFU_REGION_READ ||
	       !t->tr.events->bar_holds(t->tr.ctx, (uint8_t)a.region, a.offset, a.count);
}

/* The client unmasks INTx. */
static bool
vfu_lcore_quick_irq(const struct vfu_hdr *hdr, const uint8_t *body)
{
	struct vfu_irq_set r;

	if (hdr->size != sizeof(*hdr) + sizeof(r))
		return false;
	memcpy(&r, body, sizeof(r));
	return r.index == VFU_IRQ_INTX && r.flags == (VFU_SET_DATA_NONE | VFU_SET_ACTION_UNMASK);
}

bool
vfu_lcore_is_quick(const struct vfu_transport *t)
{
	const uint8_t *body = t->in.buf + sizeof(struct vfu_hdr);
	struct vfu_hdr hdr;

	memcpy(&hdr, t->in.buf, sizeof(hdr));
	if (!t->versioned || t->in.n_fds > 0 || t->in.fds_lost || t->trace != NULL)
		return false;
	if (hdr.command == VFU_REGION_READ || hdr.command == VFU_REGION_WRITE)
		return vfu_lcore_quick_access(t, &hdr, body);
	return hdr.command == VFU_DEVICE_SET_IRQS && vfu_lcore_quick_irq(&hdr, body);
}

void
vfu_lcore_lend(struct vfu_transport *t)
{
	uint64_t looks = __atomic_load_n(&t->looks, __ATOMIC_RELAXED);
	bool polled = looks != t->looks_seen;

	t->looks_seen = looks;
	if (!polled || t->lent || t->out.len > 0 || vfu_loop_watch(&t->conn, 0) < 0)
		return;
	t->look_at = 0;
	t->keep_until = rte_get_tsc_cycles() + vfu_lcore_us(VFU_KEEP_US);
	__atomic_store_n(&t->lent, 1, __ATOMIC_RELEASE);
}

void
vfu_lcore_return(struct vfu_transport *t)
{
	if (!t->lent)
		return;
	__atomic_store_n(&t->lent, 0, __ATOMIC_RELEASE);
	if (t->conn.fd >= 0)
		vfu_loop_watch(&t->conn, t->out.len > 0 ? EPOLLOUT : EPOLLIN);
}

void
vfu_lcore_check(struct vfu_transport *t)
{
	uint64_t looks = __atomic_load_n(&t->looks, __ATOMIC_RELAXED);

	if (t->lent && looks == t->looks_seen)
		vfu_lcore_return(t);
	t->looks_seen = looks;
}

int
vfu_lcore_can_kick(const struct transport *tr, uint16_t q)
{
	const struct vfu_transport *t = (const struct vfu_transport *)tr;

	/* Each access of a series would wait for the end of a sleep. */
	return q == 0 && __atomic_load_n(&t->lent, __ATOMIC_RELAXED) ? -EBUSY : -ENOTSUP;
}

/* Serve what is there. Under the port's lock and the guest's. */
static void
vfu_lcore_serve(struct vfu_transport *t, uint64_t now)
{
	int i, ret = 0;

	for (i = 0; i < VFU_LCORE_TURN && ret == 0; i++) {
		ret = vfu_sock_take(t);
		if (ret == 0 && !vfu_lcore_is_quick(t))
			ret = -EBUSY;
		if (ret < 0)
			break;
		stat_add(&t->count.by_lcore, 1);
		ret = vfu_sock_serve(t);
	}
	if (i > 0)
		t->keep_until = now + vfu_lcore_us(VFU_KEEP_US);
	if (ret == 0 || (ret == -EAGAIN && t->out.len == 0 && now < t->keep_until))
		return;
	vfu_lcore_return(t);
	/* A message may be all here, so that the socket wakes nobody. */
	if (t->in.got > 0)
		vfu_loop_kick();
}

void
vfu_lcore_poll(struct transport *tr)
{
	struct vfu_transport *t = (struct vfu_transport *)tr;
	uint64_t now;

	__atomic_store_n(&t->looks, t->looks + 1, __ATOMIC_RELAXED);
	if (likely(__atomic_load_n(&t->lent, __ATOMIC_ACQUIRE) == 0))
		return;
	now = rte_get_tsc_cycles();
	if (now < t->look_at || pthread_mutex_trylock(&t->lock) != 0)
		return;
	t->look_at = now + vfu_lcore_us(VFU_LOOK_US);
	vfu_irq_later(t, now);
	if (t->lent && t->tr.events->try_enter(t->tr.ctx)) {
		vfu_lcore_serve(t, now);
		t->tr.events->leave(t->tr.ctx);
	}
	pthread_mutex_unlock(&t->lock);
}
