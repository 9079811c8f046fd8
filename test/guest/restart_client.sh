#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ringhub killed and restarted, in client mode: QEMU listens, Ringhub connects again.
. "$(dirname "$0")/_restart.sh"

restart_case ,mode=client ,mode=server
