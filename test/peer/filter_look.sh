#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Dumps and mirrors of what passes, read by tshark, QEMU and a client.
exec python3 "$(dirname "$0")/../testpmd/filters.py" look
