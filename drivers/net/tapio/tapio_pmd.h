/* SPDX-License-Identifier: BSD-3-Clause */
/* One net_tapio port, shared by this folder's files. */
#ifndef NET_TAPIO_TAPIO_PMD_H
#define NET_TAPIO_TAPIO_PMD_H

#include <net/if.h>
#include <pthread.h>
#include <sys/uio.h>

#include <ethdev_driver.h>

#include "base/helper.h"
#include "base/stats.h"
#include "common/pmd_args.h"
#include "common/pmd_wake.h"
#include "offload/offload_vnet.h"

#define TAPIO_MAX_QUEUES 16
#define TAPIO_MAX_FRAME	 (65536 + 64) /* Linux' longest GSO frame, with tags */
#define TAPIO_MAX_SEGS	 256	      /* of a frame to the kernel */
#define TAPIO_WHY_LEN	 512

/** How the tap comes to us. */
enum tapio_way {
	TAPIO_BY_NAME,	 /* opened or made here */
	TAPIO_BY_FD,	 /* fd= or fds= */
	TAPIO_BY_HELPER, /* a program made it and hands it over */
};

/** What devargs say. Constant once checked. */
struct tapio_args {
	char ifname[PMD_ARG_LEN], fd[PMD_ARG_LEN], fds[PMD_ARG_LEN];
	char script[PMD_ARG_LEN], downscript[PMD_ARG_LEN]; /* "no": none */
	char br[PMD_ARG_LEN], helper[PMD_ARG_LEN], sndbuf[PMD_ARG_LEN];
	char vhostfd[PMD_ARG_LEN], vhostfds[PMD_ARG_LEN];
	uint32_t queues, poll_us, busy_us;
	bool vnet_hdr, vhost, vhostforce, carry, bridge;
	bool has_ifname, has_fd, has_fds, has_script, has_downscript, has_br, has_helper;
	bool has_vnet_hdr, has_queues, has_sndbuf, has_vhostfd, has_vhostfds, has_poll_us;
	enum tapio_way way;
	int fd_list[TAPIO_MAX_QUEUES]; /* of TAPIO_BY_FD */
	int sndbuf_bytes;
};

/** Counters of one queue pair; D of the direction writes. Names and reasons in tapio_stats.c. */
struct tapio_count {
	uint64_t rx_frames, rx_bytes, rx_large, rx_rests;
	uint64_t rx_short, rx_bad_offload, rx_no_mbuf, rx_link_down, rx_no_scatter;
	uint64_t tx_frames __rte_cache_aligned;
	uint64_t tx_bytes, tx_large;
	uint64_t tx_short, tx_bad_offload, tx_segments, tx_down, tx_gone, tx_refused, tx_busy,
		tx_link_down;
} __rte_cache_aligned;

#define TAPIO_N_STATS 20
extern const struct stat_desc tapio_stats[TAPIO_N_STATS];

/** Counters of the port; P writes. */
struct tapio_port_count {
	uint64_t lost, reopened, reopen_failed;
};

#define TAPIO_N_PORT_STATS 3
extern const struct stat_desc tapio_port_stats[TAPIO_N_PORT_STATS];

struct tapio_port;

/** One queue pair: a file descriptor of the tap. */
struct tapio_queue {
	struct tapio_port *port;
	int fd; /* its number is constant; P puts another file behind it (dup3) */
	uint16_t id;
	uint16_t hdr_len; /* bytes before a frame; 0: none */
	/* D of receive, or M while the port is stopped: */
	bool resting;	     /* P watches the descriptor, D looks only at ready */
	uint64_t busy_until; /* TSC: until then D reads without being told to */
	struct rte_mempool *pool;
	unsigned int n_bufs, missing; /* buffers for one frame; the first so many are not there */
	struct rte_mbuf **buf;
	struct iovec *iov; /* n_bufs + 1: the header, then the buffers */
	uint8_t *
		spill; /* what of a long frame does not fit in the first buffer, when none was expected */
	uint32_t expect; /* so many frames more room for a long one is offered in its buffers */
	struct virtio_net_hdr hdr;
	struct tapio_count count;
	uint32_t ready __rte_cache_aligned; /* P sets, D clears */
	struct pmd_wake wake;		    /* P tells D when it has set ready */
} __rte_cache_aligned;

struct tapio_port {
	char name[RTE_ETH_NAME_MAX_LEN];
	struct rte_eth_dev *dev;
	struct tapio_args args;
	uint16_t n_queues;
	bool vnet_hdr;	   /* M, then P when it opens the tap again */
	bool premade;	   /* it was there before us, and is not ours to make again */
	uint64_t busy_tsc; /* args.busy_us */
	int control;	   /* socket for interface ioctls */
	int epoll, wake, netlink;
	struct helper thread;
	bool watching;	      /* M */
	uint32_t stop;	      /* M writes, P reads */
	pthread_mutex_t lock; /* ifname, ifindex, link changes: M and P, never D */
	char ifname[IFNAMSIZ];
	unsigned int ifindex; /* in our network namespace; 0: it is in another */
	uint32_t gone;	      /* P writes, D reads: no tap behind the descriptors */
	uint32_t tap_up;      /* P and M write under the lock, D reads: IFF_UP, or not known */
	uint32_t link_down;   /* M writes, D reads: set_link off */
	uint32_t started;     /* M writes, P reads */
	uint32_t retry_ms;    /* P: from a try to open it to the next */
	int64_t retry_at;     /* P: when that is, CLOCK_MONOTONIC in ms */
	struct tapio_port_count count;
	struct tapio_queue queue[TAPIO_MAX_QUEUES];
	struct rte_eth_stats at_reset;
};

/** Devargs to args, with all checks that need no system call. why has TAPIO_WHY_LEN bytes.
 * @return 0; -EINVAL. Thread: M. */
int tapio_args_parse(const char *text, struct tapio_args *args, char *why);

/** Whether the script, or the downscript, is to be run. Thread: M, P. */
bool tapio_wants_script(const struct tapio_args *args, bool down);

/**
 * Get n_queues descriptors of the tap, non-blocking, close-on-exec and set up as args say. Writes
 * port->ifname, vnet_hdr and each queue's hdr_len.
 * @param fds  out; nothing is open on error
 * @return 0; -errno with why filled. Thread: M, or P without the lock.
 */
int tapio_open(struct tapio_port *port, int *fds, char *why);

/** Run script with ifname as its argument. @return 0; -errno with why filled. Thread: M, P. */
int tapio_run_script(const char *script, const char *ifname, char *why);

/** Let a program in QEMU's helper's manner make a tap on bridge br. @return its descriptor; -errno
 * with why filled. Thread: M, P. */
int tapio_run_helper(const char *helper, const char *br, char *why);

/**
 * Ask the kernel what became of the interface: name, place, IFF_UP, MTU.
 * @return 0; -ENODEV: it is gone. Thread: M, P.
 */
int tapio_link_look(struct tapio_port *port);

/** Make ethdev's link what port's fields say; tells applications of a change. Thread: M, P. */
void tapio_link_publish(struct tapio_port *port);

/** Carrier of the kernel's interface, where the kernel can. Thread: M, P. */
void tapio_link_carrier(struct tapio_port *port, bool on);

/** The interface's MTU and MAC. @return 0 or -errno. Thread: M. */
int tapio_link_set_mtu(struct tapio_port *port, uint16_t mtu);
int tapio_link_set_mac(struct tapio_port *port, const struct rte_ether_addr *mac);
int tapio_link_get_mac(struct tapio_port *port, struct rte_ether_addr *mac);

/** The thread P that looks out for frames of resting queues, link changes, and a lost tap's return.
 * @return 0 or -errno. Thread: M. */
int tapio_watch_start(struct tapio_port *port);
void tapio_watch_stop(struct tapio_port *port);

/** Let P look out for frames of this queue. Thread: D of receive, or M while stopped. */
void tapio_watch_arm(struct tapio_queue *q);

/** Room for frames of up to TAPIO_MAX_FRAME in mbufs of pool. @return 0; -EINVAL; -ENOMEM. M. */
int tapio_rx_prepare(struct tapio_queue *q, struct rte_mempool *pool);
/** Give the mbufs back that wait for frames; all else, too. Thread: M while stopped. */
void tapio_rx_drain(struct tapio_queue *q);
void tapio_rx_release(struct tapio_queue *q);

uint16_t tapio_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t tapio_rx_linear(void *queue, struct rte_mbuf **pkts,
	uint16_t n); /* no frame in segments */
uint16_t tapio_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

extern const struct eth_dev_ops tapio_ethdev_ops;

/** Close all; the downscript runs. Thread: M. */
int tapio_close(struct rte_eth_dev *dev);

/** The port behind a port id; NULL when it is not net_tapio. Thread: M. */
struct tapio_port *tapio_port_of(uint16_t port_id);

#endif
