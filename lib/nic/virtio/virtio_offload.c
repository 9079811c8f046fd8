/* SPDX-License-Identifier: BSD-3-Clause */
/* What a guest's features mean for offloads; the header itself is lib/offload's. */
#include <rte_mbuf.h>

#include "offload/offload_vnet.h"
#include "virtio_net.h"

int
virtio_offload_from_hdr(const struct nic *nic, const struct virtio_net_hdr *hdr, struct rte_mbuf *m)
{
	return offload_from_vnet(hdr, m, nic->conf.carry);
}

uint64_t
virtio_offload_unsupported(uint64_t features)
{
	uint64_t no = RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_UDP_SEG;

	if (!(features & VIRTIO_NET_F_GUEST_CSUM))
		no |= RTE_MBUF_F_TX_L4_MASK;
	if (!(features & VIRTIO_NET_F_GUEST_TSO4) || !(features & VIRTIO_NET_F_GUEST_TSO6))
		no |= RTE_MBUF_F_TX_TCP_SEG;
	return no;
}

bool
virtio_offload_takes_tso(const struct rte_mbuf *m, uint64_t features)
{
	uint64_t need = m->ol_flags & RTE_MBUF_F_TX_IPV6 ? VIRTIO_NET_F_GUEST_TSO6
							 : VIRTIO_NET_F_GUEST_TSO4;

	return (features & need) && !(m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM);
}

void
virtio_offload_to_hdr(const struct rte_mbuf *m, uint64_t features, struct virtio_net_hdr *hdr)
{
	if (m->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG))
		offload_to_vnet(m, hdr);
	else if ((features & VIRTIO_NET_F_GUEST_CSUM) &&
		 (m->ol_flags & RTE_MBUF_F_RX_L4_CKSUM_MASK) == RTE_MBUF_F_RX_L4_CKSUM_GOOD)
		hdr->flags = VIRTIO_NET_HDR_F_DATA_VALID;
}
