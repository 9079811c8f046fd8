/* SPDX-License-Identifier: BSD-3-Clause */
/* The generator's ports: DPDK's, or the driver side of a device in this process. */
#ifndef BENCH_BENCH_PORT_H
#define BENCH_BENCH_PORT_H

#include <stdbool.h>
#include <stdint.h>

#define BENCH_TSO_ROOM 4096 /* bytes of a buffer that receives uncut frames, as Linux' are */

struct bench_loop;
struct bench_port;
struct bench_vhost;
struct rte_mbuf;
struct rte_mempool;

/** What a user gives: a kind and its argument. */
enum bench_port_kind {
	BENCH_PORT_VHOST_USER, /* arg: the socket of a vhost-user server */
	BENCH_PORT_NETDEV,     /* arg: an interface of the host, IFACE or IFACE@NETNS */
	BENCH_PORT_DPDK,       /* arg: devargs of a DPDK device */
	BENCH_PORT_LOOP,       /* arg: a NIC model of ours */
	BENCH_PORT_VIRTIO,     /* arg: the socket of a vhost-user server, for a driver of ours */
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

/** A frame that came, where it is. */
struct bench_view {
	const uint8_t *data;
	uint16_t len;
};

/**
 * How frames go out and come in: as by rte_eth_tx_burst() and rte_eth_rx_burst(), or, where there is
 * claim(), in the driver's own buffers, as of struct bench_driver, which have what bench_frame_fill() makes.
 */
struct bench_port_ops {
	uint16_t (*send)(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	uint16_t (*receive)(struct bench_port *p, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	uint16_t (*claim)(struct bench_port *p, uint16_t q, uint8_t **frame, uint16_t n);
	void (*submit)(struct bench_port *p, uint16_t q, uint16_t n, uint16_t len);
	uint16_t (*look)(struct bench_port *p, uint16_t q, struct bench_view *view, uint16_t n);
	void (*release)(struct bench_port *p, uint16_t q, uint16_t n);
	void (*close)(struct bench_port *p);
};

struct bench_port {
	const struct bench_port_ops *ops;
	struct rte_mempool *pool;
	uint16_t queues;
	uint16_t id;		   /* of ethdev */
	struct bench_loop *loop;   /* of a model of ours */
	struct bench_vhost *vhost; /* of a driver of ours */
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
