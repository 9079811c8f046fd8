/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver sees before it sends anything: probe, resets, I/O window, EEPROM, statistics. */
#include <string.h>

#include <rte_mbuf.h>

#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "test_e1000.h"

static void
test_pci(void)
{
	struct test_e1000 t;
	uint8_t config[64];
	uint32_t ones = UINT32_MAX, bar[2];

	t_up(&t, true);
	nic_pci_config_write(t.nic->config, 0x10, &ones, 4);
	nic_pci_config_write(t.nic->config, 0x14, &ones, 4);
	nic_pci_config_read(t.nic->config, 0, config, sizeof(config));
	CU_ASSERT_EQUAL(config[0] | config[1] << 8, 0x8086);
	CU_ASSERT_EQUAL(config[2] | config[3] << 8, 0x100e);
	CU_ASSERT_EQUAL(config[8], 3);
	CU_ASSERT_EQUAL(config[11], 0x02);
	CU_ASSERT_EQUAL(config[0x2c] | config[0x2d] << 8, 0x1af4);
	CU_ASSERT_EQUAL(config[0x2e] | config[0x2f] << 8, 0x1100);
	CU_ASSERT_EQUAL(config[0x34], 0);
	CU_ASSERT_EQUAL(config[0x3d], 1);
	nic_pci_config_read(t.nic->config, 0x10, bar, sizeof(bar));
	CU_ASSERT_EQUAL(bar[0], 0xfffe0000);
	CU_ASSERT_EQUAL(bar[1], 0xffffffc1);
	CU_ASSERT_PTR_EQUAL(nic_model_find("e1000-82540em"), t.nic->model);
	t_down(&t);
}

/* The table is in order, and all of it inside the BAR: else registers would be shadowed. */
static void
test_table(void)
{
	uint32_t end = 0;
	unsigned int i;

	for (i = 0; i < e1000_regs.n; i++) {
		CU_ASSERT_TRUE(e1000_regs.row[i].offset >= end);
		end = e1000_regs.row[i].offset + 4u * e1000_regs.row[i].count;
		CU_ASSERT_TRUE(end <= E1000_REGS_LEN);
	}
}

static const struct {
	uint32_t offset, val;
} resets[] = {
	{ E1000_CTRL, 0x00140240 },
	{ E1000_CTRL_DUP, 0x00140240 },
	{ E1000_STATUS, 0x80080783 },
	{ E1000_EECD, 0x188 },
	{ E1000_PBA, 0x00100030 },
	{ E1000_LEDCTL, 0x602 },
	{ E1000_MANC, 0x00222300 },
	{ E1000_VET, 0x8100 },
	{ E1000_RA, 0x12005452 },
	{ E1000_RA + 4, 0x80005634 },
	{ E1000_RA + 8, 0 },
	{ E1000_RCTL, 0 },
	{ E1000_TCTL, 0 },
	{ E1000_TDT, 0 },
	{ E1000_RDH, 0 },
	{ E1000_ITR, 0 },
	{ E1000_IMS, 0 },
	{ E1000_ICS, 0 },
	{ E1000_RXCSUM, 0 },
	{ 0x1fffc, 0 },
	{ 0x00050, 0 },
};

static void
expect_resets(struct test_e1000 *t)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(resets); i++)
		CU_ASSERT_EQUAL(t_r32(t, resets[i].offset), resets[i].val);
}

static void
scribble(struct test_e1000 *t)
{
	uint32_t off;

	for (off = 0; off < E1000_REGS_LEN; off += 4)
		if (off != E1000_CTRL && off != E1000_CTRL_DUP && off != E1000_MDIC)
			t_w32(t, off, 0xffffffff);
	t_poke(t, E1000_TX_PAGE + 0xf00, 77);
	t_phy_write(t, PHY_PSCR, 0x1234);
	t_quiet_over(t);
	t_w32(t, E1000_IMS, 0xffffffff);
	CU_ASSERT_TRUE(t->line);
}

static void
test_reset(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	expect_resets(&t);
	scribble(&t);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_PBA), 0xffffffff);
	CU_ASSERT_EQUAL(t_r32(&t, 0x1fffc), 0xffffffff);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RDLEN), 0xfff80);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TDBAL), 0xfffffff0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TDT), 0xffff);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_ITR), 0xffff);
	/* The MAC's reset leaves the PHY. */
	t_w32(&t, E1000_CTRL, E1000_CTRL_RST | E1000_CTRL_VME);
	CU_ASSERT_FALSE(t.line);
	expect_resets(&t);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSCR), 0x1234);
	if (t.shared != NULL)
		CU_ASSERT_EQUAL(t.shared[E1000_TX_PAGE + 0xf00], 0);
	scribble(&t);
	t_w32(&t, E1000_CTRL_DUP, E1000_CTRL_RST);
	expect_resets(&t);
	scribble(&t);
	t.nic->model->reset(t.nic);
	expect_resets(&t);
	CU_ASSERT_EQUAL(t_phy_read(&t, PHY_PSCR), 0x0360);
	t_down(&t);
}

/* Only whole dwords are written; reads take what they want. */
static void
test_widths(void)
{
	struct test_e1000 t;
	uint8_t byte = 0xaa;
	uint16_t word = 0xbbbb;

	t_up(&t, true);
	t_w32(&t, E1000_TIPG, 0x11223344);
	nic_pci_bar_write(t.nic, 0, E1000_TIPG, &byte, 1);
	nic_pci_bar_write(t.nic, 0, E1000_TIPG + 2, &word, 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TIPG), 0x11223344);
	CU_ASSERT_EQUAL(t_count(&t, "register_narrow_writes"), 2);
	nic_pci_bar_read(t.nic, 0, E1000_TIPG + 2, &byte, 1);
	CU_ASSERT_EQUAL(byte, 0x22);
	nic_pci_bar_read(t.nic, 0, E1000_TIPG + 2, &word, 2);
	CU_ASSERT_EQUAL(word, 0x1122);
	t_w32(&t, 0x00050, 1);
	CU_ASSERT_EQUAL(t_count(&t, "register_unknown_writes"), 1);
	t_down(&t);
}

static void
io_write(struct test_e1000 *t, uint32_t addr, uint32_t val)
{
	nic_pci_bar_write(t->nic, 1, E1000_IOADDR, &addr, 4);
	nic_pci_bar_write(t->nic, 1, E1000_IODATA, &val, 4);
}

static void
test_io_window(void)
{
	struct test_e1000 t;
	uint32_t val = 0xfff10410, both[2] = { E1000_TIPG, 0x99 };
	uint16_t word;

	t_up(&t, true);
	nic_pci_bar_write(t.nic, 1, E1000_IOADDR, &val, 4);
	nic_pci_bar_read(t.nic, 1, E1000_IOADDR, &val, 4);
	CU_ASSERT_EQUAL(val, 0x10410);
	io_write(&t, E1000_TIPG, 0x12345678);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TIPG), 0x12345678);
	nic_pci_bar_read(t.nic, 1, E1000_IODATA, &val, 4);
	CU_ASSERT_EQUAL(val, 0x12345678);
	nic_pci_bar_read(t.nic, 1, E1000_IODATA + 2, &word, 2);
	CU_ASSERT_EQUAL(word, 0x1234);
	nic_pci_bar_write(t.nic, 1, E1000_IODATA, &word, 2);
	nic_pci_bar_write(t.nic, 1, E1000_IOADDR, &word, 2);
	CU_ASSERT_EQUAL(t_count(&t, "register_narrow_writes"), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TIPG), 0x12345678);
	/* Both at once; and a reset, as Linux does it. */
	nic_pci_bar_write(t.nic, 1, E1000_IOADDR, both, 8);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TIPG), 0x99);
	io_write(&t, E1000_CTRL, E1000_CTRL_RST);
	expect_resets(&t);
	nic_pci_bar_read(t.nic, 1, 8, &val, 4);
	CU_ASSERT_EQUAL(val, 0);
	t_down(&t);
}

static void
test_holds(void)
{
	static const uint32_t hold[] = { E1000_CTRL, E1000_RCTL, E1000_TCTL, E1000_RDBAL,
		E1000_TDLEN, E1000_RA + 4, E1000_MTA + 508, E1000_VFTA, E1000_MDIC };
	static const uint32_t no_hold[] = { E1000_TDT, E1000_RDT, E1000_ICR, E1000_IMS, E1000_IMC,
		E1000_ICS, E1000_ITR, E1000_EECD, E1000_STATUS, E1000_GPRC, 0x50 };
	struct test_e1000 t;
	unsigned int i;

	t_up(&t, true);
	for (i = 0; i < RTE_DIM(hold); i++)
		CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 0, hold[i], 4));
	for (i = 0; i < RTE_DIM(no_hold); i++)
		CU_ASSERT_FALSE(nic_pci_bar_holds(t.nic, 0, no_hold[i], 4));
	CU_ASSERT_FALSE(nic_pci_bar_holds(t.nic, 1, E1000_IOADDR, 4));
	CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 1, E1000_IODATA, 4));
	CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 1, E1000_IOADDR, 8));
	t_down(&t);
}

/* One edge of the EEPROM's clock; @return DO. */
static uint32_t
eeprom_bit(struct test_e1000 *t, bool di)
{
	uint32_t lines = E1000_EECD_CS | E1000_EECD_REQ | (di ? E1000_EECD_DI : 0), out;

	t_w32(t, E1000_EECD, lines);
	t_w32(t, E1000_EECD, lines | E1000_EECD_SK);
	out = (t_r32(t, E1000_EECD) & E1000_EECD_DO) != 0;
	CU_ASSERT_EQUAL(t_r32(t, E1000_EECD) & ~E1000_EECD_DO,
		lines | E1000_EECD_SK | E1000_EECD_GNT | E1000_EECD_PRES);
	t_w32(t, E1000_EECD, lines);
	return out;
}

static uint16_t
eeprom_by_lines(struct test_e1000 *t, uint32_t word)
{
	uint32_t command = 6u << 6 | word, val = 0;
	int i;

	t_w32(t, E1000_EECD, E1000_EECD_REQ);
	t_w32(t, E1000_EECD, E1000_EECD_REQ | E1000_EECD_CS);
	for (i = 8; i >= 0; i--)
		eeprom_bit(t, (command >> i) & 1);
	for (i = 0; i < 16; i++)
		val = val << 1 | eeprom_bit(t, false);
	t_w32(t, E1000_EECD, 0);
	return (uint16_t)val;
}

static uint16_t
eeprom_by_eerd(struct test_e1000 *t, uint32_t word)
{
	uint32_t val;

	t_w32(t, E1000_EERD, E1000_EERD_START | word << 8);
	val = t_r32(t, E1000_EERD);
	CU_ASSERT_EQUAL(val & 0xffff, (word << 8) | E1000_EERD_DONE);
	return (uint16_t)(val >> 16);
}

static void
test_eeprom(void)
{
	struct test_e1000 t;
	uint16_t word[64], sum = 0;
	uint32_t i;

	t_up(&t, true);
	for (i = 0; i < 64; i++) {
		word[i] = eeprom_by_eerd(&t, i);
		CU_ASSERT_EQUAL(eeprom_by_lines(&t, i), word[i]);
		sum = (uint16_t)(sum + word[i]);
	}
	CU_ASSERT_EQUAL(sum, 0xbaba);
	CU_ASSERT_EQUAL(word[0], 0x5452);
	CU_ASSERT_EQUAL(word[2], 0x5634);
	CU_ASSERT_EQUAL(word[0x08], 0x3000);
	CU_ASSERT_EQUAL(word[0x0b], 0x100e);
	CU_ASSERT_EQUAL(word[0x0c], 0x8086);
	CU_ASSERT_EQUAL(word[0x0f], 0x3040);
	CU_ASSERT_EQUAL(word[0x23], 0x7fff);
	CU_ASSERT_EQUAL(word[0x24], 0x4d01);
	CU_ASSERT_EQUAL(word[0x32], 0x121c);
	CU_ASSERT_EQUAL(eeprom_by_eerd(&t, 0x40), 0);
	CU_ASSERT_EQUAL(eeprom_by_eerd(&t, 0xff), 0);
	/* RA[0] again from there. */
	t_w32(&t, E1000_RA, 1);
	t_w32(&t, E1000_RA + 4, 2);
	t_w32(&t, E1000_CTRL_EXT, E1000_CTRL_EXT_EE_RST | 0x40);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_CTRL_EXT), 0x40);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RA), 0x12005452);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_RA + 4), 0x80005634);
	t_down(&t);
}

static void
test_statistics(void)
{
	static const uint32_t lens[] = { 60, 61, 123, 124, 251, 252, 507, 508, 1019, 1020, 1514 };
	static const uint32_t want[] = { 1, 2, 2, 2, 2, 2 };
	struct test_e1000 t;
	uint8_t frame[1514];
	uint32_t octets = 0, i;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM | E1000_RCTL_MPE);
	for (i = 0; i < RTE_DIM(lens); i++) {
		t_frame(frame, lens[i],
			i == 0	 ? &test_broadcast
			: i == 1 ? &test_multi_mac
				 : &test_mac,
			1);
		t_give(&t, frame, lens[i]);
		t_send(&t, frame, lens[i]);
		CU_ASSERT_TRUE(t_is(t_take(&t), frame, lens[i]));
		octets += lens[i] + 4;
	}
	for (i = 0; i < 6; i++) {
		CU_ASSERT_EQUAL(t_r32(&t, E1000_PRC64 + 4 * i), want[i]);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_PTC64 + 4 * i), want[i]);
		CU_ASSERT_EQUAL(t_r32(&t, E1000_PRC64 + 4 * i), 0);
	}
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPRC), 11);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPRC), 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_BPRC), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MPRC), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPTC), 11);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_BPTC), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_MPTC), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TPR), 11);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TPT), 11);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GORCL), octets);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GORCL), octets);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GORCH), 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GORCL), 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), octets);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TORL), octets);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TOTL), octets);
	/* By size as received: with the CRC, unless that is stripped. */
	t_give(&t, frame, 64);
	t_w32(&t, E1000_RCTL, E1000_RCTL_EN | E1000_RCTL_SECRC);
	t_give(&t, frame, 64);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_PRC64), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_PRC127), 1);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GORCL), 136);
	t_w32(&t, E1000_TPR, 5);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TPR), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_CRCERRS), 0);
	t_w32(&t, E1000_CTRL, E1000_CTRL_RST);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_TOTL), 0);
	t_down(&t);
}

/* All ones stay; the halves of 64 bits belong together, and nothing is lost between reads. */
static void
test_statistics_wide(void)
{
	struct test_e1000 t;

	t_up(&t, true);
	t.s->mac.gprc += UINT32_MAX;
	t.s->mac.gprc++;
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPRC), UINT32_MAX);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPRC), 0);
	t.s->mac.gotc += UINT64_C(0x2ffffffff);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), UINT32_MAX);
	t.s->mac.gotc += 3; /* D goes on between */
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCH), 2);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCL), 3);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCH), 0);
	t.s->mac.gotc += UINT64_C(0x500000000);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCH), 5);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GOTCH), 0);
	t_down(&t);
}

static void
test_counters(void)
{
	struct test_e1000 t;
	uint8_t frame[60];
	unsigned int i;

	t_up(&t, true);
	t_start(&t, E1000_RCTL_BAM);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_frames"), 1);
	t.nic->model->counters_clear(t.nic, 0);
	for (i = 0; i < t.nic->model->n_stats; i++)
		CU_ASSERT_EQUAL(t_count(&t, t.nic->model->stats[i].name), 0);
	CU_ASSERT_EQUAL(t_r32(&t, E1000_GPRC), 1);
	t_down(&t);
}

void
test_e1000_regs_suite(const char *name, CU_InitializeFunc init)
{
	CU_pSuite s = CU_add_suite(name, init, NULL);

	CU_add_test(s, "pci", test_pci);
	CU_add_test(s, "table", test_table);
	CU_add_test(s, "reset", test_reset);
	CU_add_test(s, "widths", test_widths);
	CU_add_test(s, "I/O window", test_io_window);
	CU_add_test(s, "holds", test_holds);
	CU_add_test(s, "eeprom", test_eeprom);
	CU_add_test(s, "statistics", test_statistics);
	CU_add_test(s, "statistics, 64 bits", test_statistics_wide);
	CU_add_test(s, "counters", test_counters);
}
