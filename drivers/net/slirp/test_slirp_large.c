/* SPDX-License-Identifier: BSD-3-Clause */
/* net_slirp: MSS options, the memory of them, and what becomes of frames longer than the guests' MTU. */
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/test_main.h"
#include "offload/offload.h"
#include "slirp_large.h"
#include "slirp_pmd.h"

#define MTU   1500
#define PORTS 16384 /* connections that fill the table several times */

static struct rte_mempool *pool;
static struct slirp_port *fake; /* a port without ethdev and libslirp */

/** What a test's TCP frame is like. */
struct frame_conf {
	bool v6, to_guest;
	uint8_t flags;
	uint16_t port; /* of the guest */
	uint8_t options[40];
	uint8_t options_len; /* a multiple of 4 */
	uint32_t payload;
};

static void
set_sum(uint8_t *frame, bool v6)
{
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(frame + (v6 ? 54 : 34));

	tcp->cksum = 0;
	tcp->cksum = v6 ? rte_ipv6_udptcp_cksum((void *)(frame + 14), tcp)
			: rte_ipv4_udptcp_cksum((void *)(frame + 14), tcp);
}

static bool
sum_is_right(const uint8_t *frame, bool v6)
{
	const uint8_t *l4 = frame + (v6 ? 54 : 34);

	return (v6 ? rte_ipv6_udptcp_cksum_verify((const void *)(frame + 14), l4)
		   : rte_ipv4_udptcp_cksum_verify((const void *)(frame + 14), l4)) == 0;
}

/* Ethernet and IP around len bytes of L4; the same addresses either way, by direction. */
static uint32_t
make_ip(uint8_t *frame, const struct frame_conf *c, uint8_t proto, uint32_t len)
{
	uint32_t alen = c->v6 ? 16 : 4, l3 = c->v6 ? 40 : 20;
	uint8_t *addr = frame + 14 + (c->v6 ? 8 : 12);

	memset(frame, 0, 14 + l3);
	frame[12] = c->v6 ? 0x86 : 0x08;
	frame[13] = c->v6 ? 0xdd : 0x00;
	memset(addr, c->to_guest ? 2 : 15, alen);
	memset(addr + alen, c->to_guest ? 15 : 2, alen);
	if (c->v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(frame + 14);

		ip->vtc_flow = RTE_BE32(0x60000000);
		ip->proto = proto;
		ip->payload_len = rte_cpu_to_be_16((uint16_t)len);
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + 14);

		ip->version_ihl = 0x45;
		ip->next_proto_id = proto;
		ip->total_length = rte_cpu_to_be_16((uint16_t)(20 + len));
		ip->hdr_checksum = rte_ipv4_cksum(ip);
	}
	return 14 + l3 + len;
}

static uint32_t
make_tcp(uint8_t *frame, const struct frame_conf *c)
{
	uint32_t hdr = 20u + c->options_len, i;
	uint32_t len = make_ip(frame, c, IPPROTO_TCP, hdr + c->payload);
	uint8_t *l4 = frame + (c->v6 ? 54 : 34);
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)l4;

	memset(l4, 0, hdr);
	tcp->src_port = c->to_guest ? RTE_BE16(80) : rte_cpu_to_be_16(c->port);
	tcp->dst_port = c->to_guest ? rte_cpu_to_be_16(c->port) : RTE_BE16(80);
	tcp->sent_seq = RTE_BE32(1000000);
	tcp->data_off = (uint8_t)(hdr / 4 << 4);
	tcp->tcp_flags = c->flags;
	memcpy(tcp + 1, c->options, c->options_len);
	for (i = 0; i < c->payload; i++)
		l4[hdr + i] = (uint8_t)(i * 7 + i / 251);
	set_sum(frame, c->v6);
	return len;
}

static uint16_t
get16(const uint8_t *p)
{
	return (uint16_t)(p[0] << 8 | p[1]);
}

/* A SYN of a guest with this MSS behind `before` NOPs. */
static struct frame_conf
syn(bool v6, uint16_t port, uint16_t mss, uint8_t before)
{
	struct frame_conf c = { .v6 = v6,
		.flags = RTE_TCP_SYN_FLAG,
		.port = port,
		.options_len = 8 };

	memset(c.options, 1, sizeof(c.options));
	c.options[before] = 2;
	c.options[before + 1] = 4;
	c.options[before + 2] = (uint8_t)(mss >> 8);
	c.options[before + 3] = (uint8_t)mss;
	return c;
}

static uint16_t
seg_of(struct slirp_mss *t, bool v6, uint16_t port, bool *known)
{
	struct frame_conf c = { .v6 = v6, .to_guest = true, .port = port };
	struct slirp_tcp tcp;
	uint8_t frame[128];

	CU_ASSERT_TRUE(slirp_tcp_find(frame, make_tcp(frame, &c), &tcp));
	return slirp_mss_of(t, frame, &tcp, known);
}

static void
test_raise(void)
{
	/* clang-format off */
	static const struct {
		bool v6;
		uint16_t mss, to, seg; /* seg 0: not remembered */
	} rows[] = {
		{ false, 1460, 22 * 1460, 1460 },
		{ false, 1448, 22 * 1448, 1448 },
		{ false, 9000, 22 * 1460, 1460 }, /* a guest of a larger MTU than mtu= */
		{ false, 536, 61 * 536, 536 },
		{ false, 535, 535, 0 }, /* smaller than what a lost entry would mean */
		{ false, 0, 0, 0 },
		{ false, 65535, 22 * 1460, 1460 },
		{ true, 1440, 22 * 1440, 1440 },
		{ true, 1220, 26 * 1220, 1220 },
		{ true, 1219, 1219, 0 },
	};
	/* clang-format on */
	struct slirp_mss *t = slirp_mss_create(MTU);
	uint8_t frame[128], before, again;
	bool known;
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++)
		for (before = 0; before < 5; before++) { /* also across two words of the sum */
			bool v6 = rows[i].v6;
			uint16_t port = (uint16_t)(100 + i);
			struct frame_conf c = syn(v6, port, rows[i].mss, before);
			uint8_t *value = frame + (v6 ? 54 : 34) + 20 + before + 2;

			if (before == 3)
				c.flags |= RTE_TCP_ACK_FLAG;  /* the answer to a hostfwd's SYN */
			for (again = 0; again < 2; again++) { /* and a retransmission */
				uint32_t len = make_tcp(frame, &c);
				uint16_t def = v6 ? SLIRP_MSS_DEFAULT6 : SLIRP_MSS_DEFAULT4;

				CU_ASSERT_EQUAL(slirp_mss_raise(t, frame, len),
					rows[i].to > rows[i].mss);
				CU_ASSERT_EQUAL(get16(value), rows[i].to);
				CU_ASSERT_TRUE(sum_is_right(frame, v6));
				CU_ASSERT_EQUAL(seg_of(t, v6, port, &known),
					rows[i].seg != 0 ? rows[i].seg : def);
				CU_ASSERT_EQUAL(known, rows[i].seg != 0);
			}
		}
	/* The same ports in the other family are other connections. */
	seg_of(t, true, 100, &known);
	CU_ASSERT_FALSE(known);
	slirp_mss_destroy(t);
}

/* A second connection of the same ends may ask for something else. */
static void
test_reuse(void)
{
	struct slirp_mss *t = slirp_mss_create(9000);
	struct frame_conf c = syn(false, 7, 1460, 0);
	uint8_t frame[128];
	bool known;

	slirp_mss_raise(t, frame, make_tcp(frame, &c));
	CU_ASSERT_EQUAL(seg_of(t, false, 7, &known), 1460);
	c = syn(false, 7, 1000, 0);
	slirp_mss_raise(t, frame, make_tcp(frame, &c));
	CU_ASSERT_EQUAL(seg_of(t, false, 7, &known), 1000);
	c = syn(false, 7, 8960, 0);
	slirp_mss_raise(t, frame, make_tcp(frame, &c));
	CU_ASSERT_EQUAL(get16(frame + 56), 3 * 8960);
	CU_ASSERT_EQUAL(seg_of(t, false, 7, &known), 8960);
	slirp_mss_destroy(t);
}

static void
test_not_raised(void)
{
	/* clang-format off */
	static const struct {
		const char *what;
		uint8_t flags, n;
		uint8_t options[12];
	} rows[] = {
		{ "no SYN", RTE_TCP_ACK_FLAG, 4, { 2, 4, 5, 180 } },
		{ "no option", RTE_TCP_SYN_FLAG, 0, { 0 } },
		{ "behind the end of options", RTE_TCP_SYN_FLAG, 8, { 0, 0, 0, 0, 2, 4, 5, 180 } },
		{ "of a wrong length", RTE_TCP_SYN_FLAG, 8, { 2, 3, 5, 1, 2, 5, 5, 180 } },
		{ "length 0 before it", RTE_TCP_SYN_FLAG, 8, { 8, 0, 1, 1, 2, 4, 5, 180 } },
		{ "length 1 before it", RTE_TCP_SYN_FLAG, 8, { 8, 1, 1, 1, 2, 4, 5, 180 } },
		{ "an option longer than the header", RTE_TCP_SYN_FLAG, 8, { 3, 40, 1, 1, 2, 4, 5, 180 } },
		{ "cut by the header's end", RTE_TCP_SYN_FLAG, 4, { 1, 2, 4, 5 } },
		{ "its kind in the last byte", RTE_TCP_SYN_FLAG, 4, { 1, 1, 1, 2 } },
	};
	/* clang-format on */
	struct slirp_mss *t = slirp_mss_create(MTU);
	uint8_t frame[128], was[128];
	struct frame_conf c;
	uint32_t len, cut;
	bool known;
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++) {
		c = (struct frame_conf){ .flags = rows[i].flags,
			.port = 9,
			.options_len = rows[i].n };
		memcpy(c.options, rows[i].options, rows[i].n);
		len = make_tcp(frame, &c);
		memcpy(was, frame, len);
		CU_ASSERT_FALSE(slirp_mss_raise(t, frame, len));
		CU_ASSERT_EQUAL(memcmp(was, frame, len), 0);
		seg_of(t, false, 9, &known);
		CU_ASSERT_FALSE(known);
		if (known)
			printf("  %s\n", rows[i].what);
	}
	/* Cut anywhere, with a wrong header length, in a later fragment: nothing is read behind the end. */
	c = syn(false, 9, 1460, 0);
	len = make_tcp(frame, &c);
	for (cut = 0; cut < len; cut++) {
		uint8_t *exact = malloc(cut + 1);

		memcpy(exact, frame, cut);
		CU_ASSERT_FALSE(slirp_mss_raise(t, exact, cut));
		free(exact);
	}
	frame[46] = 0x40;
	CU_ASSERT_FALSE(slirp_mss_raise(t, frame, len));
	frame[46] = 0xf0;
	CU_ASSERT_FALSE(slirp_mss_raise(t, frame, len));
	make_tcp(frame, &c);
	frame[21] = 1;
	CU_ASSERT_FALSE(slirp_mss_raise(t, frame, len));
	make_tcp(frame, &c);
	frame[14] = 0x44;
	CU_ASSERT_FALSE(slirp_mss_raise(t, frame, len));
	slirp_mss_destroy(t);
}

static void
test_bounds(void)
{
	struct slirp_mss *t = slirp_mss_create(MTU);
	unsigned int port, n = 0;
	uint8_t frame[128];
	struct frame_conf c;
	bool known;

	for (port = 1; port <= PORTS; port++) {
		c = syn(false, (uint16_t)port, 1400, 0);
		CU_ASSERT_TRUE(slirp_mss_raise(t, frame, make_tcp(frame, &c)));
		/* One that is busy stays. */
		CU_ASSERT_EQUAL(seg_of(t, false, 1, &known), 1400);
	}
	for (port = 1; port <= PORTS; port++)
		n += seg_of(t, false, (uint16_t)port, &known) == 1400;
	CU_ASSERT_TRUE(n > SLIRP_MSS_SETS && n <= SLIRP_MSS_SETS * SLIRP_MSS_WAYS);
	CU_ASSERT_EQUAL(seg_of(t, true, 40000, &known), SLIRP_MSS_DEFAULT6);
	CU_ASSERT_FALSE(known);
	slirp_mss_destroy(t);
	/* The default fits small MTUs, too. */
	t = slirp_mss_create(68);
	CU_ASSERT_EQUAL(seg_of(t, false, 1, &known), 28);
	CU_ASSERT_EQUAL(seg_of(t, true, 1, &known), 8);
	slirp_mss_destroy(t);
}

/* What the port gave to the hub. */
static unsigned int
given(struct rte_mbuf **m, unsigned int n)
{
	slirp_flush(fake);
	return rte_ring_sc_dequeue_burst(fake->pump.from_pump, (void **)m, n, NULL);
}

static void
test_clamp(void)
{
	struct frame_conf c = syn(false, 5, 65481, 1);
	uint8_t frame[128];
	struct rte_mbuf *m = NULL;

	c.to_guest = true;
	c.flags |= RTE_TCP_ACK_FLAG;
	slirp_give(fake, frame, make_tcp(frame, &c));
	if (given(&m, 1) != 1 || m == NULL) {
		CU_FAIL("no frame");
		return;
	}
	CU_ASSERT_EQUAL(get16(rte_pktmbuf_mtod_offset(m, uint8_t *, 57)), 1460);
	CU_ASSERT_TRUE(sum_is_right(rte_pktmbuf_mtod(m, uint8_t *), false));
	rte_pktmbuf_free(m);
	c = syn(true, 5, 1000, 0);
	c.to_guest = true;
	slirp_give(fake, frame, make_tcp(frame, &c));
	if (given(&m, 1) != 1 || m == NULL) {
		CU_FAIL("no frame");
		return;
	}
	CU_ASSERT_EQUAL(get16(rte_pktmbuf_mtod_offset(m, uint8_t *, 76)), 1000);
	CU_ASSERT_TRUE(sum_is_right(rte_pktmbuf_mtod(m, uint8_t *), true));
	rte_pktmbuf_free(m);
}

/* Cut m as a guest without TSO gets it, and look at each segment. */
static void
check_segments(struct rte_mbuf *m, const struct frame_conf *c, const uint8_t *frame, uint16_t seg)
{
	static struct rte_mbuf *out[OFFLOAD_MAX_SEGMENTS];
	uint32_t hdr = (c->v6 ? 54 : 34) + 20, off = 0;
	int i, n = offload_segment_tcp(m, pool, out);

	CU_ASSERT_EQUAL(n, (int)((c->payload + seg - 1) / seg));
	for (i = 0; i < n; i++) {
		uint8_t buf[MTU + 14];
		uint32_t len = out[i]->pkt_len;
		const uint8_t *p;

		CU_ASSERT_TRUE_FATAL(len <= MTU + 14);
		p = rte_pktmbuf_read(out[i], 0, len, buf);
		CU_ASSERT_TRUE(sum_is_right(p, c->v6));
		CU_ASSERT_EQUAL(memcmp(p + hdr, frame + hdr + off, len - hdr), 0);
		off += len - hdr;
	}
	CU_ASSERT_EQUAL(off, c->payload);
	if (n > 0)
		rte_pktmbuf_free_bulk(out, (unsigned int)n);
}

/* With the sum of the pseudo header in its place, a plain sum over TCP completes it. */
static void
check_sum_to_finish(const struct rte_mbuf *m, uint8_t *frame, bool v6)
{
	uint32_t l4 = v6 ? 54 : 34;

	frame[l4 + 13] = RTE_TCP_ACK_FLAG; /* without URG */
	set_sum(frame, v6);
	CU_ASSERT_EQUAL((uint16_t)~offload_raw_sum(m, l4),
		*(const unaligned_uint16_t *)(frame + l4 + 16));
}

static void
test_gso(void)
{
	static uint8_t frame[SLIRP_MAX_FRAME];
	/* clang-format off */
	static const struct {
		bool v6;
		uint16_t port;
		uint32_t payload;
		uint16_t seg; /* 0: whole */
	} rows[] = {
		{ false, 1, 22 * 1460, 1460 },
		{ true, 1, 22 * 1440, 1440 },
		{ false, 1, 1461, 1460 },
		{ false, 1, 1460, 0 },
		{ false, 2, 1001, 1000 },
		{ false, 3, 1460, 536 }, /* a connection that nobody knows */
		{ true, 3, 1221, 1220 },
		{ false, 3, 536, 0 },
	};
	/* clang-format on */
	uint64_t forgotten = fake->count.mss_forgotten, urg;
	struct frame_conf c;
	struct rte_mbuf *m = NULL;
	size_t i;

	for (i = 0; i < 3; i++) {
		c = syn(i == 2, i == 1 ? 2 : 1, i == 1 ? 1000 : 1460, 0);
		slirp_mss_raise(fake->mss, frame, make_tcp(frame, &c));
	}
	for (i = 0; i < RTE_DIM(rows); i++) {
		bool v6 = rows[i].v6;

		c = (struct frame_conf){ .v6 = v6,
			.to_guest = true,
			.port = rows[i].port,
			.flags = RTE_TCP_ACK_FLAG | RTE_TCP_URG_FLAG,
			.payload = rows[i].payload };
		slirp_give(fake, frame, make_tcp(frame, &c));
		if (given(&m, 1) != 1 || m == NULL) {
			CU_FAIL("no frame");
			return;
		}
		urg = rte_pktmbuf_mtod(m, uint8_t *)[(v6 ? 54 : 34) + 13] & RTE_TCP_URG_FLAG;
		CU_ASSERT_EQUAL(urg != 0, rows[i].seg == 0);
		if (rows[i].seg == 0) {
			CU_ASSERT_EQUAL(m->ol_flags & OFFLOAD_TX_FLAGS, 0);
			CU_ASSERT_TRUE(sum_is_right(rte_pktmbuf_mtod(m, uint8_t *), v6));
			rte_pktmbuf_free(m);
			continue;
		}
		CU_ASSERT_EQUAL(m->ol_flags,
			RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM |
				(v6 ? RTE_MBUF_F_TX_IPV6 : RTE_MBUF_F_TX_IPV4));
		CU_ASSERT_EQUAL(m->tso_segsz, rows[i].seg);
		CU_ASSERT_TRUE(m->l2_len == 14 && m->l3_len == (v6 ? 40 : 20) && m->l4_len == 20);
		check_sum_to_finish(m, frame, v6);
		check_segments(m, &c, frame, rows[i].seg);
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(fake->count.mss_forgotten - forgotten, 2);
}

/* Fragments put together again. @return bytes behind the IP header; the frames are freed. */
static uint32_t
reassemble(struct rte_mbuf **m, unsigned int n, bool v6, uint8_t *to)
{
	uint32_t hdr = v6 ? 62 : 34, end = 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint8_t buf[MTU + 14];
		const uint8_t *p;
		uint32_t len, off;
		bool more;

		CU_ASSERT_TRUE_FATAL(m[i]->pkt_len <= MTU + 14);
		p = rte_pktmbuf_read(m[i], 0, m[i]->pkt_len, buf);
		off = v6 ? get16(p + 56) & 0xfff8u : (get16(p + 20) & 0x1fffu) * 8;
		more = v6 ? p[57] & 1 : (p[20] & 0x20) != 0;
		len = v6 ? get16(p + 18) - 8u : get16(p + 16) - 20u;
		CU_ASSERT_EQUAL(off, end);
		CU_ASSERT_EQUAL(more, i + 1 < n);
		if (v6) {
			CU_ASSERT_TRUE(p[20] == 44 && p[54] == IPPROTO_UDP);
		} else {
			CU_ASSERT_EQUAL(rte_raw_cksum(p + 14, 20), 0xffff);
		}
		memcpy(to + off, p + hdr, len);
		end = off + len;
		rte_pktmbuf_free(m[i]);
	}
	return end;
}

static void
test_fragments(void)
{
	static uint8_t frame[SLIRP_MAX_FRAME], whole[SLIRP_MAX_FRAME];
	static const uint32_t sizes[] = { 1473, 1481, 4000, 65000 };
	struct rte_mbuf *m[64];
	uint64_t too_long = fake->count.too_long;
	struct frame_conf c = { .to_guest = true };
	unsigned int n;
	uint32_t len, i;
	size_t k;

	for (k = 0; k < 2 * RTE_DIM(sizes); k++) {
		uint32_t l3 = k % 2 ? 40 : 20, data = sizes[k / 2];

		c.v6 = k % 2;
		len = make_ip(frame, &c, IPPROTO_UDP, data);
		for (i = 0; i < data; i++)
			frame[14 + l3 + i] = (uint8_t)(i * 3 + i / 256);
		slirp_give(fake, frame, len);
		n = given(m, RTE_DIM(m));
		CU_ASSERT_EQUAL(n > 1, data + l3 > MTU);
		if (n > 1) {
			CU_ASSERT_EQUAL(reassemble(m, n, c.v6, whole), data);
			CU_ASSERT_EQUAL(memcmp(whole, frame + 14 + l3, data), 0);
		} else {
			rte_pktmbuf_free_bulk(m, n);
		}
	}
	/* One that may not be cut, and one that is no IP. */
	c.v6 = false;
	len = make_ip(frame, &c, IPPROTO_UDP, 2000);
	frame[20] = 0x40;
	slirp_give(fake, frame, len);
	frame[12] = 0x88;
	slirp_give(fake, frame, len);
	CU_ASSERT_EQUAL(given(m, 1), 0);
	CU_ASSERT_EQUAL(fake->count.too_long - too_long, 2);
}

static int
fake_open(void)
{
	fake = calloc(1, sizeof(*fake));
	pool = rte_pktmbuf_pool_create("test", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	if (fake == NULL || pool == NULL ||
		pmd_pump_init(&fake->pump, "fake", SLIRP_RING, NULL, NULL) < 0)
		return -1;
	fake->pool = pool;
	fake->conf.args.mtu = MTU;
	fake->mss = slirp_mss_create(MTU);
	fake->piece = malloc(SLIRP_MAX_FRAME);
	return fake->mss != NULL && fake->piece != NULL ? 0 : -1;
}

static int
fake_close(void)
{
	unsigned int left = rte_mempool_in_use_count(pool);

	pmd_pump_fini(&fake->pump);
	slirp_mss_destroy(fake->mss);
	free(fake->piece);
	free(fake);
	return left == 0 ? 0 : -1;
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("net_slirp, large frames", fake_open, fake_close);

	CU_add_test(s, "SYNs ask for more", test_raise);
	CU_add_test(s, "ports used again", test_reuse);
	CU_add_test(s, "hostile options", test_not_raised);
	CU_add_test(s, "a bounded memory", test_bounds);
	CU_add_test(s, "SYNs towards guests", test_clamp);
	CU_add_test(s, "frames of several segments", test_gso);
	CU_add_test(s, "datagrams in fragments", test_fragments);
}

int
main(void)
{
	return test_main("", suites);
}
