/* SPDX-License-Identifier: BSD-3-Clause */
/* Fuzz target: a vfio-user client, right or wrong, of a whole guest. */
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_common.h>

#include "fuzz.h"
#include "fuzz_vfu.h"
#include "guest/guest.h"
#include "transport/vfio_user/vfu.h"

int LLVMFuzzerInitialize(int *argc, char ***argv);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

/* Bits of the first byte of an input. */
#define VFU_MODEL   3	     /* which; 3: as 0 */
#define VFU_TRAP    (1 << 2) /* no registers may be mapped */
#define VFU_CARRY   (1 << 3)
#define VFU_HELLO   (1 << 4) /* versions have been exchanged */
#define VFU_GROUNDS (1 << 5) /* and all memory is mapped */

#define VFU_OPS	  300
#define VFU_TURNS 8 /* of the server, after each message */

/* The files that a client sends. */
enum vfu_file {
	FILE_RAM, /* the guest's memory */
	FILE_READ_ONLY,
	FILE_EVENT,
	FILE_EVENT_2,
	FILE_PIPE,
	FILE_SMALL, /* less than a page */
	FILE_NULL,
	FILE_DIR,
	N_FILES
};

static char vfu_path[] = "/tmp/rh-fuzz.XXXXXX/socket";
static int vfu_file[N_FILES];
static uint8_t *vfu_ram;

/** All of one run. */
struct fuzz_vfu {
	struct guest *guest;
	struct vfu_transport *t;
	struct fuzz_port port;
	int sock; /* the client's end; -1: none */
	uint16_t id;
};

static void
vfu_link(void *ctx, bool up)
{
}

static void
vfu_announce(void *ctx, const struct rte_ether_addr *mac)
{
}

static const struct guest_events vfu_guest_events = { vfu_link, vfu_announce };

static uint16_t
vfu_from_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_from_guest(dev, q, pkts, n);
}

static uint16_t
vfu_to_guest(void *dev, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return guest_to_guest(dev, q, pkts, n);
}

/* What epoll would do for a source now. */
static bool
vfu_poll(struct fuzz_vfu *f, struct vfu_source *s)
{
	struct pollfd pfd = { .fd = s->fd, .events = (short)fuzz_vfu_watched(s) };

	if (s->fd < 0 || pfd.events == 0 || poll(&pfd, 1, 0) <= 0)
		return false;
	s->ready(f->t, (uint32_t)pfd.revents);
	return true;
}

/* Let a connection in. Little of what we say fits in the socket, so that the server must wait. */
static void
vfu_accept(struct fuzz_vfu *f)
{
	int few = 4096;

	vfu_poll(f, &f->t->listener);
	if (f->t->conn.fd >= 0)
		setsockopt(f->t->conn.fd, SOL_SOCKET, SO_SNDBUF, &few, sizeof(few));
}

/* The lcore's turn: it serves what it may of a connection that is lent, and the loop takes the rest. */
static bool
vfu_lcore(struct fuzz_vfu *f)
{
	uint64_t before = f->t->count.messages;
	bool lent = f->t->lent;

	f->t->look_at = 0;
	f->t->tr.ops->poll(&f->t->tr);
	if (fuzz_vfu_kicked() && f->t->conn.fd >= 0)
		f->t->conn.ready(f->t, POLLIN);
	return f->t->count.messages != before || lent != f->t->lent;
}

static void
vfu_serve(struct fuzz_vfu *f)
{
	unsigned int i;

	for (i = 0; i < VFU_TURNS; i++)
		if (!vfu_lcore(f) && !vfu_poll(f, &f->t->conn) && !vfu_poll(f, &f->t->unmask))
			return;
}

static int
vfu_connect(void)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int sock = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	memcpy(sun.sun_path, vfu_path, sizeof(vfu_path));
	FUZZ_CHECK(sock >= 0 && connect(sock, (struct sockaddr *)&sun, sizeof(sun)) == 0);
	return sock;
}

/* Take what the server said, and its descriptors. */
static void
vfu_drain(struct fuzz_vfu *f)
{
	static uint8_t data[65536];
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(4 * sizeof(int))];
	} control;
	int fd;

	for (;;) {
		struct iovec iov = { data, sizeof(data) };
		struct msghdr msg = { .msg_iov = &iov,
			.msg_iovlen = 1,
			.msg_control = control.buf,
			.msg_controllen = sizeof(control.buf) };

		if (f->sock < 0 || recvmsg(f->sock, &msg, MSG_DONTWAIT) <= 0)
			return;
		if (CMSG_FIRSTHDR(&msg) == NULL)
			continue;
		FUZZ_CHECK(CMSG_FIRSTHDR(&msg)->cmsg_len == CMSG_LEN(sizeof(fd)));
		memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
		close(fd);
	}
}

/* Send bytes with n descriptors, chosen by the nibbles of which. */
static void
vfu_send(struct fuzz_vfu *f, const void *data, size_t len, unsigned int n, uint64_t which)
{
	union {
		struct cmsghdr align;
		uint8_t buf[CMSG_SPACE(32 * sizeof(int))];
	} control = { 0 };
	struct iovec iov = { (void *)(uintptr_t)data, len };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1 };
	unsigned int i;

	if (f->sock < 0)
		return;
	if (n > 0) {
		msg.msg_control = control.buf;
		msg.msg_controllen = CMSG_SPACE(n * sizeof(int));
		control.align = (struct cmsghdr){ .cmsg_len = CMSG_LEN(n * sizeof(int)),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS };
	}
	for (i = 0; i < n; i++)
		memcpy(CMSG_DATA(&control.align) + i * sizeof(int),
			&vfu_file[(which >> (4 * (i % 16))) % N_FILES], sizeof(int));
	(void)!sendmsg(f->sock, &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	vfu_serve(f);
}

/* A whole message. */
static void
vfu_message(struct fuzz_vfu *f, struct vfu_hdr hdr, const void *body, uint32_t len, uint32_t fds)
{
	uint8_t data[sizeof(hdr) + 65536];

	hdr.size += (uint32_t)sizeof(hdr) + len;
	hdr.id = f->id++;
	memcpy(data, &hdr, sizeof(hdr));
	memcpy(data + sizeof(hdr), body, len);
	vfu_send(f, data, sizeof(hdr) + len, RTE_MIN(fds & 31, 24u), fds >> 5);
}

/* A message with the right size; the reply is left in the socket. */
static void
vfu_op_message(struct fuzz_vfu *f, struct fuzz_in *in)
{
	struct vfu_hdr hdr = { .command = fuzz_u8(in), .flags = fuzz_u8(in) };
	uint32_t len = fuzz_u8(in), fds = fuzz_u8(in);
	uint8_t body[256];

	if (fds & 31)
		fds |= (uint32_t)fuzz_u16(in) << 5;
	fuzz_read(in, body, len);
	vfu_message(f, hdr, body, len, fds);
}

/* A write of 4 bytes to a register, or a read. */
static void
vfu_op_register(struct fuzz_vfu *f, struct fuzz_in *in)
{
	uint8_t how = fuzz_u8(in);
	struct vfu_hdr hdr = { .command = how & 0x80 ? VFU_REGION_WRITE : VFU_REGION_READ,
		.flags = how & 0x40 ? VFU_FLAG_NO_REPLY : 0 };
	struct {
		struct vfu_access a;
		uint32_t val;
	} body = { { fuzz_u32(in), how & 15, 4 }, 0 };

	if (how & 0x80)
		body.val = fuzz_u32(in);
	vfu_message(f, hdr, &body, how & 0x80 ? 20 : 16, 0);
}

/* Bytes of any sort: headers that lie, messages in pieces. */
static void
vfu_op_bytes(struct fuzz_vfu *f, struct fuzz_in *in)
{
	uint8_t data[256], len = fuzz_u8(in), fds = fuzz_u8(in);

	fuzz_read(in, data, len);
	vfu_send(f, data, len, RTE_MIN(fds & 31, 24), fds);
}

/* A long access, with a body of one value. */
static void
vfu_op_long(struct fuzz_vfu *f, struct fuzz_in *in)
{
	static uint8_t body[65536];
	struct vfu_hdr hdr = { .command = fuzz_u8(in), .flags = 0 };
	struct vfu_access a = { fuzz_u32(in), fuzz_u8(in) % VFU_N_REGIONS, fuzz_u16(in) & 0x3fff };

	memset(body, fuzz_u8(in), sizeof(body));
	memcpy(body, &a, sizeof(a));
	hdr.size = fuzz_u8(in) % 2 * 100;		    /* more than there is */
	f->port.work -= RTE_MIN(f->port.work, a.count / 8); /* each 4 bytes are a register */
	vfu_message(f, hdr, body, a.count + (uint32_t)sizeof(a), 0);
}

static void
vfu_op_drain(struct fuzz_vfu *f, struct fuzz_in *in)
{
	vfu_drain(f);
	vfu_serve(f);
}

/* The guest's memory, and its mapped registers, which are the same to it. */
static void
vfu_op_ram(struct fuzz_vfu *f, struct fuzz_in *in)
{
	uint16_t at = fuzz_u16(in);
	uint8_t n = fuzz_u8(in);

	fuzz_read(in, vfu_ram + RTE_MIN(at, (uint32_t)FUZZ_VFU_RAM - n), n);
}

static void
vfu_op_poke(struct fuzz_vfu *f, struct fuzz_in *in)
{
	const struct nic *nic = guest_nic(f->guest);
	uint32_t off = fuzz_u16(in) & ~3u, val = fuzz_u32(in);
	uint8_t *p = nic_pci_shared(nic, off);

	if (p != NULL)
		__atomic_store_n((uint32_t *)p, val, __ATOMIC_RELEASE);
}

static void
vfu_op_from(struct fuzz_vfu *f, struct fuzz_in *in)
{
	fuzz_from_op(&f->port, in);
}

static void
vfu_op_to(struct fuzz_vfu *f, struct fuzz_in *in)
{
	fuzz_to_op(&f->port, in);
}

/* The client's resample event. */
static void
vfu_op_event(struct fuzz_vfu *f, struct fuzz_in *in)
{
	(void)!eventfd_write(vfu_file[FILE_EVENT + fuzz_u8(in) % 2], 1);
	vfu_serve(f);
}

static void
vfu_leave(struct fuzz_vfu *f)
{
	if (f->sock >= 0)
		close(f->sock);
	f->sock = -1;
	vfu_serve(f);
}

static void
vfu_op_reconnect(struct fuzz_vfu *f, struct fuzz_in *in)
{
	uint8_t how = fuzz_u8(in) % 4;
	int other;

	if (how == 0) { /* one too many */
		other = vfu_connect();
		vfu_poll(f, &f->t->listener);
		close(other);
	} else if (how == 1 && f->sock >= 0) {
		shutdown(f->sock, SHUT_WR);
		vfu_serve(f);
	} else {
		vfu_leave(f);
		FUZZ_CHECK(f->t->conn.fd < 0 && f->t->n_maps == 0 && f->t->unmask.fd < 0);
		f->sock = vfu_connect();
		vfu_accept(f);
	}
}

static void
vfu_op_hello(struct fuzz_vfu *f, struct fuzz_in *in)
{
	static const struct vfu_version v = { 0, 0 };

	vfu_message(f, (struct vfu_hdr){ .command = VFU_VERSION }, &v, sizeof(v), 0);
}

/* Map pieces of the guest's memory, from address 0 on. */
static void
vfu_op_grounds(struct fuzz_vfu *f, struct fuzz_in *in)
{
	struct vfu_dma_map map = { .argsz = sizeof(map),
		.flags = VFU_DMA_READABLE | VFU_DMA_WRITABLE,
		.size = FUZZ_VFU_RAM / 2 };

	for (; map.fd_offset < FUZZ_VFU_RAM; map.fd_offset = map.iova += map.size)
		vfu_message(f, (struct vfu_hdr){ .command = VFU_DMA_MAP }, &map, sizeof(map), 1);
}

static void (*const vfu_ops[])(struct fuzz_vfu *f, struct fuzz_in *in) = {
	vfu_op_message,
	vfu_op_register,
	vfu_op_bytes,
	vfu_op_long,
	vfu_op_drain,
	vfu_op_ram,
	vfu_op_poke,
	vfu_op_from,
	vfu_op_to,
	vfu_op_event,
	vfu_op_reconnect,
	vfu_op_hello,
	vfu_op_grounds,
};

static bool
vfu_up(struct fuzz_vfu *f, uint8_t how)
{
	static const char *const names[] = { "e1000", "rtl8139", "virtio-net-pci", "e1000" };
	const struct guest_conf conf = {
		.model = nic_model_find(names[how & VFU_MODEL]),
		.transport = "vfio-user",
		.path = vfu_path,
		.doorbells_trap = how & VFU_TRAP,
		.nic = { .name = "fuzz",
			.mac = fuzz_mac,
			.n_queues = 1,
			.features_mask = ~UINT64_C(0),
			.carry = how & VFU_CARRY,
			.waits = true },
	};

	f->guest = guest_create(&conf, &vfu_guest_events, NULL);
	if (f->guest == NULL)
		return false;
	f->t = (struct vfu_transport *)guest_transport(f->guest);
	guest_set_pool(f->guest, 0, fuzz_pool);
	guest_set_running(f->guest, true);
	f->port = (struct fuzz_port){ vfu_from_guest, vfu_to_guest, f->guest, 1, conf.nic.carry,
		conf.model->finishes, FUZZ_WORK };
	f->sock = vfu_connect();
	vfu_accept(f);
	FUZZ_CHECK(f->t->conn.fd >= 0);
	if (how & (VFU_HELLO | VFU_GROUNDS))
		vfu_op_hello(f, NULL);
	if (how & VFU_GROUNDS)
		vfu_op_grounds(f, NULL);
	return true;
}

static void
vfu_no_socket(void)
{
	char *end = strrchr(vfu_path, '/');

	unlink(vfu_path);
	*end = '\0';
	rmdir(vfu_path);
}

int
LLVMFuzzerInitialize(int *argc, char ***argv)
{
	char *end = strrchr(vfu_path, '/'), proc[32];
	int pipe_fd[2];

	fuzz_init();
	*end = '\0';
	FUZZ_CHECK(mkdtemp(vfu_path) != NULL && pipe(pipe_fd) == 0);
	*end = '/';
	atexit(vfu_no_socket);
	vfu_file[FILE_RAM] = memfd_create("fuzz", MFD_CLOEXEC);
	vfu_file[FILE_SMALL] = memfd_create("fuzz-small", MFD_CLOEXEC);
	FUZZ_CHECK(ftruncate(vfu_file[FILE_RAM], FUZZ_VFU_RAM) == 0);
	FUZZ_CHECK(ftruncate(vfu_file[FILE_SMALL], 100) == 0);
	snprintf(proc, sizeof(proc), "/proc/self/fd/%d", vfu_file[FILE_RAM]);
	vfu_file[FILE_READ_ONLY] = open(proc, O_RDONLY | O_CLOEXEC);
	vfu_file[FILE_EVENT] = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	vfu_file[FILE_EVENT_2] = eventfd(0, EFD_CLOEXEC);
	vfu_file[FILE_PIPE] = pipe_fd[1];
	vfu_file[FILE_NULL] = open("/dev/null", O_RDWR | O_CLOEXEC);
	vfu_file[FILE_DIR] = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	vfu_ram =
		mmap(NULL, FUZZ_VFU_RAM, PROT_READ | PROT_WRITE, MAP_SHARED, vfu_file[FILE_RAM], 0);
	FUZZ_CHECK(vfu_ram != MAP_FAILED);
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct fuzz_vfu f = { .sock = -1 };
	struct fuzz_in in = { data, len };
	uint8_t how = fuzz_u8(&in);
	unsigned int i;
	uint64_t n;

	fuzz_begin(fuzz_u8(&in));
	fuzz_vfu_count();
	memset(vfu_ram, 0, FUZZ_VFU_RAM);
	if (vfu_up(&f, how)) {
		for (i = 0; i < VFU_OPS && in.left > 0 && f.port.work > 0; i++)
			vfu_ops[fuzz_u8(&in) % RTE_DIM(vfu_ops)](&f, &in);
		if (how & 0x80)
			vfu_leave(&f);
		guest_destroy(f.guest);
		if (f.sock >= 0)
			close(f.sock);
	}
	for (i = FILE_EVENT; i <= FILE_EVENT_2; i++) {
		fcntl(vfu_file[i], F_SETFL, O_NONBLOCK);
		(void)!read(vfu_file[i], &n, sizeof(n));
	}
	fuzz_vfu_check();
	fuzz_end();
	return 0;
}
