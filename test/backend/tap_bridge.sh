#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# A Linux bridge of ringhub-net.sh: its taps, one made by QEMU's helper, scripts, NAT; and all undone.
. "$(dirname "$0")/../guest/_init.sh"
. "$RINGHUB_TOP/test/lib/netns.sh"

NET=$RINGHUB_TOP/usertools/ringhub-net.sh
BR=rhb$$ # /run holds ringhub-net.sh's notes by this name
br() { in_ns host "$NET" "$@" --bridge "$BR"; }
FORWARD=/proc/sys/net/ipv4/ip_forward
# Interfaces, addresses, forwarding, and rules (iptables leaves its empty chains behind).
before() {
	ns_ip host -4 -o addr | awk '{ print $2, $4 }'
	ns_ip host -o link | awk '{ print $2 }' | sort
	in_ns host cat "$FORWARD"
	in_ns host nft list ruleset 2>/dev/null | grep -E 'masquerade|MASQUERADE| accept$' || :
}

ns_new host a b out
ns_ringhub
# "host" reaches "out" by another interface, for NAT.
ns_ip host link add up0 type veth peer name up1
ns_ip host addr add 10.97.0.1/24 dev up0
ns_ip host link set up0 up
ns_give up1 out 10.97.0.2/24
was=$(before)

for fw in nft iptables; do
	said=$(br up --taps 2 --nat --firewall $fw --address 10.96.0.1/24)
	check "up ($fw) says what it did" grep -q "tap $BR-t1 of" <<<"$said"
	check "up once more finds nothing to do" grep -q 'nothing changed' \
		<<<"$(br up --taps 2 --nat --firewall $fw --address 10.96.0.1/24)"
	ringhub_start hub -netdev tap,id=a,ifname="$BR"-t0,script=no,downscript=no \
		-netdev tap,id=b,ifname=tb,script=no,downscript=no \
		-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=b
	ns_give tb b 10.96.0.2/24
	eventually 10 "the bridge is reached through the hub" ns_pings b 10.96.0.1
	ns_iperf host b 10.96.0.1 -n 50M
	ok "TCP, 50 MB to the bridge: $(($(iperf_number bits) / 1000000)) Mb/s"
	ns_ip b route add default via 10.96.0.1
	eventually 5 "beyond it by NAT ($fw)" ns_pings b 10.97.0.2
	ringhub_stop hub
	br down >"$RUN"/down
	before >"$RUN"/after
	diff <(echo "$was") "$RUN"/after || :
	check "down undoes all of it" test "$(before)" = "$was"
done
check "down once more has nothing to do" grep -q 'nothing to undo' <<<"$(br down)"

# QEMU's helper puts a tap on the bridge by itself; its rules are a file that is not ours, so it reads
# another one here (a mount namespace of its own).
br up --taps 0 --address 10.96.0.1/24 >/dev/null
mkdir "$RUN"/qemu
echo "allow $BR" >"$RUN"/qemu/bridge.conf
helper=/usr/lib/qemu/qemu-bridge-helper
[ -x "$helper" ] || helper=/usr/libexec/qemu-bridge-helper
# shellcheck disable=SC2016 # the inner shell's
printf '#!/bin/sh\nexec unshare -m sh -c "mkdir -p /etc/qemu; mount --bind %s/qemu /etc/qemu && exec %s \\$*" helper "$@"\n' \
	"$RUN" "$helper" >"$RUN"/helper
chmod +x "$RUN"/helper
printf '#!/bin/sh\necho "${0##*/} $*" >>%s/scripts\n' "$RUN" | tee "$RUN"/ifup >"$RUN"/ifdown
chmod +x "$RUN"/ifup "$RUN"/ifdown
ringhub_start hub -netdev bridge,id=a,br="$BR",helper="$RUN"/helper \
	-netdev tap,id=b,ifname=tb,script="$RUN"/ifup,downscript="$RUN"/ifdown \
	-netdev tap,id=c,helper="$RUN"/helper,br="$BR" \
	-netdev hubport,id=h0,hubid=0,netdev=a -netdev hubport,id=h1,hubid=0,netdev=b
check "info network: bridge" grep -q "a: index=0,type=bridge,helper=$RUN/helper,br=$BR$" <<<"$(ctl hub info network)"
check "info network: tap with a helper" grep -q "c: index=0,type=tap,helper=$RUN/helper$" <<<"$(ctl hub info network)"
check "info network: scripts" \
	grep -q "type=tap,ifname=tb,script=$RUN/ifup,downscript=$RUN/ifdown$" <<<"$(ctl hub info network)"
check "two taps on the bridge" test "$(ns_ip host -o link show master "$BR" | wc -l)" -eq 2
ns_give tb b 10.96.0.2/24
eventually 10 "the bridge is reached through the helper's tap" ns_pings b 10.96.0.1
check "SIGTERM: exit 0" ringhub_stop hub
check "scripts had the interface's name" test "$(cat "$RUN"/scripts)" = "ifup tb
ifdown tb"
br down >/dev/null
check "nothing is left" test "$(before)" = "$was"
