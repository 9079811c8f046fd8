/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator's ports: DPDK's, or the driver side of a device in this process. */
#ifndef BENCH_BENCH_PORT_H
#define BENCH_BENCH_PORT_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_TSO_ROOM 4096 /* bytes of a buffer that receives uncut frames, as Linux' are */

struct bench_loop;
struct bench_port;
struct rte_mbuf;
struct rte_mempool;

/** What a user gives: a kind and its argument. */
enum bench_port_kind {
	BENCH_PORT_VHOST_USER, /* arg: the socket of a vhost-user server */
	BENCH_PORT_NETDEV,     /* arg: an interface of the host, IFACE or IFACE@NETNS */
	BENCH_PORT_DPDK,       /* arg: devargs of a DPDK device */
	BENCH_PORT_LOOP,       /* arg: a NIC model of ours */
};

struct bench_port_conf {
	enum bench_port_kind kind;
	const char *arg;
	uint16_t index;	 /* names it, and makes its address: 02:00:00:00:00:INDEX */
	uint16_t queues; /* queue pairs */
	uint16_t ring;	 /* descriptors */
	bool packed;	 /* virtio */
	uint16_t mss;	 /* TCP frames go out and come in uncut; 0: no such frames */
};

/** How frames go out and come in; as rte_eth_tx_burst() and rte_eth_rx_burst(). */
struct bench_port_ops {
	uint16_t (*send)(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	uint16_t (*receive)(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	void (*close)(struct bench_port *p);
};

struct bench_port {
	const struct bench_port_ops *ops;
	struct rte_mempool *pool;
	uint16_t queues;
	uint16_t id;		 /* of ethdev */
	struct bench_loop *loop; /* of a port of ours */
};

/**
 * Open a port and start it. pool: of what it receives. Errors have been said.
 * @return 0 or -errno.
 */
int bench_port_open(struct bench_port *p, const struct bench_port_conf *conf,
	struct rte_mempool *pool);

/** The kind of a word such as "vhost-user"; -1 when there is none. */
int bench_port_kind(const char *word);

#endif
