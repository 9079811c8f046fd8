/* SPDX-License-Identifier: BSD-3-Clause */
/* filter-mirror and filter-redirector: frames to and from sockets, in QEMU's framing. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <rte_errno.h>
#include <rte_ether.h>

#include "base/err.h"
#include "base/log.h"
#include "filter_chr.h"
#include "filter_private.h"
#include "filter_stream.h"
#include "offload/offload.h"

LOG_REGISTER("filter");

/* A frame that is more than this is none: 64 KiB of IP, Ethernet and two tags. */
#define MIRROR_MAX_FRAME (65535 + RTE_ETHER_HDR_LEN + 8)
/* F looks again after so long when D has not yet taken what it holds. */
#define MIRROR_FULL_MS 1
/* Frames from indev in a row; then the other direction has its turn. */
#define MIRROR_ROUND 64

struct mirror {
	struct filter f;
	struct filter_worker worker;
	struct filter_chr *in, *out; /* NULL: none */
	bool vnet_hdr;
	struct rte_ring *to_out;	 /* D -> F; NULL without out */
	struct rte_ring *inject[2];	 /* F -> D, by direction; NULL without in */
	struct rte_mempool *inject_pool; /* F allocates */
	/* All of F: */
	uint32_t out_len, out_at; /* the frame being sent */
	uint32_t in_len, in_at;	  /* bytes read and not yet looked at */
	bool hold[2];		  /* directions in which the frame that is ready has still to go */
	uint8_t out_buf[FILTER_STREAM_HEAD + FILTER_VNET_LEN + FILTER_STREAM_MAX];
	uint8_t in_buf[65536];
	struct filter_stream stream;
};

/* Both kinds of frame: as it is with a header that says what is missing, or finished without. */
static bool
mirror_compose(struct mirror *r, const struct rte_mbuf *m)
{
	uint32_t hdr_len = r->vnet_hdr ? FILTER_VNET_LEN : 0;
	uint8_t *frame;

	r->out_at = r->out_len = 0;
	if (m->pkt_len == 0 || m->pkt_len + hdr_len > FILTER_STREAM_MAX)
		return false;
	r->out_len = filter_stream_head(r->out_buf, r->vnet_hdr, hdr_len, m->pkt_len);
	if (r->vnet_hdr)
		filter_vnet_put(m, r->out_buf + r->out_len);
	frame = r->out_buf + r->out_len + hdr_len;
	for (const struct rte_mbuf *seg = m; seg != NULL; seg = seg->next) {
		memcpy(frame, rte_pktmbuf_mtod(seg, void *), seg->data_len);
		frame += seg->data_len;
	}
	frame -= m->pkt_len;
	if (!r->vnet_hdr && (m->ol_flags & OFFLOAD_TX_FLAGS) &&
		offload_finish_flat(frame, m->pkt_len, m) < 0) {
		r->out_len = 0;
		return false;
	}
	r->out_len += hdr_len + m->pkt_len;
	return true;
}

/* Send what the socket takes. @return true: something is left, wait until it takes more. */
static bool
mirror_send(struct mirror *r)
{
	struct rte_mbuf *m;
	ssize_t n;

	while (filter_chr_is_up(r->out)) {
		if (r->out_at == r->out_len) {
			if (rte_ring_sc_dequeue(r->to_out, (void **)&m) < 0)
				return false;
			if (!mirror_compose(r, m))
				filter_count(&r->f.stats.drop_malformed, 1);
			rte_pktmbuf_free(m);
			continue;
		}
		n = filter_chr_send(r->out, r->out_buf + r->out_at, r->out_len - r->out_at);
		if (n == 0)
			return true;
		if (n > 0) {
			r->out_at += (uint32_t)n;
			filter_count(&r->f.stats.bytes, (uint64_t)n);
		}
	}
	/* Nobody is there: what was meant for the last peer is not for the next. */
	r->out_at = r->out_len = 0;
	while (rte_ring_sc_dequeue(r->to_out, (void **)&m) == 0) {
		rte_pktmbuf_free(m);
		filter_count(&r->f.stats.drop_not_connected, 1);
	}
	return false;
}

/* An mbuf chain of these bytes. @return NULL: none left. */
static struct rte_mbuf *
mirror_mbuf(struct mirror *r, const uint8_t *data, uint32_t len)
{
	struct rte_mbuf *m = rte_pktmbuf_alloc(r->inject_pool), *last = m;

	while (last != NULL) {
		uint16_t some = (uint16_t)RTE_MIN(len, rte_pktmbuf_tailroom(last));
		struct rte_mbuf *next;

		memcpy(rte_pktmbuf_mtod(last, void *), data, some);
		last->data_len = some;
		if (last != m)
			m->nb_segs++;
		m->pkt_len += some;
		data += some;
		len -= some;
		if (len == 0)
			return m;
		next = rte_pktmbuf_alloc(r->inject_pool);
		last->next = next;
		last = next;
	}
	rte_pktmbuf_free(m);
	return NULL;
}

/* Put the frame that is ready into one direction's ring. @return false: no room now. */
static bool
mirror_inject(struct mirror *r, struct rte_ring *ring)
{
	const struct filter_stream *s = &r->stream;
	struct rte_mbuf *m;

	if (rte_ring_full(ring))
		return false;
	m = mirror_mbuf(r, s->frame + s->hdr_len, s->len - s->hdr_len);
	if (m == NULL)
		return false;
	if (filter_vnet_get(m, s->frame, s->hdr_len) < 0) {
		filter_count(&r->f.stats.drop_malformed, 1);
		rte_pktmbuf_free(m);
		return true;
	}
	rte_ring_sp_enqueue(ring, m);
	return true;
}

/* The frame that is ready goes to where it has not been yet. @return false: no room now. */
static bool
mirror_pass_in(struct mirror *r)
{
	unsigned int dir;

	for (dir = 0; dir < 2; dir++) {
		if (!r->hold[dir])
			continue;
		if (!mirror_inject(r, r->inject[dir]))
			return false;
		r->hold[dir] = false;
	}
	return true;
}

/* A frame is whole. */
static void
mirror_frame_in(struct mirror *r)
{
	uint32_t len = r->stream.len - r->stream.hdr_len;

	if (len < RTE_ETHER_HDR_LEN || len > MIRROR_MAX_FRAME) {
		filter_count(&r->f.stats.drop_malformed, 1);
		return;
	}
	filter_count(&r->f.stats.injected, 1);
	r->hold[HUB_FILTER_FROM_PORT] = r->f.queue != FILTER_RX;
	r->hold[HUB_FILTER_TO_PORT] = r->f.queue != FILTER_TX;
}

/* Read from the peer. @return milliseconds after which to go on: -1 when the peer sends more;
 * MIRROR_FULL_MS: a frame is held because D is behind. */
static int
mirror_recv(struct mirror *r)
{
	unsigned int i;

	for (i = 0; i < MIRROR_ROUND; i++) {
		ssize_t n;
		int used;

		if (!mirror_pass_in(r))
			return MIRROR_FULL_MS;
		if (r->in_at == r->in_len) {
			n = filter_chr_recv(r->in, r->in_buf, sizeof(r->in_buf));
			if (n <= 0)
				return -1;
			r->in_at = 0;
			r->in_len = (uint32_t)n;
		}
		used = filter_stream_feed(&r->stream, r->in_buf + r->in_at, r->in_len - r->in_at);
		if (used < 0) {
			LOG(ERR, "%s: indev: a frame of more than %d bytes: the peer is cut off",
				r->f.id, FILTER_STREAM_MAX);
			filter_count(&r->f.stats.protocol_errors, 1);
			filter_chr_drop(r->in);
			r->in_at = r->in_len;
			filter_stream_reset(&r->stream);
			return -1;
		}
		r->in_at += (uint32_t)used;
		if (r->stream.ready)
			mirror_frame_in(r);
	}
	return 0;
}

/* What a peer of outdev says is not for us, but its end is. */
static void
mirror_listen_out(struct mirror *r, short revents)
{
	uint8_t waste[4096];

	if (filter_chr_serve(r->out, revents))
		filter_count(&r->f.stats.connects, 1);
	else if (revents != 0)
		filter_chr_recv(r->out, waste, sizeof(waste));
}

static void
mirror_listen_in(struct mirror *r, short revents)
{
	if (!filter_chr_serve(r->in, revents))
		return;
	filter_count(&r->f.stats.connects, 1);
	filter_stream_reset(&r->stream);
	r->in_at = r->in_len = 0;
}

static int
mirror_sooner(int a, int b)
{
	if (a < 0 || b < 0)
		return RTE_MAX(a, b);
	return RTE_MIN(a, b);
}

static void
mirror_run(void *ctx)
{
	struct mirror *r = ctx;

	while (!filter_worker_stopping(&r->worker)) {
		struct pollfd fd[FILTER_WORKER_FDS] = { { .fd = -1 }, { .fd = -1 } };
		int ms = r->in != NULL ? mirror_recv(r) : -1;
		bool blocked = r->out != NULL && mirror_send(r), full = ms == MIRROR_FULL_MS;

		if (r->in != NULL)
			ms = mirror_sooner(ms, filter_chr_poll(r->in, !full, false, &fd[0]));
		if (r->out != NULL)
			ms = mirror_sooner(ms, filter_chr_poll(r->out, true, blocked, &fd[1]));
		filter_worker_wait(&r->worker, blocked ? NULL : r->to_out, fd, FILTER_WORKER_FDS,
			ms);
		if (r->in != NULL)
			mirror_listen_in(r, fd[0].revents);
		if (r->out != NULL)
			mirror_listen_out(r, fd[1].revents);
	}
}

/* Copies to the socket. @return copies. */
static uint16_t
mirror_store(struct mirror *r, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t stored = filter_store(&r->f, r->to_out, dir, pkts, n, UINT32_MAX);

	if (stored > 0)
		filter_worker_wake(&r->worker);
	return stored;
}

static uint16_t
mirror_burst(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct mirror *r = (struct mirror *)f;

	if (filter_chr_is_up(r->out))
		mirror_store(r, dir, pkts, n);
	else
		filter_count(&f->stats.drop_not_connected, n);
	return n;
}

/* As QEMU: what cannot be redirected, because nobody is there, passes. */
static uint16_t
redirector_burst(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct mirror *r = (struct mirror *)f;

	if (r->out == NULL || !filter_chr_is_up(r->out))
		return n;
	mirror_store(r, dir, pkts, n);
	rte_pktmbuf_free_bulk(pkts, n);
	return 0;
}

static uint16_t
redirector_release(void *ctx, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t max)
{
	struct mirror *r = ctx;

	if (r->inject[dir] == NULL || rte_ring_empty(r->inject[dir]))
		return 0;
	return (uint16_t)rte_ring_sc_dequeue_burst(r->inject[dir], (void **)pkts, max, NULL);
}

static void
mirror_free(struct mirror *r)
{
	unsigned int lost = filter_ring_free(r->to_out);

	lost += filter_ring_free(r->inject[0]) + filter_ring_free(r->inject[1]);
	filter_count(&r->f.stats.drop_removed, lost);
	if (r->inject_pool != NULL)
		filter_pool_free(&r->f, r->inject_pool);
	if (r->in != NULL)
		filter_chr_claim(r->in, false);
	if (r->out != NULL)
		filter_chr_claim(r->out, false);
}

static void
mirror_destroy(struct filter *f)
{
	struct mirror *r = (struct mirror *)f;

	filter_worker_stop(&r->worker);
	mirror_free(r);
}

static const struct filter_type mirror_type = {
	.burst = mirror_burst,
	.ops = { .burst = filter_burst },
	.destroy = mirror_destroy,
};

static const struct filter_type redirector_type = {
	.burst = redirector_burst,
	.ops = { .burst = filter_burst, .release = redirector_release },
	.destroy = mirror_destroy,
};

static bool
mirror_alloc(struct mirror *r)
{
	if (r->out != NULL)
		r->to_out = filter_ring_new(&r->f, "s", RING_F_SC_DEQ);
	if (r->out != NULL && r->to_out == NULL)
		return false;
	if (r->in == NULL)
		return true;
	r->inject_pool = filter_pool_new(&r->f, "i");
	r->inject[0] = filter_ring_new(&r->f, "f", RING_F_SP_ENQ | RING_F_SC_DEQ);
	r->inject[1] = filter_ring_new(&r->f, "t", RING_F_SP_ENQ | RING_F_SC_DEQ);
	return r->inject_pool != NULL && r->inject[0] != NULL && r->inject[1] != NULL;
}

static int
mirror_claim(struct filter_chr **to, struct filter_chr *c, char *why)
{
	if (c == NULL)
		return 0;
	if (filter_chr_is_claimed(c)) {
		snprintf(why, FILTER_WHY_LEN, "Device '%s' is in use", filter_chr_id(c));
		return -EBUSY;
	}
	filter_chr_claim(c, true);
	*to = c;
	return 0;
}

static struct filter *
mirror_create(const struct filter_type *type, const struct filter_conf *conf, char *why)
{
	struct mirror *r = filter_new(sizeof(*r), type, conf, why);
	int ret;

	if (r == NULL)
		return NULL;
	r->f.lends = conf->in != NULL;
	r->vnet_hdr = r->stream.vnet_hdr = conf->vnet_hdr;
	ret = mirror_claim(&r->in, conf->in, why);
	if (ret == 0)
		ret = mirror_claim(&r->out, conf->out, why);
	if (ret == 0 && !mirror_alloc(r))
		ret = -ENOMEM;
	if (ret == 0) {
		ret = filter_worker_start(&r->worker, mirror_run, r);
		if (ret < 0)
			snprintf(why, FILTER_WHY_LEN, "no thread for the filter: %s",
				strerror(-ret));
	}
	if (ret == 0)
		return &r->f;
	mirror_free(r);
	filter_free(&r->f);
	return err_null(-ret);
}

struct filter *
filter_mirror_create(const struct filter_conf *conf, char *why)
{
	return mirror_create(&mirror_type, conf, why);
}

struct filter *
filter_redirector_create(const struct filter_conf *conf, char *why)
{
	return mirror_create(&redirector_type, conf, why);
}
