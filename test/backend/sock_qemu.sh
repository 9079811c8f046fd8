#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Each socket backend against QEMU's own, the host's QEMU and a newer one: FRAMES (10000) frames
# of 60 to 9000 bytes each way, through Ringhub's hub and QEMU's, with equal content.
. "$(dirname "$0")/_sock.sh"

FRAMES=${FRAMES:-10000}
# Frames under way: when a peer's buffer is full, QEMU's hub (7.2 and 11.1) lets later frames pass earlier ones.
WINDOW=8
hub=0
names=() ours=() late=() theirs=() flags=()

# pair NAME OURS THEIRS [SOCKPEER FLAGS]: one hub on each side. Ours with a leading "later:" is added when QEMU is
# there to be connected to.
pair() {
	names[hub]=$1
	if [ "${2#later:}" = "$2" ]; then ours[hub]=$(on_hub "$hub" "x$hub" "$2"); else late[hub]=${2#later:}; fi
	theirs[hub]=$(on_hub "$hub" "x$hub" "$3")
	flags[hub]=${4:-}
	hub=$((hub + 1))
}

# ends KIND LOCAL REMOTE: a dgram option's two addresses, KIND inet (HOST:PORT) or unix.
ends() {
	local way where
	printf 'dgram'
	for way in "local $2" "remote $3"; do
		where=${way#* }
		if [ "$1" = unix ]; then
			printf ',%s.type=unix,%s.path=%s' "${way% *}" "${way% *}" "$where"
		else
			printf ',%s.type=inet,%s.host=%s,%s.port=%s' "${way% *}" "${way% *}" "${where%:*}" \
				"${way% *}" "${where#*:}"
		fi
	done
}

# plan DIR: the pairs; sockets below DIR.
plan() {
	local p inet=addr.type=inet,addr.host=127.0.0.1 l2tp=l2tpv3,txsession=7,rxsession=8 ppit=l2tpv3,txsession=8,rxsession=7
	local group=239.255.77 a b
	mapfile -t p < <(free_ports 13)
	pair 'socket listen' "socket,listen=127.0.0.1:${p[0]}" "socket,connect=127.0.0.1:${p[0]}"
	pair 'socket connect' "later:socket,connect=127.0.0.1:${p[1]}" "socket,listen=127.0.0.1:${p[1]}"
	pair 'socket mcast' "socket,mcast=$group.1:${p[2]},localaddr=127.0.0.1" \
		"socket,mcast=$group.1:${p[2]},localaddr=127.0.0.1" --lossy
	pair 'socket udp' "socket,udp=127.0.0.1:${p[3]},localaddr=127.0.0.1:${p[4]}" \
		"socket,udp=127.0.0.1:${p[4]},localaddr=127.0.0.1:${p[3]}" --lossy
	pair 'stream inet, server' "stream,server=on,$inet,addr.port=${p[5]}" "stream,$inet,addr.port=${p[5]}"
	pair 'stream inet, client' "stream,$inet,addr.port=${p[6]},reconnect-ms=1000" \
		"stream,server=on,$inet,addr.port=${p[6]}"
	pair 'stream IPv6' "stream,server=on,addr.type=inet,addr.host=::1,addr.port=${p[7]}" \
		"stream,addr.type=inet,addr.host=::1,addr.port=${p[7]}"
	pair 'stream unix, server' "stream,server=on,addr.type=unix,addr.path=$1/s" "stream,addr.type=unix,addr.path=$1/s"
	pair 'stream unix, abstract, client' \
		"stream,addr.type=unix,addr.path=rh$$-a,addr.abstract=on,reconnect-ms=1000" \
		"stream,server=on,addr.type=unix,addr.path=rh$$-a,addr.abstract=on"
	a=127.0.0.1:${p[8]} b=127.0.0.1:${p[9]}
	pair 'dgram inet' "$(ends inet "$a" "$b")" "$(ends inet "$b" "$a")" --lossy
	pair 'dgram unix' "$(ends unix "$1/da" "$1/db")" "$(ends unix "$1/db" "$1/da")"
	a=dgram,remote.type=inet,remote.host=$group.2,remote.port=${p[10]},local.type=inet,local.host=127.0.0.1,local.port=0
	pair 'dgram mcast' "$a" "$a" --lossy
	a=udp=on,src=127.0.0.1,dst=127.0.0.1,rxcookie=0x1122334455667788,txcookie=0x8877665544332211,cookie64=on
	b=${a/rxcookie/X} b=${b/txcookie/rxcookie} b=${b/X/txcookie}
	pair 'l2tpv3 udp, cookies, counter, offset' \
		"$l2tp,$a,counter=on,offset=12,srcport=${p[11]},dstport=${p[12]}" \
		"$ppit,$b,counter=on,offset=12,srcport=${p[12]},dstport=${p[11]}" "--lossy --max $L2TP_MAX"
	pair 'l2tpv3 raw IPv4' "$l2tp,src=127.0.0.2,dst=127.0.0.3,counter=on,pincounter=on" \
		"$ppit,src=127.0.0.3,dst=127.0.0.2,counter=on,pincounter=on" "--lossy --max $L2TP_MAX"
	pair 'l2tpv3 raw IPv6' "$l2tp,ipv6=on,src=::1,dst=::1,rxcookie=5,txcookie=6" \
		"$ppit,ipv6=on,src=::1,dst=::1,rxcookie=6,txcookie=5" "--lossy --max $L2TP_MAX"
}

# run_qemu NAME QEMU
run_qemu() {
	local dir=$RUN/$1 args=() i pid
	mkdir "$dir"
	plan "$dir"
	for ((i = 0; i < hub; i++)); do args+=("${ours[i]:-}" "$(feed "$i" "$dir/r$i")"); done
	# shellcheck disable=SC2068
	ringhub_start "$1" ${args[@]}
	args=()
	for ((i = 0; i < hub; i++)); do args+=("${theirs[i]}" "$(feed "$i" "$dir/q$i")"); done
	# shellcheck disable=SC2068
	"$2" -M none -nodefaults -display none ${args[@]} </dev/null >"$RUN/qemu-$1.log" 2>&1 &
	pid=$!
	run_adopt "$pid"
	retry_until 10 test -S "$dir/q$((hub - 1))" || die "QEMU did not start"
	for ((i = 0; i < hub; i++)); do
		echo "${names[i]}|${late[i]:-}|--window $WINDOW ${flags[i]}"
	done | timeout 200 python3 "$RINGHUB_TOP"/test/backend/_sock_pairs.py "$1" "$RUN/$1.mon" "$dir" "$FRAMES"
	check "$1: SIGTERM: exit 0" ringhub_stop "$1"
	check "$1: no unix path of ours stays behind" test ! -e "$dir/s" -a ! -e "$dir/da" -a ! -e "$dir/r0"
	kill "$pid"
	hub=0 names=() ours=() late=() theirs=() flags=()
}

# QEMU before 9 takes 2048 bytes of an L2TPv3 datagram, and cuts the rest off.
L2TP_MAX=2000
run_qemu old qemu-system-x86_64
[ -x "$QEMU_NEW" ] || die "no newer QEMU: run usertools/setup.sh --guest-tools"
run_qemu new "$QEMU_NEW"
