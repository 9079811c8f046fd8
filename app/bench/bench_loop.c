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

/* What the second lcore does. */
static struct {
	struct bench_port *ports;
	unsigned int n;
	uint32_t stop, ready;
	clockid_t cpu;
} loop_job;

static uint16_t
loop_claim(struct bench_port *p, uint16_t q, uint8_t **frame, uint16_t n)
{
	return p->loop->driver->claim(p->loop->state, frame, n);
}

static void
loop_submit(struct bench_port *p, uint16_t q, uint16_t n, uint16_t len)
{
	p->loop->driver->submit(p->loop->state, n, len);
}

static uint16_t
loop_look(struct bench_port *p, uint16_t q, struct bench_view *view, uint16_t n)
{
	return p->loop->driver->look(p->loop->state, view, n);
}

static void
loop_release(struct bench_port *p, uint16_t q, uint16_t n)
{
	p->loop->driver->release(p->loop->state, n);
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

static const struct bench_port_ops loop_ops = {
	.claim = loop_claim,
	.submit = loop_submit,
	.look = loop_look,
	.release = loop_release,
	.close = loop_close,
};

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

uint16_t
bench_loop_max_ring(const char *model, bool packed)
{
	const struct bench_driver *d = bench_driver_find(model, packed);

	return d != NULL ? d->max_ring : 0;
}

static uint64_t
loop_device_features(struct bench_device *dev)
{
	return loop_features(dev->tr);
}

static int
loop_device_set_features(struct bench_device *dev, uint64_t features)
{
	return loop_set_features(dev->tr, features);
}

static int
loop_device_vring(struct bench_device *dev, uint16_t idx, const struct nic_vring *where)
{
	return loop_vring_start(dev->tr, idx, where);
}

static int
loop_up(struct bench_loop *l, uint16_t ring)
{
	struct transport *tr = guest_transport(l->guest);
	struct bench_device dev = { tr, loop_device_features, loop_device_set_features,
		loop_device_vring };
	const struct bench_pair pair = { 0, ring };
	int ret;

	loop_connect(tr);
	ret = loop_mem_add(tr, BENCH_DRIVER_GPA, l->mem.len, l->mem.base);
	return ret < 0 ? ret : l->driver->start(l->state, &dev, &l->mem, &pair);
}

int
bench_loop_open(struct bench_port *p, const struct bench_port_conf *conf)
{
	const struct bench_driver *driver = bench_driver_find(conf->arg, conf->packed);
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
