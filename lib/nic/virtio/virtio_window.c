/* SPDX-License-Identifier: BSD-3-Clause */
/* BAR accesses through config space, for drivers that cannot map the BAR. Source: VIRTIO 1.2, 4.1.4.9. */
#include <rte_common.h>

#include "nic/nic_pci.h"
#include "virtio_pci.h"

/* Of the capability, bytes from its start. */
enum {
	WINDOW_NEXT = 1,
	WINDOW_TYPE = 3,
	WINDOW_BAR = 4,
	WINDOW_OFFSET = 8,
	WINDOW_LENGTH = 12,
	WINDOW_DATA = 16,
};

#define WINDOW_LEN    4
#define CAP_FIRST     0x34 /* PCI Local Bus 3.0, figure 6-1: where the list begins */
#define CAP_ID_VENDOR 0x09

/* Where the capability is in config space; 0: nowhere. The list is ours and ends. */
static uint32_t
virtio_window_find(const uint8_t *space)
{
	uint32_t at;

	for (at = space[CAP_FIRST]; at != 0; at = space[at + WINDOW_NEXT])
		if (space[at] == CAP_ID_VENDOR && space[at + WINDOW_TYPE] == VIRTIO_PCI_CAP_PCI_CFG)
			return at;
	return 0;
}

static uint32_t
virtio_window_get32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

/* The data, if [off, off + len) of config space touches it and the driver has set a right access. */
static uint8_t *
virtio_window_asked(struct nic *nic, uint64_t off, uint32_t len, uint32_t *bar_off, uint32_t *size)
{
	uint8_t *space = nic->config->space;
	uint32_t at = virtio_window_find(space);

	if (at == 0 || off >= at + WINDOW_DATA + WINDOW_LEN || off + len <= at + WINDOW_DATA)
		return NULL;
	*bar_off = virtio_window_get32(space + at + WINDOW_OFFSET);
	*size = virtio_window_get32(space + at + WINDOW_LENGTH);
	if (*size != 1 && *size != 2 && *size != 4)
		return NULL;
	if (space[at + WINDOW_BAR] != VIRTIO_PCI_BAR || *bar_off % *size != 0)
		return NULL;
	return space + at + WINDOW_DATA;
}

void
virtio_window_reads(struct nic *nic, uint32_t off, uint32_t len)
{
	uint32_t bar_off, size;
	uint8_t *data = virtio_window_asked(nic, off, len, &bar_off, &size);

	if (data != NULL)
		nic_pci_bar_read(nic, VIRTIO_PCI_BAR, bar_off, data, size);
}

void
virtio_window_wrote(struct nic *nic, uint32_t off, uint32_t len)
{
	uint32_t bar_off, size;
	const uint8_t *data = virtio_window_asked(nic, off, len, &bar_off, &size);

	if (data != NULL)
		nic_pci_bar_write(nic, VIRTIO_PCI_BAR, bar_off, data, size);
}
