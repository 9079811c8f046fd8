#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""The table at the end of a comparison: medians and quartiles of the CSV that its pairs left.

usage: medians.py CSV HEADING=FIELD... -- HEADING=COLUMN...

A line of the table for each value of the FIELDs, in the order of the CSV; a cell of it for each COLUMN, or the
medians alone of two: HEADING=COLUMN/COLUMN.
"""
import csv
import statistics
import sys


def cell(values):
    """Median (quartiles); of fewer than three values: (least..most)."""
    low, high = min(values), max(values)
    if len(values) > 2:
        low, _, high = statistics.quantiles(values, n=4, method='inclusive')
    middle = statistics.median(values)
    form = '%.0f' if middle >= 1000 else '%.2f'
    return ('**%s** (%s..%s)' % (form, form, form)) % (middle, low, high)


def cell_of(rows, columns):
    values = [[float(r[c]) for r in rows] for c in columns.split('/')]
    return cell(values[0]) if len(values) == 1 else ' / '.join('%.2f' % statistics.median(v) for v in values)


def table(rows, fields, columns):
    """@param fields, columns  each a list of (heading, name). @return lines"""
    heads = [h for h, _ in fields] + ['pairs'] + [h for h, _ in columns]
    lines = ['| ' + ' | '.join(heads) + ' |', '|---' * len(heads) + '|']
    for key in dict.fromkeys(tuple(r[f] for _, f in fields) for r in rows):
        mine = [r for r in rows if tuple(r[f] for _, f in fields) == key]
        cells = list(key) + [str(len(mine))] + [cell_of(mine, c) for _, c in columns]
        lines.append('| ' + ' | '.join(cells) + ' |')
    return lines


def read(path):
    with open(path, encoding='ascii') as f:
        return list(csv.DictReader(f))


def main(path, *words):
    at = words.index('--')
    fields, columns = ([w.rsplit('=', 1) for w in part] for part in (words[:at], words[at + 1:]))
    print('\n'.join(table(read(path), fields, columns)))


def self_test():
    rows = [{'way': w, 'a': a, 'b': b} for w, a, b in (
        ('out', '4', '1e3'), ('in', '1', '7'), ('out', '1', '1e4'), ('out', '2', '2e3'), ('in', '3', '9'))]
    assert table(rows, [('direction', 'way')], [('A', 'a'), ('B', 'b'), ('A / B', 'a/b')]) == [
        '| direction | pairs | A | B | A / B |', '|---|---|---|---|---|',
        '| out | 3 | **2.00** (1.50..3.00) | **2000** (1500..6000) | 2.00 / 2000.00 |',
        '| in | 2 | **2.00** (1.00..3.00) | **8.00** (7.00..9.00) | 2.00 / 8.00 |']


if __name__ == '__main__':
    if sys.argv[1:] == ['--self-test']:
        sys.exit(self_test())
    if '--' not in sys.argv[2:]:
        sys.exit(__doc__.split('\n')[2])
    main(*sys.argv[1:])
