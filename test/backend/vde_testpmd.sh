#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A stock dpdk-testpmd loads librte_net_vde.so and carries frames between two vde_switches.
. "$(dirname "$0")/_vde.sh"

switch_start s1
switch_start s2
mkfifo "$RUN"/testpmd.console
exec 8<>"$RUN"/testpmd.console
stdbuf -oL dpdk-testpmd --lcores 0@0,1@1 --in-memory -m 256 --no-pci --file-prefix=t_vde \
	-d "$RINGHUB_TOP"/build/drivers/net/vde/librte_net_vde.so \
	--vdev net_vde0,sock="$RUN"/s1 --vdev net_vde1,sock="$RUN"/s2 \
	-- -i --auto-start --forward-mode=io --total-num-mbufs=16384 <&8 >"$RUN"/testpmd.log 2>&1 &
run_adopt $!
says() { grep -q "$1" "$RUN"/testpmd.log; }
check "frames pass testpmd" "$VDEPEER" probe "$RUN"/s1 "$RUN"/s2 20
check "2000 frames each way through testpmd" "$VDEPEER" exchange "$RUN"/s1 "$RUN"/s2 2000 60 1514
echo 'show port xstats 0' >&8
eventually 5 "xstats with our names" says 'vde_in_oversize: 0'
switch_kill s1
echo 'show port info 0' >&8
eventually 5 "link down without the switch" says 'Link status: down'
switch_start s1
eventually 10 "frames again, with the switch" "$VDEPEER" probe "$RUN"/s1 "$RUN"/s2 1
echo quit >&8
eventually 5 "testpmd ends" says '^Bye'
