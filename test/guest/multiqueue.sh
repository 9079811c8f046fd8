#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two queue pairs, two virtual CPUs: both pairs are up and carry the guest's connections.
. "$(dirname "$0")/_init.sh"

hub_start ,queues=2
peer_start echo echo
guest_start vm --vhost-user "$SOCK",queues=2 --smp 2
check "the guest has two queue pairs" in_guest vm 'test -e /sys/class/net/eth0/queues/rx-1'
in_guest vm dhcp >/dev/null 2>&1
check "ping" pings vm
in_guest vm -t 60 "head -c 300000 /dev/urandom >/tmp/file
	for i in \$(seq 8); do
		taskset \$((i % 2 + 1)) sh -c 'nc $GATEWAY $(peer_port echo) </tmp/file | head -c 300000 | cmp - /tmp/file' || exit 1
	done" || fail "8 connections, from both CPUs"
ok "8 connections, from both CPUs"
check "telemetry: two pairs are up" test "$(telemetry hub get /ringhub/guests d0 queue_pairs_up)" -eq 2
