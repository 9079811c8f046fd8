/* SPDX-License-Identifier: BSD-3-Clause */
/* Control operations of net_guest. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ethdev_vdev.h>
#include <rte_ethdev.h>

#include "base/log.h"
#include "base/stats.h"
#include "common/pmd_compat.h"
#include "common/pmd_linear.h"
#include "common/pmd_stats.h"
#include "guest_pmd.h"
#include "pmd_guest.h"

LOG_REGISTER("pmd.net.guest");

static const struct stat_desc guest_port_stats[] = {
	{ "link_down_from_guest", "frames dropped: set_link off",
		offsetof(struct guest_port_count, link_down_from_guest) },
	{ "link_down_to_guest", "frames dropped: set_link off",
		offsetof(struct guest_port_count, link_down_to_guest) },
	{ "no_scatter",
		"frame in several mbufs, for an application without RX_OFFLOAD_SCATTER: give the "
		"port larger mbufs",
		offsetof(struct guest_port_count, no_scatter) },
};

const struct rte_eth_link guest_link_up = {
	.link_speed = RTE_ETH_SPEED_NUM_10G,
	.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
	.link_status = RTE_ETH_LINK_UP,
	.link_autoneg = RTE_ETH_LINK_FIXED,
};

void
guest_update_link(struct rte_eth_dev *dev)
{
	struct guest_port *port = dev->data->dev_private;
	struct rte_eth_link link = guest_link_up;
	struct guest_info info;

	guest_get_info(port->guest, &info);
	if (info.state != GUEST_UP || __atomic_load_n(&port->admin_down, __ATOMIC_RELAXED) ||
		!dev->data->dev_started)
		link.link_status = RTE_ETH_LINK_DOWN;
	rte_eth_linkstatus_set(dev, &link);
}

static int
guest_configure(struct rte_eth_dev *dev)
{
	return 0;
}

static int
guest_start(struct rte_eth_dev *dev)
{
	struct guest_port *port = dev->data->dev_private;
	uint16_t q;

	for (q = 0; q < dev->data->nb_rx_queues; q++)
		guest_set_pool(port->guest, q, port->rx[q].pool);
	dev->rx_pkt_burst = pmd_scatters(dev) ? guest_rx_burst : guest_rx_linear;
	guest_set_running(port->guest, true);
	dev->data->dev_started = 1;
	guest_update_link(dev);
	return 0;
}

static int
guest_stop(struct rte_eth_dev *dev)
{
	struct guest_port *port = dev->data->dev_private;

	guest_set_running(port->guest, false);
	dev->data->dev_started = 0;
	guest_update_link(dev);
	return 0;
}

static int
guest_rx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct guest_port *port = dev->data->dev_private;

	port->rx[q] = (struct guest_queue){ port, port->guest, q, pool, 0, 0, false };
	dev->data->rx_queues[q] = &port->rx[q];
	return 0;
}

static int
guest_tx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct guest_port *port = dev->data->dev_private;

	port->tx[q] = (struct guest_queue){ port, port->guest, q, NULL, 0, 0, false };
	dev->data->tx_queues[q] = &port->tx[q];
	return 0;
}

static int
guest_dev_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct guest_port *port = dev->data->dev_private;

	info->max_rx_pktlen = NIC_MAX_FRAME;
	info->max_mtu = UINT16_MAX;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_rx_queues = port->n_queues;
	info->max_tx_queues = port->n_queues;
	info->max_mac_addrs = 1;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	/* What a guest cannot take, such a model finishes in software. */
	if (guest_nic(port->guest)->model->finishes)
		info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_IPV4_CKSUM |
					 RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
					 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
				RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_IPV4_CKSUM;
	info->default_rxportconf = (struct rte_eth_dev_portconf){ 32, 256, 1 };
	info->default_txportconf = (struct rte_eth_dev_portconf){ 32, 256, 1 };
	return 0;
}

static int
guest_link_update(struct rte_eth_dev *dev, int wait)
{
	guest_update_link(dev);
	return 0;
}

static int
guest_set_admin(struct rte_eth_dev *dev, uint32_t down)
{
	struct guest_port *port = dev->data->dev_private;

	__atomic_store_n(&port->admin_down, down, __ATOMIC_RELEASE);
	guest_set_link(port->guest, down == 0);
	guest_update_link(dev);
	return 0;
}

static int
guest_set_link_up(struct rte_eth_dev *dev)
{
	return guest_set_admin(dev, 0);
}

static int
guest_set_link_down(struct rte_eth_dev *dev)
{
	return guest_set_admin(dev, 1);
}

static uint64_t
guest_model_count(const struct guest_port *port, uint16_t q, const char *name)
{
	const struct nic *nic = guest_nic(port->guest);
	unsigned int i;

	for (i = 0; i < nic->model->n_stats; i++)
		if (strcmp(nic->model->stats[i].name, name) == 0)
			return stat_read(nic->model->counters(nic, q), &nic->model->stats[i]);
	return 0;
}

/* Every counter of the model that says why a frame from the guest was refused. */
static uint64_t
guest_refused(const struct guest_port *port, uint16_t q)
{
	static const char *const names[] = { "from_guest_bad_head", "from_guest_bad_chain",
		"from_guest_short", "from_guest_oversize", "from_guest_bad_offload" };
	uint64_t n = 0;
	size_t i;

	for (i = 0; i < RTE_DIM(names); i++)
		n += guest_model_count(port, q, names[i]);
	return n;
}

static int
guest_stats_get(PMD_STATS_ARGS)
{
	const struct guest_port *port = dev->data->dev_private;
	uint16_t q;

	for (q = 0; q < dev->data->nb_rx_queues; q++) {
		stats->ipackets += __atomic_load_n(&port->rx[q].frames, __ATOMIC_RELAXED);
		stats->ibytes += __atomic_load_n(&port->rx[q].bytes, __ATOMIC_RELAXED);
		stats->ierrors += guest_refused(port, q) +
				  __atomic_load_n(&port->count[q].no_scatter, __ATOMIC_RELAXED);
		stats->rx_nombuf += guest_model_count(port, q, "from_guest_no_mbuf");
	}
	for (q = 0; q < dev->data->nb_tx_queues; q++) {
		stats->opackets += __atomic_load_n(&port->tx[q].frames, __ATOMIC_RELAXED);
		stats->obytes += __atomic_load_n(&port->tx[q].bytes, __ATOMIC_RELAXED);
	}
	stats->ipackets -= port->at_reset.ipackets;
	stats->ibytes -= port->at_reset.ibytes;
	stats->opackets -= port->at_reset.opackets;
	stats->obytes -= port->at_reset.obytes;
	return 0;
}

static int
guest_stats_reset(struct rte_eth_dev *dev)
{
	struct guest_port *port = dev->data->dev_private;
	struct rte_eth_stats now = { 0 };

	/* D owns its counters, so we remember where they stood. The model's are cleared with D out. */
	memset(&port->at_reset, 0, sizeof(port->at_reset));
#if RTE_VERSION >= RTE_VERSION_NUM(25, 11, 0, 0)
	guest_stats_get(dev, &now, NULL);
#else
	guest_stats_get(dev, &now);
#endif
	port->at_reset = now;
	guest_clear_counters(port->guest);
	return 0;
}

#define GUEST_SETS (2 * NIC_MAX_QUEUES + 1)

/* The counter sets of a port: the model's and ours for each queue pair, the transport's. */
static unsigned int
guest_stats_sets(const struct rte_eth_dev *dev, struct pmd_stats_set *sets, char (*prefix)[8])
{
	const struct guest_port *port = dev->data->dev_private;
	const struct nic *nic = guest_nic(port->guest);
	struct guest_transport_stats tr = guest_transport_counters(port->guest);
	unsigned int n = 0;
	uint16_t q;

	for (q = 0; q < port->n_queues; q++) {
		snprintf(prefix[q], sizeof(prefix[q]), "q%u_", q);
		sets[n++] = (struct pmd_stats_set){ prefix[q], nic->model->counters(nic, q),
			nic->model->stats, nic->model->n_stats };
		sets[n++] = (struct pmd_stats_set){ prefix[q], &port->count[q], guest_port_stats,
			RTE_DIM(guest_port_stats) };
	}
	if (tr.n > 0)
		sets[n++] = (struct pmd_stats_set){ "vfio_", tr.counters, tr.stats, tr.n };
	return n;
}

static int
guest_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct pmd_stats_set sets[GUEST_SETS];
	char prefix[NIC_MAX_QUEUES][8];

	return pmd_stats_get(sets, guest_stats_sets(dev, sets, prefix), xstats, n);
}

static int
guest_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct pmd_stats_set sets[GUEST_SETS];
	char prefix[NIC_MAX_QUEUES][8];

	return pmd_stats_names(sets, guest_stats_sets(dev, sets, prefix), names, n);
}

/* A guest over vhost-user filters for itself: these are remembered by ethdev and need no work. */
static int
guest_accept(struct rte_eth_dev *dev)
{
	return 0;
}

static int
guest_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
guest_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return 0;
}

static int
guest_intr_enable(struct rte_eth_dev *dev, uint16_t q)
{
	const struct guest_port *port = dev->data->dev_private;

	return guest_arm(port->guest, q);
}

static int
guest_intr_disable(struct rte_eth_dev *dev, uint16_t q)
{
	const struct guest_port *port = dev->data->dev_private;

	guest_disarm(port->guest, q);
	return 0;
}

static int
guest_close(struct rte_eth_dev *dev)
{
	return rte_eal_process_type() == RTE_PROC_PRIMARY ? guest_close_port(dev) : 0;
}

const struct eth_dev_ops guest_ethdev_ops = {
	.dev_configure = guest_configure,
	.dev_start = guest_start,
	.dev_stop = guest_stop,
	.dev_close = guest_close,
	.dev_infos_get = guest_dev_info,
	.dev_set_link_up = guest_set_link_up,
	.dev_set_link_down = guest_set_link_down,
	.link_update = guest_link_update,
	.rx_queue_setup = guest_rx_queue_setup,
	.tx_queue_setup = guest_tx_queue_setup,
	.rx_queue_intr_enable = guest_intr_enable,
	.rx_queue_intr_disable = guest_intr_disable,
	.stats_get = guest_stats_get,
	.stats_reset = guest_stats_reset,
	.xstats_get = guest_xstats_get,
	.xstats_get_names = guest_xstats_names,
	.xstats_reset = guest_stats_reset,
	.promiscuous_enable = guest_accept,
	.promiscuous_disable = guest_accept,
	.allmulticast_enable = guest_accept,
	.allmulticast_disable = guest_accept,
	.mtu_set = guest_mtu_set,
	.mac_addr_set = guest_mac_set,
};
