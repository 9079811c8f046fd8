#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Guests that write, withdraw or leave frames that are lent to others: a ringhub with gcc's ASan and UBSan.
set -euo pipefail
. "$(dirname "$0")/../../usertools/common.sh"

# As the unit suite made it, which builds most of it.
build=$RINGHUB_TOP/build-asan-gcc
configure_ringhub "$build" -Doptimization=1 -Ddebug=true -Db_lundef=false -Db_sanitize=address,undefined
ninja -C "$build" app/ringhub/ringhub
# Leaks of EAL's own would be reported at its end; what guests leave behind is counted here. stdbuf preloads a library.
export ASAN_OPTIONS=detect_leaks=0:verify_asan_link_order=0 UBSAN_OPTIONS=halt_on_error=1:print_stacktrace=1
export RINGHUB=$build/app/ringhub/ringhub
exec python3 "$(dirname "$0")/lend_hostile.py"
