# SPDX-License-Identifier: BSD-3-Clause
# Shared by the scripts of this folder and of test/: names, words, the cache, a private apt. Source it.
# shellcheck shell=bash

RINGHUB_TOP=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
RINGHUB_CACHE=${XDG_CACHE_HOME:-$HOME/.cache}/ringhub
# The distribution's programs, which setup.sh installs, before others of their names: a python3 that is a
# version manager's script takes 0.2 s to start instead of 0.03, and tests start it thousands of times.
PATH=/usr/bin:/bin:$PATH
export RINGHUB_TOP RINGHUB_CACHE PATH

say() { printf '%s\n' "$*"; }
warn() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { warn "$*"; exit 1; }

# Run as root: directly, or through sudo; says what is missing when there is neither.
as_root() {
	if [ "$(id -u)" -eq 0 ]; then
		"$@"
	elif command -v sudo >/dev/null; then
		sudo -- "$@"
	else
		die "must be root (or have sudo) for: $*"
	fi
}

# usage_of FILE: the comment block below the SPDX line is the help text.
usage_of() {
	sed -n '2,${/^# SPDX/d;/^#/!q;s/^# \{0,1\}//;p}' "$1"
}

# retry_until SECONDS COMMAND...: 0 as soon as the command succeeds, 1 when the time is over.
retry_until() {
	local end=$((SECONDS + $1))
	shift
	until "$@"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		sleep 0.1
	done
}

# A folder with a short name for sockets and logs: their paths have 107 bytes at most.
run_dir_new() {
	local base
	for base in /run "${XDG_RUNTIME_DIR:-}" "${TMPDIR:-/tmp}"; do
		if [ -n "$base" ] && [ -w "$base" ]; then
			mktemp -d "$base/rh.XXXXXX"
			return
		fi
	done
	die "no folder for sockets: set XDG_RUNTIME_DIR"
}

# configure_ringhub DIR [MESON OPTIONS]: once, and again after a change of DPDK.
configure_ringhub() {
	local dir=$1 sdk=$RINGHUB_TOP/build-sdk log again=''
	log=$RINGHUB_TOP/build/logs/$(basename "$1")
	mkdir -p "${log%/*}"
	shift
	[ ! -e "$dir"/build.ninja ] || again=--reconfigure
	if [ ! "$dir"/build.ninja -nt "$sdk"/VERSION ]; then
		meson setup "$dir" "$RINGHUB_TOP" $again -Ddriver_sdk="$sdk" "$@" >"$log".setup.log 2>&1 || {
			tail -n 20 "$log".setup.log >&2
			die "meson setup failed; all of its words: $log.setup.log"
		}
	fi
}

# build_ringhub DIR [MESON OPTIONS]: configure and build.
build_ringhub() {
	local log
	log=$RINGHUB_TOP/build/logs/$(basename "$1")
	configure_ringhub "$@"
	ninja -C "$1" >"$log".ninja.log 2>&1 || {
		tail -n 40 "$log".ninja.log >&2
		die "the build failed; all of its words: $log.ninja.log"
	}
}

# The host's own package sources, one "BASE SUITE COMPONENT" a line, as its apt reads them: whatever
# the format of the files, no mirror is named here. Entries of this release first, else all.
host_sources() {
	local all codename arch
	arch=$(dpkg --print-architecture)
	codename=$(. /etc/os-release && printf '%s' "${VERSION_CODENAME:-}")
	all=$(apt-get -o Dir::State::Lists="$1" update --print-uris 2>/dev/null |
		sed -n "s#^'\(.*\)/dists/\([^/]*\)/\(.*\)/binary-$arch/Packages.*#\1 \2 \3#p" | sort -u)
	[ -n "$all" ] || die "apt knows no package source: see 'apt-get update --print-uris'"
	if [ -n "$codename" ] && grep -q " $codename" <<<"$all"; then
		grep " $codename" <<<"$all"
	else
		printf '%s\n' "$all"
	fi
}

# apt_private_new DIR: an apt of our own in DIR (lists, cache, empty package status); the caller
# writes DIR/sources.list. Nothing of the host's apt is changed, and no root is needed.
apt_private_new() {
	local dir=$1 key
	mkdir -p "$dir"/lists/partial "$dir"/archives/partial "$dir"/trusted.gpg.d "$dir"/empty.d
	: >"$dir"/status
	for key in /etc/apt/trusted.gpg.d/*.{gpg,asc} /etc/apt/keyrings/*.{gpg,asc} \
		/usr/share/keyrings/{debian,ubuntu}-archive-keyring.gpg; do
		[ ! -r "$key" ] || cp -L "$key" "$dir"/trusted.gpg.d/
	done
	cat >"$dir"/apt.conf <<-CONF
		Dir::State "$dir";
		Dir::State::Lists "$dir/lists";
		Dir::State::status "$dir/status";
		Dir::State::extended_states "$dir/extended_states";
		Dir::Cache "$dir";
		Dir::Cache::archives "$dir/archives";
		Dir::Etc::sourcelist "$dir/sources.list";
		Dir::Etc::sourceparts "$dir/empty.d";
		Dir::Etc::preferences "$dir/empty";
		Dir::Etc::preferencesparts "$dir/empty.d";
		Dir::Etc::trusted "$dir/empty.gpg";
		Dir::Etc::trustedparts "$dir/trusted.gpg.d";
		APT::Sandbox::User "";
		APT::Install-Recommends "false";
		APT::Update::Post-Invoke { };
		Acquire::Languages "none";
		Acquire::Retries "3";
		Debug::NoLocking "true";
	CONF
	# The lists of the host's apt.conf.d must not run hooks or fetch more than packages here.
	printf '#clear APT::Update::Post-Invoke-Success;\n#clear DPkg::Pre-Install-Pkgs;\n' >>"$dir"/apt.conf
	printf '#clear Acquire::IndexTargets::deb::DEP-11;\n' >>"$dir"/apt.conf
}

# apt_private DIR TOOL ARGS...: e.g. apt_private DIR apt-get download PKG
apt_private() {
	local dir=$1 tool=$2
	shift 2
	APT_CONFIG=$dir/apt.conf "$tool" "$@"
}

# apt_private_host DIR: the private apt with the host's own suites, binary and source.
apt_private_host() {
	local dir=$1 base suite comp sources
	apt_private_new "$dir"
	sources=$(host_sources "$dir/lists")
	while read -r base suite comp; do
		printf 'deb %s %s %s\ndeb-src %s %s %s\n' "$base" "$suite" "$comp" "$base" "$suite" "$comp"
	done <<<"$sources" >"$dir"/sources.list
	apt_private "$dir" apt-get update -qq
}

# sums_write DIR / sums_ok DIR: sha256 of every file below DIR, kept in DIR/SHA256SUMS.
sums_write() {
	# shellcheck disable=SC2094
	(cd "$1" && find . -type f ! -name SHA256SUMS -print0 | sort -z | xargs -0 sha256sum >SHA256SUMS)
}

sums_ok() {
	[ -s "$1"/SHA256SUMS ] && (cd "$1" && sha256sum --quiet --strict -c SHA256SUMS) >/dev/null 2>&1
}

# take_libraries FILE ROOT: the shared objects that FILE needs, to where the guest's ld.so looks for them.
# A file is taken once and its other names are links: an object that is loaded twice is two objects.
take_libraries() {
	local file real
	ldd "$1" | grep -o '/[^ ]*' | while read -r file; do
		real=$(realpath "$file")
		install -D -m 755 "$real" "$2$real"
		[ "$real" = "$file" ] || { mkdir -p "$2${file%/*}" && ln -sf "$real" "$2$file"; }
	done
}

# pack_initramfs ROOT FILE: not compressed, as unpacking it would take an emulated guest a second of each boot.
pack_initramfs() {
	(cd "$1" && find . | sort | cpio -o -H newc --quiet --reproducible -R 0:0) >"$2"
}
