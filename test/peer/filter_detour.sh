#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Redirectors and a buffer: the frames' way leads through a peer, and waits.
exec python3 "$(dirname "$0")/../testpmd/filters.py" detour
