/* SPDX-License-Identifier: BSD-3-Clause */
/* Config space as a driver's bus code sees it, and BAR accesses as a transport makes them. */
#include "test_nic.h"

#include <CUnit/CUnit.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <rte_common.h>

#include "nic.h"
#include "nic_pci.h"

#define ROM_LEN	    0x10000u
#define IO_LEN	    32u
#define IO_BAR	    3
#define ABSENT_BAR  5
#define HELD_FIRST  0x10
#define HELD_LAST   0x13
#define HELD_BYTE   0x1b
#define MAX_ACCESS  32
#define SHARED_LEN  0x8000
#define CAP_FIRST   0x40
#define CAP_SECOND  0x48
#define CAP_THIRD   0x50
#define CAP_MSI	    0x5c
#define IO_BYTE(at) ((uint8_t)(0x31 + 7 * (at)))

/* What reached the model. */
struct access {
	bool write;
	uint8_t bar;
	uint32_t off;
	unsigned int size;
	uint32_t val;
};

static struct access seen[MAX_ACCESS];
static unsigned int n_seen;

static uint32_t
model_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size)
{
	uint32_t val = 0;
	unsigned int i;

	for (i = 0; i < size; i++)
		val |= (uint32_t)IO_BYTE(off + i) << (8 * i);
	CU_ASSERT_FATAL(n_seen < MAX_ACCESS);
	seen[n_seen++] = (struct access){ false, bar, off, size, val };
	return val;
}

static void
model_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val)
{
	CU_ASSERT_FATAL(n_seen < MAX_ACCESS);
	seen[n_seen++] = (struct access){ true, bar, off, size, val };
}

static bool
model_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off)
{
	return bar == IO_BAR && ((off >= HELD_FIRST && off <= HELD_LAST) || off == HELD_BYTE);
}

static int
model_init(struct nic *nic)
{
	return 0;
}

static void
model_fini(struct nic *nic)
{
}

static const uint8_t pm_data[6] = { 0x22, 0xc8, 0x01, 0x20, 0x00, 0x07 };
static const uint8_t pm_wmask[6] = { 0, 0, 0x03, 0x1f, 0, 0 };
static const uint8_t msix_data[10] = { 4, 0, 0x03, 0, 0, 0, 0x03, 8, 0, 0 };
static const uint8_t odd_data[3] = { 5, 0xaa, 0xbb };

static const struct nic_pci_cap caps[] = {
	{ 0x01, sizeof(pm_data), pm_data, pm_wmask },
	{ 0x09, sizeof(odd_data), odd_data, NULL },
	{ 0x11, sizeof(msix_data), msix_data, NULL },
};
static const struct nic_pci_area areas[] = { { 0x1000, 0x1000 }, { 0x4000, 0x2000 } };

static const struct nic_pci pci = {
	.vendor = 0x8086,
	.device = 0x100e,
	.sub_vendor = 0x1af4,
	.sub_device = 0x1100,
	.class_code = 0x020000,
	.revision = 3,
	.int_pin = 1,
	.bar = {
		[0] = { 0x20000, 0 },
		[1] = { 0x4000, NIC_BAR_64 | NIC_BAR_PREFETCH },
		[IO_BAR] = { IO_LEN, NIC_BAR_IO },
		[4] = { 0x80000000, 0 },
	},
	.cap = caps,
	.n_caps = RTE_DIM(caps),
	.area = areas,
	.n_areas = RTE_DIM(areas),
	.shared_bar = 0,
	.shared_len = SHARED_LEN,
	.read = model_read,
	.write = model_write,
	.needs_hold = model_needs_hold,
};

static const struct nic_model model = {
	.name = "test-pci",
	.pci = &pci,
	.max_queues = 1,
	.state_size = 64,
	.init = model_init,
	.fini = model_fini,
};

static uint32_t
get(const struct nic_pci_config *c, uint32_t off, uint32_t len)
{
	uint8_t b[4] = { 0 };

	nic_pci_config_read(c, off, b, len);
	return b[0] | b[1] << 8 | b[2] << 16 | (uint32_t)b[3] << 24;
}

static bool
put(struct nic_pci_config *c, uint32_t off, uint32_t len, uint32_t val)
{
	uint8_t b[4] = { (uint8_t)val, (uint8_t)(val >> 8), (uint8_t)(val >> 16),
		(uint8_t)(val >> 24) };

	return nic_pci_config_write(c, off, b, len);
}

static void
test_identity(void)
{
	struct nic_pci_config c;

	memset(&c, 0xee, sizeof(c));
	nic_pci_config_reset(&c, &pci, 0);
	CU_ASSERT_EQUAL(get(&c, 0x00, 4), 0x100e8086);
	CU_ASSERT_EQUAL(get(&c, 0x00, 2), 0x8086);
	CU_ASSERT_EQUAL(get(&c, 0x02, 2), 0x100e);
	CU_ASSERT_EQUAL(get(&c, 0x04, 4), 0x00100000);
	CU_ASSERT_EQUAL(get(&c, 0x08, 1), 3);
	CU_ASSERT_EQUAL(get(&c, 0x09, 1), 0);
	CU_ASSERT_EQUAL(get(&c, 0x0a, 2), 0x0200);
	CU_ASSERT_EQUAL(get(&c, 0x0c, 4), 0);
	CU_ASSERT_EQUAL(get(&c, 0x2c, 4), 0x11001af4);
	CU_ASSERT_EQUAL(get(&c, 0x30, 4), 0);
	CU_ASSERT_EQUAL(get(&c, 0x3c, 4), 0x0100);
	CU_ASSERT_EQUAL(nic_pci_command(&c), 0);
}

/* The bits of config space that a guest may change, written down a second time. */
static void
want_wmask(uint8_t *mask)
{
	static const struct {
		uint32_t off, mask;
	} rows[] = {
		{ 0x04, 0x0547 },
		{ 0x0c, 0xffff },
		{ 0x10, 0xfffe0000 },
		{ 0x14, 0xffffc000 },
		{ 0x18, 0xffffffff },
		{ 0x1c, 0xffffffe0 },
		{ 0x20, 0x80000000 },
		{ 0x30, 0xffff0001 },
		{ 0x3c, 0xff },
		{ CAP_FIRST + 4, 0x1f03 },
	};
	unsigned int i, k;

	memset(mask, 0, NIC_PCI_CONFIG_LEN);
	for (i = 0; i < RTE_DIM(rows); i++)
		for (k = 0; k < 4; k++)
			mask[rows[i].off + k] = (uint8_t)(rows[i].mask >> (8 * k));
}

/* Ones, then zeros everywhere, in one piece and byte by byte: nothing else changes. */
static void
test_read_only(void)
{
	uint8_t mask[NIC_PCI_CONFIG_LEN], buf[NIC_PCI_CONFIG_LEN];
	struct nic_pci_config c, fresh;
	unsigned int i, step;

	want_wmask(mask);
	nic_pci_config_reset(&fresh, &pci, ROM_LEN);
	for (step = 1; step <= NIC_PCI_CONFIG_LEN; step *= 256) {
		c = fresh;
		memset(buf, 0xff, sizeof(buf));
		for (i = 0; i < NIC_PCI_CONFIG_LEN; i += step)
			nic_pci_config_write(&c, i, buf, step);
		nic_pci_config_read(&c, 0, buf, sizeof(buf));
		for (i = 0; i < NIC_PCI_CONFIG_LEN; i++)
			CU_ASSERT_EQUAL(buf[i], fresh.space[i] | mask[i]);
		memset(buf, 0, sizeof(buf));
		for (i = 0; i < NIC_PCI_CONFIG_LEN; i += step)
			nic_pci_config_write(&c, i, buf, step);
		nic_pci_config_read(&c, 0, buf, sizeof(buf));
		for (i = 0; i < NIC_PCI_CONFIG_LEN; i++)
			CU_ASSERT_EQUAL(buf[i], fresh.space[i] & ~mask[i]);
		CU_ASSERT_EQUAL(memcmp(c.wmask, fresh.wmask, sizeof(c.wmask)), 0);
	}
}

static void
test_bar_sizing(void)
{
	static const struct {
		uint32_t off, before, ones;
	} cases[] = {
		{ 0x10, 0x0, 0xfffe0000 }, /* 128 KiB */
		{ 0x14, 0xc, 0xffffc00c }, /* 16 KiB, 64 bits, prefetchable */
		{ 0x18, 0x0, 0xffffffff }, /* its upper half */
		{ 0x1c, 0x1, 0xffffffe1 }, /* 32 bytes of I/O */
		{ 0x20, 0x0, 0x80000000 }, /* 2 GiB */
		{ 0x24, 0x0, 0x00000000 }, /* not there */
		{ 0x30, 0x0, 0xffff0001 }, /* ROM */
	};
	struct nic_pci_config c;
	unsigned int i, k;

	nic_pci_config_reset(&c, &pci, ROM_LEN);
	for (i = 0; i < RTE_DIM(cases); i++) {
		CU_ASSERT_EQUAL(get(&c, cases[i].off, 4), cases[i].before);
		CU_ASSERT_FALSE(put(&c, cases[i].off, 4, UINT32_MAX));
		CU_ASSERT_EQUAL(get(&c, cases[i].off, 4), cases[i].ones);
		CU_ASSERT_FALSE(put(&c, cases[i].off, 4, 0));
		CU_ASSERT_EQUAL(get(&c, cases[i].off, 4), cases[i].before);
		for (k = 0; k < 4; k++)
			put(&c, cases[i].off + k, 1, 0xff);
		CU_ASSERT_EQUAL(get(&c, cases[i].off, 4), cases[i].ones);
	}
	/* An address that is not aligned to the length loses its low bits, never the flags. */
	put(&c, 0x10, 4, 0xfebd2345);
	CU_ASSERT_EQUAL(get(&c, 0x10, 4), 0xfebc0000);
	put(&c, 0x14, 4, 0xe0005670);
	put(&c, 0x18, 4, 0x00000012);
	CU_ASSERT_EQUAL(get(&c, 0x14, 4), 0xe000400c);
	CU_ASSERT_EQUAL(get(&c, 0x18, 4), 0x12);
	put(&c, 0x1c, 4, 0xc05e);
	CU_ASSERT_EQUAL(get(&c, 0x1c, 4), 0xc041);
	nic_pci_config_reset(&c, &pci, 0);
	put(&c, 0x30, 4, UINT32_MAX);
	CU_ASSERT_EQUAL(get(&c, 0x30, 4), 0);
}

static void
test_caps(void)
{
	static const uint8_t where[] = { CAP_FIRST, CAP_SECOND, CAP_THIRD };
	struct nic_pci none = pci;
	struct nic_pci_config c;
	unsigned int i, k;
	uint32_t at;

	nic_pci_config_reset(&c, &pci, 0);
	CU_ASSERT_TRUE(get(&c, 0x06, 2) & 0x10);
	at = get(&c, 0x34, 1);
	for (i = 0; i < RTE_DIM(caps); i++) {
		CU_ASSERT_EQUAL_FATAL(at, where[i]);
		CU_ASSERT_EQUAL(get(&c, at, 1), caps[i].id);
		for (k = 0; k < caps[i].len; k++)
			CU_ASSERT_EQUAL(get(&c, at + 2 + k, 1), caps[i].data[k]);
		at = get(&c, at + 1, 1);
	}
	CU_ASSERT_EQUAL(at, 0);
	/* Power state and PME enable may be written, the rest of the capability not. */
	CU_ASSERT_TRUE(put(&c, CAP_FIRST + 4, 2, 0xffff));
	CU_ASSERT_EQUAL(get(&c, CAP_FIRST + 4, 2), 0x3f03);
	CU_ASSERT_FALSE(put(&c, CAP_FIRST + 4, 2, 0xffff));
	CU_ASSERT_FALSE(put(&c, CAP_FIRST, 4, 0));
	CU_ASSERT_EQUAL(get(&c, CAP_FIRST, 4), 0xc8220001 | CAP_SECOND << 8);

	none.n_caps = 0;
	nic_pci_config_reset(&c, &none, 0);
	CU_ASSERT_EQUAL(get(&c, 0x06, 2), 0);
	CU_ASSERT_EQUAL(get(&c, 0x34, 1), 0);
}

/* An MSI capability comes last; what it says is enabled, no more than there is. */
static void
test_msi(void)
{
	static const unsigned int n[][2] = { { 0x00, 0 }, { 0x01, 1 }, { 0x11, 2 }, { 0x21, 4 },
		{ 0x31, 4 }, { 0x71, 4 }, { 0x20, 0 }, { 0xffff, 4 } };
	static const uint32_t ones[] = { 0x00f50005, 0xfffffffc, UINT32_MAX, 0xffff };
	struct nic_pci with = pci;
	struct nic_pci_config c;
	unsigned int i;

	nic_pci_config_reset(&c, &pci, 0);
	CU_ASSERT_EQUAL(nic_pci_msi(&c, &pci), 0);
	with.n_msi = 4;
	nic_pci_config_reset(&c, &with, 0);
	CU_ASSERT_EQUAL(get(&c, CAP_THIRD + 1, 1), CAP_MSI);
	CU_ASSERT_EQUAL(get(&c, CAP_MSI, 4), 0x00840005);
	for (i = 0; i < RTE_DIM(n); i++) {
		put(&c, CAP_MSI + 2, 2, n[i][0]);
		CU_ASSERT_EQUAL(nic_pci_msi(&c, &with), n[i][1]);
	}
	for (i = 0; i < RTE_DIM(ones); i++) {
		put(&c, CAP_MSI + 4 * i, 4, UINT32_MAX);
		CU_ASSERT_EQUAL(get(&c, CAP_MSI + 4 * i, 4), ones[i]);
	}
	with.n_caps = 0;
	nic_pci_config_reset(&c, &with, 0);
	CU_ASSERT_EQUAL(nic_pci_msi(&c, &with), 0);
	CU_ASSERT_EQUAL(get(&c, 0x34, 1), CAP_FIRST);
}

static void
test_config_end(void)
{
	uint8_t buf[NIC_PCI_CONFIG_LEN + 8];
	struct nic_pci_config c, before;
	unsigned int i;

	nic_pci_config_reset(&c, &pci, 0);
	c.space[0xfe] = 0x12;
	c.space[0xff] = 0x34;
	c.wmask[0xff] = 0x0f;
	before = c;
	CU_ASSERT_EQUAL(get(&c, 0xfe, 4), 0x3412);
	CU_ASSERT_EQUAL(get(&c, 0xff, 4), 0x34);
	CU_ASSERT_EQUAL(get(&c, 0x100, 4), 0);
	CU_ASSERT_EQUAL(get(&c, 0xfffffffe, 4), 0);
	memset(buf, 0xee, sizeof(buf));
	nic_pci_config_read(&c, 0, buf, 0);
	CU_ASSERT_EQUAL(buf[0], 0xee);
	nic_pci_config_read(&c, 0, buf, sizeof(buf));
	CU_ASSERT_EQUAL(memcmp(buf, c.space, sizeof(c.space)), 0);
	for (i = NIC_PCI_CONFIG_LEN; i < sizeof(buf); i++)
		CU_ASSERT_EQUAL(buf[i], 0);
	/* Bytes behind the end are not written: the masks come next in memory. */
	CU_ASSERT_FALSE(put(&c, 0x100, 4, UINT32_MAX));
	CU_ASSERT_FALSE(put(&c, 0xfffffffe, 4, UINT32_MAX));
	CU_ASSERT_EQUAL(memcmp(&c, &before, sizeof(c)), 0);
	CU_ASSERT_TRUE(put(&c, 0xfe, 4, UINT32_MAX));
	before.space[0xff] = 0x3f;
	CU_ASSERT_EQUAL(memcmp(&c, &before, sizeof(c)), 0);
}

static void
test_command(void)
{
	struct nic_pci_config c;

	nic_pci_config_reset(&c, &pci, 0);
	CU_ASSERT_TRUE(put(&c, 0x04, 2, 0x0007));
	CU_ASSERT_EQUAL(nic_pci_command(&c), 0x0007);
	CU_ASSERT_TRUE(nic_pci_command(&c) & NIC_PCI_COMMAND_MASTER);
	CU_ASSERT_FALSE(put(&c, 0x04, 2, 0x0007));
	CU_ASSERT_FALSE(put(&c, 0x04, 4, 0xffff0007)); /* the status half is read-only */
	CU_ASSERT_FALSE(put(&c, 0x05, 1, 0xfa));       /* bits that are not kept */
	CU_ASSERT_TRUE(put(&c, 0x05, 1, 0x04));
	CU_ASSERT_EQUAL(nic_pci_command(&c), 0x0407);
	CU_ASSERT_TRUE(nic_pci_command(&c) & NIC_PCI_COMMAND_NO_INTX);
	CU_ASSERT_TRUE(put(&c, 0x02, 4, 0)); /* from the side */
	CU_ASSERT_EQUAL(nic_pci_command(&c), 0);
	CU_ASSERT_FALSE(put(&c, 0x04, 0, 0x0007));
	CU_ASSERT_EQUAL(get(&c, 0x04, 4), 0x00100000);
}

/* What nic_create() makes of the description and of the user's choices. */
static void
test_created(void)
{
	struct nic_conf conf = { .name = "t", .n_queues = 1, .rom_len = ROM_LEN, .revision = 0x10 };
	struct nic *nic = nic_create(&model, &conf, NULL, NULL, NULL);

	CU_ASSERT_PTR_NOT_NULL_FATAL(nic);
	CU_ASSERT_EQUAL(get(nic->config, 0x00, 4), 0x100e8086);
	CU_ASSERT_EQUAL(get(nic->config, 0x08, 4), 0x02000010);
	put(nic->config, 0x04, 2, 7);
	put(nic->config, 0x30, 4, 0xfffff800);
	CU_ASSERT_EQUAL(get(nic->config, 0x30, 4), 0xffff0000);
	nic_config_reset(nic);
	CU_ASSERT_EQUAL(nic_pci_command(nic->config), 0);
	CU_ASSERT_EQUAL(get(nic->config, 0x30, 4), 0);
	CU_ASSERT_EQUAL(get(nic->config, 0x08, 1), 0x10);
	nic_destroy(nic);
}

/* That the model saw len bytes from off, in aligned pieces none of which could be longer. */
static void
check_pieces(bool write, uint32_t off, uint32_t len)
{
	uint32_t at = off, end = off + len;
	unsigned int i, k;

	for (i = 0; i < n_seen; i++) {
		const struct access *a = &seen[i];

		CU_ASSERT_EQUAL(a->write, write);
		CU_ASSERT_EQUAL(a->bar, IO_BAR);
		CU_ASSERT_EQUAL(a->off, at);
		CU_ASSERT_TRUE(a->size == 1 || a->size == 2 || a->size == 4);
		CU_ASSERT_EQUAL(a->off % a->size, 0);
		CU_ASSERT_TRUE(
			a->size == 4 || a->off % (2 * a->size) != 0 || end - a->off < 2 * a->size);
		for (k = 0; k < a->size; k++)
			CU_ASSERT_EQUAL((uint8_t)(a->val >> (8 * k)), IO_BYTE(a->off + k));
		if (a->size < 4)
			CU_ASSERT_EQUAL(a->val >> (8 * a->size), 0);
		at += a->size;
	}
	CU_ASSERT_EQUAL(at, end);
}

static void
test_bar_pieces(void)
{
	struct nic nic = { .model = &model };
	uint8_t buf[24];
	uint32_t off, len, i;

	for (off = 0; off < 8; off++) {
		for (len = 0; len <= 16; len++) {
			memset(buf, 0xee, sizeof(buf));
			n_seen = 0;
			nic_pci_bar_read(&nic, IO_BAR, off, buf, len);
			check_pieces(false, off, len);
			for (i = 0; i < sizeof(buf); i++)
				CU_ASSERT_EQUAL(buf[i], i < len ? IO_BYTE(off + i) : 0xee);
			n_seen = 0;
			nic_pci_bar_write(&nic, IO_BAR, off, buf, len);
			check_pieces(true, off, len);
		}
	}
}

/* One cut spelt out: 11 bytes at 3 are 1, 4, 4 and 2 of them. */
static void
test_bar_cut(void)
{
	static const struct {
		uint32_t off;
		unsigned int size;
		uint32_t val;
	} want[] = { { 3, 1, 0x01 }, { 4, 4, 0x05040302 }, { 8, 4, 0x09080706 },
		{ 12, 2, 0x0b0a } };
	static const uint8_t buf[11] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 };
	struct nic nic = { .model = &model };
	unsigned int i;

	n_seen = 0;
	nic_pci_bar_write(&nic, IO_BAR, 3, buf, sizeof(buf));
	CU_ASSERT_EQUAL_FATAL(n_seen, RTE_DIM(want));
	for (i = 0; i < RTE_DIM(want); i++) {
		CU_ASSERT_EQUAL(seen[i].off, want[i].off);
		CU_ASSERT_EQUAL(seen[i].size, want[i].size);
		CU_ASSERT_EQUAL(seen[i].val, want[i].val);
	}
}

static void
check_outside(uint8_t bar, uint64_t off)
{
	struct nic nic = { .model = &model };
	uint8_t buf[8];
	unsigned int i;

	memset(buf, 0xee, sizeof(buf));
	n_seen = 0;
	nic_pci_bar_read(&nic, bar, off, buf, sizeof(buf));
	for (i = 0; i < sizeof(buf); i++)
		CU_ASSERT_EQUAL(buf[i], 0);
	nic_pci_bar_write(&nic, bar, off, buf, sizeof(buf));
	CU_ASSERT_EQUAL(n_seen, 0);
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, bar, off, sizeof(buf)));
	if (n_seen != 0)
		printf("  BAR %u, offset 0x%" PRIx64 "\n", bar, off);
}

static void
test_bar_outside(void)
{
	struct nic nic = { .model = &model };
	uint8_t buf[8];
	unsigned int i;

	check_outside(IO_BAR, IO_LEN);
	check_outside(IO_BAR, IO_LEN + 1);
	check_outside(IO_BAR, UINT64_C(1) << 32);
	check_outside(IO_BAR, (UINT64_C(1) << 32) + HELD_FIRST);
	check_outside(IO_BAR, UINT64_C(1) << 63);
	check_outside(ABSENT_BAR, 0);
	/* Across the end: what is inside counts. */
	memset(buf, 0xee, sizeof(buf));
	n_seen = 0;
	nic_pci_bar_read(&nic, IO_BAR, IO_LEN - 3, buf, sizeof(buf));
	check_pieces(false, IO_LEN - 3, 3);
	for (i = 0; i < sizeof(buf); i++)
		CU_ASSERT_EQUAL(buf[i], i < 3 ? IO_BYTE(IO_LEN - 3 + i) : 0);
	n_seen = 0;
	nic_pci_bar_write(&nic, IO_BAR, IO_LEN - 2, buf + 1, 6);
	check_pieces(true, IO_LEN - 2, 2);
}

/* An offset whose end is beyond 2^64 does not come back at the start of the BAR. */
static void
test_bar_wrap(void)
{
	check_outside(IO_BAR, UINT64_MAX - 1);
	check_outside(IO_BAR, UINT64_MAX);
}

static void
test_holds(void)
{
	struct nic nic = { .model = &model };

	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_FIRST, 4));
	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_LAST, 1));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, IO_BAR, HELD_FIRST, 0));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, IO_BAR, HELD_FIRST - 4, 4));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, IO_BAR, HELD_LAST + 1, 4));
	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_FIRST - 4, 8));
	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_FIRST - 1, 2));
	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_BYTE, 1));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, IO_BAR, HELD_BYTE + 1, 1));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, 0, HELD_FIRST, 4));
	CU_ASSERT_FALSE(nic_pci_bar_holds(&nic, IO_BAR, IO_LEN - 4, 4 * IO_LEN));
}

/* A wide write reaches the byte in its last lane; rtl8139: a dword at 0x34 writes CR at 0x37. */
static void
test_holds_lanes(void)
{
	struct nic nic = { .model = &model };

	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_BYTE - 1, 2));
	CU_ASSERT_TRUE(nic_pci_bar_holds(&nic, IO_BAR, HELD_BYTE - 3, 4));
}

static void
test_shared(void)
{
	static const struct {
		uint32_t off;
		bool there;
	} cases[] = {
		{ 0, false },
		{ 0xfff, false },
		{ 0x1000, true },
		{ 0x1fff, true },
		{ 0x2000, false },
		{ 0x3fff, false },
		{ 0x4000, true },
		{ 0x5000, true },
		{ 0x5fff, true },
		{ 0x6000, false },
		{ SHARED_LEN, false },
		{ UINT32_MAX, false },
	};
	static uint8_t shared[SHARED_LEN];
	struct nic nic = { .model = &model, .shared = shared };
	unsigned int i;

	for (i = 0; i < RTE_DIM(cases); i++)
		CU_ASSERT_PTR_EQUAL(nic_pci_shared(&nic, cases[i].off),
			cases[i].there ? shared + cases[i].off : NULL);
	nic.shared = NULL;
	CU_ASSERT_PTR_NULL(nic_pci_shared(&nic, 0x1000));
}

void
test_pci_suite(void)
{
	CU_pSuite s = CU_add_suite("PCI function", NULL, NULL);

	CU_add_test(s, "vendor, class, pin", test_identity);
	CU_add_test(s, "read-only bits stay", test_read_only);
	CU_add_test(s, "BAR sizing", test_bar_sizing);
	CU_add_test(s, "capability chain", test_caps);
	CU_add_test(s, "MSI capability", test_msi);
	CU_add_test(s, "end of config space", test_config_end);
	CU_add_test(s, "command register", test_command);
	CU_add_test(s, "a NIC's own config space", test_created);
	CU_add_test(s, "BAR accesses in aligned pieces", test_bar_pieces);
	CU_add_test(s, "BAR access spelt out", test_bar_cut);
	CU_add_test(s, "outside of a BAR", test_bar_outside);
	CU_add_test(s, "BAR offset at the end of 64 bits", test_bar_wrap);
	CU_add_test(s, "what needs the datapath held", test_holds);
	CU_add_test(s, "held register in a higher lane", test_holds_lanes);
	CU_add_test(s, "shared areas", test_shared);
}
