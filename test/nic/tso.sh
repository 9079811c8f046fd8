#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 8139cp
# Large sends of this NIC's driver reach a virtio-net guest uncut, and arrive right.
. "$(dirname "$0")/_init.sh"

# counter NAME: of the port b.
counter() { ctl hub show port xstats b | sed -n "s/^q0_$1: //p"; }

ringhub_start hub -netdev hubport,id=h0,hubid=0 -netdev hubport,id=h1,hubid=0 \
	-device "$(nic_device "$NIC" "$RUN"/a.sock),netdev=h0,id=a,mac=52:54:00:00:00:0a" \
	-device virtio-net-pci,netdev=h1,id=b,vhost-user="$RUN"/b.sock
nic_guest a "$NIC" "$RUN"/a.sock 52:54:00:00:00:0a
guest_start b --vhost-user "$RUN/b.sock,mac=52:54:00:00:00:0b"
in_guest a 'ethtool -K eth0 sg on tx on tso on >/dev/null 2>&1; ip addr add 10.9.0.1/24 dev eth0; ip link set eth0 up'
in_guest b 'ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up'
check "the driver does TSO" in_guest a 'ethtool -k eth0 | grep -q "tcp-segmentation-offload: on"'
eventually 15 "ping" pings a 10.9.0.2 1
in_guest a 'head -c 40000000 /dev/urandom >/tmp/file; httpd -p 81 -h /tmp'
sum=$(in_guest a 'sha256sum </tmp/file')
check "40 MB arrive equal" \
	test "$(in_guest b -t 120 'wget -q -O - http://10.9.0.1:81/file | sha256sum')" = "$sum"
say "frames to the virtio guest: $(counter to_guest_frames), uncut: $(counter to_guest_tso), above 16 KiB: $(counter to_guest_large)"
check "uncut frames reached the receiving ring" test "$(counter to_guest_tso)" -ge 100
[ "$NIC" != e1000 ] || check "and frames above 16 KiB" test "$(counter to_guest_large)" -ge 100
check "no frame was refused" test "$(counter to_guest_bad_offload)" -eq 0
check "the receiver's TCP saw no wrong checksum" \
	test "$(in_guest b "awk '/^Tcp: [0-9]/ { print \$15 }' /proc/net/snmp")" -eq 0
check "no complaint in the kernel's log" kernel_content a
