/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames from the guest: good ones arrive whole, bad ones are counted and harm nobody. */
#include <stdlib.h>
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "test_virtio.h"

#define HDR ((uint32_t)sizeof(struct virtio_net_hdr))

/* Take one frame and check it; the chain must come back with length 0. */
static void
expect_frame(struct test_virtio *t, uint16_t head, uint32_t len, uint8_t seed)
{
	struct rte_mbuf *m = NULL;
	struct vring_used_elem e = { 0 };

	CU_ASSERT_EQUAL(virtio_from_guest(t->nic, 0, &m, 1), 1);
	if (m == NULL)
		return;
	CU_ASSERT_TRUE(test_mbuf_is(m, len, seed));
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(td_poll(&t->from, &e));
	CU_ASSERT_EQUAL(e.id, head);
	CU_ASSERT_EQUAL(e.len, 0);
}

static void
test_sizes(void)
{
	static const uint32_t len[] = { 14, 60, 64, 1514, 2176, 9014, 65535, NIC_MAX_FRAME };
	struct test_virtio t;
	uint8_t *frame = malloc(NIC_MAX_FRAME);
	unsigned int i;

	test_up(&t, TEST_FEATURES, 0);
	for (i = 0; i < RTE_DIM(len); i++) {
		test_frame(frame, len[i], (uint8_t)i);
		expect_frame(&t, td_send(&t.from, &t.td, TD_DATA, frame, len[i]), len[i],
			(uint8_t)i);
	}
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_frames"), RTE_DIM(len));
	test_down(&t);
	free(frame);
}

/* Header and payload cut anywhere, also across regions, also through an indirect table. */
static void
test_cuts(void)
{
	struct test_virtio t;
	uint8_t frame[300];
	uint32_t cut;
	int indirect;

	test_up(&t, TEST_FEATURES, 65500);
	test_frame(frame, sizeof(frame), 9);
	for (cut = 1; cut < HDR + sizeof(frame); cut++) {
		uint64_t gpa = TD_BORDER - cut;
		struct td_buf buf[2] = { { gpa, cut, 0 },
			{ TD_BORDER, HDR + (uint32_t)sizeof(frame) - cut, 0 } };
		uint64_t table = TD_BORDER - 0x10000 - 16 * (cut % 2); /* second: on a border */
		struct vring_desc d[2] = { { buf[0].gpa, buf[0].len, VRING_DESC_F_NEXT, 1 },
			{ buf[1].gpa, buf[1].len, 0, 0 } };
		struct td_buf ind = { table, sizeof(d), VRING_DESC_F_INDIRECT };
		struct td_buf whole = { gpa, HDR + sizeof(frame), 0 };

		memset(td_ptr(&t.td, TD_BORDER - 1), 0, 1);
		td_write(&t.td, gpa + HDR, frame, sizeof(frame));
		for (indirect = 0; indirect < (int)HDR; indirect++)
			*(uint8_t *)td_ptr(&t.td, gpa + (unsigned int)indirect) = 0;
		expect_frame(&t, td_post(&t.from, buf, 2), sizeof(frame), 9);
		expect_frame(&t, td_post(&t.from, &whole, 1), sizeof(frame), 9);
		td_write(&t.td, table, d, sizeof(d));
		expect_frame(&t, td_post(&t.from, &ind, 1), sizeof(frame), 9);
	}
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_bad_chain"), 0);
	test_down(&t);
}

/* An indirect table that lies across two regions is copied, then walked. */
static void
test_table_on_border(void)
{
	struct test_virtio t;
	uint8_t frame[100];
	struct vring_desc d[2];
	uint64_t table = TD_BORDER - 16;
	struct td_buf ind = { table, sizeof(d), VRING_DESC_F_INDIRECT };

	test_up(&t, TEST_FEATURES, 0);
	test_frame(frame, sizeof(frame), 3);
	td_write(&t.td, TD_DATA + HDR, frame, sizeof(frame));
	d[0] = (struct vring_desc){ TD_DATA, HDR + 50, VRING_DESC_F_NEXT, 1 };
	d[1] = (struct vring_desc){ TD_DATA + HDR + 50, 50, 0, 0 };
	td_write(&t.td, table, d, sizeof(d));
	expect_frame(&t, td_post(&t.from, &ind, 1), sizeof(frame), 3);
	test_down(&t);
}

/* What a hostile or broken driver can put into a ring, and the counter that names it. */
struct bad_case {
	const char *counter;
	struct td_buf buf[2];
	uint16_t next1;	   /* if not 0: next field forced into the second descriptor */
	uint32_t in_table; /* if not 0: flags forced into the table's first entry */
	uint16_t bad_head; /* if not 0: posted instead */
};

#define IND VRING_DESC_F_INDIRECT
/* clang-format off */
static const struct bad_case bad_cases[] = {
	{ "from_guest_bad_head", { { 0 } }, 0, 0, TD_RING },
	{ "from_guest_bad_head", { { 0 } }, 0, 0, 0xffff },
	{ "from_guest_bad_chain", { { TD_DATA, 20, 0 }, { TD_DATA, 20, 0 } }, TD_RING, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 20, 0 }, { TD_DATA, 20, 0 } }, 0xffff, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 0, 0 }, { TD_DATA, 0, 0 } }, 1, 0, 0 }, /* loop of nothing */
	{ "from_guest_bad_chain", { { TD_DATA, 20, 0 }, { TD_DATA, 60, VRING_DESC_F_WRITE } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 100, VRING_DESC_F_WRITE } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_END, 100, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_END - 50, 100, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { 0, 100, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { UINT64_MAX - 10, 100, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { UINT64_MAX, UINT32_MAX, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 0, IND } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 17, IND } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 16 * (VIRTIO_MAX_CHAIN + 1), IND } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 0xfffffff0u, IND } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_END - 16, 32, IND } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA, 16, IND }, { TD_DATA, 20, 0 } }, 0, 0, 0 },
	{ "from_guest_bad_chain", { { TD_DATA + 0x100, 16, IND } }, 0, IND, 0 },
	{ "from_guest_bad_chain", { { TD_DATA + 0x100, 16, IND } }, 0, VRING_DESC_F_NEXT, 0 },
	{ "from_guest_short", { { TD_DATA, 1, 0 } }, 0, 0, 0 },
	{ "from_guest_short", { { TD_DATA, HDR, 0 } }, 0, 0, 0 },
	{ "from_guest_short", { { TD_DATA, HDR + 13, 0 } }, 0, 0, 0 },
	{ "from_guest_short", { { TD_DATA, 0, 0 } }, 0, 0, 0 },
	{ "from_guest_oversize", { { TD_DATA, HDR + NIC_MAX_FRAME + 1, 0 } }, 0, 0, 0 },
	{ "from_guest_oversize", { { TD_DATA, 0x80000, 0 }, { TD_DATA, 0x80000, 0 } }, 0, 0, 0 },
};
/* clang-format on */

static void
post_bad(struct test_virtio *t, const struct bad_case *c)
{
	unsigned int n = c->buf[1].gpa != 0 ? 2 : 1;

	if (c->in_table != 0) {
		struct vring_desc d = { TD_DATA, 16, (uint16_t)c->in_table, 1 };

		td_write(&t->td, TD_DATA + 0x100, &d, sizeof(d));
	}
	if (c->bad_head != 0) {
		td_post_head(&t->from, c->bad_head);
		return;
	}
	td_post(&t->from, c->buf, n);
	if (c->next1 != 0) {
		struct vring_desc *last =
			&t->from.desc[(uint16_t)(t->from.next_desc - 1) % TD_RING];

		last->flags |= VRING_DESC_F_NEXT;
		last->next = c->next1 == 1 ? (uint16_t)(t->from.next_desc - 2) % TD_RING : c->next1;
	}
}

static void
test_bad(void)
{
	struct test_virtio t;
	uint8_t frame[64];
	unsigned int i;

	test_frame(frame, sizeof(frame), 1);
	for (i = 0; i < RTE_DIM(bad_cases); i++) {
		const struct bad_case *c = &bad_cases[i];
		struct rte_mbuf *pkts[4];
		struct vring_used_elem e;
		uint16_t n, k;

		test_up(&t, TEST_FEATURES, 0);
		td_send(&t.from, &t.td, TD_DATA + 0x1000, frame, sizeof(frame));
		post_bad(&t, c);
		td_send(&t.from, &t.td, TD_DATA + 0x2000, frame, sizeof(frame));
		n = virtio_from_guest(t.nic, 0, pkts, 4);
		CU_ASSERT_EQUAL(n, 2);
		for (k = 0; k < n; k++) {
			CU_ASSERT_TRUE(test_mbuf_is(pkts[k], sizeof(frame), 1));
			rte_pktmbuf_free(pkts[k]);
		}
		CU_ASSERT_EQUAL(test_count(&t, c->counter), 1);
		for (k = 0; td_poll(&t.from, &e); k++)
			;
		CU_ASSERT_EQUAL(k, c->bad_head != 0 ? 2 : 3);
		if (n != 2 || test_count(&t, c->counter) != 1)
			printf("  case %u: %s\n", i, c->counter);
		test_down(&t);
	}
}

/* A chain of the whole ring is fine; one that closes on itself ends after as many steps. */
static void
test_loop(void)
{
	struct test_virtio t;
	struct rte_mbuf *m;
	uint16_t i;

	test_up(&t, TEST_FEATURES, 0);
	for (i = 0; i < TD_RING; i++)
		t.from.desc[i] = (struct vring_desc){ TD_DATA, 16, VRING_DESC_F_NEXT,
			(uint16_t)((i + 1) % TD_RING) };
	td_post_head(&t.from, 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_bad_chain"), 1);
	t.from.desc[TD_RING - 1].flags = 0;
	td_post_head(&t.from, 0);
	CU_ASSERT_EQUAL_FATAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(m->pkt_len, 16 * TD_RING - HDR);
	rte_pktmbuf_free(m);
	test_down(&t);
}

static void
test_index_jump(void)
{
	struct test_virtio t;
	struct rte_mbuf *m;

	test_up(&t, TEST_FEATURES, 0);
	t.from.avail->idx = TD_RING + 1;
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_broken"), 1);
	test_down(&t);
}

/* Without mbufs the frames stay in the ring and come later, unharmed. */
static void
test_no_mbuf(void)
{
	struct rte_mempool *small = rte_pktmbuf_pool_create("small", 3, 0, 0, 512 + 128, 0);
	struct test_virtio t;
	struct rte_mbuf *pkts[8];
	uint8_t frame[1200];
	uint16_t n;

	CU_ASSERT_PTR_NOT_NULL_FATAL(small);
	test_up(&t, TEST_FEATURES, 0);
	t.nic->pool[0] = small;
	test_frame(frame, sizeof(frame), 5);
	td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame)); /* needs three mbufs */
	td_send(&t.from, &t.td, TD_DATA + 0x1000, frame, 40);
	/* Both mbufs of the burst are in hand, one is left: the long frame must wait. */
	n = virtio_from_guest(t.nic, 0, pkts, 2);
	CU_ASSERT_EQUAL(n, 0);
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_no_mbuf"), 1);
	n = virtio_from_guest(t.nic, 0, pkts, 1);
	CU_ASSERT_EQUAL_FATAL(n, 1);
	CU_ASSERT_TRUE(test_mbuf_is(pkts[0], sizeof(frame), 5));
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &pkts[1], 1), 0);
	rte_pktmbuf_free(pkts[0]);
	CU_ASSERT_EQUAL_FATAL(virtio_from_guest(t.nic, 0, pkts, 8), 1);
	rte_pktmbuf_free(pkts[0]);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(small), 3);
	rte_mempool_free(small);
	test_down(&t);
}

/* One interrupt at most for a burst, none when the guest does not want one. */
static void
test_notify(void)
{
	struct test_virtio t;
	struct rte_mbuf *pkts[32];
	uint8_t frame[64] = { 0 };
	unsigned int i, round;

	test_up(&t, TEST_FEATURES, 65520);
	for (round = 0; round < 4; round++) {
		for (i = 0; i < 32; i++)
			td_send(&t.from, &t.td, TD_DATA + i * 0x100, frame, sizeof(frame));
		/* Wants an interrupt at the middle of this burst; in round 2 only far ahead. */
		t.from.avail->ring[TD_RING] =
			(uint16_t)(65520 + round * 32 + (round == 2 ? 99 : 16));
		t.irqs[1] = 0;
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, pkts, 32), 32);
		CU_ASSERT_EQUAL(t.irqs[1], round == 2 ? 0 : 1);
		rte_pktmbuf_free_bulk(pkts, 32);
	}
	CU_ASSERT_EQUAL(test_count(&t, "from_guest_interrupts"), 3);
	test_down(&t);
	test_up(&t, TEST_FEATURES & ~VIRTIO_F_EVENT_IDX, 0);
	CU_ASSERT_EQUAL(t.from.used->flags, VRING_USED_F_NO_NOTIFY);
	td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame));
	t.from.avail->flags = VRING_AVAIL_F_NO_INTERRUPT;
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, pkts, 32), 1);
	CU_ASSERT_EQUAL(t.irqs[1], 0);
	rte_pktmbuf_free(pkts[0]);
	test_down(&t);
}

static void
test_resume(void)
{
	struct test_virtio t;
	struct rte_mbuf *m;
	uint8_t frame[64];

	test_up(&t, TEST_FEATURES, 65535);
	test_frame(frame, sizeof(frame), 7);
	expect_frame(&t, td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame)), 64, 7);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_stop(t.nic, 1), 0); /* 65535 + 1 */
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(t.nic, 1, &t.from.where), 0);
	expect_frame(&t, td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame)), 64, 7);
	test_down(&t);
}

/* A TCP frame with partial checksum and TSO fields, and what hostile values of each do. */
struct offload_case {
	struct virtio_net_hdr hdr;
	int frames;	/* 1: passes, 0: counted as bad offload */
	uint64_t flags; /* expected RTE_MBUF_F_TX_* */
};

#define NC   VIRTIO_NET_HDR_F_NEEDS_CSUM
#define TCP4 VIRTIO_NET_HDR_GSO_TCPV4
/* clang-format off */
static const struct offload_case offload_cases[] = {
	{ { .flags = NC, .csum_start = 34, .csum_offset = 16 }, 1, RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4 },
	{ { NC, TCP4, 54, 1000, 34, 16, 0 }, 1, RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_SEG },
	{ { NC, TCP4, 0, 60000, 34, 16, 0 }, 1, RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4 }, /* fits one segment */
	{ { NC, TCP4, 54, 0, 34, 16, 0 }, 0, 0 },
	{ { NC, VIRTIO_NET_HDR_GSO_TCPV6, 54, 1000, 34, 16, 0 }, 0, 0 },
	{ { NC, 0x7f, 54, 1000, 34, 16, 0 }, 0, 0 },
	{ { 0, TCP4, 54, 1000, 34, 16, 0 }, 0, 0 },
	{ { NC, TCP4, 54, 1000, 35, 16, 0 }, 0, 0 },
	{ { .flags = NC, .csum_start = 0xffff, .csum_offset = 16 }, 0, 0 },
	{ { .flags = NC, .csum_start = 34, .csum_offset = 0xffff }, 0, 0 },
	{ { .flags = NC, .csum_start = 0xffff, .csum_offset = 0xffff }, 0, 0 },
	{ { .flags = NC, .csum_start = 20, .csum_offset = 2 }, 1, 0 }, /* odd, but can be summed here */
};
/* clang-format on */

static void
build_tcp(uint8_t *frame, uint32_t len)
{
	struct rte_ether_hdr *eth = (struct rte_ether_hdr *)frame;
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(eth + 1);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(ip + 1);

	test_frame(frame, len, 0);
	eth->ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4);
	memset(ip, 0, sizeof(*ip) + sizeof(*tcp));
	ip->version_ihl = 0x45;
	ip->next_proto_id = IPPROTO_TCP;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(len - sizeof(*eth)));
	tcp->data_off = 0x50;
}

static void
test_offload(void)
{
	struct test_virtio t;
	uint8_t frame[4000];
	unsigned int i;

	for (i = 0; i < RTE_DIM(offload_cases); i++) {
		const struct offload_case *c = &offload_cases[i];
		struct rte_mbuf *m;
		struct td_buf buf = { TD_DATA, HDR + sizeof(frame), 0 };
		int n;

		test_up(&t, TEST_FEATURES, 0);
		build_tcp(frame, sizeof(frame));
		td_write(&t.td, TD_DATA, &c->hdr, HDR);
		td_write(&t.td, TD_DATA + HDR, frame, sizeof(frame));
		td_post(&t.from, &buf, 1);
		n = virtio_from_guest(t.nic, 0, &m, 1);
		CU_ASSERT_EQUAL(n, c->frames);
		if (n != c->frames)
			printf("  case %u\n", i);
		CU_ASSERT_EQUAL(test_count(&t, "from_guest_bad_offload"), (uint64_t)!c->frames);
		if (n == 1) {
			CU_ASSERT_EQUAL(m->ol_flags, c->flags);
			if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)
				CU_ASSERT_EQUAL(m->tso_segsz, c->hdr.gso_size);
			rte_pktmbuf_free(m);
		}
		test_down(&t);
	}
}

/* Whether a driver that has made its n-th entry available kicks. */
static bool
kicks(const struct td_ring *r, uint16_t n, bool event_idx)
{
	uint16_t event = (uint16_t)r->used->ring[TD_RING].id; /* avail_event lies there */

	return event_idx ? (uint16_t)(n - event - 1) < 1
			 : !(r->used->flags & VRING_USED_F_NO_NOTIFY);
}

static void
test_restart(struct test_virtio *t, struct nic_coal to, struct nic_coal from)
{
	t->nic->conf.coal[0] = to;
	t->nic->conf.coal[1] = from;
	virtio_vring_ops.vring_stop(t->nic, 0);
	virtio_vring_ops.vring_stop(t->nic, 1);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.vring_start(t->nic, 0, &t->to.where), 0);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.vring_start(t->nic, 1, &t->from.where), 0);
}

/* Interrupts that wait as the user wants it; who would raise them does not sleep meanwhile. */
static void
test_coalesced(void)
{
	struct nic_coal later = { 600000000, 3 }, now = { 0, 3 };
	uint8_t frame[64] = { 0 };
	struct rte_mbuf *m;
	struct test_virtio t;
	unsigned int i;

	test_up(&t, TEST_FEATURES & ~VIRTIO_F_EVENT_IDX, 0);
	test_restart(&t, now, later);
	for (i = 1; i <= 7; i++) {
		td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame));
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
		rte_pktmbuf_free(m);
		CU_ASSERT_EQUAL(t.irqs[1], i / 3);
		CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), i % 3 == 0 ? 0 : -EBUSY);
	}
	/* One waits: not for a ring that has stopped, nor in the next life of it. */
	virtio_vring_ops.vring_stop(t.nic, 1);
	CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), 0);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.vring_start(t.nic, 1, &t.from.where), 0);
	CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), 0);
	test_down(&t);
}

/* Who is about to sleep asks for kicks, from the entry on that it looks for; awake it asks for none. */
static void
test_want_kicks(void)
{
	static const uint64_t without[] = { 0, VIRTIO_F_EVENT_IDX };
	uint8_t frame[64] = { 0 }, log[64] = { 0 };
	struct rte_mbuf *pkts[4];
	struct test_virtio t;
	unsigned int i;

	for (i = 0; i < RTE_DIM(without); i++) {
		bool event_idx = without[i] == 0;

		test_up(&t, TEST_FEATURES & ~without[i], 65535);
		td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame));
		CU_ASSERT_FALSE(kicks(&t.from, t.from.avail->idx, event_idx));
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, pkts, 4), 1);
		rte_pktmbuf_free(pkts[0]);
		CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), 0);
		td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame));
		CU_ASSERT_TRUE(kicks(&t.from, t.from.avail->idx, event_idx));
		CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, false), 0);
		td_send(&t.from, &t.td, TD_DATA, frame, sizeof(frame));
		CU_ASSERT_FALSE(kicks(&t.from, t.from.avail->idx, event_idx));
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, pkts, 4), 2);
		rte_pktmbuf_free_bulk(pkts, 2);
		gmem_set_log(&t.mem, log, sizeof(log));
		CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), -ENOTSUP);
		gmem_set_log(&t.mem, NULL, 0);
		virtio_vring_ops.vring_stop(t.nic, 1);
		CU_ASSERT_EQUAL(t.nic->model->want_kicks(t.nic, 0, true), 0);
		CU_ASSERT_EQUAL(t.from.used->flags, 0); /* as the stop has left it */
		test_down(&t);
	}
}

void
test_from_suite(void)
{
	CU_pSuite s = CU_add_suite("virtio from guest", NULL, NULL);

	CU_add_test(s, "frame sizes 14 bytes to 64 KiB", test_sizes);
	CU_add_test(s, "cuts at every byte, regions, indirect", test_cuts);
	CU_add_test(s, "indirect table on a region border", test_table_on_border);
	CU_add_test(s, "bad chains are counted and dropped", test_bad);
	CU_add_test(s, "looping chain", test_loop);
	CU_add_test(s, "index jump", test_index_jump);
	CU_add_test(s, "no mbuf", test_no_mbuf);
	CU_add_test(s, "interrupts", test_notify);
	CU_add_test(s, "interrupts that wait", test_coalesced);
	CU_add_test(s, "kicks for who sleeps", test_want_kicks);
	CU_add_test(s, "stop and resume", test_resume);
	CU_add_test(s, "offload header", test_offload);
}
