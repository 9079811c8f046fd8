/* SPDX-License-Identifier: BSD-3-Clause */
/* Device statistics for the driver. All on C, datapath held. Source: VIRTIO 1.3, 5.1.6.5.10. */
#include <stddef.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "virtio_ctrl.h"
#include "virtio_net.h"
#include "virtio_packed.h"

#define STATS_WORDS 6 /* of the longest reply */
/* Entries of one request: enough for every queue, and twice that. */
#define STATS_ENTRIES (2 * VIRTIO_PCI_QUEUES)

enum { STATS_TO, STATS_FROM, STATS_CTRL }; /* kinds of queues */

/** 5.1.6.5.10.2 an entry of a request. */
struct virtio_stats_entry {
	rte_le16_t vq_index;
	rte_le16_t reserved[3];
	rte_le64_t types;
};
static_assert(sizeof(struct virtio_stats_entry) == 16, "VIRTIO 1.3, 5.1.6.5.10.2");

/** 5.1.6.5.10.2 before each reply. */
struct virtio_stats_hdr {
	uint8_t type;
	uint8_t reserved;
	rte_le16_t vq_index;
	rte_le16_t reserved1;
	rte_le16_t size;
};
static_assert(sizeof(struct virtio_stats_hdr) == 8, "VIRTIO 1.3, 5.1.6.5.10.2");

/* Fill the words of one type of reply for queue idx. */
typedef void virtio_stats_fill(const struct virtio_net *v, uint16_t idx, uint64_t *word);

static void
stats_ctrl(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[0].count;

	/* This command is one of both: an answer that says so is one that succeeds. */
	word[0] = c->ctrl_commands;
	word[1] = c->ctrl_commands - c->ctrl_unknown - c->ctrl_short - c->ctrl_bad_value;
}

static void
stats_to_basic(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = v->pci.kicks[idx];
	word[1] = c->to_frames;
	word[2] = c->to_bytes;
	word[3] = c->to_interrupts;
	word[4] = c->to_no_buffer + c->to_bad_chain + c->to_too_big + c->to_bad_offload +
		  c->to_no_mbuf + c->to_broken;
	word[5] = c->to_no_buffer;
}

static void
stats_to_csum(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = c->to_csum_valid;
	word[1] = c->to_needs_csum;
	word[2] = c->to_frames - c->to_csum_valid - c->to_needs_csum;
	word[3] = 0; /* no frame is given whose checksum was found to be wrong */
}

static void
stats_to_gso(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = c->to_tso;
	word[1] = c->to_tso_bytes;
	word[2] = word[3] = 0; /* they came that long: nothing is put together here */
}

static void
stats_from_basic(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = v->pci.kicks[idx];
	word[1] = c->from_frames;
	word[2] = c->from_bytes;
	word[3] = c->from_interrupts;
	word[5] = c->from_bad_head + c->from_bad_chain + c->from_short;
	word[4] = word[5] + c->from_oversize + c->from_bad_offload;
}

static void
stats_from_csum(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = c->from_frames - c->from_needs_csum;
	word[1] = c->from_needs_csum;
}

static void
stats_from_gso(const struct virtio_net *v, uint16_t idx, uint64_t *word)
{
	const struct virtio_counters *c = &v->pair[idx / 2].count;

	word[0] = c->from_tso;
	word[1] = c->from_tso_bytes;
	word[2] = word[3] = 0; /* they go on whole: whoever cannot take them cuts them */
	word[4] = c->from_tso;
	word[5] = c->from_tso_bytes;
}

#define ANY	 UINT64_MAX
#define TSO_TO	 (VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6)
#define TSO_FROM (VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6)

/* clang-format off */
static const struct {
	uint8_t type;  /* bit of types and type of the reply */
	uint8_t kind;  /* of queue */
	uint8_t words; /* behind the header */
	uint64_t feature; /* one of them must have been negotiated */
	virtio_stats_fill *fill;
} virtio_stats_types[] = {
	{ 0, STATS_TO, 6, ANY, stats_to_basic },
	{ 1, STATS_TO, 4, VIRTIO_NET_F_GUEST_CSUM, stats_to_csum },
	{ 2, STATS_TO, 4, TSO_TO, stats_to_gso },
	{ 16, STATS_FROM, 6, ANY, stats_from_basic },
	{ 17, STATS_FROM, 2, VIRTIO_NET_F_CSUM, stats_from_csum },
	{ 18, STATS_FROM, 6, TSO_FROM, stats_from_gso },
	{ 32, STATS_CTRL, 2, ANY, stats_ctrl },
};
/* clang-format on */

/* What can be asked of this kind of queue with these features. */
static uint64_t
virtio_stats_of(uint64_t features, int kind)
{
	uint64_t types = 0;
	size_t i;

	for (i = 0; i < RTE_DIM(virtio_stats_types); i++)
		if (virtio_stats_types[i].kind == kind &&
			(virtio_stats_types[i].feature & features))
			types |= BIT64(virtio_stats_types[i].type);
	return types;
}

uint8_t
virtio_ctrl_stats_query(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	const struct virtio_net *v = nic->state;
	rte_le64_t le = rte_cpu_to_le_64(virtio_stats_of(v->features, STATS_TO) |
					 virtio_stats_of(v->features, STATS_FROM) |
					 virtio_stats_of(v->features, STATS_CTRL));

	virtio_ctrl_put(io, &le, sizeof(le));
	return VIRTIO_CTRL_OK;
}

/* The replies that one checked entry asks for. */
static void
virtio_stats_reply(const struct virtio_net *v, struct virtio_ctrl_io *io, uint16_t idx,
	uint64_t types)
{
	uint64_t word[STATS_WORDS];
	size_t i, k;

	for (i = 0; i < RTE_DIM(virtio_stats_types); i++) {
		uint8_t n = virtio_stats_types[i].words;
		struct virtio_stats_hdr hdr = {
			.type = virtio_stats_types[i].type,
			.vq_index = rte_cpu_to_le_16(idx),
			.size = rte_cpu_to_le_16((uint16_t)(sizeof(hdr) + n * sizeof(word[0]))),
		};

		if (!(types & BIT64(hdr.type)))
			continue;
		virtio_stats_types[i].fill(v, idx, word);
		for (k = 0; k < n; k++)
			word[k] = rte_cpu_to_le_64(word[k]);
		virtio_ctrl_put(io, &hdr, sizeof(hdr));
		virtio_ctrl_put(io, word, n * (uint32_t)sizeof(word[0]));
	}
}

uint8_t
virtio_ctrl_stats_get(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	const struct virtio_net *v = nic->state;
	uint16_t ctrl = virtio_pci_ctrl_index(nic), i, n = 0;
	struct virtio_stats_entry e[STATS_ENTRIES];

	/* All are checked before any is answered: one that is wrong fails the command. */
	while (n < STATS_ENTRIES && virtio_ctrl_get(&io->in, &e[n], sizeof(e[n]))) {
		uint16_t idx = rte_le_to_cpu_16(e[n].vq_index);
		int kind = idx == ctrl ? STATS_CTRL : idx % 2 ? STATS_FROM : STATS_TO;

		if (idx > ctrl ||
			(rte_le_to_cpu_64(e[n].types) & ~virtio_stats_of(v->features, kind)))
			return VIRTIO_CTRL_ERR;
		n++;
	}
	if (n == 0)
		return VIRTIO_CTRL_SHORT;
	if (n == STATS_ENTRIES && virtio_ctrl_get(&io->in, &e[0], 1))
		return VIRTIO_CTRL_ERR;
	for (i = 0; i < n; i++)
		virtio_stats_reply(v, io, rte_le_to_cpu_16(e[i].vq_index),
			rte_le_to_cpu_64(e[i].types));
	return VIRTIO_CTRL_OK;
}
