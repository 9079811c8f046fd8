/* SPDX-License-Identifier: BSD-3-Clause */
/* The front-end's half of vhost-user. Source: QEMU's docs/interop/vhost-user.rst. */
#ifndef BENCH_BENCH_VHOST_LINK_H
#define BENCH_BENCH_VHOST_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "bench_driver.h"
#include "bench_frame.h"

/** A connection. fd and kick are -1 where there is none. */
struct bench_vhost_link {
	struct bench_device dev; /* the driver's; first */
	const struct bench_memory *mem;
	int mem_fd;
	int fd;
	int kick[BENCH_MAX_QUEUES]; /* of each queue pair's ring from the guest */
	uint64_t features;	    /* that the server offers */
	bool acks;		    /* each request is answered */
	const char *lacks;	    /* what the server has not, after -ENOTSUP */
};

/**
 * Connect to path and take ownership, for so many queue pairs. l: zeroed, but mem and mem_fd (what the server is
 * to see; both stay the caller's, and may be made until a ring is given) and fd, -1.
 * @return 0; -ENOTSUP: the server lacks something; another -errno.
 */
int bench_vhost_link_open(struct bench_vhost_link *l, const char *path, uint16_t queues,
	bool packed);

/** Wake the server for queue pair q. */
void bench_vhost_link_kick(const struct bench_vhost_link *l, uint16_t q);

/** Let go of all that was opened; an open that failed wants this, too. */
void bench_vhost_link_close(struct bench_vhost_link *l);

#endif
