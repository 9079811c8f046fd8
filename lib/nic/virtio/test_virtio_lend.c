/* SPDX-License-Identifier: BSD-3-Clause */
/* TSO frames of full length, as drivers lay them out, are lent: only headers and small pieces are copied. */
#include <stdlib.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_ether.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>

#include "test_packed.h"
#include "virtio_lend.h"

#define HEADERS (14u + 20 + 20)
#define FRAME	(14u + 65535) /* IPv4 at its longest */
#define TABLE	(TD_GPA0 + 0x20000u)
#define PAGE	4096u
#define PIECES	24 /* at most */

/* How a driver cuts the header and the frame: len[0] bytes first; the rest in pieces of len[1]. */
static const struct {
	uint32_t len[2];
	bool table;	 /* indirect */
	bool small;	 /* a piece of 100 bytes in the middle */
	uint32_t copied; /* bytes at most that are not lent */
} cut[] = {
	{ { HDR + FRAME, 0 }, false, false, 128 },
	{ { HDR, FRAME }, false, false, 128 },
	{ { HDR + HEADERS, PAGE }, false, false, 128 },
	{ { HDR + HEADERS, PAGE }, true, false, 128 },
	{ { HDR + HEADERS, 32768 }, false, false, 128 },
	{ { HDR + HEADERS, PAGE }, false, true, 228 + 512 },
	{ { HDR + 128, PAGE }, true, true, 228 + 512 },
};

/* A TCP frame to be cut to segments of 1,448 bytes. */
static void
make_frame(uint8_t *frame)
{
	const struct rte_ether_hdr eth = { .ether_type = RTE_BE16(RTE_ETHER_TYPE_IPV4) };
	const struct rte_ipv4_hdr ip = { .version_ihl = 0x45,
		.total_length = RTE_BE16(65535),
		.time_to_live = 64,
		.next_proto_id = IPPROTO_TCP };
	const struct rte_tcp_hdr tcp = { .data_off = 5 << 4 };

	test_frame(frame, FRAME, 7);
	memcpy(frame, &eth, sizeof(eth));
	memcpy(frame + 14, &ip, sizeof(ip));
	memcpy(frame + 34, &tcp, sizeof(tcp));
}

/* Put header and frame into guest memory as cut[k] says. @return pieces. */
static unsigned int
lay_out(const struct td_mem *td, unsigned int k, const uint8_t *frame, struct td_buf *buf)
{
	const struct virtio_net_hdr hdr = { .flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = HEADERS,
		.gso_size = 1448,
		.csum_start = 34,
		.csum_offset = 16 };
	uint8_t *all = malloc(HDR + FRAME);
	uint64_t gpa = TD_DATA;
	uint32_t at, n;
	unsigned int i = 0;

	memcpy(all, &hdr, HDR);
	memcpy(all + HDR, frame, FRAME);
	for (at = 0; at < HDR + FRAME; at += n, i++) {
		n = RTE_MIN(cut[k].len[i > 0], HDR + FRAME - at);
		if (cut[k].small && i == 5)
			n = 100;
		td_write(td, gpa, all + at, n);
		buf[i] = (struct td_buf){ gpa, n, 0 };
		gpa += n + 64; /* pieces do not touch */
	}
	free(all);
	return i;
}

/* Put the pieces into a table, of either kind of ring. */
static void
make_table(const struct td_mem *td, const struct td_buf *buf, unsigned int n, bool packed)
{
	unsigned int i;

	for (i = 0; i < n; i++) {
		struct vring_packed_desc p = { buf[i].gpa, buf[i].len, 0, 0 };
		struct vring_desc s = { buf[i].gpa, buf[i].len, i + 1 < n ? VRING_DESC_F_NEXT : 0,
			(uint16_t)(i + 1) };

		td_write(td, TABLE + i * sizeof(s), packed ? (void *)&p : (void *)&s, sizeof(s));
	}
}

/* Bytes of m that do not lie in the guest's memory; all of it must be the frame. */
static uint32_t
not_lent(const struct rte_mbuf *m, const uint8_t *frame)
{
	uint32_t copied = 0, at = 0;

	CU_ASSERT_EQUAL(m->pkt_len, FRAME);
	CU_ASSERT_NOT_EQUAL(m->ol_flags & RTE_MBUF_F_TX_TCP_SEG, 0);
	for (; m != NULL && at < FRAME; m = m->next) {
		CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_mtod(m, uint8_t *), frame + at, m->data_len), 0);
		copied += RTE_MBUF_HAS_EXTBUF(m) ? 0 : m->data_len;
		at += m->data_len;
	}
	CU_ASSERT_EQUAL(at, FRAME);
	return copied;
}

/* Whether a chain came back to the driver. */
static bool
came_back(struct pk_nic *p, bool packed)
{
	struct vring_packed_desc d;
	struct vring_used_elem e;

	return packed ? pk_poll(&p->from, &d) : td_poll(&p->t.from, &e);
}

static void
lend_frame(struct pk_nic *p, unsigned int k, const uint8_t *frame, bool packed)
{
	struct td_buf buf[PIECES], table = { TABLE, 0, VRING_DESC_F_INDIRECT };
	unsigned int n = lay_out(&p->t.td, k, frame, buf);
	struct rte_mbuf *m = NULL;

	if (cut[k].table) {
		make_table(&p->t.td, buf, n, packed);
		table.len = n * (uint32_t)sizeof(struct vring_desc);
		buf[0] = table;
		n = 1;
	}
	if (packed)
		pk_post(&p->from, buf, n);
	else
		td_post(&p->t.from, buf, n);
	CU_ASSERT_EQUAL_FATAL(virtio_lend(p->t.nic, 0, &m, 1), 1);
	CU_ASSERT_TRUE(not_lent(m, frame) <= cut[k].copied);
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_lent"), 1);
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_tso"), 1);
	CU_ASSERT_FALSE(came_back(p, packed));
	rte_pktmbuf_free(m);
	virtio_lend_end(p->t.nic, 0);
	CU_ASSERT_TRUE(came_back(p, packed));
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_lent_kept"), 0);
}

static void
test_long_frames(void)
{
	struct pk_nic *p = calloc(1, sizeof(*p));
	uint8_t *frame = malloc(FRAME);
	unsigned int k;

	make_frame(frame);
	for (k = 0; k < 2 * RTE_DIM(cut); k++) {
		bool packed = k & 1;

		if (packed)
			pk_up(p, TEST_FEATURES, 64);
		else
			test_up(&p->t, TEST_FEATURES, 0);
		lend_frame(p, k / 2, frame, packed);
		test_down(&p->t);
	}
	free(frame);
	free(p);
}

void
test_lend_suite(void)
{
	CU_pSuite s = CU_add_suite("virtio lend", NULL, NULL);

	CU_add_test(s, "64 KiB TSO frames of several descriptors", test_long_frames);
}
