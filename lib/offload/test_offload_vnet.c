/* SPDX-License-Identifier: BSD-3-Clause */
/* The packet header and the mbuf's flags: there and back, and what lies. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/test_main.h"
#include "offload.h"
#include "offload_private.h"
#include "offload_vnet.h"

static struct rte_mempool *pool;

#define NC   VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TCP4 VIRTIO_NET_HDR_GSO_TCPV4
#define TCP6 VIRTIO_NET_HDR_GSO_TCPV6
#define CK_T RTE_MBUF_F_TX_TCP_CKSUM
#define CK_U RTE_MBUF_F_TX_UDP_CKSUM
#define SEG  RTE_MBUF_F_TX_TCP_SEG
#define V4   RTE_MBUF_F_TX_IPV4
#define V6   RTE_MBUF_F_TX_IPV6

/* A frame, the header it comes with, and what the mbuf must say. */
struct vnet_case {
	bool v6, udp;
	uint16_t vlans;
	uint32_t first; /* bytes in the first segment */
	struct virtio_net_hdr hdr;
	int ret;
	uint64_t flags;
};

/* clang-format off */
static const struct vnet_case cases[] = {
	{ false, false, 0, 4000, { .flags = NC, .csum_start = 34, .csum_offset = 16 }, 0, CK_T | V4 },
	{ false, true, 0, 4000, { .flags = NC, .csum_start = 34, .csum_offset = 6 }, 0, CK_U | V4 },
	{ true, false, 0, 4000, { .flags = NC, .csum_start = 54, .csum_offset = 16 }, 0, CK_T | V6 },
	{ true, true, 1, 4000, { .flags = NC, .csum_start = 58, .csum_offset = 6 }, 0, CK_U | V6 },
	{ false, false, 0, 4000, { NC, TCP4, 54, 1000, 34, 16, 0 }, 0, CK_T | V4 | SEG },
	{ false, false, 2, 4000, { NC, TCP4, 62, 1000, 42, 16, 0 }, 0, CK_T | V4 | SEG },
	{ true, false, 0, 71, { NC, TCP6, 74, 500, 54, 16, 0 }, 0, CK_T | V6 | SEG },
	{ false, false, 0, 4000, { NC, TCP4 | VIRTIO_NET_HDR_GSO_ECN, 54, 1000, 34, 16, 0 }, 0, CK_T | V4 | SEG },
	{ false, false, 0, 4000, { NC, TCP4, 54, 4000, 34, 16, 0 }, 0, CK_T | V4 }, /* fits one segment */
	{ false, false, 0, 4000, { 0 }, 0, 0 },
	{ false, false, 0, 4000, { 0, TCP4, 54, 1000, 34, 16, 0 }, -EINVAL, 0 },
	{ false, false, 0, 4000, { NC, TCP6, 54, 1000, 34, 16, 0 }, -EINVAL, 0 },
	{ true, false, 0, 4000, { NC, TCP4, 74, 1000, 54, 16, 0 }, -EINVAL, 0 },
	{ false, true, 0, 4000, { NC, TCP4, 42, 1000, 34, 6, 0 }, -EINVAL, 0 },
	{ false, true, 0, 4000, { NC, 3, 42, 1000, 34, 6, 0 }, -EINVAL, 0 }, /* UFO: never asked for */
	{ false, false, 0, 4000, { NC, TCP4, 54, 0, 34, 16, 0 }, -EINVAL, 0 },
	{ false, false, 0, 4000, { NC, TCP4, 54, 1000, 33, 16, 0 }, -EINVAL, 0 },
	{ false, false, 0, 4000, { .flags = NC, .csum_start = 65535, .csum_offset = 65535 }, -EINVAL, 0 },
};
/* clang-format on */

#define PAYLOAD 1800u

/* The frame of a case: addresses and payload counted up, the L4 sum that of the pseudo header. */
static uint32_t
make_frame(const struct vnet_case *c, uint8_t *f)
{
	uint32_t l2 = 14 + 4u * c->vlans, l3 = c->v6 ? 40 : 20, l4 = c->udp ? 8 : 20, i;
	uint32_t len = l2 + l3 + l4 + PAYLOAD;
	static const uint8_t outer[] = { 0x88, 0xa8, 0, 5 }, inner[] = { 0x81, 0, 0, 5 };
	uint16_t type = c->v6 ? 0x86dd : 0x0800, sum;

	for (i = 0; i < len; i++)
		f[i] = (uint8_t)i;
	for (i = 0; i < c->vlans; i++)
		memcpy(f + 12 + (size_t)4 * i, i + 1 < c->vlans ? outer : inner, sizeof(inner));
	f[l2 - 2] = (uint8_t)(type >> 8);
	f[l2 - 1] = (uint8_t)type;
	if (c->v6) {
		memset(f + l2, 0, 8);
		f[l2] = 0x60;
		f[l2 + 6] = c->udp ? IPPROTO_UDP : IPPROTO_TCP;
	} else {
		memset(f + l2, 0, 12);
		f[l2] = 0x45;
		f[l2 + 2] = (uint8_t)((len - l2) >> 8);
		f[l2 + 3] = (uint8_t)(len - l2);
		f[l2 + 9] = c->udp ? IPPROTO_UDP : IPPROTO_TCP;
	}
	memset(f + l2 + l3, 0, l4);
	f[l2 + l3 + 12] = c->udp ? 0 : 0x50;
	sum = offload_pseudo_sum(f + l2, c->v6, c->udp ? IPPROTO_UDP : IPPROTO_TCP, l4 + PAYLOAD);
	memcpy(f + l2 + l3 + (c->udp ? 6 : 16), &sum, 2);
	return len;
}

static struct rte_mbuf *
make_mbuf(const uint8_t *f, uint32_t len, uint32_t first)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool), *n;
	uint32_t part = RTE_MIN(len, first);

	memcpy(rte_pktmbuf_append(m, (uint16_t)part), f, part);
	if (part < len) {
		n = rte_pktmbuf_alloc(pool);
		memcpy(rte_pktmbuf_append(n, (uint16_t)(len - part)), f + part, len - part);
		rte_pktmbuf_chain(m, n);
	}
	return m;
}

/* The L4 sum over the whole frame and its pseudo header is right: all ones. */
static bool
sum_is_right(const struct vnet_case *c, struct rte_mbuf *m)
{
	uint32_t l2 = 14 + 4u * c->vlans, start = l2 + (c->v6 ? 40 : 20), sum;
	uint8_t buf[64];
	const uint8_t *ip = rte_pktmbuf_read(m, l2, c->v6 ? 40 : 20, buf);

	sum = offload_raw_sum(m, start);
	sum += offload_pseudo_sum(ip, c->v6, c->udp ? IPPROTO_UDP : IPPROTO_TCP,
		m->pkt_len - start);
	return (sum & 0xffff) + (sum >> 16) == 0xffff;
}

static void
test_from(void)
{
	uint8_t f[4096];
	size_t i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct vnet_case *c = &cases[i];
		uint32_t len = make_frame(c, f);
		struct rte_mbuf *m = make_mbuf(f, len, c->first);
		int ret = offload_from_vnet(&c->hdr, m, true);

		if (ret != c->ret || (ret == 0 && m->ol_flags != c->flags))
			printf("  case %zu: %d, flags %#lx\n", i, ret, (unsigned long)m->ol_flags);
		CU_ASSERT_EQUAL(ret, c->ret);
		if (ret == 0) {
			struct virtio_net_hdr back = { 0 };

			CU_ASSERT_EQUAL(m->ol_flags, c->flags);
			offload_to_vnet(m, &back);
			CU_ASSERT_EQUAL(back.flags, c->hdr.flags);
			CU_ASSERT_EQUAL(back.csum_start, c->hdr.csum_start);
			CU_ASSERT_EQUAL(back.csum_offset, c->hdr.csum_offset);
			if (c->flags & SEG) {
				CU_ASSERT_EQUAL(back.gso_size, c->hdr.gso_size);
				CU_ASSERT_EQUAL(back.hdr_len, c->hdr.hdr_len);
				CU_ASSERT_EQUAL(back.gso_type | VIRTIO_NET_HDR_GSO_ECN,
					c->hdr.gso_type | VIRTIO_NET_HDR_GSO_ECN);
			}
		}
		rte_pktmbuf_free(m);
	}
}

/* Without carry: a complete frame, or none. */
static void
test_complete(void)
{
	uint8_t f[4096];
	size_t i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct vnet_case *c = &cases[i];
		uint32_t len = make_frame(c, f);
		struct rte_mbuf *m = make_mbuf(f, len, c->first);
		int ret = offload_from_vnet(&c->hdr, m, false);

		CU_ASSERT_EQUAL(ret, c->flags & SEG ? -EINVAL : c->ret);
		if (ret == 0 && c->flags != 0) {
			CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
			CU_ASSERT_TRUE(sum_is_right(c, m));
		}
		rte_pktmbuf_free(m);
	}
}

/* DPDK's way to ask: pseudo sum without the length, IPv4 sum too. The copy is as Linux wants it. */
static void
test_head(void)
{
	uint8_t f[4096], was[4096], head[OFFLOAD_VNET_HEAD];
	size_t i;

	for (i = 0; i < RTE_DIM(cases); i++) {
		const struct vnet_case *c = &cases[i];
		uint32_t len = make_frame(c, f), l2 = 14 + 4u * c->vlans, l3 = c->v6 ? 40 : 20;
		uint32_t at = l2 + l3 + (c->udp ? 6 : 16);
		struct rte_mbuf *m;
		int n;

		if (c->ret != 0 || c->flags == 0)
			continue;
		memcpy(was, f, len);
		memset(f + at, 0, 2);
		m = make_mbuf(f, len, c->first);
		CU_ASSERT_EQUAL(offload_from_vnet(&c->hdr, m, true), 0);
		if (!c->v6)
			m->ol_flags |= RTE_MBUF_F_TX_IP_CKSUM;
		n = offload_vnet_head(m, head);
		CU_ASSERT_EQUAL(n, (int)at + 2);
		CU_ASSERT_EQUAL(memcmp(head + at, was + at, 2), 0);
		if (!c->v6)
			CU_ASSERT_EQUAL(rte_raw_cksum(head + l2, 20), 0xffff);
		CU_ASSERT_EQUAL(memcmp(head, f, l2), 0);
		CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_read(m, 0, at + 2, was), f, at + 2),
			0); /* m as it was */
		m->l3_len = 0;
		CU_ASSERT_EQUAL(offload_vnet_head(m, head), -EINVAL);
		m->l3_len = 400;
		CU_ASSERT_EQUAL(offload_vnet_head(m, head), -EINVAL);
		rte_pktmbuf_free(m);
	}
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("packet header", NULL, NULL);

	pool = rte_pktmbuf_pool_create("vnet", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "header to mbuf and back", test_from);
	CU_add_test(s, "complete frames", test_complete);
	CU_add_test(s, "headers of foreign frames", test_head);
}

int
main(void)
{
	return test_main("", suites);
}
