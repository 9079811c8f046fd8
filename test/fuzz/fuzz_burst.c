/* SPDX-License-Identifier: BSD-3-Clause */
/* The datapath's part in fuzz targets: bursts in both directions, as a hub would make them. */
#include <rte_mbuf.h>

#include "fuzz.h"
#include "nic/nic.h"
#include "offload/offload.h"

#define BURST 64
/* Behind the room for a burst: must stay. */
#define BURST_END ((struct rte_mbuf *)(uintptr_t)0x5a5a5a5a)

static struct rte_mbuf *burst_held[FUZZ_POOL];
static unsigned int burst_n_held;

/* Read every byte, as a receiver does. */
static void
burst_touch(const struct rte_mbuf *m)
{
	static uint8_t flat[NIC_MAX_FRAME];
	uint32_t at = 0;

	for (; m != NULL; m = m->next) {
		memcpy(flat + at, rte_pktmbuf_mtod(m, const void *), m->data_len);
		at += m->data_len;
	}
}

/* What nic.h says of a frame from a guest. */
static void
burst_check(const struct fuzz_port *port, const struct rte_mbuf *m)
{
	uint32_t hdr = (uint32_t)m->l2_len + m->l3_len;
	const char *why;

	FUZZ_CHECK(rte_mbuf_check(m, 1, &why) == 0);
	FUZZ_CHECK(m->pkt_len >= RTE_ETHER_HDR_LEN && m->pkt_len <= NIC_MAX_FRAME);
	burst_touch(m);
	if ((m->ol_flags & OFFLOAD_TX_FLAGS) == 0)
		return;
	FUZZ_CHECK(port->carry);
	FUZZ_CHECK(!(m->ol_flags & RTE_MBUF_F_TX_IPV4) != !(m->ol_flags & RTE_MBUF_F_TX_IPV6));
	FUZZ_CHECK(m->l2_len >= RTE_ETHER_HDR_LEN && hdr <= m->pkt_len);
	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) {
		FUZZ_CHECK(m->tso_segsz > 0 && m->l4_len >= 20);
		FUZZ_CHECK(hdr + m->l4_len < m->pkt_len);
	}
}

/* Give frames to a guest; what it does not take is freed. */
static void
burst_give(struct fuzz_port *port, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t sent = port->to_guest(port->dev, q, pkts, n);

	FUZZ_CHECK(sent <= n);
	rte_pktmbuf_free_bulk(pkts + sent, n - sent);
}

/* As a hub does for a port that takes only complete frames; takes m. */
static void
burst_give_finished(struct fuzz_port *port, uint16_t q, struct rte_mbuf *m)
{
	struct rte_mbuf *out[OFFLOAD_MAX_SEGMENTS];
	int n = 1;

	if (m->ol_flags & RTE_MBUF_F_TX_TCP_SEG) {
		n = offload_segment_tcp(m, fuzz_pool, out);
	} else {
		out[0] = offload_copy(m, fuzz_pool);
		if (out[0] != NULL && offload_finish_cksum(out[0]) < 0) {
			rte_pktmbuf_free(out[0]);
			n = 0;
		}
		n = out[0] == NULL ? 0 : n;
	}
	rte_pktmbuf_free(m);
	if (n > 0)
		burst_give(port, q, out, (uint16_t)n);
}

static void
burst_pay(struct fuzz_port *port, unsigned int cost)
{
	port->work -= RTE_MIN(port->work, cost);
}

void
fuzz_from_op(struct fuzz_port *port, struct fuzz_in *in)
{
	uint8_t how = fuzz_u8(in), q = fuzz_u8(in);
	struct rte_mbuf *pkts[BURST + 1];
	uint16_t i, n = 1 + (how & 0x3f), got;

	q = (uint8_t)(q % port->n_queues);
	for (i = 0; i <= n; i++)
		pkts[i] = BURST_END;
	got = port->from_guest(port->dev, q, pkts, n);
	FUZZ_CHECK(got <= n && pkts[n] == BURST_END);
	burst_pay(port, 64);
	for (i = 0; i < got; i++) {
		burst_pay(port, 2 + pkts[i]->pkt_len / 64);
		burst_check(port, pkts[i]);
	}
	if (!(how & 0x80))
		rte_pktmbuf_free_bulk(pkts, got);
	else if (port->finishes)
		burst_give(port, q, pkts, got);
	else
		for (i = 0; i < got; i++) {
			if (pkts[i]->ol_flags & OFFLOAD_TX_FLAGS)
				burst_give_finished(port, q, pkts[i]);
			else
				burst_give(port, q, &pkts[i], 1);
		}
}

void
fuzz_to_op(struct fuzz_port *port, struct fuzz_in *in)
{
	uint8_t how = fuzz_u8(in), q = (uint8_t)(fuzz_u8(in) % port->n_queues);
	struct rte_mbuf *pkts[8];
	uint16_t i, n = 0;

	for (i = 0; i <= how % RTE_DIM(pkts); i++) {
		struct rte_mbuf *m = fuzz_frame(in);

		if (m == NULL)
			break;
		burst_pay(port, 8 + m->pkt_len / 64);
		if (port->finishes || !(m->ol_flags & OFFLOAD_TX_FLAGS))
			pkts[n++] = m;
		else
			burst_give_finished(port, q, m);
	}
	burst_pay(port, 32);
	burst_give(port, q, pkts, n);
}

void
fuzz_starve_op(struct fuzz_in *in)
{
	unsigned int left = fuzz_u8(in), n = rte_mempool_avail_count(fuzz_pool);

	fuzz_feed();
	n = rte_mempool_avail_count(fuzz_pool);
	if (left == UINT8_MAX || n <= left)
		return;
	if (rte_pktmbuf_alloc_bulk(fuzz_pool, burst_held, n - left) == 0)
		burst_n_held = n - left;
}

void
fuzz_feed(void)
{
	rte_pktmbuf_free_bulk(burst_held, burst_n_held);
	burst_n_held = 0;
}
