#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""200 hostile vfio-user clients at one port of a ringhub; frames between two other ports go on and none
is lost, the ringhub lives, its descriptors and its memory stay as they were. Prints ok lines."""
import array
import json
import os
import random
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, '..', 'testpmd'))
import cases  # noqa: E402 (the path is set above)
from cases import RINGHUB, check, keep, ringhub, until, virtio_user, wait_up  # noqa: E402

CONNECTS = 200
VERSION, DMA_MAP, INFO, SET_IRQS, REGION_READ, REGION_WRITE, RESET = 1, 2, 4, 8, 9, 10, 13
BAR0, CONFIG = 0, 7
TDBAL, TDLEN, TDT, TCTL = 0x3800, 0x3808, 0x3818, 0x400  # of the e1000
MEMORY = 1 << 20
RANDOM = random.Random(20261125)


class Client:
    """A vfio-user client of bare messages."""

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(path)

    def send(self, command, body=b'', fds=(), size=None, flags=0):
        head = struct.pack('<HHIII', 1, command, 16 + len(body) if size is None else size, flags, 0)
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self.sock.sendmsg([head + body], anc)

    def reply(self):
        """The error of a reply; None: the connection is over."""
        try:
            head = self.sock.recv(16, socket.MSG_WAITALL)
        except ConnectionError:
            return None
        if len(head) < 16:
            return None
        size, _, error = struct.unpack('<4xIII', head)
        if size > 16:
            self.sock.recv(size - 16, socket.MSG_WAITALL)
        return error

    def ask(self, *args, **more):
        self.send(*args, **more)
        return self.reply()

    def hello(self):
        return self.ask(VERSION, struct.pack('<HH', 0, 0) + b'{}\0' + bytes(200))

    def map(self, fd):
        return self.ask(DMA_MAP, struct.pack('<IIQQQ', 32, 3, 0, 0, MEMORY), (fd,))

    def write(self, region, off, val, size=4):
        body = struct.pack('<QII', off, region, size) + val.to_bytes(size, 'little')
        return self.ask(REGION_WRITE, body)


def first(path):
    """A client that was let in: the one before it may not be gone yet."""
    end = time.monotonic() + 10
    while time.monotonic() < end:
        c = Client(path)
        try:
            if c.hello() == 0:
                return c
        except ConnectionError:
            pass
    raise AssertionError('no client is let in any more')


def leaves(c, _fds):
    """Comes and goes."""


def stammers(c, _fds):
    c.sock.send(bytes(RANDOM.randrange(1, 16)))


def lies(c, _fds):
    """A size that cannot be: an answer, and the end."""
    if c.ask(VERSION, size=RANDOM.choice((0, 15, 0x200000, 0xffffffff))) != 22 or c.reply() is not None:
        raise AssertionError('an absurd size was not refused')


def babbles(c, fds):
    """Unknown and malformed messages, with descriptors that nobody asked for: an error for each."""
    for _ in range(40):
        body = RANDOM.randbytes(RANDOM.randrange(64))
        if c.ask(RANDOM.choice((0, 3, 11, 14, 16, 99, 0xffff)), body, RANDOM.choices(fds, k=30)) == 0:
            raise AssertionError('nonsense was not refused')
    if c.ask(INFO, bytes(16)) != 0:
        raise AssertionError('the connection did not survive')


def cuts(c, _fds):
    """A guest that sends frames, and cuts its memory short meanwhile: the connection ends."""
    fd = os.memfd_create('guest')
    os.truncate(fd, MEMORY)
    good = [c.map(fd), c.write(CONFIG, 4, 6, 2), c.write(BAR0, TDBAL, 0x1000),
            c.write(BAR0, TDLEN, 4096), c.write(BAR0, TCTL, 2)]
    os.truncate(fd, 0)
    os.close(fd)
    c.send(REGION_WRITE, struct.pack('<QIII', TDT, BAR0, 4, 8))
    while (answer := c.reply()) is not None:
        good.append(answer)
    if any(good):
        raise AssertionError('the guest did not start: %s' % good)


KINDS = (leaves, stammers, lies, babbles, cuts)


def xstats(hub, port):
    asked = subprocess.run([os.path.join(HERE, '..', 'lib', 'telemetry'), str(hub.proc.pid),
                            '/ethdev/xstats,%d' % port], capture_output=True, text=True, check=True)
    return json.loads(asked.stdout)


def rss(hub):
    with open('/proc/%d/status' % hub.proc.pid, encoding='ascii') as f:
        return int(re.search(r'VmRSS:\s+(\d+)', f.read()).group(1))


def sent_and_got(gen):
    (rx0, tx0), (rx1, tx1) = cases.stats(gen, 0), cases.stats(gen, 1)
    return tx0, rx1, tx1, rx0


def none_lost(gen):
    tx0, rx1, tx1, rx0 = sent_and_got(gen)
    return tx0 == rx1 and tx1 == rx0


def hostile(run):
    path = '%s/vfu' % run
    hub = keep(ringhub(run, 'hub', 0, [
        '-netdev', 'user,id=n0', '-device', 'e1000,id=evil,netdev=n0,rom=off,vfio-user=' + path] + [
            w for i in (0, 1) for w in (
                '-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
                'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d' % (i, i, run, i))]))
    evil = next(p for p in range(4) if 'vfio_messages' in xstats(hub, p))
    gen = virtio_user(run, 'gen', ['%s/s0' % run, '%s/s1' % run])
    wait_up(hub, 2)
    gen.say('set fwd io')
    gen.say('start tx_first 8')
    check('frames flow', until(lambda: cases.stats(gen, 0)[0] > 1000))
    fds = [os.open('/dev/null', os.O_RDONLY) for _ in range(8)]
    for kind in KINDS:  # what is allocated once is there
        kind(first(path), fds)
    before = cases.fds(hub), rss(hub), xstats(hub, evil), cases.stats(gen, 0)[0]
    for i in range(CONNECTS):
        KINDS[i % len(KINDS)](first(path), fds)
    check('%d hostile clients' % CONNECTS, hub.proc.poll() is None)
    after = xstats(hub, evil)
    grown = {k: after[k] - before[2][k] for k in ('vfio_memory_faults', 'vfio_bad_messages')}
    check('each that cut its memory short was counted', grown['vfio_memory_faults'] == CONNECTS // 5, grown)
    check('each message that was refused was counted', grown['vfio_bad_messages'] == CONNECTS // 5 * 41, grown)
    check('frames flowed meanwhile', cases.stats(gen, 0)[0] > before[3] + 1000)
    check('no more descriptors than before', until(lambda: cases.fds(hub) <= before[0]), (before[0], cases.fds(hub)))
    check('memory as before', rss(hub) < before[1] + 2048, '%d KiB, %d KiB' % (before[1], rss(hub)))
    gen.say('stop')
    gen.say('set fwd rxonly')
    gen.say('start')
    check('no frame was lost', until(lambda: none_lost(gen)), sent_and_got(gen))
    check('the next client is served', first(path).ask(INFO, bytes(16)) == 0)


def main():
    if not shutil.which('dpdk-testpmd') or not os.path.exists(RINGHUB):
        print('needs dpdk-testpmd and a build')
        sys.exit(77)
    run = tempfile.mkdtemp(prefix='rht', dir='/run')
    try:
        hostile(run)
    finally:
        for p in reversed(cases.PROCS):
            p.end()
        shutil.rmtree(run)


if __name__ == '__main__':
    main()
