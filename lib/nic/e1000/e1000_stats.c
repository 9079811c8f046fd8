/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and reasons of the e1000 counters. */
#include <stddef.h>

#include "e1000.h"

/* clang-format off */
const struct stat_desc e1000_stats[E1000_N_STATS] = {
	{ "from_guest_frames", "frames taken from the guest", offsetof(struct e1000_counters, from_frames) },
	{ "from_guest_bytes", "bytes of those frames", offsetof(struct e1000_counters, from_bytes) },
	{ "from_guest_tso", "frames among them, or before they were cut up, that were to be cut into TCP segments", offsetof(struct e1000_counters, from_tso) },
	{ "from_guest_bad_chain", "frame with a buffer outside guest memory, a context descriptor inside or an unknown kind of descriptor: guest driver fault", offsetof(struct e1000_counters, from_bad_chain) },
	{ "from_guest_short", "frame shorter than an Ethernet header: guest driver fault", offsetof(struct e1000_counters, from_short) },
	{ "from_guest_oversize", "frame longer than 64 KiB: guest driver fault", offsetof(struct e1000_counters, from_oversize) },
	{ "from_guest_bad_offload", "offsets, header length or segment size contradict the frame: guest driver fault", offsetof(struct e1000_counters, from_bad_offload) },
	{ "from_guest_no_mbuf", "polls that left frames in the ring because the mbuf pool was empty: give the port more mbufs", offsetof(struct e1000_counters, from_no_mbuf) },
	{ "from_guest_bad_ring", "times the transmit ring was found outside guest memory, or its indices outside the ring: guest driver fault", offsetof(struct e1000_counters, from_bad_ring) },
	{ "from_guest_link_down", "frames dropped because the cable is pulled", offsetof(struct e1000_counters, from_link_down) },
	{ "from_guest_loopback", "frames given back to the guest, which set the NIC to loopback", offsetof(struct e1000_counters, from_loopback) },
	{ "from_guest_interrupts", "interrupts raised for frames taken", offsetof(struct e1000_counters, from_interrupts) },
	{ "late_interrupts", "interrupts raised after moderation had postponed them", offsetof(struct e1000_counters, late_interrupts) },
	{ "to_guest_frames", "frames given to the guest", offsetof(struct e1000_counters, to_frames) },
	{ "to_guest_bytes", "bytes of those frames", offsetof(struct e1000_counters, to_bytes) },
	{ "to_guest_filtered", "frames for other stations, as the guest set its filter", offsetof(struct e1000_counters, to_filtered) },
	{ "to_guest_disabled", "frames dropped because the receiver is off, without ring or without link", offsetof(struct e1000_counters, to_disabled) },
	{ "to_guest_looping", "frames dropped because the guest set the NIC to loopback", offsetof(struct e1000_counters, to_looping) },
	{ "to_guest_short", "frame shorter than an Ethernet header", offsetof(struct e1000_counters, to_short) },
	{ "to_guest_oversize", "frame longer than the guest's driver enabled", offsetof(struct e1000_counters, to_oversize) },
	{ "to_guest_no_buffer", "times a frame found the guest's receive ring full; not lost by that if its bringer waits, as net_guest's does", offsetof(struct e1000_counters, to_no_buffer) },
	{ "to_guest_bad_chain", "frames lost as the receive ring or a buffer is outside guest memory: guest driver fault", offsetof(struct e1000_counters, to_bad_chain) },
	{ "to_guest_bad_ring", "times the receive ring was found outside guest memory, or its indices outside the ring: guest driver fault", offsetof(struct e1000_counters, to_bad_ring) },
	{ "to_guest_null_buffer", "receive descriptors without a buffer, passed over", offsetof(struct e1000_counters, to_null_buffer) },
	{ "to_guest_interrupts", "interrupts raised for frames given", offsetof(struct e1000_counters, to_interrupts) },
	{ "register_narrow_writes", "register writes of less than 32 bits, ignored as by the hardware", offsetof(struct e1000_counters, reg_narrow) },
	{ "register_unknown_writes", "writes to registers this NIC does not have", offsetof(struct e1000_counters, reg_unknown) },
};
/* clang-format on */
