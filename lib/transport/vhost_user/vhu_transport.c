/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a vhost-user port: open, connections, close; interrupts. */
#include "vhu_transport.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <rte_string_fns.h>

#include "base/err.h"
#include "base/log.h"
#include "vhu_private.h"

LOG_REGISTER("transport.vhu");

/* vhost-user.rst: feature bits of the protocol, not of the device. */
#define VHU_F_LOG_ALL		(UINT64_C(1) << 26)
#define VHU_F_PROTOCOL_FEATURES (UINT64_C(1) << VHOST_USER_F_PROTOCOL_FEATURES)

static pthread_mutex_t vhu_list_lock = PTHREAD_MUTEX_INITIALIZER;
static TAILQ_HEAD(, vhu_transport) vhu_list = TAILQ_HEAD_INITIALIZER(vhu_list);

static struct vhu_transport *
vhu_by_path(const char *path)
{
	struct vhu_transport *t;

	pthread_mutex_lock(&vhu_list_lock);
	TAILQ_FOREACH(t, &vhu_list, next)
		if (strcmp(t->path, path) == 0)
			break;
	pthread_mutex_unlock(&vhu_list_lock);
	return t;
}

struct vhu_transport *
vhu_by_vid(int vid)
{
	char path[TRANSPORT_PATH_LEN];

	if (rte_vhost_get_ifname(vid, path, sizeof(path)) < 0)
		return NULL;
	return vhu_by_path(path);
}

static int
vhu_new_connection(int vid)
{
	struct vhu_transport *t = vhu_by_vid(vid);
	uint16_t i;

	if (t == NULL)
		return -1;
	pthread_mutex_lock(&t->lock);
	if (t->vid >= 0) {
		pthread_mutex_unlock(&t->lock);
		LOG(WARNING, "%s: %s serves a guest already: second connection refused", t->name,
			t->path);
		return -1;
	}
	t->vid = vid;
	t->warned_queues = t->advised = false;
	t->has_memory = t->had_memory = false;
	t->broken = false;
	t->owner = (struct gmem_owner){ .sock = -1 };
	t->memory_waits = 0;
	for (i = 0; i < VHU_RINGS; i++)
		t->ring[i].ready = t->ring[i].running = false;
	rte_vhost_extern_callback_register(vid, &vhu_message_ops, NULL);
	t->tr.events->connected(t->tr.ctx);
	pthread_mutex_unlock(&t->lock);
	return 0;
}

/* Forget the connection. Under the lock. */
static void
vhu_forget(struct vhu_transport *t)
{
	t->device_running = false;
	vhu_stop_all(t);
	vhu_mem_clear(t);
	t->tr.events->gone(t->tr.ctx);
	t->vid = -1;
}

static void
vhu_destroy_connection(int vid)
{
	struct vhu_transport *t = vhu_by_vid(vid);

	gmem_fault_expect(
		NULL); /* the last message may have been refused, which ends no other way */
	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	if (t->vid == vid)
		vhu_forget(t);
	pthread_mutex_unlock(&t->lock);
}

static void
vhu_set_running(int vid, bool running)
{
	struct vhu_transport *t = vhu_by_vid(vid);

	if (t == NULL)
		return;
	pthread_mutex_lock(&t->lock);
	if (t->vid == vid) {
		t->device_running = running;
		vhu_sync(t);
	}
	pthread_mutex_unlock(&t->lock);
}

static int
vhu_new_device(int vid)
{
	vhu_set_running(vid, true);
	return 0;
}

static void
vhu_destroy_device(int vid)
{
	vhu_set_running(vid, false);
}

static int
vhu_vring_state_changed(int vid, uint16_t idx, int enable)
{
	struct vhu_transport *t = vhu_by_vid(vid);

	if (t == NULL)
		return -1;
	pthread_mutex_lock(&t->lock);
	if (idx >= 2 * t->n_queues) {
		if (enable && !t->warned_queues)
			LOG(WARNING,
				"%s: guest enables ring %u, but there are %u queue pairs: "
				"give both sides the same queues=",
				t->name, idx, t->n_queues);
		t->warned_queues |= enable;
	} else if (t->vid == vid) {
		t->ring[idx].ready = enable;
		vhu_sync(t);
	}
	pthread_mutex_unlock(&t->lock);
	return 0;
}

static const struct rte_vhost_device_ops vhu_device_ops = {
	.new_device = vhu_new_device,
	.destroy_device = vhu_destroy_device,
	.vring_state_changed = vhu_vring_state_changed,
	.new_connection = vhu_new_connection,
	.destroy_connection = vhu_destroy_connection,
};

static void
vhu_irq_raise(void *ctx, uint16_t vec)
{
	struct vhu_transport *t = ctx;
	uint64_t one = 1;
	ssize_t n;

	if (vec >= VHU_RINGS || t->ring[vec].callfd < 0)
		return;
	do
		n = write(t->ring[vec].callfd, &one, sizeof(one));
	while (n < 0 && errno == EINTR);
}

static void
vhu_irq_lower(void *ctx, uint16_t vec)
{
	/* An eventfd is an edge. */
}

static const struct nic_irq_ops vhu_irq_ops = { vhu_irq_raise, vhu_irq_lower };

/*
 * Offer what both the model and the library know: the VMM owns configuration space, so that MAC and
 * STATUS never come here. The library's set_features() would give up its net device mode.
 */
static int
vhu_offer(struct vhu_transport *t)
{
	uint64_t all, ours = t->features | VHU_F_LOG_ALL | VHU_F_PROTOCOL_FEATURES;

	if (rte_vhost_driver_get_features(t->path, &all) < 0 ||
		rte_vhost_driver_disable_features(t->path, all & ~ours) < 0)
		return -EIO;
	t->features &= all;
	return 0;
}

static int
vhu_serve(struct vhu_transport *t, const struct transport_conf *conf)
{
	mode_t mask;
	int ret;

	if (rte_vhost_driver_register(t->path, conf->client ? RTE_VHOST_USER_CLIENT : 0) < 0) {
		LOG(ERR, "%s: vhost-user=%s: cannot make a socket there (in use by another port?)",
			t->name, t->path);
		return -EADDRINUSE;
	}
	ret = vhu_offer(t);
	if (ret == 0 && rte_vhost_driver_callback_register(t->path, &vhu_device_ops) < 0)
		ret = -EIO;
	/* The library leaves the socket's mode to the umask: our group may connect, others not. */
	mask = umask(0007);
	if (ret == 0 && rte_vhost_driver_start(t->path) < 0)
		ret = -EACCES;
	umask(mask);
	if (ret < 0) {
		LOG(ERR, "%s: vhost-user=%s: cannot serve there: is the directory writable?",
			t->name, t->path);
		rte_vhost_driver_unregister(t->path);
	}
	return ret;
}

static void
vhu_free(struct vhu_transport *t)
{
	pthread_mutex_lock(&vhu_list_lock);
	TAILQ_REMOVE(&vhu_list, t, next);
	pthread_mutex_unlock(&vhu_list_lock);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

static struct transport *
vhu_open(const struct transport_conf *conf, const struct transport_events *events, void *ctx)
{
	struct vhu_transport *t;
	int i, ret = transport_path_check(conf, "vhost-user");

	if (ret < 0)
		return err_null(-ret);
	t = calloc(1, sizeof(*t));
	if (t == NULL)
		return err_null(ENOMEM);
	t->tr = (struct transport){ &vhu_transport_ops, events, ctx };
	rte_strscpy(t->name, conf->name, sizeof(t->name));
	rte_strscpy(t->path, conf->path, sizeof(t->path));
	t->features = conf->features;
	t->n_queues = conf->n_queues;
	t->wake_fd = conf->wake_fd;
	t->vid = -1;
	for (i = 0; i < VHU_RINGS; i++)
		t->ring[i] = (struct vhu_ring){ .callfd = -1, .kickfd = -1 };
	t->log_guard = -1;
	pthread_mutex_init(&t->lock, NULL);
	pthread_mutex_lock(&vhu_list_lock);
	TAILQ_INSERT_TAIL(&vhu_list, t, next);
	pthread_mutex_unlock(&vhu_list_lock);
	ret = vhu_serve(t, conf);
	if (ret < 0) {
		vhu_free(t);
		return err_null(-ret);
	}
	return &t->tr;
}

static void
vhu_close(struct transport *tr)
{
	struct vhu_transport *t = (struct vhu_transport *)tr;

	rte_vhost_driver_unregister(t->path);
	pthread_mutex_lock(&t->lock);
	if (t->vid >= 0)
		vhu_forget(t);
	pthread_mutex_unlock(&t->lock);
	vhu_free(t);
}

static int
vhu_can_kick(const struct transport *tr, uint16_t q)
{
	const struct vhu_transport *t = (const struct vhu_transport *)tr;

	return __atomic_load_n(&t->ring[2 * q + 1].mute, __ATOMIC_RELAXED) ? -ENOTSUP : 0;
}

static const void *
vhu_count(const struct transport *tr)
{
	return &((const struct vhu_transport *)tr)->count;
}

static const struct stat_desc vhu_stats[] = {
	{ "memory_faults",
		"connections whose memory was gone when it was touched: its file was cut short, or "
		"its hugepages ran out",
		offsetof(struct vhu_counters, memory_faults) },
};

const struct transport_ops vhu_transport_ops = {
	.name = "vhost-user",
	.vring_only = true,
	.open = vhu_open,
	.close = vhu_close,
	.irq = &vhu_irq_ops,
	.watch = vhu_watch,
	.can_kick = vhu_can_kick,
	.stats = vhu_stats,
	.n_stats = RTE_DIM(vhu_stats),
	.counters = vhu_count,
};
