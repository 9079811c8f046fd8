/* SPDX-License-Identifier: BSD-3-Clause */
/* For tests of hubs: ring ports as members. */
#include "test_ports.h"

#include <CUnit/CUnit.h>
#include <stdio.h>
#include <string.h>

#include <rte_byteorder.h>
#include <rte_eth_ring.h>
#include <rte_ethdev.h>
#include <rte_ip.h>
#include <rte_mbuf.h>

#include "hub_rules.h"

struct rte_mempool *test_pool;
struct port ports[MAX_PORTS];

void
ports_init(void)
{
	test_pool = rte_pktmbuf_pool_create("test", 2047, 0, 0, RTE_MBUF_DEFAULT_BUF_SIZE, 0);
}

void
port_open(struct port *p, unsigned int i, unsigned int out_size)
{
	static unsigned int opened; /* a closed ring port's name is not free again */
	struct rte_eth_conf conf = { 0 };
	char name[32];

	snprintf(name, sizeof(name), "in%u", i);
	p->in = rte_ring_create(name, 512, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "out%u", i);
	p->out = rte_ring_create(name, out_size, SOCKET_ID_ANY, RING_F_SP_ENQ | RING_F_SC_DEQ);
	snprintf(name, sizeof(name), "t%u", opened++);
	p->id = (uint16_t)rte_eth_from_rings(name, &p->in, 1, &p->out, 1, 0);
	rte_eth_dev_configure(p->id, 1, 1, &conf);
	rte_eth_rx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL, test_pool);
	rte_eth_tx_queue_setup(p->id, 0, 64, SOCKET_ID_ANY, NULL);
	rte_eth_dev_start(p->id);
	p->m = hub_member_create(p->id, name, test_pool);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->m);
	/* Ring ports pass pointers: they take whatever a frame asks for, unless a test says no. */
	p->m->unsupported = 0;
	p->m->single_segment = false;
}

void
port_close(struct port *p)
{
	hub_member_destroy(p->m);
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
	rte_ring_free(p->in);
	rte_ring_free(p->out);
}

void
open_all(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		port_open(&ports[i], i, 512);
}

void
close_all(unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		port_close(&ports[i]);
	CU_ASSERT_EQUAL(rte_mempool_in_use_count(test_pool), 0);
}

struct rte_mbuf *
make(uint32_t number, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(test_pool);

	memset(rte_pktmbuf_append(m, (uint16_t)len), 0, len);
	memcpy(rte_pktmbuf_mtod(m, void *), &number, sizeof(number));
	return m;
}

void
inject(struct port *p, struct rte_mbuf *m)
{
	CU_ASSERT_EQUAL(rte_ring_enqueue(p->in, m), 0);
}

struct rte_mbuf *
take(struct port *p)
{
	void *m = NULL;

	return rte_ring_dequeue(p->out, &m) == 0 ? m : NULL;
}

/* An input of ports[0] with all others as direct targets. */
struct hub_input
input_of(struct port *from, unsigned int n, struct hub_target *target)
{
	struct hub_input in = { .from = from->m, .target = target };
	unsigned int i;

	for (i = 0; i < n; i++)
		if (&ports[i] != from)
			target[in.n_targets++] = (struct hub_target){ ports[i].m, 0, true };
	return in;
}

/* A TSO frame of 4,000 bytes payload. */
struct rte_mbuf *
make_tso(void)
{
	struct rte_mbuf *m = make(0, 1454), *tail = make(0, 1400), *tail2 = make(0, 1200);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	struct rte_ipv4_hdr *ip = (struct rte_ipv4_hdr *)(p + 14);

	p[12] = 8;
	ip->version_ihl = 0x45;
	ip->next_proto_id = IPPROTO_TCP;
	ip->total_length = rte_cpu_to_be_16(4040);
	p[34 + 12] = 0x50;
	rte_pktmbuf_chain(m, tail);
	rte_pktmbuf_chain(m, tail2);
	m->l2_len = 14;
	m->l3_len = 20;
	m->l4_len = 20;
	m->tso_segsz = 1460;
	m->ol_flags = RTE_MBUF_F_TX_IPV4 | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_TCP_SEG;
	return m;
}

struct rte_mbuf *
make_frame(const struct frame *f)
{
	struct rte_mbuf *m = make(0, 60);
	uint8_t *p = rte_pktmbuf_mtod(m, uint8_t *);
	unsigned int at = 12;

	p[0] = (uint8_t)(f->dst >> 8);
	p[5] = (uint8_t)f->dst;
	p[6] = (uint8_t)(f->src >> 8);
	p[11] = (uint8_t)f->src;
	if (f->tci >= 0) {
		p[at++] = 0x81;
		p[at++] = 0;
		p[at++] = (uint8_t)(f->tci >> 8);
		p[at++] = (uint8_t)f->tci;
	}
	p[at++] = 0x88;
	p[at++] = 0xb5;
	p[at] = f->mark;
	return m;
}

void
poll_frame(struct hub_input *in, struct port *p, const struct frame *f)
{
	inject(p, make_frame(f));
	CU_ASSERT_EQUAL(hub_poll(in), 1);
}

int
got(struct port *p, struct frame *f)
{
	struct rte_mbuf *m = take(p);
	uint8_t b[64];
	unsigned int at = 12;

	if (m == NULL)
		return 0;
	*f = (struct frame){ .tci = -1 };
	if (rte_pktmbuf_read(m, 0, 24, b) != b)
		memcpy(b, rte_pktmbuf_read(m, 0, 24, b), 24);
	f->dst = (uint16_t)(b[0] << 8 | b[5]);
	f->src = (uint16_t)(b[6] << 8 | b[11]);
	if (b[12] == 0x81 && b[13] == 0) {
		f->tci = b[14] << 8 | b[15];
		at += 4;
	}
	f->mark = b[at + 2];
	CU_ASSERT_EQUAL(b[at], 0x88);
	f->len = rte_pktmbuf_pkt_len(m);
	rte_pktmbuf_free(m);
	return 1;
}

unsigned int
drop_all(unsigned int n)
{
	unsigned int i, dropped = 0;
	struct rte_mbuf *m;

	for (i = 0; i < n; i++) {
		while ((m = take(&ports[i])) != NULL) {
			rte_pktmbuf_free(m);
			dropped++;
		}
	}
	return dropped;
}

struct hub *
make_hub(const char *conf, unsigned int n)
{
	struct hub *hub = hub_create(0, "hub0");
	struct hub_conf c;
	char key[16], value[32], why[HUB_WHY_LEN];
	unsigned int i;
	int len;

	hub_conf_init(&c);
	while (sscanf(conf, "%15[^=]=%31[^,]%n", key, value, &len) == 2) {
		CU_ASSERT_EQUAL(hub_conf_set(&c, key, value, why), 0);
		conf += len + (conf[len] == ',');
	}
	hub_set_conf(hub, &c);
	for (i = 0; i < n; i++)
		hub_enter(hub, ports[i].m);
	CU_ASSERT_EQUAL(hub_rules_prepare(hub), 0);
	return hub;
}

struct hub_input
ruled_input(struct hub *hub, struct port *from, struct hub_target *target)
{
	struct hub_input in = input_of(from, hub->n, target);

	CU_ASSERT_EQUAL(hub_rules_create(hub, &in), 0);
	return in;
}

void
end_hub(struct hub *hub, struct hub_input *in, unsigned int n_in)
{
	unsigned int i, n = hub->n;

	for (i = 0; i < n_in; i++)
		hub_rules_destroy(in[i].rules);
	drop_all(n);
	close_all(n);
	hub_destroy(hub);
}
