#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Ports on real vde_switches and on other networks of libvdeplug: frames, restarts, removal, mistakes.
. "$(dirname "$0")/_vde.sh"

FRAMES=10000
ROUNDS=20
A_NEAR=$(free_port) A_FAR=$(free_port) B_NEAR=$(free_port) B_FAR=$(free_port)

switch_start s1 -M "$RUN"/s1.mgmt
switch_start s2
ringhub_start hub -netdev vde,id=v1,sock="$RUN"/s1,port=7,mode=0660,group=tty -netdev vde,id=v2,sock=vde://"$RUN"/s2 \
	-netdev hubport,id=h1,hubid=0,netdev=v1 -netdev hubport,id=h2,hubid=0,netdev=v2 \
	-netdev vde,id=v3,sock="udp://127.0.0.1:$A_NEAR->127.0.0.1:$A_FAR" \
	-netdev vde,id=v4,sock="udp://127.0.0.1:$B_NEAR->127.0.0.1:$B_FAR" \
	-netdev hubport,id=h3,hubid=1,netdev=v3 -netdev hubport,id=h4,hubid=1,netdev=v4

check "info network names switch and descriptor" \
	grep -q "v1: index=0,type=vde,sock=$RUN/s1,fd=[0-9]" <<<"$(ctl hub info network)"
check "port=7 of the switch is ours, by name" grep -q 'prog   : net_vde_v1 ' <<<"$(
	unixcmd -s "$RUN"/s1.mgmt -f /etc/vde2/vdecmd port/print 7 | tr -d '\0')"
check "mode=0660 of its socket" test "$(stat -c %a "$RUN"/s1/007.*)" = 660

exchange_udp() {
	"$VDEPEER" exchange "udp://127.0.0.1:$A_FAR->127.0.0.1:$A_NEAR" "udp://127.0.0.1:$B_FAR->127.0.0.1:$B_NEAR" "$@"
}
no_loss() {
	local port
	for port in v1 v2 v3 v4; do
		ctl hub show port xstats $port | grep -E '^(vde_(in|out)|hub_drop)_[a-z_]*: [1-9]' && return 1
	done
	return 0
}
check "two vde_switches: $FRAMES frames each way, none lost, in order" \
	"$VDEPEER" exchange "$RUN"/s1 "$RUN"/s2 $FRAMES 60 1514
check "UDP: $FRAMES frames up to 9000 bytes each way, none lost, in order" exchange_udp $FRAMES 60 9000
check "and no port has dropped any" no_loss

# Restarts. While a switch is away, frames to it are dropped and counted, and others are served.
before=$(state_with_threads hub)
longest=0
for round in $(seq $ROUNDS); do
	switch_kill s1
	retry_until 2 link_is hub v1 down || fail "round $round: the link stays up without a switch"
	if [ "$round" = 1 ]; then
		check "without a switch: other ports are served" exchange_udp 500 60 9000
		"$VDEPEER" probe "$RUN"/s2 "udp://127.0.0.1:$A_FAR->127.0.0.1:$A_NEAR" 0.3 >/dev/null && fail "a way past the switch"
		ok "without a switch: $(xstat hub v1 vde_out_no_switch) frames counted as vde_out_no_switch"
		check "that is not 0" test "$(xstat hub v1 vde_out_no_switch)" -gt 0
		check "info network says so" grep -q "sock=$RUN/s1,not connected" <<<"$(ctl hub info network)"
	fi
	start=$(date +%s%3N)
	switch_start s1
	retry_until 6 link_is hub v1 up || fail "round $round: no link within 6 s"
	took=$(($(date +%s%3N) - start))
	[ "$took" -le "$longest" ] || longest=$took
	"$VDEPEER" probe "$RUN"/s1 "$RUN"/s2 3 >/dev/null || fail "round $round: no traffic"
done
check "$ROUNDS restarts of the switch: back within $longest ms" test "$longest" -lt 6000
check "restarts are counted" xstat_is hub v1 vde_connects $((ROUNDS + 1))
check "after the restarts: frames pass" "$VDEPEER" exchange "$RUN"/s1 "$RUN"/s2 1000 60 1514
eventually 5 "after the restarts: $before as before" state_is hub "$before"
check "a warning for each, none for the attempts" \
	test "$(grep -c 'the switch is gone' "$RUN"/hub.log)" -le $ROUNDS

for round in 1 2 3 4 5; do
	ctl hub netdev_add vde,id=x,sock="$RUN"/s2
	ctl hub netdev_del x
done
eventually 5 "added and removed: $before as before" state_is hub "$before"
# Removed while it tries to connect, and with frames on their way.
switch_kill s1
ctl hub netdev_del h1
ctl hub netdev_del v1
check "removed without a switch" test "$(ctl hub info network | grep -c 'v1')" -eq 0
check "a port on a dead switch is refused" grep -q 'Connection refused' <<<"$(
	ctl hub netdev_add vde,id=v1,sock="$RUN"/s1 2>&1 || :)"
check "SIGTERM: exit 0" ringhub_stop hub
check "nothing is left in the switch's folder" test -z "$(find "$RUN"/s2 -name '.*-*')"

one_line "-netdev vde,id=v,sock=/nonexistent" 'sock=/nonexistent: cannot connect: No such file or directory'
one_line "-netdev vde,id=v,sock=$RUN" 'give the folder that a running vde_switch was started with'
one_line "-netdev vde,id=v,sock=nix://a" "libvdeplug has no plugin 'nix'"
one_line "-netdev vde,id=v,sock=$RUN/s2,mode=660" 'mode=660: must be octal'
one_line "-netdev vde,id=v,sock=$RUN/s2,group=no-such-group" 'group=no-such-group: no such group'
one_line "-netdev vde,id=v,sock=$RUN/s2,port=70000" 'port=70000: must be a number from 0 to 65535'
one_line "-netdev vde,id=v,sock=$RUN/s2,bogus=1" "unknown key 'bogus'"
