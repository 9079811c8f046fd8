/* SPDX-License-Identifier: BSD-3-Clause */
/* Control operations of net_sock. */
#include <errno.h>
#include <string.h>

#include <ethdev_vdev.h>

#include "common/pmd_compat.h"
#include "common/pmd_linear.h"
#include "common/pmd_stats.h"
#include "sock_io.h"
#include "sock_loop.h"

#define AT(field) offsetof(struct sock_count, field)
/* clang-format off */
const struct stat_desc sock_stats[SOCK_N_STATS] = {
	{ "bad_length", "stream: a length beyond 69632, so the connection was closed", AT(bad_length) },
	{ "short_frame", "frame shorter than an Ethernet header, or than its L2TPv3 header", AT(short_frame) },
	{ "cut_datagram", "datagram longer than 69632 bytes", AT(cut_datagram) },
	{ "bad_header", "l2tpv3: a control message, or IPv4 options", AT(bad_header) },
	{ "wrong_session", "l2tpv3: session is not rxsession=", AT(wrong_session) },
	{ "wrong_cookie", "l2tpv3: cookie is not rxcookie=", AT(wrong_cookie) },
	{ "own_frame", "multicast: our own frames, looped back by the host; not lost", AT(own_frame) },
	{ "no_mbuf", "no mbuf for a received frame: give the port more mbufs", AT(no_mbuf) },
	{ "link_down_rx", "received frames dropped: set_link off", AT(link_down_rx) },
	{ "no_scatter", "frame in several mbufs, for an application without RX_OFFLOAD_SCATTER: give the port larger mbufs", AT(no_scatter) },
	{ "rx_error", "the kernel's errors when receiving, such as a peer's port unreachable", AT(rx_error) },
	{ "tx_buffer_full", "frames lost because the peer is slow: it has 1 MiB to take", AT(tx_buffer_full) },
	{ "not_connected", "frames dropped because there is no peer", AT(not_connected) },
	{ "too_long", "frames longer than QEMU takes, or than a datagram can be", AT(too_long) },
	{ "no_peer", "datagrams that nobody was there to receive", AT(no_peer) },
	{ "tx_error", "datagrams that the kernel refused for another reason", AT(tx_error) },
	{ "link_down_tx", "frames to send dropped: set_link off", AT(link_down_tx) },
	{ "tx_delayed", "frames that had to wait for the peer; not lost", AT(tx_delayed) },
	{ "tx_contended", "frames not accepted: two threads sent at once", AT(tx_contended) },
	{ "connections", "connections made or accepted", AT(connections) },
	{ "disconnections", "connections that ended", AT(disconnections) },
	{ "connect_failed", "attempts to connect or accept that failed", AT(connect_failed) },
	{ "cut_frame", "connections that ended inside a frame", AT(cut_frame) },
	{ "half_open", "connections closed because the peer's host did not answer for 25 s", AT(half_open) },
};
/* clang-format on */

static int
sock_accept_any(struct rte_eth_dev *dev)
{
	return 0;
}

/* Of a stream the link is up while there is a peer, of the others always. */
static struct rte_eth_link
sock_link(const struct sock_port *port)
{
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};

	link.link_status = __atomic_load_n(&port->started, __ATOMIC_RELAXED) &&
			   !__atomic_load_n(&port->link_down, __ATOMIC_RELAXED) &&
			   __atomic_load_n(&port->live, __ATOMIC_RELAXED);
	return link;
}

void
sock_update_link(struct sock_port *port)
{
	struct rte_eth_dev *dev = &rte_eth_devices[port->port_id];
	struct rte_eth_link link = sock_link(port);

	if (rte_eth_linkstatus_set(dev, &link) == 0 && dev->data->dev_conf.intr_conf.lsc)
		port->link_changed = true;
}

static int
sock_link_update(struct rte_eth_dev *dev, int wait)
{
	struct rte_eth_link link = sock_link(dev->data->dev_private);

	return rte_eth_linkstatus_set(dev, &link);
}

/* A flag of M's, and the link that follows from it. */
static int
sock_set_flag(struct rte_eth_dev *dev, uint32_t *flag, uint32_t value)
{
	__atomic_store_n(flag, value, __ATOMIC_SEQ_CST);
	/* -1 says that nothing changed. */
	(void)sock_link_update(dev, 0);
	return 0;
}

static int
sock_start(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	dev->rx_pkt_burst = pmd_scatters(dev) ? sock_rx_burst : sock_rx_linear;
	return sock_set_flag(dev, &port->started, 1);
}

static int
sock_stop(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	sock_set_flag(dev, &port->started, 0);
	/* Whoever is inside leaves soon; then the pool is not used any more. */
	sock_wait_outside(port);
	sock_dgram_free_slots(&port->rx);
	return 0;
}

static int
sock_link_up(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	return sock_set_flag(dev, &port->link_down, 0);
}

static int
sock_link_down(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	return sock_set_flag(dev, &port->link_down, 1);
}

static int
sock_dev_info(struct rte_eth_dev *dev, struct rte_eth_dev_info *info)
{
	info->max_rx_pktlen = SOCK_MAX_FRAME;
	info->min_mtu = RTE_ETHER_MIN_MTU;
	info->max_mtu = UINT16_MAX;
	info->max_rx_queues = 1;
	info->max_tx_queues = 1;
	info->max_mac_addrs = 1;
	/* A peer is a plain QEMU: checksums and segments must be finished before. */
	info->tx_offload_capa = RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	info->rx_offload_capa = RTE_ETH_RX_OFFLOAD_SCATTER;
	info->default_rxportconf = (struct rte_eth_dev_portconf){ SOCK_BATCH, SOCK_DESCS, 1 };
	info->default_txportconf = (struct rte_eth_dev_portconf){ SOCK_BATCH, SOCK_DESCS, 1 };
	return 0;
}

static int
sock_rx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_rxconf *conf, struct rte_mempool *pool)
{
	struct sock_port *port = dev->data->dev_private;

	/* A mbuf must hold a byte, or receiving would need endless chains. */
	if (rte_pktmbuf_data_room_size(pool) <= RTE_PKTMBUF_HEADROOM)
		return -EINVAL;
	port->rx.pool = pool;
	dev->data->rx_queues[q] = &port->rx;
	return 0;
}

static int
sock_tx_queue_setup(struct rte_eth_dev *dev, uint16_t q, uint16_t n_desc, unsigned int socket,
	const struct rte_eth_txconf *conf)
{
	struct sock_port *port = dev->data->dev_private;

	dev->data->tx_queues[q] = &port->tx;
	return 0;
}

static uint64_t
sock_read(const uint64_t *counter)
{
	return __atomic_load_n(counter, __ATOMIC_RELAXED);
}

static void
sock_stats_now(const struct sock_port *port, struct rte_eth_stats *s)
{
	const struct sock_count *c = &port->count;

	s->ipackets = sock_read(&port->rx.frames);
	s->ibytes = sock_read(&port->rx.bytes);
	s->opackets = sock_read(&port->tx.frames);
	s->obytes = sock_read(&port->tx.bytes);
	s->rx_nombuf = sock_read(&c->no_mbuf);
	s->ierrors = sock_read(&c->bad_length) + sock_read(&c->short_frame) +
		     sock_read(&c->no_scatter) + sock_read(&c->cut_datagram) +
		     sock_read(&c->bad_header) + sock_read(&c->wrong_session) +
		     sock_read(&c->wrong_cookie);
	s->oerrors = sock_read(&c->tx_buffer_full) + sock_read(&c->not_connected) +
		     sock_read(&c->too_long) + sock_read(&c->no_peer) + sock_read(&c->tx_error);
}

static int
sock_stats_get(PMD_STATS_ARGS)
{
	const struct sock_port *port = dev->data->dev_private;
	const struct rte_eth_stats *was = &port->at_reset;

	sock_stats_now(port, stats);
	stats->ipackets -= was->ipackets;
	stats->ibytes -= was->ibytes;
	stats->opackets -= was->opackets;
	stats->obytes -= was->obytes;
	stats->rx_nombuf -= was->rx_nombuf;
	stats->ierrors -= was->ierrors;
	stats->oerrors -= was->oerrors;
	return 0;
}

/* The counters belong to C and D; M remembers where they stood. */
static int
sock_stats_reset(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	sock_stats_now(port, &port->at_reset);
	return 0;
}

static uint64_t *
sock_field(struct sock_count *count, unsigned int i)
{
	return (uint64_t *)((char *)count + sock_stats[i].offset);
}

static int
sock_xstats_reset(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;
	unsigned int i;

	for (i = 0; i < SOCK_N_STATS; i++)
		*sock_field(&port->count_at_reset, i) = stat_read(&port->count, &sock_stats[i]);
	return sock_stats_reset(dev);
}

static int
sock_xstats_get(struct rte_eth_dev *dev, struct rte_eth_xstat *xstats, unsigned int n)
{
	struct sock_port *port = dev->data->dev_private;
	struct pmd_stats_set set = { "", &port->count, sock_stats, SOCK_N_STATS };
	int ret = pmd_stats_get(&set, 1, xstats, n);
	unsigned int i;

	for (i = 0; xstats != NULL && n >= SOCK_N_STATS && i < SOCK_N_STATS; i++)
		xstats[i].value -= *sock_field(&port->count_at_reset, i);
	return ret;
}

static int
sock_xstats_names(struct rte_eth_dev *dev, struct rte_eth_xstat_name *names, unsigned int n)
{
	struct sock_port *port = dev->data->dev_private;
	struct pmd_stats_set set = { "", &port->count, sock_stats, SOCK_N_STATS };

	return pmd_stats_names(&set, 1, names, n);
}

/* Frames are as long as the peers make them. */
static int
sock_mtu_set(struct rte_eth_dev *dev, uint16_t mtu)
{
	return 0;
}

static int
sock_mac_set(struct rte_eth_dev *dev, struct rte_ether_addr *mac)
{
	return 0;
}

const struct eth_dev_ops sock_ethdev_ops = {
	.dev_configure = sock_accept_any,
	.dev_start = sock_start,
	.dev_stop = sock_stop,
	.dev_close = sock_close,
	.dev_infos_get = sock_dev_info,
	.dev_set_link_up = sock_link_up,
	.dev_set_link_down = sock_link_down,
	.link_update = sock_link_update,
	.rx_queue_setup = sock_rx_queue_setup,
	.tx_queue_setup = sock_tx_queue_setup,
	.stats_get = sock_stats_get,
	.stats_reset = sock_stats_reset,
	.xstats_get = sock_xstats_get,
	.xstats_get_names = sock_xstats_names,
	.xstats_reset = sock_xstats_reset,
	.promiscuous_enable = sock_accept_any,
	.promiscuous_disable = sock_accept_any,
	.allmulticast_enable = sock_accept_any,
	.allmulticast_disable = sock_accept_any,
	.mtu_set = sock_mtu_set,
	.mac_addr_set = sock_mac_set,
};
