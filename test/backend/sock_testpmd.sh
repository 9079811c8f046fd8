#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_sock in stock dpdk-testpmd.
. "$(dirname "$0")/_sock.sh"
python3 "$RINGHUB_TOP"/test/backend/_sock_testpmd.py "$RUN"
