#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock guest on one ringhub gets its lease, pings and a file from another one, through one vde_switch.
. "$(dirname "$0")/_vde.sh"

mkdir "$RUN"/www
head -c 4M /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
switch_start sw
ringhub_start near -netdev vde,id=v0,sock="$RUN"/sw \
	-device virtio-net-pci,id=d0,netdev=v0,vhost-user="$RUN"/vm.sock
ringhub_start far -netdev user,id=n0 -netdev vde,id=v1,sock="$RUN"/sw \
	-netdev hubport,id=h0,hubid=0,netdev=n0 -netdev hubport,id=h1,hubid=0,netdev=v1
guest_start vm --vhost-user "$RUN"/vm.sock
check "lease: $(in_guest vm dhcp 2>&1 | tail -n 1)" in_guest vm "ip -4 addr show eth0 | grep -q inet"
check "ping through the switch" in_guest vm ping -c 3 -W 3 10.0.2.2
sum=$(sha256sum <"$RUN"/www/file)
check "4 MiB of TCP through the switch are equal" test \
	"$(in_guest vm "wget -q -O - http://10.0.2.2:$(peer_port web)/file | sha256sum")" = "$sum"
switch_kill sw
eventually 2 "without the switch: no link" link_is near v0 down
switch_start sw
eventually 6 "with the switch: link" link_is near v0 up
eventually 6 "at both ends" link_is far v1 up
check "ping again" in_guest vm ping -c 2 -W 3 10.0.2.2
for counter in vde_in_no_mbuf vde_in_ring_full vde_out_error vde_out_oversize vde_out_bad_offload; do
	check "$counter is 0" xstat_is near v0 $counter 0
done
