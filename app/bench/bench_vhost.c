/* SPDX-License-Identifier: BSD-3-Clause */
/* A port: memory that the server sees, and the rings of each queue pair in it. */
#include "bench_vhost.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_malloc.h>

#include "bench_driver.h"
#include "bench_frame.h"
#include "bench_vhost_link.h"

#define HUGE_PAGE (2u << 20)
#ifndef MFD_HUGE_2MB /* <linux/memfd.h>; not in all of glibc */
#define MFD_HUGE_2MB (21u << 26)
#endif
/* Polls in which nothing came, until the server is asked whether it sleeps: asking costs a line of its. */
#define QUIET_POLLS 16

struct vhost_pair {
	void *state;
	bool sent;	/* since the server was asked last */
	uint32_t quiet; /* polls */
};

struct bench_vhost {
	struct bench_vhost_link link;
	const struct bench_driver *driver;
	struct bench_memory mem;
	struct vhost_pair pair[BENCH_MAX_QUEUES];
};

static uint16_t
vhost_claim(struct bench_port *p, uint16_t q, uint8_t **frame, uint16_t n)
{
	return p->vhost->driver->claim(p->vhost->pair[q].state, frame, n);
}

static void
vhost_submit(struct bench_port *p, uint16_t q, uint16_t n, uint16_t len)
{
	p->vhost->driver->submit(p->vhost->pair[q].state, n, len);
	p->vhost->pair[q].sent = true;
}

static uint16_t
vhost_look(struct bench_port *p, uint16_t q, struct bench_view *view, uint16_t n)
{
	const struct bench_driver *d = p->vhost->driver;
	struct vhost_pair *pair = &p->vhost->pair[q];

	n = d->look(pair->state, view, n);
	pair->quiet = n == 0 ? pair->quiet + 1 : 0;
	if (pair->quiet < QUIET_POLLS || !pair->sent)
		return n;
	pair->sent = false;
	if (d->wants_kick(pair->state))
		bench_vhost_link_kick(&p->vhost->link, q);
	return n;
}

static void
vhost_release(struct bench_port *p, uint16_t q, uint16_t n)
{
	p->vhost->driver->release(p->vhost->pair[q].state, n);
}

static void
vhost_close(struct bench_port *p)
{
	struct bench_vhost *v = p->vhost;
	unsigned int i;

	bench_vhost_link_close(&v->link);
	for (i = 0; i < RTE_DIM(v->pair); i++)
		rte_free(v->pair[i].state);
	if (v->mem.base != NULL)
		munmap(v->mem.base, v->mem.len);
	if (v->link.mem_fd >= 0)
		close(v->link.mem_fd);
	rte_free(v);
	p->vhost = NULL;
}

static const struct bench_port_ops vhost_ops = {
	.claim = vhost_claim,
	.submit = vhost_submit,
	.look = vhost_look,
	.release = vhost_release,
	.close = vhost_close,
};

/* Huge pages, as a guest's memory should have. @return 0 or -errno. */
static int
vhost_memory(struct bench_vhost *v, uint64_t len)
{
	void *base;

	v->mem.len = RTE_ALIGN_CEIL(len, HUGE_PAGE);
	v->link.mem_fd = memfd_create("bench", MFD_CLOEXEC | MFD_HUGETLB | MFD_HUGE_2MB);
	if (v->link.mem_fd < 0 || ftruncate(v->link.mem_fd, (off_t)v->mem.len) < 0)
		return -errno;
	base = mmap(NULL, v->mem.len, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE,
		v->link.mem_fd, 0);
	if (base == MAP_FAILED)
		return -errno;
	v->mem.base = base;
	return 0;
}

static int
vhost_start(struct bench_vhost *v, const struct bench_port_conf *conf)
{
	struct bench_pair pair = { .ring = conf->ring };
	int ret = 0;

	for (; ret == 0 && pair.index < conf->queues; pair.index++) {
		void *state = rte_zmalloc("bench", v->driver->state_size, RTE_CACHE_LINE_SIZE);

		if (state == NULL)
			return -ENOMEM;
		v->pair[pair.index].state = state;
		ret = v->driver->start(state, &v->link.dev, &v->mem, &pair);
	}
	return ret;
}

static void
vhost_say(const struct bench_vhost *v, const struct bench_port_conf *conf, int err)
{
	fprintf(stderr, "ringhub-bench: --port virtio=%s cannot be opened: ", conf->arg);
	if (err == ENOTSUP)
		fprintf(stderr, "the server has not %s\n", v->link.lacks);
	else if (err == ENOMEM)
		fprintf(stderr, "no huge pages of 2 MiB are free\n");
	else
		fprintf(stderr, "%s\n", strerror(err));
}

int
bench_vhost_open(struct bench_port *p, const struct bench_port_conf *conf)
{
	struct bench_vhost *v = rte_zmalloc("bench", sizeof(*v), RTE_CACHE_LINE_SIZE);
	int ret;

	if (v == NULL) {
		fprintf(stderr, "ringhub-bench: no memory for --port virtio=%s\n", conf->arg);
		return -ENOMEM;
	}
	v->link.fd = v->link.mem_fd = -1;
	v->link.mem = &v->mem;
	v->driver = bench_driver_find("virtio-net", conf->packed);
	p->vhost = v;
	p->ops = &vhost_ops;
	ret = bench_vhost_link_open(&v->link, conf->arg, conf->queues, conf->packed);
	if (ret == 0)
		ret = vhost_memory(v, conf->queues * v->driver->memory(conf->ring));
	if (ret == 0)
		ret = vhost_start(v, conf);
	if (ret < 0) {
		vhost_say(v, conf, -ret);
		vhost_close(p);
	}
	return ret;
}
