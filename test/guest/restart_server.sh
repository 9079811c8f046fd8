#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ringhub killed and restarted, in server mode: Ringhub listens, QEMU connects again.
. "$(dirname "$0")/_restart.sh"

restart_case '' ,reconnect=1
