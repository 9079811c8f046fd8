/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtio-net model: features, life, counters. */
#include "virtio_net.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_malloc.h>

uint64_t
virtio_net_features(const struct nic *nic)
{
	uint64_t f = VIRTIO_NET_F_CSUM | VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |
		     VIRTIO_NET_F_GUEST_TSO6 | VIRTIO_NET_F_MTU | VIRTIO_NET_F_MAC |
		     VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_STATUS | VIRTIO_NET_F_CTRL_VQ |
		     VIRTIO_NET_F_CTRL_RX | VIRTIO_NET_F_GUEST_ANNOUNCE | VIRTIO_F_ANY_LAYOUT |
		     VIRTIO_F_INDIRECT_DESC | VIRTIO_F_EVENT_IDX | VIRTIO_F_VERSION_1;

	if (nic->conf.n_queues > 1)
		f |= VIRTIO_NET_F_MQ;
	if (nic->conf.packed)
		f |= VIRTIO_F_RING_PACKED;
	/* Segmenting for a reader who cannot is the receiver's work; without carry there is none. */
	if (nic->conf.carry)
		f |= VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_GSO;
	f &= nic->conf.features_mask;
	/* 5.1.3.1: these need a partial checksum in the same direction. */
	if (!(f & VIRTIO_NET_F_CSUM))
		f &= ~(VIRTIO_NET_F_HOST_TSO4 | VIRTIO_NET_F_HOST_TSO6 | VIRTIO_NET_F_GSO);
	if (!(f & VIRTIO_NET_F_GUEST_CSUM))
		f &= ~(VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6);
	return f;
}

/*
 * The lcores of both directions, and of different queue pairs, share no line that one of them writes:
 * rings, what the one direction counts, and the poller, which is written at each poll.
 */
#define VIRTIO_PAIR(field) offsetof(struct virtio_net, pair[0].field)
#define ON_A_LINE(offset)  ((offset) % RTE_CACHE_LINE_SIZE == 0)
static_assert(ON_A_LINE(VIRTIO_PAIR(to_guest)) && ON_A_LINE(VIRTIO_PAIR(from_guest)), "rings");
static_assert(ON_A_LINE(VIRTIO_PAIR(poller)), "poller");
static_assert(ON_A_LINE(VIRTIO_PAIR(count)) && ON_A_LINE(VIRTIO_PAIR(count.to_frames)), "counters");
static_assert(ON_A_LINE(sizeof(((struct virtio_net *)0)->pair[0])), "queue pairs");

static void
virtio_free_queue(struct virtio_queue *vq)
{
	rte_free(vq->table);
	rte_free(vq->chain);
}

static int
virtio_alloc_table(struct virtio_queue *vq)
{
	vq->table = rte_malloc("virtio_table", VIRTIO_MAX_CHAIN * sizeof(*vq->table), 16);
	return vq->table == NULL ? -ENOMEM : 0;
}

static void
virtio_fini(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint16_t q;

	for (q = 0; q < nic->conf.n_queues; q++) {
		virtio_free_queue(&v->pair[q].to_guest);
		virtio_free_queue(&v->pair[q].from_guest);
	}
	virtio_free_queue(&v->ctrl);
}

static void
virtio_reset(struct nic *nic)
{
	uint16_t idx;

	for (idx = 0; idx < 2 * nic->conf.n_queues; idx++)
		virtio_vring_ops.vring_stop(nic, idx);
	virtio_pci_reset(nic);
}

static int
virtio_init(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	int ret = virtio_alloc_table(&v->ctrl);
	uint16_t q;

	for (q = 0; q < nic->conf.n_queues && ret == 0; q++) {
		ret = virtio_alloc_table(&v->pair[q].to_guest);
		if (ret == 0)
			ret = virtio_alloc_table(&v->pair[q].from_guest);
	}
	if (ret < 0) {
		virtio_fini(nic);
		return ret;
	}
	virtio_reset(nic);
	return 0;
}

static const void *
virtio_counters(const struct nic *nic, uint16_t q)
{
	const struct virtio_net *v = nic->state;

	return &v->pair[q].count;
}

static void
virtio_counters_clear(struct nic *nic, uint16_t q)
{
	struct virtio_net *v = nic->state;

	memset(&v->pair[q].count, 0, sizeof(v->pair[q].count));
}

const struct nic_model virtio_net_model = {
	.name = "virtio-net-pci",
	.alias = "virtio-net",
	.pci = &virtio_net_pci,
	.vring = &virtio_vring_ops,
	.stats = virtio_stats,
	.n_stats = VIRTIO_N_STATS,
	.max_queues = NIC_MAX_QUEUES,
	.finishes = true,
	.state_size = sizeof(struct virtio_net),
	.init = virtio_init,
	.reset = virtio_reset,
	.fini = virtio_fini,
	.pairs_up = virtio_pairs_up,
	.set_link = virtio_pci_set_link,
	.rx_filter = virtio_rx_filter,
	.select = virtio_select,
	.counters = virtio_counters,
	.counters_clear = virtio_counters_clear,
	.from_guest = virtio_from_guest,
	.to_guest = virtio_to_guest,
	.show = virtio_show,
	.want_kicks = virtio_want_kicks,
	.lend = virtio_lend,
	.lend_end = virtio_lend_end,
};
