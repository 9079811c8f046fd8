#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The hot loops need no more instructions than test/bench/budget.txt allows, and the file is up to date.
set -euo pipefail
exec "$(dirname "$0")"/../../usertools/perf-budget.py
