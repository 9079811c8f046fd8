/* SPDX-License-Identifier: BSD-3-Clause */
/* A guest's NIC: one model, one transport and one memory map bound together. */
#ifndef GUEST_GUEST_H
#define GUEST_GUEST_H

#include <stdbool.h>
#include <stdint.h>

#include <rte_ether.h>

#include "nic/nic.h"

struct guest;
struct nic_rx_filter;
struct rte_mbuf;
struct rte_mempool;

/** What happened, for the owner of a guest. Called on C under no lock of the guest's. */
struct guest_events {
	/** The guest's link went up (rings run) or down. */
	void (*link)(void *ctx, bool up);
	/** The guest announced itself after a migration: send a RARP for mac. */
	void (*announce)(void *ctx, const struct rte_ether_addr *mac);
};

/** Everything that makes a guest port. */
struct guest_conf {
	const struct nic_model *model;
	struct nic_conf nic;
	const char *transport; /* "vhost-user", "vfio-user", "loop" */
	const char *path;      /* unix socket of the transport */
	bool client;	       /* connect instead of listen */
	bool doorbells_trap;   /* vfio-user: no register page may be mapped by the peer */
	const char *rom;       /* PCI: option ROM file; NULL or "": none */
	const char *trace; /* vfio-user: file to record register accesses in; NULL or "": none */
};

enum guest_state {
	GUEST_WAITING,	 /* no peer */
	GUEST_CONNECTED, /* a peer, but no ring runs */
	GUEST_UP,	 /* at least one ring runs */
};

/** What can be seen of a guest at one moment. */
struct guest_info {
	enum guest_state state;
	const char *model;
	const char *transport;
	uint64_t features;     /* negotiated; 0 while not connected */
	uint16_t queues_up;    /* queue pairs of which a ring runs */
	uint16_t mtu;	       /* as the VMM said; 0: not said */
	uint64_t connects;     /* peers that came, since creation */
	uint64_t disconnects;  /* peers that left */
	uint64_t memory_bytes; /* of guest memory mapped */
};

/** The counters of a guest's transport; n 0: it has none. */
struct guest_transport_stats {
	const void *counters;
	const struct stat_desc *stats;
	unsigned int n;
};

/**
 * Create and open a guest port. Errors have been logged.
 * @return NULL and rte_errno: EINVAL, ENODEV (no such transport, or model and transport do not fit),
 *         ENOMEM, or the transport's open() error.
 * Thread: M.
 */
struct guest *guest_create(const struct guest_conf *conf, const struct guest_events *events,
	void *ctx);

/** Close the transport and free everything; D must not use g any more. Thread: M. NULL is fine. */
void guest_destroy(struct guest *g);

/** The pool that from_guest of queue pair q allocates from. Thread: M. */
void guest_set_pool(struct guest *g, uint16_t q, struct rte_mempool *pool);

/** Let D run the rings (true) or keep it out (false). Created as false. Thread: M. */
void guest_set_running(struct guest *g, bool running);

/** A consistent look. Thread: any but D. */
void guest_get_info(struct guest *g, struct guest_info *info);

/** What the protocol counts. Thread: any. */
struct guest_transport_stats guest_transport_counters(const struct guest *g);

/** The NIC, for its counters and const fields. */
const struct nic *guest_nic(const struct guest *g);

/** Look after the transport (transport_ops.watch); about once a second. Thread: any but D. */
void guest_watch(struct guest *g);

/** One element of a register, as guest_regs() shows it. */
struct guest_reg {
	const char *name; /* as in the datasheet */
	uint16_t index;	  /* of an array; 0 for one alone */
	uint16_t n;	  /* elements of the array; 1: it is none */
	uint8_t width;	  /* bytes */
	uint32_t offset;  /* bytes in the registers' BAR */
	uint32_t value;
};

/**
 * Call fn for every register of the NIC, or for those called name (compared without case); reading them
 * so has no side effect. fn runs under the guest's lock: it only notes what it gets.
 * @return how many there were; -ENOTSUP: the model has no registers, or another has them (vhost-user).
 * Thread: any but D.
 */
int guest_regs(struct guest *g, const char *name,
	void (*fn)(void *ctx, const struct guest_reg *reg), void *ctx);

/**
 * Copy PCI config space (256 bytes). @return the description that it was made from; NULL when the guest
 * is not a PCI function of ours. Thread: any but D.
 */
const struct nic_pci *guest_pci(struct guest *g, uint8_t *config);

/** What the guest lets in. @return 0; -ENOTSUP: we do not see that (vhost-user). Thread: any but D. */
int guest_rx_filter(struct guest *g, struct nic_rx_filter *f);

/** Plug (true) or pull the cable as the guest sees it, where its model can. Thread: M. */
void guest_set_link(struct guest *g, bool up);

/** Zero the counters of all queue pairs. Thread: M. */
void guest_clear_counters(struct guest *g);

/** Whether guest_select() may ever choose. Thread: any. */
bool guest_may_select(const struct guest *g);

/** The transport, for tests that play the peer of a loop transport. */
struct transport *guest_transport(struct guest *g);

/**
 * Frames from the guest, and frames for it; as nic_model's ops, and 0 while the guest is held,
 * not running or its ring is not up. Thread: D of queue pair q. Each direction of a queue pair
 * belongs to one lcore at a time.
 */
uint16_t guest_from_guest(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
uint16_t guest_to_guest(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n);

/**
 * Before D of queue pair q sleeps: let the guest's next frame, and what C does to the guest, make
 * guest_wake_fd() ready. Look once more after this. guest_disarm() undoes it.
 * @return 0; -ENOTSUP: nobody would tell; -EBUSY: do not sleep just now. Thread: D of q.
 */
int guest_arm(struct guest *g, uint16_t q);
void guest_disarm(struct guest *g, uint16_t q);

/** What D waits for, by edges; not to be read. Constant for the guest's life. Thread: any. */
int guest_wake_fd(const struct guest *g, uint16_t q);

/** Something was left for D of queue pair q to find in its next look. Thread: any. */
void guest_wake(struct guest *g, uint16_t q);

/**
 * guest_from_guest() of frames that may lie in guest memory until guest_lend_end(), which must follow
 * every call that returned frames; see nic_model.lend. C, which wants to change the guest's memory,
 * waits in between: hand the frames on and end it. Thread: D of queue pair q.
 */
uint16_t guest_lend(struct guest *g, uint16_t q, struct rte_mbuf **pkts, uint16_t n);
void guest_lend_end(struct guest *g, uint16_t q);

/** guest_to_guest() of frames that stay the caller's; see nic_model.show. Thread: D of queue pair q. */
uint16_t guest_show(struct guest *g, uint16_t q, struct rte_mbuf *const *pkts, uint16_t n);

/**
 * The queue pair that the guest wants each frame on; as nic_model's op, for whoever brings frames and
 * need not own the queue.
 * @return false: any will do. Thread: any D that is an lcore of EAL.
 */
bool guest_select(struct guest *g, struct rte_mbuf *const *pkts, uint16_t n, uint16_t *queue);

#endif
