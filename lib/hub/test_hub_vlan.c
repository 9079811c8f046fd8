/* SPDX-License-Identifier: BSD-3-Clause */
/* Options of hubs and ports, and VLANs between ports. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_mbuf.h>

#include "base/test_main.h"
#include "hub_rules.h"
#include "hub_vlan.h"
#include "test_ports.h"

static void
test_hub_options(void)
{
	/* clang-format off */
	static const struct { const char *key, *value, *why; int ret; } rows[] = {
		{ "mode", "switch", "", 0 },
		{ "mode", "bridge", "mode=bridge: must be hub or switch", -EINVAL },
		{ "ageing", "60", "", 0 },
		{ "ageing", "0", "ageing=0: must be 1 to 86400 (seconds)", -EINVAL },
		{ "ageing", "1x", "ageing=1x: must be", -EINVAL },
		{ "ageing", "99999999999999999999", "must be", -EINVAL },
		{ "max-macs", "-1", "max-macs=-1: must be 1 to 65535 (addresses)", -EINVAL },
		{ "max-macs", "2", "", 0 },
		{ "storm", "1000", "", 0 },
		{ "storm", "", "storm=: must be 0 to", -EINVAL },
		{ "loop", "block", "", 0 },
		{ "loop", "on", "loop=on: must be off, warn or block", -EINVAL },
		{ "bogus", "1", "", -ENOENT },
	};
	/* clang-format on */
	char why[HUB_WHY_LEN], text[128];
	struct hub_conf c;
	size_t i;

	hub_conf_init(&c);
	CU_ASSERT_TRUE(hub_conf_is_plain(&c));
	hub_conf_print(&c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "mode=hub,ageing=300,max-macs=1024,storm=0,loop=off");
	for (i = 0; i < RTE_DIM(rows); i++) {
		why[0] = '\0';
		CU_ASSERT_EQUAL(hub_conf_set(&c, rows[i].key, rows[i].value, why), rows[i].ret);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
	}
	hub_conf_print(&c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "mode=switch,ageing=60,max-macs=2,storm=1000,loop=block");
	CU_ASSERT_FALSE(hub_conf_is_plain(&c));
	hub_conf_init(&c);
	hub_conf_set(&c, "mode", "switch", why);
	CU_ASSERT_EQUAL(hub_conf_loop(&c), HUB_LOOP_WARN);
}

static void
test_port_options(void)
{
	/* clang-format off */
	static const struct { const char *key, *value, *why; int ret; } rows[] = {
		{ "policy", "block", "", 0 },
		{ "policy", "wait", "policy=wait: must be drop or block", -EINVAL },
		{ "access", "4094", "", 0 },
		{ "access", "4095", "access=4095: must be a VLAN from 1 to 4094", -EINVAL },
		{ "access", "0", "must be a VLAN", -EINVAL },
		{ "native", "x", "native=x: must be a VLAN", -EINVAL },
		{ "trunk", "10-20;30;7", "", 0 },
		{ "trunk", "20-10", "trunk=20-10: must be VLANs from 1 to 4094, such as 10-20;30", -EINVAL },
		{ "trunk", "10;", "must be VLANs", -EINVAL },
		{ "trunk", "10,20", "must be VLANs", -EINVAL },
		{ "trunk", "1-4095", "must be VLANs", -EINVAL },
		{ "trunk", "", "must be VLANs", -EINVAL },
		{ "vlan", "1", "", -ENOENT },
	};
	/* clang-format on */
	char why[HUB_WHY_LEN], text[128];
	struct hub_port_conf c;
	size_t i;

	for (i = 0; i < RTE_DIM(rows); i++) {
		memset(&c, 0, sizeof(c));
		why[0] = '\0';
		CU_ASSERT_EQUAL(hub_port_conf_set(&c, rows[i].key, rows[i].value, why),
			rows[i].ret);
		CU_ASSERT_PTR_NOT_NULL(strstr(why, rows[i].why));
	}
	memset(&c, 0, sizeof(c));
	hub_port_conf_set(&c, "trunk", "30;10-20;7", why);
	hub_port_conf_set(&c, "native", "5", why);
	hub_port_conf_set(&c, "policy", "block", why);
	CU_ASSERT_EQUAL(hub_port_conf_check(&c, why), 0);
	hub_port_conf_print(&c, text, sizeof(text));
	CU_ASSERT_STRING_EQUAL(text, "policy=block,native=5,trunk=7;10-20;30");
	hub_port_conf_set(&c, "access", "9", why);
	CU_ASSERT_EQUAL(hub_port_conf_check(&c, why), -EINVAL);
	CU_ASSERT_PTR_NOT_NULL(strstr(why, "leave out trunk= and native="));
	hub_port_conf_print(&c, text, 8); /* cut, not overrun */
	CU_ASSERT_TRUE(strlen(text) < 8);
}

/* What each port of the bench is, and what it is to see. */
enum { PLAIN, ACCESS10, ACCESS10B, ACCESS20, TRUNK, NATIVE, PORTS };
#define NO   (-2) /* the frame does not come */
#define BARE (-1) /* without a tag */

static void
make_ports(const char *conf, struct hub **hub, struct hub_input *in,
	struct hub_target target[PORTS][PORTS])
{
	/* clang-format off */
	static const char *const keys[PORTS][2][2] = {
		[ACCESS10] = { { "access", "10" } },
		[ACCESS10B] = { { "access", "10" } },
		[ACCESS20] = { { "access", "20" } },
		[TRUNK] = { { "trunk", "10-11;20" } },
		[NATIVE] = { { "trunk", "20" }, { "native", "10" } },
	};
	/* clang-format on */
	char why[HUB_WHY_LEN];
	unsigned int i, k;

	open_all(PORTS);
	for (i = 0; i < PORTS; i++)
		for (k = 0; k < 2 && keys[i][k][0] != NULL; k++)
			CU_ASSERT_EQUAL(hub_port_conf_set(&ports[i].m->conf, keys[i][k][0],
						keys[i][k][1], why),
				0);
	*hub = make_hub(conf, PORTS);
	for (i = 0; i < PORTS; i++)
		in[i] = ruled_input(*hub, &ports[i], target[i]);
}

/* clang-format off */
static const struct { unsigned int from; int tci; int seen[PORTS]; } ways[] = {
	/*                        PLAIN   ACC10 ACC10B ACC20 TRUNK   NATIVE */
	{ PLAIN, BARE,          { NO,     NO,   NO,    NO,   NO,     NO } },
	{ PLAIN, 10,            { NO,     BARE, BARE,  NO,   10,     BARE } },
	{ PLAIN, 0x6014,        { NO,     NO,   NO,    BARE, 0x6014, 0x6014 } }, /* VLAN 20, priority 3 */
	{ PLAIN, 99,            { NO,     NO,   NO,    NO,   NO,     NO } },
	{ ACCESS10, BARE,       { 10,     NO,   BARE,  NO,   10,     BARE } },
	{ ACCESS10, 10,         { NO,     NO,   NO,    NO,   NO,     NO } },     /* no tags on access ports */
	{ ACCESS10, 0xa000,     { 0xa00a, NO,   BARE,  NO,   0xa00a, BARE } },   /* priority tag */
	{ ACCESS20, BARE,       { 20,     NO,   NO,    NO,   20,     20 } },
	{ TRUNK, BARE,          { NO,     NO,   NO,    NO,   NO,     NO } },     /* no native VLAN */
	{ TRUNK, 11,            { 11,     NO,   NO,    NO,   NO,     NO } },
	{ TRUNK, 12,            { NO,     NO,   NO,    NO,   NO,     NO } },
	{ TRUNK, 20,            { 20,     NO,   NO,    BARE, NO,     20 } },
	{ NATIVE, BARE,         { 10,     BARE, BARE,  NO,   10,     NO } },
	{ NATIVE, 10,           { 10,     BARE, BARE,  NO,   10,     NO } },
	{ NATIVE, 11,           { NO,     NO,   NO,    NO,   NO,     NO } },
};
/* clang-format on */

static void
try_way(unsigned int row, struct hub_input *in, uint16_t dst)
{
	struct frame sent = { dst, 0x0001, ways[row].tci, (uint8_t)row, 0 }, f;
	unsigned int k;

	poll_frame(&in[ways[row].from], &ports[ways[row].from], &sent);
	for (k = 0; k < PORTS; k++) {
		int want = ways[row].seen[k], n = got(&ports[k], &f);

		CU_ASSERT_EQUAL(n, want != NO);
		if (n != (want != NO))
			printf("  row %u port %u: %d\n", row, k, n);
		if (n == 0 || want == NO)
			continue;
		CU_ASSERT_EQUAL(f.tci, want);
		CU_ASSERT_EQUAL(f.mark, row);
		CU_ASSERT_EQUAL(f.src, sent.src);
		CU_ASSERT_EQUAL(f.len, 60u + 4 * (want != BARE) - 4 * (sent.tci != BARE));
		CU_ASSERT_EQUAL(got(&ports[k], &f), 0);
	}
}

static void
test_ways(void)
{
	static struct hub_target target[PORTS][PORTS];
	static const char *const modes[] = { "mode=hub", "mode=switch,loop=off" };
	struct hub_input in[PORTS];
	struct hub *hub;
	unsigned int m, row;

	for (m = 0; m < 2; m++) {
		make_ports(modes[m], &hub, in, target);
		for (row = 0; row < RTE_DIM(ways); row++) {
			try_way(row, in, BROADCAST);
			try_way(row, in, 0x0002); /* an address that nobody has */
		}
		CU_ASSERT_EQUAL(ports[ACCESS10].m->count[0].drop_vlan, 2);
		CU_ASSERT_EQUAL(ports[TRUNK].m->count[0].drop_vlan, 4);
		end_hub(hub, in, PORTS);
	}
}

/* One copy for all who want the frame so; its payload is nobody's copy; offload metadata follows. */
static void
test_sharing(void)
{
	static struct hub_target target[PORTS][PORTS];
	struct hub_input in[PORTS];
	struct rte_mbuf *sent, *a, *b, *c;
	struct hub *hub;

	make_ports("mode=hub", &hub, in, target);
	sent = make_tso();
	inject(&ports[ACCESS10], sent);
	CU_ASSERT_EQUAL(hub_poll(&in[ACCESS10]), 1);
	a = take(&ports[PLAIN]);
	b = take(&ports[TRUNK]);
	c = take(&ports[ACCESS10B]);
	CU_ASSERT_PTR_NOT_NULL_FATAL(a);
	CU_ASSERT_PTR_EQUAL(a, b);
	CU_ASSERT_PTR_EQUAL(c, sent);
	CU_ASSERT_EQUAL(a->pkt_len, sent->pkt_len + 4);
	CU_ASSERT_EQUAL(a->l2_len, 18);
	CU_ASSERT_EQUAL(a->tso_segsz, sent->tso_segsz);
	CU_ASSERT_EQUAL(a->ol_flags, sent->ol_flags);
	CU_ASSERT_EQUAL(a->nb_segs, sent->nb_segs + 1);
	CU_ASSERT_PTR_EQUAL(a->next->buf_addr, sent->buf_addr);
	CU_ASSERT_EQUAL(rte_mbuf_check(a, 1, (const char *[]){ NULL }), 0);
	CU_ASSERT_EQUAL(ports[PLAIN].m->count[0].copies + ports[TRUNK].m->count[0].copies, 1);
	rte_pktmbuf_free(a);
	rte_pktmbuf_free(b);
	rte_pktmbuf_free(c);
	rte_pktmbuf_free(take(&ports[NATIVE]));
	end_hub(hub, in, PORTS);
}

/* A head in a segment of its own, and one that may not be kept. */
static void
test_retag(void)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(test_pool),
			*rest = make_frame(&(struct frame){ 1, 2, 10, 9, 0 }), *out;
	struct hub_head h;
	unsigned int len;

	/* The first 5 bytes in one segment, then 11, then the rest. */
	memcpy(rte_pktmbuf_append(m, 5), rte_pktmbuf_mtod(rest, void *), 5);
	rte_pktmbuf_adj(rest, 5);
	rte_pktmbuf_chain(m, rest);
	CU_ASSERT_TRUE(hub_head_read(m, &h));
	CU_ASSERT_EQUAL(h.tci, 10);
	CU_ASSERT_TRUE(hub_vlan_in(&(struct hub_port_conf){ 0 }, &h));
	CU_ASSERT_EQUAL(h.vlan, 10);
	out = hub_vlan_retag(m, &h, false, test_pool);
	CU_ASSERT_EQUAL(out->pkt_len, 56);
	CU_ASSERT_EQUAL(*rte_pktmbuf_mtod_offset(out->next, uint8_t *, 2), 9);
	rte_pktmbuf_free(out);
	out = hub_vlan_retag(rest, &h, true, test_pool);
	CU_ASSERT_PTR_EQUAL(out->next->buf_addr, rest->buf_addr);
	rte_pktmbuf_free(out);
	rte_pktmbuf_free(m);
	for (len = 0; len < 20; len++) {
		m = make(0, RTE_MAX(len, 4u));
		rte_pktmbuf_trim(m, (uint16_t)(m->pkt_len - len));
		CU_ASSERT_EQUAL(hub_head_read(m, &h), len >= 14);
		if (len >= 14) {
			*rte_pktmbuf_mtod_offset(m, uint8_t *, 12) = 0x81;
			CU_ASSERT_EQUAL(hub_head_read(m, &h), len >= 18);
		}
		rte_pktmbuf_free(m);
	}
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(test_pool), 0);
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("VLANs", NULL, NULL);

	ports_init();
	CU_add_test(s, "options of a hub", test_hub_options);
	CU_add_test(s, "options of a port", test_port_options);
	CU_add_test(s, "who sees what, and with which tag", test_ways);
	CU_add_test(s, "one copy for all", test_sharing);
	CU_add_test(s, "heads in pieces", test_retag);
}

int
main(void)
{
	return test_main("", suites);
}
