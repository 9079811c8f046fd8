#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# nics: e1000 8139cp virtio-vfio
# A machine without a disk: its firmware runs the NIC's option ROM (iPXE), which gets a lease and, by TFTP
# from the user network, a script.
. "$(dirname "$0")/_init.sh"

marker=ringhub-netboot-$RANDOM-$RANDOM
mkdir "$RUN"/tftp
printf '#!ipxe\necho %s ${net0/ip} ${net0/mac}\nsleep 20\npoweroff\n' "$marker" >"$RUN"/tftp/boot.ipxe
ringhub_start hub -netdev user,id=n0,tftp="$RUN"/tftp,bootfile=boot.ipxe \
	-device "$(nic_device "$NIC" "$SOCK"),netdev=n0,id=d0,mac=52:54:00:12:34:56"
guest_boot vm --netboot --vfio-user "$SOCK"
# The whole line: the console is read while it is written.
eventually 60 "iPXE ran the script, with its lease and its address" \
	grep -q "$marker 10.0.2.15 52:54:00:12:34:56" "$RUN"/vm/console.log
check "frames were counted both ways" \
	test "$(ctl hub show port stats all | grep -cE '(RX|TX)-packets: [1-9]')" -eq 4
