/* SPDX-License-Identifier: BSD-3-Clause */
/* The recorder: what it writes for what a client does, and what it does when it cannot write. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_errno.h>

#include "test_vfu.h"
#include "vfu_trace.h"

#define T_TEXT 4096 /* bytes of a trace here */

static char t_path[64];

static int
t_trace_init(void)
{
	snprintf(t_path, sizeof(t_path), "/tmp/test_vfu.%d.trace", getpid());
	return 0;
}

static int
t_trace_fini(void)
{
	unlink(t_path);
	return 0;
}

/* Whether the trace is this text. */
static bool
t_trace_is(const char *want)
{
	char *text = calloc(1, T_TEXT);
	FILE *f = fopen(t_path, "re");
	bool same;

	if (f != NULL) {
		if (fread(text, 1, T_TEXT - 1, f) == 0)
			text[0] = '\0';
		(void)fclose(f);
	}
	same = f != NULL && strcmp(text, want) == 0;
	if (!same)
		fprintf(stderr, "want:\n%s---\ngot:\n%s---\n", want, text);
	free(text);
	return same;
}

#define HEAD "# ringhub register trace 1\n# model=test\n"

/* Messages that are refused are not events. */
static void
test_trace_accesses(void)
{
	const uint8_t bytes[3] = { 1, 2, 0xfe };
	const uint64_t wide = 0x1122334455667788;
	uint32_t word = 0xcafe;
	struct test_port p;
	struct test_reply r;
	uint8_t buf[16];
	int sock;

	t_open_traced(&p, "a", false, t_path);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_write(sock, 0, 0x10, &word, 4), 0);
	CU_ASSERT_EQUAL(t_read(sock, 0, 0x10, buf, 2), 0);
	CU_ASSERT_EQUAL(t_write(sock, 0, 0x20, bytes, 3), 0);
	CU_ASSERT_EQUAL(t_write(sock, 0, 0x28, &wide, 8), 0);
	CU_ASSERT_EQUAL(t_read(sock, 0, T_BAR_LEN, buf, 1), EINVAL);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &word, 2), 0);
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_CONFIG, 4, buf, 3), 0);
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_ROM, 0x20, buf, 16), 0);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_RESET, NULL, 0, &r), 0);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	CU_ASSERT_TRUE(t_trace_is(HEAD "connect\n"
				       "w 0 10 4 cafe\n"
				       "r 0 10 2 cafe\n"
				       "w 0 20 3 0102fe\n"
				       "w 0 28 8 1122334455667788\n"
				       "cw 4 2 cafe\n"
				       "cr 4 3 feca00\n"
				       "rom 20 10\n"
				       "reset\n"
				       "gone\n"));
	t_close(&p);
}

static void
test_trace_memory_and_irqs(void)
{
	struct vfu_dma_map map = { sizeof(map), VFU_DMA_READABLE | VFU_DMA_WRITABLE, 0, 0x4000,
		0x2000 };
	struct vfu_dma_unmap unmap = { sizeof(unmap), 0, 0x4000, 0x2000 };
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_NONE | VFU_SET_ACTION_UNMASK,
		VFU_IRQ_INTX, 0, 1 };
	int sock, fd, ram = memfd_create("test-ram", MFD_CLOEXEC);
	struct test_port p;
	struct test_reply r;

	CU_ASSERT_EQUAL(ftruncate(ram, 0x2000), 0);
	t_open_traced(&p, "a", false, t_path);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DMA_MAP, &map, sizeof(map), &ram, 1), 0);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DMA_MAP, &map, sizeof(map), &ram, 1), EEXIST);
	map.iova = 0x8000;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DMA_MAP, &map, sizeof(map), &r), 0);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DMA_UNMAP, &unmap, sizeof(unmap), &r), 0);
	unmap = (struct vfu_dma_unmap){ sizeof(unmap), VFU_UNMAP_ALL, 0, 0 };
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DMA_UNMAP, &unmap, sizeof(unmap), &r), 0);
	fd = t_irq_fd(sock, VFU_IRQ_MSIX, 1);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &r), 0);
	set.flags = VFU_SET_DATA_NONE | VFU_SET_ACTION_MASK;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &r), 0);
	set = (struct vfu_irq_set){ sizeof(set), VFU_SET_DATA_NONE | VFU_SET_ACTION_TRIGGER,
		VFU_IRQ_MSIX, 0, 0 };
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &r), 0);
	close(sock);
	t_close(&p);
	CU_ASSERT_TRUE(t_trace_is(HEAD "connect\n"
				       "map 4000 2000 rw\n"
				       "map 8000 2000 none\n"
				       "unmap 4000 2000\n"
				       "unmap 0 ffffffffffffffff\n"
				       "irq 2 on 1 1\n"
				       "irq 0 unmask 0 1\n"
				       "irq 0 mask 0 1\n"
				       "irq 2 off 0 0\n"
				       "gone\n"));
	close(fd);
	close(ram);
}

/* The limit ends the trace with a line that says so, and nothing else. */
static void
test_trace_full(void)
{
	const struct vfu_access a = { 0, 0, 4 }, large = { 0, 0, 4096 };
	uint8_t data[4096] = { 0 };
	struct vfu_trace *t = vfu_trace_open("a", t_path, "model=test", 1024);
	struct stat st;
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	vfu_trace_access(t, 'r', &a, data);
	vfu_trace_access(t, 'r', &large, data);
	vfu_trace_access(t, 'r', &a, data);
	vfu_trace_close(t);
	CU_ASSERT_TRUE(t_trace_is(HEAD "r 0 0 4 0\n# full\n"));
	t = vfu_trace_open("a", t_path, "model=test", 1024);
	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	for (i = 0; i < 1000; i++)
		vfu_trace_access(t, 'r', &a, data);
	vfu_trace_close(t);
	CU_ASSERT_EQUAL(stat(t_path, &st), 0);
	CU_ASSERT_TRUE(st.st_size > 512 && st.st_size <= 1024);
	vfu_trace_access(NULL, 'r', &a, data);
	vfu_trace_flush(NULL);
	vfu_trace_close(NULL);
}

/* A full disk, played by a limit of this process. */
static void
test_trace_no_room(void)
{
	const struct vfu_access a = { 0, 0, 4 };
	struct rlimit limit = { 100, 100 }, before;
	uint32_t data = 0;
	struct vfu_trace *t = vfu_trace_open("a", t_path, "model=test", VFU_TRACE_MAX);
	struct stat st;
	int i;

	CU_ASSERT_PTR_NOT_NULL_FATAL(t);
	signal(SIGXFSZ, SIG_IGN);
	CU_ASSERT_EQUAL(getrlimit(RLIMIT_FSIZE, &before), 0);
	limit.rlim_max = before.rlim_max;
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &limit), 0);
	for (i = 0; i < 20000; i++)
		vfu_trace_access(t, 'r', &a, &data);
	vfu_trace_flush(t);
	vfu_trace_close(t);
	CU_ASSERT_EQUAL(setrlimit(RLIMIT_FSIZE, &before), 0);
	CU_ASSERT_EQUAL(stat(t_path, &st), 0);
	CU_ASSERT_EQUAL(st.st_size, 100);
}

static void
test_trace_errors(void)
{
	struct vfu_trace *t = vfu_trace_open("a", t_path, "model=test", 1024);

	/* Another port has it. */
	CU_ASSERT_PTR_NOT_NULL(t);
	CU_ASSERT_PTR_NULL(vfu_trace_open("b", t_path, "model=test", 1024));
	CU_ASSERT_EQUAL(rte_errno, EBUSY);
	vfu_trace_close(t);
	CU_ASSERT_PTR_NULL(vfu_trace_open("a", "/dev/null", "model=test", 1024));
	CU_ASSERT_EQUAL(rte_errno, EINVAL);
	CU_ASSERT_PTR_NULL(vfu_trace_open("a", "/no/such/folder", "model=test", 1024));
	CU_ASSERT_EQUAL(rte_errno, ENOENT);
	CU_ASSERT_PTR_NULL(vfu_trace_open("a", "/tmp", "model=test", 1024));
	CU_ASSERT_EQUAL(rte_errno, EISDIR);
}

void
test_vfu_trace_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user trace", t_trace_init, t_trace_fini);

	CU_add_test(s, "accesses", test_trace_accesses);
	CU_add_test(s, "memory and interrupts", test_trace_memory_and_irqs);
	CU_add_test(s, "full", test_trace_full);
	CU_add_test(s, "no room", test_trace_no_room);
	CU_add_test(s, "errors", test_trace_errors);
}
