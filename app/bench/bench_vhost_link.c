/* SPDX-License-Identifier: BSD-3-Clause */
#include "bench_vhost_link.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/vhost_types.h>
#include <linux/virtio_config.h>

#include <rte_common.h>

#include "nic/nic.h"

#define ANSWER_SECONDS 10
#define VERSION	       0x1u
#define IS_REPLY       0x4u
#define NEED_REPLY     0x8u

/* Feature bit 30, and bits of the protocol. */
#define F_PROTOCOL     (UINT64_C(1) << 30)
#define PROTOCOL_MQ    (UINT64_C(1) << 0)
#define PROTOCOL_REPLY (UINT64_C(1) << 3)

enum request {
	GET_FEATURES = 1,
	SET_FEATURES = 2,
	SET_OWNER = 3,
	SET_MEM_TABLE = 5,
	SET_VRING_NUM = 8,
	SET_VRING_ADDR = 9,
	SET_VRING_BASE = 10,
	SET_VRING_KICK = 12,
	SET_VRING_CALL = 13,
	GET_PROTOCOL_FEATURES = 15,
	SET_PROTOCOL_FEATURES = 16,
	GET_QUEUE_NUM = 17,
	SET_VRING_ENABLE = 18,
};

struct message {
	uint32_t request, flags, size;
	union {
		uint64_t u64;
		struct vhost_vring_state state;
		struct vhost_vring_addr addr;
		struct {
			uint32_t n, padding;
			struct {
				uint64_t gpa, len, hva, offset;
			} region[1];
		} mem;
	};
} __attribute__((packed));

#define HEAD offsetof(struct message, u64)

/* fd -1: none goes with it. */
static int
link_send(const struct bench_vhost_link *l, struct message *m, int fd)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { m, HEAD + m->size };
	struct msghdr h = { .msg_iov = &iov, .msg_iovlen = 1 };
	struct cmsghdr *c;

	if (fd >= 0) {
		h.msg_control = control;
		h.msg_controllen = sizeof(control);
		c = CMSG_FIRSTHDR(&h);
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(sizeof(int));
		memcpy(CMSG_DATA(c), &fd, sizeof(fd));
	}
	if (sendmsg(l->fd, &h, MSG_NOSIGNAL) < 0)
		return -errno;
	return 0;
}

/* An answer is a number. */
static int
link_answer(const struct bench_vhost_link *l, uint32_t request, uint64_t *value)
{
	struct message m;
	ssize_t n = recv(l->fd, &m, HEAD + sizeof(m.u64), MSG_WAITALL);

	if (n < 0)
		return errno == EAGAIN ? -ETIMEDOUT : -errno;
	if (n == 0)
		return -ECONNRESET;
	if (n != HEAD + sizeof(m.u64) || m.request != request || m.size != sizeof(m.u64) ||
		(m.flags & IS_REPLY) == 0)
		return -EPROTO;
	*value = m.u64;
	return 0;
}

static int
link_get(const struct bench_vhost_link *l, enum request request, uint64_t *value)
{
	struct message m = { request, VERSION, 0, { 0 } };
	int ret = link_send(l, &m, -1);

	return ret < 0 ? ret : link_answer(l, request, value);
}

/* m: all but the head's flags. */
static int
link_set(const struct bench_vhost_link *l, struct message *m, int fd)
{
	uint64_t failed = 0;
	int ret;

	m->flags = l->acks ? VERSION | NEED_REPLY : VERSION;
	ret = link_send(l, m, fd);
	if (ret == 0 && l->acks)
		ret = link_answer(l, m->request, &failed);
	return ret == 0 && failed != 0 ? -EINVAL : ret;
}

static int
link_set_u64(const struct bench_vhost_link *l, enum request request, uint64_t value)
{
	struct message m = { .request = request, .size = sizeof(m.u64), .u64 = value };

	return link_set(l, &m, -1);
}

static int
link_set_state(const struct bench_vhost_link *l, enum request request, uint32_t idx, uint32_t num)
{
	struct message m = { .request = request, .size = sizeof(m.state) };

	m.state = (struct vhost_vring_state){ idx, num };
	return link_set(l, &m, -1);
}

static uint64_t
device_features(struct bench_device *dev)
{
	return ((struct bench_vhost_link *)dev)->features;
}

static int
device_set_features(struct bench_device *dev, uint64_t features)
{
	struct bench_vhost_link *l = (void *)dev;
	struct message m = { .request = SET_MEM_TABLE, .size = sizeof(m.mem) };
	int ret = link_set_u64(l, SET_FEATURES, features | (l->features & F_PROTOCOL));

	m.mem.n = 1;
	m.mem.region[0].gpa = BENCH_DRIVER_GPA;
	m.mem.region[0].len = l->mem->len;
	m.mem.region[0].hva = (uintptr_t)l->mem->base;
	return ret == 0 ? link_set(l, &m, l->mem_fd) : ret;
}

/* The server has an event of its own behind each descriptor. @return ours, or -errno. */
static int
link_event(const struct bench_vhost_link *l, enum request request, uint32_t idx)
{
	struct message m = { .request = request, .size = sizeof(m.u64), .u64 = idx };
	int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC), ret;

	if (fd < 0)
		return -errno;
	ret = link_set(l, &m, fd);
	if (ret == 0)
		return fd;
	close(fd);
	return ret;
}

static int
link_ring(const struct bench_vhost_link *l, uint16_t idx, const struct nic_vring *where)
{
	const uint64_t base = (uintptr_t)l->mem->base - BENCH_DRIVER_GPA;
	struct message m = { .request = SET_VRING_ADDR, .size = sizeof(m.addr) };
	int ret = link_set_state(l, SET_VRING_NUM, idx, where->size);

	if (ret == 0)
		ret = link_set_state(l, SET_VRING_BASE, idx, where->base);
	m.addr = (struct vhost_vring_addr){
		.index = idx,
		.desc_user_addr = base + where->desc_gpa,
		.avail_user_addr = base + where->avail_gpa,
		.used_user_addr = base + where->used_gpa,
	};
	return ret == 0 ? link_set(l, &m, -1) : ret;
}

/* Nobody waits for interrupts: the descriptor for them is ours for a moment only. */
static int
device_vring(struct bench_device *dev, uint16_t idx, const struct nic_vring *where)
{
	struct bench_vhost_link *l = (void *)dev;
	int ret = link_ring(l, idx, where), call, kick;

	call = ret == 0 ? link_event(l, SET_VRING_CALL, idx) : ret;
	if (call < 0)
		return call;
	close(call);
	kick = link_event(l, SET_VRING_KICK, idx);
	if (kick < 0)
		return kick;
	if (idx % 2 != 0)
		l->kick[idx / 2] = kick;
	else
		close(kick);
	return (l->features & F_PROTOCOL) != 0 ? link_set_state(l, SET_VRING_ENABLE, idx, 1) : 0;
}

static int
link_connect(struct bench_vhost_link *l, const char *path)
{
	const struct timeval limit = { ANSWER_SECONDS, 0 };
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	if ((size_t)snprintf(to.sun_path, sizeof(to.sun_path), "%s", path) >= sizeof(to.sun_path))
		return -ENAMETOOLONG;
	l->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (l->fd < 0 || setsockopt(l->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ||
		connect(l->fd, (const struct sockaddr *)&to, sizeof(to)) < 0)
		return -errno;
	return 0;
}

static int
link_lacks(struct bench_vhost_link *l, const char *what)
{
	l->lacks = what;
	return -ENOTSUP;
}

/* offered: of the protocol's features. */
static int
link_pairs(struct bench_vhost_link *l, uint64_t offered, uint16_t queues)
{
	uint64_t most = 1;
	int ret = 0;

	if (queues > 1 && (offered & PROTOCOL_MQ) != 0)
		ret = link_get(l, GET_QUEUE_NUM, &most);
	if (ret == 0 && queues > most)
		return link_lacks(l, "so many queue pairs");
	return ret;
}

static int
link_protocol(struct bench_vhost_link *l, uint16_t queues)
{
	uint64_t offered = 0;
	int ret = 0;

	if ((l->features & F_PROTOCOL) != 0)
		ret = link_get(l, GET_PROTOCOL_FEATURES, &offered);
	offered &= PROTOCOL_MQ | PROTOCOL_REPLY;
	if (ret == 0 && (l->features & F_PROTOCOL) != 0)
		ret = link_set_u64(l, SET_PROTOCOL_FEATURES, offered);
	l->acks = (offered & PROTOCOL_REPLY) != 0;
	return ret == 0 ? link_pairs(l, offered, queues) : ret;
}

int
bench_vhost_link_open(struct bench_vhost_link *l, const char *path, uint16_t queues, bool packed)
{
	struct message owner = { .request = SET_OWNER };
	int ret;

	l->dev = (struct bench_device){ NULL, device_features, device_set_features, device_vring };
	memset(l->kick, -1, sizeof(l->kick));
	ret = link_connect(l, path);
	if (ret == 0)
		ret = link_get(l, GET_FEATURES, &l->features);
	if (ret < 0)
		return ret;
	if ((l->features & UINT64_C(1) << VIRTIO_F_VERSION_1) == 0)
		return link_lacks(l, "virtio 1");
	if (packed && (l->features & UINT64_C(1) << VIRTIO_F_RING_PACKED) == 0)
		return link_lacks(l, "packed rings");
	ret = link_protocol(l, queues);
	return ret == 0 ? link_set(l, &owner, -1) : ret;
}

void
bench_vhost_link_kick(const struct bench_vhost_link *l, uint16_t q)
{
	if (eventfd_write(l->kick[q], 1) < 0 && errno != EAGAIN)
		fprintf(stderr, "ringhub-bench: kick of queue %u: %s\n", q, strerror(errno));
}

void
bench_vhost_link_close(struct bench_vhost_link *l)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(l->kick); i++)
		if (l->kick[i] >= 0)
			close(l->kick[i]);
	if (l->fd >= 0)
		close(l->fd);
}
