/* SPDX-License-Identifier: BSD-3-Clause */
/* The vhost-user transport against a front end made of bare messages: order, refusals, storms. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_string_fns.h>

#include "base/test_main.h"
#include "gmem/gmem_fault.h"
#include "test_vhu_front.h"
#include "vhu_private.h"

/* What the guest was told, counted by the events below. C writes, the test reads. */
struct seen {
	unsigned int connected, gone, mem_add, mem_clear, start, stop, features;
	uint32_t running; /* bit per ring */
	uint64_t last_features;
	struct nic_vring where[4];
	uint16_t base; /* what vring_stop() answers */
	uint16_t mtu;
	struct rte_ether_addr announced;
	bool bad_order; /* a ring ran while memory went, or started without */
	uint32_t memory;
	uint8_t *hva; /* of the last memory */
	bool untouched;
};

static struct seen seen;
static struct transport *tr;

#define GET(field) __atomic_load_n(&seen.field, __ATOMIC_ACQUIRE)
#define ADD(field) __atomic_fetch_add(&seen.field, 1, __ATOMIC_RELEASE)

static int
on_mem_add(void *ctx, uint64_t gpa, uint64_t len, void *hva)
{
	seen.hva = hva;
	ADD(memory);
	ADD(mem_add);
	return 0;
}

static void
on_mem_clear(void *ctx)
{
	seen.bad_order |= GET(running) != 0;
	__atomic_store_n(&seen.memory, 0, __ATOMIC_RELEASE);
	ADD(mem_clear);
}

static void
on_mem_log(void *ctx, uint8_t *log, uint64_t len)
{
}

static int
on_features(void *ctx, uint64_t features)
{
	seen.bad_order |= GET(running) != 0;
	seen.last_features = features;
	ADD(features);
	return 0;
}

static int
on_start(void *ctx, uint16_t idx, const struct nic_vring *where)
{
	seen.bad_order |= idx > 3 || GET(memory) == 0 || (GET(running) & (1u << idx));
	seen.where[idx & 3] = *where;
	__atomic_fetch_or(&seen.running, 1u << idx, __ATOMIC_RELEASE);
	ADD(start);
	return 0;
}

static uint16_t
on_stop(void *ctx, uint16_t idx)
{
	seen.bad_order |= !(GET(running) & (1u << idx));
	__atomic_fetch_and(&seen.running, ~(1u << idx), __ATOMIC_RELEASE);
	ADD(stop);
	return seen.base;
}

static bool
on_untouched(void *ctx, uint16_t idx)
{
	return seen.untouched;
}

static void
on_mtu(void *ctx, uint16_t mtu)
{
	__atomic_store_n(&seen.mtu, mtu, __ATOMIC_RELEASE);
}

static void
on_announce(void *ctx, const struct rte_ether_addr *mac)
{
	seen.announced = *mac;
}

static void
on_connected(void *ctx)
{
	ADD(connected);
}

static void
on_gone(void *ctx)
{
	seen.bad_order |= GET(running) != 0;
	ADD(gone);
}

static const struct transport_events events = {
	.mem_add = on_mem_add,
	.mem_clear = on_mem_clear,
	.mem_log = on_mem_log,
	.set_features = on_features,
	.vring_start = on_start,
	.vring_stop = on_stop,
	.vring_untouched = on_untouched,
	.set_mtu = on_mtu,
	.announce = on_announce,
	.connected = on_connected,
	.gone = on_gone,
};

/* Wait until cond, which is evaluated more than once; five seconds at most. */
#define UNTIL(cond)                                                                                \
	do {                                                                                       \
		uint64_t until_end = rte_get_timer_cycles() + 5 * rte_get_timer_hz();              \
		while (!(cond) && rte_get_timer_cycles() < until_end)                              \
			usleep(1000);                                                              \
		CU_ASSERT_TRUE(cond);                                                              \
	} while (0)

static unsigned int
count_fds(void)
{
	glob_t g = { 0 };
	unsigned int n;

	CU_ASSERT_EQUAL(glob("/proc/self/fd/*", GLOB_NOSORT, NULL, &g), 0);
	n = (unsigned int)g.gl_pathc;
	globfree(&g);
	return n;
}

static void
open_transport(void)
{
	static char path[TRANSPORT_PATH_LEN];
	static const struct transport_conf conf = { .name = "t",
		.path = path,
		.n_queues = 1,
		.features = FEATURES };

	snprintf(path, sizeof(path), "%s/s", test_dir);
	memset(&seen, 0, sizeof(seen));
	tr = vhu_transport_ops.open(&conf, &events, NULL);
	CU_ASSERT_PTR_NOT_NULL_FATAL(tr);
}

static void
test_life(void)
{
	struct stat st;
	struct front f;
	struct pollfd called = { .events = POLLIN };
	uint64_t n;
	char path[128];

	open_transport();
	snprintf(path, sizeof(path), "%s/s", test_dir);
	CU_ASSERT_EQUAL(stat(path, &st), 0);
	CU_ASSERT_EQUAL(st.st_mode & 0777, 0770); /* our group may connect, others not */
	front_open(&f);
	UNTIL(GET(connected) == 1);
	CU_ASSERT_EQUAL(ask(&f, 1, 0) & ~(UINT64_C(1) << 26),
		FEATURES | (UINT64_C(1) << VHOST_USER_F_PROTOCOL_FEATURES));
	CU_ASSERT_EQUAL(ask(&f, 17, 0), 1); /* GET_QUEUE_NUM */
	bring_up(&f);
	UNTIL(GET(running) == 3);
	CU_ASSERT_EQUAL(seen.last_features, FEATURES);
	CU_ASSERT_EQUAL(seen.where[1].desc_gpa, 0x14000);
	CU_ASSERT_EQUAL(seen.where[1].avail_gpa, 0x16000);
	CU_ASSERT_EQUAL(seen.where[1].used_gpa, 0x17000);
	CU_ASSERT_EQUAL(seen.where[1].size, RING_SIZE);
	called.fd = f.call[1];
	/* A started ring interrupts once, for what may have been missed; then we do. */
	UNTIL(poll(&called, 1, 0) == 1);
	CU_ASSERT_EQUAL(read(f.call[1], &n, sizeof(n)), (ssize_t)sizeof(n));
	tr->ops->irq->raise(tr, 1);
	CU_ASSERT_EQUAL(read(f.call[1], &n, sizeof(n)), (ssize_t)sizeof(n));
	/* New memory: rings rest and come back. */
	send_memory(&f, 1);
	UNTIL(GET(mem_clear) >= 2 && GET(running) == 3);
	send_u64(&f, 20, 9000);
	UNTIL(GET(mtu) == 9000);
	/* The front end stops a ring and learns where we stood. */
	seen.base = 77;
	CU_ASSERT_EQUAL(ask(&f, 11, 0), (UINT64_C(77) << 32) | 0);
	CU_ASSERT_EQUAL(GET(running), 0);
	front_close(&f);
	UNTIL(GET(gone) == 1);
	CU_ASSERT_FALSE(seen.bad_order);
	tr->ops->close(tr);
	CU_ASSERT_TRUE(stat(path, &st) < 0);
}

/* A ring that reads as never used in memory that reads as never used: it is a copy that is written.
 * Neither alone means that. */
static void
test_private_memory(void)
{
	const struct vhu_transport *t;
	struct front f;

	open_transport();
	t = (const struct vhu_transport *)tr;
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	tr->ops->watch(tr); /* blank memory, but the rings are in use */
	CU_ASSERT_FALSE(t->advised);
	seen.untouched = true;
	CU_ASSERT_EQUAL(pwrite(f.memfd, "x", 1, 0x400), 1);
	tr->ops->watch(tr); /* fresh rings of a guest that lives */
	CU_ASSERT_FALSE(t->advised);
	CU_ASSERT_EQUAL(pwrite(f.memfd, "", 1, 0x400), 1);
	tr->ops->watch(tr);
	CU_ASSERT_TRUE(t->advised);
	front_close(&f);
	UNTIL(GET(gone) == 1);
	tr->ops->close(tr);
}

static uint64_t
memory_faults(void)
{
	return stat_read(tr->ops->counters(tr), &tr->ops->stats[0]);
}

/* The front end cuts its memory short, under an lcore or under the library: it is put out. */
static void
test_memory_gone(void)
{
	struct front f;
	char c;

	open_transport();
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	tr->ops->watch(tr);
	CU_ASSERT_EQUAL(GET(running), 3);
	CU_ASSERT_EQUAL(ftruncate(f.memfd, 0), 0);
	CU_ASSERT_EQUAL(__atomic_load_n(&seen.hva[0x4321], __ATOMIC_RELAXED), 0);
	tr->ops->watch(tr);
	CU_ASSERT_EQUAL(GET(running), 0);
	CU_ASSERT_EQUAL(memory_faults(), 1);
	send_state(&f, 18, 0, 1); /* rings do not come back: the connection ends */
	CU_ASSERT_EQUAL(recv(f.sock, &c, 1, 0), 0);
	UNTIL(GET(gone) == 1);
	front_close(&f);
	/* Another table, of memory that is not there; the library looks into its rings at once. */
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	CU_ASSERT_EQUAL(ftruncate(f.memfd, 0), 0);
	send_memory_of(&f, MEM_LEN / 2, 1);
	CU_ASSERT_EQUAL(recv(f.sock, &c, 1, 0), 0);
	UNTIL(GET(gone) == 2);
	front_close(&f);
	/* The next one finds all as it was. */
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	tr->ops->watch(tr);
	CU_ASSERT_EQUAL(GET(running), 3);
	front_close(&f);
	UNTIL(GET(gone) == 3);
	CU_ASSERT_FALSE(seen.bad_order);
	tr->ops->close(tr);
}

static void
test_second_peer(void)
{
	struct front a, b;
	char c;

	open_transport();
	front_open(&a);
	UNTIL(GET(connected) == 1);
	front_open(&b);
	CU_ASSERT_EQUAL(recv(b.sock, &c, 1, 0), 0); /* refused */
	bring_up(&a);
	UNTIL(GET(running) == 3);
	front_close(&b);
	front_close(&a);
	UNTIL(GET(gone) == 1);
	tr->ops->close(tr);
}

/* Messages that no front end should send: the connection may go, we and our descriptors do not. */
static void
send_nonsense(const struct front *f, unsigned int kind)
{
	static const uint8_t junk[300] = { 0xff, 0xff, 0xff, 0xff, 0xff };
	int fds[4] = { f->memfd, f->memfd, f->memfd, f->memfd };

	switch (kind % 8) {
	case 0:
		send_memory(f, 3); /* two descriptors too many */
		break;
	case 1:
		send_memory(f, 0); /* none at all */
		break;
	case 2:
		send_state(f, 8, 0x10000, 7); /* ring number beyond 16 bits */
		break;
	case 3:
		send_msg(f, 2, junk, 8, fds, 4); /* descriptors where none belong */
		break;
	case 4:
		send_msg(f, 200, junk, 100, fds, 2); /* unknown request */
		break;
	case 5:
		send_msg(f, 6, junk, 16, fds, 1); /* log of absurd size */
		break;
	case 6:
		send_u64(f, 2, UINT64_MAX); /* features nobody offered */
		break;
	default:
		if (send(f->sock, junk, 7, MSG_NOSIGNAL) < 0) /* half a header */
			return;
	}
}

static void
test_nonsense(void)
{
	unsigned int kind, fds;
	struct front f;

	open_transport();
	fds = count_fds();
	for (kind = 0; kind < 64; kind++) {
		unsigned int gone = GET(gone), connected = GET(connected);

		front_open(&f);
		UNTIL(GET(connected) == connected + 1);
		if (kind & 8)
			bring_up(&f);
		send_nonsense(&f, kind);
		front_close(&f);
		UNTIL(GET(gone) == gone + 1);
	}
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	front_close(&f);
	UNTIL(GET(gone) == GET(connected));
	CU_ASSERT_FALSE(seen.bad_order);
	UNTIL(count_fds() == fds);
	tr->ops->close(tr);
}

/* The same messages for ever: descriptors stay flat, order holds. */
static void
test_storm(void)
{
	unsigned int i, fds;
	struct front f;

	open_transport();
	front_open(&f);
	bring_up(&f);
	UNTIL(GET(running) == 3);
	fds = count_fds();
	for (i = 0; i < 2500; i++) {
		send_fd(&f, 13, i & 1, f.call[i & 1]);
		send_state(&f, 18, i & 1, 0);
		send_state(&f, 18, i & 1, 1);
		send_memory(&f, 1);
		if (i % 100 == 0)
			ask(&f, 1, 0); /* let the other side catch up */
	}
	ask(&f, 1, 0);
	UNTIL(GET(running) == 3);
	CU_ASSERT_TRUE(GET(start) > 2500);
	CU_ASSERT_FALSE(seen.bad_order);
	UNTIL(count_fds() == fds);
	front_close(&f);
	UNTIL(GET(gone) == 1);
	tr->ops->close(tr);
}

static void
test_paths(void)
{
	struct transport_conf conf = { .name = "t", .n_queues = 1 };
	char path[256];
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	memset(path, 'a', 200);
	path[0] = '/';
	path[200] = '\0';
	conf.path = path;
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), -ENAMETOOLONG);
	conf.path = "/nonexistent/s";
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), -ENOENT);
	conf.client = true;
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), 0);
	conf.client = false;
	conf.path = "/etc/passwd";
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), -ENOTSOCK);
	snprintf(path, sizeof(path), "%s/p", test_dir);
	conf.path = path;
	rte_strscpy(sun.sun_path, path, sizeof(sun.sun_path));
	CU_ASSERT_EQUAL(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	CU_ASSERT_EQUAL(listen(fd, 1), 0);
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), -EADDRINUSE);
	close(fd);
	CU_ASSERT_EQUAL(transport_path_check(&conf, "vhost-user"), 0); /* stale: removed */
	CU_ASSERT_TRUE(access(path, F_OK) < 0);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("vhost-user", NULL, NULL);

	snprintf(test_dir, sizeof(test_dir), "/tmp/vhu-XXXXXX");
	if (mkdtemp(test_dir) == NULL)
		exit(1);
	CU_add_test(s, "paths", test_paths);
	CU_add_test(s, "a connection's life", test_life);
	CU_add_test(s, "memory that is not shared", test_private_memory);
	CU_add_test(s, "memory that goes away", test_memory_gone);
	CU_add_test(s, "a second peer", test_second_peer);
	CU_add_test(s, "nonsense", test_nonsense);
	CU_add_test(s, "message storm", test_storm);
}

int
main(void)
{
	int ret = gmem_fault_install();

	if (ret < 0)
		return 1;
	ret = test_main("--log-level=lib.vhost.*:emergency --log-level=transport.vhu:emergency",
		suites);

	rmdir(test_dir);
	return ret;
}
