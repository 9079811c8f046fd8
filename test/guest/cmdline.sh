#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Wrong command lines: one line on stderr that names the option and the fix, exit 1, nothing left behind.
# needs no guest
. "$(dirname "$0")/_init.sh"

long=$(printf '%0110d' 0)
peer_start web web "$RUN"
touch "$RUN"/file
dump=filter-dump,id=f0,netdev=n0,file=$RUN/dump
dev=virtio-net-pci,netdev=n0,id=d0,vhost-user=$SOCK

# words the error must have | options
cases="\
unknown option|-bogus x
needs a value|-netdev
Parameter 'id' is missing|-netdev user
must be|-netdev tap,id=n0,queues=0
Invalid parameter 'bogus'|-netdev bogus,id=n0
Duplicate ID 'n0'|-netdev user,id=n0 -netdev user,id=n0
id=7x|-netdev user,id=7x
hubid|-netdev hubport,id=h0
netdev 'n0' not found|-device $dev
mac=52:54|-netdev user,id=n0 -device $dev,mac=52:54
multicast|-netdev user,id=n0 -device $dev,mac=01:00:00:00:00:01
use vfio-user=|-netdev user,id=n0 -device e1000,netdev=n0,vhost-user=$SOCK
not a valid device model|-netdev user,id=n0 -device bogus,netdev=n0,vhost-user=$SOCK
vhost-user=PATH|-netdev user,id=n0 -device virtio-net-pci,netdev=n0
longer than 107|-netdev user,id=n0 -device virtio-net-pci,netdev=n0,vhost-user=/$long
vhost-user|-netdev user,id=n0 -device virtio-net-pci,netdev=n0,vhost-user=/nonexistent/x.sock
vhost-user|-netdev user,id=n0 -device virtio-net-pci,netdev=n0,vhost-user=$RUN/file
mode|-netdev user,id=n0 -device $dev,mode=bogus
queues|-netdev user,id=n0 -device $dev,queues=0
queues|-netdev user,id=n0 -device $dev,queues=x
rx-usecs=10001: must be a number from 0 to 10000|-netdev user,id=n0 -device $dev,rx-usecs=10001
tx-frames=0: must be a number from 1|-netdev user,id=n0 -device $dev,tx-usecs=9,tx-frames=0
tx-frames= without tx-usecs=|-netdev user,id=n0 -device $dev,rx-usecs=9,rx-frames=3,tx-frames=4
rx-frames= without rx-usecs=|-netdev user,id=n0 -device $dev,rx-frames=4
by ethtool -C|-netdev user,id=n0 -device virtio-net-pci,netdev=n0,vfio-user=$SOCK,rx-frames=4
bogus|-netdev user,id=n0 -device $dev,bogus=1
bogus|-netdev user,id=n0,bogus=1
net=|-netdev user,id=n0,net=300.0.0.0/8
host=x|-netdev user,id=n0,host=x
dns=x|-netdev user,id=n0,dns=x
dhcpstart=x|-netdev user,id=n0,dhcpstart=x
ipv6-net=x|-netdev user,id=n0,ipv6-net=x
ipv6-host=x|-netdev user,id=n0,ipv6-host=x
ipv6-dns=x|-netdev user,id=n0,ipv6-dns=x
restrict=5|-netdev user,id=n0,restrict=5
ipv4=5|-netdev user,id=n0,ipv4=5
ipv6=5|-netdev user,id=n0,ipv6=5
mru=9|-netdev user,id=n0,mru=9
guestfwd=x|-netdev user,id=n0,guestfwd=x
smb|-netdev user,id=n0,smb=/tmp
disable-dhcp=5|-netdev user,id=n0,disable-dhcp=5
disable-dns=5|-netdev user,id=n0,disable-dns=5
disable-host-loopback=5|-netdev user,id=n0,disable-host-loopback=5
outbound-addr=x|-netdev user,id=n0,outbound-addr=x
outbound-addr6=x|-netdev user,id=n0,outbound-addr6=x
hostfwd|-netdev user,id=n0,hostfwd=tcp:127.0.0.1:$(peer_port web)-:80
hostfwd|-netdev user,id=n0,hostfwd=bogus
Parameter 'file' is missing|-netdev user,id=n0 -object filter-dump,id=f0,netdev=n0
expects a network backend id|-netdev user,id=n0 -object filter-dump,id=f0,netdev=n9,file=$RUN/dump
Parameter 'qom-type'|-netdev user,id=n0 -object bogus,id=f0,netdev=n0
Parameter 'bogus' is unexpected|-netdev user,id=n0 -object filter-dump,id=f0,netdev=n0,file=$RUN/dump,bogus=1
can't write /dev/full: No space left|-netdev user,id=n0 -object filter-dump,id=f0,netdev=n0,file=/dev/full
duplicate property 'f0'|-netdev user,id=n0 -object $dump -object $dump
requires a positive value|-netdev user,id=n0 -object filter-buffer,id=f0,netdev=n0,interval=0
Device 'c0' not found|-netdev user,id=n0 -object filter-mirror,id=f0,netdev=n0,outdev=c0
Failed to connect to '/nonexistent/c0'|-chardev socket,id=c0,path=/nonexistent/c0
write wait=off|-chardev socket,id=c0,path=$RUN/c0,server=on,wait=on
not a valid char driver name|-chardev bogus,id=c0
-monitor|-netdev user,id=n0 -monitor bogus
-monitor|-netdev user,id=n0 -monitor unix:/nonexistent/mon
nothing to do|"

bad=0
while IFS='|' read -r words options; do
	code=0
	# shellcheck disable=SC2086
	timeout 20 "$RINGHUB" $options </dev/null >"$RUN"/out 2>"$RUN"/err || code=$?
	lines=$(wc -l <"$RUN"/err)
	if [ "$code" -eq 1 ] && [ "$lines" -eq 1 ] && grep -qF -e "$words" "$RUN"/err && [ ! -e "$SOCK" ]; then
		ok "$(cat "$RUN"/err)"
	else
		say "not ok - $options: exit $code, $lines lines, wanted '$words': $(head -n 3 "$RUN"/err)"
		bad=1
	fi
done <<<"$cases"
check "-version: exit 0" grep -q '^ringhub [0-9]' <<<"$("$RINGHUB" -version)"
check "-device help: exit 0" grep -q virtio-net-pci <<<"$("$RINGHUB" -device help)"
exit "$bad"
