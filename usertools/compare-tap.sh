#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# compare-tap.sh [ROUNDS] [SECONDS]: from one network namespace to another, iperf3's TCP and 64-byte UDP
# frames, in turn through two taps and a hub of Ringhub, two taps and a hub of QEMU without a guest, and
# a Linux bridge with veth pairs (A B C A B C ...). MTU 1500 everywhere. Prints Gb/s and thousand frames
# a second that arrived, and the ratios of each round, then medians and quartiles; with CSV=FILE every
# figure goes there. Needs root; SIDES="ringhub qemu" measures only these.
set -euo pipefail
. "$(dirname "$0")/../test/lib/run.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

ROUNDS=${1:-5}
SECONDS_EACH=${2:-3}
SIDES=${SIDES:-ringhub qemu bridge}
CSV=${CSV:-/dev/null}
PAYLOAD=18 # a UDP frame of 64 bytes with its FCS

ns_new host a b
ns_ringhub
HUB='-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=b'
tap() { echo "tap,id=$1,ifname=t$1,script=no,downscript=no"; }

make_taps() {
	ns_ip host tuntap add dev ta mode tap
	ns_ip host tuntap add dev tb mode tap
}

side_ringhub() {
	make_taps
	# shellcheck disable=SC2086 # RINGHUB_TAP: more keys, e.g. ,busy-us=0; HUB is several words
	ringhub_start hub -netdev "$(tap a)${RINGHUB_TAP:-}" -netdev "$(tap b)${RINGHUB_TAP:-}" $HUB
}

side_qemu() {
	make_taps
	# shellcheck disable=SC2086 # HUB is several words
	ns_exec host qemu-system-x86_64 -M none -nodefaults -display none -netdev "$(tap a)" \
		-netdev "$(tap b)" $HUB -monitor none </dev/null >"$RUN"/qemu.log 2>&1 &
	echo $! >"$RUN"/qemu.pid
	run_adopt $!
	retry_until 10 qemu_has_taps || die "QEMU did not open the taps: $(cat "$RUN"/qemu.log)"
}
qemu_has_taps() { [ "$(find /proc/"$(cat "$RUN"/qemu.pid)"/fd -lname /dev/net/tun | wc -l)" -eq 2 ]; }

side_bridge() {
	local i
	ns_ip host link add br0 type bridge
	ns_ip host link set br0 up
	for i in a b; do
		ns_ip host link add t$i type veth peer name v$i
		ns_ip host link set v$i master br0
		ns_ip host link set v$i up
	done
}

end_side() {
	case $1 in
	ringhub) ringhub_stop hub ;;
	qemu)
		kill "$(cat "$RUN"/qemu.pid)"
		retry_until 5 process_ended "$(cat "$RUN"/qemu.pid)"
		unset "run_pids[$(cat "$RUN"/qemu.pid)]"
		;;
	bridge) ns_ip host link del br0 ;;
	esac
	ns_ip a link del ta
	ns_ip b link del tb
}

# side NAME: sets tcp (Gb/s) and udp (thousand frames a second that arrived).
side() {
	"side_$1"
	ns_give ta a 10.78.0.1/24
	ns_give tb b 10.78.0.2/24
	retry_until 10 ns_pings a 10.78.0.2 || die "$1: no ping from a to b"
	ns_iperf b a 10.78.0.2 -t "$SECONDS_EACH"
	tcp=$(awk -v n="$(iperf_number bits)" 'BEGIN { printf "%.2f", n / 1e9 }')
	ns_iperf b a 10.78.0.2 -u -b 0 -l "$PAYLOAD" -t "$SECONDS_EACH"
	udp=$(awk -v n="$(iperf_number packets)" 'BEGIN { printf "%.1f", n / 1e3 }')
	end_side "$1"
}

echo "round,side,tcp_Gbps,udp64_kpps" >"$RUN"/csv
for round in $(seq "$ROUNDS"); do
	for name in $SIDES; do
		side "$name"
		echo "$round,$name,$tcp,$udp" | tee -a "$RUN"/csv
	done
done
[ "$CSV" = /dev/null ] || cp "$RUN"/csv "$CSV"
PYTHONDONTWRITEBYTECODE=1 PYTHONPATH=$RINGHUB_TOP/usertools python3 - "$RUN"/csv <<'PY'
import sys
from medians import cell, read
rows = read(sys.argv[1])
sides = list(dict.fromkeys(r['side'] for r in rows))
val = {(r['round'], r['side'], k): float(r[k]) for r in rows for k in ('tcp_Gbps', 'udp64_kpps')}
rounds = sorted({r['round'] for r in rows})
print('| what | rounds | ' + ' | '.join(sides) + ' | ' + ' | '.join('ringhub / ' + s for s in sides[1:]) + ' |')
print('|---' * (2 + len(sides) + len(sides) - 1) + '|')
for key, label in (('tcp_Gbps', 'TCP, Gb/s'), ('udp64_kpps', 'UDP of 64 bytes, thousand/s')):
    col = {s: [val[r, s, key] for r in rounds] for s in sides}
    ratio = [cell([a / b for a, b in zip(col[sides[0]], col[s])]) for s in sides[1:]]
    print('| %s | %d | ' % (label, len(rounds)) + ' | '.join([cell(col[s]) for s in sides] + ratio) + ' |')
PY
