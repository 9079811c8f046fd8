/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_loop.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_launch.h>
#include <rte_lcore.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>

#include "bench_driver.h"
#include "guest/guest.h"
#include "transport/loop/loop_transport.h"

#define LOOP_BURST 32

struct bench_loop {
	struct guest *guest;
	const struct bench_driver *driver;
	void *state;
	struct bench_memory mem;
};

static const struct bench_driver *const drivers[] = { &bench_driver_virtio, &bench_driver_packed,
	&bench_driver_e1000, &bench_driver_rtl8139 };

/* What the second lcore does. */
static struct {
	struct bench_port *ports;
	unsigned int n;
	uint32_t stop, ready;
	clockid_t cpu;
} loop_job;

void *
bench_memory_take(struct bench_memory *m, uint64_t len)
{
	void *p = m->base + m->used;

	m->used += RTE_ALIGN_CEIL(len, 4096);
	return p;
}

uint64_t
bench_memory_gpa(const struct bench_memory *m, const void *p)
{
	return BENCH_DRIVER_GPA + (uint64_t)((const uint8_t *)p - m->base);
}

static uint16_t
loop_send(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	const struct bench_driver *d = p->loop->driver;
	uint16_t i;

	for (i = 0; i < n; i++) {
		uint8_t *buf = d->buffer(p->loop->state);

		if (buf == NULL)
			break;
		memcpy(buf, rte_pktmbuf_mtod(pkts[i], void *), pkts[i]->data_len);
		d->sent(p->loop->state, pkts[i]->data_len);
	}
	if (i > 0)
		d->flush(p->loop->state);
	rte_pktmbuf_free_bulk(pkts, i);
	return i;
}

static uint16_t
loop_receive(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	const struct bench_driver *d = p->loop->driver;
	const uint8_t *frame;
	uint16_t i, len;

	for (i = 0; i < n; i++) {
		frame = d->came(p->loop->state, &len);
		if (frame == NULL)
			break;
		pkts[i] = rte_pktmbuf_alloc(p->pool);
		if (pkts[i] == NULL)
			break;
		pkts[i]->data_len = pkts[i]->pkt_len = RTE_MIN(len, BENCH_DRIVER_BUF - 64);
		memcpy(rte_pktmbuf_mtod(pkts[i], void *), frame, pkts[i]->data_len);
		d->done(p->loop->state);
	}
	if (i > 0)
		d->refill(p->loop->state);
	return i;
}

static void
loop_close(struct bench_port *p)
{
	guest_destroy(p->loop->guest);
	rte_free(p->loop->mem.base);
	rte_free(p->loop->state);
	rte_free(p->loop);
	p->loop = NULL;
}

static const struct bench_port_ops loop_ops = { loop_send, loop_receive, loop_close };

static void
loop_link(void *ctx, bool up)
{
}

static void
loop_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events loop_events = { loop_link, loop_announce };

static struct guest *
loop_guest(const struct bench_port_conf *conf, struct rte_mempool *pool)
{
	struct guest_conf g = {
		.model = nic_model_find(conf->arg),
		.transport = "loop",
		.nic = { .n_queues = 1,
			.mac = { { 0x02, 0, 0, 0, 0, (uint8_t)conf->index } },
			.features_mask = UINT64_MAX,
			.carry = true,
			.packed = conf->packed },
	};
	struct guest *guest;

	snprintf(g.nic.name, sizeof(g.nic.name), "loop%u", conf->index);
	guest = guest_create(&g, &loop_events, NULL);
	if (guest == NULL)
		return NULL;
	guest_set_pool(guest, 0, pool);
	guest_set_running(guest, true);
	return guest;
}

static const struct bench_driver *
loop_driver(const char *model, bool packed)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(drivers); i++)
		if (strcmp(drivers[i]->model, model) == 0 && drivers[i]->packed == packed)
			return drivers[i];
	return NULL;
}

uint16_t
bench_loop_max_ring(const char *model, bool packed)
{
	const struct bench_driver *d = loop_driver(model, packed);

	return d != NULL ? d->max_ring : 0;
}

static int
loop_up(struct bench_loop *l, uint16_t ring)
{
	struct transport *tr = guest_transport(l->guest);
	int ret;

	loop_connect(tr);
	ret = loop_mem_add(tr, BENCH_DRIVER_GPA, l->mem.len, l->mem.base);
	return ret < 0 ? ret : l->driver->start(l->state, tr, &l->mem, ring);
}

int
bench_loop_open(struct bench_port *p, const struct bench_port_conf *conf)
{
	const struct bench_driver *driver = loop_driver(conf->arg, conf->packed);
	struct bench_loop *l;
	int ret = -ENOMEM;

	if (driver == NULL || conf->queues != 1)
		return -EINVAL;
	l = rte_zmalloc("bench", sizeof(*l), RTE_CACHE_LINE_SIZE);
	if (l == NULL)
		return -ENOMEM;
	l->driver = driver;
	l->mem.len = RTE_ALIGN_CEIL(driver->memory(conf->ring), 1u << 21);
	l->mem.base = rte_zmalloc("bench", l->mem.len, 1u << 21);
	l->state = rte_zmalloc("bench", driver->state_size, RTE_CACHE_LINE_SIZE);
	p->loop = l;
	p->ops = &loop_ops;
	if (l->mem.base != NULL && l->state != NULL)
		l->guest = loop_guest(conf, p->pool);
	if (l->guest != NULL)
		ret = loop_up(l, conf->ring);
	if (ret < 0) {
		fprintf(stderr, "ringhub-bench: --port loop=%s does not start: %s\n", conf->arg,
			strerror(-ret));
		loop_close(p);
	}
	return ret;
}

/* As a hub of two would: frames of one port to its neighbour; what does not fit is lost. */
static int
loop_forward(void *arg)
{
	struct rte_mbuf *pkts[LOOP_BURST];
	unsigned int i;

	pthread_getcpuclockid(pthread_self(), &loop_job.cpu);
	__atomic_store_n(&loop_job.ready, 1, __ATOMIC_RELEASE);
	while (__atomic_load_n(&loop_job.stop, __ATOMIC_RELAXED) == 0)
		for (i = 0; i < loop_job.n; i++) {
			struct guest *to = loop_job.ports[i ^ 1].loop->guest;
			uint16_t n, k;

			n = guest_from_guest(loop_job.ports[i].loop->guest, 0, pkts, LOOP_BURST);
			if (n == 0)
				continue;
			k = guest_to_guest(to, 0, pkts, n);
			rte_pktmbuf_free_bulk(pkts + k, n - k);
		}
	return 0;
}

int
bench_loop_start(struct bench_port *ports, unsigned int n, clockid_t *cpu)
{
	unsigned int lcore = rte_get_next_lcore(-1, 1, 0);

	if (lcore >= RTE_MAX_LCORE)
		return -ENODEV;
	loop_job.ports = ports;
	loop_job.n = n;
	loop_job.stop = loop_job.ready = 0;
	rte_eal_remote_launch(loop_forward, NULL, lcore);
	while (__atomic_load_n(&loop_job.ready, __ATOMIC_ACQUIRE) == 0)
		rte_pause();
	*cpu = loop_job.cpu;
	return 0;
}

void
bench_loop_stop(void)
{
	__atomic_store_n(&loop_job.stop, 1, __ATOMIC_RELAXED);
	rte_eal_mp_wait_lcore();
}
