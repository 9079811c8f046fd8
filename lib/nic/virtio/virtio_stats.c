/* SPDX-License-Identifier: BSD-3-Clause */
/* Names and reasons of the virtio-net counters. */
#include <stddef.h>

#include "virtio_net.h"

/* clang-format off */
const struct stat_desc virtio_stats[VIRTIO_N_STATS] = {
	{ "from_guest_frames", "frames taken from the guest", offsetof(struct virtio_counters, from_frames) },
	{ "from_guest_bytes", "bytes of those frames", offsetof(struct virtio_counters, from_bytes) },
	{ "from_guest_bad_head", "available ring names a descriptor beyond the ring: guest driver fault", offsetof(struct virtio_counters, from_bad_head) },
	{ "from_guest_bad_chain", "descriptor chain loops, leaves the table or guest memory, or is writable: guest driver fault", offsetof(struct virtio_counters, from_bad_chain) },
	{ "from_guest_short", "chain holds less than a packet header and an Ethernet header: guest driver fault", offsetof(struct virtio_counters, from_short) },
	{ "from_guest_oversize", "frame longer than 64 KiB: guest driver fault", offsetof(struct virtio_counters, from_oversize) },
	{ "from_guest_bad_offload", "checksum or segmentation fields contradict the frame: guest driver fault", offsetof(struct virtio_counters, from_bad_offload) },
	{ "from_guest_no_mbuf", "polls that left frames in the ring because the mbuf pool was empty: give the port more mbufs", offsetof(struct virtio_counters, from_no_mbuf) },
	{ "from_guest_broken", "available index jumped by more than the ring: ring stopped until the driver resets it", offsetof(struct virtio_counters, from_broken) },
	{ "from_guest_interrupts", "interrupts raised for frames taken", offsetof(struct virtio_counters, from_interrupts) },
	{ "from_guest_needs_csum", "frames whose checksum the guest left to us", offsetof(struct virtio_counters, from_needs_csum) },
	{ "from_guest_tso", "TCP frames taken uncut, longer than a wire would take", offsetof(struct virtio_counters, from_tso) },
	{ "from_guest_tso_bytes", "bytes of those frames", offsetof(struct virtio_counters, from_tso_bytes) },
	{ "from_guest_lent", "frames that went to another guest without a copy in between", offsetof(struct virtio_counters, from_lent) },
	{ "from_guest_lent_kept", "polls after which such a frame was still in use: a fault of Ringhub; the queue copies from then on", offsetof(struct virtio_counters, from_lent_kept) },
	{ "ctrl_commands", "commands of the control queue", offsetof(struct virtio_counters, ctrl_commands) },
	{ "ctrl_unknown", "of these, refused: not known, or of a feature that was not negotiated: guest driver fault", offsetof(struct virtio_counters, ctrl_unknown) },
	{ "ctrl_short", "of these, refused: shorter than their data: guest driver fault", offsetof(struct virtio_counters, ctrl_short) },
	{ "ctrl_bad_value", "of these, refused: a value out of range: guest driver fault", offsetof(struct virtio_counters, ctrl_bad_value) },
	{ "to_guest_frames", "frames given to the guest", offsetof(struct virtio_counters, to_frames) },
	{ "to_guest_bytes", "bytes of those frames", offsetof(struct virtio_counters, to_bytes) },
	{ "to_guest_bad_head", "available ring names a descriptor beyond the ring: guest driver fault", offsetof(struct virtio_counters, to_bad_head) },
	{ "to_guest_bad_chain", "descriptor chain loops, leaves the table or guest memory, or is read-only: guest driver fault", offsetof(struct virtio_counters, to_bad_chain) },
	{ "to_guest_too_big", "frame does not fit the guest's receive buffer and buffers may not be merged", offsetof(struct virtio_counters, to_too_big) },
	{ "to_guest_bad_offload", "frame asks for an offload that its headers do not allow", offsetof(struct virtio_counters, to_bad_offload) },
	{ "to_guest_no_mbuf", "no mbuf to finish an offload that the guest cannot take: give the port more mbufs", offsetof(struct virtio_counters, to_no_mbuf) },
	{ "to_guest_no_buffer", "times a frame found too few receive buffers of the guest; not lost by that: who brought it may try again", offsetof(struct virtio_counters, to_no_buffer) },
	{ "to_guest_broken", "available index jumped by more than the ring: ring stopped until the driver resets it", offsetof(struct virtio_counters, to_broken) },
	{ "to_guest_filtered", "frames for other stations, as the guest set its filter", offsetof(struct virtio_counters, to_filtered) },
	{ "to_guest_tso", "TCP frames given uncut, longer than a wire would take", offsetof(struct virtio_counters, to_tso) },
	{ "to_guest_large", "of these, of more than 16 KiB", offsetof(struct virtio_counters, to_large) },
	{ "to_guest_tso_bytes", "bytes of all those frames", offsetof(struct virtio_counters, to_tso_bytes) },
	{ "to_guest_needs_csum", "frames given with the checksum left to the guest", offsetof(struct virtio_counters, to_needs_csum) },
	{ "to_guest_csum_valid", "frames given with a checksum that was checked", offsetof(struct virtio_counters, to_csum_valid) },
	{ "to_guest_interrupts", "interrupts raised for frames given", offsetof(struct virtio_counters, to_interrupts) },
};
/* clang-format on */
