/* SPDX-License-Identifier: BSD-3-Clause */
/* The client's and the guest's side of the vfio-user tests. */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>
#include <rte_cycles.h>
#include <rte_string_fns.h>

#include "test_vfu.h"

static const struct nic_pci_area areas[] = { { 0x2000, 0x1000 }, { 0x3000, 0x1000 } };

static const struct nic_pci test_pci = {
	.vendor = 0x1234,
	.device = 0x5678,
	.int_pin = 1,
	.n_msix = T_MSIX,
	.n_msi = T_MSI,
	.bar = { { .len = T_BAR_LEN }, { .len = 64, .flags = NIC_BAR_IO } },
	.area = areas,
	.n_areas = RTE_DIM(areas),
	.shared_bar = 0,
	.shared_len = T_SHARED,
};

static int
on_mem_add(void *ctx, uint64_t gpa, uint64_t len, void *hva)
{
	struct test_port *p = ctx;

	if (p->refuse_mem != 0)
		return p->refuse_mem;
	if (p->n_mem == T_MAX_MEM)
		return -ENOSPC;
	p->mem[p->n_mem].gpa = gpa;
	p->mem[p->n_mem].len = len;
	p->mem[p->n_mem++].hva = hva;
	return 0;
}

static void
on_mem_del(void *ctx, uint64_t gpa, uint64_t len)
{
	struct test_port *p = ctx;
	unsigned int i;

	for (i = 0; i < p->n_mem; i++)
		if (p->mem[i].gpa == gpa && p->mem[i].len == len)
			break;
	CU_ASSERT_TRUE(i < p->n_mem);
	if (i < p->n_mem)
		p->mem[i] = p->mem[--p->n_mem];
}

static void
on_mem_clear(void *ctx)
{
	struct test_port *p = ctx;

	p->n_mem = 0;
	p->log = NULL;
	p->clears++;
}

static void
on_mem_log(void *ctx, uint8_t *log, uint64_t len)
{
	struct test_port *p = ctx;

	p->log = log;
	p->log_len = len;
}

static void
on_config_read(void *ctx, uint32_t off, void *buf, uint32_t len)
{
	const struct test_port *p = ctx;

	memcpy(buf, p->config + off, len);
}

static void
on_config_write(void *ctx, uint32_t off, const void *buf, uint32_t len)
{
	struct test_port *p = ctx;

	memcpy(p->config + off, buf, len);
}

static void
on_bar_read(void *ctx, uint8_t bar, uint64_t off, void *buf, uint32_t len)
{
	struct test_port *p = ctx;

	memset(buf, 0, len);
	if (bar == 0 && off + len <= T_BAR_NOTE)
		memcpy(buf, p->bar + off, len);
	p->reads++;
}

static void
on_bar_write(void *ctx, uint8_t bar, uint64_t off, const void *buf, uint32_t len)
{
	struct test_port *p = ctx;

	if (bar == 0 && off + len <= T_BAR_NOTE)
		memcpy(p->bar + off, buf, len);
	__atomic_fetch_add(&p->writes, 1, __ATOMIC_RELEASE);
}

static bool
on_bar_holds(void *ctx, uint8_t bar, uint64_t off, uint32_t len)
{
	return off >= T_BAR_HELD;
}

static bool
on_try_enter(void *ctx)
{
	struct test_port *p = ctx;

	return __atomic_load_n(&p->busy, __ATOMIC_ACQUIRE) == 0;
}

static void
on_leave(void *ctx)
{
}

static void
on_reset(void *ctx)
{
	((struct test_port *)ctx)->resets++;
}

static void
on_connected(void *ctx)
{
	__atomic_fetch_add(&((struct test_port *)ctx)->connected, 1, __ATOMIC_RELEASE);
}

static void
on_gone(void *ctx)
{
	struct test_port *p = ctx;

	t_wait(&p->hold_gone, 0);
	__atomic_fetch_add(&p->gone, 1, __ATOMIC_RELEASE);
}

static const struct transport_events test_events = {
	.mem_add = on_mem_add,
	.mem_del = on_mem_del,
	.mem_clear = on_mem_clear,
	.mem_log = on_mem_log,
	.config_read = on_config_read,
	.config_write = on_config_write,
	.bar_read = on_bar_read,
	.bar_write = on_bar_write,
	.bar_holds = on_bar_holds,
	.try_enter = on_try_enter,
	.leave = on_leave,
	.reset = on_reset,
	.connected = on_connected,
	.gone = on_gone,
};

void
t_open(struct test_port *p, const char *name, bool shared)
{
	t_open_traced(p, name, shared, NULL);
}

void
t_open_traced(struct test_port *p, const char *name, bool shared, const char *trace)
{
	struct transport_conf conf = { .name = name,
		.path = p->path,
		.pci = &test_pci,
		.trace = trace,
		.trace_title = "model=test" };

	memset(p, 0, sizeof(*p));
	(void)snprintf(p->path, sizeof(p->path), "/tmp/test_vfu.%d.%s", getpid(), name);
	memset(p->rom, 0x5a, sizeof(p->rom));
	p->shared_fd = -1;
	if (shared) {
		p->shared_fd = memfd_create("test-registers", MFD_CLOEXEC);
		CU_ASSERT_EQUAL_FATAL(ftruncate(p->shared_fd, T_SHARED), 0);
	}
	conf.shared_fd = p->shared_fd;
	conf.rom = p->rom;
	conf.rom_len = T_ROM_LEN;
	p->tr = vfu_transport_ops.open(&conf, &test_events, p);
	CU_ASSERT_PTR_NOT_NULL_FATAL(p->tr);
}

void
t_close(struct test_port *p)
{
	vfu_transport_ops.close(p->tr);
	if (p->shared_fd >= 0)
		close(p->shared_fd);
	CU_ASSERT_EQUAL(access(p->path, F_OK), -1);
}

int
t_socket(void)
{
	struct timeval limit = { .tv_sec = 5 };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	CU_ASSERT_EQUAL_FATAL(setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)), 0);
	return sock;
}

void
t_connect_socket(int sock, const struct test_port *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };

	rte_strscpy(sun.sun_path, p->path, sizeof(sun.sun_path));
	CU_ASSERT_EQUAL_FATAL(connect(sock, (struct sockaddr *)&sun, sizeof(sun)), 0);
}

int
t_connect(const struct test_port *p)
{
	int sock = t_socket();

	t_connect_socket(sock, p);
	return sock;
}

bool
t_send_message(int sock, const struct test_message *m)
{
	static uint16_t id;
	struct vfu_hdr hdr = { ++id, m->command, (uint32_t)sizeof(hdr) + m->len, m->flags, 0 };
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(64 * sizeof(int))];
	} control = { 0 };
	uint8_t all[sizeof(hdr) + 4096];
	struct iovec iov = { all, sizeof(hdr) + m->len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };

	CU_ASSERT_TRUE_FATAL(m->len <= sizeof(all) - sizeof(hdr));
	memcpy(all, &hdr, sizeof(hdr));
	if (m->len > 0)
		memcpy(all + sizeof(hdr), m->body, m->len);
	if (m->n_fds > 0) {
		control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(m->n_fds * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
		memcpy(CMSG_DATA(&control.align), m->fd, m->n_fds * sizeof(int));
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(m->n_fds * sizeof(int));
	}
	return sendmsg(sock, &msg, MSG_NOSIGNAL) == (ssize_t)iov.iov_len;
}

bool
t_recv(int sock, struct test_reply *r)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(sizeof(int))];
	} control = { 0 };
	struct iovec iov = { &r->hdr, sizeof(r->hdr) };
	struct msghdr msg = { .msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control.buf,
		.msg_controllen = sizeof(control.buf) };
	struct cmsghdr *c;

	r->fd = -1;
	r->len = 0;
	if (recvmsg(sock, &msg, MSG_WAITALL | MSG_CMSG_CLOEXEC) != sizeof(r->hdr))
		return false;
	c = CMSG_FIRSTHDR(&msg);
	if (c != NULL && c->cmsg_type == SCM_RIGHTS)
		memcpy(&r->fd, CMSG_DATA(c), sizeof(r->fd));
	r->len = r->hdr.size - (uint32_t)sizeof(r->hdr);
	if (r->hdr.size < sizeof(r->hdr) || r->len > sizeof(r->body))
		return false;
	return r->len == 0 || recv(sock, r->body, r->len, MSG_WAITALL) == (ssize_t)r->len;
}

int
t_ask(int sock, uint16_t command, const void *body, uint32_t len, struct test_reply *r)
{
	if (!T_SEND(sock, command, 0, body, len, NULL, 0) || !t_recv(sock, r))
		return -1;
	CU_ASSERT_EQUAL(r->hdr.command, command);
	CU_ASSERT_EQUAL(r->hdr.flags & VFU_FLAG_TYPE, VFU_TYPE_REPLY);
	CU_ASSERT_EQUAL((r->hdr.flags & VFU_FLAG_ERROR) != 0, r->hdr.error != 0);
	return (int)r->hdr.error;
}

int
t_ask_message(int sock, const struct test_message *m)
{
	struct test_reply r;

	if (!t_send_message(sock, m) || !t_recv(sock, &r))
		return -1;
	CU_ASSERT_EQUAL(r.fd, -1);
	return (int)r.hdr.error;
}

void
t_hello(int sock)
{
	static const char json[] = "\0\0\0\0{\"capabilities\":{\"max_msg_fds\":16,\"max_dma_maps\":"
				   "65535,\"max_data_xfer_size\":1048576,\"pgsizes\":4096,"
				   "\"write_multiple\":true}}";
	struct test_reply r;

	CU_ASSERT_EQUAL(t_ask(sock, VFU_VERSION, json, sizeof(json), &r), 0);
	CU_ASSERT_TRUE(r.len <= sizeof(json)); /* QEMU takes no longer one */
	CU_ASSERT_EQUAL(r.body[r.len - 1], '\0');
	CU_ASSERT_PTR_NOT_NULL(strstr((char *)r.body + 4, "\"max_msg_fds\""));
	CU_ASSERT_PTR_NULL(strstr((char *)r.body + 4, "write_multiple"));
}

int
t_client(const struct test_port *p)
{
	int sock = t_connect(p);

	t_hello(sock);
	return sock;
}

int
t_write(int sock, uint32_t region, uint64_t offset, const void *data, uint32_t n)
{
	uint8_t body[sizeof(struct vfu_access) + 256];
	struct vfu_access a = { offset, region, n };
	struct test_reply r;
	int ret;

	memcpy(body, &a, sizeof(a));
	memcpy(body + sizeof(a), data, n);
	ret = t_ask(sock, VFU_REGION_WRITE, body, (uint32_t)sizeof(a) + n, &r);
	CU_ASSERT_EQUAL(r.len, ret == 0 ? sizeof(a) : 0);
	return ret;
}

int
t_read(int sock, uint32_t region, uint64_t offset, void *data, uint32_t n)
{
	struct vfu_access a = { offset, region, n };
	struct test_reply r;
	int ret = t_ask(sock, VFU_REGION_READ, &a, sizeof(a), &r);

	if (ret != 0)
		return ret;
	CU_ASSERT_EQUAL_FATAL(r.len, sizeof(a) + n);
	memcpy(data, r.body + sizeof(a), n);
	return 0;
}

int
t_map(int sock, uint64_t iova, uint64_t size, int fd, uint64_t offset)
{
	struct vfu_dma_map map = { sizeof(map), VFU_DMA_READABLE | VFU_DMA_WRITABLE, offset, iova,
		size };

	return T_ASK_FDS(sock, VFU_DMA_MAP, &map, sizeof(map), &fd, fd >= 0);
}

int
t_irq_fd(int sock, uint32_t index, uint32_t start)
{
	struct vfu_irq_set set = { sizeof(set), VFU_SET_DATA_EVENTFD | VFU_SET_ACTION_TRIGGER,
		index, start, 1 };
	int fd = eventfd(0, EFD_CLOEXEC);

	CU_ASSERT_EQUAL(T_ASK_FDS(sock, VFU_DEVICE_SET_IRQS, &set, sizeof(set), &fd, 1), 0);
	return fd;
}

bool
t_fired(int fd, int ms)
{
	struct pollfd p = { fd, POLLIN, 0 };
	uint64_t n;

	return poll(&p, 1, ms) == 1 && read(fd, &n, sizeof(n)) == sizeof(n);
}

bool
t_wait(const unsigned int *value, unsigned int want)
{
	uint64_t end = rte_get_timer_cycles() + 5 * rte_get_timer_hz();

	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) != want)
		if (rte_get_timer_cycles() > end)
			return false;
	return true;
}

bool
t_wait64(const uint64_t *value, uint64_t want)
{
	uint64_t end = rte_get_timer_cycles() + 5 * rte_get_timer_hz();

	while (__atomic_load_n(value, __ATOMIC_ACQUIRE) != want)
		if (rte_get_timer_cycles() > end)
			return false;
	return true;
}

void
t_sleep_ms(int ms)
{
	poll(NULL, 0, ms);
}

unsigned int
t_fds(void)
{
	unsigned int n = 0;
	glob_t g;

	if (glob("/proc/self/fd/*", GLOB_NOSORT, NULL, &g) == 0)
		n = (unsigned int)g.gl_pathc;
	globfree(&g);
	return n;
}
