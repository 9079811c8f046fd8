/* SPDX-License-Identifier: BSD-3-Clause */
/* The thread between the rings and the switch. All of it runs on P. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <rte_mbuf.h>
#include <rte_random.h>

#include "base/log.h"
#include "base/stats.h"
#include "common/pmd_frame.h"
#include "offload/offload.h"
#include "vde_pmd.h"

LOG_REGISTER("pmd.net.vde");

#define VDE_IDLE_MS    1000
#define VDE_BLOCKED_MS 1

/* What one round has found. */
struct vde_round {
	unsigned int frames; /* moved, either way */
	bool blocked;	     /* the switch takes no more for now */
	bool lost;	     /* the connection is of no use any more */
};

static uint64_t
vde_now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (uint64_t)ts.tv_sec * 1000 + (uint64_t)ts.tv_nsec / 1000000;
}

/* Errors after which the same connection may serve again: UDP reports what became of earlier frames. */
static bool
vde_may_pass(int err)
{
	static const int pass[] = { EAGAIN, EINTR, ENOBUFS, ENOMEM, EMSGSIZE, ECONNREFUSED,
		EHOSTUNREACH, ENETUNREACH, ENETDOWN, EPERM };
	size_t i;

	for (i = 0; i < RTE_DIM(pass); i++)
		if (err == pass[i])
			return true;
	return false;
}

/* A frame of len bytes is in port->frame. */
static void
vde_deliver(struct vde_port *port, size_t len)
{
	struct rte_mbuf *m;

	if (len < RTE_ETHER_HDR_LEN) {
		stat_add(&port->count.in_short, 1);
	} else if (len > VDE_ETHBUFSIZE) {
		stat_add(&port->count.in_oversize, 1);
	} else if (__atomic_load_n(&port->started, __ATOMIC_ACQUIRE) == 0) {
		stat_add(&port->count.in_not_started, 1);
	} else if (rte_ring_full(port->pump.from_pump)) {
		stat_add(&port->count.in_ring_full, 1);
	} else {
		m = pmd_frame_make(port->pool, port->frame, len);
		if (m == NULL) {
			stat_add(&port->count.in_no_mbuf, 1);
			return;
		}
		m->port = port->port_id;
		/* There is room: only P puts frames in. */
		rte_ring_sp_enqueue(port->pump.from_pump, m);
		pmd_wake_tell(&port->pump.wake);
	}
}

static void
vde_receive(struct vde_port *port, struct vde_round *round)
{
	unsigned int i;

	for (i = 0; i < VDE_BURST; i++) {
		ssize_t len;

		errno = 0;
		len = vde_recv(port->conn, port->frame, VDE_ETHBUFSIZE + 1, 0);
		if (len < 0) {
			round->lost |= !vde_may_pass(errno);
			return;
		}
		vde_deliver(port, (size_t)len);
		round->frames++;
	}
}

/* @return 0: sent or counted, the frame is done with; -EAGAIN: not now. */
static int
vde_send_one(struct vde_port *port, const struct rte_mbuf *m)
{
	uint32_t len = m->pkt_len;
	const void *p;

	if (len < RTE_ETHER_HDR_LEN || len > VDE_ETHBUFSIZE) {
		stat_add(len < RTE_ETHER_HDR_LEN ? &port->count.out_short
						 : &port->count.out_oversize,
			1);
		return 0;
	}
	p = rte_pktmbuf_read(m, 0, len, port->frame);
	if ((m->ol_flags & OFFLOAD_TX_FLAGS) != 0) {
		if (p != port->frame)
			memcpy(port->frame, p, len);
		p = port->frame;
		if (offload_finish_flat(port->frame, len, m) < 0) {
			stat_add(&port->count.out_bad_offload, 1);
			return 0;
		}
	}
	if (vde_send(port->conn, p, len, 0) >= 0)
		return 0;
	if (errno == EAGAIN || errno == EINTR)
		return -EAGAIN;
	stat_add(&port->count.out_error, 1);
	return 0;
}

/* Send what the ring has. What the switch does not take now is held, and the ring fills up behind it. */
static void
vde_transmit(struct vde_port *port, struct vde_round *round)
{
	if (port->at_held == port->n_held) {
		port->at_held = 0;
		port->n_held = (uint16_t)rte_ring_sc_dequeue_burst(port->pump.to_pump,
			(void **)port->held, VDE_BURST, NULL);
	}
	while (port->at_held < port->n_held) {
		if (vde_send_one(port, port->held[port->at_held]) < 0) {
			round->blocked = true;
			return;
		}
		rte_pktmbuf_free(port->held[port->at_held++]);
		round->frames++;
	}
}

/* The control connection is silent; its end is the switch's. */
static void
vde_look_at_ctl(struct vde_port *port, struct vde_round *round)
{
	char noise[256];
	ssize_t n = read(vde_ctlfd(port->conn), noise, sizeof(noise));

	if (n > 0)
		stat_add(&port->count.ctl_noise, 1);
	else if (n == 0 || (errno != EAGAIN && errno != EINTR))
		round->lost = true;
}

/* Frames that were meant for a switch that is gone. */
static void
vde_drop_waiting(struct vde_port *port)
{
	uint64_t n = 0;
	void *m;

	while (port->at_held < port->n_held) {
		rte_pktmbuf_free(port->held[port->at_held++]);
		n++;
	}
	while (n < (size_t)2 * VDE_RING && rte_ring_sc_dequeue(port->pump.to_pump, &m) == 0) {
		rte_pktmbuf_free(m);
		n++;
	}
	stat_add(&port->count.out_switch_left, n);
}

/* Between three quarters and the whole of the pause, so that not all ports come at once. */
static void
vde_plan_retry(struct vde_port *port)
{
	port->retry_at_ms = vde_now_ms() + port->retry_ms * (75 + rte_rand_max(26)) / 100;
	port->retry_ms = RTE_MIN(port->retry_ms * 2, (uint32_t)VDE_RETRY_MAX);
}

void
vde_connected(struct vde_port *port, VDECONN *conn)
{
	vde_drop_waiting(port);
	port->conn = conn;
	port->connected_at_ms = vde_now_ms();
	stat_add(&port->count.connects, 1);
	__atomic_store_n(&port->fd, vde_datafd(conn), __ATOMIC_RELEASE);
}

static void
vde_lost(struct vde_port *port)
{
	__atomic_store_n(&port->fd, -1, __ATOMIC_RELEASE);
	vde_close(port->conn);
	port->conn = NULL;
	stat_add(&port->count.disconnects, 1);
	vde_drop_waiting(port);
	port->quiet = vde_now_ms() - port->connected_at_ms < VDE_SETTLED_MS;
	if (!port->quiet) {
		port->retry_ms = VDE_RETRY_MS;
		LOG(WARNING,
			"%s: sock=%s: the switch is gone: link down, connecting again until it is "
			"back",
			port->name, port->args.sock);
	}
	vde_plan_retry(port);
	vde_update_link(port, true);
}

static void
vde_finish_job(struct vde_port *port)
{
	char why[VDE_WHY_LEN];
	int err;
	VDECONN *conn = vde_job_finish(port->job, &err);

	port->job = NULL;
	if (conn == NULL) {
		stat_add(&port->count.open_errors, 1);
		vde_explain(&port->args, err, why, sizeof(why));
		LOG(DEBUG, "%s: %s", port->name, why);
		vde_plan_retry(port);
		return;
	}
	vde_connected(port, conn);
	if (!port->quiet)
		LOG(NOTICE, "%s: sock=%s: connected again", port->name, port->args.sock);
	vde_update_link(port, true);
}

/* Wait. Frames of D wake P if it says that it sleeps, that is unless it has some already. */
static void
vde_wait(struct vde_port *port, struct pollfd *fds, nfds_t n, int timeout, bool sleeps)
{
	nfds_t i;

	if (sleeps && !pmd_pump_prepare_sleep(&port->pump))
		timeout = 0;
	if (poll(fds, n, timeout) < 0)
		for (i = 0; i < n; i++)
			fds[i].revents = 0;
	if (sleeps || (fds[0].revents & POLLIN))
		pmd_pump_awake(&port->pump);
}

static void
vde_round_down(struct vde_port *port)
{
	uint64_t now = vde_now_ms();
	struct pollfd fds[] = { { .fd = port->pump.wake_fd, .events = POLLIN },
		{ .events = POLLIN } };

	vde_drop_waiting(port);
	if (port->job == NULL && now >= port->retry_at_ms) {
		port->job = vde_job_start(port->name, &port->args);
		if (port->job == NULL)
			vde_plan_retry(port);
	}
	fds[1].fd = port->job != NULL ? vde_job_fd(port->job) : -1;
	vde_wait(port, fds, RTE_DIM(fds),
		port->job != NULL || now >= port->retry_at_ms ? VDE_IDLE_MS
							      : (int)(port->retry_at_ms - now),
		true);
	if (port->job != NULL && (fds[1].revents & POLLIN))
		vde_finish_job(port);
}

/* How long to wait after a round: not at all when there was work. A switch that is full says when it
 * takes more; not every plugin's descriptor tells the truth about that, so never twice in vain. */
static int
vde_pause(struct vde_port *port, const struct vde_round *round, struct pollfd *data)
{
	if (round->frames > 0)
		port->in_vain = false;
	if (!round->blocked)
		return round->frames > 0 ? 0 : VDE_IDLE_MS;
	if (port->in_vain)
		return VDE_BLOCKED_MS;
	data->events |= POLLOUT;
	return VDE_IDLE_MS;
}

static void
vde_round_up(struct vde_port *port)
{
	struct vde_round round = { 0 };
	struct pollfd fds[] = { { .fd = port->pump.wake_fd, .events = POLLIN },
		{ .fd = vde_ctlfd(port->conn), .events = POLLIN },
		{ .fd = vde_datafd(port->conn), .events = POLLIN } };
	int timeout;

	/* M stops the port under this lock, so that the pool is not used after that. */
	pthread_mutex_lock(&port->lock);
	vde_transmit(port, &round);
	vde_receive(port, &round);
	pthread_mutex_unlock(&port->lock);
	timeout = vde_pause(port, &round, &fds[2]);
	if (!round.lost)
		vde_wait(port, fds, RTE_DIM(fds), timeout, timeout > 0 && !round.blocked);
	port->in_vain = (fds[2].revents & POLLOUT) != 0;
	if (fds[1].revents != 0)
		vde_look_at_ctl(port, &round);
	round.lost |= (fds[2].revents & (POLLHUP | POLLNVAL)) != 0;
	if (round.lost)
		vde_lost(port);
}

void
vde_run(void *ctx)
{
	struct vde_port *port = ctx;
	sigset_t pipe_signal;

	/* Plugins of libvdeplug write to pipes and streams. */
	sigemptyset(&pipe_signal);
	sigaddset(&pipe_signal, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipe_signal, NULL);
	while (!pmd_pump_stopping(&port->pump)) {
		if (port->conn != NULL)
			vde_round_up(port);
		else
			vde_round_down(port);
	}
	if (port->job != NULL)
		vde_job_abandon(port->job);
	port->job = NULL;
}
