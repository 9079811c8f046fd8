#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 8139cp 8139too virtio-vfio (test/guest does the same with vhost-user)
# The driver is reloaded 20 times under traffic, the guest reboots 3 times, and then its QEMU is killed.
. "$(dirname "$0")/_init.sh"

nic_start
driver=$(nic_driver "$NIC")
in_guest vm dhcp >/dev/null 2>&1
in_guest vm -t 240 "
	for i in \$(seq 20); do
		ping -A $GATEWAY >/dev/null 2>&1 &
		flood=\$!
		rmmod $driver || exit 1
		kill \$flood 2>/dev/null
		modprobe $driver || exit 2
		ip link set eth0 up && ip addr add 10.0.2.15/24 dev eth0 || exit 3
		# The link may take its time, as a cable's does.
		timeout 20 sh -c 'until ping -c 1 -W 1 $GATEWAY; do sleep 0.2; done' >/dev/null 2>&1 ||
			{ echo \"no ping after reload \$i\"; exit 4; }
	done" || fail "20 reloads (code $?)"
ok "20 reloads"
check "no complaint in the kernel's log" kernel_content vm
for i in 1 2 3; do
	boot=$(in_guest vm cat /proc/sys/kernel/random/boot_id)
	if [ "$i" = 2 ]; then "$GUEST" reset "$RUN"/vm; else in_guest vm -t 2 'reboot -f' 2>/dev/null || :; fi
	"$GUEST" wait "$RUN"/vm 60
	check "reboot $i: it is another boot" test "$(in_guest vm cat /proc/sys/kernel/random/boot_id)" != "$boot"
	in_guest vm dhcp >/dev/null 2>&1
	check "reboot $i: ping" pings vm
	check "reboot $i: no complaint in the kernel's log" kernel_content vm
done
# From here on every QEMU is killed in the middle of traffic; Ringhub must hold no more for the third
# than for the first.
for i in 1 2 3; do
	background_ping vm
	eventually 10 "kill $i: traffic" pings_reach vm 2
	"$GUEST" kill "$RUN"/vm
	eventually 10 "kill $i: Ringhub has noticed" guest_state_is waiting
	[ "$i" != 1 ] || state=$(ringhub_state hub)
	[ "$i" = 1 ] || state_returns "kill $i" "$state"
	nic_guest vm "$NIC" "$SOCK" 52:54:00:12:34:56
	in_guest vm dhcp >/dev/null 2>&1
	check "kill $i: the next guest has the network" pings vm
done
