#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# qemu: new
# Guest memory that is not shared: Ringhub says what to change, and lives; a right guest works after it.
. "$(dirname "$0")/_init.sh"

ringhub_start hub -netdev user,id=n0 -device "virtio-net-pci,netdev=n0,id=d0,vhost-user=$SOCK"
before=$(alarms)
said_again() { [ "$(alarms)" -gt "$before" ]; }
guest_start bad --vhost-user "$SOCK" --private-memory
in_guest bad 'dhcp >/dev/null 2>&1 & :' # in vain, but it asks
eventually 30 "ringhub's log says share=on" said_again
"$GUEST" kill "$RUN"/bad
before=$(alarms)
guest_start vm --vhost-user "$SOCK"
in_guest vm dhcp >/dev/null 2>&1
check "a guest with shared memory works" pings vm
check "and is not told so" test "$(alarms)" -eq "$before"
