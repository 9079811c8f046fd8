#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# net_guest in stock testpmd, a stock virtio driver in another process, 1 and 2 queue pairs.
exec python3 "$(dirname "$0")/cases.py" virtio_user_peer
