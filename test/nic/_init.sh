# SPDX-License-Identifier: BSD-3-Clause
# Shared by the cases of this folder, which run once for each way to give a guest a NIC. Source it.
# shellcheck shell=bash
#
# NIC=e1000|8139cp|8139too|virtio-vfio|virtio-vhost says which; test.sh runs them all, or those of a case's
# line "# nics: ...".
# By hand: NIC=8139cp KEEP=1 test/nic/traffic.sh
set -euo pipefail
. "$(dirname "${BASH_SOURCE[0]}")/../guest/_init.sh"

NICS='e1000 8139cp 8139too virtio-vfio virtio-vhost'
NIC=${NIC:-e1000}
export GUEST_QEMU=${GUEST_QEMU:-new} # vfio-user needs QEMU >= 10.1

# nic_driver NIC: the guest's driver, which is its module, too.
nic_driver() {
	case $1 in virtio-*) echo virtio_net ;; *) echo "$1" ;; esac
}

# nic_device NIC SOCKET: the front of ringhub's -device.
nic_device() {
	case $1 in
	e1000) echo "e1000,vfio-user=$2" ;;
	8139cp) echo "rtl8139,vfio-user=$2" ;;
	8139too) echo "rtl8139,revision=0x10,vfio-user=$2" ;;
	virtio-vfio) echo "virtio-net-pci,vfio-user=$2" ;;
	virtio-vhost) echo "virtio-net-pci,vhost-user=$2" ;;
	*) fail "NIC=$1: one of $NICS" ;;
	esac
}

# nic_guest NAME NIC SOCKET MAC [OPTIONS of guest.sh boot]: MAC is for virtio-vhost, where QEMU has it.
nic_guest() {
	local name=$1 nic=$2 sock=$3 mac=$4
	shift 4
	case $nic in
	virtio-vhost) guest_start "$name" --vhost-user "$sock,mac=$mac" "$@" ;;
	*) guest_start "$name" --vfio-user "$sock" "$@" ;;
	esac
}

# The user network n0 with hostfwd, and the NIC d0 of one guest, vm.
nic_start() {
	ringhub_start hub -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$HOSTPORT-:8080" \
		-device "$(nic_device "$NIC" "$SOCK"),netdev=n0,id=d0,mac=52:54:00:12:34:56"
	nic_guest vm "$NIC" "$SOCK" 52:54:00:12:34:56 "$@"
}

# No driver complained of its NIC since the guest's boot.
kernel_content() {
	local bad='Tx Unit Hang|NETDEV WATCHDOG|transmit queue .* timed out|BUG:|Oops|Call Trace|tx timeout|Transmit timeout'
	! in_guest "$1" "dmesg | grep -E '$bad'"
}
