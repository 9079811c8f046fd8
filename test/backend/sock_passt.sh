#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# passt as the peer of -netdev stream: a lease, its router, and a TCP connection to the host through Ringhub.
. "$(dirname "$0")/_sock.sh"

command -v passt >/dev/null || { say "no passt here: apt-get install passt"; exit 77; }
passt -f -q -s "$RUN"/passt --runas "$(id -u)" </dev/null >"$RUN"/passt.log 2>&1 &
run_adopt $!
retry_until 10 test -S "$RUN"/passt || die "passt did not start: $(tail -n 3 "$RUN"/passt.log)"
# shellcheck disable=SC2046
ringhub_start hub $(on_hub 0 p "stream,addr.type=unix,addr.path=$RUN/passt,reconnect-ms=1000") $(feed 0 "$RUN/a")
eventually 5 "connected to passt" info_is hub p "unix:$RUN/passt"
said=$(python3 "$RINGHUB_TOP"/test/backend/_passt_client.py "$RUN"/a) || fail "$said"
ok "${said//$'\n'/; }"
check "SIGTERM: exit 0" ringhub_stop hub
