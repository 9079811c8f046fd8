/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the guest: what both modes share, and the receive ring of C mode. */
#include <string.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_net_crc.h>

#include "gmem/gmem.h"
#include "rtl8139.h"
#include "rtl8139_desc.h"

/* The shortest frame on a wire, without its CRC. */
#define RTL_MIN_FRAME (RTE_ETHER_MIN_LEN - RTE_ETHER_CRC_LEN)

bool
rtl8139_can_receive(const struct nic *nic)
{
	const struct rtl8139 *s = nic->state;

	return rtl8139_is_master(nic) && (rtl8139_get8(s, RTL_CR) & RTL_CR_RE) && !s->halted;
}

uint32_t
rtl8139_miss(struct rtl8139 *s)
{
	stat_add(&s->count.to_no_buffer, 1);
	stat_add(&s->tally.missed, 1);
	__atomic_fetch_add(&s->missed, 1, __ATOMIC_RELAXED);
	return RTL_ISR_RXOVW;
}

/* Bytes [off, off + *n) of the frame as received, or less of them: those in one piece. */
static const uint8_t *
rtl8139_frame_at(const struct rtl8139_frame *f, uint32_t off, uint32_t *n)
{
	uint32_t body = f->len - f->cut;

	if (off >= body)
		return f->crc + (off - body);
	if (f->cut > 0 && off < RTL_ADDRS_LEN) {
		*n = RTE_MIN(*n, RTL_ADDRS_LEN - off);
		return f->data + off;
	}
	*n = RTE_MIN(*n, body - off);
	return f->data + f->cut + off;
}

int
rtl8139_copy_out(const struct nic *nic, const struct rtl8139_frame *f, uint32_t off, uint64_t gpa,
	uint32_t n)
{
	while (n > 0) {
		uint32_t part = n;
		const uint8_t *from = rtl8139_frame_at(f, off, &part);
		int ret = gmem_write(nic->mem, gpa, from, part);

		if (ret < 0)
			return ret;
		off += part;
		gpa += part;
		n -= part;
	}
	return 0;
}

/* Whether frames are written over the ring's end, where the driver has room for one. */
static bool
rtl8139_ring_overruns(const struct rtl8139 *s, uint32_t size)
{
	return (rtl8139_get32(s, RTL_RCR) & RTL_RCR_WRAP) && size < RTL_RING_MAX;
}

/* Write a frame into the ring behind its header, around the ring's end if need be. */
static int
rtl8139_ring_put(const struct nic *nic, const struct rtl8139_frame *f, uint32_t cbr, uint32_t size)
{
	const struct rtl8139 *s = nic->state;
	uint64_t start = rtl8139_get32(s, RTL_RBSTART);
	uint32_t total = rtl8139_frame_len(f), first = total;
	rte_le32_t header = rte_cpu_to_le_32(RTL_RSR_ROK | f->type | total << RTL_RSR_LEN);
	int ret;

	if (!rtl8139_ring_overruns(s, size))
		first = RTE_MIN(total, size - cbr - RTL_RSR_HDR);
	ret = rtl8139_copy_out(nic, f, 0, start + cbr + RTL_RSR_HDR, first);
	if (ret == 0)
		ret = rtl8139_copy_out(nic, f, first, start, total - first);
	if (ret == 0)
		ret = gmem_write(nic->mem, start + cbr, &header, sizeof(header));
	return ret;
}

/* What a frame of so many bytes, with CRC, takes of the C mode ring. */
static uint32_t
rtl8139_ring_need(uint32_t total)
{
	return RTE_ALIGN_CEIL(RTL_RSR_HDR + total, 4);
}

/* Whether the C mode ring has no room for so many bytes. 0: all read; it is never filled to the last byte. */
static bool
rtl8139_ring_full(const struct rtl8139 *s, uint32_t need)
{
	uint32_t size = rtl8139_ring_size(s);
	uint32_t room = (size + rtl8139_ring_read(s) - s->rx.cbr) % size;

	return room != 0 && need >= room;
}

/* Put a frame into the C mode ring. @return ISR bits. */
static uint32_t
rtl8139_ring_deliver(struct nic *nic, const struct rtl8139_frame *f)
{
	struct rtl8139 *s = nic->state;
	uint32_t size = rtl8139_ring_size(s), cbr = s->rx.cbr;
	uint32_t need = rtl8139_ring_need(rtl8139_frame_len(f));

	if (need >= size ||
		(rtl8139_ring_overruns(s, size) && rtl8139_frame_len(f) > RTL_WRAP_ROOM)) {
		stat_add(&s->count.to_too_big, 1);
		return 0;
	}
	if (rtl8139_ring_full(s, need))
		return rtl8139_miss(s);
	if (rtl8139_ring_put(nic, f, cbr, size) < 0) {
		stat_add(&s->count.to_bad_chain, 1);
		stat_add(&s->tally.rx_err, 1);
		return RTL_ISR_SERR;
	}
	__atomic_store_n(&s->rx.cbr, (uint16_t)((cbr + need) % size), __ATOMIC_RELEASE);
	stat_add(&s->count.to_frames, 1);
	stat_add(&s->count.to_bytes, f->len);
	return RTL_ISR_ROK;
}

/* The frame in one piece, padded and complete: as it is if it can be, else copied. */
static bool
rtl8139_flatten(struct rtl8139 *s, const struct rte_mbuf *m, struct rtl8139_frame *f)
{
	uint32_t len = m->pkt_len;

	f->len = RTE_MAX(len, (uint32_t)RTL_MIN_FRAME);
	f->data = rte_pktmbuf_mtod(m, const uint8_t *);
	if (m->nb_segs == 1 && f->len == len && !(m->ol_flags & OFFLOAD_TX_FLAGS))
		return true;
	f->data = rte_pktmbuf_read(m, 0, len, s->rx.flat);
	if (f->data != s->rx.flat)
		memcpy(s->rx.flat, f->data, len);
	f->data = s->rx.flat;
	memset(s->rx.flat + len, 0, f->len - len);
	/* Only from our own loopback: the port takes complete frames. */
	return !(m->ol_flags & OFFLOAD_TX_FLAGS) || offload_finish_flat(s->rx.flat, len, m) == 0;
}

/* What the C+ receiver does to a frame before it writes it: checksums, tag. */
static void
rtl8139_cplus_prepare(const struct rtl8139 *s, const struct rte_mbuf *m, struct rtl8139_frame *f)
{
	uint16_t cpcmd = rtl8139_get16(s, RTL_CPCMD);
	const uint8_t *tag = f->data + RTL_ADDRS_LEN;

	if (cpcmd & RTL_CPCMD_RXCHKSUM)
		f->rxd_dw0 = rtl8139_offload_rx(f, m);
	if (!(cpcmd & RTL_CPCMD_RXVLAN) || (tag[0] << 8 | tag[1]) != RTE_ETHER_TYPE_VLAN)
		return;
	f->cut = RTE_VLAN_HLEN;
	f->rxd_dw1 = RTL_RXD_TAVA | tag[2] | (uint32_t)tag[3] << 8;
}

static void
rtl8139_tally_received(struct rtl8139_tally *t, uint32_t type)
{
	stat_add(&t->rx_ok, 1);
	if (type == RTL_RSR_BAR)
		stat_add(&t->rx_ok_brd, 1);
	else if (type == RTL_RSR_MAR)
		stat_add(&t->rx_ok_mul, 1);
	else if (type == RTL_RSR_PAM)
		stat_add(&t->rx_ok_phy, 1);
}

/* A frame that passed the filter. */
static uint32_t
rtl8139_receive(struct nic *nic, const struct rte_mbuf *m, uint32_t type)
{
	struct rtl8139 *s = nic->state;
	struct rtl8139_frame f = { .type = type };
	rte_le32_t crc;
	uint32_t isr;

	if (m->pkt_len > RTL_MAX_RECEIVE - RTE_ETHER_CRC_LEN || !rtl8139_flatten(s, m, &f)) {
		stat_add(&s->count.to_too_big, 1);
		return 0;
	}
	crc = rte_cpu_to_le_32(rte_net_crc_calc(f.data, f.len, RTE_NET_CRC32_ETH));
	memcpy(f.crc, &crc, sizeof(crc));
	if (rtl8139_get16(s, RTL_CPCMD) & RTL_CPCMD_RXEN) {
		rtl8139_cplus_prepare(s, m, &f);
		isr = rtl8139_cplus_deliver(nic, &f);
	} else {
		isr = rtl8139_ring_deliver(nic, &f);
	}
	if (isr & RTL_ISR_ROK)
		rtl8139_tally_received(&s->tally, type);
	return isr;
}

uint32_t
rtl8139_deliver(struct nic *nic, const struct rte_mbuf *m)
{
	struct rtl8139 *s = nic->state;
	struct rte_ether_addr buf, dst;
	uint32_t type;

	if (m->pkt_len < RTE_ETHER_HDR_LEN) {
		stat_add(&s->count.to_short, 1);
		return 0;
	}
	/* A copy: what is judged must not change meanwhile. */
	rte_ether_addr_copy(rte_pktmbuf_read(m, 0, sizeof(buf), &buf), &dst);
	if (!rtl8139_filter(s, &dst, &type)) {
		stat_add(&s->count.to_filtered, 1);
		return 0;
	}
	return rtl8139_receive(nic, m, type);
}

/* Whether a frame waits until the driver has made room: never for more than an empty ring has. */
static bool
rtl8139_must_wait(const struct nic *nic, const struct rte_mbuf *m)
{
	struct rtl8139 *s = nic->state;
	uint32_t total = RTE_MAX(m->pkt_len, (uint32_t)RTL_MIN_FRAME) + RTE_ETHER_CRC_LEN;
	bool full;

	if (!nic->conf.waits || total > RTL_MAX_RECEIVE)
		return false;
	if (rtl8139_get16(s, RTL_CPCMD) & RTL_CPCMD_RXEN)
		full = rtl8139_cplus_full(nic, total);
	else
		full = rtl8139_ring_need(total) < rtl8139_ring_size(s) &&
		       rtl8139_ring_full(s, rtl8139_ring_need(total));
	if (full)
		stat_add(&s->count.to_no_buffer, 1);
	return full;
}

/* C mode: the driver has not read all there is, and ISR does not say so. */
static bool
rtl8139_rx_untold(const struct rtl8139 *s)
{
	return (rtl8139_get8(s, RTL_CR) & RTL_CR_RE) &&
	       !(rtl8139_get16(s, RTL_CPCMD) & RTL_CPCMD_RXEN) &&
	       rtl8139_ring_written(s) != rtl8139_ring_read(s) &&
	       !(rtl8139_irq_status(s) & RTL_ISR_ROK);
}

void
rtl8139_rx_remind(struct nic *nic)
{
	if (rtl8139_rx_untold(nic->state))
		rtl8139_irq_set(nic, RTL_ISR_ROK);
}

void
rtl8139_rx_look(struct nic *nic, uint64_t now)
{
	struct rtl8139 *s = nic->state;
	uint32_t read = rtl8139_ring_read(s);
	bool untold = rtl8139_rx_untold(s);

	if (untold && s->tx.untold && s->tx.untold_at == read) {
		rtl8139_irq_set(nic, RTL_ISR_ROK);
		untold = false;
	}
	s->tx.untold = untold;
	s->tx.untold_at = read;
	s->tx.look_at = now + rte_get_tsc_hz() / US_PER_S * RTL_LOOK_US;
}

uint16_t
rtl8139_to_guest(struct nic *nic, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	struct rtl8139 *s = nic->state;
	uint32_t isr = 0;
	uint16_t i;

	if (unlikely(rtl8139_looping(s))) {
		stat_add(&s->count.to_looping, n);
	} else if (unlikely(s->link_down || !rtl8139_can_receive(nic))) {
		stat_add(&s->count.to_disabled, n);
	} else {
		for (i = 0; i < n && !rtl8139_must_wait(nic, pkts[i]); i++)
			isr |= rtl8139_deliver(nic, pkts[i]);
		n = i;
	}
	if (isr != 0 && rtl8139_irq_set(nic, isr))
		stat_add(&s->count.to_interrupts, 1);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}
