/* SPDX-License-Identifier: BSD-3-Clause */
/* net_tapio: devargs, the programs it runs, descriptors that are no taps, frames. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "pmd_tapio.h"
#include "tapio_pmd.h"

/* clang-format off */
static const struct {
	const char *text, *why; /* why NULL: good */
} lines[] = {
	{ "", NULL },
	{ "ifname=tap0,script=no,downscript=no", NULL },
	{ "ifname=tap%25d,queues=4,vnet_hdr=off,sndbuf=1M", NULL },
	{ "fd=5", NULL },
	{ "fd=5,sndbuf=0,carry=on", NULL },
	{ "fds=5:6:7", NULL },
	{ "helper=/bin/true,br=br7", NULL },
	{ "bridge=on", NULL },
	{ "bridge=on,br=br1,helper=/x", NULL },
	{ "ifname=aaaaaaaaaaaaaaaa", "ifname=aaaaaaaaaaaaaaaa: must have 1 to 15 characters" },
	{ "ifname=a/b", "ifname=a/b: must have" },
	{ "ifname=", "ifname=" },
	{ "fd=x", "fd=x: must be the number of an open tap" },
	{ "fd=5:6", "fd=5:6: must be the number of an open tap" },
	{ "fds=5:", "fds=5:: must be numbers" },
	{ "fds=5:6:5", "fds=5:6:5: has 5 twice" },
	{ "fds=5:-1", "fds=5:-1: must be numbers" },
	{ "fds=1:2:3:4:5:6:7:8:9:10:11:12:13:14:15:16:17", "more than 16 queues" },
	{ "fd=5,ifname=tap0", "ifname= is invalid with fd=" },
	{ "fd=5,script=no", "script= is invalid with fd=" },
	{ "fd=5,downscript=no", "downscript= is invalid with fd=" },
	{ "fd=5,vnet_hdr=on", "vnet_hdr= is invalid with fd=" },
	{ "fd=5,queues=2", "queues= is invalid with fd=" },
	{ "fd=5,helper=/x", "helper= is invalid with fd=" },
	{ "fd=5,fds=6", "fds= is invalid with fd=" },
	{ "fds=5:6,queues=2", "queues= is invalid with fds=" },
	{ "fds=5:6,ifname=t", "ifname= is invalid with fds=" },
	{ "helper=/x,ifname=t", "ifname= is invalid with helper=" },
	{ "helper=/x,script=no", "script= is invalid with helper=" },
	{ "helper=/x,vnet_hdr=off", "vnet_hdr= is invalid with helper=" },
	{ "helper=/x,queues=2", "queues= is invalid with helper=" },
	{ "bridge=on,ifname=t", "ifname= is invalid with -netdev bridge" },
	{ "bridge=on,fd=3", "fd= is invalid with -netdev bridge" },
	{ "br=br0", "br=br0: is for helper=" },
	{ "queues=0", "queues=0" },
	{ "queues=17", "queues=17" },
	{ "sndbuf=x", "sndbuf=x: must be a size" },
	{ "sndbuf=1X", "sndbuf=1X: must be a size" },
	{ "sndbuf=99999999T", "sndbuf=99999999T: must be a size" },
	{ "vnet_hdr=maybe", "vnet_hdr=maybe" },
	{ "vhostfd=3", "vhostfd= is not valid without vhost" },
	{ "vhostfds=3:4", "vhostfds= is not valid without vhost" },
	{ "poll-us=50", "poll-us= is not valid without vhost" },
	{ "vhost=on,ifname=t", "vhost=on: " },
	{ "vhostforce=on,ifname=t", "vhost=on: " },
	{ "vhost=5", "vhost=5: must be on or off" },
	{ "vhostforce=5", "vhostforce=5: must be on or off" },
	{ "bridge=5", "bridge=5: must be on or off" },
	{ "carry=5", "carry=5: must be on or off" },
	{ "busy-us=x", "busy-us=x: must be a number" },
	{ "poll-us=x", "poll-us=x: must be a number" },
	{ "bogus=1", "unknown key 'bogus'" },
};
/* clang-format on */

static void
test_args(void)
{
	struct tapio_args a;
	char why[TAPIO_WHY_LEN];
	size_t i;

	for (i = 0; i < RTE_DIM(lines); i++) {
		int ret = tapio_args_parse(lines[i].text, &a, why);
		bool good = lines[i].why == NULL
				    ? ret == 0
				    : ret == -EINVAL && strstr(why, lines[i].why) != NULL;

		CU_ASSERT_TRUE(good);
		if (!good)
			printf("  %s: %s\n", lines[i].text, ret == 0 ? "accepted" : why);
	}
}

static void
test_values(void)
{
	struct tapio_args a;
	char why[TAPIO_WHY_LEN];

	CU_ASSERT_EQUAL(tapio_args_parse("", &a, why), 0);
	CU_ASSERT_STRING_EQUAL(a.ifname, "tap%d");
	CU_ASSERT_STRING_EQUAL(a.script, "/etc/qemu-ifup");
	CU_ASSERT_STRING_EQUAL(a.downscript, "/etc/qemu-ifdown");
	CU_ASSERT_EQUAL(a.sndbuf_bytes, INT_MAX);
	CU_ASSERT_EQUAL(a.way, TAPIO_BY_NAME);
	CU_ASSERT_FALSE(a.carry);
	CU_ASSERT_EQUAL(tapio_args_parse("script=,downscript=no,sndbuf=64k", &a, why), 0);
	CU_ASSERT_STRING_EQUAL(a.script, "no");
	CU_ASSERT_FALSE(tapio_wants_script(&a, false));
	CU_ASSERT_FALSE(tapio_wants_script(&a, true));
	CU_ASSERT_EQUAL(a.sndbuf_bytes, 65536);
	CU_ASSERT_EQUAL(tapio_args_parse("script=/nonexistent", &a, why), 0);
	CU_ASSERT_TRUE(tapio_wants_script(&a, false)); /* so that its absence is said */
	CU_ASSERT_EQUAL(tapio_args_parse("sndbuf=3G", &a, why), 0);
	CU_ASSERT_EQUAL(a.sndbuf_bytes, INT_MAX);
	CU_ASSERT_EQUAL(tapio_args_parse("fds=7:3", &a, why), 0);
	CU_ASSERT_EQUAL(a.way, TAPIO_BY_FD);
	CU_ASSERT_EQUAL(a.queues, 2);
	CU_ASSERT_TRUE(a.fd_list[0] == 7 && a.fd_list[1] == 3);
	CU_ASSERT_EQUAL(tapio_args_parse("bridge=on", &a, why), 0);
	CU_ASSERT_EQUAL(a.way, TAPIO_BY_HELPER);
	CU_ASSERT_STRING_EQUAL(a.br, "br0");
	CU_ASSERT_PTR_NOT_NULL(strstr(a.helper, "/qemu-bridge-helper"));
}

static unsigned int
count_fds(void)
{
	glob_t g;
	unsigned int n = 0;

	if (glob("/proc/self/fd/*", 0, NULL, &g) == 0)
		n = (unsigned int)g.gl_pathc;
	globfree(&g);
	return n;
}

/* A program of one line, in the folder we run in. */
static void
write_script(const char *path, const char *line)
{
	FILE *f = fopen(path, "we");

	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	fprintf(f, "#!/bin/sh\n%s\n", line);
	fclose(f);
	CU_ASSERT_EQUAL(chmod(path, 0700), 0);
}

static void
test_programs(void)
{
	char dir[] = "/tmp/rh-tapio.XXXXXX", path[64], said[64], why[TAPIO_WHY_LEN], line[128];
	unsigned int fds = count_fds();
	FILE *f;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/script", dir);
	snprintf(said, sizeof(said), "%s/said", dir);
	/* Its argument, and what is open in it besides its own script: 0, 1, 2 and ls's folder. */
	snprintf(line, sizeof(line), "echo \"$# $1 $(ls /proc/self/fd | wc -l)\" >%s", said);
	write_script(path, line);
	CU_ASSERT_EQUAL(tapio_run_script(path, "tap7", why), 0);
	f = fopen(said, "re");
	CU_ASSERT_PTR_NOT_NULL_FATAL(f);
	CU_ASSERT_PTR_NOT_NULL(fgets(line, sizeof(line), f));
	fclose(f);
	CU_ASSERT_EQUAL(strncmp(line, "1 tap7 ", 7), 0);
	CU_ASSERT_TRUE(line[7] >= '3' && line[7] <= '5');
	write_script(path, "exit 3");
	CU_ASSERT_EQUAL(tapio_run_script(path, "tap7", why), -ECANCELED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "failed with status 3"));
	CU_ASSERT_EQUAL(tapio_run_script("/nonexistent", "tap7", why), -ENOENT);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "script=/nonexistent: cannot be run"));
	/* A helper that hands nothing over, one that fails, one that is not there. */
	write_script(path, "test \"$*\" = '--use-vnet --fd=3 --br=br7' && test -e /proc/self/fd/3");
	CU_ASSERT_EQUAL(tapio_run_helper(path, "br7", why), -ENOMSG);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "without handing a tap over"));
	CU_ASSERT_EQUAL(tapio_run_helper(path, "br8", why), -ECANCELED);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "bridge helper failed (status 1)"));
	snprintf(line, sizeof(line), "%s --more", path);
	write_script(path, "test \"$*\" = '--more --use-vnet --fd=3 --br=br7'");
	CU_ASSERT_EQUAL(tapio_run_helper(line, "br7", why), -ENOMSG);
	CU_ASSERT_EQUAL(tapio_run_helper("/nonexistent", "br7", why), -ENOENT);
	CU_ASSERT_EQUAL(count_fds(), fds);
	unlink(path);
	unlink(said);
	rmdir(dir);
}

/* Wrong descriptors leave nothing behind; these need no right to make taps. */
static void
test_wrong_fd(void)
{
	static const char *const bad[] = { "fd=999", "fd=0", "fds=999:998" };
	unsigned int fds = count_fds();
	size_t i;

	for (i = 0; i < RTE_DIM(bad); i++)
		CU_ASSERT_TRUE(rte_eal_hotplug_add("vdev", "net_tapio_bad", bad[i]) < 0);
	CU_ASSERT_EQUAL(rte_eth_dev_count_avail(), 0);
	CU_ASSERT_TRUE(count_fds() <= fds + 1); /* EAL opens its hotplug socket once */
}

/* A queue whose tap is one end of a socket that keeps messages apart. @return the other end. */
static int
make_queue(struct tapio_queue *q, struct rte_mempool *pool, uint16_t hdr_len)
{
	static struct rte_eth_dev_data data;
	static struct rte_eth_dev dev = { .data = &data };
	static struct tapio_port port;
	int fds[2], room = 1 << 20;

	port = (struct tapio_port){ .dev = &dev, .tap_up = 1, .busy_tsc = UINT64_MAX / 4 };
	*q = (struct tapio_queue){ .port = &port, .hdr_len = hdr_len };
	CU_ASSERT_EQUAL_FATAL(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, fds), 0);
	CU_ASSERT_EQUAL(setsockopt(fds[1], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room)), 0);
	q->fd = fds[0];
	CU_ASSERT_EQUAL_FATAL(tapio_rx_prepare(q, pool), 0);
	return fds[1];
}

static void
end_queue(struct tapio_queue *q, int other)
{
	tapio_rx_release(q);
	close(q->fd);
	close(other);
}

static uint8_t
pattern(uint32_t len, uint32_t at)
{
	return (uint8_t)(len + 3 * at + (at >> 8));
}

/* bytes: of a header and a frame of len. */
static bool
is_pattern(const uint8_t *bytes, uint32_t len, uint32_t from, uint32_t n)
{
	uint32_t i;

	for (i = 0; i < n; i++)
		if (bytes[i] != pattern(len, from + i))
			return false;
	return true;
}

static void
read_frame(struct tapio_queue *q, int other, uint32_t len)
{
	static uint8_t bytes[16 + TAPIO_MAX_FRAME];
	struct rte_mbuf *m[2] = { NULL, NULL }, *seg;
	uint32_t i;

	memset(bytes, 0, q->hdr_len);
	for (i = 0; i < len; i++)
		bytes[q->hdr_len + i] = pattern(len, i);
	CU_ASSERT_EQUAL_FATAL(write(other, bytes, q->hdr_len + len), q->hdr_len + len);
	CU_ASSERT_EQUAL_FATAL(tapio_rx_burst(q, m, 2), 1);
	CU_ASSERT_EQUAL(m[0]->pkt_len, len);
	for (i = 0, seg = m[0]; seg != NULL; i += seg->data_len, seg = seg->next)
		CU_ASSERT(is_pattern(rte_pktmbuf_mtod(seg, uint8_t *), len, i, seg->data_len));
	CU_ASSERT_EQUAL(i, len);
	rte_pktmbuf_free(m[0]);
}

/* Long ones after short ones and after long ones, and when no long one is expected any more. */
static void
test_read(void)
{
	static const uint32_t lens[] = { 60, 1900, 2048, 2049, 60, 65536, 5000, 60, 14 };
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("read", 511, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	struct tapio_queue q;
	unsigned int i, k;

	for (k = 0; k < 2; k++) {
		int other = make_queue(&q, pool, k == 0 ? 0 : sizeof(struct virtio_net_hdr));

		for (i = 0; i < RTE_DIM(lens); i++)
			read_frame(&q, other, lens[i]);
		for (i = 0; i < 100; i++)
			read_frame(&q, other, 60);
		read_frame(&q, other, 65536);
		end_queue(&q, other);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

static void
test_write(void)
{
	static const uint16_t lens[] = { 14, 60, 1514, 1536, 1537 };
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("write", 511, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	const uint8_t none[sizeof(struct virtio_net_hdr)] = { 0 };
	struct tapio_queue q;
	uint8_t bytes[2048];
	unsigned int i, k;
	uint16_t at;

	for (k = 0; k < 2; k++) {
		uint16_t hdr = k == 0 ? 0 : sizeof(none);
		int other = make_queue(&q, pool, hdr);

		for (i = 0; i < RTE_DIM(lens); i++) {
			struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
			uint8_t *frame = (uint8_t *)rte_pktmbuf_append(m, lens[i]);

			for (at = 0; at < lens[i]; at++)
				frame[at] = pattern(lens[i], at);
			CU_ASSERT_EQUAL(tapio_tx_burst(&q, &m, 1), 1);
			CU_ASSERT_EQUAL(read(other, bytes, sizeof(bytes)), hdr + lens[i]);
			CU_ASSERT_EQUAL(memcmp(bytes, none, hdr), 0);
			CU_ASSERT(is_pattern(bytes + hdr, lens[i], 0, lens[i]));
		}
		end_queue(&q, other);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
	rte_mempool_free(pool);
}

static void
test_reasons(void)
{
	CU_ASSERT_PTR_NOT_NULL(pmd_tapio_stat_reason("tap_lost"));
	CU_ASSERT_PTR_NOT_NULL(pmd_tapio_stat_reason("tap_q0_tx_down"));
	CU_ASSERT_PTR_NOT_NULL(pmd_tapio_stat_reason("tap_q15_rx_short"));
	CU_ASSERT_PTR_NULL(pmd_tapio_stat_reason("tap_q0_bogus"));
	CU_ASSERT_PTR_NULL(pmd_tapio_stat_reason("tap_q"));
	CU_ASSERT_PTR_NULL(pmd_tapio_stat_reason("link_down"));
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("net_tapio", NULL, NULL);

	CU_add_test(s, "devargs and their errors", test_args);
	CU_add_test(s, "defaults and values", test_values);
	CU_add_test(s, "scripts and helpers", test_programs);
	CU_add_test(s, "wrong descriptors", test_wrong_fd);
	CU_add_test(s, "frames read", test_read);
	CU_add_test(s, "frames written", test_write);
	CU_add_test(s, "reasons", test_reasons);
}

int
main(void)
{
	return test_main("", suites);
}
