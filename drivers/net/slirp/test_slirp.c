/* SPDX-License-Identifier: BSD-3-Clause */
/* net_slirp: rules, urgent data, configuration, and a DHCP exchange through the port. */
#include <CUnit/CUnit.h>
#include <arpa/inet.h>
#include <errno.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_dev.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/test_main.h"
#include "pmd_slirp.h"
#include "slirp_pmd.h"

static struct rte_mempool *pool;

static void
test_rules(void)
{
	/* clang-format off */
	static const struct {
		const char *rule, *why; /* why NULL: good */
	} rules[] = {
		{ "tcp::5555-:80", NULL },
		{ ":127.0.0.1:0x15b3-10.0.2.16:80", NULL },
		{ "udp:0.0.0.0:53-:53", NULL },
		{ "tcp:[::1]:8080-:80", NULL },
		{ "tcp:[::1]:8080-[fec0::2]:80", NULL },
		{ "unix:/run/x.sock-:80", NULL },
		{ "tcp::0-:1", NULL },
		{ "5555", "No : separators" },
		{ "sctp::1-:2", "Bad protocol name" },
		{ "unix:/run/x.sock", "Missing - separator" },
		{ "unix:-:80", "Missing unix socket path" },
		{ "unix:x.sock-:80", "unix socket path must be absolute" },
		{ "unix:/etc/passwd-:80", "file exists and it's not unix socket" },
		{ "tcp:5555-", "Missing : separator" },
		{ "tcp:1.2.3:5555-:80", "Bad host address" },
		{ "tcp:[::g]:5555-:80", "Bad host address" },
		{ "tcp::5555", "Bad host port separator" },
		{ "tcp::65536-:80", "Bad host port" },
		{ "tcp::-1-:80", "Bad host port" },
		{ "tcp::x-:80", "Bad host port" },
		{ "tcp::5555-80", "Missing guest address" },
		{ "tcp::5555-1.2.3:80", "Bad guest address" },
		{ "tcp::5555-:0", "Bad guest port" },
		{ "tcp::5555-:", "Bad guest port" },
		{ "tcp::5555-:80x", "Bad guest port" },
	};
	/* clang-format on */
	size_t i;

	for (i = 0; i < RTE_DIM(rules); i++) {
		struct slirp_fwd fwd;
		const char *why = NULL;
		int ret = slirp_fwd_parse(rules[i].rule, &fwd, &why);

		CU_ASSERT_EQUAL(ret, rules[i].why == NULL ? 0 : -EINVAL);
		if (rules[i].why != NULL)
			CU_ASSERT_TRUE(why != NULL && strcmp(why, rules[i].why) == 0);
		if ((ret == 0) != (rules[i].why == NULL))
			printf("  %s: %s\n", rules[i].rule, why != NULL ? why : "accepted");
	}
}

/* A TCP segment with URG, by family; the checksum is right. */
static uint32_t
make_urg(uint8_t *frame, bool v6, uint16_t fragment, uint32_t payload)
{
	uint32_t l3 = v6 ? 40 : 20, len = 14 + l3 + 20 + payload;
	struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(frame + 14 + l3);

	memset(frame, 0x42, len);
	memset(frame + 12, 0, 2 + l3 + 20);
	tcp->data_off = 0x50;
	tcp->tcp_flags = RTE_TCP_URG_FLAG | RTE_TCP_ACK_FLAG;
	tcp->tcp_urp = RTE_BE16(777);
	if (v6) {
		struct rte_ipv6_hdr *ip = (struct rte_ipv6_hdr *)(frame + 14);

		frame[12] = 0x86;
		frame[13] = 0xdd;
		ip->vtc_flow = RTE_BE32(0x60000000);
		ip->proto = IPPROTO_TCP;
		ip->payload_len = rte_cpu_to_be_16((uint16_t)(20 + payload));
		tcp->cksum = rte_ipv6_udptcp_cksum(ip, tcp);
	} else {
		struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(frame + 14);

		frame[12] = 0x08;
		ip->version_ihl = 0x45;
		ip->next_proto_id = IPPROTO_TCP;
		ip->fragment_offset = rte_cpu_to_be_16(fragment);
		ip->total_length = rte_cpu_to_be_16((uint16_t)(40 + payload));
		tcp->cksum = rte_ipv4_udptcp_cksum(ip, tcp);
	}
	return len;
}

static void
test_urg(void)
{
	uint8_t frame[256];
	uint32_t len;
	int v6;

	for (v6 = 0; v6 < 2; v6++) {
		struct rte_tcp_hdr *tcp = (struct rte_tcp_hdr *)(frame + (v6 ? 54 : 34));

		len = make_urg(frame, v6, 0, 33);
		CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), 1);
		CU_ASSERT_EQUAL(tcp->tcp_flags, RTE_TCP_ACK_FLAG);
		CU_ASSERT_EQUAL(tcp->tcp_urp, 0);
		CU_ASSERT_EQUAL(v6 ? rte_ipv6_udptcp_cksum_verify((void *)(frame + 14), tcp)
				   : rte_ipv4_udptcp_cksum_verify((void *)(frame + 14), tcp),
			0);
		CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), 0);
		/* The TCP header is cut off. */
		for (len = 14; len < (v6 ? 74u : 54u); len++) {
			make_urg(frame, v6, 0, 0);
			CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), -EINVAL);
		}
	}
	/* A second fragment that would overlay the flags, and one that cannot. */
	len = make_urg(frame, false, 1, 20);
	CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), -EINVAL);
	len = make_urg(frame, false, 3, 20);
	CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), 0);
	len = make_urg(frame, false, 0, 20);
	frame[14] = 0x44; /* header length 16 */
	CU_ASSERT_EQUAL(slirp_strip_urg(frame, len), -EINVAL);
	frame[14] = 0x4f; /* options beyond the frame */
	CU_ASSERT_EQUAL(slirp_strip_urg(frame, 60), -EINVAL);
	frame[12] = 8;
	frame[13] = 6;
	CU_ASSERT_EQUAL(slirp_strip_urg(frame, 14), 0);
}

#define LABEL63 "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijk"

/* clang-format off */
static const struct {
	const char *text, *why; /* why NULL: good */
} conf_lines[] = {
	{ "ipv4=off,ipv6=off", "IPv4 and IPv6 disabled" },
	{ "ipv4=off,net=10.0.0.0/8", "IPv4 disabled but" },
	{ "ipv6=off,ipv6-net=fec0::/64", "IPv6 disabled but" },
	{ "net=10.0.2.0/33", "mask must be 4..32" },
	{ "net=10.0.2.0/255.0.255.0", "mask is not contiguous" },
	{ "net=x", "must be ADDRESS" },
	{ "host=10.0.3.2", "must be an address inside net=" },
	{ "dns=10.0.2.2", "other than host=" },
	{ "dhcpstart=10.0.2.2", "must be inside net= and neither" },
	{ "restrict=on,dns=8.8.8.8", "with restrict=on" },
	{ "ipv6-net=fec0::/127", "prefix length must be 0..126" },
	{ "ipv6-host=fec1::2", "inside ipv6-net=" },
	{ "tftp=/nonexistent", "give a readable directory" },
	{ "smb=/tmp", "smb=/tmp: not available in this version" },
	{ "smbserver=10.0.2.4", "smbserver=10.0.2.4: not available in this version" },
	{ "ip=10.0", "ip=10.0: must be ADDRESS" },
	{ "bootfile=" LABEL63 "." LABEL63, NULL },
	{ "bootfile=" LABEL63 "." LABEL63 "x", "x: must have 127 bytes at most" },
	{ "hostname=" LABEL63 LABEL63 LABEL63 LABEL63 "wxyz", "xyz: must have 255 bytes at most" },
	{ "domainname=" LABEL63 LABEL63 LABEL63 LABEL63 "wxyz", "xyz: must have 255 bytes at most" },
	{ "tftp-server-name=" LABEL63 LABEL63 LABEL63 LABEL63 "wxyz", "xyz: must have 255 bytes at most" },
	{ "dnssearch=a." LABEL63 ".b", NULL },
	{ "dnssearch=a,dnssearch=x" LABEL63, "must be a domain" },
	{ "dnssearch=a..b", "dnssearch=a..b: must be a domain" },
	{ "dnssearch=", "dnssearch=: must be a domain" },
	{ "dnssearch=" LABEL63 "." LABEL63 "." LABEL63 "." LABEL63, "must be a domain" },
	{ "outbound-addr=::1", "not an IPv4 address" },
	{ "mtu=65522", "must be a number from 68 to 65521" },
	{ "gso=maybe", "gso=maybe: " },
	{ "color=red", "unknown key 'color'" },
};
/* clang-format on */

static void
test_conf(void)
{
	/* clang-format off */
	static const struct {
		const char *text;
		uint32_t mtu;
	} mtus[] = { { "", 1500 }, { "gso=on", 1500 }, { "carry=on", SLIRP_MAX_MRU },
		{ "carry=on,gso=off", 1500 },
		{ "carry=on,gso=off,mtu=9000", 9000 } };
	/* clang-format on */
	static struct slirp_conf c;
	char why[SLIRP_WHY_LEN], text[INET_ADDRSTRLEN];
	size_t i;

	for (i = 0; i < RTE_DIM(conf_lines); i++) {
		int ret = slirp_args_parse(conf_lines[i].text, &c.args, why);

		ret = ret == 0 ? slirp_conf_build(&c, why) : ret;
		CU_ASSERT_EQUAL(ret, conf_lines[i].why != NULL ? -EINVAL : 0);
		if (conf_lines[i].why == NULL)
			continue;
		CU_ASSERT_PTR_NOT_NULL(strstr(why, conf_lines[i].why));
		if (strstr(why, conf_lines[i].why) == NULL)
			printf("  %s: %s\n", conf_lines[i].text, why);
	}
	CU_ASSERT_EQUAL(slirp_args_parse("net=192.168.7.0/24,ipv6=off", &c.args, why), 0);
	CU_ASSERT_EQUAL(slirp_conf_build(&c, why), 0);
	CU_ASSERT_STRING_EQUAL(inet_ntop(AF_INET, &c.slirp.vhost, text, sizeof(text)),
		"192.168.7.2");
	CU_ASSERT_STRING_EQUAL(inet_ntop(AF_INET, &c.slirp.vdhcp_start, text, sizeof(text)),
		"192.168.7.15");
	CU_ASSERT_FALSE(c.slirp.in6_enabled || c.slirp.enable_emu);
	/* Only who takes large frames makes libslirp believe in a large MTU. */
	for (i = 0; i < RTE_DIM(mtus); i++) {
		CU_ASSERT_EQUAL(slirp_args_parse(mtus[i].text, &c.args, why), 0);
		CU_ASSERT_EQUAL(slirp_conf_build(&c, why), 0);
		CU_ASSERT_EQUAL(c.slirp.if_mtu, mtus[i].mtu);
	}
}

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

static uint16_t
port_open(const char *name, const char *args)
{
	struct rte_eth_conf conf = { 0 };
	uint16_t id;

	if (rte_eal_hotplug_add("vdev", name, args) < 0 ||
		rte_eth_dev_get_port_by_name(name, &id) < 0)
		return UINT16_MAX;
	rte_eth_dev_configure(id, 1, 1, &conf);
	rte_eth_rx_queue_setup(id, 0, 64, SOCKET_ID_ANY, NULL, pool);
	rte_eth_tx_queue_setup(id, 0, 64, SOCKET_ID_ANY, NULL);
	CU_ASSERT_EQUAL(rte_eth_dev_start(id), 0);
	return id;
}

static void
port_close(uint16_t id, const char *name)
{
	rte_eth_dev_stop(id);
	rte_eth_dev_close(id);
	rte_eal_hotplug_remove("vdev", name);
}

/* A DHCP discover as a booting guest sends it. */
static struct rte_mbuf *
make_discover(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(pool);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + 14);
	struct rte_udp_hdr *udp = (struct rte_udp_hdr *)(ip + 1);
	static const uint8_t mac[] = { 0x52, 0x54, 0, 0x12, 0x34, 0x56 };
	static const uint8_t options[] = { 99, 130, 83, 99, 53, 1, 1, 255 };

	rte_pktmbuf_append(m, 342);
	memset(p, 0, 342);
	memset(p, 0xff, 6);
	memcpy(p + 6, mac, sizeof(mac));
	p[12] = 8;
	ip->version_ihl = 0x45;
	ip->time_to_live = 64;
	ip->next_proto_id = IPPROTO_UDP;
	ip->total_length = RTE_BE16(328);
	ip->dst_addr = UINT32_MAX;
	ip->hdr_checksum = rte_ipv4_cksum(ip);
	udp->src_port = RTE_BE16(68);
	udp->dst_port = RTE_BE16(67);
	udp->dgram_len = RTE_BE16(308);
	p[42] = p[43] = 1;
	p[44] = 6;
	memcpy(p + 42 + 28, p + 6, 6);
	memcpy(p + 42 + 236, options, sizeof(options));
	/* Left to the port, as a guest with checksum offload does. */
	m->l2_len = 14;
	m->l3_len = 20;
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_UDP_CKSUM;
	udp->dgram_cksum = 0x1234;
	return m;
}

/* The first frame that comes within two seconds. */
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
test_port(void)
{
	unsigned int fds = count_fds(), round;
	struct rte_mbuf *m, *out;

	for (round = 0; round < 5; round++) {
		uint16_t a = port_open("net_slirp_a", ""),
			 b = port_open("net_slirp_b", "net=10.9.0.0/24");

		CU_ASSERT_NOT_EQUAL_FATAL(a, UINT16_MAX);
		CU_ASSERT_NOT_EQUAL_FATAL(b, UINT16_MAX);
		m = make_discover();
		CU_ASSERT_EQUAL(rte_eth_tx_burst(b, 0, &m, 1), 1);
		out = receive(b);
		CU_ASSERT_PTR_NOT_NULL(out);
		if (out != NULL) {
			const uint8_t *p = rte_pktmbuf_mtod(out, uint8_t *);

			CU_ASSERT_EQUAL(memcmp(p + 42 + 16, "\x0a\x09\x00\x0f", 4), 0); /* yiaddr */
			CU_ASSERT_EQUAL(rte_ipv4_udptcp_cksum_verify((const void *)(p + 14),
						p + 34),
				0);
			rte_pktmbuf_free(out);
		}
		/* A frame for somebody else is not the stack's business. */
		m = make_discover();
		memcpy(rte_pktmbuf_mtod(m, void *), "\x52\x54\x00\x00\x00\x01", 6);
		CU_ASSERT_EQUAL(rte_eth_tx_burst(a, 0, &m, 1), 1);
		/* Closed with frames in flight. */
		m = make_discover();
		rte_eth_tx_burst(a, 0, &m, 1);
		port_close(a, "net_slirp_a");
		port_close(b, "net_slirp_b");
	}
	CU_ASSERT_EQUAL(count_fds(), fds);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(pool), 0);
}

static void
test_hostfwd(void)
{
	struct sockaddr_in sin = { .sin_family = AF_INET, .sin_addr.s_addr = RTE_BE32(0x7f000001) };
	socklen_t len = sizeof(sin);
	int taken = socket(AF_INET, SOCK_STREAM, 0);
	unsigned int fds;
	char rule[64], args[128], why[256];
	uint16_t a;

	CU_ASSERT_EQUAL(bind(taken, (struct sockaddr *)&sin, sizeof(sin)), 0);
	CU_ASSERT_EQUAL(listen(taken, 1), 0);
	getsockname(taken, (struct sockaddr *)&sin, &len);
	snprintf(rule, sizeof(rule), "tcp:127.0.0.1:%u-:80", ntohs(sin.sin_port));
	snprintf(args, sizeof(args), "hostfwd=tcp::0-:22,hostfwd=%s", rule);
	fds = count_fds();
	CU_ASSERT_EQUAL(port_open("net_slirp_a", args), UINT16_MAX); /* taken: nothing half-made */
	CU_ASSERT_EQUAL(count_fds(), fds);
	a = port_open("net_slirp_a", "hostfwd=tcp:127.0.0.1:0-:22");
	CU_ASSERT_NOT_EQUAL_FATAL(a, UINT16_MAX);
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_add(a, rule, why, sizeof(why)), -EADDRINUSE);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "Could not set up host forwarding rule"));
	close(taken);
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_add(a, rule, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_add(a, "bogus", why, sizeof(why)), -EINVAL);
	snprintf(rule, sizeof(rule), "tcp:127.0.0.1:%u", ntohs(sin.sin_port));
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_remove(a, rule, why, sizeof(why)), 0);
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_remove(a, rule, why, sizeof(why)), -ENOENT);
	CU_ASSERT_EQUAL(pmd_slirp_hostfwd_add(UINT16_MAX, rule, why, sizeof(why)), -ENODEV);
	port_close(a, "net_slirp_a");
	CU_ASSERT_EQUAL(count_fds(), fds - 1);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("net_slirp", NULL, NULL);

	pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	CU_add_test(s, "hostfwd grammar", test_rules);
	CU_add_test(s, "urgent data", test_urg);
	CU_add_test(s, "configuration", test_conf);
	CU_add_test(s, "ports come, lease, go", test_port);
	CU_add_test(s, "host forwarding", test_hostfwd);
}

int
main(void)
{
	return test_main("", suites);
}
