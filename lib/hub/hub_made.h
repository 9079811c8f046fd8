/* SPDX-License-Identifier: BSD-3-Clause */
/* Complete forms of frames, made once for all ports that cannot finish offloads themselves. */
#ifndef HUB_HUB_MADE_H
#define HUB_HUB_MADE_H

#include <stdbool.h>
#include <stdint.h>

#include "hub.h"
#include "offload/offload.h"

struct rte_mbuf;

/** What was made of one frame: its TCP segments, or a copy with its checksums. */
struct hub_form {
	const struct rte_mbuf *of;
	int n; /* frames, or -errno: it cannot be made */
	struct rte_mbuf *frame[OFFLOAD_MAX_SEGMENTS];
};

/** The forms of a burst's frames. Only n is set at first. D's own. */
struct hub_made {
	uint16_t n;
	struct hub_form form[HUB_BURST];
};

/**
 * The complete form of m, made with mbufs of to's pool unless it is there already. Counts to's copies.
 * @return the form; the caller takes references, the first ones stay with made. Thread: D.
 */
const struct hub_form *hub_made_form(struct hub_made *made, const struct rte_mbuf *m,
	const struct hub_target *t);

/** Release what was made. Thread: D. */
void hub_made_release(struct hub_made *made);

#endif
