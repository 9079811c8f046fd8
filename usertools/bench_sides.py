# SPDX-License-Identifier: BSD-3-Clause
"""What bench.sh compares: how each program is started on one CPU, and how its ports are reached."""
import os
import shutil
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP + '/test/lib')
from console import EAL, Process  # noqa: E402 (the path is set above)

BUILD = os.environ.get('RINGHUB_BUILD', TOP + '/build')
RINGHUB = os.environ.get('RINGHUB', BUILD + '/app/ringhub/ringhub')


class Trouble(Exception):
    """Something that the user can read, in one line."""


def call(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Trouble('%s: %s' % (' '.join(argv), (done.stderr or done.stdout).strip()))
    return done.stdout


def until(what, seconds, condition, proc=None):
    """Wait for a condition; proc must live meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        if proc is not None and proc.poll() is not None:
            raise Trouble('%s: it ended, exit code %d' % (what, proc.returncode))
        if time.monotonic() > end:
            raise Trouble('%s: not in %d s' % (what, seconds))
        time.sleep(0.05)


class Place:
    """A folder and a network namespace of one comparison, gone with everything in them."""

    def __init__(self, core):
        self.core = core
        self.run = '/run/rhbench-%d' % os.getpid()
        self.netns = 'rhbench-%d' % os.getpid()
        shutil.rmtree(self.run, ignore_errors=True)
        os.mkdir(self.run)
        self.has_netns = False
        self.procs = []
        self.extra_netns = []

    def need_netns(self):
        if not self.has_netns:
            call('ip', 'netns', 'add', self.netns)
            self.has_netns = True
            # Nothing but test traffic.
            self.inside('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1',
                        'net.ipv6.conf.default.disable_ipv6=1')
            self.inside('ip', 'link', 'set', 'lo', 'up')

    def within(self):
        """Words before a command that is to run in the namespace."""
        return ['nsenter', '--net=/run/netns/' + self.netns, '--'] if self.has_netns else []

    def inside(self, *argv):
        return call(*self.within(), *argv)

    def pin(self):
        return self.pin_to(self.core)

    @staticmethod
    def pin_to(core):
        return ['taskset', '-c', str(core)]

    def console(self, name, argv):
        p = Process(self.within() + argv, '%s/%s.log' % (self.run, name))
        self.procs.append(p)
        return p

    def end(self):
        for p in reversed(self.procs):
            try:
                os.kill(p.proc.pid, 18)  # SIGCONT: one that was stopped does not end
            except ProcessLookupError:
                pass
            p.end()
        self.procs = []
        for netns in self.extra_netns + [self.netns] * self.has_netns:
            subprocess.run(['ip', 'netns', 'del', netns], check=False)
        shutil.rmtree(self.run, ignore_errors=True)


class Side:
    """name; pids of what is under test; ports as ringhub-bench is told."""

    def __init__(self, name, pids, ports):
        self.name, self.pids, self.ports = name, pids, ports

    def words(self):
        words = ['--side', self.name]
        for pid in self.pids:
            words += ['--pid', str(pid)]
        for port in self.ports:
            words += ['--port', port]
        return words


def eal(place, prefix):
    return ['--lcores', '0@%d,1@%d' % (place.core, place.core), '--file-prefix=%s_%d' % (prefix, os.getpid())] + EAL


def make_taps(place, letter, n):
    place.need_netns()
    names = ['%s%d' % (letter, i) for i in range(n)]
    for name in names:
        place.inside('ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap')
        place.inside('ip', 'link', 'set', name, 'up')
    return names


def tap_ports(place, names):
    return ['netdev=%s@%s' % (name, place.netns) for name in names]


def ringhub(place, case):
    n = int(case['members'])
    opts, ports = [], []
    if case['transport'] == 'tap':
        names = make_taps(place, 'r', n)
        ports = tap_ports(place, names)
    for i in range(n):
        if case['transport'] == 'tap':
            opts += ['-netdev', 'tap,id=t%d,ifname=%s,script=no,downscript=no' % (i, names[i]),
                     '-netdev', 'hubport,id=h%d,hubid=0,netdev=t%d' % (i, i)]
            continue
        path = '%s/r%d' % (place.run, i)
        ports.append('vhost-user=' + path)
        opts += ['-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
                 'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s,queues=%s%s' %
                 (i, i, path, case['queues'], ',packed=on' if case['ring'] == 'packed' else '')]
    dut = place.console('ringhub', [RINGHUB] + eal(place, 'bench_r') + ['--'] + opts + ['-monitor', 'stdio'])
    dut.wait_for('ringhub> ')
    return Side('ringhub', [dut.proc.pid], ports)


def testpmd(place, case):
    n = int(case['members'])
    paths = ['%s/t%d' % (place.run, i) for i in range(n)]
    vdevs = ['--vdev=net_vhost%d,iface=%s,queues=%s,client=0' % (i, p, case['queues']) for i, p in enumerate(paths)]
    dut = place.console('testpmd', ['dpdk-testpmd'] + eal(place, 'bench_t') + vdevs + [
        '--', '-i', '--nb-cores=1', '--total-num-mbufs=32768', '--txd=1024', '--rxd=1024',
        '--rxq=' + case['queues'], '--txq=' + case['queues'], '--burst=' + case['burst']])
    dut.wait_for('testpmd> ')
    dut.say('set fwd io')
    dut.say('start')
    return Side('testpmd', [dut.proc.pid], ['vhost-user=' + p for p in paths])


def holds_tun(pid, n):
    links = []
    for fd in os.listdir('/proc/%d/fd' % pid):
        try:
            links.append(os.readlink('/proc/%d/fd/%s' % (pid, fd)))
        except OSError:
            pass
    return links.count('/dev/net/tun') == n


def qemu(place, case):
    names = make_taps(place, 'q', int(case['members']))
    opts = []
    for i, name in enumerate(names):
        opts += ['-netdev', 'tap,id=t%d,ifname=%s,script=no,downscript=no' % (i, name),
                 '-netdev', 'hubport,id=h%d,hubid=0,netdev=t%d' % (i, i)]
    dut = place.console('qemu', place.pin() + ['qemu-system-x86_64', '-M', 'none', '-nodefaults', '-display', 'none',
                                               '-monitor', 'none'] + opts)
    until('QEMU opens its taps', 15, lambda: holds_tun(dut.proc.pid, len(names)), dut.proc)
    return Side('qemu', [dut.proc.pid], tap_ports(place, names))


def vde(place, case):
    names = make_taps(place, 'v', int(case['members']))
    opts = [word for name in names for word in ('-tap', name)]
    dut = place.console('vde', place.pin() + ['vde_switch', '-hub', '-sock', place.run + '/vde'] + opts)
    until('vde_switch opens its taps', 15, lambda: holds_tun(dut.proc.pid, len(names)), dut.proc)
    return Side('vde', [dut.proc.pid], tap_ports(place, names))


def bridge(place, case):
    place.need_netns()
    ends = ['e%d' % i for i in range(int(case['members']))]
    place.inside('ip', 'link', 'add', 'br0', 'type', 'bridge', 'ageing_time', '0')
    place.inside('ip', 'link', 'set', 'br0', 'up')
    for i, end in enumerate(ends):
        place.inside('ip', 'link', 'add', 'b%d' % i, 'type', 'veth', 'peer', 'name', end)
        place.inside('ip', 'link', 'set', 'b%d' % i, 'master', 'br0', 'up')
        place.inside('ip', 'link', 'set', end, 'up')
    return Side('bridge', [], tap_ports(place, ends))


# name: (start, transports, programs, Debian packages, what it is)
PEERS = {
    'testpmd': (testpmd, ('vhost-user',), ('dpdk-testpmd',), 'dpdk-dev',
                'dpdk-testpmd with net_vhost ports, io forwarding'),
    'qemu': (qemu, ('tap',), ('qemu-system-x86_64',), 'qemu-system-x86',
             "taps on QEMU's hub, no guest"),
    'vde': (vde, ('tap',), ('vde_switch',), 'vde2', 'taps on vde_switch -hub'),
    'bridge': (bridge, ('tap',), ('ip',), 'iproute2', 'veth pairs on a Linux bridge that does not learn'),
}


PEERS['slirp4netns'] = (None, ('user',), ('slirp4netns', 'iperf3'), 'slirp4netns iperf3',
                        'a user-mode network for a namespace, TCP by iperf3, MTU 1500')


def fits(peer, case):
    """Whether a peer can do a case: testpmd has no hub, so it passes pairs on only."""
    if case['transport'] not in PEERS[peer][1]:
        return False
    return peer != 'testpmd' or case['traffic'] in ('pairs', 'oneway')


def lacking(peer):
    """The programs of a peer that are not installed."""
    return [p for p in PEERS[peer][2] if shutil.which(p) is None]
