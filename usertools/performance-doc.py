#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Make doc/performance.md from measurements.

  performance-doc.py measure [--pairs N]  run the compare-*.* scripts one after the other, keep what
                                          they say, and write the document; --only NAME: that one
                                          only, the others stay
  performance-doc.py write                only write the document, from what was kept

Kept in doc/performance/: testpmd.json and the csv files as the scripts made them, and machine.json.
A measurement that fails leaves the files of the one before. These have a section when their file is there,
made by the command beside it:

%(extra)s

 --dir DIR: another folder than doc.
"""
import argparse
import csv
import datetime
import json
import os
import re
import statistics
import subprocess
import sys
import tempfile

from performance_text import (HEAD, TESTPMD_TEXT, QEMU_TEXT, POLLED_TEXT, PKTGEN_TEXT, TAP_TEXT, TAP_WHY, HUB_TEXT, VDE_TEXT,
                              SLIRP_TEXT, IDLE_TEXT, OVS_TEXT, PASST_TEXT, VHOST_TEXT, PORTS_TEXT, LISTEN_TEXT, DRIFT_TEXT,
                              GOALS_TEXT, GOALS_WHY, TAIL)
from performance_goals import goals

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTPMD, QEMU_USER, MACHINE = 'testpmd.json', 'qemu-user.csv', 'machine.json'
POLLED, PKTGEN = 'nic-polled.csv', 'nic-pktgen.csv'
TAP, HUB, VDE = 'tap.csv', 'hub.csv', 'vde.csv'
VDE_CASES = {  # of ringhub-bench: what the document calls them
    'tap-64': 'two taps, 64 B', 'tap-1518': 'two taps, 1518 B',
    'tap-hub4-64': 'four taps, 64 B', 'tap-hub4-1518': 'four taps, 1518 B',
}
# measure: what it is called, divisor, of what
VDE_MEASURES = {'rate': ('rate, kpps', 1000), 'cycles': ('CPU cycles a frame', 1),
                'ping_p50': ('one frame under way, p50, us', 1000)}
DIRECTIONS = ('host to guest', 'guest to host')
UNKNOWN = 'unknown'
# Names of folders that mean something on one machine only.
RE_PATH = re.compile(r'(?<![\w.:/])/(?:home|Users|work|root|tmp|run|var|srv|mnt|opt)/\S+')


def say_line(*argv):
    """The first line that a program says, or 'unknown'."""
    try:
        out = subprocess.run(argv, cwd=TOP, capture_output=True, check=True, text=True, timeout=60)
    except (OSError, subprocess.SubprocessError):
        return UNKNOWN
    return (out.stdout.splitlines() or [''])[0].strip() or UNKNOWN


def from_file(path, pattern):
    """The group of a pattern in a file, or 'unknown'."""
    try:
        with open(path, encoding='utf-8', errors='replace') as f:
            found = re.search(pattern, f.read(), re.M)
    except OSError:
        return UNKNOWN
    return found.group(1).strip() if found else UNKNOWN


def about_machine():
    cache = os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache')
    qemu = say_line('qemu-system-x86_64', '--version')
    return {
        'date': datetime.datetime.now(datetime.timezone.utc).date().isoformat(),
        'commit': say_line('git', 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*'),
        'cpu': from_file('/proc/cpuinfo', r'^model name\s*:\s*(.*)'),
        'cores': len(os.sched_getaffinity(0)),
        'virtual': from_file('/proc/cpuinfo', r'^flags\b.*\b(hypervisor)\b') != UNKNOWN,
        'kernel': os.uname().release,
        'dpdk': say_line('pkg-config', '--modversion', 'libdpdk'),
        'libslirp': say_line('pkg-config', '--modversion', 'slirp'),
        'qemu': re.sub(r'^QEMU emulator version ', '', qemu),
        'accel': say_line(TOP + '/usertools/guest.sh', 'accel'),
        'guest_kernel': from_file(cache + '/ringhub/guest/kernel/release', r'(\S+)'),
    }


def named(path):
    """A path as the document may show it: seen from the top of the tree."""
    path = os.path.relpath(path, TOP)
    return os.path.basename(path) if path.startswith('..') else path


def run(argv, env=None):
    words = [named(a) if a.startswith('/') else a for a in argv]
    print('performance-doc: ' + ' '.join(words), flush=True)
    try:
        subprocess.run(argv, env=dict(os.environ, **(env or {})), check=True)
    except (OSError, subprocess.CalledProcessError) as e:
        sys.exit('performance-doc: %s; the files of the last measurement stay' % e)


def measure(args):
    if args.only:
        measure_only(args)
        return
    kept = os.path.join(args.dir, 'performance')
    os.makedirs(kept, exist_ok=True)
    pairs = str(args.pairs)
    polled, pktgen = [os.path.join(TOP, 'usertools', 'compare-nic-%s.sh' % n)
                      for n in ('polled', 'pktgen')]
    testpmd = os.path.join(TOP, 'usertools', 'compare-testpmd.py')
    qemu_user = os.path.join(TOP, 'usertools', 'compare-qemu-user.sh')
    tap = os.path.join(TOP, 'usertools', 'compare-tap.sh')
    shown = {n: named(os.path.join(kept, n)) for n in (TESTPMD, QEMU_USER, POLLED, PKTGEN)}
    machine = about_machine()
    machine['commands'] = {
        TESTPMD: '%s --json %s --pairs %s' % (named(testpmd), shown[TESTPMD], pairs),
        QEMU_USER: 'CSV=%s %s %s' % (shown[QEMU_USER], named(qemu_user), pairs),
        POLLED: 'CSV=%s %s %s' % (shown[POLLED], named(polled), pairs),
        PKTGEN: 'CSV=%s %s %s' % (shown[PKTGEN], named(pktgen), pairs),
    }
    machine['commands'][TAP] = 'CSV=%s %s %s' % (named(os.path.join(kept, TAP)), named(tap), pairs)
    machine['commands'][HUB] = 'build/test/bench/bench_hub'
    machine['commands'][VDE] = ' '.join(vde_command(pairs, 'build/bench/vde'))
    with tempfile.TemporaryDirectory(prefix='new.', dir=kept) as new:
        measure_hub(os.path.join(new, HUB), pairs)
        measure_vde(os.path.join(new, VDE), pairs)
        run([testpmd, '--json', os.path.join(new, TESTPMD), '--pairs', pairs])
        for script, name in ((qemu_user, QEMU_USER), (polled, POLLED), (pktgen, PKTGEN), (tap, TAP)):
            run([script, pairs], {'CSV': os.path.join(new, name)})
        with open(os.path.join(new, MACHINE), 'w', encoding='utf-8') as f:
            json.dump(machine, f, indent=1)
            f.write('\n')
        document(new)  # they can be read, before they replace the old ones
        for name in (TESTPMD, QEMU_USER, POLLED, PKTGEN, TAP, HUB, VDE, MACHINE):
            os.replace(os.path.join(new, name), os.path.join(kept, name))
    write(args)


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
        raise ValueError('%s holds no figures' % TESTPMD)
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
            raise ValueError('%s holds no figures for %s' % (QEMU_USER, direction))
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
        raise ValueError('%s holds no figures' % HUB)
    return table(['members', 'runs', 'cycles a frame', 'cycles a copy'], rows)


def measure_hub(path, runs):
    """Each run of bench_hub, a program of the build."""
    bench = os.path.join(os.environ.get('RINGHUB_BUILD', os.path.join(TOP, 'build')), 'test', 'bench', 'bench_hub')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('run,members,cycles_frame,cycles_copy\n')
        for run_ in range(int(runs)):
            said = subprocess.run([bench], check=True, stdout=subprocess.PIPE, text=True).stdout
            for found in re.findall(r'(\d+) members: +([\d.]+) cycles a frame, +([\d.]+) a copy', said):
                f.write('%d,%s\n' % (run_ + 1, ','.join(found)))


def vde_command(pairs, out):
    words = ['usertools/bench.sh', '--vs', 'vde']
    for case in VDE_CASES:
        words += ['--case', case]
    return words + ['--pairs', str(pairs), '--seconds', '1', '--measure', 'rate,ping', '--out', out]


def measure_vde(path, pairs):
    """What the document has of it, and whether frames were lost, from what bench.sh leaves."""
    with tempfile.TemporaryDirectory() as out:
        command = vde_command(pairs, out)
        run([os.path.join(TOP, command[0])] + command[1:])
        with open(os.path.join(out, 'results.csv'), encoding='utf-8', newline='') as f:
            rows = [r for r in csv.reader(f) if r[4] in ('measure', 'lost', 'cpu', 'ping_p99', *VDE_MEASURES)]
    with open(path, 'w', encoding='utf-8', newline='') as f:
        csv.writer(f, lineterminator='\n').writerows(rows)


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


def measure_ports(path, runs):
    """Each run of bench_engine, a program of the build."""
    bench = os.path.join(os.environ.get('RINGHUB_BUILD', os.path.join(TOP, 'build')), 'test', 'bench', 'bench_engine')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('run,inputs,burst,cycles,of_2\n')
        for run_ in range(int(runs)):
            said = subprocess.run([bench], check=True, stdout=subprocess.PIPE, text=True).stdout
            for found in re.findall(r'(\d+) inputs, 1 active, burst +(\d+): +([\d.]+) cycles a frame, ([\d.]+) of', said):
                f.write('%d,%s\n' % (run_ + 1, ','.join(found)))


RE_LISTEN = re.compile(r'(\d+) B, (\d+) listeners: ([\d.]+) cycles a frame, ([\d.]+) a further listener, '
                       r'([\d.]+) one copy, ratio ([\d.]+)')


def measure_listen(path, runs):
    """Each run of bench_listen, a program of the build."""
    bench = os.path.join(os.environ.get('RINGHUB_BUILD', os.path.join(TOP, 'build')), 'test', 'bench', 'bench_listen')
    with open(path, 'w', encoding='utf-8') as f:
        f.write('run,size,listeners,cycles_frame,cycles_further,cycles_copy,ratio\n')
        for run_ in range(int(runs)):
            said = subprocess.run([bench], check=True, stdout=subprocess.PIPE, text=True).stdout
            for found in RE_LISTEN.findall(said):
                f.write('%d,%s\n' % (run_ + 1, ','.join(found)))


def measure_testpmd(path, pairs):
    run([os.path.join(TOP, 'usertools', 'compare-testpmd.py'), '--json', path, '--pairs', str(pairs)])


# What can be measured alone: file, how, and the command that it is; "%d" is for the pairs.
ONLY = {
    'vde': (VDE, measure_vde, lambda n: ' '.join(vde_command(n, 'build/bench/vde'))),
    'testpmd': (TESTPMD, measure_testpmd,
                lambda n: 'usertools/compare-testpmd.py --json doc/performance/testpmd.json --pairs %d' % n),
    'ports': ('ports.csv', measure_ports, lambda n: 'build/test/bench/bench_engine'),
    'listen': ('listen.csv', measure_listen, lambda n: 'build/test/bench/bench_listen'),
}


def measure_only(args):
    kept = os.path.join(args.dir, 'performance')
    with open(os.path.join(kept, MACHINE), encoding='utf-8') as f:
        machine = json.load(f)
    name, how, command = ONLY[args.only]
    commit = about_machine()['commit']  # before there are new figures in the tree
    how(os.path.join(kept, name), args.pairs)
    machine['commands'][name] = command(args.pairs)
    machine.setdefault('commits', {})[name] = commit
    with open(os.path.join(kept, MACHINE), 'w', encoding='utf-8') as f:
        json.dump(machine, f, indent=1)
        f.write('\n')
    write(args)


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
                      if (r['case'], r['side'], r['measure']) == (case, side, name)} for side in (peer, 'ringhub')]
            pairs = [(sides[0][n], sides[1][n]) for n in sides[0] if n in sides[1]]
            if pairs:
                rows.append([case, heading, len(pairs)] + [cell([p[i] for p in pairs]) for i in (0, 1)] +
                            [cell([ours / theirs for theirs, ours in pairs])])
    if not rows:
        raise ValueError('%s holds no figures of %s' % (os.path.basename(path), peer))
    return table(['case', '', 'pairs', peer, 'ringhub', 'ratio'], rows)


def ovs_table(path):
    return bench_table(path, 'ovs', (('rate', 'Mpps', 1e6), ('ping_p50', 'way, us', 1e3), ('cpu', 'CPU, s/s', 1)))


def passt_table(path):
    return bench_table(path, 'passt', (('tcp_out', 'namespace to host, Gb/s', 1e9), ('tcp_out_cpu', 'CPU, s/s', 1),
                                       ('tcp_in', 'host to namespace, Gb/s', 1e9), ('tcp_in_cpu', 'CPU, s/s', 1)))


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


# What is measured by hand: file, command, text and table of a section.
BENCH = 'usertools/bench.sh --full --measure rate,ping --out build/bench/%s'
TAKE = ' && cp build/bench/%s/results.csv doc/performance/%s.csv'
EXTRA = (
    ('slirp4netns.csv', 'CSV=doc/performance/slirp4netns.csv usertools/compare-slirp4netns.sh 9',
     SLIRP_TEXT, slirp_table),
    ('passt.csv', (BENCH + ' --vs passt') % 'passt' + TAKE % ('passt', 'passt'), PASST_TEXT, passt_table),
    ('ovs.csv', (BENCH + ' --pairs 18 --seconds 0.5 --vs ovs --case vhost-hub3-64 --case vhost-switch3-64') % 'ovs' + TAKE % ('ovs', 'ovs'),
     OVS_TEXT, ovs_table),
    ('idle.csv', 'CSV=doc/performance/idle.csv usertools/compare-idle.py --pairs 9', IDLE_TEXT, idle_table),
    ('vhost.csv', (BENCH + ' --vs testpmd --case vhost-tso-64k --case vhost-64-burst1') % 'vhost' +
     TAKE % ('vhost', 'vhost'), VHOST_TEXT, vhost_table),
    ('ports.csv', 'usertools/performance-doc.py measure --only ports', PORTS_TEXT, ports_table),
    ('listen.csv', 'usertools/performance-doc.py measure --only listen', LISTEN_TEXT, listen_table),
    ('drift.csv', 'CSV=doc/performance/drift.csv usertools/compare-drift.py', DRIFT_TEXT, drift_table),
)


def extra_sections(kept):
    """Of the files that are there."""
    return ''.join(text % {'command': command} + make(os.path.join(kept, name))
                   for name, command, text, make in EXTRA if os.path.exists(os.path.join(kept, name)))


def later(machine, name):
    """What to say of a file that was measured at another commit than the rest."""
    commit = machine.get('commits', {}).get(name)
    return ' Measured later than the rest, at commit %s.' % commit if commit else ''


def machine_table(machine):
    cpu = '%s, %d core%s%s' % (machine['cpu'], machine['cores'], 's' * (machine['cores'] != 1),
                               ', a virtual machine' * machine['virtual'])
    accel = {'kvm': 'KVM', 'tcg': 'TCG (no KVM here)'}.get(machine['accel'], machine['accel'])
    rows = [['date', machine['date']],
            ['Ringhub', 'commit ' + machine['commit']],
            ['CPU', cpu],
            ['kernel', machine['kernel']],
            ['DPDK', machine['dpdk']],
            ['libslirp', machine['libslirp']],
            ['QEMU', '%s, %s' % (machine['qemu'], accel)],
            ['guest kernel', machine['guest_kernel']]]
    return table(['', ''], [[k, v.replace('|', '/')] for k, v in rows])


def document(kept):
    """The text, from the files of a folder."""
    with open(os.path.join(kept, MACHINE), encoding='utf-8') as f:
        machine = json.load(f)
    n = machine['cores']
    more = {
        'cores': 'is 1 core' if n == 1 else 'are %d cores' % n,
        'virtual': '- This is a virtual machine: what its neighbours do shows in the quartiles.\n' *
                   machine['virtual'],
    }
    text = ''.join([
        HEAD, GOALS_TEXT, table(['case', 'peer', 'pairs', 'ratio or value', 'floor', 'target', ''], goals(kept)), GOALS_WHY,
        TESTPMD_TEXT % {'command': machine['commands'][TESTPMD], 'commit': later(machine, TESTPMD)},
        testpmd_table(os.path.join(kept, TESTPMD)),
        QEMU_TEXT % {'command': machine['commands'][QEMU_USER], 'commit': later(machine, QEMU_USER)},
        qemu_table(os.path.join(kept, QEMU_USER)),
        POLLED_TEXT % {'command': machine['commands'][POLLED]},
        ratio_table(os.path.join(kept, POLLED), 'frames', ('qemu_pps', 'ringhub_pps'), 1000),
        PKTGEN_TEXT % {'command': machine['commands'][PKTGEN], 'commit': later(machine, PKTGEN)},
        ratio_table(os.path.join(kept, PKTGEN), 'card', ('qemu_kpps', 'ringhub_kpps'), 1),
        TAP_TEXT % {'command': machine['commands'][TAP]}, tap_table(os.path.join(kept, TAP)), TAP_WHY,
        HUB_TEXT % {'command': machine['commands'][HUB]}, hub_table(os.path.join(kept, HUB)),
        VDE_TEXT % {'command': machine['commands'][VDE], 'lost': vde_lost(os.path.join(kept, VDE)),
                    'commit': later(machine, VDE)},
        vde_table(os.path.join(kept, VDE)),
        extra_sections(kept),
        '\n## Machine and versions\n\n', machine_table(machine), TAIL % more])
    found = RE_PATH.search(text)
    if found:
        raise ValueError('%s would be in the document: a path of one machine' % found.group(0))
    return text


def write(args):
    path = os.path.join(args.dir, 'performance.md')
    text = document(os.path.join(args.dir, 'performance'))
    with open(path, 'w', encoding='utf-8') as f:
        f.write(text)
    print('performance-doc: wrote %s' % named(path))


def positive(text):
    if not text.isdecimal() or int(text) == 0:
        raise argparse.ArgumentTypeError('want a number from 1 up')
    return int(text)


def main():
    extra = '\n'.join('  %s: %s' % row[:2] for row in EXTRA)
    p = argparse.ArgumentParser(description=__doc__ % {'extra': extra},
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    sub = p.add_subparsers(dest='what', required=True, metavar='measure|write')
    for name, run_it in (('measure', measure), ('write', write)):
        s = sub.add_parser(name)
        s.set_defaults(run_it=run_it)
        s.add_argument('--dir', default=os.path.join(TOP, 'doc'), type=os.path.abspath,
                       help='folder of performance.md and performance/ (doc)')
        if name == 'measure':
            s.add_argument('--only', choices=list(ONLY), help='this measurement; the files of the others stay')
            s.add_argument('--pairs', type=positive, default=9, help='runs of each side (9)')
    args = p.parse_args()
    try:
        args.run_it(args)
    except FileNotFoundError as e:
        sys.exit('performance-doc: no %s: run performance-doc.py measure first' % named(e.filename))
    except (OSError, ValueError, KeyError, TypeError, ZeroDivisionError) as e:
        sys.exit('performance-doc: cannot make the document: %s: %s' % (type(e).__name__, e))


if __name__ == '__main__':
    main()
