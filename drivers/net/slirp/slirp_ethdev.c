/* SPDX-License-Identifier: BSD-3-Clause */
/* Control operations of net_slirp. */
#include <errno.h>
#include <string.h>

#include <ethdev_vdev.h>

#include "base/log.h"
#include "base/stats.h"
#include "common/pmd_compat.h"
#include "common/pmd_linear.h"
#include "common/pmd_stats.h"
#include "slirp_probe.h"

LOG_REGISTER("pmd.net.slirp");

/* clang-format off */
const struct stat_desc slirp_stats[SLIRP_N_STATS] = {
	{ "short_frame", "frame shorter than an Ethernet and an IP header", offsetof(struct slirp_count, short_frame) },
	{ "other_unicast", "frame for another member of the hub", offsetof(struct slirp_count, other_unicast) },
	{ "tiny_fragment", "TCP header cut so that its flags cannot be checked (RFC 3128)", offsetof(struct slirp_count, tiny_fragment) },
	{ "oversize", "frame longer than mru=", offsetof(struct slirp_count, oversize) },
	{ "bad_offload", "checksum or segmentation fields contradict the frame", offsetof(struct slirp_count, bad_offload) },
	{ "urg_stripped", "TCP segments whose urgent flag was cleared; not lost", offsetof(struct slirp_count, urg_stripped) },
	{ "no_mbuf", "no mbuf for a frame of the stack: give the port more mbufs", offsetof(struct slirp_count, no_mbuf) },
	{ "ring_full", "frame of the stack lost because the lcore is behind", offsetof(struct slirp_count, ring_full) },
	{ "not_started", "frame of the stack lost because the port is stopped", offsetof(struct slirp_count, not_started) },
	{ "guest_error", "packets that libslirp complained about", offsetof(struct slirp_count, guest_error) },
	{ "in_segmented", "TSO frames cut because they exceed mru=; not lost", offsetof(struct slirp_count, in_segmented) },
	{ "large", "TCP frames of several segments given to the hub; not lost", offsetof(struct slirp_count, large) },
	{ "mss_raised", "SYNs of guests that now ask for large frames; not lost", offsetof(struct slirp_count, mss_raised) },
	{ "mss_forgotten", "large frames of connections too many to be remembered, in segments of the default size; not lost", offsetof(struct slirp_count, mss_forgotten) },
	{ "fragmented", "datagrams of the stack sent in fragments because they exceed mtu=; not lost", offsetof(struct slirp_count, fragmented) },
	{ "too_long", "frame of the stack that exceeds mtu= and may not be fragmented", offsetof(struct slirp_count, too_long) },
	{ "link_down", "frames dropped: set_link off", offsetof(struct slirp_count, link_down_tx) },
	{ "no_scatter", "frame in several mbufs, for an application without RX_OFFLOAD_SCATTER: give the port larger mbufs", offsetof(struct slirp_count, no_scatter) },
};
/* clang-format on */

static int
slirp_accept(struct rte_eth_dev *dev)
{
	return 0;
}

static int
slirp_set_link(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};

	link.link_status = __atomic_load_n(&port->started, __ATOMIC_RELAXED) &&
			   !__atomic_load_n(&port->link_down, __ATOMIC_RELAXED);
	rte_eth_linkstatus_set(dev, &link);
	return 0;
}

static int
slirp_start(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	dev->rx_pkt_burst = pmd_scatters(dev) ? slirp_rx_burst : slirp_rx_linear;
	__atomic_store_n(&port->started, 1, __ATOMIC_RELEASE);
	return slirp_set_link(dev);
}

static int
slirp_nothing(struct slirp_port *port, void *arg)
{
	return 0;
}

static int
slirp_stop(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	/* P has seen that when it answers, so the pool is not used any more. */
	slirp_call(port, slirp_nothing, NULL);
	return slirp_set_link(dev);
}

static int
slirp_link_up(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	__atomic_store_n(&port->link_down, 0, __ATOMIC_RELAXED);
	return slirp_set_link(dev);
}

static int
slirp_link_down(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	__atomic_store_n(&port->link_down, 1, __ATOMIC_RELAXED);
	return slirp_set_link(dev);
}

static int
slirp_link_update(struct rte_eth_dev *dev, int wait)
{
	return slirp_set_link(dev);
}

static int
slirp_dev_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	info->max_rx_pktlen = SLIRP_MAX_FRAME;
	info->min_mtu = 68;
	info->max_mtu = SLIRP_MAX_MRU;
	info->max_rx_queues = 1;
	info->max_tx_queues = 1;
	info->max_mac_addrs = 1;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
				RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |
				RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_IPV4_CKSUM | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
				RTE_ETH_RX_OFFLOAD_UDP_CKSUM | RTE_ETH_RX_OFFLOAD_SCATTER;
	info->default_rxportconf = (struct rte_eth_dev_portconf){ 32, SLIRP_RING, 1 };
	info->default_txportconf = (struct rte_eth_dev_portconf){ 32, SLIRP_RING, 1 };
	return 0;
}

static int
slirp_intr_enable(struct rte_eth_dev *dev, uint16_t q)
{
	struct slirp_port *port = dev->data->dev_private;

	return pmd_pump_arm(&port->pump);
}

static int
slirp_intr_disable(struct rte_eth_dev *dev, uint16_t q)
{
	struct slirp_port *port = dev->data->dev_private;

	return pmd_pump_disarm(&port->pump);
}

static int
slirp_rx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct slirp_port *port = dev->data->dev_private;

	if (rte_pktmbuf_data_room_size(pool) < RTE_PKTMBUF_HEADROOM + SLIRP_MAX_HEADERS) {
		LOG(ERR, "%s: the pool's mbufs hold less than the headers of a frame", port->name);
		return -EINVAL;
	}
	port->pool = pool;
	dev->data->rx_queues[q] = &port->rx;
	return 0;
}

static int
slirp_tx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct slirp_port *port = dev->data->dev_private;

	dev->data->tx_queues[q] = &port->tx;
	return 0;
}

static void
slirp_stats_now(const struct slirp_port *port, struct rte_eth_stats *s)
{
	s->ipackets = __atomic_load_n(&port->rx.frames, __ATOMIC_RELAXED);
	s->ibytes = __atomic_load_n(&port->rx.bytes, __ATOMIC_RELAXED);
	s->opackets = __atomic_load_n(&port->tx.frames, __ATOMIC_RELAXED);
	s->obytes = __atomic_load_n(&port->tx.bytes, __ATOMIC_RELAXED);
	s->imissed = __atomic_load_n(&port->count.ring_full, __ATOMIC_RELAXED);
	s->rx_nombuf = __atomic_load_n(&port->count.no_mbuf, __ATOMIC_RELAXED);
	s->oerrors = __atomic_load_n(&port->count.short_frame, __ATOMIC_RELAXED) +
		     __atomic_load_n(&port->count.tiny_fragment, __ATOMIC_RELAXED) +
		     __atomic_load_n(&port->count.oversize, __ATOMIC_RELAXED) +
		     __atomic_load_n(&port->count.bad_offload, __ATOMIC_RELAXED);
}

static int
slirp_stats_get(PMD_STATS_ARGS)
{
	const struct slirp_port *port = dev->data->dev_private;
	const struct rte_eth_stats *was = &port->at_reset;

	slirp_stats_now(port, stats);
	stats->ipackets -= was->ipackets;
	stats->ibytes -= was->ibytes;
	stats->opackets -= was->opackets;
	stats->obytes -= was->obytes;
	stats->imissed -= was->imissed;
	stats->rx_nombuf -= was->rx_nombuf;
	stats->oerrors -= was->oerrors;
	return 0;
}

/* The counters belong to P and D; M remembers where they stood. */
static int
slirp_stats_reset(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	slirp_stats_now(port, &port->at_reset);
	return 0;
}

static int
slirp_clear_counts(struct slirp_port *port, void *arg)
{
	size_t i;

	for (i = 0; i < SLIRP_N_STATS; i++)
		__atomic_store_n((uint64_t *)((char *)&port->count + slirp_stats[i].offset), 0,
			__ATOMIC_RELAXED);
	return 0;
}

static int
slirp_xstats_reset(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;
	int ret = slirp_call(port, slirp_clear_counts, NULL);

	return ret < 0 ? ret : slirp_stats_reset(dev);
}

static struct pmd_stats_set
slirp_stats_set(const struct rte_eth_dev *dev)
{
	const struct slirp_port *port = dev->data->dev_private;

	return (struct pmd_stats_set){ "", &port->count, slirp_stats, SLIRP_N_STATS };
}

static int
slirp_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct pmd_stats_set set = slirp_stats_set(dev);

	return pmd_stats_get(&set, 1, xstats, n);
}

static int
slirp_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct pmd_stats_set set = slirp_stats_set(dev);

	return pmd_stats_names(&set, 1, names, n);
}

/* The stack's own MTU is fixed by mtu=; ethdev's bounds frames and needs no work. */
static int
slirp_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
slirp_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return 0;
}

const struct eth_dev_ops slirp_ethdev_ops = {
	.dev_configure = slirp_accept,
	.dev_start = slirp_start,
	.dev_stop = slirp_stop,
	.dev_close = slirp_close,
	.dev_infos_get = slirp_dev_info,
	.dev_set_link_up = slirp_link_up,
	.dev_set_link_down = slirp_link_down,
	.link_update = slirp_link_update,
	.rx_queue_setup = slirp_rx_queue_setup,
	.tx_queue_setup = slirp_tx_queue_setup,
	.rx_queue_intr_enable = slirp_intr_enable,
	.rx_queue_intr_disable = slirp_intr_disable,
	.stats_get = slirp_stats_get,
	.stats_reset = slirp_stats_reset,
	.xstats_get = slirp_xstats_get,
	.xstats_get_names = slirp_xstats_names,
	.xstats_reset = slirp_xstats_reset,
	.promiscuous_enable = slirp_accept,
	.promiscuous_disable = slirp_accept,
	.allmulticast_enable = slirp_accept,
	.allmulticast_disable = slirp_accept,
	.mtu_set = slirp_mtu_set,
	.mac_addr_set = slirp_mac_set,
};
