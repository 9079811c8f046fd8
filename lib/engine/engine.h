/* SPDX-License-Identifier: BSD-3-Clause */
/* The lcores that poll, and which queue each of them serves. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub/hub.h"

struct engine;

/** What one lcore did. */
struct engine_lcore_info {
	unsigned int lcore_id;
	uint32_t inputs;     /* queues polled */
	uint64_t polls;	     /* rounds over all of them */
	uint64_t busy_polls; /* rounds that moved a frame */
	uint32_t active;     /* queues polled in each round; the others are idle. A glance */
	uint64_t sleeps;     /* times it slept for lack of frames */
	uint64_t wakes;	     /* of these, ended by somebody who had work for it */
	uint64_t asleep_us;  /* microseconds of its life that it slept */
	uint64_t life_us;    /* microseconds since it began to poll */
};

/** How the lcores are to behave. */
struct engine_conf {
	bool poll; /* never sleep; else an lcore without frames does, see engine_idle.h */
	uint32_t
		wait_us; /* every sleep when all that brings work can end it; 0: grows to a default */
};

/**
 * Launch the poll loop on every worker lcore of EAL. Forwarding is on.
 * @param conf  NULL: as a conf of zeros
 * @return NULL and rte_errno: ENODEV (no worker lcore), ENOMEM, EBUSY, EMFILE. Thread: M.
 */
struct engine *engine_create(const struct engine_conf *conf);

/** End the loops and free; hubs and members are the caller's. Thread: M. */
void engine_destroy(struct engine *e);

/**
 * Put a member into a hub, or a new hub into service, or take a member out, while traffic runs.
 * After engine_leave() no lcore uses the member or its port: the caller destroys it.
 * @return 0; -ENOSPC, -ENOMEM; -ETIMEDOUT when an lcore does not come by (stopped in a debugger?):
 *         the change is in force but nothing may be freed. -ENOENT from engine_leave().
 * Thread: M.
 */
int engine_join(struct engine *e, struct hub *hub, struct hub_member *m);
int engine_leave(struct engine *e, struct hub *hub, struct hub_member *m);

/** Put what was changed by hub_set_conf() in force. @return as join. Thread: M. */
int engine_update(struct engine *e);

/**
 * Wait until every lcore has ended its round, so that nobody uses what was exchanged before
 * (hub_member_set_filters()). @return 0; -ETIMEDOUT: free nothing. Thread: M.
 */
int engine_sync(struct engine *e);

/** Let the lcores poll (true) or rest (false): testpmd's start and stop. @return as join. M. */
int engine_set_forwarding(struct engine *e, bool on);
bool engine_is_forwarding(const struct engine *e);

/** The i-th lcore. @return false behind the last. Thread: any. */
bool engine_lcore_info(const struct engine *e, unsigned int i, struct engine_lcore_info *info);

#endif
