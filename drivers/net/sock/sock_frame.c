/* SPDX-License-Identifier: BSD-3-Clause */
/* Cutting a byte stream into frames. */
#include "sock_frame.h"

#include <errno.h>
#include <string.h>

#include <rte_byteorder.h>

int
sock_framer_next(struct sock_framer *f, const uint8_t **frame, uint32_t *len)
{
	uint32_t have = f->end - f->off, n;

	if (have < SOCK_PREFIX)
		return 0;
	memcpy(&n, f->buf + f->off, sizeof(n));
	n = rte_be_to_cpu_32(n);
	if (n > SOCK_MAX_FRAME)
		return -EPROTO;
	if (have - SOCK_PREFIX < n)
		return 0;
	*frame = f->buf + f->off + SOCK_PREFIX;
	*len = n;
	f->off += SOCK_PREFIX + n;
	return 1;
}

uint8_t *
sock_framer_space(struct sock_framer *f, uint32_t *room)
{
	/* What is left is less than one frame: move it only when the buffer's end is near. */
	if (f->off == f->end) {
		f->off = f->end = 0;
	} else if (f->size - f->off < SOCK_PREFIX + SOCK_MAX_FRAME || f->end > f->size / 2) {
		memmove(f->buf, f->buf + f->off, f->end - f->off);
		f->end -= f->off;
		f->off = 0;
	}
	*room = f->size - f->end;
	return f->buf + f->end;
}

void
sock_framer_added(struct sock_framer *f, uint32_t n)
{
	f->end += n;
}
