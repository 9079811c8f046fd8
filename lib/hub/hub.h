/* SPDX-License-Identifier: BSD-3-Clause */
/* A hub: every frame that a member's port receives goes to every other member's port. */
#ifndef HUB_HUB_H
#define HUB_HUB_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_common.h>

#include "base/stats.h"
#include "hub_conf.h"

struct hub_fdb;
struct hub_filters;
struct hub_loop_log;
struct hub_rules;
struct hub_wake;
struct rte_mbuf;
struct rte_mempool;
struct rte_ring;

#define HUB_MAX_MEMBERS 256
#define HUB_MAX_QUEUES	16
#define HUB_NAME_LEN	64
/* Frames taken from a port at a time. */
#define HUB_BURST 32

/** Counters of one queue of a member in both directions. */
struct hub_count {
	uint64_t in_frames;  /* D of the queue: received from the port */
	uint64_t out_frames; /* D of the queue: accepted by the port */
	/* Any D adds atomically, as only lost frames are counted: */
	uint64_t drop_link_down __rte_cache_aligned;
	uint64_t drop_ring_full, drop_not_accepted, drop_no_mbuf, drop_offload;
	/* The same of what hub_rules.h adds; "copies" are those made for this member as target. */
	uint64_t copies, flooded, moves, not_learnt;
	uint64_t drop_blocked, drop_vlan, drop_storm, drop_loop, drop_malformed, drop_same_port;
} __rte_cache_aligned;

#define HUB_N_STATS 17
extern const struct stat_desc hub_stats[HUB_N_STATS];

/**
 * One member: an ethdev port, started, with as many receive as transmit queues.
 * M writes all fields while no plan that holds the member is in force; then D reads.
 */
struct hub_member {
	char name[HUB_NAME_LEN];
	uint16_t port_id;
	uint16_t n_queues;
	struct rte_mempool *pool; /* for copies made on behalf of this member */
	uint64_t unsupported;	  /* RTE_MBUF_F_TX_* flags that the port cannot take */
	bool single_segment;	  /* the port takes no chained mbufs */
	/*
	 * Receive frames that may lie in a guest's memory until lend_end, which ends every such burst
	 * of frames; NULL: by rte_eth_rx_burst() only. It is used where all frames go straight, and at
	 * once, to members that take such: on the same lcore, without rules, filters or queues of
	 * their own choice, not with policy=block. So one copy is made, by the receiver.
	 */
	uint16_t (*lend)(uint16_t port_id, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
	void (*lend_end)(uint16_t port_id, uint16_t q);
	/*
	 * Transmit n frames, all together of so many bytes, that stay the caller's: each is read once,
	 * and copied. Returns how many, the first ones, were accepted. NULL: the port takes no lent ones.
	 */
	uint16_t (*show)(uint16_t port_id, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n,
		uint64_t bytes);
	/* The port's own rule for which of its queues (< n_queues) a frame is; called by the lcore
	 * that brings the frames. It returns false when any will do. NULL: none has a rule. */
	bool (*select)(uint16_t port_id, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue);
	uint32_t down; /* M or C writes, D reads: link off, all frames to and from it are dropped */
	struct hub_filters *filters;	    /* hub_filter.h: M exchanges, D acquires each burst */
	unsigned int lcore[HUB_MAX_QUEUES]; /* owner of each queue */
	struct rte_ring
		*ring[HUB_MAX_QUEUES]; /* frames from other lcores; NULL where there are none */
	struct hub_wake *wake[HUB_MAX_QUEUES]; /* of that owner; NULL: it never sleeps */
	/* Receive interrupts, as ethdev has them, for an owner that sleeps; see hub_arm(). NULL: none. */
	int (*arm)(uint16_t port_id, uint16_t queue);
	int (*disarm)(uint16_t port_id, uint16_t queue);
	int wake_fd
		[HUB_MAX_QUEUES]; /* with these: becomes ready, or ready again, at each interrupt */
	struct hub_count count[HUB_MAX_QUEUES];

	/* What the options say of it, and the state of that: see hub_rules.h. */
	struct hub_port_conf conf; /* M writes before the member joins */
	uint16_t index;		   /* M: its number in the hub while it is there */
	struct hub_fdb *fdb;	   /* M publishes, any acquires; NULL: nothing learnt */
	/* Written while frames go through, so on lines of their own. */
	uint64_t storm_time __rte_cache_aligned; /* D exchanges; TSC, when the limit is used up */
	uint64_t loop_until;			 /* D or M; TSC, blocked until then; 0: not */
	uint64_t waiting_since[HUB_MAX_QUEUES];	 /* D; TSC, a source waits for it; 0: none */
};

/** Where frames of an input go. */
struct hub_target {
	struct hub_member *to;
	uint16_t queue;
	bool direct; /* the input's own lcore owns that queue */
};

/** One queue of a member to be polled, with its targets. Immutable in a plan. */
struct hub_input {
	struct hub_member *from;
	uint16_t queue;
	uint16_t n_targets;
	struct hub_target *target;
	struct hub_rules *rules; /* NULL: flood to all others, which is all that most hubs do */
};

/** A hub. M only. */
struct hub {
	int32_t id;
	char name[HUB_NAME_LEN];
	unsigned int first_lcore; /* where queue 0 of its members is polled */
	uint16_t n;
	struct hub_member *member[HUB_MAX_MEMBERS]; /* in order of joining */
	struct hub_conf conf;
	struct hub_fdb *fdb;	   /* made when first needed, then kept */
	struct hub_loop_log *loop; /* likewise */
};

/** @return NULL and rte_errno ENOMEM. Thread: M. */
struct hub *hub_create(int32_t id, const char *name);

/** Say how the hub is to forward; in force when the engine has made new plans. Thread: M. */
void hub_set_conf(struct hub *hub, const struct hub_conf *conf);

/** Free a hub without members. Thread: M. */
void hub_destroy(struct hub *hub);

/**
 * Describe a port as a member, by what ethdev says of it. It is not in any hub yet.
 * @param pool  for copies; also used when the port cannot finish offloads itself
 * @return NULL and rte_errno: ENODEV, EINVAL (queues), ENOMEM. Thread: M.
 */
struct hub_member *hub_member_create(uint16_t port_id, const char *name, struct rte_mempool *pool);

/** Free a member that no plan holds, and every frame still waiting for it. Thread: M. */
void hub_member_destroy(struct hub_member *m);

/** The sum of a counter over a member's queues. Thread: any. */
uint64_t hub_member_stat(const struct hub_member *m, const struct stat_desc *d);

/** Zero a member's counters; frames under way may survive that. Thread: M. */
void hub_member_clear_stats(struct hub_member *m);

/** Turn a member's link on or off; off: what was learnt behind it is forgotten. Any thread. */
void hub_member_set_link(struct hub_member *m, bool up);

/** Forget the addresses learnt behind a member. Any thread. */
void hub_member_forget(struct hub_member *m);

/** Give a member its number and its place at the end of hub->member, which has room. Thread: M. */
void hub_enter(struct hub *hub, struct hub_member *m);

/**
 * Receive one burst from an input and forward it. Two members: straight through. More: one
 * reference for each (none where frames may be lent: they are shown), no payload copy, so a
 * receiving port that wants to write copies first.
 * A frame never goes back to its source. Offload intent that some targets' ports cannot take is
 * finished once, for all of these.
 * @return frames received. Thread: D, the lcore that owns the input's queue.
 */
uint16_t hub_poll(const struct hub_input *in);

/** Transmit what other lcores left for queue q of m. @return frames. Thread: D, its owner. */
uint16_t hub_drain(struct hub_member *m, uint16_t q);

#endif
