/* SPDX-License-Identifier: BSD-3-Clause */
/* One net_guest port, shared by this folder's files. */
#ifndef NET_GUEST_GUEST_PMD_H
#define NET_GUEST_GUEST_PMD_H

#include <ethdev_driver.h>

#include "common/pmd_args.h"
#include "guest/guest.h"

/** What devargs say. */
struct guest_args {
	char model[PMD_ARG_LEN];
	char vhost_user[PMD_ARG_LEN];
	char vfio_user[PMD_ARG_LEN];
	char mode[PMD_ARG_LEN];
	char doorbells[PMD_ARG_LEN];
	char rom[PMD_ARG_LEN];
	bool has_rom;
	char trace[PMD_ARG_LEN];
	uint32_t revision;
	struct rte_ether_addr mac;
	bool has_mac;
	uint32_t mtu;
	uint32_t queues;
	uint64_t features_mask;
	bool carry;
	bool packed;
	uint32_t rx_usecs, rx_frames; /* of interrupts, as the guest sees it */
	uint32_t tx_usecs, tx_frames;
};

/** Counters that are not the model's. */
struct guest_port_count {
	uint64_t link_down_from_guest; /* D of the queue */
	uint64_t link_down_to_guest;   /* D of the queue */
	uint64_t no_scatter;	       /* D of the queue */
} __rte_cache_aligned;

/* A flag above the six bytes of an address: both are handed over in one atomic word. */
#define RARP_WANTED (UINT64_C(1) << 63)

struct guest_port;

/** One queue in one direction. D only, but for fields M sets while stopped. */
struct guest_queue {
	struct guest_port *port;
	struct guest *guest;
	uint16_t id;
	struct rte_mempool *pool; /* of an rx queue */
	uint64_t frames;	  /* D writes */
	uint64_t bytes;		  /* D writes */
	bool lent;		  /* D: guest_lend() wants its end */
} __rte_cache_aligned;

struct guest_port {
	struct guest *guest;
	uint16_t port_id;
	uint32_t admin_down; /* M writes, D reads: set_link off */
	uint64_t
		rarp; /* C or M sets RARP_WANTED and a MAC in the low 6 bytes; D of rx queue 0 takes */
	uint16_t n_queues; /* pairs offered */
	bool watching;	   /* the one-second look is scheduled */
	char path[108];
	bool client;
	struct guest_queue rx[NIC_MAX_QUEUES]; /* from the guest */
	struct guest_queue tx[NIC_MAX_QUEUES]; /* to the guest */
	struct guest_port_count count[NIC_MAX_QUEUES];
	struct rte_eth_stats at_reset; /* counters when they were last cleared */
};

/** Parse and check devargs; errors are logged. @return 0 or -EINVAL. Thread: M. */
int guest_args_parse(const char *name, const char *text, struct guest_args *args);

/** Fill a guest's configuration from devargs. Thread: M. */
int guest_args_conf(const char *name, struct guest_args *args, struct guest_conf *conf);

/** Make the next receive of queue 0 return an announcement of mac. Any thread but D. */
void guest_want_rarp(struct guest_port *port, const struct rte_ether_addr *mac);

/** ethdev burst functions. Thread: D of the queue. */
uint16_t guest_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
/** guest_rx_burst() without frames in several segments. Thread: D of the queue. */
uint16_t guest_rx_linear(void *queue, struct rte_mbuf **pkts, uint16_t n);
/** guest_rx_burst() of frames that may be lent, and their end. Thread: D of the queue. */
uint16_t guest_rx_lent(struct guest_queue *q, struct rte_mbuf **pkts, uint16_t n);
void guest_rx_lent_end(struct guest_queue *q);
uint16_t guest_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
/** guest_tx_burst() of frames that stay the caller's, all of them of so many bytes. Thread: D of the queue. */
uint16_t guest_tx_shown(struct guest_queue *q, struct rte_mbuf *const *pkts, uint16_t n,
	uint64_t bytes);

extern const struct eth_dev_ops guest_ethdev_ops;
extern const struct rte_eth_link guest_link_up;

/** Set the ethdev link from the guest's state; tells applications. Thread: C or M. */
void guest_update_link(struct rte_eth_dev *dev);

/** Close the guest, which ends its threads' use of the port. Thread: M. */
int guest_close_port(struct rte_eth_dev *dev);

/** The ethdev of a net_guest port; NULL for any other. Thread: M. */
struct rte_eth_dev *guest_ethdev(uint16_t port_id);

#endif
