#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock dpdk-testpmd with our two plugins serves a stock Linux guest: lease, ping, page.
set -euo pipefail
. "$(dirname "$0")/../lib/run.sh"

plugins=$RINGHUB_TOP/build/drivers/net
mkdir "$RUN"/www
echo "page of the host" >"$RUN"/www/index.html
head -c 4M /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
# testpmd ends when its console does: hold it open.
mkfifo "$RUN"/console
exec 7<>"$RUN"/console
dpdk-testpmd --lcores 0@0,1@1 --in-memory -m 256 --no-pci --file-prefix=t_guest \
	-d "$plugins"/guest/librte_net_guest.so -d "$plugins"/slirp/librte_net_slirp.so \
	--vdev net_guest0,model=virtio-net-pci,vhost-user="$RUN"/vm.sock --vdev net_slirp0 \
	-- -i --auto-start --forward-mode=io --total-num-mbufs=16384 <&7 >"$RUN"/testpmd.log 2>&1 &
run_adopt $!
retry_until 20 test -S "$RUN"/vm.sock || die "testpmd did not start"
guest_start vm --vhost-user "$RUN"/vm.sock
say "$(in_guest vm dhcp 2>&1 | tail -n 1)"
in_guest vm ping -c 3 10.0.2.2
url=http://10.0.2.2:$(peer_port web)
[ "$(in_guest vm wget -q -O - "$url/index.html")" = "page of the host" ] || die "wrong page"
sum=$(sha256sum <"$RUN"/www/file)
[ "$(in_guest vm "wget -q -O - $url/file | sha256sum")" = "$sum" ] || die "the file differs"
say "ok - lease, ping, page and a file of 4 MiB"
