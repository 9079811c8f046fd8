/* SPDX-License-Identifier: BSD-3-Clause */
/* libslirp's callbacks, timers and poll set. All of it runs on P, or on M before P starts. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <rte_cycles.h>
#include <rte_mbuf.h>

#include "base/log.h"
#include "base/stats.h"
#include "slirp_pmd.h"

LOG_REGISTER("pmd.net.slirp");

#define SLIRP_BURST 32
/* While so few places are left towards the hub, sockets are not read: they hold the data better. */
#define SLIRP_ROOM 128

static int64_t
slirp_now_ns(void *opaque)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* An mbuf chain of these bytes, padded to the shortest Ethernet frame; NULL without mbufs. */
static struct rte_mbuf *
slirp_make_frame(struct rte_mempool *pool, const uint8_t *p, size_t len)
{
	static const uint8_t zeros[60];
	struct rte_mbuf *first = NULL, *m;

	do {
		uint16_t n;
		char *to;

		m = rte_pktmbuf_alloc(pool);
		if (m == NULL || (first != NULL && rte_pktmbuf_chain(first, m) < 0)) {
			rte_pktmbuf_free(m);
			rte_pktmbuf_free(first);
			return NULL;
		}
		first = first == NULL ? m : first;
		n = (uint16_t)RTE_MIN(len, rte_pktmbuf_tailroom(m));
		to = rte_pktmbuf_append(m, n);
		memcpy(to, p, n);
		if (m != first)
			first->pkt_len += n;
		p += n;
		len -= n;
	} while (len > 0);
	if (first->pkt_len < sizeof(zeros)) {
		uint16_t pad = (uint16_t)(sizeof(zeros) - first->pkt_len);

		memcpy(rte_pktmbuf_append(first, pad), zeros, pad);
	}
	return first;
}

static ssize_t
slirp_send_packet(const void *buf, size_t len, void *opaque)
{
	struct slirp_port *port = opaque;
	struct rte_mbuf *m;

	if (__atomic_load_n(&port->started, __ATOMIC_ACQUIRE) == 0 || len > SLIRP_MAX_FRAME) {
		stat_add(&port->count.not_started, 1);
		return (ssize_t)len;
	}
	m = slirp_make_frame(port->pool, buf, len);
	if (m == NULL) {
		stat_add(&port->count.no_mbuf, 1);
		return (ssize_t)len;
	}
	m->port = port->port_id;
	/* libslirp computes every checksum. */
	m->ol_flags |= RTE_MBUF_F_RX_IP_CKSUM_GOOD | RTE_MBUF_F_RX_L4_CKSUM_GOOD;
	if (rte_ring_sp_enqueue(port->pump.from_pump, m) < 0) {
		stat_add(&port->count.ring_full, 1);
		rte_pktmbuf_free(m);
	}
	pmd_wake_tell(&port->pump.wake);
	return (ssize_t)len;
}

static void
slirp_guest_error(const char *msg, void *opaque)
{
	struct slirp_port *port = opaque;

	stat_add(&port->count.guest_error, 1);
	LOG(DEBUG, "%s: %s", port->name, msg);
}

static void *
slirp_timer_new(SlirpTimerCb fire, void *cb_opaque, void *opaque)
{
	struct slirp_port *port = opaque;
	struct slirp_timer *t = calloc(1, sizeof(*t));

	if (t == NULL)
		return NULL;
	t->fire = fire;
	t->opaque = cb_opaque;
	t->expire_ms = -1;
	LIST_INSERT_HEAD(&port->timers, t, next);
	return t;
}

static void
slirp_timer_free(void *timer, void *opaque)
{
	struct slirp_timer *t = timer;

	if (t == NULL)
		return;
	LIST_REMOVE(t, next);
	free(t);
}

static void
slirp_timer_mod(void *timer, int64_t expire_ms, void *opaque)
{
	if (timer != NULL)
		((struct slirp_timer *)timer)->expire_ms = expire_ms;
}

static void
slirp_poll_fd_ignore(int fd, void *opaque)
{
	/* The poll set is made anew each round. */
}

static void
slirp_notify(void *opaque)
{
	/* Only ever called on P, which looks at everything each round. */
}

static const SlirpCb slirp_callbacks = {
	.send_packet = slirp_send_packet,
	.guest_error = slirp_guest_error,
	.clock_get_ns = slirp_now_ns,
	.timer_new = slirp_timer_new,
	.timer_free = slirp_timer_free,
	.timer_mod = slirp_timer_mod,
	.register_poll_fd = slirp_poll_fd_ignore,
	.unregister_poll_fd = slirp_poll_fd_ignore,
	.notify = slirp_notify,
};

static int
slirp_add_poll(int fd, int events, void *opaque)
{
	struct slirp_port *port = opaque;
	short ev = 0;

	if (port->n_fds == port->max_fds) {
		unsigned int max = port->max_fds * 2 + 64;
		struct pollfd *fds = realloc(port->fds, max * sizeof(*fds));

		if (fds == NULL)
			return -1;
		port->fds = fds;
		port->max_fds = max;
	}
	ev |= events & SLIRP_POLL_IN ? POLLIN : 0;
	ev |= events & SLIRP_POLL_OUT ? POLLOUT : 0;
	ev |= events & SLIRP_POLL_PRI ? POLLPRI : 0;
	port->fds[port->n_fds] = (struct pollfd){ .fd = fd, .events = ev };
	return (int)port->n_fds++;
}

static int
slirp_get_revents(int idx, void *opaque)
{
	const struct slirp_port *port = opaque;
	short got;
	int ev = 0;

	if (idx < 0)
		return 0;
	got = port->fds[idx].revents;
	ev |= got & POLLIN ? SLIRP_POLL_IN : 0;
	ev |= got & POLLOUT ? SLIRP_POLL_OUT : 0;
	ev |= got & POLLPRI ? SLIRP_POLL_PRI : 0;
	ev |= got & POLLERR ? SLIRP_POLL_ERR : 0;
	ev |= got & POLLHUP ? SLIRP_POLL_HUP : 0;
	return ev;
}

/* Fire what is due. @return ms until the next, at most limit. */
static uint32_t
slirp_run_timers(struct slirp_port *port, uint32_t limit)
{
	int64_t now = slirp_now_ns(NULL) / 1000000;
	struct slirp_timer *t, *next;

	for (t = LIST_FIRST(&port->timers); t != NULL; t = next) {
		next = LIST_NEXT(t, next);
		if (t->expire_ms < 0)
			continue;
		if (t->expire_ms <= now) {
			t->expire_ms = -1;
			t->fire(t->opaque);
		} else if (t->expire_ms - now < limit) {
			limit = (uint32_t)(t->expire_ms - now);
		}
	}
	return limit;
}

static unsigned int
slirp_take_burst(struct slirp_port *port)
{
	struct rte_mbuf *pkts[SLIRP_BURST];
	unsigned int i, n;

	n = rte_ring_sc_dequeue_burst(port->pump.to_pump, (void **)pkts, SLIRP_BURST, NULL);
	for (i = 0; i < n; i++)
		/* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): the ring filled pkts */
		slirp_take_frame(port, pkts[i]);
	rte_pktmbuf_free_bulk(pkts, n);
	return n;
}

static void
slirp_answer(struct slirp_port *port)
{
	struct slirp_request *r;

	pthread_mutex_lock(&port->lock);
	r = port->request;
	port->request = NULL;
	if (r != NULL) {
		r->ret = r->fn(port, r->arg);
		r->done = true;
		pthread_cond_broadcast(&port->answered);
	}
	pthread_mutex_unlock(&port->lock);
}

/* Wait for sockets, frames or a request, and let libslirp do its round. */
static void
slirp_poll_round(struct slirp_port *port, bool busy)
{
	uint32_t timeout = slirp_run_timers(port, 1000);
	bool choked = rte_ring_free_count(port->pump.from_pump) < SLIRP_ROOM;
	int ret;

	port->n_fds = 0;
	slirp_add_poll(port->pump.wake_fd, SLIRP_POLL_IN, port);
	if (choked)
		timeout = RTE_MIN(timeout, 1u);
	else
		slirp_pollfds_fill(port->slirp, &timeout, slirp_add_poll, port);
	if (busy || !pmd_pump_prepare_sleep(&port->pump))
		timeout = 0;
	ret = poll(port->fds, port->n_fds, (int)RTE_MIN(timeout, 1000u));
	if (timeout != 0 || (port->fds[0].revents & POLLIN))
		pmd_pump_awake(&port->pump);
	if (!choked)
		slirp_pollfds_poll(port->slirp, ret < 0, slirp_get_revents, port);
}

void
slirp_run(void *ctx)
{
	struct slirp_port *port = ctx;

	while (!pmd_pump_stopping(&port->pump)) {
		unsigned int n = slirp_take_burst(port);

		slirp_answer(port);
		slirp_poll_round(port, n > 0);
	}
}

int
slirp_call(struct slirp_port *port, int (*fn)(struct slirp_port *, void *), void *arg)
{
	struct slirp_request r = { .fn = fn, .arg = arg, .ret = -ETIMEDOUT };
	uint64_t one = 1;
	struct timespec end;

	clock_gettime(CLOCK_REALTIME, &end);
	end.tv_sec += 10;
	pthread_mutex_lock(&port->lock);
	while (port->request != NULL)
		pthread_cond_wait(&port->answered, &port->lock);
	/* cppcheck-suppress autoVariables ; it is taken back below before r ends */
	port->request = &r;
	if (write(port->pump.wake_fd, &one, sizeof(one)) < 0 && errno != EAGAIN)
		LOG(WARNING, "%s: %s", port->name, strerror(errno));
	while (!r.done && pthread_cond_timedwait(&port->answered, &port->lock, &end) == 0)
		;
	if (!r.done)
		port->request = NULL;
	pthread_mutex_unlock(&port->lock);
	return r.ret;
}

static int
slirp_add_rules(struct slirp_port *port, char *why)
{
	const struct slirp_args *a = &port->conf.args;
	unsigned int i;
	int ret = 0;

	for (i = 0; i < a->hostfwd.n && ret == 0; i++)
		ret = slirp_fwd_add(port, a->hostfwd.value[i], why, SLIRP_WHY_LEN);
	for (i = 0; i < a->guestfwd.n && ret == 0; i++)
		ret = slirp_guestfwd_add(port, a->guestfwd.value[i], why, SLIRP_WHY_LEN);
	return ret;
}

static int
slirp_check_version(char *why)
{
	const char *version = slirp_version_string();
	char *dot;
	unsigned long major = strtoul(version, &dot, 10);
	unsigned long minor = *dot == '.' ? strtoul(dot + 1, NULL, 10) : 0;

	if (major > 4 || (major == 4 && minor >= 7))
		return 0;
	snprintf(why, SLIRP_WHY_LEN, "libslirp %s is too old: install 4.7 or later", version);
	return -ENOTSUP;
}

int
slirp_stack_start(struct slirp_port *port, char *why)
{
	int ret = slirp_check_version(why);

	if (ret < 0)
		return ret;
	port->frame = malloc(SLIRP_MAX_FRAME);
	port->slirp =
		port->frame == NULL ? NULL : slirp_new(&port->conf.slirp, &slirp_callbacks, port);
	if (port->slirp == NULL) {
		free(port->frame);
		snprintf(why, SLIRP_WHY_LEN, "libslirp does not accept this configuration");
		return -EINVAL;
	}
	ret = slirp_add_rules(port, why);
	if (ret < 0)
		slirp_stack_stop(port);
	return ret;
}

void
slirp_stack_stop(struct slirp_port *port)
{
	struct slirp_timer *t;

	slirp_cleanup(port->slirp);
	port->slirp = NULL;
	/* NOLINTBEGIN(clang-analyzer-unix.Malloc): slirp_timer_free() takes t out of the list */
	while ((t = LIST_FIRST(&port->timers)) != NULL)
		slirp_timer_free(t, port);
	/* NOLINTEND(clang-analyzer-unix.Malloc) */
	free(port->fds);
	free(port->frame);
	port->fds = NULL;
	port->frame = NULL;
}
