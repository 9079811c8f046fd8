/* SPDX-License-Identifier: BSD-3-Clause */
/* Hubs over ring ports: who gets what, how often, at what cost, and why not. */
#include <CUnit/CUnit.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "hub.h"

#define MAX_PORTS 24 /* RTE_MAX_ETHPORTS is 32 in the distribution's DPDK */

static struct rte_mempool *pool;

/* A port whose receive ring the test fills and whose transmit ring it empties. */
struct port {
	struct rte_ring *in, *out;
	uint16_t id;
	struct hub_member *m;
};

static struct port ports[MAX_PORTS];

static void
port_open(struct port *p, unsigned int i, unsigned int out_size)
{
	static unsigned int opened; /* a closed ring port's name is not free again */
	struct rte_eth_conf conf = { 0 };
	char name[32];

	snprintf(name, sizeof(name), "in%u", i);
	p->in = rte_ring_create(name, 512, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "out%u", i);
	p->out = rte_ring_create(name, out_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "t%u", opened++);
	p->id = (uint16_t)rte_eth_from_rings(name, &p->in, 1, &p->out, 1, 0);
	rte_eth_dev_configure(p->id, 1, 1, &conf);
	rte_eth_rx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL, pool);
	rte_eth_tx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL);
	rte_eth_dev_start(p->id);
	p->m = hub_member_create(p->id, name, pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->m);
	/* Ring ports pass pointers: they take whatever a frame asks for, unless a test says no. */
	p->m->unsupported = 0;
	p->m->single_segment = false;
}

static void
port_close(struct port *p)
{
	hub_member_destroy(p->m);
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	rte_ring_free(p->in);
	rte_ring_free(p->out);
}

static void
open_all(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		port_open(&ports[i], i, 512);
}

static void
close_all(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		port_close(&ports[i]);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static struct rte_mbuf *
make(uint32_t number, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	memset(rte_pktmbuf_append(m, (uint16_t)len), 0, len);
	memcpy(rte_pktmbuf_mtod(m, void *), &number, sizeof(number));
	return m;
}

static void
inject(struct port *p, struct rte_mbuf *m)
{
	CU_ASSERT_EQUAL(rte_ring_enqueue(p->in, m), 0);
}

static struct rte_mbuf *
take(struct port *p)
{
	void *m = NULL;

	return rte_ring_dequeue(p->out, &m) == 0 ? m : NULL;
}

/* An input of ports[0] with all others as direct targets. */
static struct hub_input
input_of(struct port *from, unsigned int n, struct hub_target *target)
{
	struct hub_input in = { .from = from->m, .target = target };
	unsigned int i;

	for (i = 0; i < n; i++)
		if (&ports[i] != from)
			target[in.n_targets++] = (struct hub_target){ ports[i].m, 0, true };
	return in;
}

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

/* A TSO frame of 4,000 bytes payload. */
static struct rte_mbuf *
make_tso(void)
{
	struct rte_mbuf *m = make(0, 1454), *tail = make(0, 1400), *tail2 = make(0, 1200);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + 14);

	p[12] = 8;
	ip->version_ihl = 0x45;
	ip->next_proto_id = IPPROTO_TCP;
	ip->total_length = rte_cpu_to_be_16(4040);
	p[34 + 12] = 0x50;
	rte_pktmbuf_chain(m, tail);
	rte_pktmbuf_chain(m, tail2);
	m->l2_len = 14;
	m->l3_len = 20;
	m->l4_len = 20;
	m->tso_segsz = 1460;
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG;
	return m;
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

static void
lent_free(void *addr, void *opaque)
{
	++*(unsigned int *)opaque;
}

/* A borrowed frame is copied for whoever may keep it, and returned at the end of the round. */
static void
test_borrowed(void)
{
	static uint8_t guest_memory[2048];
	struct rte_mbuf_ext_shared_info shinfo = { .free_cb = lent_free };
	struct hub_target target[4];
	unsigned int returned = 0;
	struct hub_input in;
	struct rte_mbuf *m;

	open_all(3);
	ports[0].m->borrows = true;
	ports[2].m->keeps = true;
	in = input_of(&ports[0], 3, target);
	memset(guest_memory, 0x5a, sizeof(guest_memory));
	shinfo.fcb_opaque = &returned;
	rte_mbuf_ext_refcnt_set(&shinfo, 1);
	m = rte_pktmbuf_alloc(pool);
	rte_pktmbuf_attach_extbuf(m, guest_memory, 0, sizeof(guest_memory), &shinfo);
	m->data_off = 0;
	rte_pktmbuf_append(m, 1000);
	inject(&ports[0], m);
	CU_ASSERT_EQUAL(hub_poll(&in), 1);
	m = take(&ports[1]); /* same lcore, does not keep: the borrowed frame itself */
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_NOT_EQUAL(RTE_MBUF_HAS_EXTBUF(m), 0);
	rte_pktmbuf_free(m);
	CU_ASSERT_EQUAL(returned, 1);
	m = take(&ports[2]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(RTE_MBUF_HAS_EXTBUF(m), 0);
	memset(guest_memory, 0, sizeof(guest_memory));
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod_offset(m, uint8_t *, 999), 0x5a);
	rte_pktmbuf_free(m);
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

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("hub", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "flood to 2, 3, 8 and 24 members without a copy", test_flood);
	CU_add_test(s, "chains, and nobody to send to", test_chains);
	CU_add_test(s, "drops have reasons and harm nobody else", test_drops);
	CU_add_test(s, "offloads finished for who lacks them", test_offload);
	CU_add_test(s, "borrowed frames", test_borrowed);
	CU_add_test(s, "queues chosen by a port", test_select);
}

int
main(void)
{
	return test_main("", suites);
}
