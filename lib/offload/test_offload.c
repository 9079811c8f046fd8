/* SPDX-License-Identifier: BSD-3-Clause */
/* Checksums and segmentation against sums computed byte by byte. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_random.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/test_main.h"
#include "offload.h"

static struct rte_mempool *pool;

/* A frame to build: family, protocol, VLAN tags, payload bytes, bytes in the first segment. */
struct shape {
	bool v6, udp;
	uint16_t vlans;
	uint32_t payload, first;
};

static const struct shape shapes[] = {
	{ false, false, 0, 100, 4000 },
	{ false, true, 0, 101, 4000 },
	{ true, false, 0, 1, 4000 },
	{ true, true, 0, 0, 4000 },
	{ false, false, 1, 1400, 4000 },
	{ true, true, 2, 1399, 4000 },
	{ false, false, 0, 1001, 60 },
	{ true, false, 0, 1001, 75 },
	{ false, true, 0, 900, 43 }, /* headers lie in two segments, at an odd byte */
	{ true, true, 1, 901, 33 },
	{ false, false, 0, 7, 15 },
};

/* Sum of big-endian words, an odd byte padded. */
static uint32_t
slow_sum(uint32_t sum, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static uint16_t
slow_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

/* Whether the L4 checksum of the flat frame is right. */
static bool
slow_check(const uint8_t *f, uint32_t len, uint32_t l2, uint32_t l3, bool v6, uint8_t proto)
{
	uint32_t l4 = len - l2 - l3;
	uint32_t sum = proto + l4;

	sum = v6 ? slow_sum(sum, f + l2 + 8, 32) : slow_sum(sum, f + l2 + 12, 8);
	return slow_fold(slow_sum(sum, f + l2 + l3, l4)) == 0xffff;
}

static uint32_t
flatten(const struct rte_mbuf *m, uint8_t *out)
{
	uint32_t n = 0;

	for (; m != NULL; n += m->data_len, m = m->next)
		memcpy(out + n, rte_pktmbuf_mtod(m, const void *), m->data_len);
	return n;
}

/* Cut bytes into a chain whose first segment has `first` bytes. */
static struct rte_mbuf *
make_chain(const uint8_t *bytes, uint32_t len, uint32_t first)
{
	struct rte_mbuf *head = NULL, *m;
	uint32_t at = 0;

	while (at < len) {
		uint32_t want = at == 0 ? first : 777, n = len - at;

		want = RTE_MIN(want, 2000u);
		n = RTE_MIN(n, want);

		m = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), bytes + at, n);
		if (head == NULL)
			head = m;
		else
			rte_pktmbuf_chain(head, m);
		at += n;
	}
	return head;
}

static struct rte_mbuf *
make(const struct shape *s)
{
	static uint8_t b[70000];
	uint32_t l2 = 14 + 4u * s->vlans, l3 = s->v6 ? 40 : 20, l4 = s->udp ? 8 : 20;
	uint32_t len = l2 + l3 + l4 + s->payload, i;
	struct rte_mbuf *m;

	for (i = 0; i < len; i++)
		b[i] = (uint8_t)(i * 31 + s->payload);
	if (s->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(b + l2);

		ip->vtc_flow = RTE_BE32(0x60000000);
		ip->payload_len = rte_cpu_to_be_16((uint16_t)(l4 + s->payload));
		ip->proto = s->udp ? IPPROTO_UDP : IPPROTO_TCP;
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(b + l2);

		ip->version_ihl = 0x45;
		ip->total_length = rte_cpu_to_be_16((uint16_t)(l3 + l4 + s->payload));
		ip->packet_id = RTE_BE16(0xfffe);
		ip->next_proto_id = s->udp ? IPPROTO_UDP : IPPROTO_TCP;
	}
	if (!s->udp) {
		struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(b + l2 + l3);

		tcp->data_off = 0x50;
		tcp->sent_seq = RTE_BE32(0xfffffff0);
		tcp->tcp_flags =
			RTE_TCP_ACK_FLAG | RTE_TCP_PSH_FLAG | RTE_TCP_FIN_FLAG | RTE_TCP_CWR_FLAG;
	}
	m = make_chain(b, len, s->first);
	m->l2_len = l2;
	m->l3_len = l3;
	m->l4_len = l4;
	m->ol_flags = (s->v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM) |
		      (s->udp ? RTE_MBUF_F_TX_UDP_CKSUM : RTE_MBUF_F_TX_TCP_CKSUM);
	return m;
}

static void
test_cksum(void)
{
	static uint8_t flat[70000];
	size_t i;

	for (i = 0; i < RTE_DIM(shapes); i++) {
		const struct shape *s = &shapes[i];
		struct rte_mbuf *m = make(s);
		uint32_t len = m->pkt_len, l2 = m->l2_len, l3 = m->l3_len;

		flatten(m, flat);
		CU_ASSERT_EQUAL(offload_finish_flat(flat, len, m), 0);
		CU_ASSERT_TRUE(slow_check(flat, len, l2, l3, s->v6, s->udp ? 17 : 6));
		CU_ASSERT_EQUAL(offload_finish_cksum(m), 0);
		CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
		CU_ASSERT_EQUAL(flatten(m, flat), len);
		CU_ASSERT_TRUE(slow_check(flat, len, l2, l3, s->v6, s->udp ? 17 : 6));
		if (!s->v6)
			CU_ASSERT_EQUAL(slow_fold(slow_sum(0, flat + l2, 20)), 0xffff);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* Lengths that lie: refused, and nothing outside the frame is touched (ASan looks). */
static void
test_lies(void)
{
	uint32_t round;

	rte_srand(7);
	for (round = 0; round < 20000; round++) {
		struct rte_mbuf *m = make(&shapes[rte_rand() % RTE_DIM(shapes)]), *copy;
		struct rte_mbuf *out[OFFLOAD_MAX_SEGMENTS];
		static uint8_t flat[70000];
		int n;

		m->l2_len = rte_rand() & 0x7f;
		m->l3_len = rte_rand() & 0x1ff;
		m->l4_len = rte_rand() & 0xff;
		m->tso_segsz = rte_rand() & 0x3ff;
		if (rte_rand() & 1)
			m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
		n = offload_segment_tcp(m, pool, out);
		if (n > 0)
			rte_pktmbuf_free_bulk(out, (unsigned int)n);
		flatten(m, flat);
		offload_finish_flat(flat, m->pkt_len, m);
		copy = offload_copy(m, pool);
		CU_ASSERT_PTR_NOT_NULL_FATAL(copy);
		offload_finish_cksum(copy);
		rte_pktmbuf_free(copy);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void
check_segment(const struct rte_mbuf *seg, const struct shape *s, int i, int n, uint32_t mss)
{
	static uint8_t f[70000];
	uint32_t len = flatten(seg, f), l2 = 14 + 4u * s->vlans, l3 = s->v6 ? 40 : 20;
	const struct rte_tcp_hdr *tcp = (const struct rte_tcp_hdr *)(f + l2 + l3);

	CU_ASSERT_EQUAL(seg->pkt_len, len);
	CU_ASSERT_EQUAL(seg->ol_flags & OFFLOAD_TX_FLAGS, 0);
	CU_ASSERT_TRUE(slow_check(f, len, l2, l3, s->v6, 6));
	CU_ASSERT_EQUAL(rte_be_to_cpu_32(tcp->sent_seq), 0xfffffff0 + (uint32_t)i * mss);
	CU_ASSERT_EQUAL(!!(tcp->tcp_flags & RTE_TCP_PSH_FLAG), i == n - 1);
	CU_ASSERT_EQUAL(!!(tcp->tcp_flags & RTE_TCP_FIN_FLAG), i == n - 1);
	CU_ASSERT_EQUAL(!!(tcp->tcp_flags & RTE_TCP_CWR_FLAG), i == 0);
	if (s->v6) {
		CU_ASSERT_EQUAL(f[l2 + 4] * 256u + f[l2 + 5], len - l2 - 40);
	} else {
		CU_ASSERT_EQUAL(f[l2 + 2] * 256u + f[l2 + 3], len - l2);
		CU_ASSERT_EQUAL(f[l2 + 4] * 256u + f[l2 + 5], (0xfffe + (uint32_t)i) & 0xffff);
		CU_ASSERT_EQUAL(slow_fold(slow_sum(0, f + l2, 20)), 0xffff);
	}
}

static void
test_segments(void)
{
	static const struct shape big[] = {
		{ false, false, 0, 64000, 54 },
		{ true, false, 1, 60001, 2000 },
		{ false, false, 0, 1461, 1000 },
	};
	static uint8_t want[70000], got[70000], f[70000];
	size_t k;

	for (k = 0; k < RTE_DIM(big); k++) {
		struct rte_mbuf *m = make(&big[k]), *out[OFFLOAD_MAX_SEGMENTS];
		uint32_t hdr = m->l2_len + m->l3_len + m->l4_len, at = 0;
		int i, n;

		m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
		m->tso_segsz = 1460;
		flatten(m, want);
		n = offload_segment_tcp(m, pool, out);
		CU_ASSERT_EQUAL(n, (int)((big[k].payload + 1459) / 1460));
		for (i = 0; i < n; i++) {
			uint32_t len = flatten(out[i], f);

			check_segment(out[i], &big[k], i, n, 1460);
			memcpy(got + at, f + hdr, len - hdr);
			at += len - hdr;
		}
		CU_ASSERT_EQUAL(at, big[k].payload);
		CU_ASSERT_EQUAL(memcmp(got, want + hdr, at), 0);
		if (n > 0)
			rte_pktmbuf_free_bulk(out, (unsigned int)n);
		m->tso_segsz = 48;
		n = offload_segment_tcp(m, pool, out);
		CU_ASSERT_EQUAL(n, (int)((big[k].payload + 47) / 48));
		for (i = 0; i < n; i++)
			check_segment(out[i], &big[k], i, n, 48);
		if (n > 0)
			rte_pktmbuf_free_bulk(out, (unsigned int)n);
		m->tso_segsz = 40; /* more segments than anybody makes */
		n = offload_segment_tcp(m, pool, out);
		CU_ASSERT_EQUAL(n, k < 2 ? -EINVAL : 37);
		if (n > 0)
			rte_pktmbuf_free_bulk(out, (unsigned int)n);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* An empty pool: nothing is made, nothing is lost. */
static void
test_no_mbuf(void)
{
	struct rte_mempool *small = rte_pktmbuf_pool_create("small", 15, 0, 0, 2176, 0);
	struct rte_mbuf *m = make(&(struct shape){ false, false, 0, 64000, 2000 });
	struct rte_mbuf *out[OFFLOAD_MAX_SEGMENTS];

	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	m->tso_segsz = 1460;
	CU_ASSERT_EQUAL(offload_segment_tcp(m, small, out), -ENOMEM);
	CU_ASSERT_PTR_NULL(offload_copy(m, small));
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(small), 0);
	rte_pktmbuf_free(m);
	rte_mempool_free(small);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("offload", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "checksums", test_cksum);
	CU_add_test(s, "segments", test_segments);
	CU_add_test(s, "lying lengths", test_lies);
	CU_add_test(s, "no mbuf", test_no_mbuf);
}

int
main(void)
{
	return test_main("", suites);
}
