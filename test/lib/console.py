# SPDX-License-Identifier: BSD-3-Clause
"""Programs with a console, such as dpdk-testpmd and ringhub, for tests and measurements."""
import os
import re
import subprocess
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
RINGHUB = os.environ.get('RINGHUB', TOP + '/build/app/ringhub/ringhub')
PLUGINS = os.environ.get('BUILD', TOP + '/build') + '/drivers/net/%s/librte_net_%s.so'
EAL = ['--in-memory', '--single-file-segments', '--no-pci', '--iova-mode=va', '-m', '400']


class Process:
    """A program with a console on its standard input and its output in a log."""

    def __init__(self, argv, log):
        self.log = open(log, 'w+', encoding='utf-8', errors='replace')
        self.proc = subprocess.Popen(['stdbuf', '-oL'] + argv, stdin=subprocess.PIPE, stdout=self.log, stderr=self.log)

    def say(self, line):
        self.proc.stdin.write(line.encode() + b'\n')
        self.proc.stdin.flush()

    def text(self):
        with open(self.log.name, encoding='utf-8', errors='replace') as f:
            return f.read()

    def wait_for(self, pattern, count=1, seconds=30):
        """Until the log holds the pattern so many times."""
        end = time.monotonic() + seconds
        while len(re.findall(pattern, self.text())) < count:
            if self.proc.poll() is not None or time.monotonic() > end:
                raise RuntimeError('%s: no %r in\n%s' % (self.log.name, pattern, self.text()[-2000:]))
            time.sleep(0.02)

    def cpu(self):
        """Seconds of CPU used so far."""
        with open('/proc/%d/stat' % self.proc.pid, encoding='ascii') as f:
            fields = f.read().rsplit(')', 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')

    def end(self):
        if self.proc.poll() is None:
            self.proc.terminate()
        try:
            self.proc.wait(10)
        except subprocess.TimeoutExpired:
            self.proc.kill()
            self.proc.wait()
        self.log.close()


def testpmd(run, name, core, eal, args=()):
    """A stock dpdk-testpmd at its prompt, control and forwarding on one CPU."""
    p = Process(['dpdk-testpmd', '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=t_' + name] +
                EAL + list(eal) + ['--', '-i', '--nb-cores=1', '--total-num-mbufs=16384'] + list(args),
                '%s/%s.log' % (run, name))
    p.wait_for('testpmd> ')
    return p


def ringhub(run, name, core, opts):
    """A ringhub at its prompt, control and polling on one CPU."""
    p = Process([RINGHUB, '--lcores', '0@%d,1@%d' % (core, core), '--file-prefix=t_' + name] + EAL +
                ['--'] + list(opts) + ['-monitor', 'stdio'], '%s/%s.log' % (run, name))
    p.wait_for('ringhub> ')
    return p
