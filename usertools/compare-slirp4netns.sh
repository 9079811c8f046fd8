#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# compare-slirp4netns.sh [PAIRS] [SECONDS]: iperf3's TCP between a network namespace and a server on the
# host, both directions, through slirp4netns and through Ringhub's tap and user network on one hub, in turn
# (A B A B ...). The namespace's interface has MTU 1500 on both sides. Prints Gb/s, the CPU seconds a
# second of the process under test, and the ratio of each pair, then medians and quartiles; with CSV=FILE
# every figure goes there. Needs root, iperf3 and slirp4netns; RINGHUB_USER: more keys of -netdev user.
set -euo pipefail
. "$(dirname "$0")/../test/lib/run.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

PAIRS=${1:-9}
SECONDS_EACH=${2:-3}
CSV=${CSV:-/dev/null}
GATEWAY=10.0.2.2 # stands for the loopback of "host" on both sides
ADDRESS=10.0.2.100/24
TICKS=$(getconf CLK_TCK)

command -v slirp4netns >/dev/null || die "slirp4netns is not installed: apt-get install slirp4netns"
ns_new host a
ns_ringhub

start_ringhub() {
	ns_ip host tuntap add dev ta mode tap
	ringhub_start hub -netdev tap,id=t0,ifname=ta,script=no,downscript=no \
		-netdev "user,id=n0${RINGHUB_USER:-}" \
		-netdev hubport,id=h0,hubid=0,netdev=t0 -netdev hubport,id=h1,hubid=0,netdev=n0
	ns_give ta a "$ADDRESS"
	pid=$(ringhub_pid hub)
}
stop_ringhub() {
	ringhub_stop hub
	ns_ip a link del ta
}

start_slirp4netns() {
	ns_exec host slirp4netns --configure --mtu=1500 --netns-type=path /run/netns/"$NS"a ta \
		</dev/null >"$RUN"/slirp4netns.log 2>&1 &
	pid=$!
	run_adopt "$pid"
}
stop_slirp4netns() {
	kill "$pid"
	retry_until 5 process_ended "$pid" || die "slirp4netns does not end"
	wait "$pid" 2>/dev/null || :
	unset "run_pids[$pid]"
	# The tap goes with the process that holds it.
	retry_until 5 ta_is_gone || die "slirp4netns left its tap"
}
ta_is_gone() { ! ns_ip a link show ta >/dev/null 2>&1; }

cpu_ticks() { awk '{ sub(/.*\) /, ""); print $12 + $13 }' /proc/"$pid"/stat; }

# rate IPERF_OPTIONS...: sets gbps and cpu of one run.
rate() {
	local server before after
	ns_exec host iperf3 -s -1 -B 127.0.0.1 </dev/null >"$RUN"/iperf.server.log 2>&1 &
	server=$!
	run_adopt "$server"
	retry_until 10 ns_listens host 5201 || die "iperf3 -s does not listen"
	before=$(cpu_ticks)
	in_ns a timeout 60 iperf3 -c "$GATEWAY" -J -t "$SECONDS_EACH" "$@" >"$RUN"/iperf.json ||
		die "iperf3: $(cat "$RUN"/iperf.json)"
	after=$(cpu_ticks)
	retry_until 5 process_ended "$server" || kill "$server"
	wait "$server" 2>/dev/null || :
	unset "run_pids[$server]"
	gbps=$(awk -v n="$(iperf_number bits)" 'BEGIN { printf "%.3f", n / 1e9 }')
	cpu=$(awk -v n=$((after - before)) -v hz="$TICKS" -v s="$SECONDS_EACH" \
		'BEGIN { printf "%.2f", n / hz / s }')
}

# side NAME: sets up and down, each "GBPS CPU".
side() {
	"start_$1"
	retry_until 10 ns_pings a "$GATEWAY" || die "$1: no ping of the gateway"
	rate
	up="$gbps $cpu"
	rate -R
	down="$gbps $cpu"
	"stop_$1"
}

line() { # PAIR DIRECTION "PEER CPU" "RINGHUB CPU"
	awk -v p="$1" -v d="$2" -v a="$3" -v b="$4" 'BEGIN { split(a, x, " "); split(b, y, " ")
		printf "%d,%s,%s,%s,%.2f,%s,%s\n", p, d, x[1], y[1], y[1] / x[1], x[2], y[2] }' |
		tee -a "$RUN"/csv
}

echo "pair,direction,slirp4netns_Gbps,ringhub_Gbps,ratio,slirp4netns_cpu,ringhub_cpu" >"$RUN"/csv
for pair in $(seq "$PAIRS"); do
	side slirp4netns
	peer_up=$up peer_down=$down
	side ringhub
	line "$pair" "namespace to host" "$peer_up" "$up"
	line "$pair" "host to namespace" "$peer_down" "$down"
done
[ "$CSV" = /dev/null ] || cp "$RUN"/csv "$CSV"
"$RINGHUB_TOP"/usertools/medians.py "$RUN"/csv direction=direction -- \
	"slirp4netns, Gb/s=slirp4netns_Gbps" "ringhub, Gb/s=ringhub_Gbps" "ratio (quartiles)=ratio" \
	"CPU slirp4netns / ringhub=slirp4netns_cpu/ringhub_cpu"
