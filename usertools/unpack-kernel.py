#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Unpack a Linux bzImage into the ELF file that it would unpack itself to, for QEMU to start at its PVH entry.

usage: unpack-kernel.py VMLINUZ OUT

Under emulation a kernel takes longer to unpack itself than to boot. Exit 1, and no OUT, when the image is none of
x86, is packed in a way not known here, or has no PVH entry.
"""
import os
import struct
import subprocess
import sys

# First bytes of what is packed: what unpacks it. A kernel has 4 bytes, its size, behind the packed data, which
# gzip and zstd complain about after they have written all of it.
UNPACKERS = [
    (b'\xfd7zXZ\0', ['xz', '-dc', '--single-stream']),
    (b'\x28\xb5\x2f\xfd', ['zstd', '-qdc']),
    (b'\x1f\x8b', ['gzip', '-dcq']),
]
# Linux's Documentation/arch/x86/boot.rst: the setup header.
SETUP_SECTS, MAGIC, VERSION, PAYLOAD = 0x1f1, 0x202, 0x206, 0x248
PT_NOTE = 4
XEN_PHYS32_ENTRY = 18  # Xen's public/elfnote.h: where a PVH guest starts


def payload(image):
    """@return what is packed in it, and its size when unpacked"""
    if len(image) < 0x400 or image[MAGIC:MAGIC + 4] != b'HdrS' or \
            struct.unpack_from('<H', image, VERSION)[0] < 0x208:
        raise ValueError('not a bzImage of boot protocol 2.08 or later')
    offset, length = struct.unpack_from('<II', image, PAYLOAD)
    start = ((image[SETUP_SECTS] or 4) + 1) * 512 + offset
    packed = image[start:start + length]
    if length < 8 or len(packed) != length:
        raise ValueError('its packed part is cut off')
    return packed, struct.unpack('<I', packed[-4:])[0]


def unpack(packed, size):
    for magic, command in UNPACKERS:
        if packed.startswith(magic):
            elf = subprocess.run(command, input=packed, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                                 check=False).stdout
            if len(elf) != size:
                raise ValueError('%s made %d bytes of it, not %d' % (command[0], len(elf), size))
            return elf
    raise ValueError('packed by something else than xz, zstd or gzip')


def notes(elf):
    """Each (owner, type) of the notes in an ELF file of 64 bits."""
    table, = struct.unpack_from('<Q', elf, 32)
    entry, count = struct.unpack_from('<HH', elf, 54)
    for i in range(count):
        kind, _, at, _, _, length = struct.unpack_from('<IIQQQQ', elf, table + i * entry)
        end = at + length
        while kind == PT_NOTE and at + 12 <= end:
            name, text, note = struct.unpack_from('<III', elf, at)
            yield elf[at + 12:at + 12 + name], note
            at += 12 + (name + 3 & ~3) + (text + 3 & ~3)


def main():
    source, out = sys.argv[1:]
    with open(source, 'rb') as f:
        elf = unpack(*payload(f.read()))
    if not elf.startswith(b'\x7fELF\x02\x01') or (b'Xen\0', XEN_PHYS32_ENTRY) not in notes(elf):
        raise ValueError('no ELF file with a PVH entry is in it')
    with open(out + '.new', 'wb') as f:
        f.write(elf)
    os.replace(out + '.new', out)


if len(sys.argv) != 3:
    sys.exit(__doc__.split('\n')[2])
try:
    main()
except (ValueError, OSError, struct.error) as err:
    sys.exit('unpack-kernel: %s: %s' % (sys.argv[1], err))
