#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Check the module graph, the headers and the few rules of style that grep can see.

Rules (names as printed; --list shows them with one line each):
  graph, cycle, form, guard, lines, spdx, token, todo, function, header

The graph is the LEVEL table below plus the walls in wall(); doc/architecture.md draws it.
"""

import argparse
import concurrent.futures
import json
import os
import re
import shlex
import subprocess
import sys

RULES = {
    'graph': 'a file includes only its own folder or strictly lower levels; no wall is crossed',
    'cycle': 'headers do not include each other in a circle',
    'form': 'own folder by bare name, others as "folder/file.h"; never "../" nor a .c file',
    'guard': 'a header is guarded by FOLDER_FILE_H',
    'lines': 'a .c .h .py .sh file has at most 600 lines',
    'spdx': 'the licence is named in the first three lines',
    'token': 'no forbidden function, no raw volatile, no disabled code',
    'todo': 'notes for later carry an issue number',
    'function': 'a C function has at most 60 lines and 4 levels of nesting',
    'header': 'each header compiles alone',
}

# Modules by folder. A file may include its own module or a strictly lower level.
LEVEL = {
    'lib/base': 0,
    'lib/offload': 1, 'lib/gmem': 1,
    'lib/nic': 2, 'lib/hub': 2,
    'lib/transport': 3, 'lib/engine': 3, 'lib/filter': 3,
    'lib/guest': 4,
    'drivers': 5,
    'app': 6,
    'test': 7,
}
GUEST_SIDE = ('lib/gmem', 'lib/nic', 'lib/transport', 'lib/guest', 'drivers')
HUB_SIDE = ('lib/hub', 'lib/engine', 'lib/filter')
# The one file of a folder that lists its subfolders, and may include their headers.
LIST_FILE = {'lib/nic': 'lib/nic/nic_models.c', 'lib/transport': 'lib/transport/transport.c'}

FRONT_END = ['-fdiagnostics-color=never', '-fsyntax-only', '-x', 'c', '-']
MAX_LINES = 600
MAX_FUNCTION = 60
MAX_NESTING = 4
CODE = ('.c', '.h')
LINE_LIMITED = ('.c', '.h', '.py', '.sh')
LICENSED = LINE_LIMITED + ('.conf', '.service', '.map', '.yml', '.yaml')
LICENSED_NAMES = ('meson.build', 'meson_options.txt')

FORBIDDEN = ('atoi', 'strcpy', 'strcat', 'sprintf', 'vsprintf', 'strncpy', 'strtok')
NOT_SAFE = ('asctime', 'ctime', 'gmtime', 'localtime', 'gethostbyname', 'inet_ntoa', 'rand')
FORBIDDEN_LIB = ('printf', 'exit', 'abort', 'rte_panic', 'rte_exit')
NOT_MEMBER = r'(?<![\w.])(?<!->)'
RE_FORBIDDEN = re.compile(NOT_MEMBER + r'(%s)\s*\(' % '|'.join(FORBIDDEN))
RE_FORBIDDEN_LIB = re.compile(NOT_MEMBER + r'(%s)\s*\(' % '|'.join(FORBIDDEN_LIB))
RE_NOT_SAFE = re.compile(NOT_MEMBER + r'(%s)\s*\(' % '|'.join(NOT_SAFE))
RE_VOLATILE = re.compile(r'(?<!\w)volatile(?!\w)')
RE_ASM = re.compile(r'\basm\s+$|\b__asm__\s+$')
RE_DISABLED = re.compile(r'^[ \t]*#[ \t]*if[ \t]+0\b', re.M)
RE_LATER = re.compile(r'\b(TO' r'DO)\b(?!\(#\d+\))|\b(FIX' r'ME)\b')
RE_INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*([<"])([^>"\n]+)[>"]', re.M)
RE_LEX = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)
RE_DIRECTIVE = re.compile(r'^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.M)


def blank(match):
    """The same number of characters and lines, all blank."""
    return re.sub(r'[^\n]', ' ', match.group(0))


def without_comments(text):
    """C text with comments and the insides of literals blanked; positions stay."""
    return RE_LEX.sub(blank, text)


class Tree:
    """The files of a project, and what was found wrong with them."""

    def __init__(self, root):
        self.root = root
        self.text = {}
        self.bare = {}
        self.found = []
        for path in self.list_files():
            if not path.endswith(LICENSED) and os.path.basename(path) not in LICENSED_NAMES:
                continue
            full = os.path.join(root, path)
            try:
                with open(full, encoding='utf-8', errors='replace') as f:
                    self.text[path] = f.read()
            except (FileNotFoundError, IsADirectoryError):
                continue  # deleted in the working tree
            if path.endswith(CODE):
                self.bare[path] = without_comments(self.text[path])

    def list_files(self):
        """Files under version control or about to be; all files where there is no git."""
        try:
            out = subprocess.run(
                ['git', '-C', self.root, 'ls-files', '-z', '-co', '--exclude-standard'],
                capture_output=True, check=True).stdout.decode()
            return sorted(set(out.split('\0')) - {''})
        except (OSError, subprocess.CalledProcessError):
            pass
        paths = []
        for folder, subs, names in os.walk(self.root):
            subs[:] = [d for d in subs if not d.startswith(('.', 'build', '__'))]
            paths += [os.path.relpath(os.path.join(folder, n), self.root) for n in names]
        return sorted(paths)

    def say(self, rule, path, line, what):
        self.found.append((path, line, rule, what))

    def lines_of(self, path, regex, bare=True):
        """(line number, match) for every match in the file."""
        text = self.bare[path] if bare else self.text[path]
        for m in regex.finditer(text):
            yield text.count('\n', 0, m.start()) + 1, m

    def includes(self, path):
        """(line, quote, name, project path or None) for each include directive of a C file."""
        for line, m in self.lines_of(path, RE_INCLUDE, bare=False):
            if self.bare[path].split('\n')[line - 1].lstrip()[:1] != '#':
                continue  # inside a comment
            quote, name = m.groups()
            here = os.path.normpath(os.path.join(os.path.dirname(path), name))
            places = [here] if quote == '"' else []
            places += [os.path.normpath(p + name) for p in ('lib/', 'drivers/', 'app/', '')]
            hits = [p for p in places if p in self.text]
            yield line, quote, name, hits[0] if hits else None


def is_test(path):
    return os.path.basename(path).startswith('test_')


def module(path):
    """The unit of the graph that a file belongs to; None for a file outside of it."""
    part = path.split('/')
    if part[0] == 'lib':
        return '/'.join(part[:2]) if len(part) > 2 else None
    if part[0] == 'drivers':
        return '/'.join(part[:3 if part[1] == 'net' else 2]) if len(part) > 2 else None
    if part[0] == 'app':
        return '/'.join(part[:2]) if len(part) > 2 else None
    return part[0] if part[0] in LEVEL else None


def level(mod):
    return LEVEL[mod] if mod in LEVEL else LEVEL.get(mod.split('/')[0])


def sub(path, mod):
    """The subfolder of a file inside its module: "e1000" of lib/nic/e1000/e1000.c; '' for none."""
    rest = path[len(mod) + 1:].split('/')
    return rest[0] if len(rest) > 1 else ''


def inside(path, target, mod):
    """Why a file may not include another of its own module; None if it may."""
    a, b = sub(path, mod), sub(target, mod)
    if mod not in LIST_FILE or a == b or b == '' or is_test(path):
        return None
    if a != '':
        return '%s/%s may not include its neighbour %s/%s' % (mod, a, mod, b)
    if path != LIST_FILE[mod]:
        return 'only %s may include what lies in %s/%s' % (LIST_FILE[mod], mod, b)
    return None


def wall(path, src, target, dst):
    """Why src may not include dst although its level allows it; None if it may."""
    base = os.path.basename(target)
    top = src.split('/')[0]
    test = is_test(path) or top == 'test'
    if src in HUB_SIDE and dst.startswith(GUEST_SIDE):
        return '%s knows ports by number only, never %s' % (src, dst)
    if dst in HUB_SIDE and top == 'lib' and src not in HUB_SIDE:
        return '%s must not know %s' % (src, dst)
    if dst in HUB_SIDE and top == 'drivers':
        return 'no PMD knows the hub or the engine'
    if top == 'app' and dst.startswith('drivers'):
        if not dst.startswith('drivers/net/') or not base.startswith('pmd_'):
            return 'of a driver, the app may include only its public pmd_*.h'
    if dst == 'lib/nic' and sub(target, dst) != '' and not test:
        return 'lib/nic/nic.h is the seam: nobody outside lib/nic may include a model'
    if dst == 'lib/transport' and sub(target, dst) != '' and not test:
        if src != 'app/bench' or sub(target, dst) != 'loop':
            return 'transports are found by name (transport.h), not by header'
    return None


def edge(path, src, target, dst):
    """Why the file path of module src may not include target of module dst; None if it may."""
    if is_test(target) and src != 'test' and not is_test(path):
        return 'a test helper is included by tests only'
    if src == dst:
        return inside(path, target, src)
    if level(src) is None or level(dst) is None:
        return 'the folder %s has no level in check-includes.py' % (src if level(src) is None
                                                                   else dst)
    if is_test(path) and target.startswith('lib/transport/') and (
            sub(target, 'lib/transport') in ('', 'loop')):
        return None
    if src.startswith('drivers/net/') and dst == 'drivers/common':
        return None
    if src.startswith('drivers/net/') and dst.startswith('drivers/net/'):
        return 'no PMD knows another PMD'
    if level(dst) >= level(src):
        return 'level %d (%s) may not include level %d (%s)' % (level(src), src, level(dst), dst)
    return wall(path, src, target, dst)


def check_graph(tree):
    for path in tree.bare:
        src = module(path)
        for line, _, _, target in tree.includes(path):
            dst = module(target) if target else None
            if src is None or target is None:
                continue
            why = edge(path, src, target, dst) if dst else 'it belongs to no module'
            if why:
                tree.say('graph', path, line, '%s: %s' % (target, why))


def check_form(tree):
    for path in tree.bare:
        for line, quote, name, target in tree.includes(path):
            here = os.path.dirname(path)
            if '../' in name:
                tree.say('form', path, line, '"%s": name it from lib/ or drivers/' % name)
            elif name.endswith('.c'):
                tree.say('form', path, line, '"%s": a .c file is compiled, not included' % name)
            elif target is None:
                if quote == '"':
                    tree.say('form', path, line, '"%s": no such file; system headers take <>' %
                             name)
            elif quote == '<':
                tree.say('form', path, line, '<%s> is our own: write it with quotes' % name)
            elif os.path.dirname(target) == here and name != os.path.basename(target):
                tree.say('form', path, line, '"%s": own folder, so "%s"' %
                         (name, os.path.basename(target)))


def check_cycle(tree):
    graph = {p: [t for _, _, _, t in tree.includes(p) if t] for p in tree.bare}
    done = set()

    def visit(path, trail):
        if path in trail:
            ring = trail[trail.index(path):] + [path]
            tree.say('cycle', path, 1, ' -> '.join(ring))
        elif path not in done:
            for target in graph.get(path, []):
                visit(target, trail + [path])
            done.add(path)

    for path in sorted(graph):
        visit(path, [])


def check_guard(tree):
    for path in tree.bare:
        if not path.endswith('.h') or module(path) is None:
            continue
        part = path.split('/')
        if part[0] in ('lib', 'drivers'):
            part = part[1:]
        full = re.sub(r'\W', '_', '_'.join(part)).upper()
        # "app/ringhub/x.h" may drop app_, "net/slirp/x.h" net_: the folder, then the file.
        names = {full, re.sub(r'^(APP|NET)_', '', full)}
        m = re.search(r'^[ \t]*#[ \t]*(\w+)[ \t]*(\w*)', tree.bare[path], re.M)
        guard = m.group(2) if m and m.group(1) == 'ifndef' else None
        if guard not in names or not re.search(r'#[ \t]*define[ \t]+%s\b' % guard,
                                               tree.bare[path]):
            tree.say('guard', path, 1, 'want #ifndef %s' % min(names, key=len))


def check_lines(tree):
    for path, text in tree.text.items():
        n = text.count('\n')
        if path.endswith(LINE_LIMITED) and n > MAX_LINES:
            tree.say('lines', path, n, '%d lines; %d at most' % (n, MAX_LINES))


def check_spdx(tree):
    for path, text in tree.text.items():
        if text.strip() and 'SPDX-License-Identifier: ' not in '\n'.join(text.split('\n')[:3]):
            tree.say('spdx', path, 1, 'no SPDX-License-Identifier')


def check_token(tree):
    for path in tree.bare:
        for line, m in tree.lines_of(path, RE_FORBIDDEN):
            tree.say('token', path, line, '%s is not used here' % m.group(1))
        for line, m in tree.lines_of(path, RE_NOT_SAFE):
            tree.say('token', path, line, '%s is not safe with threads' % m.group(1))
        if path.startswith(('lib/', 'drivers/')) and not is_test(path):
            for line, m in tree.lines_of(path, RE_FORBIDDEN_LIB):
                tree.say('token', path, line, 'a library never calls %s' % m.group(1))
        for line, m in tree.lines_of(path, RE_VOLATILE):
            if not RE_ASM.search(m.string[:m.start()][-16:]):
                tree.say('token', path, line, 'raw volatile: use __atomic or rte_read*')
        for line, _ in tree.lines_of(path, RE_DISABLED):
            tree.say('token', path, line, 'disabled code: delete it, git remembers')


def check_todo(tree):
    for path in tree.text:
        for line, m in tree.lines_of(path, RE_LATER, bare=False):
            tree.say('todo', path, line, '%s without (#issue)' % (m.group(1) or m.group(2)))


def functions(bare):
    """(name, first line, lines of body, deepest nesting) of each function, roughly."""
    code = RE_DIRECTIVE.sub(blank, bare)
    stack = []  # per open brace: does it open a block (or else a struct, an initialiser)
    name, start, deep = None, 0, 0
    for m in re.finditer(r'[{}]', code):
        if m.group(0) == '{':
            before = code[max(0, m.start() - 4000):m.start()].rstrip()
            block = before.endswith((')', ';', '{', '}', 'else', 'do', ':'))
            if not stack and before.endswith(')'):
                head = re.split(r'[;}]', before)[-1]
                called = re.search(r'(\w+)\s*\(', head)
                name, deep = called.group(1) if called else '?', 0
                start = code.count('\n', 0, m.start()) + 1
            stack.append(block)
            if name:
                deep = max(deep, sum(stack) - 1)
        elif stack:
            stack.pop()
            if not stack and name:
                end = code.count('\n', 0, m.start()) + 1
                yield name, start, end - start - 1, deep
                name = None


def check_function(tree):
    for path in tree.bare:
        for name, line, length, deep in functions(tree.bare[path]):
            if length > MAX_FUNCTION:
                tree.say('function', path, line, '%s() has %d lines; %d at most' %
                         (name, length, MAX_FUNCTION))
            if deep > MAX_NESTING:
                tree.say('function', path, line, '%s() nests %d deep; %d at most' %
                         (name, deep, MAX_NESTING))


def sdk_folder(root):
    """Where setup.sh may have put the driver SDK headers; None if nowhere."""
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME') or os.path.expanduser('~/.cache'),
                         'ringhub')
    for top in (os.path.join(root, 'build'), cache):
        for folder, names, files in os.walk(top):
            names.sort()
            if 'ethdev_driver.h' in files:
                return folder
    return None


def default_flags(root):
    """Flags of a tree that was never built."""
    flags = ['cc', '-std=gnu11', '-D_GNU_SOURCE', '-DALLOW_INTERNAL_API']
    try:
        out = subprocess.run(['pkg-config', '--cflags', 'libdpdk', 'slirp'], capture_output=True,
                             check=False, text=True).stdout
        flags += shlex.split(out)
    except OSError:
        pass
    sdk = sdk_folder(root)
    return flags + (['-isystem', sdk] if sdk else [])


def built_flags(root, build):
    """{source path: flags} from build/compile_commands.json; empty without one."""
    try:
        with open(os.path.join(build, 'compile_commands.json'), encoding='utf-8') as f:
            commands = json.load(f)
    except (OSError, ValueError):
        return {}
    flags = {}
    for c in commands:
        args = shlex.split(c['command']) if 'command' in c else list(c['arguments'])
        keep, skip = [], False
        for arg in args:
            if skip or arg in ('-c', c['file'], '-MD', '-MMD'):
                skip = False
            elif arg in ('-o', '-MF', '-MQ', '-MT'):
                skip = True
            elif arg.startswith('-I'):
                keep.append('-I' + os.path.join(c['directory'], arg[2:]))
            else:
                keep.append(arg)
        path = os.path.relpath(os.path.join(c['directory'], c['file']), root)
        flags[path] = keep
    return flags


def flags_for(header, flags, default):
    """The flags of the source that is nearest to a header in the tree."""
    folder = os.path.dirname(header)
    while folder:
        near = sorted(p for p in flags if p.startswith(folder + '/'))
        # A test may see more than the code: take it last, except for a header of tests.
        near.sort(key=lambda p: is_test(p) != is_test(header))
        if near:
            return flags[near[0]]
        folder = os.path.dirname(folder)
    return default


def compile_header(root, header, flags):
    """None, or the first error of compiling the header with nothing around it."""
    folder = os.path.dirname(header)
    more = ['-I' + os.path.join(root, p) for p in (folder, 'lib', 'drivers', '')]
    run = subprocess.run(flags + more + FRONT_END, cwd=root, text=True,
                         input='#include "%s"\n' % header, capture_output=True, check=False)
    if run.returncode == 0:
        return None
    errors = [e for e in run.stderr.split('\n') if 'error' in e]
    return (errors or run.stderr.split('\n'))[0]


def check_header(tree, build):
    flags = built_flags(tree.root, build)
    default = default_flags(tree.root)
    headers = [p for p in tree.bare if p.endswith('.h') and module(p)]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        results = pool.map(
            lambda h: compile_header(tree.root, h, flags_for(h, flags, default)), headers)
        for header, error in zip(headers, results):
            if error:
                tree.say('header', header, 1, 'does not compile alone: ' + error)


def check(root, build, rules):
    """Everything wrong with a tree, sorted: (path, line, rule, what)."""
    tree = Tree(root)
    for rule in rules:
        if rule == 'header':
            check_header(tree, build)
        else:
            globals()['check_' + rule](tree)
    return sorted(set(tree.found)), len(tree.text)


def main():
    here = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--root', default=here, help='the tree to check (default: this project)')
    parser.add_argument('--build', help='build folder with compile_commands.json (ROOT/build)')
    parser.add_argument('--list', action='store_true', help='list the rules')
    parser.add_argument('--self-test', action='store_true', help='prove that each rule can fail')
    parser.add_argument('rule', nargs='*', help='rules to check (default: all)')
    args = parser.parse_args()
    if args.list:
        print('\n'.join('%-9s %s' % r for r in RULES.items()))
        return 0
    if args.self_test:
        sys.dont_write_bytecode = True
        sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
        import check_includes_test  # pylint: disable=import-outside-toplevel
        return check_includes_test.run(check, RULES)
    unknown = set(args.rule) - set(RULES)
    if unknown:
        parser.error('no rule named %s; --list shows them' % ', '.join(sorted(unknown)))
    root = os.path.abspath(args.root)
    build = os.path.abspath(args.build or os.path.join(root, 'build'))
    found, n = check(root, build, args.rule or list(RULES))
    for path, line, rule, what in found:
        print('%s:%d: %s: %s' % (path, line, rule, what))
    print('check-includes: %d files, %d findings' % (n, len(found)), file=sys.stderr)
    return 1 if found else 0


if __name__ == '__main__':
    sys.exit(main())
