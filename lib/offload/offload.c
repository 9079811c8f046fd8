/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums that a sender left to hardware, and private copies. */
#include "offload.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "offload_private.h"

struct rte_mbuf *
offload_copy(const struct rte_mbuf *m, struct rte_mempool *pool)
{
	/* Deep, with the offload fields; chains as the pool's data room demands. */
	return rte_pktmbuf_copy(m, pool, 0, UINT32_MAX);
}

/* Write len bytes at off, wherever they lie in the chain; off + len <= pkt_len. */
static void
offload_write(struct rte_mbuf *m, uint32_t off, const void *src, uint32_t len)
{
	const uint8_t *from = src;

	while (off >= m->data_len) {
		off -= m->data_len;
		m = m->next;
	}
	while (len > 0) {
		uint32_t n = RTE_MIN(len, m->data_len - off);

		memcpy(rte_pktmbuf_mtod_offset(m, void *, off), from, n);
		from += n;
		len -= n;
		off = 0;
		m = m->next;
	}
}

uint16_t
offload_raw_sum(const struct rte_mbuf *m, uint32_t off)
{
	uint32_t sum = 0, done = 0;

	for (; m != NULL; m = m->next) {
		uint32_t len = m->data_len;
		uint16_t part;

		if (off >= len) {
			off -= len;
			continue;
		}
		part = rte_raw_cksum(rte_pktmbuf_mtod_offset(m, const void *, off), len - off);
		/* A segment that begins at an odd byte of the sum counts with its bytes swapped. */
		sum += (done & 1) ? rte_bswap16(part) : part;
		sum = (sum & 0xffff) + (sum >> 16);
		done += len - off;
		off = 0;
	}
	return (uint16_t)((sum & 0xffff) + (sum >> 16));
}

uint16_t
offload_pseudo_sum(const uint8_t *l3, bool v6, uint8_t proto, uint32_t l4_bytes)
{
	/* RFC 9293 3.1 and RFC 8200 8.1: addresses, protocol, length of header and payload. */
	uint32_t tail[2] = { rte_cpu_to_be_32(l4_bytes), rte_cpu_to_be_32(proto) };
	uint32_t sum;

	sum = v6 ? rte_raw_cksum(l3 + offsetof(struct rte_ipv6_hdr, src_addr), 32)
		 : rte_raw_cksum(l3 + offsetof(struct rte_ipv4_hdr, src_addr), 8);
	sum += rte_raw_cksum(tail, sizeof(tail));
	return (uint16_t)(sum > 0xffff ? sum - 0xffff : sum);
}

static int
offload_finish_ip(struct rte_mbuf *m)
{
	uint8_t buf[60];
	const uint8_t *ip;
	uint16_t sum, zero = 0;
	uint32_t at = m->l2_len + offsetof(struct rte_ipv4_hdr, hdr_checksum);

	if (m->l3_len < sizeof(struct rte_ipv4_hdr) || m->l3_len > sizeof(buf) ||
		(uint32_t)m->l2_len + m->l3_len > m->pkt_len)
		return -EINVAL;
	offload_write(m, at, &zero, sizeof(zero));
	ip = rte_pktmbuf_read(m, m->l2_len, m->l3_len, buf);
	sum = (uint16_t)~rte_raw_cksum(ip, m->l3_len);
	offload_write(m, at, &sum, sizeof(sum));
	return 0;
}

static int
offload_finish_l4(struct rte_mbuf *m, uint64_t l4)
{
	bool v6 = m->ol_flags & RTE_MBUF_F_TX_IPV6;
	bool tcp = l4 == RTE_MBUF_F_TX_TCP_CKSUM;
	uint32_t start = (uint32_t)m->l2_len + m->l3_len;
	uint32_t at = start + (tcp ? offsetof(struct rte_tcp_hdr, cksum)
				   : offsetof(struct rte_udp_hdr, dgram_cksum));
	uint32_t min_l3 = v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr);
	uint8_t buf[sizeof(struct rte_ipv6_hdr)];
	const uint8_t *l3;
	uint16_t sum, zero = 0;
	uint32_t total;

	if (m->l3_len < min_l3 || at + sizeof(sum) > m->pkt_len)
		return -EINVAL;
	offload_write(m, at, &zero, sizeof(zero));
	l3 = rte_pktmbuf_read(m, m->l2_len, min_l3, buf);
	total = offload_raw_sum(m, start);
	total += offload_pseudo_sum(l3, v6, tcp ? IPPROTO_TCP : IPPROTO_UDP, m->pkt_len - start);
	total = (total & 0xffff) + (total >> 16);
	sum = (uint16_t) ~((total & 0xffff) + (total >> 16));
	if (!tcp && sum == 0)
		sum = 0xffff; /* RFC 768: zero means none was computed */
	offload_write(m, at, &sum, sizeof(sum));
	return 0;
}

int
offload_finish_cksum(struct rte_mbuf *m)
{
	uint64_t l4 = m->ol_flags & RTE_MBUF_F_TX_L4_MASK;
	int ret = 0;

	if (m->ol_flags & (RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_UDP_SEG))
		return -EINVAL;
	if (l4 == RTE_MBUF_F_TX_SCTP_CKSUM)
		return -EINVAL;
	if (m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM)
		ret = offload_finish_ip(m);
	if (ret == 0 && l4 != 0)
		ret = offload_finish_l4(m, l4);
	if (ret == 0)
		m->ol_flags &= ~OFFLOAD_TX_FLAGS;
	return ret;
}

int
offload_finish_flat(uint8_t *frame, uint32_t len, const struct rte_mbuf *m)
{
	bool v6 = m->ol_flags & RTE_MBUF_F_TX_IPV6;
	bool udp = (m->ol_flags & RTE_MBUF_F_TX_L4_MASK) == RTE_MBUF_F_TX_UDP_CKSUM;
	uint32_t start = (uint32_t)m->l2_len + m->l3_len;
	uint32_t at = start + (udp ? offsetof(struct rte_udp_hdr, dgram_cksum)
				   : offsetof(struct rte_tcp_hdr, cksum));
	uint8_t *l3 = frame + m->l2_len;
	uint16_t sum = 0;
	uint32_t total;

	if (m->l3_len < (v6 ? sizeof(struct rte_ipv6_hdr) : sizeof(struct rte_ipv4_hdr)) ||
		at + sizeof(sum) > len)
		return -EINVAL;
	if (m->ol_flags & RTE_MBUF_F_TX_IP_CKSUM) {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)l3;

		ip->hdr_checksum = 0;
		ip->hdr_checksum = (uint16_t)~rte_raw_cksum(ip, m->l3_len);
	}
	if (!(m->ol_flags & (RTE_MBUF_F_TX_L4_MASK | RTE_MBUF_F_TX_TCP_SEG)))
		return 0;
	memcpy(frame + at, &sum, sizeof(sum));
	total = rte_raw_cksum(frame + start, len - start);
	total += offload_pseudo_sum(l3, v6, udp ? IPPROTO_UDP : IPPROTO_TCP, len - start);
	total = (total & 0xffff) + (total >> 16);
	sum = (uint16_t) ~((total & 0xffff) + (total >> 16));
	if (udp && sum == 0)
		sum = 0xffff;
	memcpy(frame + at, &sum, sizeof(sum));
	return 0;
}
