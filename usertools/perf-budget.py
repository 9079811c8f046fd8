#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Count the instructions of the hot loops and compare them with the stored budget.

build/test/bench/perf_loops drives each loop in this process on fixed input; callgrind (valgrind)
counts what is executed inside it, set-up and the driver's half left out. So the counts are the same
on a busy machine. A loop that needs more than its budget and the margin fails. One that needs less
passes, with a word that its budget should be lowered: a gain that is not written down is soon lost.
Counts depend on compiler and DPDK: with others than the budget names nothing is compared (exit 77).
"""
import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

TOP = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
BUDGET = TOP + '/test/bench/budget.txt'
PROGRAM = '/test/bench/perf_loops'
MARGIN = 3.0  # percent
SLACK = 1.0   # instructions: less than the margin of the smallest loops
SKIPPED = 77
HEAD = '''# SPDX-License-Identifier: BSD-3-Clause
# Instructions a frame of each hot loop; made by usertools/perf-budget.py --renew, compared by test/perf.
# built-with: %s
'''


def die(text):
    sys.exit('perf-budget: ' + text)


def built_with(build):
    """What the counts depend on beside our source, as one line."""
    try:
        with open(build + '/meson-info/intro-buildoptions.json', encoding='utf-8') as f:
            options = {o['name']: o['value'] for o in json.load(f)}
    except FileNotFoundError as e:
        die('%s is no build folder: %s' % (build, e))
    if not os.access(build + PROGRAM, os.X_OK):
        die('no %s: build first' % (build + PROGRAM))
    tools = subprocess.run([build + PROGRAM, 'built-with'], capture_output=True, text=True,
                           check=True).stdout.strip()
    return '%s, %s, cpu=%s, sanitize=%s' % (
        tools, options['buildtype'], options['cpu'], options['b_sanitize'])


def count(build):
    """Instructions a frame of each loop, by name, in order."""
    if not shutil.which('valgrind'):
        die('no valgrind: run usertools/setup.sh')
    with tempfile.TemporaryDirectory(prefix='perf') as folder:
        run = subprocess.run(
            ['valgrind', '--tool=callgrind', '--callgrind-out-file=%s/out' % folder,
             '--toggle-collect=perf_counted', '--dump-after=perf_case_over', build + PROGRAM],
            capture_output=True, text=True, check=False)
        cases = re.findall(r'^case (\S+) burst=(\d+) size=(\d+) frames=(\d+)$', run.stdout, re.M)
        if run.returncode != 0 or not cases:
            die('the loops failed under valgrind:\n%s%s' % (run.stdout, run.stderr[-3000:]))
        counts = {}
        for i, (loop, burst, size, frames) in enumerate(cases):
            with open('%s/out.%d' % (folder, i + 1), encoding='utf-8') as f:
                total = re.search(r'^totals: (\d+)$', f.read(), re.M)
            if total is None or int(total.group(1)) < int(frames):
                die('callgrind counted nothing for %s' % loop)
            counts['%s-burst%s-%sB' % (loop, burst, size)] = int(total.group(1)) / int(frames)
    return counts


def read_budget():
    """(built-with, budget by name)"""
    with open(BUDGET, encoding='utf-8') as f:
        text = f.read()
    made = re.search(r'^# built-with: (.*)$', text, re.M)
    lines = re.findall(r'^(\S+)\s+(\d+(?:\.\d+)?)$', text, re.M)
    if made is None or not lines:
        die('%s is not a budget; --renew makes one' % BUDGET)
    return made.group(1), {name: float(value) for name, value in lines}


def judge(name, now, budget):
    """(word for the table, whether that is a failure)"""
    if name not in budget:
        return 'NEW', True
    allowed = max(budget[name] * MARGIN / 100, SLACK)
    if now > budget[name] + allowed:
        return 'OVER', True
    if now < budget[name] - allowed:
        return 'LOWER', False
    return 'ok', False


def compare(counts, budget):
    print('%-36s %10s %10s %8s' % ('instructions a frame', 'budget', 'now', 'change'))
    notes, good = {}, True
    for name, now in counts.items():
        word, bad = judge(name, now, budget)
        was = budget.get(name)
        print('%-36s %10s %10.1f %8s  %s' % (
            name, '-' if was is None else '%.1f' % was, now,
            '-' if was is None else '%+.1f%%' % (100 * (now - was) / was), word))
        good = good and not bad
        if word != 'ok':
            notes[name] = word
    for name in budget.keys() - counts.keys():
        print('%-36s %10.1f %10s %8s  GONE' % (name, budget[name], '-', '-'))
        notes[name], good = 'GONE', False
    for name, word in notes.items():
        if word == 'OVER':
            print('%s needs %.1f instructions a frame, its budget is %.1f (+-%g %%)' % (
                name, counts[name], budget[name], MARGIN))
        elif word == 'LOWER':
            print('%s needs only %.1f instructions a frame: lower its budget of %.1f' % (
                name, counts[name], budget[name]))
        else:
            print('%s: %s' % (name, 'has no budget yet' if word == 'NEW' else 'there is no such loop'))
    if notes:
        print('If that is meant: usertools/perf-budget.py --renew, and commit test/bench/budget.txt '
              'with the reason')
    return good


def main():
    p = argparse.ArgumentParser(description=__doc__.split('\n', maxsplit=1)[0])
    p.add_argument('--build', default=os.environ.get('RINGHUB_BUILD', TOP + '/build'),
                   help='build folder (release; default %(default)s)')
    p.add_argument('--renew', action='store_true', help='store the counts as the new budget')
    args = p.parse_args()
    made = built_with(args.build)
    if args.renew:
        counts = count(args.build)
        with open(BUDGET, 'w', encoding='utf-8') as f:
            f.write(HEAD % made)
            f.writelines('%-36s %8.1f\n' % item for item in counts.items())
        print('wrote %d budgets to %s' % (len(counts), BUDGET))
        return 0
    was, budget = read_budget()
    if was != made:
        print('not compared: the budget is of "%s", this build of "%s"' % (was, made))
        return SKIPPED
    return 0 if compare(count(args.build), budget) else 1


if __name__ == '__main__':
    sys.exit(main())
