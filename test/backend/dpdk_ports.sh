#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Devices of stock DPDK drivers as backends: memif with a stock dpdk-testpmd as peer, AF_PACKET and pcap on veth
# pairs, ring, null; and mistakes. In a network namespace of its own.
[ -n "${DPDK_PORTS_NETNS:-}" ] || DPDK_PORTS_NETNS=yes exec unshare --net "$0"
. "$(dirname "$0")/_vde.sh"

ip link set lo up
for pair in a b c d; do
	case $pair in a | c) ip link add rh$pair type veth peer name rh"$(tr ac bd <<<$pair)" ;; esac
done
for dev in a b c d; do ip link set rh$dev up; done

# A frame must fit one of memif's buffers: doc/dpdk-ports.md. Newer releases cannot have long ones at all.
memif=bsize=9216,,socket-abstract=no
longest=1514
case $(pkg-config --modversion libdpdk) in 22.11*) longest=9000 ;; esac

# Three hubs A1 and three hubs A2: each a frame source of libvdeplug's on one side, a device on the other.
# near[i] - hub - device i0 = device i1 - hub - far[i]
options=()
urls=()
kinds=(memif af_packet pcap)
# shellcheck disable=SC2054
devices=("net_memif0,,role=server,,id=0,,$memif,,socket=$RUN/m0" "net_memif1,,role=server,,id=1,,$memif,,socket=$RUN/m1"
	net_af_packet0,,iface=rha net_af_packet1,,iface=rhb net_pcap0,,iface=rhc net_pcap1,,iface=rhd)
for i in "${!devices[@]}"; do
	near=$(free_port) far=$(free_port)
	urls+=("udp://127.0.0.1:$far->127.0.0.1:$near")
	options+=(-netdev "vde,id=v$i,sock=udp://127.0.0.1:$near->127.0.0.1:$far" -netdev "dpdk,id=p$i,devargs=${devices[i]}"
		-netdev "hubport,id=hv$i,hubid=$i,netdev=v$i" -netdev "hubport,id=hp$i,hubid=$i,netdev=p$i")
done
ringhub_start hub "${options[@]}"
exec 8<>"$RUN"/console
dpdk-testpmd --lcores 0@0,1@1 --in-memory -m 128 --no-pci --file-prefix=t_memif \
	--vdev "net_memif0,role=client,id=0,${memif/,,/,},socket=$RUN/m0" \
	--vdev "net_memif1,role=client,id=1,${memif/,,/,},socket=$RUN/m1" \
	-- -i --auto-start --forward-mode=io --total-num-mbufs=8192 <&8 >"$RUN"/testpmd.log 2>&1 &
run_adopt $!
eventually 20 "memif: link with testpmd" link_is hub p0 up
frames=10000 # by memif; then 1000, as long as Ethernet's
for i in "${!kinds[@]}"; do
	check "${kinds[i]}: frames pass" "$VDEPEER" probe "${urls[2 * i]}" "${urls[2 * i + 1]}" 20
	check "${kinds[i]}: $frames frames of up to $longest bytes each way, none lost, in order" \
		"$VDEPEER" exchange "${urls[2 * i]}" "${urls[2 * i + 1]}" $frames 60 $longest 16
	frames=1000 longest=1514
	check "${kinds[i]}: show port info names the driver" \
		grep -q "Driver name: net_${kinds[i]}" <<<"$(ctl hub show port info p$((2 * i)))"
done
ctl hub netdev_add dpdk,id=n,devargs=net_null0
ctl hub netdev_add dpdk,id=r,devargs=net_ring0
check "null and ring come" grep -q net_ring <<<"$(ctl hub show port info r)"
before=$(ringhub_state hub)
for i in 1 2 3; do
	ctl hub netdev_add dpdk,id=x,devargs=net_null1,mtu=1400
	ctl hub netdev_del x
done
check "added and removed: $before as before" test "$(ringhub_state hub)" = "$before"
check "SIGTERM: exit 0" ringhub_stop hub

one_line "-netdev dpdk,id=p" 'needs devargs='
one_line "-netdev dpdk,id=p,devargs=net_bogus0" "no DPDK driver has devices of the name 'net_bogus0'"
one_line "-netdev dpdk,id=p,devargs=net_af_packet0,,iface=nope" 'No such device'
one_line "-netdev dpdk,id=p,devargs=net_null0,iface=x" "unknown key 'iface'"
one_line "-netdev dpdk,id=p,devargs=net_null0,queues=17" 'queues=17: must be a number from 1 to 16'
