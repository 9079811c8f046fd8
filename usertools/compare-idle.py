#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Ringhub with -engine idle=adaptive against itself with idle=poll, in turn.

usage: [CSV=FILE] compare-idle.py [--pairs N] [--seconds S] [--gaps N] [--ringhub FILE]

load:   frames a second between two vhost-user ports, with the generator of compare-testpmd.py, at burst 32
        and 1; the cost of being able to sleep.
idle:   CPU of the process, per cent of one core, while the same two ports are attached and nothing is sent.
first:  microseconds from a datagram to one port until it leaves by another, after 20 ms without any; over
        unix sockets (-netdev dgram), whose reading an lcore sleeps between. Both sides have the costs of the
        kernel's sockets and of this program in them.
Quartiles over the pairs; CSV=FILE gets all values.
"""
import argparse
import importlib.util
import os
import shutil
import socket
import statistics
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP + '/test/lib')
from console import EAL, Process  # noqa: E402 (the path is set above)

spec = importlib.util.spec_from_file_location('compare_testpmd', TOP + '/usertools/compare-testpmd.py')
testpmd = importlib.util.module_from_spec(spec)
spec.loader.exec_module(testpmd)

MODES = ('poll', 'adaptive')


def starter(mode):
    """start_ringhub() of compare-testpmd.py, with an option more."""
    def start(run, core, args):
        wrapper = run + '/ringhub'
        with open(wrapper, 'w', encoding='utf-8') as f:
            f.write('#!/bin/sh\nexec %s "$@" -engine idle=%s\n' % (args.binary, mode))
        os.chmod(wrapper, 0o755)
        args.ringhub = wrapper
        return testpmd.start_ringhub(run, core, args)
    return start


def load(burst, args):
    """Windows in turn, see compare-testpmd.py."""
    how = argparse.Namespace(**{**vars(args), 'burst': burst, 'seconds': 0.5, 'each': 6})
    for got, _ in testpmd.interleaved({m: starter(m) for m in MODES}, 64, how):
        yield [got[m]['pps'] / 1e6 for m in MODES]


def apart(measure):
    """Each mode by itself, in turn."""
    def pairs(args):
        for _ in range(args.pairs):
            yield [measure(mode, args) for mode in MODES]
    return pairs


def idle(mode, args):
    args.burst = 32
    run = tempfile.mkdtemp(prefix='cmp', dir='/run')
    procs = []
    try:
        dut, ready = starter(mode)(run, args.core, args)
        procs.append(dut)
        procs.append(testpmd.start_generator(run, 1 - args.core, 64, args))
        ready()
        time.sleep(0.5)
        before = dut.cpu(), time.monotonic()
        time.sleep(args.seconds)
        return 100 * (dut.cpu() - before[0]) / (time.monotonic() - before[1])
    finally:
        for p in reversed(procs):
            p.end()
        shutil.rmtree(run)


def first(mode, args):
    """p99 of the time a first frame takes through two datagram ports."""
    run = tempfile.mkdtemp(prefix='cmp', dir='/run')
    sock, opts, dut = [], [], None
    for i in (0, 1):
        s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        s.bind('%s/p%d' % (run, i))
        s.settimeout(5)
        sock.append(s)
        opts += ['-netdev', 'dgram,id=n%d,local.type=unix,local.path=%s/r%d,remote.type=unix,remote.path=%s/p%d'
                 % (i, run, i, run, i), '-netdev', 'hubport,id=h%d,hubid=0,netdev=n%d' % (i, i)]
    try:
        dut = Process([args.binary, '--lcores', '0@%d,1@%d' % (args.core, args.core), '--file-prefix=cmp_f'] +
                      EAL + ['--'] + opts + ['-engine', 'idle=' + mode, '-monitor', 'stdio'], run + '/dut.log')
        dut.wait_for('ringhub> ')
        os.sched_setaffinity(0, {1 - args.core})
        took = []
        for _ in range(args.gaps):
            time.sleep(0.02)
            start = time.perf_counter()
            sock[0].sendto(b'\xff' * 64, run + '/r0')
            sock[1].recv(2048)
            took.append(1e6 * (time.perf_counter() - start))
        return sorted(took)[len(took) * 99 // 100]
    finally:
        os.sched_setaffinity(0, {0, 1})
        if dut:
            dut.end()
        for s in sock:
            s.close()
        shutil.rmtree(run)


# What is measured, and what yields the pairs.
CASES = [
    ('load, 64 B, burst 32', 'Mpps', lambda a: load(32, a)),
    ('load, 64 B, burst 1', 'Mpps', lambda a: load(1, a)),
    ('idle', '% of a core', apart(idle)),
    ('first frame, p99', 'us', apart(first)),
]


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--pairs', type=int, default=9)
    p.add_argument('--seconds', type=float, default=2, help='length of a measurement')
    p.add_argument('--gaps', type=int, default=200, help='first frames of a measurement')
    p.add_argument('--core', type=int, default=0, help='CPU of the device under test; the other generates')
    p.add_argument('--only', default='', help='only the cases with this word')
    p.add_argument('--ringhub', dest='binary', default=TOP + '/build/app/ringhub/ringhub')
    p.set_defaults(packed=False, generator=testpmd.GENERATOR)  # what compare-testpmd.py asks for, too
    args = p.parse_args()
    if os.geteuid() != 0 or not shutil.which('dpdk-testpmd') or not os.access(args.binary, os.X_OK):
        sys.exit('compare-idle: needs root, dpdk-testpmd and %s: run usertools/setup.sh and build' % args.binary)
    rows = ['case,unit,pair,poll,adaptive']
    lines = ['| case | unit | pairs | poll (quartiles) | adaptive (quartiles) | adaptive / poll (quartiles) |',
             '|---|---|---|---|---|---|']
    for name, unit, measure in CASES:
        if args.only not in name:
            continue
        pairs = []
        for i, pair in enumerate(measure(args)):
            pairs.append(pair)
            rows.append('"%s",%s,%d,%.3f,%.3f' % (name, unit, i + 1, pairs[-1][0], pairs[-1][1]))
            print('%s, pair %d: poll %.2f %s, adaptive %.2f, ratio %.3f' % (
                name, i + 1, pairs[-1][0], unit, pairs[-1][1], pairs[-1][1] / max(pairs[-1][0], 1e-9)), flush=True)
        cells = []
        for values in ([p[0] for p in pairs], [p[1] for p in pairs], [p[1] / max(p[0], 1e-9) for p in pairs]):
            low, _, high = testpmd.quartiles(values)
            cells.append('%.3g (%.3g..%.3g)' % (statistics.median(values), low, high))
        lines.append('| %s | %s | %d | %s |' % (name, unit, len(pairs), ' | '.join(cells)))
    print('\n'.join(lines))
    if os.environ.get('CSV'):
        with open(os.environ['CSV'], 'w', encoding='utf-8') as f:
            f.write('\n'.join(rows) + '\n')


if __name__ == '__main__':
    main()
