# SPDX-License-Identifier: BSD-3-Clause
# Shared by vde*.sh and dpdk*.sh: words to check with, real vde_switches, frames between them. Source it.
# shellcheck shell=bash
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib/run.sh"

ok() { say "ok - $*"; }
fail() { say "not ok - $*"; exit 1; }

# check WHAT COMMAND...: says so either way, and ends the case when it fails.
check() {
	local what=$1
	shift
	"$@" || fail "$what"
	ok "$what"
}

# eventually SECONDS WHAT COMMAND...
eventually() {
	local seconds=$1 what=$2
	shift 2
	check "$what" retry_until "$seconds" "$@"
}

# one_line OPTIONS WORDS: ringhub must end with exit code 1 and one line on stderr that has WORDS.
one_line() {
	local code=0
	# shellcheck disable=SC2086
	timeout 20 "$RINGHUB" $1 </dev/null >"$RUN"/out 2>"$RUN"/err || code=$?
	[ "$code" -eq 1 ] && [ "$(wc -l <"$RUN"/err)" -eq 1 ] && grep -qF -e "$2" "$RUN"/err ||
		fail "$1: exit $code, wanted '$2': $(head -n 3 "$RUN"/err)"
	ok "$(cat "$RUN"/err)"
}

# xstat NAME PORT COUNTER: its value.
xstat() { ctl "$1" show port xstats "$2" | awk -v name="$3:" '$1 == name { print $2; found = 1; exit } END { if (!found) print "no such xstat" }'; }
xstat_is() { [ "$(xstat "$1" "$2" "$3")" = "$4" ]; }
link_is() { grep -q "^Link status: $3" <<<"$(ctl "$1" show port info "$2")"; }
threads_of() { find /proc/"$(ringhub_pid "$1")"/task -mindepth 1 -maxdepth 1 | wc -l; }
state_with_threads() { echo "$(ringhub_state "$1"), $(threads_of "$1") threads"; }
state_is() { [ "$(state_with_threads "$1")" = "$2" ]; }

VDEPEER=$RINGHUB_TOP/test/lib/vdepeer
export VDEPEER
mkfifo "$RUN"/console
exec 7<>"$RUN"/console # programs that end when their console does read from it

# switch_start NAME [OPTIONS]: a vde_switch of the folder $RUN/NAME; ready when this returns.
switch_start() {
	local name=$1
	shift
	rm -f "$RUN/$name"/ctl
	vde_switch -s "$RUN/$name" "$@" <&7 >>"$RUN/$name.log" 2>&1 &
	echo $! >"$RUN/$name.pid"
	run_adopt $!
	retry_until 5 test -S "$RUN/$name/ctl" || die "vde_switch $name did not start"
}

# switch_kill NAME: as at a crash: its folder and sockets stay.
switch_kill() {
	local pid
	pid=$(cat "$RUN/$1.pid")
	kill -KILL "$pid"
	wait "$pid" 2>/dev/null || :
	unset "run_pids[$pid]"
}
