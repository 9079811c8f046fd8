# SPDX-License-Identifier: BSD-3-Clause
# Network namespaces of one script, gone with all that is in them when it ends. Source it after run.sh.
# shellcheck shell=bash
#
# Names begin with $NS, which is the script's own; the namespace "host" is where ringhub runs, so that
# nothing of the machine's own network is touched.

NS=rh$$
ns_made=()

ns_exit() {
	local code=$? name
	trap - EXIT
	trap '' INT TERM
	set +e
	for name in "${ns_made[@]}"; do ip netns del "$NS$name" 2>/dev/null; done
	(exit "$code")
	run_cleanup
}

# ns_new NAME...
ns_new() {
	local name
	for name; do
		ip netns add "$NS$name" || die "no network namespaces: needs root"
		ns_made+=("$name")
		ip -n "$NS$name" link set lo up
	done
}

# in_ns NAME COMMAND...: only the network is another one, /sys stays.
in_ns() {
	local name=$1
	shift
	nsenter --net=/run/netns/"$NS$name" -- "$@"
}

# ns_exec NAME COMMAND... &: the same in the background, where $! is then the command's own id.
ns_exec() {
	local name=$1
	shift
	exec nsenter --net=/run/netns/"$NS$name" -- "$@"
}

# ns_ip NAME ARGS...: ip in it.
ns_ip() {
	local name=$1
	shift
	ip -n "$NS$name" "$@"
}

# ns_ringhub: ringhub_start runs in "host" from now on.
ns_ringhub() {
	printf '#!/bin/sh\nexec nsenter --net=/run/netns/%shost -- %s "$@"\n' "$NS" "$RINGHUB" >"$RUN"/ringhub
	chmod +x "$RUN"/ringhub
	RINGHUB=$RUN/ringhub
}

# ns_give DEV NAME ADDRESS/LEN: an interface of "host" goes to another namespace, up, with this address.
ns_give() {
	ns_ip host link set "$1" netns "$NS$2"
	ns_ip "$2" addr add "$3" dev "$1"
	ns_ip "$2" link set "$1" up
}

# ns_pings NAME ADDRESS [COUNT]
ns_pings() { in_ns "$1" busybox ping -c "${3:-1}" -W 1 "$2" >/dev/null 2>&1; }

# ns_iperf SERVER CLIENT ADDRESS OPTIONS...: one run; the client's JSON in $RUN/iperf.json.
ns_iperf() {
	local server=$1 client=$2 address=$3 pid
	shift 3
	ns_exec "$server" iperf3 -s -1 -B "$address" </dev/null >"$RUN"/iperf.server.log 2>&1 &
	pid=$!
	run_adopt "$pid"
	retry_until 10 ns_listens "$server" 5201 || die "iperf3 -s does not listen"
	in_ns "$client" timeout 60 iperf3 -c "$address" -J "$@" >"$RUN"/iperf.json || return 1
	retry_until 5 process_ended "$pid" || kill "$pid"
	wait "$pid" 2>/dev/null || :
	unset "run_pids[$pid]"
}
ns_listens() { grep -q . <<<"$(in_ns "$1" ss -Hltn "sport = :$2")"; }

# iperf_number WORD: bits (received a second), packets (received a second) of the last run.
iperf_number() {
	python3 - "$RUN"/iperf.json "$1" <<-'PY'
		import json, sys
		end = json.load(open(sys.argv[1], encoding='utf-8'))['end']
		if sys.argv[2] == 'bits':
		    print(int(end['sum_received']['bits_per_second']))
		else:
		    s = end['sum']
		    print(int((s['packets'] - s['lost_packets']) / s['seconds']))
	PY
}

trap ns_exit EXIT
