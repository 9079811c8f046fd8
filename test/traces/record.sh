#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# record.sh NAME...: record the register traces of this folder again, with the drivers of the guest's kernel.
#
#   e1000 8139cp 8139too virtio-vfio          Linux: probe, up, lease, ping, registers, down, reload, reboot
#   ipxe-e1000 ipxe-8139cp ipxe-virtio-vfio   the firmware's option ROM: iPXE boots a script by TFTP
#
# OUT=DIR puts them elsewhere, to compare; RINGHUB=PATH is the binary. Afterwards: meson test -C build.
set -euo pipefail
. "$(dirname "$0")/../nic/_init.sh"

HERE=$(realpath "$(dirname "$0")")
SECONDS_EACH=240
PLAIN=102400 # bytes of a trace that is not packed, at most

# device NIC: what -device gets; every register access is a message, or it would not be in the trace.
device() {
	local more=''
	[ "$1" != e1000 ] || more=,doorbells=trap
	echo "$(nic_device "$1" "$SOCK")$more,netdev=n0,id=d0,mac=52:54:00:12:34:56,trace=$RUN/trace"
}

# The driver's life, twice: as it is loaded, and after a reboot.
record_linux() {
	local nic=$1 driver
	driver=$(nic_driver "$nic")
	ringhub_start hub -netdev user,id=n0 -device "$(device "$nic"),rom=off"
	nic_guest vm "$nic" "$SOCK" 52:54:00:12:34:56
	check "$nic: lease" grep -q 'lease: eth0' <<<"$(in_guest vm dhcp)"
	check "$nic: ping" pings vm "$GATEWAY" 3
	in_guest vm 'ethtool -d eth0 >/dev/null 2>&1; ethtool -S eth0 >/dev/null 2>&1; ethtool eth0 >/dev/null
		ip link set eth0 promisc on; ip link set eth0 promisc off
		ip link set eth0 mtu 1400; ip link set eth0 mtu 1500
		ip link set eth0 down; ip link set eth0 up; sleep 2; ip link set eth0 down; :'
	in_guest vm "rmmod $driver; modprobe $driver; :"
	check "$nic: lease after a reload" grep -q 'lease: eth0' <<<"$(in_guest vm dhcp)"
	in_guest vm -t 2 'reboot -f' 2>/dev/null || :
	"$GUEST" wait "$RUN"/vm 90
	check "$nic: lease after a reboot" grep -q 'lease: eth0' <<<"$(in_guest vm dhcp)"
	in_guest vm 'ip link set eth0 down'
	"$GUEST" stop "$RUN"/vm
}

record_ipxe() {
	local marker=ringhub-trace-$RANDOM
	mkdir -p "$RUN"/tftp
	printf '#!ipxe\necho %s\nsleep 1\nifclose\nsleep 20\npoweroff\n' "$marker" >"$RUN"/tftp/boot.ipxe
	ringhub_start hub -netdev user,id=n0,tftp="$RUN"/tftp,bootfile=boot.ipxe -device "$(device "$1")"
	guest_boot vm --netboot --vfio-user "$SOCK"
	eventually 90 "ipxe-$1: the script ran" grep -q "$marker" "$RUN"/vm/console.log
	sleep 3
	"$GUEST" stop "$RUN"/vm
}

# keep NAME: the trace goes to where it belongs; a large one is packed.
keep() {
	local bytes out=${OUT:-$HERE}
	ringhub_stop hub || :
	check "$1: the trace is whole" test "$(tail -n 1 "$RUN"/trace)" = gone
	bytes=$(stat -c %s "$RUN"/trace)
	rm -f "$out/$1.trace" "$out/$1.trace.gz"
	if [ "$bytes" -le $PLAIN ]; then
		install -m 644 "$RUN"/trace "$out/$1.trace"
	else
		gzip -9n <"$RUN"/trace >"$out/$1.trace.gz"
	fi
	say "$1: $(wc -l <"$RUN"/trace) lines, $bytes bytes, $(stat -c %s "$out/$1".trace*) in its file"
}

case ${1:---help} in -h | --help) usage_of "$0"; exit 0 ;; esac
# One process for each, so that its guest and its ringhub are gone before the next.
if [ $# -gt 1 ]; then
	for name in "$@"; do timeout -k 30 "$SECONDS_EACH" "$0" "$name"; done
	exit
fi
case $1 in
ipxe-*) record_ipxe "${1#ipxe-}" ;;
*) record_linux "$1" ;;
esac
keep "$1"
