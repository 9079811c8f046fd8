/* SPDX-License-Identifier: BSD-3-Clause */
/* The test bench of the rtl8139 model, and the program's main. */
#include "test_rtl8139.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/test_main.h"
#include "nic/nic_pci.h"

#define T_BUFS 8 /* descriptors of the C+ rings */

struct rte_mempool *test_pool;
const struct rte_ether_addr test_mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };
const struct rte_ether_addr test_other_mac = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc } };
const struct rte_ether_addr test_multi_mac = T_MULTI_MAC;
const struct rte_ether_addr test_broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static void
test_raise(void *ctx, uint16_t vec)
{
	struct test_rtl8139 *t = ctx;

	/* No assertion: CUnit has none for threads. */
	if (vec != 0)
		return;
	__atomic_store_n(&t->line, true, __ATOMIC_SEQ_CST);
	__atomic_fetch_add(&t->raises, 1, __ATOMIC_RELAXED);
}

static void
test_lower(void *ctx, uint16_t vec)
{
	struct test_rtl8139 *t = ctx;

	__atomic_store_n(&t->line, false, __ATOMIC_SEQ_CST);
}

static const struct nic_irq_ops test_irq = { test_raise, test_lower };

void
t_command(struct test_rtl8139 *t, uint16_t val)
{
	if (nic_pci_config_write(t->nic->config, NIC_PCI_COMMAND, &val, sizeof(val)))
		t->nic->model->pci->command(t->nic);
}

void
t_up(struct test_rtl8139 *t, uint8_t revision, bool carry)
{
	struct nic_conf conf = { .name = "t",
		.n_queues = 1,
		.revision = revision,
		.mac = test_mac,
		.carry = carry };

	memset(t, 0, sizeof(*t));
	t->hva[0] = calloc(1, T_LEN0);
	t->hva[1] = calloc(1, T_LEN1);
	CU_ASSERT_EQUAL_FATAL(gmem_init(&t->mem), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, T_GPA0, T_LEN0, t->hva[0]), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, T_BORDER, T_LEN1, t->hva[1]), 0);
	t->nic = nic_create(nic_model_find("rtl8139"), &conf, &t->mem, &test_irq, t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->nic);
	t->nic->pool[0] = test_pool;
	t->pool_before = rte_mempool_avail_count(test_pool);
	t_command(t, NIC_PCI_COMMAND_MASTER | 3);
}

void
t_down(struct test_rtl8139 *t)
{
	nic_destroy(t->nic);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t->pool_before);
	gmem_fini(&t->mem);
	free(t->hva[0]);
	free(t->hva[1]);
}

void
t_w8(struct test_rtl8139 *t, uint32_t off, uint8_t val)
{
	nic_pci_bar_write(t->nic, 1, off, &val, sizeof(val));
}

void
t_w16(struct test_rtl8139 *t, uint32_t off, uint16_t val)
{
	nic_pci_bar_write(t->nic, 1, off, &val, sizeof(val));
}

void
t_w32(struct test_rtl8139 *t, uint32_t off, uint32_t val)
{
	nic_pci_bar_write(t->nic, 1, off, &val, sizeof(val));
}

uint8_t
t_r8(struct test_rtl8139 *t, uint32_t off)
{
	uint8_t val;

	nic_pci_bar_read(t->nic, 1, off, &val, sizeof(val));
	return val;
}

uint16_t
t_r16(struct test_rtl8139 *t, uint32_t off)
{
	uint16_t val;

	nic_pci_bar_read(t->nic, 1, off, &val, sizeof(val));
	return val;
}

uint32_t
t_r32(struct test_rtl8139 *t, uint32_t off)
{
	uint32_t val;

	nic_pci_bar_read(t->nic, 1, off, &val, sizeof(val));
	return val;
}

void
t_put(const struct test_rtl8139 *t, uint64_t gpa, const void *src, uint32_t len)
{
	CU_ASSERT_EQUAL_FATAL(gmem_write(&t->mem, gpa, src, len), 0);
}

void
t_get(const struct test_rtl8139 *t, uint64_t gpa, void *dst, uint32_t len)
{
	CU_ASSERT_EQUAL_FATAL(gmem_read(&t->mem, gpa, dst, len), 0);
}

uint32_t
t_get32(const struct test_rtl8139 *t, uint64_t gpa)
{
	uint32_t val = 0;

	t_get(t, gpa, &val, sizeof(val));
	return val;
}

uint64_t
t_count(const struct test_rtl8139 *t, const char *name)
{
	const struct nic_model *m = t->nic->model;
	unsigned int i;

	for (i = 0; i < m->n_stats; i++)
		if (strcmp(m->stats[i].name, name) == 0)
			return stat_read(m->counters(t->nic, 0), &m->stats[i]);
	CU_FAIL("no such counter");
	return 0;
}

void
t_frame(uint8_t *frame, uint32_t len, const struct rte_ether_addr *dst, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		frame[i] = (uint8_t)(seed + i + (i >> 8) * 7);
	memcpy(frame, dst, RTE_MIN(len, sizeof(*dst)));
	if (len >= RTE_ETHER_HDR_LEN) {
		frame[12] = 0x88; /* local experimental */
		frame[13] = 0xb5;
	}
}

struct rte_mbuf *
t_mbuf(const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *first = NULL, *m;
	uint32_t at = 0;

	do {
		uint32_t n = RTE_MIN(len - at, 2000u);

		m = rte_pktmbuf_alloc(test_pool);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame + at, n);
		if (first == NULL)
			first = m;
		else
			rte_pktmbuf_chain(first, m);
		at += n;
	} while (at < len);
	return first;
}

void
t_give(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = t_mbuf(frame, len);

	CU_ASSERT_EQUAL(t->nic->model->to_guest(t->nic, 0, &m, 1), 1);
}

bool
t_mbuf_is(const struct rte_mbuf *m, const uint8_t *frame, uint32_t len)
{
	uint8_t *buf = malloc(len + 1);
	const void *p = rte_pktmbuf_read(m, 0, len, buf);
	bool same = m->pkt_len == len && p != NULL && memcmp(p, frame, len) == 0;

	rte_mbuf_sanity_check(m, 1);
	free(buf);
	return same;
}

uint32_t
t_crc(const uint8_t *frame, uint32_t len)
{
	uint32_t crc = UINT32_MAX, i;
	int bit;

	for (i = 0; i < len; i++) {
		crc ^= frame[i];
		for (bit = 0; bit < 8; bit++)
			crc = (crc >> 1) ^ (crc & 1 ? 0xedb88320 : 0);
	}
	return ~crc;
}

void
t_start_c(struct test_rtl8139 *t, uint32_t rcr)
{
	t_w32(t, RTL_RBSTART, T_RX_DATA);
	t_w8(t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	t_w32(t, RTL_RCR, rcr);
	t_w32(t, RTL_TCR, RTL_TCR_MXDMA);
	t_w16(t, RTL_IMR, 0xffff);
}

void
t_desc(struct test_rtl8139 *t, uint64_t ring, unsigned int i, uint32_t dw0, uint32_t dw1,
	uint64_t addr)
{
	struct rtl8139_desc d = { rte_cpu_to_le_32(dw0), rte_cpu_to_le_32(dw1),
		rte_cpu_to_le_32((uint32_t)addr), rte_cpu_to_le_32((uint32_t)(addr >> 32)) };

	t_put(t, ring + i * sizeof(d), &d, sizeof(d));
}

void
t_start_cplus(struct test_rtl8139 *t, uint16_t cpcmd)
{
	unsigned int i;

	for (i = 0; i < T_BUFS; i++) {
		uint32_t eor = i == T_BUFS - 1 ? RTL_DESC_EOR : 0;

		t_desc(t, T_RX_RING, i, RTL_DESC_OWN | eor | 0x600, 0, T_RX_BUF(i));
		t_desc(t, T_TX_RING, i, eor, 0, 0);
	}
	t_w16(t, RTL_CPCMD, cpcmd | RTL_CPCMD_TXEN | RTL_CPCMD_RXEN);
	t_w32(t, RTL_THPDS, 0);
	t_w32(t, RTL_THPDS + 4, 0);
	t_w32(t, RTL_RDSAR, T_RX_RING);
	t_w32(t, RTL_RDSAR + 4, 0);
	t_w32(t, RTL_TNPDS, T_TX_RING);
	t_w32(t, RTL_TNPDS + 4, 0);
	t_w8(t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	t_w32(t, RTL_RCR, RTL_RCR_AB | RTL_RCR_APM);
	t_w32(t, RTL_TCR, RTL_TCR_MXDMA);
	t_w16(t, RTL_IMR, 0xffff);
}

void
t_send_cplus(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len, uint32_t flags,
	uint32_t dw1)
{
	uint32_t eor = t->tx == T_BUFS - 1 ? RTL_DESC_EOR : 0;

	t_put(t, T_TX_DATA, frame, len);
	t_desc(t, T_TX_RING, t->tx, RTL_DESC_OWN | RTL_DESC_FS | RTL_DESC_LS | eor | flags | len,
		dw1, T_TX_DATA);
	t->tx = (t->tx + 1) % T_BUFS;
	t_w8(t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
}

struct rte_mbuf *
t_take(struct test_rtl8139 *t)
{
	struct rte_mbuf *m = NULL;

	return t->nic->model->from_guest(t->nic, 0, &m, 1) == 1 ? m : NULL;
}

void
t_expect_none(struct test_rtl8139 *t)
{
	struct rte_mbuf *m = t_take(t);

	CU_ASSERT_PTR_NULL(m);
	rte_pktmbuf_free(m);
}

void
t_expect(struct test_rtl8139 *t, const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = t_take(t);

	CU_ASSERT_PTR_NOT_NULL(m);
	if (m != NULL)
		CU_ASSERT_TRUE(t_mbuf_is(m, frame, len));
	rte_pktmbuf_free(m);
	t_expect_none(t);
}

unsigned int
t_drain(struct test_rtl8139 *t, uint16_t n)
{
	struct rte_mbuf *pkts[64];
	unsigned int all = 0;
	uint16_t got, i;

	do {
		got = t->nic->model->from_guest(t->nic, 0, pkts, n);
		CU_ASSERT(got <= n);
		for (i = 0; i < got; i++)
			rte_mbuf_sanity_check(pkts[i], 1);
		rte_pktmbuf_free_bulk(pkts, got);
		all += got;
	} while (got > 0);
	return all;
}

void
t_starve(struct test_rtl8139 *t)
{
	while (t->n_held < RTE_DIM(t->held) &&
		(t->held[t->n_held] = rte_pktmbuf_alloc(test_pool)) != NULL)
		t->n_held++;
}

void
t_feed(struct test_rtl8139 *t)
{
	rte_pktmbuf_free_bulk(t->held, t->n_held);
	t->n_held = 0;
}

uint64_t
t_accounted(const struct test_rtl8139 *t)
{
	static const char *const ways[] = { "frames", "filtered", "disabled", "looping", "short",
		"too_big", "no_buffer", "bad_chain" };
	uint64_t all = 0;
	char name[32];
	unsigned int i;

	for (i = 0; i < RTE_DIM(ways); i++) {
		snprintf(name, sizeof(name), "to_guest_%s", ways[i]);
		all += t_count(t, name);
	}
	return all;
}

void
t_alive(struct test_rtl8139 *t)
{
	uint8_t frame[100];

	t_command(t, NIC_PCI_COMMAND_MASTER | 3);
	t_w8(t, RTL_HLTCLK, 'R');
	t_w8(t, RTL_9346CR, 0);
	t_w8(t, RTL_CR, RTL_CR_RST);
	t->nic->model->reset(t->nic);
	t->tx = t->rx = 0;
	t_start_cplus(t, 0);
	t_frame(frame, sizeof(frame), &test_mac, 0x42);
	t_send_cplus(t, frame, sizeof(frame), 0, 0);
	t_expect(t, frame, sizeof(frame));
	t_give(t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_get32(t, T_RX_RING), RTL_DESC_FS | RTL_DESC_LS | RTL_RXD_PAM | (100 + 4));
}

static void
test_suites(void)
{
	test_pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	test_rtl8139_chip_suite();
	test_rtl8139_c_suite();
	test_rtl8139_wait_suite();
	test_rtl8139_cplus_suite();
	test_rtl8139_offload_suite();
	test_rtl8139_hostile_suite();
	test_rtl8139_fuzz_suite();
}

int
main(void)
{
	return test_main("", test_suites);
}
