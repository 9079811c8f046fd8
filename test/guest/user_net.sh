#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A guest on a user network: lease, ping, a page each way, and the counters of all that.
. "$(dirname "$0")/_init.sh"

hub_start
mkdir "$RUN"/www
head -c 200000 /dev/urandom | base64 >"$RUN"/www/page
peer_start web web "$RUN"/www
guest_start vm --vhost-user "$SOCK"
check "the driver is virtio_net" in_guest vm 'readlink /sys/class/net/eth0/device/driver | grep -q virtio_net'
lease=$(in_guest vm dhcp)
check "lease 10.0.2.15, router, name server" \
	grep -q 'lease: eth0 10.0.2.15/24 router 10.0.2.2 dns 10.0.2.3' <<<"$lease"
check "gateway answers ping" pings vm "$GATEWAY" 5
check "gateway answers a ping of 1472 bytes" in_guest vm "ping -c 2 -s 1472 $GATEWAY >/dev/null"
sum=$(in_guest vm "wget -q -O - http://$GATEWAY:$(peer_port web)/page | sha256sum")
check "page from the host arrives whole" test "$sum" = "$(sha256sum <"$RUN"/www/page)"
guest_serve vm
check "hostfwd reaches the guest" hostfwd_works
check "info network shows NIC and backend" grep -q 'n0: index=0,type=user' <<<"$(ctl hub info network)"
check "info usernet shows the rule" grep -q "HOST_FORWARD.*$HOSTPORT" <<<"$(ctl hub info usernet)"
check "both ports count frames both ways" \
	test "$(ctl hub show port stats all | grep -cE '(RX|TX)-packets: [1-9]')" -eq 4
check "telemetry knows the guest" grep -q '"d0"' <<<"$(telemetry hub /ringhub/guests)"
check "SIGTERM: exit 0" ringhub_stop hub
check "no socket stays behind" test ! -e "$SOCK" -a ! -e "$RUN"/hub.mon
