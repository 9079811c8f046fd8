/* SPDX-License-Identifier: BSD-3-Clause */
/* Ports of DPDK; an interface in a network namespace is opened from inside it. */
#include "bench_port.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <rte_bus_vdev.h>
#include <rte_ethdev.h>

#include "bench_loop.h"
#include "bench_vhost.h"

#define DEVARGS_LEN 512

/*
 * A virtio driver of DPDK leaves mbufs that were sent in its ring until there are more than so many (by its
 * default all but 32), so each frame would be made in memory that is cold by then, and the generator
 * would be what limits the rate.
 */
#define TX_IN_RING 4

static const char *const kind_words[] = {
	[BENCH_PORT_VHOST_USER] = "vhost-user",
	[BENCH_PORT_NETDEV] = "netdev",
	[BENCH_PORT_DPDK] = "dpdk",
	[BENCH_PORT_LOOP] = "loop",
	[BENCH_PORT_VIRTIO] = "virtio",
};

int
bench_port_kind(const char *word)
{
	unsigned int i;

	for (i = 0; i < RTE_DIM(kind_words); i++)
		if (strcmp(kind_words[i], word) == 0)
			return (int)i;
	return -1;
}

static uint16_t
eth_send(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return rte_eth_tx_burst(p->id, q, pkts, n);
}

static uint16_t
eth_receive(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n)
{
	return rte_eth_rx_burst(p->id, q, pkts, n);
}

static void
eth_close(struct bench_port *p)
{
	rte_eth_dev_stop(p->id);
	rte_eth_dev_close(p->id);
}

static const struct bench_port_ops eth_ops = { .send = eth_send,
	.receive = eth_receive,
	.close = eth_close };

/* TCP frames go both ways uncut. */
static void
eth_want_tso(const struct bench_port_conf *conf, struct rte_eth_conf *eth,
	struct rte_eth_txconf *txq)
{
	if (conf->mss == 0)
		return;
	eth->rxmode.offloads = RTE_ETH_RX_OFFLOAD_TCP_LRO | RTE_ETH_RX_OFFLOAD_TCP_CKSUM |
			       RTE_ETH_RX_OFFLOAD_SCATTER;
	eth->txmode.offloads = RTE_ETH_TX_OFFLOAD_TCP_TSO | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
			       RTE_ETH_TX_OFFLOAD_MULTI_SEGS;
	txq->offloads = eth->txmode.offloads;
}

/* name: of the device that devargs describe. */
static int
eth_start(struct bench_port *p, const struct bench_port_conf *conf, const char *name)
{
	struct rte_eth_conf eth = { 0 };
	struct rte_eth_rxconf rxq = { 0 };
	struct rte_eth_txconf txq = { 0 };
	struct rte_eth_dev_info info;
	uint16_t rx = conf->ring, tx, q;
	int ret;

	ret = rte_eth_dev_get_port_by_name(name, &p->id);
	if (ret < 0)
		return ret;
	tx = rx;
	ret = rte_eth_dev_info_get(p->id, &info);
	if (ret < 0)
		return ret;
	rxq = info.default_rxconf;
	txq = info.default_txconf;
	eth_want_tso(conf, &eth, &txq);
	if (conf->kind == BENCH_PORT_VHOST_USER)
		txq.tx_free_thresh = conf->ring - TX_IN_RING;
	rxq.offloads = eth.rxmode.offloads;
	ret = rte_eth_dev_configure(p->id, conf->queues, conf->queues, &eth);
	if (ret == 0)
		ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->id, &rx, &tx);
	for (q = 0; q < conf->queues && ret == 0; q++) {
		ret = rte_eth_rx_queue_setup(p->id, q, rx, SOCKET_ID_ANY, &rxq, p->pool);
		if (ret == 0)
			ret = rte_eth_tx_queue_setup(p->id, q, tx, SOCKET_ID_ANY, &txq);
	}
	return ret == 0 ? rte_eth_dev_start(p->id) : ret;
}

/* Run in another network namespace: its descriptor, or our own to go back. @return 0 or -errno. */
static int
netns_enter(const char *name, int *own)
{
	char path[DEVARGS_LEN];
	int fd, ret = 0;

	snprintf(path, sizeof(path), "%s%s", strchr(name, '/') == NULL ? "/run/netns/" : "", name);
	*own = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	if (*own < 0)
		return -errno;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET) < 0)
		ret = -errno;
	if (fd >= 0)
		close(fd);
	if (ret < 0) {
		fprintf(stderr, "ringhub-bench: no network namespace %s: %s\n", path,
			strerror(-ret));
		close(*own);
		*own = -1;
	}
	return ret;
}

static int
netns_leave(int own)
{
	int ret = setns(own, CLONE_NEWNET) < 0 ? -errno : 0;

	close(own);
	return ret;
}

/* Some drivers look for their interface when they start, too. */
static int
eth_open(struct bench_port *p, const struct bench_port_conf *conf, const char *name,
	const char *args)
{
	int ret = rte_vdev_init(name, args);

	return ret == 0 ? eth_start(p, conf, name) : ret;
}

/* The name, the arguments and the namespace of the device that a port needs. */
static void
port_devargs(const struct bench_port_conf *conf, char *text, char **args, const char **netns)
{
	size_t n;

	switch (conf->kind) {
	case BENCH_PORT_VHOST_USER:
		snprintf(text, DEVARGS_LEN,
			"net_virtio_user%u,path=%s,mac=02:00:00:00:00:%02x,queues=%u,queue_size=%u,"
			"packed_vq=%d,mrg_rxbuf=1,in_order=0",
			conf->index, conf->arg, conf->index, conf->queues, conf->ring,
			conf->packed);
		break;
	case BENCH_PORT_NETDEV:
		n = strcspn(conf->arg, "@");
		snprintf(text, DEVARGS_LEN,
			"net_af_packet%u,iface=%.*s,qdisc_bypass=1,framecnt=4096", conf->index,
			(int)n, conf->arg);
		if (conf->arg[n] == '@')
			*netns = &conf->arg[n + 1];
		break;
	default:
		snprintf(text, DEVARGS_LEN, "%s", conf->arg);
	}
	*args = text + strcspn(text, ",");
	if (**args != '\0')
		*(*args)++ = '\0';
}

int
bench_port_open(struct bench_port *p, const struct bench_port_conf *conf, struct rte_mempool *pool)
{
	char text[DEVARGS_LEN], *args;
	const char *netns = NULL;
	int ret, back, own = -1;

	*p = (struct bench_port){ .pool = pool, .queues = conf->queues };
	if (conf->kind == BENCH_PORT_LOOP)
		return bench_loop_open(p, conf);
	if (conf->kind == BENCH_PORT_VIRTIO)
		return bench_vhost_open(p, conf);
	port_devargs(conf, text, &args, &netns);
	p->ops = &eth_ops;
	ret = netns != NULL ? netns_enter(netns, &own) : 0;
	if (ret == 0)
		ret = eth_open(p, conf, text, args);
	back = own >= 0 ? netns_leave(own) : 0;
	ret = ret < 0 ? ret : back;
	if (ret < 0)
		fprintf(stderr, "ringhub-bench: --port %s=%s cannot be opened: %s\n",
			kind_words[conf->kind], conf->arg, strerror(-ret));
	return ret;
}
