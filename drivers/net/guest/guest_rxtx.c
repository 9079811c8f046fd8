/* SPDX-License-Identifier: BSD-3-Clause */
/* The two burst functions of net_guest. */
#include <string.h>

#include <rte_arp.h>
#include <rte_mbuf.h>

#include "base/stats.h"
#include "common/pmd_linear.h"
#include "guest_pmd.h"

/* A RARP request that says where mac is now, as QEMU sends it (60 bytes with padding). */
static struct rte_mbuf *
guest_build_rarp(struct rte_mempool *pool, const struct rte_ether_addr *mac)
{
	struct rte_mbuf *m = rte_net_make_rarp_packet(pool, mac);
	char *pad;

	if (m == NULL)
		return NULL;
	pad = m->pkt_len < 60 ? rte_pktmbuf_append(m, (uint16_t)(60 - m->pkt_len)) : NULL;
	if (pad != NULL)
		memset(pad, 0, (size_t)(rte_pktmbuf_mtod(m, char *) + 60 - pad));
	return m;
}

/* Put an announcement before the guest's own frames. */
static uint16_t
guest_take_rarp(struct guest_queue *q, struct rte_mbuf **pkts)
{
	struct rte_ether_addr mac;
	uint64_t word;

	if (q->id != 0)
		return 0;
	word = __atomic_exchange_n(&q->port->rarp, 0, __ATOMIC_ACQUIRE);
	if (word == 0)
		return 0;
	memcpy(&mac, &word, sizeof(mac));
	pkts[0] = guest_build_rarp(q->pool, &mac);
	return pkts[0] != NULL;
}

static inline uint64_t
guest_bytes(struct rte_mbuf *const *pkts, uint16_t n)
{
	uint64_t bytes = 0;
	uint16_t i;

	for (i = 0; i < n; i++)
		bytes += pkts[i]->pkt_len;
	return bytes;
}

static void
guest_count(struct guest_queue *q, struct rte_mbuf **pkts, uint16_t n)
{
	stat_add(&q->frames, n);
	stat_add(&q->bytes, guest_bytes(pkts, n));
}

static __rte_always_inline uint16_t
guest_rx(struct guest_queue *q, struct rte_mbuf **pkts, uint16_t n, const bool lend)
{
	uint16_t got = 0, more, i;

	if (unlikely(__atomic_load_n(&q->port->rarp, __ATOMIC_RELAXED) != 0) && n > 0)
		got = guest_take_rarp(q, pkts);
	n = (uint16_t)(n - got);
	if (lend) {
		more = guest_lend(q->guest, q->id, pkts + got, n);
		q->lent = more > 0;
	} else {
		more = guest_from_guest(q->guest, q->id, pkts + got, n);
	}
	got = (uint16_t)(got + more);
	if (unlikely(__atomic_load_n(&q->port->admin_down, __ATOMIC_RELAXED) != 0)) {
		rte_pktmbuf_free_bulk(pkts, got);
		stat_add(&q->port->count[q->id].link_down_from_guest, got);
		if (lend)
			guest_rx_lent_end(q);
		return 0;
	}
	for (i = 0; i < got; i++)
		pkts[i]->port = q->port->port_id;
	guest_count(q, pkts, got);
	return got;
}

uint16_t
guest_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_rx(queue, pkts, n, false);
}

uint16_t
guest_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct guest_queue *q = queue;
	const struct pmd_linear_counters c = { &q->frames, &q->bytes,
		&q->port->count[q->id].no_scatter };

	return pmd_linear(pkts, guest_rx_burst(queue, pkts, n), &c);
}

uint16_t
guest_rx_lent(struct guest_queue *q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_rx(q, pkts, n, true);
}

void
guest_rx_lent_end(struct guest_queue *q)
{
	if (q->lent)
		guest_lend_end(q->guest, q->id);
	q->lent = false;
}

uint16_t
guest_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	struct guest_queue *q = queue;
	uint64_t bytes;
	uint16_t sent;

	if (unlikely(__atomic_load_n(&q->port->admin_down, __ATOMIC_RELAXED) != 0)) {
		rte_pktmbuf_free_bulk(pkts, n);
		stat_add(&q->port->count[q->id].link_down_to_guest, n);
		return n;
	}
	/* Those that are taken are gone after the call, so all are counted before. */
	bytes = guest_bytes(pkts, n);
	sent = guest_to_guest(q->guest, q->id, pkts, n);
	if (unlikely(sent < n))
		bytes -= guest_bytes(pkts + sent, (uint16_t)(n - sent));
	stat_add(&q->frames, sent);
	stat_add(&q->bytes, bytes);
	return sent;
}

uint16_t
guest_tx_shown(struct guest_queue *q, struct rte_mbuf *const *pkts, uint16_t n, uint64_t bytes)
{
	uint16_t sent;

	if (unlikely(__atomic_load_n(&q->port->admin_down, __ATOMIC_RELAXED) != 0)) {
		stat_add(&q->port->count[q->id].link_down_to_guest, n);
		return n;
	}
	sent = guest_show(q->guest, q->id, pkts, n);
	stat_add(&q->frames, sent);
	stat_add(&q->bytes, likely(sent == n) ? bytes : guest_bytes(pkts, sent));
	return sent;
}
