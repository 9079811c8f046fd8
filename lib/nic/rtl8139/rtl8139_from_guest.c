/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sent: copying them, the four C mode descriptors, loopback. */
#include <errno.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "gmem/gmem.h"
#include "rtl8139.h"

/* Fill m and further segments with len bytes from gpa. *last: the segment in work. */
static int
rtl8139_append(const struct nic *nic, struct rte_mbuf *m, struct rte_mbuf **last,
	struct rtl8139_piece piece)
{
	while (piece.len > 0) {
		uint32_t n = RTE_MIN(piece.len, rte_pktmbuf_tailroom(*last));

		if (n == 0) {
			struct rte_mbuf *seg = rte_pktmbuf_alloc(nic->pool[0]);

			if (seg == NULL)
				return -ENOMEM;
			(*last)->next = seg;
			*last = seg;
			m->nb_segs++;
			continue;
		}
		if (gmem_read(nic->mem, piece.gpa,
			    rte_pktmbuf_mtod_offset(*last, void *, (*last)->data_len), n) < 0)
			return -EFAULT;
		(*last)->data_len = (uint16_t)((*last)->data_len + n);
		m->pkt_len += n;
		piece.gpa += n;
		piece.len -= n;
	}
	return 0;
}

int
rtl8139_read_frame(const struct nic *nic, const struct rtl8139_piece *piece, unsigned int n,
	struct rte_mbuf **out)
{
	struct rte_mbuf *m, *last;
	uint32_t len = 0;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < n; i++)
		len += piece[i].len;
	if (len < RTE_ETHER_HDR_LEN)
		return -ENOSPC;
	/* Room for the tag that a C+ descriptor may ask for. */
	if (len > NIC_MAX_FRAME - RTE_VLAN_HLEN)
		return -E2BIG;
	m = last = rte_pktmbuf_alloc(nic->pool[0]);
	if (m == NULL)
		return -ENOMEM;
	for (i = 0; i < n && ret == 0; i++)
		ret = rtl8139_append(nic, m, &last, piece[i]);
	if (ret < 0) {
		rte_pktmbuf_free(m);
		return ret;
	}
	*out = m;
	return 0;
}

void
rtl8139_refuse(struct rtl8139 *s, int why)
{
	if (why == -ENOSPC)
		stat_add(&s->count.from_short, 1);
	else if (why == -E2BIG)
		stat_add(&s->count.from_oversize, 1);
	else if (why == -EBADMSG)
		stat_add(&s->count.from_bad_offload, 1);
	else
		stat_add(&s->count.from_bad_chain, 1);
}

/* Back to the own receiver; T keeps away from it in this mode. */
static void
rtl8139_loop_back(struct nic *nic, struct rtl8139_burst *b, struct rte_mbuf *m)
{
	struct rtl8139 *s = nic->state;

	stat_add(&s->count.from_loopback, 1);
	if (rtl8139_can_receive(nic))
		b->isr |= rtl8139_deliver(nic, m);
	else
		stat_add(&s->count.to_disabled, 1);
	rte_pktmbuf_free(m);
}

void
rtl8139_emit(struct nic *nic, struct rtl8139_burst *b, struct rte_mbuf *m)
{
	struct rtl8139 *s = nic->state;

	if (unlikely(rtl8139_looping(s))) {
		rtl8139_loop_back(nic, b, m);
	} else if (unlikely(s->link_down)) {
		stat_add(&s->count.from_link_down, 1);
		rte_pktmbuf_free(m);
	} else {
		stat_add(&s->count.from_bytes, m->pkt_len);
		b->pkts[b->got++] = m;
	}
}

bool
rtl8139_emit_segments(struct nic *nic, struct rtl8139_burst *b)
{
	struct rtl8139_tx *tx = &((struct rtl8139 *)nic->state)->tx;

	while (tx->next_seg < tx->n_segs) {
		if (b->got == b->n)
			return false;
		rtl8139_emit(nic, b, tx->seg[tx->next_seg++]);
	}
	tx->next_seg = tx->n_segs = 0;
	return true;
}

void
rtl8139_drop_segments(struct rtl8139 *s)
{
	struct rtl8139_tx *tx = &s->tx;

	if (tx->n_segs > tx->next_seg)
		rte_pktmbuf_free_bulk(tx->seg + tx->next_seg, tx->n_segs - tx->next_seg);
	tx->next_seg = tx->n_segs = 0;
}

/* Send what TSD number slot describes. @return false when that must wait. */
static bool
rtl8139_send_slot(struct nic *nic, struct rtl8139_burst *b, uint16_t slot, uint32_t tsd)
{
	struct rtl8139 *s = nic->state;
	uint32_t *cell = (uint32_t *)&s->reg[RTL_TSD + 4 * slot];
	struct rtl8139_piece piece = { rtl8139_get32(s, RTL_TSAD0 + 4 * slot),
		field_get(tsd, RTL_TSD_SIZE) };
	struct rte_mbuf *m;
	int ret = rtl8139_read_frame(nic, &piece, 1, &m);

	if (ret == -ENOMEM) {
		stat_add(&s->count.from_no_mbuf, 1);
		return false;
	}
	/* When the driver has written it again in between, its new value stands. */
	__atomic_compare_exchange_n(cell, &tsd, tsd | RTL_TSD_OWN | RTL_TSD_TOK, false,
		__ATOMIC_RELEASE, __ATOMIC_RELAXED);
	b->done++;
	if (ret < 0) {
		rtl8139_refuse(s, ret);
	} else {
		stat_add(&s->tally.tx_ok, 1);
		rtl8139_emit(nic, b, m);
	}
	return true;
}

/* C mode: the slots in turn, as far as the driver has filled them. */
static void
rtl8139_send_slots(struct nic *nic, struct rtl8139_burst *b)
{
	struct rtl8139 *s = nic->state;

	while (b->got < b->n && b->tries-- > 0) {
		uint32_t tsd = rtl8139_get32(s, RTL_TSD + 4 * s->tx.slot);

		if ((tsd & RTL_TSD_OWN) || !rtl8139_send_slot(nic, b, s->tx.slot, tsd))
			return;
		s->tx.slot = (s->tx.slot + 1) % RTL_TSD_N;
	}
}

uint16_t
rtl8139_from_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct rtl8139 *s = nic->state;
	struct rtl8139_burst b = { .pkts = pkts, .n = n, .tries = n };
	uint64_t now = rte_rdtsc();

	rtl8139_timer_poll(nic);
	if (unlikely(now >= s->tx.look_at))
		rtl8139_rx_look(nic, now);
	if (unlikely(rtl8139_irq_waits(s)) && rtl8139_irq_expire(nic))
		stat_add(&s->count.from_interrupts, 1);
	if (unlikely(nic->pool[0] == NULL || !rtl8139_is_master(nic)))
		return 0;
	if (!rtl8139_emit_segments(nic, &b) || !(rtl8139_get8(s, RTL_CR) & RTL_CR_TE))
		goto done;
	if (!s->cplus)
		rtl8139_send_slots(nic, &b);
	else if (rtl8139_get16(s, RTL_CPCMD) & RTL_CPCMD_TXEN)
		rtl8139_cplus_from_guest(nic, &b);
done:
	stat_add(&s->count.from_frames, b.got);
	if (b.done > 0 && rtl8139_irq_sent(nic, b.done))
		stat_add(&s->count.from_interrupts, 1);
	if (b.isr != 0 && rtl8139_irq_set(nic, b.isr))
		stat_add(&s->count.from_interrupts, 1);
	return b.got;
}
