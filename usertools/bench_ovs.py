# SPDX-License-Identifier: BSD-3-Clause
"""An OVS-DPDK of our own: database, sockets and logs in one folder, its bridge's tap in a namespace."""
import os

from bench_place import Side, Trouble, call, until

VSWITCHD = '/usr/lib/openvswitch-switch-dpdk/ovs-vswitchd-dpdk'  # not in PATH: there it may be the one without DPDK
SCHEMA = '/usr/share/openvswitch/vswitch.ovsschema'
EAL = '--no-pci --in-memory --single-file-segments --iova-mode=va --no-telemetry --file-prefix=bench_o_%d'


class Ovs:
    """ovsdb-server and ovs-vswitchd as two processes of a Place, never the system's service."""

    def __init__(self, place):
        self.place = place
        self.dir = place.run + '/ovs'
        os.mkdir(self.dir)
        place.need_netns()
        self.env = ['env'] + ['OVS_%s=%s' % (k, self.dir) for k in ('RUNDIR', 'LOGDIR', 'DBDIR', 'SYSCONFDIR')]
        self.remote = 'unix:%s/db.sock' % self.dir
        call('ovsdb-tool', 'create', self.dir + '/conf.db', SCHEMA)
        server = place.console('ovsdb', self.env + [
            'ovsdb-server', self.dir + '/conf.db', '--remote=p' + self.remote, '--unixctl=%s/ovsdb.ctl' % self.dir])
        until('ovsdb-server answers', 15, self.answers, server.proc)
        self.vsctl('--no-wait', 'init')

    def answers(self):
        try:
            return 'Open_vSwitch' in call('ovsdb-client', 'list-dbs', self.remote)
        except Trouble:
            return False

    def vsctl(self, *words):
        return call(*self.env, 'ovs-vsctl', '--db=' + self.remote, '--timeout=30', *words)

    def initialized(self):
        return self.vsctl('get', 'Open_vSwitch', '.', 'dpdk_initialized').strip() == 'true'

    def start(self):
        """One thread that polls, on the CPU of all others. @return the daemon.

        Without a limit of memory: when the pool of 262,144 mbufs that it tries first does not fit, a port that
        connects at that moment gets no memory for its rings, and its connection ends.
        """
        config = {'dpdk-init': 'true', 'pmd-cpu-mask': hex(1 << self.place.core),
                  'dpdk-lcore-mask': hex(1 << self.place.core), 'dpdk-socket-mem': '256',
                  'dpdk-extra': '"%s"' % (EAL % os.getpid())}
        self.vsctl('--no-wait', 'set', 'Open_vSwitch', '.', *['other_config:%s=%s' % kv for kv in config.items()])
        daemon = self.place.console('ovs', self.place.pin() + self.env + [
            VSWITCHD, self.remote, '--unixctl=%s/ovs.ctl' % self.dir])
        until('ovs-vswitchd starts DPDK', 30, self.initialized, daemon.proc)
        return daemon

    def bridge(self):
        """Its own interface br0 gets nothing that is flooded: each frame would be a system call."""
        self.vsctl('add-br', 'br0', '--', 'set', 'bridge', 'br0', 'datapath_type=netdev', 'fail_mode=standalone')
        call(*self.env, 'ovs-ofctl', 'mod-port', 'br0', 'br0', 'no-flood')


def start(place, case):
    """As many dpdkvhostuser ports as a case has members, on one bridge with its only flow, NORMAL."""
    ovs = Ovs(place)
    daemon = ovs.start()
    ovs.bridge()
    names = ['o%d' % i for i in range(int(case['members']))]
    for name in names:
        ovs.vsctl('add-port', 'br0', name, '--', 'set', 'Interface', name, 'type=dpdkvhostuser')
    return Side('ovs', [daemon.proc.pid], ['vhost-user=%s/%s' % (ovs.dir, name) for name in names])
