#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Whether Ringhub becomes slower by and by, or serves one direction better than the other.

Two vhost-user ports under the generator of compare-testpmd.py, 64 B, burst 32, for ten minutes in windows of
some seconds. Drift: the rate of the last minute over that of the first; symmetry: that of the slower direction over
that of the faster, of the whole time. As CPUs that move nearer to or farther from each other double or halve each
rate, windows of before and after which a cache line took about as long are also compared by themselves.
"""
import argparse
import csv
import importlib.util
import os
import shutil
import statistics
import sys

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
spec = importlib.util.spec_from_file_location('compare_testpmd', TOP + '/usertools/compare-testpmd.py')
testpmd = importlib.util.module_from_spec(spec)
sys.path.insert(0, TOP + '/test/lib')
spec.loader.exec_module(testpmd)

FIELDS = ('minute', 'port0_pps', 'port1_pps', 'line_before', 'line_after')
FLOOR = {'last minute / first': 0.95, 'slower direction / faster': 0.5}


def windows(args):
    """Rows of FIELDS."""
    rig = testpmd.Rig(testpmd.start_ringhub, 64, args)
    try:
        line = testpmd.line_cycles(args)
        for minute in range(1, args.minutes + 1):
            for _ in range(max(1, round(60 / args.seconds))):
                got = rig.window(args.seconds)
                before, line = line, testpmd.line_cycles(args)
                yield dict(zip(FIELDS, (minute, *got['ports'], before, line)))
            print('minute %d: %.2f Mpps' % (minute, got['pps'] / 1e6), flush=True)
    finally:
        rig.end()


def alike(row, near):
    """Whether the CPUs were near each other, or far, before and after a window; near None: whichever."""
    lines = float(row['line_before']), float(row['line_after'])
    return near is None or (max(lines) < testpmd.NEAR if near else min(lines) >= testpmd.NEAR)


def quotients(rows, near):
    """{name: value} of FLOOR; None: no such windows in the first and the last minute."""
    rows = [r for r in rows if alike(r, near)]
    total = [(int(r['minute']), float(r['port0_pps']), float(r['port1_pps'])) for r in rows]
    ends = [[a + b for minute, a, b in total if minute == end] for end in (1, max((m for m, _, _ in total), default=1))]
    if not all(ends):
        return None
    ways = sorted(sum(t[i] for t in total) for i in (1, 2))
    return dict(zip(FLOOR, (statistics.median(ends[1]) / statistics.median(ends[0]), ways[0] / ways[1])))


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--minutes', type=int, default=10)
    p.add_argument('--seconds', type=float, default=3, help='length of a window')
    p.add_argument('--core', type=int, default=0, help='CPU of the device under test; the other generates')
    p.add_argument('--ringhub', default=TOP + '/build/app/ringhub/ringhub')
    p.set_defaults(burst=32, packed=False, generator=testpmd.GENERATOR)
    args = p.parse_args()
    if args.minutes < 1 or not 0 < args.seconds <= 60:
        p.error('--minutes from 1 up, --seconds above 0 and at most 60')
    if os.geteuid() != 0 or not shutil.which('dpdk-testpmd') or not os.access(args.ringhub, os.X_OK):
        sys.exit('compare-drift: needs root, dpdk-testpmd and %s: run usertools/setup.sh and build' % args.ringhub)
    rows = list(windows(args))
    bad = False
    for name, near in (('all', None), ('near', True), ('far', False)):
        for what, value in (quotients(rows, near) or {}).items():
            print('%-5s %s: %.3f (floor %.2f)' % (name, what, value, FLOOR[what]))
            bad = bad or (name == 'all' and value < FLOOR[what])
    if os.environ.get('CSV'):
        with open(os.environ['CSV'], 'w', encoding='utf-8', newline='') as f:
            out = csv.DictWriter(f, FIELDS, lineterminator='\n')
            out.writeheader()
            out.writerows(rows)
    sys.exit(1 if bad else 0)


if __name__ == '__main__':
    main()
