#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The guest is SIGKILLed in flight; a new one attaches; nothing is held for the dead.
. "$(dirname "$0")/_init.sh"

flood() { in_guest vm "ping -A -s 1400 $GATEWAY >/dev/null 2>&1 & :"; }
flood_tcp() { in_guest vm "(while :; do nc $GATEWAY $(peer_port sink) </dev/zero; done) >/dev/null 2>&1 & :"; }
frames() { ctl hub show port stats 1 | awk '$1 == "RX-packets:" { print $2 }'; }
moving() { [ "$(frames)" -gt "$1" ]; }

hub_start
peer_start sink sink
idle=$(ringhub_state hub)
for round in 1 2 3; do
	guest_start vm --vhost-user "$SOCK"
	in_guest vm dhcp >/dev/null 2>&1
	check "round $round: ping" pings vm
	# libslirp keeps the sockets of a dead guest's connections: TCP only in the last round.
	if [ "$round" = 3 ]; then flood_tcp; else flood; fi
	eventually 10 "round $round: traffic runs" moving $(($(frames) + 500))
	"$GUEST" kill "$RUN"/vm
	[ "$round" = 3 ] || state_returns "round $round" "$idle"
done
check "ringhub lives" grep -q d0: <<<"$(ctl hub info network)"
check "SIGTERM: exit 0" ringhub_stop hub
