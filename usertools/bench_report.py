# SPDX-License-Identifier: BSD-3-Clause
"""What bench.sh leaves: report.md, results.csv, results.json, and plots by gnuplot."""
import csv
import glob
import importlib.util
import json
import os
import shutil
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))

# (measure, heading, divisor, format): rows of the tables, where they were measured
SHOWN = [
    ('rate', 'saturation, Mpps', 1e6, '%.3f'),
    ('rate_bits', '... Gb/s', 1e9, '%.2f'),
    ('throughput_0', 'throughput, no loss, Mpps', 1e6, '%.3f'),
    ('throughput_0.1%', 'throughput, 0.1 % loss, Mpps', 1e6, '%.3f'),
    ('ping_p50', 'one frame under way, p50, us', 1e3, '%.2f'),
    ('ping_p90', '... p90, us', 1e3, '%.2f'),
    ('ping_p99', '... p99, us', 1e3, '%.2f'),
    ('ping_p99.9', '... p99.9, us', 1e3, '%.2f'),
    ('tcp_out', 'TCP, namespace to host, Gb/s', 1e9, '%.2f'),
    ('tcp_out_cpu', '... CPU of the user network, s/s', 1, '%.2f'),
    ('tcp_in', 'TCP, host to namespace, Gb/s', 1e9, '%.2f'),
    ('tcp_in_cpu', '... CPU of the user network, s/s', 1, '%.2f'),
] + [('load%d_%s' % (load, p), 'at %d %% load, %s, us' % (load, p), 1e3, '%.1f')
     for load in (10, 50, 90) for p in ('p50', 'p90', 'p99', 'p99.9')] + [
    ('cpu', 'CPU of what is tested, s/s', 1, '%.2f'),
    ('cycles', 'cycles a frame', 1, '%.0f'),
    ('copies', 'copies a frame', 1, '%.2f'),
    ('copied_bytes', 'bytes copied a frame', 1, '%.0f'),
    ('interrupts', 'interrupts a frame', 1, '%.4f'),
    ('generator_cpu', 'CPU of the generator, s/s', 1, '%.2f'),
    ('generator_idle', 'generator with nothing to do', 1, '%.2f'),
    ('fairness', 'slowest sender / fastest', 1, '%.2f'),
]
COUNTS = ('lost', 'duplicates', 'reordered', 'corrupt', 'stray')

METHOD = '''# Benchmark

Frames are numbered, and checked when they arrive. A **pair** is one measurement of Ringhub and one of the
peer, in turn (A B A B ...), both running from the start; the one at rest is stopped. Cells are the
**median** of all pairs with the lower and the upper quartile. The ratio is Ringhub over the peer *within* a
pair: above 1 is better for rates, below 1 for times and cycles.

- *Saturation*: at most 512 frames are on their way to one port. Rates are frames that arrived, of all senders
  and at all receivers together. *Throughput*: RFC 2544, 26.1, a binary search of the offered rate.
- *One frame under way* and *at load*: from the generator's send call to its receive call, both ways of the
  ring and the device between. Loads are shares of each side's own throughput.
- *Cycles a frame*: CPU time of the process under test times the TSC's frequency, over frames that arrived.
  A program that polls uses all of its CPU whatever it does, so this says something at saturation only.
  Kernel work that others' CPU time pays for (bridge, taps) is not in it.
- *Copies, bytes copied, interrupts a frame*: by the program's own counters over the whole run, per frame that
  arrived. *By construction*: no counter tells, but the program has no other way. The generator polls, and asks
  for no interrupts.
- *Generator with nothing to do*: near 0, the generator is the limit and not what is tested.
- Two CPUs: %(core)d for what is tested (control and polling), %(generator)d for the generator. Frame sizes count the FCS.
'''


def quartiles(q, divisor, form):
    if q['n'] == 1:
        return form % (q['median'] / divisor) + ', by construction' * q.get('by_construction', False)
    return ('**%s** (%s..%s)' % (form, form, form)) % tuple(q[k] / divisor for k in ('median', 'low', 'high'))


def measure_of(result, name):
    for m in result['measures']:
        if m['measure'] == name:
            return m
    return None


def case_table(result):
    sides = result['sides']
    two = len(sides) == 2
    lines = ['| | ' + ' | '.join(sides) + (' | ratio |' if two else ' |'), '|---' * (1 + len(sides) + two) + '|']
    for name, label, divisor, form in SHOWN:
        m = measure_of(result, name)
        if m is None:
            continue
        cells = [quartiles(m[s], divisor, form) if s in m else '-' for s in sides]
        if two:
            cells.append(quartiles(m['ratio'], 1, '%.2f') if 'ratio' in m else '-')
        lines.append('| %s | %s |' % (label, ' | '.join(cells)))
    return '\n'.join(lines)


def total(rows, side, name):
    return sum(float(r['value']) for r in rows if r['side'] == side and r['measure'] == name)


def checks(result, rows):
    if measure_of(result, 'checked') is None:
        return ''
    said = []
    for side in result['sides']:
        mine = [r for r in rows if r['case'] == result['case'] and r.get('peer', '') == (result['peer'] or '')]
        said.append('%s: %d frames checked, %s' % (side, total(mine, side, 'checked'), ', '.join(
            '%d %s' % (total(mine, side, name), name) for name in COUNTS)))
    return 'At saturation. ' + '; '.join(said) + '.'


def warnings(result):
    m = measure_of(result, 'generator_cpu')
    slow = [s for s in result['sides'] if m and s in m and m[s]['median'] < 0.9]
    if slow:
        return '\n**Other programs took CPU from the generator (%s): absolute figures are too low; ratios are fair ' \
               'to both, but spread.**\n' % ', '.join('%s %.2f' % (s, m[s]['median']) for s in slow)
    return ''


def about(result):
    r = result['row']
    return '%s by %s, %s rings, %s-byte frames, %s ports (%s), %s queue pair%s, burst %s; %d pairs of %g s' % (
        r['device'], r['transport'], r['ring'], r['size'], r['members'], r['traffic'], r['queues'],
        's' * (r['queues'] != '1'), r['burst'], result['pairs'], result['seconds'])


def machine_lines():
    spec = importlib.util.spec_from_file_location('performance_doc', HERE + '/performance-doc.py')
    doc = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(doc)
    m = doc.about_machine()
    return doc.machine_table(m), m


# --- plots ---

PLOT_HEAD = '''set terminal %(terminal)s
set output '%(out)s'
set datafile separator '\\t'
set style fill solid 0.7 border -1
set grid ytics
set xtics rotate by -35
set offsets 0.3, 0.3, 0, 0
set key outside bottom center horizontal
set rmargin 18
'''
TERMINALS = {'svg': 'svg size 1000,560 font "sans,12" background "white"',
             'png': 'pngcairo size 1000,560 font "sans,11"'}


def label_of(result):
    return result['case'] + (' / ' + result['peer'] if result['peer'] else '')


def plot_files(out, name, script, lines):
    """Data and script stay beside the picture, so that it can be drawn again."""
    with open('%s/%s.tsv' % (out, name), 'w', encoding='utf-8') as f:
        f.write('\n'.join(lines) + '\n')
    for kind, terminal in TERMINALS.items():
        text = PLOT_HEAD % {'terminal': terminal, 'out': '%s.%s' % (name, kind)} + script
        done = subprocess.run(['gnuplot'], cwd=out, input=text, text=True, capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError('gnuplot: ' + done.stderr)


def plot_rates(out, results):
    lines = []
    for r in results:
        m = measure_of(r, 'rate')
        if m is None:
            continue
        cells = [label_of(r)]
        for side in (r['sides'] + [None])[:2]:
            q = m.get(side)
            cells += ['%g' % (q[k] / 1e6) for k in ('median', 'low', 'high')] if q else ['nan'] * 3
        lines.append('\t'.join(cells))
    if not lines:
        return False
    # A column without any number is an error to gnuplot.
    peers = ", '' using 5:6:7 title 'peer (named below)' lc rgb '#ff7f0e'" * any(
        not line.endswith('nan') for line in lines)
    plot_files(out, 'rates', '''set ylabel 'million frames per second that arrived'
set yrange [0:*]
set style data histograms
set style histogram errorbars gap 1 lw 1
set title 'Saturation rate: median, quartiles'
plot 'rates.tsv' using 2:3:4:xtic(1) title 'Ringhub' lc rgb '#1f77b4' ''' + peers + '\n', lines)
    return True


def plot_ratios(out, results):
    lines = []
    for r in results:
        for name, word in (('rate', 'rate'), ('ping_p50', 'p50'), ('cycles', 'cycles'),
                           ('tcp_out', 'out'), ('tcp_in', 'in')):
            m = measure_of(r, name)
            if m and 'ratio' in m:
                q = m['ratio']
                lines.append('\t'.join([label_of(r) + ' ' + word] + ['%g' % q[k] for k in ('median', 'low', 'high')]))
    if not lines:
        return False
    plot_files(out, 'ratios', '''set ylabel 'Ringhub / peer (ratio, no unit)'
set logscale y 2
set title 'Ratio within each pair: median, quartiles (rates: more is better; p50, cycles: less is better)'
unset key
plot 'ratios.tsv' using 0:2:3:4:xtic(1) with yerrorbars pt 7 ps 1.2 lw 2 lc rgb '#1f77b4', 1 with lines lc rgb '#888888'
''', lines)
    return True


def plot_latency(out, results):
    points = [('ping', '1 frame')] + [('load%d' % n, '%d %% load' % n) for n in (10, 50, 90)]
    columns, rows = [], {p[1]: [] for p in points}
    for r in results:
        for side in r['sides']:
            if not any(side in (measure_of(r, p + '_p50') or {}) for p, _ in points):
                continue
            for part in ('p50', 'p99'):
                columns.append('%s %s %s' % (r['case'], side, part))
                for p, word in points:
                    m = measure_of(r, '%s_%s' % (p, part))
                    rows[word].append('%g' % (m[side]['median'] / 1e3) if m and side in m else 'nan')
    rows = {word: cells for word, cells in rows.items() if any(c != 'nan' for c in cells)}
    if not rows:
        return False
    plots = ', '.join("'latency.tsv' using %d:xtic(1) with linespoints lw 2 title '%s'" % (i + 2, name)
                      for i, name in enumerate(columns))
    if len(rows) == 1:  # nothing to join by lines: a bar for each
        word, cells = next(iter(rows.items()))
        lines = ['%s\t%s' % pair for pair in zip(columns, cells)]
        plots = "'latency.tsv' using 2:xtic(1) with boxes lc rgb '#1f77b4' notitle"
        extra = 'set boxwidth 0.7\n'
        title = 'Time on the way, %s' % ('one frame under way' if word == '1 frame' else word)
    else:
        lines = ['%s\t%s' % (word, '\t'.join(cells)) for word, cells in rows.items()]
        extra, title = '', 'Time on the way, by load'
    plot_files(out, 'latency', '''set ylabel 'microseconds'
set logscale y
set title '%s: medians of p50 and p99'
%splot %s
''' % (title, extra, plots), lines)
    return True


PLOTS = (('rates', plot_rates), ('ratios', plot_ratios), ('latency', plot_latency))


def draw_all(out, results):
    """Lines of the report; a plot that fails is said there and costs nothing else."""
    text = []
    for name, draw in PLOTS:
        try:
            if draw(out, results):
                text.append('![%s](%s.svg)\n' % (name, name))
        except RuntimeError as e:
            text.append('No plot of %s: %s\n' % (name, e))
    return text


def merge(out, results):
    """The files of the single runs into results.csv and results.json. @return the rows."""
    rows = []
    peers = {}
    for path in sorted(glob.glob(out + '/run-*.json')):
        with open(path, encoding='utf-8') as f:
            peers[path[:-5]] = json.load(f)
    for base, result in peers.items():
        peer = (result['sides'] + [''])[1]
        with open(base + '.csv', encoding='utf-8', newline='') as f:
            rows += [dict(row, peer=peer) for row in csv.DictReader(f)]
        os.unlink(base + '.csv')
        os.unlink(base + '.json')
    with open(out + '/results.csv', 'w', encoding='utf-8', newline='') as f:
        w = csv.DictWriter(f, ['case', 'peer', 'side', 'repeat', 'measure', 'value', 'unit'], lineterminator='\n')
        w.writeheader()
        w.writerows(rows)
    return rows


def write_report(out, results, failed, seconds, cpus):
    rows = merge(out, results)
    table, machine = machine_lines()
    with open(out + '/results.json', 'w', encoding='utf-8') as f:
        json.dump({'machine': machine, 'seconds': round(seconds), 'failed': failed, 'results': results}, f, indent=1)
    text = [METHOD % {'core': cpus[0], 'generator': cpus[1]}]
    if shutil.which('gnuplot') is None:
        text.append('No plots: gnuplot is not installed (`apt-get install gnuplot-nox`).\n')
    else:
        text += draw_all(out, results)
    for r in results:
        text.append('## %s\n\n%s.\n\n    %s\n\n%s\n%s\n%s\n' % (
            label_of(r), about(r), r['command'], case_table(r), warnings(r), checks(r, rows)))
    if failed:
        text.append('## Failed\n\n' + '\n'.join('- ' + f for f in failed) + '\n')
    text.append('## Machine and versions\n\n%s\nIt took %d s.\n' % (table, seconds))
    with open(out + '/report.md', 'w', encoding='utf-8') as f:
        f.write('\n'.join(text))
