# SPDX-License-Identifier: BSD-3-Clause
"""Seeds of virtio-net over the loop transport (fuzz_vring.c)."""

from corpus_base import (INDIRECT, MANY, NEXT, WRITE, Program, Ring, descs, frame, net_hdr,
                         packed_descs, tcp)

CARRY, PACKED, HIGH, PAIRS = (1 << i for i in range(4))
RX_BUF, TX_DATA = 0x2000, 0x6000
VERSION_1, RING_PACKED, EVENT = 1 << 32, 1 << 34, 1 << 29
FULL = VERSION_1 | 1 << 28 | 1 << 15 | 3 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12
NOT_MERGED = FULL & ~(1 << 15)


class Vring(Program):
    OPS = {n: i for i, n in enumerate(
        ('features', 'start', 'stop', 'mem', 'fill', 'from', 'to', 'starve', 'clear', 'add', 'gone',
         'running', 'log', 'look', 'tell'))}

    def start(self, idx, at, how=0, n=8, base=0):
        r = Ring(at, n)
        return self.op('start', 'BBHHHHH', idx, how, n, r.desc, r.avail, r.used, base)


def split(how, features, base=0):
    p = Vring(bytes((how, 0))).op('features', 'BQ', 1, features)
    Ring(0x1000).offer(p, [(RX_BUF + 0x800 * i, 0x800, WRITE, 0) for i in range(8)], range(8))
    p.mem(TX_DATA, net_hdr() + tcp(100))
    p.mem(TX_DATA + 0x200, net_hdr(1, 1, 54, 500, 34, 16) + tcp(2000))
    p.mem(TX_DATA + 0xc00, net_hdr(1, 4, 74, 500, 54, 16) + tcp(1900, True))
    Ring(0x1200).offer(p, [(TX_DATA, 166, 0, 0), (TX_DATA + 0x200, 1000, NEXT, 2),
                           (TX_DATA + 0x5e8, 1066, 0, 0), (0x7800, 32, INDIRECT, 0),
                           (TX_DATA + 0xc00, 1900, 0, 0)], [0, 1, 3, 4])
    p.mem(0x7800, descs([(TX_DATA, 12, NEXT, 1), (TX_DATA + 12, 154, 0, 0)]))
    p.start(0, 0x1000, 2, base=base).start(1, 0x1200, 2, base=base)
    p.from_guest(1).from_guest(back=True).to_guest(MANY[:1])
    return p.to_guest(MANY).from_guest(1).to_guest([frame(1, 9001, 6)])


def packed(how, features):
    p = Vring(bytes((how | PACKED, 0))).op('features', 'BQ', 1, features | RING_PACKED)
    p.mem(0x1000, packed_descs([(RX_BUF + 0x800 * i, 0x800, i, 0x82) for i in range(8)]))
    p.mem(TX_DATA, net_hdr(1, 0, 0, 0, 34, 16) + tcp(100))
    p.mem(0x7000, packed_descs([(TX_DATA, 100, 0, 0), (TX_DATA + 100, 66, 0, 0)]))
    p.mem(0x1200, packed_descs([(TX_DATA, 166, 3, 0x80), (TX_DATA, 12, 4, 0x81),
                                (TX_DATA + 12, 154, 4, 0x80), (0x7000, 32, 5, 0x84)]))
    p.start(0, 0x1000, 3, base=0x8000).start(1, 0x1200, 3, base=0x8000)
    p.from_guest(2).from_guest(back=True).to_guest(MANY).to_guest(MANY)
    p.mem(0x1200, packed_descs([(TX_DATA, 166, i, 0x8000) for i in range(8)]))
    return p.from_guest().op('stop', 'B', 1).start(1, 0x1200, 1, base=3).from_guest()


def vring():
    for how in (0, CARRY, CARRY | HIGH, CARRY | PAIRS):
        for name, features in (('full', FULL), ('event', FULL | EVENT), ('single', NOT_MERGED),
                               ('none', VERSION_1), ('legacy', 0)):
            yield '%s-%d' % (name, how), split(how, features).data
            yield 'packed-%s-%d' % (name, how), packed(how, features).data
    p = split(CARRY, FULL).op('log', 'B', 3).op('look', 'B', 1).to_guest(MANY).op('starve', 'B', 1)
    p.from_guest().to_guest(MANY).op('running', 'B', 0).from_guest().op('tell', 'BH', 0, 1400)
    p.op('stop', 'B', 0).op('clear').op('add', 'B', 0).start(0, 0x1000).to_guest(MANY).op('gone')
    yield 'life', p.op('add', 'B', 0).op('add', 'B', 1).start(1, 0x1200).from_guest().data
