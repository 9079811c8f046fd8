/* SPDX-License-Identifier: BSD-3-Clause */
/* net_vde: devargs, and a port against switches that behave, misbehave, leave and are silent. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <glob.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "pmd_vde.h"
#include "vde_pmd.h"

static struct rte_mempool *pool;

static void
test_args(void)
{
	/* clang-format off */
	static const struct {
		const char *text, *why;
	} bad[] = {
		{ "mode=660", "mode=660: must be octal from 0000 to 0777, such as 0660" },
		{ "mode=01000", "mode=01000: must be octal" },
		{ "mode=08", "mode=08: must be octal" },
		{ "port=65536", "port=65536: must be a number from 0 to 65535" },
		{ "group=no-such-group", "group=no-such-group: no such group" },
		{ "bogus=1", "unknown key 'bogus'; known are sock port group mode" },
		{ "sock=/a,sock=/b", "given twice" },
	};
	/* clang-format on */
	struct vde_args args;
	char why[VDE_WHY_LEN];
	size_t i;

	for (i = 0; i < RTE_DIM(bad); i++) {
		CU_ASSERT_EQUAL(vde_args_parse(bad[i].text, &args, why), -EINVAL);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, bad[i].why));
		if (strstr(why, bad[i].why) == NULL)
			printf("  %s: %s\n", bad[i].text, why);
	}
	CU_ASSERT_EQUAL(vde_args_parse("", &args, why), 0);
	CU_ASSERT_TRUE(args.mode == 0700 && args.port == 0 && args.sock[0] == '\0');
	CU_ASSERT_EQUAL(vde_args_parse("sock=udp://1->localhost:2,port=3,group=root,mode=0660",
				&args, why),
		0);
	CU_ASSERT_STRING_EQUAL(args.sock, "udp://1->localhost:2");
	CU_ASSERT_STRING_EQUAL(args.group, "0");
	CU_ASSERT_TRUE(args.mode == 0660 && args.port == 3);
	vde_explain(&args, EPROTONOSUPPORT, why, sizeof(why));
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "no plugin 'udp'"));
}

/* The other end of the protocol of vde_switch: a folder with a socket "ctl". */
struct fake {
	char dir[64];
	int listen_fd, ctl, data;
	bool answers, joined;
	pthread_t thread;
};

/* What a plug sends first. */
struct fake_request {
	uint32_t magic, version, type;
	struct sockaddr_un sock;
	char description[128];
} __rte_packed;

/* Take one plug. */
static void *
fake_serve(void *arg)
{
	struct fake *f = arg;
	struct fake_request req = { 0 };
	struct sockaddr_un here = { .sun_family = AF_UNIX };

	f->ctl = accept(f->listen_fd, NULL, NULL);
	if (f->ctl < 0 || recv(f->ctl, &req, sizeof(req), 0) < 4 || !f->answers)
		return NULL;
	snprintf(here.sun_path, sizeof(here.sun_path), "%s/data", f->dir);
	unlink(here.sun_path);
	f->data = socket(AF_UNIX, SOCK_DGRAM, 0);
	if (bind(f->data, (struct sockaddr *)&here, sizeof(here)) < 0 ||
		connect(f->data, (struct sockaddr *)&req.sock, sizeof(req.sock)) < 0 ||
		send(f->ctl, &here, sizeof(here), 0) < 0)
		perror("fake switch");
	return NULL;
}

static void
fake_listen(struct fake *f)
{
	struct sockaddr_un here = { .sun_family = AF_UNIX };

	snprintf(here.sun_path, sizeof(here.sun_path), "%s/ctl", f->dir);
	unlink(here.sun_path);
	f->ctl = f->data = -1;
	f->joined = false;
	f->listen_fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(bind(f->listen_fd, (struct sockaddr *)&here, sizeof(here)), 0);
	CU_ASSERT_EQUAL(listen(f->listen_fd, 4), 0);
	CU_ASSERT_EQUAL(pthread_create(&f->thread, NULL, fake_serve, f), 0);
}

static void
fake_start(struct fake *f, bool answers)
{
	*f = (struct fake){ .answers = answers };
	snprintf(f->dir, sizeof(f->dir), "/tmp/test-vde-XXXXXX");
	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(f->dir));
	fake_listen(f);
}

/* Wait until a plug was served. */
static void
fake_join(struct fake *f)
{
	if (!f->joined)
		pthread_join(f->thread, NULL);
	f->joined = true;
}

/* The switch's process ends. */
static void
fake_end(struct fake *f)
{
	fake_join(f);
	close(f->ctl);
	if (f->data >= 0)
		close(f->data);
	close(f->listen_fd);
}

static void
fake_remove(struct fake *f)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/ctl", f->dir);
	unlink(path);
	snprintf(path, sizeof(path), "%s/data", f->dir);
	unlink(path);
	CU_ASSERT_EQUAL(rmdir(f->dir), 0); /* the plug leaves nothing there */
}

static unsigned int
count_of(const char *pattern)
{
	glob_t g = { 0 };
	unsigned int n = 0;

	if (glob(pattern, GLOB_NOSORT, NULL, &g) == 0)
		n = (unsigned int)g.gl_pathc;
	globfree(&g);
	return n;
}

#define FDS	"/proc/self/fd/*"
#define THREADS "/proc/self/task/*"

/* Threads and what they hold end a moment after the call that lets them go. */
static bool
comes_to(const char *pattern, unsigned int n)
{
	uint64_t end = rte_get_timer_cycles() + 5 * rte_get_timer_hz();

	while (count_of(pattern) != n && rte_get_timer_cycles() < end)
		;
	return count_of(pattern) == n;
}

/* offloads: those of receiving. */
static void
port_start(uint16_t id, uint64_t offloads)
{
	struct rte_eth_conf conf = { .rxmode.offloads = offloads };

	CU_ASSERT_EQUAL(rte_eth_dev_configure(id, 1, 1, &conf), 0);
	rte_eth_rx_queue_setup(id, 0, 64, SOCKET_ID_ANY, NULL, pool);
	rte_eth_tx_queue_setup(id, 0, 64, SOCKET_ID_ANY, NULL);
	CU_ASSERT_EQUAL(rte_eth_dev_start(id), 0);
}

static uint16_t
port_open(const char *dir, char *name, size_t len)
{
	char args[128];
	uint16_t id;

	snprintf(name, len, "net_vde_%s", dir + strlen("/tmp/test-vde-"));
	snprintf(args, sizeof(args), "sock=%s", dir);
	if (rte_eal_hotplug_add("vdev", name, args) < 0 ||
		rte_eth_dev_get_port_by_name(name, &id) < 0)
		return UINT16_MAX;
	port_start(id, RTE_ETH_RX_OFFLOAD_SCATTER);
	return id;
}

static void
port_close(uint16_t id, const char *name)
{
	rte_eth_dev_stop(id);
	rte_eth_dev_close(id);
	rte_eal_hotplug_remove("vdev", name);
}

static uint64_t
xstat(uint16_t id, const char *name)
{
	struct rte_eth_xstat x[64];
	struct rte_eth_xstat_name names[64];
	int i, n = rte_eth_xstats_get(id, x, RTE_DIM(x));

	CU_ASSERT_EQUAL(rte_eth_xstats_get_names(id, names, RTE_DIM(names)), n);
	for (i = 0; i < n && i < (int)RTE_DIM(x); i++)
		if (strcmp(names[i].name, name) == 0)
			return x[i].value;
	CU_FAIL("no such xstat");
	return 0;
}

static bool
xstat_comes_to(uint16_t id, const char *name, uint64_t value)
{
	uint64_t end = rte_get_timer_cycles() + 8 * rte_get_timer_hz();

	while (xstat(id, name) != value && rte_get_timer_cycles() < end)
		;
	return xstat(id, name) == value;
}

static bool
link_comes_to(uint16_t id, uint16_t status)
{
	uint64_t end = rte_get_timer_cycles() + 8 * rte_get_timer_hz();
	struct rte_eth_link link = { 0 };

	do
		rte_eth_link_get_nowait(id, &link);
	while (link.link_status != status && rte_get_timer_cycles() < end);
	return link.link_status == status;
}

static struct rte_mbuf *
receive(uint16_t id)
{
	uint64_t end = rte_get_timer_cycles() + 2 * rte_get_timer_hz();
	struct rte_mbuf *m = NULL;

	while (rte_eth_rx_burst(id, 0, &m, 1) == 0 && rte_get_timer_cycles() < end)
		;
	return m;
}

static void
fill(uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		p[i] = (uint8_t)(i * 7 + len);
}

/* One frame of len bytes from the switch and, as it came, back. */
static void
check_echo(const struct fake *f, uint16_t id, uint32_t len)
{
	uint8_t sent[VDE_ETHBUFSIZE], got[VDE_ETHBUFSIZE + 64], flat[VDE_ETHBUFSIZE];
	struct rte_mbuf *m;

	fill(sent, len);
	CU_ASSERT_EQUAL(send(f->data, sent, len, 0), (ssize_t)len);
	m = receive(id);
	CU_ASSERT_PTR_NOT_NULL_FATAL(m);
	CU_ASSERT_EQUAL_FATAL(m->pkt_len, RTE_MAX(len, 60u));
	CU_ASSERT_EQUAL(memcmp(rte_pktmbuf_read(m, 0, len, flat), sent, len), 0);
	CU_ASSERT_EQUAL(m->port, id);
	CU_ASSERT_EQUAL(rte_eth_tx_burst(id, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(recv(f->data, got, sizeof(got), 0), (ssize_t)RTE_MAX(len, 60u));
	CU_ASSERT_EQUAL(memcmp(got, sent, len), 0);
}

/* A frame with its UDP checksum left to the port. */
static void
check_checksum(const struct fake *f, uint16_t id)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *), got[64];

	rte_pktmbuf_append(m, 60);
	memset(p, 0, 60);
	memcpy(p + 12, (const uint8_t[]){ 8, 0, 0x45, 0, 0, 0x2e, 0, 0, 0, 0, 0x40, 0x11 }, 12);
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_IP_CKSUM | RTE_MBUF_F_TX_UDP_CKSUM;
	m->l2_len = 14;
	m->l3_len = 20;
	p[39] = 26;
	CU_ASSERT_EQUAL(rte_eth_tx_burst(id, 0, &m, 1), 1);
	CU_ASSERT_EQUAL(recv(f->data, got, sizeof(got), 0), 60);
	CU_ASSERT_EQUAL(rte_raw_cksum(got + 14, 20), 0xffff);
	CU_ASSERT_NOT_EQUAL(got[40] | got[41], 0);
	/* Offsets that lie beyond the frame. */
	m = rte_pktmbuf_alloc(pool);
	memset(rte_pktmbuf_append(m, 20), 0, 20);
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM;
	m->l2_len = 14;
	m->l3_len = 60;
	CU_ASSERT_EQUAL(rte_eth_tx_burst(id, 0, &m, 1), 1);
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_out_bad_offload", 1));
}

static struct rte_mbuf *
make_long(uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool), *more;

	rte_pktmbuf_append(m, 1000);
	while (m->pkt_len < len) {
		more = rte_pktmbuf_alloc(pool);
		rte_pktmbuf_append(more, (uint16_t)RTE_MIN(2000u, len - m->pkt_len));
		CU_ASSERT_EQUAL(rte_pktmbuf_chain(m, more), 0);
	}
	return m;
}

/* An application that did not ask for frames in segments gets none. */
static void
check_linear(const struct fake *f, uint16_t id)
{
	struct rte_eth_stats stats;
	uint8_t frame[3000];

	rte_eth_dev_stop(id);
	port_start(id, 0);
	rte_eth_stats_reset(id);
	fill(frame, sizeof(frame));
	CU_ASSERT_EQUAL(send(f->data, frame, sizeof(frame), 0), (ssize_t)sizeof(frame));
	check_echo(f, id, 100); /* behind it */
	CU_ASSERT_EQUAL(xstat(id, "vde_in_no_scatter"), 1);
	CU_ASSERT_EQUAL(rte_eth_stats_get(id, &stats), 0);
	CU_ASSERT_EQUAL(stats.ipackets, 1);
	CU_ASSERT_EQUAL(stats.ibytes, 100);
	CU_ASSERT_EQUAL(stats.ierrors, 1);
}

static void
test_frames(void)
{
	static const uint32_t sizes[] = { 14, 59, 60, 61, 1514, 2048, 9000, VDE_ETHBUFSIZE };
	unsigned int fds = count_of(FDS), threads = count_of(THREADS);
	static uint8_t junk[VDE_ETHBUFSIZE + 1000];
	struct rte_mbuf *m;
	struct fake f;
	char name[64], text[128];
	uint16_t id;
	size_t i;

	fake_start(&f, true);
	id = port_open(f.dir, name, sizeof(name));
	CU_ASSERT_NOT_EQUAL_FATAL(id, UINT16_MAX);
	fake_join(&f);
	CU_ASSERT_TRUE(link_comes_to(id, RTE_ETH_LINK_UP));
	CU_ASSERT_EQUAL(pmd_vde_summary(id, text, sizeof(text)), 0);
	CU_ASSERT_PTR_NOT_NULL(strstr(text, ",fd="));
	for (i = 0; i < RTE_DIM(sizes); i++)
		check_echo(&f, id, sizes[i]);
	/* What no honest switch sends. */
	send(f.data, junk, 13, 0);
	send(f.data, junk, 0, 0);
	send(f.data, junk, VDE_ETHBUFSIZE + 1, 0);
	send(f.data, junk, sizeof(junk), 0);
	send(f.ctl, junk, 100, 0);
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_in_oversize", 2));
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_in_short", 2));
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_ctl_noise", 1));
	m = make_long(VDE_ETHBUFSIZE + 1);
	CU_ASSERT_EQUAL(rte_eth_tx_burst(id, 0, &m, 1), 1);
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_out_oversize", 1));
	check_checksum(&f, id);
	check_echo(&f, id, 100);
	rte_eth_xstats_reset(id);
	CU_ASSERT_EQUAL(xstat(id, "vde_in_oversize"), 0);
	/* A stopped port takes nothing, and keeps nothing for later. */
	rte_eth_dev_stop(id);
	send(f.data, junk, 60, 0);
	CU_ASSERT_TRUE(xstat_comes_to(id, "vde_in_not_started", 1));
	CU_ASSERT_EQUAL(rte_eth_dev_start(id), 0);
	check_echo(&f, id, 200);
	check_linear(&f, id);
	port_close(id, name);
	fake_end(&f);
	fake_remove(&f);
	CU_ASSERT_TRUE(comes_to(FDS, fds));
	CU_ASSERT_TRUE(comes_to(THREADS, threads));
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	CU_ASSERT_EQUAL(pmd_vde_summary(id, text, sizeof(text)), -ENODEV);
	CU_ASSERT_PTR_NOT_NULL(pmd_vde_stat_reason("vde_ctl_noise"));
	CU_ASSERT_PTR_NULL(pmd_vde_stat_reason("ctl_noise"));
}

/* A switch that takes nothing: frames wait, D never does; then it goes, and comes back. */
static void
test_reconnect(void)
{
	unsigned int fds = count_of(FDS), threads = count_of(THREADS), n = 0, round;
	struct rte_mbuf *m;
	struct fake f;
	char name[64], text[128];
	uint16_t id;

	fake_start(&f, true);
	id = port_open(f.dir, name, sizeof(name));
	CU_ASSERT_NOT_EQUAL_FATAL(id, UINT16_MAX);
	do
		m = make_long(1000);
	while (rte_eth_tx_burst(id, 0, &m, 1) == 1 && ++n < 4 * VDE_RING);
	rte_pktmbuf_free(m);
	/* A ring holds one less than its entries; the thread may have taken some. */
	CU_ASSERT_TRUE(n >= VDE_RING - 1 && n < 2 * VDE_RING);
	for (round = 1; round <= 2; round++) {
		fake_end(&f);
		CU_ASSERT_TRUE(link_comes_to(id, RTE_ETH_LINK_DOWN));
		CU_ASSERT_TRUE(xstat_comes_to(id, "vde_disconnects", round));
		m = make_long(1000);
		CU_ASSERT_EQUAL(rte_eth_tx_burst(id, 0, &m, 1), 1);
		CU_ASSERT_EQUAL(xstat(id, "vde_out_no_switch"), round);
		pmd_vde_summary(id, text, sizeof(text));
		CU_ASSERT_PTR_NOT_NULL(strstr(text, "not connected"));
		fake_listen(&f);
		CU_ASSERT_TRUE(link_comes_to(id, RTE_ETH_LINK_UP));
		fake_join(&f);
		check_echo(&f, id, 1234);
	}
	CU_ASSERT_TRUE(xstat(id, "vde_out_switch_left") >= VDE_RING - VDE_BURST);
	fake_end(&f);
	CU_ASSERT_TRUE(link_comes_to(id, RTE_ETH_LINK_DOWN));
	port_close(id, name);
	fake_remove(&f);
	CU_ASSERT_TRUE(comes_to(FDS, fds));
	CU_ASSERT_TRUE(comes_to(THREADS, threads));
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

/* A switch that never answers must hold up nobody but the thread that asks it. */
static void
test_silent(void)
{
	unsigned int fds = count_of(FDS), threads = count_of(THREADS);
	struct fake f;
	char name[64];
	uint16_t id;

	CU_ASSERT_EQUAL(port_open("/tmp/test-vde-none", name, sizeof(name)), UINT16_MAX);
	CU_ASSERT_TRUE(comes_to(FDS, fds));
	fake_start(&f, false);
	CU_ASSERT_EQUAL(port_open(f.dir, name, sizeof(name)), UINT16_MAX);
	fake_end(&f);
	CU_ASSERT_TRUE(comes_to(FDS, fds));
	CU_ASSERT_TRUE(comes_to(THREADS, threads));
	/* A port whose switch comes back silent can be removed meanwhile. */
	f.answers = true;
	fake_listen(&f);
	id = port_open(f.dir, name, sizeof(name));
	CU_ASSERT_NOT_EQUAL_FATAL(id, UINT16_MAX);
	fake_end(&f);
	CU_ASSERT_TRUE(link_comes_to(id, RTE_ETH_LINK_DOWN));
	f.answers = false;
	fake_listen(&f);
	fake_join(&f); /* connected, asked, waits */
	port_close(id, name);
	fake_end(&f);
	CU_ASSERT_TRUE(comes_to(FDS, fds));
	CU_ASSERT_TRUE(comes_to(THREADS, threads));
	fake_remove(&f);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("net_vde", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 4095, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "devargs", test_args);
	CU_add_test(s, "frames of all sizes, and junk", test_frames);
	CU_add_test(s, "the switch goes and comes back", test_reconnect);
	CU_add_test(s, "a silent switch", test_silent);
}

int
main(void)
{
	return test_main("", suites);
}
