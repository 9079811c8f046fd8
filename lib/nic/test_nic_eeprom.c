/* SPDX-License-Identifier: BSD-3-Clause */
/* The serial EEPROM, clocked bit by bit as the drivers of Linux do it. */
#include "test_nic.h"

#include <CUnit/CUnit.h>
#include <string.h>

#include "nic_eeprom.h"

/* Start bit and opcode. */
enum {
	OP_EXTRA = 4, /* the address says which: write all, erase all, enable, disable */
	OP_WRITE = 5,
	OP_READ = 6,
	OP_ERASE = 7,
};

static void
chip_init(struct nic_eeprom *e)
{
	unsigned int i;

	memset(e, 0, sizeof(*e));
	for (i = 0; i < NIC_EEPROM_WORDS; i++)
		e->word[i] = (uint16_t)(0x8129 ^ (i * 0x9e37));
	nic_eeprom_reset(e);
}

static bool
drv_select(struct nic_eeprom *e, bool cs)
{
	return nic_eeprom_lines(e, cs, false, false);
}

/* One clock; what DO is after the rising edge. It must not change with the falling one. */
static bool
drv_clock(struct nic_eeprom *e, bool di)
{
	bool out;

	nic_eeprom_lines(e, true, false, di);
	out = nic_eeprom_lines(e, true, true, di);
	CU_ASSERT_EQUAL(nic_eeprom_lines(e, true, false, di), out);
	return out;
}

/* The low n bits of val, highest first; DO after the last of them. */
static bool
drv_send(struct nic_eeprom *e, uint32_t val, unsigned int n)
{
	bool out = true;

	while (n-- > 0)
		out = drv_clock(e, (val >> n) & 1);
	return out;
}

static uint16_t
drv_receive(struct nic_eeprom *e)
{
	uint32_t val = 0;
	unsigned int i;

	for (i = 0; i < 16; i++)
		val = val << 1 | drv_clock(e, false);
	return (uint16_t)val;
}

/* A read without touching CS. */
static uint16_t
drv_read(struct nic_eeprom *e, uint8_t addr)
{
	drv_send(e, OP_READ, 3);
	CU_ASSERT_TRUE(drv_send(e, addr >> 1, 5)); /* nothing is sent before the address is known */
	CU_ASSERT_FALSE(drv_send(e, addr & 1, 1)); /* the dummy bit */
	return drv_receive(e);
}

/* As 8139too: two clocks ahead of the start bit, CS toggled before and after. */
static uint16_t
drv_read_8139too(struct nic_eeprom *e, uint8_t addr, unsigned int addr_bits)
{
	uint16_t val;

	drv_select(e, false);
	drv_select(e, true);
	drv_send(e, (uint32_t)OP_READ << addr_bits | addr, 5 + addr_bits);
	val = drv_receive(e);
	drv_select(e, false);
	return val;
}

static void
check_words(struct nic_eeprom *e)
{
	struct nic_eeprom fresh;
	unsigned int i;

	chip_init(&fresh);
	CU_ASSERT_EQUAL(memcmp(e->word, fresh.word, sizeof(e->word)), 0);
	for (i = 0; i < NIC_EEPROM_WORDS; i++) {
		drv_select(e, true);
		CU_ASSERT_EQUAL(drv_read(e, (uint8_t)i), fresh.word[i]);
		CU_ASSERT_TRUE(drv_select(e, false));
	}
}

static void
test_read(void)
{
	struct nic_eeprom e;
	unsigned int i;

	chip_init(&e);
	CU_ASSERT_TRUE(drv_select(&e, false));
	CU_ASSERT_TRUE(drv_select(&e, true));
	drv_select(&e, false);
	check_words(&e);
	for (i = 0; i < NIC_EEPROM_WORDS; i++)
		CU_ASSERT_EQUAL(drv_read_8139too(&e, (uint8_t)i, 6), e.word[i]);
}

/* 8139too reads word 0 with 8 address bits; 0x8129 would say that the chip has so many. */
static void
test_size_probe(void)
{
	struct nic_eeprom e;
	unsigned int i;

	chip_init(&e);
	CU_ASSERT_EQUAL_FATAL(e.word[0], 0x8129);
	CU_ASSERT_NOT_EQUAL(drv_read_8139too(&e, 0, 8), 0x8129);
	for (i = 0; i < 256; i++)
		drv_read_8139too(&e, (uint8_t)i, 8);
	check_words(&e);
}

static void
test_writes(void)
{
	static const struct {
		uint8_t op, addr;
		bool data;
	} cases[] = {
		{ OP_EXTRA, 0x30, false }, /* write enable */
		{ OP_WRITE, 5, true }, { OP_ERASE, 6, false },
		{ OP_EXTRA, 0x10, true },  /* write all */
		{ OP_EXTRA, 0x20, false }, /* erase all */
		{ OP_EXTRA, 0x00, false }, /* write disable */
	};
	struct nic_eeprom e;
	unsigned int i;

	chip_init(&e);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		drv_select(&e, true);
		drv_send(&e, cases[i].op, 3);
		CU_ASSERT_TRUE(drv_send(&e, cases[i].addr, 6));
		if (cases[i].data)
			drv_send(&e, 0xd1ce, 16);
		drv_select(&e, false);
		/* The driver polls DO until the chip is ready. */
		CU_ASSERT_TRUE(drv_select(&e, true));
		drv_select(&e, false);
		check_words(&e);
	}
}

/* The data of a write is not a command, even if it looks like a read of word 0. */
static void
test_write_data(void)
{
	static const uint8_t commands[][2] = { { OP_WRITE, 5 }, { OP_WRITE, 0x10 },
		{ OP_EXTRA, 0x10 }, { OP_EXTRA, 0x1f } };
	struct nic_eeprom e;
	unsigned int i, k;

	for (k = 0; k < sizeof(commands) / sizeof(commands[0]); k++) {
		chip_init(&e);
		drv_select(&e, true);
		drv_send(&e, commands[k][0], 3);
		drv_send(&e, commands[k][1], 6);
		for (i = 0; i < 16; i++)
			CU_ASSERT_TRUE(drv_clock(&e, (0xc000 >> (15 - i)) & 1));
		/* And then it listens again, be it on the same CS. */
		if (k % 2 == 0)
			CU_ASSERT_EQUAL(drv_read(&e, 21), e.word[21]);
		drv_select(&e, false);
		check_words(&e);
	}
	/* CS dropped in the middle of the data: what comes next is a command. */
	drv_select(&e, true);
	drv_send(&e, OP_WRITE, 3);
	drv_send(&e, 5, 6);
	drv_send(&e, 0, 3);
	drv_select(&e, false);
	check_words(&e);
}

static void
test_dropped(void)
{
	struct nic_eeprom e;
	unsigned int bits, i;

	chip_init(&e);
	for (bits = 1; bits < 9 + 16; bits++) {
		drv_select(&e, true);
		for (i = 0; i < bits; i++)
			drv_clock(&e, i < 9 && ((OP_READ << 6 | 0x2a) >> (8 - i)) & 1);
		CU_ASSERT_TRUE(drv_select(&e, false));
		drv_select(&e, true);
		CU_ASSERT_EQUAL(drv_read(&e, 0x15), e.word[0x15]);
		drv_select(&e, false);
	}
}

static void
test_same_cs(void)
{
	struct nic_eeprom e;

	chip_init(&e);
	drv_select(&e, true);
	CU_ASSERT_EQUAL(drv_read(&e, 63), e.word[63]);
	CU_ASSERT_EQUAL(drv_read(&e, 0), e.word[0]);
	/* Clocks without a start bit in between count for nothing. */
	CU_ASSERT_TRUE(drv_send(&e, 0, 7));
	CU_ASSERT_EQUAL(drv_read(&e, 42), e.word[42]);
}

/* Only a rising edge of SK while selected is a clock. */
static void
test_edges(void)
{
	struct nic_eeprom e;
	unsigned int i;

	chip_init(&e);
	for (i = 0; i < 5; i++) {
		nic_eeprom_lines(&e, false, true, true);
		nic_eeprom_lines(&e, false, false, true);
	}
	nic_eeprom_lines(&e, false, true, true);
	nic_eeprom_lines(&e, true, true, true);
	CU_ASSERT_EQUAL(drv_read(&e, 9), e.word[9]);

	drv_send(&e, OP_READ, 3);
	drv_send(&e, 9 >> 1, 5);
	nic_eeprom_lines(&e, true, true, 9 & 1);
	for (i = 0; i < 5; i++)
		CU_ASSERT_FALSE(nic_eeprom_lines(&e, true, true, i & 1));
	for (i = 0; i < 5; i++)
		CU_ASSERT_FALSE(nic_eeprom_lines(&e, true, false, i & 1));
	CU_ASSERT_EQUAL(drv_receive(&e), e.word[9]);
}

static void
test_forget(void)
{
	struct nic_eeprom e;

	chip_init(&e);
	drv_select(&e, true);
	drv_send(&e, OP_READ, 3);
	drv_send(&e, 7, 6);
	drv_send(&e, 0, 3);
	nic_eeprom_reset(&e);
	check_words(&e);
}

void
test_eeprom_suite(void)
{
	CU_pSuite s = CU_add_suite("serial EEPROM", NULL, NULL);

	CU_add_test(s, "reads, 6 address bits", test_read);
	CU_add_test(s, "size probe, 8 address bits", test_size_probe);
	CU_add_test(s, "writes have no effect", test_writes);
	CU_add_test(s, "DO while a write's data comes", test_write_data);
	CU_add_test(s, "CS dropped at each bit", test_dropped);
	CU_add_test(s, "reads without toggling CS", test_same_cs);
	CU_add_test(s, "clock edges", test_edges);
	CU_add_test(s, "reset", test_forget);
}
