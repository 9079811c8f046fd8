/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing, closing and removing net_sock ports. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ethdev_vdev.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/log.h"
#include "sock_conn.h"
#include "sock_loop.h"
#include "sock_pmd.h"

LOG_REGISTER("pmd.net.sock");

struct sock_port *
sock_port_of(uint16_t port_id)
{
	if (!rte_eth_dev_is_valid_port(port_id) ||
		rte_eth_devices[port_id].dev_ops != &sock_ethdev_ops)
		return NULL;
	return rte_eth_devices[port_id].data->dev_private;
}

static void
sock_free_buffers(struct sock_port *port)
{
	free(port->rx.framer.buf);
	free(port->rx.spill);
	free(port->tx.buf);
	port->rx.framer.buf = port->rx.spill = port->tx.buf = NULL;
}

/* Pages that are never written cost nothing: a stream needs no spill, a datagram port no framer. */
static int
sock_alloc_buffers(struct sock_port *port)
{
	port->rx.framer.size = SOCK_RX_BUF;
	port->rx.framer.buf = malloc((size_t)SOCK_RX_BUF);
	port->rx.spill = malloc((size_t)SOCK_BATCH * SOCK_MAX_FRAME);
	port->tx.buf = malloc((size_t)SOCK_TX_BUF);
	if (port->rx.framer.buf != NULL && port->rx.spill != NULL && port->tx.buf != NULL)
		return 0;
	sock_free_buffers(port);
	return -ENOMEM;
}

int
sock_close(struct rte_eth_dev *dev)
{
	struct sock_port *port = dev->data->dev_private;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY || port == NULL || port->tx.buf == NULL)
		return 0;
	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	sock_loop_lock();
	sock_conn_close(port);
	sock_loop_unlock();
	sock_loop_del(port);
	sock_free_buffers(port);
	return 0;
}

/* Configuration, buffers, thread, sockets, in that order; why says what failed. */
static int
sock_open(struct sock_port *port, const char *devargs, char *why)
{
	int ret = sock_conf_parse(devargs, &port->conf, why);

	if (ret < 0)
		return ret;
	ret = sock_alloc_buffers(port);
	if (ret == 0)
		ret = sock_loop_add(port);
	if (ret < 0) {
		snprintf(why, SOCK_WHY_LEN, "buffers or thread: %s", strerror(-ret));
		goto free_buffers;
	}
	sock_loop_lock();
	ret = sock_conn_open(port, why);
	if (ret < 0)
		sock_conn_close(port);
	sock_loop_unlock();
	if (ret < 0)
		goto del_port;
	sock_loop_wake();
	return 0;

del_port:
	sock_loop_del(port);
free_buffers:
	sock_free_buffers(port);
	return ret;
}

static struct rte_eth_dev *
sock_alloc(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct sock_port));
	struct sock_port *port;

	if (dev == NULL)
		return NULL;
	port = dev->data->dev_private;
	rte_strscpy(port->name, rte_vdev_device_name(vdev), sizeof(port->name));
	port->port_id = dev->data->port_id;
	port->rx.port = port->tx.port = port;
	port->listen_fd = port->connect_fd = port->fd = port->out_fd = -1;
	dev->data->mac_addrs = rte_zmalloc("sock_mac", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return NULL;
	}
	rte_eth_random_addr(dev->data->mac_addrs[0].addr_bytes);
	dev->data->dev_flags = RTE_ETH_DEV_INTR_LSC;
	dev->dev_ops = &sock_ethdev_ops;
	dev->rx_pkt_burst = sock_rx_burst;
	dev->tx_pkt_burst = sock_tx_burst;
	return dev;
}

static int
sock_probe(struct rte_vdev_device *vdev)
{
	char why[SOCK_WHY_LEN] = "";
	struct rte_eth_dev *dev;
	struct sock_port *port;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	dev = sock_alloc(vdev);
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	ret = sock_open(port, rte_vdev_device_args(vdev), why);
	if (ret < 0) {
		LOG(ERR, "%s: %s", port->name, why);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
sock_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	sock_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver sock_driver = { .probe = sock_probe, .remove = sock_remove };

RTE_PMD_REGISTER_VDEV(net_sock, sock_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_sock,
	"kind=socket|stream|dgram|l2tpv3 and the keys of QEMU's -netdev of that type");
