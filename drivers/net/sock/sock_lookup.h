/* SPDX-License-Identifier: BSD-3-Clause */
/* Asking a name server without waiting for it. */
#ifndef NET_SOCK_SOCK_LOOKUP_H
#define NET_SOCK_SOCK_LOOKUP_H

#include "sock_addr.h"

struct sock_lookup;

/** Ask for the addresses of w, a stream's peer. @return NULL: out of memory or threads. Thread: C. */
struct sock_lookup *sock_lookup_start(const struct sock_where *w);

/**
 * Whether the answer is there. It ends the lookup, unless it returns -EAGAIN.
 * @return number of addresses in out (SOCK_MAX_ADDRS of room); -EAGAIN: not yet; -ENOENT with why.
 * Thread: C.
 */
int sock_lookup_poll(struct sock_lookup *l, struct sock_addr *out, char *why);

/** Nobody wants the answer any more. Thread: C. */
void sock_lookup_abandon(struct sock_lookup *l);

#endif
