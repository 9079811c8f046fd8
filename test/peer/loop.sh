#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A port that sends everything back, on a hub with loop=block.
exec python3 "$(dirname "$0")/../testpmd/cases.py" ringhub_loop
