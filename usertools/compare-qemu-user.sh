#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# compare-qemu-user.sh [PAIRS] [MIB]: TCP of a stock guest to a server on the host, both directions,
# through QEMU's own -netdev user and through Ringhub's user network, in turn (A B A B ...).
# The same kernel, QEMU, virtio-net and MTU 1500 on both sides. A file of MIB MiB is moved three times in a row
# for a figure: to tell the guest takes 0.1 s and more, which is no TCP. Prints MB/s and the ratio of each pair,
# then medians and quartiles; with CSV=FILE every figure goes there.
set -euo pipefail
. "$(dirname "$0")/../test/lib/run.sh"

PAIRS=${1:-9}
MIB=${2:-96}
TIMES=3
CSV=${CSV:-/dev/null}
GATEWAY=10.0.2.2

mkdir "$RUN"/www
head -c "${MIB}M" /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
HOSTPORT=$(free_port)
FORWARD=hostfwd=tcp:127.0.0.1:$HOSTPORT-:8080

# rate COMMAND...: MB/s of moving the file TIMES by this command, seen from the host.
rate() {
	local start end
	start=$(date +%s%N)
	"$@" >/dev/null || return 1 # -e does not reach into $(...)
	end=$(date +%s%N)
	awk -v ns=$((end - start)) -v mib="$((MIB * TIMES))" 'BEGIN { printf "%.1f", mib * 1.048576 * 1e9 / ns }'
}

# repeat WORD: WORD, TIMES
repeat() {
	for _ in $(seq "$TIMES"); do printf '%s ' "$1"; done
}

# side NAME: boots the guest on that network; sets down and up, in MB/s.
side() {
	if [ "$1" = ringhub ]; then
		ringhub_start hub -netdev user,id=n0,"$FORWARD" \
			-device virtio-net-pci,netdev=n0,id=d0,vhost-user="$RUN"/vm.sock
		guest_start vm --mem 512M --vhost-user "$RUN"/vm.sock
	else
		guest_start vm --mem 512M --user-net "$FORWARD"
	fi
	in_guest vm dhcp >/dev/null 2>&1
	# The guest keeps the file, to serve it afterwards; it is fetched to nowhere for the figure.
	in_guest vm -t 300 "mkdir -p /www && wget -q -O /www/file http://$GATEWAY:$(peer_port web)/file &&
		httpd -p 8080 -h /www"
	down=$(rate in_guest vm -t 300 "wget -q -O /dev/null $(repeat "http://$GATEWAY:$(peer_port web)/file")")
	# shellcheck disable=SC2046
	up=$(rate curl -s --max-time 300 $(repeat "-o /dev/null http://127.0.0.1:$HOSTPORT/file"))
	"$GUEST" stop "$RUN"/vm
	[ "$1" != ringhub ] || ringhub_stop hub
}

echo "pair,direction,qemu_MBps,ringhub_MBps,ratio" >"$RUN"/csv
for pair in $(seq "$PAIRS"); do
	side qemu
	qd=$down qu=$up
	side ringhub
	rd=$down ru=$up
	awk -v p="$pair" -v qd="$qd" -v qu="$qu" -v rd="$rd" -v ru="$ru" 'BEGIN {
		printf "%d,host to guest,%s,%s,%.2f\n%d,guest to host,%s,%s,%.2f\n",
			p, qd, rd, rd / qd, p, qu, ru, ru / qu }' | tee -a "$RUN"/csv
done
[ "$CSV" = /dev/null ] || cp "$RUN"/csv "$CSV"
"$RINGHUB_TOP"/usertools/medians.py "$RUN"/csv direction=direction -- \
	"QEMU -netdev user, MB/s=qemu_MBps" "ringhub, MB/s=ringhub_MBps" "ratio (quartiles)=ratio"
