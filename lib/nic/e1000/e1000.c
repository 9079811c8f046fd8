/* SPDX-License-Identifier: BSD-3-Clause */
/* The e1000 model: life, resets, PCI description. */
#include "e1000.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

#include <rte_cycles.h>

#include "nic/nic_pci.h"
#include "nic/nic_reg.h"

/*
 * The lcores of both directions, and C, share no line that one of them writes for each burst: rings' states,
 * what each counts, and interrupt causes, which are beside nothing that is read only.
 */
#define ON_A_LINE(field) (offsetof(struct e1000, field) % RTE_CACHE_LINE_SIZE == 0)
static_assert(ON_A_LINE(irq) && ON_A_LINE(base) && ON_A_LINE(tx), "irq, base, tx");
static_assert(ON_A_LINE(rx) && ON_A_LINE(count) && ON_A_LINE(count.to_looping),
	"rx, count, count.to_looping");
static_assert(ON_A_LINE(count.reg_narrow) && ON_A_LINE(mac) && ON_A_LINE(mac.gprc),
	"count.reg_narrow, mac, mac.gprc");

void
e1000_mac_reset(struct nic *nic)
{
	struct e1000 *s = nic->state;

	/* Between its registers a mapped page is plain memory. */
	memset(e1000_cell(nic, E1000_RX_PAGE), 0, E1000_PAGE_LEN);
	memset(e1000_cell(nic, E1000_TX_PAGE), 0, E1000_PAGE_LEN);
	nic_reg_reset(nic, &e1000_regs);
	nic_eeprom_reset(&s->eeprom);
	e1000_put(s, E1000_STATUS, e1000_status(s));
	e1000_load_address(nic);
	e1000_tx_forget(s);
	memset(&s->tx, 0, sizeof(s->tx));
	memset(&s->rx, 0, sizeof(s->rx));
	e1000_mac_stats_reset(s);
	e1000_irq_reset(nic);
}

static void
e1000_reset(struct nic *nic)
{
	struct e1000 *s = nic->state;

	s->io_addr = 0;
	e1000_phy_reset(nic);
	e1000_mac_reset(nic);
	e1000_irq_disable(nic, false);
}

static int
e1000_init(struct nic *nic)
{
	struct e1000 *s = nic->state;

	s->tsc_hz = rte_get_tsc_hz();
	e1000_eeprom_fill(nic);
	e1000_reset(nic);
	return 0;
}

static void
e1000_fini(struct nic *nic)
{
	e1000_tx_forget(nic->state);
}

bool
e1000_is_master(const struct nic *nic)
{
	return nic_pci_command(nic->config) & NIC_PCI_COMMAND_MASTER;
}

static uint16_t
e1000_pairs_up(const struct nic *nic)
{
	const struct e1000 *s = nic->state;

	return e1000_is_master(nic) && ((e1000_get(s, E1000_TCTL) & E1000_TCTL_EN) ||
					       (e1000_get(s, E1000_RCTL) & E1000_RCTL_EN));
}

static void
e1000_command(struct nic *nic)
{
	e1000_irq_disable(nic, nic_pci_command(nic->config) & NIC_PCI_COMMAND_NO_INTX);
}

static const void *
e1000_counters(const struct nic *nic, uint16_t q)
{
	const struct e1000 *s = nic->state;

	return &s->count;
}

static void
e1000_counters_clear(struct nic *nic, uint16_t q)
{
	struct e1000 *s = nic->state;

	memset(&s->count, 0, sizeof(s->count));
}

/* The pages with the ring registers: doorbells there are no messages. */
static const struct nic_pci_area e1000_areas[] = {
	{ E1000_RX_PAGE, E1000_PAGE_LEN },
	{ E1000_TX_PAGE, E1000_PAGE_LEN },
};

static const struct nic_pci e1000_pci = {
	.vendor = 0x8086,
	.device = 0x100e,
	.sub_vendor = 0x1af4,
	.sub_device = 0x1100,
	.class_code = 0x020000,
	.revision = 3,
	.int_pin = 1,
	.bar = {
		{ .len = E1000_REGS_LEN },
		{ .len = E1000_IO_LEN, .flags = NIC_BAR_IO },
	},
	.area = e1000_areas,
	.n_areas = RTE_DIM(e1000_areas),
	.shared_bar = 0,
	.shared_len = E1000_TX_PAGE + E1000_PAGE_LEN,
	.regs = &e1000_regs,
	.read = e1000_read,
	.write = e1000_write,
	.needs_hold = e1000_needs_hold,
	.peek = e1000_peek,
	.command = e1000_command,
};

const struct nic_model e1000_model = {
	.name = "e1000",
	.alias = "e1000-82540em",
	.pci = &e1000_pci,
	.stats = e1000_stats,
	.n_stats = E1000_N_STATS,
	.max_queues = 1,
	.state_size = sizeof(struct e1000),
	.init = e1000_init,
	.reset = e1000_reset,
	.fini = e1000_fini,
	.pairs_up = e1000_pairs_up,
	.set_link = e1000_set_link,
	.rx_filter = e1000_rx_filter,
	.counters = e1000_counters,
	.counters_clear = e1000_counters_clear,
	.from_guest = e1000_from_guest,
	.to_guest = e1000_to_guest,
};
