/* SPDX-License-Identifier: BSD-3-Clause */
/* The messages: a table of what each may be like, and the handlers of the simple ones. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_common.h>

#include "base/log.h"
#include "base/stats.h"
#include "gmem/gmem.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

#define VFU_MAJOR 0
#define VFU_MINOR 0
/* The reply must not be longer than the request, so it says no more than it must. */
#define VFU_CAPABILITIES                                                                           \
	"{\"capabilities\":{\"max_msg_fds\":%d,\"max_data_xfer_size\":%d,\"pgsizes\":4096,"        \
	"\"max_dma_maps\":%d}}"

/** A command: what it must bring, and who serves it. */
struct vfu_row {
	uint16_t command;
	const char *name;
	int (*handler)(struct vfu_transport *t, struct vfu_message *m);
	uint32_t min_len; /* bytes of body */
	unsigned int max_fds;
};

static int
vfu_msg_version(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_version v;
	char *reply;
	int n;

	memcpy(&v, m->body, sizeof(v));
	if (t->versioned || v.major != VFU_MAJOR ||
		(m->len > sizeof(v) && m->body[m->len - 1] != '\0')) {
		if (t->count.bad_messages == 0)
			LOG(ERR, "%s: client speaks vfio-user %u.%u, we %u.%u", t->name, v.major,
				v.minor, VFU_MAJOR, VFU_MINOR);
		return -EINVAL;
	}
	v.minor = RTE_MIN(v.minor, VFU_MINOR);
	reply = vfu_sock_reply_room(t, 256);
	if (reply == NULL)
		return -ENOMEM;
	memcpy(reply, &v, sizeof(v));
	n = snprintf(reply + sizeof(v), 256 - sizeof(v), VFU_CAPABILITIES, VFU_MAX_FDS,
		VFU_MAX_DATA, VFU_MAX_MAPS);
	t->versioned = true;
	return (int)sizeof(v) + n + 1;
}

static int
vfu_msg_device_info(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_device_info info = {
		.argsz = sizeof(info),
		.flags = VFU_DEVICE_RESETS | VFU_DEVICE_PCI,
		.n_regions = VFU_N_REGIONS,
		.n_irqs = VFU_N_IRQS,
	};
	void *reply = vfu_sock_reply_room(t, sizeof(info));

	if (reply == NULL)
		return -ENOMEM;
	memcpy(reply, &info, sizeof(info));
	return sizeof(info);
}

static int
vfu_msg_reset(struct vfu_transport *t, struct vfu_message *m)
{
	stat_add(&t->count.resets, 1);
	vfu_trace_event(t->trace, "reset");
	t->tr.events->reset(t->tr.ctx);
	return 0;
}

/* Sorted by command. */
static const struct vfu_row vfu_rows[] = {
	{ VFU_VERSION, "VERSION", vfu_msg_version, sizeof(struct vfu_version), 0 },
	{ VFU_DMA_MAP, "DMA_MAP", vfu_dma_map_one, sizeof(struct vfu_dma_map), 1 },
	{ VFU_DMA_UNMAP, "DMA_UNMAP", vfu_dma_unmap, sizeof(struct vfu_dma_unmap), 0 },
	{ VFU_DEVICE_GET_INFO, "DEVICE_GET_INFO", vfu_msg_device_info,
		sizeof(struct vfu_device_info), 0 },
	{ VFU_DEVICE_GET_REGION_INFO, "DEVICE_GET_REGION_INFO", vfu_region_get_info,
		sizeof(struct vfu_region_info), 0 },
	{ VFU_DEVICE_GET_IRQ_INFO, "DEVICE_GET_IRQ_INFO", vfu_irq_get_info,
		sizeof(struct vfu_irq_info), 0 },
	{ VFU_DEVICE_SET_IRQS, "DEVICE_SET_IRQS", vfu_irq_set, sizeof(struct vfu_irq_set),
		VFU_MAX_FDS },
	{ VFU_REGION_READ, "REGION_READ", vfu_region_read, sizeof(struct vfu_access), 0 },
	{ VFU_REGION_WRITE, "REGION_WRITE", vfu_region_write, sizeof(struct vfu_access), 0 },
	{ VFU_DEVICE_RESET, "DEVICE_RESET", vfu_msg_reset, 0, 0 },
	{ VFU_REGION_WRITE_MULTI, "REGION_WRITE_MULTI", vfu_region_write_multi, sizeof(uint64_t),
		0 },
	{ VFU_DEVICE_FEATURE, "DEVICE_FEATURE", vfu_feature, sizeof(struct vfu_feature), 0 },
};

static const struct vfu_row *
vfu_msg_row(uint16_t command)
{
	size_t i;

	for (i = 0; i < RTE_DIM(vfu_rows); i++)
		if (vfu_rows[i].command == command)
			return &vfu_rows[i];
	return NULL;
}

void
vfu_msg_reply(struct vfu_transport *t, const struct vfu_hdr *request, uint32_t len, int error)
{
	struct vfu_hdr hdr = {
		.id = request->id,
		.command = request->command,
		.size = (uint32_t)sizeof(hdr) + len,
		.flags = VFU_TYPE_REPLY | (error != 0 ? VFU_FLAG_ERROR : 0),
		.error = (uint32_t)error,
	};

	if (vfu_sock_reply_room(t, len) == NULL)
		return;
	memcpy(t->out.buf, &hdr, sizeof(hdr));
	t->out.len = hdr.size;
	t->out.sent = 0;
}

/* What the table says about the message, then what its handler says. */
static int
vfu_msg_run(struct vfu_transport *t, const struct vfu_row *row, struct vfu_message *m)
{
	if (row == NULL) {
		stat_add(&t->count.unknown, 1);
		return -ENOSYS;
	}
	if ((m->hdr.flags & VFU_FLAG_TYPE) != VFU_TYPE_COMMAND || m->len < row->min_len ||
		m->n_fds > row->max_fds)
		return -EINVAL;
	if (!t->versioned && row->command != VFU_VERSION)
		return -EINVAL;
	return row->handler(t, m);
}

void
vfu_msg_serve(struct vfu_transport *t, struct vfu_message *m)
{
	const struct vfu_row *row = vfu_msg_row(m->hdr.command);
	int ret;

	stat_add(&t->count.messages, 1);
	t->out.fd = -1;
	ret = vfu_msg_run(t, row, m);
	if (ret < 0) {
		LOG(DEBUG, "%s: %s (%u), %u bytes, %u descriptors: %s", t->name,
			row == NULL ? "unknown command" : row->name, m->hdr.command, m->hdr.size,
			m->n_fds, strerror(-ret));
		stat_add(&t->count.bad_messages, 1);
		t->out.fd = -1;
	}
	if (m->hdr.flags & VFU_FLAG_NO_REPLY) {
		stat_add(&t->count.posted, 1);
		return;
	}
	vfu_msg_reply(t, &m->hdr, ret < 0 ? 0 : (uint32_t)ret, ret < 0 ? -ret : 0);
}
