/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing, closing and removing net_vde ports. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ethdev_vdev.h>
#include <rte_errno.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/log.h"
#include "vde_pmd.h"

LOG_REGISTER("pmd.net.vde");

struct vde_port *
vde_port_of(uint16_t port_id)
{
	if (!rte_eth_dev_is_valid_port(port_id) ||
		rte_eth_devices[port_id].dev_ops != &vde_ethdev_ops)
		return NULL;
	return rte_eth_devices[port_id].data->dev_private;
}

/* The first connection: as with QEMU, without a switch there is no port. */
static VDECONN *
vde_first_connection(const struct vde_port *port, int *err)
{
	struct vde_job *job = vde_job_start(port->name, &port->args);
	struct pollfd fd = { .events = POLLIN };
	int n;

	if (job == NULL) {
		*err = rte_errno;
		return NULL;
	}
	fd.fd = vde_job_fd(job);
	do
		n = poll(&fd, 1, VDE_OPEN_MS);
	while (n < 0 && errno == EINTR);
	if (n == 1)
		return vde_job_finish(job, err);
	vde_job_abandon(job);
	*err = ETIMEDOUT;
	return NULL;
}

static void
vde_disconnect(struct vde_port *port)
{
	while (port->at_held < port->n_held)
		rte_pktmbuf_free(port->held[port->at_held++]);
	__atomic_store_n(&port->fd, -1, __ATOMIC_RELEASE);
	if (port->conn != NULL)
		vde_close(port->conn);
	port->conn = NULL;
}

int
vde_dev_close(struct rte_eth_dev *dev)
{
	struct vde_port *port = dev->data->dev_private;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY || port == NULL || port->frame == NULL)
		return 0;
	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	pmd_pump_stop(&port->pump);
	vde_disconnect(port);
	pmd_wake_forget(dev);
	pmd_pump_fini(&port->pump);
	pthread_mutex_destroy(&port->lock);
	free(port->frame);
	port->frame = NULL;
	return 0;
}

/* Buffer, rings, connection and thread, in that order; why says what failed. */
static int
vde_dev_open(struct vde_port *port, const char *devargs, char *why)
{
	int ret = vde_args_parse(devargs, &port->args, why), err;
	VDECONN *conn;

	if (ret < 0)
		return ret;
	port->frame = malloc(VDE_ETHBUFSIZE + 1);
	if (port->frame == NULL) {
		snprintf(why, VDE_WHY_LEN, "out of memory");
		return -ENOMEM;
	}
	ret = pmd_pump_init(&port->pump, port->name, VDE_RING, vde_run, port);
	if (ret < 0) {
		snprintf(why, VDE_WHY_LEN, "rings: %s", strerror(-ret));
		goto free_frame;
	}
	conn = vde_first_connection(port, &err);
	if (conn == NULL) {
		vde_explain(&port->args, err, why, VDE_WHY_LEN);
		ret = -err;
		goto fini_pump;
	}
	pthread_mutex_init(&port->lock, NULL);
	vde_connected(port, conn);
	ret = pmd_pump_start(&port->pump, "rh-vde");
	if (ret < 0) {
		snprintf(why, VDE_WHY_LEN, "thread: %s", strerror(-ret));
		goto disconnect;
	}
	return 0;

disconnect:
	vde_disconnect(port);
	pthread_mutex_destroy(&port->lock);
fini_pump:
	pmd_pump_fini(&port->pump);
free_frame:
	free(port->frame);
	return ret;
}

static struct rte_eth_dev *
vde_alloc(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct vde_port));
	struct vde_port *port;

	if (dev == NULL)
		return NULL;
	port = dev->data->dev_private;
	rte_strscpy(port->name, rte_vdev_device_name(vdev), sizeof(port->name));
	port->port_id = dev->data->port_id;
	port->dev = dev;
	port->fd = -1;
	port->retry_ms = VDE_RETRY_MS;
	port->rx.port = port->tx.port = port;
	dev->data->mac_addrs = rte_zmalloc("vde_mac", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return NULL;
	}
	rte_eth_random_addr(dev->data->mac_addrs[0].addr_bytes);
	dev->data->dev_flags = RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->dev_ops = &vde_ethdev_ops;
	dev->rx_pkt_burst = vde_rx_burst;
	dev->tx_pkt_burst = vde_tx_burst;
	return dev;
}

static int
vde_probe(struct rte_vdev_device *vdev)
{
	char why[VDE_WHY_LEN] = "";
	struct rte_eth_dev *dev;
	struct vde_port *port;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	dev = vde_alloc(vdev);
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	ret = vde_dev_open(port, rte_vdev_device_args(vdev), why);
	if (ret < 0) {
		LOG(ERR, "%s: %s", port->name, why);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	ret = pmd_wake_describe(dev, &port->pump.wake.fd, 1);
	if (ret < 0) {
		vde_dev_close(dev);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
vde_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	vde_dev_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver vde_driver = { .probe = vde_probe, .remove = vde_remove };

RTE_PMD_REGISTER_VDEV(net_vde, vde_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_vde, "sock=<switch|VNL> port=<n> group=<name|gid> mode=<octal>");
