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
import shutil
import subprocess
import sys
import tempfile

from performance_goals import goals
from performance_tables import (VDE_CASES, VDE_MEASURES, bare_table, drift_table, hub4_table, hub_table, idle_table,
                                listen_table, ovs_table, passt_table, ports_table, qemu_table, ratio_table, slirp_table,
                                table, tap_table, testpmd_table, vde_lost, vde_table, vhost_table, workers_table)
from performance_text import (BARE_TEXT, DRIFT_TEXT, GOALS_TEXT, GOALS_WHY, HEAD, HUB4_TEXT, HUB_TEXT, IDLE_TEXT, LISTEN_TEXT,
                              OVS_TEXT, PASST_TEXT, PKTGEN_TEXT, POLLED_TEXT, PORTS_TEXT, QEMU_TEXT, SLIRP_TEXT, TAIL,
                              TAP_TEXT, TAP_WHY, TESTPMD_TEXT, VDE_TEXT, VHOST_TEXT, WORKERS_TEXT)

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
TESTPMD, QEMU_USER, MACHINE = 'testpmd.json', 'qemu-user.csv', 'machine.json'
POLLED, PKTGEN = 'nic-polled.csv', 'nic-pktgen.csv'
TAP, HUB, VDE = 'tap.csv', 'hub.csv', 'vde.csv'
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
        program_row('bench_hub')[1](os.path.join(new, HUB), pairs)
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


# Programs of the build that are run several times: NAME.csv, its head, and how a line of the program reads.
PROGRAMS = {
    'bench_hub': (HUB, 'run,members,cycles_frame,cycles_copy',
                  r'(\d+) members: +([\d.]+) cycles a frame, +([\d.]+) a copy'),
    'bench_engine': ('ports.csv', 'run,inputs,burst,cycles,of_2',
                     r'(\d+) inputs, 1 active, burst +(\d+): +([\d.]+) cycles a frame, ([\d.]+) of'),
    'bench_listen': ('listen.csv', 'run,size,listeners,cycles_frame,cycles_further,cycles_copy,ratio',
                     r'(\d+) B, (\d+) listeners: ([\d.]+) cycles a frame, ([\d.]+) a further listener, '
                     r'([\d.]+) one copy, ratio ([\d.]+)'),
}


def program_row(name):
    """A row of ONLY."""
    file, head, line = PROGRAMS[name]

    def measure_program(path, runs):
        program = os.path.join(os.environ.get('RINGHUB_BUILD', os.path.join(TOP, 'build')), 'test', 'bench', name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(head + '\n')
            for run_ in range(int(runs)):
                said = subprocess.run([program], check=True, stdout=subprocess.PIPE, text=True).stdout
                for found in re.findall(line, said):
                    f.write('%d,%s\n' % (run_ + 1, ','.join(found)))
    return file, measure_program, lambda n: 'build/test/bench/' + name


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


# What bench.sh alone measures: NAME.csv, and its words.
BENCHED = {
    'bare': '--vs testpmd --case vhost-64 --case vhost-64-burst1 --case vhost-64-packed --case vhost-1518',
    'ovs': '--vs ovs --case vhost-hub3-64 --case vhost-switch3-64',
    'vhost': '--driver stock --vs testpmd --case vhost-tso-64k --case vhost-64-burst1',
    'hub4': '--vs vde --vs qemu --case tap-hub4-64 --case tap-hub4-1518 --case dgram-hub4-64 --case dgram-hub4-1518 '
            '--case own-hub4-64 --case own-hub4-1518',
    'workers': '--vs workers2 --case vhost-64 --case vhost-64-queues2',
}


def bench_command(name, pairs):
    return 'usertools/bench.sh --measure rate,ping --seconds 0.5 --pairs %s %s' % (pairs, BENCHED[name])


def bench_row(name):
    """A row of ONLY."""
    def measure_bench(path, pairs):
        with tempfile.TemporaryDirectory() as out:
            words = bench_command(name, pairs).split() + ['--out', out]
            run([os.path.join(TOP, words[0])] + words[1:])
            shutil.copyfile(os.path.join(out, 'results.csv'), path)
    return name + '.csv', measure_bench, lambda pairs: bench_command(name, pairs)


# Scripts that take the number of pairs, and CSV from the environment.
SCRIPTS = {'qemu-user': QEMU_USER, 'nic-polled': POLLED, 'nic-pktgen': PKTGEN, 'tap': TAP, 'slirp4netns': 'slirp4netns.csv'}


def script_row(name):
    """A row of ONLY."""
    script = 'usertools/compare-%s.sh' % name

    def measure_script(path, pairs):
        run([os.path.join(TOP, script), str(pairs)], {'CSV': path})
    return SCRIPTS[name], measure_script, lambda pairs: 'CSV=doc/performance/%s %s %d' % (SCRIPTS[name], script, pairs)


def measure_testpmd(path, pairs):
    run([os.path.join(TOP, 'usertools', 'compare-testpmd.py'), '--json', path, '--pairs', str(pairs)])


# What can be measured alone: file, how, and the command that it is; "%d" is for the pairs.
ONLY = {
    'vde': (VDE, measure_vde, lambda n: ' '.join(vde_command(n, 'build/bench/vde'))),
    'testpmd': (TESTPMD, measure_testpmd,
                lambda n: 'usertools/compare-testpmd.py --json doc/performance/testpmd.json --pairs %d' % n),
    'hub': program_row('bench_hub'),
    'ports': program_row('bench_engine'),
    **{name: bench_row(name) for name in BENCHED},
    **{name: script_row(name) for name in SCRIPTS},
    'listen': program_row('bench_listen'),
}


def measure_only(args):
    kept = os.path.join(args.dir, 'performance')
    with open(os.path.join(kept, MACHINE), encoding='utf-8') as f:
        machine = json.load(f)
    name, how, command = ONLY[args.only]
    commit = about_machine()['commit']  # before there are new figures in the tree
    with tempfile.TemporaryDirectory(prefix='new.', dir=kept) as new:
        how(os.path.join(new, name), args.pairs)
        os.replace(os.path.join(new, name), os.path.join(kept, name))
    machine['commands'][name] = command(args.pairs)
    machine.setdefault('commits', {})[name] = commit
    with open(os.path.join(kept, MACHINE), 'w', encoding='utf-8') as f:
        json.dump(machine, f, indent=1)
        f.write('\n')
    write(args)


# What has a section when it was measured: file, text and table, and the command of what is measured by hand.
EXTRA = (
    ('slirp4netns.csv', SLIRP_TEXT, slirp_table, None),
    ('passt.csv', PASST_TEXT, passt_table, 'usertools/bench.sh --full --measure rate,ping --out build/bench/passt --vs passt'
     ' && cp build/bench/passt/results.csv doc/performance/passt.csv'),
    ('bare.csv', BARE_TEXT, bare_table, None),
    ('ovs.csv', OVS_TEXT, ovs_table, None),
    ('hub4.csv', HUB4_TEXT, hub4_table, None),
    ('listen.csv', LISTEN_TEXT, listen_table, None),
    ('idle.csv', IDLE_TEXT, idle_table, 'CSV=doc/performance/idle.csv usertools/compare-idle.py --pairs 9'),
    ('vhost.csv', VHOST_TEXT, vhost_table, None),
    ('workers.csv', WORKERS_TEXT, workers_table, None),
    ('ports.csv', PORTS_TEXT, ports_table, None),
    ('drift.csv', DRIFT_TEXT, drift_table, 'CSV=doc/performance/drift.csv usertools/compare-drift.py'),
)


def extra_sections(kept, machine):
    """Of the files that are there."""
    return ''.join(text % {'command': command or machine['commands'][name], 'commit': later(machine, name)} +
                   make(os.path.join(kept, name))
                   for name, text, make, command in EXTRA
                   if os.path.exists(os.path.join(kept, name)) and (command or name in machine['commands']))


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
        POLLED_TEXT % {'command': machine['commands'][POLLED], 'commit': later(machine, POLLED)},
        ratio_table(os.path.join(kept, POLLED), 'frames', ('qemu_pps', 'ringhub_pps'), 1000),
        PKTGEN_TEXT % {'command': machine['commands'][PKTGEN], 'commit': later(machine, PKTGEN)},
        ratio_table(os.path.join(kept, PKTGEN), 'card', ('qemu_kpps', 'ringhub_kpps'), 1),
        TAP_TEXT % {'command': machine['commands'][TAP], 'commit': later(machine, TAP)}, tap_table(os.path.join(kept, TAP)), TAP_WHY,
        HUB_TEXT % {'command': machine['commands'][HUB], 'commit': later(machine, HUB)}, hub_table(os.path.join(kept, HUB)),
        VDE_TEXT % {'command': machine['commands'][VDE], 'lost': vde_lost(os.path.join(kept, VDE)),
                    'commit': later(machine, VDE)},
        vde_table(os.path.join(kept, VDE)),
        extra_sections(kept, machine),
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
    extra = '\n'.join('  %s: %s' % (row[0], row[3]) for row in EXTRA if row[3])
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
