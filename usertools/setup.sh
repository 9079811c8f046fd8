#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# setup.sh [OPTION]: make this machine able to build, run and test Ringhub. Runs again at no cost.
#
#   (none)         install the missing packages (as root, or through sudo), reserve hugepages when
#                  none are free, fetch the driver SDK headers and the guest's kernel
#   --check        only report what is missing; exit 1 if anything is
#   --build-only   only what building needs: no guest, no hugepages, no test tools
#   --guest-tools  also fetch a QEMU >= 10.1 (needed for vfio-user; for the tests with a newer QEMU)
#   --bench-tools  also what usertools/bench.sh needs: gnuplot, and peers
#   --ovs          also OVS-DPDK, a peer of bench.sh; its service is not left running
#   --purge        remove everything downloaded, and undo what it changed on the host
#   --help         this text
#
# For Debian 12 and 13 and Ubuntu LTS. Package mirrors are those of the host's apt configuration.
# Downloads are kept in ${XDG_CACHE_HOME:-~/.cache}/ringhub and checked before each use.
# RINGHUB_SDK=DIR: where the driver SDK headers go; default build-sdk in the source tree.
set -euo pipefail
. "$(dirname "$0")/common.sh"

PKGS_BUILD='gcc libc6-dev pkg-config meson ninja-build libdpdk-dev libslirp-dev libglib2.0-dev libjansson-dev libcunit1-dev
	libvdeplug-dev dpkg-dev python3'
PKGS_TEST='dpdk-dev clang libclang-rt-dev clang-format clang-tidy cppcheck shellcheck iproute2 iperf3
	curl socat procps util-linux nftables iptables tshark vde2 passt slirp4netns valgrind openvswitch-switch-dpdk'
PKGS_GUEST='qemu-system-x86 ipxe-qemu busybox-static ethtool iproute2 cpio kmod gzip xz-utils zstd debian-archive-keyring'
PKGS_BENCH='gnuplot-nox slirp4netns vde2 passt'
PKGS_OVS='openvswitch-switch-dpdk'
PAGES=512
CHANGES=$RINGHUB_CACHE/host-changes
SDK=${RINGHUB_SDK:-$RINGHUB_TOP/build-sdk}
missing=0

# Report one finding of --check.
lacks() {
	missing=$((missing + 1))
	say "missing: $*"
}

installed() {
	[ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

# The wanted packages that are not there. A name this release does not have is not wanted
# (libclang-rt-dev came with Debian 12; older clang packages hold the same).
missing_packages() {
	local pkg
	for pkg in $1; do
		installed "$pkg" || printf '%s ' "$pkg"
	done
}

# apt_install PACKAGE...: what they have of services is not started (policy-rc.d, where the host has no own).
apt_install() {
	local policy=/usr/sbin/policy-rc.d code=0

	if [ ! -e "$policy" ]; then
		printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
		as_root chmod +x "$policy"
	else
		policy=
	fi
	as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" \
		>"$RINGHUB_CACHE"/apt-install.log 2>&1 || code=$?
	[ -z "$policy" ] || as_root rm "$policy"
	return "$code"
}

install_packages() {
	local want pkg have=''
	want=$(missing_packages "$1")
	[ -n "$want" ] || return 0
	if [ "$check" = yes ]; then
		lacks "packages: $want"
		return
	fi
	say "installing: $want"
	as_root apt-get update -qq
	for pkg in $want; do
		if [ -n "$(apt-cache madison "$pkg" 2>/dev/null)" ]; then
			have="$have $pkg"
		elif [ "$pkg" != libclang-rt-dev ]; then
			die "the package sources have no $pkg (Ubuntu: is the component 'universe' enabled?)"
		fi
	done
	[ -n "$have" ] || return 0
	# shellcheck disable=SC2086
	apt_install $have || {
		tail -n 20 "$RINGHUB_CACHE"/apt-install.log >&2
		die "apt-get install failed; all of its words: $RINGHUB_CACHE/apt-install.log"
	}
	for pkg in $have; do printf 'package %s\n' "$pkg" >>"$CHANGES"; done
}

# A switch for the whole host, at its next start, is more than was asked for.
disable_ovs() {
	[ ! -d /run/systemd/system ] || as_root systemctl disable --quiet openvswitch-switch.service ||
		say "openvswitch-switch: systemctl disable failed: its service starts with the host"
	say "openvswitch-switch: its service is off; systemctl enable --now openvswitch-switch, if you want it"
}

# Ringhub runs without hugepages, with a warning and slower; a few keep it at its speed.
reserve_hugepages() {
	local knob=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages free was now
	if [ ! -e "$knob" ]; then
		warn "this kernel has no 2 MiB pages: Ringhub will run without hugepages, slower"
		return
	fi
	free=$(cat "${knob%/*}"/free_hugepages)
	was=$(cat "$knob")
	[ "$free" -lt 128 ] || return 0
	if [ "$check" = yes ]; then
		lacks "hugepages: $free of $was 2 MiB pages are free, 128 or more wanted"
		return
	fi
	as_root sh -c "echo $((was + PAGES)) >$knob" || :
	now=$(cat "$knob")
	if [ "$now" -le "$was" ]; then
		warn "could not reserve hugepages (a container?): Ringhub will run without, slower"
		return
	fi
	printf 'hugepages %s\n' "$((now - was))" >>"$CHANGES"
	say "reserved $((now - was)) hugepages of 2 MiB until the next boot;" \
		"'setup.sh --purge' gives them back, or: echo $was >$knob"
}

fetch_sdk() {
	if [ "$check" = yes ]; then
		[ -s "$SDK"/VERSION ] &&
			[ "$(cat "$SDK"/VERSION)" = "$(pkg-config --modversion libdpdk 2>/dev/null)" ] ||
			lacks "driver SDK headers of the installed DPDK in $SDK"
		return
	fi
	"$RINGHUB_TOP"/usertools/fetch-driver-sdk.sh "$SDK"
}

# fetch WHAT SCRIPT
fetch() {
	if [ "$check" = no ]; then
		"$RINGHUB_TOP/usertools/$2"
	else
		"$RINGHUB_TOP/usertools/$2" --check >/dev/null 2>&1 || lacks "$1 ($2)"
	fi
}

# Give back what host-changes lists. Packages are named, not removed: others may use them by now.
purge() {
	local pages=0 packages knob=/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages was
	if [ -e "$CHANGES" ]; then
		pages=$(awk '$1 == "hugepages" { n += $2 } END { print n + 0 }' "$CHANGES")
		packages=$(awk '$1 == "package" { print $2 }' "$CHANGES" | sort -u | tr '\n' ' ')
		was=$(cat "$knob" 2>/dev/null || echo 0)
		if [ "$pages" -gt 0 ] && [ "$was" -gt 0 ]; then
			pages=$((was > pages ? was - pages : 0))
			as_root sh -c "echo $pages >$knob"
			say "hugepages: $was -> $(cat "$knob")"
		fi
		[ -z "$packages" ] || say "packages that setup.sh installed (left; others may use them):" \
			"apt-get remove $packages"
	fi
	rm -rf "$RINGHUB_CACHE"
	say "removed $RINGHUB_CACHE"
}

check=no
guest=yes
tools=no
bench=''
for arg; do
	case $arg in
	--check) check=yes ;;
	--build-only) guest=no ;;
	--guest-tools) tools=yes ;;
	--bench-tools) bench="$bench $PKGS_BENCH" ;;
	--ovs) bench="$bench $PKGS_OVS" ;;
	--purge) purge; exit 0 ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	*) die "unknown option $arg; --help lists them" ;;
	esac
done
command -v apt-get >/dev/null || die "no apt-get: this script knows Debian and Ubuntu only"
[ "$(dpkg --print-architecture)" = amd64 ] || die "amd64 only (the guest and the tests are)"
[ "$check" = yes ] || mkdir -p "$RINGHUB_CACHE"
had_ovs=$(installed openvswitch-switch && echo yes || echo no)
install_packages "$PKGS_BUILD$([ "$guest" = no ] || echo " $PKGS_TEST $PKGS_GUEST") $bench"
[ "$had_ovs" = yes ] || ! installed openvswitch-switch || disable_ovs
fetch_sdk
if [ "$guest" = yes ]; then
	reserve_hugepages
	fetch "the guest's kernel and initramfs" fetch-guest-kernel.sh
	fetch "the initramfs with dpdk-testpmd" fetch-guest-dpdk.sh
fi
[ "$tools" = no ] || fetch "a QEMU >= 10.1" fetch-guest-tools.sh
[ "$missing" -eq 0 ] || { say "run usertools/setup.sh"; exit 1; }
say "setup: OK; build with: meson setup build -Ddriver_sdk=$SDK && ninja -C build"
