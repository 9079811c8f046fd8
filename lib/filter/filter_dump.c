/* SPDX-License-Identifier: BSD-3-Clause */
/* filter-dump: copies of frames, written to a file by a thread of its own. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_malloc.h>

#include "base/err.h"
#include "base/log.h"
#include "filter_pcap.h"
#include "filter_private.h"
#include "hub/hub.h"

LOG_REGISTER("filter");

#define DUMP_BUFFER (256u * 1024)
/* The clocks are compared anew after so many seconds: CPU and wall clock drift apart. */
#define DUMP_CLOCK_S 1

struct dump {
	struct filter f;
	struct filter_worker worker;
	struct rte_ring *ring; /* D -> F */
	const struct filter_pcap_format *format;
	uint32_t maxlen;
	uint32_t stopped;	    /* F writes after an error, D reads */
	int fd;			    /* M opens; then F. -1 after an error */
	bool regular;		    /* can be cut behind the last whole record */
	off_t whole;		    /* F: bytes of whole records in the file */
	uint64_t base_ns, base_tsc; /* F: the wall clock at a time of the CPU's */
	uint32_t used;		    /* F: of buf */
	uint8_t buf[DUMP_BUFFER];
};

static uint64_t
dump_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * 1000000000 + (uint64_t)ts.tv_nsec;
}

static void
dump_set_clock(struct dump *d)
{
	d->base_ns = dump_now();
	d->base_tsc = rte_rdtsc();
}

/* The wall clock when the CPU's was tsc, at most a few seconds from now. */
static uint64_t
dump_time(struct dump *d, uint64_t tsc)
{
	int64_t hz = (int64_t)rte_get_tsc_hz(), since = (int64_t)(tsc - d->base_tsc);

	return d->base_ns + (uint64_t)(since / hz * 1000000000 + since % hz * 1000000000 / hz);
}

/* The file can take no more than written bytes of the buffer: the dump ends, and the frames pass. */
static void
dump_fail(struct dump *d, int err, uint32_t written)
{
	uint32_t at = 0;
	size_t size;

	while (at < written && (size = d->format->size(d->buf + at)) <= written - at)
		at += (uint32_t)size;
	LOG(ERR, "%s: dump ends: cannot write: %s", d->f.id, strerror(err));
	filter_count(&d->f.stats.write_errors, 1);
	if (d->regular && ftruncate(d->fd, d->whole + at) < 0)
		LOG(WARNING, "%s: the last frame in the file is not whole", d->f.id);
	close(d->fd);
	d->fd = -1;
	__atomic_store_n(&d->stopped, 1, __ATOMIC_RELEASE);
}

/* Write out the buffer, whole records. A reader of a pipe that is slow is waited for, unless M stops us. */
static void
dump_flush(struct dump *d)
{
	uint32_t at = 0;

	while (d->fd >= 0 && at < d->used) {
		ssize_t n = write(d->fd, d->buf + at, d->used - at);

		if (n >= 0) {
			at += (uint32_t)n;
		} else if (errno == EAGAIN) {
			struct pollfd out = { .fd = d->fd, .events = POLLOUT };

			if (filter_worker_stopping(&d->worker))
				break;
			filter_worker_wait(&d->worker, NULL, &out, 1, -1);
		} else if (errno != EINTR) {
			dump_fail(d, errno, at);
		}
	}
	if (d->fd >= 0)
		d->whole += at;
	filter_count(&d->f.stats.bytes, at);
	d->used = 0;
}

static void
dump_frame(struct dump *d, struct rte_mbuf *m)
{
	const struct filter_note *note = filter_note(m);
	struct filter_pcap_frame frame = { .ns = dump_time(d, note->tsc),
		.caplen = m->pkt_len,
		.len = note->len,
		.inbound = note->dir == HUB_FILTER_TO_PORT };
	const struct rte_mbuf *seg;

	if (d->used + 2 * FILTER_PCAP_ROOM + m->pkt_len > sizeof(d->buf))
		dump_flush(d);
	if (2 * FILTER_PCAP_ROOM + m->pkt_len > sizeof(d->buf)) {
		filter_count(&d->f.stats.drop_malformed,
			1); /* four times the longest that anyone has */
		return;
	}
	d->used += d->format->before(d->buf + d->used, &frame);
	for (seg = m; seg != NULL; seg = seg->next) {
		memcpy(d->buf + d->used, rte_pktmbuf_mtod(seg, void *), seg->data_len);
		d->used += seg->data_len;
	}
	d->used += d->format->behind(d->buf + d->used, &frame);
}

/* @return frames taken from the ring. */
static unsigned int
dump_some(struct dump *d)
{
	struct rte_mbuf *m;
	unsigned int n;

	if (rte_rdtsc() - d->base_tsc > rte_get_tsc_hz() * DUMP_CLOCK_S)
		dump_set_clock(d);
	for (n = 0; n < HUB_BURST && rte_ring_sc_dequeue(d->ring, (void **)&m) == 0; n++) {
		if (d->fd >= 0)
			dump_frame(d, m);
		else
			filter_count(&d->f.stats.drop_stopped, 1);
		rte_pktmbuf_free(m);
	}
	return n;
}

static void
dump_run(void *ctx)
{
	struct dump *d = ctx;

	for (;;) {
		bool stopping = filter_worker_stopping(&d->worker);

		if (dump_some(d) > 0)
			continue;
		dump_flush(d);
		if (stopping)
			return;
		filter_worker_wait(&d->worker, d->ring, NULL, 0, -1);
	}
}

static uint16_t
dump_burst(struct filter *f, enum hub_filter_dir dir, struct rte_mbuf **pkts, uint16_t n)
{
	struct dump *d = (struct dump *)f;

	if (__atomic_load_n(&d->stopped, __ATOMIC_RELAXED) != 0)
		filter_count(&f->stats.drop_stopped, n);
	else if (filter_store(f, d->ring, dir, pkts, n, d->maxlen) > 0)
		filter_worker_wake(&d->worker);
	return n;
}

static void
dump_destroy(struct filter *f)
{
	struct dump *d = (struct dump *)f;
	const struct filter_stats *s = &f->stats;

	filter_worker_stop(&d->worker);
	d->used = (uint32_t)d->format->end(d->buf, dump_now(), s->frames,
		s->drop_ring_full + s->drop_no_mbuf);
	dump_flush(d);
	if (d->fd >= 0)
		close(d->fd);
	filter_ring_free(d->ring);
}

static const struct filter_type dump_type = {
	.burst = dump_burst,
	.ops = { .burst = filter_burst },
	.destroy = dump_destroy,
};

/* Open, and write the first bytes: what cannot work is said at once. */
static int
dump_open(struct dump *d, const struct filter_conf *conf, char *why)
{
	struct stat st;
	int err;

	/* A pipe without a reader must not hold M up. */
	d->fd = open(conf->file, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC | O_NONBLOCK, 0644);
	if (d->fd < 0) {
		err = errno;
		snprintf(why, FILTER_WHY_LEN, "net dump: can't open %s: %s", conf->file,
			strerror(err));
		return -err;
	}
	d->regular = fstat(d->fd, &st) == 0 && S_ISREG(st.st_mode);
	d->used = (uint32_t)d->format->begin(d->buf, conf->netdev, conf->maxlen);
	if (write(d->fd, d->buf, d->used) == (ssize_t)d->used) {
		d->whole = d->used;
		d->used = 0;
		return 0;
	}
	err = errno;
	snprintf(why, FILTER_WHY_LEN, "net dump: can't write %s: %s", conf->file, strerror(err));
	close(d->fd);
	return err > 0 ? -err : -EIO;
}

struct filter *
filter_dump_create(const struct filter_conf *conf, char *why)
{
	struct dump *d = filter_new(sizeof(*d), &dump_type, conf, why);
	int ret = -ENOMEM;

	if (d == NULL)
		return NULL;
	d->maxlen = conf->maxlen;
	d->format = conf->pcapng ? &filter_pcapng : &filter_pcap;
	dump_set_clock(d);
	d->ring = filter_ring_new(&d->f, "w", RING_F_SC_DEQ);
	if (d->ring == NULL)
		goto free_dump;
	ret = dump_open(d, conf, why);
	if (ret < 0)
		goto free_ring;
	ret = filter_worker_start(&d->worker, dump_run, d);
	if (ret == 0)
		return &d->f;
	snprintf(why, FILTER_WHY_LEN, "no thread for the dump: %s", strerror(-ret));
	close(d->fd);

free_ring:
	filter_ring_free(d->ring);
free_dump:
	filter_free(&d->f);
	return err_null(-ret);
}
