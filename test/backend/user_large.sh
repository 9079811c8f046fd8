#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The user network's large TCP frames with kernels as guests: one that takes GSO frames gets them, one that
# does not never sees a frame above its MTU; files, datagrams and checksums are right for both.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

GATEWAY6=fec0::2
MAX_FRAME=1514

# counter PORT NAME: what an xstat of it has come to.
counter() { ctl hub show port xstats "$1" | awk -v name="$2:" '$1 == name { print $2 }'; }

ns_new host plain large
ns_ringhub
tap() { echo "tap,id=$1,ifname=$1,script=no,downscript=no$2"; }
ringhub_start hub -netdev "$(tap tplain ,vnet_hdr=off)" -netdev "$(tap tlarge '')" \
	-netdev user,id=u0 -netdev user,id=u1,gso=on \
	-netdev hubport,id=h0,hubid=0,netdev=tplain -netdev hubport,id=h1,hubid=0,netdev=u0 \
	-netdev hubport,id=h2,hubid=1,netdev=tlarge -netdev hubport,id=h3,hubid=1,netdev=u1
for n in plain large; do
	ns_give "t$n" $n 10.0.2.15/24
	ns_ip $n addr add fec0::15/64 dev "t$n" nodad
	eventually 10 "$n: the gateway answers" ns_pings $n "$GATEWAY"
done

# Servers on the loopback of "host", which is the gateway's: a file, and for each datagram a long one.
# (libslirp puts no fragments of IPv6 together, so what a guest sends there has to be short.)
head -c 6000000 /dev/urandom >"$RUN"/file
head -c 4000 /dev/urandom >"$RUN"/datagram
SUM=$(sha256sum <"$RUN"/file)
serve() { # SOCAT-ADDRESS SOCAT-ADDRESS
	ns_exec host socat -b 8192 "$1,fork,reuseaddr" "$2" </dev/null >"$RUN"/socat.log 2>&1 &
	run_adopt $!
}
serve TCP6-LISTEN:7001,ipv6only=0 "OPEN:$RUN/file,rdonly!!/dev/null"
serve UDP6-RECVFROM:7002,ipv6only=0 "OPEN:$RUN/datagram,rdonly!!/dev/null"
listens() { grep -q . <<<"$(in_ns host ss -Hln "$1" "sport = :$2")"; }
retry_until 10 listens -t 7001 || die "no TCP server"
retry_until 10 listens -u 7002 || die "no UDP server"

fetched() { [ "$(in_ns "$1" timeout 20 socat -u "TCP:$2:7001" - | sha256sum)" = "$SUM" ]; }
answered() {
	local client
	echo hello | in_ns "$1" timeout 10 socat -b 8192 - "UDP:$2:7002,shut-none" >"$RUN"/answer 2>/dev/null &
	client=$!
	run_adopt $client
	retry_until 5 cmp -s "$RUN"/datagram "$RUN"/answer || return 1
	kill "$client" 2>/dev/null || :
	wait "$client" 2>/dev/null || :
	unset "run_pids[$client]"
}

# What the network interface of "plain" sees: no offload on this side hides a wrong sum or a long frame.
ns_exec plain tshark -q -i tplain -w "$RUN"/capture -f 'inbound' </dev/null >"$RUN"/tshark.log 2>&1 &
tshark=$!
run_adopt $tshark
# It says that it captures before it does: until answers to pings are in its file, of which it writes out a part at a time.
captures() { ns_pings plain "$GATEWAY" && [ "$(stat -c %s "$RUN"/capture 2>/dev/null || echo 0)" -gt 1000 ]; }
retry_until 20 captures || die "tshark: $(cat "$RUN"/tshark.log)"
for n in plain large; do
	for gw in "$GATEWAY" "[$GATEWAY6]"; do
		check "$n: a file from $gw arrives whole" fetched $n "$gw"
		check "$n: a datagram of 4000 bytes from $gw arrives" answered $n "$gw"
	done
done
kill -INT "$tshark"
retry_until 10 process_ended "$tshark" || die "tshark does not end"
unset "run_pids[$tshark]"
tshark -r "$RUN"/capture -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
	-T fields -e frame.len -e ip.checksum.status -e tcp.checksum.status -e udp.checksum.status \
	>"$RUN"/fields 2>/dev/null
check "plain: tshark saw the files" test "$(awk '{ n += $1 } END { print n }' "$RUN"/fields)" -gt 12000000
check "plain: no frame above $MAX_FRAME bytes" \
	test "$(awk -v max=$MAX_FRAME '$1 > max' "$RUN"/fields | wc -l)" -eq 0
# 0 is "bad" in tshark's words, 1 "good".
check "plain: no wrong checksum" test "$(cut -f 2- "$RUN"/fields | grep -cw 0)" -eq 0
check "plain: TCP's were looked at" test "$(cut -f 3 "$RUN"/fields | grep -cw 1)" -gt 8000
for n in 0 1; do
	check "u$n: libslirp made large frames" test "$(counter u$n large)" -gt 300
	check "u$n: each SYN was raised" test "$(counter u$n mss_raised)" -ge 2
	check "u$n: no connection was forgotten" test "$(counter u$n mss_forgotten)" -eq 0
	check "u$n: datagrams were fragmented" test "$(counter u$n fragmented)" -ge 2
done
check "large: they reached the kernel whole" test "$(counter tlarge tap_q0_tx_large)" -gt 300
check "plain: none did" test "$(counter tplain tap_q0_tx_large)" -eq 0
check "SIGTERM: exit 0" ringhub_stop hub
