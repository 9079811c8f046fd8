/* SPDX-License-Identifier: BSD-3-Clause */
/* What the transport reports, done to the NIC and the memory map with the datapath held. */
#include <inttypes.h>
#include <string.h>

#include "base/log.h"
#include "guest_private.h"
#include "nic/nic_pci.h"

LOG_REGISTER("guest");

/* Derive the state; @return true when the link changed. Under the lock. */
static bool
guest_update_state(struct guest *g)
{
	bool was_up = g->state == GUEST_UP;

	if (g->nic->model->pairs_up(g->nic) > 0)
		g->state = GUEST_UP;
	else
		g->state = g->connected ? GUEST_CONNECTED : GUEST_WAITING;
	return was_up != (g->state == GUEST_UP);
}

/* End an event that may have changed the link: let D in again, then tell the owner. */
static void
guest_release_and_tell(struct guest *g)
{
	bool changed = guest_update_state(g);
	bool up = g->state == GUEST_UP;

	guest_release(g);
	if (changed) {
		LOG(INFO, "%s: guest link %s", g->nic->conf.name, up ? "up" : "down");
		g->events->link(g->ctx, up);
	}
}

static int
guest_mem_add(void *ctx, uint64_t gpa, uint64_t len, void *hva)
{
	struct guest *g = ctx;
	int ret;

	guest_hold(g);
	ret = gmem_add(&g->mem, gpa, len, hva);
	guest_release(g);
	if (ret < 0)
		LOG(ERR, "%s: guest memory 0x%" PRIx64 "+0x%" PRIx64 ": %s", g->nic->conf.name, gpa,
			len, strerror(-ret));
	return ret;
}

static void
guest_stop_rings(struct guest *g)
{
	uint16_t idx;

	if (g->nic->model->vring == NULL)
		return;
	for (idx = 0; idx < 2 * g->nic->conf.n_queues; idx++)
		g->nic->model->vring->vring_stop(g->nic, idx);
}

static void
guest_mem_clear(void *ctx)
{
	struct guest *g = ctx;

	guest_hold(g);
	guest_stop_rings(g);
	gmem_clear(&g->mem);
	guest_release_and_tell(g);
}

static void
guest_mem_del(void *ctx, uint64_t gpa, uint64_t len)
{
	struct guest *g = ctx;

	guest_hold(g);
	gmem_del(&g->mem, gpa, len);
	guest_release(g);
}

static void
guest_mem_log(void *ctx, uint8_t *log, uint64_t len)
{
	struct guest *g = ctx;

	guest_hold(g);
	gmem_set_log(&g->mem, log, len);
	guest_release(g);
}

static int
guest_set_features(void *ctx, uint64_t features)
{
	struct guest *g = ctx;
	int ret;

	guest_hold(g);
	ret = g->nic->model->vring->set_features(g->nic, features);
	if (ret == 0)
		g->features = features;
	guest_release(g);
	if (ret < 0)
		LOG(ERR, "%s: features 0x%" PRIx64 " were not all offered", g->nic->conf.name,
			features);
	return ret;
}

static int
guest_vring_start(void *ctx, uint16_t idx, const struct nic_vring *vring)
{
	struct guest *g = ctx;
	int ret;

	guest_hold(g);
	ret = g->nic->model->vring->vring_start(g->nic, idx, vring);
	guest_release_and_tell(g);
	if (ret < 0)
		LOG(ERR, "%s: ring %u (%u entries) cannot start: %s", g->nic->conf.name, idx,
			vring->size, strerror(-ret));
	return ret;
}

static uint16_t
guest_vring_stop(void *ctx, uint16_t idx)
{
	struct guest *g = ctx;
	uint16_t base;

	guest_hold(g);
	base = g->nic->model->vring->vring_stop(g->nic, idx);
	guest_release_and_tell(g);
	return base;
}

static bool
guest_vring_untouched(void *ctx, uint16_t idx)
{
	struct guest *g = ctx;
	bool untouched;

	pthread_mutex_lock(&g->lock);
	untouched = g->nic->model->vring->vring_untouched(g->nic, idx);
	pthread_mutex_unlock(&g->lock);
	return untouched;
}

static void
guest_set_mtu(void *ctx, uint16_t mtu)
{
	struct guest *g = ctx;

	pthread_mutex_lock(&g->lock);
	g->mtu = mtu;
	pthread_mutex_unlock(&g->lock);
}

static void
guest_announce(void *ctx, const struct rte_ether_addr *mac)
{
	struct guest *g = ctx;

	g->events->announce(g->ctx, mac);
}

static void
guest_connected(void *ctx)
{
	struct guest *g = ctx;

	guest_hold(g);
	g->connected = true;
	g->connects++;
	guest_release_and_tell(g);
	LOG(INFO, "%s: guest connected", g->nic->conf.name);
}

static void
guest_gone(void *ctx)
{
	struct guest *g = ctx;

	guest_hold(g);
	g->nic->model->reset(g->nic);
	if (g->nic->config != NULL)
		nic_config_reset(g->nic);
	gmem_clear(&g->mem);
	g->features = 0;
	g->mtu = 0;
	g->disconnects += g->connected;
	g->connected = false;
	guest_release_and_tell(g);
	LOG(INFO, "%s: guest left", g->nic->conf.name);
}

static void
guest_config_read(void *ctx, uint32_t off, void *buf, uint32_t len)
{
	struct guest *g = ctx;

	pthread_mutex_lock(&g->lock);
	if (g->nic->model->pci->config_reads != NULL)
		g->nic->model->pci->config_reads(g->nic, off, len);
	nic_pci_config_read(g->nic->config, off, buf, len);
	pthread_mutex_unlock(&g->lock);
}

static void
guest_config_write(void *ctx, uint32_t off, const void *buf, uint32_t len)
{
	struct guest *g = ctx;

	guest_hold(g);
	if (nic_pci_config_write(g->nic->config, off, buf, len))
		g->nic->model->pci->command(g->nic);
	if (g->nic->model->pci->config_wrote != NULL)
		g->nic->model->pci->config_wrote(g->nic, off, len);
	guest_release_and_tell(g);
}

static void
guest_bar_read(void *ctx, uint8_t bar, uint64_t off, void *buf, uint32_t len)
{
	struct guest *g = ctx;

	pthread_mutex_lock(&g->lock);
	nic_pci_bar_read(g->nic, bar, off, buf, len);
	pthread_mutex_unlock(&g->lock);
}

static void
guest_bar_write(void *ctx, uint8_t bar, uint64_t off, const void *buf, uint32_t len)
{
	struct guest *g = ctx;

	if (nic_pci_bar_holds(g->nic, bar, off, len)) {
		guest_hold(g);
		nic_pci_bar_write(g->nic, bar, off, buf, len);
		guest_release_and_tell(g);
		return;
	}
	pthread_mutex_lock(&g->lock);
	nic_pci_bar_write(g->nic, bar, off, buf, len);
	pthread_mutex_unlock(&g->lock);
}

static bool
guest_bar_holds(void *ctx, uint8_t bar, uint64_t off, uint32_t len)
{
	const struct guest *g = ctx;

	return nic_pci_bar_holds(g->nic, bar, off, len);
}

static bool
guest_try_enter(void *ctx)
{
	struct guest *g = ctx;

	return pthread_mutex_trylock(&g->lock) == 0;
}

static void
guest_leave(void *ctx)
{
	struct guest *g = ctx;

	pthread_mutex_unlock(&g->lock);
}

static void
guest_reset(void *ctx)
{
	struct guest *g = ctx;

	guest_hold(g);
	g->nic->model->reset(g->nic);
	nic_config_reset(g->nic);
	guest_release_and_tell(g);
}

const struct transport_events guest_transport_events = {
	.mem_add = guest_mem_add,
	.mem_del = guest_mem_del,
	.mem_clear = guest_mem_clear,
	.mem_log = guest_mem_log,
	.set_features = guest_set_features,
	.vring_start = guest_vring_start,
	.vring_stop = guest_vring_stop,
	.vring_untouched = guest_vring_untouched,
	.set_mtu = guest_set_mtu,
	.announce = guest_announce,
	.config_read = guest_config_read,
	.config_write = guest_config_write,
	.bar_read = guest_bar_read,
	.bar_write = guest_bar_write,
	.bar_holds = guest_bar_holds,
	.try_enter = guest_try_enter,
	.leave = guest_leave,
	.reset = guest_reset,
	.connected = guest_connected,
	.gone = guest_gone,
};
