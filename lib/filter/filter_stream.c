/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames on a stream. */
#include "filter_stream.h"

#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_common.h>

void
filter_stream_reset(struct filter_stream *s)
{
	s->have = s->len = s->hdr_len = 0;
	s->ready = false;
}

static uint32_t
stream_u32(const uint8_t *at)
{
	uint32_t value;

	memcpy(&value, at, sizeof(value));
	return rte_be_to_cpu_32(value);
}

/* All of head is there. */
static int
stream_begin(struct filter_stream *s)
{
	s->len = stream_u32(s->head);
	s->hdr_len = s->vnet_hdr ? stream_u32(s->head + 4) : 0;
	if (s->len > FILTER_STREAM_MAX || s->hdr_len > s->len)
		return -EPROTO;
	return 0;
}

int
filter_stream_feed(struct filter_stream *s, const uint8_t *data, uint32_t n)
{
	uint32_t head = s->vnet_hdr ? 8 : 4, used = 0, some;

	if (s->ready)
		filter_stream_reset(s);
	if (s->have < head) {
		used = RTE_MIN(n, head - s->have);
		memcpy(s->head + s->have, data, used);
		s->have += used;
		if (s->have < head)
			return (int)used;
		if (stream_begin(s) < 0)
			return -EPROTO;
	}
	some = RTE_MIN(n - used, head + s->len - s->have);
	memcpy(s->frame + (s->have - head), data + used, some);
	s->have += some;
	s->ready = s->have == head + s->len;
	return (int)(used + some);
}

uint32_t
filter_stream_head(uint8_t *head, bool vnet_hdr, uint32_t hdr_len, uint32_t len)
{
	uint32_t first = rte_cpu_to_be_32(len + (vnet_hdr ? hdr_len : 0));
	uint32_t second = rte_cpu_to_be_32(hdr_len);

	memcpy(head, &first, sizeof(first));
	if (!vnet_hdr)
		return sizeof(first);
	memcpy(head + sizeof(first), &second, sizeof(second));
	return sizeof(first) + sizeof(second);
}
