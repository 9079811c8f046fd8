#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Each kind of NIC behind each kind of backend: one stock guest with five NICs, one switch with a backend of each
# kind, and behind each backend a peer that nobody here wrote. For each pair a file crosses both ways at once, in
# more than 10,000 frames each way: equal, and no frame counted as lost on a reliable kind. Ends with a table.
. "$(dirname "$0")/../nic/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

BYTES=15000000                           # each frame has 1448 of them at most
PEERS='tap stream dgram l2tpv3 vde dpdk' # in namespaces of these names; that of user is the host
QEMUS='stream dgram l2tpv3'              # those whose peer is QEMU's backend of the same name
NICS=${MATRIX_NICS:-$NICS}               # to look at one of them
NET=10.90.0                              # NICs from .11, peers from .21

# What Ringhub has, and at its other end QEMU.
inet=addr.type=inet,addr.host=127.0.0.1
# shellcheck disable=SC2054
declare -A ours=(
	[user]="user,net=$NET.0/24,host=$NET.2"
	[tap]=tap,ifname=tap,script=no,downscript=no
	[stream]=stream,server=on,addr.type=unix,addr.path=$RUN/stream
	[dgram]=dgram,${inet//addr/local},local.port=5001,${inet//addr/remote},remote.port=5002
	[l2tpv3]=l2tpv3,udp=on,src=127.0.0.1,dst=127.0.0.1,srcport=5003,dstport=5004,txsession=1,rxsession=2
	[vde]=vde,sock=$RUN/switch
	[dpdk]=dpdk,devargs=net_af_packet0,,iface=dpdk0
)
# shellcheck disable=SC2054
declare -A theirs=(
	[stream]=stream,addr.type=unix,addr.path=$RUN/stream
	[dgram]=dgram,${inet//addr/local},local.port=5002,${inet//addr/remote},remote.port=5001
	[l2tpv3]=l2tpv3,udp=on,src=127.0.0.1,dst=127.0.0.1,srcport=5004,dstport=5003,txsession=2,rxsession=1
)

has_dev() { ns_ip host link show "$1" >/dev/null 2>&1; }

# A vde_switch with a tap, and a veth pair: they are there before Ringhub.
peers_before() {
	mkfifo "$RUN"/console
	exec 7<>"$RUN"/console # a vde_switch ends when its console does
	ns_exec host vde_switch -s "$RUN"/switch -tap vde <&7 >"$RUN"/switch.log 2>&1 &
	run_adopt $!
	retry_until 10 has_dev vde || die "vde_switch has no tap"
	ns_ip host link add dpdk0 type veth peer name dpdk
	ns_ip host link set dpdk0 up
}

# A QEMU without a guest that passes on between its backends and taps, a hub for each.
peers_after() {
	local kind words=() n=0
	for kind in $QEMUS; do
		words+=(-netdev "${theirs[$kind]},id=$kind" -netdev "hubport,id=h$kind,hubid=$n,netdev=$kind"
			-netdev "tap,id=t$kind,ifname=$kind,script=no,downscript=no"
			-netdev "hubport,id=ht$kind,hubid=$n,netdev=t$kind")
		n=$((n + 1))
	done
	ns_exec host qemu-system-x86_64 -M none -nodefaults -display none -monitor none "${words[@]}" \
		</dev/null >"$RUN"/qemu-peer.log 2>&1 &
	run_adopt $!
	retry_until 10 has_dev l2tpv3 || die "QEMU, the peer, did not start"
}

# serve NAME ADDRESS: the file, by HTTP.
serve() {
	ns_exec "$1" busybox httpd -f -p "$2:80" -h "$RUN"/www </dev/null >>"$RUN"/httpd.log 2>&1 &
	run_adopt $!
	retry_until 10 ns_listens "$1" 80 || die "no web server in $1"
}

# Each peer's interface in its namespace, without segmentation offload, with a web server.
peers_settle() {
	local kind n=21
	for kind in $PEERS; do
		ns_give "$kind" "$kind" $NET.$n/24
		in_ns "$kind" ethtool -K "$kind" tx off tso off gso off gro off >/dev/null 2>&1 || :
		in_ns "$kind" sh -c 'echo "4096 131072 131072" >/proc/sys/net/ipv4/tcp_rmem'
		serve "$kind" $NET.$n
		n=$((n + 1))
	done
	serve host 127.0.0.1
}

# Each NIC of the guest in a namespace, which has the NIC's name. The web server there has the file, and what gets
# a peer's: so a peer can start both ways. Receive windows are less than what the NIC's ring holds.
guest_settle() {
	in_guest vm -t 60 "
		mkdir -p /www/cgi-bin
		printf '%s\n' '#!/bin/sh' 'printf \"Content-Type: text/plain\\r\\n\\r\\n\"' \
			'wget -q -O - http://\$QUERY_STRING | md5sum' >/www/cgi-bin/get
		chmod +x /www/cgi-bin/get
		n=11
		for nic in $NICS; do
			case \$nic in 8139too) window=49152 ;; 8139cp) window=65536 ;; *) window=131072 ;; esac
			dev=\$(grep -l 52:54:00:00:00:\$n /sys/class/net/*/address | cut -d/ -f5)
			/bin/iproute2/ip netns add \$nic && /bin/iproute2/ip link set \$dev netns \$nic || exit
			nsenter --net=/run/netns/\$nic sh -c \"
				ethtool -K \$dev tso off gso off gro off lro off
				ip addr add $NET.\$n/24 dev \$dev && ip link set \$dev up && ip link set lo up &&
				echo 4096 \$window \$window >/proc/sys/net/ipv4/tcp_rmem && httpd -p 80 -h /www\" || exit
			n=\$((n + 1))
		done
		nsenter --net=/run/netns/\${nic} wget -q -O /www/file http://$NET.2/file" || fail "the guest's namespaces"
}

mkdir "$RUN"/www
head -c $BYTES /dev/urandom >"$RUN"/www/file
head -c $((BYTES * 5 / 8)) "$RUN"/www/file >"$RUN"/www/part
# shellcheck disable=SC2086
ns_new host $PEERS
ns_ringhub
peers_before
words=() fwd='' cards=() n=11
for nic in $NICS; do
	# An rtl8139 has 64 descriptors, or 32 KiB, for data and acknowledgements together: who sends must wait.
	case $nic in 8139*) policy=block ;; *) policy=drop ;; esac
	words+=(-netdev "hubport,id=h$nic,hubid=0,policy=$policy"
		-device "$(nic_device "$nic" "$RUN/$nic.sock"),id=nic-$nic,netdev=h$nic,mac=52:54:00:00:00:$n")
	case $nic in
	e1000) words[-1]=${words[-1]},doorbells=trap ;; # quicker without KVM
	esac
	case $nic in
	virtio-vhost) cards+=(--vhost-user "$RUN/$nic.sock,mac=52:54:00:00:00:$n") ;;
	*) cards+=(--vfio-user "$RUN/$nic.sock") ;;
	esac
	fwd=$fwd,hostfwd=tcp:127.0.0.1:80$n-$NET.$n:80
	n=$((n + 1))
done
ours[user]=${ours[user]}$fwd
for kind in user $PEERS; do
	words+=(-netdev "${ours[$kind]},id=$kind" -netdev "hubport,id=h$kind,hubid=0,netdev=$kind")
done
ringhub_start hub -hub id=0,mode=switch "${words[@]}"
peers_after
peers_settle
guest_start vm --mem 512M "${cards[@]}"
guest_settle
python3 "$RINGHUB_TOP"/test/backend/_matrix.py "$RUN" "$NS" "$NET" "$NICS" "user $PEERS"
check "no complaint in the kernel's log" kernel_content vm
check "SIGTERM: exit 0" ringhub_stop hub
