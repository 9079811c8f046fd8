/* SPDX-License-Identifier: BSD-3-Clause */
/* Making ethdev ports out of devargs, and starting them. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#include <rte_dev.h>
#include <rte_errno.h>
#include <rte_ethdev.h>
#include <rte_log.h>
#include <rte_string_fns.h>

#include "ringhub.h"

/* mbufs of a port: two rings of 64 KiB frames in flight, in the default data room. */
#define PORT_MBUFS 16384
#define PORT_CACHE 256
#define PORT_DESCS 1024

/* Append key=value in the escaped form that our PMDs take (common/pmd_args.h). */
static int
port_devarg(char *text, size_t len, const char *key, const char *value)
{
	size_t at = strlen(text);
	int n = snprintf(text + at, len - at, "%s%s=", at > 0 ? "," : "", key);

	for (at += (size_t)n; *value != '\0' && at < len; value++) {
		n = snprintf(text + at, len - at,
			isalnum((unsigned char)*value) || strchr("/.:-_+@~", *value) != NULL
				? "%c"
				: "%%%02X",
			(unsigned char)*value);
		at += (size_t)n;
	}
	return at < len ? 0 : -ENAMETOOLONG;
}

/* The reason in what a failing probe logged: the first line with the port's name, without it. */
static void
port_reason(const char *log, const char *vdev, char *why)
{
	const char *at = strstr(log, vdev);
	size_t skip = strlen(vdev);

	if (strstr(log, "failed to parse device") != NULL) {
		snprintf(why, OPT_LEN,
			"no DPDK driver has devices of the name '%s': "
			"give a driver's name and a number, such as net_af_packet0",
			vdev);
		return;
	}
	if (at == NULL || strncmp(at + skip, ": ", 2) != 0) {
		snprintf(why, OPT_LEN, "device could not be initialized%s%.300s", *log ? ": " : "",
			log);
		why[strcspn(why, "\n")] = '\0';
		return;
	}
	at += skip + 2;
	snprintf(why, OPT_LEN, "%.*s", (int)strcspn(at, "\n"), at);
}

/* Probe with the log captured, so that the user sees one line that names the option. */
static int
port_probe(const char *vdev, const char *devargs, char *why)
{
	char *log = NULL;
	size_t len = 0;
	FILE *old = rte_log_get_stream(), *mem = open_memstream(&log, &len);
	int ret;

	if (mem != NULL)
		rte_openlog_stream(mem);
	ret = rte_eal_hotplug_add("vdev", vdev, devargs);
	rte_openlog_stream(old == stderr ? NULL : old);
	if (mem == NULL)
		return ret;
	fclose(mem);
	if (ret < 0)
		port_reason(log, vdev, why);
	else
		fputs(log, stderr);
	free(log);
	return ret;
}

/*
 * Pools of ports that are gone. Frames of such a port may still wait for others, in a hub's ring or at a
 * pump: the pool goes after the last of them. One is freed only when it was empty before, as the lcore
 * that returned the last mbuf may have been about to touch it. M only.
 */
struct port_pool {
	SLIST_ENTRY(port_pool) next;
	struct rte_mempool *pool;
	bool empty;
};

static SLIST_HEAD(, port_pool) port_pools = SLIST_HEAD_INITIALIZER(port_pools);

static void
port_reap_pools(void)
{
	struct port_pool *l, *next;

	for (l = SLIST_FIRST(&port_pools); l != NULL; l = next) {
		bool was_empty = l->empty;

		next = SLIST_NEXT(l, next);
		l->empty = rte_mempool_in_use_count(l->pool) == 0;
		if (!was_empty)
			continue;
		SLIST_REMOVE(&port_pools, l, port_pool, next);
		rte_mempool_free(l->pool);
		free(l);
	}
}

static void
port_leave_pool(struct rte_mempool *pool)
{
	struct port_pool *l = pool != NULL ? calloc(1, sizeof(*l)) : NULL;

	port_reap_pools();
	if (l == NULL)
		return; /* without memory the pool stays for good, which harms less than a wild frame */
	l->pool = pool;
	SLIST_INSERT_HEAD(&port_pools, l, next);
}

static int
port_make_pool(struct rh_port *p)
{
	static unsigned int number; /* an id may come again while the last one's pool is there */
	char name[RTE_MEMPOOL_NAMESIZE];
	unsigned int i;

	/* Where memory is short, a second and a third look free what earlier ports have left. */
	for (i = 0; i < 3 && p->pool == NULL; i++) {
		port_reap_pools();
		snprintf(name, sizeof(name), "pool%u_%.12s", number++, p->id);
		p->pool = rte_pktmbuf_pool_create(name, PORT_MBUFS, PORT_CACHE, 0,
			RTE_MBUF_DEFAULT_BUF_SIZE, SOCKET_ID_ANY);
	}
	return p->pool != NULL ? 0 : -rte_errno;
}

static int
port_setup_queues(struct rh_port *p, const struct rte_eth_dev_info *info)
{
	uint16_t q, n_rx = PORT_DESCS, n_tx = PORT_DESCS;
	int ret = rte_eth_dev_adjust_nb_rx_tx_desc(p->port_id, &n_rx, &n_tx);

	for (q = 0; q < info->max_rx_queues && ret == 0; q++) {
		ret = rte_eth_rx_queue_setup(p->port_id, q, n_rx, SOCKET_ID_ANY, NULL, p->pool);
		if (ret == 0)
			ret = rte_eth_tx_queue_setup(p->port_id, q, n_tx, SOCKET_ID_ANY, NULL);
	}
	return ret;
}

/* Queues, offloads, start. */
static int
port_start(struct rh_port *p)
{
	struct rte_eth_dev_info info;
	struct rte_eth_conf conf = { 0 };
	uint16_t n;
	int ret = rte_eth_dev_info_get(p->port_id, &info);

	if (ret < 0)
		return ret;
	n = RTE_MIN(info.max_rx_queues, info.max_tx_queues);
	n = RTE_MIN(n, p->max_queues);
	info.max_rx_queues = info.max_tx_queues = n;
	ret = port_make_pool(p);
	if (ret < 0)
		return ret;
	conf.txmode.offloads = info.tx_offload_capa &
			       (RTE_ETH_TX_OFFLOAD_IPV4_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_CKSUM |
				       RTE_ETH_TX_OFFLOAD_UDP_CKSUM | RTE_ETH_TX_OFFLOAD_TCP_TSO |
				       RTE_ETH_TX_OFFLOAD_MULTI_SEGS);
	conf.rxmode.offloads = info.rx_offload_capa & RTE_ETH_RX_OFFLOAD_SCATTER;
	conf.intr_conf.lsc = !!(*info.dev_flags & RTE_ETH_DEV_INTR_LSC);
	ret = rte_eth_dev_configure(p->port_id, n, n, &conf);
	if (ret == 0)
		ret = port_setup_queues(p, &info);
	if (ret == 0)
		ret = rte_eth_dev_start(p->port_id);
	if (ret == 0)
		rte_eth_promiscuous_enable(p->port_id);
	return ret;
}

int
rh_port_attach(struct rh_port *p, const char *devargs, char *why)
{
	int ret;

	if (rte_eth_dev_count_total() >= RTE_MAX_ETHPORTS) {
		snprintf(why, OPT_LEN,
			"there are %d ports, and this build of DPDK (RTE_MAX_ETHPORTS) has room "
			"for "
			"no more: use another ringhub and join the two",
			RTE_MAX_ETHPORTS);
		return -ENOSPC;
	}
	ret = port_probe(p->vdev, devargs, why);
	if (ret < 0)
		return ret;
	if (rte_eth_dev_get_port_by_name(p->vdev, &p->port_id) < 0) {
		snprintf(why, OPT_LEN, "'%s' is not a network device", p->vdev);
		rte_eal_hotplug_remove("vdev", p->vdev);
		return -ENODEV;
	}
	ret = port_start(p);
	if (ret < 0) {
		snprintf(why, OPT_LEN, "port cannot start: %s%s", strerror(-ret),
			ret == -ENOMEM ? ": reserve more hugepages" : "");
		rh_port_destroy(p);
	}
	return ret;
}

int
rh_port_create(struct rh_port *p, const char *driver, const struct opt *keys, char *why)
{
	char devargs[8 * OPT_LEN] = "";
	unsigned int i;

	snprintf(p->vdev, sizeof(p->vdev), "%s_%s", driver, p->id);
	if (strlen(p->vdev) >= RTE_DEV_NAME_MAX_LEN - 1) {
		snprintf(why, OPT_LEN, "id=%s: longer than %zu bytes", p->id,
			RTE_DEV_NAME_MAX_LEN - 2 - strlen(driver) - 1);
		return -ENAMETOOLONG;
	}
	for (i = 0; i < keys->n; i++) {
		if (port_devarg(devargs, sizeof(devargs), keys->pair[i].key, keys->pair[i].value) <
			0) {
			snprintf(why, OPT_LEN, "options are too long");
			return -ENAMETOOLONG;
		}
	}
	return rh_port_attach(p, devargs, why);
}

void
rh_port_destroy(struct rh_port *p)
{
	if (p->port_id == RH_NO_PORT)
		return;
	rte_eth_dev_stop(p->port_id);
	rte_eth_dev_close(p->port_id);
	rte_eal_hotplug_remove("vdev", p->vdev);
	port_leave_pool(p->pool);
	p->pool = NULL;
	p->port_id = RH_NO_PORT;
}

/* A number among the keys; 0 when it is not given. @return 0; -EINVAL and why. */
static int
dpdk_number(struct opt *keys, const char *key, uint16_t max, uint16_t *value, char *why)
{
	char text[OPT_LEN], *end;
	unsigned long n;

	*value = 0;
	if (!opt_take(keys, key, text, sizeof(text)))
		return 0;
	n = strtoul(text, &end, 10);
	if (!isdigit((unsigned char)text[0]) || *end != '\0' || n == 0 || n > max) {
		snprintf(why, OPT_LEN, "%s=%.200s: must be a number from 1 to %u", key, text, max);
		return -EINVAL;
	}
	*value = (uint16_t)n;
	return 0;
}

int
rh_dpdk_attach(struct rh_port *p, const struct opt *keys, char *why)
{
	struct opt left = *keys;
	char devargs[OPT_LEN];
	uint16_t mtu;
	int ret;

	if (!opt_take(&left, "devargs", devargs, sizeof(devargs)) || devargs[0] == '\0') {
		snprintf(why, OPT_LEN,
			"needs devargs=NAME[,,KEY=VALUE...], such as devargs=net_null0");
		return -EINVAL;
	}
	/* A stranger may have any number of queues, and mbufs for each: one pair, unless told. */
	if (dpdk_number(&left, "queues", HUB_MAX_QUEUES, &p->max_queues, why) < 0 ||
		dpdk_number(&left, "mtu", UINT16_MAX, &mtu, why) < 0)
		return -EINVAL;
	p->max_queues = RTE_MAX(p->max_queues, 1);
	if (left.n > 0) {
		snprintf(why, OPT_LEN,
			"unknown key '%s'; known are id devargs queues mtu; "
			"within devargs a comma is written twice",
			left.pair[0].key);
		return -EINVAL;
	}
	rte_strscpy(p->vdev, devargs, sizeof(p->vdev));
	p->vdev[strcspn(p->vdev, ",")] = '\0';
	ret = rh_port_attach(p, strchr(devargs, ',') != NULL ? strchr(devargs, ',') + 1 : "", why);
	if (ret < 0 || mtu == 0)
		return ret;
	ret = rte_eth_dev_set_mtu(p->port_id, mtu);
	if (ret < 0) {
		snprintf(why, OPT_LEN, "mtu=%u: the device does not take that: %s", mtu,
			strerror(-ret));
		rh_port_destroy(p);
	}
	return ret;
}
