/* SPDX-License-Identifier: BSD-3-Clause */
/* The connection: messages with descriptors in, replies out; nothing here waits for the client. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <rte_common.h>

#include "base/log.h"
#include "base/stats.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

#define VFU_ROOM 4096 /* bytes of a buffer at first */
/* Messages of one port that are served before another port's turn. */
#define VFU_TURN 32

/* Make room for len bytes, keeping what is there. */
static uint8_t *
vfu_sock_room(uint8_t **buf, uint32_t *room, uint32_t len)
{
	uint32_t want = RTE_MAX(rte_align32pow2(len), (uint32_t)VFU_ROOM);
	uint8_t *p;

	if (len <= *room)
		return *buf;
	p = realloc(*buf, want);
	if (p == NULL)
		return NULL;
	*buf = p;
	*room = want;
	return p;
}

void *
vfu_sock_reply_room(struct vfu_transport *t, uint32_t len)
{
	uint8_t *p =
		vfu_sock_room(&t->out.buf, &t->out.room, (uint32_t)sizeof(struct vfu_hdr) + len);

	return p == NULL ? NULL : p + sizeof(struct vfu_hdr);
}

static void
vfu_sock_close_fds(struct vfu_in *in)
{
	unsigned int i;

	for (i = 0; i < in->n_fds; i++)
		if (in->fd[i] >= 0)
			close(in->fd[i]);
	in->n_fds = 0;
	in->fds_lost = false;
}

/* Say why, if it was the guest's memory that ended the connection. */
static void
vfu_sock_memory_gone(struct vfu_transport *t)
{
	if (gmem_fault_count(&t->owner) == 0)
		return;
	LOG(ERR, "%s: guest memory went away while it was in use: guest disconnected", t->name);
	stat_add(&t->count.memory_faults, 1);
}

void
vfu_sock_drop(struct vfu_transport *t)
{
	if (t->conn.fd < 0)
		return;
	vfu_lcore_return(t);
	vfu_loop_unwatch(&t->conn);
	vfu_sock_close_fds(&t->in);
	free(t->in.buf);
	free(t->out.buf);
	t->in = (struct vfu_in){ 0 };
	t->out = (struct vfu_out){ .fd = -1 };
	t->versioned = t->told_traps = t->told_memory = false;
	vfu_trace_event(t->trace, "gone");
	vfu_trace_flush(t->trace);
	t->tr.events->gone(t->tr.ctx);
	vfu_dma_clear(t);
	vfu_irq_clear(t);
	vfu_sock_memory_gone(t);
	t->owner = (struct gmem_owner){ .sock = -1 };
	/* Not before nobody touches its memory any more: a fault there shuts down this number. */
	close(t->conn.fd);
	t->conn.fd = -1;
	vfu_sock_listen(t);
}

void
vfu_sock_listen(struct vfu_transport *t)
{
	if (t->deaf && vfu_loop_watch(&t->listener, EPOLLIN) == 0)
		t->deaf = false;
}

/* accept() failed: for good or for now. What is out of descriptors would be ready again at once. */
static void
vfu_sock_cannot_accept(struct vfu_transport *t, int error)
{
	if (error != EMFILE && error != ENFILE && error != ENOBUFS && error != ENOMEM)
		return;
	if (t->count.no_descriptors == 0)
		LOG(ERR, "%s: %s: cannot accept a connection: %s: raise the limit (ulimit -n)",
			t->name, t->path, strerror(error));
	vfu_loop_unwatch(&t->listener);
	t->deaf = true;
	stat_add(&t->count.no_descriptors, 1);
}

/* Tell one who comes while another is there, in the words of the protocol. */
static void
vfu_sock_refuse(struct vfu_transport *t, int fd)
{
	struct vfu_hdr busy = {
		.command = VFU_VERSION,
		.size = sizeof(busy),
		.flags = VFU_TYPE_REPLY | VFU_FLAG_ERROR,
		.error = EBUSY,
	};

	if (t->count.refused == 0)
		LOG(WARNING, "%s: %s serves a guest already: second connection refused", t->name,
			t->path);
	stat_add(&t->count.refused, 1); /* before anybody can have noticed */
	if (send(fd, &busy, sizeof(busy), MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		LOG(DEBUG, "%s: %s: %s", t->name, t->path, strerror(errno));
	close(fd);
}

void
vfu_sock_accept(struct vfu_transport *t, uint32_t events)
{
	int fd = accept4(t->listener.fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);

	if (fd < 0) {
		vfu_sock_cannot_accept(t, errno);
		return;
	}
	if (t->conn.fd >= 0) {
		vfu_sock_refuse(t, fd);
		return;
	}
	t->conn.fd = fd;
	if (vfu_loop_watch(&t->conn, EPOLLIN) < 0) {
		t->conn.fd = -1;
		close(fd);
		return;
	}
	t->owner.sock = fd;
	vfu_trace_event(t->trace, "connect");
	t->tr.events->connected(t->tr.ctx);
}

/* Keep the descriptors of a control message; those that find no place are closed. */
static void
vfu_sock_take_fds(struct vfu_in *in, struct msghdr *msg)
{
	struct cmsghdr *c;
	size_t i, n;
	int fd;

	if (msg->msg_flags & MSG_CTRUNC)
		in->fds_lost = true;
	for (c = CMSG_FIRSTHDR(msg); c != NULL; c = CMSG_NXTHDR(msg, c)) {
		if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS)
			continue;
		n = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
		for (i = 0; i < n; i++) {
			memcpy(&fd, CMSG_DATA(c) + i * sizeof(fd), sizeof(fd));
			if (in->n_fds < VFU_MAX_FDS) {
				in->fd[in->n_fds++] = fd;
			} else {
				in->fds_lost = true;
				close(fd);
			}
		}
	}
}

/*
 * Read on towards want bytes of the message, never beyond: what comes along belongs to it.
 * @return whether they are all there; -EAGAIN; other -errno when the client is gone.
 */
static int
vfu_sock_fill(struct vfu_transport *t, uint32_t want)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int) * 2 * VFU_MAX_FDS)];
	} control;
	struct vfu_in *in = &t->in;
	ssize_t n;

	if (vfu_sock_room(&in->buf, &in->room, want) == NULL)
		return -ENOMEM;
	while (in->got < want) {
		struct iovec iov = { in->buf + in->got, want - in->got };
		struct msghdr msg = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.buf,
			.msg_controllen = sizeof(control.buf) };

		n = recvmsg(t->conn.fd, &msg, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		vfu_sock_take_fds(in, &msg);
		if (n == 0)
			return -ECONNRESET;
		in->got += (uint32_t)n;
	}
	return 0;
}

/* Send what is left of the reply. @return 0 when it is all sent; -EAGAIN; other -errno. */
static int
vfu_sock_flush(struct vfu_transport *t)
{
	struct vfu_out *out = &t->out;

	while (out->sent < out->len) {
		union {
			struct cmsghdr align;
			uint8_t buf[CMSG_SPACE(sizeof(int))];
		} control = { 0 };
		struct iovec iov = { out->buf + out->sent, out->len - out->sent };
		struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
		ssize_t n;

		if (out->fd >= 0) {
			control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(sizeof(int)),
				.cmsg_level = SOL_SOCKET,
				.cmsg_type = SCM_RIGHTS };
			memcpy(CMSG_DATA(&control.align), &out->fd, sizeof(int));
			msg.msg_control = control.buf;
			msg.msg_controllen = sizeof(control.buf);
		}
		n = sendmsg(t->conn.fd, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		out->fd = -1;
		out->sent += (uint32_t)n;
	}
	out->len = out->sent = 0;
	return 0;
}

int
vfu_sock_serve(struct vfu_transport *t)
{
	struct vfu_in *in = &t->in;
	struct vfu_message m = { .body = in->buf + sizeof(m.hdr),
		.fd = in->fd,
		.n_fds = in->n_fds };

	memcpy(&m.hdr, in->buf, sizeof(m.hdr));
	m.len = m.hdr.size - (uint32_t)sizeof(m.hdr);
	if (in->fds_lost)
		m.n_fds = VFU_MAX_FDS + 1;
	vfu_msg_serve(t, &m);
	vfu_sock_close_fds(in);
	in->got = 0;
	return vfu_sock_flush(t);
}

int
vfu_sock_take(struct vfu_transport *t)
{
	struct vfu_hdr hdr;
	int ret = vfu_sock_flush(t);

	if (ret < 0)
		return ret;
	ret = vfu_sock_fill(t, sizeof(hdr));
	if (ret < 0)
		return ret;
	memcpy(&hdr, t->in.buf, sizeof(hdr));
	if (hdr.size < sizeof(hdr) || hdr.size > VFU_MAX_MESSAGE)
		return -EPROTO;
	return vfu_sock_fill(t, hdr.size);
}

/* Tell a client that has lost the frame of messages. */
static void
vfu_sock_say_bad(struct vfu_transport *t)
{
	struct vfu_hdr hdr;

	memcpy(&hdr, t->in.buf, sizeof(hdr));
	if (t->count.bad_messages == 0)
		LOG(WARNING, "%s: message of %u bytes: client dropped", t->name, hdr.size);
	stat_add(&t->count.bad_messages, 1);
	vfu_msg_reply(t, &hdr, 0, EINVAL);
	vfu_sock_flush(t);
}

void
vfu_sock_ready(struct vfu_transport *t, uint32_t events)
{
	bool quick = false;
	int i, ret = 0;

	vfu_lcore_return(t);
	for (i = 0; i < VFU_TURN && ret == 0; i++) {
		ret = vfu_sock_take(t);
		if (ret == 0) {
			quick = vfu_lcore_is_quick(t);
			ret = vfu_sock_serve(t);
		}
	}
	if (ret == -EPROTO)
		vfu_sock_say_bad(t);
	if (ret == 0 || ret == -EAGAIN) {
		/* A client that does not take its replies is not read from either. */
		ret = vfu_loop_watch(&t->conn, t->out.len > 0 ? EPOLLOUT : EPOLLIN);
	}
	if (ret < 0)
		vfu_sock_drop(t);
	else if (quick)
		vfu_lcore_lend(t);
}
