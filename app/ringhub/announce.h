/* SPDX-License-Identifier: BSD-3-Clause */
/* Rounds of announcements, as QEMU's announce-self sends them. All of it on M, under the lock. */
#ifndef RINGHUB_ANNOUNCE_H
#define RINGHUB_ANNOUNCE_H

#include "ringhub.h"

#define ANNOUNCE_INTERFACES 32
/* Bounds that QEMU sets to its migration parameters of the same names. */
#define ANNOUNCE_MAX_MS	    100000
#define ANNOUNCE_MAX_ROUNDS 1000

/** Times in milliseconds. After a first round at once the next comes after initial, then each delay
 * is longer by step, but no longer than max. */
struct announce_params {
	int64_t initial, max, rounds, step;
	char id[CONF_ID_LEN]; /* another one of this name replaces it */
	unsigned int n;	      /* of interface; 0: every NIC */
	char interface[ANNOUNCE_INTERFACES][CONF_ID_LEN];
};

/** QEMU's defaults: 50 ms, 550 ms, 5 rounds, 100 ms. */
extern const struct announce_params announce_defaults;

/** @return 0; -ENOSPC. A name that is too long to be one matches nothing. */
int announce_add_interface(struct announce_params *a, const char *name);

/** The first round now, the rest from the loop. rounds 0 only ends the one of that id.
 * @param why  OPT_LEN bytes. @return 0; -EINVAL (a number out of bounds); -ENOMEM. */
int announce_start(struct ringhub *rh, const struct announce_params *a, char *why);

/** Milliseconds until the next round; -1: there is none. */
int announce_timeout(const struct ringhub *rh);

/** Send the rounds that are due. Takes the lock. */
void announce_serve(struct ringhub *rh);

/** Forget all. */
void announce_stop(struct ringhub *rh);

#endif
