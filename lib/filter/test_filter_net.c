/* SPDX-License-Identifier: BSD-3-Clause */
/* Mirrors and redirectors over sockets, and what a hostile peer can send. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_byteorder.h>
#include <rte_cycles.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "base/test_main.h"
#include "filter_chr.h"
#include "filter_private.h"
#include "filter_stream.h"
#include "hub/hub.h"
#include "offload/offload.h"

static struct rte_mempool *pool;
static char path[64];

static struct filter_stream *
stream(bool vnet_hdr)
{
	static struct filter_stream s;

	filter_stream_reset(&s);
	s.vnet_hdr = vnet_hdr;
	return &s;
}

static void
test_stream(void)
{
	static const uint8_t two[] = { 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 0, 0, 0, 0, 1, 'd' };
	static const uint8_t vnet[] = { 0, 0, 0, 4, 0, 0, 0, 2, 1, 2, 3, 4 };
	static const uint8_t longer[] = { 0, 1, 0x10, 1 }, hdr[] = { 0, 0, 0, 4, 0, 0, 0, 5 };
	struct filter_stream *s = stream(false);
	uint32_t i;

	/* Byte by byte; an empty frame is a frame. */
	for (i = 0; i < sizeof(two); i++) {
		CU_ASSERT_EQUAL(filter_stream_feed(s, two + i, 1), 1);
		CU_ASSERT_EQUAL(s->ready, i == 6 || i == 10 || i == 15);
		if (i == 6)
			CU_ASSERT_EQUAL(memcmp(s->frame, "abc", 3), 0);
	}
	CU_ASSERT_EQUAL(s->frame[0], 'd');
	/* All at once: up to the end of the first. */
	CU_ASSERT_EQUAL(filter_stream_feed(stream(false), two, sizeof(two)), 7);
	CU_ASSERT_EQUAL(filter_stream_feed(stream(true), vnet, sizeof(vnet)), sizeof(vnet));
	CU_ASSERT_TRUE(s->ready && s->hdr_len == 2 && s->len == 4 && s->frame[3] == 4);
	CU_ASSERT_EQUAL(filter_stream_feed(stream(false), longer, 4), -EPROTO);
	CU_ASSERT_EQUAL(filter_stream_feed(stream(true), hdr, 8), -EPROTO);
}

/* A TCP frame of IPv4 with so many bytes of payload. */
static struct rte_mbuf *
make_tcp(uint16_t payload)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + 14);

	CU_ASSERT_PTR_NOT_NULL_FATAL(rte_pktmbuf_append(m, (uint16_t)(54 + payload)));
	memset(p, 0, 54);
	memset(p + 54, 0x5a, payload);
	p[12] = 8;
	ip->version_ihl = 0x45;
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_TCP;
	ip->total_length = rte_cpu_to_be_16((uint16_t)(40 + payload));
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	p[34 + 12] = 0x50;
	m->l2_len = 14;
	m->l3_len = 20;
	m->l4_len = 20;
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM;
	return m;
}

static void
test_vnet(void)
{
	uint8_t hdr[FILTER_VNET_LEN], bad[FILTER_VNET_LEN];
	struct rte_mbuf *m = make_tcp(1200), *copy = make_tcp(1200);
	uint64_t flags;
	unsigned int i;

	m->ol_flags |= RTE_MBUF_F_TX_TCP_SEG;
	m->tso_segsz = 500;
	filter_vnet_put(m, hdr);
	flags = m->ol_flags;
	m->ol_flags = m->tx_offload = 0;
	CU_ASSERT_EQUAL(filter_vnet_get(m, hdr, FILTER_VNET_LEN), 0);
	CU_ASSERT_EQUAL(m->ol_flags, flags);
	CU_ASSERT_EQUAL(m->tso_segsz, 500);
	CU_ASSERT_EQUAL(m->l4_len, 20);
	/* Whatever a header says: accepted within the frame, or refused; ASan watches. */
	for (i = 0; i < 200000; i++) {
		unsigned int k;

		memcpy(bad, hdr, sizeof(bad));
		for (k = i % 4; k < 4; k++)
			bad[rand_r(&(unsigned int){ i * 4 + k }) % sizeof(bad)] = (uint8_t)(i >> k);
		copy->ol_flags = copy->tx_offload = 0;
		if (filter_vnet_get(copy, bad, FILTER_VNET_LEN) == 0 && copy->ol_flags != 0)
			CU_ASSERT_TRUE_FATAL(copy->l2_len + copy->l3_len + 18u <= copy->pkt_len);
	}
	CU_ASSERT_EQUAL(filter_vnet_get(m, hdr, 11), -EINVAL);
	CU_ASSERT_EQUAL(filter_vnet_get(m, hdr, 0), 0);
	rte_pktmbuf_free(m);
	rte_pktmbuf_free(copy);
}

static struct filter_chr *
listen_at(const char *id)
{
	struct filter_chr_conf conf = { .id = id, .path = path, .server = true };
	char why[FILTER_WHY_LEN] = "";
	struct filter_chr *c = filter_chr_open(&conf, why);

	CU_ASSERT_STRING_EQUAL(why, "");
	CU_ASSERT_PTR_NOT_NULL_FATAL(c);
	return c;
}

static int
client(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	struct timeval limit = { .tv_sec = 3 };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s", path);
	CU_ASSERT_EQUAL_FATAL(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	return fd;
}

static bool
reaches(const uint64_t *counter, uint64_t n)
{
	uint64_t end = rte_get_timer_cycles() + 3 * rte_get_timer_hz();

	while (__atomic_load_n(counter, __ATOMIC_RELAXED) < n && rte_get_timer_cycles() < end)
		rte_delay_us_sleep(100);
	return __atomic_load_n(counter, __ATOMIC_RELAXED) >= n;
}

static uint16_t
pass(struct filter *f, uint16_t n)
{
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t i, left;

	for (i = 0; i < n; i++)
		pkts[i] = make_tcp(100);
	left = filter_ops(f)->burst(f, HUB_FILTER_FROM_PORT, pkts, n);
	rte_pktmbuf_free_bulk(pkts, left);
	return left;
}

static void
test_mirror(void)
{
	struct filter_conf conf = { .id = "m", .netdev = "n0", .out = listen_at("c") };
	char why[FILTER_WHY_LEN];
	struct filter *f = filter_mirror_create(&conf, why);
	uint8_t frame[4 + 154];
	unsigned int i;
	int fd;

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NULL(filter_mirror_create(&conf, why));
	CU_ASSERT_STRING_EQUAL(why, "Device 'c' is in use");
	CU_ASSERT_EQUAL(pass(f, 5), 5);
	CU_ASSERT_EQUAL(f->stats.drop_not_connected, 5);
	fd = client();
	CU_ASSERT_TRUE(reaches(&f->stats.connects, 1));
	CU_ASSERT_EQUAL(pass(f, 1), 1);
	CU_ASSERT_EQUAL(recv(fd, frame, sizeof(frame), MSG_WAITALL), sizeof(frame));
	CU_ASSERT_EQUAL(memcmp(frame, "\0\0\0\x9a", 4), 0);
	/* The checksum that the mbuf left to others is there. */
	CU_ASSERT_EQUAL(rte_ipv4_udptcp_cksum_verify((struct rte_ipv4_hdr *)(frame + 18),
				frame + 38),
		0);
	/* A peer that does not read costs copies, and no time. */
	for (i = 0; i < 4 * FILTER_RING / HUB_BURST; i++)
		CU_ASSERT_EQUAL(pass(f, HUB_BURST), HUB_BURST);
	CU_ASSERT_TRUE(f->stats.drop_ring_full + f->stats.drop_no_mbuf > 0);
	/* It goes, and the next one gets whole frames. */
	close(fd);
	fd = client();
	CU_ASSERT_TRUE(reaches(&f->stats.connects, 2));
	CU_ASSERT_EQUAL(pass(f, 1), 1);
	CU_ASSERT_EQUAL(recv(fd, frame, sizeof(frame), MSG_WAITALL), sizeof(frame));
	CU_ASSERT_EQUAL(memcmp(frame, "\0\0\0\x9a", 4), 0);
	filter_destroy(f);
	CU_ASSERT_FALSE(filter_chr_is_claimed(conf.out));
	filter_chr_close(conf.out);
	CU_ASSERT_NOT_EQUAL(access(path, F_OK), 0);
	close(fd);
}

/* More frames than a ring holds, while D does not come by: the peer waits, and nothing is lost. */
static void
test_inject(void)
{
	struct filter_conf conf = { .id = "r",
		.netdev = "n0",
		.queue = FILTER_RX,
		.in = listen_at("c") };
	char why[FILTER_WHY_LEN];
	struct filter *f = filter_redirector_create(&conf, why);
	uint32_t sent = 0, got = 0, frame[17] = { rte_cpu_to_be_32(64) };
	uint64_t end = rte_get_timer_cycles() + 10 * rte_get_timer_hz();
	struct rte_mbuf *pkts[HUB_BURST];
	uint16_t i, n;
	size_t at = 0;
	int fd = client();

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_EQUAL(pass(f, 4), 4); /* without outdev everything passes */
	while (got < 3 * FILTER_RING && rte_get_timer_cycles() < end) {
		ssize_t k = 0;

		frame[1] = sent;
		if (sent < 3 * FILTER_RING)
			k = send(fd, (uint8_t *)frame + at, sizeof(frame) - at, MSG_DONTWAIT);
		at += k > 0 ? (size_t)k : 0;
		if (at == sizeof(frame)) {
			at = 0;
			sent++;
			continue;
		}
		/* The peer is stuck, or done; at first D stays away until nothing moves any more. */
		if (got == 0 && poll(&(struct pollfd){ .fd = fd, .events = POLLOUT }, 1, 200) > 0)
			continue;
		CU_ASSERT_TRUE(sent >= FILTER_RING);
		CU_ASSERT_EQUAL(filter_ops(f)->release(f, HUB_FILTER_FROM_PORT, pkts, 1), 0);
		n = filter_ops(f)->release(f, HUB_FILTER_TO_PORT, pkts, HUB_BURST);
		for (i = 0; i < n; i++)
			CU_ASSERT_EQUAL(*rte_pktmbuf_mtod(pkts[i], uint32_t *), got++);
		rte_pktmbuf_free_bulk(pkts, n);
	}
	CU_ASSERT_EQUAL(got, 3 * FILTER_RING);
	/* A runt is dropped; an impossible length ends the connection; the next peer is served. */
	CU_ASSERT_EQUAL(send(fd, "\0\0\0\1x", 5, 0), 5);
	CU_ASSERT_TRUE(reaches(&f->stats.drop_malformed, 1));
	CU_ASSERT_EQUAL(send(fd, "\xff\xff\xff\xff", 4, 0), 4);
	CU_ASSERT_EQUAL(recv(fd, why, 1, 0), 0);
	CU_ASSERT_EQUAL(f->stats.protocol_errors, 1);
	close(fd);
	fd = client();
	CU_ASSERT_TRUE(reaches(&f->stats.connects, 2));
	filter_destroy(f);
	filter_chr_close(conf.in);
	close(fd);
	filter_reap(true);
}

static int
make_pool(void)
{
	snprintf(path, sizeof(path), "/tmp/rh_filter_net_%d", getpid());
	pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	return pool == NULL;
}

static int
free_pool(void)
{
	return rte_mempool_in_use_count(pool) > 0;
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("filters on sockets", make_pool, free_pool);

	CU_add_test(s, "QEMU's framing", test_stream);
	CU_add_test(s, "virtio-net headers, good and bad", test_vnet);
	CU_add_test(s, "mirror: nobody, somebody, somebody slow", test_mirror);
	CU_add_test(s, "redirector: frames that come in", test_inject);
}

int
main(void)
{
	return test_main("", suites);
}
