/* SPDX-License-Identifier: BSD-3-Clause */
/* DEVICE_FEATURE: DMA logging, so that a client can copy the guest's memory while we write to it. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <rte_common.h>

#include "vfu.h"

/*
 * QEMU 11.1's client sends none of these: it has no migration yet, and its container answers ENOTSUP
 * to dirty tracking by itself. Device state is not migrated by us either: of the features that the
 * specification knows, only logging is there. The older drafts' DIRTY_PAGES (14), which the
 * specification no longer has, is answered as any unknown command.
 */

#define VFU_LOG_PAGE  4096u		   /* of the log in gmem.h */
#define VFU_LOG_MAX   (256u << 20)	   /* bytes of the log: the first 8 TiB of addresses */
#define VFU_LOG_CHUNK UINT64_C(0x40000000) /* bytes of addresses that the log grows by */

/** A feature: what may be done with it, and who does it. */
struct vfu_feature_row {
	uint32_t index;
	uint32_t methods; /* VFU_FEATURE_GET or _SET */
	int (*handler)(struct vfu_transport *t, struct vfu_message *m);
};

void
vfu_log_clear(struct vfu_transport *t)
{
	free(t->log);
	t->log = NULL;
	t->log_len = 0;
}

/*
 * Have a log of len bytes. D may write to the old one until mem_log() has returned; only then is it
 * known what it says.
 */
static int
vfu_log_grow(struct vfu_transport *t, uint64_t len)
{
	uint8_t *log = calloc(1, len), *old = t->log;
	uint64_t i;

	if (log == NULL)
		return -ENOMEM;
	t->tr.events->mem_log(t->tr.ctx, log, len);
	for (i = 0; i < t->log_len; i++)
		if (old[i] != 0)
			__atomic_fetch_or(&log[i], old[i], __ATOMIC_RELAXED);
	free(old);
	t->log = log;
	t->log_len = len;
	return 0;
}

int
vfu_log_cover(struct vfu_transport *t, uint64_t end)
{
	uint64_t len;

	if (t->log == NULL || end <= t->log_len * 8 * VFU_LOG_PAGE)
		return 0;
	if (end > (uint64_t)VFU_LOG_MAX * 8 * VFU_LOG_PAGE)
		return -ENOSPC;
	len = RTE_ALIGN_CEIL(end, VFU_LOG_CHUNK) / VFU_LOG_PAGE / 8;
	return vfu_log_grow(t, len);
}

static bool
vfu_log_page_ok(uint64_t size)
{
	return size != 0 && (size & (size - 1)) == 0;
}

static int
vfu_log_start(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_log_start r;
	uint8_t *reply;
	unsigned int i;
	int ret;

	if (t->log != NULL || m->len < sizeof(struct vfu_feature) + sizeof(r))
		return -EINVAL;
	memcpy(&r, m->body + sizeof(struct vfu_feature), sizeof(r));
	if (!vfu_log_page_ok(r.page_size) ||
		(m->len - sizeof(struct vfu_feature) - sizeof(r)) / sizeof(struct vfu_log_range) <
			r.n_ranges)
		return -EINVAL;
	reply = vfu_sock_reply_room(t, m->len);
	if (reply == NULL)
		return -ENOMEM;
	/* All is logged, whatever the ranges: that is allowed. */
	ret = vfu_log_grow(t, VFU_LOG_CHUNK / VFU_LOG_PAGE / 8);
	for (i = 0; i < t->n_maps && ret == 0; i++)
		if (t->map[i].base != NULL)
			ret = vfu_log_cover(t, t->map[i].iova + t->map[i].size);
	if (ret < 0) {
		t->tr.events->mem_log(t->tr.ctx, NULL, 0);
		vfu_log_clear(t);
		return ret;
	}
	r.page_size = VFU_LOG_PAGE;
	memcpy(reply, m->body, m->len);
	memcpy(reply + sizeof(struct vfu_feature), &r, sizeof(r));
	return (int)m->len;
}

static int
vfu_log_stop(struct vfu_transport *t, struct vfu_message *m)
{
	void *reply;

	if (t->log == NULL)
		return -EINVAL;
	reply = vfu_sock_reply_room(t, m->len);
	if (reply == NULL)
		return -ENOMEM;
	t->tr.events->mem_log(t->tr.ctx, NULL, 0);
	vfu_log_clear(t);
	memcpy(reply, m->body, m->len);
	return (int)m->len;
}

/* Take the pages of [iova, iova + length) out of the log, and set the bits of those that are dirty. */
static void
vfu_log_take(struct vfu_transport *t, const struct vfu_log_report *r, uint8_t *bitmap)
{
	uint64_t first = r->iova / VFU_LOG_PAGE, i;
	uint64_t end = RTE_MIN(first + r->length / VFU_LOG_PAGE, t->log_len * 8);

	for (i = first; i < end; i++) {
		uint8_t bit = (uint8_t)(1u << (i % 8));
		uint64_t to = (i - first) * VFU_LOG_PAGE / r->page_size;

		/* Most bytes are 0, and then all eight are done. */
		if (__atomic_load_n(&t->log[i / 8], __ATOMIC_RELAXED) == 0) {
			i |= 7;
			continue;
		}
		if (__atomic_fetch_and(&t->log[i / 8], (uint8_t)~bit, __ATOMIC_RELAXED) & bit)
			bitmap[to / 8] |= (uint8_t)(1u << (to % 8));
	}
}

static int
vfu_log_report(struct vfu_transport *t, struct vfu_message *m)
{
	struct vfu_feature head;
	struct vfu_log_report r;
	uint64_t end, bytes, total;
	uint8_t *reply;

	if (t->log == NULL || m->len < sizeof(head) + sizeof(r))
		return -EINVAL;
	memcpy(&head, m->body, sizeof(head));
	memcpy(&r, m->body + sizeof(head), sizeof(r));
	if (r.page_size < VFU_LOG_PAGE || !vfu_log_page_ok(r.page_size) || r.length == 0 ||
		r.iova % VFU_LOG_PAGE != 0 || r.length % VFU_LOG_PAGE != 0 ||
		r.length / VFU_LOG_PAGE / 8 > VFU_MAX_DATA / 2 ||
		__builtin_add_overflow(r.iova, r.length, &end))
		return -EINVAL;
	bytes = (r.length - 1) / r.page_size / 64 * 8 + 8;
	total = sizeof(head) + sizeof(r) + bytes;
	if (head.argsz < total)
		return -EINVAL;
	reply = vfu_sock_reply_room(t, (uint32_t)total);
	if (reply == NULL)
		return -ENOMEM;
	head.argsz = (uint32_t)total;
	memcpy(reply, &head, sizeof(head));
	memcpy(reply + sizeof(head), &r, sizeof(r));
	memset(reply + sizeof(head) + sizeof(r), 0, bytes);
	vfu_log_take(t, &r, reply + sizeof(head) + sizeof(r));
	return (int)total;
}

static const struct vfu_feature_row vfu_feature_rows[] = {
	{ VFU_FEATURE_LOG_START, VFU_FEATURE_SET, vfu_log_start },
	{ VFU_FEATURE_LOG_STOP, VFU_FEATURE_SET, vfu_log_stop },
	{ VFU_FEATURE_LOG_REPORT, VFU_FEATURE_GET, vfu_log_report },
};

static const struct vfu_feature_row *
vfu_feature_find(uint32_t index)
{
	size_t i;

	for (i = 0; i < RTE_DIM(vfu_feature_rows); i++)
		if (vfu_feature_rows[i].index == index)
			return &vfu_feature_rows[i];
	return NULL;
}

int
vfu_feature(struct vfu_transport *t, struct vfu_message *m)
{
	const struct vfu_feature_row *row;
	struct vfu_feature head;
	uint32_t method;
	void *reply;

	memcpy(&head, m->body, sizeof(head));
	method = head.flags & (VFU_FEATURE_GET | VFU_FEATURE_SET);
	if (head.flags &
		~(VFU_FEATURE_INDEX | VFU_FEATURE_GET | VFU_FEATURE_SET | VFU_FEATURE_PROBE))
		return -EINVAL;
	row = vfu_feature_find(head.flags & VFU_FEATURE_INDEX);
	if (row == NULL)
		return -ENOTTY; /* as the kernel says of a feature that a device has not */
	if (method & ~row->methods)
		return -EINVAL;
	if (!(head.flags & VFU_FEATURE_PROBE))
		return method == 0 ? -EINVAL : row->handler(t, m);
	reply = vfu_sock_reply_room(t, sizeof(head));
	if (reply == NULL)
		return -ENOMEM;
	memcpy(reply, &head, sizeof(head));
	return sizeof(head);
}
