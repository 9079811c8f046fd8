#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Socket backends without QEMU: wrong options, hostile, slow and vanishing peers, removal.
. "$(dirname "$0")/_sock.sh"

# shellcheck disable=SC2046
ringhub_start hub $(on_hub 0 x "stream,server=on,addr.type=unix,addr.path=$RUN/a") \
	$(on_hub 0 y "stream,server=on,addr.type=unix,addr.path=$RUN/b")
before=$(ringhub_state hub)
python3 "$RINGHUB_TOP"/test/backend/_sock_cases.py "$(ringhub_pid hub)" "$RUN"/hub.mon "$RUN"
eventually 5 "after all that: $before" state_is "$before"
check "SIGTERM: exit 0" ringhub_stop hub
check "no unix path stays behind" test ! -e "$RUN"/a -a ! -e "$RUN"/b
