# SPDX-License-Identifier: BSD-3-Clause
"""Copies, bytes copied and interrupts per frame that arrived, by the counters of what was tested."""
import re


def add_up(text):
    """What `show port xstats all` printed, summed over ports and queues."""
    total = {}
    for name, value in re.findall(r'^(?:q\d+_)?(\w+): *(\d+)$', text, re.M):
        total[name] = total.get(name, 0) + int(value)
    return total


def xstats(dut, prompt):
    """Ask a console, once. All has come when a prompt stands behind it."""
    before = len(dut.text())
    dut.say('show port xstats all')
    dut.wait_for('(?s)extended statistics for port.*' + prompt)
    return add_up(dut.text()[before:])


def of_ringhub(count):
    """{measure: (value, unit, by construction)} of Ringhub's counters; nothing without guests or frames."""
    frames = count.get('to_guest_frames', 0)
    taken = count.get('from_guest_frames', 0)
    if not frames or not taken:
        return {}
    kept = 1 - count['from_guest_lent'] / taken  # share that was copied out of the guest
    return {
        'copies': ((taken * kept + frames) / frames, '/frame', False),
        'copied_bytes': ((count['from_guest_bytes'] * kept + count['to_guest_bytes']) / frames, '/frame', False),
        'interrupts': ((count['from_guest_interrupts'] + count['to_guest_interrupts']) / frames, '/frame', False),
    }


def of_testpmd(size):
    """rte_vhost of DPDK 22.11 copies out of one guest and into the other; size: with FCS."""
    return {'copies': (2.0, '/frame', True), 'copied_bytes': (2.0 * (size - 4), '/frame', True)}


def measures(sides):
    """As ringhub-bench writes them; each a single value over all that was measured."""
    rows = {}
    for side in sides:
        for name, (value, unit, built) in (side.figures() if side.figures else {}).items():
            row = rows.setdefault(name, {'measure': name, 'unit': unit})
            row[side.name] = {'n': 1, 'low': value, 'median': value, 'high': value, 'by_construction': built}
    return list(rows.values())
