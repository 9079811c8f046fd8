#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two vhost-user ports: Ringhub against dpdk-testpmd with net_vhost, in turn, on the same core.

The generator is the same for both: a stock dpdk-testpmd with two net_virtio_user ports on another
core, which sends back on one port what it receives on the other, so that 1,024 frames circulate in
each direction. Rates are frames per second received by the generator on both ports together.

Both sides run, and one of them is stopped while the other is measured, for half a second in turn: a pair.
Where a hypervisor moves the two CPUs between cores that share a cache and cores that do not, which it
did every few seconds where this was written, a cache line takes 170 or 1,300 cycles there and back, and
rates double or halve for either side. Pairs of longer runs then compare the hypervisor's choices.
"""
import argparse
import json
import os
import re
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP + '/test/lib')
from console import EAL, Process  # noqa: E402 (the path is set above)


GENERATOR = 'mrg_rxbuf=1,in_order=0'
NEAR = 450  # cycles of a line there and back; what was seen is far from it on either side
CASES = ('64:32:split', '64:1:split', '64:32:packed', '1518:32:split', '1518:1:split', '1518:32:packed')
# The generator's frames, not to be cold when their turn comes: no more of them than fill rings and caches, and
# those that were sent are taken back at once, where the driver would leave them until its ring is full.
GENERATOR_MBUFS = 5120
GENERATOR_WARM = ['--txfreet=900', '--mbcache=512']


def start_testpmd(run, core, args):
    vdevs = ['--vdev=net_vhost%d,iface=%s/s%d,queues=1,client=0' % (i, run, i) for i in (0, 1)]
    dut = Process(['dpdk-testpmd', '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=cmp_a'] +
                  EAL + vdevs + ['--', '-i', '--nb-cores=1', '--total-num-mbufs=32768',
                                 '--txd=1024', '--rxd=1024', '--burst=%d' % args.burst],
                  run + '/dut.log')
    dut.wait_for('testpmd> ')
    dut.say('set fwd io')
    dut.say('start')
    return dut, lambda: dut.wait_for('virtio is now ready', 2)


def start_ringhub(run, core, args):
    hub = ['-device', 'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d']
    opts = []
    for i in (0, 1):
        opts += ['-netdev', 'hubport,id=h%d,hubid=0' % i, hub[0],
                 hub[1] % (i, i, run, i) + (',packed=on' if args.packed else '')]
    dut = Process([args.ringhub, '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=cmp_b'] +
                  EAL + ['--'] + opts + ['-monitor', 'stdio'], run + '/dut.log')
    dut.wait_for('ringhub> ')

    def ready():
        for _ in range(200):
            dut.say('show port summary all')
            time.sleep(0.05)
            if len(re.findall(r'net_guest\s+up', dut.text()[-600:])) == 2:
                return
        raise RuntimeError('no guest link: ' + dut.text()[-1000:])
    return dut, ready


def start_generator(run, core, size, args):
    vdevs = ['--vdev=net_virtio_user%d,path=%s/s%d,queue_size=1024,packed_vq=%d,%s'
             % (i, run, i, args.packed, args.generator) for i in (0, 1)]
    gen = Process(['dpdk-testpmd', '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=cmp_g'] +
                  EAL + vdevs + ['--', '-i', '--nb-cores=1', '--total-num-mbufs=%d' % GENERATOR_MBUFS,
                                 '--txd=1024', '--rxd=1024', '--burst=%d' % args.burst] + GENERATOR_WARM,
                  run + '/gen.log')
    gen.wait_for('testpmd> ')
    gen.say('set fwd io')
    gen.say('set txpkts %d' % (size - 4))
    return gen


class Rig:
    """One side, running: the device under test and its generator, with frames that circulate."""

    def __init__(self, start, size, args):
        self.folder = tempfile.mkdtemp(prefix='cmp', dir='/run')
        self.procs = []
        self.shown = 0
        try:
            dut, ready = start(self.folder, args.core, args)
            self.procs.append(dut)
            self.gen = start_generator(self.folder, 1 - args.core, size, args)
            self.procs.append(self.gen)
            ready()
            self.gen.say('start tx_first 32')
            self.gen.wait_for('io packet forwarding')
            time.sleep(0.5)
        except Exception:
            self.end()
            raise

    def show(self):
        self.shown += 2
        self.gen.say('show port stats all')
        self.gen.wait_for('Rx-pps', self.shown)

    def window(self, seconds):
        """Frames per second, and the CPU seconds per second of both processes."""
        dut = self.procs[0]
        self.show()
        before = dut.cpu(), self.gen.cpu(), time.monotonic()
        time.sleep(seconds)
        self.show()
        took = time.monotonic() - before[2]
        rates = [int(x) for x in re.findall(r'Rx-pps:\s+(\d+)', self.gen.text())[-2:]]
        return {'pps': sum(rates), 'ports': rates, 'dut_cpu': round((dut.cpu() - before[0]) / took, 2),
                'gen_cpu': round((self.gen.cpu() - before[1]) / took, 2)}

    def halt(self):
        """Leave both CPUs to the other side."""
        for p in reversed(self.procs):
            p.proc.send_signal(signal.SIGSTOP)

    def go(self):
        for p in self.procs:
            p.proc.send_signal(signal.SIGCONT)

    def end(self):
        self.go()
        for p in reversed(self.procs):
            p.end()
        shutil.rmtree(self.folder)


def line_cycles(args):
    """Cycles that a cache line takes from one CPU to the other and back; 0 where nobody can say."""
    program = os.path.join(os.environ.get('RINGHUB_BUILD', TOP + '/build'), 'test', 'bench', 'bench_line')
    if not os.access(program, os.X_OK):
        return 0
    done = subprocess.run([program, str(args.core), str(1 - args.core)], stdout=subprocess.PIPE, text=True, check=True)
    return int(done.stdout)


def interleaved(starts, size, args):
    """
    Windows of all sides in turn, args.pairs times; after each args.each of them all processes are new ones.
    Yields what they gave, by name, and line_cycles() before and after.
    """
    for first in range(0, args.pairs, args.each):
        rigs = {}
        try:
            for name, start in starts.items():
                rigs[name] = Rig(start, size, args)
                rigs[name].halt()
            line = line_cycles(args)
            for _ in range(first, min(first + args.each, args.pairs)):
                got = {}
                for name, rig in rigs.items():
                    rig.go()
                    time.sleep(0.05)  # caches are the other side's
                    got[name] = rig.window(args.seconds)
                    rig.halt()
                before, line = line, line_cycles(args)
                yield got, (before, line)
        finally:
            for rig in rigs.values():
                rig.end()


def quartiles(values):
    if len(values) < 3:
        return min(values), statistics.median(values), max(values)
    low, mid, high = statistics.quantiles(values, n=4, method='inclusive')
    return low, mid, high


def compare(case, args):
    size, args.burst, args.packed = case
    name = '%4d B burst %-2d %s' % (size, args.burst, 'packed' if args.packed else 'split ')
    pairs = []
    for got, line in interleaved({'testpmd': start_testpmd, 'ringhub': start_ringhub}, size, args):
        peer, ours = got['testpmd'], got['ringhub']
        pairs.append({**got, 'ratio': ours['pps'] / max(peer['pps'], 1), 'line': line})
        print('%s pair %d: testpmd %6.2f Mpps, ringhub %6.2f Mpps, ratio %.2f, line %d..%d cycles' % (
            name, len(pairs), peer['pps'] / 1e6, ours['pps'] / 1e6, pairs[-1]['ratio'], *line), flush=True)
    return {'size': size, 'burst': args.burst, 'packed': args.packed, 'pairs': pairs,
            'testpmd': quartiles([p['testpmd']['pps'] for p in pairs]),
            'ringhub': quartiles([p['ringhub']['pps'] for p in pairs]),
            'ratio': quartiles([p['ratio'] for p in pairs]),
            'cpu': {k: statistics.median(p[k]['dut_cpu'] for p in pairs)
                    for k in ('testpmd', 'ringhub')}}


def table(results):
    lines = ['| frames | burst | rings | pairs | testpmd, Mpps (quartiles) '
             '| ringhub, Mpps (quartiles) | ratio (quartiles) | CPU testpmd / ringhub |',
             '|---|---|---|---|---|---|---|---|']
    for r in results:
        mpps = {k: '%.2f (%.2f..%.2f)' % (r[k][1] / 1e6, r[k][0] / 1e6, r[k][2] / 1e6)
                for k in ('testpmd', 'ringhub')}
        rings = 'packed' if r['packed'] else 'split'
        lines.append('| %d B | %d | %s | %d | %s | %s | **%.2f** (%.2f..%.2f) | %.2f / %.2f |' % (
            r['size'], r['burst'], rings, len(r['pairs']), mpps['testpmd'], mpps['ringhub'],
            r['ratio'][1], r['ratio'][0], r['ratio'][2], r['cpu']['testpmd'], r['cpu']['ringhub']))
    return '\n'.join(lines)


def case_of(text):
    size, burst, ring = text.split(':')
    if ring not in ('split', 'packed'):
        raise ValueError(ring)
    return int(size), int(burst), ring == 'packed'


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--pairs', type=int, default=18)
    p.add_argument('--each', type=int, default=6, help='pairs of one start of the processes')
    p.add_argument('--seconds', type=float, default=0.5, help='length of a measurement')
    p.add_argument('--case', action='append', type=case_of, metavar='SIZE:BURST:RING',
                   help='frame size with FCS, as RFC 2544 counts; burst; split or packed. Default: ' + ' '.join(CASES))
    p.add_argument('--generator', default=GENERATOR, help='of net_virtio_user')
    p.add_argument('--core', type=int, default=0, help='CPU of the device under test; the other generates')
    p.add_argument('--ringhub', default=TOP + '/build/app/ringhub/ringhub')
    p.add_argument('--json', help='write all figures there')
    args = p.parse_args()
    if os.geteuid() != 0 or not shutil.which('dpdk-testpmd') or not os.access(args.ringhub, os.X_OK):
        sys.exit('compare-testpmd: needs root, dpdk-testpmd and %s: run usertools/setup.sh and build' %
                 args.ringhub)
    results = [compare(c, args) for c in args.case or map(case_of, CASES)]
    print(table(results))
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as f:
            json.dump(results, f, indent=1)
            f.write('\n')


if __name__ == '__main__':
    main()
