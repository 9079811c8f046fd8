/* SPDX-License-Identifier: BSD-3-Clause */
/* One net_vde port, shared by this folder's files. */
#ifndef NET_VDE_VDE_PMD_H
#define NET_VDE_VDE_PMD_H

#include <pthread.h>
#include <sys/types.h>

#include <ethdev_driver.h>
#include <libvdeplug.h>

#include "base/stats.h"
#include "common/pmd_args.h"
#include "common/pmd_pump.h"

#define VDE_RING       1024 /* frames that wait in each direction */
#define VDE_BURST      32
#define VDE_WHY_LEN    (PMD_ARG_LEN + 256)
#define VDE_OPEN_MS    3000 /* how long the first connection may take */
#define VDE_RETRY_MS   100  /* first pause before connecting again; doubles ... */
#define VDE_RETRY_MAX  5000 /* ... up to this */
#define VDE_SETTLED_MS 200  /* a connection that lasts so long starts the pauses anew */

/** What devargs say. Constant after probe. */
struct vde_args {
	char sock[PMD_ARG_LEN];	 /* switch directory or VNL; "": libvdeplug's default */
	char group[PMD_ARG_LEN]; /* number of the group, as text; "": none */
	char mode_text[PMD_ARG_LEN];
	uint32_t port; /* of the switch; 0: any */
	mode_t mode;
};

/** Counters; names and reasons in vde_stats. */
struct vde_count {
	/* P writes: */
	uint64_t in_short, in_oversize, in_no_mbuf, in_ring_full, in_not_started;
	uint64_t out_oversize, out_short, out_bad_offload, out_error, out_switch_left;
	uint64_t ctl_noise, connects, disconnects, open_errors;
	/* D writes: */
	uint64_t out_no_switch __rte_cache_aligned;
	uint64_t out_link_down;
	uint64_t in_link_down __rte_cache_aligned;
	uint64_t in_no_scatter;
} __rte_cache_aligned;

#define VDE_N_STATS 18
extern const struct stat_desc vde_stats[VDE_N_STATS];

struct vde_port;

/**
 * One call of vde_open() on a thread of its own, because it may block for as long as the switch
 * likes. Who asked waits on fd, or gives up: then the thread cleans up whenever the call returns.
 */
struct vde_job;

struct vde_queue {
	struct vde_port *port;
	uint64_t frames, bytes; /* D writes */
} __rte_cache_aligned;

struct vde_port {
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t port_id;
	struct rte_eth_dev *dev;
	struct pmd_pump pump;
	struct vde_args args;
	VDECONN *conn;		  /* P, or M while the pump does not run; NULL: not connected */
	int fd;			  /* of the data; P writes, M reads; -1: not connected */
	uint32_t started;	  /* M writes, P reads */
	uint32_t link_down;	  /* M writes, D reads */
	pthread_mutex_t lock;	  /* P holds it while it uses pool, M while it stops the port */
	struct rte_mempool *pool; /* M sets before started; P allocates */
	struct vde_job *job;	  /* P: connecting */
	uint64_t retry_at_ms;	  /* P: when to connect again */
	uint64_t connected_at_ms; /* P */
	uint32_t retry_ms;	  /* P: pause before the next try */
	bool in_vain; /* P: the descriptor said that the switch takes frames; does it? */
	bool quiet;   /* P: the last connections were short, do not report each */
	uint16_t n_held, at_held; /* P: frames taken from the ring, and how many are sent */
	struct rte_mbuf *held[VDE_BURST];
	uint8_t *frame; /* P: VDE_ETHBUFSIZE + 1 bytes */
	struct vde_count count;
	uint64_t xstats_was[VDE_N_STATS]; /* M: at the last reset */
	struct rte_eth_stats at_reset;	  /* M */
	struct vde_queue rx, tx;
};

/** Devargs to args; what is wrong goes to why. @return 0 or -EINVAL. Thread: M. */
int vde_args_parse(const char *text, struct vde_args *args, char *why);

/** Start to connect. @return NULL and rte_errno. Thread: M or P. */
struct vde_job *vde_job_start(const char *name, const struct vde_args *args);

/** Readable when the call has returned. */
int vde_job_fd(const struct vde_job *job);

/** The result of a job whose fd is readable; the job is gone. @return NULL and *err. */
VDECONN *vde_job_finish(struct vde_job *job, int *err);

/** Give a job up, whatever its state. */
void vde_job_abandon(struct vde_job *job);

/** Say why connecting failed, naming the option and what would be right. */
void vde_explain(const struct vde_args *args, int err, char *why, size_t len);

/** Take a connection into use. Thread: P, or M while the pump does not run. */
void vde_connected(struct vde_port *port, VDECONN *conn);

/** The pump's work. Thread: P. */
void vde_run(void *ctx);

uint16_t vde_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t vde_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n); /* no frame in segments */
uint16_t vde_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

/** Whether there is a connection. Any thread. */
static inline bool
vde_is_up(const struct vde_port *port)
{
	return __atomic_load_n(&port->fd, __ATOMIC_RELAXED) >= 0;
}

/** Compute the link's state, and tell the application if it changed. Thread: M or P. */
void vde_update_link(struct vde_port *port, bool announce);

/** eth_dev_ops.dev_close: ends the thread and the connection. Thread: M. */
int vde_dev_close(struct rte_eth_dev *dev);

extern const struct eth_dev_ops vde_ethdev_ops;

/** The port behind a port id; NULL when it is not net_vde. Thread: M. */
struct vde_port *vde_port_of(uint16_t port_id);

#endif
