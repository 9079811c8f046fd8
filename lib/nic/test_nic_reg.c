/* SPDX-License-Identifier: BSD-3-Clause */
/* Register tables against a model that knows only bytes; and the program's main. */
#include "test_nic.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "base/test_main.h"
#include "nic.h"
#include "nic_reg.h"

#define SPACE	  0x100
#define MAX_CALLS 8

struct call {
	uint32_t offset, old, val;
};

/* Where the registers of these tests are kept, and what their hooks were told. */
struct bench {
	struct nic nic;
	_Alignas(4) uint8_t cell[SPACE];
	struct call call[MAX_CALLS];
	unsigned int n_calls;
	unsigned int n_reads;
};

static void *
bench_cell(const struct nic *nic, uint32_t offset)
{
	return ((struct bench *)nic->state)->cell + offset;
}

static void
bench_on_write(struct nic *nic, uint32_t offset, uint32_t old, uint32_t val)
{
	struct bench *b = nic->state;

	CU_ASSERT_FATAL(b->n_calls < MAX_CALLS);
	b->call[b->n_calls++] = (struct call){ offset, old, val };
}

static uint32_t
bench_on_read(struct nic *nic, uint32_t offset)
{
	struct bench *b = nic->state;

	b->n_reads++;
	return 0x44332211 + offset;
}

/* The same content for every test: no byte is 0, and neighbours differ. */
static void
bench_init(struct bench *b)
{
	unsigned int i;

	memset(b, 0, sizeof(*b));
	b->nic.state = b;
	for (i = 0; i < SPACE; i++)
		b->cell[i] = (uint8_t)(0x91 + 37 * i) | 1;
}

/* Each kind of register in each width: four of 1 byte, two of 2, one of 4, at 0x10 * kind. */
#define ROW(name, at, n, width, kind, reset, wmask)                                                \
	{                                                                                          \
		name, at, n, width, kind, NIC_CONFIG, reset, wmask, NULL, bench_on_write           \
	}
#define KIND(name, at, kind)                                                                       \
	ROW(name "1", at, 4, 1, kind, 0xa5, 0xf3),                                                 \
		ROW(name "2", at + 4, 2, 2, kind, 0x1234, 0xfe3c),                                 \
		ROW(name "4", at + 8, 1, 4, kind, 0xdeadbeef, 0xf0ff0f3c)

static const struct nic_reg kind_rows[] = {
	KIND("RO", 0x00, NIC_RO),
	KIND("RW", 0x10, NIC_RW),
	KIND("WO", 0x20, NIC_WO),
	KIND("RC", 0x30, NIC_RC),
	KIND("W1C", 0x40, NIC_W1C),
};
static const struct nic_reg_set kinds = { kind_rows, RTE_DIM(kind_rows), false, bench_cell };

/* Rows with room beside them. */
static const struct nic_reg gap_rows[] = {
	{ "First", 0x00, 0, 1, NIC_RW, NIC_PLAIN, 0, 0xff, NULL, NULL },
	{ "ARRAY", 0x04, 4, 4, NIC_RW, NIC_CONFIG, 0x01020304, UINT32_MAX, NULL, NULL },
	{ "WORDS", 0x20, 3, 2, NIC_RW, NIC_DOORBELL, 0x55aa, 0xffff, NULL, bench_on_write },
	{ "READ", 0x30, 2, 4, NIC_RC, NIC_CONFIG, 7, 0, bench_on_read, NULL },
	{ "Last", 0xff, 1, 1, NIC_RO, NIC_CONFIG, 0x77, 0, NULL, NULL },
};
static const struct nic_reg_set gaps = { gap_rows, RTE_DIM(gap_rows), false, bench_cell };
static const struct nic_reg_set gaps_dwords = { gap_rows, RTE_DIM(gap_rows), true, bench_cell };

static void
test_find(void)
{
	const struct nic_reg_set none = { gap_rows, 0, false, bench_cell };
	unsigned int i;
	uint32_t at;

	for (at = 0; at < 2 * SPACE; at++) {
		const struct nic_reg *want = NULL;

		for (i = 0; i < RTE_DIM(gap_rows); i++) {
			uint32_t n = gap_rows[i].count == 0 ? 1 : gap_rows[i].count;

			if (at >= gap_rows[i].offset &&
				at < gap_rows[i].offset + n * gap_rows[i].width)
				want = &gap_rows[i];
		}
		CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, at), want);
		CU_ASSERT_PTR_NULL(nic_reg_find(&none, at));
	}
	/* Spelt out: the first and the last byte, and those beside. */
	CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, 0x00), &gap_rows[0]);
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, 0x01));
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, 0x03));
	CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, 0x04), &gap_rows[1]);
	CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, 0x13), &gap_rows[1]);
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, 0x14));
	CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, 0x25), &gap_rows[2]);
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, 0x26));
	CU_ASSERT_PTR_EQUAL(nic_reg_find(&gaps, 0xff), &gap_rows[4]);
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, 0x100));
	CU_ASSERT_PTR_NULL(nic_reg_find(&gaps, UINT32_MAX));
}

static void
test_named(void)
{
	CU_ASSERT_PTR_EQUAL(nic_reg_named(&gaps, "First"), &gap_rows[0]);
	CU_ASSERT_PTR_EQUAL(nic_reg_named(&gaps, "FIRST"), &gap_rows[0]);
	CU_ASSERT_PTR_EQUAL(nic_reg_named(&gaps, "array"), &gap_rows[1]);
	CU_ASSERT_PTR_EQUAL(nic_reg_named(&gaps, "lAST"), &gap_rows[4]);
	CU_ASSERT_PTR_NULL(nic_reg_named(&gaps, "Las"));
	CU_ASSERT_PTR_NULL(nic_reg_named(&gaps, "Lastt"));
	CU_ASSERT_PTR_NULL(nic_reg_named(&gaps, ""));
}

static void
test_needs_hold(void)
{
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x00));
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x03));
	CU_ASSERT_TRUE(nic_reg_needs_hold(&gaps, 0x04));
	CU_ASSERT_TRUE(nic_reg_needs_hold(&gaps, 0x13));
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x14));
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x20));
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x25));
	CU_ASSERT_TRUE(nic_reg_needs_hold(&gaps, 0xff));
	CU_ASSERT_FALSE(nic_reg_needs_hold(&gaps, 0x100));
}

static void
test_reset(void)
{
	static const uint8_t array[16] = { 4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1, 4, 3, 2, 1 };
	static const uint8_t words[6] = { 0xaa, 0x55, 0xaa, 0x55, 0xaa, 0x55 };
	struct bench b, before;
	unsigned int i;

	bench_init(&b);
	before = b;
	nic_reg_reset(&b.nic, &gaps);
	CU_ASSERT_EQUAL(b.cell[0], 0);
	CU_ASSERT_EQUAL(memcmp(b.cell + 0x04, array, sizeof(array)), 0);
	CU_ASSERT_EQUAL(memcmp(b.cell + 0x20, words, sizeof(words)), 0);
	CU_ASSERT_EQUAL(b.cell[0xff], 0x77);
	/* No hook hears of it, and nothing beside a register changes. */
	CU_ASSERT_EQUAL(b.n_calls + b.n_reads, 0);
	for (i = 0; i < SPACE; i++)
		if (nic_reg_find(&gaps, i) == NULL)
			CU_ASSERT_EQUAL(b.cell[i], before.cell[i]);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps, &gap_rows[1], 0x10), 0x01020304);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps, &gap_rows[2], 0x24), 0x55aa);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps, &gap_rows[3], 0x34), 7);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps, &gap_rows[3], 0x34), 7);
}

/* What a byte holds after val was written to it. */
static uint8_t
want_byte(const struct nic_reg *reg, unsigned int lane, uint8_t old, uint8_t val)
{
	uint8_t mask = (uint8_t)(reg->wmask >> (8 * lane));

	if (reg->access == NIC_RW)
		return (uint8_t)((old & ~mask) | (val & mask));
	return reg->access == NIC_W1C ? (uint8_t)(old & ~(val & mask)) : old;
}

/* What the hooks should have been told of a write of size bytes at offset. */
static unsigned int
want_calls(const struct bench *before, uint32_t offset, unsigned int size, uint32_t val,
	struct call *call)
{
	unsigned int i, n = 0;

	for (i = 0; i < size; i++) {
		const struct nic_reg *reg = nic_reg_find(&kinds, offset + i);
		uint32_t at = offset + i - (offset + i) % reg->width, shift = 8 * (offset + i - at);
		unsigned int k;

		if (reg->access == NIC_RO || reg->access == NIC_RC)
			continue;
		if (n == 0 || call[n - 1].offset != at) {
			call[n] = (struct call){ .offset = at };
			for (k = 0; k < reg->width; k++)
				call[n].old |= (uint32_t)before->cell[at + k] << (8 * k);
			/* Only for RW is the rest of the register part of what is written. */
			call[n].val = reg->access == NIC_RW ? call[n].old : 0;
			n++;
		}
		call[n - 1].val &= ~(UINT32_C(0xff) << shift);
		call[n - 1].val |= ((val >> (8 * i)) & 0xff) << shift;
	}
	return n;
}

static void
check_write(uint32_t offset, unsigned int size, uint32_t val)
{
	struct call want[MAX_CALLS];
	struct bench b, before;
	unsigned int i, n;

	bench_init(&b);
	before = b;
	CU_ASSERT_TRUE(nic_reg_write(&b.nic, &kinds, offset, size, val));
	for (i = 0; i < SPACE; i++) {
		uint8_t byte = before.cell[i];

		if (i >= offset && i < offset + size) {
			const struct nic_reg *reg = nic_reg_find(&kinds, i);

			byte = want_byte(reg, i % reg->width, byte,
				(uint8_t)(val >> (8 * (i - offset))));
		}
		CU_ASSERT_EQUAL(b.cell[i], byte);
		if (b.cell[i] != byte)
			printf("  write of %u at 0x%x: byte 0x%x\n", size, offset, i);
	}
	n = want_calls(&before, offset, size, val, want);
	CU_ASSERT_EQUAL(b.n_calls, n);
	for (i = 0; i < n; i++) {
		CU_ASSERT_EQUAL(b.call[i].offset, want[i].offset);
		CU_ASSERT_EQUAL(b.call[i].old, want[i].old);
		CU_ASSERT_EQUAL(b.call[i].val, want[i].val);
	}
}

/* Every size at every lane of every width, for every kind. */
static void
test_writes(void)
{
	static const uint32_t vals[] = { 0, UINT32_MAX, 0x0ff0a55a, 0x12345678, 0x80000001 };
	unsigned int size, i;
	uint32_t at;

	for (size = 1; size <= 4; size *= 2)
		for (at = 0; at < 0x50; at += size)
			for (i = 0; nic_reg_find(&kinds, at) != NULL && i < RTE_DIM(vals); i++)
				check_write(at, size, vals[i]);
}

static void
check_read(uint32_t offset, unsigned int size)
{
	struct bench b, before;
	uint32_t got = 0x5a5a5a5a, want = 0;
	unsigned int i;

	bench_init(&b);
	before = b;
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &kinds, offset, size, &got));
	for (i = 0; i < size; i++)
		if (nic_reg_find(&kinds, offset + i)->access != NIC_WO)
			want |= (uint32_t)before.cell[offset + i] << (8 * i);
	CU_ASSERT_EQUAL(got, want);
	/* A narrow read clears all of an RC register, and nothing else. */
	for (i = 0; i < SPACE; i++) {
		const struct nic_reg *reg = nic_reg_find(&kinds, i);
		uint32_t at = reg == NULL ? i : i - i % reg->width;
		bool touched = reg != NULL && at < offset + size && offset < at + reg->width;

		CU_ASSERT_EQUAL(b.cell[i], touched && reg->access == NIC_RC ? 0 : before.cell[i]);
	}
	CU_ASSERT_EQUAL(b.n_calls, 0);
}

static void
test_reads(void)
{
	unsigned int size;
	uint32_t at;

	for (size = 1; size <= 4; size *= 2)
		for (at = 0; at < 0x50; at += size)
			if (nic_reg_find(&kinds, at) != NULL)
				check_read(at, size);
}

/* The cases that chips trip over, by hand. */
static void
test_lanes(void)
{
	struct bench b;
	uint32_t val;

	bench_init(&b);
	nic_reg_reset(&b.nic, &kinds);
	/* A byte of an interrupt status: the other three lanes stay pending. */
	CU_ASSERT_TRUE(nic_reg_write(&b.nic, &kinds, 0x4a, 1, 0xff));
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &kinds, &kind_rows[14], 0x48), 0xde00beef);
	CU_ASSERT_EQUAL(b.call[0].val, 0x00ff0000);
	/* The high half of a 32-bit RW register. */
	CU_ASSERT_TRUE(nic_reg_write(&b.nic, &kinds, 0x1a, 2, 0x1234));
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &kinds, &kind_rows[5], 0x18), 0x1e34beef);
	CU_ASSERT_EQUAL(b.call[1].old, 0xdeadbeef);
	CU_ASSERT_EQUAL(b.call[1].val, 0x1234beef);
	/* A dword over four 1-byte registers reaches each, lowest first. */
	CU_ASSERT_TRUE(nic_reg_write(&b.nic, &kinds, 0x20, 4, 0x44332211));
	CU_ASSERT_EQUAL_FATAL(b.n_calls, 6);
	CU_ASSERT_EQUAL(b.call[2].offset, 0x20);
	CU_ASSERT_EQUAL(b.call[2].val, 0x11);
	CU_ASSERT_EQUAL(b.call[5].offset, 0x23);
	CU_ASSERT_EQUAL(b.call[5].val, 0x44);
	/* A counter is gone once read, whichever lane. */
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &kinds, 0x39, 1, &val));
	CU_ASSERT_EQUAL(val, 0xbe);
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &kinds, 0x38, 4, &val));
	CU_ASSERT_EQUAL(val, 0);
}

static void
test_on_read(void)
{
	struct bench b;
	uint32_t val;

	bench_init(&b);
	nic_reg_reset(&b.nic, &gaps);
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &gaps, 0x34, 4, &val));
	CU_ASSERT_EQUAL(val, 0x44332211 + 0x34);
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &gaps, 0x33, 1, &val));
	CU_ASSERT_EQUAL(val, 0x44);
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &gaps, 0x32, 2, &val));
	CU_ASSERT_EQUAL(val, 0x4433);
	CU_ASSERT_EQUAL(b.n_reads, 3);
	/* The stored value is the hook's business, even of a register that a read clears. */
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps, &gap_rows[3], 0x34), 7);
}

/* Accesses to nothing, and across the border of something. */
static void
test_gaps(void)
{
	struct bench b;
	uint32_t val = 1;

	bench_init(&b);
	nic_reg_reset(&b.nic, &gaps);
	CU_ASSERT_FALSE(nic_reg_read(&b.nic, &gaps, 0x14, 4, &val));
	CU_ASSERT_EQUAL(val, 0);
	CU_ASSERT_FALSE(nic_reg_write(&b.nic, &gaps, 0x14, 4, UINT32_MAX));
	CU_ASSERT_FALSE(nic_reg_write(&b.nic, &gaps, 0x00, 4, 0x44332211));
	CU_ASSERT_EQUAL(b.cell[0], 0x11);
	CU_ASSERT_FALSE(nic_reg_read(&b.nic, &gaps, 0x00, 4, &val));
	CU_ASSERT_EQUAL(val, 0x11);
	CU_ASSERT_FALSE(nic_reg_write(&b.nic, &gaps, 0x24, 4, 0x44332211));
	CU_ASSERT_FALSE(nic_reg_read(&b.nic, &gaps, 0x24, 4, &val));
	CU_ASSERT_EQUAL(val, 0x2211);
	CU_ASSERT_EQUAL(b.n_calls, 1);
	CU_ASSERT_FALSE(nic_reg_read(&b.nic, &gaps, 0xfc, 4, &val));
	CU_ASSERT_EQUAL(val, 0x77000000);
}

static void
test_dwords(void)
{
	struct bench b;
	uint32_t val;

	bench_init(&b);
	nic_reg_reset(&b.nic, &gaps_dwords);
	nic_reg_write(&b.nic, &gaps_dwords, 0x00, 1, 0xee);
	nic_reg_write(&b.nic, &gaps_dwords, 0x06, 2, 0xeeee);
	nic_reg_write(&b.nic, &gaps_dwords, 0x0b, 1, 0xee);
	nic_reg_write(&b.nic, &gaps_dwords, 0x20, 2, 0xeeee);
	CU_ASSERT_EQUAL(b.cell[0], 0);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps_dwords, &gap_rows[1], 0x04), 0x01020304);
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps_dwords, &gap_rows[1], 0x08), 0x01020304);
	CU_ASSERT_EQUAL(b.n_calls, 0);
	CU_ASSERT_TRUE(nic_reg_write(&b.nic, &gaps_dwords, 0x08, 4, 0xcafe5678));
	CU_ASSERT_EQUAL(nic_reg_peek(&b.nic, &gaps_dwords, &gap_rows[1], 0x08), 0xcafe5678);
	/* Narrow reads are answered all the same. */
	CU_ASSERT_TRUE(nic_reg_read(&b.nic, &gaps_dwords, 0x0a, 2, &val));
	CU_ASSERT_EQUAL(val, 0xcafe);
}

/* What D does to a register while C accesses it. */
struct race {
	struct bench b;
	uint32_t *cell;
	unsigned int done; /* D writes, C reads */
	unsigned int lost; /* bits that went without being cleared; D's until it has ended */
};

#define RACES 1000000u

static void *
race_count(void *arg)
{
	struct race *r = arg;
	unsigned int i;

	for (i = 0; i < RACES; i++)
		__atomic_fetch_add(r->cell, 1, __ATOMIC_RELAXED);
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void *
race_bits(void *arg)
{
	struct race *r = arg;
	unsigned int i;

	for (i = 0; i < RACES; i++) {
		__atomic_fetch_or(r->cell, 0x101, __ATOMIC_RELAXED);
		r->lost += !(__atomic_load_n(r->cell, __ATOMIC_RELAXED) & 0x100);
		__atomic_fetch_and(r->cell, ~UINT32_C(0x100), __ATOMIC_RELAXED);
	}
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

static void
race_start(struct race *r, pthread_t *thread, uint32_t offset, void *(*run)(void *))
{
	cpu_set_t cpus;

	memset(r, 0, sizeof(*r));
	r->b.nic.state = &r->b;
	r->cell = bench_cell(&r->b.nic, offset);
	CU_ASSERT_EQUAL_FATAL(pthread_create(thread, NULL, run, r), 0);
	/* Away from the one CPU that EAL bound us to; where there is no other it stays. */
	memset(&cpus, 0xff, sizeof(cpus));
	CPU_CLR((unsigned int)sched_getcpu(), &cpus);
	(void)pthread_setaffinity_np(*thread, sizeof(cpus), &cpus);
}

static const struct nic_reg race_rows[] = {
	{ "COUNT", 0, 1, 4, NIC_RC, NIC_PLAIN, 0, 0, NULL, NULL },
	{ "CAUSE", 4, 1, 4, NIC_W1C, NIC_PLAIN, 0, UINT32_MAX, NULL, NULL },
	{ "MODE", 8, 1, 4, NIC_RW, NIC_PLAIN, 0, 1, NULL, NULL },
};
static const struct nic_reg_set races = { race_rows, RTE_DIM(race_rows), false, bench_cell };

/* D counts while C reads: each count is read once (NIC_PLAIN: the access is atomic). */
static void
test_race_clear(void)
{
	uint32_t val = 0;
	uint64_t sum = 0;
	struct race r;
	pthread_t thread;

	race_start(&r, &thread, 0, race_count);
	while (!__atomic_load_n(&r.done, __ATOMIC_ACQUIRE)) {
		nic_reg_read(&r.b.nic, &races, 0, 4, &val);
		sum += val;
	}
	pthread_join(thread, NULL);
	nic_reg_read(&r.b.nic, &races, 0, 4, &val);
	CU_ASSERT_EQUAL(sum + val, RACES);
	if (sum + val != RACES)
		printf("  %u counted, %" PRIu64 " read\n", RACES, sum + val);
}

/* D sets bits 0 and 8 while C writes bit 0 of the register at offset: bit 8 is never lost. */
static void
race_write(uint32_t offset)
{
	struct race r;
	pthread_t thread;

	race_start(&r, &thread, offset, race_bits);
	while (!__atomic_load_n(&r.done, __ATOMIC_ACQUIRE))
		nic_reg_write(&r.b.nic, &races, offset, 4, 1);
	pthread_join(thread, NULL);
	CU_ASSERT_EQUAL(r.lost, 0);
	if (r.lost != 0)
		printf("  %u of %u lost\n", r.lost, RACES);
}

static void
test_race_w1c(void)
{
	race_write(4);
}

/* Bit 8 is status, which the write's mask leaves out. */
static void
test_race_rw(void)
{
	race_write(8);
}

void
test_reg_suite(void)
{
	CU_pSuite s = CU_add_suite("registers", NULL, NULL);

	CU_add_test(s, "found at each byte, not beside", test_find);
	CU_add_test(s, "by name, without case", test_named);
	CU_add_test(s, "what needs the datapath held", test_needs_hold);
	CU_add_test(s, "reset values", test_reset);
	CU_add_test(s, "writes: all kinds, widths, lanes", test_writes);
	CU_add_test(s, "reads: all kinds, widths, lanes", test_reads);
	CU_add_test(s, "narrow writes and reads by hand", test_lanes);
	CU_add_test(s, "on_read answers", test_on_read);
	CU_add_test(s, "nothing there", test_gaps);
	CU_add_test(s, "32-bit writes only", test_dwords);
	CU_add_test(s, "clear on read while D counts", test_race_clear);
	CU_add_test(s, "write 1 to clear while D sets", test_race_w1c);
	CU_add_test(s, "write beside what D sets", test_race_rw);
}

static void
test_suites(void)
{
	test_reg_suite();
	test_pci_suite();
	test_eeprom_suite();
}

int
main(void)
{
	return test_main("", test_suites);
}
