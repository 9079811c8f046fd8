#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 virtio-vfio
# Guest memory that is not shared: Ringhub says what to change, and lives; a right guest works after it.
. "$(dirname "$0")/_init.sh"

nic_start --private-memory
in_guest vm 'dhcp >/dev/null 2>&1 & :' # in vain, but its driver starts
said() { [ "$(alarms)" -gt 0 ]; }
eventually 30 "ringhub's log says share=on" said
"$GUEST" kill "$RUN"/vm
eventually 10 "Ringhub has noticed" guest_state_is waiting
before=$(alarms)
nic_guest vm "$NIC" "$SOCK" 52:54:00:12:34:56
in_guest vm dhcp >/dev/null 2>&1
check "a guest with shared memory works" pings vm
check "and is not told so" test "$(alarms)" -eq "$before"
