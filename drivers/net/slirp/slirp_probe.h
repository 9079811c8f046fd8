/* SPDX-License-Identifier: BSD-3-Clause */
/* Between the ops table and the probe code of net_slirp. */
#ifndef NET_SLIRP_SLIRP_PROBE_H
#define NET_SLIRP_SLIRP_PROBE_H

#include "slirp_pmd.h"

/** eth_dev_ops.dev_close: ends the thread and the stack. Thread: M. */
int slirp_close(struct rte_eth_dev *dev);

#endif
