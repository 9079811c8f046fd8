#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fetch-guest-tools.sh [--check]: a QEMU of at least 10.1 beside the host's own, in a folder of the cache.
#
# Takes Debian 13 + backports' qemu-system-x86 and what it links from the mirror that the host's apt
# uses (a dated snapshot path works too; RINGHUB_DEBIAN_MIRROR=URL names another, e.g. on Ubuntu),
# verified by apt against the Debian archive keyring. The packages are only unpacked, not configured:
# no root, no chroot, no mounts, nothing installed on the host. About 400 MB.
# Result: ${XDG_CACHE_HOME:-~/.cache}/ringhub/guest-tools/qemu-system-x86_64, a wrapper that runs that
# QEMU with its own libraries, so that it sees the host's sockets and files as any program does.
# A host whose own QEMU is new enough gets a link to it. --check: 0 when the result is there and right.
set -euo pipefail
. "$(dirname "$0")/common.sh"

SUITE=trixie
MIN_QEMU=10.1
DIR=$RINGHUB_CACHE/guest-tools
tmp=''
trap '[ -z "$tmp" ] || rm -rf "$tmp"' EXIT

# qemu_version COMMAND: e.g. 7.2.18
qemu_version() {
	"$1" --version 2>/dev/null | sed -n 's/^QEMU emulator version \([0-9.]*\).*/\1/p'
}

# new_enough VERSION
new_enough() {
	[ -n "$1" ] && [ "$(printf '%s\n%s\n' "$MIN_QEMU" "$1" | sort -V | head -n 1)" = "$MIN_QEMU" ]
}

ready() {
	[ -x "$DIR"/qemu-system-x86_64 ] && new_enough "$(qemu_version "$DIR"/qemu-system-x86_64)"
}

# The mirror: named by the user, else the host's, where its main suite comes from.
debian_mirror() {
	if [ -n "${RINGHUB_DEBIAN_MIRROR:-}" ]; then
		printf '%s' "${RINGHUB_DEBIAN_MIRROR%/}"
		return
	fi
	[ "$(. /etc/os-release && printf '%s' "$ID")" = debian ] ||
		die "not a Debian host: name a Debian mirror, RINGHUB_DEBIAN_MIRROR=URL, and run this again"
	host_sources "$1" | awk '$2 !~ /[-\/]/ && $3 == "main" { print $1; exit }'
}

# unpack_closure WORK ROOT: download the packages QEMU needs and unpack them into ROOT.
unpack_closure() {
	local work=$1 root=$2 mirror deb
	apt_private_new "$work"/apt
	mirror=$(debian_mirror "$work"/apt/lists)
	[ -n "$mirror" ] || die "no mirror in the host's apt sources: name one, RINGHUB_DEBIAN_MIRROR=URL"
	printf 'deb [signed-by=%s] %s %s main\n' \
		/usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$SUITE" \
		/usr/share/keyrings/debian-archive-keyring.gpg "$mirror" "$SUITE"-backports \
		>"$work"/apt/sources.list
	apt_private "$work"/apt apt-get update -qq
	apt_private "$work"/apt apt-get install -y -qq --download-only -t "$SUITE"-backports \
		qemu-system-x86 libc6 >/dev/null
	# Merged /usr, as in an installed system; packages still ship a few files in /lib.
	mkdir -p "$root"/usr/{bin,sbin,lib,lib64}
	ln -s usr/bin usr/sbin usr/lib usr/lib64 "$root"/
	for deb in "$work"/apt/archives/*.deb; do
		dpkg-deb --fsys-tarfile "$deb" | tar -x -C "$root" --keep-directory-symlink \
			--exclude='./usr/share/doc' --exclude='./usr/share/man' --exclude='./usr/share/locale' \
			--no-same-owner
	done
}

write_wrapper() {
	local root=$1
	cat >"$tmp"/qemu-system-x86_64 <<-WRAPPER
		#!/bin/sh
		# Written by usertools/fetch-guest-tools.sh: QEMU of the folder beside this file, its own libraries.
		root=\$(dirname "\$(readlink -f "\$0")")/$root
		lib=\$root/usr/lib/x86_64-linux-gnu
		export QEMU_MODULE_DIR="\$lib/qemu"
		exec "\$root/usr/lib64/ld-linux-x86-64.so.2" --library-path "\$lib:\$root/usr/lib" \\
			"\$root/usr/bin/qemu-system-x86_64" -L "\$root/usr/share/qemu" -L "\$root/usr/share/seabios" \\
			-L "\$root/usr/lib/ipxe/qemu" "\$@"
	WRAPPER
	chmod 755 "$tmp"/qemu-system-x86_64
}

fetch() {
	local version root
	[ "$(dpkg --print-architecture)" = amd64 ] || die "only for amd64 hosts"
	[ -r /usr/share/keyrings/debian-archive-keyring.gpg ] ||
		die "no Debian archive keyring: install the package debian-archive-keyring"
	mkdir -p "$RINGHUB_CACHE"
	tmp=$(mktemp -d "$RINGHUB_CACHE"/tmp.XXXXXX)
	say "fetching QEMU >= $MIN_QEMU of Debian $SUITE-backports: some 150 MB, a minute or more"
	unpack_closure "$tmp" "$tmp"/root
	write_wrapper root
	version=$(qemu_version "$tmp"/qemu-system-x86_64)
	new_enough "$version" || die "the unpacked QEMU says '${version:-nothing}', wanted $MIN_QEMU or newer"
	root=qemu-$version
	mkdir -p "$DIR"
	rm -rf "${DIR:?}/$root"
	mv "$tmp"/root "$DIR/$root"
	write_wrapper "$root"
	mv "$tmp"/qemu-system-x86_64 "$DIR"/qemu-system-x86_64
	say "QEMU $version: $DIR/qemu-system-x86_64"
}

case ${1:-} in
-h | --help) usage_of "$0"; exit 0 ;;
--check) ready; exit ;;
'') ;;
*) usage_of "$0" >&2; exit 1 ;;
esac
if ready; then
	say "QEMU $(qemu_version "$DIR"/qemu-system-x86_64): up to date"
elif new_enough "$(qemu_version qemu-system-x86_64)"; then
	mkdir -p "$DIR"
	ln -sf "$(command -v qemu-system-x86_64)" "$DIR"/qemu-system-x86_64
	say "the host's own QEMU is new enough: $DIR/qemu-system-x86_64 is a link to it"
else
	fetch
fi
