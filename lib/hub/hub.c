/* SPDX-License-Identifier: BSD-3-Clause */
/* Hubs and members as M sees them. */
#include "hub.h"

#include <assert.h>
#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include <rte_ethdev.h>
#include <rte_malloc.h>
#include <rte_pause.h>
#include <rte_ring.h>
#include <rte_string_fns.h>

#include "base/err.h"
#include "hub_fdb.h"
#include "hub_policy.h"

/* clang-format off */
/*
 * What lcores of other members write (losses, state of rules) lies on no line that the owner of a queue
 * writes for each burst, nor with what all of them only read.
 */
#define ON_A_LINE(type, field) (offsetof(type, field) % RTE_CACHE_LINE_SIZE == 0)
static_assert(ON_A_LINE(struct hub_count, drop_link_down), "losses");
static_assert(ON_A_LINE(struct hub_member, count) && ON_A_LINE(struct hub_member, storm_time), "state");
static_assert(sizeof(struct hub_count) % RTE_CACHE_LINE_SIZE == 0, "counters of a queue");

const struct stat_desc hub_stats[HUB_N_STATS] = {
	{ "in_frames", "frames received from the port", offsetof(struct hub_count, in_frames) },
	{ "out_frames", "frames accepted by the port", offsetof(struct hub_count, out_frames) },
	{ "drop_link_down", "the member's link is off", offsetof(struct hub_count, drop_link_down) },
	{ "drop_ring_full", "the lcore that serves the port is behind: more lcores or fewer ports", offsetof(struct hub_count, drop_ring_full) },
	{ "drop_not_accepted", "the port took no more: its guest or peer is behind or absent", offsetof(struct hub_count, drop_not_accepted) },
	{ "drop_no_mbuf", "no mbuf for a copy: give the port more mbufs", offsetof(struct hub_count, drop_no_mbuf) },
	{ "drop_offload", "an offload that the port lacks could not be finished: malformed frame", offsetof(struct hub_count, drop_offload) },
	{ "copies", "frames copied for the port: offloads, tags or memory that it cannot take", offsetof(struct hub_count, copies) },
	{ "flooded", "frames from the port to an address that the switch does not know", offsetof(struct hub_count, flooded) },
	{ "moves", "addresses that moved to the port from another one", offsetof(struct hub_count, moves) },
	{ "not_learnt", "frames from an address beyond max-macs, or without room in the table: frames for it are flooded", offsetof(struct hub_count, not_learnt) },
	{ "drop_blocked", "policy=block: the port took nothing for too long while others waited for it", offsetof(struct hub_count, drop_blocked) },
	{ "drop_vlan", "frames from the port that belong to none of its VLANs", offsetof(struct hub_count, drop_vlan) },
	{ "drop_storm", "frames from the port to many, beyond the hub's storm limit", offsetof(struct hub_count, drop_storm) },
	{ "drop_loop", "frames from and to the port while loop=block keeps it off", offsetof(struct hub_count, drop_loop) },
	{ "drop_malformed", "frames from the port without a whole Ethernet header", offsetof(struct hub_count, drop_malformed) },
	{ "drop_same_port", "frames from the port to an address behind it", offsetof(struct hub_count, drop_same_port) },
};

/* What a mbuf may ask for, and the port capability that answers it. */
static const struct {
	uint64_t capa;
	uint64_t flag;
} hub_offloads[] = {
	{ RTE_ETH_TX_OFFLOAD_IPV4_CKSUM, RTE_MBUF_F_TX_IP_CKSUM },
	{ RTE_ETH_TX_OFFLOAD_TCP_CKSUM, RTE_MBUF_F_TX_TCP_CKSUM },
	{ RTE_ETH_TX_OFFLOAD_UDP_CKSUM, RTE_MBUF_F_TX_UDP_CKSUM },
	{ RTE_ETH_TX_OFFLOAD_TCP_TSO, RTE_MBUF_F_TX_TCP_SEG },
};
/* clang-format on */

struct hub *
hub_create(int32_t id, const char *name)
{
	struct hub *hub = calloc(1, sizeof(*hub));

	if (hub == NULL)
		return err_null(ENOMEM);
	hub->id = id;
	hub_conf_init(&hub->conf);
	rte_strscpy(hub->name, name, sizeof(hub->name));
	return hub;
}

void
hub_destroy(struct hub *hub)
{
	hub_loop_log_destroy(hub->loop);
	hub_fdb_destroy(hub->fdb);
	free(hub);
}

void
hub_set_conf(struct hub *hub, const struct hub_conf *conf)
{
	/* What was learnt under other rules may be wrong by now. */
	if (hub->fdb != NULL && conf->mode != hub->conf.mode)
		hub_fdb_forget(hub->fdb, -1);
	hub->conf = *conf;
}

/* C, or whoever runs the port's events: whatever is behind it now, it has to be learnt. */
static int
hub_link_changed(uint16_t port_id, enum rte_eth_event_type event, void *arg, void *ret_param)
{
	hub_member_forget(arg);
	return 0;
}

struct hub_member *
hub_member_create(uint16_t port_id, const char *name, struct rte_mempool *pool)
{
	struct rte_eth_dev_info info;
	struct hub_member *m;
	size_t i;

	if (rte_eth_dev_info_get(port_id, &info) < 0)
		return err_null(ENODEV);
	if (info.nb_rx_queues == 0 || info.nb_rx_queues != info.nb_tx_queues ||
		info.nb_rx_queues > HUB_MAX_QUEUES)
		return err_null(EINVAL);
	m = rte_zmalloc("hub_member", sizeof(*m), RTE_CACHE_LINE_SIZE);
	if (m == NULL)
		return err_null(ENOMEM);
	rte_strscpy(m->name, name, sizeof(m->name));
	m->port_id = port_id;
	m->n_queues = info.nb_rx_queues;
	m->pool = pool;
	for (i = 0; i < RTE_DIM(hub_offloads); i++)
		if (!(info.tx_offload_capa & hub_offloads[i].capa))
			m->unsupported |= hub_offloads[i].flag;
	m->single_segment = !(info.tx_offload_capa & RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	if (rte_eth_dev_callback_register(port_id, RTE_ETH_EVENT_INTR_LSC, hub_link_changed, m) <
		0) {
		rte_free(m);
		return err_null(ENOMEM);
	}
	return m;
}

void
hub_member_destroy(struct hub_member *m)
{
	void *frame;
	uint16_t q;

	/* -EAGAIN while one runs: it ends soon, and waits for nobody. */
	while (rte_eth_dev_callback_unregister(m->port_id, RTE_ETH_EVENT_INTR_LSC, hub_link_changed,
		       m) == -EAGAIN)
		rte_pause();
	for (q = 0; q < m->n_queues; q++) {
		while (m->ring[q] != NULL && rte_ring_sc_dequeue(m->ring[q], &frame) == 0)
			rte_pktmbuf_free(frame);
		rte_ring_free(m->ring[q]);
	}
	rte_free(m);
}

uint64_t
hub_member_stat(const struct hub_member *m, const struct stat_desc *d)
{
	uint64_t sum = 0;
	uint16_t q;

	for (q = 0; q < m->n_queues; q++)
		sum += stat_read(&m->count[q], d);
	return sum;
}

void
hub_member_clear_stats(struct hub_member *m)
{
	uint16_t q;
	size_t i;

	for (q = 0; q < m->n_queues; q++)
		for (i = 0; i < HUB_N_STATS; i++)
			__atomic_store_n((uint64_t *)((char *)&m->count[q] + hub_stats[i].offset),
				0, __ATOMIC_RELAXED);
}

void
hub_member_set_link(struct hub_member *m, bool up)
{
	__atomic_store_n(&m->down, !up, __ATOMIC_RELEASE);
	if (up)
		__atomic_store_n(&m->loop_until, 0, __ATOMIC_RELAXED);
	else
		hub_member_forget(m);
}

void
hub_member_forget(struct hub_member *m)
{
	struct hub_fdb *fdb = __atomic_load_n(&m->fdb, __ATOMIC_ACQUIRE);

	if (fdb != NULL)
		hub_fdb_forget(fdb, m->index);
}

void
hub_enter(struct hub *hub, struct hub_member *m)
{
	bool used[HUB_MAX_MEMBERS] = { false };
	uint16_t i;

	for (i = 0; i < hub->n; i++)
		used[hub->member[i]->index] = true;
	for (i = 0; used[i]; i++)
		;
	m->index = i;
	hub->member[hub->n++] = m;
}
