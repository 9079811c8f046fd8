#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# query-rx-filter and NIC_RX_FILTER_CHANGED while a guest's driver changes what it lets in.
# nics: e1000 8139cp virtio-vfio (over vhost-user QEMU has the filter)
. "$(dirname "$0")/_init.sh"

ringhub_start hub -netdev user,id=n0 -qmp unix:"$RUN"/qmp \
	-device "$(nic_device "$NIC" "$SOCK"),netdev=n0,id=d0,mac=52:54:00:12:34:56"
nic_guest vm "$NIC" "$SOCK" 52:54:00:12:34:56
python3 "$(dirname "$0")"/rx_filter.py "$RUN"/qmp 52:54:00:12:34:56 "$GUEST" run "$RUN"/vm
