# SPDX-License-Identifier: BSD-3-Clause
"""The tables of doc/performance.md, each from a file that a measurement left."""
import csv
import json
import os
import statistics

VDE_CASES = {  # of ringhub-bench: what the document calls them
    'tap-64': 'two taps, 64 B', 'tap-1518': 'two taps, 1518 B',
}
# measure: what it is called, divisor, of what
VDE_MEASURES = {'rate': ('rate, kpps', 1000), 'cycles': ('CPU cycles a frame', 1),
                'ping_p50': ('one frame under way, p50, us', 1000)}
DIRECTIONS = ('host to guest', 'guest to host')


def cell(values):
    """Median and quartiles, as the two scripts print them."""
    if len(values) < 3:
        low, mid, high = min(values), statistics.median(values), max(values)
    else:
        low, mid, high = statistics.quantiles(values, n=4, method='inclusive')
    return '**%.2f** (%.2f..%.2f)' % (mid, low, high)


def table(head, rows):
    lines = ['| %s |' % ' | '.join(head), '|' + '---|' * len(head)]
    return '\n'.join(lines + ['| %s |' % ' | '.join(str(c) for c in r) for r in rows]) + '\n'


def testpmd_table(path):
    with open(path, encoding='utf-8') as f:
        results = json.load(f)
    rows = []
    for r in results:
        for line, pairs in (('any', r['pairs']), ('near', near_or_far(r, True)), ('far', near_or_far(r, False))):
            if not pairs:
                continue
            sides = {k: [p[k] for p in pairs] for k in ('testpmd', 'ringhub')}
            cpu = ['%.2f' % statistics.median(p['dut_cpu'] for p in side) for side in sides.values()]
            rows.append(['%d B' % r['size'], r['burst'], 'packed' if r.get('packed') else 'split', line, len(pairs)] +
                        [cell([p['pps'] / 1e6 for p in side]) for side in sides.values()] +
                        [cell([p['ratio'] for p in pairs]), ' / '.join(cpu)])
    if not rows:
        raise ValueError('%s holds no figures' % os.path.basename(path))
    return table(['frames', 'burst', 'ring', 'line', 'pairs', 'testpmd, Mpps', 'ringhub, Mpps', 'ratio',
                  'CPU testpmd / ringhub'], rows)


NEAR = 450  # as in compare-testpmd.py


def near_or_far(result, near):
    """The pairs of which it is known that the CPUs were near, or far from, each other."""
    return [p for p in result['pairs'] if p.get('line') and min(p['line']) > 0 and
            (max(p['line']) < NEAR if near else min(p['line']) >= NEAR)]


def qemu_table(path):
    with open(path, encoding='utf-8', newline='') as f:
        results = list(csv.DictReader(f))
    rows = []
    for direction in DIRECTIONS:
        mine = [r for r in results if r['direction'] == direction]
        if not mine:
            raise ValueError('%s holds no figures for %s' % (os.path.basename(path), direction))
        rates = [[float(r[k]) for r in mine] for k in ('qemu_MBps', 'ringhub_MBps')]
        # Not the column: it was rounded before.
        ratios = [ours / peer for peer, ours in zip(*rates)]
        rows.append([direction, len(mine)] + [cell(v) for v in rates + [ratios]])
    return table(['direction', 'pairs', 'QEMU -netdev user, MB/s', 'ringhub, MB/s', 'ratio'], rows)


def ratio_table(path, key, names, unit):
    """A table of a csv file, rows by its column key; names: of the columns theirs and ours."""
    with open(path, encoding='utf-8', newline='') as f:
        results = list(csv.DictReader(f))
    rows = []
    for what in dict.fromkeys(r[key] for r in results):
        mine = [r for r in results if r[key] == what]
        rates = [[float(r[name]) / unit for r in mine] for name in names]
        ratios = [ours / peer for peer, ours in zip(*rates)]
        rows.append([what, len(mine)] + [cell(v) for v in rates + [ratios]])
    if not rows:
        raise ValueError('%s holds no figures' % os.path.basename(path))
    return table([key, 'figures', 'QEMU, kpps', 'ringhub, kpps', 'ratio'], rows)


def tap_table(path):
    with open(path, encoding='utf-8', newline='') as f:
        results = list(csv.DictReader(f))
    sides = ('qemu', 'bridge', 'ringhub')
    rows = []
    for what, key in (('TCP, Gb/s', 'tcp_Gbps'), ('UDP, thousand/s', 'udp64_kpps')):
        rates = {side: [float(r[key]) for r in results if r['side'] == side] for side in sides}
        ratios = [[ours / peer for ours, peer in zip(rates['ringhub'], rates[side])] for side in sides[:2]]
        rows.append([what, len(rates['ringhub'])] + [cell(v) for v in list(rates.values()) + ratios])
    return table(['frames', 'rounds', 'QEMU', 'bridge', 'ringhub', 'ratio to QEMU', 'ratio to the bridge'], rows)


def hub_table(path):
    with open(path, encoding='utf-8', newline='') as f:
        results = list(csv.DictReader(f))
    rows = []
    for n in dict.fromkeys(r['members'] for r in results):
        mine = [r for r in results if r['members'] == n]
        rows.append([n, len(mine)] + [cell([float(r[k]) for r in mine]) for k in ('cycles_frame', 'cycles_copy')])
    if not rows:
        raise ValueError('%s holds no figures' % os.path.basename(path))
    return table(['members', 'runs', 'cycles a frame', 'cycles a copy'], rows)


def vde_lost(path):
    with open(path, encoding='utf-8', newline='') as f:
        results = [r for r in csv.DictReader(f) if r['measure'] == 'lost']
    theirs, ours = [sum(float(r['value']) for r in results if r['side'] == side) for side in ('vde', 'ringhub')]
    return 'vde_switch lost %d frames, Ringhub %d.' % (theirs, ours) if theirs + ours else 'Neither lost a frame.'


def vde_table(path):
    with open(path, encoding='utf-8', newline='') as f:
        results = list(csv.DictReader(f))
    rows = []
    for case, called in VDE_CASES.items():
        for measure_, (what, divisor) in VDE_MEASURES.items():
            sides = {side: {r['repeat']: float(r['value']) / divisor for r in results if (r['case'], r['measure'], r['side']) == (
                case, measure_, side)} for side in ('vde', 'ringhub')}
            pairs = [(theirs, sides['ringhub'][n]) for n, theirs in sides['vde'].items()]
            rows.append([called, what, len(pairs)] + [cell(v) for v in zip(*pairs)] + [cell([b / a for a, b in pairs])])
    return table(['taps and frames', 'measure', 'pairs', 'vde_switch', 'ringhub', 'ratio'], rows)


def read_rows(path):
    with open(path, encoding='utf-8', newline='') as f:
        rows = list(csv.DictReader(f))
    if not rows:
        raise ValueError('%s holds no figures' % os.path.basename(path))
    return rows


def slirp_table(path):
    results, rows = read_rows(path), []
    for way in dict.fromkeys(r['direction'] for r in results):
        mine = [r for r in results if r['direction'] == way]
        rates = [[float(r[k]) for r in mine] for k in ('slirp4netns_Gbps', 'ringhub_Gbps')]
        cpu = ['%.2f' % statistics.median(float(r[k]) for r in mine) for k in ('slirp4netns_cpu', 'ringhub_cpu')]
        rows.append([way, len(mine)] + [cell(v) for v in rates + [[b / a for a, b in zip(*rates)]]] +
                    [' / '.join(cpu)])
    return table(['direction', 'pairs', 'slirp4netns, Gb/s', 'ringhub, Gb/s', 'ratio', 'CPU slirp4netns / ringhub'], rows)


def idle_table(path):
    results, rows = read_rows(path), []
    for case in dict.fromkeys(r['case'] for r in results):
        mine = [r for r in results if r['case'] == case]
        values = [[float(r[k]) for r in mine] for k in ('poll', 'adaptive')]
        # Of next to nothing a ratio says nothing.
        ratio = cell([b / a for a, b in zip(*values)]) if min(values[0]) > 0 else '-'
        rows.append([case, mine[0]['unit'], len(mine)] + [cell(v) for v in values] + [ratio])
    return table(['case', 'unit', 'pairs', 'idle=poll', 'idle=adaptive', 'adaptive / poll'], rows)


def bench_table(path, peer, measures):
    """Of a results.csv of bench.sh. measures: (measure, heading, divisor)"""
    results, rows = read_rows(path), []
    for case in dict.fromkeys(r['case'] for r in results):
        for name, heading, divisor in measures:
            # By repetition: a pair is what has the same number.
            sides = [{r['repeat']: float(r['value']) / divisor for r in results
                      if (r['case'], r['peer'], r['side'], r['measure']) == (case, peer, side, name)} for side in (peer, 'ringhub')]
            pairs = [(sides[0][n], sides[1][n]) for n in sides[0] if n in sides[1]]
            if pairs:
                rows.append([case, heading, len(pairs)] + [cell([p[i] for p in pairs]) for i in (0, 1)] +
                            [cell([ours / theirs for theirs, ours in pairs])])
    if not rows:
        raise ValueError('%s holds no figures of %s' % (os.path.basename(path), peer))
    return table(['case', '', 'pairs', peer, 'ringhub', 'ratio'], rows)


def ovs_table(path):
    return bench_table(path, 'ovs', (('rate', 'Mpps', 1e6), ('generator_idle', 'generator idle, share', 1),
                                     ('ping_p50', 'way, us', 1e3), ('cpu', 'CPU, s/s', 1)))


def passt_table(path):
    return bench_table(path, 'passt', (('tcp_out', 'namespace to host, Gb/s', 1e9), ('tcp_out_cpu', 'CPU, s/s', 1),
                                       ('tcp_in', 'host to namespace, Gb/s', 1e9), ('tcp_in_cpu', 'CPU, s/s', 1)))


def bare_table(path):
    return bench_table(path, 'testpmd', (('rate', 'Mpps', 1e6), ('generator_idle', 'generator idle, share', 1),
                                         ('ping_p50', 'way, p50, us', 1e3)))


def hub4_table(path):
    return '\n'.join(bench_table(path, peer, (('rate', 'kpps', 1e3), ('ping_p50', 'way, p50, us', 1e3)))
                     for peer in ('vde', 'qemu'))


def workers_table(path):
    return bench_table(path, 'workers2', (('rate', 'Mpps', 1e6), ('ping_p99', 'way, p99, us', 1e3), ('fairness', 'fairness', 1)))


def vhost_table(path):
    return bench_table(path, 'testpmd', (('rate_bits', 'Gb/s', 1e9), ('ping_p50', 'way, p50, us', 1e3),
                                         ('ping_p99', 'way, p99, us', 1e3)))


def ports_table(path):
    results, rows = read_rows(path), []
    for key in dict.fromkeys((r['inputs'], r['burst']) for r in results):
        mine = [r for r in results if (r['inputs'], r['burst']) == key]
        rows.append([*key, len(mine)] + [cell([float(r[k]) for r in mine]) for k in ('cycles', 'of_2')])
    return table(['inputs', 'burst', 'runs', 'cycles a frame', 'of the rate with 2'], rows)


def listen_table(path):
    results, rows = read_rows(path), []
    for key in dict.fromkeys((r['size'], r['listeners']) for r in results):
        mine = [r for r in results if (r['size'], r['listeners']) == key]
        rows.append([key[0] + ' B', key[1], len(mine)] + [cell([float(r[k]) for r in mine]) for k in (
            'cycles_frame', 'cycles_further', 'cycles_copy', 'ratio')])
    return table(['frames', 'listeners', 'runs', 'cycles a frame', 'a further listener', 'one copy', 'ratio'], rows)


def drift_table(path):
    results, rows = read_rows(path), []
    for minute in dict.fromkeys(r['minute'] for r in results):
        mine = [r for r in results if r['minute'] == minute]
        near = sum(max(float(r['line_before']), float(r['line_after'])) < NEAR for r in mine)
        rows.append([minute, len(mine), near] + [cell([float(r[k]) / 1e6 for r in mine]) for k in ('port0_pps', 'port1_pps')])
    return table(['minute', 'windows', 'near', 'one way, Mpps', 'other way, Mpps'], rows)
