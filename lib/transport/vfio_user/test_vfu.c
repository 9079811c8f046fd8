/* SPDX-License-Identifier: BSD-3-Clause */
/* The vfio-user server as a client sees it: handshake, infos, memory, regions. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_common.h>

#include "base/test_main.h"
#include "test_vfu.h"

#define MEM_LEN UINT64_C(0x200000)

static void
test_version(void)
{
	static const struct {
		const char *body;
		uint32_t len;
		int error;
	} tries[] = {
		{ "\1\0\0\0{}", 7, EINVAL }, /* another major */
		{ "\0\0\0\0{}", 6, EINVAL }, /* no NUL */
		{ "\0\0", 2, EINVAL },	     /* short */
		{ "\0\0\7\0{}", 7, 0 },	     /* a later minor: we answer ours */
		{ "\0\0\0\0{}", 7, EINVAL }, /* a second time */
	};
	struct vfu_device_info info = { .argsz = sizeof(info) };
	struct test_port p;
	struct test_reply r;
	size_t i;
	int sock;

	t_open(&p, "a", false);
	sock = t_connect(&p);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_INFO, &info, sizeof(info), &r), EINVAL);
	for (i = 0; i < RTE_DIM(tries); i++)
		CU_ASSERT_EQUAL(t_ask(sock, VFU_VERSION, tries[i].body, tries[i].len, &r),
			tries[i].error);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_INFO, &info, sizeof(info), &r), 0);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	t_close(&p);
}

static void
test_infos(void)
{
	static const uint64_t sizes[] = { T_BAR_LEN, 64, 0, 0, 0, 0, T_ROM_LEN, 256, 0 };
	static const uint32_t irqs[] = { 1, T_MSI, T_MSIX, 0, 0 };
	struct vfu_device_info info = { .argsz = sizeof(info) };
	struct vfu_region_info region;
	struct vfu_irq_info irq;
	struct test_port p;
	struct test_reply r;
	uint32_t i;
	int sock;

	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_INFO, &info, sizeof(info), &r), 0);
	memcpy(&info, r.body, sizeof(info));
	CU_ASSERT_EQUAL(info.flags, VFU_DEVICE_RESETS | VFU_DEVICE_PCI);
	CU_ASSERT_EQUAL(info.n_regions, RTE_DIM(sizes));
	CU_ASSERT_EQUAL(info.n_irqs, RTE_DIM(irqs));
	for (i = 0; i < RTE_DIM(sizes); i++) {
		region = (struct vfu_region_info){ .argsz = sizeof(region), .index = i };
		CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_REGION_INFO, &region, sizeof(region),
					&r),
			0);
		memcpy(&region, r.body, sizeof(region));
		CU_ASSERT_EQUAL(region.size, sizes[i]);
		CU_ASSERT_EQUAL(region.flags & (VFU_REGION_F_MMAP | VFU_REGION_F_CAPS), 0);
		CU_ASSERT_EQUAL((region.flags & VFU_REGION_F_READ) != 0, sizes[i] != 0);
	}
	for (i = 0; i < RTE_DIM(irqs); i++) {
		irq = (struct vfu_irq_info){ .argsz = sizeof(irq), .index = i };
		CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), &r), 0);
		memcpy(&irq, r.body, sizeof(irq));
		CU_ASSERT_EQUAL(irq.count, irqs[i]);
		CU_ASSERT_EQUAL(irq.flags, i == VFU_IRQ_INTX ? 7u : irqs[i] > 0 ? 9u : 0u);
	}
	irq.index = 5;
	region = (struct vfu_region_info){ .argsz = sizeof(region), .index = 9 };
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_IRQ_INFO, &irq, sizeof(irq), &r), EINVAL);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_REGION_INFO, &region, sizeof(region), &r),
		EINVAL);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_RESET, NULL, 0, &r), 0);
	CU_ASSERT_EQUAL(p.resets, 1);
	close(sock);
	t_close(&p);
}

/* As QEMU asks: the first answer says how much room the second needs, which brings the memory. */
static void
test_sparse(void)
{
	struct vfu_region_info info = { .argsz = sizeof(info) };
	struct vfu_sparse cap;
	struct vfu_area area;
	struct test_port p;
	struct test_reply r;
	struct stat st[2];
	int sock;

	t_open(&p, "a", true);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info), &r), 0);
	CU_ASSERT_EQUAL(r.len, sizeof(info));
	CU_ASSERT_EQUAL(r.fd, -1);
	memcpy(&info, r.body, sizeof(info));
	CU_ASSERT_EQUAL(info.argsz, 80);
	CU_ASSERT_EQUAL(info.flags, 15);
	CU_ASSERT_EQUAL(info.cap_offset, 32); /* QEMU refuses it otherwise */
	info.index = 0;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info), &r), 0);
	CU_ASSERT_EQUAL_FATAL(r.len, 80);
	memcpy(&info, r.body, sizeof(info));
	CU_ASSERT_EQUAL(info.cap_offset, 32);
	memcpy(&cap, r.body + 32, sizeof(cap));
	CU_ASSERT_EQUAL(cap.id, VFU_CAP_SPARSE);
	CU_ASSERT_EQUAL(cap.n_areas, 2);
	memcpy(&area, r.body + 48 + sizeof(area), sizeof(area));
	CU_ASSERT_EQUAL(area.offset, 0x3000);
	CU_ASSERT_EQUAL(area.size, 0x1000);
	CU_ASSERT_EQUAL(fstat(r.fd, &st[0]), 0);
	CU_ASSERT_EQUAL(fstat(p.shared_fd, &st[1]), 0);
	CU_ASSERT_EQUAL(st[0].st_ino, st[1].st_ino);
	close(r.fd);
	info = (struct vfu_region_info){ .argsz = 80, .index = 1 };
	CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_REGION_INFO, &info, sizeof(info), &r), 0);
	CU_ASSERT_EQUAL(r.len, sizeof(info));
	CU_ASSERT_EQUAL(r.fd, -1);
	close(sock);
	t_close(&p);
}

static int
t_unmap(int sock, uint64_t iova, uint64_t size, uint32_t flags)
{
	struct vfu_dma_unmap unmap = { sizeof(unmap), flags, iova, size };
	struct test_reply r;
	int ret = t_ask(sock, VFU_DMA_UNMAP, &unmap, sizeof(unmap), &r);

	if (ret == 0)
		CU_ASSERT_TRUE(
			r.len == sizeof(unmap) && memcmp(r.body, &unmap, sizeof(unmap)) == 0);
	return ret;
}

static int
t_memory(uint64_t len, unsigned int flags)
{
	int fd = memfd_create("test-ram", MFD_CLOEXEC | flags);

	if (fd >= 0 && ftruncate(fd, (off_t)len) < 0) {
		close(fd);
		return -1;
	}
	return fd;
}

static void
test_memory(void)
{
	struct vfu_dma_map ro = { sizeof(ro), VFU_DMA_READABLE, 0, 0x900000, 0x1000 };
	struct test_port p;
	uint32_t mark = 0x12345678;
	int sock, ram = t_memory(MEM_LEN, 0);

	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(pwrite(ram, &mark, sizeof(mark), 0x5000), sizeof(mark));
	CU_ASSERT_EQUAL(t_map(sock, 0, 0x4000, ram, 0), 0);
	CU_ASSERT_EQUAL(t_map(sock, 0x4000, 0x2000, ram, 0x4000), 0);
	CU_ASSERT_EQUAL_FATAL(p.n_mem, 2);
	CU_ASSERT_EQUAL(memcmp(p.mem[1].hva + 0x1000, &mark, sizeof(mark)), 0);
	/* Refused: overlap, nothing, odd, around, beyond the file, what the guest refuses. */
	CU_ASSERT_EQUAL(t_map(sock, 0x3000, 0x2000, ram, 0), EEXIST);
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0, ram, 0), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, 0x10001, 0x1000, ram, 0), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0x1001, ram, 0), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, UINT64_MAX & ~0xfffull, 0x2000, ram, 0), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0x1000, ram, UINT64_MAX - 0xfff), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0x1000, ram, MEM_LEN), EINVAL);
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0x2000, ram, MEM_LEN - 0x1000), EINVAL);
	p.refuse_mem = -ENOSPC;
	CU_ASSERT_EQUAL(t_map(sock, 0x10000, 0x1000, ram, 0), ENOSPC);
	p.refuse_mem = 0;
	/* Noted, but no memory: without descriptor, read-only. */
	CU_ASSERT_EQUAL(t_map(sock, 0x800000, 0x1000, -1, 0), 0);
	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DMA_MAP, &ro, sizeof(ro), &ram, 1), 0);
	CU_ASSERT_EQUAL(p.n_mem, 2);
	CU_ASSERT_EQUAL(t_unmap(sock, 0x800000, 0x1000, 0), 0);
	/* Not half a map, not nothing. */
	CU_ASSERT_EQUAL(t_unmap(sock, 0x1000, 0x1000, 0), EINVAL);
	CU_ASSERT_EQUAL(t_unmap(sock, 0x4000, 0x1000, 0), EINVAL);
	CU_ASSERT_EQUAL(t_unmap(sock, 0xa00000, 0x1000, 0), ENOENT);
	CU_ASSERT_EQUAL(t_unmap(sock, 0, 0, 0), EINVAL);
	CU_ASSERT_EQUAL(t_unmap(sock, 0, 0x1000, VFU_UNMAP_ALL), EINVAL);
	CU_ASSERT_EQUAL(t_unmap(sock, 0, 0x6000, VFU_UNMAP_BITMAP), EINVAL);
	CU_ASSERT_EQUAL(p.n_mem, 2);
	CU_ASSERT_EQUAL(t_unmap(sock, 0, 0x6000, 0), 0); /* two at once */
	CU_ASSERT_EQUAL(p.n_mem, 0);
	CU_ASSERT_EQUAL(t_map(sock, 0, 0x4000, ram, 0), 0);
	CU_ASSERT_EQUAL(t_unmap(sock, 0, 0, VFU_UNMAP_ALL), 0);
	CU_ASSERT_EQUAL(p.n_mem, 0);
	CU_ASSERT_EQUAL(t_map(sock, 0, 0x4000, ram, 0), 0);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.clears, 1));
	CU_ASSERT_EQUAL(p.n_mem, 0);
	close(ram);
	t_close(&p);
}

/* The driver starts: memory that was written to is its own; blank memory, or none, cannot be. */
static void
test_private(void)
{
	const struct vfu_counters *count;
	const uint16_t off = 0x0003, on = 0x0007;
	uint8_t mark = 1;
	struct test_port p;
	int sock, ram = t_memory(MEM_LEN, 0);

	t_open(&p, "a", false);
	count = vfu_transport_ops.counters(p.tr);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_map(sock, 0x100000, 0x1000, -1, 0), 0);
	CU_ASSERT_EQUAL(count->no_memory, 1);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &off, 2), 0);
	CU_ASSERT_EQUAL(count->private_memory, 0);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &on, 2), 0);
	CU_ASSERT_EQUAL(count->private_memory, 1);
	CU_ASSERT_EQUAL(t_map(sock, 0, 0x10000, ram, 0x10000), 0);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &on, 2), 0);
	CU_ASSERT_EQUAL(count->private_memory, 2);
	CU_ASSERT_EQUAL(pwrite(ram, &mark, 1, 0x1ffff), 1);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &on, 2), 0);
	CU_ASSERT_EQUAL(count->private_memory, 2);
	close(sock);
	close(ram);
	t_close(&p);
}

/* Pieces of hugetlb memory begin where QEMU splits them, which is not at a page of it. */
static void
test_hugetlb(void)
{
	struct test_port p;
	int sock, ram = t_memory(2 * MEM_LEN, MFD_HUGETLB);
	uint8_t *all = MAP_FAILED;

	if (ram >= 0)
		all = mmap(NULL, 2 * MEM_LEN, PROT_READ | PROT_WRITE, MAP_SHARED, ram, 0);
	if (all == MAP_FAILED) {
		puts("no hugepages: not tried");
		if (ram >= 0)
			close(ram);
		return;
	}
	t_open(&p, "a", false);
	sock = t_client(&p);
	all[0xf0000] = 1;
	all[0x3ff000] = 2;
	CU_ASSERT_EQUAL(t_map(sock, 0xf0000, 0x10000, ram, 0xf0000), 0);
	CU_ASSERT_EQUAL(t_map(sock, 0x100000, 0x300000, ram, 0x100000), 0);
	CU_ASSERT_EQUAL_FATAL(p.n_mem, 2);
	CU_ASSERT_EQUAL(p.mem[0].hva[0], 1);
	CU_ASSERT_EQUAL(p.mem[1].hva[0x2ff000], 2);
	CU_ASSERT_EQUAL(t_unmap(sock, 0xf0000, 0x10000, 0), 0);
	close(sock);
	munmap(all, 2 * MEM_LEN);
	close(ram);
	t_close(&p);
}

static void
test_regions(void)
{
	uint8_t buf[256], rom[16];
	struct vfu_access a = { 0, 0, VFU_MAX_DATA + 1 };
	struct test_port p;
	struct test_reply r;
	uint32_t word = 0xcafe;
	int sock;

	t_open(&p, "a", false);
	sock = t_client(&p);
	CU_ASSERT_EQUAL(t_write(sock, 0, 0x10, &word, 4), 0);
	CU_ASSERT_EQUAL(t_read(sock, 0, 0x10, buf, 4), 0);
	CU_ASSERT_EQUAL(memcmp(buf, &word, 4), 0);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &word, 2), 0);
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_CONFIG, 0, buf, 256), 0);
	CU_ASSERT_EQUAL(memcmp(buf + 4, &word, 2), 0);
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_ROM, T_ROM_LEN - 16, rom, 16), 0);
	CU_ASSERT_EQUAL(rom[15], 0x5a);
	CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_ROM, 0, &word, 4), EINVAL);
	/* Outside: across the end, behind it, a region that is not there, around, nothing, too much. */
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_CONFIG, 254, buf, 4), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, 0, T_BAR_LEN, buf, 1), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, 2, 0, buf, 4), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, VFU_REGION_VGA, 0, buf, 4), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, UINT32_MAX, 0, buf, 4), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, 0, UINT64_MAX - 1, buf, 4), EINVAL);
	CU_ASSERT_EQUAL(t_read(sock, 0, 0, buf, 0), EINVAL);
	CU_ASSERT_EQUAL(t_write(sock, 0, T_BAR_LEN - 2, &word, 4), EINVAL);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_READ, &a, sizeof(a), &r), EINVAL);
	a.count = 8; /* and no data behind it */
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_WRITE, &a, sizeof(a), &r), EINVAL);
	close(sock);
	t_close(&p);
}

/* Writes without a reply are seen by the read that follows; so are several in one message. */
static void
test_posted(void)
{
	struct {
		struct vfu_access a;
		uint32_t data;
	} one = { { 0x20, 0, 4 }, 7 };
	struct {
		uint64_t n;
		struct vfu_write_one w[2];
	} many = { 2, { { { 0x30, 0, 4 }, { 1 } }, { { 0x34, 0, 8 }, { 2 } } } };
	const struct vfu_counters *count;
	struct test_port p;
	struct test_reply r;
	uint32_t i, buf[2];
	int sock;

	t_open(&p, "a", false);
	count = vfu_transport_ops.counters(p.tr);
	sock = t_client(&p);
	for (i = 0; i < 100; i++) {
		one.data = i;
		CU_ASSERT_TRUE(
			T_SEND(sock, VFU_REGION_WRITE, VFU_FLAG_NO_REPLY, &one, 20, NULL, 0));
	}
	CU_ASSERT_EQUAL(t_read(sock, 0, 0x20, buf, 4), 0);
	CU_ASSERT_EQUAL(buf[0], 99);
	CU_ASSERT_EQUAL(count->posted, 100);
	CU_ASSERT_EQUAL(count->region_writes, 100);
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_WRITE_MULTI, &many, sizeof(many), &r), 0);
	CU_ASSERT_EQUAL(r.len, 8);
	CU_ASSERT_EQUAL(t_read(sock, 0, 0x30, buf, 8), 0);
	CU_ASSERT_TRUE(buf[0] == 1 && buf[1] == 2);
	many.w[1].access.count = 9;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_WRITE_MULTI, &many, sizeof(many), &r), EINVAL);
	many.n = VFU_MAX_WRITES + 1;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_WRITE_MULTI, &many, sizeof(many), &r), EINVAL);
	many.n = 3;
	CU_ASSERT_EQUAL(t_ask(sock, VFU_REGION_WRITE_MULTI, &many, sizeof(many), &r), EINVAL);
	/* A posted write that is wrong: counted, and no reply upsets the next question. */
	one.a.region = 3;
	CU_ASSERT_TRUE(T_SEND(sock, VFU_REGION_WRITE, VFU_FLAG_NO_REPLY, &one, 20, NULL, 0));
	CU_ASSERT_EQUAL(t_read(sock, 0, 0x20, buf, 4), 0);
	CU_ASSERT_EQUAL(count->bad_messages, 4);
	close(sock);
	t_close(&p);
}

void
test_vfu_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user", NULL, NULL);

	CU_add_test(s, "version", test_version);
	CU_add_test(s, "infos", test_infos);
	CU_add_test(s, "sparse mmap", test_sparse);
	CU_add_test(s, "memory", test_memory);
	CU_add_test(s, "memory that is not shared", test_private);
	CU_add_test(s, "hugetlb memory", test_hugetlb);
	CU_add_test(s, "regions", test_regions);
	CU_add_test(s, "posted and multiple writes", test_posted);
}

static void
test_suites(void)
{
	test_vfu_suite();
	test_vfu_irq_suite();
	test_vfu_feature_suite();
	test_vfu_hostile_suite();
	test_vfu_trace_suite();
	test_vfu_lcore_suite();
}

int
main(void)
{
	if (gmem_fault_install() < 0)
		return 1;
	return test_main("--log-level=transport.*:critical", test_suites);
}
