/* SPDX-License-Identifier: BSD-3-Clause */
/* A NIC as a PCI device: its description, its config space, its BARs. */
#ifndef NIC_NIC_PCI_H
#define NIC_NIC_PCI_H

#include <stdbool.h>
#include <stdint.h>

struct nic;
struct nic_reg;
struct nic_reg_set;

#define NIC_PCI_BARS	   6
#define NIC_PCI_CONFIG_LEN 256
#define NIC_PCI_MAX_MSIX   64
#define NIC_PCI_MAX_MSI	   32 /* PCI Local Bus 3.0, 6.8.1.3 */

/* Interrupt vectors of a PCI function: INTx, the MSI-X vectors, the MSI messages. */
#define NIC_VEC_INTX 0
#define NIC_VEC_MSIX 1
#define NIC_VEC_MSI  (NIC_VEC_MSIX + NIC_PCI_MAX_MSIX)
#define NIC_N_VECS   (NIC_VEC_MSI + NIC_PCI_MAX_MSI)

/* Bits of nic_pci_bar.flags; PCI Local Bus 3.0, 6.2.5.1. */
#define NIC_BAR_IO	 0x1
#define NIC_BAR_64	 0x4 /* takes the next BAR's slot too */
#define NIC_BAR_PREFETCH 0x8

struct nic_pci_bar {
	uint32_t len;	/* bytes, a power of two; 0: not there */
	uint32_t flags; /* NIC_BAR_*; none: 32-bit memory */
};

/** A capability: what follows the id and the next pointer. */
struct nic_pci_cap {
	uint8_t id;
	uint8_t len; /* bytes of data, the two leading ones not counted */
	const uint8_t *data;
	const uint8_t *wmask; /* bits the guest may write; NULL: none */
};

/** Whole pages of one BAR that a client may map, so that accesses there are no messages. */
struct nic_pci_area {
	uint32_t offset; /* bytes in the BAR, a multiple of 4096 */
	uint32_t len;
};

/** What a model is as a PCI function. Const. */
struct nic_pci {
	uint16_t vendor, device, sub_vendor, sub_device;
	uint32_t class_code; /* 24 bits: 0x020000 is Ethernet */
	uint8_t revision;
	uint8_t int_pin; /* 1: INTA; 0: none */
	uint16_t n_msix; /* vectors; 0: no MSI-X */
	/*
	 * Messages, a power of two; 0: no MSI. Its capability (64-bit, no masks) follows those of .cap.
	 * The model asks nic_pci_msi() at .command, raises NIC_VEC_MSI and up while that is not 0, and
	 * INTx only while it is.
	 */
	uint8_t n_msi;
	struct nic_pci_bar bar[NIC_PCI_BARS];
	const struct nic_pci_cap *cap;
	unsigned int n_caps;
	const struct nic_pci_area *area; /* of shared_bar, inside its first shared_len bytes */
	unsigned int n_areas;
	uint8_t shared_bar;
	uint32_t shared_len; /* bytes of struct nic's shared, which starts where the BAR does */
	const struct nic_reg_set
		*regs; /* for people: registers by name; NULL if the model has none */
	/**
	 * An access of 1, 2 or 4 bytes, aligned to its size and inside the BAR. Thread: C; writes
	 * with the datapath held when needs_hold() says so.
	 */
	uint32_t (*read)(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size);
	void (*write)(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val);
	/** Whether a write to that one byte needs the datapath held. Thread: C. */
	bool (*needs_hold)(const struct nic *nic, uint8_t bar, uint32_t off);
	/**
	 * The value of a register of .regs, for people: no side effects. Thread: any, with C and M kept
	 * out.
	 */
	uint32_t (*peek)(struct nic *nic, const struct nic_reg *reg, uint32_t offset);
	/**
	 * An access to config space: a read is about to be answered, a write was stored. For a
	 * capability that is a window; NULL: there is none. Thread: C; writes with the datapath held.
	 */
	void (*config_reads)(struct nic *nic, uint32_t off, uint32_t len);
	void (*config_wrote)(struct nic *nic, uint32_t off, uint32_t len);
	/**
	 * The command register changed (bus master, INTx disable), or a capability (MSI, MSI-X enable).
	 * Thread: C, datapath held.
	 */
	void (*command)(struct nic *nic);
};

/** Config space of one NIC. C only, but for command, which D reads. */
struct nic_pci_config {
	uint8_t space[NIC_PCI_CONFIG_LEN];
	uint8_t wmask[NIC_PCI_CONFIG_LEN];
	uint8_t msi_at; /* offset of the MSI capability; 0: none */
};

#define NIC_PCI_REVISION	0x08
#define NIC_PCI_COMMAND		0x04
#define NIC_PCI_COMMAND_MASTER	0x0004 /* bit 2: bus master */
#define NIC_PCI_COMMAND_NO_INTX 0x0400 /* bit 10: INTx disable */

/**
 * Power-on contents.
 * @param rom_len  bytes of the option ROM, a power of two; 0: there is none
 * Thread: C, datapath held.
 */
void nic_pci_config_reset(struct nic_pci_config *config, const struct nic_pci *pci,
	uint32_t rom_len);

/**
 * Accesses of any length inside config space; bytes beyond its end read 0 and are not written.
 * @return for writes: whether the command register or a capability changed, of which command() is to be
 *         told. Thread: C; writes with the datapath held.
 */
void nic_pci_config_read(const struct nic_pci_config *config, uint32_t off, void *buf,
	uint32_t len);
bool nic_pci_config_write(struct nic_pci_config *config, uint32_t off, const void *buf,
	uint32_t len);

/** The command register. Any thread. */
static inline uint16_t
nic_pci_command(const struct nic_pci_config *config)
{
	const uint8_t *p = &config->space[NIC_PCI_COMMAND];

	return (uint16_t)(p[0] | p[1] << 8);
}

/** MSI messages that the guest enabled, 1 to n_msi; 0: MSI is off. Thread: C. */
unsigned int nic_pci_msi(const struct nic_pci_config *config, const struct nic_pci *pci);

/**
 * A BAR access of any offset and length, cut into the accesses a model knows; bytes outside the BAR
 * read 0 and are not written. Thread: C; writes with the datapath held if nic_pci_bar_holds().
 */
void nic_pci_bar_read(struct nic *nic, uint8_t bar, uint64_t off, void *buf, uint32_t len);
void nic_pci_bar_write(struct nic *nic, uint8_t bar, uint64_t off, const void *buf, uint32_t len);

/** Whether a write of len bytes there needs the datapath held. Thread: C. */
bool nic_pci_bar_holds(const struct nic *nic, uint8_t bar, uint64_t off, uint32_t len);

/** The byte of shared memory that stands for byte off of the shared BAR; NULL outside the areas. */
uint8_t *nic_pci_shared(const struct nic *nic, uint32_t off);

#endif
