#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# One guest on the user network: lease, ping, 20 MB each way, and what ethtool and ip can do.
. "$(dirname "$0")/_init.sh"

BYTES=20000000
mkdir "$RUN"/www
head -c $BYTES /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
nic_start --mem 512M
driver=$(nic_driver "$NIC")
check "the driver is $driver" \
	in_guest vm "readlink -f /sys/class/net/eth0/device/driver | grep -qE '/$driver$'"
check "its address is 52:54:00:12:34:56" in_guest vm 'grep -q 52:54:00:12:34:56 /sys/class/net/eth0/address'
check "lease" grep -q 'lease: eth0 10.0.2.15/24' <<<"$(in_guest vm dhcp)"
check "gateway answers ping" pings vm "$GATEWAY" 5
check "gateway answers a ping of 1472 bytes" in_guest vm "ping -c 2 -s 1472 $GATEWAY >/dev/null"

sum=$(sha256sum <"$RUN"/www/file)
in_guest vm -t 200 "mkdir -p /www && wget -q -O /www/file http://$GATEWAY:$(peer_port web)/file &&
	httpd -p 8080 -h /www"
check "20 MB to the guest are equal" test "$(in_guest vm 'sha256sum </www/file')" = "$sum"
check "20 MB from the guest are equal" \
	test "$(curl -s --max-time 200 "http://127.0.0.1:$HOSTPORT/file" | sha256sum)" = "$sum"

# counted N PATTERN: ethtool -S has N counters like that; the e1000 driver asks its NIC every 2 s,
# and what it has not asked for when it resets it is lost.
counted() { [ "$(in_guest vm 'ethtool -S eth0' | grep -cE "$2")" -ge "$1" ]; }
case $NIC in
e1000 | 8139cp)
	eventually 10 "ethtool -S counts both ways" counted 2 '(rx_packets|tx_packets|rx_ok|tx_ok): [1-9]'
	;;
esac
case $NIC in
e1000)
	eventually 10 "ethtool -S counts the bytes of both files" counted 2 '(rx_bytes|tx_bytes): [1-9][0-9]{7}'
	;;
esac
# Some drivers take the link down and up to do this.
in_guest vm 'ip link set eth0 mtu 1400'
eventually 15 "MTU 1400: a ping of 1372 bytes" in_guest vm "ping -c 1 -s 1372 -W 1 $GATEWAY >/dev/null 2>&1"
in_guest vm 'ip link set eth0 mtu 1500'
eventually 15 "MTU 1500 again: a ping of 1472 bytes" in_guest vm "ping -c 1 -s 1472 -W 1 $GATEWAY >/dev/null 2>&1"
in_guest vm 'ip link set eth0 promisc on'
eventually 15 "promiscuous: ping" pings vm "$GATEWAY" 1
in_guest vm 'ip link set eth0 promisc off'
eventually 15 "not promiscuous: ping" pings vm "$GATEWAY" 1
case $NIC in
e1000)
	result=$(in_guest vm -t 60 'ethtool -t eth0 offline' || :)
	say "$result"
	check "ethtool -t: everything passes" grep -q 'test result is PASS' <<<"$result"
	eventually 15 "ping after that" pings vm "$GATEWAY" 1
	;;
esac
check "no complaint in the kernel's log" kernel_content vm
