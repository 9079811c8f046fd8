/* SPDX-License-Identifier: BSD-3-Clause */
/* DMA logging by DEVICE_FEATURE. */
#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>

#include "gmem/gmem.h"
#include "test_vfu.h"

#define MEM_LEN UINT64_C(0x200000)
#define GIB	UINT64_C(0x40000000)
#define TIB	(GIB << 10)

#define START  (VFU_FEATURE_LOG_START | VFU_FEATURE_SET)
#define STOP   (VFU_FEATURE_LOG_STOP | VFU_FEATURE_SET)
#define REPORT (VFU_FEATURE_LOG_REPORT | VFU_FEATURE_GET)

/* Send a request with so much of data. @return as t_ask(). */
static int
t_feature(int sock, uint32_t flags, const void *data, uint32_t len, struct test_reply *r)
{
	uint8_t body[128];
	const struct vfu_feature head = { sizeof(r->body), flags };

	CU_ASSERT_TRUE_FATAL(len <= sizeof(body) - sizeof(head));
	memcpy(body, &head, sizeof(head));
	if (len > 0)
		memcpy(body + sizeof(head), data, len);
	return t_ask(sock, VFU_DEVICE_FEATURE, body, (uint32_t)sizeof(head) + len, r);
}

static int
t_start(int sock)
{
	const struct vfu_log_start start = { .page_size = 65536 };
	struct vfu_log_start got;
	struct test_reply r;
	int ret = t_feature(sock, START, &start, sizeof(start), &r);

	if (ret != 0)
		return ret;
	CU_ASSERT_EQUAL(r.len, sizeof(struct vfu_feature) + sizeof(got));
	memcpy(&got, r.body + sizeof(struct vfu_feature), sizeof(got));
	CU_ASSERT_EQUAL(got.page_size, 4096);
	return 0;
}

/* The first word of the bitmap; the rest must be 0. @return as t_ask(). */
static int
t_report(int sock, uint64_t iova, uint64_t len, uint64_t page, uint64_t *word)
{
	const struct vfu_log_report report = { iova, len, page };
	const size_t at = sizeof(struct vfu_feature) + sizeof(report);
	struct vfu_feature head;
	struct test_reply r;
	int ret = t_feature(sock, REPORT, &report, sizeof(report), &r);
	size_t i;

	if (ret != 0)
		return ret;
	memcpy(&head, r.body, sizeof(head));
	CU_ASSERT_EQUAL(head.argsz, r.len);
	CU_ASSERT_EQUAL(r.len - at, (len / page + 63) / 64 * 8);
	CU_ASSERT_EQUAL(memcmp(r.body + sizeof(head), &report, sizeof(report)), 0);
	memcpy(word, r.body + at, sizeof(*word));
	for (i = at + 8; i < r.len; i++)
		CU_ASSERT_EQUAL(r.body[i], 0);
	return 0;
}

/* Mark memory as D does. */
static void
t_dirty(const struct test_port *p, uint64_t gpa, uint64_t len)
{
	const struct gmem mem = { .log = p->log, .log_len = p->log_len };

	gmem_log_dirty(&mem, gpa, len);
}

static void
test_logging(void)
{
	struct test_port p;
	struct test_reply r;
	uint64_t word = 1;
	int sock, ram = memfd_create("test-ram", MFD_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(ftruncate(ram, MEM_LEN), 0);
	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_map(sock, 0, MEM_LEN, ram, 0), 0);
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 4096, &word), EINVAL);
	CU_ASSERT_EQUAL(t_feature(sock, STOP, NULL, 0, &r), EINVAL);
	CU_ASSERT_EQUAL(t_start(sock), 0);
	CU_ASSERT_EQUAL(t_start(sock), EINVAL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p.log);
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 0);
	t_dirty(&p, 0x3fff, 2);
	t_dirty(&p, 0x9000, 1);
	CU_ASSERT_EQUAL(t_report(sock, 0x1000, 0x4000, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 3 << 2); /* pages 3 and 4 */
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 1 << 9); /* the others were taken */
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 0);
	/* Larger pages: one bit for any of theirs. */
	t_dirty(&p, 0x10000, 1);
	t_dirty(&p, 0x3f000, 0x1000);
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 65536, &word), 0);
	CU_ASSERT_EQUAL(word, 10);
	CU_ASSERT_EQUAL(t_feature(sock, STOP, NULL, 0, &r), 0);
	CU_ASSERT_PTR_NULL(p.log);
	CU_ASSERT_EQUAL(t_start(sock), 0);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	sock = t_client(&p); /* and the next one is not logged */
	CU_ASSERT_PTR_NULL(p.log);
	CU_ASSERT_EQUAL(t_feature(sock, STOP, NULL, 0, &r), EINVAL);
	close(sock);
	close(ram);
	t_close(&p);
}

/* Memory that comes while it is logged is logged, too; nothing is lost when the log grows. */
static void
test_growth(void)
{
	struct test_port p;
	uint64_t word = 1;
	int sock, ram = memfd_create("test-ram", MFD_CLOEXEC);

	CU_ASSERT_EQUAL_FATAL(ftruncate(ram, MEM_LEN), 0);
	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_start(sock), 0);
	CU_ASSERT_EQUAL(t_map(sock, 0, MEM_LEN, ram, 0), 0);
	t_dirty(&p, 0x5000, 1);
	CU_ASSERT_EQUAL(t_map(sock, 5 * GIB, MEM_LEN, ram, 0), 0);
	t_dirty(&p, 5 * GIB + MEM_LEN - 1, 1);
	CU_ASSERT_EQUAL(t_report(sock, 0, MEM_LEN, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 1 << 5);
	CU_ASSERT_EQUAL(t_report(sock, 5 * GIB + MEM_LEN - 0x2000, 0x2000, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 2);
	/* Beyond what can be logged: not while it is. Without memory it does not matter. */
	CU_ASSERT_EQUAL(t_map(sock, 8 * TIB, MEM_LEN, ram, 0), ENOSPC);
	CU_ASSERT_EQUAL(t_map(sock, 9 * TIB, MEM_LEN, -1, 0), 0);
	CU_ASSERT_EQUAL(t_map(sock, 8 * TIB - MEM_LEN, MEM_LEN, ram, 0), 0);
	CU_ASSERT_EQUAL(t_report(sock, 8 * TIB - MEM_LEN, MEM_LEN, MEM_LEN, &word), 0);
	CU_ASSERT_EQUAL(word, 0);
	CU_ASSERT_EQUAL(t_report(sock, 9 * TIB, MEM_LEN, 4096, &word), 0);
	CU_ASSERT_EQUAL(word, 0);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_map(sock, 8 * TIB, MEM_LEN, ram, 0), 0);
	CU_ASSERT_EQUAL(t_start(sock), ENOSPC);
	CU_ASSERT_PTR_NULL(p.log);
	close(sock);
	close(ram);
	t_close(&p);
}

static void
test_bad_features(void)
{
	static const struct {
		uint32_t flags;
		int error;
	} heads[] = {
		{ 1 | VFU_FEATURE_GET, ENOTTY }, /* migration */
		{ 2 | VFU_FEATURE_SET, ENOTTY },
		{ 1 | VFU_FEATURE_PROBE, ENOTTY },
		{ 0xffff | VFU_FEATURE_GET, ENOTTY },
		{ START | BIT32(19), EINVAL },
		{ VFU_FEATURE_LOG_START, EINVAL },
		{ START | VFU_FEATURE_GET, EINVAL },
		{ VFU_FEATURE_LOG_REPORT | VFU_FEATURE_SET, EINVAL },
		{ START, EINVAL }, /* without its data */
		{ START | VFU_FEATURE_PROBE, 0 },
		{ STOP | VFU_FEATURE_PROBE, 0 },
		{ REPORT | VFU_FEATURE_PROBE, 0 },
		{ VFU_FEATURE_LOG_STOP | VFU_FEATURE_PROBE, 0 },
		{ REPORT | VFU_FEATURE_SET | VFU_FEATURE_PROBE, EINVAL },
	};
	static const struct vfu_log_start starts[] = { { 0, 0, 0 }, { 4097, 0, 0 }, { 4096, 1, 0 },
		{ 4096, UINT32_MAX, 0 } };
	static const struct vfu_log_report reports[] = { { 0, 0, 4096 }, { 0, 4096, 0 },
		{ 0, 4096, 2048 }, { 0, 4096, 12288 }, { 1, 4096, 4096 }, { 0, 4095, 4096 },
		{ 0, UINT64_C(1) << 62, UINT64_C(1) << 62 }, { ~UINT64_C(0xfff), 8192, 4096 },
		{ 0, 1 << 30, 4096 } /* does not fit in the reply */ };
	struct test_port p;
	struct test_reply r;
	uint32_t half = 0;
	int sock;
	size_t i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	for (i = 0; i < RTE_DIM(heads); i++)
		CU_ASSERT_EQUAL(t_feature(sock, heads[i].flags, NULL, 0, &r), heads[i].error);
	for (i = 0; i < RTE_DIM(starts); i++)
		CU_ASSERT_EQUAL(t_feature(sock, START, &starts[i], sizeof(starts[i]), &r), EINVAL);
	CU_ASSERT_PTR_NULL(p.log);
	CU_ASSERT_EQUAL(t_start(sock), 0);
	for (i = 0; i < RTE_DIM(reports); i++)
		CU_ASSERT_EQUAL(t_feature(sock, REPORT, &reports[i], sizeof(reports[i]), &r),
			EINVAL);
	CU_ASSERT_EQUAL(t_feature(sock, REPORT, &reports[0], 23, &r), EINVAL);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_FEATURE, &half, sizeof(half), &r), EINVAL);
	/* What older drafts had, and what is ours to send. */
	CU_ASSERT_EQUAL(t_ask(sock, 14, &starts, sizeof(starts), &r), ENOSYS);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DMA_READ, &starts, sizeof(starts), &r), ENOSYS);
	close(sock);
	t_close(&p);
}

void
test_vfu_feature_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user_feature", NULL, NULL);

	CU_add_test(s, "DMA logging", test_logging);
	CU_add_test(s, "a log that grows", test_growth);
	CU_add_test(s, "bad requests", test_bad_features);
}
