/* SPDX-License-Identifier: BSD-3-Clause */
/* Back-pressure, storm limit, loops. */
#include "hub_policy.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_ethdev.h>
#include <rte_ether.h>
#include <rte_mbuf.h>
#include <rte_ring.h>
#include <rte_ring_peek.h>
#include <rte_string_fns.h>

#include "base/err.h"
#include "base/log.h"
#include "hub_flood.h"
#include "hub_rules.h"

LOG_REGISTER("hub");

#define HUB_STORM_TRIES 8

/* Half of the ring: a burst of TSO frames may become far more frames than it has. */
static bool
hub_has_room(const struct rte_ring *r)
{
	return rte_ring_free_count(r) >= rte_ring_get_size(r) / 2;
}

static bool
hub_target_waits(const struct hub_target *t)
{
	uint64_t *since = &t->to->waiting_since[t->queue], from, now;

	if (!t->to->conf.block || hub_is_down(t->to))
		return false;
	from = __atomic_load_n(since, __ATOMIC_RELAXED);
	if (likely(hub_has_room(t->to->ring[t->queue]))) {
		if (from != 0)
			__atomic_store_n(since, 0, __ATOMIC_RELAXED);
		return false;
	}
	now = rte_rdtsc();
	if (from == 0) {
		__atomic_store_n(since, now | 1, __ATOMIC_RELAXED);
		return true;
	}
	/* Another lcore's clock may be a little ahead. */
	return (int64_t)(now - from) < (int64_t)(rte_get_tsc_hz() / 1000 * HUB_WAIT_MS);
}

bool
hub_must_wait(const struct hub_input *in)
{
	bool waits = false;
	uint16_t i;

	if (!hub_rules_wait(in->rules))
		return false;
	/* All of them: their times run at once, not one after the other. */
	for (i = 0; i < in->n_targets; i++)
		waits |= hub_target_waits(&in->target[i]);
	return waits;
}

uint16_t
hub_drain_blocking(struct hub_member *m, uint16_t q)
{
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t n, sent;

	/* They leave the ring only when the port has taken them. */
	n = (uint16_t)rte_ring_dequeue_burst_start(m->ring[q], (void **)pkts, HUB_BURST, NULL);
	if (n == 0)
		return 0;
	sent = rte_eth_tx_burst(m->port_id, q, pkts, n);
	rte_ring_dequeue_finish(m->ring[q], sent);
	stat_add(&m->count[q].out_frames, sent);
	return sent;
}

/*
 * A token bucket in one word: the time at which all that was let through has been paid for. The bucket
 * is one second deep, so frames pass while that time is less than a second ahead.
 */
uint16_t
hub_storm_take(struct hub_member *m, uint32_t pps, uint64_t now, uint16_t n)
{
	uint64_t hz = rte_get_tsc_hz(), old = __atomic_load_n(&m->storm_time, __ATOMIC_RELAXED);
	unsigned int i;

	for (i = 0; i < HUB_STORM_TRIES; i++) {
		uint64_t time = (int64_t)(old - now) < 0 || old == 0 ? now : old;
		uint64_t room = time - now >= hz ? 0 : (hz - (time - now)) * pps / hz;
		uint16_t pass = (uint16_t)RTE_MIN(room, (uint64_t)n);

		if (pass == 0)
			return 0;
		if (__atomic_compare_exchange_n(&m->storm_time, &old,
			    time + (uint64_t)pass * hz / pps, false, __ATOMIC_RELAXED,
			    __ATOMIC_RELAXED))
			return pass;
	}
	return 0; /* other lcores took so much meanwhile that it is a storm */
}

struct hub_loop_log {
	char hub[HUB_NAME_LEN];
	uint64_t count;	      /* any D adds */
	uint64_t quiet_until; /* any D; TSC: before that nothing is said */
	uint32_t state;	      /* 0: free; 1: D writes what follows; 2: to be logged by M */
	char member[HUB_NAME_LEN];
	uint64_t key;
	bool block;
};

void
hub_loop_report(struct hub_loop_log *log)
{
	char mac[RTE_ETHER_ADDR_FMT_SIZE];
	struct rte_ether_addr addr;

	if (log != NULL && __atomic_load_n(&log->state, __ATOMIC_ACQUIRE) == 2) {
		memcpy(&addr, &log->key, sizeof(addr));
		rte_ether_format_addr(mac, sizeof(mac), &addr);
		LOG(WARNING,
			"%s: %s moves to and fro, last to %s: is there a loop behind that port, or "
			"a second NIC of this address? %s",
			log->hub, mac, log->member,
			log->block ? "The port is blocked for a while"
				   : "loop=block would keep the port off");
		__atomic_store_n(&log->state, 0, __ATOMIC_RELEASE);
	}
}

struct hub_loop_log *
hub_loop_log_create(const char *hub)
{
	struct hub_loop_log *log = calloc(1, sizeof(*log));

	if (log == NULL)
		return err_null(ENOMEM);
	rte_strscpy(log->hub, hub, sizeof(log->hub));
	return log;
}

void
hub_loop_log_destroy(struct hub_loop_log *log)
{
	free(log);
}

uint64_t
hub_loop_count(const struct hub_loop_log *log)
{
	return log != NULL ? __atomic_load_n(&log->count, __ATOMIC_RELAXED) : 0;
}

void
hub_loop_found(struct hub_loop_log *log, struct hub_member *culprit, uint64_t key, uint64_t now,
	bool block)
{
	uint64_t hz = rte_get_tsc_hz(),
		 quiet = __atomic_load_n(&log->quiet_until, __ATOMIC_RELAXED);
	uint32_t is_free = 0;

	hub_count_add(&log->count, 1);
	if (block)
		__atomic_store_n(&culprit->loop_until, (now + hz * HUB_LOOP_BLOCK_S) | 1,
			__ATOMIC_RELAXED);
	if (quiet != 0 && (int64_t)(quiet - now) > 0)
		return;
	if (!__atomic_compare_exchange_n(&log->state, &is_free, 1, false, __ATOMIC_ACQUIRE,
		    __ATOMIC_RELAXED))
		return;
	__atomic_store_n(&log->quiet_until, (now + hz * HUB_LOOP_SILENCE_S) | 1, __ATOMIC_RELAXED);
	rte_strscpy(log->member, culprit->name, sizeof(log->member));
	log->key = key;
	log->block = block;
	__atomic_store_n(&log->state, 2, __ATOMIC_RELEASE);
}
