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
#include <rte_pause.h>
#include <rte_rcu_qsbr.h>

#include "base/err.h"
#include "base/log.h"
#include "engine_plan.h"

LOG_REGISTER("engine");

/* An lcore passes its quiescent point every round; a missing one is stopped or starved. */
#define ENGINE_SYNC_MS 5000
/* Idle rounds after which the CPU is offered to others; a frame ends the count. */
#define ENGINE_IDLE_ROUNDS 64

struct engine_lcore {
	const struct engine_plan *plan __rte_cache_aligned; /* M publishes, D acquires each round */
	unsigned int id;
	uint32_t stop;	     /* M writes, D reads */
	uint64_t polls;	     /* D writes */
	uint64_t busy_polls; /* D writes */
	struct engine *engine;
};

struct engine {
	struct rte_rcu_qsbr *rcu;
	bool forwarding;	 /* M */
	struct hub **hubs;	 /* M: those with members */
	unsigned int n_hubs;	 /* M */
	unsigned int next_lcore; /* M: where the next hub's queue 0 goes */
	unsigned int n;
	struct engine_lcore lcore[RTE_MAX_LCORE];
};

/* One round over everything the plan names. */
static uint32_t
engine_round(const struct engine_plan *plan)
{
	uint32_t frames = 0, i;

	for (i = 0; i < plan->n_inputs; i++)
		frames += hub_poll(&plan->input[i]);
	for (i = 0; i < plan->n_outputs; i++)
		frames += hub_drain(plan->output[i].member, plan->output[i].queue);
	return frames;
}

static void
engine_idle(unsigned int *rounds)
{
	rte_pause();
	if (++*rounds < ENGINE_IDLE_ROUNDS)
		return;
	*rounds = 0;
	sched_yield();
}

static int
engine_loop(void *arg)
{
	struct engine_lcore *l = arg;
	struct engine *e = l->engine;
	unsigned int self = (unsigned int)(l - e->lcore), idle = 0;

	rte_rcu_qsbr_thread_register(e->rcu, self);
	rte_rcu_qsbr_thread_online(e->rcu, self);
	while (__atomic_load_n(&l->stop, __ATOMIC_RELAXED) == 0) {
		const struct engine_plan *plan = __atomic_load_n(&l->plan, __ATOMIC_ACQUIRE);

		if (engine_round(plan) > 0) {
			stat_add(&l->busy_polls, 1);
			idle = 0;
		} else {
			engine_idle(&idle);
		}
		stat_add(&l->polls, 1);
		rte_rcu_qsbr_quiescent(e->rcu, self);
	}
	rte_rcu_qsbr_thread_offline(e->rcu, self);
	rte_rcu_qsbr_thread_unregister(e->rcu, self);
	return 0;
}

int
engine_sync(struct engine *e)
{
	uint64_t end = rte_get_timer_cycles() + rte_get_timer_hz() * ENGINE_SYNC_MS / 1000;
	uint64_t token = rte_rcu_qsbr_start(e->rcu);

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

struct engine *
engine_create(void)
{
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
	for (i = 0; i < e->n; i++) {
		rte_eal_wait_lcore(e->lcore[i].id);
		engine_plan_free((struct engine_plan *)(uintptr_t)e->lcore[i].plan);
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

int
engine_join(struct engine *e, struct hub *hub, struct hub_member *m)
{
	uint16_t q;
	int ret;

	if (hub->n == HUB_MAX_MEMBERS)
		return -ENOSPC;
	ret = engine_know_hub(e, hub);
	if (ret < 0)
		return ret;
	for (q = 0; q < m->n_queues; q++)
		m->lcore[q] = (hub->first_lcore + q) % e->n;
	hub_enter(hub, m);
	ret = engine_publish(e);
	if (ret < 0 && ret != -ETIMEDOUT)
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

	if (i >= e->n)
		return false;
	*info = (struct engine_lcore_info){
		.lcore_id = l->id,
		.inputs = __atomic_load_n(&l->plan, __ATOMIC_ACQUIRE)->n_inputs,
		.polls = __atomic_load_n(&l->polls, __ATOMIC_RELAXED),
		.busy_polls = __atomic_load_n(&l->busy_polls, __ATOMIC_RELAXED),
	};
	return true;
}
