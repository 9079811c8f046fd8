/* SPDX-License-Identifier: BSD-3-Clause */
/* The poll loop, and changing what it polls while it runs. */
#include "engine.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>

#include <rte_cycles.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_rcu_qsbr.h>

#include "base/err.h"
#include "base/log.h"
#include "engine_idle.h"
#include "engine_plan.h"
#include "engine_scan.h"

LOG_REGISTER("engine");

/* An lcore passes its quiescent point every round; a missing one is stopped or starved. */
#define ENGINE_SYNC_MS 5000

struct engine_lcore {
	const struct engine_plan *plan __rte_cache_aligned; /* M publishes, D acquires each round */
	unsigned int id;
	uint32_t stop;	     /* M writes, D reads */
	uint64_t polls;	     /* D writes */
	uint64_t busy_polls; /* D writes */
	uint32_t active;     /* D writes */
	struct engine *engine;
	struct engine_idle idle;
};

struct engine {
	struct rte_rcu_qsbr *rcu;
	uint32_t syncs;		 /* M counts, D reads each round */
	bool forwarding;	 /* M */
	struct hub **hubs;	 /* M: those with members */
	unsigned int n_hubs;	 /* M */
	unsigned int next_lcore; /* M: where the next hub's queue 0 goes */
	unsigned int n;
	struct engine_lcore lcore[RTE_MAX_LCORE];
};

/*
 * Sleep, unless there is work after all. What is looked at once everybody was told that we sleep: inputs
 * and rings, the plan (syncs: M may wait for us to leave it), the end. The plan stays ours meanwhile.
 */
static void
engine_sleep(struct engine_lcore *l, const struct engine_plan *plan, uint32_t syncs)
{
	int armed = engine_idle_arm(&l->idle, plan);

	if (armed == -EBUSY)
		return;
	hub_wake_prepare(&l->idle.wake);
	if (engine_scan_all(plan) > 0)
		engine_idle_busy(&l->idle);
	else if (__atomic_load_n(&l->engine->syncs, __ATOMIC_RELAXED) == syncs &&
		 __atomic_load_n(&l->stop, __ATOMIC_RELAXED) == 0)
		engine_idle_sleep(&l->idle, armed == 0 && !engine_idle_is_backed_up(plan));
	hub_wake_done(&l->idle.wake);
	if (armed == 0)
		engine_idle_disarm(plan);
}

static int
engine_loop(void *arg)
{
	struct engine_lcore *l = arg;
	struct engine *e = l->engine;
	unsigned int self = (unsigned int)(l - e->lcore);
	uint32_t syncs = __atomic_load_n(&e->syncs, __ATOMIC_ACQUIRE);

	__atomic_store_n(&l->idle.started, rte_get_tsc_cycles(), __ATOMIC_RELAXED);
	rte_rcu_qsbr_thread_register(e->rcu, self);
	rte_rcu_qsbr_thread_online(e->rcu, self);
	while (__atomic_load_n(&l->stop, __ATOMIC_RELAXED) == 0) {
		const struct engine_plan *plan = __atomic_load_n(&l->plan, __ATOMIC_ACQUIRE);

		if (engine_scan_round(plan) > 0) {
			stat_add(&l->busy_polls, 1);
			engine_idle_busy(&l->idle);
		} else if (engine_idle_empty(&l->idle)) {
			engine_sleep(l, plan, syncs);
		}
		stat_add(&l->polls, 1);
		__atomic_store_n(&l->active, plan->scan->n_active, __ATOMIC_RELAXED);
		/* Before the quiescent point: what M began later than this ends our sleep. */
		syncs = __atomic_load_n(&e->syncs, __ATOMIC_ACQUIRE);
		rte_rcu_qsbr_quiescent(e->rcu, self);
	}
	rte_rcu_qsbr_thread_offline(e->rcu, self);
	rte_rcu_qsbr_thread_unregister(e->rcu, self);
	return 0;
}

/* Let no lcore sleep on what M has exchanged. */
static void
engine_wake_all(struct engine *e)
{
	unsigned int i;

	for (i = 0; i < e->n; i++)
		if (e->lcore[i].idle.epoll >= 0)
			hub_wake(&e->lcore[i].idle.wake);
}

int
engine_sync(struct engine *e)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * ENGINE_SYNC_MS / 1000;
	uint64_t token = rte_rcu_qsbr_start(e->rcu);

	__atomic_fetch_add(&e->syncs, 1, __ATOMIC_RELEASE);
	engine_wake_all(e);
	while (rte_rcu_qsbr_check(e->rcu, token, false) == 0) {
		if (rte_get_timer_cycles() > end) {
			LOG(ERR, "an lcore has not come by for %d ms: what it may use is kept",
				ENGINE_SYNC_MS);
			return -ETIMEDOUT;
		}
		sched_yield();
	}
	return 0;
}

/* Give every lcore its new plan, and free the old ones when nobody reads them any more. */
static int
engine_publish(struct engine *e)
{
	const struct engine_plan *old[RTE_MAX_LCORE] = { NULL };
	struct engine_plan *plan[RTE_MAX_LCORE];
	unsigned int i;
	int ret = engine_plan_build(e->hubs, e->forwarding ? e->n_hubs : 0, e->n, plan);

	if (ret < 0)
		return ret;
	for (i = 0; i < e->n; i++) {
		old[i] = e->lcore[i].plan;
		__atomic_store_n(&e->lcore[i].plan, plan[i], __ATOMIC_RELEASE);
	}
	ret = engine_sync(e);
	if (ret == 0)
		for (i = 0; i < e->n; i++)
			engine_plan_free((struct engine_plan *)(uintptr_t)old[i]);
	return ret;
}

static int
engine_make_rcu(struct engine *e)
{
	size_t size = rte_rcu_qsbr_get_memsize(e->n);

	e->rcu = rte_zmalloc("engine_rcu", size, RTE_CACHE_LINE_SIZE);
	if (e->rcu == NULL)
		return -ENOMEM;
	return rte_rcu_qsbr_init(e->rcu, e->n) == 0 ? 0 : -EINVAL;
}

/* All lcores' means to sleep, or none. */
static int
engine_make_idle(struct engine *e, const struct engine_conf *conf)
{
	unsigned int i;
	int ret = 0;

	for (i = 0; i < e->n && ret == 0; i++)
		ret = engine_idle_init(&e->lcore[i].idle, conf);
	if (ret < 0)
		for (i--; i > 0; i--)
			engine_idle_fini(&e->lcore[i - 1].idle);
	return ret;
}

struct engine *
engine_create(const struct engine_conf *conf)
{
	static const struct engine_conf usual;
	struct engine *e = rte_zmalloc("engine", sizeof(*e), RTE_CACHE_LINE_SIZE);
	struct engine_plan *plan[RTE_MAX_LCORE];
	unsigned int id, i;
	int ret;

	if (e == NULL)
		return err_null(ENOMEM);
	RTE_LCORE_FOREACH_WORKER(id)
		e->lcore[e->n++] = (struct engine_lcore){ .id = id, .engine = e };
	e->forwarding = true;
	ret = e->n == 0 ? -ENODEV : engine_make_rcu(e);
	if (ret == 0)
		ret = engine_plan_build(NULL, 0, e->n, plan);
	if (ret < 0)
		goto free_engine;
	ret = engine_make_idle(e, conf != NULL ? conf : &usual);
	if (ret < 0)
		goto free_plans;
	for (i = 0; i < e->n; i++)
		e->lcore[i].plan = plan[i];
	for (i = 0; i < e->n; i++) {
		ret = rte_eal_remote_launch(engine_loop, &e->lcore[i], e->lcore[i].id);
		if (ret < 0) {
			engine_destroy(e);
			return err_null(-ret);
		}
	}
	return e;

free_plans:
	for (i = 0; i < e->n; i++)
		engine_plan_free(plan[i]);
free_engine:
	rte_free(e->rcu);
	rte_free(e);
	return err_null(-ret);
}

void
engine_destroy(struct engine *e)
{
	unsigned int i;

	if (e == NULL)
		return;
	for (i = 0; i < e->n; i++)
		__atomic_store_n(&e->lcore[i].stop, 1, __ATOMIC_RELAXED);
	engine_wake_all(e);
	for (i = 0; i < e->n; i++) {
		rte_eal_wait_lcore(e->lcore[i].id);
		engine_plan_free((struct engine_plan *)(uintptr_t)e->lcore[i].plan);
		engine_idle_fini(&e->lcore[i].idle);
	}
	free(e->hubs);
	rte_free(e->rcu);
	rte_free(e);
}

/* Enter hub into the list, if it is not there. */
static int
engine_know_hub(struct engine *e, struct hub *hub)
{
	struct hub **hubs;
	unsigned int i;

	for (i = 0; i < e->n_hubs; i++)
		if (e->hubs[i] == hub)
			return 0;
	hubs = realloc(e->hubs, (e->n_hubs + 1) * sizeof(struct hub *));
	if (hubs == NULL)
		return -ENOMEM;
	hubs[e->n_hubs++] = hub;
	e->hubs = hubs;
	hub->first_lcore = e->next_lcore++ % e->n;
	return 0;
}

static void
engine_forget_hub(struct engine *e, const struct hub *hub)
{
	unsigned int i;

	for (i = 0; i < e->n_hubs; i++)
		if (e->hubs[i] == hub)
			e->hubs[i--] = e->hubs[--e->n_hubs];
}

static void
engine_remove_member(struct engine *e, struct hub *hub, uint16_t i)
{
	for (hub->n--; i < hub->n; i++)
		hub->member[i] = hub->member[i + 1];
	if (hub->n == 0)
		engine_forget_hub(e, hub);
}

/* Let the ports of a member's first n queues no longer wake their owners. */
static void
engine_unwatch(struct engine *e, const struct hub_member *m, uint16_t n)
{
	while (m->arm != NULL && n-- > 0)
		engine_idle_unwatch(&e->lcore[m->lcore[n]].idle, m->wake_fd[n]);
}

/* Give each queue of a member its owner, whom others and its port can wake. */
static int
engine_own(struct engine *e, const struct hub *hub, struct hub_member *m)
{
	uint16_t q;

	for (q = 0; q < m->n_queues; q++) {
		struct engine_idle *idle;
		int ret;

		m->lcore[q] = (hub->first_lcore + q) % e->n;
		idle = &e->lcore[m->lcore[q]].idle;
		m->wake[q] = idle->epoll >= 0 ? &idle->wake : NULL;
		ret = m->arm != NULL ? engine_idle_watch(idle, m->wake_fd[q]) : 0;
		if (ret < 0) {
			engine_unwatch(e, m, q);
			return ret;
		}
	}
	return 0;
}

int
engine_join(struct engine *e, struct hub *hub, struct hub_member *m)
{
	int ret;

	if (hub->n == HUB_MAX_MEMBERS)
		return -ENOSPC;
	ret = engine_know_hub(e, hub);
	if (ret < 0)
		return ret;
	hub_enter(hub, m);
	ret = engine_own(e, hub, m);
	if (ret < 0)
		goto remove;
	ret = engine_publish(e);
	if (ret == 0 || ret == -ETIMEDOUT)
		return ret;
	engine_unwatch(e, m, m->n_queues);
remove:
	engine_remove_member(e, hub, (uint16_t)(hub->n - 1));
	return ret;
}

int
engine_leave(struct engine *e, struct hub *hub, struct hub_member *m)
{
	uint16_t i;
	int ret;

	for (i = 0; i < hub->n; i++) {
		if (hub->member[i] == m) {
			engine_remove_member(e, hub, i);
			ret = engine_publish(e);
			engine_unwatch(e, m, m->n_queues);
			/* Nobody hears it any more; then its number may become another's. */
			hub_member_forget(m);
			return ret;
		}
	}
	return -ENOENT;
}

int
engine_update(struct engine *e)
{
	return engine_publish(e);
}

int
engine_set_forwarding(struct engine *e, bool on)
{
	e->forwarding = on;
	return engine_publish(e);
}

bool
engine_is_forwarding(const struct engine *e)
{
	return e->forwarding;
}

bool
engine_lcore_info(const struct engine *e, unsigned int i, struct engine_lcore_info *info)
{
	const struct engine_lcore *l = &e->lcore[i];
	uint64_t us = rte_get_tsc_hz() / US_PER_S, from;

	if (i >= e->n)
		return false;
	from = __atomic_load_n(&l->idle.started, __ATOMIC_RELAXED);
	*info = (struct engine_lcore_info){
		.lcore_id = l->id,
		.inputs = __atomic_load_n(&l->plan, __ATOMIC_ACQUIRE)->n_inputs,
		.polls = __atomic_load_n(&l->polls, __ATOMIC_RELAXED),
		.busy_polls = __atomic_load_n(&l->busy_polls, __ATOMIC_RELAXED),
		.active = __atomic_load_n(&l->active, __ATOMIC_RELAXED),
		.sleeps = __atomic_load_n(&l->idle.sleeps, __ATOMIC_RELAXED),
		.wakes = __atomic_load_n(&l->idle.wakes, __ATOMIC_RELAXED),
		.asleep_us = __atomic_load_n(&l->idle.asleep, __ATOMIC_RELAXED) / us,
		.life_us = from != 0 ? (rte_get_tsc_cycles() - from) / us : 0,
	};
	return true;
}
