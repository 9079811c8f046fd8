/* SPDX-License-Identifier: BSD-3-Clause */
/* The hook of filters: directions, order, taking and adding frames, and exchange under traffic. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>
#include <rte_rcu_qsbr.h>

#include "base/test_main.h"
#include "hub.h"
#include "hub_filter.h"

#define PORTS	  2
#define EXCHANGES 1000

static struct rte_mempool *pool;

struct port {
	struct rte_ring *in, *out;
	uint16_t id;
	struct hub_member *m;
};

static struct port ports[PORTS];

static void
port_open(struct port *p)
{
	static unsigned int opened;
	struct rte_eth_conf conf = { 0 };
	char name[32];

	snprintf(name, sizeof(name), "fin%u", opened);
	p->in = rte_ring_create(name, 256, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "fout%u", opened);
	p->out = rte_ring_create(name, 256, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "f%u", opened++);
	p->id = (uint16_t)rte_eth_from_rings(name, &p->in, 1, &p->out, 1, 0);
	rte_eth_dev_configure(p->id, 1, 1, &conf);
	rte_eth_rx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL, pool);
	rte_eth_tx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL);
	rte_eth_dev_start(p->id);
	p->m = hub_member_create(p->id, name, pool);
	if (p->m == NULL)
		return;
	p->m->unsupported = 0;
	p->m->single_segment = false;
}

static int
open_all(void)
{
	unsigned int i;

	pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	for (i = 0; i < PORTS; i++)
		port_open(&ports[i]);
	return pool == NULL || ports[0].m == NULL || ports[1].m == NULL;
}

static int
close_all(void)
{
	unsigned int i;

	for (i = 0; i < PORTS; i++) {
		hub_member_destroy(ports[i].m);
		rte_eth_dev_stop(ports[i].id);
		rte_eth_dev_close(ports[i].id);
		rte_ring_free(ports[i].in);
		rte_ring_free(ports[i].out);
	}
	return rte_mempool_in_use_count(pool) > 0;
}

/* A frame is known by its length; its first bytes say which filters it has passed. */
static struct rte_mbuf *
make(uint16_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	memset(rte_pktmbuf_append(m, len), 0, len);
	return m;
}

static struct rte_mbuf *
take(struct port *p)
{
	void *m = NULL;

	return rte_ring_dequeue(p->out, &m) == 0 ? m : NULL;
}

/* A filter that writes its name into each frame; it may also take frames, and have some ready. */
struct mark {
	char name;
	uint16_t take_len; /* takes frames of this length */
	struct rte_mbuf *ready[2];
	unsigned int seen[2];
};

static uint16_t
mark_burst(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct mark *k = ctx;
	uint16_t i, left = 0;

	for (i = 0; i < n; i++) {
		char *at = rte_pktmbuf_mtod(pkts[i], char *);

		k->seen[dir]++;
		at[strlen(at)] = k->name;
		if (pkts[i]->pkt_len == k->take_len)
			rte_pktmbuf_free(pkts[i]);
		else
			pkts[left++] = pkts[i];
	}
	return left;
}

static uint16_t
mark_release(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t max)
{
	struct mark *k = ctx;

	if (k->ready[dir] == NULL)
		return 0;
	pkts[0] = k->ready[dir];
	k->ready[dir] = NULL;
	return 1;
}

static const struct hub_filter_ops mark_ops = { mark_burst, mark_release };
static const struct hub_filter_ops quiet_ops = { mark_burst, NULL };

static struct hub_filters *
chain(struct mark *k, uint16_t n)
{
	struct hub_filters *f = calloc(1, sizeof(*f) + n * sizeof(f->filter[0]));
	uint16_t i;

	f->n = n;
	for (i = 0; i < n; i++)
		f->filter[i] = (struct hub_filter){ i % 2 ? &quiet_ops : &mark_ops, &k[i], false };
	return f;
}

static void
expect(struct port *p, uint16_t len, const char *marks)
{
	struct rte_mbuf *m = take(p);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL(m->pkt_len, len);
	CU_ASSERT_STRING_EQUAL(rte_pktmbuf_mtod(m, char *), marks);
	rte_pktmbuf_free(m);
}

static void
send_one(struct port *p, struct hub_input *in, uint16_t len)
{
	rte_ring_enqueue(p->in, make(len));
	CU_ASSERT_EQUAL(hub_poll(in), 1);
}

static void
test_order(void)
{
	struct mark k[3] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };
	struct hub_filters *f = chain(k, 3);
	struct hub_target to0 = { ports[0].m, 0, true }, to1 = { ports[1].m, 0, true };
	struct hub_input in0 = { .from = ports[0].m, .n_targets = 1, .target = &to1 };
	struct hub_input in1 = { .from = ports[1].m, .n_targets = 1, .target = &to0 };

	CU_ASSERT_PTR_NULL(hub_member_set_filters(ports[0].m, f));
	send_one(&ports[0], &in0, 100);
	expect(&ports[1], 100, "abc");
	send_one(&ports[1], &in1, 101);
	expect(&ports[0], 101, "cba");
	CU_ASSERT_EQUAL(k[0].seen[HUB_FILTER_FROM_PORT], 1);
	CU_ASSERT_EQUAL(k[0].seen[HUB_FILTER_TO_PORT], 1);
	/* The other end of the cable. */
	f->filter[1].flip = true;
	send_one(&ports[0], &in0, 102);
	expect(&ports[1], 102, "abc");
	CU_ASSERT_EQUAL(k[1].seen[HUB_FILTER_TO_PORT], 2);
	/* b takes it away: c never sees it, a has. */
	k[1].take_len = 103;
	send_one(&ports[0], &in0, 103);
	CU_ASSERT_PTR_NULL(take(&ports[1]));
	CU_ASSERT_EQUAL(k[0].seen[HUB_FILTER_FROM_PORT], 3);
	CU_ASSERT_EQUAL(k[2].seen[HUB_FILTER_FROM_PORT], 2);
	/* A mixed burst is closed up. */
	rte_ring_enqueue(ports[1].in, make(103));
	rte_ring_enqueue(ports[1].in, make(104));
	CU_ASSERT_EQUAL(hub_poll(&in1), 2);
	expect(&ports[0], 104, "cba");
	CU_ASSERT_PTR_NULL(take(&ports[0]));
	CU_ASSERT_PTR_EQUAL(hub_member_set_filters(ports[0].m, NULL), f);
	free(f);
}

static void
test_release(void)
{
	struct mark k[3] = { { .name = 'a' }, { .name = 'b' }, { .name = 'c' } };
	struct hub_filters *f = chain(k, 3);
	struct hub_target to1 = { ports[1].m, 0, true };
	struct hub_input in0 = { .from = ports[0].m, .n_targets = 1, .target = &to1 };

	hub_member_set_filters(ports[0].m, f);
	k[0].ready[HUB_FILTER_FROM_PORT] = make(50);
	k[0].ready[HUB_FILTER_TO_PORT] = make(51);
	CU_ASSERT_EQUAL(hub_poll(&in0), 2);
	expect(&ports[1], 50, "bc");
	expect(&ports[0], 51, "");
	k[2].ready[HUB_FILTER_FROM_PORT] = make(52);
	k[2].ready[HUB_FILTER_TO_PORT] = make(53);
	CU_ASSERT_EQUAL(hub_poll(&in0), 2);
	expect(&ports[1], 52, "");
	expect(&ports[0], 53, "ba");
	/* Through a flipped filter, and to a member whose link is off. */
	f->filter[2].flip = true;
	k[2].ready[HUB_FILTER_FROM_PORT] = make(54);
	hub_poll(&in0);
	expect(&ports[0], 54, "ba");
	hub_member_set_link(ports[0].m, false);
	k[2].ready[HUB_FILTER_FROM_PORT] = make(55);
	hub_poll(&in0);
	CU_ASSERT_PTR_NULL(take(&ports[0]));
	CU_ASSERT_EQUAL(hub_member_stat(ports[0].m, &hub_stats[2]), 1);
	hub_member_set_link(ports[0].m, true);
	hub_member_set_filters(ports[0].m, NULL);
	free(f);
}

/* D of the next test. It owns the ports' rings. */
struct churn {
	struct rte_rcu_qsbr *rcu;
	uint32_t stop;
	uint64_t sent, got;
};

static void *
churn_run(void *arg)
{
	struct churn *c = arg;
	struct hub_target to1 = { ports[1].m, 0, true };
	struct hub_input in0 = { .from = ports[0].m, .n_targets = 1, .target = &to1 };
	struct rte_mbuf *m;
	cpu_set_t all;

	/* EAL has bound M to one CPU: D runs beside it where there is another. */
	memset(&all, 0xff, sizeof(all));
	pthread_setaffinity_np(pthread_self(), sizeof(all), &all);
	while (__atomic_load_n(&c->stop, __ATOMIC_RELAXED) == 0) {
		rte_ring_enqueue(ports[0].in, make(60));
		c->sent++;
		hub_poll(&in0);
		while ((m = take(&ports[1])) != NULL) {
			rte_pktmbuf_free(m);
			c->got++;
		}
		rte_rcu_qsbr_quiescent(c->rcu, 0);
		sched_yield();
	}
	rte_rcu_qsbr_thread_offline(c->rcu, 0);
	return NULL;
}

/* As engine_sync(): M and D may share a CPU here. */
static void
churn_sync(struct churn *c)
{
	uint64_t token = rte_rcu_qsbr_start(c->rcu);

	while (rte_rcu_qsbr_check(c->rcu, token, false) == 0)
		sched_yield();
}

/* Filters come and go while D forwards: freed after a quiescent point, nobody sees them again. */
static void
test_churn(void)
{
	struct churn c = { .rcu = aligned_alloc(RTE_CACHE_LINE_SIZE,
				   RTE_ALIGN(rte_rcu_qsbr_get_memsize(1), RTE_CACHE_LINE_SIZE)) };
	unsigned int i, used = 0;
	pthread_t d;

	rte_rcu_qsbr_init(c.rcu, 1);
	rte_rcu_qsbr_thread_register(c.rcu, 0);
	rte_rcu_qsbr_thread_online(c.rcu, 0);
	pthread_create(&d, NULL, churn_run, &c);
	for (i = 0; i < EXCHANGES; i++) {
		struct mark *k = calloc(2, sizeof(*k));
		struct hub_filters *f = chain(k, 2);

		k[0].name = k[1].name = 'x';
		hub_member_set_filters(ports[0].m, f);
		churn_sync(&c);
		CU_ASSERT_PTR_EQUAL(hub_member_set_filters(ports[0].m, NULL), f);
		churn_sync(&c);
		used += k[0].seen[HUB_FILTER_FROM_PORT] > 0;
		memset(k, 0xff, 2 * sizeof(*k));
		free(k);
		free(f);
	}
	__atomic_store_n(&c.stop, 1, __ATOMIC_RELAXED);
	pthread_join(d, NULL);
	CU_ASSERT_TRUE(used > 0);
	CU_ASSERT_TRUE(c.sent > 0);
	CU_ASSERT_EQUAL(c.sent, c.got);
	free(c.rcu);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("hub filters", open_all, close_all);

	CU_add_test(s, "order, directions, frames taken away", test_order);
	CU_add_test(s, "frames added", test_release);
	CU_add_test(s, "filters come and go under traffic", test_churn);
}

int
main(void)
{
	return test_main("", suites);
}
