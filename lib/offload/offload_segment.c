/* SPDX-License-Identifier: BSD-3-Clause */
/* TCP segmentation by copy. rte_gso knows no TCP over IPv6 (22.11), and leaves checksums undone. */
#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "offload.h"
#include "offload_private.h"

#define OFFLOAD_MAX_HDR (127 + 511 + 60) /* what l2_len, l3_len and a TCP header can hold */

/* One TSO frame on its way into segments. */
struct offload_tso {
	const struct rte_mbuf *m;
	struct rte_mempool *pool;
	uint32_t hdr_len; /* all headers */
	uint32_t payload; /* bytes behind them */
	bool v6;
	uint8_t hdr[OFFLOAD_MAX_HDR]; /* a private copy of the headers */
};

static int
offload_tso_init(struct offload_tso *t, const struct rte_mbuf *m, struct rte_mempool *pool)
{
	uint32_t min_l3;
	const void *p;

	t->m = m;
	t->pool = pool;
	t->v6 = m->ol_flags & RTE_MBUF_F_TX_IPV6;
	t->hdr_len = (uint32_t)m->l2_len + m->l3_len + m->l4_len;
	min_l3 = t->v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	if (!(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) || m->tso_segsz == 0 || m->l3_len < min_l3 ||
		m->l4_len < sizeof(struct rte_tcp_hdr) || m->l4_len > 60 ||
		t->hdr_len > sizeof(t->hdr) || t->hdr_len >= m->pkt_len)
		return -EINVAL;
	t->payload = m->pkt_len - t->hdr_len;
	if ((t->payload + m->tso_segsz - 1) / m->tso_segsz > OFFLOAD_MAX_SEGMENTS)
		return -EINVAL;
	p = rte_pktmbuf_read(m, 0, t->hdr_len, t->hdr);
	if (p != t->hdr)
		memcpy(t->hdr, p, t->hdr_len);
	return 0;
}

/* Make an mbuf chain of len bytes with the payload at off behind the headers. */
static struct rte_mbuf *
offload_new_segment(const struct offload_tso *t, uint32_t off, uint32_t len)
{
	/* Headers and payload in one go: copy the headers' room too, then overwrite it. */
	struct rte_mbuf *head = rte_pktmbuf_alloc(t->pool);
	struct rte_mbuf *body;
	char *hdr;

	if (head == NULL)
		return NULL;
	hdr = rte_pktmbuf_append(head, (uint16_t)t->hdr_len);
	if (hdr == NULL)
		goto free_head;
	if (len <= rte_pktmbuf_tailroom(head)) {
		char *to = rte_pktmbuf_append(head, (uint16_t)len);
		const void *from = rte_pktmbuf_read(t->m, t->hdr_len + off, len, to);

		if (from != to)
			memcpy(to, from, len);
	} else {
		body = rte_pktmbuf_copy(t->m, t->pool, t->hdr_len + off, len);
		if (body == NULL)
			goto free_head;
		rte_pktmbuf_chain(head, body);
	}
	head->port = t->m->port;
	return head;

free_head:
	rte_pktmbuf_free(head);
	return NULL;
}

/* IP length, identification and header checksum of segment i. */
static void
offload_fix_ip(const struct offload_tso *t, uint8_t *l3, uint16_t i, uint32_t l4_bytes)
{
	if (t->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)l3;

		ip->payload_len =
			rte_cpu_to_be_16((uint16_t)(t->m->l3_len - sizeof(*ip) + l4_bytes));
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)l3;

		ip->total_length = rte_cpu_to_be_16((uint16_t)(t->m->l3_len + l4_bytes));
		ip->packet_id = rte_cpu_to_be_16((uint16_t)(rte_be_to_cpu_16(ip->packet_id) + i));
		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, t->m->l3_len);
	}
}

/* Fill in the headers of segment i, which holds len bytes of payload from off. */
static void
offload_fix_headers(const struct offload_tso *t, struct rte_mbuf *seg, uint16_t i, uint32_t off)
{
	uint32_t start = (uint32_t)t->m->l2_len + t->m->l3_len;
	uint32_t len = seg->pkt_len - t->hdr_len;
	uint8_t *hdr = rte_pktmbuf_mtod(seg, uint8_t *);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(hdr + start);
	uint32_t sum;

	memcpy(hdr, t->hdr, t->hdr_len);
	offload_fix_ip(t, hdr + t->m->l2_len, i, t->m->l4_len + len);
	tcp->sent_seq = rte_cpu_to_be_32(rte_be_to_cpu_32(tcp->sent_seq) + off);
	if (off + len < t->payload)
		tcp->tcp_flags &= (uint8_t) ~(RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG);
	if (off > 0)
		tcp->tcp_flags &= (uint8_t)~RTE_TCP_CWR_FLAG; /* RFC 3168 6.1.2: once */
	tcp->cksum = 0;
	sum = offload_raw_sum(seg, start);
	sum += offload_pseudo_sum(hdr + t->m->l2_len, t->v6, IPPROTO_TCP, t->m->l4_len + len);
	sum = (sum & 0xffff) + (sum >> 16);
	tcp->cksum = (uint16_t) ~((sum & 0xffff) + (sum >> 16));
}

int
offload_segment_tcp(const struct rte_mbuf *m, struct rte_mempool *pool, struct rte_mbuf **out)
{
	struct offload_tso t;
	uint32_t off;
	uint16_t n = 0;
	int ret = offload_tso_init(&t, m, pool);

	if (ret < 0)
		return ret;
	for (off = 0; off < t.payload; off += m->tso_segsz) {
		uint32_t mss = m->tso_segsz;
		uint32_t len = RTE_MIN(t.payload - off, mss);

		out[n] = offload_new_segment(&t, off, len);
		if (out[n] == NULL) {
			rte_pktmbuf_free_bulk(out, n);
			return -ENOMEM;
		}
		offload_fix_headers(&t, out[n], n, off);
		n++;
	}
	return n;
}
