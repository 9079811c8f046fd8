/* SPDX-License-Identifier: BSD-3-Clause */
/* Opening a tap, in each of the three ways, and setting it up. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include <rte_string_fns.h>

#include "tapio_pmd.h"

#define TAPIO_DEV "/dev/net/tun"

static const char tapio_hint[] =
	"make the tap beforehand: ip tuntap add dev tap0 mode tap user USER, or give fd=";

static int
tapio_open_dev(char *why)
{
	int fd = open(TAPIO_DEV, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	int ret = -errno;

	if (fd >= 0)
		return fd;
	if (ret == -ENOENT)
		snprintf(why, TAPIO_WHY_LEN, "%s: %s: load the module tun, or give fd=", TAPIO_DEV,
			strerror(-ret));
	else
		snprintf(why, TAPIO_WHY_LEN, "%s: %s: %s", TAPIO_DEV, strerror(-ret), tapio_hint);
	return ret;
}

/* What TUNSETIFF's refusal means. */
static void
tapio_open_why(const struct tapio_port *port, const char *ifname, int e, char *why)
{
	const char *multi = port->n_queues > 1 ? " multi_queue" : "";

	switch (e) {
	case EPERM:
		snprintf(why, TAPIO_WHY_LEN,
			"ifname=%s: not permitted: make the tap beforehand: ip tuntap add dev %s "
			"mode tap%s user USER, or give fd=",
			ifname, strchr(ifname, '%') != NULL ? "tap0" : ifname, multi);
		break;
	case EBUSY:
		snprintf(why, TAPIO_WHY_LEN,
			"ifname=%s: in use by another process, or not a tap: name another one",
			ifname);
		break;
	case EINVAL:
		snprintf(why, TAPIO_WHY_LEN,
			"ifname=%s: is there but of another kind: queues=%u needs "
			"'ip tuntap add dev %s mode tap%s'",
			ifname, port->n_queues, ifname, multi);
		break;
	default:
		snprintf(why, TAPIO_WHY_LEN, "ifname=%s: %s", ifname, strerror(e));
	}
}

/* One queue of the tap in ifr; its real name is there afterwards. */
static int
tapio_open_queue(struct tapio_port *port, struct ifreq *ifr, char *why)
{
	unsigned int features = 0;
	bool vnet;
	int ret, fd = tapio_open_dev(why);

	if (fd < 0)
		return fd;
	if (ioctl(fd, TUNGETFEATURES, &features) < 0)
		features = 0;
	vnet = port->args.vnet_hdr && (features & IFF_VNET_HDR) != 0;
	if (port->args.has_vnet_hdr && port->args.vnet_hdr && !vnet) {
		snprintf(why, TAPIO_WHY_LEN, "vnet_hdr=on: this kernel has no IFF_VNET_HDR");
		ret = -ENOTSUP;
		goto close_fd;
	}
	ifr->ifr_flags =
		(short)(IFF_TAP | IFF_NO_PI | (vnet ? IFF_VNET_HDR : 0) |
			(port->n_queues > 1 ? IFF_MULTI_QUEUE : 0) | (features & IFF_ONE_QUEUE));
	if (ioctl(fd, TUNSETIFF, ifr) < 0) {
		ret = -errno;
		tapio_open_why(port, ifr->ifr_name, -ret, why);
		goto close_fd;
	}
	port->vnet_hdr = vnet;
	return fd;

close_fd:
	close(fd);
	return ret;
}

/* A descriptor that came from elsewhere: is it a tap, of the kind we can drive? */
static int
tapio_adopt(struct tapio_port *port, int fd, struct ifreq *ifr, const char *key, char *why)
{
	int flags = fcntl(fd, F_GETFL);

	if (flags < 0) {
		snprintf(why, TAPIO_WHY_LEN,
			"%s=%d: not an open descriptor: open the tap in the program that starts "
			"this one",
			key, fd);
		return -EBADF;
	}
	if (ioctl(fd, TUNGETIFF, ifr) < 0 || !(ifr->ifr_flags & IFF_TAP)) {
		snprintf(why, TAPIO_WHY_LEN, "%s=%d: not a tap: open " TAPIO_DEV " with IFF_TAP",
			key, fd);
		return -EINVAL;
	}
	if (!(ifr->ifr_flags & IFF_NO_PI)) {
		snprintf(why, TAPIO_WHY_LEN,
			"%s=%d: has packet information: open it with IFF_NO_PI", key, fd);
		return -EINVAL;
	}
	if (fcntl(fd, F_SETFL, flags | O_NONBLOCK) < 0 || fcntl(fd, F_SETFD, FD_CLOEXEC) < 0) {
		snprintf(why, TAPIO_WHY_LEN, "%s=%d: %s", key, fd, strerror(errno));
		return -errno;
	}
	port->vnet_hdr = (ifr->ifr_flags & IFF_VNET_HDR) != 0;
	return 0;
}

/* Header length and offloads. A frame that another member of the hub is to finish needs carry. */
static int
tapio_setup(struct tapio_port *port, int fd, struct tapio_queue *q, char *why)
{
	bool reopen = port->ifname[0] != '\0';
	int len = sizeof(struct virtio_net_hdr), little = 1, sndbuf = port->args.sndbuf_bytes;
	unsigned int offloads =
		port->vnet_hdr && port->args.carry ? TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 : 0;

	if (port->vnet_hdr) {
		if (ioctl(fd, TUNSETVNETHDRSZ, &len) < 0)
			len = VIRTIO_NET_HDR_LEN_LEGACY;
		/* The host's order is little-endian anyway; older kernels cannot be told. */
		(void)ioctl(fd, TUNSETVNETLE, &little);
	}
	len = port->vnet_hdr ? len : 0;
	/* D has laid out its buffers by it. */
	if (reopen && q->hdr_len != len) {
		snprintf(why, TAPIO_WHY_LEN, "has packet headers of another length than before");
		return -EINVAL;
	}
	if (!reopen)
		q->hdr_len = (uint16_t)len;
	if (ioctl(fd, TUNSETOFFLOAD, offloads) < 0 && offloads != 0) {
		snprintf(why, TAPIO_WHY_LEN, "carry=on: the kernel refuses TUNSETOFFLOAD: %s",
			strerror(errno));
		return -errno;
	}
	if (ioctl(fd, TUNSETSNDBUF, &sndbuf) < 0 && port->args.has_sndbuf) {
		snprintf(why, TAPIO_WHY_LEN, "sndbuf=%.100s: TUNSETSNDBUF: %s", port->args.sndbuf,
			strerror(errno));
		return -errno;
	}
	return 0;
}

/* The descriptor of queue i, by whichever way. */
static int
tapio_open_one(struct tapio_port *port, uint16_t i, struct ifreq *ifr, char *why)
{
	const struct tapio_args *a = &port->args;
	int fd, ret;

	if (a->way == TAPIO_BY_NAME)
		return tapio_open_queue(port, ifr, why);
	fd = a->way == TAPIO_BY_FD ? a->fd_list[i] : tapio_run_helper(a->helper, a->br, why);
	if (fd < 0)
		return fd;
	ret = tapio_adopt(port, fd, ifr,
		a->way == TAPIO_BY_HELPER ? "helper's fd"
		: a->has_fd		  ? "fd"
					  : "fds",
		why);
	if (ret < 0 && a->way == TAPIO_BY_HELPER)
		close(fd);
	return ret < 0 ? ret : fd;
}

int
tapio_open(struct tapio_port *port, int *fds, char *why)
{
	struct ifreq ifr = { 0 };
	uint16_t n;
	int ret = 0;

	/* A second time it has the name that it had last. */
	pthread_mutex_lock(&port->lock);
	rte_strscpy(ifr.ifr_name, port->ifname[0] != '\0' ? port->ifname : port->args.ifname,
		sizeof(ifr.ifr_name));
	pthread_mutex_unlock(&port->lock);
	for (n = 0; n < port->n_queues; n++) {
		ret = tapio_open_one(port, n, &ifr, why);
		if (ret < 0)
			break;
		fds[n] = ret;
		ret = tapio_setup(port, fds[n], &port->queue[n], why);
		if (ret < 0) {
			n++;
			break;
		}
	}
	if (ret >= 0) {
		pthread_mutex_lock(&port->lock);
		rte_strscpy(port->ifname, ifr.ifr_name, sizeof(port->ifname));
		pthread_mutex_unlock(&port->lock);
		return 0;
	}
	/* A descriptor that was handed to us stays its owner's until the port exists. */
	while (port->args.way != TAPIO_BY_FD && n-- > 0)
		close(fds[n]);
	return ret;
}
