# SPDX-License-Identifier: BSD-3-Clause
"""The lines that a script test prints."""
import sys


def check(what, good, seen=''):
    """ "ok - WHAT"; or "not ok - WHAT SEEN", and that is the end."""
    if not good:
        print('not ok - %s %s' % (what, seen))
        sys.exit(1)
    print('ok - ' + what, flush=True)
