#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fetch-driver-sdk.sh DIR: put DPDK's driver headers, of exactly the installed libdpdk-dev, into DIR.
#
# libdpdk-dev has the symbols but not the headers that an out-of-tree driver needs. They come from the
# distribution's own source package of the same version, through an apt configuration of our own that
# uses the host's package sources. apt checks the source against the signed lists; the headers are then
# cached with their sha256 in ${XDG_CACHE_HOME:-~/.cache}/ringhub/sdk/VERSION and checked before use.
# DIR/VERSION holds the DPDK release, which meson.build compares with the library it links.
# Runs again at once when DIR is already right.
set -euo pipefail
. "$(dirname "$0")/common.sh"

SDK_HEADERS='
lib/ethdev/ethdev_driver.h
lib/ethdev/ethdev_vdev.h
drivers/bus/vdev/bus_vdev_driver.h
lib/eal/include/dev_driver.h
'
tmp=''
trap '[ -z "$tmp" ] || rm -rf "$tmp"' EXIT

# The release that rte_version.h of the installed headers claims; pkg-config must say the same.
installed_release() {
	local pc macros
	pc=$(pkg-config --modversion libdpdk) || die "libdpdk-dev is not installed: run usertools/setup.sh"
	# shellcheck disable=SC2046
	macros=$(printf '#include <rte_version.h>\n@ RTE_VER_YEAR RTE_VER_MONTH RTE_VER_MINOR\n' |
		${CC:-cc} $(pkg-config --cflags libdpdk) -E -P - | awk '/^@/ { print $2 + 0, $3 + 0, $4 + 0 }')
	[ "$(awk -F. '{ print $1 + 0, $2 + 0, $3 + 0 }' <<<"$pc")" = "$macros" ] ||
		die "pkg-config says DPDK $pc but rte_version.h says $macros: two DPDKs installed? Remove one"
	printf '%s' "$pc"
}

# fetch_source PACKAGE VERSION DIR: download and unpack the source package into DIR/src.
fetch_source() {
	local pkg=$1 version=$2 dir=$3
	apt_private_host "$dir"/apt
	(cd "$dir" && apt_private "$dir"/apt apt-get source -qq --download-only "$pkg=$version") || {
		warn "the package sources have no source of $pkg $version (installed); they have:"
		apt_private "$dir"/apt apt-cache showsrc "$pkg" | sed -n 's/^Version: /  /p' >&2
		die "upgrade libdpdk-dev to one of these, then run this again"
	}
	(cd "$dir" && dpkg-source --no-check -x ./*.dsc src >/dev/null)
}

# fill_cache PACKAGE VERSION RELEASE CACHED: atomic, a half-made folder is never seen.
fill_cache() {
	local pkg=$1 version=$2 release=$3 cached=$4 header got
	mkdir -p "${cached%/*}"
	tmp=$(mktemp -d "${cached%/*}"/tmp.XXXXXX)
	say "fetching the driver headers of $pkg $version from its source package"
	fetch_source "$pkg" "$version" "$tmp"
	got=$(cat "$tmp"/src/VERSION)
	[ "$got" = "$release" ] || die "source package $version is DPDK $got, installed is $release"
	mkdir "$tmp"/out
	for header in $SDK_HEADERS; do
		cp "$tmp/src/$header" "$tmp"/out/ || die "DPDK $release has no $header"
	done
	printf '%s\n' "$release" >"$tmp"/out/VERSION
	sums_write "$tmp"/out
	rm -rf "$cached"
	mv "$tmp"/out "$cached"
	rm -rf "$tmp"
	tmp=''
}

# Replace DIR by a copy of the cached folder, unless it already is one.
install_to() {
	local cached=$1 dir=$2
	if sums_ok "$dir" && cmp -s "$cached"/SHA256SUMS "$dir"/SHA256SUMS; then
		say "driver headers in $dir: up to date"
		return
	fi
	mkdir -p "$(dirname "$dir")"
	tmp=$(mktemp -d "$(dirname "$dir")"/.sdk.XXXXXX)
	cp "$cached"/* "$tmp"/
	chmod 755 "$tmp"
	rm -rf "$dir"
	mv "$tmp" "$dir"
	tmp=''
	say "driver headers of DPDK $(cat "$dir"/VERSION): $dir"
}

case ${1:-} in
-h | --help) usage_of "$0"; exit 0 ;;
'' | -*) usage_of "$0" >&2; exit 1 ;;
esac
[ $# -eq 1 ] || die "one argument, a folder; got $#"
case $1 in /*) dir=$1 ;; *) dir=$PWD/$1 ;; esac
if [ -e "$dir" ] && [ ! -e "$dir"/VERSION ] && [ -n "$(ls -A "$dir")" ]; then
	die "$dir is not empty and not a folder of driver headers: name another"
fi
release=$(installed_release)
read -r pkg version < <(dpkg-query -W -f '${source:Package} ${source:Version}\n' libdpdk-dev)
cached=$RINGHUB_CACHE/sdk/${version//[:\/]/_}
if ! sums_ok "$cached" || [ "$(cat "$cached"/VERSION)" != "$release" ]; then
	fill_cache "$pkg" "$version" "$release" "$cached"
fi
install_to "$cached" "${dir%/}"
