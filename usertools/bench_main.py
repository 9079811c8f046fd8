#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Compare Ringhub's ports with those of other programs: measured by ringhub-bench, in interleaved pairs.

Each case starts Ringhub and one peer on the same CPU; the generator has another. The two are measured in
turn (A B A B ...), the one at rest is stopped. Leaves report.md, results.csv, results.json and plots (SVG
and PNG) in a folder.
"""
import argparse
import csv
import io
import json
import os
import subprocess
import sys
import time

import bench_count
import bench_tcp
from bench_place import BUILD, Place, Trouble
from bench_report import write_report
from bench_sides import PEERS, fits, lacking, ringhub

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BENCH = os.environ.get('RINGHUB_BENCH', BUILD + '/app/bench/ringhub-bench')
# pairs, seconds of a trial, measures, resolution of the search
PACE = {
    'quick': (5, 0.25, 'rate,ping', 16),
    'full': (9, 1.0, 'all', 32),
}
FIRST = {'vhost-user': 'testpmd', 'tap': 'vde', 'dgram': 'vde', 'own': 'vde', 'user': 'slirp4netns'}  # peers of a run that names none


def read_cases():
    try:
        text = subprocess.run([BENCH, '--list'], capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError) as e:
        raise Trouble('no %s (%s): build first, ninja -C build' % (os.path.relpath(BENCH), e)) from e
    return list(csv.DictReader(io.StringIO(text))) + [bench_tcp.CASE]


def plan(args, cases):
    """(case, peer or None) of everything that is to be run."""
    named = {c['name'] for c in cases}
    for name in args.case:
        if name not in named:
            raise Trouble('--case %s: no such case; there are %s' % (name, ', '.join(sorted(named))))
    jobs = []
    for case in cases:
        if case['name'] not in args.case if args.case else args.pace == 'quick' and case['quick'] != 'yes':
            continue
        if case['transport'] == 'loop':
            if not args.vs:
                jobs.append((case, None))
            continue
        peers = args.vs or [FIRST[case['transport']]]
        fit = [p for p in peers if fits(p, case)]
        jobs += [(case, p) for p in fit] or ([] if args.vs else [(case, None)])
    if not jobs:
        raise Trouble('nothing to do: %s cannot do these cases' % ', '.join(args.vs))
    return jobs


def check_peers(jobs):
    for peer in dict.fromkeys(p for _, p in jobs if p):
        if lacking(peer):
            raise Trouble('--vs %s needs %s: apt-get install %s' %
                          (peer, ', '.join(lacking(peer)), PEERS[peer][3]))


def run_frames(args, case, peer, place, out):
    """One run of ringhub-bench, which writes out.csv and out.json. @return measures that it cannot see."""
    pairs, seconds, measure, resolution = args.how
    sides = []
    if case['transport'] != 'loop':
        sides = [ringhub(place, case)] + ([PEERS[peer][0](place, case)] if peer else [])
    plugins = ['-d' + so for so in dict.fromkeys(so for side in sides for so in side.plugins)]
    argv = [BENCH, '--lcores', '0@%d,1@%d' % (args.generator_core, args.core), '--no-pci', '--in-memory',
            '--single-file-segments', '--iova-mode=va', '--no-telemetry', '-m', '512',
            '--file-prefix', 'bench_g_%d' % os.getpid(), *plugins, '--', '--case', case['name'], '--pairs', str(pairs),
            '--seconds', str(seconds), '--measure', measure, '--resolution', str(resolution),
            '--csv', out + '.csv', '--json', out + '.json']
    bare = args.driver == 'bare' and case['mss'] == '0'  # its frames are of one buffer
    for side in sides:
        argv += [word.replace('vhost-user=', 'virtio=') if bare else word for word in side.words()]
    if args.whole:
        argv.append('--whole')
    fds = [data.fileno() for side in sides for _, data in side.sockets]
    done = subprocess.run(place.within() + argv, stdout=subprocess.PIPE, text=True, check=False, pass_fds=fds)
    print(done.stdout, flush=True)
    if done.returncode != 0:
        raise Trouble('ringhub-bench failed')
    return bench_count.measures(sides)


def run_case(args, case, peer, place, number):
    """@return what was written as JSON, with more about it."""
    pairs, seconds, measure, _ = args.how
    out = os.path.join(args.out, 'run-%02d' % number)
    more = []
    if case['transport'] == 'user':
        bench_tcp.run(args, peer, place, out)
    else:
        more = run_frames(args, case, peer, place, out)
    with open(out + '.json', encoding='utf-8') as f:
        result = json.load(f)
    result['measures'] += more
    result['peer'] = peer
    result['row'] = case
    result['command'] = ('RINGHUB_USER=%s ' % bench_tcp.MORE if case['transport'] == 'user' and bench_tcp.MORE else '') + \
        'usertools/bench.sh%s --case %s%s --pairs %d --seconds %g --measure %s' % (
        ' --driver stock' * (args.driver == 'stock'), case['name'], ' --vs ' + peer if peer else '', pairs, seconds, measure)
    return result


def run_job(args, case, peer, number):
    place = Place(args.core, args.second_core)
    try:
        return run_case(args, case, peer, place, number)
    except RuntimeError as e:
        raise Trouble(str(e)) from e
    finally:
        place.end()


def positive(kind):
    def parse(text):
        try:
            value = kind(text)
        except ValueError:
            value = 0
        if value <= 0:
            raise argparse.ArgumentTypeError('want a number greater than 0, not %s' % text)
        return value
    return parse


def arguments():
    peers = '; '.join('%s (%s)' % (name, row[4]) for name, row in PEERS.items())
    p = argparse.ArgumentParser(prog='bench.sh', description=__doc__, allow_abbrev=False,
                                formatter_class=argparse.RawDescriptionHelpFormatter)
    pace = p.add_mutually_exclusive_group()
    pace.add_argument('--quick', dest='pace', action='store_const', const='quick',
                      help='some cases, saturation rate and latency of one frame under way: under 5 minutes (default)')
    pace.add_argument('--full', dest='pace', action='store_const', const='full',
                      help='all cases; also throughput at 0 and 0.1 %% loss and latency at 10, 50, 90 %% load: an hour')
    p.add_argument('--vs', action='append', default=[], metavar='PEER', choices=list(PEERS),
                   help='compare with this; again for more. ' + peers + '. Default: testpmd for vhost-user, '
                   'vde for taps and sockets, slirp4netns for the user network; NIC models in this process have no peer')
    p.add_argument('--case', action='append', default=[], metavar='NAME',
                   help='only this case; again for more; ringhub-bench --list names them')
    p.add_argument('--out', metavar='DIR', help='folder for what it leaves (default build/bench/DATE-TIME)')
    p.add_argument('--pairs', type=positive(int), metavar='N', help='repetitions of each side (5, --full 9)')
    p.add_argument('--seconds', type=positive(float), metavar='S', help='length of a trial (0.25, --full 1)')
    p.add_argument('--measure', metavar='WORDS', help='as of ringhub-bench (rate,ping; --full all)')
    p.add_argument('--core', type=int, default=0, metavar='CPU', help='of what is under test (0)')
    p.add_argument('--second-core', type=int, metavar='CPU',
                   help='of the second lcore of --vs workers2 (that of --core); with --core or --generator-core again, two share it')
    p.add_argument('--generator-core', type=int, default=1, metavar='CPU', help='of the generator (1)')
    p.add_argument('--driver', choices=('bare', 'stock'), default='bare',
                   help="of vhost-user ports: one of ringhub-bench that does little for a frame (default), or DPDK's "
                   'net_virtio_user, which is often itself the limit; TSO cases have that in any case')
    p.add_argument('--whole', action='store_true', help='check each byte of each frame')
    p.add_argument('--check', action='store_true', help=argparse.SUPPRESS)
    args = p.parse_args()
    args.pace = args.pace or 'quick'
    pairs, seconds, measure, resolution = PACE[args.pace]
    args.how = (args.pairs or pairs, args.seconds or seconds, args.measure or measure, resolution)
    args.out = os.path.abspath(args.out or os.path.join(TOP, 'build', 'bench', time.strftime('%Y%m%d-%H%M%S')))
    args.second_core = args.core if args.second_core is None else args.second_core
    if {args.core, args.generator_core, args.second_core} - os.sched_getaffinity(0) or args.core == args.generator_core:
        p.error('--core %d, --generator-core %d, --second-core %d: want CPUs that this process may use, the first two different' %
                (args.core, args.generator_core, args.second_core))
    return args


def main():
    args = arguments()
    if args.check:
        return
    jobs = plan(args, read_cases())
    check_peers(jobs)
    os.makedirs(args.out, exist_ok=True)
    results, failed, start = [], [], time.monotonic()
    for number, (case, peer) in enumerate(jobs, 1):
        print('bench: %d/%d %s%s' % (number, len(jobs), case['name'], ' against ' + peer if peer else ''), flush=True)
        try:
            results.append(run_job(args, case, peer, number))
        except Trouble as e:
            failed.append('%s%s: %s' % (case['name'], ' against ' + peer if peer else '', e))
            print('bench: ' + failed[-1], file=sys.stderr, flush=True)
    write_report(args.out, results, failed, time.monotonic() - start, (args.core, args.generator_core, args.second_core))
    print('bench: %d of %d cases; %s/report.md' % (len(results), len(jobs), os.path.relpath(args.out)))
    if failed:
        sys.exit(1)


if __name__ == '__main__':
    try:
        main()
    except Trouble as trouble:
        sys.exit('bench: %s' % trouble)
    except KeyboardInterrupt:
        sys.exit(130)
