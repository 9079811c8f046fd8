#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames through pairs of backends. usage: _sock_pairs.py WHO MON DIR FRAMES <PLAN

A line of PLAN is "NAME|OPTIONS|FLAGS" of the pair N, counted from 0: OPTIONS, if any, are first given to netdev_add,
for hub N; the port of ours is xN. Frames go in at DIR/rN and out at DIR/qN, and back; FLAGS are sockpeer's.
"""
import sys

from _sock import ASK, TOP, info_of, load, until

WHO, MON, DIR, FRAMES = sys.argv[1:]
SOCKPEER = load(TOP + '/test/lib/sockpeer')


def say(good, *words):
    print('ok - ' if good else 'not ok - ', *words, sep='', flush=True)
    if not good:
        sys.exit(1)


def main():
    for n, line in enumerate(sys.stdin):
        name, options, flags = line.rstrip('\n').split('|')
        if options:
            for word in ('%s,id=x%d' % (options, n), 'hubport,id=hx%d,hubid=%d,netdev=x%d' % (n, n, n)):
                said = ASK(MON, 'netdev_add ' + word)
                if said:
                    say(False, WHO, ': ', name, ': ', said)
        if not until(lambda: info_of(MON, 'x%d' % n) not in ('', 'listening', 'connecting')):
            say(False, WHO, ': ', name, ': not connected: ', info_of(MON, 'x%d' % n))
        peers = ['%s/r%d' % (DIR, n), '%s/q%d' % (DIR, n)]
        good, words = SOCKPEER.exchange(['--frames', FRAMES] + flags.split() + peers)
        if not good:
            print(ASK(MON, 'show port xstats x%d' % n))
        say(good, '%s: %s (%s): %s' % (WHO, name, info_of(MON, 'x%d' % n), words))


main()
