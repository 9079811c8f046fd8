#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock guest behind a tap, with a static address: ping, 32 MiB of TCP each way, and a removed tap.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

counter() { ctl hub show port xstats "$1" | awk -v name="$2:" '$1 == name { print $2 }'; }
make() {
	ns_ip host tuntap add dev ta mode tap
	ns_ip host addr add 10.81.0.1/24 dev ta
	ns_ip host link set ta up
}

ns_new host
ns_ringhub
make
ringhub_start hub -netdev tap,id=n0,ifname=ta,script=no,downscript=no \
	-device virtio-net-pci,netdev=n0,id=d0,vhost-user="$SOCK"
guest_start vm --mem 512M --vhost-user "$SOCK"
in_guest vm 'ip addr add 10.81.0.2/24 dev eth0; ip link set eth0 up'
eventually 10 "the guest is reached" ns_pings host 10.81.0.2
check "it reaches the host" pings vm 10.81.0.1

head -c 32M /dev/urandom >"$RUN"/file
sum=$(sha256sum <"$RUN"/file)
in_guest vm 'tail -f /dev/null | nc -l -p 9 | sha256sum >/tmp/sum & :'
eventually 10 "the guest listens" in_guest vm 'netstat -ltn | grep -q :9'
in_ns host timeout 60 socat -u FILE:"$RUN"/file TCP:10.81.0.2:9
eventually 20 "the guest has its sum" in_guest vm 'test -s /tmp/sum'
check "32 MiB of TCP to the guest are equal" test "$(in_guest vm 'cat /tmp/sum')" = "$sum"
check "they crossed in frames to be segmented" test "$(counter n0 tap_q0_rx_large)" -gt 100

in_guest vm 'dd if=/dev/urandom of=/tmp/file bs=1M count=32 2>/dev/null'
ns_exec host timeout 60 sh -c "socat -u TCP-LISTEN:9,reuseaddr STDOUT | sha256sum >$RUN/sum" &
run_adopt $!
eventually 10 "the host listens" ns_listens host 9
in_guest vm -t 60 'nc 10.81.0.1 9 </tmp/file'
eventually 10 "the host has its sum" test -s "$RUN"/sum
check "32 MiB of TCP from the guest are equal" test "$(cat "$RUN"/sum)" = "$(in_guest vm 'sha256sum </tmp/file')"
check "they crossed in frames to be segmented, too" test "$(counter n0 tap_q0_tx_large)" -gt 0
check "nothing was lost on the way" test "$(counter d0 hub_drop_blocked)$(counter d0 hub_drop_not_accepted)" = 00

ns_ip host link del ta
make
eventually 10 "the guest is reached by a new tap" ns_pings host 10.81.0.2
"$GUEST" stop "$RUN"/vm
check "SIGTERM: exit 0" ringhub_stop hub
