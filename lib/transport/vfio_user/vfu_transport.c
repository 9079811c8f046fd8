/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a vfio-user port: open, watch, close. */
#include "vfu_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "base/err.h"
#include "base/log.h"
#include "gmem/gmem.h"
#include "vfu.h"
#include "vfu_trace.h"

LOG_REGISTER("transport.vfu");

#define VFU_BACKLOG 16

/* Make the listening socket. @return 0; -errno, having said why. */
static int
vfu_listen(struct vfu_transport *t)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int ret, fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

	if (fd < 0) {
		ret = -errno;
		goto failed;
	}
	rte_strscpy(sun.sun_path, t->path, sizeof(sun.sun_path));
	if (bind(fd, (struct sockaddr *)&sun, sizeof(sun)) < 0 || listen(fd, VFU_BACKLOG) < 0) {
		ret = -errno;
		goto close_fd;
	}
	t->listener.fd = fd;
	return 0;

close_fd:
	close(fd);
failed:
	LOG(ERR, "%s: vfio-user=%s: %s: choose another path", t->name, t->path, strerror(-ret));
	return ret;
}

static void
vfu_free(struct vfu_transport *t)
{
	if (t->listener.fd >= 0) {
		close(t->listener.fd);
		unlink(t->path);
	}
	vfu_irq_fini(t);
	vfu_trace_close(t->trace);
	pthread_mutex_destroy(&t->lock);
	free(t->map);
	free(t);
}

static struct vfu_transport *
vfu_alloc(const struct transport_conf *conf, const struct transport_events *events, void *ctx)
{
	struct vfu_transport *t = NULL;

	if (posix_memalign((void **)&t, RTE_CACHE_LINE_SIZE, sizeof(*t)) != 0)
		return NULL;
	memset(t, 0, sizeof(*t));
	t->tr = (struct transport){ &vfu_transport_ops, events, ctx };
	rte_strscpy(t->name, conf->name, sizeof(t->name));
	rte_strscpy(t->path, conf->path, sizeof(t->path));
	t->pci = conf->pci;
	t->shared_fd = conf->shared_fd;
	t->rom = conf->rom;
	t->rom_len = conf->rom_len;
	t->listener = (struct vfu_source){ .fd = -1, .ready = vfu_sock_accept };
	t->conn = (struct vfu_source){ .fd = -1, .ready = vfu_sock_ready };
	t->unmask = (struct vfu_source){ .fd = -1, .ready = vfu_irq_unmask_ready };
	pthread_mutex_init(&t->lock, NULL);
	t->out.fd = -1;
	t->owner.sock = -1;
	t->nobody = -1;
	t->map = calloc(VFU_MAX_MAPS, sizeof(*t->map));
	if (t->map == NULL) {
		vfu_free(t);
		return NULL;
	}
	return t;
}

static int
vfu_open_trace(struct vfu_transport *t, const struct transport_conf *conf)
{
	if (conf->trace == NULL || conf->trace[0] == '\0')
		return 0;
	t->trace = vfu_trace_open(conf->name, conf->trace, conf->trace_title, VFU_TRACE_MAX);
	return t->trace == NULL ? -rte_errno : 0;
}

static struct transport *
vfu_open(const struct transport_conf *conf, const struct transport_events *events, void *ctx)
{
	struct vfu_transport *t;
	int ret;

	if (conf->client) {
		LOG(ERR, "%s: vfio-user: QEMU is the one that connects: leave out mode=client",
			conf->name);
		return err_null(EINVAL);
	}
	ret = transport_path_check(conf, "vfio-user");
	if (ret < 0)
		return err_null(-ret);
	t = vfu_alloc(conf, events, ctx);
	if (t == NULL)
		return err_null(ENOMEM);
	ret = vfu_irq_init(t);
	if (ret == 0)
		ret = vfu_open_trace(t, conf);
	if (ret == 0)
		ret = vfu_listen(t);
	if (ret == 0)
		ret = vfu_loop_add(t);
	if (ret < 0) {
		vfu_free(t);
		return err_null(-ret);
	}
	return &t->tr;
}

static void
vfu_close(struct transport *tr)
{
	struct vfu_transport *t = (struct vfu_transport *)tr;

	vfu_loop_remove(t);
	vfu_free(t);
}

static const void *
vfu_count(const struct transport *tr)
{
	return &((const struct vfu_transport *)tr)->count;
}

static void
vfu_watch(struct transport *tr)
{
	vfu_loop_as_c((struct vfu_transport *)tr, vfu_sock_listen);
}

const struct transport_ops vfu_transport_ops = {
	.name = "vfio-user",
	.pci_only = true,
	.open = vfu_open,
	.close = vfu_close,
	.irq = &vfu_irq_ops,
	.watch = vfu_watch,
	.poll = vfu_lcore_poll,
	.can_kick = vfu_lcore_can_kick,
	.stats = vfu_stats,
	.n_stats = VFU_N_STATS,
	.counters = vfu_count,
};
