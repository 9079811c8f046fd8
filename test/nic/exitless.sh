#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000
# The rings of the e1000 without exits and without messages: the distribution's dpdk-testpmd in a guest
# polls two of them on a hub, over 100,000 frames go each way, and no message comes for them. The same
# guest on QEMU's own e1000 follows; the rates of both are printed.
. "$(dirname "$0")/_init.sh"
. "$(dirname "$0")/../lib/polled.sh"

FRAMES=100000
RATE_SECONDS=5

# take WHEN: what ports 0 and 1 have counted; xstat WHEN PORT NAME: one of these.
take() {
	local port
	for port in 0 1; do telemetry hub "/ethdev/xstats,$port" >"$RUN/xstats.$1.$port"; done
}
xstat() { grep -oE "\"$3\": *[0-9]+" "$RUN/xstats.$1.$2" | grep -oE '[0-9]+$'; }
grown() { echo $(($(xstat after "$1" "$2") - $(xstat before "$1" "$2"))); }

# frames_passed: this many went each way since take before.
frames_passed() {
	take after
	[ "$(grown 0 rx_good_packets)" -gt $FRAMES ] && [ "$(grown 1 rx_good_packets)" -gt $FRAMES ]
}

# nic PORT NAME: of what the NIC's registers have counted since its start, as the guest's driver read them.
nic() {
	grep -A 5 "NIC statistics for port $1 " "$RUN"/nics | grep -oE "$2: *[0-9]+" | grep -oE '[0-9]+$'
}

# round_trips SIZE: frames of this size, with their FCS.
round_trips() {
	local port size=$1
	polled_go ringhub "$size"
	take before
	eventually 60 "$size bytes: $FRAMES frames each way" frames_passed
	for port in 0 1; do
		say "# port $port: $(grown $port rx_good_packets) frames from the guest," \
			"$(grown $port tx_good_packets) to it, $(grown $port vfio_messages) messages," \
			"$(grown $port vfio_doorbells) doorbells, $(grown $port vfio_irqs) interrupts"
		check "$size bytes, port $port: less than 1 message for 1,000 frames" \
			test $(($(grown $port vfio_messages) * 1000)) -lt "$(grown $port rx_good_packets)"
		check "$size bytes, port $port: no doorbell was a message, ever" \
			test "$(xstat after $port vfio_doorbells)" = 0
		check "$size bytes, port $port: no interrupt" test "$(grown $port vfio_irqs)" = 0
	done
	rates_ringhub=$(polled_rates ringhub $RATE_SECONDS)
	polled_end ringhub >/dev/null
	polled_drain ringhub
	take after
	for port in 0 1; do
		check "$size bytes, port $port: after $(grown $port tx_good_packets) all $POLLED_FRAMES frames are there" \
			test "$(polled_left ringhub $port "$size")" = "$POLLED_FRAMES"
	done
}

polled_image
polled_start ringhub
round_trips 1518
rates_1518=$rates_ringhub
round_trips 64
polled_do ringhub 'show port stats all' >"$RUN"/nics
for port in 0 1; do
	sent=$(xstat after $port rx_good_packets)
	got=$(xstat after $port tx_good_packets)
	check "port $port: the guest sent the $sent frames that Ringhub got" test "$(nic $port TX-packets)" = "$sent"
	check "port $port: the guest got the $got frames that Ringhub sent" test "$(nic $port RX-packets)" = "$got"
	check "port $port: they went to the other" test "$sent" = "$(xstat after $((1 - port)) tx_good_packets)"
	check "port $port: none was missed" test "$(nic $port RX-missed)$(nic $port RX-errors)" = 00
done
check "no complaint in the kernel's log" kernel_content ringhub
polled_stop ringhub

polled_start qemu
polled_go qemu 1518
qemu_1518=$(polled_rates qemu $RATE_SECONDS)
polled_end qemu >/dev/null
polled_drain qemu
polled_go qemu 64
qemu_64=$(polled_rates qemu $RATE_SECONDS)
polled_stop qemu

# rate SIZE "QEMU'S" "RINGHUB'S"
rate() {
	read -r q0 q1 <<<"$2"
	read -r r0 r1 <<<"$3"
	awk -v size="$1" -v q0="$q0" -v q1="$q1" -v r0="$r0" -v r1="$r1" 'BEGIN {
		printf "# %s bytes, frames/s: QEMU %d and %d, Ringhub %d and %d: ", size, q0, q1, r0, r1
		printf "%.2f and %.2f times\n", r0 / q0, r1 / q1 }'
}
rate 64 "$qemu_64" "$rates_ringhub"
rate 1518 "$qemu_1518" "$rates_1518"
