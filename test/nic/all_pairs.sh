#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 (it takes one of each kind, whatever NIC says)
# One guest of each kind and the user network on one hub; each talks to each other.
. "$(dirname "$0")/_init.sh"

devices=()
n=0
for nic in $NICS; do
	n=$((n + 1))
	devices+=(-netdev "hubport,id=h$n,hubid=0"
		-device "$(nic_device "$nic" "$RUN/$nic.sock"),id=nic-$nic,netdev=h$n,mac=52:54:00:00:00:0$n")
done
ringhub_start hub -netdev user,id=n0 -netdev hubport,id=h0,hubid=0,netdev=n0 "${devices[@]}"
n=0
for nic in $NICS; do
	n=$((n + 1))
	nic_guest "$nic" "$nic" "$RUN/$nic.sock" 52:54:00:00:00:0$n
	# An address, a VLAN, a multicast group of its own; pings to groups are answered.
	in_guest "$nic" "
		modprobe 8021q
		echo 0 >/proc/sys/net/ipv4/icmp_echo_ignore_broadcasts
		ip link set eth0 up && ip addr add 10.9.0.$n/24 dev eth0 &&
		/bin/iproute2/ip link add link eth0 name eth0.5 type vlan id 5 &&
		ip link set eth0.5 up && ip addr add 10.5.0.$n/24 dev eth0.5 &&
		/bin/iproute2/ip maddr add 01:00:5e:05:05:0$n dev eth0 &&
		/bin/iproute2/ip addr add 239.5.5.$n/32 dev eth0 autojoin &&
		ip route add 239.0.0.0/8 dev eth0" || fail "$nic: addresses"
done
a=0
for from in $NICS; do
	a=$((a + 1))
	b=0
	in_guest "$from" 'head -c 2000000 /dev/urandom >/tmp/file && httpd -p 81 -h /tmp'
	sum=$(in_guest "$from" 'sha256sum </tmp/file')
	for to in $NICS; do
		b=$((b + 1))
		[ "$a" != "$b" ] || continue
		check "$from reaches $to" pings "$from" 10.9.0.$b
		check "$from reaches $to over VLAN 5" pings "$from" 10.5.0.$b
		check "$from reaches the group of $to" pings "$from" 239.5.5.$b 1
		check "2 MB of $from arrive at $to" \
			test "$(in_guest "$to" -t 60 "wget -q -O - http://10.9.0.$a:81/file | sha256sum")" = "$sum"
	done
done
for nic in $NICS; do
	check "$nic: no complaint in the kernel's log" kernel_content "$nic"
done
