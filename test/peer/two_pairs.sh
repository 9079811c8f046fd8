#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two queue pairs of a stock virtio driver.
exec python3 "$(dirname "$0")/../testpmd/cases.py" ringhub_two_pairs
