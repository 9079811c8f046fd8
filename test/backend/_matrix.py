# SPDX-License-Identifier: BSD-3-Clause
"""For matrix.sh: a file both ways at once between each NIC of the guest and each backend's peer.

usage: _matrix.py RUN NS NET "NICS" "KINDS"

The NIC number i is NET.(11+i) in the guest and the port nic-NAME of Ringhub; the peer of kind j is NET.(20+j), in the
namespace NS + kind; "user" is kind 0, NET.2 for the guest, which is 127.0.0.1:80(11+i) for the host.
"""
import hashlib
import re
import subprocess
import sys
import time

from _sock import ASK

RUN, NS, NET = sys.argv[1:4]
NICS, KINDS = (words.split() for words in sys.argv[4:6])
LOSSY = ('dgram', 'l2tpv3')  # UDP; and TCP in the guest sends again
FRAMES = 10000
# To the guest goes only a part of the file where acknowledgements are many frames more, and each is dear: libslirp
# sends one for each frame, and this driver asks its card twice for each frame that it receives.
PART = ('user', '8139too')
SECONDS = 90
# What a frame that is not passed on is counted as, in all kinds of ports.
LOST = re.compile(r'hub_drop_|rx_missed_|rx_errors|tx_errors|rx_mbuf_alloc')
BOTH = '''curl -sS -m %(seconds)d http://%(nic)s/cgi-bin/get?%(peer)s/%(into)s 2>&1 | sed 's/^/to the guest: /' &
curl -sS -m %(seconds)d http://%(nic)s/file | md5sum | sed 's/^/from it: /'; wait'''
cells = {}
sums = {}


def counters(port):
    """Frames from it, frames to it, frames lost there."""
    count = dict(re.findall(r'^(\w+): (\d+)$', ASK(RUN + '/hub.mon', 'show port xstats ' + port), re.M))
    return (int(count['rx_good_packets']), int(count['tx_good_packets']),
            sum(int(n) for name, n in count.items() if LOST.match(name)))


def both_ways(nic, kind):
    """@return what md5sum says at both ends, and what it should"""
    i, j = NICS.index(nic), KINDS.index(kind)
    user = kind == 'user'
    into = 'part' if kind in PART or nic in PART else 'file'
    words = {'seconds': SECONDS, 'into': into, 'peer': '%s.%d' % (NET, 2 if user else 20 + j),
             'nic': '127.0.0.1:80%d' % (11 + i) if user else '%s.%d' % (NET, 11 + i)}
    where = '--net=/run/netns/' + NS + ('host' if user else kind)
    said = subprocess.run(['nsenter', where, 'sh', '-c', BOTH % words], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, check=False).stdout
    return sorted(said.splitlines()), ['from it: ' + sums['file'], 'to the guest: ' + sums[into]]


def pair(nic, kind):
    start, before = time.monotonic(), [counters('nic-' + nic), counters(kind)]
    said, wanted = both_ways(nic, kind)
    out, into, lost = (a - b for a, b in zip(counters('nic-' + nic), before[0]))
    lost += counters(kind)[2] - before[1][2]
    good = said == wanted and min(out, into) >= FRAMES and (lost == 0 or kind in LOSSY)
    cells[nic, kind] = '%d/%d/%d' % (out, into, lost) if good else 'FAILED'
    print('%s - %s behind %s: %d frames out, %d in, %d lost, %s; %.1f s' % (
        'ok' if good else 'not ok', nic, kind, out, into, lost,
        'contents equal' if said == wanted else '%s instead of %s' % (said, wanted),
        time.monotonic() - start), flush=True)


def main():
    for name in ('file', 'part'):
        with open('%s/www/%s' % (RUN, name), 'rb') as f:
            sums[name] = hashlib.md5(f.read()).hexdigest() + '  -'  # as md5sum prints it
    for nic in NICS:
        for kind in KINDS:
            pair(nic, kind)
    print('table: frames from the guest / to it / lost')
    for nic in ['NIC'] + NICS:
        print('table: %-13s' % nic + ''.join('%-15s' % (k if nic == 'NIC' else cells.get((nic, k), 'FAILED'))
                                             for k in KINDS).rstrip())
    return 0 if len(cells) == len(NICS) * len(KINDS) and 'FAILED' not in cells.values() else 1


sys.exit(main())
