# SPDX-License-Identifier: BSD-3-Clause
"""User-mode networks: iperf3 from a namespace to the host, both ways, at MTU 1500, in interleaved pairs.

passt is measured as pasta, the same program and the same translation for a namespace. By its socket, passt would
need a guest in QEMU on its side, and the guest's TCP and QEMU's copies would be most of what is measured; here both
sides have a tap, and nothing but the user network between it and the host's sockets. In the version of Debian 12 passt
has no vhost-user, which is its quick way.

RINGHUB_USER in the environment: more keys of Ringhub's -netdev user, such as ,gso=on
"""
import csv
import json
import os
import signal
import statistics
import subprocess

from bench_place import RINGHUB, Side, Trouble, call, eal, until

# As a row of ringhub-bench --list.
CASE = {'name': 'user-tcp', 'device': 'tap', 'transport': 'user', 'ring': 'no', 'size': '1518', 'members': '1',
        'queues': '1', 'burst': '-', 'traffic': 'TCP, MTU 1500', 'quick': 'yes', 'mss': '0'}
GATEWAY = '10.0.2.2'
MORE = os.environ.get('RINGHUB_USER', '')
PORT = 5201  # and the next for the second side: one that is stopped cannot tell its server that it is done
WAYS = (('tcp_out', []), ('tcp_in', ['-R']))  # out: namespace to host


class Client:
    """A namespace that has nothing but the user network under test."""

    def __init__(self, place, name):
        self.port = PORT + len(place.extra_netns)
        self.netns = '%s%s' % (place.netns, name)
        call('ip', 'netns', 'add', self.netns)
        place.extra_netns.append(self.netns)
        self.words = ['nsenter', '--net=/run/netns/' + self.netns, '--']

    def inside(self, *argv):
        return call(*self.words, *argv)

    def reaches(self):
        return subprocess.run(self.words + ['bash', '-c', 'exec 3<>/dev/tcp/%s/%d' % (GATEWAY, self.port)],
                              capture_output=True, check=False, timeout=10).returncode == 0


def ringhub(place):
    client = Client(place, 'r')
    place.inside('ip', 'tuntap', 'add', 'dev', 'u0', 'mode', 'tap')
    dut = place.console('ringhub', [RINGHUB] + eal(place, 'bench_r') + [
        '--', '-netdev', 'user,id=n0' + MORE, '-netdev', 'tap,id=t0,ifname=u0,script=no,downscript=no',
        '-netdev', 'hubport,id=h0,hubid=0,netdev=n0', '-netdev', 'hubport,id=h1,hubid=0,netdev=t0',
        '-monitor', 'stdio'])
    dut.wait_for('ringhub> ')
    place.inside('ip', 'link', 'set', 'u0', 'netns', client.netns)
    client.inside('ip', 'addr', 'add', '10.0.2.15/24', 'dev', 'u0')
    client.inside('ip', 'link', 'set', 'u0', 'mtu', '1500', 'up')
    return Side('ringhub', [dut.proc.pid], []), client


def slirp4netns(place):
    client = Client(place, 's')
    dut = place.console('slirp4netns', place.pin() + [
        'slirp4netns', '--configure', '--mtu=1500', '--netns-type=path', '/run/netns/' + client.netns, 'tap0'])
    until('slirp4netns configures tap0', 15, lambda: 'inet 10.0.2.' in client.inside('ip', 'addr'), dut.proc)
    return Side('slirp4netns', [dut.proc.pid], []), client


def pasta(place):
    # It takes address and gateway from an interface that has a default route; nothing is sent there.
    place.inside('ip', 'link', 'add', 'up0', 'type', 'veth', 'peer', 'name', 'up1')
    place.inside('ip', 'addr', 'add', '10.0.2.15/24', 'dev', 'up0')
    for name in ('up0', 'up1'):
        place.inside('ip', 'link', 'set', name, 'up')
    place.inside('ip', 'route', 'add', 'default', 'via', GATEWAY)
    client = Client(place, 'p')
    dut = place.console('pasta', place.pin() + [
        'pasta', '--config-net', '--ipv4-only', '--mtu', '1500', '--ns-ifname', 'tap0', '--foreground', '--runas', '0',
        '--tcp-ports', 'none', '--udp-ports', 'none', '--tcp-ns', 'none', '--udp-ns', 'none',
        '--netns', '/run/netns/' + client.netns])
    until('pasta configures tap0', 15, lambda: 'inet 10.0.2.' in client.inside('ip', 'addr'), dut.proc)
    return Side('passt', [dut.proc.pid], []), client


def serve(args, place, client):
    place.console('iperf3-%d' % client.port,
                  place.pin_to(args.generator_core) + ['iperf3', '-s', '-p', str(client.port)])
    until('iperf3 -s listens', 10, lambda: ':%d ' % client.port in place.inside('ss', '-Hltn'))


def iperf(args, client, words, seconds):
    argv = client.words + ['taskset', '-c', str(args.generator_core), 'iperf3', '-c', GATEWAY, '-p', str(client.port),
                           '-J', '-t', '%g' % seconds] + words
    answer = {}

    def served():
        """The server may still be busy with the client before."""
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=seconds + 30)
        answer.clear()
        answer.update(json.loads(done.stdout or '{}'))
        return 'busy' not in answer.get('error', '')

    until('iperf3 -s is free', 10 + seconds, served)
    if 'sum_received' not in answer.get('end', {}):
        raise Trouble('iperf3: %s' % answer.get('error', 'no answer'))
    return answer['end']['sum_received']['bits_per_second']


def cpu(pid):
    with open('/proc/%d/stat' % pid, encoding='ascii') as f:
        fields = f.read().rsplit(')', 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')


def measure_side(args, side, client, repeat, rows):
    """The figures of one side in one pair. iperf3 counts whole seconds, so that is the least."""
    seconds = max(1, round(args.how[1]))
    os.kill(side.pids[0], signal.SIGCONT)
    for name, words in WAYS:
        before = cpu(side.pids[0])
        bits = iperf(args, client, words, seconds)
        rows.append((side.name, repeat, name, bits, 'bit/s'))
        rows.append((side.name, repeat, name + '_cpu', (cpu(side.pids[0]) - before) / seconds, 's/s'))
        print('%s %d/%d %s: %.2f Gb/s' % (side.name, repeat, args.how[0], name, bits / 1e9), flush=True)
    os.kill(side.pids[0], signal.SIGSTOP)


def quartiles(values):
    low = mid = high = values[0]
    if len(values) > 1:
        low, mid, high = statistics.quantiles(values, n=4, method='inclusive')
    return {'n': len(values), 'low': low, 'median': mid, 'high': high}


def summary(rows, names):
    out = []
    for measure in dict.fromkeys(r[2] for r in rows):
        values = {n: [r[3] for r in rows if r[0] == n and r[2] == measure] for n in names}
        m = {'measure': measure, 'unit': next(r[4] for r in rows if r[2] == measure)}
        m.update((n, quartiles(v)) for n, v in values.items())
        if len(names) == 2 and all(values[names[1]]):
            m['ratio'] = quartiles([a / b for a, b in zip(*(values[n] for n in names))])
        out.append(m)
    return out


PEERS = {'slirp4netns': slirp4netns, 'passt': pasta}


def run(args, peer, place, out):
    place.need_netns()
    sides = [ringhub(place)] + ([PEERS[peer](place)] if peer else [])
    for side, client in sides:
        serve(args, place, client)
        until('%s: a connection to %s' % (side.name, GATEWAY), 20, client.reaches)
        os.kill(side.pids[0], signal.SIGSTOP)
    rows = []
    for repeat in range(1, args.how[0] + 1):
        for side, client in sides:
            measure_side(args, side, client, repeat, rows)
    names = [side.name for side, _ in sides]
    with open(out + '.csv', 'w', encoding='utf-8', newline='') as f:
        w = csv.writer(f, lineterminator='\n')
        w.writerow(['case', 'side', 'repeat', 'measure', 'value', 'unit'])
        w.writerows([CASE['name'], *row] for row in rows)
    result = {'case': CASE['name'], 'sides': names, 'pairs': args.how[0], 'seconds': max(1, round(args.how[1])),
              'measures': summary(rows, names)}
    with open(out + '.json', 'w', encoding='utf-8') as f:
        json.dump(result, f)
