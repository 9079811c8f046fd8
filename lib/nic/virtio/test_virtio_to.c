/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the guest: spread over whatever it posted, finished when it cannot. */
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "test_virtio.h"

#define HDR ((uint32_t)sizeof(struct virtio_net_hdr))
#define W   VRING_DESC_F_WRITE

/* Post n receive buffers of len bytes each, one after the other from gpa. */
static void
post_buffers(struct test_virtio *t, uint64_t gpa, uint32_t len, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct td_buf buf = { gpa + (uint64_t)i * len, len, W };

		td_post(&t->to, &buf, 1);
	}
}

/* Give one frame; whatever happens to it, it is gone afterwards. @return frames accepted. */
static uint16_t
give(struct test_virtio *t, struct rte_mbuf *m)
{
	uint16_t n = virtio_to_guest(t->nic, 0, &m, 1);

	if (n == 0)
		rte_pktmbuf_free(m);
	return n;
}

static void
test_sizes(void)
{
	static const uint32_t len[] = { 14, 60, 1514, 2036, 2037, 9014, 65535 };
	struct test_virtio t;
	uint8_t *got = malloc(70000), *want = malloc(70000);
	struct virtio_net_hdr hdr;
	struct vring_used_elem e;
	unsigned int i;

	for (i = 0; i < RTE_DIM(len); i++) {
		uint32_t chains = 0, bytes = 0;

		test_up(&t, TEST_FEATURES, 65530);
		post_buffers(&t, TD_DATA, 2048, 64);
		CU_ASSERT_EQUAL(give(&t, test_mbuf(len[i], 4)), 1);
		while (td_poll(&t.to, &e)) {
			CU_ASSERT_EQUAL(e.id, chains);
			chains++;
			bytes += e.len;
		}
		CU_ASSERT_EQUAL(bytes, HDR + len[i]);
		CU_ASSERT_EQUAL(chains, (HDR + len[i] + 2047) / 2048);
		td_read(&t.td, TD_DATA, &hdr, HDR);
		CU_ASSERT_EQUAL(hdr.num_buffers, chains);
		CU_ASSERT_EQUAL(hdr.flags, 0);
		td_read(&t.td, TD_DATA + HDR, got, len[i]);
		test_frame(want, len[i], 4);
		CU_ASSERT_EQUAL(memcmp(got, want, len[i]), 0);
		CU_ASSERT_EQUAL(test_count(&t, "to_guest_frames"), 1);
		test_down(&t);
	}
	free(got);
	free(want);
}

/* What is shown stays its owner's, also what found no buffer, and is the same for the next. */
static void
test_shown(void)
{
	struct rte_mbuf *pkts[3];
	struct test_virtio t;
	uint8_t got[1514], want[1514];
	struct vring_used_elem e;
	unsigned int i, k;

	test_up(&t, TEST_FEATURES, 1500);
	for (i = 0; i < 3; i++)
		pkts[i] = test_mbuf(1514, (uint8_t)i);
	for (k = 0; k < 2; k++) {
		uint64_t gpa = TD_DATA + 4096 * k;

		post_buffers(&t, gpa, 2048, 2);
		CU_ASSERT_EQUAL(virtio_show(t.nic, 0, pkts, 3), 2);
		for (i = 0; i < 2; i++) {
			CU_ASSERT_TRUE(td_poll(&t.to, &e));
			CU_ASSERT_EQUAL(e.len, HDR + 1514);
			td_read(&t.td, gpa + 2048 * i + HDR, got, sizeof(got));
			test_frame(want, sizeof(want), (uint8_t)i);
			CU_ASSERT_EQUAL(memcmp(got, want, sizeof(got)), 0);
		}
		CU_ASSERT_FALSE(td_poll(&t.to, &e));
		CU_ASSERT_EQUAL(test_count(&t, "to_guest_no_buffer"), k + 1);
		for (i = 0; i < 3; i++)
			CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(pkts[i]), 1);
		CU_ASSERT_EQUAL(rte_mempool_in_use_count(pkts[0]->pool), 3);
	}
	rte_pktmbuf_free_bulk(pkts, 3);
	test_down(&t);
}

/* A header that the driver left in a buffer is made right, whichever byte of it is wrong. */
static void
test_old_header(void)
{
	const struct virtio_net_hdr right = { .num_buffers = 1 };
	struct test_virtio t;
	struct vring_used_elem e;
	uint8_t there[HDR];
	unsigned int i;

	test_up(&t, TEST_FEATURES, 0);
	for (i = 0; i <= HDR; i++) {
		uint64_t gpa = TD_DATA + i * 2048 + (i & 1 ? RTE_CACHE_LINE_SIZE - HDR : 0);
		struct td_buf buf = { gpa, 1536, W };

		memcpy(there, &right, HDR);
		if (i < HDR)
			there[i] ^= 0x80;
		td_write(&t.td, gpa, there, HDR);
		td_post(&t.to, &buf, 1);
		CU_ASSERT_EQUAL(give(&t, test_mbuf(60, 4)), 1);
		CU_ASSERT_TRUE_FATAL(td_poll(&t.to, &e));
		CU_ASSERT_EQUAL(e.len, HDR + 60);
		td_read(&t.td, gpa, there, HDR);
		CU_ASSERT_EQUAL(memcmp(there, &right, HDR), 0);
	}
	test_down(&t);
}

/* Without merging one chain must hold all; a frame too big for it is dropped, the chain stays. */
static void
test_no_merge(void)
{
	struct test_virtio t;
	struct vring_used_elem e;
	struct td_buf two[2] = { { TD_DATA, HDR, W }, { TD_BORDER - 700, 1514, W } };
	uint8_t got[1514], want[1514];

	test_up(&t, TEST_FEATURES & ~VIRTIO_NET_F_MRG_RXBUF, 0);
	td_post(&t.to, two, 2);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(1515, 1)), 1);
	CU_ASSERT_FALSE(td_poll(&t.to, &e));
	CU_ASSERT_EQUAL(test_count(&t, "to_guest_too_big"), 1);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(1514, 2)), 1);
	CU_ASSERT_TRUE_FATAL(td_poll(&t.to, &e));
	CU_ASSERT_EQUAL(e.len, HDR + 1514);
	td_read(&t.td, TD_BORDER - 700, got, sizeof(got));
	test_frame(want, sizeof(want), 2);
	CU_ASSERT_EQUAL(memcmp(got, want, sizeof(want)), 0);
	test_down(&t);
}

/* Legacy header without num_buffers. */
static void
test_legacy(void)
{
	struct test_virtio t;
	struct vring_used_elem e;
	uint8_t got[64], want[64];

	test_up(&t, 0, 0);
	post_buffers(&t, TD_DATA, 2048, 1);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(64, 8)), 1);
	CU_ASSERT_TRUE_FATAL(td_poll(&t.to, &e));
	CU_ASSERT_EQUAL(e.len, VIRTIO_NET_HDR_LEN_LEGACY + 64);
	td_read(&t.td, TD_DATA + VIRTIO_NET_HDR_LEN_LEGACY, got, sizeof(got));
	test_frame(want, sizeof(want), 8);
	CU_ASSERT_EQUAL(memcmp(got, want, sizeof(want)), 0);
	test_down(&t);
}

static void
test_no_buffer(void)
{
	struct test_virtio t;
	struct rte_mbuf *pkts[8];
	unsigned int i;

	test_up(&t, TEST_FEATURES, 0);
	post_buffers(&t, TD_DATA, 2048, 3);
	for (i = 0; i < 8; i++)
		pkts[i] = test_mbuf(100, (uint8_t)i);
	CU_ASSERT_EQUAL(virtio_to_guest(t.nic, 0, pkts, 8), 3);
	CU_ASSERT_EQUAL(test_count(&t, "to_guest_no_buffer"), 5);
	CU_ASSERT_EQUAL(t.to.used->idx, 3);
	/* A frame that needs more than is there consumes nothing. */
	post_buffers(&t, TD_DATA, 1024, 2);
	rte_pktmbuf_free_bulk(pkts + 3, 5);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(4000, 1)), 0);
	CU_ASSERT_EQUAL(t.to.used->idx, 3);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(2000, 1)), 1);
	CU_ASSERT_EQUAL(t.to.used->idx, 5);
	test_down(&t);
}

/* Bad receive chains: counted, given back empty, and the next frame gets through. */
struct bad_to {
	const char *counter;
	struct td_buf buf[2];
	bool loop;
	uint16_t bad_head;
};

/* clang-format off */
static const struct bad_to bad_to[] = {
	{ "to_guest_bad_head", { { 0 } }, false, TD_RING },
	{ "to_guest_bad_chain", { { TD_DATA, 2048, 0 } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, HDR, W }, { TD_DATA, 2048, 0 } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_END - 8, 2048, W } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_END - HDR, 2048, W } }, false, 0 },
	{ "to_guest_bad_chain", { { UINT64_MAX - 1, UINT32_MAX, W } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, 4, W }, { TD_DATA, 4, W } }, true, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, 0, W }, { TD_DATA, 0, W } }, true, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, HDR - 1, W } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, 0, W } }, false, 0 },
	{ "to_guest_bad_chain", { { TD_DATA, 15, VRING_DESC_F_INDIRECT } }, false, 0 },
};
/* clang-format on */

static void
test_bad(void)
{
	struct test_virtio t;
	struct vring_used_elem e;
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(bad_to); i++) {
		const struct bad_to *c = &bad_to[i];

		test_up(&t, TEST_FEATURES, 0);
		if (c->bad_head != 0)
			td_post_head(&t.to, c->bad_head);
		else
			td_post(&t.to, c->buf, c->buf[1].gpa != 0 ? 2 : 1);
		if (c->loop) {
			t.to.desc[1].flags |= VRING_DESC_F_NEXT;
			t.to.desc[1].next = 0;
		}
		post_buffers(&t, TD_DATA + 0x4000, 2048, 2);
		CU_ASSERT_EQUAL(give(&t, test_mbuf(1514, 1)), 1);
		CU_ASSERT_EQUAL(give(&t, test_mbuf(1514, 1)), 1);
		CU_ASSERT_EQUAL(test_count(&t, c->counter), 1);
		if (test_count(&t, c->counter) != 1)
			printf("  case %u: %s\n", i, c->counter);
		CU_ASSERT_TRUE(test_count(&t, "to_guest_frames") >= 1);
		for (k = 0; td_poll(&t.to, &e); k++)
			;
		CU_ASSERT_TRUE(k >= 2);
		test_down(&t);
	}
}

/* A frame that would need endless tiny buffers ends where the ring ends. */
static void
test_tiny_buffers(void)
{
	struct test_virtio t;

	test_up(&t, TEST_FEATURES, 0);
	post_buffers(&t, TD_DATA, HDR, TD_RING);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(9000, 1)), 0);
	CU_ASSERT_EQUAL(t.to.used->idx, 0);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(1514, 1)), 1);
	CU_ASSERT_EQUAL(t.to.used->idx, 1 + (1514 + HDR - 1) / HDR);
	test_down(&t);
}

static void
test_interrupts(void)
{
	struct test_virtio t;
	struct rte_mbuf *pkts[32];
	unsigned int i;

	test_up(&t, TEST_FEATURES, 0);
	post_buffers(&t, TD_DATA, 2048, 64);
	for (i = 0; i < 32; i++)
		pkts[i] = test_mbuf(64, 1);
	t.to.avail->ring[TD_RING] = 0;
	CU_ASSERT_EQUAL(virtio_to_guest(t.nic, 0, pkts, 32), 32);
	CU_ASSERT_EQUAL(t.irqs[0], 1);
	for (i = 0; i < 32; i++)
		pkts[i] = test_mbuf(64, 1);
	t.to.avail->ring[TD_RING] = 200; /* not before used index 201 */
	CU_ASSERT_EQUAL(virtio_to_guest(t.nic, 0, pkts, 32), 32);
	CU_ASSERT_EQUAL(t.irqs[0], 1);
	CU_ASSERT_EQUAL(test_count(&t, "to_guest_interrupts"), 1);
	test_down(&t);
}

/* An IPv4 frame with len bytes of TCP or UDP payload that wants offloads. */
static struct rte_mbuf *
make_l4(uint8_t proto, uint32_t len, uint64_t flags, uint16_t mss)
{
	uint16_t l4 = proto == IPPROTO_TCP ? 20 : 8;
	struct rte_mbuf *m = test_mbuf(34 + l4 + len, 0);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + 14);

	memset(p + 12, 0, 22 + l4);
	p[12] = 0x08;
	ip->version_ihl = 0x45;
	ip->next_proto_id = proto;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(20 + l4 + len));
	ip->src_addr = RTE_BE32(0x0a000201);
	ip->dst_addr = RTE_BE32(0x0a000202);
	if (proto == IPPROTO_TCP)
		p[34 + 12] = 0x50;
	else
		*(uint16_t *)(p + 38) = rte_cpu_to_be_16((uint16_t)(8 + len));
	m->l2_len = 14;
	m->l3_len = 20;
	m->l4_len = l4;
	m->tso_segsz = mss;
	m->ol_flags |= RTE_MBUF_F_TX_IPV4 | flags;
	return m;
}

static void
test_offload_kept(void)
{
	struct test_virtio t;
	struct virtio_net_hdr hdr;

	test_up(&t, TEST_FEATURES, 0);
	post_buffers(&t, TD_DATA, 2048, 64);
	CU_ASSERT_EQUAL(give(&t, make_l4(IPPROTO_UDP, 100, RTE_MBUF_F_TX_UDP_CKSUM, 0)), 1);
	td_read(&t.td, TD_DATA, &hdr, HDR);
	CU_ASSERT_EQUAL(hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	CU_ASSERT_EQUAL(hdr.csum_start, 34);
	CU_ASSERT_EQUAL(hdr.csum_offset, 6);
	CU_ASSERT_EQUAL(hdr.gso_type, 0);
	CU_ASSERT_EQUAL(give(&t, make_l4(IPPROTO_TCP, 8000,
					 RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG, 1448)),
		1);
	td_read(&t.td, TD_DATA + 2048, &hdr, HDR);
	CU_ASSERT_EQUAL(hdr.flags, VIRTIO_NET_HDR_F_NEEDS_CSUM);
	CU_ASSERT_EQUAL(hdr.csum_offset, 16);
	CU_ASSERT_EQUAL(hdr.gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
	CU_ASSERT_EQUAL(hdr.gso_size, 1448);
	CU_ASSERT_EQUAL(hdr.hdr_len, 54);
	CU_ASSERT_EQUAL(hdr.num_buffers, 4);
	test_down(&t);
}

static void
test_offload_finished(void)
{
	struct test_virtio t;
	struct virtio_net_hdr hdr;
	struct vring_used_elem e;
	uint8_t got[2048];
	uint32_t total = 0;
	unsigned int n = 0;

	test_up(&t,
		TEST_FEATURES & ~(VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 |
					VIRTIO_NET_F_GUEST_TSO6),
		0);
	post_buffers(&t, TD_DATA, 2048, 64);
	CU_ASSERT_EQUAL(give(&t, make_l4(IPPROTO_TCP, 4000,
					 RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG, 1448)),
		1);
	while (td_poll(&t.to, &e)) {
		uint64_t at = TD_DATA + 2048 * (uint64_t)e.id;
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(got + HDR + 14);

		td_read(&t.td, at, got, e.len);
		memcpy(&hdr, got, HDR);
		CU_ASSERT_EQUAL(hdr.flags | hdr.gso_type, 0);
		CU_ASSERT_EQUAL(rte_be_to_cpu_16(ip->total_length) + 14u, e.len - HDR);
		CU_ASSERT_EQUAL(rte_ipv4_cksum(ip), 0);
		CU_ASSERT_EQUAL(rte_ipv4_udptcp_cksum_verify(ip, ip + 1), 0);
		total += e.len - HDR - 54;
		n++;
	}
	CU_ASSERT_EQUAL(n, 3);
	CU_ASSERT_EQUAL(total, 4000);
	test_down(&t);
}

/* A DHCP server's partial checksum is finished even for a guest that takes partial ones. */
static void
test_dhcp(void)
{
	struct test_virtio t;
	struct rte_mbuf *m = make_l4(IPPROTO_UDP, 300, RTE_MBUF_F_TX_UDP_CKSUM, 0);
	uint8_t got[400];

	*rte_pktmbuf_mtod_offset(m, uint16_t *, 34) = RTE_BE16(67);
	test_up(&t, TEST_FEATURES, 0);
	t.pool_before++; /* m was made before */
	post_buffers(&t, TD_DATA, 2048, 4);
	CU_ASSERT_EQUAL(give(&t, m), 1);
	td_read(&t.td, TD_DATA, got, sizeof(got));
	CU_ASSERT_EQUAL(got[0], 0);
	CU_ASSERT_EQUAL(rte_ipv4_udptcp_cksum_verify((struct rte_ipv4_hdr *)(got + HDR + 14),
				got + HDR + 34),
		0);
	test_down(&t);
}

static void
test_dirty_log(void)
{
	struct test_virtio t;
	uint8_t log[TD_END / 4096 / 8 + 1];
	uint64_t page;

	memset(log, 0, sizeof(log));
	test_up(&t, TEST_FEATURES, 0);
	t.to.where.log_used_gpa = t.to.where.used_gpa;
	virtio_vring_ops.vring_stop(t.nic, 0);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(t.nic, 0, &t.to.where), 0);
	gmem_set_log(&t.mem, log, sizeof(log));
	post_buffers(&t, TD_DATA + 100, 2048, 1);
	CU_ASSERT_EQUAL(give(&t, test_mbuf(1514, 1)), 1);
	for (page = 0; page < TD_END / 4096; page++) {
		bool want = page == TD_DATA / 4096 || page == t.to.where.used_gpa / 4096;

		CU_ASSERT_EQUAL(!!(log[page / 8] & (1 << (page % 8))), want);
	}
	gmem_set_log(&t.mem, NULL, 0);
	test_down(&t);
}

void
test_to_suite(void)
{
	CU_pSuite s = CU_add_suite("virtio to guest", NULL, NULL);

	CU_add_test(s, "frame sizes, merged buffers", test_sizes);
	CU_add_test(s, "shown to two", test_shown);
	CU_add_test(s, "headers of before", test_old_header);
	CU_add_test(s, "no merging", test_no_merge);
	CU_add_test(s, "legacy header", test_legacy);
	CU_add_test(s, "no buffers", test_no_buffer);
	CU_add_test(s, "bad chains are counted and given back", test_bad);
	CU_add_test(s, "tiny buffers", test_tiny_buffers);
	CU_add_test(s, "interrupts", test_interrupts);
	CU_add_test(s, "offloads kept", test_offload_kept);
	CU_add_test(s, "offloads finished", test_offload_finished);
	CU_add_test(s, "DHCP answers", test_dhcp);
	CU_add_test(s, "dirty log", test_dirty_log);
}
