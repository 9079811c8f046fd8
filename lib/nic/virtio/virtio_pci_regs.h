/* SPDX-License-Identifier: BSD-3-Clause */
/* The registers of virtio over PCI: offsets in BAR 4, bits. Source: VIRTIO 1.2, 4.1.4 and 5.1.4. */
#ifndef NIC_VIRTIO_VIRTIO_PCI_REGS_H
#define NIC_VIRTIO_VIRTIO_PCI_REGS_H

#include <assert.h>
#include <stdint.h>

#include "base/bits.h"

#define VIRTIO_PCI_BAR	   4
#define VIRTIO_PCI_BAR_LEN 0x4000

/* Where in the BAR each structure lies, and how long; as QEMU has them. */
#define VIRTIO_PCI_COMMON 0x0000
#define VIRTIO_PCI_ISR	  0x1000
#define VIRTIO_PCI_DEVICE 0x2000
#define VIRTIO_PCI_NOTIFY 0x3000
#define VIRTIO_PCI_PART	  0x1000

/* 4.1.4.4 bytes from the doorbell of one queue to that of the next */
#define VIRTIO_PCI_NOTIFY_STEP 4

/* 4.1.4 cfg_type of a vendor capability */
#define VIRTIO_PCI_CAP_COMMON  1
#define VIRTIO_PCI_CAP_NOTIFY  2
#define VIRTIO_PCI_CAP_ISR     3
#define VIRTIO_PCI_CAP_DEVICE  4
#define VIRTIO_PCI_CAP_PCI_CFG 5

#define VIRTIO_PCI_NO_VECTOR 0xffff /* 4.1.4.3 VIRTIO_MSI_NO_VECTOR */

/* 2.1 device_status */
#define VIRTIO_STATUS_ACKNOWLEDGE BIT32(0) /* 2.1 driver saw the device */
#define VIRTIO_STATUS_DRIVER	  BIT32(1) /* 2.1 driver knows how to drive it */
#define VIRTIO_STATUS_DRIVER_OK	  BIT32(2) /* 2.1 set up: the device may run */
#define VIRTIO_STATUS_FEATURES_OK BIT32(3) /* 2.1 negotiation is complete */
#define VIRTIO_STATUS_NEEDS_RESET BIT32(6) /* 2.1 an error the device cannot recover from */
#define VIRTIO_STATUS_FAILED	  BIT32(7) /* 2.1 the driver gave up */

/* 4.1.4.5 ISR status */
#define VIRTIO_ISR_QUEUE  0x1 /* 4.1.4.5 queue interrupt */
#define VIRTIO_ISR_CONFIG 0x2 /* 4.1.4.5 configuration change */

/* 5.1.4 status */
#define VIRTIO_NET_S_LINK_UP  0x1 /* 5.1.4 link is up */
#define VIRTIO_NET_S_ANNOUNCE 0x2 /* 5.1.4 driver should announce itself */

/** 4.1.4.3 common configuration; what depends on queue_select lives elsewhere. */
struct virtio_pci_common {
	uint32_t device_feature_select;
	uint32_t device_feature;
	uint32_t driver_feature_select;
	uint32_t driver_feature;
	uint16_t config_msix_vector;
	uint16_t num_queues;
	uint8_t device_status;
	uint8_t config_generation;
	uint16_t queue_select;
	uint16_t queue_size;
	uint16_t queue_msix_vector;
	uint16_t queue_enable;
	uint16_t queue_notify_off;
	uint32_t queue_desc[2];
	uint32_t queue_driver[2];
	uint32_t queue_device[2];
	uint16_t queue_notify_data;
	uint16_t queue_reset;
};
static_assert(sizeof(struct virtio_pci_common) == 0x3c, "VIRTIO 1.2, 4.1.4.3");

/** 5.1.4 device configuration; little endian. */
struct virtio_net_config {
	uint8_t mac[6];
	uint16_t status;
	uint16_t max_virtqueue_pairs;
	uint16_t mtu;
	uint32_t speed; /* Mb/s */
	uint8_t duplex; /* 1: full */
	uint8_t rss_max_key_size;
	uint16_t rss_max_indirection_table_length;
	uint32_t supported_hash_types;
};
static_assert(sizeof(struct virtio_net_config) == 24, "VIRTIO 1.2, 5.1.4");

#endif
