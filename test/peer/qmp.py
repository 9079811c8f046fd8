#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""QMP on ringhub, with stock dpdk-testpmd as its guests, or next to a stock QEMU. usage: qmp.py CASE"""
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'lib'), os.path.join(HERE, '..', 'testpmd')]
from console import EAL, RINGHUB, Process  # noqa: E402 (the path is set above)
from cases import PROCS, check, fds, keep, stats, until, virtio_user  # noqa: E402
from qmp import Qmp  # noqa: E402

QEMU = 'qemu-system-x86_64'


def hub_start(run, *options):
    """A ringhub with QMP and a console on sockets, control and polling on one CPU."""
    p = keep(Process([RINGHUB, '--lcores', '0@0,1@0', '--file-prefix=t_qmp'] + EAL + ['--'] +
                     list(options) + ['-qmp', 'unix:%s/qmp,server=on,wait=off' % run,
                                      '-monitor', 'unix:%s/mon' % run], run + '/hub.log'))
    check('ringhub listens', until(lambda: os.path.exists(run + '/mon')), p.text())
    return p


def qemu_start(run, *options):
    p = keep(Process([QEMU, '-M', 'q35', '-nodefaults', '-S', '-display', 'none'] + list(options) +
                     ['-qmp', 'unix:%s/qemu,server=on,wait=off' % run], run + '/qemu.log'))
    check('QEMU listens', until(lambda: os.path.exists(run + '/qemu')), p.text())
    return p


def error_of(answer):
    return answer.get('error', {}).get('class'), answer.get('error', {}).get('desc', '')


def session(run):
    """A hub made by QMP alone; a stock driver's frames through it; what happens, as events."""
    hub = hub_start(run)
    q = Qmp(run + '/qmp')
    check('the greeting', set(q.greeting['QMP']) == {'version', 'capabilities'}, q.greeting)
    names = {c['name'] for c in q.ask('query-commands')}
    check('query-commands', {'netdev_add', 'device_add', 'set_link', 'query-rx-filter', 'quit'} <= names)
    for i in (0, 1):
        q.ask('netdev_add', type='hubport', id='h%d' % i, hubid=0)
        q.ask('device_add', driver='virtio-net-pci', id='d%d' % i, netdev='h%d' % i, queues=1,
              vhost_user='%s/s%d' % (run, i))
    check('both NICs are on hub 0', re.search(r'hub 0\n \\ h1: d1: .*\n \\ h0: d0: ', q.human('info network')),
          q.human('info network'))
    gen = virtio_user(run, 'gen', ['%s/s%d' % (run, i) for i in (0, 1)])
    told = [q.event('NETDEV_VHOST_USER_CONNECTED') for _ in (0, 1)]
    check('NETDEV_VHOST_USER_CONNECTED for each', sorted(e['chardev-id'] for e in told) == ['chr-d0', 'chr-d1'], told)
    check('links up', until(lambda: len(re.findall(r'net_guest\s+up', q.human('show port summary all'))) == 2))
    gen.say('set fwd rxonly')
    q.ask('object-add', qom_type='filter-dump', id='f0', netdev='h0', file=run + '/dump.pcapng')
    check('object-add shows', 'filter-dump' in q.human('info network'), q.human('info network'))
    gen.say('start tx_first 8')
    check('256 frames each way', until(lambda: stats(gen, 0) == [256, 256] and stats(gen, 1) == [256, 256]),
          stats(gen, 0))
    dumped(run, q)
    q.ask('set_link', name='d0', up=False)
    gen.say('stop')
    gen.say('start tx_first 8')
    check('set_link off: the other one sees nothing more',
          until(lambda: stats(gen, 0)[1] == 512) and stats(gen, 1)[0] == 256, stats(gen, 1))
    q.ask('set_link', name='d0', up=True)
    announced(q, gen)
    forwarding(q)
    streamed(run, q)
    gen.proc.kill()
    gen.end()
    told = [q.event('NETDEV_VHOST_USER_DISCONNECTED') for _ in (0, 1)]
    check('NETDEV_VHOST_USER_DISCONNECTED for each',
          sorted(e['netdev-id'] for e in told) == ['net-d0', 'net-d1'], told)
    removed(run, q)
    q.ask('quit')
    check('SHUTDOWN', (q.event('SHUTDOWN') or {}).get('reason') == 'host-qmp-quit')
    check('and the end', q.receive() is None and until(lambda: hub.proc.poll() == 0), hub.text())
    check('with no socket left', not os.path.exists(run + '/qmp') and not os.path.exists(run + '/mon'))


def streamed(run, q):
    """A stream's peer comes and goes."""
    path = run + '/stream'
    q.ask('netdev_add', type='stream', id='s', server=True, addr={'type': 'unix', 'path': path})
    peer = socket.socket(socket.AF_UNIX)
    peer.connect(path)
    told = q.event('NETDEV_STREAM_CONNECTED')
    check('NETDEV_STREAM_CONNECTED', told == {'netdev-id': 's', 'addr': {'type': 'unix', 'path': path}}, told)
    peer.close()
    check('NETDEV_STREAM_DISCONNECTED', q.event('NETDEV_STREAM_DISCONNECTED', 8) == {'netdev-id': 's'})
    q.ask('netdev_del', id='s')


def dumped(run, q):
    """What a filter made by QMP wrote, as tshark reads it."""
    q.ask('object-del', id='f0')
    frames = subprocess.run(['tshark', '-r', run + '/dump.pcapng', '-T', 'fields', '-e', 'frame.len'],
                            capture_output=True, text=True, check=True).stdout.split()
    check('object-del: the dump has 512 frames of 64 bytes', frames == ['64'] * 512, (len(frames), frames[:3]))
    error = error_of(q.message('object-del', id='f0'))
    check('object-del: ' + error[1], error[0] == 'GenericError' and 'f0' in error[1])
    error = error_of(q.message('object-add', qom_type='filter-dump', id='f1', netdev='zz', file=run + '/x'))
    check('object-add: ' + error[1], error[0] == 'GenericError' and "'netdev'" in error[1])


def announced(q, gen):
    """announce-self: so many rounds from the NIC that is named, so far apart."""
    before = stats(gen, 1)[0], stats(gen, 0)[0]
    q.ask('announce-self', initial=20, max=60, rounds=4, step=20, interfaces=['d0'], id='a')
    check('announce-self: 4 rounds reach the other NIC', until(lambda: stats(gen, 1)[0] == before[0] + 4),
          stats(gen, 1))
    q.ask('announce-self', initial=100000, max=100000, rounds=3, step=0, id='b')
    check('announce-self: the first round comes at once, from each NIC',
          until(lambda: stats(gen, 1)[0] == before[0] + 5 and stats(gen, 0)[0] == before[1] + 1))
    q.ask('announce-self', initial=0, max=0, rounds=0, step=0, id='b')
    error = error_of(q.message('announce-self', initial=-1, max=0, rounds=1, step=0))
    check('announce-self: ' + error[1], error[0] == 'GenericError' and "'initial'" in error[1])


def forwarding(q):
    q.ask('stop')
    check('stop: paused, and STOP', q.ask('query-status')['status'] == 'paused' and q.event('STOP') == {})
    q.ask('cont')
    check('cont: running, and RESUME', q.ask('query-status')['running'] and q.event('RESUME') == {})


def removed(run, q):
    q.ask('device_del', id='d0')
    check('DEVICE_DELETED', q.event('DEVICE_DELETED') == {'device': 'd0', 'path': '/machine/peripheral/d0'})
    check('its socket is gone, and no other', not os.path.exists(run + '/s0') and os.path.exists(run + '/s1'))
    q.ask('netdev_del', id='h0')
    check('no event for a netdev', q.event('DEVICE_DELETED', 0.3) is None)
    q.ask('netdev_add', type='user', id='u', hostfwd=[{'str': 'tcp:127.0.0.1:0-:22'}], restrict=True)
    check('lists and booleans', 'restrict=on' in q.human('info network') and
          'HOST_FORWARD' in q.human('info usernet'), q.human('info usernet'))
    q.ask('netdev_del', id='u')


def clients(run):
    """Several clients, pipelines, messages in pieces, and clients that mean harm."""
    hub = hub_start(run, '-netdev', 'user,id=n0')
    a, b = Qmp(run + '/qmp'), Qmp(run + '/qmp')
    a.ask('device_add', driver='virtio-net-pci', id='d0', netdev='n0', vhost_user=run + '/s0')
    a.ask('device_del', id='d0')
    check('both clients get the event', a.event('DEVICE_DELETED') and b.event('DEVICE_DELETED'))
    c = Qmp(run + '/qmp', ready=False)
    check('one that has not negotiated gets no command',
          error_of(c.message('query-status')) == ('CommandNotFound', "Expecting capabilities negotiation with 'qmp_capabilities'"))
    c.ask('qmp_capabilities')
    for byte in b'{"execute": "query-status", "id": [1, {"a": "\\u00e4"}]}':
        c.send(bytes([byte]))
    check('a message of single bytes; its id', c.answer()['id'] == [1, {'a': '\u00e4'}])
    c.send(b''.join(b'{"execute":"query-status","id":%d}' % i for i in range(500)))
    check('500 in one go: answered in order', [c.answer().get('id') for _ in range(500)] == list(range(500)))
    before = fds(hub)
    hostile(run, a)
    check('ringhub answers all the while', b.ask('query-status')['running'])
    check('descriptors as before', until(lambda: fds(hub) == before), '%d, %d' % (before, fds(hub)))
    monitors(run, hub)
    many = [Qmp(run + '/qmp', ready=False) for _ in range(13)]
    d = Qmp(run + '/qmp', ready=False)
    check('the 17th client is told, and goes', 'error' in d.greeting and d.receive() is None, d.greeting)
    many[0].close()
    check('another one leaves: there is room', until(lambda: 'QMP' in Qmp(run + '/qmp', ready=False).greeting))


def hostile(run, q):
    """Each line is answered by an error, and the next command as ever."""
    for what, data in (('deep nesting', b'[' * 100000), ('an endless string', b'{"a": "' + b'x' * 200000),
                       ('no UTF-8', b'{"execute": "\xff\xfe"}'), ('NUL', b'{"execute": "a\0b"}'),
                       ('a lone surrogate', b'{"execute": "\\ud800"}'), ('words', b'quit now'),
                       ('a raw new line in a string', b'{"execute": "'), ('wrong brackets', b'{"a": [}]'),
                       ('a double key', b'{"execute": "quit", "execute": "quit"}')):
        q.send(data + b'\n{"execute": "query-status", "id": "next"}\n')
        first = q.answer()
        answer = first
        while answer.get('id') != 'next':
            answer = q.answer()
        check('%s: %s' % (what, error_of(first)[1]), 'error' in first and 'return' in answer, answer)
    silent = socket.socket(socket.AF_UNIX)
    silent.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    silent.connect(run + '/qmp')
    silent.settimeout(20)
    gone = False
    try:
        silent.sendall(b'{"execute":"qmp_capabilities"}')
        for _ in range(2000):
            silent.sendall(b'{"execute":"human-monitor-command","arguments":{"command-line":"help"}}' * 50)
    except socket.timeout:
        pass
    except OSError:
        gone = True
    check('a client that never reads is cut off', gone)
    silent.close()


def monitors(run, hub):
    """The console's clients: descriptors return, and a line that is too long is not run in part."""
    ctl = os.path.join(HERE, '..', '..', 'usertools', 'ringhub-ctl')
    before = fds(hub)
    for _ in range(5):
        subprocess.run([ctl, run + '/mon', 'info', 'network'], check=True, capture_output=True)
    check('console clients leave no descriptor', until(lambda: fds(hub) == before))
    said = console(run, b'netdev_add user,id=n9,' + b'hostname=x,' * 60 + b'\ninfo network\n')
    check('a line of 680 bytes: error, nothing run', 'Error: the line is longer than 511 bytes' in said and
          'n9' not in said.rsplit('info network', 1)[1], said[-400:])
    said = console(run, b'? set_link\n')
    check('? COMMAND', 'set_link <id> <on|off> -- ' in said, said)
    said = console(run, b'? quit\ninfo version\n')
    check('? quit only tells', 'quit -- ' in said and re.search(r'\nringhub \d', said), said)
    said = console(run, b'set_link n\t on\n')
    check('TAB completes an id', re.search('set_link n0 +on', said) and 'Error' not in said, said)


def console(run, data):
    with socket.socket(socket.AF_UNIX) as s:
        s.connect(run + '/mon')
        s.settimeout(5)
        text = b''
        s.sendall(data)
        while text.count(b'ringhub> ') < data.count(b'\n') + 1:
            text += s.recv(65536)
    return re.sub(r'\x1b\[[0-9;]*[A-Za-z]', '', text.decode()).replace('\r', '')


# Options of both, with what only ringhub's -device needs. QEMU makes JSON netdevs before all others.
SAME = (('-netdev', '{"type":"user","id":"alone","ipv6":false}'),
        ('-netdev', 'user,id=n0,hostfwd=tcp:127.0.0.1:0-:22,net=10.9.0.0/24'), ('-device', 'e1000,netdev=n0,id=d0', 'vfio-user'),
        ('-netdev', 'user,id=u1,restrict=on'), ('-netdev', 'hubport,id=h1,hubid=0,netdev=u1'),
        ('-netdev', 'hubport,id=h2,hubid=0'), ('-device', 'virtio-net-pci,netdev=h2,id=d1', 'vhost-user'),
        ('-netdev', 'hubport,id=h3,hubid=0'), ('-device', 'rtl8139,netdev=h3,id=d2', 'vfio-user'),
        ('-device', 'e1000,id=d9', 'vfio-user'),
        ('-netdev', 'hubport,id=h4,hubid=7'), ('-device', 'virtio-net-pci,id=da,mac=52:54:00:12:34:58', 'vhost-user'),
        ('-device', 'rtl8139,id=db', 'vfio-user'))

# Messages that both must refuse, in the same words.
SAME_ERRORS = (
    '{"execute":"bogus","id":{"a":1}}', '[1]', '{"execute":1}', '{"exec":"x"}', '{}',
    '{"execute":"quit","bogus":1}', '{"execute":"netdev_del"}', '{"execute":"qmp_capabilities"}',
    '{"execute":"netdev_del","arguments":{"id":"zz"}}', '{"execute":"netdev_del","arguments":{"id":1}}',
    '{"execute":"netdev_del","arguments":[1]}', '{"execute":"netdev_del","arguments":{"id":"n0","x":1}}',
    '{"execute":"netdev_del","arguments":{"id":"d0"}}', '{"execute":"device_add","arguments":{"id":"zz"}}',
    '{"execute":"set_link","arguments":{"name":"zz","up":true}}', '{"execute":"set_link","arguments":{"name":"d0"}}',
    '{"execute":"set_link","arguments":{"name":"d0","up":1}}', '{"execute":"device_del","arguments":{"id":"zz"}}',
    '{"execute":"netdev_add","arguments":{"id":"zz"}}', '{"execute":"netdev_add","arguments":{"id":"n0","type":"user"}}',
    '{"execute":"netdev_add","arguments":{"type":"user"}}', '{"execute":"query-rx-filter","arguments":{"name":"n0"}}',
    '{"execute":"query-rx-filter","arguments":{"name":"zz"}}',
    '{"execute":"announce-self","arguments":{"initial":50,"max":550,"rounds":5}}',
    '{"execute":"human-monitor-command","arguments":{"command-line":"bogus"}}',
    '{"execute":"human-monitor-command","arguments":{"command-line":"set_link zz on"}}',
    '{"execute":"human-monitor-command","arguments":{"command-line":"netdev_del zz"}}')


def compare(run):
    """The same options to ringhub and to a stock QEMU: the same answers."""
    options, qemu = [], []
    for i, (name, value, *transport) in enumerate(SAME):
        qemu += [name, value]
        options += [name, value + ''.join(',%s=%s/%d' % (t, run, i) for t in transport)]
    hub_start(run, *options)
    qemu_start(run, *qemu)
    ours, theirs = Qmp(run + '/qmp'), Qmp(run + '/qemu')
    for line in ('info network', 'info usernet'):
        texts = [same_numbers(q.human(line)) for q in (theirs, ours)]
        check('%s: as QEMU %s says it' % (line, theirs.greeting['QMP']['version']['qemu']['major']),
              texts[0] == texts[1], '\n--- QEMU\n%s--- ringhub\n%s' % tuple(texts))
        print(texts[1], end='')
    for text in SAME_ERRORS:
        answers = [q.raw(text + '\n') for q in (theirs, ours)]
        check(text, without_hint(answers[0]) == without_hint(answers[1]), answers)
    for q in (theirs, ours):
        q.ask('netdev_add', type='user', id='late')
        q.ask('set_link', name='n0', up=False)
        q.ask('netdev_del', id='late')
    texts = [same_numbers(q.human('info network')) for q in (theirs, ours)]
    check('info network after changes', texts[0] == texts[1], texts)


def same_numbers(text):
    """A descriptor's number and a port that the kernel chose are each process's own; so is advice."""
    text = re.sub(r'(HOST_FORWARD\]) *\d+( +\S+) +\d+', r'\1 FD\2 PORT', text)
    return ''.join(line for line in text.splitlines(True) if not line.startswith('  note: '))


def without_hint(answer):
    """Behind QEMU's words ringhub may say what would be right."""
    text = json.dumps(answer, sort_keys=True)
    return re.sub(r': (add id=NAME|available are [^"]*)"', '"', text)


class Registers:
    """An e1000 of ringhub's behind a stock QEMU without a guest: its test protocol plays the CPU."""

    BAR = 0xe0000000

    def __init__(self, run):
        tools = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'ringhub/guest-tools')
        device = '{"driver":"vfio-user-pci","addr":"4","socket":{"path":"%s/d0","type":"unix"}}' % run
        keep(Process([tools + '/' + QEMU, '-M', 'q35,accel=qtest,memory-backend=mem', '-m', '64M', '-object',
                      'memory-backend-memfd,id=mem,size=64M,share=on', '-nodefaults', '-display', 'none',
                      '-device', device, '-qtest-log', 'none', '-qtest', 'unix:%s/qtest,server=on,wait=off' % run],
                     run + '/qemu.log'))
        check('QEMU listens', until(lambda: os.path.exists(run + '/qtest')))
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(20)
        self.sock.connect(run + '/qtest')
        self.file = self.sock.makefile('rw')
        self.config(0x10, self.BAR)
        self.config(4, 6)  # memory, bus master

    def do(self, command, *numbers):
        self.file.write(' '.join([command] + ['0x%x' % n for n in numbers]) + '\n')
        self.file.flush()
        words = self.file.readline().split()
        while words and words[0] == 'IRQ':
            words = self.file.readline().split()
        if words[:1] != ['OK']:
            raise RuntimeError('%s: %s' % (command, words))

    def config(self, offset, value):
        self.do('outl', 0xcf8, 0x80000000 | 4 << 11 | offset)
        self.do('outl', 0xcfc, value)

    def write(self, offset, value):
        self.do('writel', self.BAR + offset, value)


def filters(run):
    """What a NIC lets in, as its registers say: told once by an event, then by query-rx-filter."""
    hub_start(run, '-netdev', 'user,id=n0', '-device',
              'e1000,netdev=n0,id=d0,rom=off,mac=52:54:00:00:00:01,vfio-user=%s/d0' % run)
    nic, q, name = Registers(run), Qmp(run + '/qmp'), 'NIC_RX_FILTER_CHANGED'

    def ask():
        return q.ask('query-rx-filter', name='d0')[0]

    nic.write(0x100, 0x8002)  # RCTL: EN, BAM
    told = q.event(name)
    check(name, told == {'name': 'd0', 'path': '/machine/peripheral/d0'}, told)
    nic.write(0x100, 0x801a)  # UPE, MPE
    check('muted until somebody asks', q.event(name, 0.5) is None)
    f = ask()
    check('promiscuous', f['promiscuous'] and f['unicast'] == f['multicast'] == 'all' and f['broadcast-allowed'] and
          f['vlan'] == 'all' and f['main-mac'] == '52:54:00:00:00:01', f)
    nic.write(0x100, 0x48002)  # VFE
    nic.write(0x5600, 0x20)    # VFTA[0]: VLAN 5
    nic.write(0x5604, 0x1)     # VFTA[1]: VLAN 32
    check('told again', q.event(name) is not None)
    check('VLANs 5 and 32 only', until(lambda: ask()['vlan-table'] == [5, 32]) and ask()['vlan'] == 'normal', ask())
    nic.write(0x5408, 0x005e0001)
    nic.write(0x540c, 0x80000201)  # RA[1]: 01:00:5e:00:01:02
    nic.write(0x5410, 0x00005452)
    nic.write(0x5414, 0x80000900)  # RA[2]: 52:54:00:00:00:09
    check('its tables', until(lambda: (ask()['multicast-table'], ask()['unicast-table']) == (
        ['01:00:5e:00:01:02'], ['52:54:00:00:00:09'])), ask())
    check('which are all', not ask()['multicast-overflow'])
    nic.write(0x5200, 1)  # MTA
    check('or not: a hash lets in more', until(lambda: ask()['multicast-overflow']), ask())


CASES = {f.__name__: f for f in (session, clients, compare, filters)}


def main():
    if len(sys.argv) != 2 or sys.argv[1] not in CASES:
        sys.exit('%s known: %s' % (__doc__, ' '.join(CASES)))
    if not shutil.which('dpdk-testpmd') or not shutil.which(QEMU) or not os.path.exists(RINGHUB):
        print('needs dpdk-testpmd, %s and a build' % QEMU)
        sys.exit(77)
    run = tempfile.mkdtemp(prefix='rhq', dir='/run')
    try:
        CASES[sys.argv[1]](run)
    finally:
        for p in reversed(PROCS):
            p.end()
        shutil.rmtree(run)


if __name__ == '__main__':
    main()
