/* SPDX-License-Identifier: BSD-3-Clause */
/* The rtl8139 model: life, resets, PCI description. */
#include "rtl8139.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <rte_cycles.h>

#include "nic/nic_pci.h"
#include "nic/nic_reg.h"
#include "rtl8139_desc.h"

/*
 * The lcores of both directions, and C, share no line that one of them writes for each burst: rings' states,
 * what each counts, and interrupt causes, which are beside nothing that is read only.
 */
#define ON_A_LINE(field) (offsetof(struct rtl8139, field) % RTE_CACHE_LINE_SIZE == 0)
static_assert(ON_A_LINE(irq) && ON_A_LINE(tx) && ON_A_LINE(rx), "irq, tx, rx");
static_assert(ON_A_LINE(count) && ON_A_LINE(count.to_looping) && ON_A_LINE(tally),
	"count, count.to_looping, tally");
static_assert(ON_A_LINE(tally.rx_ok), "tally.rx_ok");

#define RTL8139_REVISION 0x20 /* the first revision that is a C+ */

/* What a chip reset leaves alone. */
struct rtl8139_kept {
	uint8_t mar[8];
	uint8_t tsad[16];
};

static void
rtl8139_reset_registers(struct nic *nic)
{
	struct rtl8139 *s = nic->state;
	struct rtl8139_kept kept;

	memcpy(kept.mar, &s->reg[RTL_MAR], sizeof(kept.mar));
	memcpy(kept.tsad, &s->reg[RTL_TSAD0], sizeof(kept.tsad));
	memset(s->reg, 0, sizeof(s->reg));
	nic_reg_reset(nic, rtl8139_reg_set(nic));
	memcpy(&s->reg[RTL_MAR], kept.mar, sizeof(kept.mar));
	memcpy(&s->reg[RTL_TSAD0], kept.tsad, sizeof(kept.tsad));
	memcpy(&s->reg[RTL_IDR], nic->conf.mac.addr_bytes, RTE_ETHER_ADDR_LEN);
	if (s->plain)
		rtl8139_put32(s, RTL_TCR, RTL_TCR_ID_C);
	if (nic->conf.revision != 0)
		s->reg[RTL_RERID] = nic->conf.revision;
}

void
rtl8139_chip_reset(struct nic *nic)
{
	struct rtl8139 *s = nic->state;

	rtl8139_reset_registers(nic);
	nic_eeprom_reset(&s->eeprom);
	s->cplus = false;
	s->halted = false;
	s->polled = 0;
	s->missed = 0;
	s->tctr_base = rte_get_tsc_cycles();
	s->timer_at = RTL8139_TIMER_OFF;
	rtl8139_drop_segments(s);
	memset(&s->tx, 0, sizeof(s->tx));
	s->rx.cbr = s->rx.index = 0;
	memset(&s->tally, 0, sizeof(s->tally));
	rtl8139_irq_reset(nic);
}

static void
rtl8139_reset(struct nic *nic)
{
	struct rtl8139 *s = nic->state;

	memset(s->reg, 0, sizeof(s->reg));
	rtl8139_chip_reset(nic);
	rtl8139_irq_disable(nic, false);
}

/* The words that drivers look at; datasheet, section 7. */
static void
rtl8139_fill_eeprom(struct nic *nic)
{
	struct rtl8139 *s = nic->state;
	const uint8_t *mac = nic->conf.mac.addr_bytes;
	size_t i;

	s->eeprom.word[0] = 0x8129;
	s->eeprom.word[1] = nic->model->pci->vendor;
	s->eeprom.word[2] = nic->model->pci->device;
	for (i = 0; i < RTE_ETHER_ADDR_LEN / 2; i++)
		s->eeprom.word[7 + i] = (uint16_t)(mac[2 * i] | mac[2 * i + 1] << 8);
}

static int
rtl8139_init(struct nic *nic)
{
	struct rtl8139 *s = nic->state;

	s->plain = nic->conf.revision != 0 && nic->conf.revision < RTL8139_REVISION;
	rtl8139_fill_eeprom(nic);
	rtl8139_reset(nic);
	return 0;
}

static void
rtl8139_fini(struct nic *nic)
{
	rtl8139_drop_segments(nic->state);
}

bool
rtl8139_is_master(const struct nic *nic)
{
	return nic_pci_command(nic->config) & NIC_PCI_COMMAND_MASTER;
}

static uint16_t
rtl8139_pairs_up(const struct nic *nic)
{
	return rtl8139_is_master(nic) &&
	       (rtl8139_get8(nic->state, RTL_CR) & (RTL_CR_TE | RTL_CR_RE));
}

static void
rtl8139_set_link(struct nic *nic, bool up)
{
	struct rtl8139 *s = nic->state;

	if (s->link_down != up)
		return;
	s->link_down = !up;
	rtl8139_irq_set(nic, RTL_ISR_PUN);
}

static void
rtl8139_command(struct nic *nic)
{
	rtl8139_irq_disable(nic, nic_pci_command(nic->config) & NIC_PCI_COMMAND_NO_INTX);
}

static const void *
rtl8139_counters(const struct nic *nic, uint16_t q)
{
	const struct rtl8139 *s = nic->state;

	return &s->count;
}

static void
rtl8139_counters_clear(struct nic *nic, uint16_t q)
{
	struct rtl8139 *s = nic->state;

	memset(&s->count, 0, sizeof(s->count));
}

static const struct nic_pci rtl8139_pci = {
	.vendor = 0x10ec,
	.device = 0x8139,
	.sub_vendor = 0x1af4,
	.sub_device = 0x1100,
	.class_code = 0x020000,
	.revision = RTL8139_REVISION,
	.int_pin = 1,
	.bar = {
		{ .len = RTL_REGS_LEN, .flags = NIC_BAR_IO },
		{ .len = RTL_REGS_LEN },
	},
	.regs = &rtl8139_regs,
	.read = rtl8139_read,
	.write = rtl8139_write,
	.needs_hold = rtl8139_needs_hold,
	.peek = rtl8139_peek,
	.command = rtl8139_command,
};

const struct nic_model rtl8139_model = {
	.name = "rtl8139",
	.pci = &rtl8139_pci,
	.stats = rtl8139_stats,
	.n_stats = RTL8139_N_STATS,
	.max_queues = 1,
	.state_size = sizeof(struct rtl8139),
	.init = rtl8139_init,
	.reset = rtl8139_reset,
	.fini = rtl8139_fini,
	.pairs_up = rtl8139_pairs_up,
	.set_link = rtl8139_set_link,
	.rx_filter = rtl8139_rx_filter,
	.counters = rtl8139_counters,
	.counters_clear = rtl8139_counters_clear,
	.from_guest = rtl8139_from_guest,
	.to_guest = rtl8139_to_guest,
};
