/* SPDX-License-Identifier: BSD-3-Clause */
/* Bursts of packed rings: the usual chains in one go, and what is not usual in the middle of them. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include <rte_mbuf.h>

#include "test_packed.h"
#include "virtio_packed.h"

#define WRITE VRING_DESC_F_WRITE
#define NEXT  VRING_DESC_F_NEXT
#define IND   VRING_DESC_F_INDIRECT
#define MAX   64		      /* frames of a burst */
#define AT(i) (TD_DATA + 4096u * (i)) /* the i-th buffer */

/* Ids as a driver may give them out: in order, or in any other. */
static uint16_t
id_of(unsigned int i, bool in_order)
{
	return (uint16_t)(in_order ? i & 0x7fff : (i * 10007u + 4711) & 0x7fff);
}

/* Offer n frames of the guest, i-th frame seed + i, each third in two pieces if so wished. */
static void
send_burst(struct pk_nic *p, unsigned int n, uint8_t seed, bool pieces, uint16_t *ids)
{
	static unsigned int count;
	unsigned int i;

	for (i = 0; i < n; i++) {
		uint32_t len = 60 + 7 * i;
		struct td_buf buf[2] = { { AT(i), HDR + len, 0 } };

		pk_lay_out(p, AT(i), len, (uint8_t)(seed + i));
		p->from.id = id_of(count++, seed & 1);
		if (pieces && i % 3 == 2) {
			buf[0].len = HDR + 20;
			buf[1] = (struct td_buf){ AT(i) + HDR + 20, len - 20, 0 };
		}
		ids[i] = pk_post(&p->from, buf, pieces && i % 3 == 2 ? 2 : 1);
	}
}

/* Take them all; each chain comes back in its place with its id. */
static void
take_burst(struct pk_nic *p, unsigned int n, uint8_t seed, const uint16_t *ids)
{
	struct rte_mbuf *pkts[MAX];
	struct vring_packed_desc d;
	unsigned int i, got = virtio_from_guest(p->t.nic, 0, pkts, MAX);

	CU_ASSERT_EQUAL(got, n);
	for (i = 0; i < got; i++) {
		CU_ASSERT_TRUE(test_mbuf_is(pkts[i], 60 + 7 * i, (uint8_t)(seed + i)));
		CU_ASSERT_TRUE(pk_poll(&p->from, &d));
		CU_ASSERT_EQUAL(d.id, ids[i]);
		CU_ASSERT_EQUAL(d.len, 0);
		CU_ASSERT_EQUAL(d.flags & WRITE, 0);
		rte_pktmbuf_free(pkts[i]);
	}
}

/* What lies behind a ring that does not end with a line is not of it, whatever it looks like. */
static void
fake_behind(struct pk_ring *r, uint16_t size)
{
	uint16_t i;

	for (i = size; i % VIRTIO_PACKED_LINE != 0; i++)
		r->desc[i].flags = VRING_PACKED_DESC_F_AVAIL;
}

/* Rings of all kinds of sizes, whole lines and not, several times around; ids in order and not. */
static void
test_from_bursts(void)
{
	static const uint16_t size[] = { 1, 3, 4, 5, 8, 30, 64, 99, 256 };
	struct pk_nic *p = calloc(1, sizeof(*p));
	unsigned int s, i, n, frames;
	uint16_t ids[MAX];

	for (s = 0; s < RTE_DIM(size); s++) {
		bool pieces = size[s] >= 3;

		pk_up(p, TEST_FEATURES, size[s]);
		fake_behind(&p->from, size[s]);
		for (i = 0, frames = 0; i < 40; i++) {
			n = RTE_MIN(1 + i % 37, pieces ? size[s] * 3u / 4 : size[s]);
			send_burst(p, n, (uint8_t)i, pieces && i % 4 == 3, ids);
			take_burst(p, n, (uint8_t)i, ids);
			frames += n;
		}
		CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_frames"), frames);
		CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, (struct rte_mbuf *[1]){ 0 }, 1), 0);
		test_down(&p->t);
	}
	free(p);
}

/* Post n buffers of len bytes for the guest to receive into. */
static void
post_buffers(struct pk_nic *p, unsigned int first, unsigned int n, uint32_t len, bool in_order)
{
	static unsigned int count;
	unsigned int i;

	for (i = first; i < first + n; i++) {
		struct td_buf buf = { AT(i), len, WRITE };

		memset(td_ptr(&p->t.td, AT(i)), 0xee, len);
		p->to.id = id_of(count++, in_order);
		pk_post(&p->to, &buf, 1);
	}
}

/* Whether the next used chain is buffer i with that frame behind a header, all in one piece. */
static void
expect_frame(struct pk_nic *p, unsigned int i, uint32_t len, uint8_t seed)
{
	uint16_t id = p->to.desc[p->to.last].id;
	const uint8_t *buf = td_ptr(&p->t.td, AT(i));
	struct virtio_net_hdr hdr;
	struct vring_packed_desc d;
	uint8_t want[2048];

	CU_ASSERT_TRUE(pk_poll(&p->to, &d));
	CU_ASSERT_EQUAL(d.id, id);
	CU_ASSERT_EQUAL(d.len, HDR + len);
	CU_ASSERT_EQUAL(d.flags & WRITE, WRITE);
	memcpy(&hdr, buf, sizeof(hdr));
	CU_ASSERT_EQUAL(hdr.flags | hdr.gso_type, 0);
	CU_ASSERT_EQUAL(hdr.num_buffers, 1);
	test_frame(want, len, seed);
	CU_ASSERT_EQUAL(memcmp(buf + HDR, want, len), 0);
	CU_ASSERT_EQUAL(buf[HDR + len], 0xee);
}

static void
make_frames(struct rte_mbuf **pkts, unsigned int n, uint8_t seed)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		pkts[i] = test_mbuf(60 + 7 * i, (uint8_t)(seed + i));
}

static void
test_to_bursts(void)
{
	static const uint16_t size[] = { 1, 3, 4, 5, 8, 30, 64, 99, 256 };
	struct pk_nic *p = calloc(1, sizeof(*p));
	unsigned int s, i, k, n, frames;
	struct rte_mbuf *pkts[MAX];
	struct vring_packed_desc d;

	for (s = 0; s < RTE_DIM(size); s++) {
		pk_up(p, TEST_FEATURES, size[s]);
		fake_behind(&p->to, size[s]);
		for (i = 0, frames = 0; i < 40; i++) {
			n = RTE_MIN(1 + i % 37, size[s]);
			post_buffers(p, 0, n, 2000, i & 1);
			make_frames(pkts, n, (uint8_t)i);
			CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, (uint16_t)n), n);
			for (k = 0; k < n; k++)
				expect_frame(p, k, 60 + 7 * k, (uint8_t)(i + k));
			CU_ASSERT_FALSE(pk_poll(&p->to, &d));
			frames += n;
		}
		CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_frames"), frames);
		test_down(&p->t);
	}
	free(p);
}

/* More frames than buffers, more buffers than frames: nothing is lost and nothing given twice. */
static void
test_to_partly(void)
{
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[10];
	struct vring_packed_desc d;
	unsigned int k;

	pk_up(p, TEST_FEATURES, 16);
	post_buffers(p, 0, 6, 2000, true);
	make_frames(pkts, 10, 1);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 10), 6);
	for (k = 0; k < 6; k++)
		expect_frame(p, k, 60 + 7 * k, (uint8_t)(1 + k));
	CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_no_buffer"), 4);
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	post_buffers(p, 0, 10, 2000, true);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts + 6, 4), 4);
	for (k = 0; k < 4; k++)
		expect_frame(p, k, 60 + 7 * (6 + k), (uint8_t)(7 + k));
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	make_frames(pkts, 6, 3);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 6), 6);
	for (k = 0; k < 6; k++)
		expect_frame(p, 4 + k, 60 + 7 * k, (uint8_t)(3 + k));
	test_down(&p->t);
	free(p);
}

/* A long frame in the middle of short ones is spread; one that finds too few buffers is not. */
static void
test_to_merged(void)
{
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[4];
	struct vring_packed_desc d;
	struct virtio_net_hdr hdr;
	unsigned int k;
	uint32_t sum = 0;

	pk_up(p, TEST_FEATURES, 9);
	post_buffers(p, 0, 7, 600, false);
	make_frames(pkts, 4, 5);
	rte_pktmbuf_free(pkts[1]);
	pkts[1] = test_mbuf(1500, 77);
	rte_pktmbuf_free(pkts[3]);
	pkts[3] = test_mbuf(1500, 78);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 4), 3);
	expect_frame(p, 0, 60, 5);
	memcpy(&hdr, td_ptr(&p->t.td, AT(1)), sizeof(hdr));
	CU_ASSERT_EQUAL(hdr.num_buffers, 3);
	for (k = 0; k < 3; k++) {
		CU_ASSERT_TRUE(pk_poll(&p->to, &d));
		sum += d.len;
	}
	CU_ASSERT_EQUAL(sum, HDR + 1500);
	expect_frame(p, 4, 74, 7);
	CU_ASSERT_FALSE(pk_poll(&p->to, &d));
	/* What was begun there before the third buffer was missing does not matter: nobody was told. */
	memset(td_ptr(&p->t.td, AT(5)), 0xee, 2 * 4096);
	make_frames(pkts, 2, 9);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 2), 2);
	expect_frame(p, 5, 60, 9);
	expect_frame(p, 6, 67, 10);
	rte_pktmbuf_free(pkts[3]);
	test_down(&p->t);
	free(p);
}

/* What a hostile driver puts between good chains: refused, counted, given back; the rest is served. */
static void
test_from_hostile(void)
{
	static const struct {
		uint64_t gpa;
		uint32_t len;
		uint16_t flags;
		const char *counter; /* NULL: it is served after all */
	} bad[] = {
		{ AT(0), HDR + 60, WRITE, "from_guest_bad_chain" },
		{ AT(0), 60, IND, "from_guest_bad_chain" },
		{ AT(0), 0, 0, "from_guest_short" },
		{ AT(0), HDR, 0, "from_guest_short" },
		{ AT(0), HDR + 13, 0, "from_guest_short" },
		{ AT(0), HDR + NIC_MAX_FRAME + 1, 0, "from_guest_oversize" },
		{ AT(0), UINT32_MAX, 0, "from_guest_oversize" },
		{ TD_END, HDR + 60, 0, "from_guest_bad_chain" },
		{ TD_END - HDR - 30, HDR + 60, 0, "from_guest_bad_chain" },
		{ TD_GPA0 - 1, HDR + 60, 0, "from_guest_bad_chain" },
		{ UINT64_MAX, HDR + 60, 0, "from_guest_bad_chain" },
		{ UINT64_MAX - HDR - 59, HDR + 60, 0, "from_guest_bad_chain" },
		{ 0, HDR + 60, 0, "from_guest_bad_chain" },
		{ AT(0), HDR + 60, 0x7f78, NULL }, /* flags that mean nothing */
		{ TD_BORDER - HDR - 30, HDR + 60, 0, NULL },
	};
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[MAX];
	struct vring_packed_desc d;
	unsigned int i, k, got;

	for (i = 0; i < RTE_DIM(bad); i++) {
		struct td_buf good = { AT(1), HDR + 64, 0 },
			      odd = { bad[i].gpa, bad[i].len, bad[i].flags };

		pk_up(p, TEST_FEATURES, 40);
		pk_lay_out(p, AT(1), 64, 3);
		pk_lay_out(p, AT(0), 60, 4);
		for (k = 0; k < 33; k++) {
			p->from.id = k == 17 ? 0x7fff : (uint16_t)k;
			pk_post(&p->from, k == 17 ? &odd : &good, 1);
		}
		got = virtio_from_guest(p->t.nic, 0, pkts, MAX);
		CU_ASSERT_EQUAL(got, bad[i].counter == NULL ? 33 : 32);
		for (k = 0; k < got; k++)
			if (bad[i].counter != NULL || k != 17)
				CU_ASSERT_TRUE(test_mbuf_is(pkts[k], 64, 3));
		rte_pktmbuf_free_bulk(pkts, got);
		for (k = 0; k < 33; k++) {
			CU_ASSERT_TRUE(pk_poll(&p->from, &d));
			CU_ASSERT_EQUAL(d.id, k == 17 ? 0x7fff : k);
		}
		if (bad[i].counter != NULL)
			CU_ASSERT_EQUAL(test_count(&p->t, bad[i].counter), 1);
		test_down(&p->t);
	}
	free(p);
}

static void
test_to_hostile(void)
{
	static const struct td_buf bad[] = {
		{ AT(0), 2000, 0 },
		{ AT(0), 0, WRITE },
		{ AT(0), HDR - 1, WRITE },
		{ AT(0), 60, IND | WRITE },
		{ TD_END, 2000, WRITE },
		{ TD_END - 40, 2000, WRITE },
		{ UINT64_MAX - 10, 2000, WRITE },
		{ 0, UINT32_MAX, WRITE },
	};
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[8];
	struct vring_packed_desc d;
	unsigned int i, k;

	for (i = 0; i < RTE_DIM(bad); i++) {
		pk_up(p, TEST_FEATURES, 11);
		post_buffers(p, 0, 3, 2000, true);
		p->to.id = 0x7fff;
		pk_post(&p->to, &bad[i], 1);
		post_buffers(p, 4, 4, 2000, true);
		make_frames(pkts, 8, 1);
		CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 8), 8);
		for (k = 0; k < 3; k++)
			expect_frame(p, k, 60 + 7 * k, (uint8_t)(1 + k));
		CU_ASSERT_TRUE(pk_poll(&p->to, &d)); /* its frame is lost with it */
		CU_ASSERT_EQUAL(d.id, 0x7fff);
		CU_ASSERT_EQUAL(d.len, 0);
		for (k = 4; k < 8; k++)
			expect_frame(p, k, 60 + 7 * k, (uint8_t)(1 + k));
		CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_bad_chain"), 1);
		test_down(&p->t);
	}
	free(p);
}

/* A chain without end behind good ones: those are served, then the ring rests. */
static void
test_endless(void)
{
	struct td_buf good = { AT(0), HDR + 64, 0 };
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[MAX];
	struct vring_packed_desc d;
	unsigned int i;

	pk_up(p, TEST_FEATURES, 12);
	pk_lay_out(p, AT(0), 64, 1);
	for (i = 0; i < 6; i++)
		pk_post(&p->from, &good, 1);
	for (i = 6; i < 12; i++)
		p->from.desc[i] = (struct vring_packed_desc){ AT(0), 76, 1,
			NEXT | VRING_PACKED_DESC_F_AVAIL };
	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, pkts, MAX), 6);
	rte_pktmbuf_free_bulk(pkts, 6);
	for (i = 0; i < 6; i++)
		CU_ASSERT_TRUE(pk_poll(&p->from, &d));
	CU_ASSERT_FALSE(pk_poll(&p->from, &d));
	CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_broken"), 1);
	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, pkts, MAX), 0);
	test_down(&p->t);
	free(p);
}

/* The driver's wish for interrupts, looked at once a burst, in both directions. */
static void
test_burst_events(void)
{
	static const struct {
		uint16_t flags, off_wrap;
		unsigned int irqs; /* for descriptors 8 to 15 of the first round */
	} want[] = {
		{ VRING_PACKED_EVENT_ENABLE, 0, 1 },
		{ VRING_PACKED_EVENT_DISABLE, 0, 0 },
		{ VRING_PACKED_EVENT_DISABLE, 0x8000 | 12, 0 },
		{ VRING_PACKED_EVENT_DESC, 0x8000 | 7, 0 },
		{ VRING_PACKED_EVENT_DESC, 0x8000 | 8, 1 },
		{ VRING_PACKED_EVENT_DESC, 0x8000 | 12, 1 },
		{ VRING_PACKED_EVENT_DESC, 0x8000 | 15, 1 },
		{ VRING_PACKED_EVENT_DESC, 0x8000 | 16, 0 },
		{ VRING_PACKED_EVENT_DESC, 12, 0 },
	};
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[8];
	uint16_t ids[8];
	unsigned int i, before[2], k;

	for (i = 0; i < RTE_DIM(want); i++) {
		pk_up(p, TEST_FEATURES, 20);
		for (k = 0; k < 2; k++) {
			send_burst(p, 8, 1, false, ids);
			take_burst(p, 8, 1, ids);
			post_buffers(p, 0, 8, 2000, true);
			make_frames(pkts, 8, 1);
			CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 8), 8);
			if (k == 1)
				break;
			memcpy(before, p->t.irqs, sizeof(before));
			*p->to.driver = *p->from.driver =
				(struct vring_packed_event){ want[i].off_wrap, want[i].flags };
		}
		CU_ASSERT_EQUAL(p->t.irqs[0] - before[0], want[i].irqs);
		CU_ASSERT_EQUAL(p->t.irqs[1] - before[1], want[i].irqs);
		CU_ASSERT_EQUAL(test_count(&p->t, "from_guest_interrupts"), p->t.irqs[1]);
		CU_ASSERT_EQUAL(test_count(&p->t, "to_guest_interrupts"), p->t.irqs[0]);
		test_down(&p->t);
	}
	free(p);
}

/* While memory is logged, all that we write there is in the log: frames and used descriptors. */
static void
test_burst_log(void)
{
	uint8_t log[TD_END / 4096 / 8 + 1] = { 0 };
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[8];
	unsigned int page;

	pk_up(p, TEST_FEATURES, 300);
	virtio_vring_ops.vring_stop(p->t.nic, 0);
	p->to.where.log_used_gpa = p->to.where.desc_gpa;
	CU_ASSERT_EQUAL(virtio_vring_ops.vring_start(p->t.nic, 0, &p->to.where), 0);
	gmem_set_log(&p->t.mem, log, sizeof(log));
	post_buffers(p, 0, 8, 2000, true);
	make_frames(pkts, 8, 1);
	CU_ASSERT_EQUAL(virtio_to_guest(p->t.nic, 0, pkts, 8), 8);
	for (page = 0; page < TD_END / 4096; page++) {
		bool want = page == TD_GPA0 / 4096 || (page >= AT(0) / 4096 && page < AT(8) / 4096);

		CU_ASSERT_EQUAL(!!(log[page / 8] & (1 << (page % 8))), want);
	}
	gmem_set_log(&p->t.mem, NULL, 0);
	test_down(&p->t);
	free(p);
}

/*
 * The first of a burst is shown last. It lies at the end of a page, and the next page, with all others, cannot
 * be written at first: who does looks whether the first was shown already.
 */
#define PAGE	   4096u
#define PAGE_DESCS ((uint16_t)(PAGE / sizeof(struct vring_packed_desc)))
#define WATCHED	   16 /* frames of the burst */

static struct {
	struct vring_packed_desc *first; /* behind it the page */
	unsigned int faults;
	bool shown;
} watch;

static void
watch_fault(int sig, siginfo_t *info, void *ctx)
{
	uint8_t *page = (uint8_t *)(watch.first + 1);

	(void)sig;
	(void)ctx;
	if ((uint8_t *)info->si_addr < page || (uint8_t *)info->si_addr >= page + PAGE)
		abort();
	watch.faults++;
	watch.shown = (watch.first->flags & PK_BOTH) == PK_BOTH;
	mprotect(page, PAGE, PROT_READ | PROT_WRITE);
}

static void
test_publish_order(void)
{
	struct sigaction old, watcher = { .sa_sigaction = watch_fault, .sa_flags = SA_SIGINFO };
	struct pk_nic *p = calloc(1, sizeof(*p));
	struct rte_mbuf *pkts[MAX];
	uint16_t ids[MAX];
	unsigned int i;

	pk_up(p, TEST_FEATURES, 2 * PAGE_DESCS);
	for (i = 0; i < 5; i++) { /* all of the page but one */
		send_burst(p, (PAGE_DESCS - 1) / 5, (uint8_t)i, false, ids);
		take_burst(p, (PAGE_DESCS - 1) / 5, (uint8_t)i, ids);
	}
	send_burst(p, WATCHED, 7, false, ids);
	watch.first = &p->from.desc[PAGE_DESCS - 1];
	CU_ASSERT_EQUAL_FATAL(sigaction(SIGSEGV, &watcher, &old), 0);
	CU_ASSERT_EQUAL_FATAL(mprotect(watch.first + 1, PAGE, PROT_READ), 0);
	CU_ASSERT_EQUAL(virtio_from_guest(p->t.nic, 0, pkts, MAX), WATCHED);
	CU_ASSERT_EQUAL_FATAL(sigaction(SIGSEGV, &old, NULL), 0);
	CU_ASSERT_EQUAL(watch.faults, 1);
	CU_ASSERT_FALSE(watch.shown);
	CU_ASSERT_EQUAL(watch.first->flags & PK_BOTH, PK_BOTH);
	rte_pktmbuf_free_bulk(pkts, WATCHED);
	test_down(&p->t);
	free(p);
}

void
test_packed_burst_suite(void)
{
	CU_pSuite s = CU_add_suite("packed rings, bursts", NULL, NULL);

	CU_add_test(s, "from guest", test_from_bursts);
	CU_add_test(s, "to guest", test_to_bursts);
	CU_add_test(s, "too few buffers", test_to_partly);
	CU_add_test(s, "merged buffers among others", test_to_merged);
	CU_add_test(s, "hostile chains from the guest", test_from_hostile);
	CU_add_test(s, "hostile buffers of the guest", test_to_hostile);
	CU_add_test(s, "chain without end behind others", test_endless);
	CU_add_test(s, "events", test_burst_events);
	CU_add_test(s, "dirty log", test_burst_log);
	CU_add_test(s, "the first of a burst is shown last", test_publish_order);
}
