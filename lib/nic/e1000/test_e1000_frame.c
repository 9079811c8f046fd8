/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames for the tests of the e1000 model, and the program's main. */
#include <string.h>

#include <rte_ip.h>
#include <rte_mbuf.h>
#include <rte_tcp.h>
#include <rte_udp.h>

#include "base/test_main.h"
#include "test_e1000.h"

void
t_frame(uint8_t *frame, uint32_t len, const struct rte_ether_addr *dst, uint8_t seed)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		frame[i] = (uint8_t)(seed + i + (i >> 8) * 7);
	memcpy(frame, dst, RTE_MIN(len, sizeof(*dst)));
	if (len >= RTE_ETHER_HDR_LEN) {
		frame[12] = 0x88; /* local experimental */
		frame[13] = 0xb5;
	}
}

/* Sum of big-endian words, an odd byte padded. */
static uint32_t
slow_sum(uint32_t sum, const uint8_t *p, uint32_t len)
{
	uint32_t i;

	for (i = 0; i < len; i++)
		sum += i % 2 == 0 ? (uint32_t)p[i] << 8 : p[i];
	return sum;
}

static uint16_t
slow_fold(uint32_t sum)
{
	while (sum > 0xffff)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static uint32_t
slow_l4(const uint8_t *ip, uint32_t l3_len, bool v6, uint8_t proto, uint32_t l4_len)
{
	uint32_t sum = proto + l4_len;

	sum = v6 ? slow_sum(sum, ip + 8, 32) : slow_sum(sum, ip + 12, 8);
	return slow_sum(sum, ip + l3_len, l4_len);
}

static void
put16(uint8_t *p, uint16_t val)
{
	p[0] = (uint8_t)(val >> 8);
	p[1] = (uint8_t)val;
}

uint32_t
t_packet(uint8_t *frame, bool v6, bool udp, uint32_t payload)
{
	uint32_t l3_len = v6 ? 40 : 20, l4_len = udp ? 8 : 20, len = 14 + l3_len + l4_len;
	uint8_t *ip = frame + 14, *l4 = ip + l3_len;

	t_frame(frame, len + payload, &test_mac, (uint8_t)payload);
	put16(frame + 12, v6 ? RTE_ETHER_TYPE_IPV6 : RTE_ETHER_TYPE_IPV4);
	if (v6) {
		ip[0] = 0x60;
		put16(ip + 4, (uint16_t)(l4_len + payload));
		ip[6] = udp ? 17 : 6;
	} else {
		ip[0] = 0x45;
		put16(ip + 2, (uint16_t)(l3_len + l4_len + payload));
		put16(ip + 6, 0x4000); /* do not fragment */
		ip[9] = udp ? 17 : 6;
		put16(ip + 10, 0);
		put16(ip + 10, (uint16_t)~slow_fold(slow_sum(0, ip, 20)));
	}
	if (udp)
		put16(l4 + 4, (uint16_t)(l4_len + payload));
	else
		l4[12] = 0x50, l4[13] = 0x18; /* no options; PSH, ACK */
	put16(l4 + (udp ? 6 : 16), 0);
	put16(l4 + (udp ? 6 : 16),
		(uint16_t)~slow_fold(slow_l4(ip, l3_len, v6, udp ? 17 : 6, l4_len + payload)));
	return len;
}

bool
t_sums_right(const uint8_t *frame, uint32_t len, uint32_t l2_len)
{
	const uint8_t *ip = frame + l2_len;
	bool v6 = ip[0] >> 4 == 6;
	uint32_t l3_len = v6 ? 40 : 20, ip_len = len - l2_len;
	uint32_t said = v6 ? 40u + (ip[4] << 8 | ip[5]) : (uint32_t)(ip[2] << 8 | ip[3]);

	if (said > ip_len || (len > 60 && said != ip_len))
		return false;
	if (!v6 && slow_fold(slow_sum(0, ip, 20)) != 0xffff)
		return false;
	return slow_fold(slow_l4(ip, l3_len, v6, v6 ? ip[6] : ip[9], said - l3_len)) == 0xffff;
}

struct rte_mbuf *
t_mbuf_by(const uint8_t *frame, uint32_t len, uint32_t step)
{
	struct rte_mbuf *first = NULL, *m;
	uint32_t at = 0;

	do {
		uint32_t n = RTE_MIN(len - at, step);

		m = rte_pktmbuf_alloc(test_pool);
		memcpy(rte_pktmbuf_append(m, (uint16_t)n), frame + at, n);
		if (first == NULL)
			first = m;
		else
			rte_pktmbuf_chain(first, m);
		at += n;
	} while (at < len);
	return first;
}

struct rte_mbuf *
t_mbuf(const uint8_t *frame, uint32_t len)
{
	return t_mbuf_by(frame, len, 2000);
}

uint32_t
t_flatten(struct rte_mbuf *m, uint8_t *out)
{
	const struct rte_mbuf *seg;
	uint32_t n = 0;

	rte_mbuf_sanity_check(m, 1);
	for (seg = m; seg != NULL; n += seg->data_len, seg = seg->next)
		memcpy(out + n, rte_pktmbuf_mtod(seg, const void *), seg->data_len);
	CU_ASSERT_EQUAL(n, m->pkt_len);
	rte_pktmbuf_free(m);
	return n;
}

bool
t_is(struct rte_mbuf *m, const uint8_t *frame, uint32_t len)
{
	static uint8_t buf[0x20000];

	return m != NULL && t_flatten(m, buf) == len && memcmp(buf, frame, len) == 0;
}

static int
test_trapped(void)
{
	test_shared = false;
	return 0;
}

static int
test_mapped(void)
{
	test_shared = true;
	return 0;
}

static void
test_suites(void)
{
	test_pool = rte_pktmbuf_pool_create("test", 1023, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
	test_e1000_regs_suite("e1000_regs", test_trapped);
	test_e1000_regs_suite("e1000_regs_mapped", test_mapped);
	test_e1000_irq_suite("e1000_irq", test_trapped);
	test_e1000_irq_suite("e1000_irq_mapped", test_mapped);
	test_e1000_from_suite("e1000_from_guest", test_trapped);
	test_e1000_from_suite("e1000_from_guest_mapped", test_mapped);
	test_e1000_offload_suite("e1000_offload", test_trapped);
	test_e1000_to_suite("e1000_to_guest", test_trapped);
	test_e1000_to_suite("e1000_to_guest_mapped", test_mapped);
	test_e1000_hostile_suite("e1000_hostile", test_trapped);
	test_e1000_hostile_suite("e1000_hostile_mapped", test_mapped);
	test_e1000_fuzz_suite("e1000_fuzz", test_mapped);
}

int
main(void)
{
	return test_main("", test_suites);
}
