#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# qemu: new
# Three members on one hub, in both of QEMU's ways to say it: two guests and the user network.
. "$(dirname "$0")/_init.sh"

three() {
	local way=$1 a b
	shift
	ringhub_start hub "$@"
	guest_start a --vhost-user "$RUN/a.sock,mac=52:54:00:00:00:0a"
	guest_start b --vhost-user "$RUN/b.sock,mac=52:54:00:00:00:0b"
	check "$way: info network shows a hub of three" \
		test "$(ctl hub info network | grep -cE '^ \\ (hub0port[0-2]|h[0-2]): ')" -eq 3
	in_guest a dhcp >/dev/null 2>&1
	in_guest b dhcp >/dev/null 2>&1
	a=$(in_guest a "ip -4 -o addr show eth0 | sed 's/.*inet \([0-9.]*\).*/\1/'")
	b=$(in_guest b "ip -4 -o addr show eth0 | sed 's/.*inet \([0-9.]*\).*/\1/'")
	check "$way: two leases, $a and $b" test "$a" != "$b"
	check "$way: a reaches the gateway" pings a
	check "$way: b reaches the gateway" pings b
	check "$way: a reaches b" pings a "$b"
	check "$way: b reaches a" pings b "$a"
	in_guest b 'tail -f /dev/null | nc -l -p 9 | sha256sum >/tmp/sum & :'
	in_guest a 'dd if=/dev/urandom of=/tmp/file bs=1M count=8 2>/dev/null'
	eventually 10 "$way: b listens" in_guest b 'netstat -ltn | grep -q :9'
	in_guest a "nc $b 9 </tmp/file"
	eventually 10 "$way: b has its sum" in_guest b 'test -s /tmp/sum'
	check "$way: 8 MiB of TCP from a to b are equal" \
		test "$(in_guest a 'sha256sum </tmp/file')" = "$(in_guest b 'cat /tmp/sum')"
	"$GUEST" stop "$RUN"/a
	"$GUEST" stop "$RUN"/b
	check "$way: SIGTERM: exit 0" ringhub_stop hub
}

three hubport -netdev user,id=n0 -netdev hubport,id=h0,hubid=0,netdev=n0 \
	-netdev hubport,id=h1,hubid=0 -netdev hubport,id=h2,hubid=0 \
	-device virtio-net-pci,id=a,netdev=h1,vhost-user="$RUN"/a.sock \
	-device virtio-net-pci,id=b,netdev=h2,vhost-user="$RUN"/b.sock
three vlan=0 -net user,vlan=0 -net nic,vlan=0,model=virtio-net-pci,vhost-user="$RUN"/a.sock \
	-net nic,vlan=0,model=virtio-net-pci,vhost-user="$RUN"/b.sock
