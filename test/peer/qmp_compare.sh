#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Answers of QMP and the console next to those of a stock QEMU with the same options.
exec python3 "$(dirname "$0")/qmp.py" compare
