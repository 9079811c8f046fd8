#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Keys of backends that no other script uses: passed descriptors with traffic, addresses, what a DHCP client and a
# router solicitation are told, who is let out; and a wrong value of each key of each backend. In a network
# namespace of its own, where 127.0.0.9 is the name server.
[ -n "${OPTIONS_NETNS:-}" ] || OPTIONS_NETNS=yes exec unshare --net --mount "$0"
. "$(dirname "$0")/_sock.sh"

ip link set lo up
ip addr add fd99::5/128 dev lo
echo 'nameserver 127.0.0.9' >"$RUN"/resolv.conf
mount --bind "$RUN"/resolv.conf "$(readlink -f /etc/resolv.conf)"
python3 "$RINGHUB_TOP"/test/backend/_options.py "$RINGHUB" "$RUN"
