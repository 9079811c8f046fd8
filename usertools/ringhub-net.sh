#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# ringhub-net.sh up|down [OPTIONS]: a bridge of the host with taps on it, for -netdev tap; as root.
#
#   up      make what is missing of it and say so; a second time nothing is left to do
#   down    undo what "up" did, and nothing else
#
#   --bridge NAME      the bridge (rhbr0)
#   --address A/LEN    its address (10.98.0.1/24); guests take one of the same network by hand
#   --taps N           taps on it (2): NAME-t0, NAME-t1, ...
#   --user USER        who may open the taps (the user who called sudo, else the present one)
#   --queues N         more than 1: taps for -netdev tap,queues=N
#   --nat              let the network reach others: forwarding and masquerading (nftables, else iptables)
#   --firewall nft|iptables   which of them, if both are there
#
# Afterwards, as USER: ringhub -netdev tap,id=n0,ifname=rhbr0-t0,script=no,downscript=no ...
# What "up" changed is noted in /run/ringhub-net.NAME, so that "down" needs no options but --bridge.
set -euo pipefail
. "$(dirname "$0")/common.sh"

BRIDGE=rhbr0
ADDRESS=10.98.0.1/24
TAPS=2
QUEUES=1
OWNER=${SUDO_USER:-$(id -un)}
NAT=no
FIREWALL=''
FORWARD=/proc/sys/net/ipv4/ip_forward

has_link() { ip link show dev "$1" >/dev/null 2>&1; }
# note WORD...: done by us; "down" undoes the lines from the last to the first.
note() { printf '%s\n' "$*" >>"$STATE"; }
did() { say "$*"; changed=$((changed + 1)); }

# network A/LEN: the network of that address, as 10.98.0.0/24.
network() { python3 -c 'import ipaddress, sys; print(ipaddress.ip_interface(sys.argv[1]).network)' "$1"; }

check_options() {
	network "$ADDRESS" >/dev/null 2>&1 || die "--address $ADDRESS: must be an address and a length, as 10.98.0.1/24"
	[[ $TAPS =~ ^[0-9]+$ && $TAPS -le 256 ]] || die "--taps $TAPS: must be a number up to 256"
	[[ $QUEUES =~ ^[0-9]+$ && $QUEUES -ge 1 ]] || die "--queues $QUEUES: must be a number from 1"
	[[ $BRIDGE =~ ^[a-zA-Z0-9_.-]{1,11}$ ]] || die "--bridge $BRIDGE: must have 1 to 11 letters, digits or any of _.-"
	id -u "$OWNER" >/dev/null 2>&1 || die "--user $OWNER: there is no such user"
	[ -z "$FIREWALL" ] || command -v "$FIREWALL" >/dev/null || die "--firewall $FIREWALL: not installed"
}

firewall() {
	if [ -n "$FIREWALL" ]; then
		echo "$FIREWALL"
	elif command -v nft >/dev/null; then
		echo nft
	elif command -v iptables >/dev/null; then
		echo iptables
	else
		die "--nat: neither nftables nor iptables is installed"
	fi
}

# Rules of ours, recognised by the bridge's name.
nat_rules_of_iptables() {
	local op=$1 net
	net=$2
	iptables -t nat "$op" POSTROUTING -s "$net" ! -o "$BRIDGE" -j MASQUERADE
	iptables "$op" FORWARD -i "$BRIDGE" -j ACCEPT
	iptables "$op" FORWARD -o "$BRIDGE" -m state --state RELATED,ESTABLISHED -j ACCEPT
}

up_nat() {
	local net tool
	net=$(network "$ADDRESS")
	tool=$(firewall)
	if [ "$(cat "$FORWARD")" = 0 ]; then
		echo 1 >"$FORWARD"
		note forward
		did "forwarding on (net.ipv4.ip_forward)"
	fi
	if grep -q '^nat ' "$STATE"; then return; fi
	case $tool in
	nft)
		nft -f - <<-NFT
			table ip ringhub_${BRIDGE//[.-]/_} {
				chain nat {
					type nat hook postrouting priority 100;
					ip saddr $net oifname != "$BRIDGE" masquerade
				}
			}
		NFT
		;;
	iptables) nat_rules_of_iptables -A "$net" ;;
	esac
	note nat "$tool" "$net"
	did "masquerading of $net ($tool)"
}

up_bridge() {
	if ! has_link "$BRIDGE"; then
		ip link add "$BRIDGE" type bridge
		note bridge "$BRIDGE"
		did "bridge $BRIDGE"
	fi
	if ! grep -qF " $ADDRESS " <<<"$(ip -o addr show dev "$BRIDGE")"; then
		ip addr add "$ADDRESS" dev "$BRIDGE"
		note address "$ADDRESS"
		did "address $ADDRESS of $BRIDGE"
	fi
	ip link set "$BRIDGE" up
}

up_taps() {
	local i tap multi=()
	[ "$QUEUES" -eq 1 ] || multi=(multi_queue)
	for ((i = 0; i < TAPS; i++)); do
		tap=$BRIDGE-t$i
		if ! has_link "$tap"; then
			ip tuntap add dev "$tap" mode tap user "$OWNER" "${multi[@]}"
			note tap "$tap"
			did "tap $tap of $OWNER"
		fi
		ip link set "$tap" master "$BRIDGE" up
	done
}

down_one() {
	case $1 in
	tap | bridge) if has_link "$2"; then ip link del "$2" && did "removed: $1 $2"; fi ;;
	address)
		if has_link "$BRIDGE"; then ip addr del "$2" dev "$BRIDGE" 2>/dev/null && did "removed: address $2"; fi ;;
	forward) echo 0 >"$FORWARD" && did "forwarding off, as it was" ;;
	nat)
		case $2 in
		nft) nft delete table ip "ringhub_${BRIDGE//[.-]/_}" ;;
		iptables) nat_rules_of_iptables -D "$3" ;;
		esac && did "removed: masquerading of $3"
		;;
	esac
}

down() {
	local words
	[ -e "$STATE" ] || { say "nothing to undo for $BRIDGE"; return; }
	tac "$STATE" >"$STATE.undo"
	while read -r -a words; do
		down_one "${words[@]}" || warn "could not undo: ${words[*]}"
	done <"$STATE.undo"
	rm -f "$STATE" "$STATE.undo"
}

command=${1:---help}
[ $# -eq 0 ] || shift
while [ $# -gt 0 ]; do
	case $1 in
	--bridge) BRIDGE=${2:?--bridge needs a name}; shift ;;
	--address) ADDRESS=${2:?--address needs one}; shift ;;
	--taps) TAPS=${2:?--taps needs a number}; shift ;;
	--queues) QUEUES=${2:?--queues needs a number}; shift ;;
	--user) OWNER=${2:?--user needs a name}; shift ;;
	--firewall) FIREWALL=${2:?--firewall needs nft or iptables}; shift ;;
	--nat) NAT=yes ;;
	-h | --help) command=--help ;;
	*) die "unknown option $1; --help lists them" ;;
	esac
	shift
done
STATE=/run/ringhub-net.$BRIDGE
changed=0
case $command in
-h | --help) usage_of "$0"; exit 0 ;;
up | down) ;;
*) die "unknown command $command; --help lists them" ;;
esac
check_options
[ "$(id -u)" -eq 0 ] || die "must be root: sudo $0 $command ..."
if [ "$command" = up ]; then
	touch "$STATE"
	up_bridge
	up_taps
	[ "$NAT" = no ] || up_nat
	[ "$changed" -gt 0 ] || say "all there: nothing changed"
	say "ringhub -netdev tap,id=n0,ifname=$BRIDGE-t0,script=no,downscript=no ..."
else
	down
fi
