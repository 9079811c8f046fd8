# SPDX-License-Identifier: BSD-3-Clause
"""Ports that are unix datagram sockets, a frame in each datagram: of Ringhub, of QEMU, of vde_switch.

The generator's end is net_sock for all three.
"""
import ctypes
import os
import socket
import struct
from contextlib import contextmanager

from bench_place import BUILD, RINGHUB, Side, Trouble, eal, until

PLUGIN = BUILD + '/drivers/net/sock/librte_net_sock.so'
# A socket's queue, in frames. systemd sets this on its hosts; a new namespace has 10.
QUEUE = 512
CLONE_NEWNET = 0x40000000
VDE_MAGIC, VDE_VERSION, VDE_ANY_PORT = 0xfeedface, 3, 0


def need_queue(place):
    place.need_netns()
    place.inside('sysctl', '-qw', 'net.unix.max_dgram_qlen=%d' % QUEUE)


def paths(place, letter, n):
    """(of the switch, of the generator) for each port."""
    return [('%s/%s%d' % (place.run, letter, i), '%s/%s%d.g' % (place.run, letter, i)) for i in range(n)]


def options(ends):
    """As Ringhub and QEMU are told, each port on hub 0."""
    words = []
    for i, (ours, theirs) in enumerate(ends):
        words += ['-netdev', 'dgram,id=d%d,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s' %
                  (i, ours, theirs), '-netdev', 'hubport,id=h%d,hubid=0,netdev=d%d' % (i, i)]
    return words


def ports(letter, ends):
    return ['dpdk=net_sock_%s%d,kind=dgram,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s' %
            (letter, i, theirs, ours) for i, (ours, theirs) in enumerate(ends)]


def side(name, dut, ends, letter):
    until('%s opens its sockets' % name, 15, lambda: all(os.path.exists(ours) for ours, _ in ends), dut.proc)
    return Side(name, [dut.proc.pid], ports(letter, ends), plugins=[PLUGIN])


def ringhub(place, case):
    need_queue(place)
    ends = paths(place, 'r', int(case['members']))
    dut = place.console('ringhub', [RINGHUB] + eal(place, 'bench_r') + ['--'] + options(ends) + ['-monitor', 'stdio'])
    dut.wait_for('ringhub> ')
    return side('ringhub', dut, ends, 'r')


def qemu(place, case):
    need_queue(place)
    ends = paths(place, 'q', int(case['members']))
    dut = place.console('qemu', place.pin() + ['qemu-system-x86_64', '-M', 'none', '-nodefaults', '-display', 'none',
                                               '-monitor', 'none'] + options(ends))
    return side('qemu', dut, ends, 'q')


@contextmanager
def netns_of(place):
    """In the namespace of a Place: a socket's queue is as long as there when it is made."""
    libc = ctypes.CDLL(None, use_errno=True)

    def enter(fd):
        if libc.setns(fd, CLONE_NEWNET) != 0:
            raise Trouble('network namespace: %s' % os.strerror(ctypes.get_errno()))
    with open('/proc/self/ns/net', encoding='ascii') as own, \
            open('/run/netns/' + place.netns, encoding='ascii') as there:
        enter(there.fileno())
        try:
            yield
        finally:
            enter(own.fileno())


def unix_path(data):
    """Of a struct sockaddr_un."""
    return data[2:].split(b'\0')[0].decode()


def vde_plug(folder, path):
    """A port of a vde_switch, as libvdeplug asks for one. @return what must stay open, and the data socket."""
    control = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    control.settimeout(10)
    control.connect(folder + '/ctl')
    data = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    data.bind(path)
    address = struct.pack('=H108s', socket.AF_UNIX, path.encode())
    control.sendall(struct.pack('=III', VDE_MAGIC, VDE_VERSION, VDE_ANY_PORT) + address + b'ringhub-bench\0')
    answer = control.recv(1024)
    if not answer:
        raise Trouble('vde_switch gives no port')
    data.connect(unix_path(answer))
    return control, data


def vde(place, case):
    need_queue(place)
    folder = place.run + '/vde'
    dut = place.console('vde', place.pin() + ['vde_switch', '-hub', '-sock', folder])
    until('vde_switch opens its socket', 15, lambda: os.path.exists(folder + '/ctl'), dut.proc)
    with netns_of(place):
        plugs = [vde_plug(folder, theirs) for _, theirs in paths(place, 'v', int(case['members']))]
    words = ['dpdk=net_sock_v%d,kind=dgram,local.type=fd,local.str=%d' % (i, data.fileno())
             for i, (_, data) in enumerate(plugs)]
    return Side('vde', [dut.proc.pid], words, plugins=[PLUGIN], sockets=plugs)
