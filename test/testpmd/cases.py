#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The drivers and ringhub with stock DPDK programs. usage: cases.py CASE"""
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from checks import check  # noqa: E402 (the path is set above)
from console import EAL, PLUGINS, RINGHUB, ringhub, testpmd  # noqa: E402

GUEST = PLUGINS % ('guest', 'guest')
SLIRP = PLUGINS % ('slirp', 'slirp')
PROCS = []


def keep(proc):
    PROCS.append(proc)
    return proc


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def virtio_user(run, name, socks, pairs=1, args=()):
    """A second DPDK process whose ports are stock virtio drivers on these sockets."""
    vdevs = ['--vdev=net_virtio_user%d,path=%s,queue_size=1024,queues=%d,mrg_rxbuf=1,in_order=0' %
             (i, s, pairs) for i, s in enumerate(socks)]
    return keep(testpmd(run, name, 1, vdevs, ['--rxq=%d' % pairs, '--txq=%d' % pairs,
                                              '--rxd=1024', '--txd=1024'] + list(args)))


def stats(proc, port):
    """Frames received and sent, as testpmd's console says."""
    n = len(re.findall('NIC statistics for port', proc.text()))
    proc.say('show port stats %d' % port)
    proc.wait_for('NIC statistics for port', n + 1)
    proc.wait_for(r'Tx-pps', n + 1)
    block = proc.text().rsplit('NIC statistics for port', 1)[1]
    return [int(re.search(r'%s-packets:\s+(\d+)' % d, block).group(1)) for d in ('RX', 'TX')]


def load(run):
    """Each driver in stock testpmd, several at once, gone when detached; wrong devargs are named."""
    p = keep(testpmd(run, 'load', 0, ['-d', GUEST, '-d', SLIRP,
                                      '--vdev=net_guest0,model=virtio-net-pci,vhost-user=%s/a' % run,
                                      '--vdev=net_guest1,vhost-user=%s/b,queues=2' % run,
                                      '--vdev=net_slirp0', '--vdev=net_slirp1,net=10.7.0.0/24']))
    p.say('show port info all')
    p.wait_for('Driver name', 4)
    check('two net_guest and two net_slirp',
          [p.text().count('Driver name: ' + d) for d in ('net_guest', 'net_slirp')] == [2, 2], p.text())
    p.say('show port xstats 0')
    p.wait_for('q0_from_guest_bad_chain')
    check('one counter for each reason', 'q0_to_guest_no_buffer' in p.text())
    p.say('port stop 1')
    p.say('port close 1')
    check('closing a port removes its socket', until(lambda: not os.path.exists(run + '/b')))
    check('and no other', os.path.exists(run + '/a'))
    p.say('quit')
    check('quit ends it', until(lambda: p.proc.poll() is not None) and p.proc.returncode == 0)
    check('with no socket left', not os.path.exists(run + '/a'))
    for vdev, why in (('net_guest0,vhost-user=%s/a,bogus=1' % run, "unknown key 'bogus'"),
                      ('net_guest0,model=ne2000,vhost-user=%s/a' % run, 'model=ne2000'),
                      ('net_guest0', 'needs vhost-user=PATH'),
                      ('net_guest0,vhost-user=/nonexistent/a', 'No such file or directory'),
                      ('net_slirp0,net=1', 'net=1'), ('net_slirp0,hostfwd=x', 'No : separators')):
        out = subprocess.run(['dpdk-testpmd', '--lcores', '0@0,1@0', '--file-prefix=t_bad'] + EAL +
                             ['-d', GUEST, '-d', SLIRP, '--vdev=' + vdev, '--', '-i'],
                             input='quit\n', capture_output=True, text=True, timeout=60, check=False)
        check('%s: %s' % (vdev, why), why in out.stdout + out.stderr, out.stderr)


def loop_back(run, name, dut, sock, pairs):
    """Everything a virtio_user peer sends comes back: nothing lost, nothing more."""
    gen = virtio_user(run, name, [sock], pairs)
    dut()
    gen.say('set fwd rxonly')
    gen.say('start tx_first 8')
    want = 8 * 32 * pairs
    check('%d pair(s): %d frames came back' % (pairs, want),
          until(lambda: stats(gen, 0) == [want, want]), stats(gen, 0))
    gen.end()


def virtio_user_peer(run):
    """net_guest in stock testpmd, served to a stock virtio driver with 1 and 2 queue pairs."""
    for pairs in (1, 2):
        sock = '%s/v%d' % (run, pairs)
        p = keep(testpmd(run, 'dut%d' % pairs, 0,
                         ['-d', GUEST, '--vdev=net_guest0,vhost-user=%s,queues=%d' % (sock, pairs)],
                         ['--rxq=%d' % pairs, '--txq=%d' % pairs]))
        p.say('set fwd io')
        p.say('start')

        def up(p=p):
            def link():
                p.say('show port summary all')
                time.sleep(0.1)
                return re.search(r'net_guest\s+up', p.text()[-400:])
            check('link up', until(link), p.text()[-500:])
        loop_back(run, 'gen%d' % pairs, up, sock, pairs)
        p.end()


def wait_up(hub, ports):
    """Until so many guest links are up in a ringhub."""
    def link():
        hub.say('show port summary all')
        time.sleep(0.1)
        last = hub.text().rsplit('Port MAC Address', 1)[-1]
        return len(re.findall(r'net_guest\s+up', last)) == ports
    check('%d links up' % ports, until(link), hub.text()[-600:])


def write_pcap(path, frames):
    with open(path, 'wb') as f:
        f.write(struct.pack('<IHHiIII', 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
        for data in frames:
            f.write(struct.pack('<IIII', 0, 0, len(data), len(data)) + data)


def read_pcap(path):
    with open(path, 'rb') as f:
        data = f.read()
    at, frames = 24, []
    while at + 16 <= len(data):
        size = struct.unpack_from('<I', data, at + 8)[0]
        frames.append(data[at + 16:at + 16 + size])
        at += 16 + size
    return frames


def frames_through(run, pairs):
    """Numbered frames of every size from one stock driver to another through ringhub: all arrive,
    once, in order, byte for byte."""
    hub = keep(ringhub(run, 'hub', 0, [w for i in (0, 1) for w in (
        '-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
        'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d,queues=%d' % (i, i, run, i, pairs))]))
    sent = [struct.pack('>6s6sHI', b'\xff' * 6, b'\x02\0\0\0\0\1', 0x88b5, i) +
            bytes((i + k) & 0xff for k in range(60 - 18 + i * 1454 // 900)) for i in range(900)]
    write_pcap(run + '/in.pcap', sent)
    # 900 frames fit the rings, so that nothing needs to be lost however the CPUs are shared.
    gen = keep(testpmd(run, 'gen', 1, [
        '--vdev=net_pcap0,rx_pcap=%s/in.pcap,tx_pcap=%s/unused.pcap' % (run, run),
        '--vdev=net_virtio_user0,path=%s/s0,queue_size=1024,mrg_rxbuf=1,in_order=0' % run,
        '--vdev=net_virtio_user1,path=%s/s1,queue_size=1024,mrg_rxbuf=1,in_order=0' % run,
        '--vdev=net_pcap1,rx_pcap=%s/in.pcap,tx_pcap=%s/out.pcap' % (run, run)],
        ['--rxd=1024', '--txd=1024', '--no-flush-rx']))
    wait_up(hub, 2)
    gen.say('set portlist 0,1,2,3')
    gen.say('set fwd io')
    gen.say('start')
    check('900 frames arrived', until(lambda: stats(gen, 3)[1] == 900), gen.text()[-1500:])
    gen.say('stop')
    gen.say('quit')
    until(lambda: gen.proc.poll() is not None)
    got = read_pcap(run + '/out.pcap')
    check('equal, in order, none twice', got == sent, '%d frames' % len(got))


def ringhub_virtio_user(run):
    """A stock virtio driver on each end of a ringhub, content compared."""
    frames_through(run, 1)


def ringhub_two_pairs(run):
    """Two queue pairs from a stock driver, all frames counted at a second one."""
    hub = keep(ringhub(run, 'hub', 0, [w for i in (0, 1) for w in (
        '-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
        'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d,queues=2' % (i, i, run, i))]))
    gen = virtio_user(run, 'gen', ['%s/s0' % run, '%s/s1' % run], 2)
    wait_up(hub, 2)
    gen.say('set fwd rxonly')
    gen.say('start tx_first 8')
    check('512 frames each way over two queue pairs',
          until(lambda: stats(gen, 0) == [512, 512] and stats(gen, 1) == [512, 512]), stats(gen, 0))
    hub.say('show port xstats d0')
    hub.wait_for('q1_from_guest_frames')
    counts = [int(re.search('q%d_from_guest_frames: (\\d+)' % q, hub.text()).group(1)) for q in (0, 1)]
    check('both pairs carried frames', counts == [256, 256], counts)


MAC = [b'\x02\0\0\0\0' + bytes([i]) for i in range(4)]


def marked(src, dst, count):
    """So many frames from one of MAC to another, or to all."""
    return [(b'\xff' * 6 if dst is None else MAC[dst]) + MAC[src] + b'\x88\xb5' +
            struct.pack('>I', i) + bytes(50) for i in range(count)]


class Three:
    """Three stock virtio drivers on a hub, each fed from a file and recorded to one."""

    def __init__(self, run, name, options, inputs):
        self.run, self.name = run, name
        self.hub = keep(ringhub(run, name, 0, options + [w for i in range(3) for w in (
            '-device', 'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/%s%d' % (i, i, run, name, i))]))
        vdevs = []
        for i, frames in enumerate(inputs):
            write_pcap(self.path('in', i), frames)
            vdevs += ['--vdev=net_virtio_user%d,path=%s/%s%d,queue_size=1024,mrg_rxbuf=1,in_order=0' %
                      (i, run, name, i),
                      '--vdev=net_pcap%d,rx_pcap=%s,tx_pcap=%s' % (i, self.path('in', i), self.path('out', i))]
        self.gen = keep(testpmd(run, name + '-gen', 1, vdevs, ['--rxd=1024', '--txd=1024', '--no-flush-rx']))
        wait_up(self.hub, 3)
        # testpmd numbers ports by the order of drivers, not of words: find them by name.
        self.gen.say('show port info all')
        self.gen.wait_for('Device name: ', 6)
        names = re.findall(r'Device name: (\w+)', self.gen.text())
        self.port = {n: i for i, n in enumerate(names)}

    def path(self, kind, i):
        return '%s/%s-%s%d.pcap' % (self.run, self.name, kind, i)

    def forward(self, ports, received):
        """Let these drivers send their files, until each has recorded so many frames."""
        self.gen.say('set portlist ' + ','.join('%d,%d' % (
            self.port['net_virtio_user%d' % i], self.port['net_pcap%d' % i]) for i in ports))
        self.gen.say('set fwd io')
        self.gen.say('start')
        for i, count in received.items():
            check('%s: driver %d receives %d frames' % (self.name, i, count), until(
                lambda i=i, count=count: stats(self.gen, self.port['net_pcap%d' % i])[1] >= count),
                self.gen.text()[-600:])
        self.gen.say('stop')
        self.gen.wait_for('Done.', self.gen.text().count('Done.') + 1)

    def ask(self, command, pattern):
        """A console command of ringhub, and what the pattern finds in its answer."""
        before = len(self.hub.text())
        self.hub.say(command)
        check('%s: %s' % (self.name, command), until(lambda: re.search(pattern, self.hub.text()[before:])),
              self.hub.text()[before:])
        return re.search(pattern, self.hub.text()[before:])

    def end(self):
        """What each driver received."""
        self.gen.say('quit')
        until(lambda: self.gen.proc.poll() is not None)
        self.hub.end()
        return [read_pcap(self.path('out', i)) for i in range(3)]


def ringhub_switch(run):
    """mode=switch: unicast between two drivers does not reach the third."""
    ports = [w for i in range(3) for w in ('-netdev', 'hubport,id=h%d,hubid=0' % i)]
    t = Three(run, 'switch', ['-hub', 'id=0,mode=switch'] + ports,
              [marked(0, 1, 500) + marked(0, None, 20), marked(1, 0, 1), marked(2, 0, 1)])
    t.forward([1], {})
    t.ask('show fdb 0', r'd1 +0  02:00:00:00:00:01')
    t.forward([0, 1, 2], {1: 520, 2: 20})
    t.ask('show fdb 0', r'd0 +0  02:00:00:00:00:00')
    flooded = t.ask('show hub 0', r'd1: macs 1, in_frames 1 .* flooded (\d+)')
    check('only the first frame was flooded', flooded.group(1) == '1', flooded.group(0))
    got = t.end()
    check('all frames to driver 1, in order', got[1] == marked(0, 1, 500) + marked(0, None, 20), len(got[1]))
    # The one frame of driver 1 was for an unknown address then; that of driver 2 for a known one.
    check('broadcasts only to driver 2', [f for f in got[2] if f[6:12] == MAC[0]] == marked(0, None, 20), len(got[2]))


def ringhub_loop(run):
    """A port that sends everything back is blocked, not the driver whose address comes out of it."""
    t = Three(run, 'loop', ['-hub', 'id=0,loop=block', '-netdev', 'dpdk,id=lp,devargs=net_ring9',
                            '-netdev', 'hubport,id=hl,hubid=0,netdev=lp'] +
              [w for i in range(3) for w in ('-netdev', 'hubport,id=h%d,hubid=0' % i)],
              [marked(0, None, 300), [], []])
    t.forward([0, 1, 2], {1: 300, 2: 300})
    t.ask('show hub 0', r'lp: blocked by loop=block for \d+ s, .* drop_loop [1-9]')
    t.ask('show hub 0', r'd0: macs 1, in_frames 300 out_frames \d+ moves \d+\s')
    check('the log says so', until(lambda: 'hub0: 02:00:00:00:00:00 moves to and fro, last to lp' in t.hub.text()))
    t.ask('set_link lp on', r'ringhub> ')
    t.ask('show hub 0', r'lp: macs')
    t.end()


def ringhub_vlans(run):
    """Broadcasts of an access port reach the trunk of its VLAN, with tags, and no other VLAN."""
    t = Three(run, 'vlan', ['-netdev', 'hubport,id=h0,hubid=0,access=10', '-netdev', 'hubport,id=h1,hubid=0,access=20',
                            '-netdev', 'hubport,id=h2,hubid=0,trunk=10'], [marked(0, None, 300), marked(1, None, 200), []])
    t.forward([0, 1, 2], {2: 300})
    t.ask('show hub 0', r'd1 \(access=20\): in_frames 200 ')
    got = t.end()
    check('VLAN 20 sees nothing of VLAN 10', got[:2] == [[], []], got[:2])
    check('the trunk sees VLAN 10, with tags', got[2] == [f[:12] + b'\x81\0\0\x0a' + f[12:] for f in marked(0, None, 300)],
          got[2][:1])


def fds(proc):
    return len(os.listdir('/proc/%d/fd' % proc.proc.pid))


def reconnect(run):
    """A peer killed in flight, ten times: the next one is served, descriptors stay flat."""
    hub = keep(ringhub(run, 'hub', 0, [w for i in (0, 1) for w in (
        '-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
        'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s/s%d' % (i, i, run, i))]))
    before = fds(hub)
    for i in range(10):
        gen = virtio_user(run, 'gen%d' % i, ['%s/s0' % run, '%s/s1' % run])
        wait_up(hub, 2)
        gen.say('set fwd io')
        gen.say('start tx_first 8')
        check('round %d: frames flow' % i, until(lambda g=gen: stats(g, 0)[0] > 1000))
        gen.proc.kill()
        gen.end()
        wait_up(hub, 0)
    check('descriptors as before', until(lambda: fds(hub) == before), '%d, %d' % (before, fds(hub)))


CASES = {f.__name__: f for f in (load, virtio_user_peer, ringhub_virtio_user, ringhub_two_pairs,
                                 ringhub_switch, ringhub_vlans, ringhub_loop, reconnect)}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in CASES:
        sys.exit('%s known: %s' % (__doc__, ' '.join(CASES)))
    if not shutil.which('dpdk-testpmd') or not os.path.exists(RINGHUB):
        print('needs dpdk-testpmd and a build')
        sys.exit(77)
    run = tempfile.mkdtemp(prefix='rht', dir='/run')
    try:
        CASES[sys.argv[1]](run)
    finally:
        for p in reversed(PROCS):
            p.end()
        shutil.rmtree(run)


if __name__ == '__main__':
    main()
