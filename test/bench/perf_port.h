/* SPDX-License-Identifier: BSD-3-Clause */
/* A net_guest port without an ethdev: what rte_eth_rx_burst() and rte_eth_tx_burst() need of one. */
#ifndef TEST_BENCH_PERF_PORT_H
#define TEST_BENCH_PERF_PORT_H

#include "hub/hub.h"
#include "net/guest/guest_pmd.h"
#include "perf_guest.h"

struct perf_port {
	struct perf_guest guest;
	struct guest_port pmd;
	void *rxq, *txq;
	struct hub_member member; /* that lends, and is shown what is lent */
};

/** Make it of zeroed memory; its guest has a split ring. @return false: could not. */
bool perf_port_open(struct perf_port *p, uint16_t id, uint16_t frame_len);
void perf_port_close(struct perf_port *p);

#endif
