/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio-net as a PCI function: what of the model's state only this transport has. */
#ifndef NIC_VIRTIO_VIRTIO_PCI_H
#define NIC_VIRTIO_VIRTIO_PCI_H

#include <stdbool.h>
#include <stdint.h>

#include "nic/nic.h"
#include "virtio_pci_regs.h"

struct nic_reg;
struct nic_reg_set;
struct nic_rx_filter;
struct virtio_queue;

/** Coalescing as the driver set it. */
struct virtio_coal_conf {
	uint32_t max_packets;
	uint32_t max_usecs;
};

#define VIRTIO_PCI_QUEUES    (2 * NIC_MAX_QUEUES + 1)
#define VIRTIO_PCI_VECTORS   (2 * NIC_MAX_QUEUES + 2) /* one per queue, one for configuration */
#define VIRTIO_PCI_SIZE	     256 /* entries of a data ring, at most; iPXE gives up on more */
#define VIRTIO_PCI_CTRL_SIZE 64	 /* entries of the control queue, at most */

/** What the driver told about one queue. C only. */
struct virtio_pci_queue {
	uint64_t addr[3]; /* guest-physical: descriptors, driver area, device area */
	uint16_t size;	  /* entries */
	uint16_t msix;	  /* vector, or VIRTIO_PCI_NO_VECTOR */
	bool enabled;
	bool set_up; /* the ring was started once since the last reset */
	struct virtio_coal_conf coal;
};

/** State of the transport. C only unless said. */
struct virtio_pci {
	struct virtio_pci_common common; /* the registers themselves, where they are plain */
	struct virtio_pci_queue queue[VIRTIO_PCI_QUEUES];
	uint64_t driver_features;	   /* as written so far */
	uint16_t tx_pairs;		   /* queue pairs whose transmit ring is in use, 1.. */
	uint16_t rx_pairs;		   /* the same of receive rings; D reads */
	struct virtio_coal_conf coal[2];   /* for rings to come: of receive, of transmit */
	uint64_t kicks[VIRTIO_PCI_QUEUES]; /* doorbells of data rings */
	bool link_down;			   /* the cable is pulled; survives resets */
	bool announce;			   /* the driver is asked to announce itself */
	uint8_t isr;			   /* 4.1.4.5; C and D, atomic */
};

extern const struct nic_pci virtio_net_pci;
extern const struct nic_reg_set virtio_pci_regs;

/** nic_pci ops; see nic_pci.h. */
uint32_t virtio_pci_read(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size);
void virtio_pci_write(struct nic *nic, uint8_t bar, uint32_t off, unsigned int size, uint32_t val);
bool virtio_pci_needs_hold(const struct nic *nic, uint8_t bar, uint32_t off);

/** Feature bits offered over PCI. Any thread. */
uint64_t virtio_pci_features(const struct nic *nic);

/** Power-on state, all rings at rest. Thread: C, datapath held. */
void virtio_pci_reset(struct nic *nic);

/** The driver wrote device_status. Thread: C, datapath held. */
void virtio_pci_set_status(struct nic *nic, uint8_t status);

/** device_status as the driver sees it. Thread: C. */
uint8_t virtio_pci_status(const struct nic *nic);

/** Run the rings that are to run, rest the others. Thread: C, datapath held. */
void virtio_pci_update(struct nic *nic);

/** The ring that a queue index stands for with these features; NULL: none. Thread: C. */
struct virtio_queue *virtio_pci_ring(const struct nic *nic, uint16_t idx);

/** The index of the control queue, whether it is there or not. Thread: C. */
uint16_t virtio_pci_ctrl_index(const struct nic *nic);

/** Stop a queue and forget its set-up (2.6.1). Thread: C, datapath held. */
void virtio_pci_queue_reset(struct nic *nic, uint16_t idx);

/** Interrupt by MSI-X vector msix, or by the line with this ISR bit. Thread: C or D. */
void virtio_pci_interrupt(const struct nic *nic, uint16_t msix, uint8_t isr);

/** The interrupt for a change of configuration or status. Thread: C or D. */
void virtio_pci_config_interrupt(const struct nic *nic);

/** Device configuration changed: new generation, interrupt. Thread: C, datapath held. */
void virtio_pci_config_changed(struct nic *nic);

/** Take ISR status, which lowers the line. Thread: C. */
uint8_t virtio_pci_take_isr(struct nic *nic);

/** nic_model.set_link */
void virtio_pci_set_link(struct nic *nic, bool up);

/** nic_pci.config_reads and .config_wrote: the window of 4.1.4.9. */
void virtio_window_reads(struct nic *nic, uint32_t off, uint32_t len);
void virtio_window_wrote(struct nic *nic, uint32_t off, uint32_t len);

/** nic_pci.peek and nic_model.rx_filter */
uint32_t virtio_peek(struct nic *nic, const struct nic_reg *reg, uint32_t offset);
void virtio_rx_filter(const struct nic *nic, struct nic_rx_filter *f);

#endif
