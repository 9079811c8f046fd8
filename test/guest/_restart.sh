# SPDX-License-Identifier: BSD-3-Clause
# Ringhub is killed and started again under a living guest, which nobody touches. restart_case sources it.
# shellcheck shell=bash
. "$(dirname "${BASH_SOURCE[0]}")/_init.sh"

# restart_case RINGHUB_KEYS QEMU_KEYS
restart_case() {
	local round count
	hub_start "$1"
	guest_start vm --vhost-user "$SOCK$2"
	guest_serve vm
	check "before: hostfwd" hostfwd_works
	background_ping vm
	for round in KILL TERM KILL; do
		count=$(ping_count vm)
		eventually 10 "SIG$round: pings flow before" pings_reach vm $((count + 2))
		ringhub_stop hub "$round" || [ "$round" = KILL ] || fail "SIGTERM: exit code $?"
		hub_start "$1"
		count=$(ping_count vm)
		eventually 20 "SIG$round: the guest's ping goes on" pings_reach vm $((count + 3))
		eventually 20 "SIG$round: hostfwd works again" hostfwd_works
	done
}
