# SPDX-License-Identifier: BSD-3-Clause
# Ringhubs, guests and host servers of one script: started here, ended when the script ends. Source it.
# shellcheck shell=bash
#
# RUN      folder of this run: sockets and logs; kept when the script fails and KEEP=1
# RINGHUB  the binary under test; RINGHUB_EAL its EAL options, if any
. "$(dirname "${BASH_SOURCE[0]}")/../../usertools/common.sh"

RINGHUB=${RINGHUB:-$RINGHUB_TOP/build/app/ringhub/ringhub}
GUEST=$RINGHUB_TOP/usertools/guest.sh
CTL=$RINGHUB_TOP/usertools/ringhub-ctl
NETPEER=$RINGHUB_TOP/test/lib/netpeer
RUN=$(run_dir_new)
declare -A run_pids=() # of processes started here that have not been waited for
run_guests=()

# Whatever happened: no process and no socket stays behind. Only processes started here are ended.
run_cleanup() {
	local code=$? guest pid
	trap - EXIT
	trap '' INT TERM
	[ "$code" -eq 0 ] || run_show_logs
	for guest in "${run_guests[@]}"; do "$GUEST" stop "$RUN/$guest" || :; done
	for pid in "${!run_pids[@]}"; do kill "$pid" 2>/dev/null || :; done
	for pid in "${!run_pids[@]}"; do
		retry_until 5 process_ended "$pid" || kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	if [ "$code" -eq 0 ] || [ "${KEEP:-0}" != 1 ]; then rm -rf "$RUN"; else say "kept: $RUN"; fi
	exit "$code"
}
trap run_cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# run_adopt PID: end this process, too, when the script ends.
run_adopt() { run_pids[$1]=1; }

process_gone() { ! kill -0 "$1" 2>/dev/null; }

run_show_logs() {
	local log
	for log in "$RUN"/*.log "$RUN"/*/console.log "$RUN"/*/qemu.log; do
		[ ! -s "$log" ] || { say "--- ${log#"$RUN"/} (end)"; tail -n 30 "$log"; }
	done
	say "---"
}

# ringhub_start NAME OPTIONS...: in the background, with a console; ready when this returns.
ringhub_start() {
	local name=$1
	shift
	# shellcheck disable=SC2086
	"$RINGHUB" ${RINGHUB_EAL:+$RINGHUB_EAL --} "$@" -monitor unix:"$RUN/$name.mon" \
		</dev/null >>"$RUN/$name.log" 2>&1 &
	run_adopt $!
	echo $! >"$RUN/$name.pid"
	if ! retry_until 20 ringhub_up_or_gone "$name" || process_ended "$(ringhub_pid "$name")"; then
		die "ringhub $name did not start: $(tail -n 5 "$RUN/$name.log")"
	fi
}

ringhub_pid() { cat "$RUN/$1.pid"; }
# A socket file may be there of one that was killed: only an answer counts.
ringhub_up_or_gone() {
	process_ended "$(ringhub_pid "$1")" || ctl "$1" info network >/dev/null 2>&1
}

# ringhub_stop NAME [SIGNAL]: SIGTERM unless told; returns its exit code. It has 3 s to end.
ringhub_stop() {
	local pid code=0
	pid=$(ringhub_pid "$1")
	kill -"${2:-TERM}" "$pid"
	retry_until 3 process_ended "$pid" || die "ringhub $1 does not end on ${2:-TERM}"
	wait "$pid" 2>/dev/null || code=$?
	unset "run_pids[$pid]"
	return "$code"
}

# ringhub_state NAME: "N fds, N mbufs": what must come back to where it was.
ringhub_state() {
	local pid fds mbufs
	pid=$(ringhub_pid "$1")
	fds=$(find /proc/"$pid"/fd -mindepth 1 | wc -l)
	mbufs=$("$RINGHUB_TOP"/test/lib/telemetry "$pid" mbufs)
	echo "$fds fds, $mbufs mbufs"
}

telemetry() {
	local name=$1
	shift
	"$RINGHUB_TOP"/test/lib/telemetry "$(ringhub_pid "$name")" "$@"
}

# A child that ended but was not waited for is a zombie, which kill -0 still finds.
process_ended() { process_gone "$1" || grep -qs '^State:.Z' /proc/"$1"/status; }

ctl() {
	local name=$1
	shift
	"$CTL" "$RUN/$name.mon" "$@"
}

# guest_start NAME OPTIONS OF guest.sh boot...: up and answering when this returns.
guest_boot() {
	local name=$1
	shift
	run_guests+=("$name")
	"$GUEST" boot "$RUN/$name" --qemu "${GUEST_QEMU:-old}" "$@"
}
guest_start() {
	guest_boot "$@"
	"$GUEST" wait "$RUN/$1" 90
}

# in_guest NAME [-t SECONDS] COMMAND...
in_guest() {
	local name=$1
	shift
	"$GUEST" run "$RUN/$name" "$@"
}

free_port() { "$NETPEER" free; }

# peer_start NAME KIND [DIR]: a server on the host; its port is in $RUN/NAME.port, words in NAME.out.
peer_start() {
	local name=$1 kind=$2
	shift 2
	"$NETPEER" "$kind" "$RUN/$name.port" "$@" </dev/null >"$RUN/$name.out" 2>"$RUN/$name.log" &
	run_adopt $!
	retry_until 10 test -s "$RUN/$name.port" || die "the host's $kind server did not start"
}

peer_port() { cat "$RUN/$1.port"; }
