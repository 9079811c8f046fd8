#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Three stock virtio drivers on a switch: who sees whose frames.
exec python3 "$(dirname "$0")/../testpmd/cases.py" ringhub_switch
