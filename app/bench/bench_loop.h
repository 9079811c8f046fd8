/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Devices in this process: a NIC model of ours by the loop transport, polled on a second core, and a
 * driver for it that was written from the datasheet and shares no code with the model.
 */
#ifndef BENCH_BENCH_LOOP_H
#define BENCH_BENCH_LOOP_H

#include <stdbool.h>
#include <stdint.h>
#include <time.h>

#include "bench_port.h"

/** How many descriptors a ring of that model may have; 0: there is no driver for it. */
uint16_t bench_loop_max_ring(const char *model, bool packed);

/** Make the device and drive it. Errors have been said. @return 0 or -errno. */
int bench_loop_open(struct bench_port *p, const struct bench_port_conf *conf);

/**
 * Forward between the n ports, each pair to each other, on the second lcore until bench_loop_stop().
 * cpu: the CPU clock of that thread. @return 0; -ENODEV: EAL has no second lcore.
 */
int bench_loop_start(struct bench_port *ports, unsigned int n, clockid_t *cpu);
void bench_loop_stop(void);

#endif
