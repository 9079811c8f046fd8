/* SPDX-License-Identifier: BSD-3-Clause */
/* What is counted, and why. */
#include <stddef.h>

#include "tapio_pmd.h"

#define AT(field) offsetof(struct tapio_count, field)

/* clang-format off */
const struct stat_desc tapio_stats[TAPIO_N_STATS] = {
	{ "rx_frames", "frames from the kernel", AT(rx_frames) },
	{ "rx_bytes", "bytes from the kernel, without packet headers", AT(rx_bytes) },
	{ "rx_large", "of these, TCP frames that the receiver is to segment", AT(rx_large) },
	{ "rx_rests", "times that the lcore left the look-out for frames to a thread; not lost", AT(rx_rests) },
	{ "rx_short", "frames from the kernel shorter than an Ethernet header", AT(rx_short) },
	{ "rx_bad_offload", "frames from the kernel whose packet header contradicts them", AT(rx_bad_offload) },
	{ "rx_no_mbuf", "polls without mbufs for the longest frame, which waits in the kernel: give the port more mbufs", AT(rx_no_mbuf) },
	{ "rx_no_scatter", "frame in several mbufs, for an application without RX_OFFLOAD_SCATTER: give the port larger mbufs", AT(rx_no_scatter) },
	{ "rx_link_down", "frames from the kernel dropped: set_link off", AT(rx_link_down) },
	{ "tx_frames", "frames taken from the hub, those dropped below included", AT(tx_frames) },
	{ "tx_bytes", "bytes of these", AT(tx_bytes) },
	{ "tx_large", "of these, TCP frames that the kernel took whole", AT(tx_large) },
	{ "tx_short", "frames shorter than an Ethernet header", AT(tx_short) },
	{ "tx_bad_offload", "frames whose checksum or segmentation fields contradict them, or that a tap without vnet_hdr cannot take", AT(tx_bad_offload) },
	{ "tx_segments", "frames in more than 256 pieces", AT(tx_segments) },
	{ "tx_down", "frames dropped: the interface is not up (ip link set NAME up)", AT(tx_down) },
	{ "tx_gone", "frames dropped: there is no tap; it was removed", AT(tx_gone) },
	{ "tx_refused", "frames that the kernel refused as malformed", AT(tx_refused) },
	{ "tx_busy", "bursts that ended because the kernel took no more: see sndbuf=", AT(tx_busy) },
	{ "tx_link_down", "frames dropped: set_link off", AT(tx_link_down) },
};

#define PORT_AT(field) offsetof(struct tapio_port_count, field)

const struct stat_desc tapio_port_stats[TAPIO_N_PORT_STATS] = {
	{ "tap_lost", "times that the tap was removed", PORT_AT(lost) },
	{ "tap_reopened", "times that it came back", PORT_AT(reopened) },
	{ "tap_reopen_failed", "times that one of its name could not be opened", PORT_AT(reopen_failed) },
};
/* clang-format on */
