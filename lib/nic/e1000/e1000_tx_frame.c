/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames the guest sent: from descriptors to one frame, and out. */
#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>
#include <rte_memcpy.h>

#include "e1000.h"
#include "e1000_desc.h"
#include "gmem/gmem.h"

/* The longest frame without the tag that may be inserted. */
#define E1000_TX_MAX   (NIC_MAX_FRAME - RTE_VLAN_HLEN)
#define E1000_POPTS_AT 8

void
e1000_tx_context(struct e1000 *s, uint64_t offsets, uint32_t lo, uint32_t hi)
{
	struct e1000_context *c = &s->tx.ctx[!!(lo & E1000_TXD_TSE)];
	uint32_t ip = (uint32_t)offsets, tu = (uint32_t)(offsets >> 32);

	c->ipcss = (uint8_t)field_get(ip, E1000_TXC_START);
	c->ipcso = (uint8_t)field_get(ip, E1000_TXC_FIELD);
	c->ipcse = (uint16_t)field_get(ip, E1000_TXC_END);
	c->tucss = (uint8_t)field_get(tu, E1000_TXC_START);
	c->tucso = (uint8_t)field_get(tu, E1000_TXC_FIELD);
	c->tucse = (uint16_t)field_get(tu, E1000_TXC_END);
	c->hdr_len = (uint8_t)field_get(hi, E1000_TXC_HDRLEN);
	c->mss = (uint16_t)field_get(hi, E1000_TXC_MSS);
	c->tcp = lo & E1000_TXC_TCP;
	c->v4 = lo & E1000_TXC_IP;
	/* 3.3.6: not between the descriptors of a frame. */
	if (unlikely(s->tx.open && !s->tx.skip))
		e1000_tx_refuse(s, -EINVAL);
}

void
e1000_tx_refuse(struct e1000 *s, int why)
{
	rte_pktmbuf_free(s->tx.first);
	s->tx.first = s->tx.last = NULL;
	s->tx.skip = true;
	if (why == -ENOSPC)
		stat_add(&s->count.from_short, 1);
	else if (why == -E2BIG)
		stat_add(&s->count.from_oversize, 1);
	else if (why == -EBADMSG)
		stat_add(&s->count.from_bad_offload, 1);
	else
		stat_add(&s->count.from_bad_chain, 1);
}

void
e1000_tx_forget(struct e1000 *s)
{
	struct e1000_tx *tx = &s->tx;

	rte_pktmbuf_free(tx->first);
	tx->first = tx->last = NULL;
	tx->open = tx->skip = tx->whole = tx->prepared = false;
	if (tx->n_segs > tx->next_seg)
		rte_pktmbuf_free_bulk(tx->seg + tx->next_seg, tx->n_segs - tx->next_seg);
	tx->next_seg = tx->n_segs = 0;
}

/* The first descriptor of a frame: what it and the contexts say holds for all of it. */
static void
e1000_tx_begin(struct e1000_tx *tx, uint32_t lo, uint32_t hi)
{
	tx->open = true;
	tx->tagged = tx->tso = tx->legacy_sum = false;
	tx->popts = 0;
	if (!(lo & E1000_TXD_DEXT))
		return;
	tx->tso = lo & E1000_TXD_TSE;
	tx->popts = (uint8_t)((hi & (E1000_TXD_IXSM | E1000_TXD_TXSM)) >> E1000_POPTS_AT);
	if (tx->tso || tx->popts != 0)
		tx->use = tx->ctx[tx->tso];
}

/* What only the last descriptor of a frame says. */
static void
e1000_tx_end(struct e1000_tx *tx, uint32_t lo, uint32_t hi)
{
	if (lo & E1000_TXD_VLE) {
		tx->tagged = true;
		tx->tci = (uint16_t)field_get(hi, E1000_TXD_SPECIAL);
	}
	if (!(lo & E1000_TXD_DEXT) && (lo & E1000_TXD_IC)) {
		tx->legacy_sum = true;
		tx->sum.start = field_get(hi, E1000_TXD_CSS);
		tx->sum.field = field_get(lo, E1000_TXD_CSO);
		tx->sum.end = 0;
	}
	tx->whole = true;
}

/* An empty segment behind the last one. */
static int
e1000_tx_grow(const struct nic *nic, struct e1000_burst *b, struct e1000_tx *tx)
{
	struct rte_mbuf *seg = e1000_fresh(nic, b);

	if (unlikely(seg == NULL))
		return -ENOMEM;
	if (tx->first == NULL || tx->last == NULL) {
		tx->first = seg;
	} else {
		tx->last->next = seg;
		tx->first->nb_segs++;
	}
	tx->last = seg;
	return 0;
}

/* Copy len bytes from gpa behind the frame. @return 0; -EFAULT; -ENOMEM. */
static inline int
e1000_tx_copy(const struct nic *nic, struct e1000_burst *b, struct e1000_tx *tx, uint64_t gpa,
	uint32_t len)
{
	while (len > 0) {
		uint64_t run;
		const uint8_t *p = gmem_ptr(nic->mem->map, gpa, &b->hint, &run);
		uint32_t n = len;

		if (unlikely(p == NULL))
			return -EFAULT;
		if (tx->first == NULL || tx->last == NULL || rte_pktmbuf_tailroom(tx->last) == 0) {
			int ret = e1000_tx_grow(nic, b, tx);

			if (unlikely(ret < 0))
				return ret;
		}
		n = RTE_MIN(n, rte_pktmbuf_tailroom(tx->last));
		if (unlikely(run < n))
			n = (uint32_t)run;
		rte_memcpy(rte_pktmbuf_mtod_offset(tx->last, void *, tx->last->data_len), p, n);
		tx->last->data_len = (uint16_t)(tx->last->data_len + n);
		tx->first->pkt_len += n;
		gpa += n;
		len -= n;
	}
	return 0;
}

/* Take back what was copied since the frame had len bytes and ended in last, with last_len there. */
static void
e1000_tx_undo(struct e1000_tx *tx, struct rte_mbuf *last, uint16_t last_len, uint32_t len)
{
	struct rte_mbuf *seg, *more;

	if (last == NULL) {
		rte_pktmbuf_free(tx->first);
		tx->first = tx->last = NULL;
		return;
	}
	more = last->next;
	for (seg = more; seg != NULL; seg = seg->next)
		tx->first->nb_segs--;
	rte_pktmbuf_free(more);
	last->next = NULL;
	last->data_len = last_len;
	tx->first->pkt_len = len;
	tx->last = last;
}

/* Append a buffer to the frame, all of it or nothing. @return 0; -E2BIG, -EFAULT, -ENOMEM. */
static int
e1000_tx_append(const struct nic *nic, struct e1000_burst *b, uint64_t gpa, uint32_t len)
{
	struct e1000_tx *tx = &((struct e1000 *)nic->state)->tx;
	struct rte_mbuf *last = tx->last;
	uint16_t last_len = last != NULL ? last->data_len : 0;
	uint32_t had = tx->first != NULL ? tx->first->pkt_len : 0;
	int ret;

	if (unlikely(len > E1000_TX_MAX - had))
		return -E2BIG;
	ret = e1000_tx_copy(nic, b, tx, gpa, len);
	if (unlikely(ret == -ENOMEM))
		e1000_tx_undo(tx, last, last_len, had);
	return ret;
}

int
e1000_tx_data(struct nic *nic, struct e1000_burst *b, uint64_t addr, uint32_t lo, uint32_t hi)
{
	struct e1000 *s = nic->state;
	struct e1000_tx *tx = &s->tx;
	bool was_open = tx->open;
	int ret = 0;

	if (!was_open)
		e1000_tx_begin(tx, lo, hi);
	if (unlikely((lo & E1000_TXD_DEXT) && field_get(lo, E1000_TXD_DTYP) != E1000_DTYP_DATA))
		ret = -EINVAL;
	else if (!tx->skip)
		ret = e1000_tx_append(nic, b, addr,
			field_get(lo, lo & E1000_TXD_DEXT ? E1000_TXD_DTALEN : E1000_TXD_LEN));
	if (unlikely(ret == -ENOMEM)) {
		tx->open = was_open;
		stat_add(&s->count.from_no_mbuf, 1);
		return ret;
	}
	if (unlikely(ret < 0) && !tx->skip)
		e1000_tx_refuse(s, ret);
	if (lo & E1000_TXD_EOP)
		e1000_tx_end(tx, lo, hi);
	return 0;
}

/* Put the tag behind the addresses. */
static int
e1000_tx_tag(const struct e1000 *s, struct rte_mbuf *m, uint16_t tci)
{
	uint16_t type = (uint16_t)e1000_get(s, E1000_VET);
	uint8_t *to;

	if (m->data_len < E1000_ADDRS_LEN)
		return -EBADMSG;
	to = (uint8_t *)rte_pktmbuf_prepend(m, RTE_VLAN_HLEN);
	if (to == NULL)
		return -EBADMSG;
	memmove(to, to + RTE_VLAN_HLEN, E1000_ADDRS_LEN);
	to += E1000_ADDRS_LEN;
	to[0] = (uint8_t)(type >> 8);
	to[1] = (uint8_t)type;
	to[2] = (uint8_t)(tci >> 8);
	to[3] = (uint8_t)tci;
	if (m->ol_flags & OFFLOAD_TX_FLAGS)
		m->l2_len = (m->l2_len + RTE_VLAN_HLEN) & 0x7f;
	return 0;
}

/* What the statistics registers say of a frame, or of the segments others will make of it. */
static void
e1000_tx_count(struct e1000 *s, const struct rte_mbuf *m)
{
	const struct rte_ether_addr *dst = rte_pktmbuf_mtod(m, const struct rte_ether_addr *);
	uint32_t hdr, full;

	if (!(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG)) {
		e1000_count_sent(&s->mac, dst, m->pkt_len, 1);
		return;
	}
	hdr = (uint32_t)m->l2_len + m->l3_len + m->l4_len;
	full = (m->pkt_len - hdr - 1) / m->tso_segsz;
	e1000_count_sent(&s->mac, dst, hdr + m->tso_segsz, full);
	e1000_count_sent(&s->mac, dst, m->pkt_len - full * m->tso_segsz, 1);
}

/* Back to the own receiver; T keeps away from it in this mode. */
static void
e1000_loop_back(struct nic *nic, struct e1000_burst *b, struct rte_mbuf *m)
{
	struct e1000 *s = nic->state;

	stat_add(&s->count.from_loopback, 1);
	if (e1000_can_receive(nic))
		b->icr |= e1000_deliver(nic, &m, 1, NULL);
	else
		stat_add(&s->count.to_disabled, 1);
	rte_pktmbuf_free(m);
}

/* The transmitter pads as far as a frame on a wire must be long; not what others will finish. */
static void
e1000_tx_pad(const struct e1000 *s, struct rte_mbuf *m)
{
	uint32_t pad = E1000_MIN_FRAME - m->pkt_len;
	char *to;

	if (!(e1000_get(s, E1000_TCTL) & E1000_TCTL_PSP) || (m->ol_flags & OFFLOAD_TX_FLAGS))
		return;
	to = rte_pktmbuf_append(m, (uint16_t)pad);
	if (to != NULL)
		memset(to, 0, pad);
}

/* Send a complete or marked frame on its way; takes m. */
static inline void
e1000_emit(struct nic *nic, struct e1000_burst *b, struct rte_mbuf *m)
{
	struct e1000 *s = nic->state;

	b->tries -= b->tries > 0;
	if (unlikely(m->pkt_len < E1000_MIN_FRAME))
		e1000_tx_pad(s, m);
	e1000_tx_count(s, m);
	if (unlikely(e1000_looping(s))) {
		e1000_loop_back(nic, b, m);
	} else if (unlikely(s->link_down)) {
		stat_add(&s->count.from_link_down, 1);
		rte_pktmbuf_free(m);
	} else {
		b->bytes += m->pkt_len;
		b->pkts[b->got++] = m;
	}
}

bool
e1000_emit_segments(struct nic *nic, struct e1000_burst *b)
{
	struct e1000_tx *tx = &((struct e1000 *)nic->state)->tx;

	while (tx->next_seg < tx->n_segs) {
		if (b->got == b->n)
			return false;
		e1000_emit(nic, b, tx->seg[tx->next_seg++]);
	}
	tx->next_seg = tx->n_segs = 0;
	return true;
}

/* Do with the frame what its descriptors say, but for cutting it. @return 0; -ENOSPC; -EBADMSG. */
static int
e1000_tx_prepare(struct nic *nic)
{
	struct e1000 *s = nic->state;
	struct e1000_tx *tx = &s->tx;
	int ret = 0;

	tx->prepared = true;
	if (tx->first == NULL || tx->first->pkt_len < RTE_ETHER_HDR_LEN)
		return -ENOSPC;
	if (tx->tso || tx->popts != 0 || tx->legacy_sum)
		ret = e1000_offload_tx(nic, tx->first);
	if (ret == 0 && tx->tagged && (e1000_get(s, E1000_CTRL) & E1000_CTRL_VME))
		ret = e1000_tx_tag(s, tx->first, tx->tci);
	return ret;
}

/* Cut a TSO frame up, when nobody else does. @return 0; -EBADMSG; -ENOMEM. */
static int
e1000_tx_cut(struct nic *nic)
{
	struct e1000 *s = nic->state;
	struct e1000_tx *tx = &s->tx;
	int n;

	if (likely(!(tx->first->ol_flags & RTE_MBUF_F_TX_TCP_SEG)))
		return 0;
	if (!e1000_carries(nic)) {
		n = offload_segment_tcp(tx->first, nic->pool[0], tx->seg);
		if (n < 0)
			return n == -ENOMEM ? -ENOMEM : -EBADMSG;
		tx->next_seg = 0;
		tx->n_segs = (uint16_t)n;
		rte_pktmbuf_free(tx->first);
		tx->first = NULL;
	}
	stat_add(&s->count.from_tso, 1);
	stat_add(&s->mac.tsctc, 1);
	return 0;
}

bool
e1000_tx_finish(struct nic *nic, struct e1000_burst *b)
{
	struct e1000 *s = nic->state;
	struct e1000_tx *tx = &s->tx;
	int ret = 0;

	if (unlikely(b->got == b->n))
		return false;
	if (likely(!tx->skip && !tx->prepared))
		ret = e1000_tx_prepare(nic);
	if (likely(ret == 0 && !tx->skip))
		ret = e1000_tx_cut(nic);
	if (unlikely(ret == -ENOMEM)) {
		stat_add(&s->count.from_no_mbuf, 1);
		return false;
	}
	if (unlikely(ret < 0))
		e1000_tx_refuse(s, ret);
	if (tx->first != NULL)
		e1000_emit(nic, b, tx->first);
	else
		b->tries -= b->tries > 0;
	tx->first = tx->last = NULL;
	tx->open = tx->skip = tx->whole = tx->prepared = false;
	return e1000_emit_segments(nic, b);
}
