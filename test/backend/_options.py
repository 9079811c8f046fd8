# SPDX-License-Identifier: BSD-3-Clause
"""For options.sh: what keys of -netdev do. usage: _options.py RINGHUB RUN"""
import fcntl
import grp
import os
import re
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

from _options_base import ETH, MON, RUN, Framed, Plain, add, check, ctl, on_hub, receives, refused, remove, xstat
from _options_user import user_families, user_lets, user_limits, user_names, user_told
from _options_wrong import check_all
from _sock import info_of, until

RINGHUB = sys.argv[1]
TUNSETIFF, TUNGETSNDBUF = 0x400454ca, 0x800454d3
TAP = 0x1002  # IFF_TAP | IFF_NO_PI
MULTI_QUEUE = 0x100
IPPROTO_MPTCP, SO_PROTOCOL, SOL_MPTCP, MPTCP_INFO = 262, 38, 284, 1


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
    for near, far, words in (('127.0.0.1', '127.0.0.1', 'local.ipv4=off'), ('::1', '::1', 'local.ipv6=off'),
                             ('localhost', '127.0.0.1', 'local.numeric=on'), ('127.0.0.1', '127.0.0.1', 'remote.ipv4=off'),
                             ('::1', '::1', 'remote.ipv6=off'), ('127.0.0.1', 'localhost', 'remote.numeric=on')):
        refused('dgram,local.type=inet,local.host=%s,local.port=0,remote.type=inet,remote.host=%s,remote.port=9,%s' % (
            near, far, words), "'%s'" % (near if words[0] == 'l' else far))
    for tight, name in (('on', b'\0ringhub-%d' % os.getpid()), ('off', (b'\0ringhub-%d' % os.getpid()).ljust(108, b'\0'))):
        add(1, 'a', 'stream,server=on,addr.type=unix,addr.path=ringhub-%d,addr.abstract=on,addr.tight=%s' % (
            os.getpid(), tight))
        with socket.socket(socket.AF_UNIX) as s:
            s.connect(name)
            check('addr.abstract=on,addr.tight=' + tight, until(lambda: info_of(MON, 'a').startswith('unix:')))
        remove('a')
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s, socket.socket(socket.AF_UNIX) as far:
        s.bind((b'\0ringhub-far-%d' % os.getpid()).ljust(108, b'\0'))
        add(1, 'd', 'dgram,local.type=unix,local.path=rh-%d,local.abstract=on,local.tight=off,remote.type=unix,'
            'remote.path=ringhub-far-%d,remote.abstract=on,remote.tight=off' % (os.getpid(), os.getpid()))
        add(1, 's', 'stream,server=on,addr.type=unix,addr.path=%s/s' % RUN)
        far.connect(RUN + '/s')
        until(lambda: info_of(MON, 's').startswith('unix:'))
        s.connect((b'\0rh-%d' % os.getpid()).ljust(108, b'\0'))
        s.send(ETH + b'there')
        check('dgram local.abstract=on,local.tight=off', receives(Framed(far), ETH + b'there'))
        Framed(far).send(ETH + b'back')
        check('dgram remote.abstract=on,remote.tight=off', receives(Plain(s), ETH + b'back'))
        remove('d', 's')


def is_mptcp(s):
    """Whether both ends speak it; else the kernel goes on with TCP."""
    if s.getsockopt(socket.SOL_SOCKET, SO_PROTOCOL) != IPPROTO_MPTCP:
        return False
    try:
        return not s.getsockopt(SOL_MPTCP, MPTCP_INFO, 64)[8] & 1
    except OSError:
        return False


def multipath():
    """As client and as server, with a peer that can."""
    for word in ('on', 'off'):
        inet = 'addr.type=inet,addr.host=127.0.0.1,addr.mptcp=' + word
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP) as s:
            s.bind(('127.0.0.1', 0))
            s.listen(1)
            s.settimeout(5)
            port = s.getsockname()[1]
            add(1, 'm', 'stream,%s,addr.port=%d' % (inet, port))
            peer = s.accept()[0]
            check('addr.mptcp=%s: as a client' % word, is_mptcp(peer) == (word == 'on'))
            remove('m')
            peer.close()
        with socket.create_server(('127.0.0.1', 0)) as s:
            port = s.getsockname()[1]
        add(1, 'm', 'stream,server=on,%s,addr.port=%d' % (inet, port))
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM, IPPROTO_MPTCP) as s:
            s.connect(('127.0.0.1', port))
            check('addr.mptcp=%s: as a server' % word, until(lambda: info_of(MON, 'm').startswith('tcp:')) and
                  is_mptcp(s) == (word == 'on'))
        remove('m')


def reconnect():
    """The pauses grow from 0.1 s on, up to the given one: were it ms, none would be longer than that."""
    start_ = time.monotonic()
    add(1, 'r', 'stream,addr.type=unix,addr.path=%s/later,reconnect=1' % RUN)
    tried = until(lambda: xstat('r', 'connect_failed') >= 3)
    took = time.monotonic() - start_
    check('reconnect=1: seconds', tried and took > 0.28, took)
    with socket.socket(socket.AF_UNIX) as s:
        s.bind(RUN + '/later')
        s.listen(1)
        check('reconnect=1: a peer that comes later is found', until(lambda: info_of(MON, 'r').startswith('unix:')))
        s.accept()[0].close()
        check('reconnect=1: and again', until(lambda: xstat('r', 'connections') == 2))
    remove('r')


def tap_queues(pid):
    """One descriptor a queue."""
    for n in (1, 3):
        ctl('netdev_add tap,id=q,ifname=tq,script=no,downscript=no,queues=%d' % n)
        seen = 0
        for fd in os.listdir('/proc/%d/fdinfo' % pid):
            try:
                with open('/proc/%d/fdinfo/%s' % (pid, fd), encoding='ascii') as f:
                    seen += 'iff:\ttq\n' in f.read()
            except FileNotFoundError:
                pass  # of the console's last client
        check('tap queues=%d: so many of the interface are ours' % n, seen == n, seen)
        ctl('netdev_del q')


def vde_group():
    """What a switch can see of the plug's socket, which is removed when both are connected."""
    where = RUN + '/plug'
    os.mkdir(where)
    with socket.socket(socket.AF_UNIX) as switch:
        switch.bind(where + '/ctl')
        switch.listen(1)
        switch.settimeout(5)
        asker = threading.Thread(target=ctl, args=('netdev_add vde,id=g,sock=%s,group=tty,mode=0640' % where,))
        asker.start()
        plug = switch.accept()[0]
        path = plug.recv(512)[14:122].split(b'\0')[0]  # behind magic, version, type and family
        seen = os.stat(path)
        check('vde group=tty', seen.st_gid == grp.getgrnam('tty').gr_gid, seen)
        check('vde mode=0640', seen.st_mode & 0o777 == 0o640, seen)
        plug.close()
        asker.join()


def devices():
    ctl('netdev_add dpdk,id=n,devargs=net_null0,queues=2,mtu=1400')
    said = ctl('show port info n')
    check('dpdk queues=2', re.search(r'RX queues: 2, TX queues: 2', said), said)
    check('dpdk mtu=1400', re.search(r'MTU: 1400', said), said)
    ctl('netdev_del n')


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
        multipath()
        reconnect()
        tap_queues(proc.pid)
        vde_group()
        devices()
        user_told()
        user_lets()
        user_families()
        user_limits()
        user_names()
        check_all(check, ctl)
    finally:
        proc.terminate()
        code = proc.wait(10)
    check('SIGTERM: exit 0', code == 0, code)


main()
