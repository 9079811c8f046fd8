#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# OVS-DPDK with our plugins: a guest's port and a user network on its bridge, which knows neither. The guest gets its
# lease, pings, and moves a file; frames that OVS could not handle never reach it; ports go and come back.
set -euo pipefail
. "$(dirname "$0")/../lib/run.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

plugins=${RINGHUB_BUILD:-$RINGHUB_TOP/build}/drivers/net
vswitchd=/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk
export OVS_RUNDIR=$RUN OVS_LOGDIR=$RUN OVS_DBDIR=$RUN OVS_SYSCONFDIR=$RUN
remote=unix:$RUN/db.sock

vsctl() { ovs-vsctl --db="$remote" --timeout=30 "$@"; }
answers() { ovsdb-client list-dbs "$remote" >/dev/null 2>&1; }
is_ready() { [ "$(vsctl get Open_vSwitch . dpdk_initialized)" = true ]; }
# received PORT bytes|errs: now; what the database has is up to 5 s old.
received() { ovs-ofctl dump-ports br0 "$1" | sed -n "s/.* rx .*$2=\([0-9]*\).*/\1/p"; }
is_refused() { [ "$(received "$1" errs)" -ge "$2" ]; }
is_up() { [ "$(vsctl get Interface "$1" link_state)" = up ]; }
complaints() { grep -E '\|(ERR|EMER)\|' "$RUN"/vswitchd.log || :; }

add_guest() {
	vsctl add-port br0 p0 -- set Interface p0 type=dpdk \
		options:dpdk-devargs="\"net_guest0,vhost-user=$RUN/vm.sock\""
}

# A bridge is a tap, too, so it is in a namespace; so is what the guest reaches through libslirp.
ns_new host
mkdir "$RUN"/www
head -c 4M /dev/urandom >"$RUN"/www/file
ns_exec host "$NETPEER" web "$RUN"/web.port "$RUN"/www </dev/null >"$RUN"/web.log 2>&1 &
run_adopt $!
ovsdb-tool create "$RUN"/conf.db /usr/share/openvswitch/vswitch.ovsschema
ovsdb-server "$RUN"/conf.db --remote="p$remote" --unixctl="$RUN"/ovsdb.ctl </dev/null >"$RUN"/ovsdb.log 2>&1 &
run_adopt $!
retry_until 15 answers || die "ovsdb-server does not answer"
vsctl --no-wait init
vsctl --no-wait set Open_vSwitch . other_config:dpdk-init=true other_config:pmd-cpu-mask=1 \
	other_config:dpdk-socket-mem=256 other_config:dpdk-socket-limit=256 \
	other_config:dpdk-extra="--no-pci --in-memory --no-telemetry --file-prefix=ovs$$ \
		-d $plugins/guest/librte_net_guest.so -d $plugins/slirp/librte_net_slirp.so"
ns_exec host "$vswitchd" "$remote" --unixctl="$RUN"/vswitchd.ctl </dev/null >"$RUN"/vswitchd.log 2>&1 &
run_adopt $!
vswitchd_pid=$!
retry_until 30 is_ready || die "ovs-vswitchd does not start DPDK"
vsctl add-br br0 -- set bridge br0 datapath_type=netdev fail_mode=standalone
add_guest
vsctl add-port br0 p1 -- set Interface p1 type=dpdk options:dpdk-devargs=net_slirp0
[ "$(vsctl get Interface p0 error)" = '[]' ] || die "p0: $(vsctl get Interface p0 error)"
[ "$(vsctl get Interface p1 error)" = '[]' ] || die "p1: $(vsctl get Interface p1 error)"
[ "$(vsctl get Interface p0 status:driver_name)" = net_guest ] || die "p0 is not a net_guest"
is_up p0 && die "p0 is up without a guest"

guest_start vm --vhost-user "$RUN"/vm.sock,reconnect=1
say "$(in_guest vm dhcp 2>&1 | tail -n 1)"
in_guest vm ping -c 3 10.0.2.2 >"$RUN"/ping.out
grep -q ' 0% packet loss' "$RUN"/ping.out || die "$(cat "$RUN"/ping.out)"
retry_until 10 is_up p0 || die "p0 is not up with a guest"
say "ok - ports of OVS-DPDK: lease, ping, link state"

sum=$(sha256sum <"$RUN"/www/file)
[ "$(in_guest vm -t 60 "wget -q -O - http://10.0.2.2:$(peer_port web)/file | sha256sum")" = "$sum" ] ||
	die "the file differs"
[ "$(received p1 bytes)" -gt 4194304 ] || die "p1 counts $(received p1 bytes) bytes"
say "ok - a file of 4 MiB"

# OVS reads a frame's length from its first mbuf, and asks for no others.
[ "$(received p0 errs)" -eq 0 ] || die "p0 has $(received p0 errs) errors"
in_guest vm 'ip link set eth0 mtu 4000; ping -c 2 -W 1 -s 3000 10.0.2.2 || :' >"$RUN"/long.out 2>&1
retry_until 10 is_refused p0 2 || die "two frames of 3042 bytes: $(received p0 errs) refused"
in_guest vm ping -c 1 10.0.2.2 >/dev/null
say "ok - frames longer than its mbufs are counted, not given to it"

# OVS detaches a device that it attached; the socket goes, too, and QEMU connects to the next one.
vsctl del-port br0 p0
retry_until 10 test ! -e "$RUN"/vm.sock || die "the socket stayed"
add_guest
reaches() { in_guest vm ping -c 1 -W 1 10.0.2.2 >/dev/null 2>&1; }
retry_until 20 reaches || die "no ping after the port came back"
[ -z "$(complaints)" ] || die "ovs-vswitchd: $(complaints)"
process_ended "$vswitchd_pid" && die "ovs-vswitchd ended"
say "ok - detached and added again under the guest"
