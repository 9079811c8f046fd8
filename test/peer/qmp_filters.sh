#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# query-rx-filter and its event, with a stock QEMU that writes an e1000's registers.
exec python3 "$(dirname "$0")/qmp.py" filters
