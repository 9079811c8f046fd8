/* SPDX-License-Identifier: BSD-3-Clause */
/* Anything at any time: descriptors that change while they are read, random register accesses. */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "test_rtl8139.h"

#define DESC_FRAME  (RTL_DESC_OWN | RTL_DESC_FS | RTL_DESC_LS)
#define FUZZ_ROUNDS 40000
#define FLIPS	    2000000

/* A guest's other CPU that writes descriptors while they are served. */
struct flipper {
	rte_le32_t *ring;  /* transmit, then receive */
	unsigned int done; /* rounds */
	bool stop;
};

static void *
flip(void *arg)
{
	struct flipper *f = arg;
	uint32_t x = 0x1234567;

	while (!__atomic_load_n(&f->stop, __ATOMIC_ACQUIRE)) {
		x = x * 1664525 + 1013904223;
		/* dw0 of any descriptor: any flags, lengths to 2 KiB, large send, tags. */
		__atomic_store_n(f->ring + (x >> 20) % 64 * (size_t)4,
			(x & 0xfc000000) | (x >> 7 & 0x7ff) | (x & 0x70000), __ATOMIC_RELAXED);
		__atomic_store_n(f->ring + 0x800 + (x >> 14) % 64 * (size_t)4,
			(x << 3 & 0xc0000000) | (x >> 7 & 0x1fff), __ATOMIC_RELAXED);
		__atomic_store_n(&f->done, f->done + 1, __ATOMIC_RELEASE);
		if (f->done % 256 == 0)
			sched_yield(); /* where there is one CPU for both */
	}
	return NULL;
}

static void
flips_start(struct test_rtl8139 *t, struct flipper *f, pthread_t *thread)
{
	cpu_set_t cpus;
	unsigned int i;

	for (i = 0; i < 64; i++) {
		t_desc(t, T_TX_RING, i, 0, 0, i % 5 == 0 ? T_BORDER - 99 : T_TX_DATA);
		t_desc(t, T_RX_RING, i, 0, 0, i % 7 == 0 ? T_END - 99 : T_RX_BUF(i));
	}
	CU_ASSERT_EQUAL(T_RX_RING - T_TX_RING, 4 * 0x800);
	f->ring = (rte_le32_t *)(t->hva[0] + T_TX_RING - T_GPA0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(thread, NULL, flip, f), 0);
	/* Away from the one CPU that EAL bound us to; where there is no other it stays. */
	memset(&cpus, 0xff, sizeof(cpus));
	CPU_CLR(sched_getcpu(), &cpus);
	(void)pthread_setaffinity_np(*thread, sizeof(cpus), &cpus);
}

/* Enough of everything was seen; or it takes too long. */
static bool
flips_end(struct test_rtl8139 *t, const struct flipper *f, uint64_t end)
{
	if (rte_get_timer_cycles() > end)
		return true;
	return __atomic_load_n(&f->done, __ATOMIC_ACQUIRE) >= FLIPS &&
	       t_count(t, "from_guest_frames") > 10 && t_count(t, "from_guest_bad_chain") > 10 &&
	       t_count(t, "to_guest_frames") > 10;
}

static void
test_flips(void)
{
	uint64_t end = rte_get_timer_cycles() + 20 * rte_get_timer_hz();
	struct test_rtl8139 t;
	struct flipper f = { 0 };
	pthread_t thread;
	uint8_t frame[1514];
	uint64_t given = 0;

	t_up(&t, 0, false);
	t_start_cplus(&t, RTL_CPCMD_RXCHKSUM | RTL_CPCMD_RXVLAN);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_w8(&t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
	flips_start(&t, &f, &thread);
	while (!flips_end(&t, &f, end)) {
		t_give(&t, frame, 60 + given++ % 1455);
		t_drain(&t, 1);
	}
	__atomic_store_n(&f.stop, true, __ATOMIC_RELEASE);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(t_accounted(&t), given);
	CU_ASSERT_EQUAL(t_accounted(&t), given);
	CU_ASSERT(t_count(&t, "from_guest_frames") > 10);
	CU_ASSERT(t_count(&t, "from_guest_bad_chain") > 10);
	CU_ASSERT(t_count(&t, "to_guest_frames") > 10);
	t_alive(&t);
	t_down(&t);
}

static uint32_t
random32(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return (uint32_t)(*state >> 16);
}

/* Values that lead somewhere are more likely than by chance. */
static uint32_t
random_value(uint64_t *state)
{
	uint32_t x = random32(state);

	switch (x % 8) {
	case 0:
		return 0;
	case 1:
		return UINT32_MAX;
	case 2:
		return BIT32(x >> 8 & 31);
	case 3:
		return T_TX_RING + (x >> 8 & 3) * 0x1000;
	case 4:
		return x >> 8 & 0xfff;
	default:
		return random32(state);
	}
}

/* What holds whatever the guest did. */
static bool
fuzz_holds(struct test_rtl8139 *t, uint64_t given)
{
	const struct rtl8139 *s = t->nic->state;
	bool intx = !(nic_pci_command(t->nic->config) & NIC_PCI_COMMAND_NO_INTX);
	uint16_t isr = t_r16(t, RTL_ISR), imr = t_r16(t, RTL_IMR);

	bool due = (isr & imr & ~RTL_ISR_TOK) != 0, waits = (isr & imr & RTL_ISR_TOK) != 0;

	/* TOK alone may raise the line later. */
	return (t->line ? intx && (due || waits) : !intx || !due) && (isr & ~RTL_ISR_WMASK) == 0 &&
	       s->rx.cbr < rtl8139_ring_size(s) && s->rx.cbr % 4 == 0 && s->tx.slot < RTL_TSD_N &&
	       s->tx.index[0] < RTL_RING_DESCS && s->tx.index[1] < RTL_RING_DESCS &&
	       s->rx.index < RTL_RING_DESCS &&
	       t_accounted(t) == given + t_count(t, "from_guest_loopback");
}

/* A driver that does it right, for a change: in C+ mode, or in C mode. */
static void
fuzz_driver(struct test_rtl8139 *t, uint64_t *state)
{
	const struct rtl8139 *s = t->nic->state;
	uint32_t x = random32(state);

	t_command(t, NIC_PCI_COMMAND_MASTER);
	t_w8(t, RTL_CR, RTL_CR_TE | RTL_CR_RE);
	t_w8(t, RTL_RCR, (uint8_t)x | RTL_RCR_AAP);
	t_w32(t, RTL_RBSTART, T_RX_DATA);
	t_w16(t, RTL_CAPR, (uint16_t)(t_r16(t, RTL_CBR) - RTL_CAPR_BIAS));
	if (x & BIT32(8)) {
		t_w32(t, RTL_TSAD0 + 4 * s->tx.slot, T_TX_DATA);
		t_w32(t, RTL_TSD + 4 * s->tx.slot, x >> 20);
		return;
	}
	t_w16(t, RTL_CPCMD, (uint16_t)(x >> 16 | RTL_CPCMD_TXEN));
	t_w32(t, RTL_TNPDS, T_TX_RING);
	t_w32(t, RTL_TNPDS + 4, 0);
	t_w32(t, RTL_RDSAR, T_RX_RING);
	t_w32(t, RTL_RDSAR + 4, 0);
	t_desc(t, T_TX_RING, s->tx.index[0], DESC_FRAME | (x & 0xfff), 0, T_TX_DATA);
	t_desc(t, T_RX_RING, s->rx.index, RTL_DESC_OWN | 0x600, 0, T_RX_DATA);
	t_w8(t, RTL_TPPOLL, RTL_TPPOLL_NPQ);
}

/* One random step; @return frames given. */
static unsigned int
fuzz_step(struct test_rtl8139 *t, uint64_t *state)
{
	static const uint8_t likely[] = { RTL_CR, RTL_TPPOLL, RTL_CPCMD, RTL_RCR, RTL_TCR, RTL_TSD,
		RTL_CAPR, RTL_ISR, RTL_IMR, RTL_RBSTART, RTL_RDSAR, RTL_TNPDS, RTL_9346CR };
	uint32_t x = random32(state), val = random_value(state);
	uint32_t off = x & 1 ? likely[(x >> 1) % RTE_DIM(likely)] : (x >> 1) & 0xff;
	uint32_t size = 1u << (x >> 12) % 3;
	uint8_t frame[2000];

	switch (x >> 16 & 15) {
	case 0: /* a descriptor */
		t_desc(t, T_TX_RING + (val & 3) * 0x1000, random32(state) % 64,
			random32(state) | RTL_DESC_OWN, random32(state),
			T_GPA0 + random32(state) % (T_LEN0 + T_LEN1));
		return 0;
	case 1:
		t_command(t, (uint16_t)val);
		return 0;
	case 2:
		t_drain(t, 1 + val % 32);
		return 0;
	case 3:
	case 4:
		t_frame(frame, 1 + val % sizeof(frame), x >> 20 & 1 ? &test_mac : &test_broadcast,
			(uint8_t)val);
		t_give(t, frame, 1 + val % sizeof(frame));
		return 1;
	case 5:
		nic_pci_bar_read(t->nic, 1, off, &val, size);
		return 0;
	case 6:
		fuzz_driver(t, state);
		return 0;
	default:
		nic_pci_bar_write(t->nic, 1, off, &val, size);
		return 0;
	}
}

/* The lcores of the datapath, while a guest accesses registers that do not hold them. */
struct lcores {
	struct test_rtl8139 t;
	uint64_t given;	   /* T's until it has ended */
	unsigned int stop; /* C writes */
};

static void *
run_from_guest(void *arg)
{
	struct lcores *l = arg;
	struct nic *nic = l->t.nic;
	struct rte_mbuf *pkts[4];

	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED))
		rte_pktmbuf_free_bulk(pkts, nic->model->from_guest(nic, 0, pkts, RTE_DIM(pkts)));
	return NULL;
}

static void *
run_to_guest(void *arg)
{
	struct lcores *l = arg;
	struct nic *nic = l->t.nic;
	uint8_t frame[1514];

	t_frame(frame, sizeof(frame), &test_mac, 1);
	while (!__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		struct rte_mbuf *m = t_mbuf(frame, 60 + l->given % 1455);

		l->given += nic->model->to_guest(nic, 0, &m, 1);
		if (l->given % 16 == 0)
			sched_yield();
	}
	return NULL;
}

/* A driver and its interrupt handler at work, and whatever else needs no hold. */
static void
lcores_step(struct test_rtl8139 *t, uint64_t *state)
{
	uint32_t x = random32(state), val = random32(state), size = 1u << (x >> 12) % 3;
	uint32_t off = x & 0xff & ~(size - 1);

	t_w16(t, RTL_ISR, t_r16(t, RTL_ISR));
	t_w16(t, RTL_CAPR, (uint16_t)(t_r16(t, RTL_CBR) - RTL_CAPR_BIAS));
	t_w32(t, RTL_TSD + (x & 12), 60 + (x & 0x3ff));
	__atomic_store_n((rte_le32_t *)(t->hva[0] + T_RX_RING - T_GPA0),
		RTL_DESC_OWN | RTL_DESC_EOR | 0x600, __ATOMIC_RELEASE);
	t_w16(t, RTL_IMR, x & 0x100 ? 0xffff : 0);
	nic_pci_bar_read(t->nic, 1, off, &val, size);
	if (!nic_pci_bar_holds(t->nic, 1, off, size) && (off < RTL_TSAD0 || off >= RTL_RBSTART))
		nic_pci_bar_write(t->nic, 1, off, &val, size);
	if (x % 64 == 0)
		sched_yield();
}

static void
check_lcores(uint16_t cpcmd)
{
	struct lcores *l = calloc(1, sizeof(*l));
	uint64_t state = 0x2545f4914f6cdd1d;
	pthread_t from, to;
	unsigned int i;

	t_up(&l->t, 0, true);
	for (i = 0; i < RTL_TSD_N; i++)
		t_w32(&l->t, RTL_TSAD0 + 4 * i, T_TX_DATA);
	t_start_c(&l->t, RTL_RCR_AAP);
	if (cpcmd != 0)
		t_start_cplus(&l->t, cpcmd);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&from, NULL, run_from_guest, l), 0);
	CU_ASSERT_EQUAL_FATAL(pthread_create(&to, NULL, run_to_guest, l), 0);
	for (i = 0; i < FUZZ_ROUNDS; i++)
		lcores_step(&l->t, &state);
	__atomic_store_n(&l->stop, 1, __ATOMIC_RELAXED);
	pthread_join(from, NULL);
	pthread_join(to, NULL);
	/* Whoever changed the line last left it as it should be. */
	CU_ASSERT_TRUE(fuzz_holds(&l->t, l->given));
	CU_ASSERT(t_count(&l->t, "to_guest_frames") > 10);
	CU_ASSERT(cpcmd != 0 || t_count(&l->t, "from_guest_frames") > 10);
	t_down(&l->t);
	free(l);
}

static void
test_lcores(void)
{
	check_lcores(0);
	check_lcores(RTL_CPCMD_TXEN | RTL_CPCMD_RXEN);
}

static void
fuzz(uint8_t revision, uint64_t seed)
{
	struct test_rtl8139 t;
	uint64_t state = seed, given = 0;
	bool fine = true;
	unsigned int i;

	t_up(&t, revision, seed & 1);
	for (i = 0; i < FUZZ_ROUNDS && fine; i++) {
		given += fuzz_step(&t, &state);
		fine = fuzz_holds(&t, given);
	}
	CU_ASSERT_TRUE(fine);
	if (!fine)
		printf("  seed 0x%" PRIx64 ", revision 0x%x, step %u\n", seed, revision, i);
	/* The rounds were not in vain. */
	CU_ASSERT(t_count(&t, "to_guest_frames") > 10);
	CU_ASSERT(t_count(&t, "from_guest_frames") > 10);
	if (revision == 0)
		t_alive(&t);
	t_down(&t);
}

static void
test_fuzz(void)
{
	unsigned int i;

	for (i = 0; i < 4; i++)
		fuzz(0, 0x9e3779b97f4a7c15 + i);
}

static void
test_fuzz_plain(void)
{
	unsigned int i;

	for (i = 0; i < 2; i++)
		fuzz(0x10, 0xd1342543de82ef95 + i);
}

void
test_rtl8139_fuzz_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_fuzz", NULL, NULL);

	CU_add_test(s, "descriptors that change", test_flips);
	CU_add_test(s, "registers while lcores work", test_lcores);
	CU_add_test(s, "registers, C+", test_fuzz);
	CU_add_test(s, "registers, plain", test_fuzz_plain);
}
