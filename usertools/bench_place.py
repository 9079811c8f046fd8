# SPDX-License-Identifier: BSD-3-Clause
"""Where bench.sh starts what it compares: a folder, a namespace, a CPU; and what it then knows of it."""
import os
import shutil
import subprocess
import sys
import time

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, TOP + '/test/lib')
from console import EAL, Process  # noqa: E402 (the path is set above)

BUILD = os.environ.get('RINGHUB_BUILD', TOP + '/build')
RINGHUB = os.environ.get('RINGHUB', BUILD + '/app/ringhub/ringhub')


class Trouble(Exception):
    """Something that the user can read, in one line."""


def call(*argv):
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Trouble('%s: %s' % (' '.join(argv), (done.stderr or done.stdout).strip()))
    return done.stdout


def until(what, seconds, condition, proc=None):
    """Wait for a condition; proc must live meanwhile."""
    end = time.monotonic() + seconds
    while not condition():
        if proc is not None and proc.poll() is not None:
            raise Trouble('%s: it ended, exit code %d' % (what, proc.returncode))
        if time.monotonic() > end:
            raise Trouble('%s: not in %d s' % (what, seconds))
        time.sleep(0.05)


class Place:
    """A folder and a network namespace of one comparison, gone with everything in them."""

    def __init__(self, core, second_core):
        self.core, self.second_core = core, second_core
        self.run = '/run/rhbench-%d' % os.getpid()
        self.netns = 'rhbench-%d' % os.getpid()
        shutil.rmtree(self.run, ignore_errors=True)
        os.mkdir(self.run)
        self.has_netns = False
        self.procs = []
        self.extra_netns = []

    def need_netns(self):
        if not self.has_netns:
            call('ip', 'netns', 'add', self.netns)
            self.has_netns = True
            # Nothing but test traffic.
            self.inside('sysctl', '-qw', 'net.ipv6.conf.all.disable_ipv6=1',
                        'net.ipv6.conf.default.disable_ipv6=1')
            self.inside('ip', 'link', 'set', 'lo', 'up')

    def within(self):
        """Words before a command that is to run in the namespace."""
        return ['nsenter', '--net=/run/netns/' + self.netns, '--'] if self.has_netns else []

    def inside(self, *argv):
        return call(*self.within(), *argv)

    def pin(self):
        return self.pin_to(self.core)

    @staticmethod
    def pin_to(core):
        return ['taskset', '-c', str(core)]

    def console(self, name, argv):
        p = Process(self.within() + argv, '%s/%s.log' % (self.run, name))
        self.procs.append(p)
        return p

    def end(self):
        for p in reversed(self.procs):
            try:
                os.kill(p.proc.pid, 18)  # SIGCONT: one that was stopped does not end
            except ProcessLookupError:
                pass
            p.end()
        self.procs = []
        for netns in self.extra_netns + [self.netns] * self.has_netns:
            subprocess.run(['ip', 'netns', 'del', netns], check=False)
        shutil.rmtree(self.run, ignore_errors=True)


class Side:
    """name; pids of what is under test; ports as ringhub-bench is told; figures: what to ask it for at the end.

    plugins: drivers that the generator loads; sockets: (control, data) that it inherits the second of, open until the end.
    """

    def __init__(self, name, pids, ports, figures=None, plugins=(), sockets=()):
        self.name, self.pids, self.ports, self.figures = name, pids, ports, figures
        self.plugins, self.sockets = list(plugins), list(sockets)

    def words(self):
        words = ['--side', self.name]
        for pid in self.pids:
            words += ['--pid', str(pid)]
        for port in self.ports:
            words += ['--port', port]
        return words


def eal(place, prefix, polling=()):
    """polling: CPUs of the lcores that poll; by default one, on the CPU of the rest."""
    lcores = ['%d@%d' % row for row in enumerate([place.core, *(polling or [place.core])])]
    return ['--lcores', ','.join(lcores), '--file-prefix=%s_%d' % (prefix, os.getpid())] + EAL
