/* SPDX-License-Identifier: BSD-3-Clause */
/* Frames in a byte stream. */
#include <errno.h>
#include <sys/socket.h>

#include <rte_byteorder.h>
#include <rte_mbuf.h>

#include "sock_io.h"

/* Read once. @return whether there is something new. */
static bool
sock_stream_read(struct sock_rxq *q)
{
	struct sock_port *port = q->port;
	uint64_t now = rte_rdtsc();
	uint32_t room;
	uint8_t *to;
	ssize_t n;

	if (now < q->look_at)
		return false;
	to = sock_framer_space(&q->framer, &room);
	n = recv(port->fd, to, room, MSG_DONTWAIT);
	if (n > 0) {
		sock_framer_added(&q->framer, (uint32_t)n);
		q->wait = 0;
		return true;
	}
	if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
		sock_lost(port, n == 0 ? ENOTCONN : errno);
		return false;
	}
	q->wait = q->wait == 0 ? sock_us(SOCK_WAIT_MIN_US)
			       : RTE_MIN(2 * q->wait, sock_us(SOCK_WAIT_MAX_US));
	q->look_at = now + q->wait;
	return false;
}

uint16_t
sock_stream_receive(struct sock_rxq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct sock_port *port = q->port;
	bool read = false;
	uint16_t got = 0;

	while (got < n) {
		const uint8_t *frame;
		uint32_t len;
		int ret = sock_framer_next(&q->framer, &frame, &len);

		if (ret == 0 && !read && sock_stream_read(q)) {
			read = true; /* one system call a burst */
			continue;
		}
		if (ret < 0) {
			stat_add(&port->count.bad_length, 1);
			sock_lost(port, -ret);
		}
		if (ret <= 0)
			break;
		if (len < SOCK_MIN_FRAME) {
			stat_add(&port->count.short_frame, 1);
			continue;
		}
		pkts[got] = sock_mbuf(q->pool, frame, len);
		if (pkts[got] == NULL)
			stat_add(&port->count.no_mbuf, 1);
		else
			got++;
	}
	return got;
}

/* The peer's buffer is full, or the peer is gone. */
static void
sock_stream_refused(struct sock_txq *q, int err)
{
	if (err == EAGAIN || err == ENOBUFS || err == ENOMEM || err == EINTR)
		q->retry_at = rte_rdtsc() + sock_us(SOCK_WAIT_MAX_US);
	else
		q->broken = true;
}

void
sock_stream_flush(struct sock_txq *q)
{
	ssize_t n;

	if (q->broken || rte_rdtsc() < q->retry_at)
		return;
	n = send(q->port->out_fd, q->buf + q->off, q->len, MSG_DONTWAIT | MSG_NOSIGNAL);
	if (n < (ssize_t)q->len)
		sock_stream_refused(q, n < 0 ? errno : EAGAIN);
	if (n > 0)
		sock_tx_drop_kept(q, (uint32_t)n);
}

/* Point iovecs at as many frames as one call takes. @return frames; their bytes in *bytes. */
static uint16_t
sock_stream_gather(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n, struct msghdr *msg)
{
	uint32_t *prefix = (uint32_t *)q->hdr;
	unsigned int used = 0, segs;
	uint16_t i;

	for (i = 0; i < n && i < SOCK_BATCH && used + 1 < SOCK_IOVS; i++) {
		segs = sock_tx_iov(pkts[i], &q->iov[used + 1], SOCK_IOVS - used - 1);
		if (segs == 0)
			break;
		prefix[i] = rte_cpu_to_be_32(pkts[i]->pkt_len);
		q->iov[used] = (struct iovec){ &prefix[i], SOCK_PREFIX };
		used += segs + 1;
	}
	*msg = (struct msghdr){ .msg_iov = q->iov, .msg_iovlen = used };
	return i;
}

/* One call. @return frames that are done with: sent, or the one that was cut is kept. */
static uint16_t
sock_stream_send_some(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	struct msghdr msg;
	uint16_t i, k = sock_stream_gather(q, pkts, n, &msg);
	ssize_t sent = sendmsg(q->port->out_fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);

	if (sent < 0) {
		sock_stream_refused(q, errno);
		return 0;
	}
	for (i = 0; i < k; i++) {
		uint32_t size = SOCK_PREFIX + pkts[i]->pkt_len;

		if ((size_t)sent < size)
			break;
		sent -= size;
	}
	if (i == k)
		return k;
	sock_stream_refused(q, EAGAIN);
	if (sent > 0)
		sock_tx_keep(q, pkts[i++], (uint32_t)sent);
	return i;
}

void
sock_stream_send(struct sock_txq *q, struct rte_mbuf **pkts, uint16_t n)
{
	uint16_t i = 0, done;

	if (q->len > 0)
		sock_stream_flush(q);
	while (i < n && q->len == 0 && !q->broken) {
		done = sock_stream_send_some(q, pkts + i, n - i);
		i += done;
		if (done == 0)
			break;
	}
	for (; i < n; i++) {
		if (q->broken)
			sock_tx_lost(q, &q->port->count.not_connected, pkts[i]->pkt_len);
		else
			sock_tx_keep(q, pkts[i], 0);
	}
}
