/* SPDX-License-Identifier: BSD-3-Clause */
/* Life of a guest port: create, destroy, run, look. */
#include "guest.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <rte_malloc.h>

#include "base/err.h"
#include "base/log.h"
#include "guest_private.h"
#include "nic/nic_pci.h"

LOG_REGISTER("guest");

#define GUEST_TITLE_LEN 224 /* bytes of a trace's title */

static const struct transport_ops *
guest_find_transport(const struct guest_conf *conf)
{
	const struct transport_ops *ops = transport_find(conf->transport);

	if (ops == NULL) {
		LOG(ERR, "%s: unknown transport '%s'", conf->nic.name, conf->transport);
		return NULL;
	}
	if ((ops->pci_only && conf->model->pci == NULL) ||
		(ops->vring_only && conf->model->vring == NULL)) {
		LOG(ERR, "%s: model %s cannot be used over %s", conf->nic.name, conf->model->name,
			ops->name);
		return NULL;
	}
	return ops;
}

/* All that a replay of the trace needs to make the same NIC. */
static void
guest_trace_title(const struct guest *g, bool mapped, char *title, size_t len)
{
	const struct nic_conf *conf = &g->nic->conf;
	char mac[RTE_ETHER_ADDR_FMT_SIZE];

	rte_ether_format_addr(mac, sizeof(mac), &conf->mac);
	(void)snprintf(title, len,
		"model=%s mac=%s revision=0x%x queues=%u mtu=%u features=0x%" PRIx64
		" carry=%d packed=%d rom=0x%x mapped=%d",
		g->nic->model->name, mac, conf->revision, conf->n_queues, conf->mtu,
		conf->features_mask, conf->carry, conf->packed, conf->rom_len, mapped);
}

/* Open the transport; from here on events arrive on C. */
static int
guest_open(struct guest *g, const struct transport_ops *ops, const struct guest_conf *conf)
{
	char title[GUEST_TITLE_LEN];
	struct transport_conf tc = {
		.name = conf->nic.name,
		.path = conf->path,
		.client = conf->client,
		.n_queues = conf->nic.n_queues,
		.pci = ops->vring_only ? NULL : g->nic->model->pci,
		.shared_fd = conf->doorbells_trap ? -1 : g->shared_fd,
		.rom = g->rom,
		.rom_len = g->nic->conf.rom_len,
		.wake_fd = g->wake_fd,
		.trace = conf->trace,
		.trace_title = title,
	};

	guest_trace_title(g, tc.shared_fd >= 0, title, sizeof(title));
	if (g->nic->model->vring != NULL)
		tc.features = g->nic->model->vring->features(g->nic);

	g->tr = ops->open(&tc, &guest_transport_events, g);
	if (g->tr == NULL)
		return -rte_errno;
	/* D reads this only while running, which comes later and through the gate. */
	g->nic->irq_ctx = g->tr;
	g->poll = ops->poll;
	return 0;
}

static void
guest_unshare(struct guest *g)
{
	if (g->nic->shared != NULL)
		munmap(g->nic->shared, g->nic->model->pci->shared_len);
	g->nic->shared = NULL;
	if (g->shared_fd >= 0)
		close(g->shared_fd);
	g->shared_fd = -1;
}

/* Memory for the registers that the guest may map, if the model has such. */
static int
guest_share(struct guest *g)
{
	const struct nic_pci *pci = g->nic->model->pci;
	void *shared;
	int ret;

	g->shared_fd = -1;
	if (pci == NULL || pci->shared_len == 0)
		return 0;
	g->shared_fd = memfd_create("ringhub-registers", MFD_CLOEXEC | MFD_ALLOW_SEALING);
	if (g->shared_fd < 0 || ftruncate(g->shared_fd, pci->shared_len) < 0)
		goto failed;
	/* The guest's VMM must not cut it short under us. */
	if (fcntl(g->shared_fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW) < 0)
		goto failed;
	shared = mmap(NULL, pci->shared_len, PROT_READ | PROT_WRITE, MAP_SHARED, g->shared_fd, 0);
	if (shared == MAP_FAILED)
		goto failed;
	g->nic->shared = shared;
	g->nic->model->reset(g->nic); /* its registers live there now */
	return 0;

failed:
	ret = -errno;
	guest_unshare(g);
	return ret;
}

/* An lcore that serves a message has the lock already when events take it. */
static void
guest_init_lock(struct guest *g)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&g->lock, &attr);
	pthread_mutexattr_destroy(&attr);
}

struct guest *
guest_create(const struct guest_conf *conf, const struct guest_events *events, void *ctx)
{
	const struct transport_ops *ops = guest_find_transport(conf);
	struct nic_conf nic_conf;
	struct guest *g;
	int ret;

	if (ops == NULL)
		return err_null(ENODEV);
	g = rte_zmalloc("guest", sizeof(*g), RTE_CACHE_LINE_SIZE);
	if (g == NULL)
		return err_null(ENOMEM);
	g->events = events;
	g->ctx = ctx;
	g->gate.closed = 1;
	guest_init_lock(g);
	ret = guest_wake_init(g, conf->nic.n_queues);
	if (ret < 0)
		goto free_guest;
	ret = gmem_init(&g->mem);
	if (ret < 0)
		goto fini_wake;
	nic_conf = conf->nic;
	if (ops->pci_only && conf->rom != NULL && conf->rom[0] != '\0') {
		ret = guest_rom_load(conf->nic.name, conf->rom, &g->rom, &nic_conf.rom_len);
		if (ret < 0)
			goto fini_mem;
	}
	g->nic = nic_create(conf->model, &nic_conf, &g->mem, ops->irq, NULL);
	if (g->nic == NULL) {
		ret = -rte_errno;
		goto free_rom;
	}
	ret = guest_share(g);
	if (ret < 0)
		goto destroy_nic;
	ret = guest_open(g, ops, conf);
	if (ret < 0)
		goto unshare;
	return g;

unshare:
	guest_unshare(g);
destroy_nic:
	nic_destroy(g->nic);
free_rom:
	free(g->rom);
fini_mem:
	gmem_fini(&g->mem);
fini_wake:
	guest_wake_fini(g);
free_guest:
	pthread_mutex_destroy(&g->lock);
	rte_free(g);
	return err_null(-ret);
}

void
guest_destroy(struct guest *g)
{
	if (g == NULL)
		return;
	guest_set_running(g, false);
	g->tr->ops->close(g->tr);
	guest_unshare(g);
	nic_destroy(g->nic);
	free(g->rom);
	gmem_fini(&g->mem);
	guest_wake_fini(g);
	pthread_mutex_destroy(&g->lock);
	rte_free(g);
}

void
guest_hold(struct guest *g)
{
	pthread_mutex_lock(&g->lock);
	guest_gate_close(&g->gate);
}

void
guest_release(struct guest *g)
{
	if (g->running) {
		guest_gate_open(&g->gate);
		guest_wake_all(g);
	}
	pthread_mutex_unlock(&g->lock);
}

void
guest_set_pool(struct guest *g, uint16_t q, struct rte_mempool *pool)
{
	guest_hold(g);
	g->nic->pool[q] = pool;
	guest_release(g);
}

void
guest_set_running(struct guest *g, bool running)
{
	guest_hold(g);
	g->running = running;
	guest_release(g);
}

void
guest_set_link(struct guest *g, bool up)
{
	if (g->nic->model->set_link == NULL)
		return;
	guest_hold(g);
	g->nic->model->set_link(g->nic, up);
	guest_release(g);
}

void
guest_clear_counters(struct guest *g)
{
	uint16_t q;

	guest_hold(g);
	for (q = 0; q < g->nic->conf.n_queues; q++)
		g->nic->model->counters_clear(g->nic, q);
	guest_release(g);
}

void
guest_watch(struct guest *g)
{
	g->tr->ops->watch(g->tr);
}

void
guest_get_info(struct guest *g, struct guest_info *info)
{
	uint32_t i;

	pthread_mutex_lock(&g->lock);
	*info = (struct guest_info){
		.state = g->state,
		.model = g->nic->model->name,
		.transport = g->tr->ops->name,
		.features = g->features,
		.queues_up = g->nic->model->pairs_up(g->nic),
		.mtu = g->mtu,
		.connects = g->connects,
		.disconnects = g->disconnects,
	};
	for (i = 0; i < g->mem.map->n; i++)
		info->memory_bytes += g->mem.map->region[i].len;
	pthread_mutex_unlock(&g->lock);
}

struct guest_transport_stats
guest_transport_counters(const struct guest *g)
{
	const struct transport_ops *ops = g->tr->ops;

	if (ops->stats == NULL)
		return (struct guest_transport_stats){ 0 };
	return (struct guest_transport_stats){ ops->counters(g->tr), ops->stats, ops->n_stats };
}

const struct nic *
guest_nic(const struct guest *g)
{
	return g->nic;
}

struct transport *
guest_transport(struct guest *g)
{
	return g->tr;
}

uint16_t
guest_from_guest(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	if (q == 0 && g->poll != NULL)
		g->poll(g->tr);
	if (!guest_gate_enter(&g->gate, 2 * q))
		return 0;
	n = g->nic->model->from_guest(g->nic, q, pkts, n);
	guest_gate_leave(&g->gate, 2 * q);
	return n;
}

uint16_t
guest_lend(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	if (q == 0 && g->poll != NULL)
		g->poll(g->tr);
	if (!guest_gate_enter(&g->gate, 2 * q))
		return 0;
	n = g->nic->model->lend(g->nic, q, pkts, n);
	/* With frames out the mark stays: whoever wants to hold the guest waits for guest_lend_end(). */
	if (n == 0)
		guest_gate_leave(&g->gate, 2 * q);
	return n;
}

void
guest_lend_end(struct guest *g, uint16_t q)
{
	g->nic->model->lend_end(g->nic, q);
	guest_gate_leave(&g->gate, 2 * q);
}

uint16_t
guest_to_guest(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	if (!guest_gate_enter(&g->gate, 2 * q + 1))
		return 0;
	n = g->nic->model->to_guest(g->nic, q, pkts, n);
	guest_gate_leave(&g->gate, 2 * q + 1);
	return n;
}

uint16_t
guest_show(struct guest *g, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n)
{
	if (!guest_gate_enter(&g->gate, 2 * q + 1))
		return 0;
	n = g->nic->model->show(g->nic, q, pkts, n);
	guest_gate_leave(&g->gate, 2 * q + 1);
	return n;
}

bool
guest_select(struct guest *g, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue)
{
	unsigned int lane = GUEST_GATE_SELECT + rte_lcore_id();
	bool chosen;

	/* A hint: what changes now is looked at inside. */
	if (!__atomic_load_n(&g->nic->steers, __ATOMIC_RELAXED) || lane >= RTE_DIM(g->gate.lane))
		return false;
	if (!guest_gate_enter(&g->gate, (uint16_t)lane))
		return false;
	chosen = g->nic->model->select(g->nic, pkts, n, queue);
	guest_gate_leave(&g->gate, (uint16_t)lane);
	return chosen;
}

bool
guest_may_select(const struct guest *g)
{
	const struct nic *nic = g->nic;

	/* Over vhost-user the VMM has the control queue. */
	return nic->model->select != NULL && nic->conf.n_queues > 1 && !g->tr->ops->vring_only;
}
