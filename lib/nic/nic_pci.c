/* SPDX-License-Identifier: BSD-3-Clause */
/* Config space built from a description; BAR accesses cut to size. */
#include "nic_pci.h"

#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

#include "base/bits.h"
#include "nic.h"

/* PCI Local Bus 3.0, figure 6-1. */
enum {
	PCI_VENDOR = 0x00,
	PCI_DEVICE = 0x02,
	PCI_STATUS = 0x06,
	PCI_CACHE_LINE = 0x0c,
	PCI_BAR0 = 0x10,
	PCI_SUB_VENDOR = 0x2c,
	PCI_SUB_DEVICE = 0x2e,
	PCI_ROM = 0x30,
	PCI_CAP_PTR = 0x34,
	PCI_INT_LINE = 0x3c,
	PCI_INT_PIN = 0x3d,
	PCI_FIRST_CAP = 0x40,
};

#define PCI_STATUS_CAPS 0x0010 /* bit 4: there is a capability list */
#define PCI_ROM_ENABLE	0x1
/* What of the command register a function keeps: I/O, memory, master, parity, SERR, INTx disable. */
#define PCI_COMMAND_WMASK 0x0547

/* PCI Local Bus 3.0, 6.8.1: the MSI capability, behind its id and next pointer. */
#define PCI_CAP_MSI  0x05
#define PCI_MSI_CTRL 2	/* message control; 64-bit address and data follow */
#define PCI_MSI_LEN  12 /* bytes of data */
#define MSI_ENABLE   BIT32(0)
#define MSI_CAPABLE  FIELD32(3, 1) /* log2 of the messages there are */
#define MSI_ENABLED  FIELD32(6, 4) /* and of those that may be used */
#define MSI_64	     BIT32(7)

static void
pci_put16(uint8_t *p, uint16_t val)
{
	p[0] = (uint8_t)val;
	p[1] = (uint8_t)(val >> 8);
}

static void
pci_put32(uint8_t *p, uint32_t val)
{
	pci_put16(p, (uint16_t)val);
	pci_put16(p + 2, (uint16_t)(val >> 16));
}

static void
pci_config_bars(struct nic_pci_config *config, const struct nic_pci *pci)
{
	unsigned int i;

	for (i = 0; i < NIC_PCI_BARS; i++) {
		uint32_t at = PCI_BAR0 + 4 * i;

		if (pci->bar[i].len == 0)
			continue;
		pci_put32(config->space + at, pci->bar[i].flags);
		pci_put32(config->wmask + at, ~(pci->bar[i].len - 1));
		if (pci->bar[i].flags & NIC_BAR_64)
			pci_put32(config->wmask + at + 4, UINT32_MAX);
	}
}

/* Where the chain of capabilities goes on. */
struct pci_chain {
	uint32_t at;   /* the next capability's place */
	uint8_t *link; /* what is to point there */
};

static void
pci_config_cap(struct nic_pci_config *config, struct pci_chain *chain,
	const struct nic_pci_cap *cap)
{
	uint32_t at = chain->at;

	*chain->link = (uint8_t)at;
	config->space[at] = cap->id;
	memcpy(config->space + at + 2, cap->data, cap->len);
	if (cap->wmask != NULL)
		memcpy(config->wmask + at + 2, cap->wmask, cap->len);
	chain->link = &config->space[at + 1];
	chain->at = RTE_ALIGN_CEIL(at + 2 + cap->len, 4u);
}

static void
pci_config_msi(struct nic_pci_config *config, struct pci_chain *chain, unsigned int n)
{
	static const uint8_t wmask[PCI_MSI_LEN] = { MSI_ENABLE | MSI_ENABLED, 0, 0xfc, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
	uint8_t data[PCI_MSI_LEN] = { (uint8_t)field_set(MSI_64, MSI_CAPABLE, rte_log2_u32(n)) };
	const struct nic_pci_cap cap = { PCI_CAP_MSI, sizeof(data), data, wmask };

	config->msi_at = (uint8_t)chain->at;
	pci_config_cap(config, chain, &cap);
}

static void
pci_config_caps(struct nic_pci_config *config, const struct nic_pci *pci)
{
	struct pci_chain chain = { PCI_FIRST_CAP, &config->space[PCI_CAP_PTR] };
	unsigned int i;

	for (i = 0; i < pci->n_caps; i++)
		pci_config_cap(config, &chain, &pci->cap[i]);
	if (pci->n_msi > 0)
		pci_config_msi(config, &chain, pci->n_msi);
	if (chain.at != PCI_FIRST_CAP)
		pci_put16(config->space + PCI_STATUS, PCI_STATUS_CAPS);
}

unsigned int
nic_pci_msi(const struct nic_pci_config *config, const struct nic_pci *pci)
{
	uint32_t control;

	if (config->msi_at == 0)
		return 0;
	control = config->space[config->msi_at + PCI_MSI_CTRL];
	if (!(control & MSI_ENABLE))
		return 0;
	/* More than there are: reserved, or too many. */
	return RTE_MIN(1u << field_get(control, MSI_ENABLED), (unsigned int)pci->n_msi);
}

void
nic_pci_config_reset(struct nic_pci_config *config, const struct nic_pci *pci, uint32_t rom_len)
{
	memset(config, 0, sizeof(*config));
	pci_put16(config->space + PCI_VENDOR, pci->vendor);
	pci_put16(config->space + PCI_DEVICE, pci->device);
	pci_put16(config->wmask + NIC_PCI_COMMAND, PCI_COMMAND_WMASK);
	pci_put32(config->space + NIC_PCI_REVISION, pci->class_code << 8 | pci->revision);
	config->wmask[PCI_CACHE_LINE] = 0xff;
	config->wmask[PCI_CACHE_LINE + 1] = 0xff; /* latency timer */
	pci_put16(config->space + PCI_SUB_VENDOR, pci->sub_vendor);
	pci_put16(config->space + PCI_SUB_DEVICE, pci->sub_device);
	if (rom_len > 0)
		pci_put32(config->wmask + PCI_ROM, ~(rom_len - 1) | PCI_ROM_ENABLE);
	config->wmask[PCI_INT_LINE] = 0xff;
	config->space[PCI_INT_PIN] = pci->int_pin;
	pci_config_bars(config, pci);
	pci_config_caps(config, pci);
}

void
nic_pci_config_read(const struct nic_pci_config *config, uint32_t off, void *buf, uint32_t len)
{
	uint32_t n = off < NIC_PCI_CONFIG_LEN ? RTE_MIN(len, NIC_PCI_CONFIG_LEN - off) : 0;

	memset(buf, 0, len);
	if (n > 0)
		memcpy(buf, config->space + off, n);
}

/* Whether a model does something else when that byte changes. */
static bool
pci_matters(uint32_t off)
{
	return off - NIC_PCI_COMMAND < sizeof(uint16_t) || off >= PCI_FIRST_CAP;
}

bool
nic_pci_config_write(struct nic_pci_config *config, uint32_t off, const void *buf, uint32_t len)
{
	uint32_t n = off < NIC_PCI_CONFIG_LEN ? RTE_MIN(len, NIC_PCI_CONFIG_LEN - off) : 0;
	const uint8_t *from = buf;
	bool tell = false;
	uint32_t i;

	for (i = 0; i < n; i++) {
		uint8_t mask = config->wmask[off + i];
		uint8_t *to = &config->space[off + i], old = *to;

		*to = (uint8_t)((old & ~mask) | (from[i] & mask));
		tell |= *to != old && pci_matters(off + i);
	}
	return tell;
}

/* How many of len bytes at off are in the BAR. */
static uint32_t
pci_inside(const struct nic *nic, uint8_t bar, uint64_t off, uint32_t len)
{
	uint32_t bar_len = nic->model->pci->bar[bar].len;

	return off < bar_len ? RTE_MIN(len, bar_len - (uint32_t)off) : 0;
}

/* The longest access a model knows that starts at off and stays within len bytes. */
static unsigned int
pci_piece(uint32_t off, uint32_t len)
{
	if (off % 4 == 0 && len >= 4)
		return 4;
	return off % 2 == 0 && len >= 2 ? 2 : 1;
}

void
nic_pci_bar_read(struct nic *nic, uint8_t bar, uint64_t off, void *buf, uint32_t len)
{
	uint32_t inside = pci_inside(nic, bar, off, len), at = (uint32_t)off;
	uint8_t *to = buf;

	memset(to + inside, 0, len - inside);
	while (inside > 0) {
		unsigned int n = pci_piece(at, inside);
		rte_le32_t val = rte_cpu_to_le_32(nic->model->pci->read(nic, bar, at, n));

		memcpy(to, &val, n);
		to += n;
		at += n;
		inside -= n;
	}
}

void
nic_pci_bar_write(struct nic *nic, uint8_t bar, uint64_t off, const void *buf, uint32_t len)
{
	uint32_t inside = pci_inside(nic, bar, off, len), at = (uint32_t)off;
	const uint8_t *from = buf;

	while (inside > 0) {
		unsigned int n = pci_piece(at, inside);
		rte_le32_t val = 0;

		memcpy(&val, from, n);
		nic->model->pci->write(nic, bar, at, n, rte_le_to_cpu_32(val));
		from += n;
		at += n;
		inside -= n;
	}
}

bool
nic_pci_bar_holds(const struct nic *nic, uint8_t bar, uint64_t off, uint32_t len)
{
	uint32_t inside = pci_inside(nic, bar, off, len), i;

	/* Each byte: a wide access may reach several registers. */
	for (i = 0; i < inside; i++)
		if (nic->model->pci->needs_hold(nic, bar, (uint32_t)off + i))
			return true;
	return false;
}

uint8_t *
nic_pci_shared(const struct nic *nic, uint32_t off)
{
	const struct nic_pci *pci = nic->model->pci;
	unsigned int i;

	for (i = 0; i < pci->n_areas && nic->shared != NULL; i++)
		if (off - pci->area[i].offset < pci->area[i].len)
			return nic->shared + off;
	return NULL;
}
