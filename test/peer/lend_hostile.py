#!/usr/bin/env python3
# SPDX-License-Identifier: BSD-3-Clause
"""Frames that are copied once, from one guest's memory into the other's, while their owner does what it must not:
writes them meanwhile, resets, takes its memory away, dies. On another hub of the same ringhub two guests talk whose
bytes must not be seen here. RINGHUB: a build with sanitizers. Prints ok lines."""
import os
import random
import shutil
import signal
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, '..', 'lib'), os.path.join(HERE, '..', 'testpmd')]
import cases  # noqa: E402 (the path is set above)
import vhu_guest  # noqa: E402
from cases import check, keep, ringhub, until, wait_up  # noqa: E402
from vhu_guest import HDR, MEMORY, NEXT, RING, RX, RX_RING, TX, TX_RING, TX_SLOT, Guest  # noqa: E402

ROUNDS = int(os.environ.get('ROUNDS', '60'))
RANDOM = random.Random(20261126)
SENT = range(0xa0, 0xb0)  # what frames of guest a are made of
MEMORY_A, MEMORY_B = 0x11, 0x22  # the rest of their memory
OTHERS = 0xc3                # all that the two on the other hub have
FRAMES = 200
ETHER = 14


def mbufs(hub):
    return int(cases.subprocess.run([os.path.join(HERE, '..', 'lib', 'telemetry'), str(hub.proc.pid), 'mbufs'],
                                    capture_output=True, text=True, check=True).stdout)


def maps(hub, fill):
    """Mappings that the ringhub has of the memory of guests with this fill."""
    with open('/proc/%d/maps' % hub.proc.pid, encoding='ascii', errors='replace') as f:
        return sum('guest-%02x' % fill in line for line in f)


def told(hub):
    """Counters that are not 0, of all ports."""
    start = len(hub.text())
    hub.say('show port xstats all')
    hub.say('show port summary all')  # the end of that is seen by what follows it
    until(lambda: 'Port MAC Address' in hub.text()[start:])
    return cases.re.findall(r'(\w+): ([1-9]\d*)$', hub.text()[start:], cases.re.M)


def counter(hub, name):
    """The sum over all ports."""
    return sum(int(n) for key, n in told(hub) if key.endswith(name))


def sender(path):
    a = Guest(path, MEMORY_A)
    a.start(RX_RING)
    a.start(TX_RING)
    return a


def receiver(path, fill):
    b = Guest(path, fill)
    b.start(TX_RING)
    b.start(RX_RING)
    b.post()
    return b


def send(a, length=1514, n=FRAMES):
    """n frames, each of one value. They may be under way when this returns."""
    for i in range(n):
        a.put_frame(i, length, SENT[i % len(SENT)])
    a.offer(TX_RING, range(n))


def trickle(a):
    """The frames of slots that are full already, few at a time."""
    for i in range(0, FRAMES, 20):
        a.offer(TX_RING, range(i, i + 20))


def pair_works(a, b):
    """Frames pass, each as it was sent."""
    b.frames()
    send(a)
    got = []

    def here():
        got.extend(b.frames())
        return len(got) == FRAMES
    if not a.until_taken():
        return False
    for i in reversed(range(FRAMES)):  # what came back is the sender's again
        a.mem[TX + i * TX_SLOT + HDR:TX + i * TX_SLOT + HDR + 1514] = bytes([MEMORY_A]) * 1514
    if not until(here, 10):
        return False
    want = [b'\xff' * 6 + bytes([SENT[i % len(SENT)]]) * 1508 for i in range(FRAMES)]
    return sorted(got) == sorted(want)


def chatter(c):
    """The others' frames."""
    if c.used_index(TX_RING) == c.avail[TX_RING]:
        for i in range(FRAMES):
            c.put_frame(i, 1514, OTHERS)
        c.offer(TX_RING, range(FRAMES))


def scribble(a, at):
    """What a driver must not do with a frame that is on its way."""
    what = RANDOM.randrange(4)
    if what == 0:
        a.mem[TX + at * TX_SLOT:TX + at * TX_SLOT + HDR] = RANDOM.randbytes(HDR)
    elif what == 1:
        a.desc(TX_RING, at, RANDOM.choice((TX, MEMORY - 800, MEMORY, 1 << 63)), RANDOM.choice((0, 13, 900, 1 << 31)),
               RANDOM.choice((0, NEXT, 2, 4, 7)), RANDOM.randrange(2 * RING))
    else:
        value = bytes([RANDOM.choice(SENT)])
        a.mem[TX + at * TX_SLOT + HDR + ETHER:TX + at * TX_SLOT + HDR + 1514] = value * (1514 - ETHER)


def rewrites(hub, path):
    """The sender writes frames, headers and descriptors while they are copied."""
    # Of memory that is mapped one after the other, the later is right below: what is behind a's end is d's.
    c, d = sender(path['c']), receiver(path['d'], OTHERS)
    a, b = sender(path['a']), receiver(path['b'], MEMORY_B)
    wait_up(hub, 4)
    lent, got, mine, theirs = counter(hub, 'from_guest_lent'), 0, set(), set()
    for _ in range(ROUNDS):
        send(a)
        chatter(c)
        for at in RANDOM.choices(range(FRAMES), k=300):
            scribble(a, at)
            if a.used_index(TX_RING) == a.avail[TX_RING]:
                break
        if not a.until_taken():
            check('the ring goes on', False, (a.used_index(TX_RING), a.avail, told(hub)))
        for frame in b.frames():
            got += 1
            mine |= set(frame)
        for frame in d.frames():
            theirs |= set(frame[6:])
    check('frames were lent while their owner wrote them', counter(hub, 'from_guest_lent') > lent + ROUNDS, got)
    check('the receiver got some', got > ROUNDS, got)
    check('nobody saw the bytes of the other hub', not mine & {OTHERS, MEMORY_B}, mine)
    check('nor those the bytes of this one', theirs == {OTHERS}, theirs)
    a.start(TX_RING)
    check('an honest ring works afterwards', pair_works(a, b))
    check('no lent frame was kept', counter(hub, 'from_guest_lent_kept') == 0)
    for guest in (a, b, c, d):
        guest.end()


def still(memory, seconds=0.02):
    """Whether nobody writes it: looked at twice."""
    before = memory[:]
    time.sleep(seconds)
    return memory[:] == before


def resets(hub, path):
    """Rings stop with frames under way: what they name is not touched again."""
    a, b = sender(path['a']), receiver(path['b'], MEMORY_B)
    wait_up(hub, 2)
    short = 0
    send(a)
    for i in range(ROUNDS):
        a.until_taken()
        if i % 2:
            base = a.stop(TX_RING, lambda: trickle(a))
            short += base != a.avail[TX_RING]
            if base != a.used_index(TX_RING):
                check('what was taken was given back', False, (base, a.used_index(TX_RING)))
            memory, other = a.mem, TX_RING
        else:
            trickle(a)
            b.stop(RX_RING)
            memory, other = b.mem, RX_RING
        if not still(memory, 0.005):
            check('a ring that is stopped is not written', False, 'ring %d' % other)
        if i % 2:
            a.start(TX_RING)
        else:
            a.until_taken()
            b.start(RX_RING)
            b.post()
    check('%d resets, %d of them with frames left in the ring: nothing is written afterwards' % (ROUNDS, short), short > 0)
    wait_up(hub, 2)
    check('frames pass as before', pair_works(a, b), told(hub))
    check('no lent frame was kept', counter(hub, 'from_guest_lent_kept') == 0)
    a.end()
    b.end()


def unmaps(hub, path):
    """Memory is replaced with frames under way."""
    a, b = sender(path['a']), receiver(path['b'], MEMORY_B)
    wait_up(hub, 2)
    for i in range(ROUNDS):
        send(a)
        guest, ring = ((a, TX_RING), (b, RX_RING))[i % 2]
        old, fd = guest.new_memory()
        if maps(hub, guest.fill) != 1:
            check('memory that was taken away is not mapped', False, maps(hub, guest.fill))
        if not still(old, 0.002):
            check('nor written', False)
        old.close()
        os.close(fd)
        for r in (RX_RING, TX_RING):
            guest.stop(r)
            guest.start(r)
        if ring == RX_RING:
            guest.post()
            a.until_taken()
    check('%d times other memory: the one before is unmapped at once' % ROUNDS, True)
    wait_up(hub, 2)
    check('frames pass as before', pair_works(a, b), told(hub))
    a.end()
    b.end()


def child(path):
    """A guest of its own process, that sends until it is killed."""
    pid = os.fork()
    if pid == 0:
        signal.alarm(30)
        try:
            a = sender(path)
            while True:
                send(a)
                a.until_taken()
        finally:
            os._exit(1)
    return pid


def kills(hub, path):
    """The sender dies; the receiver dies with the sender's frames in its hands."""
    b = receiver(path['b'], MEMORY_B)
    for i in range(ROUNDS):
        pid = child(path['a'])
        frames = len(b.frames())
        if not until(lambda: b.used_index(RX_RING) != b.used[RX_RING], 20):
            check('the guest sends', False, frames)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        if i % 3 == 2:
            b.end()
        if not until(lambda: maps(hub, MEMORY_A) == 0, 5):
            check('the memory of a guest that was killed is unmapped', False)
        if i % 3 == 2:
            if not until(lambda: maps(hub, MEMORY_B) == 0, 5):
                check('and that of the other', False)
            b = receiver(path['b'], MEMORY_B)
        b.frames()
    check('%d guests killed: their memory is unmapped' % ROUNDS, True)
    a = sender(path['a'])
    wait_up(hub, 2)
    check('the next one is served', pair_works(a, b))
    a.end()
    b.end()


def hostile(run):
    path = {n: '%s/%s' % (run, n) for n in 'abcd'}
    words = []
    for i, n in enumerate('abcd'):
        words += ['-netdev', 'hubport,id=h%s,hubid=%d' % (n, i // 2),
                  '-device', 'virtio-net-pci,id=%s,netdev=h%s,vhost-user=%s' % (n, n, path[n])]
    hub = keep(ringhub(run, 'lend', 0, words))
    a, b = sender(path['a']), receiver(path['b'], MEMORY_B)
    wait_up(hub, 2)
    check('frames pass', pair_works(a, b), told(hub))
    check('and are lent', counter(hub, 'from_guest_lent') >= FRAMES)
    a.end()
    b.end()
    check('both are gone', until(lambda: maps(hub, MEMORY_A) + maps(hub, MEMORY_B) == 0))
    before = cases.fds(hub), mbufs(hub)
    for what in (rewrites, resets, unmaps, kills):
        started = time.monotonic()
        what(hub, path)
        check('%s: descriptors and frames as before' % what.__name__,
              until(lambda: (cases.fds(hub), mbufs(hub)) == before, 5), (cases.fds(hub), mbufs(hub), before))
        check('%s: no mapping is left' % what.__name__,
              until(lambda: not any(maps(hub, f) for f in (MEMORY_A, MEMORY_B, OTHERS)), 5))
        check('%s: it lives, after %.1f s' % (what.__name__, time.monotonic() - started), hub.proc.poll() is None,
              hub.text()[-3000:])
    hub.say('quit')
    check('it ends as it should', until(lambda: hub.proc.poll() is not None) and hub.proc.returncode == 0,
          (hub.proc.returncode, hub.text()[-3000:]))
    check('the sanitizers saw nothing', 'Sanitizer' not in hub.text() and 'runtime error' not in hub.text(),
          hub.text()[-3000:])


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # and end what was started
    run = tempfile.mkdtemp(prefix='rht', dir='/run')
    os.sched_setaffinity(0, {1})
    try:
        hostile(run)
    finally:
        for p in reversed(cases.PROCS):
            p.end()
        shutil.rmtree(run)


if __name__ == '__main__':
    main()
