/* SPDX-License-Identifier: BSD-3-Clause */
/* Ring registers: read once, masked, checked. */
#include "e1000_ring.h"

#include <errno.h>

static uint32_t
e1000_ring_index(const struct nic *nic, uint32_t offset)
{
	return e1000_get_page(nic, offset) & E1000_INDEX;
}

int
e1000_ring_load(const struct nic *nic, uint32_t bal, struct e1000_ring *r)
{
	r->mem = nic->mem;
	r->hint = NULL;
	r->n = (e1000_get_page(nic, bal + E1000_RING_LEN) & E1000_LEN_BYTES) /
	       sizeof(struct e1000_desc);
	if (r->n == 0)
		return -ENOENT;
	r->base = e1000_get_page(nic, bal + E1000_RING_BAL) & E1000_BAL_ADDR;
	r->base |= (uint64_t)e1000_get_page(nic, bal + E1000_RING_BAH) << 32;
	r->head = e1000_ring_index(nic, bal + E1000_RING_HEAD);
	/* Last, and with acquire: what the guest wrote before is seen after. */
	r->tail = e1000_ring_index(nic, bal + E1000_RING_TAIL);
	return r->head < r->n && r->tail < r->n ? 0 : -EINVAL;
}

bool
e1000_ring_reload_tail(const struct nic *nic, uint32_t bal, struct e1000_ring *r)
{
	uint32_t tail = e1000_ring_index(nic, bal + E1000_RING_TAIL);

	if (tail < r->n)
		r->tail = tail;
	return r->head != r->tail;
}

void
e1000_ring_store_head(const struct nic *nic, uint32_t bal, const struct e1000_ring *r)
{
	__atomic_store_n(e1000_cell(nic, bal + E1000_RING_HEAD), r->head, __ATOMIC_RELEASE);
}
