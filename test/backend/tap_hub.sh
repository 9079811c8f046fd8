#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two network namespaces joined by two taps and a hub: ping, TCP, UDP, each frame, links, removal.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

# counter PORT NAME: what an xstat of it has come to.
counter() { ctl hub show port xstats "$1" | awk -v name="$2:" '$1 == name { print $2 }'; }
has_link() { ns_ip "$1" link show "$2" >/dev/null 2>&1; }
not() { ! "$@"; }
# carrier_is NETNS DEV off|on
carrier_is() { [ "$(ns_ip "$1" link show "$2" | grep -c NO-CARRIER)" = "$([ "$3" = off ] && echo 1 || echo 0)" ]; }

ns_new host a b
ns_ringhub
ns_ip host tuntap add dev ta mode tap
ringhub_start hub -netdev tap,id=a,ifname=ta,script=no,downscript=no \
	-netdev tap,id=b,ifname=tb,script=no,downscript=no \
	-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=b
check "info network has QEMU's words" \
	grep -q 'a: index=0,type=tap,ifname=ta,script=no,downscript=no$' <<<"$(ctl hub info network)"
ns_give ta a 10.79.0.1/24
ns_give tb b 10.79.0.2/24
eventually 5 "ping" ns_pings a 10.79.0.2

for way in 'a b 10.79.0.2' 'b a 10.79.0.1'; do
	read -r from to address <<<"$way"
	ns_iperf "$to" "$from" "$address" -n 200M
	ok "TCP, 200 MB from $from to $to: $(($(iperf_number bits) / 1000000)) Mb/s"
	ns_iperf "$to" "$from" "$address" -u -b 20M -n 2M -l 1400
	check "UDP from $from to $to arrives" test "$(iperf_number packets)" -gt 1000
done
check "TCP crossed the hub in frames to be segmented" test "$(counter a tap_q0_rx_large)" -gt 1000
for n in a b; do ns_ip $n link set t$n mtu 9000; done
say "$("$RINGHUB_TOP"/test/lib/frames --max 9014 "$NS"a:ta "$NS"b:tb)"
ok "10000 frames of 60 to 9014 bytes, both ways"

ctl hub set_link a off >/dev/null
eventually 5 "set_link off takes the interface's carrier away" carrier_is a ta off
check "and no frame passes" not ns_pings a 10.79.0.2
ctl hub set_link a on >/dev/null
eventually 5 "set_link on gives it back" carrier_is a ta on
eventually 5 "and frames pass" ns_pings a 10.79.0.2

ctl hub netdev_add tap,id=c,ifname=tc,script=no,downscript=no >/dev/null
ctl hub netdev_del c >/dev/null
state=$(ringhub_state hub)
for _ in 1 2 3 4 5; do
	ctl hub netdev_add tap,id=c,ifname=tc,script=no,downscript=no,queues=2 >/dev/null
	check "a tap of two queues appears" has_link host tc
	ctl hub netdev_del c >/dev/null
	check "and goes" not has_link host tc
done
state_returns "five taps came and went" "$state"
check "SIGTERM: exit 0" ringhub_stop hub
check "the tap that was there before stays" has_link a ta
check "the one that ringhub made is gone" not has_link b tb
