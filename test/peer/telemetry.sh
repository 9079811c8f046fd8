#!/usr/bin/env bash
# SPDX-License-Identifier: BSD-3-Clause
# The telemetry socket tells of every port, whatever its id has for letters, although an answer has but 16 KiB.
. "$(dirname "$0")/../guest/_init.sh"

words=(-hub id=1)
for i in $(seq 14); do
	words+=(-netdev "dpdk,id=my-null.$i,devargs=net_null$i,,no-rx=1" -netdev "hubport,id=h$i,hubid=1,netdev=my-null.$i")
done
ringhub_start hub "${words[@]}"
# value CODE COMMAND: what the Python expression CODE makes of the answer.
value() { telemetry hub "${@:2}" | python3 -c "import json, sys; a = json.load(sys.stdin); print($1)"; }

check "28 entries" test "$(value 'len(a)' list /ringhub/ports)" = 28
check "each with its id" test "$(value "a['my_null_14']['id'], a['h14']['id']" list /ringhub/ports)" = 'my-null.14 h14'
check "an answer has 24 of them, and says so" test "$(value "len(a), a['/next']" /ringhub/ports)" = '25 24'
check "the rest" test "$(value "len(a), '/next' in a" /ringhub/ports,24)" = '4 False'
check "beyond the end: nothing" test "$(value a /ringhub/ports,100)" = '{}'
check "one port: its counters" test "$(value "a['my_null_3']['drop_ring_full']" /ringhub/ports,my-null.3)" = "{'count': 0}"
check "from the fifth of them on" test "$(value "'rx_good_packets' in a['my_null_3'], 'rx_missed_errors' in a['my_null_3']" \
	/ringhub/ports,my-null.3,4)" = 'False True'
check "no such port" test "$(value a /ringhub/ports,my-null.15)" = None
check "hubs" test "$(value "a['hub1']['ports']" /ringhub/hubs)" = 14
check "a hub with its members" test "$(value "len(a['hub1']['members'])" /ringhub/hubs,hub1)" = 14
check "from the eleventh on" test "$(value "len(a['hub1']['members'])" /ringhub/hubs,hub1,10)" = 4
check "a member" test "$(value "a['hub1']['members']['my_null_12']['id']" /ringhub/hubs,hub1)" = my-null.12
for wrong in 12abc my-null.3,4x "my-null.3," my-null.3,-1 99999999999; do
	check "$wrong: null, as for no such port" test "$(value a "/ringhub/ports,$wrong")" = None
done
# Ids that telemetry's letters cannot tell apart: both are there, in one answer and in a list of several.
n=14
for id in my_null-1 my.null_1; do
	n=$((n + 1))
	said=$(ctl hub netdev_add "dpdk,id=$id,devargs=net_null$n,,no-rx=1")
	check "netdev_add $id" test -z "$said"
done
check "three ids, three keys" test "$(value "sorted((k, a[k]['id']) for k in a if k.startswith('my_null_1') and len(a[k]['id']) == 9)" \
	list /ringhub/ports)" = "[('my_null_1', 'my-null.1'), ('my_null_1/2', 'my_null-1'), ('my_null_1/3', 'my.null_1')]"
check "and the same key when asked for one" test "$(value "list(a)" /ringhub/ports,my.null_1)" = "['my_null_1/3']"
