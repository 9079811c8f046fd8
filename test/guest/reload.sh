#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest's driver is unloaded and loaded 20 times, each time with traffic.
. "$(dirname "$0")/_init.sh"

hub_start
guest_start vm --vhost-user "$SOCK"
check "ping" pings vm 127.0.0.1
in_guest vm dhcp >/dev/null 2>&1
state=$(ringhub_state hub)
in_guest vm -t 240 "
	for i in \$(seq 20); do
		ping -A $GATEWAY >/dev/null 2>&1 &
		flood=\$!
		rmmod virtio_net || exit 1
		kill \$flood 2>/dev/null
		modprobe virtio_net || exit 2
		ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 || exit 3
		ping -c 1 -W 5 $GATEWAY >/dev/null || { echo \"no ping after reload \$i\"; exit 4; }
	done" || fail "20 reloads (code $?)"
ok "20 reloads"
check "ping" pings vm
state_returns "20 reloads" "$state"
