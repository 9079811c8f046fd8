#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# test.sh [SUITE...] [--only WORD]: set up as quickstart.sh does, build, and run the tests.
#
#   unit      unit tests: release build with assertions, ASan + UBSan of gcc, TSan
#   clang     unit tests: ASan + UBSan of clang, when named only: fuzz has the same of the same code
#   perf      instructions a frame of the hot loops against their budget (test/perf)
#   style     usertools/check-style.sh
#   testpmd   the drivers in stock dpdk-testpmd (test/testpmd)
#   backend   backends with kernels, switches and guests as peers (test/backend)
#   peer      stock DPDK and other programs as peers (test/peer)
#   guest     stock Linux guests, in the host's QEMU and in a newer one (test/guest)
#   nic       stock Linux guests with each kind of NIC (test/nic)
#   fuzz      a minute of fuzzing for each NIC model and for the vfio-user server
#   (none)    all of these but clang
#   --only WORD   of the script tests, those whose name has WORD
#   --no-setup    leave out setup.sh
#
# Logs: build/test-logs; the log of a failed test is printed. Last line: "N passed, N failed, N skipped";
# exit 1 if anything failed. Lines "table: ..." of a passed test are shown. Exit code 77 of a script test means skipped.
set -euo pipefail
. "$(dirname "$0")/common.sh"

LOGS=$RINGHUB_TOP/build/test-logs
SCRIPT_SECONDS=600
passed=0
failed=0
skipped=0
only=''
setup=yes

# count WHAT CODE LOG SECONDS
count() {
	case $2 in
	0)
		passed=$((passed + 1))
		printf 'ok    %-44s %4d s\n' "$1" "$4"
		sed -n 's/^table: /      | /p' "$3"
		;;
	77) skipped=$((skipped + 1)); printf 'skip  %-44s %s\n' "$1" "$(tail -n 1 "$3")" ;;
	*)
		failed=$((failed + 1))
		printf 'FAIL  %-44s %4d s, exit code %d\n' "$1" "$4" "$2"
		sed 's/^/      | /' "$3" | tail -n "${5:-80}"
		;;
	esac
}

# one NAME COMMAND...: run it as one test.
one() {
	local name=$1 log code=0 start=$SECONDS
	log=$LOGS/${name//[\/ ]/-}.log
	shift
	"$@" >"$log" 2>&1 </dev/null || code=$?
	count "$name" "$code" "$log" $((SECONDS - start))
}

# number LOG LABEL: N of the line "LABEL: N" in meson's summary; 0 when there is none.
number() { awk -v label="$2:" 'index($0, label) == 1 { n = $NF } END { print n + 0 }' "$1"; }

# meson_suite NAME DIR SUITE [MESON OPTIONS]: build in DIR what SUITE needs, run it; each test counts.
meson_suite() {
	local name=$1 dir=$2 suite=$3 log=$LOGS/$1.log start=$SECONDS code=0 good bad
	shift 3
	(configure_ringhub "$dir" "$@") >"$log" 2>&1 || {
		count "$name: build" 1 "$log" $((SECONDS - start))
		return
	}
	meson test -C "$dir" --suite "$suite" --print-errorlogs >"$log" 2>&1 || code=$?
	good=$(($(number "$log" Ok) + $(number "$log" 'Expected Fail')))
	bad=$(($(number "$log" Fail) + $(number "$log" 'Unexpected Pass') + $(number "$log" Timeout)))
	if [ $((good + bad)) -eq 0 ]; then
		echo "no test of the suite '$suite' ran" >>"$log"
		count "$name" 1 "$log" $((SECONDS - start))
		return
	fi
	passed=$((passed + good))
	skipped=$((skipped + $(number "$log" Skipped)))
	failed=$((failed + bad))
	printf '%-5s %-44s %4d s, %d tests\n' "$([ "$bad" -eq 0 ] && echo ok || echo FAIL)" "$name" \
		$((SECONDS - start)) $((good + bad))
	[ "$code" -eq 0 ] || sed 's/^/      | /' "$log" | tail -n 120
	if [ "$code" -ne 0 ] && [ "$bad" -eq 0 ]; then failed=$((failed + 1)); fi
}

sane=(-Doptimization=1 -Ddebug=true -Db_lundef=false)

suite_unit() {
	meson_suite unit "$RINGHUB_TOP"/build unit --buildtype=release
	meson_suite unit-asan-gcc "$RINGHUB_TOP"/build-asan-gcc unit "${sane[@]}" -Db_sanitize=address,undefined
	meson_suite unit-tsan "$RINGHUB_TOP"/build-tsan tsan "${sane[@]}" -Db_sanitize=thread
}

suite_clang() {
	CC=clang meson_suite unit-asan-clang "$RINGHUB_TOP"/build-asan-clang unit "${sane[@]}" \
		-Db_sanitize=address,undefined
}

suite_style() {
	local check
	for check in $("$RINGHUB_TOP"/usertools/check-style.sh --list); do
		one "style $check" "$RINGHUB_TOP"/usertools/check-style.sh "$check"
	done
}

# scripts FOLDER: the script tests of it that --only wants; _*.sh are their shared parts.
scripts() {
	local file
	for file in "$RINGHUB_TOP"/test/"$1"/[!_]*.sh; do
		case $file in *"/$1/"*"$only"*) [ ! -e "$file" ] || echo "$file" ;; esac
	done
}

run_script() { timeout -k 30 "$SCRIPT_SECONDS" "$@"; }

# A suite that has lost its scripts must not pass.
has_scripts() {
	[ -n "$only" ] || [ -n "$(scripts "$1")" ] || one "$1: no scripts in test/$1" false
}

suite_scripts() {
	local file
	has_scripts "$1"
	for file in $(scripts "$1"); do
		one "$1 $(basename "$file" .sh)" run_script "$file"
	done
}

suite_perf() { suite_scripts perf; }
suite_testpmd() { suite_scripts testpmd; }
suite_peer() { suite_scripts peer; }
suite_backend() { suite_scripts backend; }

# The versions of QEMU that a case is run with: its line "# qemu: ...", else both. What has nothing to do
# with QEMU's half of vhost-user needs but one.
qemus_of() {
	local wanted
	wanted=$(sed -n 's/^# qemu: *//p' "$1")
	echo "${wanted:-old new}"
}

suite_guest() {
	local file name qemu
	has_scripts guest
	for file in $(scripts guest); do
		name=$(basename "$file" .sh)
		if grep -q '^# needs no guest' "$file"; then
			one "guest $name" run_script "$file"
			continue
		fi
		for qemu in $(qemus_of "$file"); do
			GUEST_QEMU=$qemu one "guest $name ($qemu QEMU)" run_script "$file"
		done
	done
}

# The kinds of NIC that a case is for: its line "# nics: ...", else all.
nics_of() {
	local wanted
	wanted=$(sed -n 's/^# nics: *//p' "$1" | sed 's/(.*//')
	echo "${wanted:-e1000 8139cp 8139too virtio-vfio virtio-vhost}"
}

suite_nic() {
	local file nic
	has_scripts nic
	for file in $(scripts nic); do
		for nic in $(nics_of "$file"); do
			NIC=$nic one "nic $(basename "$file" .sh) ($nic)" run_script "$file"
		done
	done
}

suite_fuzz() { one fuzz "$RINGHUB_TOP"/usertools/fuzz.sh; }

suites=()
while [ $# -gt 0 ]; do
	case $1 in
	unit | clang | perf | style | testpmd | peer | backend | guest | nic | fuzz) suites+=("$1") ;;
	--only) only=${2:?--only needs a word}; shift ;;
	--no-setup) setup=no ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	*) die "unknown suite or option $1; --help lists them" ;;
	esac
	shift
done
[ ${#suites[@]} -gt 0 ] || suites=(style unit perf fuzz testpmd peer backend guest nic)

start=$SECONDS
[ "$setup" = no ] || "$RINGHUB_TOP"/usertools/setup.sh --guest-tools
rm -rf "$LOGS"
mkdir -p "$LOGS"
export UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export RINGHUB_BUILD=$RINGHUB_TOP/build RINGHUB=$RINGHUB_TOP/build/app/ringhub/ringhub
if (build_ringhub "$RINGHUB_BUILD" --buildtype=release) >"$LOGS"/build.log 2>&1; then
	for suite in "${suites[@]}"; do "suite_$suite"; done
else
	count build 1 "$LOGS"/build.log $((SECONDS - start))
fi
say "took $((SECONDS - start)) s"
say "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ] && [ "$passed" -gt 0 ]
