# SPDX-License-Identifier: BSD-3-Clause
"""Seeds of the vfio-user server (fuzz_vfu.c)."""

import struct

from corpus_base import MANY, Program, tcp

E1000, RTL8139, VIRTIO, TRAP, CARRY, HELLO, GROUNDS, LEAVE = 0, 1, 2, 4, 8, 16, 32, 128
RAM, READ_ONLY, EVENT, EVENT_2, PIPE, SMALL, NULL, FOLDER = range(8)
VERSION, DMA_MAP, DMA_UNMAP, INFO, REGION_INFO, IRQ_INFO, SET_IRQS = 1, 2, 3, 4, 5, 7, 8
REGION_READ, REGION_WRITE, RESET, WRITE_MULTI, FEATURE = 9, 10, 13, 15, 16
START, STOP, REPORT = 0x20006, 0x20007, 0x10008


class Client(Program):
    OPS = {n: i for i, n in enumerate(
        ('message', 'register', 'bytes', 'long', 'drain', 'ram', 'poke', 'from', 'to', 'event',
         'reconnect', 'hello', 'grounds'))}

    def message(self, command, body=b'', fds=(), flags=0):
        """fds: which files; eight different ones fit in what follows the count."""
        self.op('message', 'BBBB', command, flags, len(body), len(fds))
        if fds:
            word = sum(fd << 4 * i for i, fd in enumerate(fds[:4]))
            self.data += struct.pack('<H', word & 0xffff)
        self.data += body
        return self.op('drain')

    def mem(self, at, data):
        for i in range(0, len(data), 255):
            part = data[i:i + 255]
            self.op('ram', 'HB', at + i, len(part)).data += part
        return self

    def write(self, region, off, val, posted=False):
        return self.op('register', 'BII', 0x80 | posted << 6 | region, off, val & 0xffffffff)

    def read(self, region, off):
        return self.op('register', 'BI', region, off).op('drain')

    def map(self, iova, size, off=0, fd=RAM, flags=3):
        fds = () if fd is None else (fd,)
        return self.message(DMA_MAP, struct.pack('<IIQQQ', 32, flags, off, iova, size), fds)

    def unmap(self, iova, size, flags=0):
        return self.message(DMA_UNMAP, struct.pack('<IIQQ', 24, flags, iova, size))

    def feature(self, flags, data=b''):
        return self.message(FEATURE, struct.pack('<II', 4096, flags) + data)

    def irqs(self, flags, index, start, count, fds=(), data=b''):
        return self.message(SET_IRQS, struct.pack('<5I', 20, flags, index, start, count) + data, fds)


def client(how=0):
    return Client(bytes((how, 0)))


def start(how):
    """As QEMU begins."""
    p = client(how).op('hello').message(INFO, struct.pack('<4I', 16, 0, 0, 0))
    for i in range(10):
        p.message(REGION_INFO, struct.pack('<4IQQ', 64, 0, i, 0, 0, 0))
    for i in range(6):
        p.message(IRQ_INFO, struct.pack('<4I', 16, 0, i, 0))
    p.message(REGION_READ, struct.pack('<QII', 0, 7, 256))
    p.map(0, 0x8000).map(0x8000, 0x8000, 0x8000).map(0x100000, 0x1000, fd=None)
    return p.irqs(0x24, 0, 0, 1, (EVENT,)).irqs(0x14, 0, 0, 1, (EVENT_2,))


def e1000_traffic(p):
    p.message(REGION_WRITE, struct.pack('<QIIH', 4, 7, 2, 7))
    for base, at in ((0x3800, 0x1000), (0x2800, 0x1100)):
        p.write(0, base, at).write(0, base + 8, 128, True)
    for i in range(8):
        p.mem(0x1100 + 16 * i, struct.pack('<QQ', 0x2000 + 0x800 * i, 0))
    p.mem(0x6000, tcp(100)).mem(0x1000, struct.pack('<QII', 0x6000, 0x0b000000 | 154, 0))
    p.write(0, 0xd0, 0x1ffff).write(0, 0x400, 0xa, True).write(0, 0x100, 0x801a, True)
    p.op('poke', 'HI', 0x2818, 7).write(0, 0x3818, 1, True).from_guest().to_guest(MANY)
    return p.read(0, 0xc0).op('event', 'B', 0).op('event', 'B', 1).to_guest(MANY)


def vfu():
    for model in (E1000, RTL8139, VIRTIO):
        for more in (0, TRAP, CARRY | LEAVE):
            yield 'start-%d-%d' % (model, more), start(model | more).data
    for more in (0, TRAP, LEAVE):
        p = e1000_traffic(start(more))
        yield 'traffic-%d' % more, p.message(RESET).unmap(0, 0x8000).unmap(0, 0, 2).to_guest(MANY).data
    yield 'quick', e1000_traffic(client(HELLO | GROUNDS)).op('reconnect', 'B', 2).op('hello').data
    p = client(HELLO).map(0, 0x10000).map(0x1000, 0x1000).map(0x20000, 0x1000, 0xf000)
    p.map(0x30000, 0x1000, 0x10000).map(0x40000, 0x1000, fd=READ_ONLY).map(0x41000, 0x1000, fd=SMALL)
    p.map(0x42000, 0x1000, fd=EVENT).map(0x43000, 0x1000, flags=1).map(0xfffffffffffff000, 0x1000)
    p.map(0x50000, 0x1000, fd=FOLDER).map(0x60000, 0x1000, fd=NULL).map(1, 1).map(0x70000, 1 << 62)
    p.unmap(0x1000, 0x1000).unmap(0, 0x10000).unmap(0x90000, 0x1000).unmap(0, 0, 1)
    yield 'maps', p.unmap(0x20000, 0x30000).op('reconnect', 'B', 3).data
    p = client(VIRTIO | HELLO).irqs(0x24, 2, 0, 3, (EVENT, EVENT_2, EVENT)).irqs(0x22, 2, 0, 2, (), b'\1\1')
    p.irqs(0x21, 2, 1, 2).irqs(0x24, 2, 33, 1).irqs(0x24, 2, 0, 2, (EVENT, RAM)).irqs(0x21, 2, 0, 0)
    p.irqs(9, 0, 0, 1).irqs(0x11, 0, 0, 1).irqs(0x12, 0, 0, 1, (), b'\1').irqs(0x14, 0, 0, 1, (PIPE,))
    p.irqs(0x14, 0, 0, 1, (EVENT,)).irqs(0x14, 0, 0, 1, (EVENT_2,)).op('event', 'B', 1)
    yield 'irqs', p.irqs(0x24, 2, 30, 4, (EVENT,) * 4).irqs(0x24, 2, 0, 17, (EVENT,) * 17).data
    one = struct.pack('<QIIQ', 0x100, 0, 4, 2)
    p = client(HELLO).message(WRITE_MULTI, struct.pack('<Q', 3) + one * 3, (), 16)
    p.message(WRITE_MULTI, struct.pack('<Q', 33) + one).message(99).message(RESET, b'', (RAM,))
    yield 'multi', p.message(RESET, b'', (), 1).message(11, bytes(16)).message(14, bytes(16)).data
    p = client(E1000 | HELLO).irqs(0x24, 1, 0, 1, (EVENT,)).irqs(0x21, 1, 0, 1).irqs(0x22, 1, 0, 1, (), b'\1')
    p.message(REGION_WRITE, struct.pack('<QIIB', 0x42, 7, 1, 1)).write(0, 0xd0, 4).write(0, 0xc8, 4)
    yield 'msi', p.irqs(0x24, 1, 0, 2, (EVENT,) * 2).irqs(0x11, 1, 0, 1).irqs(0x21, 1, 0, 0).message(RESET).data
    for model in (E1000, VIRTIO):
        p = client(model | HELLO | GROUNDS).feature(START, struct.pack('<QII', 65536, 1, 0) + bytes(16))
        p = e1000_traffic(p).feature(REPORT, struct.pack('<QQQ', 0, 0x10000, 4096))
        p.map(6 << 30, 0x1000).map(9 << 40, 0x1000).feature(REPORT, struct.pack('<QQQ', 6 << 30, 0x1000, 1 << 20))
        p.feature(START, struct.pack('<QII', 4096, 0, 0)).feature(STOP).feature(STOP).feature(0x40006).feature(1 << 16 | 1)
        p.feature(REPORT, bytes(24)).feature(START, struct.pack('<QII', 4096, 0, 0)).unmap(0, 0, 2)
        yield 'logging-%d' % model, p.op('reconnect', 'B', 2).data
    p = client().op('bytes', 'BB', 10, 1)
    p.data += struct.pack('<HHIH', 1, 1, 20, 0)
    p.op('bytes', 'BB', 10, 2).data += bytes(10)
    p.op('bytes', 'BB', 16, 0).data += struct.pack('<HHIII', 1, 2, 0xffffffff, 0, 0)
    yield 'pieces', p.op('reconnect', 'B', 2).op('reconnect', 'B', 0).op('reconnect', 'B', 1).data
    p = client(HELLO)
    for _ in range(6):
        p.op('long', 'BIBHBB', REGION_READ, 0x10000, 0, 4000, 0, 0)
    p.op('drain').op('long', 'BIBHBB', REGION_WRITE, 0, 0, 4000, 0, 0).op('drain')
    yield 'long', p.op('long', 'BIBHBB', REGION_WRITE, 0, 0, 4000, 1, 1).message(RESET).data
