# SPDX-License-Identifier: BSD-3-Clause
"""The parts of a seed that all targets know: memory, frames, split and packed rings."""

import struct

MAC = bytes.fromhex('525400123456')
NEXT, WRITE, INDIRECT = 1, 2, 4


class Program:
    """An input in the making; OPS gives each kind of step its number."""

    OPS = {}

    def __init__(self, head=b''):
        self.data = bytearray(head)

    def op(self, name, fmt='', *args):
        self.data += struct.pack('<B' + fmt, self.OPS[name], *args)
        return self

    def mem(self, at, data):
        for i in range(0, len(data), 255):
            part = data[i:i + 255]
            self.op('mem', 'HB', at + i, len(part)).data += part
        return self

    def fill(self, at, length, val=0x5a):
        return self.op('fill', 'HHB', at, length, val)

    def from_guest(self, n=32, q=0, back=False):
        return self.op('from', 'BB', (n - 1) | (0x80 if back else 0), q)

    def to_guest(self, frames, q=0):
        self.op('to', 'BB', len(frames) - 1, q)
        for f in frames:
            self.data += f
        return self


def frame(kind, length, flags=0, step=0, dst=0):
    """What fuzz_frame() reads. kind: 1 TCP, 2 UDP, 3 TCP6, 4 UDP6, 5 ARP, 6 tagged TCP, 7 tagged UDP6"""
    return struct.pack('<BBBH', kind | dst << 3, flags, step, length)


def raw_frame(data):
    return struct.pack('<BBBH', 0, 0, 0, len(data)) + data


MANY = [frame(1, 100), frame(2, 600, 2), frame(3, 1500, 2, 20), frame(4, 60), frame(5, 60, dst=1),
        frame(6, 200, 2), frame(7, 302, 0, 5), frame(1, 5001, 6, 0)]


def tcp(payload, v6=False, tagged=False):
    """Headers of a TCP frame to anybody, and zeros behind them."""
    data = MAC + MAC[::-1] + (b'\x81\x00\x00\x05' if tagged else b'')
    if v6:
        data += b'\x86\xdd' + struct.pack('>IHBB', 6 << 28, 20 + payload, 6, 64) + bytes(32)
    else:
        data += b'\x08\x00' + struct.pack('>BBHHHBBHII', 0x45, 0, 40 + payload, 1, 0, 64, 6, 0,
                                          0x0a000001, 0x0a000002)
    return data + struct.pack('>HHIIBBHHH', 1, 2, 3, 4, 0x50, 0x18, 100, 0, 0) + bytes(payload)


def net_hdr(flags=0, gso=0, hdr_len=0, gso_size=0, start=0, offset=0, buffers=0):
    return struct.pack('<BBHHHHH', flags, gso, hdr_len, gso_size, start, offset, buffers)


def descs(chain):
    """Split descriptors: (gpa, length, flags, next)."""
    return b''.join(struct.pack('<QIHH', *d) for d in chain)


def packed_descs(chain):
    """Packed descriptors: (gpa, length, id, flags)."""
    return b''.join(struct.pack('<QIHH', *d) for d in chain)


class Ring:
    """A split ring of n entries whose three areas begin at byte at."""

    def __init__(self, at, n=8):
        self.at, self.n = at, n
        self.desc, self.avail, self.used = at, at + 16 * n, at + 16 * n + 64

    def offer(self, prog, chain, heads, flags=0):
        prog.mem(self.desc, descs(chain))
        return prog.mem(self.avail, struct.pack('<HH%dH' % len(heads), flags, len(heads), *heads))
