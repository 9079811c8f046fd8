/* SPDX-License-Identifier: BSD-3-Clause */
/* Coalescing of notifications, and the commands that set it. */
#include "virtio_coal.h"

#include <rte_cycles.h>
#include <rte_lcore.h>

#include "virtio_ctrl.h"

/* Whether what waits in the ring has waited long enough. */
static bool
virtio_coal_due(const struct virtio_queue *vq)
{
	return rte_rdtsc() - vq->coal.since >= vq->coal.cycles;
}

/*
 * An interrupt may wait only when somebody will look at the clock: for the ring of sent frames the
 * next poll does; for the ring of received ones, too, if both have the same lcore.
 */
static bool
virtio_coal_watched(const struct nic *nic, const struct virtio_queue *vq)
{
	const struct virtio_net *v = nic->state;
	uint32_t self = rte_lcore_id();

	if (vq->idx & 1)
		return true;
	return self != LCORE_ID_ANY &&
	       __atomic_load_n(&v->pair[vq->idx / 2].poller, __ATOMIC_RELAXED) == self;
}

bool
virtio_coal_later(const struct nic *nic, struct virtio_queue *vq, uint16_t n)
{
	__atomic_store_n(&vq->coal.owner, rte_lcore_id(), __ATOMIC_RELAXED);
	if (vq->coal.n == 0)
		vq->coal.since = rte_rdtsc();
	vq->coal.n += n;
	vq->signalled_ok = vq->signalled_ok && !vq->packed; /* positions may lap each other */
	if (vq->coal.n < vq->coal.max_packets && !virtio_coal_due(vq) &&
		virtio_coal_watched(nic, vq))
		return false;
	vq->coal.n = 0;
	return virtio_notify_now(nic, vq, vq->packed);
}

static bool
virtio_coal_expire(const struct nic *nic, struct virtio_queue *vq)
{
	if (vq->coal.n == 0 || !virtio_coal_due(vq) || !virtio_queue_usable(nic, vq))
		return false;
	vq->coal.n = 0;
	return virtio_notify_now(nic, vq, vq->packed);
}

/* Nothing waits in the ring to the guest but what this lcore left: see virtio_coal_watched(). */
static bool
virtio_coal_is_ours(const struct virtio_queue *to)
{
	uint32_t self = rte_lcore_id();

	return self != LCORE_ID_ANY && __atomic_load_n(&to->coal.owner, __ATOMIC_RELAXED) == self;
}

void
virtio_coal_poll(struct nic *nic, uint16_t q)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *to = &v->pair[q].to_guest;

	__atomic_store_n(&v->pair[q].poller, rte_lcore_id(), __ATOMIC_RELAXED);
	if (virtio_coal_expire(nic, &v->pair[q].from_guest))
		stat_add(&v->pair[q].count.from_interrupts, 1);
	if (virtio_coal_is_ours(to) && virtio_coal_expire(nic, to))
		stat_add(&v->pair[q].count.to_interrupts, 1);
}

bool
virtio_coal_waits(const struct nic *nic, uint16_t q)
{
	struct virtio_net *v = nic->state;
	struct virtio_queue *from = &v->pair[q].from_guest, *to = &v->pair[q].to_guest;

	return (virtio_queue_usable(nic, from) && from->coal.n != 0) ||
	       (virtio_queue_usable(nic, to) && virtio_coal_is_ours(to) && to->coal.n != 0);
}

static void
virtio_coal_set(struct virtio_net *v, struct virtio_queue *vq, uint32_t frames, uint32_t usecs)
{
	bool on = frames != 0 && usecs != 0;

	vq->coal = (struct virtio_coal){
		/* No more can wait than there are buffers. */
		.max_packets = on ? RTE_MIN(frames, vq->size) : 0,
		.cycles = (uint64_t)usecs * (rte_get_tsc_hz() / 1000000),
		.owner = LCORE_ID_ANY,
	};
	v->coalescing |= on;
}

void
virtio_coal_start(struct nic *nic, struct virtio_queue *vq, uint16_t idx)
{
	const struct nic_coal *c = &nic->conf.coal[idx & 1];

	virtio_coal_set(nic->state, vq, c->frames, c->usecs);
}

void
virtio_coal_apply(struct nic *nic, uint16_t idx)
{
	struct virtio_net *v = nic->state;
	const struct virtio_coal_conf *c = &v->pci.queue[idx].coal;
	struct virtio_queue *vq = virtio_pci_ring(nic, idx);

	if (vq == NULL || vq == &v->ctrl)
		return;
	if (vq->coal.n != 0 && virtio_queue_usable(nic, vq))
		virtio_notify_now(nic, vq, vq->packed);
	virtio_coal_set(v, vq, c->max_packets, c->max_usecs);
}

void
virtio_coal_reset(struct nic *nic)
{
	struct virtio_net *v = nic->state;
	uint16_t q;

	v->coalescing = false;
	v->pci.coal[0] = v->pci.coal[1] = (struct virtio_coal_conf){ 0 };
	for (q = 0; q < nic->conf.n_queues; q++) {
		v->pair[q].to_guest.coal = (struct virtio_coal){ 0 };
		v->pair[q].from_guest.coal = (struct virtio_coal){ 0 };
		v->pair[q].poller = LCORE_ID_ANY;
	}
}

static bool
virtio_coal_get(struct virtio_cursor *c, struct virtio_coal_conf *conf)
{
	struct virtio_ctrl_coal le;

	if (!virtio_ctrl_get(c, &le, sizeof(le)))
		return false;
	conf->max_packets = rte_le_to_cpu_32(le.max_packets);
	conf->max_usecs = rte_le_to_cpu_32(le.max_usecs);
	return true;
}

uint8_t
virtio_ctrl_coal(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	uint16_t from_guest = cmd == VIRTIO_CTRL_COAL_TX_SET, idx;
	struct virtio_coal_conf conf;

	if (!virtio_coal_get(&io->in, &conf))
		return VIRTIO_CTRL_SHORT;
	v->pci.coal[from_guest] = conf;
	for (idx = from_guest; idx < 2 * nic->conf.n_queues; idx += 2) {
		v->pci.queue[idx].coal = conf;
		virtio_coal_apply(nic, idx);
	}
	return VIRTIO_CTRL_OK;
}

uint8_t
virtio_ctrl_coal_vq(struct nic *nic, struct virtio_ctrl_io *io, uint8_t cmd)
{
	struct virtio_net *v = nic->state;
	struct virtio_ctrl_coal_vq_hdr hdr;
	struct virtio_ctrl_coal le;
	struct virtio_coal_conf *conf;
	uint16_t idx;

	if (!virtio_ctrl_get(&io->in, &hdr, sizeof(hdr)))
		return VIRTIO_CTRL_SHORT;
	idx = rte_le_to_cpu_16(hdr.vq_index);
	if (idx >= virtio_pci_ctrl_index(nic) || !v->pci.queue[idx].enabled)
		return VIRTIO_CTRL_ERR;
	conf = &v->pci.queue[idx].coal;
	if (cmd == VIRTIO_CTRL_COAL_VQ_GET) {
		le.max_packets = rte_cpu_to_le_32(conf->max_packets);
		le.max_usecs = rte_cpu_to_le_32(conf->max_usecs);
		virtio_ctrl_put(io, &le, sizeof(le));
		return VIRTIO_CTRL_OK;
	}
	if (!virtio_coal_get(&io->in, conf))
		return VIRTIO_CTRL_SHORT;
	virtio_coal_apply(nic, idx);
	return VIRTIO_CTRL_OK;
}
