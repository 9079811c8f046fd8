/* SPDX-License-Identifier: BSD-3-Clause */
/* Connections that are lent to an lcore: who serves, what goes back, and what nobody may notice. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "test_vfu.h"

/* A thread that polls a port as an lcore does, until it is told to stop. */
struct test_lcore {
	struct transport *tr;
	pthread_t thread;
	uint32_t stop;
};

static void *
lcore_run(void *arg)
{
	struct test_lcore *l = arg;

	while (__atomic_load_n(&l->stop, __ATOMIC_ACQUIRE) == 0)
		l->tr->ops->poll(l->tr);
	return NULL;
}

static void
lcore_start(struct test_lcore *l, struct test_port *p)
{
	*l = (struct test_lcore){ .tr = p->tr };
	CU_ASSERT_EQUAL_FATAL(pthread_create(&l->thread, NULL, lcore_run, l), 0);
}

static void
lcore_stop(struct test_lcore *l)
{
	__atomic_store_n(&l->stop, 1, __ATOMIC_RELEASE);
	pthread_join(l->thread, NULL);
}

static uint64_t
by_lcore(const struct test_port *p)
{
	const struct vfu_counters *count = p->tr->ops->counters(p->tr);

	return __atomic_load_n(&count->by_lcore, __ATOMIC_RELAXED);
}

/* Register accesses until the lcore has served n more of them; each answer must be right. */
static void
until_lcore_serves(struct test_port *p, int sock, uint64_t n)
{
	uint64_t want = by_lcore(p) + n;
	uint32_t i, got;

	for (i = 1; i < 100000 && by_lcore(p) < want; i++) {
		CU_ASSERT_EQUAL_FATAL(t_write(sock, 0, 8, &i, sizeof(i)), 0);
		CU_ASSERT_EQUAL_FATAL(t_read(sock, 0, 8, &got, sizeof(got)), 0);
		CU_ASSERT_EQUAL_FATAL(got, i);
	}
	CU_ASSERT_TRUE(by_lcore(p) >= want);
}

static void
test_lent(void)
{
	struct vfu_device_info info = { .argsz = sizeof(info) };
	struct test_lcore l;
	struct test_port p;
	struct test_reply r;
	uint32_t val = 1;
	int sock, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	lcore_start(&l, &p);
	for (i = 0; i < 20; i++) {
		until_lcore_serves(&p, sock, 10);
		/* What an lcore leaves alone, with a body and without one, is served all the same. */
		CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_GET_INFO, &info, sizeof(info), &r), 0);
		until_lcore_serves(&p, sock, 10);
		CU_ASSERT_EQUAL(t_ask(sock, VFU_DEVICE_RESET, NULL, 0, &r), 0);
		until_lcore_serves(&p, sock, 10);
		CU_ASSERT_EQUAL(t_write(sock, 0, T_BAR_HELD, &val, sizeof(val)), 0);
		until_lcore_serves(&p, sock, 10);
		CU_ASSERT_EQUAL(t_write(sock, VFU_REGION_CONFIG, 4, &val, sizeof(val)), 0);
		until_lcore_serves(&p, sock, 10);
		CU_ASSERT_EQUAL(t_ask(sock, 4711, NULL, 0, &r), ENOSYS);
	}
	CU_ASSERT_EQUAL(p.resets, 20);
	lcore_stop(&l);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	t_close(&p);
}

/* What must be held is never done by an lcore. */
static void
test_held(void)
{
	struct test_lcore l;
	struct test_port p;
	uint32_t val = 7;
	uint64_t before;
	int sock, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	lcore_start(&l, &p);
	until_lcore_serves(&p, sock, 10);
	before = by_lcore(&p);
	for (i = 0; i < 200; i++)
		CU_ASSERT_EQUAL(t_write(sock, 0, T_BAR_HELD, &val, sizeof(val)), 0);
	CU_ASSERT_EQUAL(by_lcore(&p), before);
	/* Nor anything while somebody else is in the guest; it is served when that is over. */
	until_lcore_serves(&p, sock, 10);
	__atomic_store_n(&p.busy, 1, __ATOMIC_RELEASE);
	before = by_lcore(&p);
	CU_ASSERT_TRUE(T_SEND(sock, VFU_DEVICE_RESET, 0, NULL, 0, NULL, 0));
	usleep(2000);
	CU_ASSERT_EQUAL(by_lcore(&p), before);
	__atomic_store_n(&p.busy, 0, __ATOMIC_RELEASE);
	CU_ASSERT_TRUE(t_wait(&p.resets, 1));
	lcore_stop(&l);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	t_close(&p);
}

/* The lcore goes away with the connection in its hands: a stopped port, a debugger. */
static void
test_lcore_leaves(void)
{
	struct test_lcore l;
	struct test_port p;
	uint32_t got;
	int sock, i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	for (i = 0; i < 20; i++) {
		lcore_start(&l, &p);
		until_lcore_serves(&p, sock, 5);
		lcore_stop(&l);
		CU_ASSERT_EQUAL(t_read(sock, 0, 8, &got, sizeof(got)), 0);
	}
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	t_close(&p);
}

/* The client goes away, in the middle of a message or not; or the port closes. */
static void
test_lent_ends(void)
{
	struct vfu_hdr hdr = { .command = VFU_REGION_READ, .size = 32 };
	struct vfu_hdr bad = { .command = VFU_REGION_READ, .size = 3 };
	unsigned int fds = t_fds();
	struct test_lcore l;
	struct test_port p;
	struct test_reply r;
	int sock, i;

	t_open(&p, "a", false);
	lcore_start(&l, &p);
	for (i = 0; i < 30; i++) {
		sock = t_client(&p);
		until_lcore_serves(&p, sock, 5);
		if (i % 3 == 1)
			CU_ASSERT_EQUAL(send(sock, &hdr, i % 2 == 0 ? 10 : sizeof(hdr),
						MSG_NOSIGNAL),
				i % 2 == 0 ? 10 : 16);
		if (i % 3 == 2) {
			CU_ASSERT_EQUAL(send(sock, &bad, sizeof(bad), MSG_NOSIGNAL), sizeof(bad));
			CU_ASSERT_TRUE(t_recv(sock, &r));
			CU_ASSERT_EQUAL(r.hdr.error, EINVAL);
			CU_ASSERT_FALSE(t_recv(sock, &r));
		}
		close(sock);
		CU_ASSERT_TRUE(t_wait(&p.gone, (unsigned int)i + 1));
	}
	sock = t_client(&p);
	until_lcore_serves(&p, sock, 5);
	lcore_stop(&l);
	t_close(&p);
	close(sock);
	CU_ASSERT_EQUAL(t_fds(), fds);
}

void
test_vfu_lcore_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user lcore", NULL, NULL);

	CU_add_test(s, "lent to an lcore", test_lent);
	CU_add_test(s, "what must be held", test_held);
	CU_add_test(s, "lcore leaves", test_lcore_leaves);
	CU_add_test(s, "connection ends", test_lent_ends);
}
