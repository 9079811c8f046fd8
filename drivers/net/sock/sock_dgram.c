/* SPDX-License-Identifier: BSD-3-Clause */
/* One frame in each datagram, with an L2TPv3 header before it or without. */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "sock_io.h"

/* How long a unix peer is taken for the owner of its path, and for gone. */
#define SOCK_NEAR_US 1000000
#define SOCK_FAR_US  100000

/* What one mbuf of the pool holds. */
static inline uint32_t
sock_dgram_room(const struct rte_mbuf *m)
{
	return (uint32_t)m->buf_len - m->data_off;
}

/* mbufs for up to n datagrams. @return how many there are. */
static unsigned int
sock_dgram_slots(struct sock_rxq *q, uint16_t n)
{
	unsigned int want = RTE_MIN(n, SOCK_BATCH);

	if (q->n_slots < want) {
		unsigned int more = SOCK_BATCH - q->n_slots;

		if (rte_pktmbuf_alloc_bulk(q->pool, &q->slot[q->n_slots], more) == 0)
			q->n_slots += more;
	}
	return RTE_MIN(q->n_slots, want);
}

void
sock_dgram_free_slots(struct sock_rxq *q)
{
	if (q->n_slots > 0)
		rte_pktmbuf_free_bulk(q->slot, q->n_slots);
	q->n_slots = 0;
}

/* Header, mbuf, spill: where message i goes. */
static void
sock_dgram_aim(struct sock_rxq *q, unsigned int i)
{
	const struct sock_port *port = q->port;
	struct msghdr *h = &q->msg[i].msg_hdr;
	struct iovec *iov = q->iov[i];
	unsigned int k = 0;

	if (port->conf.l2tp.on)
		iov[k++] = (struct iovec){ q->hdr[i], sock_l2tp_rx_len(&port->conf.l2tp) };
	iov[k++] =
		(struct iovec){ rte_pktmbuf_mtod(q->slot[i], void *), sock_dgram_room(q->slot[i]) };
	iov[k++] = (struct iovec){ q->spill + (size_t)i * SOCK_MAX_FRAME, SOCK_MAX_FRAME };
	*h = (struct msghdr){ .msg_iov = iov, .msg_iovlen = k };
	if (port->own.len > 0) {
		h->msg_name = &q->from[i].a;
		h->msg_namelen = sizeof(q->from[i].a);
	}
}

/* Whether l2tpv3 lets it in; *len becomes that of the frame. */
static bool
sock_dgram_l2tp(struct sock_rxq *q, unsigned int i, uint32_t *len)
{
	struct sock_count *count = &q->port->count;
	uint64_t *why[] = { [SOCK_L2TP_SHORT] = &count->short_frame,
		[SOCK_L2TP_BAD_HEADER] = &count->bad_header,
		[SOCK_L2TP_BAD_SESSION] = &count->wrong_session,
		[SOCK_L2TP_BAD_COOKIE] = &count->wrong_cookie };
	enum sock_l2tp_verdict v = sock_l2tp_check(&q->port->conf.l2tp, q->hdr[i], *len);

	if (v != SOCK_L2TP_OK) {
		stat_add(why[v], 1);
		return false;
	}
	*len -= sock_l2tp_rx_len(&q->port->conf.l2tp);
	return true;
}

/* Make message i, in slot i, a frame. @return false: counted, the slot keeps its mbuf. */
static bool
sock_dgram_accept(struct sock_rxq *q, unsigned int i)
{
	struct sock_port *port = q->port;
	struct rte_mbuf *m = q->slot[i];
	uint32_t len = q->msg[i].msg_len, room = sock_dgram_room(m);

	if (port->own.len > 0) {
		q->from[i].len = q->msg[i].msg_hdr.msg_namelen;
		if (sock_addr_same(&q->from[i], &port->own)) {
			stat_add(&port->count.own_frame, 1);
			return false;
		}
	}
	if (port->conf.l2tp.on && !sock_dgram_l2tp(q, i, &len))
		return false;
	if (len < SOCK_MIN_FRAME) {
		stat_add(&port->count.short_frame, 1);
		return false;
	}
	if ((q->msg[i].msg_hdr.msg_flags & MSG_TRUNC) || len > SOCK_MAX_FRAME) {
		stat_add(&port->count.cut_datagram, 1);
		return false;
	}
	m->data_len = (uint16_t)RTE_MIN(len, room);
	m->pkt_len = m->data_len;
	if (len > room && sock_mbuf_append(q->pool, m, q->spill + (size_t)i * SOCK_MAX_FRAME,
				  len - room) < 0) {
		stat_add(&port->count.no_mbuf, 1);
		rte_pktmbuf_free(m->next);
		m->next = NULL;
		m->nb_segs = 1;
		return false;
	}
	return true;
}

/* How many came. */
static unsigned int
sock_dgram_read(struct sock_rxq *q, unsigned int n)
{
	uint64_t now = rte_rdtsc();
	unsigned int i;
	int got;

	if (now < q->look_at)
		return 0;
	for (i = 0; i < n; i++)
		sock_dgram_aim(q, i);
	got = recvmmsg(q->port->fd, q->msg, n, MSG_DONTWAIT, NULL);
	if (got > 0) {
		q->wait = 0;
		return (unsigned int)got;
	}
	/* ECONNREFUSED and its like: what an ICMP message said of a datagram that we sent. */
	if (errno != EAGAIN && errno != EINTR)
		stat_add(&q->port->count.rx_error, 1);
	q->wait = q->wait == 0 ? sock_us(SOCK_WAIT_MIN_US)
			       : RTE_MIN(2 * q->wait, sock_us(SOCK_WAIT_MAX_US));
	q->look_at = now + q->wait;
	return 0;
}

uint16_t
sock_dgram_receive(struct sock_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	unsigned int i, got, have, kept = 0;
	uint16_t out = 0;

	if (rte_rdtsc() < q->look_at)
		return 0;
	have = sock_dgram_slots(q, n);
	if (have == 0) {
		stat_add(&q->port->count.no_mbuf, 1);
		q->look_at = rte_rdtsc() + sock_us(SOCK_WAIT_MAX_US);
		return 0;
	}
	got = sock_dgram_read(q, have);
	for (i = 0; i < got; i++) {
		if (sock_dgram_accept(q, i))
			pkts[out++] = q->slot[i];
		else
			q->slot[kept++] = q->slot[i];
	}
	for (; got > 0 && i < q->n_slots; i++)
		q->slot[kept++] = q->slot[i];
	if (got > 0)
		q->n_slots = kept;
	return out;
}

/* Of the frame in the first message. */
static uint32_t
sock_dgram_len(const struct sock_txq *q)
{
	const struct msghdr *h = &q->msg[0].msg_hdr;
	size_t i, len = 0;

	for (i = q->port->conf.l2tp.on; i < h->msg_iovlen; i++)
		len += h->msg_iov[i].iov_len;
	return (uint32_t)len;
}

/* The first message was refused. @return how many messages are done with because of that. */
static unsigned int
sock_dgram_refused(struct sock_txq *q, int err)
{
	struct sock_count *count = &q->port->count;

	switch (err) {
	case EINTR:
	case EAGAIN:
	case ENOBUFS:
	case ENOMEM:
		q->retry_at = rte_rdtsc() + sock_us(SOCK_WAIT_MAX_US);
		return 0;
	case EMSGSIZE:
		sock_tx_lost(q, &count->too_long, sock_dgram_len(q));
		return 1;
	case ECONNREFUSED:
	case ENOENT:
	case ENOTCONN:
	case ECONNRESET:
	case EHOSTUNREACH:
	case ENETUNREACH:
		sock_tx_lost(q, &count->no_peer, sock_dgram_len(q));
		return 1;
	default:
		sock_tx_lost(q, &count->tx_error, sock_dgram_len(q));
		return 1;
	}
}

/* Whether frames go by the socket that is connected to the peer. */
static inline bool
sock_dgram_is_near(const struct sock_txq *q)
{
	return q->near && !q->greet;
}

static void
sock_dgram_head(struct sock_txq *q, unsigned int i, struct iovec *iov, unsigned int n)
{
	struct sock_port *port = q->port;

	q->msg[i].msg_hdr = (struct msghdr){ .msg_iov = iov, .msg_iovlen = n };
	if (port->to.len > 0 && !sock_dgram_is_near(q)) {
		q->msg[i].msg_hdr.msg_name = &port->to.a;
		q->msg[i].msg_hdr.msg_namelen = port->to.len;
	}
	if (port->conf.l2tp.on) {
		sock_l2tp_write(&port->conf.l2tp, q->hdr[i]);
		iov[0] = (struct iovec){ q->hdr[i], sock_l2tp_tx_len(&port->conf.l2tp) };
	}
}

/* Look whose the peer's path is: the kernel would do so for each frame, which is a fifth of its time. */
static inline void
sock_dgram_near(struct sock_txq *q)
{
	const struct sock_port *port = q->port;
	uint64_t now;

	if (!port->unix_peer)
		return;
	now = rte_rdtsc();
	if (now < q->near_at)
		return;
	q->near = connect(port->out_fd, (const struct sockaddr *)&port->to.a, port->to.len) == 0;
	q->greet = true;
	q->near_at = now + sock_us(q->near ? SOCK_NEAR_US : SOCK_FAR_US);
}

/* The peer that out_fd was connected to has gone. Another may have its path. */
static int
sock_dgram_by_path(struct sock_txq *q, unsigned int k)
{
	struct sock_port *port = q->port;
	unsigned int i;

	q->near = false;
	q->near_at = rte_rdtsc() + sock_us(SOCK_FAR_US);
	for (i = 0; i < k; i++) {
		q->msg[i].msg_hdr.msg_name = &port->to.a;
		q->msg[i].msg_hdr.msg_namelen = port->to.len;
	}
	return sendmmsg(port->fd, q->msg, k, MSG_DONTWAIT | MSG_NOSIGNAL);
}

static int
sock_dgram_sendmmsg(struct sock_txq *q, unsigned int k)
{
	bool near = sock_dgram_is_near(q);
	int fd = q->port->unix_peer && !near ? q->port->fd : q->port->out_fd;
	int sent = sendmmsg(fd, q->msg, k, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (likely(sent >= 0)) {
		q->greet = false;
		return sent;
	}
	if (!near)
		return sent;
	if (errno != ECONNREFUSED && errno != ENOTCONN && errno != ECONNRESET && errno != EPERM)
		return sent;
	return sock_dgram_by_path(q, k);
}

/* One call for up to k messages. @return messages done with; 0: not now. */
static unsigned int
sock_dgram_call(struct sock_txq *q, unsigned int k)
{
	struct sock_l2tp *l = &q->port->conf.l2tp;
	int sent = sock_dgram_sendmmsg(q, k);
	unsigned int done = sent < 0 ? sock_dgram_refused(q, errno) : (unsigned int)sent;

	/* The counter goes on behind the last header that was sent; a lost frame had its number. */
	if (l->on && l->counter && !l->pincounter)
		l->counter_next -= k - done;
	return done;
}

void
sock_dgram_flush(struct sock_txq *q)
{
	unsigned int i, k = 0, used = 0, l2tp = q->port->conf.l2tp.on;
	uint32_t at = q->off, size[SOCK_BATCH], gone = 0;

	if (rte_rdtsc() < q->retry_at)
		return;
	sock_dgram_near(q);
	for (; k < SOCK_BATCH && at < q->off + q->len; k++) {
		uint32_t n;

		memcpy(&n, q->buf + at, sizeof(n));
		n = rte_be_to_cpu_32(n);
		q->iov[used + l2tp] = (struct iovec){ q->buf + at + SOCK_PREFIX, n };
		sock_dgram_head(q, k, &q->iov[used], 1 + l2tp);
		used += 1 + l2tp;
		size[k] = SOCK_PREFIX + n;
		at += size[k];
	}
	k = sock_dgram_call(q, k);
	for (i = 0; i < k;
		i++) /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.Assign): no more than k */
		gone += size[i];
	if (gone > 0)
		sock_tx_drop_kept(q, gone);
}

/* Point messages at frames. */
static unsigned int
sock_dgram_gather(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	unsigned int used = 0, segs, l2tp = q->port->conf.l2tp.on;
	uint16_t i;

	for (i = 0; i < n && i < SOCK_BATCH && used + l2tp < SOCK_IOVS; i++) {
		segs = sock_tx_iov(pkts[i], &q->iov[used + l2tp], SOCK_IOVS - used - l2tp);
		if (segs == 0)
			break;
		sock_dgram_head(q, i, &q->iov[used], segs + l2tp);
		used += segs + l2tp;
	}
	return i;
}

void
sock_dgram_send(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	unsigned int done;
	uint16_t i = 0;

	if (q->len > 0)
		sock_dgram_flush(q);
	sock_dgram_near(q);
	while (i < n && q->len == 0) {
		done = sock_dgram_call(q, sock_dgram_gather(q, pkts + i, n - i));
		i += (uint16_t)done;
		if (done == 0)
			break;
	}
	for (; i < n; i++)
		sock_tx_keep(q, pkts[i], 0);
}
