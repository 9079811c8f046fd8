/* SPDX-License-Identifier: BSD-3-Clause */
/* What a driver sees before it sends anything: probe, EEPROM, reset, interrupts, timer, link. */
#include <rte_cycles.h>

#include "nic/nic_pci.h"
#include "test_rtl8139.h"

static void
test_pci(void)
{
	struct test_rtl8139 t;
	uint8_t config[64];
	uint32_t ones = UINT32_MAX, bar[2];

	t_up(&t, 0, true);
	nic_pci_config_write(t.nic->config, 0x10, &ones, 4);
	nic_pci_config_write(t.nic->config, 0x14, &ones, 4);
	nic_pci_config_read(t.nic->config, 0, config, sizeof(config));
	CU_ASSERT_EQUAL(config[0] | config[1] << 8, 0x10ec);
	CU_ASSERT_EQUAL(config[2] | config[3] << 8, 0x8139);
	CU_ASSERT_EQUAL(config[8], 0x20);
	CU_ASSERT_EQUAL(config[11], 0x02);
	CU_ASSERT_EQUAL(config[0x3d], 1);
	nic_pci_config_read(t.nic->config, 0x10, bar, sizeof(bar));
	CU_ASSERT_EQUAL(bar[0], 0xffffff01);
	CU_ASSERT_EQUAL(bar[1], 0xffffff00);
	t_down(&t);
}

/* Both BARs show the same registers, in all widths. */
static void
test_bars(void)
{
	struct test_rtl8139 t;
	uint8_t byte = 0;
	uint32_t dword = 0;

	t_up(&t, 0, true);
	nic_pci_bar_read(t.nic, 0, RTL_TCR + 3, &byte, 1);
	CU_ASSERT_EQUAL(byte, 0x74);
	nic_pci_bar_read(t.nic, 1, RTL_TCR, &dword, 4);
	CU_ASSERT_EQUAL(dword, 0x74800000);
	dword = 0x11223344;
	nic_pci_bar_write(t.nic, 0, RTL_RBSTART, &dword, 4);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_RBSTART + 2), 0x1122);
	t_w8(&t, RTL_RBSTART + 1, 0x99);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_RBSTART), 0x11229944);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_IDR), 0x12005452);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_IDR + 4), 0x5634);
	CU_ASSERT_EQUAL(t_r32(&t, 0xf0), 0);
	t_down(&t);
}

/* One edge of the EEPROM's clock; @return DO. */
static unsigned int
eeprom_bit(struct test_rtl8139 *t, bool di)
{
	uint8_t lines = 2 << 6 | RTL_9346CR_EECS | (di ? RTL_9346CR_EEDI : 0);
	unsigned int out;

	t_w8(t, RTL_9346CR, lines);
	t_w8(t, RTL_9346CR, lines | RTL_9346CR_EESK);
	out = t_r8(t, RTL_9346CR) & RTL_9346CR_EEDO;
	t_w8(t, RTL_9346CR, lines);
	return out;
}

static uint16_t
eeprom_read(struct test_rtl8139 *t, unsigned int word, int addr_bits)
{
	unsigned int command = 6u << addr_bits | word, val = 0;
	int i;

	t_w8(t, RTL_9346CR, 2 << 6);
	t_w8(t, RTL_9346CR, 2 << 6 | RTL_9346CR_EECS);
	for (i = addr_bits + 3; i >= 0; i--)
		eeprom_bit(t, (command >> i) & 1);
	for (i = 0; i < 16; i++)
		val = val << 1 | eeprom_bit(t, false);
	t_w8(t, RTL_9346CR, 0);
	return (uint16_t)val;
}

static void
test_eeprom(void)
{
	struct test_rtl8139 t;

	t_up(&t, 0, true);
	/* Drivers ask with 8 address bits first, and must not find the mark. */
	CU_ASSERT_NOT_EQUAL(eeprom_read(&t, 0, 8), 0x8129);
	CU_ASSERT_EQUAL(eeprom_read(&t, 0, 6), 0x8129);
	CU_ASSERT_EQUAL(eeprom_read(&t, 1, 6), 0x10ec);
	CU_ASSERT_EQUAL(eeprom_read(&t, 2, 6), 0x8139);
	CU_ASSERT_EQUAL(eeprom_read(&t, 7, 6), 0x5452);
	CU_ASSERT_EQUAL(eeprom_read(&t, 8, 6), 0x1200);
	CU_ASSERT_EQUAL(eeprom_read(&t, 9, 6), 0x5634);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_9346CR), 0);
	t_down(&t);
}

static void
test_locks(void)
{
	struct test_rtl8139 t;

	t_up(&t, 0, true);
	t_w8(&t, RTL_CONFIG1, 0x11);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_CONFIG1), 0x0c);
	t_w8(&t, RTL_9346CR, 3 << 6);
	t_w8(&t, RTL_CONFIG1, 0x11);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_CONFIG1), 0x1d);
	t_w8(&t, RTL_9346CR, 0);
	t_w8(&t, RTL_CONFIG1, 0);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_CONFIG1), 0x1d);
	/* TCR only while the transmitter is on, and never its id. */
	t_w32(&t, RTL_TCR, RTL_TCR_MXDMA);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TCR), RTL_TCR_ID_CPLUS);
	t_w8(&t, RTL_CR, RTL_CR_TE);
	t_w32(&t, RTL_TCR, UINT32_MAX);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TCR), RTL_TCR_ID_CPLUS | RTL_TCR_WMASK);
	t_w8(&t, RTL_9346CR, 1 << 6);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_CONFIG1), 0x0c);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_9346CR), 0);
	t_down(&t);
}

static void
test_reset(void)
{
	struct test_rtl8139 t;

	t_up(&t, 0, true);
	CU_ASSERT_EQUAL(t.nic->model->pairs_up(t.nic), 0);
	t_start_cplus(&t, 0);
	CU_ASSERT_EQUAL(t.nic->model->pairs_up(t.nic), 1);
	t_w32(&t, RTL_IDR, 0x01020304);
	t_w32(&t, RTL_MAR, 0xcafecafe);
	t_w8(&t, RTL_CR, RTL_CR_RST | RTL_CR_TE);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_CR), RTL_CR_BUFE);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_IDR), 0x12005452);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MAR), 0xcafecafe);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TNPDS), T_TX_RING);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_RDSAR), 0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CPCMD), 0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_IMR), 0);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_RCR), 0);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD), RTL_TSD_OWN);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CAPR), 0xfff0);
	t.nic->model->reset(t.nic);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_MAR), 0);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TNPDS), 0);
	t_down(&t);
}

/* With an old revision it is an RTL8139C: other drivers bind, and there is nothing of C+. */
static void
test_plain(void)
{
	struct test_rtl8139 t;
	uint8_t rev;

	t_up(&t, 0x10, true);
	nic_pci_config_read(t.nic->config, NIC_PCI_REVISION, &rev, 1);
	CU_ASSERT_EQUAL(rev, 0x10);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_RERID), 0x10);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TCR), 0x74000000);
	t_w16(&t, RTL_CPCMD, 3);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_CPCMD), 0);
	t_w32(&t, RTL_RDSAR, T_RX_RING);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_RDSAR), 0);
	t_w32(&t, RTL_TSD, RTL_TSD_OWN | 100);
	CU_ASSERT_EQUAL(t_r32(&t, RTL_TSD), RTL_TSD_OWN | 100);
	t_down(&t);
}

static void
test_interrupts(void)
{
	struct test_rtl8139 t;

	t_up(&t, 0, true);
	CU_ASSERT_TRUE(rtl8139_irq_set(t.nic, RTL_ISR_ROK) == false);
	CU_ASSERT_FALSE(t.line);
	t_w16(&t, RTL_IMR, 0xffff);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_IMR), RTL_ISR_WMASK);
	CU_ASSERT_TRUE(t.line);
	/* One more cause is no further edge. */
	CU_ASSERT_FALSE(rtl8139_irq_set(t.nic, RTL_ISR_TOK));
	CU_ASSERT_EQUAL(t.raises, 1);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK | RTL_ISR_TOK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_ROK | RTL_ISR_TOK);
	t_w16(&t, RTL_ISR, RTL_ISR_TOK);
	CU_ASSERT_TRUE(t.line);
	t_w16(&t, RTL_ISR, RTL_ISR_ROK);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_TRUE(rtl8139_irq_set(t.nic, RTL_ISR_TOK));
	t_w16(&t, RTL_IMR, (uint16_t)~RTL_ISR_TOK);
	CU_ASSERT_FALSE(t.line);
	/* Both registers in one access: acknowledge and unmask. */
	t_w32(&t, RTL_IMR, RTL_ISR_TOK << 16 | 0xffff);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	rtl8139_irq_set(t.nic, RTL_ISR_ROK);
	CU_ASSERT_TRUE(t.line);
	t_command(&t, NIC_PCI_COMMAND_MASTER | NIC_PCI_COMMAND_NO_INTX);
	CU_ASSERT_FALSE(t.line);
	t_command(&t, NIC_PCI_COMMAND_MASTER);
	CU_ASSERT_TRUE(t.line);
	t_w8(&t, RTL_CR, RTL_CR_RST);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	t_down(&t);
}

/* Send n frames; TOK's time is as if it had begun and been renewed in an hour. */
static void
send_and_hold(struct test_rtl8139 *t, unsigned int n)
{
	struct rtl8139 *s = t->nic->state;
	uint8_t frame[60];

	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	while (n-- > 0) {
		t_send_cplus(t, frame, sizeof(frame), 0, 0);
		rte_pktmbuf_free(t_take(t));
		if (s->tx.irq_first != 0)
			s->tx.irq_first = s->tx.irq_last =
				rte_get_tsc_cycles() + 3600 * rte_get_tsc_hz();
	}
}

/* TOK raises no interrupt while the driver goes on sending. */
static void
test_sent(void)
{
	struct test_rtl8139 t;
	struct rtl8139 *s;

	t_up(&t, 0, true);
	s = t.nic->state;
	t_start_cplus(&t, 0);
	t_w16(&t, RTL_IMR, 0xffff);
	send_and_hold(&t, 1);
	t_expect_none(&t);
	CU_ASSERT_FALSE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
	/* Another cause does not wait; TOK has not raised the line when that is gone. */
	rtl8139_irq_set(t.nic, RTL_ISR_ROK);
	CU_ASSERT_TRUE(t.line);
	t_w16(&t, RTL_ISR, RTL_ISR_ROK);
	CU_ASSERT_FALSE(t.line);
	/* The time is over: by polling. */
	s->tx.irq_first = s->tx.irq_last = 1;
	t_expect_none(&t);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_interrupts"), 1);
	/* One more while the line is up does not take it down. */
	send_and_hold(&t, 1);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
	t_w16(&t, RTL_ISR, RTL_ISR_TOK);
	CU_ASSERT_FALSE(t.line);
	/* Half the ring, which has 8 once its end was seen. */
	send_and_hold(&t, 8);
	t_w16(&t, RTL_ISR, 0xffff);
	send_and_hold(&t, 3);
	CU_ASSERT_FALSE(t.line);
	send_and_hold(&t, 1);
	CU_ASSERT_TRUE(t.line);
	/* One who clears without having been told begins anew. */
	t_w16(&t, RTL_ISR, 0xffff);
	send_and_hold(&t, 3);
	t_w16(&t, RTL_ISR, 0xffff);
	send_and_hold(&t, 3);
	CU_ASSERT_FALSE(t.line);
	t_down(&t);
}

/* In real time it comes all the same. */
static void
test_sent_time(void)
{
	uint64_t end = rte_get_tsc_cycles() + 5 * rte_get_tsc_hz();
	struct test_rtl8139 t;
	uint8_t frame[60];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	t_w16(&t, RTL_IMR, 0xffff);
	t_frame(frame, sizeof(frame), &test_other_mac, 1);
	t_send_cplus(&t, frame, sizeof(frame), 0, 0);
	t_expect(&t, frame, sizeof(frame));
	while (!t.line && rte_get_tsc_cycles() < end)
		t_expect_none(&t);
	CU_ASSERT_TRUE(t.line);
	t_down(&t);
}

/* The write that clears may be late: what happened after the read that it answers is not lost. */
static void
test_late_clear(void)
{
	struct test_rtl8139 t;

	t_up(&t, 0, true);
	t_w16(&t, RTL_IMR, 0xffff);
	rtl8139_irq_set(t.nic, RTL_ISR_TOK | RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK | RTL_ISR_ROK);
	rtl8139_irq_set(t.nic, RTL_ISR_TOK);
	t_w16(&t, RTL_ISR, RTL_ISR_TOK | RTL_ISR_ROK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TOK);
	CU_ASSERT_TRUE(t.line);
	t_w16(&t, RTL_ISR, RTL_ISR_TOK);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	CU_ASSERT_FALSE(t.line);
	/* One who clears without having looked means all of it. */
	rtl8139_irq_set(t.nic, RTL_ISR_TOK);
	rtl8139_irq_set(t.nic, RTL_ISR_TOK);
	t_w16(&t, RTL_ISR, 0xffff);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), 0);
	t_down(&t);
}

/* Which writes hold the datapath: what D reads as plain fields; what is written per frame does not. */
static void
test_holds(void)
{
	static const uint32_t plain[][2] = { { RTL_ISR, 2 }, { RTL_IMR, 2 }, { RTL_IMR, 4 },
		{ RTL_CAPR, 2 }, { RTL_TSD, 4 }, { RTL_TSAD0, 4 }, { RTL_TPPOLL, 1 } };
	static const uint32_t config[][2] = { { RTL_CR, 1 }, { RTL_ERBCR, 4 }, { RTL_RCR, 4 },
		{ RTL_TCR + 1, 1 }, { RTL_CPCMD, 2 }, { RTL_MAR, 4 }, { RTL_9346CR, 1 } };
	struct test_rtl8139 t;
	unsigned int i;

	t_up(&t, 0, true);
	for (i = 0; i < RTE_DIM(plain); i++)
		CU_ASSERT_FALSE(nic_pci_bar_holds(t.nic, 1, plain[i][0], plain[i][1]));
	for (i = 0; i < RTE_DIM(config); i++)
		CU_ASSERT_TRUE(nic_pci_bar_holds(t.nic, 1, config[i][0], config[i][1]));
	t_down(&t);
}

static void
test_link(void)
{
	struct test_rtl8139 t;
	uint8_t frame[60];

	t_up(&t, 0, true);
	t_start_cplus(&t, 0);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_MSR), 0xd0);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_BMSR), 0x782d);
	t.nic->model->set_link(t.nic, false);
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_PUN);
	CU_ASSERT_EQUAL(t_r8(&t, RTL_MSR), 0xd4);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_BMSR), 0x7809);
	t_frame(frame, sizeof(frame), &test_mac, 1);
	t_give(&t, frame, sizeof(frame));
	CU_ASSERT_EQUAL(t_count(&t, "to_guest_disabled"), 1);
	t_send_cplus(&t, frame, sizeof(frame), 0, 0);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_EQUAL(t_count(&t, "from_guest_link_down"), 1);
	t.nic->model->set_link(t.nic, true);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_BMSR), 0x782d);
	t_w16(&t, RTL_BMCR, RTL_BMCR_RST);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_BMCR), RTL_BMCR_ANE);
	t_down(&t);
}

static void
test_timer(void)
{
	struct test_rtl8139 t;
	uint32_t ticks;

	t_up(&t, 0, true);
	t_w16(&t, RTL_IMR, RTL_ISR_TIMEOUT);
	t_w32(&t, RTL_TIMERINT, RTL_HZ / 500); /* 2 ms */
	t_w32(&t, RTL_TCTR, 0);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	rte_delay_us_block(3000);
	ticks = t_r32(&t, RTL_TCTR);
	CU_ASSERT(ticks >= RTL_HZ / 500 && ticks < RTL_HZ);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_TRUE(t.line);
	CU_ASSERT_EQUAL(t_r16(&t, RTL_ISR), RTL_ISR_TIMEOUT);
	t_w16(&t, RTL_ISR, RTL_ISR_TIMEOUT);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	/* Halted, it does not fire. */
	t_w8(&t, RTL_HLTCLK, 'H');
	t_w32(&t, RTL_TCTR, 0);
	rte_delay_us_block(3000);
	CU_ASSERT_PTR_NULL(t_take(&t));
	CU_ASSERT_FALSE(t.line);
	t_down(&t);
}

void
test_rtl8139_chip_suite(void)
{
	CU_pSuite s = CU_add_suite("rtl8139_chip", NULL, NULL);

	CU_add_test(s, "pci", test_pci);
	CU_add_test(s, "bars", test_bars);
	CU_add_test(s, "eeprom", test_eeprom);
	CU_add_test(s, "locks", test_locks);
	CU_add_test(s, "reset", test_reset);
	CU_add_test(s, "plain 8139C", test_plain);
	CU_add_test(s, "interrupts", test_interrupts);
	CU_add_test(s, "sent", test_sent);
	CU_add_test(s, "sent, in real time", test_sent_time);
	CU_add_test(s, "late clear", test_late_clear);
	CU_add_test(s, "holds", test_holds);
	CU_add_test(s, "link", test_link);
	CU_add_test(s, "timer", test_timer);
}
