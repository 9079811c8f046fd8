/* SPDX-License-Identifier: BSD-3-Clause */
/* Clients that send garbage, too much, too little, or come in crowds: nothing leaks, nobody waits. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>

#include "test_vfu.h"

#define MEM_LEN 0x10000

/* The server answers, and for another client too. */
static void
t_alive(struct test_port *p, int sock)
{
	uint32_t word = 0;

	if (sock >= 0)
		CU_ASSERT_EQUAL(t_read(sock, 0, 0, &word, 4), 0);
	(void)p;
}

/* Every command with every number of descriptors and several lengths: an answer each time. */
static void
test_table(void)
{
	static const uint32_t lens[] = { 0, 1, 7, 16, 24, 32, 64 };
	uint8_t body[64];
	struct test_port p;
	struct test_reply r;
	unsigned int n, before;
	uint16_t command;
	int fd[40], sock;
	size_t i;

	t_open(&p, "a", false);
	sock = t_client(&p);
	for (n = 0; n < RTE_DIM(fd); n++)
		fd[n] = open("/dev/null", O_RDONLY | O_CLOEXEC);
	memset(body, 0xff, sizeof(body));
	before = t_fds();
	for (command = 0; command < 20; command++)
		for (i = 0; i < RTE_DIM(lens); i++)
			for (n = 0; n <= RTE_DIM(fd); n += n < 3 ? 1 : 12) {
				CU_ASSERT_TRUE_FATAL(
					T_SEND(sock, command, 0, body, lens[i], fd, n));
				CU_ASSERT_TRUE_FATAL(t_recv(sock, &r));
				CU_ASSERT_TRUE(r.hdr.error != 0 || command == VFU_DEVICE_RESET ||
					       command == VFU_DEVICE_GET_INFO);
			}
	t_alive(&p, sock);
	CU_ASSERT_EQUAL(t_fds(), before);
	for (n = 0; n < RTE_DIM(fd); n++)
		close(fd[n]);
	close(sock);
	t_close(&p);
}

/* Sizes that cannot be end the connection, after an answer; the next client is served. */
static void
test_sizes(void)
{
	static const uint32_t sizes[] = { 0, 15, VFU_MAX_MESSAGE + 1, UINT32_MAX };
	struct test_port p;
	struct test_reply r;
	size_t i;

	t_open(&p, "a", false);
	for (i = 0; i < RTE_DIM(sizes); i++) {
		struct vfu_hdr hdr = { 1, VFU_VERSION, sizes[i], 0, 0 };
		int sock = t_connect(&p);

		CU_ASSERT_EQUAL(send(sock, &hdr, sizeof(hdr), 0), sizeof(hdr));
		CU_ASSERT_TRUE(t_recv(sock, &r));
		CU_ASSERT_EQUAL(r.hdr.error, EINVAL);
		CU_ASSERT_FALSE(t_recv(sock, &r));
		close(sock);
		CU_ASSERT_TRUE(t_wait(&p.gone, (unsigned int)i + 1));
	}
	t_close(&p);
}

/* Byte by byte is slow, but right. */
static void
test_dribble(void)
{
	uint8_t msg[sizeof(struct vfu_hdr) + sizeof(struct vfu_access)];
	struct vfu_hdr hdr = { 9, VFU_REGION_READ, sizeof(msg), 0, 0 };
	struct vfu_access a = { 0, 0, 4 };
	struct test_port p, q;
	struct test_reply r;
	int sock, other;
	size_t i;

	memcpy(msg, &hdr, sizeof(hdr));
	memcpy(msg + sizeof(hdr), &a, sizeof(a));
	t_open(&p, "a", false);
	t_open(&q, "b", false);
	sock = t_client(&p);
	other = t_client(&q);
	for (i = 0; i < sizeof(msg); i++) {
		CU_ASSERT_EQUAL(send(sock, msg + i, 1, 0), 1);
		t_alive(&q, other); /* another port does not wait for it */
	}
	CU_ASSERT_TRUE(t_recv(sock, &r));
	CU_ASSERT_EQUAL(r.hdr.error, 0);
	close(sock);
	close(other);
	t_close(&q);
	t_close(&p);
}

/* A client that asks and never listens is not waited for; when it listens again, all is there. */
static void
test_deaf(void)
{
	struct vfu_access a = { 0, 0, 1024 };
	struct test_port p, q;
	struct test_reply r;
	int sock, other, sent = 0;

	t_open(&p, "a", false);
	t_open(&q, "b", false);
	sock = t_client(&p);
	other = t_client(&q);
	CU_ASSERT_EQUAL(fcntl(sock, F_SETFL, O_NONBLOCK), 0);
	while (sent < 100000 && T_SEND(sock, VFU_REGION_READ, 0, &a, sizeof(a), NULL, 0))
		sent++;
	CU_ASSERT_TRUE(sent < 100000); /* it was stopped */
	t_alive(&q, other);
	CU_ASSERT_EQUAL(fcntl(sock, F_SETFL, 0), 0);
	while (sent > 0 && t_recv(sock, &r) && r.hdr.error == 0)
		sent--;
	CU_ASSERT_EQUAL(sent, 0);
	t_alive(&p, sock);
	close(sock);
	close(other);
	t_close(&q);
	t_close(&p);
}

/* Messages whose header is right and whose body is random. */
static void
test_random(void)
{
	unsigned int seed = 20261124, round, i, before, n;
	uint8_t body[96];
	struct test_port p;
	struct test_reply r;
	int fd[4], sock;

	t_open(&p, "a", true);
	sock = t_client(&p);
	for (n = 0; n < RTE_DIM(fd); n++)
		fd[n] = open("/dev/zero", O_RDWR | O_CLOEXEC);
	before = t_fds();
	for (round = 0; round < 20000; round++) {
		uint16_t command = (uint16_t)(rand_r(&seed) % 18);
		uint32_t len = (uint32_t)rand_r(&seed) % sizeof(body);

		for (i = 0; i < len; i++)
			body[i] = (rand_r(&seed) & 3) ? (uint8_t)(rand_r(&seed) % 5)
						      : (uint8_t)rand_r(&seed);
		n = (rand_r(&seed) & 7) == 0 ? (unsigned int)rand_r(&seed) % RTE_DIM(fd) : 0;
		CU_ASSERT_TRUE_FATAL(T_SEND(sock, command, 0, body, len, fd, n));
		CU_ASSERT_TRUE_FATAL(t_recv(sock, &r));
		if (r.fd >= 0)
			close(r.fd);
	}
	CU_ASSERT_EQUAL(t_fds(), before);
	t_alive(&p, sock);
	for (n = 0; n < RTE_DIM(fd); n++)
		close(fd[n]);
	close(sock);
	t_close(&p);
}

static void
test_second(void)
{
	const struct vfu_counters *count;
	struct test_port p;
	struct test_reply r;
	int sock, other;

	t_open(&p, "a", false);
	count = vfu_transport_ops.counters(p.tr);
	sock = t_client(&p);
	other = t_connect(&p);
	CU_ASSERT_TRUE(t_recv(other, &r));
	CU_ASSERT_EQUAL(r.hdr.error, EBUSY);
	CU_ASSERT_FALSE(t_recv(other, &r));
	CU_ASSERT_EQUAL(count->refused, 1);
	close(other);
	t_alive(&p, sock);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	sock = t_client(&p); /* and now there is room */
	t_alive(&p, sock);
	close(sock);
	t_close(&p);
}

static void
test_crowd(void)
{
	unsigned int i, before, open_before;
	struct test_port p, q;
	int sock, other;

	open_before = t_fds();
	t_open(&p, "a", false);
	t_open(&q, "b", false);
	other = t_client(&q);
	before = t_fds();
	for (i = 0; i < 200; i++) {
		sock = t_connect(&p);
		if (i % 3 > 0)
			t_hello(sock);
		if (i % 3 > 1)
			close(t_irq_fd(sock, VFU_IRQ_INTX, 0));
		close(sock);
		CU_ASSERT_TRUE(t_wait(&p.gone, i + 1));
		t_alive(&q, other);
	}
	CU_ASSERT_EQUAL(p.connected, 200);
	CU_ASSERT_EQUAL(q.gone, 0);
	CU_ASSERT_EQUAL(t_fds(), before);
	close(other);
	t_close(&q);
	t_close(&p);
	CU_ASSERT_EQUAL(t_fds(), open_before);
}

/* The port goes while its client talks. */
static void
test_close_busy(void)
{
	struct vfu_access a = { 0, 0, 4 };
	unsigned int i, before = t_fds();
	struct test_port p;

	for (i = 0; i < 50; i++) {
		int sock, k;

		t_open(&p, "a", false);
		sock = t_client(&p);
		for (k = 0; k < 20; k++)
			CU_ASSERT_TRUE(T_SEND(sock, VFU_REGION_READ, 0, &a, sizeof(a), NULL, 0));
		t_close(&p);
		CU_ASSERT_EQUAL(p.gone, 1);
		close(sock);
	}
	CU_ASSERT_EQUAL(t_fds(), before);
}

/* The client cuts its memory short while an lcore uses it: it goes, and everybody else stays. */
static void
test_memory_gone(void)
{
	const struct vfu_counters *count;
	int sock, other, ram[2], i;
	unsigned int before;
	struct test_port p, q;
	struct test_reply r;
	uint8_t *hva;

	t_open(&p, "a", false);
	t_open(&q, "b", false);
	count = vfu_transport_ops.counters(p.tr);
	other = t_client(&q);
	before = t_fds();
	sock = t_client(&p);
	for (i = 0; i < 2; i++) {
		ram[i] = memfd_create("test-ram", MFD_CLOEXEC | MFD_ALLOW_SEALING);
		CU_ASSERT_EQUAL_FATAL(ftruncate(ram[i], MEM_LEN), 0);
	}
	CU_ASSERT_EQUAL(fcntl(ram[1], F_ADD_SEALS, F_SEAL_SHRINK), 0);
	CU_ASSERT_EQUAL(t_map(sock, 0, MEM_LEN, ram[0], 0), 0);
	CU_ASSERT_EQUAL(t_map(sock, MEM_LEN, MEM_LEN, ram[1], 0), 0);
	CU_ASSERT_EQUAL(count->unsealed, 1);
	CU_ASSERT_EQUAL_FATAL(p.n_mem, 2);
	hva = p.mem[0].hva;
	__atomic_store_n(&hva[0x1234], 9, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(ftruncate(ram[0], 0), 0);
	CU_ASSERT_EQUAL(ftruncate(ram[1], 0), -1);
	/* As D would; what it writes is lost. */
	p.hold_gone = 1;
	CU_ASSERT_EQUAL(__atomic_load_n(&hva[0x1234], __ATOMIC_RELAXED), 0);
	__atomic_store_n(&hva[MEM_LEN - 1], 9, __ATOMIC_RELAXED);
	CU_ASSERT_EQUAL(__atomic_load_n(&hva[MEM_LEN - 1], __ATOMIC_RELAXED), 9);
	__atomic_store_n(&p.hold_gone, 0, __ATOMIC_RELEASE);
	CU_ASSERT_FALSE(t_recv(sock, &r));
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	t_alive(&q, other);
	close(sock);
	/* The next one gets a port without history. */
	sock = t_client(&p);
	CU_ASSERT_EQUAL(count->memory_faults, 1);
	CU_ASSERT_EQUAL(t_map(sock, 0, MEM_LEN, ram[1], 0), 0);
	CU_ASSERT_EQUAL(p.n_mem, 1);
	CU_ASSERT_EQUAL(t_map(sock, MEM_LEN, MEM_LEN, ram[0], 0), EINVAL); /* beyond its end */
	t_alive(&p, sock);
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 2));
	CU_ASSERT_EQUAL(count->memory_faults, 1);
	t_alive(&q, other);
	close(ram[0]);
	close(ram[1]);
	CU_ASSERT_EQUAL(t_fds(), before);
	close(other);
	t_close(&q);
	t_close(&p);
}

/* CPU time of this process, microseconds. */
static long
t_cpu_us(void)
{
	struct rusage u;

	CU_ASSERT_EQUAL_FATAL(getrusage(RUSAGE_SELF, &u), 0);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

/* Out of descriptors: nobody spins, who is there is served, and who waits is served later. */
static void
test_no_descriptors(void)
{
	struct rlimit limit, few;
	const struct vfu_counters *count;
	struct test_port p, q;
	int sock, other, ram;
	long cpu;

	t_open(&p, "a", false);
	t_open(&q, "b", false);
	count = vfu_transport_ops.counters(p.tr);
	other = t_client(&q);
	ram = memfd_create("test-ram", MFD_CLOEXEC);
	CU_ASSERT_EQUAL_FATAL(ftruncate(ram, MEM_LEN), 0);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	sock = t_socket();
	few = limit;
	few.rlim_cur = (rlim_t)sock + 1; /* numbers are given lowest first: all below are taken */
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
	t_connect_socket(sock, &p);
	CU_ASSERT_TRUE(t_wait64(&count->no_descriptors, 1));
	cpu = t_cpu_us();
	t_sleep_ms(200);
	CU_ASSERT_TRUE(t_cpu_us() - cpu < 100000);
	CU_ASSERT_EQUAL(count->no_descriptors, 1);
	t_alive(&q, other);
	/* A message whose descriptor found no place. */
	CU_ASSERT_EQUAL(t_map(other, 0, MEM_LEN, ram, 0), EINVAL);
	/* Still none: one more try, by the watch. */
	vfu_transport_ops.watch(p.tr);
	CU_ASSERT_TRUE(t_wait64(&count->no_descriptors, 2));
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	vfu_transport_ops.watch(p.tr);
	t_hello(sock);
	t_alive(&p, sock);
	CU_ASSERT_EQUAL(t_map(other, 0, MEM_LEN, ram, 0), 0);
	/* The listener lives. */
	close(sock);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	sock = t_client(&p);
	t_alive(&p, sock);
	close(sock);
	close(other);
	close(ram);
	t_close(&q);
	t_close(&p);
}

/* A client goes while no descriptor is left: its eventfds go, too. */
static void
test_gone_without_descriptors(void)
{
	struct rlimit limit, few;
	struct test_port p;
	int sock, fd, top;

	t_open(&p, "a", false);
	sock = t_client(&p);
	fd = t_irq_fd(sock, VFU_IRQ_MSIX, 0);
	CU_ASSERT_EQUAL_FATAL(getrlimit(RLIMIT_NOFILE, &limit), 0);
	top = dup(fd);
	few = limit;
	few.rlim_cur = (rlim_t)top + 1;
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &few), 0);
	shutdown(sock, SHUT_RDWR);
	CU_ASSERT_TRUE(t_wait(&p.gone, 1));
	CU_ASSERT_EQUAL_FATAL(setrlimit(RLIMIT_NOFILE, &limit), 0);
	close(sock);
	sock = t_client(&p); /* what is done to the last one is over when this is served */
	vfu_irq_ops.raise(p.tr, VFU_SLOT_MSIX);
	CU_ASSERT_FALSE(t_fired(fd, 0));
	close(top);
	close(fd);
	close(sock);
	t_close(&p);
}

void
test_vfu_hostile_suite(void)
{
	CU_pSuite s = CU_add_suite("vfio_user_hostile", NULL, NULL);

	CU_add_test(s, "all commands, lengths and descriptors", test_table);
	CU_add_test(s, "sizes", test_sizes);
	CU_add_test(s, "byte by byte", test_dribble);
	CU_add_test(s, "a client that does not listen", test_deaf);
	CU_add_test(s, "random bodies", test_random);
	CU_add_test(s, "second client", test_second);
	CU_add_test(s, "200 connects", test_crowd);
	CU_add_test(s, "close while busy", test_close_busy);
	CU_add_test(s, "memory that goes away", test_memory_gone);
	CU_add_test(s, "no descriptors left", test_no_descriptors);
	CU_add_test(s, "leaving without descriptors", test_gone_without_descriptors);
}
