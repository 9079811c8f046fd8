/* SPDX-License-Identifier: BSD-3-Clause */
/* Packed rings, by vhost-user and by PCI: both directions, wraps, events, and hostile drivers. */
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "test_packed.h"
#include "test_pci.h"
#include "virtio_packed.h"

#define WRITE VRING_DESC_F_WRITE
#define IND   VRING_DESC_F_INDIRECT

/* Take a frame the guest sent as chain id. */
static void
expect_from(struct pk_nic *p, uint16_t id, uint32_t len, uint8_t seed)
{
	struct vring_packed_desc d;
	struct rte_mbuf *m = NULL;

	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, &m, 1), 1);
	if (m == NULL)
		return;
	CU_ASSERT_TRUE(test_mbuf_is(m, len, seed));
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(pk_poll(&p->from, &d));
	CU_ASSERT_EQUAL(d.id, id);
	CU_ASSERT_EQUAL(d.len, 0);
	CU_ASSERT_EQUAL(d.flags & WRITE, 0);
}

static struct pk_nic *
make(void)
{
	return calloc(1, sizeof(struct pk_nic));
}

/* Chains of 1..3 descriptors and tables, through rings of any size, several times around. */
static void
test_from(void)
{
	static const uint16_t size[] = { 3, 4, 7, 100, 256 };
	struct pk_nic *p = make();
	unsigned int s, i;

	for (s = 0; s < RTE_DIM(size); s++) {
		pk_up(p, TEST_FEATURES, size[s]);
		for (i = 0; i < 2000; i++) {
			uint32_t len = 60 + i % 1000, cut = 1 + i % (HDR + 59);
			struct td_buf buf[3] = { { TD_DATA, cut, 0 }, { TD_DATA + cut, 0, 0 },
				{ TD_DATA + cut, HDR + len - cut, 0 } };
			struct td_buf one = { TD_DATA, HDR + len, 0 };
			struct vring_packed_desc table[2] = { { TD_DATA, cut, 7, 0 },
				{ TD_DATA + cut, HDR + len - cut, 9, VRING_DESC_F_NEXT } };
			struct td_buf ind = { TD_BORDER - 16, sizeof(table), IND };

			pk_lay_out(p, TD_DATA, len, (uint8_t)i);
			td_write(&p->t.td, ind.gpa, table, sizeof(table));
			expect_from(p,
				i % 3 == 0   ? pk_post(&p->from, buf, 3)
				: i % 3 == 1 ? pk_post(&p->from, &one, 1)
					     : pk_post(&p->from, &ind, 1),
				len, (uint8_t)i);
		}
		test_down(&p->t);
	}
	free(p);
}

/* Give one frame and gather it from n chains. */
static void
expect_to(struct pk_nic *p, uint32_t len, uint8_t seed, unsigned int n)
{
	uint8_t *got = calloc(1, HDR + len), *want = malloc(len);
	struct rte_mbuf *m = test_mbuf(len, seed);
	struct vring_packed_desc d, before;
	struct virtio_net_hdr hdr;
	unsigned int i;
	uint32_t at = 0;

	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, &m, 1), 1);
	for (i = 0; i < n; i++) {
		before = p->to.desc[p->to.last];
		CU_ASSERT_TRUE(pk_poll(&p->to, &d));
		CU_ASSERT_EQUAL(d.flags & WRITE, WRITE);
		CU_ASSERT_TRUE(at + d.len <= HDR + len);
		if (at + d.len <= HDR + len)
			td_read(&p->t.td, before.addr, got + at, d.len);
		at += d.len;
	}
	CU_ASSERT_EQUAL(at, HDR + len);
	memcpy(&hdr, got, sizeof(hdr));
	CU_ASSERT_EQUAL(hdr.num_buffers, n);
	test_frame(want, len, seed);
	CU_ASSERT_EQUAL(memcmp(got + HDR, want, len), 0);
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	free(got);
	free(want);
}

static void
test_to(void)
{
	struct pk_nic *p = make();
	unsigned int i, k;

	pk_up(p, TEST_FEATURES, 100);
	for (i = 0; i < 500; i++) {
		uint32_t len = 60 + 37 * (i % 100);
		unsigned int n = (HDR + len + 511) / 512;

		for (k = 0; k < n; k++) {
			struct td_buf buf = { TD_DATA + 512 * k, 512, WRITE };

			pk_post(&p->to, &buf, 1);
		}
		expect_to(p, len, (uint8_t)i, n);
	}
	test_down(&p->t);
	free(p);
}

/* A frame that finds too few buffers waits, and its buffers are as they were. */
static void
test_wait(void)
{
	struct pk_nic *p = make();
	struct rte_mbuf *m = test_mbuf(1500, 1), *small = test_mbuf(60, 2);
	struct td_buf buf = { TD_DATA, 600, WRITE };
	struct rte_mbuf *both[2] = { small, m };
	struct vring_packed_desc d;

	pk_up(p, TEST_FEATURES, 16);
	p->t.pool_before += 2;
	pk_post(&p->to, &buf, 1);
	buf.gpa += 600;
	pk_post(&p->to, &buf, 1);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(p->to.desc[0].len, 600);
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, both, 2), 1);
	CU_ASSERT_TRUE(pk_poll(&p->to, &d));
	CU_ASSERT_EQUAL(d.len, HDR + 60);
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	buf.gpa += 600;
	pk_post(&p->to, &buf, 1);
	buf.gpa += 600;
	pk_post(&p->to, &buf, 1);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, &m, 1), 1);
	CU_ASSERT_TRUE(pk_poll(&p->to, &d));
	CU_ASSERT_EQUAL(d.id, 1);
	CU_ASSERT_TRUE(pk_poll(&p->to, &d));
	CU_ASSERT_TRUE(pk_poll(&p->to, &d));
	CU_ASSERT_EQUAL(d.len, HDR + 1500 - 1200);
	CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_no_buffer"), 2);
	test_down(&p->t);
	free(p);
}

/* Without merging: too big is dropped, its buffer stays for the next. */
static void
test_too_big(void)
{
	struct pk_nic *p = make();
	struct td_buf buf = { TD_DATA, 600, WRITE };
	struct rte_mbuf *m;

	pk_up(p, TEST_FEATURES & ~VIRTIO_NET_F_MRG_RXBUF, 16);
	pk_post(&p->to, &buf, 1);
	m = test_mbuf(1500, 1);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_too_big"), 1);
	expect_to(p, 500, 2, 1);
	test_down(&p->t);
	free(p);
}

/* Chains that are refused: counted, given back, the next one passes. */
static void
test_bad(void)
{
	static const struct {
		struct td_buf buf[2];
		unsigned int n;
		uint16_t in_table; /* flags of the table's entry */
	} bad[] = {
		{ { { TD_END, 100, 0 } }, 1, 0 },
		{ { { TD_DATA, 100, WRITE } }, 1, 0 },
		{ { { TD_DATA, 20, 0 }, { TD_DATA, 50, WRITE } }, 2, 0 },
		{ { { TD_DATA + 0x1000, 16, IND }, { TD_DATA, 50, 0 } }, 2, 0 },
		{ { { TD_DATA + 0x1000, 16, IND } }, 1, IND },
		{ { { TD_DATA + 0x1000, 17, IND } }, 1, 0 },
		{ { { TD_DATA + 0x1000, 0, IND } }, 1, 0 },
		{ { { TD_END - 16, 32, IND } }, 1, 0 },
		{ { { TD_DATA, 0, 0 } }, 1, 0 },
		{ { { TD_DATA, HDR + 13, 0 } }, 1, 0 },
		{ { { TD_DATA, HDR + NIC_MAX_FRAME + 1, 0 } }, 1, 0 },
	};
	struct pk_nic *p = make();
	unsigned int i;

	pk_up(p, TEST_FEATURES, 5);
	for (i = 0; i < RTE_DIM(bad); i++) {
		struct vring_packed_desc entry = { TD_DATA, 100, 0, bad[i].in_table }, d;
		struct td_buf good = { TD_DATA, HDR + 64, 0 };
		struct rte_mbuf *m = NULL;
		uint16_t id;

		pk_lay_out(p, TD_DATA, 64, 3);
		td_write(&p->t.td, TD_DATA + 0x1000, &entry, sizeof(entry));
		id = pk_post(&p->from, bad[i].buf, bad[i].n);
		CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, &m, 1), 0);
		CU_ASSERT_TRUE(pk_poll(&p->from, &d));
		CU_ASSERT_EQUAL(d.id, id);
		expect_from(p, pk_post(&p->from, &good, 1), 64, 3);
		/* The same for the guest, whose buffers must be writable: */
		id = pk_post(&p->to, (struct td_buf[]){ { TD_DATA, 100, 0 } }, 1);
		m = test_mbuf(60, 1);
		CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, &m, 1), 1);
		CU_ASSERT_TRUE(pk_poll(&p->to, &d));
		CU_ASSERT_EQUAL(d.id, id);
		CU_ASSERT_EQUAL(d.len, 0);
	}
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_bad_chain") +
				test_count(&p->t, "from_guest_short") +
				test_count(&p->t, "from_guest_oversize"),
		RTE_DIM(bad));
	CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_bad_chain"), RTE_DIM(bad));
	test_down(&p->t);
	free(p);
}

/* A chain without end breaks the ring; a ring that is available all around is served once. */
static void
test_hostile(void)
{
	struct pk_nic *p = make();
	struct rte_mbuf *pkts[64];
	unsigned int i, got, all = 0;

	pk_up(p, TEST_FEATURES, 8);
	for (i = 0; i < 8; i++)
		p->from.desc[i] = (struct vring_packed_desc){ TD_DATA, 100, (uint16_t)i,
			VRING_DESC_F_NEXT | VRING_PACKED_DESC_F_AVAIL };
	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, pkts, 64), 0);
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_broken"), 1);
	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, pkts, 64), 0);
	test_down(&p->t);

	pk_up(p, TEST_FEATURES, 8);
	pk_lay_out(p, TD_DATA, 88, 1);
	for (i = 0; i < 40; i++) {
		unsigned int k;

		/* Always available, whichever way the wrap counter stands. */
		for (k = 0; k < 8; k++)
			p->from.desc[k] = (struct vring_packed_desc){ TD_DATA, 100, 0xffff,
				i & 1 ? VRING_PACKED_DESC_F_USED : VRING_PACKED_DESC_F_AVAIL };
		got = virtio_from_guest(p->t.nic, 0, pkts, 64);
		CU_ASSERT_TRUE(got <= 8);
		rte_pktmbuf_free_bulk(pkts, got);
		all += got;
	}
	CU_ASSERT_EQUAL(all, 40 * 8);
	test_down(&p->t);
	free(p);
}

static void
test_events(void)
{
	struct pk_nic *p = make();
	struct td_buf buf = { TD_DATA, HDR + 64, 0 };
	unsigned int i, *irqs = &p->t.irqs[1];

	pk_up(p, TEST_FEATURES, 10);
	pk_lay_out(p, TD_DATA, 64, 1);
	expect_from(p, pk_post(&p->from, &buf, 1), 64, 1);
	CU_ASSERT_EQUAL(*irqs, 1); /* events are on at first */
	p->from.driver->flags = VRING_PACKED_EVENT_DISABLE;
	expect_from(p, pk_post(&p->from, &buf, 1), 64, 1);
	CU_ASSERT_EQUAL(*irqs, 1);
	/* For descriptor 5 of this round, then 5 of the next. */
	p->from.driver->flags = VRING_PACKED_EVENT_DESC;
	p->from.driver->off_wrap = 5 | 0x8000;
	for (i = 2; i < 30; i++) {
		if (i == 6)
			p->from.driver->off_wrap = 5;
		if (i == 16)
			p->from.driver->off_wrap = 9 | 0x8000;
		expect_from(p, pk_post(&p->from, &buf, 1), 64, 1);
		CU_ASSERT_EQUAL(*irqs, 1u + (i >= 5) + (i >= 15) + (i >= 29));
	}
	test_down(&p->t);
	free(p);
}

/* Stopped and started at the base it says, in the middle of a round. */
static void
test_resume(void)
{
	struct pk_nic *p = make();
	struct td_buf buf = { TD_DATA, HDR + 64, 0 };
	unsigned int i;
	uint16_t base;

	pk_up(p, TEST_FEATURES, 7);
	for (i = 0; i < 30; i++) {
		pk_lay_out(p, TD_DATA, 64, (uint8_t)i);
		expect_from(p, pk_post(&p->from, &buf, 1), 64, (uint8_t)i);
		base = virtio_vring_ops.vring_stop(p->t.nic, 1);
		CU_ASSERT_EQUAL(base, p->from.last | (p->from.last_wrap ? 0x8000 : 0));
		CU_ASSERT_EQUAL(p->from.device->flags, VRING_PACKED_EVENT_ENABLE);
		p->from.where.base = base;
		CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 1, &p->from.where), 0);
	}
	virtio_vring_ops.vring_stop(p->t.nic, 1);
	p->from.where.base = 7;
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 1, &p->from.where), -EINVAL);
	p->from.where.base = 0;
	p->from.where.avail_gpa = TD_END;
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 1, &p->from.where), -EFAULT);
	CU_ASSERT_EQUAL(virtio_vring_ops.set_features(p->t.nic, TEST_FEATURES), 0);
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 1, &p->from.where), -EINVAL);
	test_down(&p->t);
	free(p);
}

/* Over PCI: registers, data both ways, a command. */
static void
test_packed_pci(void)
{
	static struct pk_ring ring[TP_CTRL + 1];
	uint64_t at = TD_DATA + 0x1000;
	struct td_buf cmd[3] = { { at, 2, 0 }, { at + 2, 1, 0 }, { at + 3, 1, WRITE } };
	struct td_buf rx = { TD_DATA + 0x2000, 2048, WRITE }, tx = { TD_DATA, HDR + 60, 0 };
	struct vring_packed_desc d;
	struct rte_mbuf *m = NULL;
	struct test_pci t;
	uint16_t i;

	tp_up(&t, true);
	CU_ASSERT_TRUE(tp_negotiate(&t, TP_FEATURES | VIRTIO_F_RING_PACKED));
	for (i = 0; i <= TP_CTRL; i++) {
		tp_queue(&t, i);
		pk_ring_init(&ring[i], &t.td, i, 60);
		tp_w16(&t, 0x18, 60);
		tp_w32(&t, 0x28, (uint32_t)ring[i].where.avail_gpa);
		tp_w32(&t, 0x30, (uint32_t)ring[i].where.used_gpa);
		tp_w16(&t, 0x1c, 1);
	}
	tp_w8(&t, 0x14, 0xf);
	memset(td_ptr(&t.td, TD_DATA + HDR), 0xff, 6); /* to everybody */
	CU_ASSERT_EQUAL(tp_status(&t), 0xf);
	CU_ASSERT_EQUAL(ring[0].device->flags, VRING_PACKED_EVENT_DISABLE);
	CU_ASSERT_EQUAL(ring[TP_CTRL].device->flags, VRING_PACKED_EVENT_ENABLE);
	for (i = 0; i < 200; i++) {
		pk_post(&ring[1], &tx, 1);
		CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
		CU_ASSERT_TRUE(pk_poll(&ring[1], &d));
		pk_post(&ring[0], &rx, 1);
		CU_ASSERT_EQUAL(virtio_to_guest(t.nic, 0, &m, 1), 1);
		CU_ASSERT_TRUE(pk_poll(&ring[0], &d));
		/* Promiscuous off and on, by chains of three. */
		td_write(&t.td, at, i & 1 ? "\0\0\1\xee" : "\0\0\0\xee", 4);
		pk_post(&ring[TP_CTRL], cmd, 3);
		tp_w16(&t, VIRTIO_PCI_NOTIFY + 4 * TP_CTRL, TP_CTRL);
		CU_ASSERT_TRUE(pk_poll(&ring[TP_CTRL], &d));
		CU_ASSERT_EQUAL(d.len, 1);
		CU_ASSERT_EQUAL(*(uint8_t *)td_ptr(&t.td, at + 3), 0);
		CU_ASSERT_EQUAL(((struct virtio_net *)t.nic->state)->filtering, !(i & 1));
	}
	CU_ASSERT_EQUAL(t.irqs[1 + 0], 200);
	CU_ASSERT_EQUAL(t.irqs[1 + TP_CTRL], 200);
	tp_down(&t);
}

void
test_packed_suite(void)
{
	CU_pSuite s = CU_add_suite("packed rings", NULL, NULL);

	CU_add_test(s, "from guest", test_from);
	CU_add_test(s, "to guest, merged buffers", test_to);
	CU_add_test(s, "too few buffers", test_wait);
	CU_add_test(s, "too big", test_too_big);
	CU_add_test(s, "bad chains", test_bad);
	CU_add_test(s, "hostile rings", test_hostile);
	CU_add_test(s, "events", test_events);
	CU_add_test(s, "stop and start", test_resume);
	CU_add_test(s, "over PCI", test_packed_pci);
}
