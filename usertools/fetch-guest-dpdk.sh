#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fetch-guest-dpdk.sh [--check]: the stock guest with the distribution's dpdk-testpmd in it.
#
# Makes an initramfs of the small one of fetch-guest-kernel.sh (which it runs first) and, behind it, a
# second archive: dpdk-testpmd with the libraries that it links, the drivers of DRIVERS, and the script
# usertools/guest-dpdk/testpmd that runs it. All are the files of this machine's installed packages.
# Result, in ${XDG_CACHE_HOME:-~/.cache}/ringhub/guest/, for guest.sh boot --initrd:
#   initramfs-dpdk.cpio   made again whenever its parts change
# --check: 0 when it is there and right.
set -euo pipefail
. "$(dirname "$0")/common.sh"

# What EAL loads by itself from its folder of drivers, beyond what testpmd links.
DRIVERS='bus_pci bus_vdev mempool_ring net_e1000 net_null'
DIR=$RINGHUB_CACHE/guest
SCRIPT=$RINGHUB_TOP/usertools/guest-dpdk/testpmd
STDBUF=$(dpkg-query -S '*/libstdbuf.so' 2>/dev/null | sed -n '1s/^.*: //p') # busybox has no stdbuf
tmp=''
trap '[ -z "$tmp" ] || rm -rf "$tmp"' EXIT

testpmd_path() { command -v dpdk-testpmd || die "no dpdk-testpmd: run usertools/setup.sh"; }

# The folder of drivers, as EAL has it compiled in, and the files of DRIVERS in it.
driver_files() {
	local eal folder name file
	eal=$(ldd "$(testpmd_path)" | grep -o '/[^ ]*/librte_eal\.so[^ ]*')
	folder=$(grep -aoE -m 1 '/usr/[^ ]*/dpdk/pmds-[0-9.]+' "$eal" | head -n 1)
	for name in $DRIVERS; do
		file=$(realpath -e "$folder/librte_$name.so") || die "this machine's DPDK has no $name: $folder"
		printf '%s\n' "$file"
	done
}

# The id of an archive made now: of the small one, and of every file that would be in it.
dpdk_id() {
	local files
	files=$(driver_files)
	# shellcheck disable=SC2086
	{
		cat "$DIR"/initramfs.cpio.sum "$0" "$SCRIPT" "$STDBUF" "$(testpmd_path)" $files
		ldd "$(testpmd_path)" $files | grep -o '/[^ :]*' | sort -u | xargs cat
	} | sha256sum | cut -d' ' -f1
}

dpdk_ready() {
	[ -s "$DIR"/initramfs-dpdk.cpio ] && [ "$(cat "$DIR"/initramfs-dpdk.cpio.id 2>/dev/null)" = "$(dpdk_id)" ] &&
		(cd "$DIR" && sha256sum --quiet -c initramfs-dpdk.cpio.sum) >/dev/null 2>&1
}

make_dpdk() {
	local root file files
	tmp=$(mktemp -d "$RINGHUB_CACHE"/tmp.XXXXXX)
	root=$tmp/root
	files=$(driver_files)
	mkdir -p "$root"/bin
	install -m 755 "$SCRIPT" "$root"/bin/testpmd
	install -D -m 755 "$(testpmd_path)" "$root"/usr/bin/dpdk-testpmd
	install -D -m 755 "$STDBUF" "$root"/usr/lib/libstdbuf.so
	take_libraries "$(testpmd_path)" "$root"
	for file in $files; do
		install -D -m 755 "$file" "$root$file"
		take_libraries "$file" "$root"
	done
	pack_initramfs "$root" "$tmp"/dpdk.cpio
	# The kernel unpacks archives that follow each other, one over the other.
	cat "$DIR"/initramfs.cpio "$tmp"/dpdk.cpio >"$tmp"/initramfs-dpdk.cpio
	mv "$tmp"/initramfs-dpdk.cpio "$DIR"/
	(cd "$DIR" && sha256sum initramfs-dpdk.cpio >initramfs-dpdk.cpio.sum)
	dpdk_id >"$DIR"/initramfs-dpdk.cpio.id
	rm -rf "$tmp"
	tmp=''
}

[ -n "$STDBUF" ] || die "no libstdbuf.so, which is a part of coreutils"
case ${1:-} in
-h | --help) usage_of "$0"; exit 0 ;;
--check) "$RINGHUB_TOP"/usertools/fetch-guest-kernel.sh --check && dpdk_ready; exit ;;
'') ;;
*) usage_of "$0" >&2; exit 1 ;;
esac
"$RINGHUB_TOP"/usertools/fetch-guest-kernel.sh
dpdk_ready || make_dpdk
say "guest with $(dpkg-query -W -f '${Package} ${Version}' dpdk-dev): $DIR/initramfs-dpdk.cpio"
