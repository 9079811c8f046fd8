/* SPDX-License-Identifier: BSD-3-Clause */
/* Control operations of net_tapio. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <ethdev_vdev.h>

#include "base/log.h"
#include "common/pmd_compat.h"
#include "common/pmd_linear.h"
#include "common/pmd_stats.h"
#include "tapio_pmd.h"

LOG_REGISTER("pmd.net.tapio");

/* The kernel spreads frames over all queues of the tap, so each must have a reader. */
static int
tapio_configure(struct rte_eth_dev *dev)
{
	const struct tapio_port *port = dev->data->dev_private;

	if (dev->data->nb_rx_queues == port->n_queues)
		return 0;
	LOG(ERR, "%s: the tap has %u queues, but %u receive queues are configured: make them equal",
		port->name, port->n_queues, dev->data->nb_rx_queues);
	return -EINVAL;
}

static int
tapio_start(struct rte_eth_dev *dev)
{
	struct tapio_port *port = dev->data->dev_private;
	uint16_t i;

	/* The first poll of each queue reads. */
	for (i = 0; i < port->n_queues; i++)
		port->queue[i].resting = false;
	dev->rx_pkt_burst = pmd_scatters(dev) ? tapio_rx_burst : tapio_rx_linear;
	__atomic_store_n(&port->started, 1, __ATOMIC_RELEASE);
	if (__atomic_load_n(&port->gone, __ATOMIC_RELAXED) == 0)
		(void)tapio_link_look(port); /* P finds out by itself when it is gone */
	(void)tapio_link_get_mac(port, &dev->data->mac_addrs[0]);
	tapio_link_publish(port);
	return 0;
}

static int
tapio_stop(struct rte_eth_dev *dev)
{
	struct tapio_port *port = dev->data->dev_private;
	uint16_t i;

	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	for (i = 0; i < port->n_queues; i++)
		tapio_rx_drain(&port->queue[i]);
	tapio_link_publish(port);
	return 0;
}

/* Once the queue rests; until then, which is soon, nobody tells of its frames. */
static int
tapio_intr_enable(struct rte_eth_dev *dev, uint16_t q)
{
	struct tapio_port *port = dev->data->dev_private;

	if (!port->queue[q].resting)
		return -EBUSY;
	pmd_wake_arm(&port->queue[q].wake);
	return 0;
}

static int
tapio_intr_disable(struct rte_eth_dev *dev, uint16_t q)
{
	struct tapio_port *port = dev->data->dev_private;

	pmd_wake_disarm(&port->queue[q].wake);
	return 0;
}

static int
tapio_rx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct tapio_port *port = dev->data->dev_private;
	int ret = tapio_rx_prepare(&port->queue[q], pool);

	if (ret < 0) {
		LOG(ERR, "%s: receive queue %u: %s", port->name, q,
			ret == -EINVAL ? "mbufs need 128 bytes of room at least" : strerror(-ret));
		return ret;
	}
	dev->data->rx_queues[q] = &port->queue[q];
	return 0;
}

static void
tapio_rx_queue_release(struct rte_eth_dev *dev, uint16_t q)
{
	if (dev->data->rx_queues[q] != NULL)
		tapio_rx_release(dev->data->rx_queues[q]);
	dev->data->rx_queues[q] = NULL;
}

static int
tapio_tx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct tapio_port *port = dev->data->dev_private;

	dev->data->tx_queues[q] = &port->queue[q];
	return 0;
}

static int
tapio_dev_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	const struct tapio_port *port = dev->data->dev_private;

	info->if_index = port->ifindex;
	info->max_rx_pktlen = TAPIO_MAX_FRAME;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = UINT16_MAX - RTE_ETHER_HDR_LEN;
	info->max_rx_queues = port->n_queues;
	info->max_tx_queues = port->n_queues;
	info->max_mac_addrs = 1;
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	if (port->vnet_hdr)
		info->tx_offload_capa |= RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
					 RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->default_rxportconf = (struct rte_eth_dev_portconf){ 32, 256, 1 };
	info->default_txportconf = (struct rte_eth_dev_portconf){ 32, 256, 1 };
	return 0;
}

/* set_link: D stops, and the kernel's interface loses its carrier, so that its routes know. */
static int
tapio_set_admin(struct rte_eth_dev *dev, bool up)
{
	struct tapio_port *port = dev->data->dev_private;

	__atomic_store_n(&port->link_down, !up, __ATOMIC_RELEASE);
	tapio_link_carrier(port, up);
	tapio_link_publish(port);
	return 0;
}

static int
tapio_set_link_up(struct rte_eth_dev *dev)
{
	return tapio_set_admin(dev, true);
}

static int
tapio_set_link_down(struct rte_eth_dev *dev)
{
	return tapio_set_admin(dev, false);
}

static int
tapio_link_update(struct rte_eth_dev *dev, int wait)
{
	tapio_link_publish(dev->data->dev_private);
	return 0;
}

static uint64_t
tapio_read_count(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

/* Frames that were taken but never reached anyone. */
static uint64_t
tapio_tx_lost(const struct tapio_count *c)
{
	return tapio_read_count(&c->tx_short) + tapio_read_count(&c->tx_bad_offload) +
	       tapio_read_count(&c->tx_segments) + tapio_read_count(&c->tx_refused) +
	       tapio_read_count(&c->tx_down) + tapio_read_count(&c->tx_gone);
}

static void
tapio_stats_now(const struct tapio_port *port, struct rte_eth_stats *s)
{
	uint16_t i;

	for (i = 0; i < port->n_queues; i++) {
		const struct tapio_count *c = &port->queue[i].count;

		s->ipackets += tapio_read_count(&c->rx_frames);
		s->ibytes += tapio_read_count(&c->rx_bytes);
		s->ierrors += tapio_read_count(&c->rx_short) +
			      tapio_read_count(&c->rx_bad_offload) +
			      tapio_read_count(&c->rx_no_scatter);
		s->rx_nombuf += tapio_read_count(&c->rx_no_mbuf);
		s->opackets += tapio_read_count(&c->tx_frames);
		s->obytes += tapio_read_count(&c->tx_bytes);
		s->oerrors += tapio_tx_lost(c);
	}
}

static int
tapio_stats_get(PMD_STATS_ARGS)
{
	const struct tapio_port *port = dev->data->dev_private;
	const struct rte_eth_stats *was = &port->at_reset;

	tapio_stats_now(port, stats);
	stats->ipackets -= was->ipackets;
	stats->ibytes -= was->ibytes;
	stats->ierrors -= was->ierrors;
	stats->rx_nombuf -= was->rx_nombuf;
	stats->opackets -= was->opackets;
	stats->obytes -= was->obytes;
	stats->oerrors -= was->oerrors;
	return 0;
}

/* The counters belong to D and P; M remembers where they stood. */
static int
tapio_stats_reset(struct rte_eth_dev *dev)
{
	struct tapio_port *port = dev->data->dev_private;
	struct rte_eth_stats now = { 0 };

	tapio_stats_now(port, &now);
	port->at_reset = now;
	return 0;
}

#define TAPIO_SETS (TAPIO_MAX_QUEUES + 1)

static unsigned int
tapio_stats_sets(const struct rte_eth_dev *dev, struct pmd_stats_set *sets, char (*prefix)[12])
{
	const struct tapio_port *port = dev->data->dev_private;
	unsigned int n = 0;
	uint16_t i;

	sets[n++] = (struct pmd_stats_set){ "", &port->count, tapio_port_stats,
		RTE_DIM(tapio_port_stats) };
	for (i = 0; i < port->n_queues; i++) {
		snprintf(prefix[i], sizeof(prefix[i]), "tap_q%u_", i);
		sets[n++] = (struct pmd_stats_set){ prefix[i], &port->queue[i].count, tapio_stats,
			RTE_DIM(tapio_stats) };
	}
	return n;
}

static int
tapio_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct pmd_stats_set sets[TAPIO_SETS];
	char prefix[TAPIO_MAX_QUEUES][12];

	return pmd_stats_get(sets, tapio_stats_sets(dev, sets, prefix), xstats, n);
}

static int
tapio_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct pmd_stats_set sets[TAPIO_SETS];
	char prefix[TAPIO_MAX_QUEUES][12];

	return pmd_stats_names(sets, tapio_stats_sets(dev, sets, prefix), names, n);
}

/* All frames come to a tap's descriptor, whatever their address. */
static int
tapio_accept(struct rte_eth_dev *dev)
{
	return 0;
}

static int
tapio_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return tapio_link_set_mtu(dev->data->dev_private, mtu);
}

static int
tapio_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return tapio_link_set_mac(dev->data->dev_private, mac);
}

const struct eth_dev_ops tapio_ethdev_ops = {
	.dev_configure = tapio_configure,
	.dev_start = tapio_start,
	.dev_stop = tapio_stop,
	.dev_close = tapio_close,
	.dev_infos_get = tapio_dev_info,
	.dev_set_link_up = tapio_set_link_up,
	.dev_set_link_down = tapio_set_link_down,
	.link_update = tapio_link_update,
	.rx_queue_setup = tapio_rx_queue_setup,
	.rx_queue_release = tapio_rx_queue_release,
	.tx_queue_setup = tapio_tx_queue_setup,
	.rx_queue_intr_enable = tapio_intr_enable,
	.rx_queue_intr_disable = tapio_intr_disable,
	.stats_get = tapio_stats_get,
	.stats_reset = tapio_stats_reset,
	.xstats_get = tapio_xstats_get,
	.xstats_get_names = tapio_xstats_names,
	.promiscuous_enable = tapio_accept,
	.promiscuous_disable = tapio_accept,
	.allmulticast_enable = tapio_accept,
	.allmulticast_disable = tapio_accept,
	.mtu_set = tapio_mtu_set,
	.mac_addr_set = tapio_mac_set,
};
