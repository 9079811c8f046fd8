/* SPDX-License-Identifier: BSD-3-Clause */
/* The kernel's interface behind the tap: name, state, MTU, MAC. */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include <linux/if_tun.h>
#include <net/if_arp.h>

#include <rte_ethdev.h>
#include <rte_string_fns.h>

#include "base/log.h"
#include "tapio_pmd.h"

LOG_REGISTER("pmd.net.tapio");

#ifndef TUNSETCARRIER /* Linux 5.0 */
#define TUNSETCARRIER _IOW('T', 226, int)
#endif

/* An ioctl on the interface by its present name, if it is in our network namespace. */
static int
tapio_ifreq(struct tapio_port *port, unsigned long request, struct ifreq *ifr)
{
	rte_strscpy(ifr->ifr_name, port->ifname, sizeof(ifr->ifr_name));
	return ioctl(port->control, request, ifr) < 0 ? -errno : 0;
}

/* Whether that name is, here, the interface that it was when we came. */
static bool
tapio_link_is_here(struct tapio_port *port)
{
	struct ifreq ifr = { 0 };

	if (tapio_ifreq(port, SIOCGIFINDEX, &ifr) < 0)
		return false;
	if (port->ifindex == 0)
		port->ifindex = (unsigned int)ifr.ifr_ifindex;
	return port->ifindex == (unsigned int)ifr.ifr_ifindex;
}

int
tapio_link_look(struct tapio_port *port)
{
	struct ifreq ifr = { 0 };
	bool up = true;
	int ret = -ENODEV;

	pthread_mutex_lock(&port->lock);
	/* The descriptor knows its interface, also after a change of name; it fails without one. */
	if (ioctl(port->queue[0].fd, TUNGETIFF, &ifr) < 0)
		goto unlock;
	rte_strscpy(port->ifname, ifr.ifr_name, sizeof(port->ifname));
	/* In another namespace its frames still come to us, but we cannot see whether it is up. */
	if (tapio_link_is_here(port)) {
		if (tapio_ifreq(port, SIOCGIFFLAGS, &ifr) == 0)
			up = (ifr.ifr_flags & IFF_UP) != 0;
		if (tapio_ifreq(port, SIOCGIFMTU, &ifr) == 0)
			__atomic_store_n(&port->dev->data->mtu,
				(uint16_t)RTE_MIN(ifr.ifr_mtu, UINT16_MAX), __ATOMIC_RELAXED);
	}
	ret = 0;

unlock:
	__atomic_store_n(&port->tap_up, ret == 0 && up, __ATOMIC_RELEASE);
	pthread_mutex_unlock(&port->lock);
	return ret;
}

void
tapio_link_publish(struct tapio_port *port)
{
	struct rte_eth_link link = {
		.link_speed = RTE_ETH_SPEED_NUM_10G,
		.link_duplex = RTE_ETH_LINK_FULL_DUPLEX,
		.link_autoneg = RTE_ETH_LINK_FIXED,
	};
	bool changed;

	pthread_mutex_lock(&port->lock);
	link.link_status = __atomic_load_n(&port->started, __ATOMIC_RELAXED) != 0 &&
			   __atomic_load_n(&port->link_down, __ATOMIC_RELAXED) == 0 &&
			   __atomic_load_n(&port->gone, __ATOMIC_RELAXED) == 0 &&
			   __atomic_load_n(&port->tap_up, __ATOMIC_RELAXED) != 0;
	changed = rte_eth_linkstatus_set(port->dev, &link) == 0;
	pthread_mutex_unlock(&port->lock);
	if (!changed)
		return;
	LOG(INFO, "%s: link %s", port->name, link.link_status ? "up" : "down");
	if (port->dev->state == RTE_ETH_DEV_ATTACHED &&
		port->dev->data->dev_conf.intr_conf.lsc != 0)
		rte_eth_dev_callback_process(port->dev, RTE_ETH_EVENT_INTR_LSC, NULL);
}

void
tapio_link_carrier(struct tapio_port *port, bool on)
{
	int carrier = on;

	if (ioctl(port->queue[0].fd, TUNSETCARRIER, &carrier) < 0)
		LOG(DEBUG, "%s: TUNSETCARRIER: %s", port->name, strerror(errno));
}

int
tapio_link_set_mtu(struct tapio_port *port, uint16_t mtu)
{
	struct ifreq ifr = { .ifr_mtu = mtu };
	int ret;

	pthread_mutex_lock(&port->lock);
	ret = tapio_link_is_here(port) ? tapio_ifreq(port, SIOCSIFMTU, &ifr) : -ENODEV;
	pthread_mutex_unlock(&port->lock);
	if (ret < 0)
		LOG(ERR, "%s: MTU %u of %s: %s", port->name, mtu, port->ifname, strerror(-ret));
	return ret;
}

int
tapio_link_set_mac(struct tapio_port *port, const struct rte_ether_addr *mac)
{
	struct ifreq ifr = { .ifr_hwaddr.sa_family = ARPHRD_ETHER };
	struct rte_ether_addr now;
	int ret;

	/* ethdev sets it again at each start: no right is needed for what is so already. */
	if (tapio_link_get_mac(port, &now) == 0 && rte_is_same_ether_addr(&now, mac))
		return 0;
	memcpy(ifr.ifr_hwaddr.sa_data, mac, sizeof(*mac));
	pthread_mutex_lock(&port->lock);
	ret = tapio_link_is_here(port) ? tapio_ifreq(port, SIOCSIFHWADDR, &ifr) : -ENODEV;
	pthread_mutex_unlock(&port->lock);
	if (ret < 0)
		LOG(ERR, "%s: MAC of %s: %s", port->name, port->ifname, strerror(-ret));
	return ret;
}

int
tapio_link_get_mac(struct tapio_port *port, struct rte_ether_addr *mac)
{
	struct ifreq ifr = { 0 };
	int ret;

	/* By descriptor where the driver answers there (any namespace), else by name. */
	pthread_mutex_lock(&port->lock);
	ret = ioctl(port->queue[0].fd, SIOCGIFHWADDR, &ifr) < 0 ? -errno : 0;
	pthread_mutex_unlock(&port->lock);
	if (ret == 0)
		memcpy(mac, ifr.ifr_hwaddr.sa_data, sizeof(*mac));
	return ret;
}
