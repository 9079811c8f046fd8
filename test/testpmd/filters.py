#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Network filters between two stock virtio drivers, looked at by tshark and QEMU. usage: filters.py CASE"""
import os
import re
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, '..', 'lib')]
from cases import PROCS, check, fds, keep, read_pcap, stats, until, wait_up, write_pcap  # noqa: E402
from console import ringhub, testpmd  # noqa: E402

COUNT = 900
SENT = [struct.pack('>6s6sHI', b'\xff' * 6, b'\x02\0\0\0\0\1', 0x88b5, i) +
        bytes((i + k) & 0xff for k in range(60 - 18 + i * 1454 // COUNT)) for i in range(COUNT)]
TELEMETRY = os.path.join(HERE, '..', 'lib', 'telemetry')


def command(hub, line, error=False):
    """The answer to a console command."""
    before = hub.text().count('ringhub> ')
    hub.say(line)
    hub.wait_for('ringhub> ', before + 1)
    answer = hub.text().split('ringhub> ')[before]
    if error is False and 'Error' in answer:
        check(line, False, answer)
    return answer


def counter(hub, name, what):
    return int(re.search(r'^%s: (\d+)' % what, command(hub, 'show filter stats ' + name), re.M).group(1))


def start_hub(run, opts):
    """h0 and h1 on one hub, each with a NIC for a stock driver."""
    nics = [w for i in (0, 1) for w in (
        '-netdev', 'hubport,id=h%d,hubid=0' % i,
        '-device', 'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d' % (i, i, run, i))]
    return keep(ringhub(run, 'hub', 0, nics + opts))


def start_gen(run, name, pcap_args=''):
    """A stock testpmd that feeds in.pcap into d0 and writes what comes out of d1."""
    gen = keep(testpmd(run, name, 1, [
        '--vdev=net_pcap0,rx_pcap=%s/in.pcap,tx_pcap=/dev/null%s' % (run, pcap_args),
        '--vdev=net_virtio_user0,path=%s/s0,queue_size=1024,mrg_rxbuf=1,in_order=0' % run,
        '--vdev=net_virtio_user1,path=%s/s1,queue_size=1024,mrg_rxbuf=1,in_order=0' % run,
        '--vdev=net_pcap1,rx_pcap=%s/empty.pcap,tx_pcap=%s/%s.pcap' % (run, run, name)],
        ['--rxd=1024', '--txd=1024', '--no-flush-rx']))
    gen.say('set portlist 0,1,2,3')
    gen.say('set fwd io')
    return gen


def send_all(hub, run, name):
    """Send the frames once; what came out at the other end."""
    gen = start_gen(run, name)
    wait_up(hub, 2)
    gen.say('start')
    check('%s: %d frames arrived' % (name, COUNT), until(lambda: stats(gen, 3)[1] == COUNT), stats(gen, 3))
    gen.say('stop')
    gen.end()
    return read_pcap('%s/%s.pcap' % (run, name))


def tshark(path, *fields):
    """One list of fields for each frame, as tshark reads the file; it must have nothing to complain."""
    out = subprocess.run(['tshark', '-n', '-r', path, '-T', 'fields'] + [w for f in fields for w in ('-e', f)],
                         capture_output=True, text=True, check=False, timeout=60)
    noise = [w for w in out.stderr.splitlines() if 'Running as user' not in w]
    check('tshark reads ' + os.path.basename(path), out.returncode == 0 and not noise, out.stderr)
    return [line.split('\t') for line in out.stdout.splitlines()]


class Peer(threading.Thread):
    """The other end of a chardev: QEMU's framing, with or without a second length."""

    def __init__(self, path, vnet=False, echo=None):
        super().__init__(daemon=True)
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.vnet, self.echo = vnet, echo
        self.frames, self.headers = [], []
        self.start()

    def take(self, n):
        data = b''
        while len(data) < n:
            more = self.sock.recv(n - len(data))
            if not more:
                raise EOFError
            data += more
        return data

    def run(self):
        try:
            while True:
                size = struct.unpack('>I', self.take(4))[0]
                hdr = struct.unpack('>I', self.take(4))[0] if self.vnet else 0
                data = self.take(size)
                self.headers.append(data[:hdr])
                self.frames.append(data[hdr:])
                if self.echo:
                    self.echo.sendall(struct.pack('>I', len(data)) + data)
        except (EOFError, OSError):
            pass


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


def start_qemu(run, port):
    """A QEMU without a guest: its own socket netdev reads our mirror, its own filter-dump writes it."""
    qemu = subprocess.Popen([
        'qemu-system-x86_64', '-M', 'none', '-display', 'none', '-monitor', 'none',
        '-netdev', 'socket,id=s0,connect=127.0.0.1:%d' % port, '-netdev', 'hubport,id=q0,hubid=0,netdev=s0',
        '-netdev', 'user,id=u0', '-netdev', 'hubport,id=q1,hubid=0,netdev=u0',  # somebody must take the frames
        '-object', 'filter-dump,id=f0,netdev=s0,file=%s/qemu.pcap' % run],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return qemu


def free_port():
    with socket.socket() as sock:
        sock.bind(('127.0.0.1', 0))
        return sock.getsockname()[1]


def look(run):
    """Dumps in both formats and mirrors to three kinds of peer, of the same frames."""
    port = free_port()
    hub = start_hub(run, [
        '-chardev', 'socket,id=c0,path=%s/c0,server=on,wait=off' % run,
        '-chardev', 'socket,id=c1,path=%s/c1,server=on,wait=off' % run,
        '-chardev', 'socket,id=c2,host=127.0.0.1,port=%d,server=on,wait=off' % port,
        '-object', 'filter-dump,id=all,netdev=h0,file=%s/all.pcap' % run,
        '-object', 'filter-mirror,id=m0,netdev=h0,outdev=c0',
        '-object', 'filter-mirror,id=m1,netdev=h1,outdev=c1,vnet_hdr_support=on'])
    command(hub, 'object_add filter-mirror,id=m2,netdev=h0,queue=rx,outdev=c2')
    command(hub, 'object_add filter-dump,id=short,netdev=h1,queue=tx,maxlen=64,file=%s/short.pcapng' % run)
    command(hub, 'object_add filter-dump,id=none,netdev=h0,queue=tx,file=%s/none.pcap' % run)
    command(hub, 'object_add filter-dump,id=off,netdev=h0,status=off,file=%s/off.pcap' % run)
    qemu = start_qemu(run, port)
    try:
        peers = [Peer(run + '/c0'), Peer(run + '/c1', vnet=True)]
        check('three peers are connected',
              until(lambda: [counter(hub, 'm%d' % i, 'connects') for i in (0, 1, 2)] == [1, 1, 1]))
        start = time.time()
        check('through: equal, in order, none twice', send_all(hub, run, 'through') == SENT)
        end = time.time()
        check('mirror: a client has all of them',
              until(lambda: len(peers[0].frames) >= COUNT) and peers[0].frames == SENT)
        check('mirror with headers: all of them behind empty headers of 12 bytes',
              until(lambda: len(peers[1].frames) >= COUNT) and peers[1].frames == SENT and
              set(peers[1].headers) == {bytes(12)})
        check("QEMU has all of them in its own netdev's dump",
              until(lambda: os.path.exists(run + '/qemu.pcap') and len(read_pcap(run + '/qemu.pcap')) >= COUNT)
              and read_pcap(run + '/qemu.pcap') == SENT)
    finally:
        qemu.kill()
        qemu.wait()
    network = command(hub, 'info network').replace('\r', '')
    check('info network lists the filters in their order', re.findall(r'- (\w+): type=', network) ==
          ['m1', 'short', 'all', 'm0', 'm2', 'none', 'off'], network)
    for name in ('all', 'short', 'none', 'off'):
        command(hub, 'object_del ' + name)
    check('dump: equal', read_pcap(run + '/all.pcap') == SENT)
    rows = tshark(run + '/all.pcap', 'frame.len', 'frame.time_epoch', 'eth.type')
    check('tshark: lengths and types', [(int(r[0]), r[2]) for r in rows] == [(len(f), '0x88b5') for f in SENT])
    times = [float(r[1]) for r in rows]
    check('time stamps are real and do not go back', start <= times[0] and times == sorted(times) and
          times[-1] <= end, (start, times[0], times[-1], end))
    rows = tshark(run + '/short.pcapng', 'frame.len', 'frame.cap_len', 'frame.interface_name',
                  'frame.packet_flags_direction')
    check('pcapng: lengths, cut to maxlen, interface and direction', [tuple(r[:3]) for r in rows] ==
          [(str(len(f)), str(min(64, len(f))), 'h1') for f in SENT] and
          {int(r[3], 0) for r in rows} == {2}, rows[:2])
    check('the other direction and an off filter saw nothing',
          [read_pcap('%s/%s.pcap' % (run, n)) for n in ('none', 'off')] == [[], []])


def detour(run):
    """All frames leave by a redirector, come back by another, and wait in a buffer between two dumps."""
    hub = start_hub(run, ['-chardev', 'socket,id=out,path=%s/out,server=on,wait=off' % run,
                          '-chardev', 'socket,id=in,path=%s/in,server=on,wait=off' % run])
    command(hub, 'object_add filter-redirector,id=r0,netdev=h0,queue=rx,outdev=out')
    # What h0 receives meets the last filter first: r0, r1, near, wait, far.
    command(hub, 'object_add filter-redirector,id=r1,netdev=h0,queue=rx,indev=in,position=id=r0,insert=before')
    command(hub, 'object_add filter-dump,id=near,netdev=h0,file=%s/near.pcap,position=id=r1,insert=before' % run)
    command(hub, 'object_add filter-buffer,id=wait,netdev=h0,interval=150000,queue=rx,'
                 'position=id=near,insert=before')
    command(hub, 'object_add filter-dump,id=far,netdev=h0,file=%s/far.pcapng,position=head' % run)
    peer = Peer(run + '/out', echo=connect(run + '/in'))
    check('both ends are connected',
          until(lambda: [counter(hub, r, 'connects') for r in ('r0', 'r1')] == [1, 1]))
    check('detour: equal, in order, none twice', send_all(hub, run, 'detour') == SENT)
    check('every frame was with the peer', peer.frames == SENT)
    check('and came back', [counter(hub, 'r0', 'kept'), counter(hub, 'r1', 'injected')] == [COUNT, COUNT])
    check('and waited', counter(hub, 'wait', 'released') == COUNT)
    for name in ('near', 'far'):
        command(hub, 'object_del ' + name)
    near = [float(r[0]) for r in tshark(run + '/near.pcap', 'frame.time_epoch')]
    far = [float(r[0]) for r in tshark(run + '/far.pcapng', 'frame.time_epoch')]
    delays = [b - a for a, b in zip(near, far)]
    # Frames of one release are together; releases lie an interval apart.
    gaps = [b - a for a, b in zip(far, far[1:]) if b - a > 0.05]
    check('each waited for a release: at least %.0f ms, at most %.0f ms; releases %s ms apart' %
          (min(delays) * 1e3, max(delays) * 1e3, ' '.join('%.0f' % (g * 1e3) for g in gaps)),
          len(far) == COUNT and min(delays) >= 0 and max(delays) > 0.01 and all(g > 0.149 for g in gaps))
    # A peer that talks nonsense is cut off, and the next one is served.
    peer.echo.sendall(b'\xff' * 8)
    check('an impossible length ends the connection', peer.echo.recv(1) == b'')
    check('and is counted', counter(hub, 'r1', 'protocol_errors') == 1)
    again = connect(run + '/in')
    check('the next peer is served', until(lambda: counter(hub, 'r1', 'connects') == 2))
    again.close()


def mbufs(hub):
    out = subprocess.run([sys.executable, TELEMETRY, str(hub.proc.pid), 'mbufs'], capture_output=True, text=True,
                         check=True, timeout=30)
    return int(out.stdout)


def flat(hub):
    return fds(hub), command(hub, 'info network').count('type=filter')


def churn(run):
    """Filters of all kinds come and go under traffic, and a disk that is full: frames flow all the time."""
    hub = start_hub(run, ['-chardev', 'socket,id=c0,path=%s/c0,server=on,wait=off' % run,
                          '-chardev', 'socket,id=c1,path=%s/c1,server=on,wait=off' % run])
    before = flat(hub)
    gen = start_gen(run, 'endless', ',infinite_rx=1')
    wait_up(hub, 2)
    gen.say('start')
    check('frames flow', until(lambda: stats(gen, 3)[1] > 1000))
    for i in range(6):
        seen = stats(gen, 3)[1]
        command(hub, 'object_add filter-dump,id=a,netdev=h0,file=%s/a.pcap,maxlen=96' % run)
        command(hub, 'object_add filter-mirror,id=b,netdev=h1,outdev=c0')
        command(hub, 'object_add filter-buffer,id=c,netdev=h1,interval=2000')
        command(hub, 'object_add filter-redirector,id=d,netdev=h0,queue=tx,indev=c1')
        peers = [Peer(run + '/c0'), connect(run + '/c1')]
        peers[1].sendall(struct.pack('>I', 100) * 1 + SENT[0][:60] + bytes(40))
        check('round %d: the filters see frames' % i,
              until(lambda: all(counter(hub, f, 'frames') > 100 for f in 'abc') and len(peers[0].frames) > 10))
        for name in 'acdb':
            command(hub, 'object_del ' + name)
        peers[0].sock.close()
        peers[1].close()
        check('round %d: frames flow' % i, until(lambda s=seen: stats(gen, 3)[1] > s + 1000))
    # A file that may not grow is a disk that is full.
    subprocess.run(['prlimit', '--pid', str(hub.proc.pid), '--fsize=100000:'], check=True)
    command(hub, 'object_add filter-dump,id=full,netdev=h0,file=%s/full.pcap' % run)
    check('the dump ends', until(lambda: counter(hub, 'full', 'write_errors') == 1))
    check('later frames are counted', until(lambda: counter(hub, 'full', 'drop_stopped') > 100))
    seen = stats(gen, 3)[1]
    check('and flow on', until(lambda: stats(gen, 3)[1] > seen + 1000))
    check('with one line in the log', len(re.findall('full: dump ends: cannot write', hub.text())) == 1)
    rows = tshark(run + '/full.pcap', 'frame.len', 'frame.cap_len')
    check('what is in the file, %d frames, is whole' % len(rows), len(rows) > 50 and
          all(r[0] == r[1] for r in rows) and os.path.getsize(run + '/full.pcap') <= 100000)
    command(hub, 'object_del full')
    gen.say('stop')
    gen.end()
    wait_up(hub, 0)
    for i in (0, 1):
        command(hub, 'chardev-remove c%d' % i)
    check('descriptors as before, but for the two chardevs', until(lambda: flat(hub) == (before[0] - 2, 0)),
          (before, flat(hub)))
    check('mbufs are flat', until(lambda: mbufs(hub) == 0), mbufs(hub))


CASES = {f.__name__: f for f in (look, detour, churn)}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in CASES:
        sys.exit('%s known: %s' % (__doc__, ' '.join(CASES)))
    run = tempfile.mkdtemp(prefix='rht', dir='/run')
    try:
        write_pcap(run + '/in.pcap', SENT)
        write_pcap(run + '/empty.pcap', [])
        CASES[sys.argv[1]](run)
    finally:
        for p in reversed(PROCS):
            p.end()
        shutil.rmtree(run)


if __name__ == '__main__':
    main()
