/* SPDX-License-Identifier: BSD-3-Clause */
/* The loop of fuzz_vfu: vfu_loop.c's functions without its thread; and counts of what is open. */
#include <poll.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_common.h>

#include "fuzz.h"
#include "fuzz_vfu.h"
#include "transport/vfio_user/vfu.h"

#define VFU_WATCHED 3 /* sources of a port */
#define VFU_FDS	    512

static struct {
	const struct vfu_source *s;
	int fd;
	uint32_t events;
} vfu_watched[VFU_WATCHED];

static bool vfu_kicked;
static size_t vfu_mapped; /* bytes */
static struct pollfd vfu_open[VFU_FDS];

int
vfu_loop_watch(struct vfu_source *s, uint32_t events)
{
	unsigned int i, at = VFU_WATCHED;

	for (i = 0; i < VFU_WATCHED; i++)
		if (vfu_watched[i].s == s || (vfu_watched[i].s == NULL && at == VFU_WATCHED))
			at = i;
	FUZZ_CHECK(at < VFU_WATCHED && s->fd >= 0);
	/* As of epoll: one that was closed without unwatching would still be there. */
	FUZZ_CHECK(vfu_watched[at].s == NULL || vfu_watched[at].fd == s->fd);
	vfu_watched[at].s = s;
	vfu_watched[at].fd = s->fd;
	vfu_watched[at].events = events;
	return 0;
}

void
vfu_loop_unwatch(struct vfu_source *s)
{
	unsigned int i;

	for (i = 0; i < VFU_WATCHED; i++)
		if (vfu_watched[i].s == s)
			vfu_watched[i].s = NULL;
}

void
vfu_loop_kick(void)
{
	vfu_kicked = true;
}

bool
fuzz_vfu_kicked(void)
{
	bool kicked = vfu_kicked;

	vfu_kicked = false;
	return kicked;
}

uint32_t
fuzz_vfu_watched(const struct vfu_source *s)
{
	unsigned int i;

	for (i = 0; i < VFU_WATCHED; i++)
		if (vfu_watched[i].s == s)
			return vfu_watched[i].events;
	return 0;
}

void
vfu_loop_as_c(struct vfu_transport *t, void (*fn)(struct vfu_transport *t))
{
	fn(t);
}

int
vfu_loop_add(struct vfu_transport *t)
{
	return vfu_loop_watch(&t->listener, POLLIN);
}

void
vfu_loop_remove(struct vfu_transport *t)
{
	vfu_loop_unwatch(&t->listener);
	vfu_sock_drop(t);
}

/* The linker sends the library's calls here; off_t has 64 bits, so mmap() is mmap64(). */
void *__real_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t off);
void *__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t off);
int __real_munmap(void *at, size_t len);
int __wrap_munmap(void *at, size_t len);

void *
__wrap_mmap64(void *at, size_t len, int prot, int flags, int fd, off_t off)
{
	void *p = __real_mmap64(at, len, prot, flags, fd, off);

	if (p != MAP_FAILED)
		vfu_mapped += len;
	return p;
}

int
__wrap_munmap(void *at, size_t len)
{
	FUZZ_CHECK(__real_munmap(at, len) == 0);
	vfu_mapped -= len;
	return 0;
}

void
fuzz_vfu_count(void)
{
	int i;

	for (i = 0; i < VFU_FDS; i++)
		vfu_open[i].fd = i;
	FUZZ_CHECK(poll(vfu_open, VFU_FDS, 0) >= 0);
	/* What is closed from here on is nothing to ask again and again. */
	for (i = 0; i < VFU_FDS; i++)
		if (!(vfu_open[i].revents & POLLNVAL))
			vfu_open[i].fd = -1;
	vfu_mapped = 0;
}

static void
vfu_leaked(int fd)
{
	char link[32], what[64] = "";

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	FUZZ_CHECK(readlink(link, what, sizeof(what) - 1) > 0);
	fprintf(stderr, "descriptor %d was left: %s\n", fd, what);
	FUZZ_CHECK(!"descriptor left");
}

void
fuzz_vfu_check(void)
{
	int i;

	FUZZ_CHECK(poll(vfu_open, VFU_FDS, 0) >= 0);
	for (i = 0; i < VFU_FDS; i++)
		if (vfu_open[i].fd >= 0 && !(vfu_open[i].revents & POLLNVAL))
			vfu_leaked(i);
	FUZZ_CHECK(vfu_mapped == 0);
	for (i = 0; i < VFU_WATCHED; i++)
		FUZZ_CHECK(vfu_watched[i].s == NULL);
}
