/* SPDX-License-Identifier: BSD-3-Clause */
/* Switching, storm limit, loops and policy=block between ring ports. */
#include <CUnit/CUnit.h>
#include <stdlib.h>
#include <string.h>

#include <ethdev_driver.h>
#include <rte_cycles.h>
#include <rte_mbuf.h>
#include <rte_ring.h>

#include "base/test_main.h"
#include "hub_filter.h"
#include "hub_policy.h"
#include "hub_rules.h"
#include "test_ports.h"

#define N 4

static struct hub_target target[N][N];

static struct hub *
open_hub(const char *conf, struct hub_input *in)
{
	struct hub *hub;
	unsigned int i;

	open_all(N);
	hub = make_hub(conf, N);
	for (i = 0; i < N; i++)
		in[i] = ruled_input(hub, &ports[i], target[i]);
	return hub;
}

/* Send from port a to an address; a bit for each port that got the frame, which is then gone. */
static unsigned int
reaches(struct hub_input *in, unsigned int a, uint16_t src, uint16_t dst)
{
	unsigned int i, mask = 0;
	struct frame f;

	poll_frame(&in[a], &ports[a], &(struct frame){ dst, src, -1, 1, 0 });
	for (i = 0; i < N; i++)
		while (got(&ports[i], &f))
			mask |= 1u << i;
	return mask;
}

static void
test_unicast(void)
{
	struct hub_input in[N];
	struct hub *hub = open_hub("mode=switch", in);

	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0xe); /* unknown: all but the source */
	CU_ASSERT_EQUAL(ports[0].m->count[0].flooded, 1);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, 10), 0x1); /* learnt from the first */
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x2);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, BROADCAST), 0xe);
	CU_ASSERT_EQUAL(reaches(in, 0, 12, 10), 0); /* both behind port 0 */
	CU_ASSERT_EQUAL(ports[0].m->count[0].drop_same_port, 1);
	CU_ASSERT_EQUAL(reaches(in, 0, BROADCAST, 11), 0x2); /* a group is nobody's address */
	CU_ASSERT_EQUAL(reaches(in, 3, 13, BROADCAST), 0x7);
	/* A guest that moved. */
	CU_ASSERT_EQUAL(reaches(in, 3, 11, 10), 0x1);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x8);
	CU_ASSERT_EQUAL(ports[3].m->count[0].moves, 1);
	/* Link off: what is behind the port is looked for elsewhere. */
	hub_member_set_link(ports[3].m, false);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x6);
	/* Even if an lcore learnt it at the same time. */
	CU_ASSERT_EQUAL(hub_fdb_count(hub->fdb, 3), 0);
	hub_member_set_link(ports[3].m, true);
	reaches(in, 3, 11, 10);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x8);
	__atomic_store_n(&ports[3].m->down, 1, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x6);
	hub_member_set_link(ports[3].m, true);
	/* The port's own event does the same. */
	CU_ASSERT_EQUAL(reaches(in, 3, 13, 10), 0x1);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 13), 0x8);
	rte_eth_dev_callback_process(&rte_eth_devices[ports[3].id], RTE_ETH_EVENT_INTR_LSC, NULL);
	CU_ASSERT_EQUAL(hub_fdb_count(hub->fdb, 3), 0);
	CU_ASSERT_NOT_EQUAL(hub_fdb_count(hub->fdb, 0), 0);
	end_hub(hub, in, N);
}

/* A burst of frames for several ports: each gets its own, in order. */
static void
test_order(void)
{
	static const uint16_t dst[] = { 11, 12, 11, 11, BROADCAST, 12, 13, 11, BROADCAST, 12 };
	struct hub_input in[N];
	struct hub *hub = open_hub("mode=switch", in);
	unsigned int i, k;
	struct frame f;

	for (i = 1; i < N; i++)
		reaches(in, i, (uint16_t)(10 + i), BROADCAST);
	for (i = 0; i < RTE_DIM(dst); i++)
		inject(&ports[0], make_frame(&(struct frame){ dst[i], 10, -1, (uint8_t)i, 0 }));
	CU_ASSERT_EQUAL(hub_poll(&in[0]), RTE_DIM(dst));
	for (k = 1; k < N; k++) {
		for (i = 0; i < RTE_DIM(dst); i++) {
			if (dst[i] != BROADCAST && dst[i] != 10 + k)
				continue;
			CU_ASSERT_EQUAL(got(&ports[k], &f), 1);
			CU_ASSERT_EQUAL(f.mark, i);
		}
		CU_ASSERT_EQUAL(got(&ports[k], &f), 0);
	}
	/* Frames too short for addresses. */
	inject(&ports[0], make(0, 13));
	CU_ASSERT_EQUAL(hub_poll(&in[0]), 1);
	CU_ASSERT_EQUAL(ports[0].m->count[0].drop_malformed, 1);
	CU_ASSERT_EQUAL(drop_all(N), 0);
	end_hub(hub, in, N);
}

static void
test_limit(void)
{
	struct hub_input in[N];
	struct hub *hub = open_hub("mode=switch,max-macs=2,ageing=1", in);
	uint64_t end = rte_get_timer_cycles() + 5 * rte_get_timer_hz();
	uint16_t mac;

	for (mac = 20; mac < 25; mac++)
		reaches(in, 0, mac, BROADCAST);
	CU_ASSERT_EQUAL(hub_fdb_count(hub->fdb, 0), 2);
	CU_ASSERT_EQUAL(ports[0].m->count[0].not_learnt, 3);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, 20), 0x1);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, 24), 0xd);
	/* A second later nobody knows 20 any more. */
	while (reaches(in, 1, 11, 20) == 0x1 && rte_get_timer_cycles() < end)
		;
	CU_ASSERT_EQUAL(reaches(in, 1, 11, 20), 0xd);
	end_hub(hub, in, N);
}

static void
test_storm(void)
{
	struct hub_member m = { 0 };
	uint64_t hz = rte_get_tsc_hz(), now = hz * 100;
	struct hub_input in[N];
	struct hub *hub;
	unsigned int i, n;

	/* The bucket alone: a second's worth at once, then its rate. */
	for (i = 0, n = 0; i < 10; i++)
		n += hub_storm_take(&m, 100, now, 32);
	CU_ASSERT_EQUAL(n, 100);
	CU_ASSERT_EQUAL(hub_storm_take(&m, 100, now + hz / 10 + hz / 1000, 32), 10);
	CU_ASSERT_EQUAL(hub_storm_take(&m, 100, now + 500 * hz, 32), 32);
	hub = open_hub("mode=switch,storm=5", in);
	reaches(in, 1, 11, BROADCAST);
	for (i = 0; i < 16; i++)
		inject(&ports[0], make_frame(&(struct frame){ i % 2 ? BROADCAST : 11, 10, -1,
					  (uint8_t)i, 0 }));
	CU_ASSERT_EQUAL(hub_poll(&in[0]), 16);
	CU_ASSERT_EQUAL(ports[0].m->count[0].drop_storm, 3); /* of 8 broadcasts */
	CU_ASSERT_EQUAL(ports[1].m->count[0].out_frames, 13);
	CU_ASSERT_EQUAL(ports[2].m->count[0].out_frames, 6);
	drop_all(N);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0x2); /* known ones are not held up */
	end_hub(hub, in, N);
	/* In a hub, unicast goes to all and is no storm. */
	hub = open_hub("storm=2", in);
	for (i = 0; i < 5; i++)
		CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0xe);
	for (i = 0, n = 0; i < 5; i++)
		n += reaches(in, 0, 10, BROADCAST) == 0xe;
	CU_ASSERT_EQUAL(n, 2);
	end_hub(hub, in, N);
}

/* Port 1 sends with the address of the station behind port 0, again and again. */
static void
flap(struct hub_input *in, unsigned int times)
{
	unsigned int i;

	for (i = 0; i < times; i++) {
		reaches(in, 0, 10, BROADCAST);
		reaches(in, 1, 10, BROADCAST);
	}
}

static void
test_loop(void)
{
	struct hub_input in[N];
	struct hub *hub = open_hub("loop=block", in);

	flap(in, HUB_LOOP_MOVES / 2 - 1); /* guests may move, even to and fro */
	CU_ASSERT_EQUAL(hub_loop_count(hub->loop), 0);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, BROADCAST), 0xd);
	flap(in, 2);
	CU_ASSERT_EQUAL(hub_loop_count(hub->loop), 1);
	/* Not the station's own port is off, but the one that took its address. */
	CU_ASSERT_EQUAL(reaches(in, 0, 10, BROADCAST), 0xc);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, BROADCAST), 0);
	CU_ASSERT_TRUE(ports[1].m->count[0].drop_loop >= 2);
	CU_ASSERT_TRUE(hub_loop_blocks(ports[1].m, rte_rdtsc()));
	CU_ASSERT_FALSE(hub_loop_blocks(ports[1].m,
		rte_rdtsc() + (HUB_LOOP_BLOCK_S + 1) * rte_get_tsc_hz()));
	/* An operator has mended it. */
	hub_member_set_link(ports[1].m, true);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, BROADCAST), 0xd);
	end_hub(hub, in, N);
	hub = open_hub("mode=switch", in); /* loop=warn */
	flap(in, HUB_LOOP_MOVES);
	CU_ASSERT_EQUAL(hub_loop_count(hub->loop), 1);
	CU_ASSERT_EQUAL(reaches(in, 1, 11, BROADCAST), 0xd);
	end_hub(hub, in, N);
}

/* What two hubs that are joined twice do to one broadcast: it goes round until the loop is seen. */
static void
test_storm_of_loop(void)
{
	struct hub_input in[N];
	struct hub *hub = open_hub("loop=block,storm=1000", in);
	unsigned int turns = 0;
	struct rte_mbuf *m;

	inject(&ports[0], make_frame(&(struct frame){ BROADCAST, 10, -1, 1, 0 }));
	hub_poll(&in[0]);
	do {
		/* Ports 1 and 2 are joined by a cable. */
		while ((m = take(&ports[1])) != NULL)
			inject(&ports[2], m);
		while ((m = take(&ports[2])) != NULL)
			inject(&ports[1], m);
		turns++;
	} while (hub_poll(&in[1]) + hub_poll(&in[2]) > 0 && turns < 10000);
	CU_ASSERT_TRUE(turns < 50);
	CU_ASSERT_EQUAL(hub_loop_count(hub->loop), 1);
	CU_ASSERT_FALSE(hub_loop_blocks(ports[0].m, rte_rdtsc()));
	end_hub(hub, in, N);
}

static void
test_block(void)
{
	struct hub_input in[N];
	struct hub *hub;
	uint64_t start;
	unsigned int i, sent = 0;

	open_all(N);
	port_close(&ports[1]);
	port_open(&ports[1], 1, 4); /* takes three frames */
	ports[1].m->conf.block = true;
	ports[1].m->ring[0] = rte_ring_create("waiting", 256, SOCKET_ID_ANY, RING_F_SC_DEQ);
	hub = make_hub("mode=hub", N);
	for (i = 0; i < N; i++)
		in[i] = ruled_input(hub, &ports[i], target[i]);
	target[0][0].direct = false; /* as the engine does */
	for (i = 0; i < 400; i++)
		inject(&ports[0], make(i, 60));
	/* The source waits when half the ring is full, and nothing is lost. */
	while (hub_poll(&in[0]) > 0)
		sent += HUB_BURST;
	CU_ASSERT_EQUAL(sent, 128);
	CU_ASSERT_EQUAL(hub_drain(ports[1].m, 0), 3);
	CU_ASSERT_EQUAL(hub_drain(ports[1].m, 0), 0);
	CU_ASSERT_EQUAL(ports[1].m->count[0].drop_not_accepted, 0);
	CU_ASSERT_EQUAL(rte_ring_count(ports[1].m->ring[0]), sent - 3);
	/* Not for long: then the others get theirs, and the losses have a name. */
	while (hub_poll(&in[0]) > 0)
		;
	start = rte_rdtsc();
	while (hub_poll(&in[0]) == 0)
		;
	CU_ASSERT_TRUE(rte_rdtsc() - start < rte_get_tsc_hz() / 10);
	while (hub_poll(&in[0]) > 0)
		;
	CU_ASSERT_EQUAL(ports[2].m->count[0].out_frames, 400);
	CU_ASSERT_EQUAL(ports[1].m->count[0].drop_blocked, 400 - 255 - 3);
	/* It takes frames again: in order, from the first on. */
	for (i = 0; i < 255 + 3; i++) {
		struct rte_mbuf *m = take(&ports[1]);

		if (m == NULL && hub_drain(ports[1].m, 0) > 0)
			m = take(&ports[1]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(m, uint32_t *), i);
		rte_pktmbuf_free(m);
	}
	inject(&ports[0], make(0, 60));
	CU_ASSERT_EQUAL(hub_poll(&in[0]), 1);
	CU_ASSERT_EQUAL(ports[1].m->waiting_since[0], 0);
	/* One that is off holds up nobody. */
	hub_member_set_link(ports[1].m, false);
	for (i = 0; i < 400; i++)
		inject(&ports[0], make(i, 60));
	for (i = 0; i < 400; i += HUB_BURST)
		CU_ASSERT_NOT_EQUAL(hub_poll(&in[0]), 0);
	end_hub(hub, in, N);
}

/* A filter that counts, and has frames ready. */
struct look {
	unsigned int seen[2];
	struct rte_mbuf *ready[2];
};

static uint16_t
look_burst(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	((struct look *)ctx)->seen[dir] += n;
	return n;
}

static uint16_t
look_release(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t max)
{
	struct look *k = ctx;

	pkts[0] = k->ready[dir];
	k->ready[dir] = NULL;
	return pkts[0] != NULL;
}

/* Put k's only filter on a member. free() it behind hub_member_set_filters(m, NULL). */
static void
look_at(struct hub_member *m, struct look *k)
{
	static const struct hub_filter_ops ops = { look_burst, look_release };
	struct hub_filters *f = calloc(1, sizeof(*f) + sizeof(f->filter[0]));

	f->n = 1;
	f->filter[0] = (struct hub_filter){ &ops, k, false };
	hub_member_set_filters(m, f);
}

/* Filters see what the switch sends to their port only; what they release, it forwards and learns. */
static void
test_filters(void)
{
	struct hub_input in[N];
	struct hub *hub = open_hub("mode=switch", in);
	struct look k = { { 0 }, { NULL } };
	struct rte_mbuf *m;
	struct frame f;
	unsigned int n = 0;

	look_at(ports[1].m, &k);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 11), 0xe);
	CU_ASSERT_EQUAL(reaches(in, 2, 12, 10), 0x1);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 12), 0x4);
	CU_ASSERT_EQUAL(k.seen[HUB_FILTER_TO_PORT], 1);
	k.ready[HUB_FILTER_FROM_PORT] = make_frame(&(struct frame){ 12, 14, -1, 9, 0 });
	CU_ASSERT_EQUAL(hub_poll(&in[1]), 1);
	CU_ASSERT_EQUAL(got(&ports[2], &f), 1);
	CU_ASSERT_EQUAL(f.mark, 9);
	CU_ASSERT_EQUAL(drop_all(N), 0);
	CU_ASSERT_EQUAL(reaches(in, 0, 10, 14), 0x2);
	/* Towards its own port it goes past the switch, and is finished as others' frames are. */
	ports[1].m->unsupported = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM;
	k.ready[HUB_FILTER_TO_PORT] = make_tso();
	CU_ASSERT_EQUAL(hub_poll(&in[1]), 1);
	for (; (m = take(&ports[1])) != NULL; n++) {
		CU_ASSERT_EQUAL(m->ol_flags & ports[1].m->unsupported, 0);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(n, 3);
	free(hub_member_set_filters(ports[1].m, NULL));
	end_hub(hub, in, N);
}

static void
test_block_filter(void)
{
	struct hub_input in[N];
	struct look k = { { 0 }, { NULL } };
	struct hub *hub;
	struct rte_mbuf *m;
	uint32_t i;

	open_all(N);
	ports[1].m->conf.block = true;
	ports[1].m->ring[0] = rte_ring_create("waiting", 256, SOCKET_ID_ANY, RING_F_SC_DEQ);
	hub = make_hub("mode=hub", N);
	for (i = 0; i < N; i++)
		in[i] = ruled_input(hub, &ports[i], target[i]);
	target[0][0].direct = false; /* as the engine does */
	look_at(ports[1].m, &k);
	inject(&ports[0], make(1, 60));
	CU_ASSERT_EQUAL(hub_poll(&in[0]), 1);
	/* Not past what waits. */
	k.ready[HUB_FILTER_TO_PORT] = make(2, 60);
	CU_ASSERT_EQUAL(hub_poll(&in[1]), 1);
	CU_ASSERT_PTR_NULL(take(&ports[1]));
	CU_ASSERT_EQUAL(hub_drain(ports[1].m, 0), 2);
	for (i = 1; i <= 2; i++) {
		m = take(&ports[1]);
		CU_ASSERT_PTR_NOT_NULL_FATAL(m);
		CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(m, uint32_t *), i);
		rte_pktmbuf_free(m);
	}
	/* While port 0 has to wait for port 1, its filter keeps what it holds. */
	free(hub_member_set_filters(ports[1].m, NULL));
	look_at(ports[0].m, &k);
	for (i = 0; i < 6 * HUB_BURST; i++) {
		inject(&ports[0], make(i, 60));
		hub_poll(&in[0]);
	}
	k.ready[HUB_FILTER_FROM_PORT] = m = make(3, 60);
	/* As long as this test takes, on however busy a machine. */
	ports[1].m->waiting_since[0] = rte_rdtsc() + rte_get_tsc_hz();
	CU_ASSERT_EQUAL(hub_poll(&in[0]), 0);
	CU_ASSERT_PTR_EQUAL(k.ready[HUB_FILTER_FROM_PORT], m);
	while (hub_drain(ports[1].m, 0) > 0 || hub_poll(&in[0]) > 0)
		drop_all(N);
	CU_ASSERT_PTR_NULL(k.ready[HUB_FILTER_FROM_PORT]);
	free(hub_member_set_filters(ports[0].m, NULL));
	end_hub(hub, in, N);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("switch", NULL, NULL);

	ports_init();
	CU_add_test(s, "unicast, moves, links", test_unicast);
	CU_add_test(s, "order", test_order);
	CU_add_test(s, "max-macs and ageing", test_limit);
	CU_add_test(s, "storm limit", test_storm);
	CU_add_test(s, "loops", test_loop);
	CU_add_test(s, "a real loop ends", test_storm_of_loop);
	CU_add_test(s, "policy=block", test_block);
	CU_add_test(s, "filters on a switch", test_filters);
	CU_add_test(s, "filters and policy=block", test_block_filter);
}

int
main(void)
{
	return test_main("", suites);
}
