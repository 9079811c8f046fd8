/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and reasons of the rtl8139 counters. */
#include <stddef.h>

#include "rtl8139.h"

/* clang-format off */
const struct stat_desc rtl8139_stats[RTL8139_N_STATS] = {
	{ "from_guest_frames", "frames taken from the guest", offsetof(struct rtl8139_counters, from_frames) },
	{ "from_guest_bytes", "bytes of those frames", offsetof(struct rtl8139_counters, from_bytes) },
	{ "from_guest_bad_chain", "descriptors without begin or end of a frame, or a buffer outside guest memory: guest driver fault", offsetof(struct rtl8139_counters, from_bad_chain) },
	{ "from_guest_short", "frame shorter than an Ethernet header: guest driver fault", offsetof(struct rtl8139_counters, from_short) },
	{ "from_guest_oversize", "frame longer than 64 KiB: guest driver fault", offsetof(struct rtl8139_counters, from_oversize) },
	{ "from_guest_bad_offload", "large send bits contradict the frame: guest driver fault", offsetof(struct rtl8139_counters, from_bad_offload) },
	{ "from_guest_no_mbuf", "polls that left frames in the ring because the mbuf pool was empty: give the port more mbufs", offsetof(struct rtl8139_counters, from_no_mbuf) },
	{ "from_guest_bad_ring", "times the transmit ring was found outside guest memory: guest driver fault", offsetof(struct rtl8139_counters, from_bad_ring) },
	{ "from_guest_link_down", "frames dropped because the cable is pulled", offsetof(struct rtl8139_counters, from_link_down) },
	{ "from_guest_loopback", "frames given back to the guest, which set the NIC to loopback", offsetof(struct rtl8139_counters, from_loopback) },
	{ "from_guest_interrupts", "interrupts raised for frames taken", offsetof(struct rtl8139_counters, from_interrupts) },
	{ "to_guest_frames", "frames given to the guest", offsetof(struct rtl8139_counters, to_frames) },
	{ "to_guest_bytes", "bytes of those frames", offsetof(struct rtl8139_counters, to_bytes) },
	{ "to_guest_filtered", "frames for other stations, as the guest set its filter", offsetof(struct rtl8139_counters, to_filtered) },
	{ "to_guest_disabled", "frames dropped because the receiver is off, halted, without ring or without cable", offsetof(struct rtl8139_counters, to_disabled) },
	{ "to_guest_looping", "frames dropped because the guest set the NIC to loopback", offsetof(struct rtl8139_counters, to_looping) },
	{ "to_guest_short", "frame shorter than an Ethernet header", offsetof(struct rtl8139_counters, to_short) },
	{ "to_guest_too_big", "frame longer than the NIC or its ring can hold", offsetof(struct rtl8139_counters, to_too_big) },
	{ "to_guest_no_buffer", "times a frame found the guest's receive ring full; not lost by that if its bringer waits, as net_guest's does", offsetof(struct rtl8139_counters, to_no_buffer) },
	{ "to_guest_bad_chain", "receive ring or buffer outside guest memory: guest driver fault", offsetof(struct rtl8139_counters, to_bad_chain) },
	{ "to_guest_interrupts", "interrupts raised for frames given", offsetof(struct rtl8139_counters, to_interrupts) },
};
/* clang-format on */
