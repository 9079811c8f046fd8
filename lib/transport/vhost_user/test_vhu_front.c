/* SPDX-License-Identifier: BSD-3-Clause */
/* The front end of the vhost-user tests. */
#include "test_vhu_front.h"

#include <CUnit/CUnit.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "vhu_private.h"

char test_dir[64];

/* Send one message with descriptors. */
void
send_msg(const struct front *f, uint32_t request, const void *payload, uint32_t len, const int *fds,
	unsigned int n_fds)
{
	struct {
		uint32_t request, flags, size;
		uint8_t payload[512];
	} m = { request, 1, len, { 0 } };
	char control[CMSG_SPACE(16 * sizeof(int))] = { 0 };
	struct iovec iov = { &m, 12 + len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	memcpy(m.payload, payload, len);
	if (n_fds > 0) {
		struct cmsghdr *c = (struct cmsghdr *)control;

		msg.msg_control = control;
		msg.msg_controllen = CMSG_SPACE(n_fds * sizeof(int));
		c->cmsg_level = SOL_SOCKET;
		c->cmsg_type = SCM_RIGHTS;
		c->cmsg_len = CMSG_LEN(n_fds * sizeof(int));
		memcpy(CMSG_DATA(c), fds, n_fds * sizeof(int));
	}
	if (sendmsg(f->sock, &msg, MSG_NOSIGNAL) < 0)
		return; /* the other side hung up: the test sees that by what it does not see */
}

void
send_u64(const struct front *f, uint32_t request, uint64_t value)
{
	send_msg(f, request, &value, sizeof(value), NULL, 0);
}

void
send_fd(const struct front *f, uint32_t request, uint64_t idx, int fd)
{
	send_msg(f, request, &idx, sizeof(idx), &fd, 1);
}

void
send_state(const struct front *f, uint32_t request, uint32_t idx, uint32_t num)
{
	uint32_t state[2] = { idx, num };

	send_msg(f, request, state, sizeof(state), NULL, 0);
}

/* Ask for something that is answered with a u64 or a vring state. */
uint64_t
ask(const struct front *f, uint32_t request, uint64_t payload)
{
	struct vhu_msg answer = { .payload = UINT64_MAX };
	struct pollfd p = { .fd = f->sock, .events = POLLIN };

	send_msg(f, request, &payload, request == 11 ? 8 : 0, NULL, 0);
	if (poll(&p, 1, 5000) != 1 || recv(f->sock, &answer, sizeof(answer), MSG_WAITALL) != 20)
		return UINT64_MAX;
	return answer.payload;
}

void
front_open(struct front *f)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int i;

	snprintf(sun.sun_path, sizeof(sun.sun_path), "%s/s", test_dir);
	f->sock = socket(AF_UNIX, SOCK_STREAM, 0);
	CU_ASSERT_EQUAL(connect(f->sock, (struct sockaddr *)&sun, sizeof(sun)), 0);
	f->memfd = memfd_create("guest", 0);
	CU_ASSERT_EQUAL(ftruncate(f->memfd, MEM_LEN), 0);
	for (i = 0; i < 2; i++) {
		f->call[i] = eventfd(0, EFD_NONBLOCK);
		f->kick[i] = eventfd(0, EFD_NONBLOCK);
	}
}

void
front_close(struct front *f)
{
	int i;

	close(f->sock);
	close(f->memfd);
	for (i = 0; i < 2; i++) {
		close(f->call[i]);
		close(f->kick[i]);
	}
}

void
send_memory_of(const struct front *f, uint64_t len, unsigned int n_fds)
{
	struct {
		uint32_t n, pad;
		uint64_t gpa, len, user, off;
	} table = { 1, 0, 0x10000, len, USER_BASE, 0 };
	int fds[4] = { f->memfd, f->memfd, f->memfd, f->memfd };

	send_msg(f, 5, &table, sizeof(table), fds, n_fds);
}

void
send_memory(const struct front *f, unsigned int n_fds)
{
	send_memory_of(f, MEM_LEN, n_fds);
}

void
send_ring(const struct front *f, uint32_t idx)
{
	uint64_t base = USER_BASE + UINT64_C(0x4000) * idx;
	struct {
		uint32_t idx, flags;
		uint64_t desc, used, avail, log;
	} addr = { idx, 0, base, base + 0x3000, base + 0x2000, 0 };

	send_state(f, 8, idx, RING_SIZE);
	send_state(f, 10, idx, 0);
	send_msg(f, 9, &addr, sizeof(addr), NULL, 0);
	send_fd(f, 12, idx, f->kick[idx]);
	send_fd(f, 13, idx, f->call[idx]);
	send_state(f, 18, idx, 1);
}

void
bring_up(const struct front *f)
{
	send_msg(f, 3, "", 0, NULL, 0);
	send_u64(f, 2, FEATURES | (UINT64_C(1) << VHOST_USER_F_PROTOCOL_FEATURES));
	send_memory(f, 1);
	send_ring(f, 0);
	send_ring(f, 1);
}
