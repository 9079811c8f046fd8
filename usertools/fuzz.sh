#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# fuzz.sh [TARGET...] [--seconds N] [--keep DIR]: build the fuzz targets with clang and run each.
#
#   e1000, rtl8139, virtio_pci   a NIC model as a PCI function: registers, guest memory, frames
#   vring                        virtio-net with rings that a transport sets up
#   vfu                          the vfio-user server
#   (none)                       all of these
#   --seconds N   how long each runs (60)
#   --keep DIR    take inputs from DIR/TARGET too, and leave new ones there
#
# Exit 1 when an input broke something; its path, and how to run it again, are printed. An input that
# is worth keeping becomes test/fuzz/corpus/TARGET/NAME.hex (xxd -p), which each run begins with.
set -euo pipefail
. "$(dirname "$0")/common.sh"

BUILD=$RINGHUB_TOP/build-fuzz
FOUND=$BUILD/found
ALL=(e1000 rtl8139 virtio_pci vring vfu)
seconds=60
keep=''
targets=()

while [ $# -gt 0 ]; do
	case $1 in
	--seconds) seconds=${2:?--seconds needs a number}; shift ;;
	--keep) keep=${2:?--keep needs a folder}; shift ;;
	-h | --help) usage_of "$0"; exit 0 ;;
	*)
		[[ " ${ALL[*]} " == *" $1 "* ]] || die "unknown target or option $1; --help lists them"
		targets+=("$1")
		;;
	esac
	shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${ALL[@]}")
command -v clang >/dev/null || die "no clang: run usertools/setup.sh"
[[ $seconds =~ ^[0-9]+$ ]] || die "--seconds needs a number, not '$seconds'"

CC=clang build_ringhub "$BUILD" --buildtype=debugoptimized -Db_lundef=false -Dfuzz=true -Dtests=false
mkdir -p "$FOUND"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-halt_on_error=1:print_stacktrace=1}

# fuzz TARGET: 0 when nothing broke.
fuzz() {
	local target=$1 code=0 log=$work/$1.log corpus=${keep:-$work}/$1 input
	local run=("$BUILD/test/fuzz/fuzz_$1" -timeout=10 -rss_limit_mb=2048)
	mkdir -p "$corpus"
	rm -f "$FOUND/$target-"*
	PYTHONDONTWRITEBYTECODE=1 "$RINGHUB_TOP"/test/fuzz/make_corpus.py "$target" "$work/seeds-$target"
	timeout -k 10 $((seconds + 300)) "${run[@]}" -max_len=4096 -max_total_time="$seconds" \
		-print_final_stats=1 -artifact_prefix="$work/found-$target-" "$corpus" \
		"$work/seeds-$target" >"$log" 2>&1 || code=$?
	if [ "$code" -eq 0 ] && grep -q '^stat::number_of_executed_units: [1-9]' "$log"; then
		awk -v t="$target" '/ cov: / { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
			/executed_units/ { n = $2 } /exec_per_sec/ { s = $2 }
			END { printf "ok    fuzz %-12s %9d runs, %6d a second, coverage %d\n", t, n, s, cov }' "$log"
		return 0
	fi
	tail -n 60 "$log"
	say "FAIL  fuzz $target: exit code $code"
	for input in "$work"/found-"$target"-*; do
		[ -e "$input" ] || continue
		cp "$input" "$FOUND/${input##*/found-}"
		say "the input: $FOUND/${input##*/found-}"
		say "again: ${run[*]} $FOUND/${input##*/found-}"
	done
	return 1
}

# As many at a time as there are CPUs.
bad=0
at_once=$(nproc)
for ((i = 0; i < ${#targets[@]}; i += at_once)); do
	pids=()
	for target in "${targets[@]:i:at_once}"; do
		fuzz "$target" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do wait "$pid" || bad=1; done
done
exit "$bad"
