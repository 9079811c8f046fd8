/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A port of a vhost-user server whose driver side is bench_driver_virtio or bench_driver_packed, in this
 * process: it does less for a frame than any driver of a guest, so that more is left to what is measured.
 */
#ifndef BENCH_BENCH_VHOST_H
#define BENCH_BENCH_VHOST_H

#include "bench_port.h"

/** Connect to the server's socket, conf->arg, and start all queue pairs. Errors have been said. @return 0 or -errno. */
int bench_vhost_open(struct bench_port *p, const struct bench_port_conf *conf);

#endif
