/* SPDX-License-Identifier: BSD-3-Clause */
/* What an lcore does when nothing is to do. */
#include "engine_idle.h"

#include <errno.h>
#include <sched.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_pause.h>

#include "base/stats.h"
#include "engine.h"
#include "engine_plan.h"

/* Empty rounds after which the CPU is offered to others; a frame ends the count. */
#define ENGINE_IDLE_ROUNDS 64
/* Events taken at once. Nobody looks at them: what has one is polled like everything else. */
#define ENGINE_EVENTS 64

int
engine_idle_init(struct engine_idle *idle, const struct engine_conf *conf)
{
	int ret;

	*idle = (struct engine_idle){ .epoll = -1, .wake = { .fd = -1 } };
	idle->wait_first_us = conf->wait_us > 0 ? conf->wait_us : ENGINE_WAIT_FIRST_US;
	idle->wait_max_us = conf->wait_us > 0 ? conf->wait_us : ENGINE_WAIT_MAX_US;
	if (conf->poll)
		return 0;
	idle->epoll = epoll_create1(EPOLL_CLOEXEC);
	idle->wake.fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	ret = idle->epoll < 0 || idle->wake.fd < 0 ? -errno
						   : engine_idle_watch(idle, idle->wake.fd);
	if (ret < 0)
		engine_idle_fini(idle);
	return ret;
}

void
engine_idle_fini(struct engine_idle *idle)
{
	if (idle->wake.fd >= 0)
		close(idle->wake.fd);
	if (idle->epoll >= 0)
		close(idle->epoll);
	idle->wake.fd = idle->epoll = -1;
}

int
engine_idle_watch(struct engine_idle *idle, int fd)
{
	/* By edges: each write of an eventfd is one, so that none has to be read, by us or by anybody. */
	struct epoll_event ev = { .events = EPOLLIN | EPOLLET, .data.fd = fd };

	if (idle->epoll < 0)
		return 0;
	return epoll_ctl(idle->epoll, EPOLL_CTL_ADD, fd, &ev) < 0 ? -errno : 0;
}

void
engine_idle_unwatch(struct engine_idle *idle, int fd)
{
	if (idle->epoll >= 0)
		(void)epoll_ctl(idle->epoll, EPOLL_CTL_DEL, fd, NULL);
}

bool
engine_idle_empty(struct engine_idle *idle)
{
	uint64_t now = rte_get_tsc_cycles();

	rte_pause();
	if (idle->since == 0)
		idle->since = now;
	if (idle->epoll >= 0 && now - idle->since >= rte_get_tsc_hz() / US_PER_S * ENGINE_SPIN_US)
		return true;
	if (++idle->rounds >= ENGINE_IDLE_ROUNDS) {
		idle->rounds = 0;
		sched_yield();
	}
	return false;
}

static void
engine_idle_disarm_n(const struct engine_plan *plan, uint32_t first, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		hub_disarm(&plan->input[(first + i) % plan->n_inputs]);
}

int
engine_idle_arm(struct engine_idle *idle, const struct engine_plan *plan)
{
	uint32_t i, first = idle->first_arm < plan->n_inputs ? idle->first_arm : 0;
	int ret;

	/* What could not be armed last time is asked first: most likely it still cannot. */
	for (i = 0; i < plan->n_inputs; i++) {
		uint32_t at = (first + i) % plan->n_inputs;

		ret = hub_arm(&plan->input[at]);
		if (ret < 0) {
			engine_idle_disarm_n(plan, first, i);
			idle->first_arm = at;
			return ret == -EBUSY ? -EBUSY : -ENOTSUP;
		}
	}
	return 0;
}

void
engine_idle_disarm(const struct engine_plan *plan)
{
	engine_idle_disarm_n(plan, 0, plan->n_inputs);
}

bool
engine_idle_is_backed_up(const struct engine_plan *plan)
{
	uint32_t i;

	for (i = 0; i < plan->n_outputs; i++)
		if (hub_is_backed_up(plan->output[i].member, plan->output[i].queue))
			return true;
	return false;
}

/* The limit of the next sleep; microseconds. */
static uint32_t
engine_idle_limit(struct engine_idle *idle, bool can_wait)
{
	uint32_t first = can_wait ? idle->wait_first_us : ENGINE_NAP_FIRST_US;
	uint32_t max = can_wait ? idle->wait_max_us : ENGINE_NAP_MAX_US;

	if (idle->sleep_us == 0 || idle->can_wait != can_wait)
		idle->sleep_us = first;
	else
		idle->sleep_us = RTE_MIN(2 * idle->sleep_us, max);
	idle->can_wait = can_wait;
	return idle->sleep_us;
}

void
engine_idle_sleep(struct engine_idle *idle, bool can_wait)
{
	uint32_t us = engine_idle_limit(idle, can_wait);
	struct timespec limit = { us / US_PER_S, us % US_PER_S * 1000L };
	struct epoll_event ev[ENGINE_EVENTS];
	uint64_t from = rte_get_tsc_cycles(), to;
	int n;

	if (!idle->slack_set) {
		/* Else the kernel lets us oversleep by another 50 us. */
		(void)prctl(PR_SET_TIMERSLACK, 1000UL, 0UL, 0UL, 0UL);
		idle->slack_set = true;
	}
	n = epoll_pwait2(idle->epoll, ev, ENGINE_EVENTS, &limit, NULL);
	to = rte_get_tsc_cycles();
	stat_add(&idle->sleeps, 1);
	stat_add(&idle->asleep, to - from);
	if (n <= 0)
		return;
	/* Where one frame came, more may. */
	stat_add(&idle->wakes, 1);
	engine_idle_busy(idle);
}
