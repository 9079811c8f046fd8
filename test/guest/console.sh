#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The console's words, the lists of help, JSON options and files of options: what is said, and what it does.
# needs no guest
. "$(dirname "$0")/_init.sh"

# says WORDS COMMAND...: the answer has the words (an extended regular expression).
says() {
	local words=$1 answer
	shift
	answer=$(ctl hub "$@" 2>&1) || :
	grep -qE -e "$words" <<<"$answer" || fail "$*: wanted '$words', got: $answer"
	ok "$*"
}

# lists WORDS OPTIONS...: ringhub prints that and ends with 0.
lists() {
	local words=$1
	shift
	check "$*" grep -qE -e "$words" <<<"$("$RINGHUB" "$@")"
}

lists '^user$' -netdev help
lists 'net=ADDR/MASK' -netdev user,help
lists '^name "e1000"' -device help
lists 'doorbells=' -device e1000,help
lists '^rtl8139$' -nic user,model=help
lists '^virtio-net-pci$' -net nic,model=help
lists '-qmp unix:PATH' -h

cat >"$RUN"/conf <<-CONF
	# every kind of section, quoted and not
	[netdev "n0"]
	  type = "user"
	  hostfwd = "tcp:127.0.0.1:0-:22"
	  hostfwd = "tcp:127.0.0.1:0-:23"
	[device "d0"]
	  driver = e1000
	  netdev = "n0"
	  vfio-user = "$RUN/a,b=c d.sock"
	[net]
	  type = "nic"
	  vlan = 3
	  model = "rtl8139"
	  vfio-user = $RUN/d1.sock
	[nic]
	  type = "user"
	  model = "e1000"
	  vfio-user = "$RUN/d2.sock"
	[ringhub]
	  qmp = "unix:$RUN/qmp"
CONF
ringhub_start hub -readconfig "$RUN"/conf \
	-netdev '{"type":"user","id":"j0","restrict":true,"hostfwd":[{"str":"tcp:127.0.0.1:0-:22"}]}' \
	-device "{\"driver\":\"rtl8139\",\"id\":\"j1\",\"netdev\":\"j0\",\"vfio-user\":\"$RUN/j1.sock\"}"
check "a path with comma, blank and equals sign" test -S "$RUN/a,b=c d.sock"
check "[ringhub] qmp" test -S "$RUN"/qmp
check "two forwarding rules of one section, one of JSON" \
	test "$(ctl hub info usernet | grep -c HOST_FORWARD)" -eq 3
says '^ \\ j0: index=0,type=user,net=10.0.2.0,restrict=on$' info network
says '^ \\ hub3port0: net[0-9]+: index=0,type=nic,model=rtl8139' info network

says 'Infos for port 0 ' show port info all
says '^[0-9]+ +52:54:00:12:34:56 +d0 ' show port summary all
says 'NIC statistics for port [0-9]+ +cleared' clear port stats all
says 'NIC statistics for port 0 +cleared' clear port stats 0
says 'NIC extended statistics for port [0-9]+ +cleared' clear port xstats all
says 'Error: port .* not found' clear port stats nobody
ctl hub set allmulti d0 on
says 'Allmulticast mode: enabled' show port info d0
ctl hub set allmulti d0 off
says 'Allmulticast mode: disabled' show port info d0
ctl hub set promisc all off
says 'Promiscuous mode: disabled' show port info d0
says '^hub packet forwarding is on' show config fwd
says '^n0 - ports=2: 0 \(n0\)' show config fwd
says 'polls' show config cores
says '\+\+ Accumulated forward statistics for all ports\+\+' show fwd stats all
says 'TX-packets: 0 ' show fwd stats all
ctl hub clear fwd stats all
says 'Driver name: net_guest' show device info all
says '^  52:54:00:12:34:56$' show port d0 macs
says 'Per Port: .*TCP_CKSUM' show port n0 tx_offload capabilities
says 'Port: .*TCP_CKSUM' show port n0 tx_offload configuration
says 'Port: .*SCATTER' show port d0 rx_offload configuration
says 'Rx Offloading capabilities of port' show port d0 rx_offload capabilities
ctl hub set link-down port d0
says 'Link status: down \(set_link off\)' show port info d0
ctl hub set link-up port d0
says 'Link status: down$' show port info d0
ctl hub port config mtu d0 9000
says '^MTU: 9000' show port info d0
says "Error: mtu 'x'" port config mtu d0 x
ctl hub set xstats-hide-zero on
check "zeros are left out" test "$(ctl hub show port xstats d0 | wc -l)" -lt 3
ctl hub set xstats-hide-zero off
check "or not" test "$(ctl hub show port xstats d0 | wc -l)" -gt 20
ctl hub stop >/dev/null
says '^hub packet forwarding is off' show config fwd
ctl hub cont >/dev/null
says '^hub packet forwarding is on' show config fwd

says '^Available netdev backend types:' netdev_add help
says '^name "e1000"' device_add help
says 'doorbells=' device_add e1000,help
says '^announce_self <nics...> -- ' help announce_self
says "unknown command: 'bogus'" help bogus
says '^info network -- ' info
ctl hub netdev_add '{"type":"hubport","id":"jh","hubid":9}'
says '^ \\ jh$' info network
says "Error: .*element of this list" netdev_add '{"type":"user","id":"x","hostfwd":[{"string":"a"}]}'
ctl hub netdev_del jh
says "Error: .*bogus" netdev_add user,id=x,hostname=a#b,bogus=c
ctl hub netdev_add user,id=x,hostname=a '# a comment'
ctl hub netdev_del x '#'
says "Device 'x' not found" netdev_del x
check "announce_self with names" ctl hub announce_self d0,j1 mine
check "SIGTERM: exit 0" ringhub_stop hub
check "no socket stays behind" test -z "$(find "$RUN" -type s)"
