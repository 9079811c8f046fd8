#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""net_sock as a plugin of stock dpdk-testpmd. usage: _sock_testpmd.py DIR"""
import os
import subprocess
import sys

from _sock import TOP, load, until

sys.path.insert(0, TOP + '/test/lib')
from checks import check  # noqa: E402 (the path is set above)
from console import EAL, PLUGINS, testpmd  # noqa: E402

DIR = sys.argv[1]
SOCK = PLUGINS % ('sock', 'sock')
SERVER = 'kind=stream,server=on,addr.type=unix,addr.path=%s/%s'


def main():
    exchange = load(TOP + '/test/lib/sockpeer').exchange
    p = testpmd(DIR, 'sock', 0, ['-d', SOCK, '--vdev=net_sock0,' + SERVER % (DIR, 'a'),
                                 '--vdev=net_sock1,' + SERVER % (DIR, 'b')])
    try:
        p.say('set fwd io')
        p.say('start')
        p.wait_for('packet forwarding')
        good, words = exchange(['--frames', '5000', '--max', '1514', DIR + '/a', DIR + '/b'])
        check('two ports, frames through io forwarding: ' + words, good)
        p.say('show port xstats 0')
        p.wait_for('tx_buffer_full')
        p.say('stop')
        p.say('port stop 1')
        p.say('port close 1')
        check('closing a port removes its path', until(lambda: not os.path.exists(DIR + '/b')))
        check('and no other', os.path.exists(DIR + '/a'))
        p.say('quit')
        check('quit ends it', until(lambda: p.proc.poll() is not None) and p.proc.returncode == 0, p.text()[-500:])
        check('with no path left', not os.path.exists(DIR + '/a'))
    finally:
        p.end()
    out = subprocess.run(['dpdk-testpmd', '--lcores', '0@0,1@0', '--file-prefix=t_sock_bad'] + EAL +
                         ['-d', SOCK, '--vdev=net_sock0,kind=vde', '--', '-i'], input='quit\n', capture_output=True,
                         text=True, timeout=60, check=False)
    check('a wrong kind is named', 'kind=vde: must be socket, stream, dgram or l2tpv3' in out.stdout + out.stderr)


main()
