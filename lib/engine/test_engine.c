/* SPDX-License-Identifier: BSD-3-Clause */
/* Members that join and leave while two lcores forward. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "engine.h"

#define ROUNDS 1000

static struct rte_mempool *pool;

struct port {
	struct rte_ring *in, *out; /* of the last queue */
	struct rte_ring *out0;	   /* of the first */
	uint16_t id;
	struct hub_member *m;
};

static void
port_open(struct port *p, const char *name, uint16_t n_queues)
{
	struct rte_eth_conf conf = { 0 };
	struct rte_ring *in[2] = { NULL }, *out[2] = { NULL };
	char text[32];
	uint16_t q;

	for (q = 0; q < n_queues; q++) {
		snprintf(text, sizeof(text), "%s_in%u", name, q);
		in[q] = rte_ring_create(text, 1024, SOCKET_ID_ANY, 0);
		snprintf(text, sizeof(text), "%s_out%u", name, q);
		out[q] = rte_ring_create(text, 1024, SOCKET_ID_ANY, 0);
	}
	p->in = in[n_queues - 1];
	p->out = out[n_queues - 1];
	p->out0 = out[0];
	p->id = (uint16_t)rte_eth_from_rings(name, in, n_queues, out, n_queues, 0);
	rte_eth_dev_configure(p->id, n_queues, n_queues, &conf);
	for (q = 0; q < n_queues; q++) {
		rte_eth_rx_queue_setup(p->id, q, 64, SOCKET_ID_ANY, NULL, pool);
		rte_eth_tx_queue_setup(p->id, q, 64, SOCKET_ID_ANY, NULL);
	}
	rte_eth_dev_start(p->id);
	p->m = hub_member_create(p->id, name, pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->m);
}

/* Send n frames into p as fast as it takes them, and count what comes out of to. */
static unsigned int
pass(struct port *p, struct port *to, unsigned int n)
{
	uint64_t end = rte_get_timer_cycles() + 10 * rte_get_timer_hz();
	unsigned int sent = 0, got = 0;

	while (got < n && rte_get_timer_cycles() < end) {
		struct rte_mbuf *m = sent < n && sent - got < 64 ? rte_pktmbuf_alloc(pool) : NULL;
		void *out;

		if (m != NULL) {
			/* From one address to one that nobody has. */
			memset(rte_pktmbuf_append(m, 64), 0, 64);
			rte_pktmbuf_mtod(m, uint8_t *)[5] = 2;
			rte_pktmbuf_mtod(m, uint8_t *)[11] = 4;
			if (rte_ring_enqueue(p->in, m) == 0)
				sent++;
			else
				rte_pktmbuf_free(m);
		}
		while (rte_ring_dequeue(to->out, &out) == 0) {
			rte_pktmbuf_free(out);
			got++;
		}
	}
	return got;
}

static void
drain(struct port *p)
{
	void *m;

	while (rte_ring_dequeue(p->in, &m) == 0 || rte_ring_dequeue(p->out, &m) == 0 ||
		rte_ring_dequeue(p->out0, &m) == 0)
		rte_pktmbuf_free(m);
}

static void
test_forward(void)
{
	struct engine *e = engine_create(NULL);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;
	struct engine_lcore_info info;
	unsigned int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	port_open(&a, "fa", 1);
	port_open(&b, "fb", 1);
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	CU_ASSERT_EQUAL(pass(&a, &b, 5000), 5000);
	CU_ASSERT_EQUAL(pass(&b, &a, 5000), 5000);
	CU_ASSERT_EQUAL(engine_set_forwarding(e, false), 0);
	rte_ring_enqueue(a.in, rte_pktmbuf_alloc(pool));
	CU_ASSERT_EQUAL(rte_ring_count(a.in), 1); /* nobody polls: engine_set_forwarding() waited */
	CU_ASSERT_EQUAL(engine_set_forwarding(e, true), 0);
	for (i = 0; engine_lcore_info(e, i, &info); i++)
		;
	CU_ASSERT_EQUAL(i, rte_lcore_count() - 1);
	CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), -ENOENT);
	CU_ASSERT_EQUAL(engine_leave(e, hub, b.m), 0);
	engine_destroy(e);
	drain(&a);
	drain(&b);
	hub_member_destroy(a.m);
	hub_member_destroy(b.m);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* Queue 1 of a two-queue member lies on the other lcore: frames cross by ring. */
static void
test_two_queues(void)
{
	struct engine *e = engine_create(NULL);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	port_open(&a, "qa", 2);
	port_open(&b, "qb", 1);
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	CU_ASSERT_NOT_EQUAL(a.m->lcore[0], a.m->lcore[1]);
	CU_ASSERT_PTR_NOT_NULL(b.m->ring[0]);
	CU_ASSERT_EQUAL(pass(&a, &b, 5000), 5000); /* a.in is its queue 1 */
	engine_leave(e, hub, a.m);
	engine_leave(e, hub, b.m);
	engine_destroy(e);
	drain(&a);
	drain(&b);
	hub_member_destroy(a.m);
	hub_member_destroy(b.m);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static bool
choose_last(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue)
{
	while (n-- > 0)
		queue[n] = 1;
	return true;
}

/* A port that chooses a queue of another lcore than the sender's gets its frames there, by ring. */
static void
test_select(void)
{
	struct engine *e = engine_create(NULL);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	port_open(&a, "sa", 2);
	port_open(&b, "sb", 1);
	a.m->select = choose_last;
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	CU_ASSERT_NOT_EQUAL(b.m->lcore[0], a.m->lcore[1]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a.m->ring[1]);
	CU_ASSERT_EQUAL(pass(&b, &a, 5000), 5000); /* a.out is its queue 1 */
	engine_leave(e, hub, a.m);
	engine_leave(e, hub, b.m);
	engine_destroy(e);
	drain(&a);
	drain(&b);
	hub_member_destroy(a.m);
	hub_member_destroy(b.m);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* c comes and goes while a sends to b: b loses nothing, nothing leaks. */
static void
test_churn(void)
{
	struct engine *e = engine_create(NULL);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b, c;
	unsigned int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	port_open(&a, "ca", 1);
	port_open(&b, "cb", 1);
	port_open(&c, "cc", 2);
	engine_join(e, hub, a.m);
	engine_join(e, hub, b.m);
	for (i = 0; i < ROUNDS; i++) {
		CU_ASSERT_EQUAL(engine_join(e, hub, c.m), 0);
		CU_ASSERT_EQUAL(pass(&a, &b, 40), 40);
		CU_ASSERT_EQUAL(engine_leave(e, hub, c.m), 0);
		hub_member_destroy(c.m);
		drain(&c);
		c.m = hub_member_create(c.id, "cc", pool);
	}
	engine_leave(e, hub, a.m);
	engine_leave(e, hub, b.m);
	engine_destroy(e);
	drain(&a);
	drain(&b);
	hub_member_destroy(a.m);
	hub_member_destroy(b.m);
	hub_member_destroy(c.m);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* Two lcores learn and forward in one switch, while its options and a third member change. */
static void
test_switch(void)
{
	struct engine *e = engine_create(NULL);
	struct hub *hub = hub_create(0, "hub0");
	struct hub_conf conf = hub->conf;
	struct port a, b, c;
	unsigned int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	conf.mode = HUB_MODE_SWITCH;
	port_open(&a, "wa", 2);
	port_open(&b, "wb", 1);
	port_open(&c, "wc", 1);
	b.m->conf.block = true;
	engine_join(e, hub, a.m);
	engine_join(e, hub, b.m);
	for (i = 0; i < ROUNDS / 5; i++) {
		CU_ASSERT_EQUAL(engine_join(e, hub, c.m), 0);
		conf.storm = i % 3 * 1000000;
		conf.mode = i % 4 == 3 ? HUB_MODE_HUB : HUB_MODE_SWITCH;
		hub_set_conf(hub, &conf);
		CU_ASSERT_EQUAL(engine_update(e), 0);
		CU_ASSERT_EQUAL(pass(&a, &b, 40),
			40); /* a.in is on the other lcore; b waits in its ring */
		CU_ASSERT_EQUAL(engine_leave(e, hub, c.m), 0);
		hub_member_destroy(c.m);
		drain(&c);
		c.m = hub_member_create(c.id, "wc", pool);
	}
	CU_ASSERT_EQUAL(hub_member_stat(b.m, &hub_stats[1]), UINT64_C(40) * (ROUNDS / 5));
	engine_leave(e, hub, a.m);
	engine_leave(e, hub, b.m);
	engine_destroy(e);
	drain(&a);
	drain(&b);
	hub_member_destroy(a.m);
	hub_member_destroy(b.m);
	hub_member_destroy(c.m);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("engine", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "forwarding, start and stop", test_forward);
	CU_add_test(s, "two queues on two lcores", test_two_queues);
	CU_add_test(s, "a queue chosen on the other lcore", test_select);
	CU_add_test(s, "members come and go under traffic", test_churn);
	CU_add_test(s, "a switch that is changed under traffic", test_switch);
}

int
main(void)
{
	return test_main("--lcores (0-2)@(0-1)", suites);
}
