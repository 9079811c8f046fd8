/* SPDX-License-Identifier: BSD-3-Clause */
/* QEMU's -chardev socket, as far as filters need it: one stream peer at a time. */
#ifndef FILTER_FILTER_CHR_H
#define FILTER_FILTER_CHR_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "filter.h"

/** What the user asked for: path, or host and port. */
struct filter_chr_conf {
	const char *id;
	const char *path; /* NULL: TCP */
	const char *host; /* NULL: TCP on any address of this host (server), else required */
	const char *port; /* number or service */
	bool server;
	uint32_t reconnect_ms; /* client: try again so often; 0: never */
};

/**
 * Listen, or connect (a client that may reconnect does so later). Waits a few seconds at most.
 * @param why  FILTER_WHY_LEN bytes. @return NULL and rte_errno. Thread: M.
 */
struct filter_chr *filter_chr_open(const struct filter_chr_conf *conf, char *why);

/** Close, and remove the socket file of a server. It is not claimed. Thread: M. */
void filter_chr_close(struct filter_chr *c);

const char *filter_chr_id(const struct filter_chr *c);

/** Whether a filter uses it: each chardev has one user. Thread: M. */
bool filter_chr_is_claimed(const struct filter_chr *c);
void filter_chr_claim(struct filter_chr *c, bool claim);

/** Whether a peer is connected. Thread: any. */
bool filter_chr_is_up(const struct filter_chr *c);

/**
 * What to wait for, and what to do then. All of F, the thread of the filter that claimed it.
 * @param read, write  whether the filter wants to. @return milliseconds to the next try; -1: none.
 */
int filter_chr_poll(struct filter_chr *c, bool read, bool write, struct pollfd *fd);

/** After poll(): accept or finish connecting. @return true: a new peer is connected. */
bool filter_chr_serve(struct filter_chr *c, short revents);

/** As recv() and send() that never wait: bytes; 0: not now; -1: the peer is gone, which is known to c. */
ssize_t filter_chr_recv(struct filter_chr *c, void *buf, size_t len);
ssize_t filter_chr_send(struct filter_chr *c, const void *buf, size_t len);

/** Cut the peer off. */
void filter_chr_drop(struct filter_chr *c);

#endif
