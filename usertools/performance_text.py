# SPDX-License-Identifier: BSD-3-Clause
"""What performance-doc.py puts around its tables."""

HEAD = '''# Performance

Comparisons, each with the program that is nearest to Ringhub in that job. This file is made by
`usertools/performance-doc.py` from the figures of its last `measure`; do not edit it.

## Method

- A **pair** is one run of the peer and then one of Ringhub; pairs follow each other (A B A B ...),
  so that whatever else the machine does meets both sides alike. All processes start anew each time, but
  where a section says that both sides run and one is stopped while the other is measured.
- Both sides run on the same cores, with the same generator or guest, frames or file.
- The clock starts after the handshake: when both ends have said that the link is up, not after a
  wait that may be too short for one side.
- A cell is the **median** of all pairs with the lower and the upper quartile in brackets (fewer
  than 3 pairs: the least and the greatest). The ratio is Ringhub over the peer *within* a pair; its
  median is not the ratio of the medians. Above 1 Ringhub is faster. Where its quartiles lie on both
  sides of 1 these runs show no difference.
'''

TESTPMD_TEXT = '''
## vhost-user ports: against dpdk-testpmd

    %(command)s

Peer: stock `dpdk-testpmd` with two `net_vhost` ports in `io` mode; Ringhub has two vhost-user ports
on one hub. Either is polled by one thread on one core (`--core`, default 0). The generator, a
second stock `dpdk-testpmd` with two `net_virtio_user` ports on the other core, sends back on one
port what it receives on the other, so that 1,024 frames circulate in each direction. Its pool of frames is
little larger than that, and it takes sent ones back at once (`--txfreet`), or each frame would be cold when its turn
comes and the generator be what is measured. Rates are what the generator
receives on both ports together, in million frames per second; frame sizes count the FCS. CPU is the median of
CPU seconds per second of the process under test.

Both sides run, and one is stopped (SIGSTOP) while the other is measured, half a second each in turn. *line* is how
many cycles of the time stamp counter a cache line takes from one CPU to the other and back (`build/test/bench/bench_line`,
before and after each pair): the hypervisor here moves the two CPUs, every few seconds, between cores with one cache
for both (**near**, about 170 to 300 cycles) and cores without (**far**, 1,200). For either side that is most of what a frame
costs. The rows *near* and *far* have those pairs alone that had the same before and after.%(commit)s

'''

QEMU_TEXT = '''
## User network: against QEMU's own

    %(command)s

Peer: QEMU's `-netdev user`. Both sides use libslirp and boot the same stock guest (one CPU,
virtio-net, MTU 1500) in the same QEMU; on Ringhub's side its NIC is a vhost-user socket. One file
(96 MiB unless the command says otherwise) is moved by HTTP: *host to guest* the guest fetches it
from a server on the host, *guest to host* the host fetches it through a forwarded port. MB/s as
seen from the host, once the guest has its DHCP lease and has fetched the file before. No thread is
bound to a core by the script.%(commit)s

The file is moved three times for a figure, as to tell the guest takes 0.1 to 0.3 s of each.

'''

POLLED_TEXT = '''
## e1000 with a driver that polls: against QEMU's e1000

    %(command)s

The distribution's `dpdk-testpmd` in the guest drives two e1000 on one hub and passes on at one port what
comes in at the other. Peer: QEMU's own e1000, two on one of its hubs; Ringhub's are reached by vfio-user,
with the ring registers mapped. Rates as the guest counts them, each way.%(commit)s

'''

PKTGEN_TEXT = '''
## Cards with their stock drivers: against QEMU's models

    %(command)s

The guest kernel's pktgen sends 60-byte frames by the interrupt-driven driver. Every register write is a
trap for both sides; for Ringhub it is also a message to another process, and each interrupt is four of
them. `mmap`: QEMU without KVM hides the mapped registers at the first interrupt, and then each doorbell
waits for its answer. `trap`: doorbells are messages that nobody waits for. What one pair says varies with what the
three threads that share two cores get of them: see the quartiles.%(commit)s

'''

TAP_TEXT = '''
## Tap to tap: against QEMU's hub and a Linux bridge

    %(command)s

From one network namespace to another with iperf3, one stream: through two taps and a hub of Ringhub, two
taps and a hub of QEMU without a guest, and a Linux bridge with veth pairs. MTU 1500. UDP frames have 64
bytes with the FCS and are sent as quickly as iperf3 can; those that arrive count.%(commit)s

'''

TAP_WHY = '''
What is between these figures and the goals (8 times QEMU for both, and as much as the bridge), by
`perf record -a` and `show port xstats` of single runs, on a machine that compiled at the same time:

- **UDP** here measures iperf3. In 5 s 205,650 frames came in at one tap and 205,649 went out at the other; iperf3
  counted 45 % of them as lost, which is its receiving socket. Of the polling thread's samples 51 % were in loops
  that found nothing (`engine_loop`, `hub_poll`, `tapio_rx_burst`), 12 % in giving up the CPU, 33 % in all else the
  kernel does, reads that found nothing included. The bridge, which needs no core of its own, is no quicker than Ringhub.
  Tried without gain: `vnet_hdr=off` and `busy-us=1000000000` (26 and 36 thousand/s beside 27 for neither; no loss
  in Ringhub in either).
- **TCP** like the bridge's is out of reach of a process that reads and writes a tap: 55 % of the samples are the
  kernel's two copies, out of the sender's frame (`_copy_to_iter`) and into a new one (`_copy_from_iter`), already at
  64 KiB a call, and 10 % are Ringhub's own loops. The bridge hands on the sender's frame itself.
'''

HUB_TEXT = '''
## A hub of many members: what a copy costs

    %(command)s

DPDK's null ports bring and take bursts of 32 frames; what is left is the hub: one port sends, all others get a
reference. Cycles of the time stamp counter, each run the quickest of 100 batches.%(commit)s

'''

VDE_TEXT = '''
## Two taps on a hub: against vde_switch

    %(command)s

Peer: `vde_switch -hub`. Either has the same taps on a hub, in one network namespace, and runs on one CPU;
the generator on the other sends numbered frames into both taps at once, with at most 512 under way to one, and counts
what arrives at the other (`app/bench/README.md`). For the times one frame is
under way, from the call that sends it to the one that receives it. For rates a ratio above 1 is better, for cycles and
times one below 1. Frame sizes count the FCS. %(lost)s%(commit)s

Either makes one call to read a frame and one to write each copy, and the kernel does the same behind them: hence rates
alike. What differs is the waiting: vde_switch is woken by poll() for each frame, Ringhub looks.

'''

BARE_TEXT = '''
## vhost-user ports with a driver that does little: against dpdk-testpmd

    %(command)s

Peer and ports as in the first section, but the generator is `ringhub-bench` with a driver of its own: it makes
and reads frames in the buffers of the ring, fetches the lines of a burst at once, writes of the rings only what changes,
and looks at each frame's head, number and end. *generator idle* is the share of its time in which it had nothing to do: near 0
it is what was measured. With net_virtio_user it was, in many rows of that section; so those tell what two DPDK programs
at either end get, and these what the two in the middle can do. *way*: one frame under way, from the call that sends it to the
one that receives it; below 1 Ringhub is quicker there.%(commit)s

'''

HUB4_TEXT = '''
## A hub of four ports: against vde_switch and QEMU

    %(command)s

Peers: `vde_switch -hub`, and QEMU without a guest, four backends on its hub. Each has one CPU, and the generator the other;
it sends broadcast into all four, with at most 512 frames under way to one, and counts what arrives at the three others. *tap*: taps for
all. *dgram*: unix datagram sockets for all: `-netdev dgram` of Ringhub and QEMU, vde_switch's own ports; 512 frames fit in
a socket. *own*: each the quickest kind of port it has, vhost-user for Ringhub, with the bench's own driver, such sockets for the two. *way*: one frame
under way, p50; below 1 Ringhub is quicker there.%(commit)s

'''

WORKERS_TEXT = '''
## Two lcores on one CPU: against one

    %(command)s

Ringhub against itself. *workers2* has two lcores that poll, both on the CPU that the other side has one on, as this machine's
second CPU is the generator's: what is measured is what it costs to have more lcores than CPUs, not what a second CPU
brings. A ratio above 1: one lcore is faster. With two queue pairs (*queues2*) the pairs have different lcores; *fairness* is
the slowest sender's rate over the fastest's.%(commit)s

'''

SLIRP_TEXT = '''
## User network for a namespace: against slirp4netns

    %(command)s

Peer: slirp4netns, which uses libslirp, too. iperf3 in a network namespace whose only interface has MTU 1500, and a
server on the host; one stream, first one way, then the other. Ringhub has a tap and its user network on one hub: TCP
comes to the namespace in large frames. CPU is the median of CPU seconds per second of the process
under test.%(commit)s

'''

IDLE_TEXT = '''
## When there is nothing to do: idle=adaptive against idle=poll

    %(command)s

Ringhub against itself. *load*: two vhost-user ports under the generator of the first section, so what being able to
sleep costs; above 1 adaptive is faster. *idle*: CPU of the process, in per cent of a core, with the same two ports and
nothing sent. *first frame*: microseconds through two datagram ports after 20 ms without any, the 99th percentile of a
run; the kernel's sockets and the script are in it on both sides. For the last two less is better.

'''

OVS_TEXT = '''
## A hub and a switch of three: against OVS-DPDK

    %(command)s

Peer: OVS-DPDK as packaged, `dpdkvhostuser` ports on one bridge with the action NORMAL. Either has one CPU for
everything, polling included; `ringhub-bench` drives all three ports from the other, at saturation with 512 frames on
their way to one port, by its own driver as in the section before. Both run from the start, and the one at rest is stopped. *vhost-hub3-64*: broadcast of 64 bytes, which
goes to both others; *vhost-switch3-64*: each port sends to the next one's address. Rates are frames that arrived; *way*
is the time of one frame under way, p50; below 1 Ringhub is quicker there.%(commit)s

'''

PASST_TEXT = '''
## User network for a namespace: against passt

    %(command)s

Peer: passt as pasta, its form for namespaces; the rest as for slirp4netns. Both run from the start, and the one
at rest is stopped.

'''

VHOST_TEXT = '''
## Large frames, and one frame under way: against dpdk-testpmd

    %(command)s

Peer and ports as in the first section, driven by `ringhub-bench`. *vhost-tso-64k*: TCP frames of 64 KiB that
pass uncut on both sides, each looked at; testpmd's net_vhost has `tso=1`. The generator is net_virtio_user. Ringhub copies them once, testpmd twice.
*vhost-64-burst1*: the time from the call that sends the only frame under way to the one that receives it, testpmd with
`--burst=1`; below 1 Ringhub is quicker there.%(commit)s

'''

PORTS_TEXT = '''
## Many ports, one of them active

    %(command)s

One lcore polls so many inputs of which one has frames; the rest of the work is a hub's of two.%(commit)s

'''

LISTEN_TEXT = '''
## A further listener of a hub: beside one copy

    %(command)s

One virtio-net guest sends bursts of 32 frames to a hub on which so many others listen; split rings, on one CPU, in one
process. Cycles of the time stamp counter inside the hub's poll; what the guests do is between the polls, and there each
frame of each listener is compared with what was sent. *A further listener* is what so many cost more than one does, divided
by how many there are more. *One copy* is the same frames given to one guest after the other by the card's model alone, without
hub and port. Both find the frames in the cache, since a guest before them got them, and each guest's 256 buffers warm: in the
second-level cache at 64 B, in the third at 1518 B. All take turns in 100 batches; a run's figures are the medians of these.

No frame is referenced for a listener: the hub shows it to each and frees it once, where all of them are virtio guests of
one lcore, eight at the most. Others get a reference, which is an atomic operation for each frame. With that for these, too, a
further one of seven took 85 cycles at 64 B and 194 at 1518 B, where it took 41 and 151 without (nine runs of either in turn).%(commit)s

'''

DRIFT_TEXT = '''
## Ten minutes on end

    %(command)s

Two vhost-user ports of Ringhub under the generator of the first section, 64 B, burst 32; windows of 3 s. *near*: how many
of them had CPUs near each other, before and after, see the first section: that is what moves the rates here. In the table
of goals are the first and the last minute of those, the majority, in which they were alike.

'''

GOALS_TEXT = '''
## Against the goals

A floor is met when the quartile on the worse side reaches it, and the goal when the median reaches the target, too. What
lies behind each line is in the section of its peer.

'''

GOALS_WHY = '''
*DPDK at both ends*: stock testpmd is the generator, as in the first section, and often the limit; the line above each has a
generator that does less.

What is between the figures and the goals, by `perf record` of either CPU and by the counters of the runs:

- **Generators.** With net_virtio_user at the other end the polls that found nothing were under 1 % of its time with Ringhub, 45 to 98
  % with testpmd; of the switch's ratio to OVS-DPDK 1.28 was left. With the bench's own driver that ratio is twice as high, and
  Ringhub is what is measured in most rows: see *generator idle*. At burst 1 the generator is still the limit.
- **A switch of three against OVS-DPDK.** 30 % of its lcore's time is copies to guests and 28 from them, most of it waiting for lines
  that the other CPU wrote; 13 was the reading of each frame's head, and is half of that since the head is read where it is;
  9 % the forwarding database and the sorting by target, 7 the giving back of mbufs. No single part is left that a third of the
  time could be taken from.
- **64 KiB frames.** One copy instead of two; two copies cost 1.3 to 1.4 of one on such CPUs, so what is above that comes
  from the rest. The copy is bound by memory, as the source was written by the other CPU. Tried: libc's copy (`rep movsb`)
  for pieces of 2 KiB and more, six runs in turn: 0.76 to 1.09 of DPDK's, median 0.90.
- **Taps on a hub against vde_switch and QEMU.** All make one call to read a frame and one for each that is written, and the kernel does
  the same behind them. Of Ringhub's lcore (vde_switch, QEMU) at 64 B 37 % (41, 37) are the receiving stack behind a write,
  23 (22, 22) the tap that is written, 18 (20, 19) the tap that is read, 12 (9, 15) the calls themselves, 9 (4, 5) the rest. So if calls and
  the program cost nothing, the rate would be 1.3 times as high: io_uring, which still has a cost for each request, could save a part
  of 12 %. A tap has no call for several frames, and /dev/vhost-net, which would take the place of calls, is not on
  this machine. Done: calls are given less to look at (it was 0.9 of vde_switch). What Ringhub wins is the waiting: 0.6 of the time
  under way; and TCP, which passes in frames of 64 KiB (the section on taps). Ports that are not taps are what reaches the goal.
- **Datagram sockets.** They cost a call for each frame in the kernel, too; Ringhub's are connected, so that no path is looked
  up (without: 0.8 of vde_switch's rate).
- **User network, host to guest, against QEMU.** The guest runs without KVM, and its one virtual CPU is the limit with
  either: 92 % of a CPU with Ringhub, 95 with QEMU. With Ringhub (QEMU 11.1, `-perfmap`) 24 % of its samples are the copy to the
  program, 22 % the clearing of pages for the receive ring, 20 % the translator; no other function of the guest has
  more than 1.2 %. It fetches the file from itself in 0.7 s, by Ringhub in 1.6, so half of that is the card's driver,
  interrupts and acknowledgements: 30 KiB a frame (libslirp has no window above 64 KiB), 0.6 acknowledgements and 1.1
  interrupts for each. Tried, in turn, 6 to 9 runs each: `idle=adaptive` (60 beside 62 MB/s), libslirp's thread on the other
  CPU or on any (54 and 53 beside 48, then 59 beside 62), interrupts that wait 200 us (58 beside 54; the other way 106 beside 91, and
  no difference in later runs).
- **The same, guest to host.** Guest, libslirp's thread and the client share one CPU, as the lcore polls on the other: the three have
  77, 17 and 9 % of it, and nothing is left. The guest is the limit, at what TCG lets it send.
- **slirp4netns, host to namespace.** Nobody is busy: libslirp's thread has 50 % of a CPU, iperf3 30 %, and 40 % are idle beside a
  lcore that looks at the tap. libslirp has at most 64 KiB under way, so 3.9 Gb/s is a round trip of 135 us through four threads
  on two CPUs; what would help is fewer wakings on the way, or a libslirp that scales its window.
- **idle=adaptive at full load.** 1 to 2 % less in most pairs; why was not profiled.
'''

TAIL = '''
## What these figures do not say

- Nothing about other machines. Rates depend on CPU, caches, kernel and accelerator; only the ratio
  is meant to be compared, and that, too, can differ elsewhere.
- There %(cores)s here, shared by the program under test, what is at the other end of its
  link, the kernel and whatever else runs. With a core for each thread the ratio can move in either
  direction.
%(virtual)s- Where no times are given, nothing about loss or latency: the same frames circulate, and no rate
  is searched for at which none is lost (this is not RFC 2544). Nothing about what a second CPU for lcores
  brings, other frame sizes, or small requests.
- The jobs are alike, not the same: testpmd's `io` mode passes bursts from one port to the other and
  has no hub; QEMU's `-netdev user` is inside the process that runs the guest and needs no second
  one.
- Nothing about what was not measured: other backends, other NIC models, other guests.
'''
