#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Three stock virtio drivers on access ports and on a trunk.
exec python3 "$(dirname "$0")/../testpmd/cases.py" ringhub_vlans
