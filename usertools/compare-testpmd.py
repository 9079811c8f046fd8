#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Two vhost-user ports: Ringhub against dpdk-testpmd with net_vhost, in turn, on the same core.

The generator is the same for both: a stock dpdk-testpmd with two net_virtio_user ports on another
core, which sends back on one port what it receives on the other, so that 1,024 frames circulate in
each direction. A pair is one run of each side; the ratio is Ringhub's rate over testpmd's. Rates are
frames per second received by the generator on both ports together.
"""
import argparse
import json
import os
import re
import shutil
import statistics
import sys
import tempfile
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP + '/test/lib')
from console import EAL, Process  # noqa: E402 (the path is set above)


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
    vdevs = ['--vdev=net_virtio_user%d,path=%s/s%d,queue_size=1024,packed_vq=%d,mrg_rxbuf=1,in_order=0'
             % (i, run, i, args.packed) for i in (0, 1)]
    gen = Process(['dpdk-testpmd', '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=cmp_g'] +
                  EAL + vdevs + ['--', '-i', '--nb-cores=1', '--total-num-mbufs=32768',
                                 '--txd=1024', '--rxd=1024', '--burst=%d' % args.burst],
                  run + '/gen.log')
    gen.wait_for('testpmd> ')
    gen.say('set fwd io')
    gen.say('set txpkts %d' % (size - 4))
    return gen


def measure(start, size, args):
    """One run of one side: frames per second, and the CPU seconds per second of both processes."""
    run = tempfile.mkdtemp(prefix='cmp', dir='/run')
    procs = []
    try:
        dut, ready = start(run, args.core, args)
        procs.append(dut)
        gen = start_generator(run, 1 - args.core, size, args)
        procs.append(gen)
        ready()
        gen.say('start tx_first 32')
        gen.wait_for('io packet forwarding')
        time.sleep(1)
        gen.say('show port stats all')
        gen.wait_for('Rx-pps', 2)
        before = dut.cpu(), gen.cpu(), time.monotonic()
        time.sleep(args.seconds)
        gen.say('show port stats all')
        gen.wait_for('Rx-pps', 4)
        took = time.monotonic() - before[2]
        rates = [int(x) for x in re.findall(r'Rx-pps:\s+(\d+)', gen.text())[-2:]]
        return {'pps': sum(rates), 'dut_cpu': round((dut.cpu() - before[0]) / took, 2),
                'gen_cpu': round((gen.cpu() - before[1]) / took, 2)}
    finally:
        for p in reversed(procs):
            p.end()
        shutil.rmtree(run)


def quartiles(values):
    if len(values) < 3:
        return min(values), statistics.median(values), max(values)
    low, mid, high = statistics.quantiles(values, n=4, method='inclusive')
    return low, mid, high


def compare(size, args):
    pairs = []
    for i in range(args.pairs):
        peer, ours = measure(start_testpmd, size, args), measure(start_ringhub, size, args)
        pairs.append({'testpmd': peer, 'ringhub': ours, 'ratio': ours['pps'] / max(peer['pps'], 1)})
        print('%4d B burst %-2d pair %d: testpmd %6.2f Mpps, ringhub %6.2f Mpps, ratio %.2f' % (
            size, args.burst, i + 1, peer['pps'] / 1e6, ours['pps'] / 1e6, pairs[-1]['ratio']),
            flush=True)
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


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--pairs', type=int, default=9)
    p.add_argument('--seconds', type=float, default=2, help='length of a measurement')
    p.add_argument('--sizes', default='64,1518', help='frame sizes with FCS, as RFC 2544 counts')
    p.add_argument('--burst', type=int, default=32)
    p.add_argument('--packed', action='store_true', help='packed rings, not split ones')
    p.add_argument('--core', type=int, default=0, help='CPU of the device under test; the other generates')
    p.add_argument('--ringhub', default=TOP + '/build/app/ringhub/ringhub')
    p.add_argument('--json', help='write all figures there')
    args = p.parse_args()
    if os.geteuid() != 0 or not shutil.which('dpdk-testpmd') or not os.access(args.ringhub, os.X_OK):
        sys.exit('compare-testpmd: needs root, dpdk-testpmd and %s: run usertools/setup.sh and build' %
                 args.ringhub)
    results = [compare(int(s), args) for s in args.sizes.split(',')]
    print(table(results))
    if args.json:
        with open(args.json, 'w', encoding='utf-8') as f:
            json.dump(results, f, indent=1)


if __name__ == '__main__':
    main()
