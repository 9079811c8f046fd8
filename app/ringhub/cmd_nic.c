/* SPDX-License-Identifier: BSD-3-Clause */
/* Console commands that look into a guest's NIC: registers, PCI, receive filter. */
#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include <rte_byteorder.h>

#include "console.h"
#include "guest/guest.h"
#include "net/guest/pmd_guest.h"
#include "nic/nic_pci.h"
#include "nic/nic_rx_filter.h"

/* What cmd_print_reg() needs. */
struct cmd_regs {
	FILE *out;
	bool zeros; /* elements of arrays that are 0, too */
};

static void
cmd_print_reg(void *ctx, const struct guest_reg *reg)
{
	const struct cmd_regs *r = ctx;
	char name[64];

	if (reg->n > 1 && reg->value == 0 && !r->zeros)
		return;
	if (reg->n > 1)
		snprintf(name, sizeof(name), "%s[%u]", reg->name, reg->index);
	else
		snprintf(name, sizeof(name), "%s", reg->name);
	fprintf(r->out, "%-22s (0x%05" PRIx32 "): 0x%0*" PRIx32 "\n", name, reg->offset,
		2 * reg->width, reg->value);
}

/* The registers of a port; name NULL: all. */
static void
cmd_regs(const struct cmd_args *a, const char *name)
{
	struct cmd_regs r = { a->out, name != NULL };
	struct rh_port *p = rh_find_port(a->rh, a->arg[0]);
	int n;

	if (p == NULL || p->port_id == RH_NO_PORT) {
		cmd_error(a, "port '%s' not found: give a number or an id", a->arg[0]);
		return;
	}
	n = pmd_guest_regs(p->port_id, name, cmd_print_reg, &r);
	if (n < 0)
		cmd_error(a, "port '%s' has no registers here: only NICs on vfio-user have",
			a->arg[0]);
	else if (n == 0)
		cmd_error(a, "port '%s' has no register '%s': 'show port %s regs' lists them",
			a->arg[0], name, a->arg[0]);
}

static void
cmd_show_regs(const struct cmd_args *a)
{
	cmd_regs(a, NULL);
}

static void
cmd_show_reg(const struct cmd_args *a)
{
	cmd_regs(a, a->arg[1]);
}

static uint32_t
cmd_config32(const uint8_t *config, unsigned int at)
{
	return (uint32_t)config[at] | (uint32_t)config[at + 1] << 8 |
	       (uint32_t)config[at + 2] << 16 | (uint32_t)config[at + 3] << 24;
}

/* A BAR as QEMU's info pci prints it; flags are those of the BAR, len its bytes. */
static void
cmd_print_bar(FILE *out, unsigned int i, uint32_t flags, uint64_t addr, uint32_t len)
{
	if (flags & NIC_BAR_IO)
		fprintf(out, "    BAR%u: I/O at 0x%04" PRIx64 " [0x%04" PRIx64 "].\n", i, addr,
			addr + len - 1);
	else
		fprintf(out, "    BAR%u: %u bit%s memory at 0x%08" PRIx64 " [0x%08" PRIx64 "].\n",
			i, flags & NIC_BAR_64 ? 64 : 32,
			flags & NIC_BAR_PREFETCH ? " prefetchable" : "", addr, addr + len - 1);
}

static void
cmd_print_bars(FILE *out, const struct nic_pci *pci, const uint8_t *config)
{
	unsigned int i;

	for (i = 0; i < NIC_PCI_BARS; i++) {
		const struct nic_pci_bar *bar = &pci->bar[i];
		uint64_t addr = cmd_config32(config, 0x10 + 4 * i);

		if (bar->len == 0)
			continue;
		if (bar->flags & NIC_BAR_64)
			addr |= (uint64_t)cmd_config32(config, 0x14 + 4 * i) << 32;
		cmd_print_bar(out, i, bar->flags, addr & ~(uint64_t)(bar->len - 1), bar->len);
	}
}

static void
cmd_print_pci(const struct cmd_args *a, const struct rh_port *p)
{
	uint8_t config[NIC_PCI_CONFIG_LEN];
	const struct nic_pci *pci = pmd_guest_pci(p->port_id, config);
	uint16_t command;

	if (pci == NULL)
		return;
	command = (uint16_t)(config[4] | config[5] << 8);
	fprintf(a->out,
		"  %s:\n    Ethernet controller: PCI device %04x:%04x, revision %02x\n"
		"      PCI subsystem %04x:%04x\n",
		p->id, pci->vendor, pci->device, config[NIC_PCI_REVISION], pci->sub_vendor,
		pci->sub_device);
	fprintf(a->out, "      command 0x%04x:%s%s%s%s\n", command, command & 1 ? " I/O" : "",
		command & 2 ? " memory" : "", command & NIC_PCI_COMMAND_MASTER ? " master" : "",
		command & NIC_PCI_COMMAND_NO_INTX ? " no-INTx" : "");
	if (pci->int_pin != 0)
		fprintf(a->out, "      IRQ %u, pin %c\n", config[0x3c], '@' + pci->int_pin);
	cmd_print_bars(a->out, pci, config);
}

static void
cmd_info_pci(const struct cmd_args *a)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (p->kind == CONF_DEVICE)
			cmd_print_pci(a, p);
}

static void
cmd_print_mac(FILE *out, const struct rte_ether_addr *mac)
{
	char text[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(text, sizeof(text), mac);
	fprintf(out, " %s", text);
}

/* In the words of QEMU's query-rx-filter. */
static void
cmd_print_rx_filter(const struct cmd_args *a, const struct rh_port *p)
{
	static const char *const modes
		[] = { [NIC_RX_NONE] = "none", [NIC_RX_NORMAL] = "normal", [NIC_RX_ALL] = "all" };
	struct nic_rx_filter f;
	int ret = pmd_guest_rx_filter(p->port_id, &f);
	unsigned int i;

	fprintf(a->out, "%s:", p->id);
	if (ret < 0) {
		fprintf(a->out, " not known here: the guest's VMM filters\n");
		return;
	}
	fprintf(a->out, " promiscuous=%s broadcast-allowed=%s unicast=%s multicast=%s vlan=%s\n",
		f.promisc ? "on" : "off", f.broadcast ? "on" : "off", modes[f.unicast],
		modes[f.multicast], modes[f.vlan]);
	fprintf(a->out, "  main-mac");
	cmd_print_mac(a->out, &f.main_mac);
	fprintf(a->out, ", multicast hash bits %" PRIu32, f.n_hashes);
	if (f.vlan == NIC_RX_NORMAL)
		fprintf(a->out, ", vlans %" PRIu32, f.n_vlans);
	fprintf(a->out, "\n  table");
	for (i = 0; i < f.n_macs; i++)
		cmd_print_mac(a->out, &f.mac[i]);
	fprintf(a->out, "%s\n", f.n_macs == 0 ? " empty" : "");
}

static void
cmd_info_rx_filter(const struct cmd_args *a)
{
	struct rh_port *p;

	TAILQ_FOREACH(p, &a->rh->ports, next)
		if (p->kind == CONF_DEVICE)
			cmd_print_rx_filter(a, p);
}

/* clang-format off */
const struct cmd cmd_nic_table[] = {
	{ "info pci", cmd_info_pci, "NICs on vfio-user as PCI functions" },
	{ "info rx-filter", cmd_info_rx_filter, "what the guests' drivers let in" },
	{ "show port <port> reg <name>", cmd_show_reg, "a register of a NIC on vfio-user, by its datasheet's name" },
	{ "show port <port> regs", cmd_show_regs, "all its registers; zeros of arrays are left out" },
};
/* clang-format on */
const unsigned int cmd_nic_n = RTE_DIM(cmd_nic_table);
