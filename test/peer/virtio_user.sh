#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Stock virtio drivers on both ends of a ringhub: content and order.
exec python3 "$(dirname "$0")/../testpmd/cases.py" ringhub_virtio_user
