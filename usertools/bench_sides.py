# SPDX-License-Identifier: BSD-3-Clause
"""What bench.sh compares: how each program is started on one CPU, and how its ports are reached."""
import os
import shutil

import bench_count
import bench_dgram
import bench_ovs
from bench_place import RINGHUB, Side, eal, until


def make_taps(place, letter, n):
    place.need_netns()
    names = ['%s%d' % (letter, i) for i in range(n)]
    for name in names:
        place.inside('ip', 'tuntap', 'add', 'dev', name, 'mode', 'tap')
        place.inside('ip', 'link', 'set', name, 'up')
    return names


def tap_ports(place, names):
    return ['netdev=%s@%s' % (name, place.netns) for name in names]


def ringhub_ports(place, case, letter):
    """What Ringhub and the generator are told of a case's ports."""
    opts, ports, n = [], [], int(case['members'])
    if case['transport'] == 'tap':
        names = make_taps(place, letter, n)
        for i, name in enumerate(names):
            opts += ['-netdev', 'tap,id=t%d,ifname=%s,script=no,downscript=no' % (i, name),
                     '-netdev', 'hubport,id=h%d,hubid=0,netdev=t%d' % (i, i)]
        return opts, tap_ports(place, names)
    for i in range(n):
        path = '%s/%s%d' % (place.run, letter, i)
        ports.append('vhost-user=' + path)
        opts += ['-netdev', 'hubport,id=h%d,hubid=0' % i, '-device',
                 'virtio-net-pci,id=d%d,netdev=h%d,vhost-user=%s,queues=%s%s' %
                 (i, i, path, case['queues'], ',packed=on' if case['ring'] == 'packed' else '')]
    return opts, ports


def start_ringhub(place, case, name, letter, lcores):
    # A frame for one of many goes to one of many only through a switch.
    opts, ports = ringhub_ports(place, case, letter)
    switch = ['-hub', 'id=0,mode=switch'] * (case['traffic'] == 'ring')
    dut = place.console(name, [RINGHUB] + eal(place, 'bench_' + letter, lcores) + ['--'] + switch + opts +
                        ['-monitor', 'stdio'])
    dut.wait_for('ringhub> ')
    return Side(name, [dut.proc.pid], ports,
                lambda: bench_count.of_ringhub(bench_count.xstats(dut, 'ringhub> ')))


def ringhub(place, case):
    if case['transport'] == 'dgram':
        return bench_dgram.ringhub(place, case)
    return start_ringhub(place, case, 'ringhub', 'r', [place.core])


def workers2(place, case):
    return start_ringhub(place, case, 'workers2', 'w', [place.core, place.second_core])


def testpmd(place, case):
    n = int(case['members'])
    paths = ['%s/t%d' % (place.run, i) for i in range(n)]
    # Uncut TCP frames: with the flags as of before DPDK 21.11, a received one is marked as one to be sent, so that
    # io forwarding, which looks at no frame, passes it on as what it is.
    # Chains of 4 mbufs are what it was fastest with (of 2, 16 and 64 KiB each).
    tso = case['mss'] != '0'
    more = ',tso=1,legacy-ol-flags=1' * tso
    mbufs = ['--mbuf-size=16512', '--total-num-mbufs=4096'] if tso else ['--total-num-mbufs=32768']
    vdevs = ['--vdev=net_vhost%d,iface=%s,queues=%s,client=0%s' % (i, p, case['queues'], more)
             for i, p in enumerate(paths)]
    dut = place.console('testpmd', ['dpdk-testpmd'] + eal(place, 'bench_t') + vdevs + [
        '--', '-i', '--nb-cores=1', '--txd=1024', '--rxd=1024'] + mbufs + [
        '--rxq=' + case['queues'], '--txq=' + case['queues'], '--burst=' + case['burst']])
    dut.wait_for('testpmd> ')
    dut.say('set fwd io')
    dut.say('start')
    return Side('testpmd', [dut.proc.pid], ['vhost-user=' + p for p in paths],
                lambda: bench_count.of_testpmd(int(case['size'])))


def holds_tun(pid, n):
    links = []
    for fd in os.listdir('/proc/%d/fd' % pid):
        try:
            links.append(os.readlink('/proc/%d/fd/%s' % (pid, fd)))
        except OSError:
            pass
    return links.count('/dev/net/tun') == n


def qemu(place, case):
    if case['transport'] != 'tap':
        return bench_dgram.qemu(place, case)
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
    if case['transport'] != 'tap':
        return bench_dgram.vde(place, case)
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
    'qemu': (qemu, ('tap', 'dgram', 'own'), ('qemu-system-x86_64',), 'qemu-system-x86',
             "taps or datagram sockets on QEMU's hub, no guest"),
    'vde': (vde, ('tap', 'dgram', 'own'), ('vde_switch',), 'vde2', 'taps or its own sockets on vde_switch -hub'),
    'workers2': (workers2, ('vhost-user',), (), '', 'Ringhub itself with two lcores that poll, on --core and '
                 '--second-core; the other side has one'),
    'bridge': (bridge, ('tap',), ('ip',), 'iproute2', 'veth pairs on a Linux bridge that does not learn'),
    'ovs': (bench_ovs.start, ('vhost-user',), (bench_ovs.VSWITCHD, 'ovsdb-server', 'ovs-vsctl'),
            'openvswitch-switch-dpdk', 'OVS-DPDK, dpdkvhostuser ports on a bridge with the action NORMAL'),
    'slirp4netns': (None, ('user',), ('slirp4netns', 'iperf3'), 'slirp4netns iperf3',
                    'a user-mode network for a namespace, TCP by iperf3, MTU 1500'),
    'passt': (None, ('user',), ('pasta', 'iperf3'), 'passt iperf3',
              'passt as pasta, a user-mode network for a namespace, TCP by iperf3, MTU 1500'),
}


def fits(peer, case):
    """Whether a peer can do a case: testpmd has no hub, so it passes pairs on only."""
    if case['transport'] not in PEERS[peer][1]:
        return False
    if peer == 'ovs' and case['mss'] != '0':  # cuts all, unless the whole switch is told not to
        return False
    return peer != 'testpmd' or case['traffic'] in ('pairs', 'oneway')


def lacking(peer):
    """The programs of a peer that are not installed."""
    return [p for p in PEERS[peer][2] if shutil.which(p) is None]
