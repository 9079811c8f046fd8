#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: virtio-vfio
# A stock guest spreads what it receives over two queues by the table it sets (ethtool -X), gets each frame's
# hash, and delays its interrupts (ethtool -C).
. "$(dirname "$0")/_init.sh"

CONNECTIONS=40

# counter QUEUE NAME: of the port d0.
counter() { ctl hub show port xstats d0 | sed -n "s/^q$1_$2: //p"; }
# frames: to the guest by queue 0 and by queue 1, ours and as its driver counts them.
frames() { echo "$(counter 0 to_guest_frames) $(counter 1 to_guest_frames)"; }
driver_frames() { in_guest vm "ethtool -S eth0 | sed -n 's/.*rx_queue_[01]_packets: //p' | tr '\n' ' '"; }

# connections: so many of them, each of a port of its own. How many frames came by each queue: $d0, $d1.
connections() {
	local i a0 a1 b0 b1
	read -r a0 a1 <<<"$(frames)"
	for ((i = 0; i < CONNECTIONS; i++)); do hostfwd_works || fail "connection $i"; done
	read -r b0 b1 <<<"$(frames)"
	d0=$((b0 - a0)) d1=$((b1 - a1))
	say "# $CONNECTIONS connections: $d0 frames by queue 0, $d1 by queue 1"
}

# rtt_us: the shortest of three round trips to the gateway, in microseconds.
rtt_us() {
	in_guest vm "ping -c 3 -W 2 $GATEWAY" | sed -n 's|.*min/avg/max = \([0-9.]*\)/.*|\1|p' |
		awk '{ printf "%d", $1 * 1000 }'
}

ringhub_start hub -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$HOSTPORT-:8080" -device \
	"virtio-net-pci,vfio-user=$SOCK,queues=2,rss=on,hash=on,netdev=n0,id=d0,mac=52:54:00:12:34:56"
nic_guest vm "$NIC" "$SOCK" 52:54:00:12:34:56 --smp 2
guest_serve vm
# Bits 57, 60 and 53, as the kernel shows them from bit 0 on.
check "HASH_REPORT, RSS and NOTF_COAL are negotiated" \
	test "$(in_guest vm 'cut -c 58,61,54 /sys/class/net/eth0/device/features')" = 111
check "the driver shows a table and a hash key" in_guest vm 'ethtool -x eth0 | grep -q "RSS hash key"'
connections
check "without a table set, all frames come by queue 0" test "$d1" = 0

check "ethtool -X equal 2" in_guest vm 'ethtool -X eth0 equal 2'
check "the command was carried out" test "$(counter 0 ctrl_bad_value) $(counter 0 ctrl_short)" = "0 0"
connections
check "connections are spread over both" test "$d0" -ge 40 -a "$d1" -ge 40
check "ethtool -X weight 0 1" in_guest vm 'ethtool -X eth0 weight 0 1'
connections
check "all frames of connections come by queue 1" test "$d1" -ge 160 -a "$d0" -le 8
in_guest vm 'ethtool -K eth0 rxhash on'
connections
check "also with the hash reported" test "$d1" -ge 160 -a "$d0" -le 8
check "the driver counts the same frames as we" test "$(driver_frames)" = "$(frames) "

check "ethtool -X equal 2 again" in_guest vm 'ethtool -X eth0 equal 2'
quick=$(rtt_us)
# Linux 6.1 refuses tx-frames 0, its default, while the interface is up.
check "ethtool -C" in_guest vm 'ethtool -C eth0 rx-usecs 20000 rx-frames 100 tx-frames 1'
slow=$(rtt_us)
say "# round trip: $quick us, with interrupts delayed $slow us"
check "an interrupt waits 20 ms for more frames" test "$slow" -ge 20000
check "without that it does not" test "$quick" -lt 20000
in_guest vm 'ethtool -C eth0 rx-usecs 0 rx-frames 0 tx-frames 1'
check "switched off, it waits no more" test "$(rtt_us)" -lt 20000
check "no command was refused" \
	test "$(counter 0 ctrl_unknown) $(counter 0 ctrl_short) $(counter 0 ctrl_bad_value)" = "0 0 0"
check "no complaint in the kernel's log" kernel_content vm
