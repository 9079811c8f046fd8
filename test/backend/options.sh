#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Keys of backends that no other script uses: passed descriptors with traffic, addresses, what a DHCP client and a
# router solicitation are told, who is let out. In a network namespace of its own.
[ -n "${OPTIONS_NETNS:-}" ] || OPTIONS_NETNS=yes exec unshare --net "$0"
. "$(dirname "$0")/_sock.sh"

ip link set lo up
python3 "$RINGHUB_TOP"/test/backend/_options.py "$RINGHUB" "$RUN"
