/* SPDX-License-Identifier: BSD-3-Clause */
/* Regions: what they are, and accesses to BARs, the option ROM and config space. */
#include <errno.h>
#include <string.h>

#include <rte_common.h>

#include "base/log.h"
#include "base/stats.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

/* Bytes of a region; 0: it is not there. */
static uint64_t
vfu_region_len(const struct vfu_transport *t, uint32_t index)
{
	if (index < NIC_PCI_BARS)
		return t->pci->bar[index].len;
	if (index == VFU_REGION_ROM)
		return t->rom_len;
	return index == VFU_REGION_CONFIG ? NIC_PCI_CONFIG_LEN : 0;
}

/* Whether pieces of the region may be mapped. */
static bool
vfu_region_shared(const struct vfu_transport *t, uint32_t index)
{
	return t->shared_fd >= 0 && index == t->pci->shared_bar && t->pci->n_areas > 0;
}

/* Write the capability with the pieces that may be mapped. @return its bytes. */
static uint32_t
vfu_region_sparse(const struct vfu_transport *t, uint8_t *at)
{
	struct vfu_sparse cap = {
		.id = VFU_CAP_SPARSE,
		.version = VFU_CAP_VERSION,
		.n_areas = RTE_MIN(t->pci->n_areas, (unsigned int)VFU_SPARSE_AREAS),
	};
	uint32_t i;

	memcpy(at, &cap, sizeof(cap));
	for (i = 0; i < cap.n_areas; i++) {
		struct vfu_area area = { t->pci->area[i].offset, t->pci->area[i].len };

		memcpy(at + sizeof(cap) + i * sizeof(area), &area, sizeof(area));
	}
	return (uint32_t)(sizeof(cap) + cap.n_areas * sizeof(struct vfu_area));
}

int
vfu_region_get_info(struct vfu_transport *t, struct vfu_message *m)
{
	uint8_t cap[sizeof(struct vfu_sparse) + VFU_SPARSE_AREAS * sizeof(struct vfu_area)];
	struct vfu_region_info info;
	uint32_t asked, cap_len = 0;
	uint8_t *reply;

	memcpy(&info, m->body, sizeof(info));
	asked = info.argsz;
	if (info.index >= VFU_N_REGIONS || asked < sizeof(info))
		return -EINVAL;
	info = (struct vfu_region_info){ .index = info.index,
		.size = vfu_region_len(t, info.index) };
	if (info.size > 0)
		info.flags =
			VFU_REGION_F_READ | (info.index == VFU_REGION_ROM ? 0 : VFU_REGION_F_WRITE);
	if (vfu_region_shared(t, info.index)) {
		info.flags |= VFU_REGION_F_MMAP | VFU_REGION_F_CAPS;
		cap_len = vfu_region_sparse(t, cap);
		info.cap_offset = sizeof(info); /* QEMU wants it even where the capability is not */
	}
	info.argsz = (uint32_t)sizeof(info) + cap_len;
	reply = vfu_sock_reply_room(t, info.argsz);
	if (reply == NULL)
		return -ENOMEM;
	/* The client asks again, with room for the capability; that answer carries the memory. */
	if (cap_len > 0 && asked >= info.argsz) {
		memcpy(reply + sizeof(info), cap, cap_len);
		t->out.fd = t->shared_fd;
	} else {
		cap_len = 0;
	}
	memcpy(reply, &info, sizeof(info));
	return (int)(sizeof(info) + cap_len);
}

/* Say once that mapped registers are reached by messages all the same. */
static void
vfu_region_doorbell(struct vfu_transport *t)
{
	stat_add(&t->count.doorbells, 1);
	if (t->told_traps)
		return;
	t->told_traps = true;
	LOG(NOTICE,
		"%s: the guest's ring registers arrive as messages although they can be mapped: "
		"QEMU hides the mapping after an INTx interrupt without KVM; doorbells=trap is "
		"faster then",
		t->name);
}

/* Count an access; it is inside its region. */
static void
vfu_region_count(struct vfu_transport *t, const struct vfu_access *a, uint64_t *counter)
{
	unsigned int i;

	if (a->region >= NIC_PCI_BARS) {
		stat_add(&t->count.config, 1);
		return;
	}
	stat_add(counter, 1);
	if (!vfu_region_shared(t, a->region))
		return;
	for (i = 0; i < t->pci->n_areas; i++)
		if (a->offset - t->pci->area[i].offset < t->pci->area[i].len)
			vfu_region_doorbell(t);
}

static bool
vfu_region_inside(const struct vfu_transport *t, const struct vfu_access *a)
{
	uint64_t len = a->region < VFU_N_REGIONS ? vfu_region_len(t, a->region) : 0;

	return a->count > 0 && a->count <= VFU_MAX_DATA && a->offset < len &&
	       a->count <= len - a->offset;
}

int
vfu_region_read(struct vfu_transport *t, struct vfu_message *m)
{
	const struct transport_events *events = t->tr.events;
	struct vfu_access a;
	uint8_t *reply, *data;

	memcpy(&a, m->body, sizeof(a));
	if (!vfu_region_inside(t, &a))
		return -EINVAL;
	reply = vfu_sock_reply_room(t, (uint32_t)sizeof(a) + a.count);
	if (reply == NULL)
		return -ENOMEM;
	memcpy(reply, &a, sizeof(a));
	data = reply + sizeof(a);
	vfu_region_count(t, &a, &t->count.region_reads);
	if (a.region < NIC_PCI_BARS)
		events->bar_read(t->tr.ctx, (uint8_t)a.region, a.offset, data, a.count);
	else if (a.region == VFU_REGION_ROM)
		memcpy(data, t->rom + a.offset, a.count);
	else
		events->config_read(t->tr.ctx, (uint32_t)a.offset, data, a.count);
	vfu_trace_access(t->trace, 'r', &a, data);
	return (int)(sizeof(a) + a.count);
}

/* A write to config space. When it makes the NIC a bus master, the guest's memory must be there. */
static void
vfu_region_config(struct vfu_transport *t, const struct vfu_access *a, const uint8_t *data)
{
	uint64_t at = NIC_PCI_COMMAND - a->offset;

	t->tr.events->config_write(t->tr.ctx, (uint32_t)a->offset, data, a->count);
	if (at < a->count && (data[at] & NIC_PCI_COMMAND_MASTER))
		vfu_dma_look(t);
}

/* Do one write. @return 0; -EINVAL. */
static int
vfu_region_write_one(struct vfu_transport *t, const struct vfu_access *a, const uint8_t *data)
{
	const struct transport_events *events = t->tr.events;

	if (!vfu_region_inside(t, a) || a->region == VFU_REGION_ROM)
		return -EINVAL;
	vfu_region_count(t, a, &t->count.region_writes);
	vfu_trace_access(t->trace, 'w', a, data);
	if (a->region < NIC_PCI_BARS)
		events->bar_write(t->tr.ctx, (uint8_t)a->region, a->offset, data, a->count);
	else
		vfu_region_config(t, a, data);
	return 0;
}

int
vfu_region_write(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_access a;
	void *reply;
	int ret;

	memcpy(&a, m->body, sizeof(a));
	if (a.count > m->len - sizeof(a))
		return -EINVAL;
	reply = vfu_sock_reply_room(t, sizeof(a));
	if (reply == NULL)
		return -ENOMEM;
	ret = vfu_region_write_one(t, &a, m->body + sizeof(a));
	if (ret < 0)
		return ret;
	memcpy(reply, &a, sizeof(a));
	return sizeof(a);
}

int
vfu_region_write_multi(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_write_one one;
	uint64_t i, n;
	void *reply;
	int ret;

	memcpy(&n, m->body, sizeof(n));
	if (n > VFU_MAX_WRITES || m->len < sizeof(n) + n * sizeof(one))
		return -EINVAL;
	reply = vfu_sock_reply_room(t, sizeof(n));
	if (reply == NULL)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		memcpy(&one, m->body + sizeof(n) + i * sizeof(one), sizeof(one));
		ret = one.access.count > sizeof(one.data)
			      ? -EINVAL
			      : vfu_region_write_one(t, &one.access, one.data);
		if (ret < 0)
			return ret;
	}
	memcpy(reply, &n, sizeof(n));
	return sizeof(n);
}
