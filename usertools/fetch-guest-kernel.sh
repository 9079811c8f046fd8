#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fetch-guest-kernel.sh [--check]: a stock guest: this distribution's kernel and a small initramfs.
#
# Downloads the distribution's current linux-image package (it is unpacked into the cache, not
# installed) and makes an initramfs of busybox-static, ethtool, ip, the kernel's own network modules, and
# the few scripts of usertools/guest-init. Result, in ${XDG_CACHE_HOME:-~/.cache}/ringhub/guest/:
#   kernel/vmlinuz, release, lib/  of the package, with their sha256, checked before use
#   vmlinux                     the same kernel, unpacked, where QEMU can start that: a boot takes half the time
#   initramfs.cpio              made again whenever its parts change
# --check: 0 when all is there and right.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# Modules that a guest may want; what the kernel has built in, or has not at all, is passed over.
MODULES='virtio_pci virtio_net af_packet e1000 8139cp 8139too mii pktgen ipv6 8021q uio_pci_generic'
DIR=$RINGHUB_CACHE/guest
INIT_DIR=$RINGHUB_TOP/usertools/guest-init
UNPACK=$RINGHUB_TOP/usertools/unpack-kernel.py
tmp=''
trap '[ -z "$tmp" ] || rm -rf "$tmp"' EXIT

kernel_ready() { [ "$(cat "$DIR"/kernel/wanted 2>/dev/null)" = "$MODULES" ] && sums_ok "$DIR"/kernel; }

# The id of an initramfs made now: of its scripts, the modules and busybox.
initramfs_id() {
	cat "$DIR"/kernel/SHA256SUMS "$INIT_DIR"/* "$(busybox_static)" "$0" | sha256sum | cut -d' ' -f1
}

initramfs_ready() {
	[ -s "$DIR"/initramfs.cpio ] && [ "$(cat "$DIR"/initramfs.cpio.id 2>/dev/null)" = "$(initramfs_id)" ] &&
		(cd "$DIR" && sha256sum --quiet -c initramfs.cpio.sum) >/dev/null 2>&1
}

# Its sums are those of no file when the kernel cannot be unpacked.
vmlinux_id() { cat "$DIR"/kernel/SHA256SUMS "$UNPACK" | sha256sum | cut -d' ' -f1; }

vmlinux_ready() {
	[ "$(cat "$DIR"/vmlinux.id 2>/dev/null)" = "$(vmlinux_id)" ] || return
	[ ! -s "$DIR"/vmlinux.sum ] || (cd "$DIR" && sha256sum --quiet -c vmlinux.sum) >/dev/null 2>&1
}

busybox_static() {
	dpkg -L busybox-static 2>/dev/null | grep -m 1 '/bin/busybox$' ||
		die "busybox-static is not installed: run usertools/setup.sh"
}

# The packages that hold the image and the modules, found through the metapackage.
kernel_packages() {
	local apt=$1 meta=linux-image-amd64
	[ "$(. /etc/os-release && printf '%s' "$ID")" = debian ] || meta=linux-image-generic
	apt_private "$apt" apt-cache depends --recurse --no-recommends --no-suggests --no-conflicts \
		--no-breaks --no-replaces --no-enhances "$meta" |
		grep -xE 'linux-(image|modules|modules-extra)-[0-9][^ ]*' | sort -u
}

# take_modules TREE RELEASE OUT: copy the wanted modules and what they need, uncompressed.
take_modules() {
	local tree=$1 release=$2 out=$3/lib/modules/$2 name verb path file
	mkdir -p "$out"/kernel
	depmod -b "$tree" "$release"
	cp "$tree"/lib/modules/"$release"/modules.{order,builtin,builtin.modinfo} "$out"/
	for name in $MODULES; do
		modprobe -d "$tree" -S "$release" --show-depends "$name" 2>/dev/null || :
	done | sort -u | while read -r verb path _; do
		[ "$verb" = insmod ] || continue
		file=$out/kernel/${path##*/}
		case $path in
		*.xz) xz -dc "$path" >"${file%.xz}" ;;
		*.zst) zstd -qdc "$path" >"${file%.zst}" ;;
		*) cp "$path" "$file" ;;
		esac
	done
	depmod -b "$3" "$release"
}

fetch_kernel() {
	local packages release deb
	mkdir -p "$DIR"
	tmp=$(mktemp -d "$RINGHUB_CACHE"/tmp.XXXXXX)
	apt_private_host "$tmp"/apt
	packages=$(kernel_packages "$tmp"/apt)
	[ -n "$packages" ] || die "the package sources have no kernel image"
	say "fetching the guest's kernel:" "${packages//$'\n'/ }"
	# shellcheck disable=SC2086
	(cd "$tmp" && apt_private "$tmp"/apt apt-get download -qq $packages)
	mkdir "$tmp"/tree
	for deb in "$tmp"/*.deb; do dpkg-deb -x "$deb" "$tmp"/tree; done
	[ -e "$tmp"/tree/lib ] || ln -s usr/lib "$tmp"/tree/lib
	release=$(basename "$(echo "$tmp"/tree/lib/modules/*)")
	mkdir "$tmp"/out
	take_modules "$tmp"/tree "$release" "$tmp"/out
	cp "$(find "$tmp"/tree/boot -name 'vmlinuz-*' | head -n 1)" "$tmp"/out/vmlinuz
	printf '%s\n' "$release" >"$tmp"/out/release
	printf '%s\n' "$MODULES" >"$tmp"/out/wanted
	sums_write "$tmp"/out
	rm -rf "$DIR"/kernel
	mv "$tmp"/out "$DIR"/kernel
	rm -rf "$tmp"
	tmp=''
}

# take_program PROGRAM ROOT NAME: the host's program and the libraries it needs.
take_program() {
	install -D -m 755 "$1" "$2"/bin/"$3"
	take_libraries "$1" "$2"
}

make_initramfs() {
	local root
	mkdir -p "$DIR"
	tmp=$(mktemp -d "$RINGHUB_CACHE"/tmp.XXXXXX)
	root=$tmp/root
	mkdir -p "$root"/{bin,sbin,etc,proc,sys,dev,tmp,run,lib}
	cp "$(busybox_static)" "$root"/bin/busybox
	cp -r "$DIR"/kernel/lib/modules "$root"/lib/
	install -m 755 "$INIT_DIR"/init "$root"/init
	install -m 755 "$INIT_DIR"/{agent,dhcp} "$root"/bin/
	take_program "$(PATH=$PATH:/usr/sbin:/sbin command -v ethtool)" "$root" ethtool
	take_program "$(PATH=$PATH:/usr/sbin:/sbin command -v ip)" "$root" iproute2/ip # busybox has a small one
	install -m 755 "$INIT_DIR"/udhcpc.script "$root"/etc/
	pack_initramfs "$root" "$tmp"/initramfs.cpio
	mv "$tmp"/initramfs.cpio "$DIR"/initramfs.cpio
	(cd "$DIR" && sha256sum initramfs.cpio >initramfs.cpio.sum)
	initramfs_id >"$DIR"/initramfs.cpio.id
	rm -rf "$tmp"
	tmp=''
}

# The kernel as a file that QEMU starts at once; without it, guest.sh boots vmlinuz.
make_vmlinux() {
	rm -f "$DIR"/vmlinux "$DIR"/vmlinux.id
	: >"$DIR"/vmlinux.sum
	if "$UNPACK" "$DIR"/kernel/vmlinuz "$DIR"/vmlinux; then
		(cd "$DIR" && sha256sum vmlinux >vmlinux.sum)
	else
		warn "guests boot the packed kernel, which takes longer"
	fi
	vmlinux_id >"$DIR"/vmlinux.id
}

case ${1:-} in
-h | --help) usage_of "$0"; exit 0 ;;
--check) kernel_ready && initramfs_ready && vmlinux_ready; exit ;;
'') ;;
*) usage_of "$0" >&2; exit 1 ;;
esac
kernel_ready || fetch_kernel
initramfs_ready || make_initramfs
vmlinux_ready || make_vmlinux
say "guest kernel $(cat "$DIR"/kernel/release) and initramfs: $DIR"
