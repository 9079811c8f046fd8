#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# 30 s of TCP both ways at once: what arrives has the checksum of what was sent.
. "$(dirname "$0")/_init.sh"

SECONDS_OF_TCP=${SECONDS_OF_TCP:-30}
hub_start
mkdir "$RUN"/www
head -c 16M /dev/urandom >"$RUN"/www/file
peer_start web web "$RUN"/www
peer_start sink sink
guest_start vm --vhost-user "$SOCK"
in_guest vm dhcp >/dev/null 2>&1
url=http://$GATEWAY:$(peer_port web)/file
sum=$(sha256sum <"$RUN"/www/file | cut -d' ' -f1)
check "the file arrives in the guest" test \
	"$(in_guest vm "wget -q -O /tmp/file $url; sha256sum </tmp/file" | cut -d' ' -f1)" = "$sum"
in_guest vm -t $((SECONDS_OF_TCP + 60)) "
	end=\$((\$(date +%s) + $SECONDS_OF_TCP))
	before() { [ \$(date +%s) -lt \$end ]; }
	while before; do wget -q -O - $url | sha256sum; done >/tmp/down &
	while before; do nc $GATEWAY $(peer_port sink) </tmp/file; done
	wait"
in_guest vm cat /tmp/down >"$RUN"/down
down=$(wc -l <"$RUN"/down)
up=$(wc -l <"$RUN"/sink.out)
say "host to guest $down x 16 MiB, guest to host $up x 16 MiB in $SECONDS_OF_TCP s"
check "data went both ways" test "$down" -ge 1 -a "$up" -ge 1
check "every copy to the guest is equal" test "$(grep -c "$sum" "$RUN"/down)" -eq "$down"
check "every copy to the host is equal" test "$(grep -c "^16777216 $sum" "$RUN"/sink.out)" -eq "$up"
