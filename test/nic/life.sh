#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 (it takes one of each kind that is a PCI device, whatever NIC says; test/guest does the same with
# vhost-user)
# One guest has a NIC of each kind, each on a user network of its own. The drivers are reloaded 20 times under
# traffic, the guest reboots 3 times, and then its QEMU is killed 3 times.
. "$(dirname "$0")/_init.sh"

NICS=${LIFE_NICS:-e1000 8139cp 8139too virtio-vfio} # to look at one of them

# In the guest: net_up NIC N gives the NIC whose MAC ends in N the address 10.0.N.15, once it is there.
net_up='net_up() {
	dev=; until dev=$(grep -l "52:54:00:12:34:$2" /sys/class/net/*/address | cut -d/ -f5) && [ "$dev" ]; do
		sleep 0.1; done
	ip link set "$dev" up && ip addr add "10.0.$2.15/24" dev "$dev" || { echo "$1: no address"; exit 3; }
}
# The link may take its time, as a cable does.
ping_one() {
	timeout 20 sh -c "until ping -c 1 -W 1 10.0.$2.2; do sleep 0.2; done" >/dev/null 2>&1 ||
		{ echo "$1: no ping"; exit 4; }
}
'
numbered() { local nic n=10; for nic in $NICS; do n=$((n + 1)); echo "$1 $nic $n"; done; }
in_guest_each() { in_guest vm -t 60 "$net_up$(numbered net_up)
$(numbered ping_one)"; }

boot() {
	local nic cards=()
	for nic in $NICS; do cards+=(--vfio-user "$RUN/$nic.sock"); done
	guest_start vm "${cards[@]}"
}

# In the guest, for ever: pings of each NIC.
background_pings() {
	local n
	for n in $(numbered '' | cut -d' ' -f3); do
		in_guest vm "ping 10.0.$n.2 >/tmp/ping.$n 2>&1 & :"
	done
}
all_ping() {
	local n
	for n in $(numbered '' | cut -d' ' -f3); do
		[ "$(in_guest vm "grep -c 'bytes from' /tmp/ping.$n || :")" -ge 2 ] || return
	done
}
all_waiting() { [ "$(grep -o '"state": *"waiting"' <<<"$(telemetry hub /ringhub/guests)" | wc -l)" = "$count" ]; }

words=() drivers='' n=10 count=0
for nic in $NICS; do
	n=$((n + 1))
	count=$((count + 1))
	words+=(-netdev "user,id=n$n,net=10.0.$n.0/24"
		-device "$(nic_device "$nic" "$RUN/$nic.sock"),netdev=n$n,id=nic-$nic,mac=52:54:00:12:34:$n")
	drivers="$drivers $(nic_driver "$nic")"
done
ringhub_start hub "${words[@]}"
boot
check "ping of each" in_guest_each
in_guest vm -t 400 "$net_up
	for i in \$(seq 20); do
		floods=
		for n in $(numbered '' | cut -d' ' -f3 | tr '\n' ' '); do
			ping -A 10.0.\$n.2 >/dev/null 2>&1 & floods=\"\$floods \$!\"
		done
		rmmod $drivers || exit 1
		kill \$floods
		for driver in $drivers; do modprobe \$driver || exit 2; done
		echo reload \$i
		$(numbered net_up)
		$(numbered ping_one)
	done >/tmp/reloads 2>&1" || fail "20 reloads (code $?): $(in_guest vm 'tail -n 3 /tmp/reloads')"
check "20 reloads" test "$(in_guest vm 'grep -c reload /tmp/reloads')" = 20
check "no complaint in the kernel's log" kernel_content vm
for i in 1 2 3; do
	id=$(in_guest vm cat /proc/sys/kernel/random/boot_id)
	if [ "$i" = 2 ]; then "$GUEST" reset "$RUN"/vm; else in_guest vm -t 2 'reboot -f' 2>/dev/null || :; fi
	"$GUEST" wait "$RUN"/vm 60
	check "reboot $i: it is another boot" test "$(in_guest vm cat /proc/sys/kernel/random/boot_id)" != "$id"
	check "reboot $i: ping of each" in_guest_each
	check "reboot $i: no complaint in the kernel's log" kernel_content vm
done
# From here on every QEMU is killed in the middle of traffic; Ringhub must hold no more for the third
# than for the first.
for i in 1 2 3; do
	background_pings
	eventually 10 "kill $i: traffic" all_ping
	"$GUEST" kill "$RUN"/vm
	eventually 10 "kill $i: Ringhub has noticed" all_waiting
	[ "$i" != 1 ] || state=$(ringhub_state hub)
	[ "$i" = 1 ] || state_returns "kill $i" "$state"
	boot
	check "kill $i: the next guest has the network: ping of each" in_guest_each
done
