# SPDX-License-Identifier: BSD-3-Clause
"""For options.sh: what the keys of -netdev user do to a guest, and to what it reaches."""
import socket
import struct

from _options_base import MON, RUN, add, check, remove, xstat
from _sock import TOP, info_of, load, until

CLIENT = load(TOP + '/test/backend/_passt_client.py')


class Guest(CLIENT.Link):
    """On a user network with these keys."""

    def __init__(self, name, options):
        add(2, name, 'user' + options)
        add(2, 'g' + name, 'stream,server=on,addr.type=unix,addr.path=%s/%s' % (RUN, name))
        super().__init__(RUN + '/' + name)
        self.names = (name, 'g' + name)
        until(lambda: info_of(MON, 'g' + name).startswith('unix:'))
        self.mac = b'\x52\x55' + socket.inet_aton('10.7.0.2')

    def leave(self):
        remove(*self.names)
        self.sock.close()

    def lease(self):
        """Known to the router by now, which learns addresses from frames."""
        address, options = CLIENT.dhcp(self, 1)
        return CLIENT.dhcp(self, 3, b'\x32\x04' + address + b'\x36\x04' + options[54])

    def connects(self, source, target, port, seconds=3):
        """The answer to a TCP SYN: its flags and, of a SYN-ACK, the options."""
        self.port = getattr(self, 'port', 4000) + 1
        source, target = socket.inet_aton(source), socket.inet_aton(target)
        tcp = struct.pack('!HHIIBBHHHBBH', self.port, port, 7, 0, 0x60, 2, 65535, 0, 0, 2, 4, 1460)
        pseudo = source + target + struct.pack('!BBH', 0, 6, len(tcp))
        tcp = tcp[:16] + struct.pack('!H', CLIENT.checksum(pseudo + tcp)) + tcp[18:]
        for _ in range(2 * seconds):
            self.send(self.mac, 0x800, CLIENT.ipv4(source, target, 6, tcp))
            for f in self.frames():
                if f[12:14] == b'\x08\0' and f[23] == 6 and f[36:38] == struct.pack('!H', self.port):
                    return f[47], f[54:]
        return 0, b''

    def send6(self, mac, target, protocol, payload, at):
        """By IPv6, its checksum put at that place."""
        ends = socket.inet_pton(socket.AF_INET6, 'fe80::5054:ff:fe12:3456') + socket.inet_pton(socket.AF_INET6, target)
        total = CLIENT.checksum(ends + struct.pack('!II', len(payload), protocol) + payload)
        payload = payload[:at] + struct.pack('!H', total) + payload[at + 2:]
        self.send(mac, 0x86dd, struct.pack('!IHBB', 6 << 28, len(payload), protocol, 255) + ends + payload)

    def icmp6(self, target, message, kind):
        """The answer of this type, from its first byte on."""
        mac = b'\x33\x33' + socket.inet_pton(socket.AF_INET6, target)[-4:]
        return self.ask('ICMPv6 %d' % kind, lambda: self.send6(mac, target, 58, message, 2),
                        lambda f: f[54:] if f[12:14] == b'\x86\xdd' and f[20] == 58 and f[54] == kind else None)

    def has6(self, address):
        """Ask for a neighbour; it then knows us."""
        raw = socket.inet_pton(socket.AF_INET6, address)
        return self.icmp6('ff02::1:ff00:%x' % raw[-1], struct.pack('!BBHI', 135, 0, 0, 0) + raw, 136)[8:24] == raw

    def connects6(self, target, port):
        """As connects(), to the host's side of IPv6."""
        def answer(f):
            return f[67] if f[12:14] == b'\x86\xdd' and f[20] == 6 and f[56:58] == struct.pack('!H', 4000) else None
        tcp = struct.pack('!HHIIBBHHH', 4000, port, 7, 0, 0x50, 2, 65535, 0, 0)
        return self.ask('TCP6', lambda: self.send6(b'\x52\x56\0\0\0\2', target, 6, tcp, 16), answer)

    def tell(self, source, target, port, data):
        source, target = socket.inet_aton(source), socket.inet_aton(target)
        self.send(self.mac, 0x800, CLIENT.ipv4(source, target, 17, struct.pack('!HHHH', 3000, port, 8 + len(data), 0) + data))

    @staticmethod
    def told(frame):
        """The content of a datagram to the port that tell() sends from."""
        is_it = frame[12:14] == b'\x08\0' and frame[23] == 17 and frame[36:38] == struct.pack('!H', 3000)
        return frame[42:34 + int.from_bytes(frame[38:40], 'big')] if is_it else None

    def udp(self, source, target, port, data):
        """The answer to a datagram."""
        return self.ask('UDP', lambda: self.tell(source, target, port, data), self.told)

    def ping(self, source, target, size):
        """An echo request of so many bytes of IP, whose answer echoed() knows."""
        icmp = struct.pack('!BBHHH', 8, 0, 0, 77, size) + bytes(size - 28)
        icmp = icmp[:2] + struct.pack('!H', CLIENT.checksum(icmp)) + icmp[4:]
        self.send(self.mac, 0x800, CLIENT.ipv4(socket.inet_aton(source), socket.inet_aton(target), 1, icmp))

    def echoed(self):
        """Sizes of the echo replies, up to the first that is a small one."""
        sizes = []
        for f in self.frames():
            if f[12:14] == b'\x08\0' and f[23] == 1 and f[34] == 0:
                sizes.append(struct.unpack('!H', f[40:42])[0])
                if sizes[-1] == 60:
                    break
        return sizes


def user_told():
    """What DHCP, TFTP and a router advertisement say."""
    with open(RUN + '/file', 'wb') as f:
        f.write(b'content of a file')
    g = Guest('u', ',net=10.7.0.0/24,host=10.7.0.2,dhcpstart=10.7.0.77,dns=10.7.0.8,hostname=hn,domainname=dn.example,'
              'dnssearch=a.example,tftp=%s,bootfile=bf,tftp-server-name=tsn,ipv6-net=fd77::/64,ipv6-host=fd77::9,'
              'ipv6-dns=fd77::8' % RUN)
    address, options = g.lease()
    seen = {'dhcpstart': address, 'host': options.get(3), 'dns': options.get(6), 'hostname': options.get(12),
            'domainname': options.get(15), 'dnssearch': options.get(119), 'bootfile': options['file'],
            'tftp-server-name': options.get(66), 'net': options.get(1)}
    wanted = {'dhcpstart': bytes((10, 7, 0, 77)), 'host': bytes((10, 7, 0, 2)), 'dns': bytes((10, 7, 0, 8)),
              'hostname': b'hn', 'domainname': b'dn.example', 'dnssearch': b'\1a\7example\0', 'bootfile': b'bf',
              'tftp-server-name': b'tsn', 'net': b'\xff\xff\xff\0'}
    for key, value in wanted.items():
        check('user %s=: DHCP tells' % key, seen[key] == value, seen[key])
    said = g.udp('10.7.0.77', '10.7.0.2', 69, b'\0\1file\0octet\0')
    check('user tftp=: a file is read', said[:4] == b'\0\3\0\1' and said[4:21] == b'content of a file', said)
    said = g.icmp6('ff02::2', struct.pack('!BBHI', 133, 0, 0, 0), 134)
    check('user ipv6-net=: the router tells', socket.inet_pton(socket.AF_INET6, 'fd77::') in said, said.hex())
    for key, address in (('ipv6-host', 'fd77::9'), ('ipv6-dns', 'fd77::8')):
        check('user %s=: a neighbour has it' % key, g.has6(address))
    g.leave()


def user_lets():
    """Who is let out, and as whom."""
    server = socket.create_server(('127.0.0.1', 0))
    server.settimeout(5)
    port = server.getsockname()[1]
    me, host = '10.7.0.15', '10.7.0.2'
    syn_ack = 0x12
    net = ',net=10.7.0.0/24,host=' + host
    g = Guest('v', net + ',mtu=900,outbound-addr=127.0.0.5,guestfwd=tcp:10.7.0.100:99-cmd:cat')
    g.lease()
    flags, options = g.connects(me, host, port)
    check('user: a server of the host answers', flags == syn_ack, flags)
    check('user mtu=900: segments of 860 bytes', options[:4] == b'\2\4' + struct.pack('!H', 860), options)
    seen = server.accept()[1][0]
    check('user outbound-addr=: the server sees it', seen == '127.0.0.5', seen)
    flags = g.connects(me, '10.7.0.100', 99)[0]
    check('user guestfwd=: a program answers', flags == syn_ack, flags)
    g.leave()
    for name, keys in (('r', ',restrict=on'), ('l', ',disable-host-loopback=on')):
        g = Guest(name, net + keys)
        g.lease()
        flags = g.connects(me, host, port, 1)[0]
        check('user %s: that server does not' % keys[1:], flags != syn_ack, flags)
        g.leave()
    with socket.create_server(('::', 0), family=socket.AF_INET6) as server6:
        server6.settimeout(5)
        g = Guest('o', ',outbound-addr6=fd99::5')
        check('user: IPv6 has its host', g.has6('fec0::2'))
        flags = g.connects6('fec0::2', server6.getsockname()[1])
        check('user: a server of the host answers by IPv6', flags == syn_ack, flags)
        seen = server6.accept()[1][0]
        check('user outbound-addr6=: the server sees it', seen == 'fd99::5', seen)
        g.leave()


def silent(g, question, answer, wrong):
    """Whether, of two questions in a row, only the second is answered: frames are dealt with in their order."""
    asked, seen = CLIENT.Link.ask, []

    def ask(what, ask_it, is_answer):
        return asked(g, what, lambda: (question(), ask_it()), lambda f: seen.append(f) or is_answer(f))
    g.ask = ask
    answer()
    del g.ask
    return not [f for f in seen if wrong(f)]


def user_families():
    """What is off is not answered, and the other goes on; only one that is on puts the other off."""
    def arp():
        g.send(CLIENT.BROADCAST, 0x806, struct.pack('!HHBBH', 1, 0x800, 6, 4, 1) + CLIENT.MAC + socket.inet_aton('10.0.2.15') +
               b'\0' * 6 + socket.inet_aton('10.0.2.2'))

    def discover():
        CLIENT.dhcp(g, 1)

    def solicit():
        g.icmp6('ff02::2', struct.pack('!BBHI', 133, 0, 0, 0), 134)

    def solicit_once():
        g.send6(b'\x33\x33\0\0\0\2', 'ff02::2', 58, struct.pack('!BBHI', 133, 0, 0, 0), 2)

    def is_arp(f):
        return f[12:14] == b'\x08\x06' and f[20:22] == b'\0\2'

    def is_v6(f):
        return f[12:14] == b'\x86\xdd'
    for name, keys, v4, v6 in (('f4', ',ipv4=off', False, True), ('f6', ',ipv6=off', True, False), ('f5', ',ipv4=on', True, False),
                               ('f7', ',ipv6=on', False, True), ('fb', ',ipv4=on,ipv6=on', True, True)):
        g = Guest(name, keys)
        if v6:
            check('user %s: IPv4 is %s, IPv6 is there' % (keys[1:], 'on' if v4 else 'off'),
                  silent(g, arp, solicit, is_arp) != v4)
        if v4:
            check('user %s: IPv6 is %s, IPv4 is there' % (keys[1:], 'on' if v6 else 'off'),
                  silent(g, solicit_once, discover, is_v6) != v6)
        g.leave()


def user_limits():
    """Frames that are too long, and DHCP that is not to be."""
    me, host = '10.7.0.15', '10.7.0.2'
    g = Guest('h', ',net=10.7.0.0/24,disable-dhcp=on')
    packet_ = struct.pack('!BBHI', 133, 0, 0, 0)
    check('user disable-dhcp=on: no lease', silent(
        g, lambda: CLIENT.dhcp_send(g, 1), lambda: g.icmp6('ff02::2', packet_, 134),
        lambda f: f[12:14] == b'\x08\0' and f[23] == 17))
    g.leave()
    with socket.create_server(('127.0.0.1', 0)) as server:
        g = Guest('m', ',ip=10.7.0.0,mru=600')
        address, options = g.lease()
        check('user ip=: the network, of 24 bits', (address, options.get(1)) == (socket.inet_aton(me), b'\xff\xff\xff\0'))
        for size in (600, 601, 60):
            g.ping(me, host, size)
        sizes = g.echoed()
        check('user mru=600: a packet of 600 bytes is taken, one of 601 is not', sizes == [600, 60], sizes)
        check('user mru=600: and counted', xstat('m', 'oversize') == 1)
        options = g.connects(me, host, server.getsockname()[1])[1]
        check('user mru=600: segments of 560 bytes are asked for', options[:4] == b'\2\4' + struct.pack('!H', 560), options)
        g.leave()


def user_names():
    """Names are asked for at the host's server, which /etc/resolv.conf here names; not with disable-dns."""
    me, host, dns = '10.7.0.15', '10.7.0.2', '10.7.0.8'
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as names, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        names.bind(('127.0.0.9', 53))
        other.bind(('127.0.0.1', 0))
        names.settimeout(5)
        other.settimeout(5)
        for name, keys in (('n', ''), ('d', ',disable-dns=on')):
            g = Guest(name, ',net=10.7.0.0/24,dns=' + dns + keys)
            g.lease()
            g.tell(me, dns, 53, b'name?')
            g.tell(me, host, other.getsockname()[1], b'other')
            check('user%s: another datagram arrives' % keys, other.recv(100) == b'other')
            if keys:
                names.setblocking(False)
                try:
                    asked = names.recv(100)
                except BlockingIOError:
                    asked = None
                check('user disable-dns=on: nobody is asked', asked is None, asked)
            else:
                asked, peer = names.recvfrom(100)
                names.sendto(b'name!', peer)
                answers = [g.told(f) for f in g.frames() if g.told(f)]
                check("user dns=: the host's server is asked, and answers", (asked, answers) == (b'name?', [b'name!']), answers)
            g.leave()
