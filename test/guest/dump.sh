#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# qemu: new
# A guest's lease, pings and an upload in segments of up to 64 KiB, read back from a dump by tshark.
. "$(dirname "$0")/_init.sh"

# shark FILTER FIELD: of each frame of the dump that the filter lets pass.
shark() { tshark -n -r "$RUN"/n0.pcap -Y "$1" -T fields -e "$2" 2>>"$RUN"/tshark.err; }
# The bytes of the first TCP connection, as the dump has them.
upload() {
	tshark -n -r "$RUN"/n0.pcap -q -z follow,tcp,raw,0 2>>"$RUN"/tshark.err |
		grep -E '^[0-9a-f]+$' | python3 -c 'import sys; sys.stdout.buffer.write(bytes.fromhex(sys.stdin.read()))'
}
counter() { telemetry hub get /ringhub/filters f0 "$1"; }

ringhub_start hub -netdev user,id=n0 -device virtio-net-pci,netdev=n0,id=d0,vhost-user="$SOCK" \
	-object filter-dump,id=f0,netdev=n0,file="$RUN"/n0.pcap
before=$(ringhub_state hub)
peer_start sink sink
guest_start vm --vhost-user "$SOCK"
in_guest vm dhcp >/dev/null 2>&1
check "the gateway answers" in_guest vm "ping -c 5 -W 2 -s 300 $GATEWAY >/dev/null"
in_guest vm 'dd if=/dev/urandom of=/tmp/file bs=1M count=4 2>/dev/null'
sum=$(in_guest vm "nc $GATEWAY $(peer_port sink) </tmp/file; sha256sum </tmp/file" | cut -d' ' -f1)
eventually 10 "4 MiB arrive" grep -q "4194304 $sum" "$RUN"/sink.out
check "nothing was lost for the dump" test "$(counter drop_ring_full) $(counter drop_no_mbuf)" = "0 0"
frames=$(counter kept)
ctl hub object_del f0
check "tshark counts the $frames frames of the filter" test "$(shark frame frame.number | wc -l)" -eq "$frames"
check "discover, offer, request, acknowledgement" \
	test "$(shark dhcp dhcp.option.dhcp | head -n 4 | tr '\n' ' ')" = "1 2 3 5 "
check "five echo requests of 300 bytes, and their replies" \
	test "$(shark 'icmp.type == 8 && data.len >= 292' icmp.seq)" = "$(shark 'icmp.type == 0' icmp.seq)" -a \
	"$(shark 'icmp.type == 0' icmp.seq | wc -l)" -eq 5
check "the upload is in it, byte for byte" test "$(upload | sha256sum | cut -d' ' -f1)" = "$sum"
# How long the guest makes them depends on how quickly acknowledgements come back.
longest=$(shark 'tcp' frame.len | sort -n | tail -n 1)
check "the longest segment, $longest bytes, is there as it was on the hub" test "$longest" -gt 1514
check "tshark has nothing to complain of" test -z "$(grep -v 'Running as user' "$RUN"/tshark.err)"
"$GUEST" stop "$RUN"/vm
state_returns "without the guest and the dump" "$((${before%% *} - 2)) fds, 0 mbufs"
check "SIGTERM: exit 0" ringhub_stop hub
