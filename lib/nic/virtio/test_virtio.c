/* SPDX-License-Identifier: BSD-3-Clause */
/* Test bench of the virtio model, and the program's main. */
#include "test_virtio.h"

#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/test_main.h"
#include "test_packed.h"
#include "test_pci.h"

struct rte_mempool *test_pool;

static void
test_raise(void *ctx, uint16_t vec)
{
	struct test_virtio *t = ctx;

	t->irqs[vec]++;
}

static void
test_lower(void *ctx, uint16_t vec)
{
}

static const struct nic_irq_ops test_irq = { test_raise, test_lower };

void
test_up(struct test_virtio *t, uint64_t features, uint16_t index)
{
	struct nic_conf conf = { .name = "t",
		.n_queues = 1,
		.features_mask = ~0ull,
		.carry = true,
		.packed = true };

	memset(t, 0, sizeof(*t));
	td_mem_init(&t->td);
	CU_ASSERT_EQUAL_FATAL(gmem_init(&t->mem), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, TD_GPA0, TD_LEN0, t->td.hva[0]), 0);
	CU_ASSERT_EQUAL_FATAL(gmem_add(&t->mem, TD_GPA1, TD_LEN1, t->td.hva[1]), 0);
	t->nic = nic_create(nic_model_find("virtio-net"), &conf, &t->mem, &test_irq, t);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t->nic);
	t->nic->pool[0] = test_pool;
	t->pool_before = rte_mempool_avail_count(test_pool);
	td_ring_init(&t->to, &t->td, 0, index);
	td_ring_init(&t->from, &t->td, 1, index);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.set_features(t->nic, features), 0);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.vring_start(t->nic, 0, &t->to.where), 0);
	CU_ASSERT_EQUAL_FATAL(virtio_vring_ops.vring_start(t->nic, 1, &t->from.where), 0);
}

void
test_down(struct test_virtio *t)
{
	CU_ASSERT_EQUAL(rte_mempool_avail_count(test_pool), t->pool_before);
	nic_destroy(t->nic);
	gmem_fini(&t->mem);
	td_mem_fini(&t->td);
}

uint64_t
test_count(const struct test_virtio *t, const char *name)
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
test_frame(uint8_t *frame, uint32_t len, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		frame[i] = (uint8_t)(seed + i + (i >> 8) * 7);
}

struct rte_mbuf *
test_mbuf(uint32_t len, uint8_t seed)
{
	uint8_t *frame = malloc(len);
	struct rte_mbuf *first = NULL, *m;
	uint32_t at = 0;

	test_frame(frame, len, seed);
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
	free(frame);
	return first;
}

bool
test_mbuf_is(const struct rte_mbuf *m, uint32_t len, uint8_t seed)
{
	uint8_t *want = malloc(len + 1), *got = malloc(len + 1);
	const void *p;
	bool same;

	test_frame(want, len, seed);
	p = rte_pktmbuf_read(m, 0, len, got);
	same = m->pkt_len == len && p != NULL && memcmp(p, want, len) == 0;
	free(want);
	free(got);
	return same;
}

static void
test_suites(void)
{
	test_pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	test_from_suite();
	test_to_suite();
	test_lend_suite();
	test_pci_suite();
	test_ctrl_suite();
	test_rss_suite();
	test_coal_suite();
	test_packed_suite();
	test_packed_burst_suite();
	test_fuzz_suite();
}

int
main(void)
{
	return test_main("", test_suites);
}
