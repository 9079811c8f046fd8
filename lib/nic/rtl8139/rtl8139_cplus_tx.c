/* SPDX-License-Identifier: BSD-3-Clause */
/* C+ mode, frames the guest sent: the rings of normal and high priority. */
#include <errno.h>
#include <string.h>

#include <rte_mbuf.h>

#include "rtl8139.h"
#include "rtl8139_desc.h"

/* The rings, as index of rtl8139_tx's arrays. */
enum {
	RING_NORMAL,
	RING_HIGH,
};

/* What the descriptors from the ring's index on hold. */
enum rtl8139_fetched {
	FETCHED_NOTHING, /* or not yet all of a frame */
	FETCHED_FRAME,
	FETCHED_GARBAGE, /* not a frame; to be given back */
};

/* Descriptors that belong together. */
struct rtl8139_chain {
	unsigned int n;
	uint16_t next;	/* index of the descriptor behind them */
	uint32_t asked; /* dw0 bits of the first and the last together */
	uint32_t dw1;	/* of the first */
	struct rtl8139_piece piece[RTL_RING_DESCS];
	uint64_t gpa[RTL_RING_DESCS]; /* of the descriptor */
	uint32_t dw0[RTL_RING_DESCS];
};

static uint64_t
rtl8139_cplus_base(const struct rtl8139 *s, unsigned int ring)
{
	uint64_t base = rtl8139_get64(s, ring == RING_HIGH ? RTL_THPDS : RTL_TNPDS);

	return base & ~(uint64_t)(uint32_t)~RTL_RING_ADDR;
}

/* The ring is not in guest memory: count it once, as we come back at every poll. */
static enum rtl8139_fetched
rtl8139_cplus_lost(struct rtl8139 *s, unsigned int ring)
{
	if (!s->tx.ring_fault[ring])
		stat_add(&s->count.from_bad_ring, 1);
	s->tx.ring_fault[ring] = true;
	return FETCHED_NOTHING;
}

static void
rtl8139_chain_add(struct rtl8139_chain *c, uint64_t gpa, const struct rtl8139_desc_copy *d)
{
	c->piece[c->n].gpa = d->addr;
	c->piece[c->n].len = field_get(d->dw0, RTL_TXD_LEN);
	c->gpa[c->n] = gpa;
	c->dw0[c->n] = d->dw0;
	c->n++;
	c->next = (d->dw0 & RTL_DESC_EOR) || c->next == RTL_RING_DESCS - 1 ? 0 : c->next + 1;
}

/*
 * Look for a whole frame. The driver may give us the descriptors of a frame in any order and tells
 * us afterwards; we look without being told, so the frame is there when all of it is.
 */
static enum rtl8139_fetched
rtl8139_cplus_fetch(const struct nic *nic, unsigned int ring, struct rtl8139_chain *c)
{
	struct rtl8139 *s = nic->state;
	uint64_t base = rtl8139_cplus_base(s, ring);
	struct rtl8139_desc_copy d;

	c->n = 0;
	c->next = s->tx.index[ring];
	while (c->n < RTL_RING_DESCS) {
		uint64_t gpa = base + c->next * sizeof(struct rtl8139_desc);

		if (rtl8139_desc_load(nic, gpa, &d) < 0)
			return rtl8139_cplus_lost(s, ring);
		s->tx.ring_fault[ring] = false;
		if (!(d.dw0 & RTL_DESC_OWN))
			return FETCHED_NOTHING;
		if (c->n > 0 && (d.dw0 & RTL_DESC_FS))
			return FETCHED_GARBAGE; /* a frame without end; the next one starts here */
		if (c->n == 0) {
			c->asked = d.dw0;
			c->dw1 = d.dw1;
		}
		rtl8139_chain_add(c, gpa, &d);
		if (c->n == 1 && !(d.dw0 & RTL_DESC_FS))
			return FETCHED_GARBAGE;
		if (d.dw0 & RTL_DESC_LS) {
			c->asked |= d.dw0;
			return FETCHED_FRAME;
		}
	}
	return FETCHED_GARBAGE;
}

/* Give the descriptors back to the driver. */
static void
rtl8139_cplus_release(struct nic *nic, unsigned int ring, const struct rtl8139_chain *c)
{
	struct rtl8139 *s = nic->state;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		rtl8139_desc_store_dw0(nic, c->gpa[i],
			c->dw0[i] & ~(RTL_DESC_OWN | RTL_TXD_ERRORS));
	if (c->next == 0 && c->n > 0 && ring == RING_NORMAL)
		s->tx.ring_len = (uint16_t)(s->tx.index[ring] + c->n);
	s->tx.index[ring] = c->next;
}

/* Put the tag of dw1 behind the addresses. */
static int
rtl8139_insert_tag(struct rte_mbuf *m, uint32_t dw1)
{
	const uint16_t tci = (uint16_t)field_get(dw1, RTL_DESC_TCI);
	char *to;

	if (m->data_len < RTL_ADDRS_LEN)
		return -EBADMSG;
	to = rte_pktmbuf_prepend(m, RTE_VLAN_HLEN);
	if (to == NULL)
		return -EBADMSG;
	memmove(to, to + RTE_VLAN_HLEN, RTL_ADDRS_LEN);
	to += RTL_ADDRS_LEN;
	to[0] = (char)(RTE_ETHER_TYPE_VLAN >> 8);
	to[1] = (char)(RTE_ETHER_TYPE_VLAN & 0xff);
	to[2] = (char)(tci & 0xff);
	to[3] = (char)(tci >> 8);
	return 0;
}

/* Make the frame of c. @return as rtl8139_read_frame(), and -EBADMSG; *out: NULL: it was cut up. */
static int
rtl8139_cplus_take(struct nic *nic, const struct rtl8139_chain *c, struct rte_mbuf **out)
{
	struct rtl8139 *s = nic->state;
	int ret = rtl8139_read_frame(nic, c->piece, c->n, out);

	if (ret < 0)
		return ret;
	if (c->dw1 & RTL_TXD_TAGC)
		ret = rtl8139_insert_tag(*out, c->dw1);
	if (ret == 0)
		ret = rtl8139_offload_tx(nic, *out, c->asked);
	if (ret < 0 || s->tx.n_segs > 0) {
		rte_pktmbuf_free(*out);
		*out = NULL;
	}
	return ret;
}

/* Serve one frame. @return false when there is none, or it must wait. */
static bool
rtl8139_cplus_send(struct nic *nic, struct rtl8139_burst *b, unsigned int ring)
{
	struct rtl8139 *s = nic->state;
	struct rte_mbuf *m = NULL;
	struct rtl8139_chain c;
	enum rtl8139_fetched what = rtl8139_cplus_fetch(nic, ring, &c);
	int ret;

	if (what == FETCHED_NOTHING)
		return false;
	ret = what == FETCHED_FRAME ? rtl8139_cplus_take(nic, &c, &m) : -EINVAL;
	if (ret == -ENOMEM) {
		stat_add(&s->count.from_no_mbuf, 1);
		return false;
	}
	rtl8139_cplus_release(nic, ring, &c);
	b->done++;
	if (ret < 0)
		rtl8139_refuse(s, ret);
	else
		stat_add(&s->tally.tx_ok, 1);
	if (m != NULL)
		rtl8139_emit(nic, b, m);
	return rtl8139_emit_segments(nic, b);
}

void
rtl8139_cplus_from_guest(struct nic *nic, struct rtl8139_burst *b)
{
	struct rtl8139 *s = nic->state;
	uint32_t polled = __atomic_load_n(&s->polled, __ATOMIC_ACQUIRE);

	if (polled & RTL_TPPOLL_HPQ)
		while (b->got < b->n && b->tries > 0 && rtl8139_cplus_send(nic, b, RING_HIGH))
			b->tries--;
	if (polled & RTL_TPPOLL_NPQ)
		while (b->got < b->n && b->tries > 0 && rtl8139_cplus_send(nic, b, RING_NORMAL))
			b->tries--;
}
