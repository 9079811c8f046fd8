#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A peer that is killed in flight, ten times.
exec python3 "$(dirname "$0")/../testpmd/cases.py" reconnect
