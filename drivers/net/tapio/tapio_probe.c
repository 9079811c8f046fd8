/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing, closing and removing net_tapio ports. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ethdev_vdev.h>
#include <rte_cycles.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/log.h"
#include "tapio_pmd.h"

LOG_REGISTER("pmd.net.tapio");

struct tapio_port *
tapio_port_of(uint16_t port_id)
{
	if (!rte_eth_dev_is_valid_port(port_id) ||
		rte_eth_devices[port_id].dev_ops != &tapio_ethdev_ops)
		return NULL;
	return rte_eth_devices[port_id].data->dev_private;
}

static void
tapio_close_fds(struct tapio_port *port)
{
	uint16_t i;

	for (i = 0; i < port->n_queues; i++) {
		close(port->queue[i].fd);
		port->queue[i].fd = -1;
		pmd_wake_fini(&port->queue[i].wake);
	}
	close(port->control);
	port->control = -1;
	pthread_mutex_destroy(&port->lock);
}

int
tapio_close(struct rte_eth_dev *dev)
{
	struct tapio_port *port = dev->data->dev_private;
	char why[TAPIO_WHY_LEN];
	uint16_t i;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY || port == NULL || port->control < 0)
		return 0;
	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	tapio_watch_stop(port);
	pmd_wake_forget(dev);
	if (!port->gone && tapio_wants_script(&port->args, true) &&
		tapio_run_script(port->args.downscript, port->ifname, why) < 0)
		LOG(ERR, "%s: downscript: %s", port->name, why);
	/* ethdev does not give queues back when it closes a port. */
	for (i = 0; i < port->n_queues; i++)
		tapio_rx_release(&port->queue[i]);
	tapio_close_fds(port);
	return 0;
}

/* The tap and its script. */
static int
tapio_bring(struct tapio_port *port, char *why)
{
	const struct tapio_args *a = &port->args;
	int fds[TAPIO_MAX_QUEUES], ret;
	uint16_t i;

	port->premade = a->way == TAPIO_BY_NAME && if_nametoindex(a->ifname) != 0;
	ret = tapio_open(port, fds, why);
	if (ret < 0)
		return ret;
	for (i = 0; i < port->n_queues; i++)
		port->queue[i].fd = fds[i];
	if (!tapio_wants_script(a, false))
		return 0;
	ret = tapio_run_script(a->script, port->ifname, why);
	for (i = 0; i < port->n_queues && ret < 0; i++)
		close(fds[i]);
	return ret;
}

/* An interrupt for each queue, which is P that found something. */
static int
tapio_describe_wake(struct tapio_port *port)
{
	int fd[TAPIO_MAX_QUEUES];
	uint16_t i;

	for (i = 0; i < port->n_queues; i++) {
		int ret = pmd_wake_init(&port->queue[i].wake);

		if (ret < 0)
			return ret;
		fd[i] = port->queue[i].wake.fd;
	}
	return pmd_wake_describe(port->dev, fd, port->n_queues);
}

/* All that a port holds, in order; why says what failed. */
static int
tapio_open_port(struct tapio_port *port, char *why)
{
	int ret;

	port->control = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (port->control < 0) {
		snprintf(why, TAPIO_WHY_LEN, "socket: %s", strerror(errno));
		return -errno;
	}
	pthread_mutex_init(&port->lock, NULL);
	ret = tapio_bring(port, why);
	if (ret < 0)
		goto close_control;
	(void)tapio_link_look(port);
	ret = tapio_link_get_mac(port, &port->dev->data->mac_addrs[0]);
	if (ret < 0) {
		snprintf(why, TAPIO_WHY_LEN, "%s: no MAC address: %s", port->ifname,
			strerror(-ret));
		goto close_fds;
	}
	ret = tapio_describe_wake(port);
	if (ret < 0) {
		snprintf(why, TAPIO_WHY_LEN, "eventfd: %s", strerror(-ret));
		goto close_fds;
	}
	ret = tapio_watch_start(port);
	if (ret == 0)
		return 0;
	snprintf(why, TAPIO_WHY_LEN, "thread: %s", strerror(-ret));
	pmd_wake_forget(port->dev);

close_fds:
	tapio_close_fds(port);
	return ret;
close_control:
	close(port->control);
	pthread_mutex_destroy(&port->lock);
	return ret;
}

static struct rte_eth_dev *
tapio_alloc(struct rte_vdev_device *vdev, const struct tapio_args *args)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct tapio_port));
	struct tapio_port *port;
	uint16_t i;

	if (dev == NULL)
		return NULL;
	port = dev->data->dev_private;
	rte_strscpy(port->name, rte_vdev_device_name(vdev), sizeof(port->name));
	port->dev = dev;
	port->args = *args;
	port->n_queues = (uint16_t)args->queues;
	port->busy_tsc = rte_get_tsc_hz() / 1000000 * args->busy_us;
	for (i = 0; i < TAPIO_MAX_QUEUES; i++) {
		port->queue[i].port = port;
		port->queue[i].id = i;
		port->queue[i].wake.fd = -1;
	}
	dev->data->mac_addrs = rte_zmalloc("tapio_mac", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return NULL;
	}
	dev->data->dev_flags = RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->data->dev_link.link_speed = RTE_ETH_SPEED_NUM_10G;
	dev->dev_ops = &tapio_ethdev_ops;
	dev->rx_pkt_burst = tapio_rx_burst;
	dev->tx_pkt_burst = tapio_tx_burst;
	return dev;
}

static int
tapio_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	char why[TAPIO_WHY_LEN] = "";
	struct tapio_args args;
	struct rte_eth_dev *dev;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	ret = tapio_args_parse(rte_vdev_device_args(vdev), &args, why);
	if (ret < 0) {
		LOG(ERR, "%s: %s", name, why);
		return ret;
	}
	dev = tapio_alloc(vdev, &args);
	if (dev == NULL)
		return -ENOMEM;
	ret = tapio_open_port(dev->data->dev_private, why);
	if (ret < 0) {
		LOG(ERR, "%s: %s", name, why);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
tapio_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	tapio_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver tapio_driver = { .probe = tapio_probe, .remove = tapio_remove };

RTE_PMD_REGISTER_VDEV(net_tapio, tapio_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_tapio,
	"ifname=<name> fd=<n> fds=<n:n> script=<file>|no downscript=<file>|no br=<name> "
	"helper=<program> sndbuf=<size> vnet_hdr=on|off queues=<n> carry=on|off busy-us=<n>");
