#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# What happens to a tap while it is in use: down, MTU, another namespace, removed and made again 20 times.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

RECOVERY_MS=6000

counter() { ctl hub show port xstats "$1" | awk -v name="$2:" '$1 == name { print $2 }'; }
link_is() { grep -qi "link status: *$2" <<<"$(ctl hub show port info "$1")"; }
# fds without those of the console's and telemetry's own connections, which come and go.
fds() { find /proc/"$(ringhub_pid hub)"/fd -mindepth 1 -lname '*tun*' | wc -l; }
counted_gone() { ns_pings b 10.80.0.3; [ "$(counter a tap_q0_tx_gone)" -gt 0 ]; }
make() { ns_ip host tuntap add dev ta mode tap && ns_ip host addr add 10.80.0.1/24 dev ta && ns_ip host link set ta up; }
now_ms() { date +%s%3N; }

ns_new host b c
ns_ringhub
make
ringhub_start hub -netdev tap,id=a,ifname=ta,script=no,downscript=no \
	-netdev tap,id=b,ifname=tb,script=no,downscript=no \
	-netdev tap,id=c,ifname=tc,script=no,downscript=no \
	-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=b \
	-netdev hubport,id=h2,hubid=0,netdev=c
ns_give tb b 10.80.0.2/24
ns_give tc c 10.80.0.3/24
eventually 5 "ping" ns_pings host 10.80.0.2
check "link up" link_is a up

ns_ip host link set ta down
eventually 5 "ip link set down: the port's link is down" link_is a down
check "the others go on" ns_pings b 10.80.0.3
check "frames for it are counted" test "$(counter a tap_q0_tx_down)" -gt 0
ns_ip host link set ta up
eventually 5 "up again" link_is a up
eventually 5 "ping" ns_pings host 10.80.0.2
ns_ip host link set ta mtu 4000
mtu_is() { grep -qi "mtu: *$1" <<<"$(ctl hub show port info a)"; }
eventually 5 "a new MTU is seen" mtu_is 4000
ns_ip host link set ta name tz
ns_ip host link set tz up
renamed() { grep -q 'ifname=tz,' <<<"$(ctl hub info network)"; }
eventually 5 "a new name is seen" renamed
ns_ip host link set tz down
ns_ip host link set tz name ta
ns_ip host link set ta up
eventually 5 "ping" ns_pings host 10.80.0.2

# In the background, pings between the other two: not one may be lost.
ns_exec b busybox ping -i 0.1 10.80.0.3 >"$RUN"/others 2>&1 &
others=$!
run_adopt "$others"
state=$(fds)
worst=0
for i in $(seq 20); do
	ns_ip host link del ta
	retry_until 5 link_is a down || fail "round $i: link down after the tap was removed"
	make
	start=$(now_ms)
	retry_until 7 link_is a up || fail "round $i: link up"
	retry_until 7 ns_pings host 10.80.0.2 || fail "round $i: ping"
	took=$(($(now_ms) - start))
	[ "$took" -le "$worst" ] || worst=$took
done
check "20 times removed and made again: back within $worst ms" test "$worst" -lt "$RECOVERY_MS"
kill -INT "$others" 2>/dev/null || :
wait "$others" || :
unset "run_pids[$others]"
say "$(grep loss "$RUN"/others)"
check "the others lost none" grep -q ' 0% packet loss' "$RUN"/others
check "fds flat: $state" test "$(fds)" = "$state"
check "each time counted" test "$(counter a tap_lost) $(counter a tap_reopened)" = '20 20'
check "20 lines in the log, not more" test "$(grep -c 'is gone' "$RUN"/hub.log)" -eq 20

ns_ip host link del ta
eventually 5 "without the tap" link_is a down
cpu() { awk '{ print $14 + $15 }' /proc/"$(ringhub_pid hub)"/task/"$1"/stat; }
thread=$(grep -lx rh-tap /proc/"$(ringhub_pid hub)"/task/*/comm | head -n 1 | cut -d/ -f5)
before=$(cpu "$thread")
sleep 1
check "its thread does not spin" test $(($(cpu "$thread") - before)) -lt 10
check "frames for it are counted" counted_gone
check "SIGTERM: exit 0" ringhub_stop hub
