/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop transport: each call of the peer is one event of the guest. */
#include "loop_transport.h"

#include <errno.h>
#include <stdlib.h>

#include "base/err.h"

#define LOOP_VECTORS (2 * NIC_MAX_QUEUES)

struct loop_transport {
	struct transport tr; /* first */
	uint64_t features;   /* offered */
	uint64_t irqs[LOOP_VECTORS];
};

static struct transport *
loop_open(const struct transport_conf *conf, const struct transport_events *events, void *ctx)
{
	struct loop_transport *loop = calloc(1, sizeof(*loop));

	if (loop == NULL)
		return err_null(ENOMEM);
	loop->tr = (struct transport){ &loop_transport_ops, events, ctx };
	loop->features = conf->features;
	return &loop->tr;
}

static void
loop_close(struct transport *tr)
{
	free(tr);
}

static void
loop_watch(struct transport *tr)
{
}

static void
loop_irq_raise(void *ctx, uint16_t vec)
{
	struct loop_transport *loop = ctx;

	if (vec < LOOP_VECTORS)
		__atomic_fetch_add(&loop->irqs[vec], 1, __ATOMIC_RELAXED);
}

static void
loop_irq_lower(void *ctx, uint16_t vec)
{
}

uint64_t
loop_irqs(const struct transport *tr, uint16_t vec)
{
	const struct loop_transport *loop = (const struct loop_transport *)tr;

	return __atomic_load_n(&loop->irqs[vec], __ATOMIC_RELAXED);
}

uint64_t
loop_features(const struct transport *tr)
{
	return ((const struct loop_transport *)tr)->features;
}

void
loop_connect(struct transport *tr)
{
	tr->events->connected(tr->ctx);
}

int
loop_set_features(struct transport *tr, uint64_t features)
{
	return tr->events->set_features(tr->ctx, features);
}

int
loop_mem_add(struct transport *tr, uint64_t gpa, uint64_t len, void *hva)
{
	return tr->events->mem_add(tr->ctx, gpa, len, hva);
}

int
loop_vring_start(struct transport *tr, uint16_t idx, const struct nic_vring *vring)
{
	return tr->events->vring_start(tr->ctx, idx, vring);
}

uint16_t
loop_vring_stop(struct transport *tr, uint16_t idx)
{
	return tr->events->vring_stop(tr->ctx, idx);
}

void
loop_mem_clear(struct transport *tr)
{
	tr->events->mem_clear(tr->ctx);
}

void
loop_mem_log(struct transport *tr, uint8_t *log, uint64_t len)
{
	tr->events->mem_log(tr->ctx, log, len);
}

void
loop_gone(struct transport *tr)
{
	tr->events->gone(tr->ctx);
}

static const struct nic_irq_ops loop_irq_ops = { loop_irq_raise, loop_irq_lower };

const struct transport_ops loop_transport_ops = {
	.name = "loop",
	.open = loop_open,
	.close = loop_close,
	.irq = &loop_irq_ops,
	.watch = loop_watch,
};
