/* SPDX-License-Identifier: BSD-3-Clause */
/* Hubs over ring ports: who gets what, how often, at what cost, and why not. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "hub.h"
#include "test_ports.h"

static void
test_flood(void)
{
	static const unsigned int sizes[] = { 2, 3, 8, MAX_PORTS };
	struct hub_target target[MAX_PORTS];
	unsigned int k, i, j;

	for (k = 0; k < RTE_DIM(sizes); k++) {
		struct hub_input in;
		struct rte_mbuf *sent[8];

		open_all(sizes[k]);
		in = input_of(&ports[1], sizes[k], target);
		for (i = 0; i < 8; i++)
			inject(&ports[1], sent[i] = make(i, 60 + i));
		CU_ASSERT_EQUAL(hub_poll(&in), 8);
		CU_ASSERT_PTR_NULL(take(&ports[1]));
		for (j = 0; j < sizes[k]; j++) {
			for (i = 0; i < 8 && j != 1; i++) {
				struct rte_mbuf *m = take(&ports[j]);

				/* The very same mbuf: nothing was copied; and in order. */
				CU_ASSERT_PTR_EQUAL(m, sent[i]);
				rte_pktmbuf_free(m);
			}
			CU_ASSERT_PTR_NULL(take(&ports[j]));
			CU_ASSERT_EQUAL(ports[j].m->count[0].out_frames, j == 1 ? 0 : 8);
		}
		CU_ASSERT_EQUAL(ports[1].m->count[0].in_frames, 8);
		close_all(sizes[k]);
	}
}

/* Chains are counted by segment; alone in a hub a frame ends. */
static void
test_chains(void)
{
	struct hub_target target[4];
	struct hub_input in;
	struct rte_mbuf *m;

	open_all(3);
	in = input_of(&ports[0], 3, target);
	m = make(1, 100);
	rte_pktmbuf_chain(m, make(2, 100));
	inject(&ports[0], m);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m->next), 2);
	rte_pktmbuf_free(take(&ports[1]));
	rte_pktmbuf_free(take(&ports[2]));
	in.n_targets = 0;
	inject(&ports[0], make(3, 100));
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	close_all(3);
}

/* One member that takes nothing costs nobody else a frame, and says why. */
static void
test_drops(void)
{
	struct hub_target target[8];
	struct hub_input in;
	unsigned int i;

	open_all(2);
	port_open(&ports[2], 2, 4); /* room for three frames */
	port_open(&ports[3], 3, 512);
	hub_member_set_link(ports[3].m, false);
	in = input_of(&ports[0], 4, target);
	/* The fifth is served by another lcore, whose ring holds three. */
	port_open(&ports[4], 4, 512);
	ports[4].m->ring[0] = rte_ring_create("other", 4, SOCKET_ID_ANY, RING_F_SC_DEQ);
	target[in.n_targets++] = (struct hub_target){ ports[4].m, 0, false };
	for (i = 0; i < 10; i++)
		inject(&ports[0], make(i, 60));
	CU_ASSERT_EQUAL(hub_poll(&in), 10);
	CU_ASSERT_EQUAL(ports[1].m->count[0].out_frames, 10);
	CU_ASSERT_EQUAL(ports[2].m->count[0].out_frames, 3);
	CU_ASSERT_EQUAL(ports[2].m->count[0].drop_not_accepted, 7);
	CU_ASSERT_EQUAL(ports[3].m->count[0].drop_link_down, 10);
	CU_ASSERT_EQUAL(ports[4].m->count[0].drop_ring_full, 7);
	CU_ASSERT_EQUAL(hub_drain(ports[4].m, 0), 3);
	CU_ASSERT_EQUAL(ports[4].m->count[0].out_frames, 3);
	for (i = 0; i < 5; i++)
		for (struct rte_mbuf *m; (m = take(&ports[i])) != NULL;)
			rte_pktmbuf_free(m);
	/* A source that is off is not heard. */
	hub_member_set_link(ports[0].m, false);
	inject(&ports[0], make(0, 60));
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_PTR_NULL(take(&ports[1]));
	CU_ASSERT_EQUAL(ports[0].m->count[0].drop_link_down, 1);
	/* Frames that wait for the other lcore go with the member. */
	rte_ring_enqueue(ports[4].m->ring[0], make(1, 60));
	close_all(5);
}

static void
test_offload(void)
{
	struct hub_target target[4];
	struct hub_input in;
	struct rte_mbuf *m;
	unsigned int i;

	open_all(3);
	ports[1].m->unsupported = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM;
	in = input_of(&ports[0], 3, target);
	inject(&ports[0], make_tso());
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	for (i = 0; i < 3; i++) {
		m = take(&ports[1]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
		CU_ASSERT_EQUAL(m->pkt_len, i < 2 ? 1514 : 54 + 4000 - 2 * 1460);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_PTR_NULL(take(&ports[1]));
	m = take(&ports[2]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->pkt_len, 4054);
	CU_ASSERT_NOT_EQUAL(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
	rte_pktmbuf_free(m);
	/* Nonsense is lost for the one who would have to finish it. */
	m = make_tso();
	m->l4_len = 0;
	inject(&ports[0], m);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_EQUAL(ports[1].m->count[0].drop_offload, 1);
	rte_pktmbuf_free(take(&ports[2]));
	close_all(3);
}

/* Three ports that lack something get one set of segments; a fourth gets the frame itself. */
static void
test_offload_once(void)
{
	struct hub_target target[8];
	struct rte_mbuf *seg[3], *m, *sent;
	struct hub_input in;
	unsigned int i, k;

	open_all(5);
	ports[1].m->unsupported = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM;
	ports[3].m->unsupported = RTE_MBUF_F_TX_TCP_SEG;
	ports[4].m->unsupported = RTE_MBUF_F_TX_TCP_CKSUM;
	ports[4].m->single_segment = true;
	in = input_of(&ports[0], 5, target);
	inject(&ports[0], make(7, 60));
	inject(&ports[0], sent = make_tso());
	inject(&ports[0], make(8, 60));
	CU_ASSERT_EQUAL(hub_poll(&in), 3);
	for (k = 1; k < 5; k++) {
		m = take(&ports[k]);
		CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(m, uint32_t *), 7);
		rte_pktmbuf_free(m);
		for (i = 0; i < 3 && k != 2; i++) {
			m = take(&ports[k]);
			CU_ASSERT_PTR_NOT_NULL_FATAL(m);
			if (k == 1)
				seg[i] = m;
			CU_ASSERT_PTR_EQUAL(m, seg[i]); /* the very same mbuf */
			CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(m), 3);
		}
		if (k == 2) {
			CU_ASSERT_PTR_EQUAL(m = take(&ports[k]), sent);
			rte_pktmbuf_free(m);
		}
		m = take(&ports[k]);
		CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(m, uint32_t *), 8);
		rte_pktmbuf_free(m);
		CU_ASSERT_PTR_NULL(take(&ports[k]));
	}
	for (k = 0; k < 3; k++)
		for (i = 0; i < 3; i++)
			rte_pktmbuf_free(seg[i]);
	for (k = 0, i = 0; i < 5; i++)
		k += (unsigned int)ports[i].m->count[0].copies;
	CU_ASSERT_EQUAL(k, 3); /* one for each segment, not nine */
	close_all(5);
}

static bool choose(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue);

/* A port that lends: one frame in memory of its own, until the end of the burst. */
static struct {
	uint8_t memory[2048];
	struct rte_mbuf_ext_shared_info shinfo;
	unsigned int lends, ends, returned;
	unsigned int early; /* what was out when the burst ended */
	unsigned int shown[3];
} lender;

static void
lent_free(void *addr, void *opaque)
{
	lender.returned++;
}

static uint16_t
lend(uint16_t port_id, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	CU_ASSERT_EQUAL(n, HUB_BURST);
	CU_ASSERT_EQUAL(lender.lends, lender.ends);
	lender.lends++;
	lender.shinfo.free_cb = lent_free;
	rte_mbuf_ext_refcnt_set(&lender.shinfo, 1);
	pkts[0] = rte_pktmbuf_alloc(test_pool);
	rte_pktmbuf_attach_extbuf(pkts[0], lender.memory, 0, sizeof(lender.memory), &lender.shinfo);
	pkts[0]->data_off = 0;
	rte_pktmbuf_append(pkts[0], 1000);
	return 1;
}

static void
lend_end(uint16_t port_id, uint16_t q)
{
	lender.ends++;
	lender.early += lender.lends - lender.returned;
}

/* The transmit of those that take lent frames: they only look, and have room for two. */
static uint16_t
show(uint16_t port_id, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n, uint64_t bytes)
{
	unsigned int i = port_id == ports[1].id ? 1 : 2;

	CU_ASSERT_EQUAL(port_id, ports[i].id);
	CU_ASSERT_EQUAL(bytes, 1000);
	CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(pkts[0]), 1);
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod_offset(pkts[0], uint8_t *, 999), 0x5a);
	if (lender.shown[i] == 2)
		return 0;
	lender.shown[i] += n;
	return n;
}

/* Frames are lent where all takers take at once, and nowhere else. */
static void
test_lent(void)
{
	struct hub_filters *none = (struct hub_filters *)&lender; /* only whether there are some */
	unsigned int i;
	struct hub_target target[4];
	struct hub_input in;

	open_all(3);
	memset(&lender, 0, sizeof(lender));
	memset(lender.memory, 0x5a, sizeof(lender.memory));
	ports[0].m->lend = lend;
	ports[0].m->lend_end = lend_end;
	for (i = 1; i < 3; i++)
		ports[i].m->show = show;
	in = input_of(&ports[0], 3, target);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_EQUAL(lender.shown[1], 1);
	CU_ASSERT_EQUAL(lender.shown[2], 1);
	CU_ASSERT_EQUAL(lender.ends, 1);
	/* A link that is down loses the frame, and the burst still ends. */
	hub_member_set_link(ports[2].m, false);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	hub_member_set_link(ports[0].m, false);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_EQUAL(lender.shown[1], 2);
	CU_ASSERT_EQUAL(lender.shown[2], 1);
	CU_ASSERT_EQUAL(ports[2].m->count[0].drop_link_down, 1);
	CU_ASSERT_EQUAL(lender.ends, 3);
	hub_member_set_link(ports[0].m, true);
	hub_member_set_link(ports[2].m, true);
	/* What one does not accept is lost to it alone. */
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_EQUAL(lender.shown[1], 2);
	CU_ASSERT_EQUAL(lender.shown[2], 2);
	CU_ASSERT_EQUAL(ports[1].m->count[0].out_frames, 2);
	CU_ASSERT_EQUAL(ports[1].m->count[0].drop_not_accepted, 1);
	CU_ASSERT_EQUAL(ports[2].m->count[0].out_frames, 2);
	CU_ASSERT_EQUAL(ports[2].m->count[0].drop_not_accepted, 0);
	/* What may have to wait is not lent: received as always, and there is nothing. */
	ports[2].m->show = NULL;
	CU_ASSERT_EQUAL(hub_poll(&in), 0);
	ports[2].m->show = show;
	target[1].direct = false;
	CU_ASSERT_EQUAL(hub_poll(&in), 0);
	target[1].direct = true;
	ports[2].m->select = choose;
	CU_ASSERT_EQUAL(hub_poll(&in), 0);
	ports[2].m->select = NULL;
	ports[2].m->filters = none;
	CU_ASSERT_EQUAL(hub_poll(&in), 0);
	ports[2].m->filters = NULL;
	in.n_targets = 0;
	CU_ASSERT_EQUAL(hub_poll(&in), 0);
	CU_ASSERT_EQUAL(lender.lends, 4);
	CU_ASSERT_EQUAL(lender.returned, 4);
	CU_ASSERT_EQUAL(lender.early, 0);
	close_all(3);
}

/* Two of a member's queues, chosen by the first byte of each frame; 9: it has no wish. */
static bool
choose(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue)
{
	uint16_t i;

	CU_ASSERT_EQUAL(port_id, ports[1].id);
	for (i = 0; i < n; i++) {
		queue[i] = *rte_pktmbuf_mtod(pkts[i], const uint8_t *);
		if (queue[i] == 9)
			return false;
	}
	return true;
}

/* A member that chooses queues gets its frames there, in order; one of another lcore by its ring. */
static void
test_select(void)
{
	struct hub_target target[3];
	struct hub_input in;
	struct rte_mbuf *sent[HUB_BURST], *m[HUB_BURST];
	unsigned int i, n;

	open_all(3);
	ports[1].m->select = choose;
	ports[1].m->n_queues = 2;
	ports[1].m->lcore[1] = 7;
	ports[1].m->ring[1] = rte_ring_create("select", 64, SOCKET_ID_ANY, RING_F_SC_DEQ);
	in = input_of(&ports[0], 3, target);
	for (i = 0; i < HUB_BURST; i++)
		inject(&ports[0], sent[i] = make(i % 3 == 0, 60));
	CU_ASSERT_EQUAL(hub_poll(&in), HUB_BURST);
	n = rte_ring_dequeue_burst(ports[1].m->ring[1], (void **)m, HUB_BURST, NULL);
	CU_ASSERT_EQUAL(n, 11);
	for (i = 0; i < HUB_BURST; i++) {
		struct rte_mbuf *own = i % 3 == 0 ? m[i / 3] : take(&ports[1]);

		CU_ASSERT_PTR_EQUAL(own, sent[i]);
		CU_ASSERT_PTR_EQUAL(take(&ports[2]), sent[i]); /* who does not choose gets all */
		rte_pktmbuf_free(own);
		rte_pktmbuf_free(sent[i]);
	}
	CU_ASSERT_PTR_NULL(take(&ports[1]));
	inject(&ports[0], sent[0] = make(9, 60));
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	CU_ASSERT_PTR_EQUAL(take(&ports[1]), sent[0]);
	rte_pktmbuf_free(take(&ports[2]));
	rte_pktmbuf_free(sent[0]);
	CU_ASSERT_EQUAL(ports[1].m->count[1].drop_ring_full, 0);
	close_all(3);
}

/* More members than ethdev has ports: they share a port, of which each has a queue. */
static void
test_many(void)
{
	static const unsigned int sizes[] = { 64, HUB_MAX_MEMBERS };
	static struct hub_member *member[HUB_MAX_MEMBERS];
	static struct hub_target target[HUB_MAX_MEMBERS];
	unsigned int k, i;

	open_all(2);
	for (k = 0; k < RTE_DIM(sizes); k++) {
		struct hub_input in = { .from = ports[0].m, .target = target };
		struct rte_mbuf *sent = make(k, 60), *m;

		for (i = 1; i < sizes[k]; i++) {
			member[i] = hub_member_create(ports[1].id, "many", test_pool);
			CU_ASSERT_PTR_NOT_NULL_FATAL(member[i]);
			member[i]->unsupported = 0;
			member[i]->single_segment = false;
			target[in.n_targets++] = (struct hub_target){ member[i], 0, true };
		}
		inject(&ports[0], sent);
		CU_ASSERT_EQUAL(hub_poll(&in), 1);
		CU_ASSERT_EQUAL(rte_mbuf_refcnt_read(sent), sizes[k] - 1);
		for (i = 1; i < sizes[k]; i++) {
			CU_ASSERT_PTR_EQUAL(m = take(&ports[1]), sent);
			rte_pktmbuf_free(m);
			CU_ASSERT_EQUAL(member[i]->count[0].out_frames, 1);
			hub_member_destroy(member[i]);
		}
		CU_ASSERT_PTR_NULL(take(&ports[1]));
	}
	close_all(2);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("hub", NULL, NULL);

	ports_init();
	CU_add_test(s, "flood to 2, 3, 8 and 24 members without a copy", test_flood);
	CU_add_test(s, "chains, and nobody to send to", test_chains);
	CU_add_test(s, "drops have reasons and harm nobody else", test_drops);
	CU_add_test(s, "offloads finished for who lacks them", test_offload);
	CU_add_test(s, "offloads finished once for all who lack them", test_offload_once);
	CU_add_test(s, "lent frames", test_lent);
	CU_add_test(s, "queues chosen by a port", test_select);
	CU_add_test(s, "64 and 256 members", test_many);
}

int
main(void)
{
	return test_main("", suites);
}
