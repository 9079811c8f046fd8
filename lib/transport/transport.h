/* SPDX-License-Identifier: BSD-3-Clause */
/* The seam between protocols that carry a device and the guest that binds it. */
#ifndef TRANSPORT_TRANSPORT_H
#define TRANSPORT_TRANSPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "nic/nic.h"

struct transport;

/* What a user is told whose QEMU keeps the guest's memory to itself. */
#define TRANSPORT_NOT_SHARED                                                                       \
	"guest memory is not shared with us: give QEMU share=on (-object "                         \
	"memory-backend-memfd,id=mem,size=SIZE,share=on -machine memory-backend=mem)"

/**
 * What a transport tells its guest. The guest implements these.
 *
 * Threads. "C" is whatever thread runs the protocol; for one guest the events never run at the same
 * time as each other, by the guest's own mutex:
 * - vhost-user: the one event thread of rte_vhost (and, while a port closes, the thread that calls
 *   close()). rte_vhost holds its own queue locks around most messages, so an event handler must
 *   never wait for a thread that calls into rte_vhost: the guest therefore holds D by
 *   pause/busy only (guest.h), D raises interrupts by plain eventfds, and M calls
 *   open() and close() without the guest's mutex.
 * - vfio-user: its own thread, vfu_loop.c, for all ports together (and the thread that calls
 *   close()). Nothing of it is needed by M or D, so events may take any lock of the guest's. In
 *   poll() D itself is C for a moment, between try_enter() and leave(), and then calls bar_read() and
 *   such bar_write() only for which bar_holds() is false.
 * - loop: the caller of loop_*().
 * After close() has returned no event comes any more.
 */
struct transport_events {
	/** Memory appeared: hva stays mapped until mem_clear() has returned. */
	int (*mem_add)(void *ctx, uint64_t gpa, uint64_t len, void *hva);
	/** All memory is about to go; running rings were stopped before. */
	void (*mem_clear)(void *ctx);
	/** The memory of [gpa, gpa + len) is about to go. Several pieces may lie inside. */
	void (*mem_del)(void *ctx, uint64_t gpa, uint64_t len);
	/** Dirty log on (log, len bytes) or off (NULL). */
	void (*mem_log)(void *ctx, uint8_t *log, uint64_t len);
	/** Feature negotiation ended. @return 0; -EINVAL for bits not offered. */
	int (*set_features)(void *ctx, uint64_t features);
	/** Ring idx may run. */
	int (*vring_start)(void *ctx, uint16_t idx, const struct nic_vring *vring);
	/** Ring idx must rest; D has left it when this returns. @return the base to resume from. */
	uint16_t (*vring_stop)(void *ctx, uint16_t idx);
	/** Whether ring idx looks like memory that the guest never wrote (see nic.h). */
	bool (*vring_untouched)(void *ctx, uint16_t idx);
	/** The guest was told this MTU by its VMM; bytes. */
	void (*set_mtu)(void *ctx, uint16_t mtu);
	/** The guest asks for a RARP announcement of this address (after a migration). */
	void (*announce)(void *ctx, const struct rte_ether_addr *mac);
	/**
	 * PCI functions: config space and BAR accesses of any length, data in guest byte order. A write
	 * has taken effect when these return. bar: 0..5.
	 */
	void (*config_read)(void *ctx, uint32_t off, void *buf, uint32_t len);
	void (*config_write)(void *ctx, uint32_t off, const void *buf, uint32_t len);
	void (*bar_read)(void *ctx, uint8_t bar, uint64_t off, void *buf, uint32_t len);
	void (*bar_write)(void *ctx, uint8_t bar, uint64_t off, const void *buf, uint32_t len);
	/** Whether that write needs the datapath held. */
	bool (*bar_holds)(void *ctx, uint8_t bar, uint64_t off, uint32_t len);
	/** Keep everybody else out of the guest's state, without waiting: @return false when somebody is
	 * there. Undone by leave(). D, outside its bursts. */
	bool (*try_enter)(void *ctx);
	void (*leave)(void *ctx);
	/** Function reset: power-on state, memory stays. */
	void (*reset)(void *ctx);
	/** A peer is there. */
	void (*connected)(void *ctx);
	/** The peer left: everything it set up is void; the transport waits for the next. */
	void (*gone)(void *ctx);
};

/** How to reach the peer. */
struct transport_conf {
	const char *name;	   /* for logs: the port's */
	const char *path;	   /* unix socket, at most 107 bytes; NULL for loop */
	bool client;		   /* connect (and reconnect) instead of listening */
	uint16_t n_queues;	   /* queue pairs offered */
	uint64_t features;	   /* virtio feature bits offered */
	const struct nic_pci *pci; /* what the peer sees; NULL: not a PCI function */
	int shared_fd;	    /* memory of pci->shared_len bytes that the peer may map; -1: none */
	const uint8_t *rom; /* option ROM image of rom_len bytes; NULL: none */
	uint32_t rom_len;
	const int *
		wake_fd; /* epoll of each queue pair: what wakes its lcore when the guest has frames */
	const char *trace;	 /* vfio-user: file to record accesses in; NULL or "": none */
	const char *trace_title; /* of it, one line: what the port is */
};

/** A protocol. All ops on M unless said. */
struct transport_ops {
	const char *name; /* "vhost-user" */
	bool vring_only;  /* carries rings, not registers: only for models with vring */
	bool pci_only;	  /* carries a PCI function: only for models with pci */
	/**
	 * Open and start serving. On error one message has been logged that names the path and the fix.
	 * @return NULL and rte_errno: ENAMETOOLONG, EADDRINUSE, EACCES, ENOENT, ENOMEM ...
	 */
	struct transport *(*open)(const struct transport_conf *conf,
		const struct transport_events *events, void *ctx);
	/** Stop serving, unlink what was made, free. Not under the guest's mutex. */
	void (*close)(struct transport *tr);
	/** Interrupts; ctx is the struct transport. Any thread. */
	const struct nic_irq_ops *irq;
	/** Look whether the peer forgot to share its memory, and say so once: cheap, called every second. */
	void (*watch)(struct transport *tr);
	/** Serve messages that cannot wait, if there are any; never blocks. NULL: nothing to do.
	 * Thread: D of queue pair 0, at each receive burst, outside the gate. */
	void (*poll)(struct transport *tr);
	/**
	 * Whether the guest's kick for queue pair q becomes an event of conf.wake_fd[q]; NULL: none does.
	 * @return 0; -ENOTSUP; -EBUSY: poll() is needed all the time just now. Thread: D of q.
	 */
	int (*can_kick)(const struct transport *tr, uint16_t q);
	const struct stat_desc *stats; /* counters of the protocol; NULL: none */
	unsigned int n_stats;
	const void *(*counters)(
		const struct transport *tr); /* the struct .stats describes. Any thread */
};

/** The base of every transport; a protocol embeds it as its first member. */
struct transport {
	const struct transport_ops *ops;
	const struct transport_events *events;
	void *ctx; /* of the events */
};

/** The transport of that name ("vhost-user", "loop"); NULL when there is none. Any thread. */
const struct transport_ops *transport_find(const char *name);

#endif
