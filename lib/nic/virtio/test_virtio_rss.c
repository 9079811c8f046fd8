/* SPDX-License-Identifier: BSD-3-Clause */
/* Hashes, steering by them, their report to the guest, and the commands that set all that. */
#include <string.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "test_pci.h"
#include "test_virtio.h"

#define OK	 VIRTIO_CTRL_OK
#define ERR	 VIRTIO_CTRL_ERR
#define FEATURES (TP_FEATURES | VIRTIO_NET_F_RSS)
#define TCP	 6
#define UDP	 17

/* The key and the vectors by which RSS is usually verified (Microsoft, "Verifying the RSS hash"). */
static const uint8_t key[VIRTIO_RSS_KEY] = { 0x6d, 0x5a, 0x56, 0xda, 0x25, 0x5b, 0x0e, 0xc2, 0x41,
	0x67, 0x25, 0x3d, 0x43, 0xa3, 0x8f, 0xb0, 0xd0, 0xca, 0x2b, 0xcb, 0xae, 0x7b, 0x30, 0xb4,
	0x77, 0xcb, 0x2d, 0xa3, 0x80, 0x30, 0xf2, 0x0c, 0x6a, 0x42, 0xb7, 0x3b, 0xbe, 0xac, 0x01,
	0xfa };
static const uint8_t v4_from[4] = { 66, 9, 149, 187 }, v4_to[4] = { 161, 142, 100, 80 };
static const uint8_t v6_from[16] = { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x1f, 0xff, [15] = 7 };
static const uint8_t v6_to[16] = { 0x3f, 0xfe, 0x25, 0x01, 0x02, 0x00, 0x00, 0x03, [15] = 1 };
#define V4_IP  0x323e8fc2u
#define V4_L4  0x51ccc178u
#define V6_IP  0x2cc18cd5u
#define V6_L4  0x40207d3du
#define PORT_A 2794
#define PORT_B 1766

/* The frame of the vectors, as TCP, UDP or else. @return its length. */
static uint32_t
make_frame(uint8_t *f, bool v6, uint8_t proto, uint16_t from_port)
{
	uint8_t *l3 = f + 14, *l4 = l3 + (v6 ? 40 : 20);

	memset(f, 0, 128);
	f[12] = v6 ? 0x86 : 0x08;
	f[13] = v6 ? 0xdd : 0;
	if (v6) {
		l3[0] = 0x60;
		l3[5] = 20;
		l3[6] = proto;
		memcpy(l3 + 8, v6_from, 16);
		memcpy(l3 + 24, v6_to, 16);
	} else {
		l3[0] = 0x45;
		l3[3] = 40;
		l3[9] = proto;
		memcpy(l3 + 12, v4_from, 4);
		memcpy(l3 + 16, v4_to, 4);
	}
	l4[0] = (uint8_t)(from_port >> 8);
	l4[1] = (uint8_t)from_port;
	l4[2] = PORT_B >> 8;
	l4[3] = (uint8_t)PORT_B;
	l4[12] = 0x50;
	return (uint32_t)(l4 + 20 - f);
}

static struct rte_mbuf *
make_mbuf(const uint8_t *frame, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(test_pool);

	memcpy(rte_pktmbuf_append(m, (uint16_t)len), frame, len);
	return m;
}

static uint16_t
hash_of(uint32_t types, bool v6, uint8_t proto, uint32_t *hash)
{
	struct virtio_rss rss = { 0 };
	struct rte_mbuf *m;
	uint8_t frame[128] = { 0 };
	uint16_t report;

	virtio_rss_set(&rss, types, key);
	m = make_mbuf(frame, make_frame(frame, v6, proto, PORT_A));
	report = virtio_rss_hash(&rss, m, hash);
	rte_pktmbuf_free(m);
	return report;
}

static void
test_vectors(void)
{
	/* clang-format off */
	static const struct { uint32_t types; bool v6; uint8_t proto; uint16_t report; uint32_t hash; } c[] = {
		{ VIRTIO_HASH_TYPES, false, TCP, 2, V4_L4 }, { VIRTIO_HASH_TYPES, true, TCP, 5, V6_L4 },
		{ VIRTIO_HASH_TYPES, false, UDP, 3, V4_L4 }, { VIRTIO_HASH_TYPES, true, UDP, 6, V6_L4 },
		{ VIRTIO_HASH_TYPES, false, 1, 1, V4_IP }, { VIRTIO_HASH_TYPES, true, 58, 4, V6_IP },
		{ VIRTIO_HASH_TYPE_IPV4, false, TCP, 1, V4_IP }, { VIRTIO_HASH_TYPE_IPV6, true, UDP, 4, V6_IP },
		{ VIRTIO_HASH_TYPE_TCPV4, false, UDP, 0, 0 }, { VIRTIO_HASH_TYPE_TCPV4, true, TCP, 0, 0 },
		{ VIRTIO_HASH_TYPE_IPV6, false, TCP, 0, 0 }, { 0, false, TCP, 0, 0 },
	};
	/* clang-format on */
	uint32_t hash;
	size_t i;

	for (i = 0; i < RTE_DIM(c); i++) {
		CU_ASSERT_EQUAL(hash_of(c[i].types, c[i].v6, c[i].proto, &hash), c[i].report);
		CU_ASSERT_EQUAL(hash, c[i].hash);
	}
}

/* No frame that ends in its headers is read beyond its end. */
static void
test_cut_frames(void)
{
	struct virtio_rss rss = { 0 };
	uint8_t frame[128] = { 0 };
	uint32_t len, n, hash;

	virtio_rss_set(&rss, VIRTIO_HASH_TYPES, key);
	for (n = 0; n < 2; n++) {
		for (len = make_frame(frame, n, TCP, PORT_A); len >= 14; len--) {
			struct rte_mbuf *m = make_mbuf(frame, len);
			uint16_t report = virtio_rss_hash(&rss, m, &hash);

			CU_ASSERT_TRUE(report == 0 ? hash == 0 : len >= (n ? 54u : 34u));
			rte_pktmbuf_free(m);
		}
	}
}

/* A command, laid out as the driver does: types, mask, unclassified, table, transmit queues, key. */
struct rss_cmd {
	uint32_t types;
	uint16_t mask, unclassified, entries, tx;
	uint8_t key_len;
	uint16_t table[200];
	uint32_t cut;  /* bytes left away */
	uint32_t more; /* bytes behind it */
};

static int
send_rss(struct test_pci *t, const struct rss_cmd *c)
{
	uint8_t b[640] = { 0 };
	uint32_t n = 0;

#define PUT(val) (memcpy(b + n, &(val), sizeof(val)), n += sizeof(val))
	PUT(c->types);
	PUT(c->mask);
	PUT(c->unclassified);
	memcpy(b + n, c->table, c->entries * sizeof(uint16_t));
	n += c->entries * 2u;
	PUT(c->tx);
	PUT(c->key_len);
	memcpy(b + n, key, RTE_MIN(c->key_len, sizeof(key)));
	n += c->key_len;
#undef PUT
	return tp_command(t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_RSS, b, n - c->cut + c->more);
}

static const struct rss_cmd good = { VIRTIO_HASH_TYPES, 3, 1, 4, 2, 40, { 0, 1, 1, 0 }, 0, 0 };

static uint16_t
queue_of(struct test_pci *t, bool v6, uint8_t proto, uint16_t port)
{
	uint16_t q = 99;
	uint8_t frame[128] = { 0 };
	struct rte_mbuf *m = make_mbuf(frame, make_frame(frame, v6, proto, port));

	if (!t->nic->steers || !virtio_select(t->nic, &m, 1, &q))
		q = 99;
	rte_pktmbuf_free(m);
	return q;
}

static void
test_steering(void)
{
	struct test_pci t;
	struct virtio_net *v;
	struct rss_cmd c = good;
	unsigned int port, came[2] = { 0 };
	uint16_t pairs = 2;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	v = t.nic->state;
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), 99);
	CU_ASSERT_EQUAL(send_rss(&t, &good), OK);
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), good.table[V4_L4 & 3]);
	CU_ASSERT_EQUAL(queue_of(&t, true, TCP, PORT_A), good.table[V6_L4 & 3]);
	CU_ASSERT_EQUAL(queue_of(&t, false, 1, 0), good.table[V4_IP & 3]);
	for (port = 1; port <= 256; port++)
		came[queue_of(&t, false, TCP, (uint16_t)port)]++;
	CU_ASSERT_TRUE(came[0] > 64 && came[1] > 64);
	/* What is not to be hashed goes to the queue for such. */
	c.types = VIRTIO_HASH_TYPE_TCPV6;
	CU_ASSERT_EQUAL(send_rss(&t, &c), OK);
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), 1);
	/* An index that went stale is not used. */
	v->rss.unclassified = 16;
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), 0);
	/* Pairs set without a table end it. */
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_PAIRS, &pairs, 2), OK);
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), 99);
	CU_ASSERT_EQUAL(send_rss(&t, &good), OK);
	CU_ASSERT_NOT_EQUAL(queue_of(&t, false, TCP, PORT_A), 99);
	tp_w8(&t, 0x14, 0);
	CU_ASSERT_EQUAL(queue_of(&t, false, TCP, PORT_A), 99);
	tp_down(&t);
}

/* A table decides which receive rings run, the last field which transmit rings. */
static void
test_rings(void)
{
	struct test_pci t;
	struct virtio_net *v;
	struct rss_cmd c = good;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	v = t.nic->state;
	CU_ASSERT_FALSE(v->pair[1].to_guest.running || v->pair[1].from_guest.running);
	c.tx = 1;
	CU_ASSERT_EQUAL(send_rss(&t, &c), OK);
	CU_ASSERT_TRUE(v->pair[1].to_guest.running && !v->pair[1].from_guest.running);
	c = (struct rss_cmd){ VIRTIO_HASH_TYPES, 0, 0, 1, 2, 40, { 0 }, 0, 0 };
	CU_ASSERT_EQUAL(send_rss(&t, &c), OK);
	CU_ASSERT_TRUE(!v->pair[1].to_guest.running && v->pair[1].from_guest.running);
	/* RSS without MQ has all queues, too. */
	CU_ASSERT_TRUE(tp_negotiate(&t, FEATURES & ~VIRTIO_NET_F_MQ));
	CU_ASSERT_EQUAL(virtio_pci_ctrl_index(t.nic), TP_CTRL);
	tp_down(&t);
}

#define ALL VIRTIO_HASH_TYPES
static void
test_hostile(void)
{
	/* clang-format off */
	static const struct { struct rss_cmd c; int answer; const char *count; } c[] = {
		{ { ALL, 127, 0, 128, 2, 40, { 0 }, 0, 0 }, OK, NULL },
		{ { ALL, 0, 0, 1, 1, 1, { 0 }, 0, 0 }, OK, NULL },
		{ { 0, 0, 0, 1, 1, 0, { 0 }, 0, 0 }, OK, NULL }, /* no hash needs no key */
		{ { ALL, 3, 0, 4, 2, 40, { 0, 1, 0, 1 }, 0, 60 }, OK, NULL }, /* more is not looked at */
		{ { ALL | 1 << 6, 3, 1, 4, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* not offered */
		{ { ALL | 1u << 31, 3, 1, 4, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* reserved */
		{ { ALL, 2, 0, 3, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* three entries */
		{ { ALL, 4, 0, 5, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 128, 0, 129, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 255, 0, 200, 2, 40, { 0 }, 0, 56 }, ERR, "ctrl_bad_value" }, /* too many */
		{ { ALL, 0xffff, 0, 4, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 2, 4, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* no such queue */
		{ { ALL, 3, 0x8000, 4, 2, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* reserved bit */
		{ { ALL, 3, 0, 4, 2, 40, { 0, 0, 0, 2 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 0, 4, 2, 40, { 0x8000 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 0, 4, 0, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* nothing to send on */
		{ { ALL, 3, 0, 4, 3, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 0, 4, 0xffff, 40, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 0, 4, 2, 41, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* longer than we said */
		{ { ALL, 3, 0, 4, 2, 255, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" },
		{ { ALL, 3, 0, 4, 2, 0, { 0 }, 0, 0 }, ERR, "ctrl_bad_value" }, /* hash without a key */
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 1, 0 }, ERR, "ctrl_short" }, /* in the key */
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 41, 0 }, ERR, "ctrl_short" }, /* no key length */
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 42, 0 }, ERR, "ctrl_short" },
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 45, 0 }, ERR, "ctrl_short" }, /* in the table */
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 52, 0 }, ERR, "ctrl_short" }, /* in the header */
		{ { ALL, 3, 0, 4, 2, 40, { 0 }, 59, 0 }, ERR, "ctrl_short" }, /* nothing */
	};
	/* clang-format on */
	struct test_pci t;
	struct virtio_net *v;
	size_t i;

	tp_up(&t, true);
	tp_start(&t, FEATURES);
	v = t.nic->state;
	CU_ASSERT_EQUAL(send_rss(&t, &good), OK);
	for (i = 0; i < RTE_DIM(c); i++) {
		uint64_t before = c[i].count == NULL ? 0 : tp_count(&t, c[i].count);
		struct virtio_rss rss;

		CU_ASSERT_EQUAL(send_rss(&t, &good), OK);
		rss = v->rss;
		CU_ASSERT_EQUAL(send_rss(&t, &c[i].c), c[i].answer);
		if (c[i].count == NULL)
			continue;
		CU_ASSERT_EQUAL(tp_count(&t, c[i].count), before + 1);
		/* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): a copy of the whole */
		CU_ASSERT_EQUAL(memcmp(&rss, &v->rss, sizeof(rss)), 0); /* as it was */
	}
	tp_start(&t, TP_FEATURES);
	i = tp_count(&t, "ctrl_unknown");
	CU_ASSERT_EQUAL(send_rss(&t, &good), ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_unknown"), i + 1);
	tp_down(&t);
}

/* Give the guest a frame in buffers of piece bytes. @return whether header and frame arrived. */
static bool
give_with_hash(struct test_pci *t, const uint8_t *frame, uint32_t len, uint32_t piece,
	struct virtio_net_hdr_hash *hdr)
{
	struct td_buf buf[64];
	uint64_t at = TD_DATA + 0x10000;
	struct rte_mbuf *m = make_mbuf(frame, len);
	struct vring_used_elem e = { 0 };
	uint32_t n = 0, left = len + sizeof(*hdr), i;
	uint8_t got[256];

	for (i = 0; left > 0; i++, left -= n) {
		n = RTE_MIN(left, piece);
		buf[i] = (struct td_buf){ at + len + sizeof(*hdr) - left, n, VRING_DESC_F_WRITE };
	}
	td_post(&t->ring[0], buf, i);
	CU_ASSERT_EQUAL(virtio_to_guest(t->nic, 0, &m, 1), 1);
	CU_ASSERT_TRUE(td_poll(&t->ring[0], &e));
	td_read(&t->td, at, hdr, sizeof(*hdr));
	td_read(&t->td, at + sizeof(*hdr), got, len);
	return e.len == len + sizeof(*hdr) && memcmp(got, frame, len) == 0;
}

static void
test_report(void)
{
	uint8_t conf[12 + 1 + 40] = {
		VIRTIO_HASH_TYPES, [10] = 2, [12] = 40
	}; /* Linux 6.1 has the 2 */
	const uint64_t features = TP_FEATURES | VIRTIO_NET_F_HASH_REPORT;
	struct virtio_net_hdr_hash hdr;
	struct td_buf out = { TD_DATA, 0, 0 };
	struct rte_mbuf *m = NULL;
	struct vring_used_elem e;
	struct test_pci t;
	uint8_t frame[128] = { 0 };
	uint32_t len = make_frame(frame, true, TCP, PORT_A), piece;

	tp_up(&t, true);
	tp_start(&t, features);
	CU_ASSERT_TRUE(give_with_hash(&t, frame, len, 200, &hdr));
	CU_ASSERT_EQUAL(hdr.hash_report, 0); /* not before it is told how */
	memcpy(conf + 13, key, sizeof(key));
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, conf, sizeof(conf)),
		OK);
	for (piece = 3; piece <= 200; piece += 7) {
		memset(&hdr, 0xee, sizeof(hdr));
		CU_ASSERT_TRUE(give_with_hash(&t, frame, len, piece, &hdr));
		CU_ASSERT_EQUAL(hdr.hash_value, V6_L4);
		CU_ASSERT_EQUAL(hdr.hash_report, 5);
		CU_ASSERT_EQUAL(hdr.padding, 0);
		CU_ASSERT_EQUAL(hdr.hdr.num_buffers, 1);
		CU_ASSERT_EQUAL(hdr.hdr.flags, 0);
	}
	/* The header has that length in the other direction, too. */
	test_frame(frame, 100, 7);
	memset(&hdr, 0, sizeof(hdr));
	hdr.hash_value = UINT32_MAX;
	td_write(&t.td, out.gpa, &hdr, sizeof(hdr));
	td_write(&t.td, out.gpa + sizeof(hdr), frame, 100);
	out.len = sizeof(hdr) + 100;
	td_post(&t.ring[1], &out, 1);
	CU_ASSERT_EQUAL_FATAL(virtio_from_guest(t.nic, 0, &m, 1), 1);
	CU_ASSERT_TRUE(test_mbuf_is(m, 100, 7));
	rte_pktmbuf_free(m);
	CU_ASSERT_TRUE(td_poll(&t.ring[1], &e));
	/* Less than the header is no frame. */
	out.len = sizeof(hdr) - 1;
	td_post(&t.ring[1], &out, 1);
	CU_ASSERT_EQUAL(virtio_from_guest(t.nic, 0, &m, 1), 0);
	CU_ASSERT_EQUAL(tp_count(&t, "from_guest_short"), 1);
	tp_down(&t);
}

static void
test_hash_hostile(void)
{
	uint8_t conf[12 + 1 + 60] = { VIRTIO_HASH_TYPES, [12] = 40 };
	struct test_pci t;
	uint32_t len;

	tp_up(&t, true);
	tp_start(&t, TP_FEATURES | VIRTIO_NET_F_HASH_REPORT);
	for (len = 0; len < 53; len++)
		CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, conf, len),
			ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_short"), 53);
	conf[12] = 41;
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, conf, 73), ERR);
	conf[12] = 40;
	conf[1] = 1; /* UDP_EX */
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, conf, 53), ERR);
	CU_ASSERT_EQUAL(tp_count(&t, "ctrl_bad_value"), 2);
	conf[1] = 0;
	CU_ASSERT_EQUAL(tp_command(&t, VIRTIO_CTRL_MQ, VIRTIO_CTRL_MQ_HASH, conf, 73), OK);
	tp_down(&t);
}

static void
test_offer(void)
{
	struct test_pci t;

	tp_up(&t, true);
	CU_ASSERT_NOT_EQUAL(tp_offered(&t) & VIRTIO_NET_F_RSS, 0);
	CU_ASSERT_EQUAL(tp_r8(&t, VIRTIO_PCI_DEVICE + 17), 40);
	CU_ASSERT_EQUAL(tp_r16(&t, VIRTIO_PCI_DEVICE + 18), 128);
	CU_ASSERT_EQUAL(tp_r32(&t, VIRTIO_PCI_DEVICE + 20), 0x3f);
	/* Over vhost-user the VMM has the control queue. */
	CU_ASSERT_EQUAL(virtio_net_features(t.nic) &
				(VIRTIO_NET_F_RSS | VIRTIO_NET_F_HASH_REPORT |
					VIRTIO_NET_F_NOTF_COAL | VIRTIO_NET_F_VQ_NOTF_COAL |
					VIRTIO_NET_F_DEVICE_STATS),
		0);
	tp_down(&t);
}

void
test_rss_suite(void)
{
	CU_pSuite s = CU_add_suite("hashes and steering", NULL, NULL);

	CU_add_test(s, "known hashes", test_vectors);
	CU_add_test(s, "cut frames", test_cut_frames);
	CU_add_test(s, "steering", test_steering);
	CU_add_test(s, "which rings run", test_rings);
	CU_add_test(s, "hostile tables", test_hostile);
	CU_add_test(s, "hash report", test_report);
	CU_add_test(s, "hostile hash settings", test_hash_hostile);
	CU_add_test(s, "what is offered", test_offer);
}
