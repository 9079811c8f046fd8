#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# quickstart.sh [OPTION]: from a bare machine to a Linux guest on the network, through Ringhub.
#
#   --model virtio-net|e1000|rtl8139     the guest's NIC (virtio-net)
#   --transport vhost-user|vfio-user     how QEMU reaches it (vhost-user for virtio-net, else vfio-user)
#   --shell        leave you inside the guest, with Ringhub's console in a second terminal
#   --help         this text
#
# Installs what is missing (as root or with sudo; see setup.sh), builds, starts ringhub with a user
# network and a NIC, boots this distribution's stock kernel in stock QEMU on it, and shows what works.
# Ends with "quickstart: OK", exit 0, and leaves no process behind. A second run takes well under a minute.
set -euo pipefail

model=virtio-net
transport=''
shell=no
top=$(cd "$(dirname "$0")/.." && pwd)
. "$top/usertools/common.sh"
while [ $# -gt 0 ]; do
	case $1 in
	--model) model=${2:-}; shift ;;
	--transport) transport=${2:-}; shift ;;
	--shell) shell=yes ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	*) die "unknown option $1; --help lists them" ;;
	esac
	shift || die "--model and --transport need a value"
done
case $model in
virtio-net) device=virtio-net-pci ;;
e1000 | rtl8139) device=$model ;;
*) die "--model '$model': no such model; virtio-net, e1000 or rtl8139" ;;
esac
case ${transport:=$([ "$model" = virtio-net ] && echo vhost-user || echo vfio-user)} in
vhost-user) [ "$model" = virtio-net ] || die "--transport vhost-user carries virtio-net only: leave it out" ;;
vfio-user) ;;
*) die "--transport '$transport': no such transport; vhost-user or vfio-user" ;;
esac
tools=''
if [ "$transport" = vfio-user ]; then # needs QEMU >= 10.1
	tools=--guest-tools
	export GUEST_QEMU=new
fi

step() { printf '\n==> %s\n' "$*"; }

step "setup: packages, driver SDK headers, hugepages, a guest kernel"
"$top"/usertools/setup.sh ${tools:+"$tools"}
step "build"
build_ringhub "$top"/build --buildtype=release
say "built build/app/ringhub/ringhub"

. "$top/test/lib/run.sh"
port=$(free_port)
mkdir "$RUN"/www
echo "A page from the host's web server, fetched by the guest at $(date +%T)." >"$RUN"/www/index.html
peer_start web web "$RUN"/www

step "ringhub: a user network and a NIC for a guest"
set -- -netdev "user,id=n0,hostfwd=tcp:127.0.0.1:$port-:8080" \
	-device "$device,netdev=n0,id=d0,$transport=$RUN/vm.sock"
say "ringhub $* -monitor unix:$RUN/hub.mon"
ringhub_start hub "$@"
cat "$RUN"/hub.log

step "a stock guest: Linux $(cat "$RINGHUB_CACHE"/guest/kernel/release) in $(qemu-system-x86_64 --version | head -n 1)"
if [ "$shell" = yes ]; then
	guest_start vm --"$transport" "$RUN"/vm.sock --shell
	say "Ringhub's console, in a second terminal:  socat -,raw,echo=0,escape=0x1d UNIX-CONNECT:$RUN/hub.mon"
	say "a connection to the guest's port 8080:    curl http://127.0.0.1:$port/"
	say "in the guest, get an address with: dhcp;  press Enter for its prompt"
	"$GUEST" shell "$RUN"/vm
	say "quickstart: OK"
	exit 0
fi
guest_start vm --"$transport" "$RUN"/vm.sock
grep 'ready' "$RUN"/vm/console.log

step "the guest's driver"
in_guest vm 'basename $(readlink /sys/class/net/eth0/device/driver)
	ip link show eth0 | sed "s/^ */  /"'
step "its DHCP lease"
in_guest vm dhcp
step "ping the gateway"
in_guest vm ping -c 3 10.0.2.2
step "a page from a web server on the host (10.0.2.2 is the host's loopback)"
page=$(in_guest vm wget -q -O - "http://10.0.2.2:$(peer_port web)/index.html")
say "$page"
[ "$page" = "$(cat "$RUN"/www/index.html)" ] || die "that is not the page the server has"
step "from the host into the guest: 127.0.0.1:$port is the guest's port 8080 (hostfwd)"
in_guest vm 'mkdir -p /www && echo "A page from $(hostname), Linux $(uname -r)." >/www/index.html
	httpd -p 8080 -h /www'
page=$(curl -sS --max-time 20 --retry 3 "http://127.0.0.1:$port/index.html")
say "$page"
case $page in "A page from ringhub-guest"*) ;; *) die "that is not the guest's page" ;; esac

step "ringhub's view: info network"
ctl hub info network
step "ringhub's view: show port stats all"
ctl hub show port stats all | tee "$RUN"/stats
[ "$(awk '$1 == "RX-packets:" && $2 > 0' "$RUN"/stats | wc -l)" -ge 2 ] ||
	die "the port statistics show no traffic"
ringhub_stop hub || die "ringhub ended with exit code $?"
say ""
say "quickstart: OK"
