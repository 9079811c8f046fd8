/* SPDX-License-Identifier: BSD-3-Clause */
/* C+ mode, frames for the guest: the receive ring. */
#include <errno.h>

#include "rtl8139.h"
#include "rtl8139_desc.h"

/* Descriptors that will hold one frame. */
struct rtl8139_buffers {
	unsigned int n;
	uint16_t next; /* index of the descriptor behind them */
	bool filled;   /* -ENOBUFS: not for want of more of them in the ring */
	struct {
		uint64_t gpa;  /* of the descriptor */
		uint64_t addr; /* of the buffer */
		uint32_t eor;  /* RTL_DESC_EOR or 0 */
		uint32_t len;  /* bytes that go there */
	} part[RTL_RING_DESCS];
};

static uint64_t
rtl8139_cplus_rx_base(const struct rtl8139 *s)
{
	return rtl8139_get64(s, RTL_RDSAR) & ~(uint64_t)(uint32_t)~RTL_RING_ADDR;
}

/* Find room for total bytes. @return 0; -ENOBUFS; -EFAULT when the ring is not in guest memory. */
static int
rtl8139_cplus_find(const struct nic *nic, struct rtl8139_buffers *b, uint32_t total)
{
	const struct rtl8139 *s = nic->state;
	uint64_t base = rtl8139_cplus_rx_base(s);
	struct rtl8139_desc_copy d;

	b->next = s->rx.index;
	b->filled = false;
	for (b->n = 0; b->n < RTL_RING_DESCS && total > 0; b->n++) {
		uint64_t gpa = base + b->next * sizeof(struct rtl8139_desc);

		if (b->n > 0 && b->next == s->rx.index)
			return -ENOBUFS; /* once around */
		if (rtl8139_desc_load(nic, gpa, &d) < 0)
			return -EFAULT;
		if (!(d.dw0 & RTL_DESC_OWN)) {
			b->filled = true;
			return -ENOBUFS;
		}
		b->part[b->n].gpa = gpa;
		b->part[b->n].addr = d.addr;
		b->part[b->n].eor = d.dw0 & RTL_DESC_EOR;
		b->part[b->n].len = RTE_MIN(total, field_get(d.dw0, RTL_RXD_SIZE));
		total -= b->part[b->n].len;
		b->next = b->part[b->n].eor || b->next == RTL_RING_DESCS - 1 ? 0 : b->next + 1;
	}
	return total == 0 ? 0 : -ENOBUFS;
}

static int
rtl8139_cplus_write(const struct nic *nic, const struct rtl8139_buffers *b,
	const struct rtl8139_frame *f)
{
	uint32_t off = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < b->n && ret == 0; i++) {
		ret = rtl8139_copy_out(nic, f, off, b->part[i].addr, b->part[i].len);
		off += b->part[i].len;
	}
	return ret;
}

/* Hand the descriptors over, the first one last: the driver never sees half a frame. */
static void
rtl8139_cplus_release(struct nic *nic, const struct rtl8139_buffers *b,
	const struct rtl8139_frame *f, uint32_t error)
{
	struct rtl8139 *s = nic->state;
	uint32_t dw0 = error | f->rxd_dw0 | f->type << RTL_RXD_TYPE_UP;
	unsigned int i;

	for (i = b->n; i-- > 0;) {
		uint32_t own = dw0 | b->part[i].eor | b->part[i].len;

		if (i == 0)
			own |= RTL_DESC_FS;
		if (i == b->n - 1)
			own = (own & ~RTL_RXD_LEN) | RTL_DESC_LS | rtl8139_frame_len(f);
		rtl8139_desc_store_dw1(nic, b->part[i].gpa, f->rxd_dw1);
		rtl8139_desc_store_dw0(nic, b->part[i].gpa, own);
	}
	s->rx.index = b->next;
}

bool
rtl8139_cplus_full(const struct nic *nic, uint32_t total)
{
	struct rtl8139_buffers b;

	return rtl8139_cplus_rx_base(nic->state) != 0 &&
	       rtl8139_cplus_find(nic, &b, total) == -ENOBUFS && b.filled;
}

uint32_t
rtl8139_cplus_deliver(struct nic *nic, const struct rtl8139_frame *f)
{
	struct rtl8139 *s = nic->state;
	struct rtl8139_buffers b;
	int ret;

	/* Linux enables the receiver before it says where the ring is. */
	if (rtl8139_cplus_rx_base(s) == 0) {
		stat_add(&s->count.to_disabled, 1);
		return 0;
	}
	ret = rtl8139_cplus_find(nic, &b, rtl8139_frame_len(f));
	if (ret == -ENOBUFS)
		return rtl8139_miss(s);
	if (ret == 0) {
		ret = rtl8139_cplus_write(nic, &b, f);
		rtl8139_cplus_release(nic, &b, f, ret < 0 ? RTL_RXD_RES : 0);
	}
	if (ret < 0) {
		stat_add(&s->count.to_bad_chain, 1);
		stat_add(&s->tally.rx_err, 1);
		return RTL_ISR_RER;
	}
	stat_add(&s->count.to_frames, 1);
	stat_add(&s->count.to_bytes, f->len);
	return RTL_ISR_ROK;
}
