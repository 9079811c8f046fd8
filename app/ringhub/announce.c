/* SPDX-License-Identifier: BSD-3-Clause */
/* Rounds of announcements. */
#include "announce.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rte_string_fns.h>

/* One series under way. */
struct announce {
	TAILQ_ENTRY(announce) next;
	struct announce_params params;
	int64_t left;  /* rounds */
	int64_t delay; /* ms, to the next */
	int64_t at;    /* ms of the monotonic clock */
};

const struct announce_params announce_defaults = {
	.initial = 50,
	.max = 550,
	.rounds = 5,
	.step = 100,
};

static int64_t
announce_now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
announce_add_interface(struct announce_params *a, const char *name)
{
	if (a->n == ANNOUNCE_INTERFACES)
		return -ENOSPC;
	if (rte_strscpy(a->interface[a->n], name, CONF_ID_LEN) < 0)
		a->interface[a->n][0] = '\0';
	a->n++;
	return 0;
}

static int
announce_check(const struct announce_params *a, char *why)
{
	const struct {
		const char *name;
		int64_t value, max;
	} bounds[] = {
		{ "initial", a->initial, ANNOUNCE_MAX_MS },
		{ "max", a->max, ANNOUNCE_MAX_MS },
		{ "rounds", a->rounds, ANNOUNCE_MAX_ROUNDS },
		{ "step", a->step, ANNOUNCE_MAX_MS },
	};
	size_t i;

	for (i = 0; i < RTE_DIM(bounds); i++) {
		if (bounds[i].value >= 0 && bounds[i].value <= bounds[i].max)
			continue;
		snprintf(why, OPT_LEN, "Parameter '%s' expects a value from 0 to %" PRId64,
			bounds[i].name, bounds[i].max);
		return -EINVAL;
	}
	return 0;
}

static void
announce_free(struct ringhub *rh, struct announce *s)
{
	TAILQ_REMOVE(&rh->announces, s, next);
	free(s);
}

/* One round; then set the time of the next, or end. */
static void
announce_round(struct ringhub *rh, struct announce *s)
{
	const struct announce_params *a = &s->params;
	unsigned int i;

	for (i = 0; i < a->n; i++)
		rh_announce(rh, a->interface[i]);
	if (a->n == 0)
		rh_announce(rh, NULL);
	s->left--;
	s->at = announce_now() + RTE_MIN(s->delay, a->max);
	s->delay += a->step;
}

int
announce_start(struct ringhub *rh, const struct announce_params *a, char *why)
{
	struct announce *s;
	int ret = announce_check(a, why);

	if (ret < 0)
		return ret;
	TAILQ_FOREACH(s, &rh->announces, next)
		if (strcmp(s->params.id, a->id) == 0)
			break;
	if (s != NULL)
		announce_free(rh, s);
	if (a->rounds == 0)
		return 0;
	s = calloc(1, sizeof(*s));
	if (s == NULL) {
		snprintf(why, OPT_LEN, "out of memory");
		return -ENOMEM;
	}
	s->params = *a;
	s->left = a->rounds;
	s->delay = a->initial;
	TAILQ_INSERT_TAIL(&rh->announces, s, next);
	announce_round(rh, s);
	if (s->left == 0)
		announce_free(rh, s);
	return 0;
}

int
announce_timeout(const struct ringhub *rh)
{
	const struct announce *s;
	int64_t now = announce_now(), left = -1;

	TAILQ_FOREACH(s, &rh->announces, next) {
		int64_t until = RTE_MAX(s->at - now, 0);

		left = left < 0 ? until : RTE_MIN(left, until);
	}
	return (int)left;
}

void
announce_serve(struct ringhub *rh)
{
	struct announce *s, *after;
	int64_t now = announce_now();

	pthread_mutex_lock(&rh->lock);
	for (s = TAILQ_FIRST(&rh->announces); s != NULL; s = after) {
		after = TAILQ_NEXT(s, next);
		if (s->at > now)
			continue;
		announce_round(rh, s);
		if (s->left == 0)
			announce_free(rh, s);
	}
	pthread_mutex_unlock(&rh->lock);
}

void
announce_stop(struct ringhub *rh)
{
	struct announce *s, *after;

	for (s = TAILQ_FIRST(&rh->announces); s != NULL; s = after) {
		after = TAILQ_NEXT(s, next);
		free(s);
	}
	TAILQ_INIT(&rh->announces);
}
