/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashing frames and choosing their queue. */
#include "virtio_rss.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_net.h>
#include <rte_thash.h>

#include "virtio_net.h"

/* What is hashed: addresses, then ports, as 32-bit words of the host; the longest is IPv6 with ports. */
#define RSS_WORDS 9
static_assert(sizeof(uint32_t) * (RSS_WORDS + 1) == VIRTIO_RSS_KEY,
	"a word of key for each, and one");

struct virtio_rss_tuple {
	uint32_t word[RSS_WORDS];
	uint32_t n;
};

void
virtio_rss_reset(struct virtio_rss *rss)
{
	*rss = (struct virtio_rss){ 0 };
}

void
virtio_rss_set(struct virtio_rss *rss, uint32_t types, const uint8_t *key)
{
	uint32_t copy[VIRTIO_RSS_KEY / 4];

	memcpy(copy, key, sizeof(copy));
	rte_convert_rss_key(copy, rss->key, sizeof(copy));
	rss->types = types;
}

/* Append len bytes of the frame at off. @return false when it ends before. */
static bool
virtio_rss_append(struct virtio_rss_tuple *t, const struct rte_mbuf *m, uint32_t off, uint32_t len)
{
	uint32_t bytes[RSS_WORDS], i;
	const void *p = rte_pktmbuf_read(m, off, len, bytes);

	if (p == NULL)
		return false;
	if (p != bytes)
		memcpy(bytes, p, len);
	for (i = 0; i < len / sizeof(bytes[0]); i++)
		t->word[t->n++] = rte_be_to_cpu_32(bytes[i]);
	return true;
}

/* Of the types wanted, the one that fits the frame best; 0: none. */
static uint32_t
virtio_rss_type(uint32_t types, uint32_t ptype)
{
	bool v4 = RTE_ETH_IS_IPV4_HDR(ptype);
	uint32_t l4 = ptype & RTE_PTYPE_L4_MASK;

	if (!v4 && !RTE_ETH_IS_IPV6_HDR(ptype))
		return 0;
	if (l4 == RTE_PTYPE_L4_TCP &&
		(types & (v4 ? VIRTIO_HASH_TYPE_TCPV4 : VIRTIO_HASH_TYPE_TCPV6)))
		return v4 ? VIRTIO_HASH_TYPE_TCPV4 : VIRTIO_HASH_TYPE_TCPV6;
	if (l4 == RTE_PTYPE_L4_UDP &&
		(types & (v4 ? VIRTIO_HASH_TYPE_UDPV4 : VIRTIO_HASH_TYPE_UDPV6)))
		return v4 ? VIRTIO_HASH_TYPE_UDPV4 : VIRTIO_HASH_TYPE_UDPV6;
	return types & (v4 ? VIRTIO_HASH_TYPE_IPV4 : VIRTIO_HASH_TYPE_IPV6);
}

uint16_t
virtio_rss_hash(const struct virtio_rss *rss, const struct rte_mbuf *m, uint32_t *hash)
{
	struct virtio_rss_tuple t = { .n = 0 };
	struct rte_net_hdr_lens len;
	uint32_t type, ptype, l3;

	*hash = 0;
	if (rss->types == 0)
		return VIRTIO_HASH_REPORT_NONE;
	ptype = rte_net_get_ptype(m, &len,
		RTE_PTYPE_L2_MASK | RTE_PTYPE_L3_MASK | RTE_PTYPE_L4_MASK);
	type = virtio_rss_type(rss->types, ptype);
	if (type == 0)
		return VIRTIO_HASH_REPORT_NONE;
	l3 = len.l2_len;
	if (RTE_ETH_IS_IPV4_HDR(ptype)) {
		if (!virtio_rss_append(&t, m, l3 + offsetof(struct rte_ipv4_hdr, src_addr), 8))
			return VIRTIO_HASH_REPORT_NONE;
	} else if (!virtio_rss_append(&t, m, l3 + offsetof(struct rte_ipv6_hdr, src_addr), 32)) {
		return VIRTIO_HASH_REPORT_NONE;
	}
	if (!(type & (VIRTIO_HASH_TYPE_IPV4 | VIRTIO_HASH_TYPE_IPV6)) &&
		!virtio_rss_append(&t, m, l3 + len.l3_len, 4))
		return VIRTIO_HASH_REPORT_NONE;
	*hash = rte_softrss_be(t.word, t.n, (const uint8_t *)rss->key);
	return (uint16_t)(1 + rte_bsf32(type));
}

bool
virtio_select(const struct nic *nic, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue)
{
	const struct virtio_net *v = nic->state;
	const struct virtio_rss *rss = &v->rss;
	uint16_t i;

	if (!rss->steer)
		return false;
	for (i = 0; i < n; i++) {
		uint32_t hash;
		uint16_t q = rss->unclassified;

		if (virtio_rss_hash(rss, pkts[i], &hash) != VIRTIO_HASH_REPORT_NONE)
			q = rss->table[hash & rss->mask];
		/* Checked when it was set, and again here, where it counts. */
		queue[i] = q < v->pci.rx_pairs ? q : 0;
	}
	return true;
}
