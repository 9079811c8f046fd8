#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Stock dpdk-testpmd with the plugin forwards between two taps: complete frames without carry=on, also
# those that testpmd wants segmented; two queues; a tap passed as a descriptor.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

PLUGIN=$RINGHUB_TOP/build/drivers/net/tapio/librte_net_tapio.so
EAL="--lcores 0@0,1@1 --in-memory -m 256 --no-pci -d $PLUGIN"

# testpmd_start NAME VDEVS -- MORE TESTPMD OPTIONS: in "host"; its console is $RUN/NAME.in.
testpmd_start() {
	local name=$1 vdevs=()
	shift
	while [ "$1" != -- ]; do vdevs+=(--vdev "$1") && shift; done
	shift
	mkfifo "$RUN/$name".in
	# shellcheck disable=SC2086 # EAL is several words
	nsenter --net=/run/netns/"${NS}host" -- stdbuf -oL dpdk-testpmd $EAL --file-prefix="t_$NS$name" "${vdevs[@]}" \
		-- -i --total-num-mbufs=16384 "$@" <>"$RUN/$name".in >"$RUN/$name".log 2>&1 &
	run_adopt $!
	testpmd=$!
	eventually 20 "testpmd ($name) starts" grep -q 'testpmd> ' "$RUN/$name".log
}
say_to() { echo "$2" >"$RUN/$1".in; }
testpmd_end() {
	say_to "$1" quit
	eventually 10 "testpmd ($1) ends" process_ended "$testpmd"
	unset "run_pids[$testpmd]"
}

ns_new host a b
mac_of() { ns_ip "$1" -o link show "$2" | sed 's/.*ether \([0-9a-f:]*\).*/\1/'; }
mac_is() { [ "$(mac_of "$1" "$2")" = "$3" ]; }
mtu_is() { grep -q "mtu $3 " <<<"$(ns_ip "$1" link show "$2")"; }
testpmd_start io net_tapio0,ifname=ta,script=no net_tapio1,ifname=tb,script=no,vnet_hdr=off -- \
	--forward-mode=io --auto-start
say_to io 'mac_addr set 0 02:00:00:00:0a:0a'
eventually 5 "its MAC is the interface's" mac_is host ta 02:00:00:00:0a:0a
say_to io 'stop'
for line in 'port stop 0' 'port config mtu 0 1600' 'port start 0' 'start'; do say_to io "$line"; done
eventually 5 "its MTU is the interface's" mtu_is host ta 1600
ns_ip host link set ta mtu 1500
ns_give ta a 10.82.0.1/24
ns_give tb b 10.82.0.2/24
eventually 5 "ping" ns_pings a 10.82.0.2
ns_iperf b a 10.82.0.2 -n 20M
ok "TCP, 20 MB: $(($(iperf_number bits) / 1000000)) Mb/s"
say "$("$RINGHUB_TOP"/test/lib/frames --count 2000 "$NS"a:ta "$NS"b:tb)"
ok "2000 frames, both ways"
say_to io 'show port info 0'
eventually 5 "it has the driver's name" grep -q 'Driver name: net_tapio' "$RUN"/io.log
say_to io 'show port xstats 0'
eventually 5 "and a counter for each reason" grep -q 'tap_q0_tx_refused: 0' "$RUN"/io.log
testpmd_end io

# csum forwarding with TSO: testpmd asks for IPv4 and TCP sums in DPDK's way.
testpmd_start csum net_tapio0,ifname=ta,script=no,queues=2 net_tapio1,ifname=tb,script=no,queues=2 -- \
	--forward-mode=csum --rxq=2 --txq=2
for line in 'port stop all' 'csum set ip hw 0' 'csum set tcp hw 0' 'csum set ip hw 1' 'csum set tcp hw 1' \
	'tso set 800 1' 'port start all' 'set promisc all on' 'start'; do
	say_to csum "$line"
done
ns_give ta a 10.82.0.1/24
ns_give tb b 10.82.0.2/24
# testpmd's csum mode rewrites addresses: the peers are told so.
say_to csum "stop"
for i in 0 1; do
	other=$([ $i = 0 ] && echo a || echo b)
	say_to csum "set eth-peer $i $(mac_of "$other" t"$other")"
done
say_to csum start
for n in a b; do
	other=$([ $n = a ] && echo b || echo a)
	ns_ip $n neigh replace "10.82.0.$([ $n = a ] && echo 2 || echo 1)" dev t$n lladdr \
		"$(mac_of $other t$other)"
done
eventually 10 "ping through csum forwarding" ns_pings a 10.82.0.2
ns_iperf b a 10.82.0.2 -n 20M
ok "TCP, 20 MB, segmented at 800 bytes by the kernel: $(($(iperf_number bits) / 1000000)) Mb/s"
say_to csum 'show port xstats 1'
large() { [ "$(sed -n 's/^tap_q[01]_tx_large: //p' "$RUN"/csum.log | awk '{ n += $1 } END { print n + 0 }')" -gt 100 ]; }
eventually 5 "the kernel took frames to be segmented" large
testpmd_end csum
