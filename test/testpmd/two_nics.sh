#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock dpdk-testpmd with our plugin forwards between two stock guests: one has an e1000, one an rtl8139.
set -euo pipefail
. "$(dirname "$0")/../lib/run.sh"
export GUEST_QEMU=new

plugins=$RINGHUB_TOP/build/drivers/net
mkfifo "$RUN"/console
exec 7<>"$RUN"/console
dpdk-testpmd --lcores 0@0,1@1 --in-memory -m 256 --no-pci --file-prefix=t_two \
	-d "$plugins"/guest/librte_net_guest.so \
	--vdev net_guest0,model=e1000,vfio-user="$RUN"/a.sock,mac=52:54:00:00:00:0a \
	--vdev net_guest1,model=rtl8139,vfio-user="$RUN"/b.sock,mac=52:54:00:00:00:0b \
	-- -i --auto-start --forward-mode=io --total-num-mbufs=16384 <&7 >"$RUN"/testpmd.log 2>&1 &
run_adopt $!
retry_until 20 test -S "$RUN"/b.sock || die "testpmd did not start"
guest_start a --vfio-user "$RUN"/a.sock
guest_start b --vfio-user "$RUN"/b.sock
in_guest a 'ip addr add 10.9.0.1/24 dev eth0; ip link set eth0 up'
in_guest b 'ip addr add 10.9.0.2/24 dev eth0; ip link set eth0 up'
reaches() { in_guest a ping -c 1 -W 1 10.9.0.2 >/dev/null 2>&1; }
retry_until 15 reaches || die "no ping between the guests"
for way in 'a b 10.9.0.1' 'b a 10.9.0.2'; do
	read -r from to addr <<<"$way"
	in_guest "$from" 'head -c 4000000 /dev/urandom >/tmp/file; httpd -p 81 -h /tmp'
	sum=$(in_guest "$from" 'sha256sum </tmp/file')
	[ "$(in_guest "$to" -t 60 "wget -q -O - http://$addr:81/file | sha256sum")" = "$sum" ] ||
		die "4 MB from $from to $to differ"
done
say "ok - ping, and 4 MB each way between an e1000 and an rtl8139"
