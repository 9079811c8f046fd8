#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# qemu: new
# Backends, NICs, forwarding rules and cables come and go while a guest's traffic runs.
. "$(dirname "$0")/_init.sh"

not_pinging() { ! pings vm; }
not_answering() { ! hostfwd_works "$1"; }
# Frames of the guest are dropped by its port, those towards it by the hub.
loss_counted() { grep -qE '(hub_drop_link_down|link_down_(from|to)_guest): [1-9]' <<<"$(ctl hub show port xstats all)"; }

hub_start
mkdir "$RUN"/www
head -c 8M /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
sum=$(sha256sum <"$RUN"/www/file)
guest_start vm --vhost-user "$SOCK"
guest_serve vm
in_guest vm "(while [ ! -e /tmp/end ]; do
	wget -q -O - http://$GATEWAY:$(peer_port web)/file | sha256sum; done >/tmp/sums; touch /tmp/done) & :"
port2=$(free_port)

for round in 1 2 3; do
	ctl hub netdev_add user,id=n1,net=10.9.0.0/24
	ctl hub device_add virtio-net-pci,id=d1,netdev=n1,vhost-user="$RUN"/vm1.sock >/dev/null
	check "round $round: the new NIC is there" grep -q 'd1: index=0' <<<"$(ctl hub info network)"
	if [ "$round" = 2 ]; then
		guest_start vm1 --vhost-user "$RUN"/vm1.sock,reconnect=1
		in_guest vm1 dhcp >/dev/null 2>&1
		check "round $round: a guest on it pings" pings vm1 10.9.0.2
	fi
	ctl hub device_del d1
	ctl hub netdev_del n1
	check "round $round: it is gone" test ! -e "$RUN"/vm1.sock
	ctl hub hostfwd_add n0 "tcp:127.0.0.1:$port2-:8080" >/dev/null
	check "round $round: hostfwd_add works" hostfwd_works "$port2"
	ctl hub hostfwd_remove n0 "tcp:127.0.0.1:$port2" >/dev/null
	check "round $round: hostfwd_remove works" retry_until 1 not_answering "$port2"
	ctl hub set_link d0 off
	check "round $round: set_link off: nothing passes" not_pinging
	check "round $round: and is counted" retry_until 5 loss_counted
	ctl hub set_link d0 on
	eventually 10 "round $round: set_link on: ping" pings vm
done
in_guest vm touch /tmp/end
eventually 60 "the guest's downloads end" in_guest vm test -e /tmp/done
say "$(in_guest vm 'wc -l </tmp/sums') downloads of 8 MiB meanwhile"
check "at least one, and each was equal" test "$(in_guest vm 'sort -u /tmp/sums')" = "$sum"
