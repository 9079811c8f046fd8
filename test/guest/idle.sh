#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A guest that is silent: Ringhub sleeps, and the first frames of either side wake it.
# qemu: new
. "$(dirname "$0")/_init.sh"

IDLE_FLOOR=20 # per cent of a core; measured over IDLE_SECONDS
IDLE_SECONDS=2

ticks() { awk '{ print $14 + $15 }' /proc/"$(ringhub_pid hub)"/stat; }
# CPU of all of Ringhub's threads, per cent of one core.
cpu() {
	local before
	before=$(ticks)
	sleep "$IDLE_SECONDS"
	echo $((($(ticks) - before) * 100 / ($(getconf CLK_TCK) * IDLE_SECONDS)))
}
lcores() { "$RINGHUB_TOP"/test/lib/telemetry "$(ringhub_pid hub)" /ringhub/lcores; }
# lcore KEY: its sum over all lcores.
lcore() { lcores | python3 -c 'import json, sys; print(sum(l[sys.argv[1]] for l in json.load(sys.stdin).values()))' "$1"; }
idles() { [ "$(cpu)" -lt "$IDLE_FLOOR" ]; }

code=0
"$RINGHUB" -netdev user,id=n0 -engine idle=now >"$RUN"/wrong.log 2>&1 || code=$?
check "a wrong idle= is an error that names it" grep -q -- '-engine idle=now: idle=now: must be poll or adaptive' "$RUN"/wrong.log
check "with exit code 1" test "$code" -eq 1

ENGINE=idle=adaptive hub_start
guest_start vm --vhost-user "$SOCK"
guest_serve vm
check "Ringhub needs less than $IDLE_FLOOR % of a core for a silent guest" retry_until 30 idles
say "CPU: $(cpu) %; $(ctl hub show config cores | tail -n 1)"
wakes=$(lcore wakes)
check "a ping after that is answered" pings vm "$GATEWAY" 1
check "and woke an lcore" test "$(lcore wakes)" -gt "$wakes"
check "the page comes after that" hostfwd_works
check "it said how long it slept" test "$(lcore asleep_us)" -gt 1000000
check "show config cores says so" grep -q 'asleep [0-9.]* %' <<<"$(ctl hub show config cores)"
check "SIGTERM ends it from its sleep: exit 0" ringhub_stop hub
