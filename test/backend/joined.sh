#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# Two ringhubs, joined by a stream and by memif: 10,000 frames each way through both hubs of each pair.
. "$(dirname "$0")/_sock.sh"

memif() { printf 'dpdk,devargs=net_memif0,,role=%s,,socket-abstract=no,,socket=%s/m' "$1" "$RUN"; }

# shellcheck disable=SC2046
ringhub_start near $(feed 0 "$RUN/n0") $(feed 1 "$RUN/n1") $(on_hub 1 m "$(memif server)") \
	$(on_hub 0 s "stream,server=on,addr.type=unix,addr.path=$RUN/s")
# shellcheck disable=SC2046
ringhub_start far $(feed 0 "$RUN/f0") $(feed 1 "$RUN/f1") $(on_hub 1 m "$(memif client)") \
	$(on_hub 0 s "stream,addr.type=unix,addr.path=$RUN/s,reconnect-ms=1000")
said=$("$SOCKPEER" "$RUN"/n0 "$RUN"/f0) || fail "stream: $said"
ok "stream: $said"
said=$("$SOCKPEER" --max 1514 --window 32 "$RUN"/n1 "$RUN"/f1) || fail "memif: $said"
ok "memif: $said"
check "SIGTERM: exit 0" ringhub_stop far
check "SIGTERM: exit 0" ringhub_stop near
