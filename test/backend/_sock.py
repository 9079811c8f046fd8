# SPDX-License-Identifier: BSD-3-Clause
"""Ringhub's console, and the other programs of this tree, without starting a program for each word."""
import importlib.machinery
import importlib.util
import os
import re
import time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def load(path):
    """A program without .py in its name, as a module."""
    loader = importlib.machinery.SourceFileLoader(os.path.basename(path).replace('-', '_'), path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(loader.name, loader))
    loader.exec_module(module)
    return module


ASK = load(TOP + '/usertools/ringhub-ctl').ask


def until(condition, seconds=10):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def info_of(mon, name):
    """What "info network" says behind the type."""
    return re.search(r'\b%s: index=0,type=[a-z0-9]+,(.*)' % name, ASK(mon, 'info network')).group(1)
