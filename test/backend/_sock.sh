# SPDX-License-Identifier: BSD-3-Clause
# Shared by the sock*.sh of this folder: a ringhub between a socket backend and a plain unix stream. Source it.
# shellcheck shell=bash disable=SC2034
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../lib/run.sh"

SOCKPEER=$RINGHUB_TOP/test/lib/sockpeer
QEMU_NEW=$RINGHUB_CACHE/guest-tools/qemu-system-x86_64

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

# on_hub N ID OPTIONS: words of a backend that is on hub N, in Ringhub's command line and in QEMU's.
on_hub() { printf -- '-netdev %s,id=%s -netdev hubport,id=h%s,hubid=%d,netdev=%s\n' "$3" "$2" "$2" "$1" "$2"; }

# feed N PATH: a unix stream on hub N for sockpeer.
feed() { on_hub "$1" "f$1" "stream,server=on,addr.type=unix,addr.path=$2"; }

# free_ports N: as free_port, but all different.
free_ports() {
	python3 -c 'import socket, sys
s = [socket.create_server(("127.0.0.1", 0)) for _ in range(int(sys.argv[1]))]
print(*(x.getsockname()[1] for x in s), sep="\n")' "$1"
}

# info NAME ID: what "info network" says behind the type.
info() { ctl "$1" info network | sed -n "s/.*\b$2: index=0,type=[a-z0-9]*,//p"; }
info_is() { [ "$(info "$1" "$2")" = "$3" ]; }

state_is() { [ "$(ringhub_state hub)" = "$1" ]; }
