# SPDX-License-Identifier: BSD-3-Clause
"""A guest of bare vhost-user messages and split rings, for tests of what a guest may do: no honest driver."""
import array
import mmap
import os
import socket
import struct
import time

GET_FEATURES, SET_FEATURES, SET_OWNER, SET_MEM_TABLE = 1, 2, 3, 5
SET_VRING_NUM, SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE = 8, 9, 10, 11
SET_VRING_KICK, SET_VRING_CALL, GET_PROTOCOL_FEATURES, SET_PROTOCOL_FEATURES, SET_VRING_ENABLE = 12, 13, 15, 16, 18
NEED_REPLY = 8
REPLY_ACK = 1 << 3  # protocol feature
MRG_RXBUF, PROTOCOL, VERSION_1 = 1 << 15, 1 << 30, 1 << 32
NEXT, WRITE = 1, 2

RING = 256          # entries
MEMORY = 16 << 20
DESC, AVAIL, USED = 0x1000, 0x3000, 0x4000  # of ring r, from r * RING_BYTES; below them is a page of the fill
RING_BYTES = 0x8000
TX, TX_SLOT = 1 << 20, 16 << 10   # frames to send: RING slots
RX, RX_SLOT, RX_LEN = 8 << 20, 4 << 10, 2 << 10  # buffers: RING slots, the end of each a guard
HDR = 12
RX_RING, TX_RING = 0, 1
BASE = 0x700000000000  # where a guest says that its memory is, first; no address of this process
GUARD = 0xee


class Guest:
    """One virtio-net driver with memory of its own, each byte of it of one value."""

    def __init__(self, path, fill):
        self.fill = fill
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(path)
        self.fds = [os.eventfd(0) for _ in range(4)]
        self.fd, self.mem, self.base = -1, None, BASE
        self.avail = [0, 0]  # next entries, by ring
        self.used = [0, 0]
        self.ask(GET_FEATURES)
        self.tell(SET_OWNER)
        self.ask(GET_PROTOCOL_FEATURES)
        self.tell(SET_PROTOCOL_FEATURES, struct.pack('<Q', REPLY_ACK))
        self.acked(SET_FEATURES, struct.pack('<Q', MRG_RXBUF | PROTOCOL | VERSION_1))
        self.new_memory()

    def tell(self, request, body=b'', fds=(), flags=0):
        anc = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array('i', fds))] if fds else []
        self.sock.sendmsg([struct.pack('<III', request, 1 | flags, len(body)) + body], anc)

    def reply(self):
        head = self.sock.recv(12, socket.MSG_WAITALL)
        if len(head) < 12:
            raise ConnectionError('no answer')
        return self.sock.recv(struct.unpack('<8xI', head)[0], socket.MSG_WAITALL)

    def ask(self, request, body=b''):
        self.tell(request, body)
        return self.reply()

    def acked(self, request, body=b'', fds=()):
        """Returns when it is done."""
        self.tell(request, body, fds, NEED_REPLY)
        if struct.unpack('<Q', self.reply())[0] != 0:
            raise RuntimeError('message %d was refused' % request)

    def new_memory(self):
        """Other memory in place of what there was, which nobody may touch when this returns."""
        old = self.mem, self.fd
        self.base += MEMORY  # rte_vhost leaves a table alone that says the same as the one before
        self.fd = os.memfd_create('guest-%02x' % self.fill)
        os.truncate(self.fd, MEMORY)
        self.mem = mmap.mmap(self.fd, MEMORY)
        self.mem[:] = bytes([self.fill]) * MEMORY
        self.acked(SET_MEM_TABLE, struct.pack('<II', 1, 0) + struct.pack('<QQQQ', 0, MEMORY, self.base, 0), (self.fd,))
        return old

    def start(self, ring):
        """Begin with an empty ring."""
        at = ring * RING_BYTES
        self.mem[at + DESC:at + RING_BYTES] = bytes(RING_BYTES - DESC)
        self.avail[ring] = self.used[ring] = 0
        self.acked(SET_VRING_NUM, struct.pack('<II', ring, RING))
        self.acked(SET_VRING_BASE, struct.pack('<II', ring, 0))
        self.acked(SET_VRING_ADDR, struct.pack('<IIQQQQ', ring, 0, *(self.base + at + n for n in (DESC, USED, AVAIL)), 0))
        self.acked(SET_VRING_CALL, struct.pack('<Q', ring), (self.fds[2 * ring],))
        self.acked(SET_VRING_KICK, struct.pack('<Q', ring), (self.fds[2 * ring + 1],))
        self.acked(SET_VRING_ENABLE, struct.pack('<II', ring, 1))

    def stop(self, ring, meanwhile=lambda: None):
        """@return the ring's base: entries that were taken. Afterwards nobody may touch what it names."""
        self.tell(GET_VRING_BASE, struct.pack('<II', ring, 0))
        meanwhile()
        return struct.unpack('<II', self.reply())[1]

    def desc(self, ring, i, addr, length, flags=0, following=0):
        struct.pack_into('<QIHH', self.mem, ring * RING_BYTES + DESC + 16 * (i % RING), addr, length, flags, following)

    def offer(self, ring, heads):
        """Make these chains available, at once."""
        at = ring * RING_BYTES + AVAIL
        for head in heads:
            struct.pack_into('<H', self.mem, at + 4 + 2 * (self.avail[ring] % RING), head)
            self.avail[ring] = (self.avail[ring] + 1) & 0xffff
        with memoryview(self.mem) as whole, whole.cast('H') as words:
            words[at // 2 + 1] = self.avail[ring]  # in one store; pack_into() writes zeros first

    def used_index(self, ring):
        return struct.unpack_from('<H', self.mem, ring * RING_BYTES + USED + 2)[0]

    def used_entry(self, ring, i):
        return struct.unpack_from('<II', self.mem, ring * RING_BYTES + USED + 4 + 8 * (i % RING))

    def post(self, n=RING):
        """Post the first n receive buffers, and make their guards new."""
        for i in range(n):
            at = RX + i * RX_SLOT
            self.mem[at:at + RX_LEN] = bytes([self.fill]) * RX_LEN
            self.mem[at + RX_LEN:at + RX_SLOT] = bytes([GUARD]) * (RX_SLOT - RX_LEN)
            self.desc(RX_RING, i, at, RX_LEN, WRITE)
        self.offer(RX_RING, range(n))

    def put_frame(self, i, length, value):
        """A frame in slot i: header, then Ethernet to everybody, then bytes of one value."""
        at = TX + i * TX_SLOT
        self.mem[at:at + HDR + length] = bytes(HDR) + b'\xff' * 6 + bytes([value]) * (length - 6)
        self.desc(TX_RING, i, at, HDR + length)

    def returned(self, ring):
        """Chains that came back since the last call, as (head, length)."""
        now = self.used_index(ring)
        got = []
        while self.used[ring] != now:
            got.append(self.used_entry(ring, self.used[ring]))
            self.used[ring] = (self.used[ring] + 1) & 0xffff
            if len(got) > RING:
                raise AssertionError('more used entries than the ring has')
        return got

    def until_taken(self, seconds=10):
        """Until all that was offered for sending came back."""
        end = time.monotonic() + seconds
        while self.used_index(TX_RING) != self.avail[TX_RING]:
            if time.monotonic() > end:
                return False
        return True

    def frames(self):
        """What was received since the last call, as bytes behind the header; the buffers are posted again."""
        out, heads = [], []
        for head, length in self.returned(RX_RING):
            if head >= RING or not HDR <= length <= RX_LEN:
                raise AssertionError('used entry %d of %d bytes' % (head, length))
            at = RX + head * RX_SLOT
            if self.mem[at + RX_LEN:at + RX_SLOT] != bytes([GUARD]) * (RX_SLOT - RX_LEN):
                raise AssertionError('written behind buffer %d' % head)
            out.append(self.mem[at + HDR:at + length])
            self.mem[at:at + RX_LEN] = bytes([self.fill]) * RX_LEN
            heads.append(head)
        self.offer(RX_RING, heads)
        return out

    def end(self):
        """Go without a word. The memory stays, as long as this object does."""
        self.sock.close()
        for fd in self.fds:
            os.close(fd)
        self.fds = []
