#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# QMP and console clients: several, in pieces, hostile, silent.
exec python3 "$(dirname "$0")/qmp.py" clients
