/* SPDX-License-Identifier: BSD-3-Clause */
/* Anything at any time: registers and descriptors that change while they are read. */
#include <pthread.h>
#include <sched.h>
#include <string.h>

#include <rte_mbuf.h>

#include "test_e1000.h"

#define FUZZ_ROUNDS 60000
#define FLIPS	    2000000

static uint8_t frame[20000];

static uint32_t
next(uint32_t *x)
{
	*x = *x * 1664525 + 1013904223;
	return *x >> 8;
}

/* An address: mostly in memory, near its borders, or anywhere. */
static uint64_t
any_address(uint32_t *x)
{
	switch (next(x) % 8) {
	case 0:
		return T_BORDER - next(x) % 3000;
	case 1:
		return T_END - next(x) % 3000;
	case 2:
		return 0;
	case 3:
		return (uint64_t)next(x) << 40 | next(x);
	default:
		return T_GPA0 + next(x) % (T_LEN0 - 0x80000);
	}
}

/* A descriptor of any kind: mostly ones that mean something. */
static void
any_desc(struct test_e1000 *t, uint32_t *x)
{
	uint32_t lo = (next(x) << 24) | next(x) % (next(x) % 4 == 0 ? 0x100000 : 3000);
	uint64_t addr = any_address(x);

	if (lo & E1000_TXD_DEXT)
		lo = (lo & ~E1000_TXD_DTYP) | (next(x) % 8 == 0 ? next(x) % 16 << 20 : 1 << 20);
	if (next(x) % 5 == 0) {
		static const uint16_t offsets[] = { 14, 24, 33, 34, 50, 0 };

		t_context(t, offsets, E1000_TXD_TSE | 3 << 24, 54, next(x) % 3000);
		return;
	}
	t_desc(t, addr, lo, next(x) << 8 | next(x) % 0x400);
}

/* A register write that a driver could make, with any value; resets rarely. */
static void
any_register(struct test_e1000 *t, uint32_t *x)
{
	static const uint32_t regs[] = { E1000_RCTL, E1000_TCTL, E1000_CTRL, E1000_RXCSUM,
		E1000_RDT, E1000_TDT, E1000_RDH, E1000_TDH, E1000_RDLEN, E1000_TDLEN, E1000_VET,
		E1000_IMS, E1000_IMC, E1000_ICS, E1000_ITR, E1000_MDIC, E1000_EECD, E1000_EERD,
		E1000_CTRL_EXT, E1000_RDBAL, E1000_TDBAL };
	uint32_t reg = regs[next(x) % RTE_DIM(regs)], val = next(x) << 16 ^ next(x);

	if (next(x) % 16 == 0)
		reg = next(x) % E1000_REGS_LEN & ~3u;
	if (reg == E1000_RDT || reg == E1000_TDT || reg == E1000_RDH || reg == E1000_TDH)
		val %= T_DESCS + 2;
	if ((reg == E1000_RCTL || reg == E1000_TCTL) && next(x) % 4 != 0)
		val |= E1000_RCTL_EN;
	if (reg == E1000_MDIC)
		val = (val & ~E1000_MDIC_PHY) | 1 << 21;
	if (next(x) % 2)
		t_poke(t, reg & 0x3ffc, val);
	else
		t_w32(t, reg, val);
	t_r32(t, next(x) % E1000_REGS_LEN & ~3u);
}

static void
test_fuzz(void)
{
	struct test_e1000 t;
	uint32_t x = 4711, i, len;
	unsigned int taken = 0;
	struct rte_mbuf *pkts[8];

	t_frame(frame, sizeof(frame), &test_mac, 1);
	for (i = 0; i < FUZZ_ROUNDS; i++) {
		uint16_t n;

		if (i % 300 == 0) {
			if (i > 0)
				t_down(&t);
			t_up(&t, i % 600 != 0);
			t_start(&t, E1000_RCTL_UPE | E1000_RCTL_BAM | E1000_RCTL_LPE);
		}
		for (n = 0; n < 4; n++)
			any_desc(&t, &x);
		t_packet(frame, next(&x) % 2, next(&x) % 2, 10);
		t_put(&t, T_GPA0 + next(&x) % 0x100000, frame, 100);
		if (next(&x) % 4 != 0)
			t_kick(&t);
		else
			any_register(&t, &x);
		t_post_rx(&t, any_address(&x));
		n = t.nic->model->from_guest(t.nic, 0, pkts, 8);
		taken += n;
		rte_pktmbuf_free_bulk(pkts, n);
		len = 14 + next(&x) % (next(&x) % 8 == 0 ? 16000 : 1600);
		t_give(&t, frame, len);
	}
	t_down(&t);
	CU_ASSERT_TRUE(taken > FUZZ_ROUNDS / 100);
}

/* A guest's other CPU that writes descriptors and ring registers while they are used. */
struct flipper {
	struct test_e1000 *t;
	unsigned int done;
};

static void *
flip(void *arg)
{
	static const uint32_t regs[] = { E1000_RDT, E1000_TDT, E1000_RDH, E1000_TDH, E1000_RDLEN,
		E1000_TDLEN, E1000_TDBAL, E1000_RADV };
	struct flipper *f = arg;
	uint64_t *rings = (uint64_t *)(f->t->hva[0] + (T_TX_RING - T_GPA0));
	uint32_t x = 99;

	while (f->done < FLIPS) {
		uint64_t word = next(&x) % 3 == 0 ? any_address(&x)
						  : (uint64_t)next(&x) << 40 | next(&x) << 20 |
							    next(&x) % 3000;
		uint32_t at = next(&x) % 2 * 0x10000 + next(&x) % 256 * 8, reg;

		__atomic_store_n(&rings[at / 8], word, __ATOMIC_RELAXED);
		if (f->done % 16 == 0) {
			reg = regs[next(&x) % RTE_DIM(regs)];
			word = reg == E1000_TDBAL ? T_TX_RING : next(&x) % 0x110;
			__atomic_store_n((uint32_t *)(f->t->shared + reg), (uint32_t)word,
				__ATOMIC_RELAXED);
		}
		__atomic_store_n(&f->done, f->done + 1, __ATOMIC_RELEASE);
		if (f->done % 256 == 0)
			sched_yield(); /* where there is one CPU for both */
	}
	return NULL;
}

static void
test_flips(void)
{
	struct test_e1000 t;
	struct flipper f = { .t = &t };
	pthread_t thread;
	cpu_set_t cpus;
	struct rte_mbuf *pkts[8];
	unsigned int n;

	t_up(&t, false);
	t_start(&t, E1000_RCTL_UPE | E1000_RCTL_BAM);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t.shared);
	CU_ASSERT_EQUAL(T_RX_RING - T_TX_RING, 0x10000);
	t_packet(frame, false, false, 1400);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&thread, NULL, flip, &f), 0);
	/* Away from the one CPU that EAL bound us to; where there is no other it stays. */
	memset(&cpus, 0xff, sizeof(cpus));
	CPU_CLR(sched_getcpu(), &cpus);
	(void)pthread_setaffinity_np(thread, sizeof(cpus), &cpus);
	while (__atomic_load_n(&f.done, __ATOMIC_ACQUIRE) < FLIPS) {
		n = t.nic->model->from_guest(t.nic, 0, pkts, 8);
		rte_pktmbuf_free_bulk(pkts, n);
		t_give(&t, frame, 1454);
		t_r32(&t, E1000_ICR);
		sched_yield();
	}
	pthread_join(thread, NULL);
	t_w32(&t, E1000_CTRL, E1000_CTRL_RST);
	t_start(&t, 0);
	t_send(&t, frame, 60);
	CU_ASSERT_TRUE(t_is(t_take(&t), frame, 60));
	t_down(&t);
}

void
test_e1000_fuzz_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "any access", test_fuzz);
	CU_add_test(s, "changed while read", test_flips);
}
