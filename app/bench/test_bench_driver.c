/* SPDX-License-Identifier: BSD-3-Clause */
/* The virtio drivers against a device that the test plays, and the vhost-user link against a server that it plays. */
#include <CUnit/CUnit.h>
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <linux/virtio_config.h>
#include <linux/virtio_net.h>
#include <linux/virtio_ring.h>

#include "base/test_main.h"
#include "bench_driver.h"
#include "bench_frame.h"
#include "bench_vhost_link.h"
#include "nic/nic.h"

#define RING 8
#define LEN  60
#define HDR  sizeof(struct virtio_net_hdr_v1)

/* What the device knows. */
static struct nic_vring vring[4];
static uint64_t taken;
static struct bench_memory mem;
static void *state;

static uint64_t
device_features(struct bench_device *dev)
{
	return UINT64_MAX;
}

static int
device_set_features(struct bench_device *dev, uint64_t features)
{
	taken = features;
	return 0;
}

static int
device_vring(struct bench_device *dev, uint16_t idx, const struct nic_vring *where)
{
	vring[idx] = *where;
	return 0;
}

static void *
at(uint64_t gpa)
{
	return mem.base + (gpa - BENCH_DRIVER_GPA);
}

static const struct bench_driver *
start(bool packed)
{
	const struct bench_driver *d = bench_driver_find("virtio-net", packed);
	struct bench_device dev = { NULL, device_features, device_set_features, device_vring };
	const struct bench_pair pair = { 0, RING };

	memset(vring, 0, sizeof(vring));
	mem = (struct bench_memory){ .len = d->memory(RING) };
	mem.base = aligned_alloc(4096, RTE_ALIGN_CEIL(mem.len, 4096));
	memset(mem.base, 0, mem.len);
	state = calloc(1, d->state_size);
	CU_ASSERT_EQUAL_FATAL(d->start(state, &dev, &mem, &pair), 0);
	CU_ASSERT(mem.used <= mem.len);
	CU_ASSERT_EQUAL(!!(taken & UINT64_C(1) << VIRTIO_F_RING_PACKED), packed);
	CU_ASSERT(vring[0].size == RING && vring[1].size == RING && vring[1].packed == packed);
	return d;
}

static void
end(void)
{
	free(state);
	free(mem.base);
}

/* Claim as often as one likes, submit some: each buffer is there once, with the pattern behind its head. */
static void
submit(const struct bench_driver *d, uint16_t n, uint16_t want)
{
	uint8_t *frame[RING + 1], *again[RING + 1];
	uint16_t got = d->claim(state, frame, n), i, k;

	CU_ASSERT_EQUAL_FATAL(got, want);
	CU_ASSERT_EQUAL(d->claim(state, again, n), want);
	for (i = 0; i < got; i++) {
		CU_ASSERT_PTR_EQUAL(frame[i], again[i]);
		CU_ASSERT(bench_bytes_intact(frame[i], LEN, true));
		for (k = 0; k < i; k++)
			CU_ASSERT_PTR_NOT_EQUAL(frame[i], frame[k]);
	}
	if (got > 0)
		d->submit(state, got, LEN);
}

/* The device takes so many, and gives them back in this order: 0 the first, and so on. */
static void
split_use(uint16_t ring, const uint16_t *order, uint16_t n, uint32_t len)
{
	struct vring_avail *avail = at(vring[ring].avail_gpa);
	struct vring_used *used = at(vring[ring].used_gpa);
	uint16_t base = used->idx, i;

	for (i = 0; i < n; i++)
		used->ring[(uint16_t)(base + i) % RING] =
			(struct vring_used_elem){ avail->ring[(uint16_t)(base + order[i]) % RING],
				len };
	used->idx = (uint16_t)(base + n);
}

static void
test_split(void)
{
	static const uint16_t straight[] = { 0, 1, 2, 3, 4, 5, 6, 7 }, mixed[] = { 2, 0, 3, 1 };
	const struct bench_driver *d = start(false);
	struct vring_avail *tx = at(vring[1].avail_gpa);
	struct vring_used *used = at(vring[1].used_gpa);
	unsigned int round;

	CU_ASSERT(d->wants_kick(state));
	used->flags = VRING_USED_F_NO_NOTIFY;
	CU_ASSERT_FALSE(d->wants_kick(state));
	submit(d, RING + 1, RING);
	CU_ASSERT_EQUAL(tx->idx, RING);
	submit(d, 1, 0);
	split_use(1, mixed, 4, 0);
	submit(d, RING, 4);
	split_use(1, straight, 8, 0);
	for (round = 0; round < 10000; round++) { /* the indexes wrap */
		submit(d, RING, RING);
		split_use(1, straight, 8, 0);
	}
	end();
}

/* Ids that are no descriptor's lead to no memory but the buffers'. */
static void
test_wrong_ids(void)
{
	const struct bench_driver *d = start(false);
	struct vring_used *rx = at(vring[0].used_gpa), *tx = at(vring[1].used_gpa);
	struct bench_view v[RING];
	uint8_t *frame[RING];
	unsigned int i;

	submit(d, RING, RING);
	for (i = 0; i < RING; i++)
		rx->ring[i] = tx->ring[i] =
			(struct vring_used_elem){ UINT32_MAX - 1000 * i, HDR + LEN };
	rx->idx = tx->idx = RING;
	CU_ASSERT_EQUAL(d->claim(state, frame, RING), RING);
	CU_ASSERT_EQUAL(d->look(state, v, RING), RING);
	for (i = 0; i < RING; i++) {
		CU_ASSERT(frame[i] >= mem.base && frame[i] + LEN <= mem.base + mem.used);
		CU_ASSERT(v[i].data >= mem.base && v[i].data + LEN <= mem.base + mem.used);
	}
	d->release(state, RING);
	d->submit(state, RING, LEN);
	end();
}

static void
test_split_receive(void)
{
	static const uint16_t mixed[] = { 2, 0, 3, 1 };
	const struct bench_driver *d = start(false);
	struct vring_avail *rx = at(vring[0].avail_gpa);
	struct bench_view v[RING];
	unsigned int round;

	CU_ASSERT_EQUAL(rx->idx, RING);
	CU_ASSERT_EQUAL(d->look(state, v, RING), 0);
	for (round = 0; round < 20000; round++) {
		split_use(0, mixed, 4, HDR + LEN + 1);
		CU_ASSERT_EQUAL_FATAL(d->look(state, v, RING), 4);
		CU_ASSERT(v[0].len == LEN + 1 && v[3].len == LEN + 1 && v[0].data != v[1].data);
		d->release(state, 3);
		CU_ASSERT_EQUAL(d->look(state, v, RING), 1);
		d->release(state, 1);
		CU_ASSERT_EQUAL(rx->idx, (uint16_t)(RING + 4 * (round + 1)));
	}
	end();
}

/* What the device uses, in the order of the ring; count: how many it used before. */
static uint16_t
packed_use(uint16_t ring, uint32_t count, uint16_t n, uint32_t len)
{
	struct vring_packed_desc *desc = at(vring[ring].desc_gpa);
	uint16_t i;

	for (i = 0; i < n; i++, count++) {
		struct vring_packed_desc *d = &desc[count % RING];
		bool wrap = count / RING % 2 == 0;
		uint16_t avail =
			wrap ? 1u << VRING_PACKED_DESC_F_AVAIL : 1u << VRING_PACKED_DESC_F_USED;
		uint16_t both = 1u << VRING_PACKED_DESC_F_AVAIL | 1u << VRING_PACKED_DESC_F_USED;

		if ((d->flags & both) != avail)
			break;
		d->len = len;
		d->flags = wrap ? both : 0;
	}
	return i;
}

static void
test_packed(void)
{
	const struct bench_driver *d = start(true);
	struct vring_packed_desc_event *wish = at(vring[1].used_gpa);
	struct bench_view v[RING];
	uint32_t sent = 0, came = 0;
	unsigned int round;

	CU_ASSERT(d->wants_kick(state));
	wish->flags = VRING_PACKED_EVENT_FLAG_DISABLE;
	CU_ASSERT_FALSE(d->wants_kick(state));
	submit(d, RING + 1, RING);
	submit(d, 1, 0);
	for (round = 0; round < 20000; round++) {
		CU_ASSERT_EQUAL_FATAL(packed_use(1, sent, 5, 0), 5);
		sent += 5;
		submit(d, RING, 5);
		CU_ASSERT_EQUAL_FATAL(packed_use(0, came, 3, HDR + LEN), 3);
		came += 3;
		CU_ASSERT_EQUAL_FATAL(d->look(state, v, RING), 3);
		CU_ASSERT(v[0].len == LEN && v[2].data != v[1].data);
		d->release(state, 3);
		CU_ASSERT_EQUAL(d->look(state, v, RING), 0);
	}
	end();
}

/* A server that answers what needs an answer, and kicks back: the descriptor of ring 1 is written when it is there. */
struct server {
	int listener, kick;
	uint64_t features, pairs;
	unsigned int requests;
};

static int
server_descriptor(struct msghdr *h)
{
	struct cmsghdr *c = CMSG_FIRSTHDR(h);
	int fd = -1;

	if (c != NULL)
		memcpy(&fd, CMSG_DATA(c), sizeof(fd));
	return fd;
}

static void *
server_run(void *arg)
{
	struct server *s = arg;
	struct {
		uint32_t request, flags, size;
		uint64_t data[32];
	} __attribute__((packed)) m;
	char control[CMSG_SPACE(sizeof(int))];
	struct iovec head = { &m, 12 };
	int fd = accept(s->listener, NULL, NULL), got;

	for (;; s->requests++) {
		struct msghdr h = { .msg_iov = &head,
			.msg_iovlen = 1,
			.msg_control = control,
			.msg_controllen = sizeof(control) };

		if (recvmsg(fd, &h, MSG_WAITALL) != 12 ||
			(m.size > 0 && recv(fd, m.data, m.size, MSG_WAITALL) != (ssize_t)m.size))
			break;
		got = server_descriptor(&h);
		if (m.request == 12 && m.data[0] == 1)
			s->kick = got;
		else if (got >= 0)
			close(got);
		if (m.request != 1 && m.request != 15 && m.request != 17 && (m.flags & 8) == 0)
			continue;
		m.data[0] = m.request == 1    ? s->features
			    : m.request == 15 ? 1u << 0 | 1u << 3
			    : m.request == 17 ? s->pairs
					      : 0;
		m.flags = 5;
		m.size = 8;
		if (send(fd, &m, 20, MSG_NOSIGNAL) != 20)
			break;
	}
	close(fd);
	return NULL;
}

/* @return what link_open said, after a whole start if that was 0. */
static int
link_with(struct server *s, uint16_t queues, bool packed, const char **lacks)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	struct bench_vhost_link l = { .mem = &mem, .mem_fd = memfd_create("test", 0), .fd = -1 };
	const struct nic_vring where = { .size = RING };
	uint64_t kicks = 0;
	pthread_t thread;
	int ret;

	s->kick = -1;
	s->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	snprintf(a.sun_path, sizeof(a.sun_path), "/tmp/test_bench_%d.sock", getpid());
	CU_ASSERT_FATAL(
		bind(s->listener, (void *)&a, sizeof(a)) == 0 && listen(s->listener, 1) == 0);
	pthread_create(&thread, NULL, server_run, s);
	ret = bench_vhost_link_open(&l, a.sun_path, queues, packed);
	*lacks = l.lacks;
	if (ret == 0) {
		CU_ASSERT_EQUAL(l.dev.features(&l.dev), s->features);
		CU_ASSERT_EQUAL(l.dev.set_features(&l.dev, 0), 0);
		CU_ASSERT_EQUAL(l.dev.vring(&l.dev, 0, &where), 0);
		CU_ASSERT_EQUAL(l.dev.vring(&l.dev, 1, &where), 0);
		bench_vhost_link_kick(&l, 0);
	}
	bench_vhost_link_close(&l);
	pthread_join(thread, NULL);
	CU_ASSERT(ret < 0 || (eventfd_read(s->kick, &kicks) == 0 && kicks == 1));
	if (s->kick >= 0)
		close(s->kick);
	close(l.mem_fd);
	close(s->listener);
	unlink(a.sun_path);
	return ret;
}

static void
test_link(void)
{
	const uint64_t v1 = UINT64_C(1) << VIRTIO_F_VERSION_1, protocol = UINT64_C(1) << 30;
	struct server s = { .features = v1 | protocol, .pairs = 2 };
	const char *lacks;

	CU_ASSERT_EQUAL(link_with(&s, 2, false, &lacks), 0);
	CU_ASSERT_EQUAL(s.requests, 19);
	CU_ASSERT_EQUAL(link_with(&s, 3, false, &lacks), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(lacks, "so many queue pairs");
	CU_ASSERT_EQUAL(link_with(&s, 1, true, &lacks), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(lacks, "packed rings");
	s.features = v1; /* no protocol features: nothing is enabled, or acknowledged */
	CU_ASSERT_EQUAL(link_with(&s, 1, false, &lacks), 0);
	CU_ASSERT_EQUAL(link_with(&s, 2, false, &lacks), -ENOTSUP);
	s.features = protocol;
	CU_ASSERT_EQUAL(link_with(&s, 1, false, &lacks), -ENOTSUP);
	CU_ASSERT_STRING_EQUAL(lacks, "virtio 1");
}

static void
suites(void)
{
	CU_pSuite s = CU_add_suite("bench_driver", NULL, NULL);

	CU_add_test(s, "split ring, sending", test_split);
	CU_add_test(s, "split ring, receiving", test_split_receive);
	CU_add_test(s, "wrong ids", test_wrong_ids);
	CU_add_test(s, "packed ring", test_packed);
	CU_add_test(s, "vhost-user", test_link);
}

int
main(void)
{
	return test_main("", suites);
}
