#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# qemu: new
# The guest reboots, by itself and by the reset button: Ringhub serves it again, and holds no more than before.
. "$(dirname "$0")/_init.sh"

hub_start
guest_start vm --vhost-user "$SOCK"
guest_serve vm
check "before: ping" pings vm
state=$(ringhub_state hub)
for way in 'reboot -f' reset 'reboot -f'; do
	boot=$(in_guest vm cat /proc/sys/kernel/random/boot_id)
	if [ "$way" = reset ]; then "$GUEST" reset "$RUN"/vm; else in_guest vm -t 2 "$way" 2>/dev/null || :; fi
	"$GUEST" wait "$RUN"/vm 60
	check "$way: it is another boot" test "$(in_guest vm cat /proc/sys/kernel/random/boot_id)" != "$boot"
	guest_serve vm
	check "$way: ping" pings vm
	check "$way: hostfwd" hostfwd_works
	state_returns "$way" "$state"
done
check "no false alarm about the guest's memory" test "$(alarms)" -eq 0
