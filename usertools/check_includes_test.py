# SPDX-License-Identifier: BSD-3-Clause
"""Self-test of check-includes.py: small trees, each with one fault that one rule must name."""

import os
import tempfile

SPDX = '/* SPDX-License-Identifier: BSD-3-Clause */\n'


def header(guard, body=''):
    return '%s#ifndef %s\n#define %s\n%s#endif\n' % (SPDX, guard, guard, body)


def include(*names):
    return SPDX + ''.join('#include "%s"\n' % n for n in names)


def function(n, body='\tx();\n', name='f'):
    return SPDX + 'int\n%s(void)\n{\n%s}\n' % (name, body * n)


# A sound tree: every case changes one thing of it.
BASE = {
    'meson.build': '# SPDX-License-Identifier: BSD-3-Clause\n',
    'lib/base/err.h': header('BASE_ERR_H', '#include <errno.h>\n'),
    'lib/offload/offload.h': header('OFFLOAD_OFFLOAD_H'),
    'lib/gmem/gmem.h': header('GMEM_GMEM_H', '#include "base/err.h"\n'),
    'lib/nic/nic.h': header('NIC_NIC_H', '#include "gmem/gmem.h"\n'),
    'lib/nic/test_helper.h': header('NIC_TEST_HELPER_H'),
    'lib/nic/nic_models.c': include('nic.h', 'e1000/e1000.h', 'virtio/virtio_net.h'),
    'lib/nic/e1000/e1000.h': header('NIC_E1000_E1000_H', '#include "nic/nic.h"\n'),
    'lib/nic/virtio/virtio_net.h': header('NIC_VIRTIO_VIRTIO_NET_H', '#include "nic/nic.h"\n'),
    'lib/transport/transport.h': header('TRANSPORT_TRANSPORT_H', '#include "nic/nic.h"\n'),
    'lib/transport/transport.c': include('transport.h', 'loop/loop_transport.h'),
    'lib/transport/loop/loop_transport.h': header('TRANSPORT_LOOP_LOOP_TRANSPORT_H'),
    'lib/transport/vhost_user/vhu.h': header('TRANSPORT_VHOST_USER_VHU_H'),
    'lib/guest/guest.h': header('GUEST_GUEST_H', '#include "nic/nic.h"\n'),
    'lib/guest/guest.c': include('guest.h', 'transport/transport.h'),
    'lib/guest/test_guest.c': include('guest.h', 'transport/loop/loop_transport.h',
                                      'nic/virtio/virtio_net.h'),
    'lib/hub/hub.h': header('HUB_HUB_H'),
    'lib/hub/hub.c': include('hub.h', 'base/err.h', 'offload/offload.h'),
    'lib/engine/engine.c': include('hub/hub.h'),
    'drivers/common/pmd_args.h': header('COMMON_PMD_ARGS_H'),
    'drivers/net/guest/pmd_guest.h': header('GUEST_PMD_GUEST_H'),
    'drivers/net/guest/guest_port.h': header('GUEST_GUEST_PORT_H'),
    'drivers/net/guest/guest_ethdev.c': include('guest_port.h', 'pmd_guest.h',
                                                'common/pmd_args.h', 'guest/guest.h'),
    'drivers/net/slirp/slirp.h': header('SLIRP_SLIRP_H'),
    'app/ringhub/conf.h': header('RINGHUB_CONF_H'),
    'app/ringhub/main.c': include('conf.h', 'hub/hub.h', 'net/guest/pmd_guest.h') +
                          'int\nmain(void)\n{\n\tprintf("x");\n\texit(0);\n}\n',
    'app/bench/bench.h': header('BENCH_BENCH_H'),
    'app/bench/bench.c': include('bench.h', 'transport/loop/loop_transport.h'),
}

NEST4 = '\tif (a) {\n\tfor (;;) {\n\tdo {\n\tif (b) {\n\tx();\n\t}\n\t} while (c);\n\t}\n\t}\n'
NEST5 = '\tif (a) {\n%s\t}\n' % NEST4

# rule that must fail, path, its text
FAULTS = [
    # levels
    ('graph', 'lib/base/a.c', include('gmem/gmem.h')),
    ('graph', 'lib/gmem/a.c', include('offload/offload.h')),
    ('graph', 'lib/gmem/a.c', include('nic/nic.h')),
    ('graph', 'lib/nic/a.c', include('transport/transport.h')),
    ('graph', 'lib/transport/a.c', include('guest/guest.h')),
    ('graph', 'lib/hub/a.c', include('transport/transport.h')),
    ('graph', 'lib/guest/a.c', include('net/guest/pmd_guest.h')),
    ('graph', 'drivers/net/guest/a.c', include('ringhub/conf.h')),
    ('graph', 'drivers/common/a.c', include('net/slirp/slirp.h')),
    ('graph', 'app/ringhub/a.c', include('bench/bench.h')),
    ('graph', 'lib/newfolder/a.c', include('base/err.h')),
    # walls
    ('graph', 'lib/nic/e1000/a.c', include('nic/virtio/virtio_net.h')),
    ('graph', 'lib/nic/nic.c', include('e1000/e1000.h')),
    ('graph', 'lib/transport/a.c', include('nic/e1000/e1000.h')),
    ('graph', 'lib/transport/loop/a.c', include('transport/vhost_user/vhu.h')),
    ('graph', 'lib/transport/vhost_user/a.c', include('nic/virtio/virtio_net.h')),
    ('graph', 'lib/guest/a.c', include('nic/e1000/e1000.h')),
    ('graph', 'lib/guest/a.c', include('transport/loop/loop_transport.h')),
    ('graph', 'lib/guest/a.c', include('hub/hub.h')),
    ('graph', 'lib/hub/a.c', include('gmem/gmem.h')),
    ('graph', 'lib/engine/a.c', include('nic/nic.h')),
    ('graph', 'lib/engine/a.c', include('gmem/gmem.h')),
    ('graph', 'drivers/net/guest/a.c', include('net/slirp/slirp.h')),
    ('graph', 'drivers/net/guest/a.c', include('hub/hub.h')),
    ('graph', 'app/ringhub/a.c', include('net/guest/guest_port.h')),
    ('graph', 'app/ringhub/a.c', include('common/pmd_args.h')),
    ('graph', 'lib/nic/a.c', include('test_helper.h')),
    ('graph', 'lib/guest/a.c', include('nic/test_helper.h')),
    ('graph', 'lib/base/test_a.c', include('gmem/gmem.h')),
    ('graph', 'lib/hub/test_a.c', include('nic/nic.h')),
    # the others
    ('cycle', 'lib/base/err.h', header('BASE_ERR_H', '#include "b.h"\n'),
     'lib/base/b.h', header('BASE_B_H', '#include "err.h"\n')),
    ('form', 'lib/guest/a.c', include('../nic/nic.h')),
    ('form', 'lib/guest/test_a.c', include('guest.c')),
    ('form', 'lib/guest/a.c', include('guest/guest.h')),
    ('form', 'lib/guest/a.c', include('rte_mbuf.h')),
    ('form', 'lib/guest/a.c', SPDX + '#include <nic/nic.h>\n'),
    ('guard', 'lib/gmem/a.h', header('GMEM_B_H')),
    ('guard', 'lib/gmem/a.h', SPDX + '#pragma once\n'),
    ('lines', 'lib/gmem/a.c', SPDX + '\n' * 600),
    ('lines', 'usertools/a.sh', '# SPDX-License-Identifier: BSD-3-Clause\n' + '\n' * 600),
    ('spdx', 'lib/gmem/a.c', '/* nothing */\n'),
    ('spdx', 'lib/gmem/meson.build', 'x\n'),
    ('spdx', 'usertools/a.py', '#!/usr/bin/env python3\n\n\n\n# SPDX-License-Identifier: x\n'),
    ('todo', 'lib/gmem/a.c', SPDX + '/* TO' 'DO: later */\n'),
    ('todo', 'usertools/a.sh', '# SPDX-License-Identifier: BSD-3-Clause\n# FIX' 'ME\n'),
    ('function', 'lib/gmem/a.c', function(61)),
    ('function', 'app/ringhub/a.c', function(1, NEST5)),
    ('header', 'lib/gmem/a.h', header('GMEM_A_H', 'void f(uint32_t x);\n')),
    ('header', 'lib/gmem/a.h', header('GMEM_A_H', '#include <no_such_header.h>\n')),
    ('token', 'lib/gmem/a.c', SPDX + '#if 0\n#endif\n'),
    ('token', 'lib/gmem/a.c', SPDX + 'static volatile int x;\n'),
] + [
    ('token', path, function(1, '\t%s(x);\n' % word))
    for path in ('lib/gmem/a.c', 'app/ringhub/a.c')
    for word in 'atoi strcpy strcat sprintf strncpy strtok inet_ntoa rand'.split()
] + [
    ('token', path, function(1, '\t%s(x);\n' % word))
    for path in ('lib/gmem/a.c', 'drivers/net/guest/a.c')
    for word in 'printf exit abort rte_panic rte_exit'.split()
]

# path, text: nothing may be found
SOUND = [
    ('lib/guest/a.c', '%s/*\n#include "hub/hub.h"\n*/\n' % SPDX),
    ('lib/gmem/a.c', SPDX + '/* printf(x), volatile */\nstatic const char *const s = "exit(1)";\n'),
    ('lib/gmem/a.c', function(1, '\tfprintf(f, "x"); snprintf(b, 1, "x"); strtok_r(a, b, c);\n')),
    ('lib/gmem/a.c', function(1, '\tops->exit(x); ops.abort(x); _exit(1);\n')),
    ('lib/gmem/a.c', function(1, '\tasm volatile("" ::: "memory");\n')),
    ('lib/gmem/a.c', SPDX + '/* TO' 'DO(#12): faster */\n'),
    ('lib/gmem/a.c', SPDX + '\n' * 599),
    ('lib/gmem/a.c', function(60)),
    ('lib/gmem/a.c', function(1, NEST4)),
    ('lib/gmem/a.c', SPDX + 'static const int t[] = {\n%s};\n' % ('\t1,\n' * 200)),
    ('lib/gmem/a.c', function(1, '\tint t[1][1][1][1][1] = {{{{{1}}}}};\n')),
    ('lib/nic/test_a.c', include('transport/loop/loop_transport.h', 'virtio/virtio_net.h')),
    ('lib/gmem/test_a.c', function(1, '\tprintf("x");\n\tabort();\n')),
    ('test/fuzz/fuzz_a.c', include('net/slirp/slirp.h', 'nic/e1000/e1000.h', 'hub/hub.h')),
]


def outcome(check, rules, changes):
    """The rules that fail in the sound tree with these changes."""
    with tempfile.TemporaryDirectory() as root:
        for path, text in {**BASE, **changes}.items():
            full = os.path.join(root, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            with open(full, 'w', encoding='utf-8') as f:
                f.write(text)
        found, _ = check(root, os.path.join(root, 'build'), rules)
        return found


def run(check, all_rules):
    """0 when every rule fails exactly where it must."""
    bad = []
    # Compiling is slow: only where it is the rule in question.
    quick = [r for r in all_rules if r != 'header']
    found = outcome(check, list(all_rules), {})
    if found:
        bad.append(('the sound tree', found))
    for rule, *rest in FAULTS:
        changes = dict(zip(rest[::2], rest[1::2]))
        found = outcome(check, ['header'] if rule == 'header' else quick, changes)
        if {f[2] for f in found} != {rule}:
            bad.append(('%s: %r' % (rule, changes), found))
    for path, text in SOUND:
        found = outcome(check, quick, {path: text})
        if found:
            bad.append(('sound: %s: %r' % (path, text[-80:]), found))
    untested = set(all_rules) - {f[0] for f in FAULTS}
    if untested:
        bad.append(('rules without a fault', untested))
    for case, found in bad:
        print('self-test: %s\n\tfound: %s' % (case, found))
    print('check-includes self-test: %d cases, %d wrong' % (len(FAULTS) + len(SOUND) + 1, len(bad)))
    return 1 if bad else 0
