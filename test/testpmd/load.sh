#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Each driver as a plugin of stock dpdk-testpmd.
exec python3 "$(dirname "$0")/cases.py" load
