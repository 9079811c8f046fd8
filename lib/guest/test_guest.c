/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest over the loop transport: its states, and messages that storm while frames flow. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/test_main.h"
#include "guest.h"
#include "nic/virtio/test_driver.h"
#include "transport/loop/loop_transport.h"

#define STORM_FRAMES 4000u
#define STORM_SLOTS  64u /* frames under way: buffers of the driver */

static struct rte_mempool *pool;

/* One guest, its driver side, and what its owner was told. */
struct bench {
	struct guest *g;
	struct transport *tr;
	struct td_mem td;
	struct td_ring to, from;
	unsigned int ups, downs;
};

static void
on_link(void *ctx, bool up)
{
	struct bench *b = ctx;

	__atomic_fetch_add(up ? &b->ups : &b->downs, 1, __ATOMIC_RELAXED);
}

static void
on_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events events = { on_link, on_announce };

static void
bench_open(struct bench *b)
{
	struct guest_conf conf = {
		.model = nic_model_find("virtio-net"),
		.transport = "loop",
		.nic = { .name = "t", .n_queues = 1, .features_mask = UINT64_MAX, .carry = true },
	};

	memset(b, 0, sizeof(*b));
	td_mem_init(&b->td);
	td_ring_init(&b->to, &b->td, 0, 0);
	td_ring_init(&b->from, &b->td, 1, 0);
	b->g = guest_create(&conf, &events, b);
	CU_ASSERT_PTR_NOT_NULL_FATAL(b->g);
	b->tr = guest_transport(b->g);
	guest_set_pool(b->g, 0, pool);
	guest_set_running(b->g, true);
}

static void
bench_memory(struct bench *b)
{
	CU_ASSERT_EQUAL(loop_mem_add(b->tr, TD_GPA0, TD_LEN0, b->td.hva[0]), 0);
	CU_ASSERT_EQUAL(loop_mem_add(b->tr, TD_GPA1, TD_LEN1, b->td.hva[1]), 0);
}

static void
bench_rings(struct bench *b)
{
	CU_ASSERT_EQUAL(loop_vring_start(b->tr, 0, &b->to.where), 0);
	CU_ASSERT_EQUAL(loop_vring_start(b->tr, 1, &b->from.where), 0);
}

static void
bench_up(struct bench *b)
{
	bench_open(b);
	loop_connect(b->tr);
	CU_ASSERT_EQUAL(loop_set_features(b->tr, VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX), 0);
	bench_memory(b);
	bench_rings(b);
}

static void
bench_close(struct bench *b)
{
	guest_destroy(b->g);
	td_mem_fini(&b->td);
}

static enum guest_state
state(struct bench *b)
{
	struct guest_info info;

	guest_get_info(b->g, &info);
	return info.state;
}

static void
test_states(void)
{
	struct guest_info info;
	struct rte_mbuf *m;
	struct bench b;
	uint8_t frame[64] = { 0 };

	bench_open(&b);
	CU_ASSERT_EQUAL(state(&b), GUEST_WAITING);
	CU_ASSERT_EQUAL(guest_from_guest(b.g, 0, &m, 1), 0);
	loop_connect(b.tr);
	CU_ASSERT_EQUAL(state(&b), GUEST_CONNECTED);
	CU_ASSERT_EQUAL(loop_set_features(b.tr, UINT64_C(1) << 60), -EINVAL);
	CU_ASSERT_EQUAL(loop_set_features(b.tr, loop_features(b.tr)), 0);
	/* Rings before memory: refused, nothing runs. */
	CU_ASSERT_EQUAL(loop_vring_start(b.tr, 0, &b.to.where), -EFAULT);
	bench_memory(&b);
	CU_ASSERT_EQUAL(loop_mem_add(b.tr, TD_GPA0, 4096, frame), -EEXIST);
	b.to.where.size = 100;
	CU_ASSERT_EQUAL(loop_vring_start(b.tr, 0, &b.to.where), -EINVAL);
	b.to.where.size = TD_RING;
	CU_ASSERT_EQUAL(loop_vring_start(b.tr, 2, &b.to.where), -EINVAL);
	CU_ASSERT_EQUAL(b.ups, 0);
	bench_rings(&b);
	CU_ASSERT_EQUAL(state(&b), GUEST_UP);
	CU_ASSERT_EQUAL(b.ups, 1);
	td_send(&b.from, &b.td, TD_DATA, frame, sizeof(frame));
	CU_ASSERT_EQUAL_FATAL(guest_from_guest(b.g, 0, &m, 1), 1);
	rte_pktmbuf_free(m);
	loop_gone(b.tr);
	CU_ASSERT_EQUAL(state(&b), GUEST_WAITING);
	CU_ASSERT_EQUAL(b.downs, 1);
	guest_get_info(b.g, &info);
	CU_ASSERT_EQUAL(info.memory_bytes, 0);
	CU_ASSERT_EQUAL(info.features, 0);
	CU_ASSERT_EQUAL(info.disconnects, 1);
	CU_ASSERT_EQUAL(guest_from_guest(b.g, 0, &m, 1), 0);
	bench_close(&b);
}

/* Memory that goes takes the rings with it; a port that is not running moves nothing. */
static void
test_memory_gone(void)
{
	struct rte_mbuf *m;
	struct bench b;
	uint8_t frame[64] = { 0 };

	bench_up(&b);
	td_send(&b.from, &b.td, TD_DATA, frame, sizeof(frame));
	loop_mem_clear(b.tr);
	CU_ASSERT_EQUAL(guest_from_guest(b.g, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(state(&b), GUEST_CONNECTED);
	bench_memory(&b);
	bench_rings(&b);
	guest_set_running(b.g, false);
	CU_ASSERT_EQUAL(guest_from_guest(b.g, 0, &m, 1), 0);
	guest_set_running(b.g, true);
	CU_ASSERT_EQUAL_FATAL(guest_from_guest(b.g, 0, &m, 1), 1);
	rte_pktmbuf_free(m);
	bench_close(&b);
}

/* The storm: D polls, the driver sends numbered frames, C changes everything all the time. */
struct storm {
	struct bench b;
	uint32_t stop;
	uint32_t received;
	uint32_t wrong; /* lost, doubled or out of order */
};

static void *
storm_poll(void *arg)
{
	struct storm *s = arg;
	struct rte_mbuf *pkts[32];

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0) {
		uint16_t i, n = guest_from_guest(s->b.g, 0, pkts, 32);

		for (i = 0; i < n; i++) {
			uint32_t number;

			memcpy(&number, rte_pktmbuf_mtod_offset(pkts[i], void *, 20), 4);
			s->wrong += number != s->received + i;
		}
		rte_pktmbuf_free_bulk(pkts, n);
		__atomic_fetch_add(&s->received, n, __ATOMIC_RELAXED);
	}
	return NULL;
}

static void *
storm_messages(void *arg)
{
	struct storm *s = arg;
	unsigned int round = 0;

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0) {
		switch (round++ % 4) {
		case 0:
			loop_mem_clear(s->b.tr);
			bench_memory(&s->b);
			bench_rings(&s->b);
			break;
		case 1:
			loop_vring_stop(s->b.tr, 1);
			loop_set_features(s->b.tr, VIRTIO_F_VERSION_1 | VIRTIO_F_EVENT_IDX);
			loop_vring_start(s->b.tr, 1, &s->b.from.where);
			break;
		case 2:
			guest_set_running(s->b.g, false);
			guest_set_running(s->b.g, true);
			break;
		default:
			state(&s->b);
			loop_mem_log(s->b.tr, NULL, 0);
		}
	}
	return NULL;
}

/* Send all frames; at most STORM_SLOTS are under way. */
static void
storm_drive(struct storm *s)
{
	struct vring_used_elem e;
	uint32_t sent = 0, back = 0;

	while (back < STORM_FRAMES) {
		if (sent < STORM_FRAMES && sent - back < STORM_SLOTS) {
			uint64_t gpa = TD_DATA + (sent % STORM_SLOTS) * 0x1000ull;
			uint8_t *frame = td_ptr(&s->b.td, gpa + sizeof(struct virtio_net_hdr));
			struct td_buf buf = { gpa, sizeof(struct virtio_net_hdr) + 64, 0 };

			memcpy(frame + 20, &sent, sizeof(sent));
			td_post(&s->b.from, &buf, 1);
			sent++;
		}
		while (td_poll(&s->b.from, &e))
			back++;
	}
}

static void
test_storm(void)
{
	pthread_t poller, messenger;
	struct storm *s = calloc(1, sizeof(*s));

	bench_up(&s->b);
	pthread_create(&poller, NULL, storm_poll, s);
	pthread_create(&messenger, NULL, storm_messages, s);
	storm_drive(s);
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
	pthread_join(messenger, NULL);
	pthread_join(poller, NULL);
	CU_ASSERT_EQUAL(s->received, STORM_FRAMES);
	CU_ASSERT_EQUAL(s->wrong, 0);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	bench_close(&s->b);
	free(s);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("guest", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 255, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "states and refusals", test_states);
	CU_add_test(s, "memory gone", test_memory_gone);
	CU_add_test(s, "message storm under traffic", test_storm);
}

int
main(void)
{
	return test_main("", suites);
}
