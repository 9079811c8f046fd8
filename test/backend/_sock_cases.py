#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Options and peers that are wrong, slow or gone. usage: _sock_cases.py PID MON DIR

Ringhub's hub 0 has two streams, each a server: DIR/a (x) and DIR/b (y). Prints "ok - ..." lines; the first that is
not ends it.
"""
import os
import re
import socket
import subprocess
import sys
import time

from _sock import ASK, TOP, info_of, until

sys.path.insert(0, TOP + '/test/lib')
from checks import check  # noqa: E402 (the path is set above)

PID, MON, DIR = sys.argv[1:]
ETH = b'\xff' * 6 + b'\x02' * 6 + b'\x88\xb5'


def ctl(*words):
    return ASK(MON, ' '.join(words))


def add(name, options):
    said = ctl('netdev_add', '%s,id=%s' % (options, name)) + ctl('netdev_add', 'hubport,id=h%s,hubid=0,netdev=%s' % (
        name, name))
    if said:
        check('netdev_add ' + options, False, said)


def info(name):
    return info_of(MON, name)


def fds():
    return len(os.listdir('/proc/%s/fd' % PID))


def fds_at_rest():
    """Without that of the console's last client, which may still be closing."""
    seen = []
    until(lambda: seen.append(fds()) or len(seen) > 5 and len(set(seen[-5:])) == 1)
    return seen[-1]


def xstat(port, name):
    return int(re.search(r'^%s: (\d+)' % name, ctl('show', 'port', 'xstats', port), re.M).group(1))


def wire(frame):
    return len(frame).to_bytes(4, 'big') + frame


class Peer:
    def __init__(self, name, seconds=5):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(seconds)
        self.sock.connect(DIR + '/' + name)
        self.got = b''

    def send(self, data):
        self.sock.sendall(data)

    def take(self, n):
        while len(self.got) < n:
            data = self.sock.recv(65536)
            if not data:
                raise EOFError
            self.got += data
        data, self.got = self.got[:n], self.got[n:]
        return data

    def frame(self):
        return self.take(int.from_bytes(self.take(4), 'big'))

    def closed(self):
        try:
            while self.sock.recv(65536):
                pass
            return True
        except ConnectionError:
            return True
        except TimeoutError:
            return False

    def close(self):
        self.sock.close()


def connected(name):
    return info(name).startswith('unix:')


def pair():
    a, b = Peer('a'), Peer('b')
    if not until(lambda: connected('x') and connected('y')):
        raise SystemExit('not ok - two peers connect')
    return a, b


def framing(a, b):
    frames = [ETH + bytes(range(46)), ETH, ETH + bytes(286)]
    stream = b''.join(map(wire, frames))
    for cut in range(1, len(stream)):
        a.send(stream[:cut])
        a.send(stream[cut:])
        for f in frames:
            if b.frame() != f:
                check('a stream cut at byte %d' % cut, False)
    check('a stream cut at each of %d bytes: the same frames' % len(stream), True)
    for byte in stream:
        a.send(bytes([byte]))
    check('byte by byte: the same frames', [b.frame() for _ in frames] == frames)
    big = ETH + bytes(69632 - 14)
    a.send(wire(big))
    check('the longest frame', b.frame() == big)


def hostile(a, b):
    a.send(wire(b'') + wire(b'x' * 13) + wire(ETH))
    check('empty and short frames are dropped, the connection stays', b.frame() == ETH)
    check('and counted', xstat('x', 'short_frame') == 2)
    for length in (69633, 0x7fffffff, 0xffffffff):
        a.send(wire(ETH + b'1') + length.to_bytes(4, 'big'))
        check('length %d ends the connection, after the frame before it' % length,
              b.frame() == ETH + b'1' and a.closed())
        a.close()
        a = Peer('a')
        if not until(lambda: connected('x')):
            check('the next peer is taken', False)
    check('each counted', xstat('x', 'bad_length') == 3)
    a.send(wire(ETH + bytes(100))[:50])
    a.close()
    check('half a frame and the end: counted', until(lambda: xstat('x', 'cut_frame') == 1), xstat('x', 'cut_frame'))
    a = Peer('a')
    a.send(wire(ETH + b'2'))
    check('nothing of it is in the next connection', b.frame() == ETH + b'2')
    return a


def one_at_a_time(a, b):
    second = Peer('a')
    second.send(wire(ETH + b'second'))
    a.send(wire(ETH + b'first'))
    b.sock.settimeout(0.3)
    first = b.frame()
    try:
        late = b.frame()
    except TimeoutError:
        late = None
    b.sock.settimeout(5)
    check('a second peer waits', first == ETH + b'first' and late is None, late)
    a.close()
    check('until the first has left', b.frame() == ETH + b'second')
    return second


def slow_peer(a, b):
    c = Peer('c')
    if not until(lambda: connected('z')):
        check('a third peer', False)
    frame = wire(ETH + bytes(8986))
    for _ in range(600):
        a.send(frame)
        if len(b.frame()) != 9000:
            check('a frame while another member does not read', False)
    lost = xstat('z', 'tx_buffer_full')
    check('a member that does not read loses frames, counted; another gets all 600', lost > 0, lost)
    n = 0
    try:
        c.sock.settimeout(1)
        while True:
            got = c.frame()
            if got == ETH + b'second':  # was still on its way to all when this peer came
                continue
            if got != frame[4:]:
                check('what was kept for it is whole', False, (n, len(got), got[:20]))
            n += 1
    except TimeoutError:
        pass
    check('what was kept for it comes when it reads: %d and %d lost are 600' % (n, lost), n + lost == 600)
    c.close()


def tunnel(b, port):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    to = ('127.0.0.1', port)
    head = b'\0\3\0\0'
    for data, counter in ((head + b'\0\0\0\6\1\2\3\4' + ETH, 'wrong_session'),
                          (head + b'\0\0\0\5\1\2\3\5' + ETH, 'wrong_cookie'),
                          (b'\xc8\3\0\0\0\0\0\5\1\2\3\4' + ETH, 'bad_header'),
                          (head + b'\0\0\0\5\1\2', 'short_frame'), (b'', 'short_frame'),
                          (head + b'\0\0\0\5\1\2\3\4' + ETH[:13], 'short_frame')):
        before = xstat('t', counter)
        s.sendto(data, to)
        check('l2tpv3: %s' % counter, until(lambda c=counter, n=before: xstat('t', c) == n + 1))
    s.sendto(head + b'\0\0\0\5\1\2\3\4' + ETH + b'3', to)
    check('l2tpv3: the right one comes through', b.frame() == ETH + b'3')


WRONG = [
    ('socket', 'exactly one of listen=, connect=, mcast= or udp= is required'),
    ('socket,listen=5', "host address '5' doesn't contain ':' separating host from port"),
    ('socket,listen=:x', "port number 'x' is invalid"),
    ('socket,listen=192.0.2.77:5', "can't bind address to socket: Cannot assign requested address"),
    ('socket,connect=nowhere.invalid:5', "can't resolve host address 'nowhere.invalid'"),
    ('socket,mcast=10.0.0.1:5', 'specified mcastaddr 10.0.0.1 does not contain a multicast address'),
    ('socket,mcast=230.0.0.1:5,localaddr=x', "localaddr 'x' is not a valid IPv4 address"),
    ('socket,udp=127.0.0.1:5', 'localaddr= is mandatory with udp='),
    ('socket,listen=:5,localaddr=:5', 'localaddr= is only valid with mcast= or udp='),
    ('socket,fd=y', "fd=y: File descriptor named 'y' has not been found"),
    ('socket,fd=0', 'fd=0'),
    ('socket,bogus=1', "unknown key 'bogus'"),
    ('stream', "Parameter 'addr.type' is missing"),
    ('stream,addr.type=vsock', "Parameter 'addr.type' does not accept value 'vsock'"),
    ('stream,server=on,addr.type=unix,addr.path=%s/a' % DIR, 'addr.path=%s/a: in use by another process' % DIR),
    ('stream,server=on,addr.type=unix,addr.path=/etc/hostname', 'exists and is not a socket'),
    ('stream,server=on,addr.type=unix,addr.path=/nonexistent/a', 'No such file or directory'),
    ('stream,server=on,addr.type=unix,addr.path=' + 'x' * 108, 'is too long'),
    ('stream,server=on,addr.type=unix,addr.path=/a,reconnect-ms=5',
     "'reconnect' and 'reconnect-ms' options are incompatible with socket in server mode"),
    ('stream,addr.type=unix,addr.path=/a,reconnect-ms=x', 'reconnect-ms=x: must be a number'),
    ('dgram', 'dgram requires local= parameter'),
    ('dgram,local.type=unix,local.path=/a', 'type=inet or type=unix requires remote parameter'),
    ('l2tpv3,src=127.0.0.1,dst=127.0.0.1', "Parameter 'txsession' is missing"),
    ('l2tpv3,src=127.0.0.1,dst=127.0.0.1,txsession=1,udp=on', 'need both src and dst port for udp'),
    ('l2tpv3,src=127.0.0.1,dst=127.0.0.1,txsession=1,offset=300', 'offset must be less than 256 bytes'),
    ('l2tpv3,src=127.0.0.1,dst=127.0.0.1,txsession=1,rxcookie=1', "require both 'rxcookie' and 'txcookie'"),
    ('l2tpv3,src=x.invalid,dst=127.0.0.1,txsession=1', "src: can't resolve host address 'x.invalid'"),
]


def wrong_options():
    names_before, before = ctl('info', 'network'), fds_at_rest()
    for options, words in WRONG:
        said = ctl('netdev_add', options + ',id=w')
        if words not in said or said.strip().count('\n') != 0:
            check('%s: one line with "%s"' % (options, words), False, said)
    check('%d wrong options: one line each, with QEMU\'s words' % len(WRONG), True)
    check('and nothing is left of them', ctl('info', 'network') == names_before and until(lambda: fds() == before))


def listener():
    """A peer that nobody here wrote."""
    return subprocess.Popen(['socat', '-u', 'UNIX-LISTEN:%s/r,unlink-early' % DIR, 'OPEN:/dev/null'])


def restarts():
    """A peer that comes and goes beside members that talk all the time."""
    add('r', 'stream,addr.type=unix,addr.path=%s/r,reconnect-ms=400' % DIR)
    before = fds_at_rest()
    talk = subprocess.Popen([sys.executable, TOP + '/test/lib/sockpeer', '--frames', '80000', '--max', '100',
                             DIR + '/a', DIR + '/b'], stdout=subprocess.PIPE, text=True)
    longest = 0
    for i in range(20):
        peer = listener()
        start = time.monotonic()
        good = until(lambda: info('r') == 'unix:%s/r' % DIR, 6)
        longest = max(longest, time.monotonic() - start)
        peer.kill()
        peer.wait()
        if not good or not until(lambda: info('r') == 'connecting', 6):
            check('restart %d of the peer is seen in 6 s' % i, False, info('r'))
    check('20 restarts of a peer: found again after %.1f s at most' % longest, True)
    check('each counted', xstat('r', 'disconnections') == 20, xstat('r', 'disconnections'))
    said = talk.communicate(timeout=60)[0].strip()
    check('other members lost nothing: ' + said, talk.returncode == 0)
    check('descriptors as before', until(lambda: fds() == before), '%d, before %d' % (fds(), before))
    ctl('netdev_del', 'r')


def names():
    add('n', 'stream,addr.type=inet,addr.host=nowhere.invalid,addr.port=5')
    check('a name that nobody knows does not hold anybody up',
          until(lambda: info('n').startswith('error: ') and "can't resolve host address 'nowhere.invalid'" in info('n')),
          info('n'))
    ctl('netdev_del', 'n')


def main():
    wrong_options()
    probe = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    probe.bind(('127.0.0.1', 0))
    port = probe.getsockname()[1]
    probe.close()
    add('z', 'stream,server=on,addr.type=unix,addr.path=%s/c' % DIR)
    add('t', 'l2tpv3,udp=on,src=127.0.0.1,dst=127.0.0.1,srcport=%d,dstport=9,txsession=5,rxcookie=0x01020304,txcookie=1'
        % port)
    a, b = pair()
    framing(a, b)
    a = hostile(a, b)
    a = one_at_a_time(a, b)
    slow_peer(a, b)
    tunnel(b, port)
    a.close()
    b.close()
    for name in 'zt':
        ctl('netdev_del', name)
    check('the unix path of what was removed is gone', not os.path.exists(DIR + '/c'))
    restarts()
    names()


main()
