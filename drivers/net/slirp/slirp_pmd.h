/* SPDX-License-Identifier: BSD-3-Clause */
/* One net_slirp port, shared by this folder's files. */
#ifndef NET_SLIRP_SLIRP_PMD_H
#define NET_SLIRP_SLIRP_PMD_H

#include <netinet/in.h>
#include <pthread.h>
#include <sys/queue.h>

#include <ethdev_driver.h>
#include <slirp/libslirp.h>

#include "base/stats.h"
#include "common/pmd_args.h"
#include "common/pmd_pump.h"

#define SLIRP_RING	  1024		 /* frames that wait in each direction */
#define SLIRP_BURST	  32		 /* frames that P takes or gives at once */
#define SLIRP_MAX_FRAME	  (65535 + 18)	 /* longest frame given to libslirp or taken from it */
#define SLIRP_MAX_MRU	  65521		 /* libslirp's own limit of an IP packet */
#define SLIRP_MAX_HEADERS (14 + 60 + 60) /* Ethernet, IP and TCP with all their options */
#define SLIRP_WHY_LEN	  512

/** What devargs say, as text; slirp_conf.c makes sense of it. */
struct slirp_args {
	bool ipv4, has_ipv4, ipv6, has_ipv6;
	bool restrict_, disable_host_loopback, disable_dns, disable_dhcp;
	char net[PMD_ARG_LEN], ip[PMD_ARG_LEN], host[PMD_ARG_LEN], dhcpstart[PMD_ARG_LEN];
	char dns[PMD_ARG_LEN], ipv6_net[PMD_ARG_LEN], ipv6_host[PMD_ARG_LEN], ipv6_dns[PMD_ARG_LEN];
	char hostname[PMD_ARG_LEN], domainname[PMD_ARG_LEN], tftp[PMD_ARG_LEN];
	char tftp_server_name[PMD_ARG_LEN], bootfile[PMD_ARG_LEN], smb[PMD_ARG_LEN];
	char smbserver[PMD_ARG_LEN], outbound_addr[PMD_ARG_LEN], outbound_addr6[PMD_ARG_LEN];
	uint32_t mtu, mru;
	bool carry, gso;
	struct pmd_arg_list dnssearch, hostfwd, guestfwd;
};

/** libslirp's configuration and what it points to. Lives as long as the stack. */
struct slirp_conf {
	SlirpConfig slirp;
	const char *dnssearch[PMD_ARG_LIST + 1];
	struct sockaddr_in outbound;
	struct sockaddr_in6 outbound6;
	struct slirp_args args; /* the strings */
};

/** A host forwarding rule. */
struct slirp_fwd {
	bool udp;
	struct sockaddr_storage host;
	socklen_t host_len;
	struct sockaddr_storage guest;
	socklen_t guest_len;
};

/** Counters; names and reasons in slirp_stats. */
struct slirp_count {
	/* P writes: */
	uint64_t short_frame, other_unicast, tiny_fragment, oversize, bad_offload, urg_stripped;
	uint64_t no_mbuf, ring_full, not_started, guest_error;
	uint64_t in_segmented;
	uint64_t large, mss_raised, mss_forgotten, fragmented, too_long;
	/* D writes: */
	uint64_t link_down_tx __rte_cache_aligned;
	uint64_t no_scatter;
} __rte_cache_aligned;

#define SLIRP_N_STATS 18
extern const struct stat_desc slirp_stats[SLIRP_N_STATS];

/** A timer of libslirp. P only. */
struct slirp_timer {
	LIST_ENTRY(slirp_timer) next;
	SlirpTimerCb fire;
	void *opaque;
	int64_t expire_ms; /* -1: not armed */
};

LIST_HEAD(slirp_timers, slirp_timer);

struct slirp_port;
struct slirp_mss;

/** Work that M wants done by P. */
struct slirp_request {
	int (*fn)(struct slirp_port *port, void *arg);
	void *arg;
	int ret;
	bool done;
};

struct slirp_queue {
	struct slirp_port *port;
	uint64_t frames, bytes; /* D writes */
} __rte_cache_aligned;

struct slirp_port {
	char name[RTE_ETH_NAME_MAX_LEN];
	uint16_t port_id;
	struct pmd_pump pump;
	Slirp *slirp; /* P, or M while the pump does not run */
	struct slirp_conf conf;
	uint32_t started;	     /* M writes, P reads */
	uint32_t link_down;	     /* M writes, P and D read */
	bool ping_works;	     /* M */
	struct rte_mempool *pool;    /* M sets before started; P allocates */
	struct slirp_timers timers;  /* P */
	struct pollfd *fds;	     /* P */
	unsigned int n_fds, max_fds; /* P */
	uint8_t *frame;		     /* P: SLIRP_MAX_FRAME bytes, the frame libslirp looks at */
	uint8_t *piece;		     /* P: SLIRP_MAX_FRAME bytes, a fragment in the making */
	struct slirp_mss *mss;	     /* P: what guests asked for; NULL: no large frames */
	struct rte_mbuf *out[SLIRP_BURST]; /* P: frames for the hub until slirp_flush() */
	unsigned int n_out;		   /* P */
	uint32_t linger_us;		   /* P: how long to look before sleeping */
	pthread_mutex_t lock;		   /* request */
	pthread_cond_t answered;
	struct slirp_request *request; /* M hands over, P answers */
	struct slirp_count count;
	struct slirp_queue rx, tx;
	struct rte_eth_stats at_reset;
};

/** Devargs to libslirp's configuration. Errors are in why. @return 0 or -EINVAL. Thread: M. */
int slirp_args_parse(const char *text, struct slirp_args *args, char *why);
int slirp_conf_build(struct slirp_conf *conf, char *why);

/** HMP's and -netdev's rule grammars (spec: QEMU). why gets the reason. @return 0 or -EINVAL. */
int slirp_fwd_parse(const char *rule, struct slirp_fwd *fwd, const char **why);
int slirp_fwd_parse_removal(const char *rule, struct slirp_fwd *fwd);

/** Add rules; on the thread that owns the stack. @return 0; -EINVAL, -errno, with why filled. */
int slirp_fwd_add(struct slirp_port *port, const char *rule, char *why, size_t len);
int slirp_fwd_remove(struct slirp_port *port, const char *rule, char *why, size_t len);
int slirp_guestfwd_add(struct slirp_port *port, const char *rule, char *why, size_t len);

/** Start the stack without its thread. @return 0 or -errno with why filled. Thread: M. */
int slirp_stack_start(struct slirp_port *port, char *why);
void slirp_stack_stop(struct slirp_port *port);

/** The pump's work. Thread: P. */
void slirp_run(void *ctx);

/** Do fn(port, arg) on P and wait for it. @return its result; -ETIMEDOUT. Thread: M. */
int slirp_call(struct slirp_port *port, int (*fn)(struct slirp_port *, void *), void *arg);

/** Give one frame of the hub to libslirp; m stays the caller's. Thread: P. */
void slirp_take_frame(struct slirp_port *port, const struct rte_mbuf *m);

/** Take one frame of libslirp; the hub has it after slirp_flush(). The port is started. Thread: P. */
void slirp_give(struct slirp_port *port, const uint8_t *frame, uint32_t len);
void slirp_flush(struct slirp_port *port);

/** Replace a word covered by the checksum at sum. Source: RFC 1624, equation 3. Thread: any. */
void slirp_replace16(uint8_t *p, uint16_t value, uint8_t *sum);

/**
 * Clear URG in a private frame, because libslirp 4.7 mishandles urgent data (CVE-2026-9539), and
 * drop fragments so short that they could hide it (RFC 3128).
 * @return 1: cleared; 0: nothing to do; -EINVAL: drop it. Thread: any.
 */
int slirp_strip_urg(uint8_t *frame, uint32_t len);

uint16_t slirp_rx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);
uint16_t slirp_rx_linear(void *queue, struct rte_mbuf **pkts,
	uint16_t n); /* no frame in segments */
uint16_t slirp_tx_burst(void *queue, struct rte_mbuf **pkts, uint16_t n);

extern const struct eth_dev_ops slirp_ethdev_ops;

/** The port behind a port id; NULL when it is not net_slirp. Thread: M. */
struct slirp_port *slirp_port_of(uint16_t port_id);

#endif
