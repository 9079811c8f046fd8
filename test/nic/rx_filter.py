#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""What a guest's driver lets in, as QMP tells it. usage: rx_filter.py QMP-SOCKET MAC COMMAND...

COMMAND runs the words behind it in the guest.
"""
import os
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'lib'))
from checks import check  # noqa: E402 (the path is set above)
from qmp import Qmp  # noqa: E402

EVENT = 'NIC_RX_FILTER_CHANGED'
IP = '/bin/iproute2/ip '


def until(condition, seconds=20):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.05)
    return True


def main(path, mac, *command):
    def guest(words):
        subprocess.run(list(command) + [words], check=True, timeout=60)

    q = Qmp(path)
    q.ask('query-rx-filter')
    guest(IP + 'link set eth0 up')
    f = {}

    def is_up():
        f.update(q.ask('query-rx-filter', name='d0')[0])
        return f['main-mac'] == mac and not f['promiscuous'] and f['broadcast-allowed']
    check('main-mac, not promiscuous, broadcast', until(is_up), f)
    while q.event(EVENT, 1) is not None:  # IPv6 joins its groups
        q.ask('query-rx-filter')
    guest(IP + 'link set eth0 promisc on')
    told = q.event(EVENT)
    check('promisc on: ' + EVENT, told == {'name': 'd0', 'path': '/machine/peripheral/d0'}, told)
    guest(IP + 'link set eth0 promisc off')
    check('only once, until somebody asks', q.event(EVENT, 1) is None)
    check('and off again', not q.ask('query-rx-filter', name='d0')[0]['promiscuous'])
    guest(IP + 'link set eth0 promisc on')
    check('then it is told again', q.event(EVENT) is not None)
    f = q.ask('query-rx-filter', name='d0')[0]
    check('promiscuous', f['promiscuous'] or (f['unicast'] == 'all' and f['multicast'] == 'all'), f)
    guest(IP + 'link set eth0 promisc off')
    q.event(EVENT)
    q.ask('query-rx-filter')
    guest(IP + 'link set eth0 allmulticast on')
    check('allmulticast on: ' + EVENT, q.event(EVENT) is not None)
    f = q.ask('query-rx-filter', name='d0')[0]
    check('multicast all', f['multicast'] == 'all' or f['multicast-overflow'], f)
    vlans(q, guest)


def vlans(q, guest):
    """A VLAN of the guest's, where its NIC filters them."""
    guest(IP + 'link set eth0 allmulticast off')
    guest('modprobe 8021q')
    guest(IP + 'link add link eth0 name eth0.5 type vlan id 5')
    guest(IP + 'link set eth0.5 up')
    f = {}

    def has_vlan():
        f.update(q.ask('query-rx-filter', name='d0')[0])
        return f['vlan'] == 'all' or 5 in f['vlan-table']
    check('vlan', until(has_vlan), f)
    print('     %s, %d in the table' % (f['vlan'], len(f['vlan-table'])))


if __name__ == '__main__':
    main(*sys.argv[1:])
