#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# compare-nic-polled.sh [--frames SIZES] [--seconds N] [PAIRS] [CSV]: two e1000 of a guest on one hub,
# QEMU's own NICs and hub and then Ringhub's over vfio-user, in turn (A B A B ...). The distribution's
# dpdk-testpmd in the guest (fetch-guest-dpdk.sh) polls them and passes on at one what comes in at the
# other, so that the same frames go round in each direction; nothing is lost. Both sides have the same
# QEMU, image, testpmd command and frames. A rate is what one NIC's driver received in N seconds (5), by
# the guest's clock. Prints each pair, then medians and quartiles; every figure goes to CSV, if given.
#
#   --frames SIZES   with their FCS, e.g. 64,512,1518 (64,1518)
#   PAIRS            runs of each side (9)
set -euo pipefail
. "$(dirname "$0")/../test/lib/run.sh"
. "$(dirname "$0")/../test/lib/polled.sh"

SIZES=64,1518
LENGTH=5
while [ $# -gt 0 ]; do
	case $1 in
	--frames) SIZES=${2:?--frames needs sizes}; shift ;;
	--seconds) LENGTH=${2:?--seconds needs a number}; shift ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	-*) die "unknown option $1; --help lists them" ;;
	*) break ;;
	esac
	shift
done
PAIRS=${1:-9}
CSV=${2:-${CSV:-/dev/null}}

# side NAME: boots the guest there; the rates of both NICs at each size go to $RUN/NAME.rates.
side() {
	local size
	polled_start "$1"
	for size in ${SIZES//,/ }; do
		polled_go "$1" "$size"
		sleep 1
		echo "$size $(polled_rates "$1" "$LENGTH")"
		polled_end "$1" >/dev/null
		polled_drain "$1"
		[ "$(polled_left "$1" 0 "$size") $(polled_left "$1" 1 "$size")" = "$POLLED_FRAMES $POLLED_FRAMES" ] ||
			die "$1: frames of $size bytes were lost: this is no measurement"
	done >"$RUN/$1.rates"
	polled_stop "$1"
}

polled_image
echo "pair,frames,direction,qemu_pps,ringhub_pps,ratio" >"$RUN"/csv
for pair in $(seq "$PAIRS"); do
	side qemu
	side ringhub
	paste -d ' ' "$RUN"/qemu.rates "$RUN"/ringhub.rates | awk -v pair="$pair" '{
		printf "%d,%d,to NIC 0,%d,%d,%.2f\n", pair, $1, $2, $5, $5 / $2
		printf "%d,%d,to NIC 1,%d,%d,%.2f\n", pair, $1, $3, $6, $6 / $3 }' | tee -a "$RUN"/csv
done
[ "$CSV" = /dev/null ] || cp "$RUN"/csv "$CSV"
"$RINGHUB_TOP"/usertools/medians.py "$RUN"/csv "frames, bytes=frames" direction=direction -- \
	"QEMU e1000, pps=qemu_pps" "ringhub e1000, pps=ringhub_pps" "ratio (quartiles)=ratio"
