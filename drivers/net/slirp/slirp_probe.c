/* SPDX-License-Identifier: BSD-3-Clause */
/* Probing, closing and removing net_slirp ports. */
#include "slirp_probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <ethdev_vdev.h>
#include <rte_malloc.h>
#include <rte_string_fns.h>

#include "base/log.h"

LOG_REGISTER("pmd.net.slirp");

struct slirp_port *
slirp_port_of(uint16_t port_id)
{
	if (!rte_eth_dev_is_valid_port(port_id) ||
		rte_eth_devices[port_id].dev_ops != &slirp_ethdev_ops)
		return NULL;
	return rte_eth_devices[port_id].data->dev_private;
}

/* Whether libslirp can send echo requests: by a ping socket, or else by a raw one. */
static bool
slirp_can_ping(void)
{
	static const int types[] = { SOCK_DGRAM, SOCK_RAW };
	size_t i;

	for (i = 0; i < RTE_DIM(types); i++) {
		int fd = socket(AF_INET, types[i] | SOCK_CLOEXEC, IPPROTO_ICMP);

		if (fd >= 0) {
			close(fd);
			return true;
		}
	}
	return false;
}

int
slirp_close(struct rte_eth_dev *dev)
{
	struct slirp_port *port = dev->data->dev_private;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY || port == NULL || port->slirp == NULL)
		return 0;
	__atomic_store_n(&port->started, 0, __ATOMIC_RELEASE);
	pmd_pump_stop(&port->pump);
	slirp_stack_stop(port);
	pmd_wake_forget(dev);
	pmd_pump_fini(&port->pump);
	pthread_cond_destroy(&port->answered);
	pthread_mutex_destroy(&port->lock);
	return 0;
}

/* Configuration, rings, stack and thread, in that order; why says what failed. */
static int
slirp_open(struct slirp_port *port, const char *devargs, char *why)
{
	int ret = slirp_args_parse(devargs, &port->conf.args, why);

	if (ret == 0)
		ret = slirp_conf_build(&port->conf, why);
	if (ret < 0)
		return ret;
	ret = pmd_pump_init(&port->pump, port->name, SLIRP_RING, slirp_run, port);
	if (ret < 0) {
		snprintf(why, SLIRP_WHY_LEN, "rings: %s", strerror(-ret));
		return ret;
	}
	pthread_mutex_init(&port->lock, NULL);
	pthread_cond_init(&port->answered, NULL);
	ret = slirp_stack_start(port, why);
	if (ret < 0)
		goto fini_pump;
	ret = pmd_pump_start(&port->pump, "rh-slirp");
	if (ret < 0) {
		snprintf(why, SLIRP_WHY_LEN, "thread: %s", strerror(-ret));
		goto stop_stack;
	}
	return 0;

stop_stack:
	slirp_stack_stop(port);
fini_pump:
	pmd_pump_fini(&port->pump);
	pthread_cond_destroy(&port->answered);
	pthread_mutex_destroy(&port->lock);
	return ret;
}

/* The address by which libslirp answers for its gateway: 52:55 and the IPv4 address. */
static void
slirp_gateway_mac(const struct slirp_port *port, struct rte_ether_addr *mac)
{
	mac->addr_bytes[0] = 0x52;
	mac->addr_bytes[1] = 0x55;
	memcpy(&mac->addr_bytes[2], &port->conf.slirp.vhost, 4);
}

static struct rte_eth_dev *
slirp_alloc(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_vdev_allocate(vdev, sizeof(struct slirp_port));
	struct slirp_port *port;

	if (dev == NULL)
		return NULL;
	port = dev->data->dev_private;
	rte_strscpy(port->name, rte_vdev_device_name(vdev), sizeof(port->name));
	port->port_id = dev->data->port_id;
	port->rx.port = port->tx.port = port;
	dev->data->mac_addrs = rte_zmalloc("slirp_mac", sizeof(struct rte_ether_addr), 0);
	if (dev->data->mac_addrs == NULL) {
		rte_eth_dev_release_port(dev);
		return NULL;
	}
	dev->data->dev_flags = RTE_ETH_DEV_AUTOFILL_QUEUE_XSTATS;
	dev->dev_ops = &slirp_ethdev_ops;
	dev->rx_pkt_burst = slirp_rx_burst;
	dev->tx_pkt_burst = slirp_tx_burst;
	return dev;
}

static int
slirp_probe(struct rte_vdev_device *vdev)
{
	char why[SLIRP_WHY_LEN] = "";
	struct rte_eth_dev *dev;
	struct slirp_port *port;
	int ret;

	if (rte_eal_process_type() != RTE_PROC_PRIMARY)
		return -ENOTSUP;
	dev = slirp_alloc(vdev);
	if (dev == NULL)
		return -ENOMEM;
	port = dev->data->dev_private;
	ret = slirp_open(port, rte_vdev_device_args(vdev), why);
	if (ret < 0) {
		LOG(ERR, "%s: %s", port->name, why);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	ret = pmd_wake_describe(dev, &port->pump.wake.fd, 1);
	if (ret < 0) {
		slirp_close(dev);
		rte_eth_dev_release_port(dev);
		return ret;
	}
	slirp_gateway_mac(port, &dev->data->mac_addrs[0]);
	port->ping_works = slirp_can_ping();
	if (!port->ping_works)
		LOG(WARNING,
			"%s: guests cannot ping beyond the gateway until you run: "
			"sysctl -w net.ipv4.ping_group_range='0 2147483647'",
			port->name);
	rte_eth_dev_probing_finish(dev);
	return 0;
}

static int
slirp_remove(struct rte_vdev_device *vdev)
{
	struct rte_eth_dev *dev = rte_eth_dev_allocated(rte_vdev_device_name(vdev));

	if (dev == NULL)
		return 0;
	slirp_close(dev);
	return rte_eth_dev_release_port(dev);
}

static struct rte_vdev_driver slirp_driver = { .probe = slirp_probe, .remove = slirp_remove };

RTE_PMD_REGISTER_VDEV(net_slirp, slirp_driver);
RTE_PMD_REGISTER_PARAM_STRING(net_slirp,
	"net=<addr/mask> hostfwd=<rule> restrict=on|off mtu=<n> ...");
