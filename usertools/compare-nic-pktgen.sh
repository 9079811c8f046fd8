#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# compare-nic-pktgen.sh [PAIRS] [FRAMES]: a stock guest's own driver sends 60-byte frames (the kernel's
# pktgen) through QEMU's model of the card and through Ringhub's, in turn (A B A B ...), in the same QEMU.
# Cards: e1000 with doorbells=mmap, e1000 with doorbells=trap, rtl8139 (8139cp). Nobody receives. Prints
# kpps and the ratio of each pair, then medians and quartiles; with CSV=FILE every figure goes there.
set -euo pipefail
. "$(dirname "$0")/../test/lib/run.sh"

PAIRS=${1:-5}
FRAMES=${2:-20000}
CSV=${CSV:-/dev/null}
export GUEST_QEMU=new

# rate: kpps of FRAMES frames by the guest's pktgen.
rate() {
	in_guest vm -t 120 "
		modprobe pktgen && ip link set eth0 up && cd /proc/net/pktgen || exit 1
		n=0; until [ \"\$(cat /sys/class/net/eth0/carrier)\" = 1 ]; do
			n=\$((n + 1)); [ \$n -lt 100 ] || exit 2; sleep 0.1; done
		echo add_device eth0 >kpktgend_0
		for word in 'count $FRAMES' 'pkt_size 60' 'delay 0' 'dst_mac 52:54:00:00:00:99'; do echo \"\$word\" >eth0; done
		echo start >pgctrl
		cat eth0" | sed -n 's/^ *\([0-9]*\)pps .*/\1/p' | awk '{ printf "%.2f", $1 / 1000 }'
}

# side qemu|ringhub CARD: boots the guest with that card; sets kpps.
side() {
	local keys='' model=${2%%:*}
	case $2 in *:*) keys=,doorbells=${2#*:} ;; esac
	if [ "$1" = ringhub ]; then
		ringhub_start hub -netdev hubport,id=h0,hubid=0 \
			-device "$model,id=d0,netdev=h0,vfio-user=$RUN/vm.sock,rom=off$keys"
		guest_start vm --vfio-user "$RUN"/vm.sock
	else
		guest_start vm -- -netdev hubport,id=n0,hubid=0 -device "$model,netdev=n0,romfile="
	fi
	kpps=$(rate)
	[ -n "$kpps" ] || die "$1, $2: pktgen said nothing"
	"$GUEST" stop "$RUN"/vm
	[ "$1" != ringhub ] || ringhub_stop hub
}

echo "pair,card,qemu_kpps,ringhub_kpps,ratio" >"$RUN"/csv
for pair in $(seq "$PAIRS"); do
	for card in e1000:mmap e1000:trap rtl8139; do
		side qemu "$card"
		theirs=$kpps
		side ringhub "$card"
		awk -v p="$pair" -v c="$card" -v q="$theirs" -v r="$kpps" 'BEGIN {
			printf "%d,%s,%s,%s,%.2f\n", p, c, q, r, r / q }' | tee -a "$RUN"/csv
	done
done
[ "$CSV" = /dev/null ] || cp "$RUN"/csv "$CSV"
"$RINGHUB_TOP"/usertools/medians.py "$RUN"/csv card=card -- "QEMU, kpps=qemu_kpps" "ringhub, kpps=ringhub_kpps" \
	"ratio (quartiles)=ratio"
