/* SPDX-License-Identifier: BSD-3-Clause */
/* The vfio-user protocol as it is on the socket. Host byte order: both ends are on one machine. */
#ifndef TRANSPORT_VFIO_USER_VFU_WIRE_H
#define TRANSPORT_VFIO_USER_VFU_WIRE_H

#include <assert.h>
#include <stdint.h>

#include "base/bits.h"

/* Source: the vfio-user specification, "Message", and the chapter of each command. */

enum vfu_command {
	VFU_VERSION = 1,
	VFU_DMA_MAP = 2,
	VFU_DMA_UNMAP = 3,
	VFU_DEVICE_GET_INFO = 4,
	VFU_DEVICE_GET_REGION_INFO = 5,
	VFU_DEVICE_GET_REGION_IO_FDS = 6,
	VFU_DEVICE_GET_IRQ_INFO = 7,
	VFU_DEVICE_SET_IRQS = 8,
	VFU_REGION_READ = 9,
	VFU_REGION_WRITE = 10,
	VFU_DMA_READ = 11,
	VFU_DMA_WRITE = 12,
	VFU_DEVICE_RESET = 13,
	VFU_REGION_WRITE_MULTI = 15,
	VFU_DEVICE_FEATURE = 16,
};

#define VFU_FLAG_TYPE	  FIELD32(3, 0)
#define VFU_TYPE_COMMAND  0
#define VFU_TYPE_REPLY	  1
#define VFU_FLAG_NO_REPLY BIT32(4)
#define VFU_FLAG_ERROR	  BIT32(5)

/** The header of every message. */
struct vfu_hdr {
	uint16_t id;
	uint16_t command;
	uint32_t size; /* bytes of the message, header included */
	uint32_t flags;
	uint32_t error; /* an errno, with VFU_FLAG_ERROR */
};
static_assert(sizeof(struct vfu_hdr) == 16, "vfio-user: header");

/** What VERSION begins with; JSON text with its NUL follows. */
struct vfu_version {
	uint16_t major;
	uint16_t minor;
};

struct vfu_dma_map {
	uint32_t argsz;
	uint32_t flags; /* VFU_DMA_* */
	uint64_t fd_offset;
	uint64_t iova;
	uint64_t size;
};
static_assert(sizeof(struct vfu_dma_map) == 32, "vfio-user: DMA_MAP");

#define VFU_DMA_READABLE BIT32(0)
#define VFU_DMA_WRITABLE BIT32(1)

struct vfu_dma_unmap {
	uint32_t argsz;
	uint32_t flags; /* VFU_UNMAP_* */
	uint64_t iova;
	uint64_t size;
};
static_assert(sizeof(struct vfu_dma_unmap) == 24, "vfio-user: DMA_UNMAP");

#define VFU_UNMAP_BITMAP BIT32(0)
#define VFU_UNMAP_ALL	 BIT32(1)

struct vfu_device_info {
	uint32_t argsz;
	uint32_t flags; /* VFU_DEVICE_* */
	uint32_t n_regions;
	uint32_t n_irqs;
};
static_assert(sizeof(struct vfu_device_info) == 16, "vfio-user: DEVICE_GET_INFO");

#define VFU_DEVICE_RESETS BIT32(0)
#define VFU_DEVICE_PCI	  BIT32(1)

/* Regions of a PCI device, as in linux/vfio.h. */
enum vfu_region_index {
	VFU_REGION_BAR0 = 0,
	VFU_REGION_ROM = 6,
	VFU_REGION_CONFIG = 7,
	VFU_REGION_VGA = 8,
	VFU_N_REGIONS,
};

struct vfu_region_info {
	uint32_t argsz;
	uint32_t flags; /* VFU_REGION_F_* */
	uint32_t index;
	uint32_t cap_offset; /* bytes from here to the first capability; 0: none */
	uint64_t size;
	uint64_t offset; /* of the region in the descriptor that is sent with it */
};
static_assert(sizeof(struct vfu_region_info) == 32, "vfio-user: DEVICE_GET_REGION_INFO");

#define VFU_REGION_F_READ  BIT32(0)
#define VFU_REGION_F_WRITE BIT32(1)
#define VFU_REGION_F_MMAP  BIT32(2)
#define VFU_REGION_F_CAPS  BIT32(3)

/** The capability that says which pieces of a region may be mapped; areas follow. */
struct vfu_sparse {
	uint16_t id; /* VFU_CAP_SPARSE */
	uint16_t version;
	uint32_t next;
	uint32_t n_areas;
	uint32_t reserved;
};
static_assert(sizeof(struct vfu_sparse) == 16, "vfio-user: sparse mmap capability");

#define VFU_CAP_SPARSE	 1
#define VFU_CAP_VERSION	 1
#define VFU_SPARSE_AREAS 4 /* at most, of one region; ours, not the protocol's */

struct vfu_area {
	uint64_t offset;
	uint64_t size;
};

/* Kinds of interrupts of a PCI device, as in linux/vfio.h. */
enum vfu_irq_index {
	VFU_IRQ_INTX,
	VFU_IRQ_MSI,
	VFU_IRQ_MSIX,
	VFU_IRQ_ERR,
	VFU_IRQ_REQ,
	VFU_N_IRQS,
};

struct vfu_irq_info {
	uint32_t argsz;
	uint32_t flags; /* VFU_IRQ_F_* */
	uint32_t index;
	uint32_t count;
};
static_assert(sizeof(struct vfu_irq_info) == 16, "vfio-user: DEVICE_GET_IRQ_INFO");

#define VFU_IRQ_F_EVENTFD    BIT32(0)
#define VFU_IRQ_F_MASKABLE   BIT32(1)
#define VFU_IRQ_F_AUTOMASKED BIT32(2)
#define VFU_IRQ_F_NORESIZE   BIT32(3)

/** SET_IRQS; for DATA_BOOL count bytes follow. */
struct vfu_irq_set {
	uint32_t argsz;
	uint32_t flags; /* one VFU_SET_DATA_*, one VFU_SET_ACTION_* */
	uint32_t index;
	uint32_t start;
	uint32_t count;
};
static_assert(sizeof(struct vfu_irq_set) == 20, "vfio-user: DEVICE_SET_IRQS");

#define VFU_SET_DATA_NONE      BIT32(0)
#define VFU_SET_DATA_BOOL      BIT32(1)
#define VFU_SET_DATA_EVENTFD   BIT32(2)
#define VFU_SET_DATA	       FIELD32(2, 0)
#define VFU_SET_ACTION_MASK    BIT32(3)
#define VFU_SET_ACTION_UNMASK  BIT32(4)
#define VFU_SET_ACTION_TRIGGER BIT32(5)
#define VFU_SET_ACTION	       FIELD32(5, 3)

/** REGION_READ and _WRITE; data follow in a write and in the reply to a read. */
struct vfu_access {
	uint64_t offset;
	uint32_t region;
	uint32_t count; /* bytes */
};
static_assert(sizeof(struct vfu_access) == 16, "vfio-user: REGION_READ");

/** One of the writes of REGION_WRITE_MULTI, which begins with their number as 64 bits. */
struct vfu_write_one {
	struct vfu_access access;
	uint8_t data[8];
};
static_assert(sizeof(struct vfu_write_one) == 24, "vfio-user: REGION_WRITE_MULTI");

/** DEVICE_FEATURE; what a feature has to say follows. */
struct vfu_feature {
	uint32_t argsz; /* room for the reply's body */
	uint32_t flags; /* VFU_FEATURE_* */
};
static_assert(sizeof(struct vfu_feature) == 8, "vfio-user: DEVICE_FEATURE");

#define VFU_FEATURE_INDEX FIELD32(15, 0)
#define VFU_FEATURE_GET	  BIT32(16)
#define VFU_FEATURE_SET	  BIT32(17)
#define VFU_FEATURE_PROBE BIT32(18)

/* Features, as in linux/vfio.h: those of them that we have. */
#define VFU_FEATURE_LOG_START  6
#define VFU_FEATURE_LOG_STOP   7
#define VFU_FEATURE_LOG_REPORT 8

struct vfu_log_start {
	uint64_t page_size; /* wanted; in the reply: ours */
	uint32_t n_ranges;  /* that follow; 0: all is logged */
	uint32_t reserved;
};
static_assert(sizeof(struct vfu_log_start) == 16, "vfio-user: DMA_LOGGING_START");

struct vfu_log_range {
	uint64_t iova;
	uint64_t length;
};

/** The bitmap follows in the reply: one bit for each page_size bytes from iova on. */
struct vfu_log_report {
	uint64_t iova;
	uint64_t length;
	uint64_t page_size;
};
static_assert(sizeof(struct vfu_log_report) == 24, "vfio-user: DMA_LOGGING_REPORT");

#define VFU_MAX_WRITES 32 /* ours; QEMU sends at most 32 */

#define VFU_MAX_DATA 1048576 /* bytes of a region access; what we advertise */
#define VFU_MAX_FDS  16	     /* in one message; what we advertise */
/* No message is longer: a write of VFU_MAX_DATA bytes. */
#define VFU_MAX_MESSAGE (VFU_MAX_DATA + sizeof(struct vfu_hdr) + sizeof(struct vfu_access))

#endif
