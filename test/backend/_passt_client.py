#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""A guest in 100 lines: DHCP, ARP and a TCP handshake. usage: _passt_client.py SOCKET

SOCKET speaks QEMU's framing of a stream. Prints what it found; exit code 0 when all of it answers.
"""
import socket
import struct
import sys
import time

MAC = b'\x52\x54\0\x12\x34\x56'
BROADCAST = b'\xff' * 6


def checksum(data):
    data += b'\0' * (len(data) % 2)
    total = sum(struct.unpack('!%dH' % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(source, target, protocol, payload):
    head = struct.pack('!BBHHHBBH4s4s', 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0, source, target)
    return head[:10] + struct.pack('!H', checksum(head)) + head[12:] + payload


class Link:
    tries = 20  # of half a second

    def __init__(self, path):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(path)
        self.sock.settimeout(0.5)
        self.got = b''

    def send(self, target, kind, payload):
        frame = target + MAC + struct.pack('!H', kind) + payload
        self.sock.sendall(len(frame).to_bytes(4, 'big') + frame)

    def frames(self):
        """What comes within half a second."""
        try:
            while True:
                self.got += self.sock.recv(65536)
                while len(self.got) >= 4 and len(self.got) - 4 >= int.from_bytes(self.got[:4], 'big'):
                    n = int.from_bytes(self.got[:4], 'big')
                    frame, self.got = self.got[4:4 + n], self.got[4 + n:]
                    yield frame
        except TimeoutError:
            return

    def ask(self, what, question, answer):
        """Send until answer() makes something of a frame."""
        for _ in range(self.tries):
            question()
            for frame in self.frames():
                found = answer(frame)
                if found:
                    return found
        raise SystemExit('no answer: ' + what)


def dhcp_send(link, message, options=b''):
    """Ask, and no more."""
    body = struct.pack('!BBBBIHH4s4s4s4s16s192s4s', 1, 1, 6, 0, 0x1234, 0, 0x8000, b'', b'', b'', b'', MAC, b'',
                       b'\x63\x82\x53\x63')
    body += bytes((53, 1, message)) + options + b'\xff'
    udp = struct.pack('!HHHH', 68, 67, 8 + len(body), 0) + body
    link.send(BROADCAST, 0x800, ipv4(b'\0' * 4, BROADCAST[:4], 17, udp))


def dhcp(link, message, options=b''):
    """The answer's (address, options)."""
    def question():
        dhcp_send(link, message, options)

    def answer(frame):
        if frame[12:14] != b'\x08\0' or frame[23] != 17 or frame[36:38] != b'\0\x44':
            return None
        bootp, found, at = frame[42:], {'file': frame[150:278].rstrip(b'\0')}, 240
        while at < len(bootp) and bootp[at] != 255:
            if bootp[at] == 0:
                at += 1
                continue
            found[bootp[at]] = bootp[at + 2:at + 2 + bootp[at + 1]]
            at += 2 + bootp[at + 1]
        return (bootp[16:20], found) if found.get(53) == bytes((message + 1 if message == 1 else 5,)) else None

    return link.ask('DHCP', question, answer)


def main():
    link = Link(sys.argv[1])
    start = time.monotonic()
    address, options = dhcp(link, 1)
    address, options = dhcp(link, 3, b'\x32\x04' + address + b'\x36\x04' + options[54])
    router = options[3][:4]
    text = [socket.inet_ntoa(a) for a in (address, router)]
    print('lease %s, router %s, after %.1f s' % (text[0], text[1], time.monotonic() - start))

    arp = struct.pack('!HHBBH', 1, 0x800, 6, 4, 1) + MAC + address + b'\0' * 6 + router
    mac = link.ask('ARP', lambda: link.send(BROADCAST, 0x806, arp),
                   lambda f: f[22:28] if f[12:14] == b'\x08\x06' and f[28:32] == router else None)
    print('router is at ' + ':'.join('%02x' % b for b in mac))

    host = socket.create_server(('0.0.0.0', 0))
    port = host.getsockname()[1]

    def syn():
        tcp = struct.pack('!HHIIBBHHH', 4000, port, 7, 0, 0x50, 2, 65535, 0, 0)
        pseudo = address + router + struct.pack('!BBH', 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack('!H', checksum(pseudo + tcp)) + tcp[18:]
        link.send(mac, 0x800, ipv4(address, router, 6, tcp))

    def is_syn_ack(f):
        return f[12:14] == b'\x08\0' and f[23] == 6 and f[36:38] == struct.pack('!H', 4000) and f[47] & 0x12 == 0x12

    link.ask('TCP', syn, is_syn_ack)
    print('a TCP server of the host answers')


if __name__ == '__main__':
    main()
