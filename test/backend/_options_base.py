# SPDX-License-Identifier: BSD-3-Clause
"""What the parts of options.sh share: Ringhub's console, and the far ends of its ports."""
import re
import sys

from _sock import ASK, TOP

sys.path.insert(0, TOP + '/test/lib')
from checks import check  # noqa: E402 (the path is set above)

RUN = sys.argv[2]
MON = RUN + '/hub.mon'
ETH = b'\xff' * 6 + b'\x02\0\0\0\0\x05' + b'\x88\xb5'


def ctl(words):
    return ASK(MON, words)


def on_hub(hub, name, options):
    return ['-netdev', '%s,id=%s' % (options, name), '-netdev', 'hubport,id=h%s,hubid=%d,netdev=%s' % (name, hub, name)]


def add(hub, name, options):
    for words in on_hub(hub, name, options)[1::2]:
        said = ctl('netdev_add ' + words)
        if said:
            check('netdev_add ' + words, False, said)


def remove(*names):
    for name in names:
        ctl('netdev_del h' + name)
        ctl('netdev_del ' + name)


def xstat(port, name):
    return int(re.search(r'^%s: (\d+)$' % name, ctl('show port xstats ' + port), re.M).group(1))


class Framed:
    """The far end of a stream."""

    def __init__(self, sock):
        self.sock = sock
        self.got = b''
        sock.settimeout(5)

    def send(self, frame):
        self.sock.sendall(len(frame).to_bytes(4, 'big') + frame)

    def receive(self):
        while len(self.got) < 4 or len(self.got) - 4 < int.from_bytes(self.got[:4], 'big'):
            self.got += self.sock.recv(65536)
        n = 4 + int.from_bytes(self.got[:4], 'big')
        frame, self.got = self.got[4:n], self.got[n:]
        return frame


class Plain:
    """The far end of datagrams, or the interface of a tap."""

    def __init__(self, sock):
        self.sock = sock
        sock.settimeout(5)

    def send(self, frame):
        self.sock.send(frame)

    def receive(self):
        return self.sock.recv(65536)


def receives(end, frame):
    """It comes, whatever else the kernel says to a tap."""
    try:
        while True:
            if end.receive()[:len(frame)] == frame:
                return True
    except TimeoutError:
        return False


def refused(options, words):
    said = ctl('netdev_add %s,id=w' % options)
    check('%s: %s' % (options, words), words in said, said)
