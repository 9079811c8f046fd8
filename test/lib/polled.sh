# SPDX-License-Identifier: BSD-3-Clause
# A guest whose own dpdk-testpmd polls two e1000 NICs that are on one hub: Ringhub's, or QEMU's. Source
# run.sh first.
# shellcheck shell=bash
#
# testpmd passes on at one port what comes in at the other, so that POLLED_FRAMES frames go round in each
# direction until it is stopped: NIC 0 -> hub -> NIC 1 -> testpmd -> NIC 0 and the other way round.

POLLED_RING=1024
POLLED_FRAMES=512 # bursts of 32; fewer than a ring holds, so that none need be lost
POLLED_MAC=52:54:00:00:00:0
POLLED_INITRD=$RINGHUB_CACHE/guest/initramfs-dpdk.cpio

# Make the guest's image of this machine's packages, where it is not there yet.
polled_image() {
	"$RINGHUB_TOP"/usertools/fetch-guest-dpdk.sh >"$RUN"/fetch.log 2>&1 ||
		die "no guest with dpdk-testpmd: $(tail -n 3 "$RUN"/fetch.log)"
}

# polled_start SIDE [KEYS]: boots the guest, whose name is SIDE, and starts testpmd in it. ringhub: with a
# Ringhub of the name hub, whose ports 0 and 1 are the NICs (KEYS: more for its -device, such as
# ,doorbells=trap); qemu: with QEMU's own NICs and hub.
polled_start() {
	local i nics=() devices=()
	for i in 0 1; do
		if [ "$1" = ringhub ]; then
			devices+=(-netdev "hubport,id=h$i,hubid=0"
				-device "e1000,id=d$i,netdev=h$i,mac=$POLLED_MAC$i,vfio-user=$RUN/d$i.sock${2:-}")
			nics+=(--vfio-user "$RUN/d$i.sock")
		else
			nics+=(-netdev "hubport,id=h$i,hubid=0" -device "e1000,netdev=h$i,mac=$POLLED_MAC$i")
		fi
	done
	if [ "$1" = ringhub ]; then ringhub_start hub "${devices[@]}"; else nics=(-- "${nics[@]}"); fi
	GUEST_QEMU=${GUEST_QEMU:-new} guest_start "$1" --mem 512M --initrd "$POLLED_INITRD" "${nics[@]}"
	in_guest "$1" -t 100 testpmd start --rxd=$POLLED_RING --txd=$POLLED_RING
}

# polled_stop SIDE: ends the guest, and Ringhub.
polled_stop() {
	"$GUEST" stop "$RUN/$1"
	[ "$1" != ringhub ] || ringhub_stop hub
}

# polled_do SIDE COMMAND: one of testpmd's; its answer.
polled_do() { in_guest "$1" -t 70 "testpmd do $2"; }

# polled_go SIDE SIZE: let frames of SIZE bytes (with FCS) go round.
polled_go() {
	polled_do "$1" 'set fwd io' >/dev/null
	polled_do "$1" "set txpkts $(($2 - 4))" >/dev/null
	polled_do "$1" "start tx_first $((POLLED_FRAMES / 32))" >/dev/null
}

# polled_rates SIDE SECONDS: frames a second that port 0 and that port 1 received, by the guest's clock.
polled_rates() {
	polled_do "$1" 'show port stats all' >/dev/null
	sleep "$2"
	polled_do "$1" 'show port stats all' | awk '$1 == "Rx-pps:" { printf "%s ", $2 }'
}

# polled_end SIDE: stop; testpmd's forward statistics.
polled_end() { polled_do "$1" stop; }

# polled_drain SIDE: after polled_end, take what is in the rings of both ports, and keep in the guest what
# testpmd says of each frame.
polled_drain() {
	in_guest "$1" -t 70 ': >/tmp/testpmd.log
		testpmd do set verbose 1 && testpmd do set fwd rxonly && testpmd do start || exit
		n=
		until [ "$(grep -c src= /tmp/testpmd.log)" = "$n" ]; do
			n=$(grep -c src= /tmp/testpmd.log)
			sleep 1
		done
		testpmd do stop && testpmd do set verbose 0' >/dev/null
}

# polled_left SIDE PORT SIZE: how many frames of that size polled_drain has found at that port, of those
# that the other one sent.
polled_left() {
	in_guest "$1" "grep -c 'src=$POLLED_MAC$((1 - $2)) .* length=$(($3 - 4)) ' /tmp/testpmd.log || :"
}
