/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames lent from one guest to another while their owner rewrites, unmaps and leaves. */
#include <CUnit/CUnit.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/test_main.h"
#include "guest.h"
#include "nic/virtio/test_driver.h"
#include "transport/loop/loop_transport.h"

#define FEATURES                                                                                   \
	(VIRTIO_F_VERSION_1 | VIRTIO_NET_F_MRG_RXBUF | VIRTIO_NET_F_CSUM | VIRTIO_NET_F_HOST_TSO4)
#define TAKES_TSO (VIRTIO_NET_F_GUEST_CSUM | VIRTIO_NET_F_GUEST_TSO4 | VIRTIO_NET_F_GUEST_TSO6)

#define FRAMES	   1500u /* of a storm, that come back to their sender */
#define SLOTS	   32u	 /* of the sender, under way at a time */
#define SLOT(i)	   (TD_DATA + (i) % SLOTS * 0x4000ull)
#define HDR_LEN	   ((uint32_t)sizeof(struct virtio_net_hdr))
#define HEADERS	   54u	 /* Ethernet, IPv4, TCP */
#define PIECE	   4000u /* of the payload of a TSO frame, which has two */
#define PLAIN_LEN  1500u
#define BUF(i)	   (TD_DATA + (i) % TD_RING * 0x1000ull)
#define BUF_LEN	   2048u
#define PAYLOAD	   0xa0 /* high half of each byte of payload that the sender ever writes */
#define SECRET	   0x11 /* what else is in the sender's memory */
#define CANARY	   0x5c /* of the receiver, behind what it was given */
#define SMALL_ONES 128u /* up to here bytes may be headers */

static struct rte_mempool *pool;

/* One guest. Its driver and we see the same memory at different addresses, and ours changes. */
struct side {
	struct guest *g;
	struct transport *tr;
	int fd;
	struct td_mem td; /* the driver's half */
	uint8_t *ours;
	uint64_t features;
	struct td_ring to, from;
};

struct storm {
	struct side a, b;
	uint32_t stop;
	uint32_t wrong;
	uint32_t sent; /* frames offered, or about to be */
};

static void
on_link(void *ctx, bool up)
{
}

static void
on_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events events = { on_link, on_announce };

static uint8_t *
map(const struct side *s)
{
	return mmap(NULL, TD_LEN0, PROT_READ | PROT_WRITE, MAP_SHARED, s->fd, 0);
}

static void
side_rings(struct side *s)
{
	loop_set_features(s->tr, s->features);
	loop_mem_add(s->tr, TD_GPA0, TD_LEN0, s->ours);
	loop_vring_start(s->tr, 0, &s->to.where);
	loop_vring_start(s->tr, 1, &s->from.where);
}

static void
side_up(struct side *s, uint64_t features)
{
	struct guest_conf conf = {
		.model = nic_model_find("virtio-net"),
		.transport = "loop",
		.nic = { .name = "t", .n_queues = 1, .features_mask = UINT64_MAX, .carry = true },
	};

	s->features = features;
	s->fd = memfd_create("test", MFD_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(ftruncate(s->fd, TD_LEN0), 0);
	s->td.hva[0] = map(s);
	s->ours = map(s);
	memset(s->td.hva[0], SECRET, TD_LEN0);
	td_ring_init(&s->to, &s->td, 0, 0);
	td_ring_init(&s->from, &s->td, 1, 0);
	s->g = guest_create(&conf, &events, s);
	CU_ASSERT_PTR_NOT_NULL_FATAL(s->g);
	s->tr = guest_transport(s->g);
	guest_set_pool(s->g, 0, pool);
	guest_set_running(s->g, true);
	loop_connect(s->tr);
	side_rings(s);
}

static void
side_down(struct side *s)
{
	guest_destroy(s->g);
	munmap(s->ours, TD_LEN0);
	munmap(s->td.hva[0], TD_LEN0);
	close(s->fd);
}

static uint64_t
count(const struct side *s, const char *name)
{
	const struct nic *nic = guest_nic(s->g);
	unsigned int i;

	for (i = 0; i < nic->model->n_stats; i++)
		if (strcmp(nic->model->stats[i].name, name) == 0)
			return stat_read(nic->model->counters(nic, 0), &nic->model->stats[i]);
	CU_FAIL("no such counter");
	return 0;
}

/* The headers of slot i: a plain frame, or a TCP frame to be cut to segments of 1,000 bytes. */
static void
write_headers(const struct side *s, uint64_t at, bool tso)
{
	struct virtio_net_hdr hdr = { 0 };
	struct rte_ether_hdr eth = { .ether_type = RTE_BE16(tso ? RTE_ETHER_TYPE_IPV4 : 0x88b5) };
	struct rte_ipv4_hdr ip = { 0 };
	struct rte_tcp_hdr tcp = { 0 };

	if (tso) {
		hdr = (struct virtio_net_hdr){ .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
			.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
			.hdr_len = HEADERS,
			.gso_size = 1000,
			.csum_start = 34,
			.csum_offset = 16 };
		ip = (struct rte_ipv4_hdr){ .version_ihl = 0x45,
			.total_length = rte_cpu_to_be_16((uint16_t)(40 + 2 * PIECE)),
			.time_to_live = 64,
			.next_proto_id = IPPROTO_TCP };
		tcp.data_off = 5 << 4;
	}
	td_write(&s->td, at, &hdr, sizeof(hdr));
	td_write(&s->td, at + HDR_LEN, &eth, sizeof(eth));
	td_write(&s->td, at + HDR_LEN + 14, &ip, sizeof(ip));
	td_write(&s->td, at + HDR_LEN + 34, &tcp, sizeof(tcp));
}

/* Offer the frame of slot i: each third one is a chain of three. */
static void
post_frame(struct side *s, unsigned int i)
{
	uint64_t at = SLOT(i);
	bool tso = i % 3 == 0;
	const struct td_buf chain[] = { { at, HDR_LEN + HEADERS, 0 }, { at + 0x200, PIECE, 0 },
		{ at + 0x200 + 0x1800, PIECE, 0 } };
	const struct td_buf plain = { at, HDR_LEN + PLAIN_LEN, 0 };

	write_headers(s, at, tso);
	if (tso) {
		memset(td_ptr(&s->td, chain[1].gpa), PAYLOAD, PIECE);
		memset(td_ptr(&s->td, chain[2].gpa), PAYLOAD, PIECE);
	} else {
		memset(td_ptr(&s->td, at + HDR_LEN + HEADERS), PAYLOAD, PLAIN_LEN - HEADERS);
	}
	td_post(&s->from, tso ? chain : &plain, tso ? 3 : 1);
}

static void
post_buffer(struct side *s, unsigned int i)
{
	const struct td_buf buf = { BUF(i), BUF_LEN, VRING_DESC_F_WRITE };

	memset(td_ptr(&s->td, BUF(i)), CANARY, 0x1000);
	td_post(&s->to, &buf, 1);
}

/* As the hub does it. */
static void
forward(struct storm *s)
{
	struct rte_mbuf *pkts[32];
	uint16_t n = guest_lend(s->a.g, 0, pkts, 32);

	if (n == 0)
		return;
	sched_yield(); /* let the others at it in the middle of the round */
	guest_show(s->b.g, 0, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	guest_lend_end(s->a.g, 0);
}

static void *
poll_thread(void *arg)
{
	struct storm *s = arg;

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0)
		forward(s);
	return NULL;
}

/* C: the memory of the sender goes away, really; or the sender does. */
static void *
unmap_thread(void *arg)
{
	struct storm *s = arg;
	unsigned int round = 0;

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0) {
		if (round++ % 2 == 0) {
			loop_mem_clear(s->a.tr);
		} else {
			loop_gone(s->a.tr);
			loop_connect(s->a.tr);
		}
		munmap(s->a.ours, TD_LEN0);
		s->a.ours = map(&s->a);
		side_rings(&s->a);
		sched_yield();
	}
	return NULL;
}

/*
 * The sender's other CPU: rewrites headers and payload of whatever is under way. Each second round of slots
 * it leaves alone: if frames wait long for the poller, it spoils all of the others.
 */
static void *
scribble_thread(void *arg)
{
	struct storm *s = arg;
	uint32_t r = 1;

	while (__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE) == 0) {
		uint8_t *at = td_ptr(&s->a.td, SLOT(r >> 8));

		if (__atomic_load_n(&s->sent, __ATOMIC_SEQ_CST) / SLOTS % 2 != 0) {
			sched_yield();
			continue;
		}
		r = r * 1664525 + 1013904223;
		__atomic_store_n(at + (r >> 16) % (HDR_LEN + HEADERS), (uint8_t)(r >> 24),
			__ATOMIC_RELAXED);
		__atomic_store_n(at + 0x200 + (r >> 4) % 1000, (uint8_t)(PAYLOAD | (r >> 28)),
			__ATOMIC_RELAXED);
	}
	return NULL;
}

/* Look at one buffer that the receiver got back: only payload in it, and its canary behind. */
static void
check_buffer(struct storm *s, uint64_t gpa, uint32_t len)
{
	const uint8_t *p = td_ptr(&s->b.td, gpa);
	uint32_t i, other = 0;

	s->wrong += len > BUF_LEN;
	for (i = SMALL_ONES; i < RTE_MIN(len, BUF_LEN); i++)
		other += (p[i] & 0xf0) != PAYLOAD;
	/* Two bytes are the checksum that a rewritten header asked for, wherever it said. */
	s->wrong += other > 2 ? other : 0;
	for (i = RTE_MIN(len, BUF_LEN); i < 0x1000; i++)
		s->wrong += p[i] != CANARY;
}

/* Both drivers, in one thread. */
static void
drive(struct storm *s)
{
	struct vring_used_elem e;
	uint32_t sent = 0, back = 0, buffers = 0;

	while (buffers < TD_RING)
		post_buffer(&s->b, buffers++);
	while (back < FRAMES) {
		if (sent < FRAMES && sent - back < SLOTS) {
			__atomic_store_n(&s->sent, sent, __ATOMIC_SEQ_CST);
			post_frame(&s->a, sent++);
		}
		while (td_poll(&s->a.from, &e))
			back++;
		while (td_poll(&s->b.to, &e)) {
			check_buffer(s, s->b.to.desc[e.id].addr, e.len);
			post_buffer(&s->b, buffers++);
		}
	}
}

static void
run_storm(uint64_t receiver, void *(*disturb)(void *))
{
	struct storm *s = calloc(1, sizeof(*s));
	pthread_t poller, disturber;

	side_up(&s->a, FEATURES);
	side_up(&s->b, FEATURES | receiver);
	pthread_create(&poller, NULL, poll_thread, s);
	pthread_create(&disturber, NULL, disturb, s);
	drive(s);
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
	pthread_join(disturber, NULL);
	pthread_join(poller, NULL);
	CU_ASSERT_EQUAL(s->wrong, 0);
	CU_ASSERT_NOT_EQUAL(count(&s->b, "to_guest_frames"), 0);
	CU_ASSERT_NOT_EQUAL(count(&s->a, "from_guest_lent"), 0);
	CU_ASSERT_EQUAL(count(&s->a, "from_guest_lent_kept"), 0);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	side_down(&s->a);
	side_down(&s->b);
	free(s);
}

static void
test_unmapped(void)
{
	run_storm(TAKES_TSO, unmap_thread);
}

static void
test_scribbled(void)
{
	run_storm(TAKES_TSO, scribble_thread);
}

/* The receiver's frames are cut from what was lent. */
static void
test_scribbled_cut(void)
{
	run_storm(0, scribble_thread);
}

static void *
clear_thread(void *arg)
{
	struct storm *s = arg;

	loop_mem_clear(s->a.tr);
	__atomic_store_n(&s->stop, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* Nothing is complete, and the memory stays, until the burst has ended. */
static void
test_order(void)
{
	struct storm *s = calloc(1, sizeof(*s));
	struct rte_mbuf *pkts[8], *m;
	struct vring_used_elem e;
	pthread_t cleaner;

	side_up(&s->a, FEATURES);
	post_frame(&s->a, 1);
	post_frame(&s->a, 3);
	CU_ASSERT_EQUAL_FATAL(guest_lend(s->a.g, 0, pkts, 8), 2);
	CU_ASSERT_NOT_EQUAL(RTE_MBUF_HAS_EXTBUF(pkts[0]), 0);
	CU_ASSERT_PTR_EQUAL(rte_pktmbuf_mtod(pkts[0], uint8_t *),
		s->a.ours + SLOT(1) + HDR_LEN - TD_GPA0);
	CU_ASSERT_EQUAL(pkts[0]->pkt_len, PLAIN_LEN);
	/* Headers are ours, the rest is lent. */
	CU_ASSERT_EQUAL(RTE_MBUF_HAS_EXTBUF(pkts[1]), 0);
	CU_ASSERT_EQUAL(pkts[1]->pkt_len, HEADERS + 2 * PIECE);
	CU_ASSERT_EQUAL(pkts[1]->nb_segs, 3);
	CU_ASSERT_NOT_EQUAL(RTE_MBUF_HAS_EXTBUF(pkts[1]->next), 0);
	CU_ASSERT_NOT_EQUAL(pkts[1]->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
	CU_ASSERT_FALSE(td_poll(&s->a.from, &e));
	pthread_create(&cleaner, NULL, clear_thread, s);
	rte_delay_us_sleep(20000); /* time for a fault to show: nothing is waited for */
	CU_ASSERT_EQUAL(__atomic_load_n(&s->stop, __ATOMIC_ACQUIRE), 0);
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod_offset(pkts[1]->next, uint8_t *, 100), PAYLOAD);
	rte_pktmbuf_free_bulk(pkts, 2);
	CU_ASSERT_FALSE(td_poll(&s->a.from, &e));
	guest_lend_end(s->a.g, 0);
	pthread_join(cleaner, NULL);
	CU_ASSERT_TRUE(td_poll(&s->a.from, &e));
	CU_ASSERT_TRUE(td_poll(&s->a.from, &e));
	CU_ASSERT_EQUAL(guest_lend(s->a.g, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	side_down(&s->a);
	free(s);
}

/* A reference that outlives the burst is our fault: it is counted, and the queue copies from then on. */
static void
test_kept(void)
{
	struct storm *s = calloc(1, sizeof(*s));
	struct rte_mbuf *kept, *m;

	side_up(&s->a, FEATURES);
	post_frame(&s->a, 1);
	CU_ASSERT_EQUAL_FATAL(guest_lend(s->a.g, 0, &kept, 1), 1);
	guest_lend_end(s->a.g, 0);
	CU_ASSERT_EQUAL(count(&s->a, "from_guest_lent_kept"), 1);
	post_frame(&s->a, 2);
	CU_ASSERT_EQUAL_FATAL(guest_lend(s->a.g, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(RTE_MBUF_HAS_EXTBUF(m), 0);
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(kept);
	guest_lend_end(s->a.g, 0);
	side_down(&s->a);
	free(s);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("guest_lend", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "complete when the burst has ended", test_order);
	CU_add_test(s, "kept too long", test_kept);
	CU_add_test(s, "sender rewrites frames", test_scribbled);
	CU_add_test(s, "sender rewrites frames that are cut", test_scribbled_cut);
	CU_add_test(s, "sender unmaps and leaves", test_unmapped);
}

int
main(void)
{
	return test_main("", suites);
}
