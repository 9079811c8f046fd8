/* SPDX-License-Identifier: BSD-3-Clause */
/* virtio-net, split and packed, both directions, through the guest's gate. */
#include <stdlib.h>

#include <rte_mbuf.h>

#include "perf_guest.h"

struct perf_virtio {
	struct perf_guest guest;
	uint16_t burst;
	struct rte_mbuf *pkts[PERF_MAX_BURST];
};

static void *
perf_virtio_open(const struct perf_case *c, bool packed)
{
	struct perf_virtio *v = calloc(1, sizeof(*v));

	v->burst = c->burst;
	if (perf_guest_open(&v->guest, "perf", packed, c->frame_len))
		return v;
	free(v);
	return NULL;
}

static void *
perf_split_open(const struct perf_case *c)
{
	return perf_virtio_open(c, false);
}

static void *
perf_packed_open(const struct perf_case *c)
{
	return perf_virtio_open(c, true);
}

static void
perf_virtio_close(void *ctx)
{
	struct perf_virtio *v = ctx;

	perf_guest_close(&v->guest);
	free(v);
}

static bool
perf_virtio_from_prepare(void *ctx)
{
	struct perf_virtio *v = ctx;

	perf_guest_post(&v->guest, 1, v->burst);
	return true;
}

static uint16_t
perf_virtio_from(void *ctx)
{
	struct perf_virtio *v = ctx;

	return guest_from_guest(v->guest.g, 0, v->pkts, v->burst);
}

static bool
perf_virtio_from_finish(void *ctx)
{
	struct perf_virtio *v = ctx;
	const struct rte_mbuf *last = v->pkts[v->burst - 1];
	bool good = perf_guest_got_all(&v->guest, 1) && last->pkt_len == v->guest.frame_len &&
		    perf_is_frame(rte_pktmbuf_mtod(last, uint8_t *), v->guest.frame_len);

	rte_pktmbuf_free_bulk(v->pkts, v->burst);
	return good;
}

static bool
perf_virtio_to_prepare(void *ctx)
{
	struct perf_virtio *v = ctx;

	perf_guest_post(&v->guest, 0, v->burst);
	return perf_mbufs(v->pkts, v->burst, v->guest.frame_len);
}

static uint16_t
perf_virtio_to(void *ctx)
{
	struct perf_virtio *v = ctx;

	return guest_to_guest(v->guest.g, 0, v->pkts, v->burst);
}

static bool
perf_virtio_to_finish(void *ctx)
{
	struct perf_virtio *v = ctx;

	return perf_guest_got_all(&v->guest, 0) &&
	       perf_is_frame(perf_guest_frame(&v->guest), v->guest.frame_len);
}

const struct perf_loop perf_virtio_loops[] = {
	{ "virtio-split-from", perf_split_open, perf_virtio_from_prepare, perf_virtio_from,
		perf_virtio_from_finish, perf_virtio_close },
	{ "virtio-split-to", perf_split_open, perf_virtio_to_prepare, perf_virtio_to,
		perf_virtio_to_finish, perf_virtio_close },
	{ "virtio-packed-from", perf_packed_open, perf_virtio_from_prepare, perf_virtio_from,
		perf_virtio_from_finish, perf_virtio_close },
	{ "virtio-packed-to", perf_packed_open, perf_virtio_to_prepare, perf_virtio_to,
		perf_virtio_to_finish, perf_virtio_close },
};
const unsigned int perf_n_virtio_loops = RTE_DIM(perf_virtio_loops);
