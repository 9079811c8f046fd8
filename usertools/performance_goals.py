# SPDX-License-Identifier: BSD-3-Clause
"""The table of goals in doc/performance.md: for each what the files of doc/performance say."""
import csv
import json
import os
import statistics


def rows_of(path, **where):
    with open(path, encoding='utf-8', newline='') as f:
        return [r for r in csv.DictReader(f) if all(r[k] == v for k, v in where.items())]


def testpmd(kept, size, burst, packed):
    """Ratios to testpmd."""
    with open(os.path.join(kept, 'testpmd.json'), encoding='utf-8') as f:
        for r in json.load(f):
            if (r['size'], r['burst'], bool(r.get('packed'))) == (size, burst, packed):
                return [p['ratio'] for p in r['pairs']]
    return []


def bench(kept, name, case, measure, **peer):
    """Ratios to the peer, from a results.csv of bench.sh; peer: which, if there are several."""
    sides = {}
    for r in rows_of(os.path.join(kept, name), case=case, measure=measure, **peer):
        sides.setdefault('ringhub' if r['side'] == 'ringhub' else 'peer', {})[r['repeat']] = float(r['value'])
    ours, theirs = sides.get('ringhub', {}), sides.get('peer', {})
    return [ours[n] / theirs[n] for n in theirs if n in ours and theirs[n] > 0]


def hub4(kept, case, peer):
    return bench(kept, 'hub4.csv', case, 'rate', peer=peer)


def tail(kept, name, case):
    """p99 over p50 of Ringhub, one frame under way."""
    values = {m: {r['repeat']: float(r['value']) for r in rows_of(
        os.path.join(kept, name), case=case, measure=m, side='ringhub')} for m in ('ping_p50', 'ping_p99')}
    return [values['ping_p99'][n] / v for n, v in values['ping_p50'].items()]


def quotient(kept, name, above, below, **where):
    return [float(r[above]) / float(r[below]) for r in rows_of(os.path.join(kept, name), **where)]


def column(kept, name, field, **where):
    return [float(r[field]) for r in rows_of(os.path.join(kept, name), **where)]


NEAR = 450  # as in compare-testpmd.py


def alike(rows):
    """Those of the minutes in most of whose windows the CPUs were as near, or as far, as in most of all."""
    kinds = [[r for r in rows if max(float(r['line_before']), float(r['line_after'])) < NEAR],
             [r for r in rows if min(float(r['line_before']), float(r['line_after'])) >= NEAR]]
    kind = max(kinds, key=len)
    return [r for r in kind if 2 * sum(k['minute'] == r['minute'] for k in kind) > sum(
        r['minute'] == k['minute'] for k in rows)]


def drift(kept, what):
    """Ratios of the last minute's windows to the first's median; of the slower way to the faster, by minute."""
    rows, rates = rows_of(os.path.join(kept, 'drift.csv')), {}
    for r in rows if what == 'ways' else alike(rows):
        rates.setdefault(int(r['minute']), []).append((float(r['port0_pps']), float(r['port1_pps'])))
    if what == 'ways':
        sums = [[sum(way) for way in zip(*windows)] for windows in rates.values()]
        return [min(s) / max(s) for s in sums]
    if len(rates) < 2:
        return []
    first = statistics.median(sum(w) for w in rates[min(rates)])
    return [sum(w) / first for w in rates[max(rates)]]


DPDK = 'the same, DPDK at both ends'
U, S, Q = 'user network, TCP, ', 'slirp4netns.csv', 'qemu-user.csv'
# case, peer, floor, target, whether more is better, values
GOALS = (
    ('64 B, split ring, burst 32', 'testpmd', 1.0, 1.5, True, lambda k: bench(k, 'bare.csv', 'vhost-64', 'rate')),
    (DPDK, 'testpmd', 1.0, 1.5, True, lambda k: testpmd(k, 64, 32, False)),
    ('64 B, split ring, burst 1', 'testpmd', 1.0, 2.0, True, lambda k: bench(k, 'bare.csv', 'vhost-64-burst1', 'rate')),
    (DPDK, 'testpmd', 1.0, 2.0, True, lambda k: testpmd(k, 64, 1, False)),
    ('64 B, packed ring, burst 32', 'testpmd', 0.95, 1.25, True, lambda k: bench(k, 'bare.csv', 'vhost-64-packed', 'rate')),
    (DPDK, 'testpmd', 0.95, 1.25, True, lambda k: testpmd(k, 64, 32, True)),
    ('1518 B, split ring, burst 32', 'testpmd', 1.0, 1.3, True, lambda k: bench(k, 'bare.csv', 'vhost-1518', 'rate')),
    (DPDK, 'testpmd', 1.0, 1.3, True, lambda k: testpmd(k, 1518, 32, False)),
    ('64 KiB TSO frames', 'testpmd', 1.0, 1.7, True, lambda k: bench(k, 'vhost.csv', 'vhost-tso-64k', 'rate')),
    ('hub of 3, 64 B', 'OVS-DPDK', 1.5, 3.0, True, lambda k: bench(k, 'ovs.csv', 'vhost-hub3-64', 'rate')),
    ('switch of 3, 64 B', 'OVS-DPDK', 1.5, 3.0, True, lambda k: bench(k, 'ovs.csv', 'vhost-switch3-64', 'rate')),
    ('hub of 4 ports, 64 B', 'vde_switch', 3.0, 10.0, True, lambda k: hub4(k, 'own-hub4-64', 'vde')),
    ('hub of 4 ports, 1518 B', 'vde_switch', 3.0, 10.0, True, lambda k: hub4(k, 'own-hub4-1518', 'vde')),
    ('hub of 4 ports, 64 B', 'QEMU', 3.0, 10.0, True, lambda k: hub4(k, 'own-hub4-64', 'qemu')),
    ('hub of 4 ports, 1518 B', 'QEMU', 3.0, 10.0, True, lambda k: hub4(k, 'own-hub4-1518', 'qemu')),
    ('hub of 4 taps, 64 B', 'vde_switch', 3.0, 10.0, True, lambda k: hub4(k, 'tap-hub4-64', 'vde')),
    ('hub of 4 taps, 1518 B', 'vde_switch', 3.0, 10.0, True, lambda k: hub4(k, 'tap-hub4-1518', 'vde')),
    ('hub of 4 taps, 64 B', 'QEMU', 3.0, 10.0, True, lambda k: hub4(k, 'tap-hub4-64', 'qemu')),
    ('hub of 4 taps, 1518 B', 'QEMU', 3.0, 10.0, True, lambda k: hub4(k, 'tap-hub4-1518', 'qemu')),
    ('a further listener of a hub, 64 B', 'one copy', 1.5, 1.1, False,
     lambda k: column(k, 'listen.csv', 'ratio', size='64', listeners='7')),
    ('a further listener of a hub, 1518 B', 'one copy', 1.5, 1.1, False,
     lambda k: column(k, 'listen.csv', 'ratio', size='1518', listeners='7')),
    ('one frame under way, p50', 'testpmd, burst 1', 1.1, 0.9, False,
     lambda k: bench(k, 'vhost.csv', 'vhost-64-burst1', 'ping_p50')),
    ('one frame under way, p99 / p50', 'itself', 5.0, 2.0, False, lambda k: tail(k, 'vhost.csv', 'vhost-64-burst1')),
    (U + 'namespace to host', 'slirp4netns', 1.5, 6.0, True,
     lambda k: quotient(k, S, 'ringhub_Gbps', 'slirp4netns_Gbps', direction='namespace to host')),
    (U + 'host to namespace', 'slirp4netns', 1.5, 6.0, True,
     lambda k: quotient(k, S, 'ringhub_Gbps', 'slirp4netns_Gbps', direction='host to namespace')),
    (U + 'guest to host', 'QEMU', 1.5, 5.0, True,
     lambda k: quotient(k, Q, 'ringhub_MBps', 'qemu_MBps', direction='guest to host')),
    (U + 'host to guest', 'QEMU', 1.5, 5.0, True,
     lambda k: quotient(k, Q, 'ringhub_MBps', 'qemu_MBps', direction='host to guest')),
    ('1,024 inputs, 1 active, burst 32', '2 inputs', 0.6, 0.9, True,
     lambda k: column(k, 'ports.csv', 'of_2', inputs='1024', burst='32')),
    ('idle=adaptive: CPU of the lcore, %', 'poll: 100', 20.0, 1.0, False,
     lambda k: column(k, 'idle.csv', 'adaptive', case='idle')),
    ('idle=adaptive: first frame, p99, us more', 'poll', 100.0, 20.0, False,
     lambda k: [float(r['adaptive']) - float(r['poll']) for r in rows_of(
         os.path.join(k, 'idle.csv'), case='first frame, p99')]),
    ('idle=adaptive: rate at full load', 'poll', 0.97, 1.0, True,
     lambda k: quotient(k, 'idle.csv', 'adaptive', 'poll', case='load, 64 B, burst 32')),
    ('last minute of ten / first, of those alike', 'itself', 0.95, 0.98, True, lambda k: drift(k, 'minutes')),
    ('slower direction / faster', 'itself', 0.5, 0.9, True, lambda k: drift(k, 'ways')),
)


def verdict(low, mid, goal):
    """low: the quartile on the worse side."""
    _, _, floor, target, more, _ = goal

    def met(value, bar):
        return value >= bar if more else value <= bar
    if not met(low, floor):
        return 'below the floor' if more else 'above the floor'
    return 'met' if met(mid, target) else 'floor met'


def goals(kept):
    """Rows: case, peer, pairs, median (quartiles), floor, target, verdict. Of what was measured."""
    out = []
    for goal in GOALS:
        try:
            values = goal[5](kept)
        except FileNotFoundError:
            values = []
        if len(values) < 2:
            out.append([goal[0], goal[1], 0, '-', goal[2], goal[3], 'not measured'])
            continue
        low, mid, high = statistics.quantiles(values, n=4, method='inclusive')
        out.append([goal[0], goal[1], len(values), '**%.3g** (%.3g..%.3g)' % (mid, low, high), goal[2], goal[3],
                    verdict(low if goal[4] else high, mid, goal)])
    return out
