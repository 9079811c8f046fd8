/* SPDX-License-Identifier: BSD-3-Clause */
/* Control operations of net_vde. */
#include <errno.h>
#include <string.h>

#include <ethdev_vdev.h>

#include "base/stats.h"
#include "common/pmd_compat.h"
#include "common/pmd_linear.h"
#include "common/pmd_stats.h"
#include "vde_pmd.h"

#define VDE_STAT(field, text)                                                                      \
	{                                                                                          \
		"vde_" #field, text, offsetof(struct vde_count, field)                             \
	}

/* clang-format off */
const struct stat_desc vde_stats[VDE_N_STATS] = {
	VDE_STAT(in_short, "frame from the switch shorter than an Ethernet header"),
	VDE_STAT(in_oversize, "frame from the switch longer than 9234 bytes"),
	VDE_STAT(in_no_mbuf, "no mbuf for a frame of the switch: give the port more mbufs"),
	VDE_STAT(in_ring_full, "frame of the switch lost because the lcore is behind"),
	VDE_STAT(in_not_started, "frame of the switch lost because the port is stopped"),
	VDE_STAT(out_oversize, "frame longer than 9234 bytes, libvdeplug's limit"),
	VDE_STAT(out_short, "frame shorter than an Ethernet header"),
	VDE_STAT(out_bad_offload, "checksum fields contradict the frame"),
	VDE_STAT(out_error, "frame that libvdeplug refused to send"),
	VDE_STAT(out_switch_left, "frame that waited for a switch that is gone"),
	VDE_STAT(ctl_noise, "messages where the switch should be silent; ignored"),
	VDE_STAT(connects, "connections made; no frames lost by that"),
	VDE_STAT(disconnects, "connections lost: the switch ended, or the plugin failed"),
	VDE_STAT(open_errors, "attempts to connect again that failed"),
	VDE_STAT(out_no_switch, "frames dropped: not connected to the switch"),
	VDE_STAT(out_link_down, "frames to the switch dropped: set_link off"),
	VDE_STAT(in_link_down, "frames of the switch dropped: set_link off"),
	VDE_STAT(in_no_scatter, "frame in several mbufs, for an application without RX_OFFLOAD_SCATTER: give the port larger mbufs"),
};
/* clang-format on */

static int
vde_accept(struct rte_eth_dev *dev)
{
	return 0;
}

void
vde_update_link(struct vde_port *port, bool announce)
{
	struct rte_eth_dev *dev = port->dev;
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};

	link.link_status = __atomic_load_n(&port->started, __ATOMIC_RELAXED) && vde_is_up(port) &&
			   !__atomic_load_n(&port->link_down, __ATOMIC_RELAXED);
	rte_eth_linkstatus_set(dev, &link);
	if (announce && dev->state == RTE_ETH_DEV_ATTACHED &&
		dev->data->dev_conf.intr_conf.lsc != 0)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
}

static int
vde_start(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	dev->rx_pkt_burst = pmd_scatters(dev) ? vde_rx_burst : vde_rx_linear;
	__atomic_store_n(&port->started, 1, __ATOMIC_RELEASE);
	vde_update_link(port, false);
	return 0;
}

static int
vde_stop(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	pthread_mutex_lock(&port->lock);
	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&port->lock);
	vde_update_link(port, false);
	return 0;
}

static int
vde_link_up(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	__atomic_store_n(&port->link_down, 0, __ATOMIC_RELAXED);
	vde_update_link(port, false);
	return 0;
}

static int
vde_link_down(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	__atomic_store_n(&port->link_down, 1, __ATOMIC_RELAXED);
	vde_update_link(port, false);
	return 0;
}

static int
vde_link_update(struct rte_eth_dev *dev, int wait)
{
	vde_update_link(dev->data->dev_private, false);
	return 0;
}

static int
vde_dev_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	info->max_rx_pktlen = VDE_ETHBUFSIZE;
	info->min_mtu = 68;
	info->max_mtu = VDE_MAXMTU;
	info->max_rx_queues = 1;
	info->max_tx_queues = 1;
	info->max_mac_addrs = 1;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
				RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->default_rxportconf = (struct rte_eth_dev_portconf){ VDE_BURST, VDE_RING, 1 };
	info->default_txportconf = (struct rte_eth_dev_portconf){ VDE_BURST, VDE_RING, 1 };
	return 0;
}

static int
vde_intr_enable(struct rte_eth_dev *dev, uint16_t q)
{
	struct vde_port *port = dev->data->dev_private;

	return pmd_pump_arm(&port->pump);
}

static int
vde_intr_disable(struct rte_eth_dev *dev, uint16_t q)
{
	struct vde_port *port = dev->data->dev_private;

	return pmd_pump_disarm(&port->pump);
}

static int
vde_rx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct vde_port *port = dev->data->dev_private;

	port->pool = pool;
	dev->data->rx_queues[q] = &port->rx;
	return 0;
}

static int
vde_tx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct vde_port *port = dev->data->dev_private;

	dev->data->tx_queues[q] = &port->tx;
	return 0;
}

static uint64_t
vde_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
vde_stats_now(const struct vde_port *port, struct rte_eth_stats *s)
{
	const struct vde_count *c = &port->count;

	s->ipackets = vde_read(&port->rx.frames);
	s->ibytes = vde_read(&port->rx.bytes);
	s->opackets = vde_read(&port->tx.frames);
	s->obytes = vde_read(&port->tx.bytes);
	s->imissed = vde_read(&c->in_ring_full) + vde_read(&c->in_not_started);
	s->ierrors =
		vde_read(&c->in_short) + vde_read(&c->in_oversize) + vde_read(&c->in_no_scatter);
	s->rx_nombuf = vde_read(&c->in_no_mbuf);
	s->oerrors = vde_read(&c->out_oversize) + vde_read(&c->out_short) +
		     vde_read(&c->out_bad_offload) + vde_read(&c->out_error) +
		     vde_read(&c->out_switch_left) + vde_read(&c->out_no_switch);
}

static int
vde_stats_get(PMD_STATS_ARGS)
{
	const struct vde_port *port = dev->data->dev_private;
	const struct rte_eth_stats *was = &port->at_reset;

	vde_stats_now(port, stats);
	stats->ipackets -= was->ipackets;
	stats->ibytes -= was->ibytes;
	stats->opackets -= was->opackets;
	stats->obytes -= was->obytes;
	stats->imissed -= was->imissed;
	stats->ierrors -= was->ierrors;
	stats->rx_nombuf -= was->rx_nombuf;
	stats->oerrors -= was->oerrors;
	return 0;
}

/* The counters belong to P and D; M remembers where they stood. */
static int
vde_stats_reset(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	vde_stats_now(port, &port->at_reset);
	return 0;
}

static int
vde_xstats_reset(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;
	size_t i;

	for (i = 0; i < VDE_N_STATS; i++)
		port->xstats_was[i] = stat_read(&port->count, &vde_stats[i]);
	return vde_stats_reset(dev);
}

static struct pmd_stats_set
vde_stats_set(const struct rte_eth_dev *dev)
{
	const struct vde_port *port = dev->data->dev_private;

	return (struct pmd_stats_set){ "", &port->count, vde_stats, VDE_N_STATS };
}

static int
vde_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	const struct vde_port *port = dev->data->dev_private;
	struct pmd_stats_set set = vde_stats_set(dev);
	int total = pmd_stats_get(&set, 1, xstats, n), i;

	if (xstats != NULL && n >= (unsigned int)total)
		for (i = 0; i < total; i++)
			xstats[i].value -= port->xstats_was[i];
	return total;
}

static int
vde_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct pmd_stats_set set = vde_stats_set(dev);

	return pmd_stats_names(&set, 1, names, n);
}

/* libvdeplug has one limit, and a switch its own: ethdev's bound needs no work. */
static int
vde_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
vde_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return 0;
}

const struct eth_dev_ops vde_ethdev_ops = {
	.dev_configure = vde_accept,
	.dev_start = vde_start,
	.dev_stop = vde_stop,
	.dev_close = vde_dev_close,
	.dev_infos_get = vde_dev_info,
	.dev_set_link_up = vde_link_up,
	.dev_set_link_down = vde_link_down,
	.link_update = vde_link_update,
	.rx_queue_setup = vde_rx_queue_setup,
	.tx_queue_setup = vde_tx_queue_setup,
	.rx_queue_intr_enable = vde_intr_enable,
	.rx_queue_intr_disable = vde_intr_disable,
	.stats_get = vde_stats_get,
	.stats_reset = vde_stats_reset,
	.xstats_get = vde_xstats_get,
	.xstats_get_names = vde_xstats_names,
	.xstats_reset = vde_xstats_reset,
	.promiscuous_enable = vde_accept,
	.promiscuous_disable = vde_accept,
	.allmulticast_enable = vde_accept,
	.allmulticast_disable = vde_accept,
	.mtu_set = vde_mtu_set,
	.mac_addr_set = vde_mac_set,
};
