/* SPDX-License-Identifier: BSD-3-Clause */
/* One net_sock port, shared by this folder's files. Threads: M, D as everywhere; C is the one thread
 * that looks after the connections of all net_sock ports (sock_loop.h), or M under its lock. */
#ifndef NET_SOCK_SOCK_PMD_H
#define NET_SOCK_SOCK_PMD_H

#include <sys/queue.h>
#include <sys/socket.h>

#include <ethdev_driver.h>

#include "base/stats.h"
#include "sock_conf.h"
#include "sock_frame.h"

#define SOCK_BATCH    32		    /* frames of one system call */
#define SOCK_IOVS     512		    /* pieces of one system call; IOV_MAX is 1024 */
#define SOCK_RX_BUF   ((size_t)512 * 1024)  /* bytes read from a stream and not yet delivered */
#define SOCK_TX_BUF   ((size_t)1024 * 1024) /* bytes that a peer has not taken yet */
#define SOCK_INFO_LEN 256
#define SOCK_DESCS    1024 /* what we say of rings that we have not */

/** Counters; names and reasons in sock_stats. */
struct sock_count {
	/* D, receive: */
	uint64_t bad_length, short_frame, cut_datagram, bad_header, wrong_session, wrong_cookie;
	uint64_t own_frame, no_mbuf, link_down_rx, rx_error, no_scatter;
	/* D, transmit: */
	uint64_t tx_buffer_full __rte_cache_aligned;
	uint64_t not_connected, too_long, no_peer, tx_error, link_down_tx, tx_delayed, tx_contended;
	/* C: */
	uint64_t connections __rte_cache_aligned;
	uint64_t disconnections, connect_failed, cut_frame, half_open;
} __rte_cache_aligned;

#define SOCK_N_STATS 24
extern const struct stat_desc sock_stats[SOCK_N_STATS];

struct sock_port;

/** Receiving. D, but where another letter stands. */
struct sock_rxq {
	struct sock_port *port;
	uint32_t busy; /* D is inside; C waits for 0 */
	uint64_t frames, bytes;
	uint64_t look_at;		   /* TSC: do not ask the kernel before */
	uint64_t wait;			   /* TSC cycles: how long it was empty-handed */
	struct rte_mempool *pool;	   /* M, while stopped */
	struct sock_framer framer;	   /* stream */
	struct rte_mbuf *slot[SOCK_BATCH]; /* datagrams: mbufs for the next call */
	unsigned int n_slots;
	uint8_t *
		spill; /* datagrams: SOCK_BATCH times SOCK_MAX_FRAME bytes, for what one mbuf cannot hold */
	struct mmsghdr msg[SOCK_BATCH];
	struct iovec iov[SOCK_BATCH][3];
	struct sock_addr from[SOCK_BATCH]; /* multicast */
	uint8_t hdr[SOCK_BATCH][SOCK_L2TP_MAX_HDR];
} __rte_cache_aligned;

/** Transmitting. Whoever has set busy. */
struct sock_txq {
	struct sock_port *port;
	uint32_t busy;	  /* D is inside; C waits for 0 */
	uint32_t pending; /* len > 0, for D of the receive side */
	uint64_t frames, bytes;
	bool broken; /* the peer does not take any more; its end is for the receive side to find */
	uint64_t retry_at; /* TSC: the peer's buffer was full, do not ask before */
	bool near;	   /* out_fd is connected to a unix peer, so that no frame needs its path */
	bool greet; /* but the next ones go from the socket that has a name, for peers that answer to it */
	uint64_t near_at;  /* TSC: connect it (again), another may have that path now */
	uint8_t *buf;	   /* SOCK_TX_BUF bytes: frames with their length before them */
	uint32_t off, len; /* what waits in buf; of a stream, it may start inside a frame */
	struct iovec iov[SOCK_IOVS];
	struct mmsghdr msg[SOCK_BATCH];
	uint8_t hdr[SOCK_BATCH][SOCK_L2TP_MAX_HDR];
} __rte_cache_aligned;

enum sock_state {
	SOCK_IDLE,	 /* nothing will happen any more */
	SOCK_LISTENING,	 /* until a peer connects */
	SOCK_RESOLVING,	 /* a name server is asked */
	SOCK_CONNECTING, /* the kernel connects */
	SOCK_WAITING,	 /* until the next attempt */
	SOCK_CONNECTED,	 /* frames flow */
};

struct sock_lookup;

struct sock_port {
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t port_id;
	struct sock_conf conf;

	LIST_ENTRY(sock_port) next;	       /* C */
	uint64_t serial;		       /* C: how the loop's events name this port */
	enum sock_state state;		       /* C */
	int listen_fd;			       /* C; -1: none */
	int connect_fd;			       /* C: SOCK_CONNECTING; -1: none */
	struct sock_addr addr[SOCK_MAX_ADDRS]; /* C: to connect to, in this order */
	unsigned int n_addrs, next_addr;       /* C */
	struct sock_lookup *lookup;	       /* C: SOCK_RESOLVING */
	uint64_t since_ms;		       /* C: when SOCK_CONNECTED began */
	uint64_t deadline_ms;		       /* C: when to look again; 0: never */
	uint32_t retry_ms;		       /* C: how long the next SOCK_WAITING is */
	bool failing;			       /* C: the failure has been reported */
	struct sock_addr bound;		       /* C: unix path to remove at the end */
	dev_t bound_dev;		       /* C: what we made there */
	ino_t bound_ino;
	bool link_changed;	  /* C: those who registered must hear of it */
	char info[SOCK_INFO_LEN]; /* C: QEMU's words for "info network" */

	uint32_t live; /* C writes, D reads: the fields below are valid */
	uint32_t lost; /* D writes, C clears: the peer has gone, or an errno */
	bool stream;   /* C, while not live */
	int fd;	       /* C, while not live */
	int out_fd;    /* C, while not live: to send; often fd */
	bool unix_peer; /* C, while not live: out_fd can be connected to the peer, tx.near says if it is */
	struct sock_addr to;  /* C, while not live: of each datagram; len 0: fd knows */
	struct sock_addr own; /* C, while not live: source of our own datagrams, multicast */

	uint32_t started;   /* M writes, C and D read */
	uint32_t link_down; /* M writes, C and D read */
	struct sock_rxq rx;
	struct sock_txq tx;
	struct sock_count count;
	struct sock_count count_at_reset; /* M */
	struct rte_eth_stats at_reset;	  /* M */
};

uint16_t sock_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t sock_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n); /* no frame in segments */
uint16_t sock_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/** Wait until no burst is inside; live or started was cleared before. Thread: C or M. */
void sock_wait_outside(const struct sock_port *port);

/** The port behind a port id; NULL when it is not net_sock. Thread: M. */
struct sock_port *sock_port_of(uint16_t port_id);

/** Tell ethdev whether the link is up; who registered for that is told by C, outside the lock.
 * Thread: C or M under the lock. */
void sock_update_link(struct sock_port *port);

/** eth_dev_ops.dev_close. Thread: M. */
int sock_close(struct rte_eth_dev *dev);

extern const struct eth_dev_ops sock_ethdev_ops;

#endif
