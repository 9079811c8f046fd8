/* SPDX-License-Identifier: BSD-3-Clause */
/* The test bench of the e1000 model: guest memory, registers, rings, frames. */
#include "test_e1000.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"

bool test_shared;
struct rte_mempool *test_pool;
const struct rte_ether_addr test_mac = { { 0x52, 0x54, 0x00, 0x12, 0x34, 0x56 } };
const struct rte_ether_addr test_other_mac = { { 0x52, 0x54, 0x00, 0xaa, 0xbb, 0xcc } };
const struct rte_ether_addr test_multi_mac = { { 0x01, 0x00, 0x5e, 0x00, 0x00, 0x01 } };
const struct rte_ether_addr test_broadcast = { { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };

static void
test_raise(void *ctx, uint16_t vec)
{
	struct test_e1000 *t = ctx;

	CU_ASSERT_EQUAL(vec, 0);
	t->line = true;
	t->raises++;
}

static void
test_lower(void *ctx, uint16_t vec)
{
	struct test_e1000 *t = ctx;

	t->line = false;
}

static const struct nic_irq_ops test_irq = { test_raise, test_lower };

void
t_command(struct test_e1000 *t, uint16_t val)
{
	if (nic_pci_config_write(t->nic->config, NIC_PCI_COMMAND, &val, sizeof(val)))
		t->nic->model->pci->command(t->nic);
}

void
t_up(struct test_e1000 *t, bool carry)
{
	struct nic_conf conf = { .name = "t", .n_queues = 1, .mac = test_mac, .carry = carry };

	memset(t, 0, sizeof(*t));
	t->hva[0] = calloc(1, T_LEN0);
	t->hva[1] = calloc(1, T_LEN1);
	CU_ASSERT_EQUAL_FATAL(gmem_init(&t->mem), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, T_GPA0, T_LEN0, t->hva[0]), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, T_BORDER, T_LEN1, t->hva[1]), 0);
	t->nic = nic_create(nic_model_find("e1000"), &conf, &t->mem, &test_irq, t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->nic);
	t->s = t->nic->state;
	if (test_shared) {
		t->shared = calloc(1, t->nic->model->pci->shared_len);
		t->nic->shared = t->shared;
		t->nic->model->reset(t->nic);
	}
	t->nic->pool[0] = test_pool;
	t->pool_before = rte_mempool_avail_count(test_pool);
	t_command(t, NIC_PCI_COMMAND_MASTER | 3);
}

void
t_down(struct test_e1000 *t)
{
	nic_destroy(t->nic);
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t->pool_before);
	gmem_fini(&t->mem);
	free(t->hva[0]);
	free(t->hva[1]);
	free(t->shared);
}

void
t_w32(struct test_e1000 *t, uint32_t off, uint32_t val)
{
	nic_pci_bar_write(t->nic, 0, off, &val, sizeof(val));
}

uint32_t
t_r32(struct test_e1000 *t, uint32_t off)
{
	uint32_t val;

	nic_pci_bar_read(t->nic, 0, off, &val, sizeof(val));
	return val;
}

void
t_poke(struct test_e1000 *t, uint32_t off, uint32_t val)
{
	if (t->shared != NULL)
		__atomic_store_n((uint32_t *)(t->shared + off), val, __ATOMIC_RELEASE);
	else
		t_w32(t, off, val);
}

void
t_phy_write(struct test_e1000 *t, uint32_t reg, uint16_t val)
{
	t_w32(t, E1000_MDIC, 1 << 26 | 1 << 21 | reg << 16 | val);
	CU_ASSERT_EQUAL(t_r32(t, E1000_MDIC) >> 28, 1);
}

uint16_t
t_phy_read(struct test_e1000 *t, uint32_t reg)
{
	t_w32(t, E1000_MDIC, 2 << 26 | 1 << 21 | reg << 16);
	CU_ASSERT_EQUAL(t_r32(t, E1000_MDIC) >> 28, 1);
	return (uint16_t)t_r32(t, E1000_MDIC);
}

void
t_quiet_over(struct test_e1000 *t)
{
	__atomic_store_n(&t->s->irq_quiet_until, 0, __ATOMIC_RELAXED);
}

void
t_put(const struct test_e1000 *t, uint64_t gpa, const void *src, uint32_t len)
{
	CU_ASSERT_EQUAL_FATAL(gmem_write(&t->mem, gpa, src, len), 0);
}

void
t_get(const struct test_e1000 *t, uint64_t gpa, void *dst, uint32_t len)
{
	CU_ASSERT_EQUAL_FATAL(gmem_read(&t->mem, gpa, dst, len), 0);
}

uint64_t
t_count(const struct test_e1000 *t, const char *name)
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
t_start(struct test_e1000 *t, uint32_t rctl)
{
	unsigned int i;

	t_poke(t, E1000_RDBAL, T_RX_RING);
	t_poke(t, E1000_RDBAH, 0);
	t_poke(t, E1000_RDLEN, T_DESCS * sizeof(struct e1000_desc));
	t_poke(t, E1000_RDH, 0);
	t_poke(t, E1000_RDT, 0);
	t->rx = t->tx = 0;
	for (i = 0; i < T_DESCS - 1; i++)
		t_post_rx(t, T_RX_BUF(i));
	t_poke(t, E1000_TDBAL, T_TX_RING);
	t_poke(t, E1000_TDBAH, 0);
	t_poke(t, E1000_TDLEN, T_DESCS * sizeof(struct e1000_desc));
	t_poke(t, E1000_TDH, 0);
	t_poke(t, E1000_TDT, 0);
	t_w32(t, E1000_TCTL, E1000_TCTL_EN);
	t_w32(t, E1000_RCTL, rctl | E1000_RCTL_EN);
	t_w32(t, E1000_IMS, E1000_ICR_BITS);
}

void
t_post_rx(struct test_e1000 *t, uint64_t buf_gpa)
{
	struct e1000_desc d = { rte_cpu_to_le_64(buf_gpa), 0 };

	t_put(t, T_RX_RING + t->rx * sizeof(d), &d, sizeof(d));
	t->rx = (t->rx + 1) % T_DESCS;
	t_poke(t, E1000_RDT, t->rx);
}

void
t_desc(struct test_e1000 *t, uint64_t addr, uint32_t lo, uint32_t hi)
{
	struct e1000_desc d = { rte_cpu_to_le_64(addr), rte_cpu_to_le_64(lo | (uint64_t)hi << 32) };

	t_put(t, T_TX_RING + t->tx * sizeof(d), &d, sizeof(d));
	t->tx = (t->tx + 1) % T_DESCS;
}

void
t_kick(struct test_e1000 *t)
{
	t_poke(t, E1000_TDT, t->tx);
}

void
t_data(struct test_e1000 *t, uint64_t addr, uint32_t len, uint32_t cmd, uint32_t hi)
{
	t_desc(t, addr, len | 1 << 20 | E1000_TXD_DEXT | cmd, hi);
}

void
t_context(struct test_e1000 *t, const uint16_t *offsets, uint32_t cmd, uint32_t hdr_len,
	uint32_t mss)
{
	uint64_t addr = offsets[0] | (uint64_t)offsets[1] << 8 | (uint64_t)offsets[2] << 16 |
			(uint64_t)offsets[3] << 32 | (uint64_t)offsets[4] << 40 |
			(uint64_t)offsets[5] << 48;

	t_desc(t, addr, E1000_TXD_DEXT | cmd, hdr_len << 8 | mss << 16);
}

void
t_send(struct test_e1000 *t, const uint8_t *frame, uint32_t len)
{
	t_put(t, T_TX_DATA, frame, len);
	t_desc(t, T_TX_DATA, len | T_END_CMD, 0);
	t_kick(t);
}

struct rte_mbuf *
t_take(struct test_e1000 *t)
{
	struct rte_mbuf *m = NULL;

	return t->nic->model->from_guest(t->nic, 0, &m, 1) == 1 ? m : NULL;
}

uint8_t
t_tx_status(const struct test_e1000 *t, unsigned int i)
{
	uint8_t status = 0;

	t_get(t, T_TX_RING + i * sizeof(struct e1000_desc) + E1000_TXD_STATUS_BYTE, &status, 1);
	return status;
}

uint64_t
t_rxd(const struct test_e1000 *t, unsigned int i)
{
	rte_le64_t info = 0;

	t_get(t, T_RX_RING + i * sizeof(struct e1000_desc) + 8, &info, sizeof(info));
	return rte_le_to_cpu_64(info);
}

bool
t_got(const struct test_e1000 *t, unsigned int i, const uint8_t *frame, uint32_t len)
{
	static uint8_t buf[0x4000];
	uint64_t info = t_rxd(t, i);
	uint32_t crc = 0;

	t_get(t, T_RX_BUF(i), buf, len + 4);
	return (info & E1000_RXD_DD) && (info & E1000_RXD_EOP) && (uint16_t)info == len + 4 &&
	       memcmp(buf, frame, len) == 0 && memcmp(buf + len, &crc, 4) == 0;
}

void
t_give(struct test_e1000 *t, const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = t_mbuf(frame, len);

	CU_ASSERT_EQUAL(t->nic->model->to_guest(t->nic, 0, &m, 1), 1);
}
