# SPDX-License-Identifier: BSD-3-Clause
# Shared by the cases of this folder: a ringhub with a user network and one guest on it. Source it.
# shellcheck shell=bash
#
# Each case runs with GUEST_QEMU=old and =new (test.sh does that), and exits 0, 1, or 77 for "skipped".
# By hand: GUEST_QEMU=new KEEP=1 test/guest/reboot.sh
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib/run.sh"

GATEWAY=10.0.2.2
SOCK=$RUN/vm.sock
HOSTPORT=$(free_port)

ok() { say "ok - $*"; }
fail() { say "not ok - $*"; exit 1; }

# check WHAT COMMAND...: says so either way, and ends the case when it fails.
check() {
	local what=$1
	shift
	"$@" || fail "$what"
	ok "$what"
}

# eventually SECONDS WHAT COMMAND...
eventually() {
	local seconds=$1 what=$2
	shift 2
	check "$what" retry_until "$seconds" "$@"
}

# hub_start [DEVICE KEYS] : user network n0 with hostfwd HOSTPORT -> 8080, NIC d0 on $SOCK.
hub_start() {
	ringhub_start hub -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$HOSTPORT-:8080" \
		-device "virtio-net-pci,netdev=n0,id=d0,vhost-user=$SOCK${1:-}" ${ENGINE:+-engine "$ENGINE"}
}

# The guest's end of what follows: a lease, and a web server on port 8080.
guest_serve() {
	in_guest "$1" 'dhcp >/dev/null 2>&1 && mkdir -p /www && echo "page of the guest" >/www/index.html &&
		httpd -p 8080 -h /www'
}

# -A: the next goes when the answer to the last is there.
pings() { in_guest "$1" ping -A -c "${3:-2}" -W 2 "${2:-$GATEWAY}" >/dev/null; }
# Read until the guest closes: were it Ringhub who does so first, it would keep a connection in TIME_WAIT for 20 s.
hostfwd_works() {
	[ "$(curl -s --max-time 3 --ignore-content-length "http://127.0.0.1:${1:-$HOSTPORT}/index.html")" = \
		"page of the guest" ]
}
state_is() { [ "$(ringhub_state hub)" = "$1" ]; }
# state_returns WHEN STATE: within 20 s, as the sockets of closed connections take a while.
state_returns() {
	retry_until 20 state_is "$2" || {
		find /proc/"$(ringhub_pid hub)"/fd -mindepth 1 -printf '%f %l\n' | sort -n
		ctl hub info usernet
		fail "$1: $2 as before, but there are $(ringhub_state hub)"
	}
	ok "$1: $2 as before"
}

# What show port info says of the guest's port: waiting, connected or up.
guest_state_is() { grep -q "\"state\": *\"$1\"" <<<"$(telemetry hub /ringhub/guests)"; }

# background_ping NAME: in the guest, for ever; pings_came NAME N: it has had N more answers.
background_ping() { in_guest "$1" "ping $GATEWAY >/tmp/ping.log 2>&1 & :"; }
ping_count() { in_guest "$1" 'grep -c "bytes from" /tmp/ping.log || :'; }
pings_reach() { [ "$(ping_count "$1")" -ge "$2" ]; }

# How often Ringhub said that a guest's memory is not shared.
alarms() { grep -c 'memory is not shared' "$RUN"/hub.log || :; }
