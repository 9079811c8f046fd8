#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A hub made and watched by QMP alone, with a stock virtio driver on it.
exec python3 "$(dirname "$0")/qmp.py" session
