#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Write the seeds of a fuzz target: make_corpus.py TARGET FOLDER

Seeds are programs that do what a driver does, so that coverage starts behind the bring-up. To these
come the inputs of corpus/TARGET/*.hex: hex digits, and comments behind '#'.
"""

import os
import re
import sys

import corpus_nic
import corpus_vfu
import corpus_vring

SEEDS = {
    'e1000': corpus_nic.e1000,
    'rtl8139': corpus_nic.rtl8139,
    'virtio_pci': corpus_nic.virtio_pci,
    'vring': corpus_vring.vring,
    'vfu': corpus_vfu.vfu,
}


def hex_files(target):
    folder = os.path.join(os.path.dirname(os.path.abspath(__file__)), 'corpus', target)
    for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
        if name.endswith('.hex'):
            with open(os.path.join(folder, name), encoding='ascii') as f:
                yield name[:-4], bytes.fromhex(re.sub(r'#.*', '', f.read()))


def main():
    if len(sys.argv) != 3 or sys.argv[1] not in SEEDS:
        sys.exit('%s\ntargets: %s' % (__doc__, ' '.join(SEEDS)))
    target, folder = sys.argv[1:]
    os.makedirs(folder, exist_ok=True)
    for name, data in list(SEEDS[target]()) + list(hex_files(target)):
        with open(os.path.join(folder, name), 'wb') as f:
            f.write(data)


if __name__ == '__main__':
    main()
