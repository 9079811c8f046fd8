/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing, closing and removing net_guest ports; events of their guests. */
#include <errno.h>
#include <string.h>

#include <ethdev_vdev.h>
#include <rte_alarm.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/log.h"
#include "common/pmd_wake.h"
#include "guest_pmd.h"

LOG_REGISTER("pmd.net.guest");

#define GUEST_WATCH_US 1000000 /* how often transports are looked after */

struct rte_eth_dev *
guest_ethdev(uint16_t port_id)
{
	struct rte_eth_dev *dev;

	if (!rte_eth_dev_is_valid_port(port_id))
		return NULL;
	dev = &rte_eth_devices[port_id];
	return dev->dev_ops == &guest_ethdev_ops ? dev : NULL;
}

static void
guest_on_link(void *ctx, bool up)
{
	struct rte_eth_dev *dev = ctx;

	guest_update_link(dev);
	if (dev->state == RTE_ETH_DEV_ATTACHED && dev->data->dev_conf.intr_conf.lsc != 0)
		rte_eth_dev_callback_process(dev, RTE_ETH_EVENT_INTR_LSC, NULL);
}

void
guest_want_rarp(struct guest_port *port, const struct rte_ether_addr *mac)
{
	uint64_t word = RARP_WANTED;

	memcpy(&word, mac, sizeof(*mac));
	__atomic_store_n(&port->rarp, word, __ATOMIC_RELEASE);
	if (port->guest != NULL) /* C may be quicker than its creation */
		guest_wake(port->guest, 0);
}

static void
guest_on_announce(void *ctx, const struct rte_ether_addr *mac)
{
	struct rte_eth_dev *dev = ctx;

	guest_want_rarp(dev->data->dev_private, mac);
}

static const struct guest_events guest_port_events = { guest_on_link, guest_on_announce };

static void
guest_on_alarm(void *arg)
{
	struct guest_port *port = arg;

	guest_watch(port->guest);
	rte_eal_alarm_set(GUEST_WATCH_US, guest_on_alarm, port);
}

int
guest_close_port(struct rte_eth_dev *dev)
{
	struct guest_port *port = dev->data->dev_private;

	if (port == NULL || port->guest == NULL)
		return 0;
	/* Waits for a running one, which cannot set itself again then. */
	rte_eal_alarm_cancel(guest_on_alarm, port);
	pmd_wake_forget(dev);
	guest_destroy(port->guest);
	port->guest = NULL;
	return 0;
}

static struct rte_eth_dev *
guest_alloc(struct rte_vdev_device *vdev, const struct guest_args *args)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct guest_port));
	struct guest_port *port;

	if (dev == NULL)
		return NULL;
	port = dev->data->dev_private;
	port->port_id = dev->data->port_id;
	port->n_queues = (uint16_t)args->queues;
	rte_strscpy(port->path, args->vfio_user[0] != '\0' ? args->vfio_user : args->vhost_user,
		sizeof(port->path));
	dev->data->mac_addrs = rte_zmalloc("guest_mac", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return NULL;
	}
	dev->data->mac_addrs[0] = args->mac;
	dev->data->dev_flags = RTE_ETH_DEV_INTR_LSC | RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->data->dev_link = guest_link_up;
	dev->data->dev_link.link_status = RTE_ETH_LINK_DOWN;
	dev->dev_ops = &guest_ethdev_ops;
	dev->rx_pkt_burst = guest_rx_burst;
	dev->tx_pkt_burst = guest_tx_burst;
	return dev;
}

static int
guest_describe_wake(struct rte_eth_dev *dev)
{
	const struct guest_port *port = dev->data->dev_private;
	int fd[NIC_MAX_QUEUES];
	uint16_t q;

	for (q = 0; q < port->n_queues; q++)
		fd[q] = guest_wake_fd(port->guest, q);
	return pmd_wake_describe(dev, fd, port->n_queues);
}

static int
guest_probe(struct rte_vdev_device *vdev)
{
	const char *name = rte_vdev_device_name(vdev);
	struct guest_args args;
	struct guest_conf conf;
	struct rte_eth_dev *dev;
	struct guest_port *port;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	ret = guest_args_parse(name, rte_vdev_device_args(vdev), &args);
	if (ret == 0)
		ret = guest_args_conf(name, &args, &conf);
	if (ret < 0)
		return ret;
	dev = guest_alloc(vdev, &args);
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	port->client = conf.client;
	port->guest = guest_create(&conf, &guest_port_events, dev);
	if (port->guest == NULL) {
		ret = -rte_errno;
		goto release;
	}
	ret = guest_describe_wake(dev);
	if (ret < 0)
		goto destroy;
	rte_eth_dev_probing_finish(dev);
	rte_eal_alarm_set(GUEST_WATCH_US, guest_on_alarm, port);
	return 0;

destroy:
	guest_destroy(port->guest);
	port->guest = NULL;
release:
	rte_eth_dev_release_port(dev);
	return ret;
}

static int
guest_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	guest_close_port(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver guest_driver = { .probe = guest_probe, .remove = guest_remove };

RTE_PMD_REGISTER_VDEV(net_guest, guest_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_guest, "model=<name> vhost-user=<path> vfio-user=<path> "
					 "mode=server|client mac=<mac> mtu=<n> queues=<n> "
					 "carry=on|off doorbells=mmap|trap rom=<file>|off "
					 "revision=<n> trace=<file>");
