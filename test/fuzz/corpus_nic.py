# SPDX-License-Identifier: BSD-3-Clause
"""Seeds of the NIC models as PCI functions (fuzz_nic.c)."""

import struct

from corpus_base import (INDIRECT, MANY, NEXT, WRITE, Program, Ring, descs, frame, net_hdr,
                         packed_descs, raw_frame, tcp)

MSIX_CONTROL = 0x9a  # of virtio, in config space
CARRY, SHARED, PACKED, OLD, MTU, FEWER, HIGH, PAIRS = (1 << i for i in range(8))
TX_RING, RX_RING, RX_BUF, TX_DATA = 0x1000, 0x1100, 0x2000, 0x6000


class Nic(Program):
    OPS = {n: i for i, n in enumerate(
        ('w4', 'w2', 'w1', 'read', 'access', 'config', 'mem', 'fill', 'poke', 'from', 'to',
         'reset', 'link', 'region', 'counters', 'log', 'starve', 'view'))}

    def __init__(self, how=0, fail=0):
        super().__init__(bytes((how, fail)))

    def w4(self, off, val):
        return self.op('w4', 'HI', off, val & 0xffffffff)

    def w2(self, off, val):
        return self.op('w2', 'HH', off, val)

    def w1(self, off, val):
        return self.op('w1', 'HB', off, val)

    def read(self, off, size=4):
        return self.op('read', 'HB', off, size.bit_length() - 1)

    def config(self, off, data):
        self.op('config', 'BB', off, 0x80 | len(data)).data += data
        return self

    def command(self, val):
        return self.config(4, struct.pack('<H', val))


def e1000_up(how, rctl=0x8002 | 0x18, bsize=0):
    p = Nic(how).command(7)
    p.w4(0x5400, 0x12005452).w4(0x5404, 0x80005634)
    for base, at in ((0x3800, TX_RING), (0x2800, RX_RING)):
        p.w4(base, at).w4(base + 4, 0).w4(base + 8, 128).w4(base + 16, 0).w4(base + 24, 0)
    for i in range(8):
        p.mem(RX_RING + 16 * i, struct.pack('<QQ', RX_BUF + 0x800 * i, 0))
    return p.w4(0xd0, 0x1ffff).w4(0x400, 0xa).w4(0x100, rctl | bsize << 16).w4(0x2818, 7)


def e1000_send(p, parts, how=0):
    """parts: descriptors of (address, low half, high half)."""
    p.mem(TX_RING, b''.join(struct.pack('<QII', *d) for d in parts))
    if how & SHARED:
        p.op('poke', 'HI', 0x3818, len(parts))
    else:
        p.w4(0x3818, len(parts))
    return p.from_guest().read(0xc0)


def e1000_context(v6=False, tso=True, mss=500, l2=14):
    l3 = 40 if v6 else 20
    addr = l2 | (l2 + 10) << 8 | (l2 + l3 - 1) << 16 | (l2 + l3) << 32 | (l2 + l3 + 16) << 40
    lo = 1 << 24 | (0 if v6 else 1 << 25) | 1 << 29 | (1 << 26 if tso else 0) | 3000
    return addr, lo, (l2 + l3 + 20) << 8 | mss << 16


def e1000():
    end, data = 0x0b000000, 1 << 29 | 1 << 20
    for how in (0, CARRY, SHARED, SHARED | CARRY | HIGH):
        yield 'send-%d' % how, e1000_send(
            e1000_up(how).mem(TX_DATA, tcp(100)),
            [(TX_DATA, end | 154, 0), (TX_DATA, 14, 0), (TX_DATA + 14, end | 140, 0)], how).data
        for v6 in (False, True):
            p = e1000_up(how).mem(TX_DATA, tcp(200, v6)).fill(TX_DATA + 0x200, 3000)
            parts = [e1000_context(v6), (TX_DATA, data | 1 << 26 | 94, 0x300),
                     (TX_DATA + 0x200, data | 1 << 26 | end | 2900, 0x300)]
            yield 'tso-%d-%d' % (how, v6), e1000_send(p, parts, how).from_guest(3, back=True).data
        yield 'receive-%d' % how, e1000_up(how).to_guest(MANY).read(0xc0).to_guest(MANY).data
    p = e1000_up(CARRY).mem(TX_DATA, tcp(100)).w4(0, 0x40000241)
    p = e1000_send(p, [e1000_context(tso=False), (TX_DATA, data | 0x40000000 | end | 154, 0x50300)])
    yield 'sums-tag', p.data
    yield 'legacy-sum', e1000_send(e1000_up(0).mem(TX_DATA, tcp(99)), [
        (TX_DATA, end | 1 << 26 | 50 << 16 | 153, 34 << 8)]).data
    yield 'short', e1000_send(e1000_up(0).mem(TX_DATA, tcp(9)), [(TX_DATA, end | 20, 0)]).data
    p = e1000_up(0, 0x02008022, 3).w4(0, 0x40000241).w4(0x5000, 0x30e)
    yield 'small-buffers', p.to_guest(MANY).to_guest([frame(6, 400, 0, 3)]).data
    p = e1000_up(0, 0x20002 | 0x40000).w4(0x5600, 0xffffffff).to_guest(MANY)
    yield 'filters', p.w4(0x5200, 0xffffffff).w4(0x100, 0x4b002).to_guest(MANY).data
    p = e1000_up(0).w4(0x20, 1 << 26 | 1 << 21 | 0x4140).w4(0x100, 0x8012 | 0xc0)
    yield 'loopback', e1000_send(p.mem(TX_DATA, tcp(80)), [(TX_DATA, end | 134, 0)]).data
    p = e1000_up(0).w4(0x20, 1 << 26 | 1 << 21 | 0x9200).read(0x20).w4(0x20, 2 << 26 | 1 << 21 | 1 << 16)
    yield 'phy', p.op('link', 'B', 0).read(8).op('link', 'B', 1).w4(0xc4, 200).w4(0xc8, 4).data
    p = e1000_up(0)
    for bit in (1, 1, 0, 0, 0, 0, 0, 0, 1):
        p.w4(0x10, 0x302 | bit << 2).w4(0x10, 0x303 | bit << 2).read(0x10)
    yield 'eeprom', p.w4(0x14, 0x101).read(0x14).w4(0x18, 1 << 13).data
    p = e1000_send(e1000_up(0).mem(0x7fc0, tcp(100)).op('log', 'B', 3), [(0x7fc0, end | 154, 0)])
    yield 'border', p.mem(RX_RING, struct.pack('<QQ', 0x7f80, 0)).to_guest(MANY).data
    p = e1000_up(0).op('region', 'B', 1).op('region', 'B', 0).to_guest(MANY).from_guest()
    yield 'pulled', p.op('region', 'B', 0).to_guest(MANY).op('reset', 'B', 1).to_guest(MANY).data
    p = e1000_up(0).op('starve', 'B', 2).mem(TX_DATA, tcp(100)).fill(TX_DATA + 0x200, 6000)
    p = e1000_send(p, [e1000_context(), (TX_DATA, data | 1 << 26 | 54, 0x300),
                       (TX_DATA + 0x200, data | 1 << 26 | end | 6000, 0x300)])
    yield 'starved', p.op('starve', 'B', 255).from_guest(2).from_guest().w4(0x400, 0).data
    p = e1000_up(0).to_guest(MANY)
    for off in range(0x4000, 0x4100, 4):
        p.read(off)
    for row in range(0, 150, 5):
        p.op('view', 'B', row)
    yield 'statistics', p.op('counters', 'B', 0).w4(0, 1 << 26).data
    io = e1000_up(0)
    io.op('access', 'BBI', 0x81, 8, 0).data += struct.pack('<II', 0x100, 0x8002)
    yield 'window', io.op('access', 'BBI', 1, 8, 0).op('access', 'BBI', 0, 255, 0x1fff0).data


def rtl_up(how, rcr=0x8f):
    return Nic(how).command(7).w1(0x50, 0xc0).w4(0x30, RX_BUF).w4(0x44, rcr).w2(0x3c, 0xe1ff)


def rtl_cplus(how, cpcmd=0x63):
    p = Nic(how).command(7).w2(0xe0, cpcmd)
    p.w4(0x20, TX_RING).w4(0x24, 0).w4(0x28, TX_RING + 0x800).w4(0x2c, 0).w4(0xe4, RX_RING).w4(0xe8, 0)
    for i in range(8):
        p.mem(RX_RING + 16 * i, struct.pack('<IIQ', 0x80000700 | (i == 7) << 30, 0, RX_BUF + 0x800 * i))
    return p.w1(0x37, 0xc).w4(0x44, 0xf).w4(0x40, 0x03000700).w2(0x3c, 0xe1ff)


def rtl_send(p, parts):
    p.mem(TX_RING, b''.join(struct.pack('<IIQ', *d) for d in parts))
    return p.w1(0xd9, 0x40).from_guest().read(0x3e, 2).w2(0x3e, 0xffff)


def rtl8139():
    own, fs, ls, eor = (1 << i for i in (31, 29, 28, 30))
    for how in (0, OLD, CARRY):
        p = rtl_up(how).w1(0x37, 0xc).mem(TX_DATA, tcp(100))
        for i in range(4):
            p.w4(0x20 + 4 * i, TX_DATA).w4(0x10 + 4 * i, 154 - i)
        p.from_guest().read(0x60, 2).to_guest(MANY).read(0x3a, 2).w2(0x38, 0x200)
        yield 'plain-%d' % how, p.to_guest(MANY).w2(0x3e, 0xffff).from_guest().data
        yield 'ring-%d' % how, rtl_up(how, 0xf).w1(0x37, 0xc).to_guest(MANY * 1).to_guest(MANY).data
    for how in (0, CARRY, CARRY | HIGH):
        yield 'cplus-%d' % how, rtl_send(rtl_cplus(how).mem(TX_DATA, tcp(100)), [
            (own | fs | 14, 0, TX_DATA), (own | ls | 140, 0, TX_DATA + 14),
            (own | eor | fs | ls | 154, 0x20500, TX_DATA)]).to_guest(MANY).data
        for v6 in (False, True):
            p = rtl_cplus(how).mem(TX_DATA, tcp(300, v6)).fill(TX_DATA + 0x200, 3000)
            yield 'tso-%d-%d' % (how, v6), rtl_send(p, [
                (own | fs | 1 << 27 | 500 << 16 | 254, 0, TX_DATA),
                (own | eor | ls | 1 << 27 | 500 << 16 | 2900, 0, TX_DATA + 0x200)]).from_guest(2).data
        yield 'sums-%d' % how, rtl_send(rtl_cplus(how).mem(TX_DATA, tcp(100)), [
            (own | eor | fs | ls | 7 << 16 | 154, 0, TX_DATA)]).from_guest(back=True).data
    p = rtl_cplus(0).w4(0x40, 0x03060700).mem(TX_DATA, tcp(100))
    yield 'loopback', rtl_send(p, [(own | eor | fs | ls | 154, 0, TX_DATA)]).to_guest(MANY).data
    p = rtl_cplus(0).w4(0x14, 0).w4(0x10, 0x3008).w4(0x54, 33000).w4(0x48, 0).from_guest().read(0x48)
    for row in range(60):
        p.op('view', 'B', row)
    yield 'tally-timer', p.w1(0x37, 0x10).read(0x37, 1).data
    p = rtl_cplus(0).op('link', 'B', 0).read(0x58, 1).w1(0x50, 0x40).w2(0x62, 0x1200).w1(0x5b, 0x48)
    yield 'media', p.op('link', 'B', 1).w1(0x5b, 0x52).to_guest(MANY).data
    p = rtl_cplus(0).op('region', 'B', 0).from_guest().to_guest(MANY).op('region', 'B', 0)
    yield 'pulled', p.op('starve', 'B', 1).from_guest().to_guest(MANY).op('reset', 'B', 1).data
    p = Nic(0)
    for bit in (1, 1, 0, 0, 0, 0, 1, 1, 1):
        p.w1(0x50, 0x88 | bit << 1).w1(0x50, 0x8c | bit << 1).read(0x50, 1)
    yield 'eeprom', p.w1(0x50, 0x40).op('access', 'BBI', 0, 255, 0).data


VERSION_1, RING_RESET, RING_PACKED, EVENT, INDIR = 1 << 32, 1 << 40, 1 << 34, 1 << 29, 1 << 28
FULL = (VERSION_1 | INDIR | 1 << 15 | 3 | 1 << 7 | 1 << 8 | 1 << 11 | 1 << 12 | 1 << 5 | 1 << 16 |
        1 << 17 | 1 << 18 | 1 << 19 | 1 << 20 | 1 << 21 | 1 << 23 | 4)
STATS, VQ_COAL, COAL, HASH, RSS = (1 << i for i in (50, 52, 53, 57, 60))


def virtio_up(how, features, ring=(0x1000, 0x1200, 0x1400), ctrl=2):
    if not how & CARRY:
        features &= ~(1 << 11 | 1 << 12)  # TSO is not offered
    p = Nic(how).command(7).w1(0x14, 0).w1(0x14, 1).w1(0x14, 3)
    p.w4(8, 0).w4(0xc, features).w4(8, 1).w4(0xc, features >> 32).w1(0x14, 0xb).w2(0x10, 3)
    for idx, at in enumerate(ring):
        r = Ring(at)
        p.w2(0x16, ctrl if idx == 2 else idx).w2(0x18, r.n).w2(0x1a, idx)
        p.w4(0x20, r.desc).w4(0x24, 0).w4(0x28, r.avail).w4(0x2c, 0).w4(0x30, r.used).w4(0x34, 0)
        p.w2(0x1c, 1)
    return p.w1(0x14, 0xf)


def virtio_traffic(p, back=False, hdr=12):
    more = bytes(hdr - 12)
    p.mem(TX_DATA, net_hdr() + more + tcp(100))
    p.mem(TX_DATA + 0x200, net_hdr(1, 1, 54, 500, 34, 16) + more + tcp(2000))
    Ring(0x1200).offer(p, [(TX_DATA, 154 + hdr, 0, 0), (TX_DATA + 0x200, 1000, NEXT, 2),
                           (TX_DATA + 0x5e8, 1054 + hdr, 0, 0), (0x7000, 32, INDIRECT, 0)], [0, 1, 3])
    p.mem(0x7000, descs([(TX_DATA, hdr, NEXT, 1), (TX_DATA + hdr, 154, 0, 0)]))
    Ring(0x1000).offer(p, [(RX_BUF + 0x800 * i, 0x800, WRITE, 0) for i in range(8)], range(8))
    p.from_guest(1).from_guest(back=back).to_guest(MANY[:1]).to_guest(MANY)
    return p.read(0x1000, 1).to_guest([frame(1, 9001, 6)])


def virtio_ctrl(p, commands, room=0):
    """room: for results, behind each answer."""
    r = Ring(0x1400)
    chain, heads = [], []
    for i, data in enumerate(commands):
        p.mem(0x7800 + 64 * i, data)
        chain += [(0x7800 + 64 * i, len(data), NEXT, 2 * i + 1),
                  ((0x7a00 if room else 0x7f00) + (1 + room) * i, 1 + room, WRITE, 0)]
        heads.append(2 * i)
    return r.offer(p, chain, heads).w4(0x3008, 2)


def rss_command(types, table, tx=2, key=40, unclassified=0):
    return (struct.pack('<BBIHH', 4, 1, types, len(table) - 1, unclassified) +
            struct.pack('<%dH' % len(table), *table) + struct.pack('<HB', tx, key) + bytes(range(key)))


def virtio_offloaded(how=PAIRS):
    """Seeds of hashing, coalescing and statistics: the control queue has index 4."""
    f = FULL | 1 << 22 | STATS | VQ_COAL | COAL | HASH | RSS
    hash_config = struct.pack('<BBI8xB', 4, 2, 0x3f, 40) + bytes(range(40))
    ask = struct.pack('<BBH6xQH6xQH6xQ', 8, 1, 0, 7, 1, 7 << 16, 4, 1 << 32)
    for name, data in (
            ('rss', [rss_command(0x3f, (0, 1)), rss_command(0x3f, (0, 1, 0), 3), b'\4\0\1\0']),
            ('hash', [hash_config, rss_command(0x12, (1,), 1)]),
            ('coal', [struct.pack('<BBII', 6, i, 4, 1) for i in range(2)] +
             [struct.pack('<BBHHII', 6, i, 2 - i % 2, 0, 9, 9) for i in (2, 3)]),
            ('stats', [b'\x08\0', ask, ask[:18], ask[:17]])):
        p = virtio_ctrl(virtio_up(how, f, ctrl=4), data, room=63).w4(0x3010, 4)
        for pair in (0, 2):
            p.w2(0x16, pair).read(0x1c, 2)
        yield 'ctrl-' + name, virtio_traffic(p, hdr=20).w4(0x3010, 4).from_guest().data


def virtio_packed(p):
    p.mem(TX_DATA, net_hdr() + tcp(100)).mem(0x7000, packed_descs([(TX_DATA, 166, 0, 0)]))
    p.mem(0x1200, packed_descs([(TX_DATA, 166, 3, 0x80), (TX_DATA, 12, 4, 0x81),
                                (TX_DATA + 12, 154, 4, 0x80), (0x7000, 16, 5, 0x84)]))
    p.mem(0x1000, packed_descs([(RX_BUF + 0x800 * i, 0x800, i, 0x82) for i in range(8)]))
    return p.from_guest().to_guest(MANY).from_guest(back=True)


def virtio_pci():
    for how in (0, CARRY, CARRY | HIGH | PAIRS | MTU):
        for name, f in (('full', FULL), ('event', FULL | EVENT), ('few', VERSION_1),
                        ('legacy', VERSION_1 | 1 << 5)):
            yield '%s-%d' % (name, how), virtio_traffic(virtio_up(how, f), how & CARRY).data
        msix = virtio_up(how, FULL).config(MSIX_CONTROL, b'\x00\x80')
        yield 'msix-%d' % how, virtio_traffic(msix).config(MSIX_CONTROL, b'\x00\x00').data
        yield 'packed-%d' % how, virtio_packed(
            virtio_up(how | PACKED, FULL | RING_PACKED, (0x1000, 0x1200, 0x1400))).data
    for name, data in (
            ('rx', [bytes((0, i, i % 2)) for i in range(4)]),
            ('mac', [b'\1\0' + struct.pack('<I', 2) + bytes(12) + struct.pack('<I', 1) + bytes(6),
                     b'\1\1' + bytes(6)]),
            ('vlan', [b'\2\0\5\0', b'\2\1\5\0', b'\3\0', b'\4\0\2\0']),
            ('offloads', [b'\5\0' + struct.pack('<Q', 2), b'\5\0' + struct.pack('<Q', 0x182)])):
        yield 'ctrl-' + name, virtio_traffic(virtio_ctrl(virtio_up(PAIRS, FULL), data)).data
        yield 'ctrl-mq-' + name, virtio_traffic(virtio_ctrl(
            virtio_up(PAIRS, FULL | 1 << 22, ctrl=4), data).w4(0x3010, 4)).data
    yield from virtio_offloaded()
    p = virtio_up(0, FULL | RING_RESET).w2(0x16, 0).w2(0x3a, 1).read(0x3a, 2).w2(0x18, 4).w2(0x1c, 1)
    for row in range(25):
        p.op('view', 'B', row)
    yield 'ring-reset', virtio_traffic(p).w1(0x14, 0).read(0x14, 1).data
    p = virtio_up(0, FULL)
    for off in range(0x40, 0xe0, 4):  # wherever the window is: type 5
        p.config(off + 4, bytes((4, 0, 0, 0, 0x14, 0, 0, 0, 1, 0, 0, 0))).config(off + 16, b'\0' * 4)
        p.op('config', 'BB', off + 16, 4)
    yield 'window', p.op('config', 'BB', 0, 127).data
    p = virtio_traffic(virtio_up(0, FULL)).op('link', 'B', 0).read(0x2006, 2).op('link', 'B', 1)
    p.op('region', 'B', 0).from_guest().to_guest(MANY).op('region', 'B', 0).from_guest()
    yield 'pulled', p.command(0).from_guest().command(7).op('reset', 'B', 1).from_guest().data
    p = virtio_up(0, FULL, (0x7f00, 0x8000, 0x7c00)).op('log', 'B', 2).op('starve', 'B', 1)
    yield 'border', virtio_traffic(p).to_guest([raw_frame(tcp(60))]).data
