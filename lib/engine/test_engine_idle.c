/* SPDX-License-Identifier: BSD-3-Clause */
/* Lcores that sleep: no wake-up is lost, and M can change everything meanwhile. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include <ethdev_driver.h>
#include <rte_cycles.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_lcore.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "engine.h"

/* Sleeps of a minute: a wake-up that is lost fails the test, rather than being late. */
#define FOREVER_US 60000000
/* Within which a frame has to come; seconds. Sanitizers on a busy machine are slow. */
#define BOUND_S 20
#define STORM	2000

static struct rte_mempool *pool;

struct port {
	struct rte_ring *in, *out; /* of the last queue */
	uint16_t id;
	struct hub_member *m;
	int fd;		   /* of all its queues' interrupts; -1: none */
	uint32_t armed[2]; /* by queue; D sets and clears, who sends looks */
	int answer;	   /* of arm() */
};

/* By port id, for the operations. */
static struct port *port_of[RTE_MAX_ETHPORTS];

static int
port_arm(uint16_t port_id, uint16_t queue)
{
	struct port *p = port_of[port_id];
	int answer = __atomic_load_n(&p->answer, __ATOMIC_RELAXED);

	if (answer == 0) {
		__atomic_store_n(&p->armed[queue], 1, __ATOMIC_RELAXED);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
	}
	return answer;
}

static int
port_disarm(uint16_t port_id, uint16_t queue)
{
	__atomic_store_n(&port_of[port_id]->armed[queue], 0, __ATOMIC_RELAXED);
	return 0;
}

/* In place of net_ring's, which keep counters that nobody needs. */
static uint16_t
port_rx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return (uint16_t)rte_ring_sc_dequeue_burst(queue, (void **)pkts, n, NULL);
}

static uint16_t
port_tx(void *queue, struct rte_mbuf **pkts, uint16_t n)
{
	return (uint16_t)rte_ring_sp_enqueue_burst(queue, (void **)pkts, n, NULL);
}

static void
port_open(struct port *p, const char *name, uint16_t n_queues)
{
	struct rte_ring *in[2] = { NULL }, *out[2] = { NULL };
	struct rte_eth_conf conf = { 0 };
	char text[32];
	uint16_t q;

	for (q = 0; q < n_queues; q++) {
		snprintf(text, sizeof(text), "%s_in%u", name, q);
		in[q] = rte_ring_create(text, 64, SOCKET_ID_ANY, 0);
		snprintf(text, sizeof(text), "%s_out%u", name, q);
		out[q] = rte_ring_create(text, 64, SOCKET_ID_ANY, 0);
	}
	p->in = in[n_queues - 1];
	p->out = out[n_queues - 1];
	p->armed[0] = p->armed[1] = 0;
	p->answer = 0;
	p->id = (uint16_t)rte_eth_from_rings(name, in, n_queues, out, n_queues, 0);
	rte_eth_dev_configure(p->id, n_queues, n_queues, &conf);
	for (q = 0; q < n_queues; q++) {
		rte_eth_rx_queue_setup(p->id, q, 64, SOCKET_ID_ANY, NULL, pool);
		rte_eth_tx_queue_setup(p->id, q, 64, SOCKET_ID_ANY, NULL);
	}
	rte_eth_dev_start(p->id);
	rte_eth_fp_ops[p->id].rx_pkt_burst = port_rx;
	rte_eth_fp_ops[p->id].tx_pkt_burst = port_tx;
	for (q = 0; q < n_queues; q++) {
		rte_eth_fp_ops[p->id].rxq.data[q] = in[q];
		rte_eth_fp_ops[p->id].txq.data[q] = out[q];
	}
	p->m = hub_member_create(p->id, name, pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->m);
	port_of[p->id] = p;
	p->fd = eventfd(0, EFD_NONBLOCK);
	p->m->arm = port_arm;
	p->m->disarm = port_disarm;
	for (q = 0; q < n_queues; q++)
		p->m->wake_fd[q] = q == n_queues - 1 ? p->fd : eventfd(0, EFD_NONBLOCK);
}

static void
port_close(struct port *p)
{
	void *m;
	uint16_t q;

	for (q = 0; q < p->m->n_queues; q++)
		close(p->m->wake_fd[q]);
	while (rte_ring_dequeue(p->in, &m) == 0 || rte_ring_dequeue(p->out, &m) == 0)
		rte_pktmbuf_free(m);
	hub_member_destroy(p->m);
}

/* As a guest's driver: the frame, a fence, a look whether to kick. */
static void
port_send(struct port *p)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);

	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_PTR_NOT_NULL(rte_pktmbuf_append(m, 64));
	CU_ASSERT_EQUAL(rte_ring_enqueue(p->in, m), 0);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&p->armed[p->m->n_queues - 1], __ATOMIC_RELAXED) != 0)
		eventfd_write(p->fd, 1);
}

/* Wait for one frame out of p. @return whether it came in time. */
static bool
port_take(struct port *p)
{
	uint64_t end = rte_get_timer_cycles() + BOUND_S * rte_get_timer_hz();
	void *m;

	while (rte_ring_dequeue(p->out, &m) != 0) {
		if (rte_get_timer_cycles() > end)
			return false;
		sched_yield();
	}
	rte_pktmbuf_free(m);
	return true;
}

static struct engine *
engine_make(const struct engine_conf *conf)
{
	struct engine *e = engine_create(conf);

	CU_ASSERT_PTR_NOT_NULL_FATAL(e);
	return e;
}

/* What all lcores together did. */
static struct engine_lcore_info
engine_sum(const struct engine *e)
{
	struct engine_lcore_info sum = { 0 }, one;
	unsigned int i;

	for (i = 0; engine_lcore_info(e, i, &one); i++) {
		sum.sleeps += one.sleeps;
		sum.wakes += one.wakes;
		sum.polls += one.polls;
		sum.active += one.active;
	}
	return sum;
}

/* Wait until nobody polls any more: two looks a moment apart are the same. */
static bool
engine_falls_asleep(const struct engine *e)
{
	const struct timespec moment = { 0, 5000000 };
	uint64_t end = rte_get_timer_cycles() + BOUND_S * rte_get_timer_hz();
	uint64_t before, now = UINT64_MAX;

	do {
		before = now;
		nanosleep(&moment, NULL);
		now = engine_sum(e).polls;
	} while (now != before && rte_get_timer_cycles() < end);
	return now == before;
}

static void
random_gap(unsigned int *seed)
{
	/* Around the time after which an lcore sleeps, and often none. */
	uint32_t us = rand_r(seed) % 4 == 0 ? 0 : (uint32_t)rand_r(seed) % 150;
	struct timespec gap = { 0, us * 1000L };

	if (us > 0)
		nanosleep(&gap, NULL);
}

/* Single frames with random gaps: from a's last queue to b. */
static void
storm(uint16_t queues)
{
	const struct engine_conf conf = { .wait_us = FOREVER_US };
	struct engine *e = engine_make(&conf);
	struct hub *hub = hub_create(0, "hub0");
	unsigned int seed = 1, i, late = 0;
	char name[8];
	struct port a, b;

	snprintf(name, sizeof(name), "sa%u", queues);
	port_open(&a, name, queues);
	snprintf(name, sizeof(name), "sb%u", queues);
	port_open(&b, name, 1);
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	for (i = 0; i < STORM && late == 0; i++) {
		random_gap(&seed);
		port_send(&a);
		late += !port_take(&b);
	}
	CU_ASSERT_EQUAL(late, 0);
	CU_ASSERT(engine_sum(e).wakes > 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, b.m), 0);
	engine_destroy(e);
	port_close(&a);
	port_close(&b);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* Woken by the port's interrupt. */
static void
test_storm(void)
{
	storm(1);
}

/* The frame comes in on one lcore and leaves by the other: woken by the port, then by the first. */
static void
test_storm_across(void)
{
	storm(2);
}

/* Members come and go, forwarding stops and starts, the engine ends, while all sleep for long. */
static void
test_changes(void)
{
	const struct engine_conf conf = { .wait_us = FOREVER_US };
	struct engine *e = engine_make(&conf);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;
	unsigned int i;

	port_open(&a, "ja", 2);
	port_open(&b, "jb", 1);
	for (i = 0; i < 5; i++) {
		CU_ASSERT(engine_falls_asleep(e));
		CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
		CU_ASSERT(engine_falls_asleep(e));
		/* Nobody polls a, and b is not there yet: a frame wakes its lcore and is lost. */
		port_send(&a);
		CU_ASSERT(engine_falls_asleep(e));
		CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
		port_send(&a);
		CU_ASSERT(port_take(&b));
		CU_ASSERT(engine_falls_asleep(e));
		CU_ASSERT_EQUAL(engine_sync(e), 0);
		CU_ASSERT_EQUAL(engine_set_forwarding(e, false), 0);
		CU_ASSERT(engine_falls_asleep(e));
		port_send(&a); /* waits: its port is not armed, so the new plan must be looked at */
		CU_ASSERT_EQUAL(engine_set_forwarding(e, true), 0);
		CU_ASSERT(port_take(&b));
		CU_ASSERT(engine_falls_asleep(e));
		CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), 0);
		CU_ASSERT_EQUAL(engine_leave(e, hub, b.m), 0);
	}
	CU_ASSERT(engine_falls_asleep(e));
	engine_destroy(e);
	port_close(&a);
	port_close(&b);
	hub_destroy(hub);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* Wait until the lcores have slept n times more. */
static bool
engine_naps(const struct engine *e, uint64_t n)
{
	uint64_t end = rte_get_timer_cycles() + BOUND_S * rte_get_timer_hz();
	uint64_t until = engine_sum(e).sleeps + n;

	while (engine_sum(e).sleeps < until && rte_get_timer_cycles() < end)
		sched_yield();
	return engine_sum(e).sleeps >= until;
}

/* Ports that cannot wake anybody are polled by naps; one that must be polled keeps its lcore awake. */
static void
test_cannot(void)
{
	const struct engine_conf conf = { .wait_us = FOREVER_US };
	struct engine *e = engine_make(&conf);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;
	uint64_t sleeps, polls;

	port_open(&a, "na", 1);
	port_open(&b, "nb", 1);
	a.answer = -ENOTSUP;
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	CU_ASSERT(engine_naps(e, 100));
	port_send(&a);
	CU_ASSERT(port_take(&b));
	__atomic_store_n(&a.answer, -EBUSY, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(engine_sync(e), 0);
	CU_ASSERT_EQUAL(engine_sync(e), 0); /* now nobody is where it asked before */
	sleeps = engine_sum(e).sleeps;
	for (polls = engine_sum(e).polls; engine_sum(e).polls < polls + 100000;)
		sched_yield();
	/* The other lcore has nothing to poll: it sleeps longer each time. */
	CU_ASSERT(engine_sum(e).sleeps - sleeps <= 20);
	__atomic_store_n(&a.answer, 0, __ATOMIC_RELAXED);
	CU_ASSERT(engine_falls_asleep(e));
	CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, b.m), 0);
	engine_destroy(e);
	port_close(&a);
	port_close(&b);
	hub_destroy(hub);
}

/* idle=poll: no sleep, whatever the ports could do. */
static void
test_poll(void)
{
	const struct engine_conf conf = { .poll = true };
	struct engine *e = engine_make(&conf);
	struct hub *hub = hub_create(0, "hub0");
	struct port a, b;
	uint64_t polls;

	port_open(&a, "pa", 1);
	port_open(&b, "pb", 1);
	CU_ASSERT_EQUAL(engine_join(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_join(e, hub, b.m), 0);
	for (polls = engine_sum(e).polls; engine_sum(e).polls < polls + 100000;)
		sched_yield();
	CU_ASSERT_EQUAL(engine_sum(e).sleeps, 0);
	/* Both are idle, and yet a frame gets through, and makes its port active. */
	CU_ASSERT_EQUAL(engine_sum(e).active, 0);
	port_send(&a);
	CU_ASSERT(port_take(&b));
	CU_ASSERT_EQUAL(a.armed[0], 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, a.m), 0);
	CU_ASSERT_EQUAL(engine_leave(e, hub, b.m), 0);
	engine_destroy(e);
	port_close(&a);
	port_close(&b);
	hub_destroy(hub);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("engine_idle", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "single frames wake a sleeping lcore", test_storm);
	CU_add_test(s, "single frames wake one lcore after the other", test_storm_across);
	CU_add_test(s, "changes while all sleep", test_changes);
	CU_add_test(s, "ports that cannot wake, or must be polled", test_cannot);
	CU_add_test(s, "idle=poll", test_poll);
}

int
main(void)
{
	return test_main("--lcores (0-2)@(0-1)", suites);
}
