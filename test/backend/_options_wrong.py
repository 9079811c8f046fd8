# SPDX-License-Identifier: BSD-3-Clause
"""A wrong value of each key of each backend, and what is said; and which test shows what the right one does.

Ringhub itself lists the keys that it knows, so that a new one cannot be left out.
"""
import os
import re

from _sock import TOP

LONG = 'x' * 256
UDP = 'dgram,local.type=inet,local.host=127.0.0.1,local.port=%s,remote.type=inet,remote.host=%s,remote.port=%s'
TUNNEL = 'l2tpv3,src=127.0.0.1,dst=127.0.0.1,txsession=1,'
ON_OFF = 'must be on or off'

# (the backend, key): options and words of the one line that they bring.
WRONG = {
    'user': {
        'net': ('user,net=10.0.2.0/33', 'net=10.0.2.0/33: mask must be 4..32 or a.b.c.d'),
        'ip': ('user,ip=10.0', 'ip=10.0: must be ADDRESS'),
        'host': ('user,host=10.0.3.2', 'host=10.0.3.2: must be an address inside net='),
        'dhcpstart': ('user,dhcpstart=10.0.2.2', 'dhcpstart=10.0.2.2: must be inside net='),
        'dns': ('user,dns=10.0.2.2', 'dns=10.0.2.2: must be an address other than host='),
        'ipv6-net': ('user,ipv6-net=fec0::/127', 'ipv6-net=fec0::/127: prefix length must be 0..126'),
        'ipv6-host': ('user,ipv6-host=fec1::2', 'ipv6-host=fec1::2: must be an address inside ipv6-net='),
        'ipv6-dns': ('user,ipv6-dns=x', 'ipv6-dns=x: must be an address'),
        'hostname': ('user,hostname=' + LONG, LONG + ': must have 255 bytes at most'),
        'domainname': ('user,domainname=' + LONG, LONG + ': must have 255 bytes at most'),
        'dnssearch': ('user,dnssearch=a..b', 'dnssearch=a..b: must be a domain'),
        'tftp': ('user,tftp=/nonexistent', 'tftp=/nonexistent: No such file or directory: give a readable directory'),
        'tftp-server-name': ('user,tftp-server-name=' + LONG, LONG + ': must have 255 bytes at most'),
        'bootfile': ('user,bootfile=' + LONG, LONG + ': must have 127 bytes at most'),
        'smb': ('user,smb=/tmp', 'smb=/tmp: not available in this version'),
        'smbserver': ('user,smbserver=10.0.2.4', 'smbserver=10.0.2.4: not available in this version'),
        'hostfwd': ('user,hostfwd=tcp::x-:1', "Invalid host forwarding rule 'tcp::x-:1' (Bad host port)"),
        'guestfwd': ('user,guestfwd=x', "Invalid guest forwarding rule 'x': must be [tcp]:SERVER:PORT-TARGET"),
        'mtu': ('user,mtu=67', 'mtu=67: must be a number from 68 to 65521'),
        'mru': ('user,mru=65522', 'mru=65522: must be a number from 68 to 65521'),
        'outbound-addr': ('user,outbound-addr=::1', 'outbound-addr=::1: not an IPv4 address'),
        'outbound-addr6': ('user,outbound-addr6=127.0.0.1', 'outbound-addr6=127.0.0.1: not an IPv6 address'),
    },
    'tap': {
        'ifname': ('tap,ifname=a/b', 'ifname=a/b: must have 1 to 15 characters'),
        'fd': ('tap,fd=x', 'fd=x: must be the number of an open tap'),
        'fds': ('tap,fds=5:5', 'fds=5:5: has 5 twice'),
        'script': ('tap,ifname=tw,script=/nonexistent', 'script=/nonexistent: cannot be run: No such file or directory'),
        'br': ('tap,br=br0', 'br=br0: is for helper='),
        'helper': ('tap,helper=/nonexistent', 'helper=/nonexistent: cannot be run: No such file or directory'),
        'sndbuf': ('tap,sndbuf=1X', 'sndbuf=1X: must be a size'),
        'queues': ('tap,queues=17', 'queues=17: must be a number from 1 to 16'),
        'vhostfd': ('tap,vhostfd=3', 'vhostfd= is not valid without vhost'),
        'vhostfds': ('tap,vhostfds=3:4', 'vhostfds= is not valid without vhost'),
        'poll-us': ('tap,poll-us=x', 'poll-us=x: must be a number'),
        'busy-us': ('tap,busy-us=x', 'busy-us=x: must be a number'),
    },
    'vde': {
        'sock': ('vde,sock=/nonexistent', 'sock=/nonexistent: cannot connect: No such file or directory'),
        'port': ('vde,port=65536', 'port=65536: must be a number from 0 to 65535'),
        'group': ('vde,group=no-such-group', 'group=no-such-group: no such group'),
        'mode': ('vde,mode=660', 'mode=660: must be octal'),
    },
    'hubport': {
        'hubid': ('hubport,hubid=-1', 'hubid=-1: must be a number'),
        'netdev': ('hubport,hubid=0,netdev=nobody', "netdev 'nobody' not found"),
        'policy': ('hubport,hubid=0,policy=5', 'policy=5: must be drop or block'),
        'access': ('hubport,hubid=0,access=4095', 'access=4095: must be a VLAN from 1 to 4094'),
        'trunk': ('hubport,hubid=0,trunk=9-1', 'trunk=9-1: must be VLANs from 1 to 4094'),
        'native': ('hubport,hubid=0,native=x', 'native=x: must be a VLAN from 1 to 4094'),
    },
    'socket': {
        'listen': ('socket,listen=5', "listen=5: host address '5' doesn't contain ':'"),
        'connect': ('socket,connect=:x', "connect=:x: port number 'x' is invalid"),
        'mcast': ('socket,mcast=10.0.0.1:5', 'specified mcastaddr 10.0.0.1 does not contain a multicast address'),
        'udp': ('socket,udp=127.0.0.1:5', 'udp=127.0.0.1:5: localaddr= is mandatory with udp='),
        'localaddr': ('socket,mcast=230.0.0.1:5,localaddr=x', "localaddr=x: localaddr 'x' is not a valid IPv4 address"),
        'fd': ('socket,fd=y', "fd=y: File descriptor named 'y' has not been found"),
    },
    'stream': {
        'addr.type': ('stream,addr.type=vsock', "Parameter 'addr.type' does not accept value 'vsock'"),
        'addr.host': ('stream,server=on,addr.type=inet,addr.host=192.0.2.77,addr.port=0',
                      "addr=192.0.2.77:0: can't bind address to socket: Cannot assign requested address"),
        'addr.port': ('stream,addr.type=inet,addr.host=127.0.0.1,addr.port=65536', 'addr.port=65536: must be a port'),
        'addr.path': ('stream,server=on,addr.type=unix,addr.path=/nonexistent/a',
                      "addr.path=/nonexistent/a: can't bind address to socket: No such file or directory"),
        'addr.str': ('stream,addr.type=fd,addr.str=x', "addr.str=x: File descriptor named 'x' has not been found"),
        'addr.to': ('stream,addr.to=0', 'addr.to=0: must be a number from 1 to 65535'),
        'reconnect': ('stream,reconnect=4294968', 'reconnect=4294968: must be a number from 0 to 4294967'),
        'reconnect-ms': ('stream,reconnect-ms=x', 'reconnect-ms=x: must be a number'),
    },
    'dgram': {
        'local.type': ('dgram,local.type=vsock', "Parameter 'local.type' does not accept value 'vsock'"),
        'local.host': (UDP.replace('127.0.0.1', '192.0.2.77') % (0, '127.0.0.1', 9), "local=192.0.2.77:0: can't bind address"),
        'local.port': (UDP % (65536, '127.0.0.1', 9), 'local.port=65536: must be a port'),
        'local.path': ('dgram,local.type=unix,local.path=/nonexistent/a,remote.type=unix,remote.path=/b',
                       "local.path=/nonexistent/a: can't bind address to socket: No such file or directory"),
        'local.str': ('dgram,local.type=fd,local.str=x', "local.str=x: File descriptor named 'x' has not been found"),
        'remote.type': ('dgram,remote.type=vsock', "Parameter 'remote.type' does not accept value 'vsock'"),
        'remote.host': (UDP % (0, '127.0.0.x', 9) + ',remote.numeric=on', "remote: can't resolve host address '127.0.0.x'"),
        'remote.port': (UDP % (0, '127.0.0.1', 65536), 'remote.port=65536: must be a port'),
        'remote.path': ('dgram,local.type=unix,local.path=/a,remote.type=unix,remote.path=' + LONG[:108], 'is too long'),
        'remote.str': ('dgram,local.type=fd,local.str=0,remote.type=fd,remote.str=0', "don't set remote with local.fd"),
    },
    'l2tpv3': {
        'src': (TUNNEL.replace('src=127.0.0.1', 'src=::1'), "src: can't resolve host address '::1'"),
        'dst': (TUNNEL.replace('dst=127.0.0.1', 'dst=::1'), "dst: can't resolve host address '::1'"),
        'srcport': (TUNNEL + 'udp=on,srcport=65536,dstport=1', 'srcport=65536: must be a port'),
        'dstport': (TUNNEL + 'udp=on,srcport=1,dstport=65536', 'dstport=65536: must be a port'),
        'rxsession': (TUNNEL + 'rxsession=x', 'rxsession=x: must be a number'),
        'txsession': ('l2tpv3,txsession=4294967296', 'txsession=4294967296: must be a number'),
        'rxcookie': (TUNNEL + 'rxcookie=x,txcookie=1', 'rxcookie=x: must be a number of 32'),
        'txcookie': (TUNNEL + 'rxcookie=1,txcookie=0x100000000', 'txcookie=0x100000000: must be a number of 32'),
        'offset': (TUNNEL + 'offset=257', 'offset=257: offset must be less than 256 bytes'),
    },
    'dpdk': {
        'devargs': ('dpdk,devargs=net_bogus0', "no DPDK driver has devices of the name 'net_bogus0'"),
        'queues': ('dpdk,devargs=net_null0,queues=17', 'queues=17: must be a number from 1 to 16'),
        'mtu': ('dpdk,devargs=net_null0,mtu=0', 'mtu=0: must be a number from 1 to 65535'),
    },
}
for backend, keys in (
        ('user', 'ipv4 ipv6 restrict gso disable-host-loopback disable-dns disable-dhcp'), ('tap', 'vnet_hdr vhost vhostforce bridge'),
        ('stream', 'server addr.ipv4 addr.ipv6 addr.numeric addr.abstract addr.tight addr.keep-alive addr.mptcp'),
        ('dgram', ' '.join('%s.%s' % (end, key) for end in ('local', 'remote') for key in (
            'ipv4', 'ipv6', 'numeric', 'abstract', 'tight'))),
        ('l2tpv3', 'cookie64 counter pincounter udp ipv6')):
    for word in keys.split():
        WRONG[backend][word] = ('%s,%s=5' % (backend, word), '%s=5: %s' % (word, ON_OFF))

# Keys that Ringhub sets itself, and one that can only be wrong when the tap is closed (test_tapio.c has all).
OURS = {'tap': 'downscript', 'hubport': 'id', 'dpdk': 'id'}
# Keys of the PMDs that Ringhub sets: a user's is refused, and not overwritten.
for backend, key, options in (
        ('user', 'carry', 'user'), ('tap', 'carry', 'tap'), ('socket', 'kind', 'socket,listen=:1'),
        ('stream', 'kind', 'stream,addr.type=unix,addr.path=/nonexistent'), ('dgram', 'kind', UDP % (1, '127.0.0.1', 2)),
        ('l2tpv3', 'kind', TUNNEL)):
    WRONG[backend][key] = ('%s,%s=off' % (options.rstrip(','), key), key + '=off: Ringhub sets it itself: leave it out')
# The same of a NIC.
NIC = 'e1000,id=w,vfio-user=w.sock,%s=x'
# What must be there before Ringhub says which keys it knows.
NEEDS = {'hubport': ',hubid=0', 'dpdk': ',devargs=net_null0'}

# Who shows what a key does. Not here: smb, smbserver, vhostfd, vhostfds, poll-us, which are always refused, and vhost and
# vhostforce, for which a host needs /dev/vhost-net (test_conf.c has what is made of them).
EFFECT = {
    'user': {
        'test/backend/_options_user.py': 'ipv4 ipv6 net ip host dhcpstart dns ipv6-net ipv6-host ipv6-dns restrict hostname domainname dnssearch '
                               'tftp tftp-server-name bootfile guestfwd mtu mru disable-host-loopback disable-dns disable-dhcp '
                               'outbound-addr outbound-addr6',
        'test/backend/user_large.sh': 'gso', 'test/guest/_init.sh': 'hostfwd'},
    'tap': {'test/backend/_options.py': 'fd fds sndbuf queues', 'test/backend/tap_bridge.sh': 'ifname script downscript br helper',
            'test/backend/user_large.sh': 'vnet_hdr'},
    'vde': {'test/backend/vde.sh': 'sock port mode', 'test/backend/_options.py': 'group'},
    'hubport': {'test/backend/_options.py': 'hubid netdev policy', 'test/testpmd/cases.py': 'access trunk',
                'lib/hub/test_hub_vlan.c': 'native'},
    'socket': {'test/backend/sock_qemu.sh': 'listen connect mcast udp localaddr', 'test/backend/_options.py': 'fd'},
    'stream': {'test/backend/_options.py': 'server addr.type addr.host addr.port addr.path addr.str addr.to addr.ipv4 addr.ipv6 addr.numeric '
                                      'addr.abstract addr.tight addr.keep-alive addr.mptcp reconnect',
               'test/backend/_sock_cases.py': 'reconnect-ms'},
    'dgram': {'test/backend/_options.py': ' '.join(
        '%s.%s' % (end, key) for end in ('local', 'remote') for key in (
            'type', 'host', 'port', 'path', 'ipv4', 'ipv6', 'numeric', 'abstract', 'tight')) + ' local.str'},
    'l2tpv3': {'test/backend/sock_qemu.sh': 'src dst srcport dstport rxsession txsession rxcookie txcookie cookie64 counter pincounter udp ipv6 '
                                       'offset'},
    'dpdk': {'test/backend/_options.py': 'devargs queues mtu'},
}


def check_all(check, ctl):
    """check(WHAT, GOOD, SEEN), ctl(WORDS): as in _options.py."""
    before = ctl('info network')
    for backend_, wrong in WRONG.items():
        said = ctl('netdev_add %s,id=w,bogus=1%s' % (backend_, NEEDS.get(backend_, '')))
        known = set(re.search(r'known are ([a-z0-9_. -]*)', said).group(1).split())
        check('%s: each of its %d keys has a wrong value' % (backend_, len(known)),
              known == set(wrong) | set(OURS.get(backend_, '').split()), known ^ set(wrong))
        for key, (options, words) in wrong.items():
            said = ctl('netdev_add %s,id=w' % options.rstrip(',')).strip()
            if words not in said or '\n' in said:
                check('%s %s: one line with "%s"' % (backend_, key, words), False, said)
        check('%s: each is refused in one line that names it' % backend_, True)
        for script, shown in EFFECT[backend_].items():
            with open(os.path.join(TOP, script), encoding='utf-8') as f:
                text = f.read()
            missing = [key for key in shown.split() if not re.search(r'[^a-z0-9.-]%s=' % re.escape(key), text)]
            check('%s: %s has a right value of %d' % (backend_, script, len(shown.split())), not missing, missing)
    for key in ('carry', 'model'):
        said = ctl('device_add ' + NIC % key).strip()
        check('a NIC with %s=x is refused in one line' % key, said.endswith(
            key + '=x: Ringhub sets it itself: leave it out') and '\n' not in said, said)
    check('of all that nothing is left', ctl('info network') == before)
