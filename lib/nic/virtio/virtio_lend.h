/* SPDX-License-Identifier: BSD-3-Clause */
/* Inside this folder: lending frames of the guest's own memory (nic_model.lend). */
#ifndef NIC_VIRTIO_VIRTIO_LEND_H
#define NIC_VIRTIO_VIRTIO_LEND_H

#include <rte_mbuf.h>

#include "virtio_split.h"

/*
 * Bytes from which a frame is lent, and a piece of a longer one; below, its copy is cheaper. Measured with
 * perf_loops hub-pair 32 against hub-pair-copy: 222 and 221 cycles at 640 bytes, 201 and 235 at 768.
 */
#define VIRTIO_LEND_FRAME 768
#define VIRTIO_LEND_PIECE 512

/** A ring that has lent nothing. Thread: C, datapath held. */
void virtio_lend_init(struct virtio_queue *vq);

/** Let m point at n bytes of guest memory. Nobody else has anything of this queue's meanwhile. */
static inline void
virtio_lend_bytes(struct virtio_queue *vq, struct rte_mbuf *m, uint8_t *p, uint32_t n)
{
	rte_mbuf_ext_refcnt_set(&vq->lent, (uint16_t)(rte_mbuf_ext_refcnt_read(&vq->lent) + 1));
	rte_pktmbuf_attach_extbuf(m, p, RTE_BAD_IOVA, (uint16_t)n, &vq->lent);
	m->data_off = 0;
	m->data_len = (uint16_t)n;
}

/**
 * Make the empty mbuf m of the chain at c (at its start) by lending.
 * @param offload  out: the private copy of the packet header, of which m's offload fields are made
 * @return false: m is empty again, and the chain has to be copied: it is too short, malformed, asks
 *         for what cannot be told from a private copy of its headers, or there is no mbuf.
 * Thread: D.
 */
bool virtio_lend_frame(struct nic *nic, struct virtio_cursor *c, struct rte_mbuf *m,
	struct virtio_net_hdr *offload, bool packed);

/** Publish n finished chains of a transmit ring. @return whether the guest was interrupted. Thread: D. */
bool virtio_from_give_back(struct nic *nic, struct virtio_queue *vq, uint16_t n);

#endif
