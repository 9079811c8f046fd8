/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests: the registers' and the control queue's driver half. */
#include "test_pci.h"

#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_virtio.h"
#include "virtio_split.h"

#define TP_MSIX 0x98 /* where the MSI-X capability is; the capability test walks there */
#define HDR	((uint32_t)sizeof(struct virtio_net_hdr))

static void
tp_raise(void *ctx, uint16_t vec)
{
	struct test_pci *t = ctx;

	CU_ASSERT_FATAL(vec <= VIRTIO_PCI_VECTORS);
	t->irqs[vec]++;
	if (vec == 0)
		t->line = true;
}

static void
tp_lower(void *ctx, uint16_t vec)
{
	struct test_pci *t = ctx;

	CU_ASSERT_EQUAL(vec, 0);
	t->line = false;
}

static const struct nic_irq_ops tp_irq = { tp_raise, tp_lower };

void
tp_config16(struct test_pci *t, uint32_t off, uint16_t val)
{
	uint8_t b[2] = { (uint8_t)val, (uint8_t)(val >> 8) };

	if (nic_pci_config_write(t->nic->config, off, b, sizeof(b)))
		t->nic->model->pci->command(t->nic);
}

void
tp_msix(struct test_pci *t, bool on)
{
	tp_config16(t, TP_MSIX + 2, on ? 0x8000 : 0);
}

void
tp_up(struct test_pci *t, bool msix)
{
	struct nic_conf conf = { .name = "t",
		.n_queues = TP_PAIRS,
		.features_mask = ~0ull,
		.mtu = 1500,
		.mac = { { 0x52, 0x54, 0, 1, 2, 3 } },
		.carry = true,
		.packed = true };

	memset(t, 0, sizeof(*t));
	td_mem_init(&t->td);
	CU_ASSERT_EQUAL_FATAL(gmem_init(&t->mem), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, TD_GPA0, TD_LEN0, t->td.hva[0]), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, TD_GPA1, TD_LEN1, t->td.hva[1]), 0);
	t->nic = nic_create(nic_model_find("virtio-net"), &conf, &t->mem, &tp_irq, t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->nic);
	t->nic->pool[0] = t->nic->pool[1] = test_pool;
	t->pool_before = rte_mempool_avail_count(test_pool);
	tp_config16(t, NIC_PCI_COMMAND, 0x0006);
	tp_msix(t, msix);
}

void
tp_down(struct test_pci *t)
{
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t->pool_before);
	nic_destroy(t->nic);
	gmem_fini(&t->mem);
	td_mem_fini(&t->td);
}

static void
tp_write(struct test_pci *t, uint32_t off, const void *val, uint32_t len)
{
	/* What the guest does with the datapath held is held here by there being one thread. */
	nic_pci_bar_write(t->nic, VIRTIO_PCI_BAR, off, val, len);
}

void
tp_w8(struct test_pci *t, uint32_t off, uint8_t val)
{
	tp_write(t, off, &val, sizeof(val));
}

void
tp_w16(struct test_pci *t, uint32_t off, uint16_t val)
{
	tp_write(t, off, &val, sizeof(val));
}

void
tp_w32(struct test_pci *t, uint32_t off, uint32_t val)
{
	tp_write(t, off, &val, sizeof(val));
}

uint32_t
tp_r32(struct test_pci *t, uint32_t off)
{
	uint32_t val;

	nic_pci_bar_read(t->nic, VIRTIO_PCI_BAR, off, &val, sizeof(val));
	return val;
}

uint16_t
tp_r16(struct test_pci *t, uint32_t off)
{
	uint16_t val;

	nic_pci_bar_read(t->nic, VIRTIO_PCI_BAR, off, &val, sizeof(val));
	return val;
}

uint8_t
tp_r8(struct test_pci *t, uint32_t off)
{
	uint8_t val;

	nic_pci_bar_read(t->nic, VIRTIO_PCI_BAR, off, &val, sizeof(val));
	return val;
}

uint8_t
tp_status(struct test_pci *t)
{
	return tp_r8(t, 0x14);
}

uint64_t
tp_offered(struct test_pci *t)
{
	uint64_t f;

	tp_w32(t, 0x00, 1);
	f = (uint64_t)tp_r32(t, 0x04) << 32;
	tp_w32(t, 0x00, 0);
	return f | tp_r32(t, 0x04);
}

bool
tp_negotiate(struct test_pci *t, uint64_t features)
{
	tp_w8(t, 0x14, 0);
	CU_ASSERT_EQUAL(tp_status(t), 0);
	tp_w8(t, 0x14, 1);
	tp_w8(t, 0x14, 3);
	tp_w32(t, 0x08, 0);
	tp_w32(t, 0x0c, (uint32_t)features);
	tp_w32(t, 0x08, 1);
	tp_w32(t, 0x0c, (uint32_t)(features >> 32));
	tp_w8(t, 0x14, 0xb);
	return tp_status(t) & VIRTIO_STATUS_FEATURES_OK;
}

static void
tp_address(struct test_pci *t, uint32_t off, uint64_t gpa)
{
	tp_w32(t, off, (uint32_t)gpa);
	tp_w32(t, off + 4, (uint32_t)(gpa >> 32));
}

void
tp_queue(struct test_pci *t, uint16_t idx)
{
	struct td_ring *r = &t->ring[idx];

	tp_w16(t, 0x16, idx);
	td_ring_init(r, &t->td, idx, 0);
	if (tp_r16(t, 0x18) < TD_RING)
		r->where.size = tp_r16(t, 0x18);
	tp_w16(t, 0x18, r->where.size);
	CU_ASSERT_EQUAL(tp_r16(t, 0x18), r->where.size);
	tp_w16(t, 0x1a, idx);
	tp_address(t, 0x20, r->where.desc_gpa);
	tp_address(t, 0x28, r->where.avail_gpa);
	tp_address(t, 0x30, r->where.used_gpa);
}

void
tp_start(struct test_pci *t, uint64_t features)
{
	uint16_t idx, n = features & VIRTIO_NET_F_MQ ? TP_CTRL : 2;

	n = (uint16_t)(n + !!(features & VIRTIO_NET_F_CTRL_VQ));
	CU_ASSERT_TRUE(tp_negotiate(t, features));
	tp_w16(t, 0x10, TP_CTRL + 1);
	for (idx = 0; idx < n; idx++) {
		tp_queue(t, idx);
		tp_w16(t, 0x1c, 1);
		CU_ASSERT_EQUAL(tp_r16(t, 0x1c), 1);
	}
	tp_w8(t, 0x14, 0xf);
	CU_ASSERT_EQUAL(tp_status(t), 0xf);
}

void
tp_expect_from(struct test_pci *t, uint16_t q, uint32_t len, uint8_t seed)
{
	struct td_ring *r = &t->ring[(size_t)q * 2 + 1];
	struct vring_used_elem e = { 0 };
	struct rte_mbuf *m = NULL;
	uint8_t frame[2048];
	uint16_t head;

	test_frame(frame, len, seed);
	head = td_send(r, &t->td, TD_DATA, frame, len);
	CU_ASSERT_EQUAL(virtio_from_guest(t->nic, q, &m, 1), 1);
	if (m == NULL)
		return;
	CU_ASSERT_TRUE(test_mbuf_is(m, len, seed));
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(td_poll(r, &e));
	CU_ASSERT_EQUAL(e.id, head);
}

bool
tp_give(struct test_pci *t, uint16_t q, const uint8_t *frame, uint32_t len)
{
	struct td_ring *r = &t->ring[(size_t)q * 2];
	struct td_buf buf = { TD_DATA + 0x10000, 2048, VRING_DESC_F_WRITE };
	struct rte_mbuf *m = rte_pktmbuf_alloc(test_pool);
	struct vring_used_elem e = { 0 };
	uint8_t got[2048];

	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	if (__atomic_load_n(&r->avail->idx, __ATOMIC_RELAXED) == r->last_used)
		td_post(r, &buf, 1); /* none is left from a frame that did not come */
	if (virtio_to_guest(t->nic, q, &m, 1) == 0) {
		rte_pktmbuf_free(m);
		return false;
	}
	if (!td_poll(r, &e))
		return false;
	td_read(&t->td, buf.gpa + HDR, got, len);
	return e.len == HDR + len && memcmp(got, frame, len) == 0;
}

/* The command at TD_DATA + 0x20000, answer and results 64 KiB behind. @return e.len; -1: no answer. */
static int
tp_control(struct test_pci *t, const uint8_t *hdr, const void *data, uint32_t len, uint32_t room)
{
	uint16_t idx = virtio_pci_ctrl_index(t->nic);
	struct td_ring *r = &t->ring[idx];
	uint64_t at = TD_DATA + 0x20000;
	const struct td_buf part[4] = { { at, 2, 0 }, { at + 2, len, 0 },
		{ at + 0x10000, 1, VRING_DESC_F_WRITE },
		{ at + 0x10001, room, VRING_DESC_F_WRITE } };
	struct td_buf buf[4];
	uint8_t none = 0xee;
	unsigned int i, n = 0;
	struct vring_used_elem e;

	td_write(&t->td, at, hdr, 2);
	td_write(&t->td, at + 2, data, len);
	td_write(&t->td, at + 0x10000, &none, 1);
	for (i = 0; i < RTE_DIM(part); i++)
		if (part[i].len > 0)
			buf[n++] = part[i];
	td_post(r, buf, n);
	tp_w16(t, VIRTIO_PCI_NOTIFY + 4u * idx, idx);
	return td_poll(r, &e) ? (int)e.len : -1;
}

int
tp_command(struct test_pci *t, uint8_t class, uint8_t cmd, const void *data, uint32_t len)
{
	const uint8_t hdr[2] = { class, cmd };
	int used = tp_control(t, hdr, data, len, 0);
	uint8_t ack;

	if (used < 0)
		return -1;
	CU_ASSERT_EQUAL(used, 1);
	td_read(&t->td, TD_DATA + 0x30000, &ack, 1);
	return ack;
}

/* NOLINTBEGIN(readability-function-size): a command, and room for its answer */
int
tp_query(struct test_pci *t, uint8_t class, uint8_t cmd, const void *data, uint32_t len,
	void *result, uint32_t room)
{
	const uint8_t hdr[2] = { class, cmd };
	int used = tp_control(t, hdr, data, len, room);
	uint8_t ack = 0xee;

	CU_ASSERT_TRUE_FATAL(used >= 1 && used <= (int)room + 1);
	td_read(&t->td, TD_DATA + 0x30000, &ack, 1);
	if (ack != VIRTIO_CTRL_OK) {
		CU_ASSERT_EQUAL(used, 1);
		return -(int)ack;
	}
	td_read(&t->td, TD_DATA + 0x30001, result, (uint32_t)used - 1);
	return used - 1;
}
/* NOLINTEND(readability-function-size) */

uint64_t
tp_count(const struct test_pci *t, const char *name)
{
	const struct nic_model *m = t->nic->model;
	unsigned int i;

	for (i = 0; i < m->n_stats; i++)
		if (strcmp(m->stats[i].name, name) == 0)
			return stat_read(m->counters(t->nic, 0), &m->stats[i]);
	CU_FAIL("no such counter");
	return 0;
}
