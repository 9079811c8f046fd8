# SPDX-License-Identifier: BSD-3-Clause
"""For options.sh: what keys of -netdev do. usage: _options.py RINGHUB RUN"""
import fcntl
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import time

from _sock import ASK, TOP, info_of, load, until

RINGHUB, RUN = sys.argv[1:]
CLIENT = load(TOP + '/test/backend/_passt_client.py')
MON = RUN + '/hub.mon'
ETH = b'\xff' * 6 + b'\x02\0\0\0\0\x05' + b'\x88\xb5'
TUNSETIFF, TUNGETSNDBUF = 0x400454ca, 0x800454d3
TAP = 0x1002  # IFF_TAP | IFF_NO_PI
MULTI_QUEUE = 0x100


def check(what, good, seen=''):
    if not good:
        print('not ok - %s %s' % (what, seen))
        sys.exit(1)
    print('ok - ' + what, flush=True)


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


def tap(name, flags):
    fd = os.open('/dev/net/tun', os.O_RDWR | os.O_NONBLOCK)
    fcntl.ioctl(fd, TUNSETIFF, struct.pack('16sH22x', name.encode(), flags))
    return fd


def packet(name):
    subprocess.run(['ip', 'link', 'set', name, 'up'], check=True)
    s = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x88b5))
    s.bind((name, 0x88b5))
    return s


def start(options, fds):
    log = open(RUN + '/hub.log', 'wb')
    proc = subprocess.Popen([RINGHUB] + options + ['-monitor', 'unix:' + MON], pass_fds=fds, stdin=subprocess.DEVNULL,
                            stdout=log, stderr=log)

    def answers():
        try:
            return bool(ctl('info network'))
        except OSError:
            return proc.poll() is not None
    if not until(answers) or proc.poll() is not None:
        check('ringhub starts', False, open(RUN + '/hub.log', encoding='utf-8').read())
    return proc


def descriptors():
    """A hub of ports that were all handed over; what is sent into each comes out of all others."""
    queue, queues = tap('tfd', TAP), [tap('tfds', TAP | MULTI_QUEUE) for _ in range(2)]
    near, far = zip(*([socket.socketpair(socket.AF_UNIX, kind) for kind in (
        socket.SOCK_STREAM, socket.SOCK_STREAM, socket.SOCK_DGRAM)]))
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(RUN + '/listener')
    listener.listen(1)
    n = [s.fileno() for s in near]
    options = {'tap fd=': 'tap,fd=%d,sndbuf=64k' % queue, 'tap fds=': 'tap,fds=%d:%d' % tuple(queues),
               'socket fd=': 'socket,fd=%d' % n[0], 'stream addr.type=fd': 'stream,addr.type=fd,addr.str=%d' % n[1],
               'dgram local.type=fd': 'dgram,local.type=fd,local.str=%d' % n[2],
               'stream server=on,addr.type=fd': 'stream,server=on,addr.type=fd,addr.str=%d' % listener.fileno()}
    words = []
    for i, text in enumerate(options.values()):
        words += on_hub(0, 'p%d' % i, text)
    proc = start(words, [queue, listener.fileno()] + queues + n)
    client = socket.socket(socket.AF_UNIX)
    client.connect(RUN + '/listener')
    check('a passed listener takes a peer', until(lambda: info_of(MON, 'p5').startswith('unix:')), info_of(MON, 'p5'))
    ends = [Plain(packet('tfd')), Plain(packet('tfds')), Framed(far[0]), Framed(far[1]), Plain(far[2]), Framed(client)]
    check('tap: links are up', until(lambda: all('Link status: up' in ctl('show port info p%d' % i) for i in (0, 1))))
    for i, name in enumerate(options):
        frame = ETH + b'from %02d' % i + bytes(500)
        ends[i].send(frame)
        bad = [j for j in range(len(ends)) if j != i and not receives(ends[j], frame)]
        check('%s: a frame reaches all others' % name, not bad, bad)
    size = struct.unpack('i', fcntl.ioctl(queue, TUNGETSNDBUF, bytes(4)))[0]
    check('tap sndbuf=64k: the kernel says so', size == 65536, size)
    return proc


def refused(options, words):
    said = ctl('netdev_add %s,id=w' % options)
    check('%s: %s' % (options, words), words in said, said)


def timers(port):
    return subprocess.run(['ss', '-tnoH', 'sport', '=', ':%d' % port], capture_output=True, text=True, check=True).stdout


def addresses():
    taken = socket.create_server(('127.0.0.1', 0))
    port = taken.getsockname()[1]
    inet = 'stream,server=on,addr.type=inet,addr.host=127.0.0.1,addr.port=%d' % port
    refused(inet, 'Address already in use')
    add(1, 'to', inet + ',addr.to=%d' % (port + 9))
    peer = None
    for p in range(port + 1, port + 10):
        try:
            peer = socket.create_connection(('127.0.0.1', p))
            break
        except OSError:
            pass
    check('addr.to=: the next free port', peer is not None and until(lambda: info_of(MON, 'to').startswith('tcp:')))
    check('addr.keep-alive: on unless told', 'keepalive' in timers(p), timers(p))
    remove('to')
    add(1, 'k', inet + ',addr.keep-alive=off,addr.to=%d' % (port + 9))
    peer = socket.create_connection(('127.0.0.1', p))
    check('addr.keep-alive=off', until(lambda: 'ESTAB' in timers(p)) and 'keepalive' not in timers(p), timers(p))
    remove('k')
    refused(inet.replace('host=127.0.0.1', 'host=localhost') + ',addr.numeric=on', "'localhost'")
    refused(inet + ',addr.ipv4=off', "'127.0.0.1'")
    refused(inet.replace('host=127.0.0.1', 'host=::1') + ',addr.ipv6=off', "'::1'")
    for tight, name in (('on', b'\0ringhub-%d' % os.getpid()), ('off', (b'\0ringhub-%d' % os.getpid()).ljust(108, b'\0'))):
        add(1, 'a', 'stream,server=on,addr.type=unix,addr.path=ringhub-%d,addr.abstract=on,addr.tight=%s' % (
            os.getpid(), tight))
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(name)
            check('addr.abstract=on,addr.tight=' + tight, until(lambda: info_of(MON, 'a').startswith('unix:')))
        remove('a')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, socket.socket(socket.AF_UNIX) as far:
        s.bind(b'\0ringhub-far-%d' % os.getpid())
        add(1, 'd', 'dgram,local.type=unix,local.path=rh-%d,local.abstract=on,local.tight=off,remote.type=unix,'
            'remote.path=ringhub-far-%d,remote.abstract=on' % (os.getpid(), os.getpid()))
        add(1, 's', 'stream,server=on,addr.type=unix,addr.path=%s/s' % RUN)
        far.connect(RUN + '/s')
        until(lambda: info_of(MON, 's').startswith('unix:'))
        s.connect((b'\0rh-%d' % os.getpid()).ljust(108, b'\0'))
        s.send(ETH + b'there')
        check('dgram local.abstract=on,local.tight=off', receives(Framed(far), ETH + b'there'))
        Framed(far).send(ETH + b'back')
        check('dgram remote.abstract=on', receives(Plain(s), ETH + b'back'))
        remove('d', 's')


class Guest(CLIENT.Link):
    """On a user network with these keys."""

    def __init__(self, name, options):
        add(2, name, 'user' + options)
        add(2, 'g' + name, 'stream,server=on,addr.type=unix,addr.path=%s/%s' % (RUN, name))
        super().__init__(RUN + '/' + name)
        self.names = (name, 'g' + name)
        until(lambda: info_of(MON, 'g' + name).startswith('unix:'))
        self.mac = b'\x52\x55' + socket.inet_aton('10.7.0.2')

    def leave(self):
        remove(*self.names)
        self.sock.close()

    def lease(self):
        """Known to the router by now, which learns addresses from frames."""
        address, options = CLIENT.dhcp(self, 1)
        return CLIENT.dhcp(self, 3, b'\x32\x04' + address + b'\x36\x04' + options[54])

    def connects(self, source, target, port, seconds=3):
        """The answer to a TCP SYN: its flags and, of a SYN-ACK, the options."""
        self.port = getattr(self, 'port', 4000) + 1
        source, target = socket.inet_aton(source), socket.inet_aton(target)
        tcp = struct.pack('!HHIIBBHHHBBH', self.port, port, 7, 0, 0x60, 2, 65535, 0, 0, 2, 4, 1460)
        pseudo = source + target + struct.pack('!BBH', 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack('!H', CLIENT.checksum(pseudo + tcp)) + tcp[18:]
        for _ in range(2 * seconds):
            self.send(self.mac, 0x800, CLIENT.ipv4(source, target, 6, tcp))
            for f in self.frames():
                if f[12:14] == b'\x08\0' and f[23] == 6 and f[36:38] == struct.pack('!H', self.port):
                    return f[47], f[54:]
        return 0, b''

    def icmp6(self, target, message, kind):
        """The answer of this type, from its first byte on."""
        target = socket.inet_pton(socket.AF_INET6, target)
        ends = socket.inet_pton(socket.AF_INET6, 'fe80::5054:ff:fe12:3456') + target
        total = CLIENT.checksum(ends + struct.pack('!II', len(message), 58) + message)
        message = message[:2] + struct.pack('!H', total) + message[4:]
        packet_ = struct.pack('!IHBB', 6 << 28, len(message), 58, 255) + ends + message
        return self.ask('ICMPv6 %d' % kind, lambda: self.send(b'\x33\x33' + target[-4:], 0x86dd, packet_),
                        lambda f: f[54:] if f[12:14] == b'\x86\xdd' and f[20] == 58 and f[54] == kind else None)

    def udp(self, source, target, port, data):
        """The answer to a datagram."""
        source, target = socket.inet_aton(source), socket.inet_aton(target)
        packet_ = CLIENT.ipv4(source, target, 17, struct.pack('!HHHH', 3000, port, 8 + len(data), 0) + data)
        return self.ask('UDP', lambda: self.send(self.mac, 0x800, packet_), lambda f: f[42:] if f[12:14] == b'\x08\0' and
                        f[23] == 17 and f[36:38] == struct.pack('!H', 3000) else None)


def user_told():
    """What DHCP, TFTP and a router advertisement say."""
    with open(RUN + '/file', 'wb') as f:
        f.write(b'content of a file')
    g = Guest('u', ',net=10.7.0.0/24,host=10.7.0.2,dhcpstart=10.7.0.77,dns=10.7.0.8,hostname=hn,domainname=dn.example,'
              'dnssearch=a.example,tftp=%s,bootfile=bf,tftp-server-name=tsn,ipv6-net=fd77::/64,ipv6-host=fd77::9,'
              'ipv6-dns=fd77::8' % RUN)
    address, options = g.lease()
    seen = {'dhcpstart': address, 'host': options.get(3), 'dns': options.get(6), 'hostname': options.get(12),
            'domainname': options.get(15), 'dnssearch': options.get(119), 'bootfile': options['file'],
            'tftp-server-name': options.get(66), 'net': options.get(1)}
    wanted = {'dhcpstart': bytes((10, 7, 0, 77)), 'host': bytes((10, 7, 0, 2)), 'dns': bytes((10, 7, 0, 8)),
              'hostname': b'hn', 'domainname': b'dn.example', 'dnssearch': b'\1a\7example\0', 'bootfile': b'bf',
              'tftp-server-name': b'tsn', 'net': b'\xff\xff\xff\0'}
    for key, value in wanted.items():
        check('user %s=: DHCP tells' % key, seen[key] == value, seen[key])
    said = g.udp('10.7.0.77', '10.7.0.2', 69, b'\0\1file\0octet\0')
    check('user tftp=: a file is read', said[:4] == b'\0\3\0\1' and said[4:21] == b'content of a file', said)
    said = g.icmp6('ff02::2', struct.pack('!BBHI', 133, 0, 0, 0), 134)
    check('user ipv6-net=: the router tells', socket.inet_pton(socket.AF_INET6, 'fd77::') in said, said.hex())
    for key, address in (('ipv6-host', 'fd77::9'), ('ipv6-dns', 'fd77::8')):
        raw = socket.inet_pton(socket.AF_INET6, address)
        said = g.icmp6('ff02::1:ff00:' + address[-1], struct.pack('!BBHI', 135, 0, 0, 0) + raw, 136)
        check('user %s=: a neighbour has it' % key, said[8:24] == raw, said.hex())
    g.leave()


def user_lets():
    """Who is let out, and as whom."""
    server = socket.create_server(('127.0.0.1', 0))
    server.settimeout(5)
    port = server.getsockname()[1]
    me, host = '10.7.0.15', '10.7.0.2'
    syn_ack = 0x12
    net = ',net=10.7.0.0/24,host=' + host
    g = Guest('v', net + ',mtu=900,outbound-addr=127.0.0.5,guestfwd=tcp:10.7.0.100:99-cmd:cat')
    g.lease()
    flags, options = g.connects(me, host, port)
    check('user: a server of the host answers', flags == syn_ack, flags)
    check('user mtu=900: segments of 860 bytes', options[:4] == b'\2\4' + struct.pack('!H', 860), options)
    seen = server.accept()[1][0]
    check('user outbound-addr=: the server sees it', seen == '127.0.0.5', seen)
    flags = g.connects(me, '10.7.0.100', 99)[0]
    check('user guestfwd=: a program answers', flags == syn_ack, flags)
    g.leave()
    for name, keys in (('r', ',restrict=on'), ('l', ',disable-host-loopback=on')):
        g = Guest(name, net + keys)
        g.lease()
        flags = g.connects(me, host, port, 1)[0]
        check('user %s: that server does not' % keys[1:], flags != syn_ack, flags)
        g.leave()
    g = Guest('h', net + ',disable-dhcp=on')
    g.tries = 4
    try:
        CLIENT.dhcp(g, 1)
        check('user disable-dhcp=on', False)
    except SystemExit:
        check('user disable-dhcp=on: no lease', True)
    g.leave()


def devices():
    ctl('netdev_add dpdk,id=n,devargs=net_null0,queues=2,mtu=1400')
    said = ctl('show port info n')
    check('dpdk queues=2', re.search(r'RX queues: 2, TX queues: 2', said), said)
    check('dpdk mtu=1400', re.search(r'MTU: 1400', said), said)
    ctl('netdev_del n')


def xstat(port, name):
    return int(re.search(r'^%s: (\d+)$' % name, ctl('show port xstats ' + port), re.M).group(1))


def stream(hub, name):
    """Our end of a stream on that hub."""
    add(hub, name, 'stream,server=on,addr.type=unix,addr.path=%s/%s' % (RUN, name))
    s = socket.socket(socket.AF_UNIX)
    s.connect(RUN + '/' + name)
    until(lambda: info_of(MON, name).startswith('unix:'))
    return Framed(s)


def storm():
    """Broadcasts beyond the limit are lost and counted, other frames are not."""
    n, limit = 2000, 100
    a, b = stream(3, 'a'), stream(3, 'b')
    ctl('hub_set 3 storm=%d' % limit)
    start_ = time.monotonic()
    for i in range(n):
        a.send(ETH + i.to_bytes(4, 'big'))
    unicast = [b'\x02\0\0\0\0\x06' + ETH[6:] + i.to_bytes(4, 'big') for i in range(n)]
    for frame in unicast:
        a.send(frame)
    came = []
    while not came or came[-1][:18] != unicast[-1]:
        came.append(b.receive())
    most = limit * (2 + time.monotonic() - start_)
    broadcasts = sum(f[:6] == ETH[:6] for f in came)
    check('storm=%d: %d of %d broadcasts pass' % (limit, broadcasts, n), limit <= broadcasts <= most, most)
    check('the others are counted', xstat('a', 'hub_drop_storm') == n - broadcasts, xstat('a', 'hub_drop_storm'))
    check('all %d unicast frames pass' % n, [f[:18] for f in came if f[0] == 2] == unicast)
    remove('a', 'b')


DROPS = ('hub_drop_not_accepted', 'hub_drop_blocked')


def gone(names=('tx_good_packets',) + DROPS):
    return sum(xstat('slow', name) for name in names)


def policy():
    """More frames than a port takes, as its switch stands still: lost, or kept for it in the hub's ring."""
    n = 1900  # net_vde keeps 1024 of them, and the ring has room for as many
    frame = ETH + bytes(46)
    keep, console = os.pipe()  # vde_switch ends when its console does
    switch = subprocess.Popen(['vde_switch', '-s', RUN + '/switch'], stdin=keep, stdout=subprocess.DEVNULL)
    try:
        until(lambda: os.path.exists(RUN + '/switch/ctl'))
        for word in ('drop', 'block'):
            a = stream(4, 'a')
            ctl('netdev_add vde,id=slow,sock=%s/switch' % RUN)
            ctl('netdev_add hubport,id=hslow,hubid=4,netdev=slow,policy=' + word)
            check('policy=%s: a switch is there' % word, until(lambda: 'Link status: up' in ctl('show port info slow')))
            switch.send_signal(signal.SIGSTOP)
            a.sock.sendall((len(frame).to_bytes(4, 'big') + frame) * n)
            check('policy=%s: all frames are read' % word, until(lambda: xstat('a', 'rx_good_packets') == n),
                  ctl('show port xstats a'))
            switch.send_signal(signal.SIGCONT)
            check('policy=%s: all frames have gone their ways' % word, until(lambda: gone() == n), gone())
            lost = gone(DROPS)
            check('policy=%s: %d of %d lost' % (word, lost, n), (lost > 0) == (word == 'drop'))
            remove('slow', 'a')
    finally:
        switch.terminate()
        switch.wait()
        os.close(console)
        os.close(keep)


def main():
    proc = descriptors()
    try:
        storm()
        policy()
        addresses()
        devices()
        user_told()
        user_lets()
    finally:
        proc.terminate()
        code = proc.wait(10)
    check('SIGTERM: exit 0', code == 0, code)


main()
