#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Hostile vfio-user clients at one port while stock virtio drivers send frames through two others.
exec python3 "$(dirname "$0")/vfu_hostile.py"
