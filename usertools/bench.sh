#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# bench.sh --quick|--full [OPTIONS]: compare Ringhub's ports with those of other programs. `bench.sh --help` tells
# all; app/bench does the measuring, bench_main.py starts what is compared and writes the report. Needs root.
set -euo pipefail
. "$(dirname "$0")/common.sh"

MAIN=$RINGHUB_TOP/usertools/bench_main.py
BUILD=${RINGHUB_BUILD:-$RINGHUB_TOP/build}

# wants_ovs WORDS: whether they name that peer, and it is not here.
wants_ovs() {
	case " $* " in
	*" --vs ovs "* | *" --vs=ovs "*) [ ! -x /usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk ] ;;
	*) false ;;
	esac
}

case " $* " in
*" -h "* | *" --help "* | "  ") exec python3 "$MAIN" "${@:---help}" ;;
esac
# A wrong word costs no build.
python3 "$MAIN" --check "$@"
[ "$(id -u)" -eq 0 ] || die "must be root: namespaces, taps and CPUs of other processes"
if [ ! -x "$BUILD"/app/bench/ringhub-bench ] || [ ! -x "$BUILD"/app/ringhub/ringhub ]; then
	"$RINGHUB_TOP"/usertools/setup.sh --bench-tools
	(build_ringhub "$BUILD" --buildtype=release)
elif ! command -v gnuplot >/dev/null || ! command -v vde_switch >/dev/null || ! command -v dpdk-testpmd >/dev/null; then
	"$RINGHUB_TOP"/usertools/setup.sh --bench-tools
fi
! wants_ovs "$@" || "$RINGHUB_TOP"/usertools/setup.sh --ovs
exec python3 "$MAIN" "$@"
