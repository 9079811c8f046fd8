/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * A stream is one queue of one port that sends. One thread sends and receives for all: it looks at the
 * clock once a round, sends what the rate or the window allows, and takes what came.
 */
#include "bench_traffic.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_mbuf.h>
#include <rte_prefetch.h>

#include "bench_stat.h"

#define STALL_SECONDS 0.25 /* a full window that nothing moves for so long has lost frames */
#define DRAIN_SECONDS 0.15 /* of silence, until frames under way are taken for lost */
#define GRACE_SECONDS 0.02 /* for a sender that was held up to catch up */

struct stream {
	struct rte_ether_hdr eth;
	uint64_t hears; /* ports that should get its frames, by bit */
	uint64_t sent, due;
	uint64_t moved; /* TSC of the last progress of a full window */
	uint64_t acked; /* all hearers have seen as much */
	uint64_t in_time;
};

/* What one trial keeps. */
struct run {
	const struct bench_traffic *t;
	const struct bench_trial *trial;
	struct bench_result *r;
	uint64_t hz, start, end, now;
	uint32_t window, magic;
	unsigned int n_streams;
	struct stream stream[BENCH_MAX_STREAMS];
	struct bench_seen seen[]; /* [port][stream] */
};

static struct bench_seen *
run_seen(struct run *u, unsigned int port, unsigned int stream)
{
	return &u->seen[port * u->n_streams + stream];
}

static rte_be16_t
run_type(const struct run *u)
{
	return rte_cpu_to_be_16(u->t->mss > 0 ? RTE_ETHER_TYPE_IPV4 : BENCH_ETHERTYPE);
}

static size_t
run_tag_at(const struct run *u)
{
	return bench_frame_head(u->t->mss) - sizeof(struct bench_tag);
}

static void
stream_init(struct run *u, unsigned int i)
{
	unsigned int port = i / u->t->side->conf[0].queues, n = u->t->side->n_ports, to = n;
	struct stream *s = &u->stream[i];
	uint64_t others = ((UINT64_C(1) << n) - 1) & ~(UINT64_C(1) << port);

	memset(s, 0, sizeof(*s));
	memset(&s->eth.dst_addr, 0xff, sizeof(s->eth.dst_addr));
	switch (u->t->kind) {
	case BENCH_PAIRS:
	case BENCH_ONEWAY:
		to = u->t->kind == BENCH_ONEWAY && port != 0 ? n : port ^ 1;
		break;
	case BENCH_RING:
		to = (port + 1) % n;
		break;
	case BENCH_ALL:
		s->hears = others;
		break;
	case BENCH_TELL:
		s->hears = port == 0 ? others : 0;
		break;
	}
	if (to < n) {
		s->hears = UINT64_C(1) << to;
		s->eth.dst_addr = (struct rte_ether_addr){ { 2, 0, 0, 0, 0,
			(uint8_t)u->t->side->conf[to].index } };
	}
	if (u->trial->one_stream && i != 0)
		s->hears = 0;
	s->eth.src_addr =
		(struct rte_ether_addr){ { 2, 0, 0, 0, 0, (uint8_t)u->t->side->conf[port].index } };
	s->eth.ether_type = run_type(u);
}

static unsigned int
run_senders(const struct run *u)
{
	unsigned int i, n = 0;

	for (i = 0; i < u->n_streams; i++)
		n += u->stream[i].hears != 0;
	return n;
}

static void
stream_write(const struct run *u, unsigned int i, uint8_t *frame, uint64_t number)
{
	struct bench_tag *tag = (struct bench_tag *)(frame + run_tag_at(u));

	*(struct rte_ether_hdr *)frame = u->stream[i].eth;
	tag->stream = rte_cpu_to_be_16((uint16_t)i);
	tag->magic = rte_cpu_to_be_32(u->magic);
	tag->number = rte_cpu_to_be_64(number);
	tag->sent_at = u->trial->timed ? rte_rdtsc() : 0;
}

static void
stream_fill(const struct run *u, unsigned int i, struct rte_mbuf *m, uint64_t number)
{
	stream_write(u, i, rte_pktmbuf_mtod(m, uint8_t *), number);
	m->data_len = u->t->len;
	m->pkt_len = u->t->len;
	if (u->t->mss == 0)
		return;
	m->ol_flags = RTE_MBUF_F_TX_TCP_SEG | RTE_MBUF_F_TX_TCP_CKSUM | RTE_MBUF_F_TX_IPV4;
	m->l2_len = sizeof(struct rte_ether_hdr);
	m->l3_len = sizeof(struct rte_ipv4_hdr);
	m->l4_len = sizeof(struct rte_tcp_hdr);
	m->tso_segsz = u->t->mss;
}

/* Frames made where the driver has them. */
static unsigned int
stream_send_in_place(struct run *u, unsigned int i, uint16_t n)
{
	unsigned int queues = u->t->side->conf[0].queues;
	struct bench_port *port = &u->t->side->port[i / queues];
	uint16_t q = (uint16_t)(i % queues), k;
	uint8_t *frame[BENCH_MAX_BURST];

	n = port->ops->claim(port, q, frame, n);
	for (k = 0; k < n; k++)
		stream_write(u, i, frame[k], u->stream[i].sent + k);
	if (n > 0)
		port->ops->submit(port, q, n, u->t->len);
	u->stream[i].sent += n;
	return n;
}

static unsigned int
stream_send(struct run *u, unsigned int i, unsigned int n)
{
	struct rte_mbuf *pkts[BENCH_MAX_BURST];
	unsigned int k, queues = u->t->side->conf[0].queues;
	struct bench_port *port = &u->t->side->port[i / queues];
	struct stream *s = &u->stream[i];
	uint16_t done;

	if (port->ops->claim != NULL)
		return stream_send_in_place(u, i, (uint16_t)n);
	if (rte_pktmbuf_alloc_bulk(u->t->pool, pkts, n) < 0)
		return 0;
	for (k = 0; k < n; k++)
		stream_fill(u, i, pkts[k], s->sent + k);
	done = port->ops->send(port, (uint16_t)(i % queues), pkts, (uint16_t)n);
	if (done < n)
		rte_pktmbuf_free_bulk(pkts + done, n - done);
	s->sent += done;
	return done;
}

/* What all hearers have seen; a window that stands still is given up. */
static void
stream_look(struct run *u, unsigned int i)
{
	struct stream *s = &u->stream[i];
	uint64_t least = s->sent;
	unsigned int p;

	for (p = 0; p < u->t->side->n_ports; p++)
		if ((s->hears & (UINT64_C(1) << p)) != 0)
			least = RTE_MIN(least, run_seen(u, p, i)->next);
	if (least != s->acked || s->moved == 0) {
		s->moved = u->now;
	} else if (u->now - s->moved > (uint64_t)(STALL_SECONDS * (double)u->hz)) {
		for (p = 0; p < u->t->side->n_ports; p++)
			bench_seen_skip(run_seen(u, p, i), s->sent);
		least = s->sent;
	}
	s->acked = least;
}

/* How many frames a stream may send now. */
static unsigned int
stream_allowed(struct run *u, unsigned int i, unsigned int senders)
{
	struct stream *s = &u->stream[i];
	uint64_t until = RTE_MIN(u->now, u->end);
	unsigned int want = RTE_MIN(u->t->burst, u->window);

	if (u->trial->rate > 0) {
		s->due = (uint64_t)((double)(until - u->start) / (double)u->hz * u->trial->rate /
				    senders);
		return (unsigned int)RTE_MIN(s->due - s->sent, (uint64_t)u->t->burst);
	}
	/* Whole bursts: one frame at a time, as each comes back, would be another case. */
	if (u->now >= u->end)
		return 0;
	if (s->sent - s->acked + want > u->window)
		stream_look(u, i);
	return s->sent - s->acked + want > u->window ? 0 : want;
}

static unsigned int
run_send(struct run *u, unsigned int senders)
{
	unsigned int i, n, sent = 0;

	for (i = 0; i < u->n_streams; i++) {
		if (u->stream[i].hears == 0)
			continue;
		n = stream_allowed(u, i, senders);
		if (n > 0)
			sent += stream_send(u, i, n);
	}
	return sent;
}

/* In one piece, as it was sent: not cut, and to be cut as its sender said. */
static bool
run_is_whole(const struct run *u, const struct rte_mbuf *m)
{
	if (m->pkt_len != u->t->len ||
		(u->t->mss == 0 ? m->nb_segs != 1 : m->tso_segsz != u->t->mss))
		return false;
	return bench_frame_intact(m, u->t->mss, u->t->whole);
}

/* What of a frame is in its first piece. */
static const struct bench_tag *
run_note(struct run *u, unsigned int port, const struct bench_view *v)
{
	const struct rte_ether_hdr *eth = (const struct rte_ether_hdr *)v->data;
	const struct bench_tag *tag = (const struct bench_tag *)(v->data + run_tag_at(u));
	unsigned int stream;

	if (v->len < bench_frame_head(u->t->mss) || eth->ether_type != run_type(u) ||
		tag->magic != rte_cpu_to_be_32(u->magic))
		return NULL;
	stream = rte_be_to_cpu_16(tag->stream);
	if (stream >= u->n_streams)
		return NULL;
	if ((u->stream[stream].hears & (UINT64_C(1) << port)) != 0)
		return tag;
	u->r->stray++;
	return NULL;
}

/* One that belongs here. */
static void
run_count(struct run *u, unsigned int port, const struct bench_tag *tag, uint64_t now)
{
	unsigned int stream = rte_be_to_cpu_16(tag->stream);

	bench_seen_note(run_seen(u, port, stream), rte_be_to_cpu_64(tag->number));
	if (now <= u->end)
		u->stream[stream].in_time++;
	if (tag->sent_at != 0)
		bench_hist_add(&u->r->hist, now > tag->sent_at ? now - tag->sent_at : 0);
}

static unsigned int
port_receive(struct run *u, unsigned int p, uint16_t q)
{
	struct bench_port *port = &u->t->side->port[p];
	struct rte_mbuf *pkts[BENCH_MAX_BURST];
	uint16_t k, n = port->ops->receive(port, q, pkts, u->t->burst);
	unsigned int got = 0;
	uint64_t now = rte_rdtsc();

	/* Another CPU wrote them: wait for all their lines at once. */
	for (k = 0; k < n; k++)
		rte_prefetch0(rte_pktmbuf_mtod(pkts[k], const void *));
	for (k = 0; k < n; k++) {
		const struct bench_view v = { rte_pktmbuf_mtod(pkts[k], const uint8_t *),
			pkts[k]->data_len };
		const struct bench_tag *tag = run_note(u, p, &v);

		if (tag == NULL)
			continue;
		u->r->corrupt += !run_is_whole(u, pkts[k]);
		run_count(u, p, tag, now);
		got++;
	}
	if (n > 0)
		rte_pktmbuf_free_bulk(pkts, n);
	return got;
}

/* Frames looked at where the driver has them. */
static unsigned int
port_receive_in_place(struct run *u, unsigned int p, uint16_t q)
{
	struct bench_port *port = &u->t->side->port[p];
	struct bench_view v[BENCH_MAX_BURST];
	uint16_t k, n = port->ops->look(port, q, v, u->t->burst);
	unsigned int got = 0;
	uint64_t now = rte_rdtsc();

	for (k = 0; k < n; k++) {
		const struct bench_tag *tag = run_note(u, p, &v[k]);

		if (tag == NULL)
			continue;
		u->r->corrupt += v[k].len != u->t->len ||
				 !bench_bytes_intact(v[k].data, v[k].len, u->t->whole);
		run_count(u, p, tag, now);
		got++;
	}
	if (n > 0)
		port->ops->release(port, q, n);
	return got;
}

static unsigned int
run_receive(struct run *u)
{
	const struct bench_side *side = u->t->side;
	unsigned int p, q, got = 0;

	for (p = 0; p < side->n_ports; p++)
		for (q = 0; q < side->conf[0].queues; q++)
			got += side->port[p].ops->look != NULL
				       ? port_receive_in_place(u, p, (uint16_t)q)
				       : port_receive(u, p, (uint16_t)q);
	return got;
}

/* Whether a paced sender has caught up with its rate. */
static bool
run_caught_up(const struct run *u)
{
	unsigned int i;

	for (i = 0; i < u->n_streams && u->trial->rate > 0; i++)
		if (u->stream[i].sent < u->stream[i].due)
			return false;
	return true;
}

static bool
run_complete(struct run *u)
{
	unsigned int i, p;

	for (i = 0; i < u->n_streams; i++)
		for (p = 0; p < u->t->side->n_ports; p++)
			if ((u->stream[i].hears & (UINT64_C(1) << p)) != 0 &&
				run_seen(u, p, i)->received < u->stream[i].sent)
				return false;
	return true;
}

static void
run_drain(struct run *u)
{
	uint64_t last = rte_rdtsc();

	while (!run_complete(u) && rte_rdtsc() - last < (uint64_t)(DRAIN_SECONDS * (double)u->hz))
		if (run_receive(u) > 0)
			last = rte_rdtsc();
}

static double
own_cpu(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int
run_loop(struct run *u, const int *stop)
{
	unsigned int senders = run_senders(u);
	double cpu = bench_side_cpu(u->t->side), own = own_cpu();
	uint64_t grace = (uint64_t)(GRACE_SECONDS * (double)u->hz), idle = 0, before;

	u->start = u->now = rte_rdtsc();
	u->end = u->start + (uint64_t)(u->trial->seconds * (double)u->hz);
	while (u->now < u->end || (!run_caught_up(u) && u->now < u->end + grace)) {
		unsigned int did = run_send(u, senders);

		did += run_receive(u);
		before = u->now;
		u->now = rte_rdtsc();
		if (did == 0)
			idle += u->now - before;
		if (__atomic_load_n(stop, __ATOMIC_RELAXED) != 0)
			return -EINTR;
	}
	u->r->seconds = (double)(u->now - u->start) / (double)u->hz;
	u->r->cpu = (bench_side_cpu(u->t->side) - cpu) / u->r->seconds;
	u->r->own_cpu = (own_cpu() - own) / u->r->seconds;
	u->r->idle = (double)idle / (double)(u->now - u->start);
	u->r->seconds = u->trial->seconds; /* what was in time was counted until then */
	run_drain(u);
	return 0;
}

static void
run_sum(struct run *u)
{
	double share[BENCH_MAX_STREAMS];
	struct bench_result *r = u->r;
	unsigned int i, p, n = 0;

	for (i = 0; i < u->n_streams; i++) {
		struct stream *s = &u->stream[i];
		unsigned int hearers = (unsigned int)__builtin_popcountll(s->hears);

		if (hearers == 0)
			continue;
		share[n++] = (double)s->in_time / hearers;
		r->offered += u->trial->rate > 0 ? s->due * hearers : s->sent * hearers;
		r->sent += s->sent;
		r->expected += s->sent * hearers;
		r->in_time += s->in_time;
		for (p = 0; p < u->t->side->n_ports; p++) {
			const struct bench_seen *seen = run_seen(u, p, i);

			if ((s->hears & (UINT64_C(1) << p)) == 0)
				continue;
			r->received += seen->received;
			r->duplicates += seen->duplicates;
			r->reordered += seen->reordered;
			r->lost += bench_seen_lost(seen, s->sent);
		}
	}
	r->fairness = bench_fairness(share, n);
}

/* The window is of all frames on their way to one port: senders to the same one share it. */
static uint32_t
run_window(const struct bench_traffic *t, const struct bench_trial *trial)
{
	uint32_t all = trial->window > 0 ? trial->window : t->window;
	uint32_t senders = t->kind == BENCH_ALL ? t->side->n_ports - 1 : 1;

	senders *= t->side->conf[0].queues;
	/* But a burst, in any case. */
	if (all / senders < t->burst)
		return RTE_MIN(all, t->burst);
	return all / senders;
}

int
bench_traffic_run(const struct bench_traffic *t, const struct bench_trial *trial, const int *stop,
	struct bench_result *r)
{
	static uint32_t magic;
	unsigned int i, streams = t->side->n_ports * t->side->conf[0].queues;
	struct run *u;
	int ret;

	memset(r, 0, sizeof(*r));
	u = rte_zmalloc("bench", sizeof(*u) + sizeof(u->seen[0]) * streams * t->side->n_ports,
		RTE_CACHE_LINE_SIZE);
	if (u == NULL)
		return -ENOMEM;
	u->t = t;
	u->trial = trial;
	u->r = r;
	u->hz = rte_get_tsc_hz();
	u->window = run_window(t, trial);
	u->magic = magic++ ^ (uint32_t)rte_rdtsc();
	u->n_streams = streams;
	for (i = 0; i < streams; i++)
		stream_init(u, i);
	ret = run_loop(u, stop);
	run_sum(u);
	rte_free(u);
	return ret;
}

double
bench_traffic_loss(const struct bench_result *r)
{
	return r->offered > r->received ? (double)(r->offered - r->received) / (double)r->offered
					: 0;
}

int
bench_traffic_wait(const struct bench_traffic *t, double seconds, const int *stop)
{
	const struct bench_trial probe = { .seconds = 0.02, .window = 1 };
	uint64_t end = rte_rdtsc() + (uint64_t)(seconds * (double)rte_get_tsc_hz());
	struct bench_result r;
	int ret;

	do {
		ret = bench_traffic_run(t, &probe, stop, &r);
		if (ret < 0 || (r.lost == 0 && r.fairness > 0))
			return ret;
	} while (rte_rdtsc() < end);
	return -ETIMEDOUT;
}
