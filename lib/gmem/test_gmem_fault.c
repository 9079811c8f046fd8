/* SPDX-License-Identifier: BSD-3-Clause */
/* Memory that goes away: the access goes on, its owner is told; any other fault still ends us. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gmem.h"
#include "gmem_fault.h"

#define LEN   0x40000u
#define GPA   UINT64_C(0x100000)
#define CHURN 20000

/* Memory of a guest: a file of its own, mapped and guarded. */
struct memory {
	int fd, guard;
	uint8_t *at;
	struct gmem_owner owner;
	struct gmem mem;
};

static void
memory_up(struct memory *m)
{
	*m = (struct memory){ .owner = { .sock = -1 } };
	m->fd = memfd_create("guest", MFD_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(ftruncate(m->fd, LEN), 0);
	m->at = mmap(NULL, LEN, PROT_READ | PROT_WRITE, MAP_SHARED, m->fd, 0);
	CU_ASSERT_FATAL(m->at != MAP_FAILED);
	m->guard = gmem_fault_guard(m->at, LEN, &m->owner);
	CU_ASSERT_TRUE_FATAL(m->guard >= 0);
	CU_ASSERT_EQUAL_FATAL(gmem_init(&m->mem), 0);
	CU_ASSERT_EQUAL(gmem_add(&m->mem, GPA, LEN, m->at), 0);
}

static void
memory_down(struct memory *m)
{
	gmem_fini(&m->mem);
	gmem_fault_unguard(m->guard);
	munmap(m->at, LEN);
	close(m->fd);
}

static void
test_truncated(void)
{
	uint8_t in[LEN / 2], out[LEN / 2], zero[LEN / 2] = { 0 };
	struct memory m, other;
	int pair[2];
	char c;

	memory_up(&m);
	memory_up(&other);
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
	m.owner.sock = pair[0];
	memset(in, 0xa5, sizeof(in));
	CU_ASSERT_EQUAL(gmem_write(&m.mem, GPA + 0x1001, in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(gmem_write(&other.mem, GPA, in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(gmem_fault_count(&m.owner), 0);
	CU_ASSERT_EQUAL(ftruncate(m.fd, 0), 0);
	CU_ASSERT_EQUAL(gmem_read(&m.mem, GPA + 0x1001, out, sizeof(out)), 0);
	CU_ASSERT_EQUAL(memcmp(out, zero, sizeof(out)), 0);
	CU_ASSERT_EQUAL(gmem_fault_count(&m.owner), 1); /* all of it was replaced at once */
	CU_ASSERT_EQUAL(recv(pair[1], &c, 1, MSG_DONTWAIT), 0);
	/* And it can be written to. */
	CU_ASSERT_EQUAL(gmem_write(&m.mem, GPA, in, sizeof(in)), 0);
	CU_ASSERT_EQUAL(gmem_read(&m.mem, GPA, out, sizeof(out)), 0);
	CU_ASSERT_EQUAL(memcmp(out, in, sizeof(out)), 0);
	CU_ASSERT_EQUAL(gmem_fault_count(&m.owner), 1);
	/* Nobody else's changed. */
	CU_ASSERT_EQUAL(gmem_read(&other.mem, GPA, out, sizeof(out)), 0);
	CU_ASSERT_EQUAL(memcmp(out, in, sizeof(out)), 0);
	CU_ASSERT_EQUAL(gmem_fault_count(&other.owner), 0);
	memory_down(&other);
	memory_down(&m);
	close(pair[0]);
	close(pair[1]);
}

/* A library touches what it mapped itself, of pages of both sizes. */
static void
test_expected(void)
{
	static const struct {
		unsigned int flags;
		size_t page;
	} kinds[] = { { 0, 4096 }, { MFD_HUGETLB, 2u << 20 } };
	struct gmem_owner owner = { .sock = -1 };
	size_t i;

	CU_ASSERT_EQUAL(gmem_fault_install(), 0); /* a second time: no effect */
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		int fd = memfd_create("guest", MFD_CLOEXEC | kinds[i].flags);
		size_t len = 2 * kinds[i].page;
		uint8_t *at = MAP_FAILED;

		if (fd >= 0 && ftruncate(fd, (off_t)len) == 0)
			at = mmap(NULL, len, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (at == MAP_FAILED) {
			puts("no hugepages: not tried");
			CU_ASSERT_NOT_EQUAL(kinds[i].flags, 0);
		} else {
			CU_ASSERT_EQUAL(ftruncate(fd, 0), 0);
			owner.faults = 0;
			gmem_fault_expect(&owner);
			__atomic_store_n(&at[5], 1, __ATOMIC_RELAXED);
			__atomic_store_n(&at[kinds[i].page + 5], 1, __ATOMIC_RELAXED);
			gmem_fault_expect(NULL);
			CU_ASSERT_EQUAL(gmem_fault_count(&owner), 2);
			munmap(at, len);
		}
		if (fd >= 0)
			close(fd);
	}
}

/* In a child: touch memory that is gone. @return how the child ended. */
static int
touch_in_child(struct memory *m, bool guarded)
{
	int status = 0;
	pid_t pid = fork();

	if (pid == 0) {
		const struct rlimit none = { 0, 0 };

		setrlimit(RLIMIT_CORE, &none);
		if (!guarded)
			gmem_fault_unguard(m->guard);
		if (ftruncate(m->fd, 0) < 0)
			_exit(1);
		_exit(__atomic_load_n(&m->at[7], __ATOMIC_RELAXED) == 0 ? 42 : 2);
	}
	CU_ASSERT_EQUAL(waitpid(pid, &status, 0), pid);
	return status;
}

static void
test_not_ours(void)
{
	struct memory m;
	int status;

	memory_up(&m);
	CU_ASSERT_EQUAL(ftruncate(m.fd, LEN), 0);
	status = touch_in_child(&m, true);
	CU_ASSERT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	status = touch_in_child(&m, false);
	CU_ASSERT_FALSE(WIFEXITED(status) && WEXITSTATUS(status) == 42);
	memory_down(&m);
}

/* Guards come and go all the time while two threads fault. */
static void *
churner(void *arg)
{
	struct gmem_owner *owner = arg;
	static uint8_t some[2][4096];
	unsigned int i;

	for (i = 0; i < CHURN; i++) {
		int a = gmem_fault_guard(some[0], sizeof(some[0]), owner);
		int b = gmem_fault_guard(some[1], sizeof(some[1]), owner);

		gmem_fault_unguard(a);
		gmem_fault_unguard(b);
	}
	return NULL;
}

static void *
faulter(void *arg)
{
	unsigned int i;

	for (i = 0; i < 200; i++) {
		struct memory m;
		uint32_t word = 1;

		memory_up(&m);
		CU_ASSERT_EQUAL(ftruncate(m.fd, 0), 0);
		CU_ASSERT_EQUAL(gmem_read(&m.mem, GPA + LEN - 4, &word, 4), 0);
		CU_ASSERT_EQUAL(word, 0);
		CU_ASSERT_EQUAL(gmem_fault_count(&m.owner), 1);
		memory_down(&m);
	}
	return NULL;
}

static void
test_race(void)
{
	struct gmem_owner owner = { .sock = -1 };
	pthread_t thread[3];
	int i;

	for (i = 0; i < 3; i++)
		CU_ASSERT_EQUAL_FATAL(pthread_create(&thread[i], NULL, i == 0 ? churner : faulter,
					      &owner),
			0);
	for (i = 0; i < 3; i++)
		pthread_join(thread[i], NULL);
	CU_ASSERT_EQUAL(owner.faults, 0);
}

static void
test_limit(void)
{
	static uint8_t some[4096];
	struct gmem_owner owner = { .sock = -1 };
	static int id[GMEM_FAULT_MAX];
	int i;

	for (i = 0; i < GMEM_FAULT_MAX; i++) {
		id[i] = gmem_fault_guard(some, sizeof(some), &owner);
		CU_ASSERT_TRUE_FATAL(id[i] >= 0);
	}
	CU_ASSERT_EQUAL(gmem_fault_guard(some, sizeof(some), &owner), -ENOSPC);
	gmem_fault_unguard(id[17]);
	CU_ASSERT_EQUAL(gmem_fault_guard(some, sizeof(some), &owner), id[17]);
	for (i = 0; i < GMEM_FAULT_MAX; i++)
		gmem_fault_unguard(id[i]);
	gmem_fault_unguard(-1);
}

int
main(void)
{
	unsigned int failed;
	CU_pSuite s;

	if (gmem_fault_install() < 0 || CU_initialize_registry() != CUE_SUCCESS)
		return 1;
	s = CU_add_suite("gmem_fault", NULL, NULL);
	CU_add_test(s, "truncated memory", test_truncated);
	CU_add_test(s, "memory a library mapped", test_expected);
	CU_add_test(s, "memory of nobody", test_not_ours);
	CU_add_test(s, "guards come and go", test_race);
	CU_add_test(s, "limit", test_limit);
	CU_basic_set_mode(CU_BRM_VERBOSE);
	CU_basic_run_tests();
	failed = CU_get_number_of_failures();
	CU_cleanup_registry();
	return failed != 0;
}
