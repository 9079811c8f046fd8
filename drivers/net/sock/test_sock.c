/* SPDX-License-Identifier: BSD-3-Clause */
/* net_sock: options, framing, L2TPv3 headers, unix peers that come and go. */
#include <CUnit/Basic.h>
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_mbuf.h>

#include "base/test_main.h"
#include "sock_conf.h"
#include "sock_frame.h"
#include "sock_io.h"
#include "sock_open.h"

struct line {
	const char *devargs, *why; /* why NULL: good */
};

static void
run_lines(const struct line *lines, size_t n)
{
	struct sock_conf conf;
	char why[SOCK_WHY_LEN];
	size_t i;

	for (i = 0; i < n; i++) {
		int ret = sock_conf_parse(lines[i].devargs, &conf, why);
		bool good = ret == 0 ? lines[i].why == NULL
				     : lines[i].why != NULL && strstr(why, lines[i].why) != NULL;

		CU_ASSERT_TRUE(good);
		if (!good)
			printf("  %s -> %d %s\n", lines[i].devargs, ret, ret < 0 ? why : "");
	}
}

/* clang-format off */
static const struct line good_lines[] = {
	{ "kind=socket,listen=127.0.0.1:1", NULL },
	{ "kind=socket,listen=:1", NULL },
	{ "kind=socket,connect=localhost:1", NULL },
	{ "kind=socket,connect=[::1]:1", NULL },
	{ "kind=socket,mcast=230.0.0.1:1", NULL },
	{ "kind=socket,mcast=230.0.0.1:1,localaddr=127.0.0.1", NULL },
	{ "kind=socket,udp=127.0.0.1:1,localaddr=:2", NULL },
	{ "kind=socket,fd=0", NULL },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1", NULL },
	{ "kind=stream,server=on,addr.type=inet,addr.host=h,addr.port=1,addr.to=9,addr.ipv4=on,addr.keep-alive=off", NULL },
	{ "kind=stream,addr.type=unix,addr.path=/a,reconnect-ms=5", NULL },
	{ "kind=stream,addr.type=unix,addr.path=a,addr.abstract=on,addr.tight=off,reconnect=5", NULL },
	{ "kind=stream,addr.type=fd,addr.str=1", NULL },
	{ "kind=dgram,remote.type=inet,remote.host=230.0.0.1,remote.port=1", NULL },
	{ "kind=dgram,local.type=inet,local.host=127.0.0.1,local.port=1,remote.type=inet,remote.host=127.0.0.1,remote.port=2", NULL },
	{ "kind=dgram,local.type=unix,local.path=/a,remote.type=unix,remote.path=/b", NULL },
	{ "kind=dgram,local.type=fd,local.str=0", NULL },
	{ "kind=l2tpv3,src=127.0.0.1,dst=127.0.0.1,txsession=1", NULL },
	{ "kind=l2tpv3,src=::1,dst=::1,ipv6=on,txsession=0xffffffff,rxsession=0,offset=256,counter=on", NULL },
	{ "kind=l2tpv3,src=a,dst=b,udp=on,srcport=1,dstport=2,txsession=1,rxcookie=1,txcookie=0xffffffff", NULL },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,cookie64=on,rxcookie=1,txcookie=0xffffffffffffffff", NULL },
};

static const struct line bad_lines[] = {
	{ "", "kind=: must be socket, stream, dgram or l2tpv3" },
	{ "kind=vde", "kind=vde: must be socket" },
	{ "kind=socket", "exactly one of listen=, connect=, mcast= or udp= is required" },
	{ "kind=socket,listen=:1,connect=a:1", "exactly one of listen=" },
	{ "kind=socket,listen=1", "listen=1: host address '1' doesn't contain ':' separating host from port" },
	{ "kind=socket,listen=:x", "listen=:x: port number 'x' is invalid" },
	{ "kind=socket,connect=a:65536", "port number '65536' is invalid" },
	{ "kind=socket,connect=%5B::1:5", "doesn't contain ':'" },
	{ "kind=socket,listen=:1,localaddr=a", "localaddr= is only valid with mcast= or udp=" },
	{ "kind=socket,udp=a:1", "localaddr= is mandatory with udp=" },
	{ "kind=socket,udp=a:1,localaddr=x", "localaddr=x: host address 'x' doesn't" },
	{ "kind=socket,mcast=230.0.0.1:1,localaddr=a.b", "localaddr 'a.b' is not a valid IPv4 address" },
	{ "kind=socket,fd=x", "fd=x: File descriptor named 'x' has not been found" },
	{ "kind=socket,fd=9999", "fd=9999: Bad file descriptor" },
	{ "kind=socket,addr.type=inet", "unknown key 'addr.type'" },
	{ "kind=stream", "Parameter 'addr.type' is missing" },
	{ "kind=stream,addr.path=/a", "Parameter 'addr.type' is missing" },
	{ "kind=stream,addr.type=vsock", "Parameter 'addr.type' does not accept value 'vsock'" },
	{ "kind=stream,addr.type=inet", "Parameter 'addr.host' is missing" },
	{ "kind=stream,addr.type=inet,addr.host=h", "Parameter 'addr.port' is missing" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.ipv4=off,addr.ipv6=off", "Cannot disable IPv4 and IPv6 at same time" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=9,addr.to=8", "addr.to=8: must not be less" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=9,addr.to=x", "addr.to=x: must be a number from 1 to 65535" },
	{ "kind=stream,addr.type=unix", "Parameter 'addr.path' is missing" },
	{ "kind=stream,addr.type=fd", "Parameter 'addr.str' is missing" },
	{ "kind=stream,addr.type=fd,addr.str=x", "addr.str=x: File descriptor named 'x'" },
	{ "kind=stream,server=maybe,addr.type=unix,addr.path=/a", "server=maybe: must be on or off" },
	{ "kind=stream,addr.type=unix,addr.path=/a,addr.abstract=2", "addr.abstract=2: must be on or off" },
	{ "kind=stream,addr.type=unix,addr.path=/a,reconnect-ms=x", "reconnect-ms=x: must be a number" },
	{ "kind=stream,addr.type=unix,addr.path=/a,reconnect=4294968", "reconnect=4294968: must be a number" },
	{ "kind=stream,addr.type=unix,addr.path=/a,reconnect=1,reconnect-ms=1", "'reconnect' and 'reconnect-ms' are mutually exclusive" },
	{ "kind=stream,server=on,addr.type=unix,addr.path=/a,reconnect-ms=1", "incompatible with socket in server mode" },
	{ "kind=dgram", "dgram requires local= parameter" },
	{ "kind=dgram,remote.type=inet,remote.host=127.0.0.1,remote.port=1", "dgram requires local= parameter" },
	{ "kind=dgram,local.type=unix,local.path=/a", "type=inet or type=unix requires remote parameter" },
	{ "kind=dgram,local.type=unix,local.path=/a,remote.type=inet,remote.host=127.0.0.1,remote.port=1", "remote and local types must be the same" },
	{ "kind=dgram,local.type=fd,local.str=0,remote.type=unix,remote.path=/a", "don't set remote with local.fd" },
	{ "kind=dgram,local.type=unix,local.path=/a,remote.type=inet,remote.host=230.0.0.1,remote.port=1", "only support inet or fd type for local" },
	{ "kind=l2tpv3,dst=a,txsession=1", "Parameter 'src' is missing" },
	{ "kind=l2tpv3,src=a,txsession=1", "Parameter 'dst' is missing" },
	{ "kind=l2tpv3,src=a,dst=b", "Parameter 'txsession' is missing" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=4294967296", "txsession=4294967296: must be a number" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,rxsession=x", "rxsession=x: must be a number" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,udp=on,srcport=1", "need both src and dst port for udp" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,offset=257", "offset must be less than 256 bytes" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,rxcookie=1", "require both 'rxcookie' and 'txcookie' or neither" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,rxcookie=1,txcookie=0x100000000", "txcookie=0x100000000: must be a number of 32" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,rxcookie=x,txcookie=1", "rxcookie=x: must be a number" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,counter=5", "counter=5: must be on or off" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,ipv6=5", "ipv6=5: must be on or off" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.keep-alive=5", "addr.keep-alive=5: must be on or off" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.mptcp=5", "addr.mptcp=5: must be on or off" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.numeric=5", "addr.numeric=5: must be on or off" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.ipv4=5", "addr.ipv4=5: must be on or off" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=1,addr.ipv6=5", "addr.ipv6=5: must be on or off" },
	{ "kind=stream,addr.type=unix,addr.path=/a,addr.tight=5", "addr.tight=5: must be on or off" },
	{ "kind=stream,addr.host=h", "Parameter 'addr.type' is missing" },
	{ "kind=dgram,local.ipv4=5", "local.ipv4=5: must be on or off" },
	{ "kind=dgram,local.ipv6=5", "local.ipv6=5: must be on or off" },
	{ "kind=dgram,local.numeric=5", "local.numeric=5: must be on or off" },
	{ "kind=dgram,local.abstract=5", "local.abstract=5: must be on or off" },
	{ "kind=dgram,local.tight=5", "local.tight=5: must be on or off" },
	{ "kind=dgram,remote.ipv4=5", "remote.ipv4=5: must be on or off" },
	{ "kind=dgram,remote.ipv6=5", "remote.ipv6=5: must be on or off" },
	{ "kind=dgram,remote.numeric=5", "remote.numeric=5: must be on or off" },
	{ "kind=dgram,remote.abstract=5", "remote.abstract=5: must be on or off" },
	{ "kind=dgram,remote.tight=5", "remote.tight=5: must be on or off" },
	{ "kind=dgram,local.type=vsock", "Parameter 'local.type' does not accept value 'vsock'" },
	{ "kind=dgram,remote.type=vsock", "Parameter 'remote.type' does not accept value 'vsock'" },
	{ "kind=dgram,local.type=inet,local.host=h", "Parameter 'local.port' is missing" },
	{ "kind=dgram,local.type=inet,local.port=1", "Parameter 'local.host' is missing" },
	{ "kind=dgram,local.type=unix", "Parameter 'local.path' is missing" },
	{ "kind=dgram,local.type=fd,local.str=x", "local.str=x: File descriptor named 'x'" },
	{ "kind=dgram,remote.type=inet,remote.host=h", "Parameter 'remote.port' is missing" },
	{ "kind=dgram,remote.type=inet,remote.port=1", "Parameter 'remote.host' is missing" },
	{ "kind=dgram,remote.type=unix", "Parameter 'remote.path' is missing" },
	{ "kind=dgram,local.type=inet,local.host=h,local.port=65536", "local.port=65536: must be a port from 0 to 65535" },
	{ "kind=stream,addr.type=inet,addr.host=h,addr.port=99999999999999999999", "must be a port from 0 to 65535" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,udp=on,srcport=65536,dstport=1", "srcport=65536: must be a port" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,udp=on,srcport=1,dstport=65536", "dstport=65536: must be a port" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,udp=on,dstport=1", "need both src and dst port for udp" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,pincounter=5", "pincounter=5: must be on or off" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,udp=5", "udp=5: must be on or off" },
	{ "kind=l2tpv3,src=a,dst=b,txsession=1,cookie64=5", "cookie64=5: must be on or off" },
};
/* clang-format on */

static void
test_options(void)
{
	run_lines(good_lines, RTE_DIM(good_lines));
	run_lines(bad_lines, RTE_DIM(bad_lines));
}

static void
test_defaults(void)
{
	struct sock_conf conf;
	char why[SOCK_WHY_LEN];

	CU_ASSERT_EQUAL(sock_conf_parse("kind=l2tpv3,src=a,dst=b,txsession=7", &conf, why), 0);
	CU_ASSERT_EQUAL(conf.l2tp.rx_session, 7);
	CU_ASSERT_EQUAL(sock_l2tp_tx_len(&conf.l2tp), 4);
	CU_ASSERT_EQUAL(sock_l2tp_rx_len(&conf.l2tp), 24);
	CU_ASSERT_EQUAL(sock_conf_parse("kind=stream,addr.type=unix,addr.path=/a,reconnect=3",
				&conf, why),
		0);
	CU_ASSERT_EQUAL(conf.role, SOCK_ROLE_CONNECT);
	CU_ASSERT_EQUAL(conf.reconnect_ms, 3000);
	CU_ASSERT_TRUE(conf.keep_alive);
}

#define FRAMER_SIZE (2 * (SOCK_PREFIX + SOCK_MAX_FRAME))
static uint8_t framer_buf[FRAMER_SIZE];

/* Three frames of different content, as they go over the wire. @return bytes. */
static uint32_t
put_frames(uint8_t *wire, const uint32_t *len, unsigned int n)
{
	uint32_t at = 0, i, k;

	for (i = 0; i < n; i++) {
		const uint8_t prefix[] = { (uint8_t)(len[i] >> 24), (uint8_t)(len[i] >> 16),
			(uint8_t)(len[i] >> 8), (uint8_t)len[i] };

		memcpy(wire + at, prefix, sizeof(prefix));
		at += sizeof(prefix);
		for (k = 0; k < len[i]; k++)
			wire[at++] = (uint8_t)(k * 7 + i);
	}
	return at;
}

/* Hand n bytes over; check what comes out. @return frames seen so far. */
static unsigned int
feed(struct sock_framer *f, const uint8_t *wire, uint32_t n, const uint32_t *len, unsigned int seen)
{
	const uint8_t *frame;
	uint32_t room, got, k;

	while (n > 0) {
		uint8_t *to = sock_framer_space(f, &room);

		CU_ASSERT_TRUE_FATAL(room > 0);
		room = RTE_MIN(room, n);
		memcpy(to, wire, room);
		sock_framer_added(f, room);
		wire += room;
		n -= room;
		while (sock_framer_next(f, &frame, &got) == 1) {
			CU_ASSERT_EQUAL(got, len[seen]);
			for (k = 0; k < got && frame[k] == (uint8_t)(k * 7 + seen); k++)
				;
			CU_ASSERT_EQUAL(k, got);
			seen++;
		}
	}
	return seen;
}

static void
test_cuts(void)
{
	static const uint32_t len[] = { 60, 0, 300, 14, 61 };
	uint8_t wire[512];
	uint32_t n = put_frames(wire, len, RTE_DIM(len)), cut, chunk, at;

	for (cut = 0; cut <= n; cut++) {
		struct sock_framer f = { .buf = framer_buf, .size = FRAMER_SIZE };
		unsigned int seen = feed(&f, wire, cut, len, 0);

		CU_ASSERT_EQUAL(feed(&f, wire + cut, n - cut, len, seen), RTE_DIM(len));
	}
	for (chunk = 1; chunk < 70; chunk++) {
		struct sock_framer f = { .buf = framer_buf, .size = FRAMER_SIZE };
		unsigned int seen = 0;

		for (at = 0; at < n; at += chunk)
			seen = feed(&f, wire + at, RTE_MIN(chunk, n - at), len, seen);
		CU_ASSERT_EQUAL(seen, RTE_DIM(len));
	}
}

static void
test_longest(void)
{
	static const uint32_t len[] = { SOCK_MAX_FRAME, 60, SOCK_MAX_FRAME, SOCK_MAX_FRAME };
	uint32_t total = 4 * SOCK_PREFIX + 3 * SOCK_MAX_FRAME + 60, chunk, at;
	uint8_t *wire = malloc(total);

	CU_ASSERT_PTR_NOT_NULL_FATAL(wire);
	CU_ASSERT_EQUAL(put_frames(wire, len, 4), total);
	for (chunk = 4093; chunk < 300000; chunk = chunk * 3 + 1) {
		struct sock_framer f = { .buf = framer_buf, .size = FRAMER_SIZE };
		unsigned int seen = 0;

		for (at = 0; at < total; at += chunk)
			seen = feed(&f, wire + at, RTE_MIN(chunk, total - at), len, seen);
		CU_ASSERT_EQUAL(seen, 4);
	}
	free(wire);
}

static void
test_hostile_lengths(void)
{
	static const uint32_t len[] = { SOCK_MAX_FRAME + 1, 0x7fffffff, 0x80000000, 0xffffffff,
		0x01000000 };
	const uint8_t *frame;
	uint32_t room, got;
	size_t i;

	for (i = 0; i < RTE_DIM(len); i++) {
		struct sock_framer f = { .buf = framer_buf, .size = FRAMER_SIZE };
		uint8_t *to = sock_framer_space(&f, &room);

		to[0] = (uint8_t)(len[i] >> 24);
		to[1] = (uint8_t)(len[i] >> 16);
		to[2] = (uint8_t)(len[i] >> 8);
		to[3] = (uint8_t)len[i];
		sock_framer_added(&f, 3);
		CU_ASSERT_EQUAL(sock_framer_next(&f, &frame, &got), 0);
		sock_framer_added(&f, 1);
		CU_ASSERT_EQUAL(sock_framer_next(&f, &frame, &got), -EPROTO);
	}
}

static void
test_l2tp_bytes(void)
{
	/* RFC 3931 4.1.2: version word, session, cookie; RFC 4719: our counter, our offset. */
	static const uint8_t udp[] = { 0, 3, 0, 0, 0x11, 0x22, 0x33, 0x44, 1, 2, 3, 4, 5, 6, 7, 8,
		0, 0, 0, 1, 0, 0, 0 };
	static const uint8_t raw[] = { 0x11, 0x22, 0x33, 0x44, 5, 6, 7, 8, 0, 0, 0, 0 };
	struct sock_l2tp l = { .udp = true,
		.cookie = true,
		.cookie64 = true,
		.counter = true,
		.tx_session = 0x11223344,
		.tx_cookie = 0x0102030405060708,
		.offset = 3 };
	uint8_t hdr[SOCK_L2TP_MAX_HDR];

	CU_ASSERT_EQUAL(sock_l2tp_tx_len(&l), sizeof(udp));
	memset(hdr, 0xee, sizeof(hdr));
	sock_l2tp_write(&l, hdr);
	CU_ASSERT_EQUAL(memcmp(hdr, udp, sizeof(udp)), 0);
	sock_l2tp_write(&l, hdr);
	CU_ASSERT_EQUAL(hdr[19], 2);
	l.udp = l.cookie64 = false;
	l.pincounter = true;
	l.tx_cookie = 0x05060708;
	l.offset = 0;
	CU_ASSERT_EQUAL(sock_l2tp_tx_len(&l), sizeof(raw));
	sock_l2tp_write(&l, hdr);
	CU_ASSERT_EQUAL(memcmp(hdr, raw, sizeof(raw)), 0);
}

static void
test_l2tp_check(void)
{
	uint8_t hdr[] = { 0x45, 0, 0, 0, 0, 0, 0, 0, 0, 115, 0, 0, 127, 0, 0, 1, 127, 0, 0, 1, 0, 0,
		0, 9, 0, 0, 0, 5 };
	struct sock_l2tp l = { .cookie = true, .rx_session = 9, .rx_cookie = 5 };
	uint32_t n;

	CU_ASSERT_EQUAL(sock_l2tp_rx_len(&l), sizeof(hdr));
	for (n = 0; n < sizeof(hdr); n++)
		CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, n), SOCK_L2TP_SHORT);
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 9000), SOCK_L2TP_OK);
	hdr[27] = 6;
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 9000), SOCK_L2TP_BAD_COOKIE);
	hdr[20] = 1;
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 9000), SOCK_L2TP_BAD_SESSION);
	hdr[0] = 0x46;
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 9000), SOCK_L2TP_BAD_HEADER);
	l = (struct sock_l2tp){ .udp = true, .rx_session = 9 };
	memcpy(hdr, (const uint8_t[]){ 0, 3, 0, 0, 0, 0, 0, 9 }, 8);
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 8), SOCK_L2TP_OK);
	hdr[0] = 0xc8; /* a control message */
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 8), SOCK_L2TP_BAD_HEADER);
	/* A cookie of 64 bits: each half counts. */
	l = (struct sock_l2tp){ .udp = true,
		.cookie = true,
		.cookie64 = true,
		.rx_session = 9,
		.rx_cookie = 0x0000000100000002 };
	memcpy(hdr, (const uint8_t[]){ 0, 3, 0, 0, 0, 0, 0, 9, 0, 0, 0, 1, 0, 0, 0, 2 }, 16);
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 16), SOCK_L2TP_OK);
	hdr[11] = 2;
	CU_ASSERT_EQUAL(sock_l2tp_check(&l, hdr, 16), SOCK_L2TP_BAD_COOKIE);
}

/* A socket that has a path now; who had it before keeps his socket, without it. */
static int
peer_at(const char *path)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", path);
	unlink(path);
	CU_ASSERT_EQUAL_FATAL(bind(fd, (const struct sockaddr *)&a, sizeof(a)), 0);
	return fd;
}

/* A frame of 60 bytes that ends with that, from our name or from none. */
static bool
came(int fd, uint8_t end, bool named)
{
	struct sockaddr_un from;
	socklen_t len = sizeof(from);
	uint8_t bytes[128];

	return recvfrom(fd, bytes, sizeof(bytes), 0, (struct sockaddr *)&from, &len) == 60 &&
	       bytes[59] == end && (len > sizeof(from.sun_family)) == named;
}

/* Send three frames: fd gets all of them, from our name or from none, and not_fd nothing. */
static void
sent_to(struct sock_port *port, struct rte_mempool *pool, int fd, int not_fd, bool named)
{
	struct rte_mbuf *m[3];
	uint8_t bytes[128];
	unsigned int i;

	CU_ASSERT_EQUAL_FATAL(rte_pktmbuf_alloc_bulk(pool, m, 3), 0);
	for (i = 0; i < 3; i++) {
		char *frame = rte_pktmbuf_append(m[i], 60);

		CU_ASSERT_PTR_NOT_NULL_FATAL(frame);
		memset(frame, (int)i + 1, 60);
	}
	sock_dgram_send(&port->tx, m, 3);
	rte_pktmbuf_free_bulk(m, 3);
	for (i = 0; i < 3; i++)
		CU_ASSERT(came(fd, (uint8_t)(i + 1), named));
	CU_ASSERT(read(fd, bytes, sizeof(bytes)) < 0);
	CU_ASSERT(not_fd < 0 || read(not_fd, bytes, sizeof(bytes)) < 0);
	CU_ASSERT_EQUAL(port->tx.len, 0);
}

static void
close_port(struct sock_port *port)
{
	close(port->fd);
	close(port->out_fd);
	free(port->tx.buf);
}

static void
test_unix_peer(void)
{
	static struct sock_port port;
	char dir[] = "/tmp/rh-sock.XXXXXX", why[SOCK_WHY_LEN], line[256], ours[64], theirs[64];
	struct rte_mempool *pool =
		rte_pktmbuf_pool_create("unix", 63, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int first, second;

	CU_ASSERT_PTR_NOT_NULL_FATAL(mkdtemp(dir));
	snprintf(ours, sizeof(ours), "%s/ours", dir);
	snprintf(theirs, sizeof(theirs), "%s/theirs", dir);
	snprintf(line, sizeof(line),
		"kind=dgram,local.type=unix,local.path=%s,remote.type=unix,remote.path=%s", ours,
		theirs);
	CU_ASSERT_EQUAL_FATAL(sock_conf_parse(line, &port.conf, why), 0);
	port.tx.port = &port;
	port.tx.buf = malloc((size_t)SOCK_TX_BUF);
	CU_ASSERT_EQUAL_FATAL(sock_open_datagram(&port, why), 0);
	CU_ASSERT_NOT_EQUAL(port.out_fd, port.fd);
	first = peer_at(theirs);
	sent_to(&port, pool, first, -1, true);
	CU_ASSERT_TRUE(port.tx.near);
	sent_to(&port, pool, first, -1, false);
	/* It ends, and another comes: nothing is lost. */
	close(first);
	first = peer_at(theirs);
	sent_to(&port, pool, first, -1, true);
	CU_ASSERT_FALSE(port.tx.near);
	port.tx.near_at = 0;
	sent_to(&port, pool, first, -1, true);
	CU_ASSERT_TRUE(port.tx.near);
	/* Another takes its path while it lives: seen at the next look. */
	second = peer_at(theirs);
	port.tx.near_at = 0;
	sent_to(&port, pool, second, first, true);
	sent_to(&port, pool, second, first, false);
	/* One that hears nobody but the owner of our path. */
	snprintf(a.sun_path, sizeof(a.sun_path), "%s", ours);
	CU_ASSERT_EQUAL(connect(second, (const struct sockaddr *)&a, sizeof(a)), 0);
	sent_to(&port, pool, second, first, true);
	port.tx.near_at = 0;
	sent_to(&port, pool, second, first, true);
	CU_ASSERT_FALSE(port.tx.near);
	CU_ASSERT_EQUAL(port.count.no_peer + port.count.tx_error, 0);
	close(first);
	close(second);
	close_port(&port);
	unlink(ours);
	unlink(theirs);
	rmdir(dir);
	rte_mempool_free(pool);
}

static void
add_suites(void)
{
	CU_pSuite s = CU_add_suite("net_sock", NULL, NULL);

	CU_add_test(s, "options", test_options);
	CU_add_test(s, "defaults", test_defaults);
	CU_add_test(s, "frames cut at each byte, and in chunks", test_cuts);
	CU_add_test(s, "longest frames", test_longest);
	CU_add_test(s, "hostile lengths", test_hostile_lengths);
	CU_add_test(s, "l2tpv3: bytes sent", test_l2tp_bytes);
	CU_add_test(s, "l2tpv3: what is let in", test_l2tp_check);
	CU_add_test(s, "a unix peer that another replaces", test_unix_peer);
}

int
main(void)
{
	return test_main("", add_suites);
}
